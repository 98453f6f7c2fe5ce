"""Who has opened a case: what of it, why they may, and what the person is told of it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from web import cases
from web.cases import glass
from web.cases.absences import record_absence
from web.cases.deadlines import local_date
from web.cases.models import Case
from web.cases.readers import readings
from web.cases.sharing_types import Law, NewShare, Withholding
from web.cases.types import EmployeeRef

OLA = EmployeeRef("22222222-2222-2222-2222-222222222222", "Ola Berg", "fjordvik", "PPT")
NURSE = EmployeeRef("33333333-3333-3333-3333-333333333333", "Siv Moen", "fjordvik", "Skolehelse")
LAW = Law("fvl_13b_1_2", "Du trenger hjelp.", "agreed", "Ja")


@pytest.fixture
def case_id(session, vault, clock, new_case):
    new = new_case(services=("skolehelse",), consents={"skolehelse": True})
    return cases.send_case(session, vault, clock, new).case_id


@pytest.fixture
def told(session, vault, clock, case_id):
    """told(): what the person is told of who has read."""
    return lambda: readings(cases.view_for_person(session, vault, clock, case_id))


@pytest.fixture
def read(session, vault, clock, case_id):
    return lambda who, **how: cases.read_case(session, vault, clock, case_id, who, **how)


def test_what_was_new_to_each_reader(session, vault, clock, case_id, employee, read, told):
    read(employee)
    clock.move(minutes=1)
    cases.write_message(session, vault, clock, case_id, "Hei?")
    clock.move(minutes=1)
    read(employee)  # so soon, but there was something new
    clock.move(hours=1)
    read(employee)
    read(OLA)
    assert [(one.name, one.unit, one.what) for one in told()] == [
        ("Ola Berg", "PPT", "all"),
        ("Maja Vik", "Familiehuset", "again"),
        ("Maja Vik", "Familiehuset", "new"),
        ("Maja Vik", "Familiehuset", "all"),
    ]


def test_a_page_without_the_words_reads_none_of_them(session, vault, clock, case_id, employee, read, told):
    read(employee, words=False)
    assert [one.what for one in told()] == ["looked"]
    assert session.get(Case, case_id, populate_existing=True).unread == 2
    read(employee)
    assert session.get(Case, case_id, populate_existing=True).unread == 0
    read(employee, words=False)  # a moment later: the same reading
    assert [one.what for one in told()] == ["all", "looked"]


def test_why_each_of_them_may(session, vault, clock, case_id, employee, read, told):
    read(employee)
    cases.name_contact(session, vault, clock, case_id, employee, OLA.id, OLA.name, OLA.unit)
    clock.move(minutes=10)
    read(OLA)
    today = local_date(clock.now())
    record_absence(session, clock, OLA, employee, today, today + timedelta(days=1), OLA)
    clock.move(minutes=10)
    read(employee)
    assert [(one.name, one.why) for one in told()] == [
        ("Maja Vik", "stand_in"),
        ("Ola Berg", "contact"),
        ("Maja Vik", "desk"),
    ]


def test_who_has_been_asked_to_take_over(session, vault, clock, case_id, employee, read, told):
    cases.offer_case(session, vault, clock, case_id, employee, OLA)
    read(OLA)
    assert told()[0].why == "offered"


def test_broken_glass_says_its_reason_and_waits_until_it_is_told(session, vault, clock, case_id, read, told):
    reference = cases.view_for_person(session, vault, clock, case_id).reference
    glass.break_glass(session, vault, clock, reference, OLA, "other", "Vikar i dag")
    assert [(one.what, one.why, one.reason) for one in told()] == [("looked", "glass", "Vikar i dag")]
    clock.move(minutes=1)
    read(OLA)
    assert [(one.what, one.why, one.reason) for one in told()] == [("all", "glass", "Vikar i dag")]
    glass.break_glass(session, vault, clock, reference, NURSE, "danger", "Mor ringte", "Far leser med")
    read(NURSE)
    read(NURSE, words=False)
    assert [one.name for one in told()] == ["Ola Berg"]


def test_services_stand_in_the_same_list(session, vault, clock, case_id, employee, read, told):
    cases.share_with(session, vault, clock, case_id, employee, NewShare("skolehelse", ("words",)))
    cases.open_share(session, vault, clock, case_id, NURSE, "skolehelse")
    clock.move(minutes=1)
    cases.share_with(session, vault, clock, case_id, employee, NewShare("ppt", ("words",), LAW))
    cases.open_share(session, vault, clock, case_id, OLA, "ppt")
    clock.move(minutes=1)
    read(employee)
    secret = NewShare("barnevern", ("words",), LAW, withheld=Withholding("Ikke trygt", date(2026, 12, 1)))
    cases.share_with(session, vault, clock, case_id, employee, secret)
    cases.open_share(session, vault, clock, case_id, OLA, "barnevern")
    by_front_desk, by_law, by_consent = told()
    assert (by_front_desk.name, by_front_desk.why) == ("Maja Vik", "desk")
    assert (by_law.service_id, by_law.paragraph, by_law.yes_at) == ("ppt", "fvl_13b_1_2", None)
    assert (by_consent.service_id, by_consent.what, by_consent.paragraph) == ("skolehelse", "shared", "")
    assert by_consent.yes_at is not None


def test_lines_from_before_reasons_were_written_have_none(
    session, vault, clock, case_id, employee, read, told
):
    from web.cases.changing import apply_change
    from web.cases.rows import log

    def old(case, box, now):
        log(session, case, box, now, "read", employee, "Familiehuset")

    apply_change(session, vault, clock, case_id, old, reading=True)
    assert [(one.unit, one.what, one.why) for one in told()] == [("Familiehuset", "all", None)]
