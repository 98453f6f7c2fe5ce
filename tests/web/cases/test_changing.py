"""What happens to a case after it was sent, and what the log says about it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from web import cases
from web.cases.models import Case, Consent, Contact, LogEntry, Message, Statement, Understanding
from web.cases.types import (
    CaseChanged,
    CaseNotFound,
    EmployeeRef,
    Evidence,
    InvalidCase,
    NeedFound,
    UnderstandingData,
)
from web.db import make_engine


@pytest.fixture
def case_id(session, vault, clock, new_case):
    return cases.send_case(session, vault, clock, new_case()).case_id


def actions(view):
    return [line.action for line in view.log]


def test_every_reading_is_in_the_log_with_name_and_time(session, vault, clock, case_id, employee):
    other = EmployeeRef("22222222-2222-2222-2222-222222222222", "Ola Berg", "fjordvik")
    cases.read_case(session, vault, clock, case_id, employee)
    clock.move(minutes=1)
    cases.read_case(session, vault, clock, case_id, employee)  # the same page again
    cases.read_case(session, vault, clock, case_id, other)
    clock.move(hours=1)
    view = cases.read_case(session, vault, clock, case_id, employee)
    assert [(line.actor_name, line.actor_kind) for line in view.readers] == [
        ("Maja Vik", "employee"),
        ("Ola Berg", "employee"),
        ("Maja Vik", "employee"),
    ]
    assert view.readers[0].at == clock.now()


def test_another_municipality_sees_no_case(session, vault, clock, case_id, employee):
    stranger = replace(employee, municipality="storvik")
    for call in (
        lambda: cases.read_case(session, vault, clock, case_id, stranger),
        lambda: cases.write_message(session, vault, clock, case_id, "Hei", stranger),
        lambda: cases.confirm_needs(session, vault, clock, case_id, stranger, ["bullying"]),
        lambda: cases.name_contact(session, vault, clock, case_id, stranger, "1", "X"),
        lambda: cases.set_status(session, vault, clock, case_id, stranger, "in_progress"),
        lambda: cases.set_urgency(session, vault, clock, case_id, stranger, "acute"),
        lambda: cases.read_case(session, vault, clock, "no-such-case", employee),
    ):
        with pytest.raises(CaseNotFound, match=r"^no such case$"):
            call()
    view = cases.view_for_person(session, vault, clock, case_id)
    assert view is not None
    assert actions(view) == ["sent"]
    assert cases.queue(session, vault, clock, "storvik") == []


def test_words_are_added_never_changed(session, vault, clock, case_id):
    before = cases.view_for_person(session, vault, clock, case_id)
    understanding = UnderstandingData(
        "nb", (NeedFound("violence_home", 0.8, (Evidence(0, 4, 9),)),), ("violence",), 0.9, "test-1"
    )
    view = cases.add_statement(session, vault, clock, case_id, "youth", "Han slo meg i går.", understanding)
    assert before is not None
    assert view.statements[:2] == before.statements
    assert (view.statements[2].position, view.statements[2].text) == (2, "Han slo meg i går.")
    # The evidence points at the new statement, and danger told later counts as much.
    assert view.understandings[-1].needs[0].evidence == (Evidence(2, 4, 9),)
    assert (view.urgency, view.acute_kinds) == ("acute", ("violence",))
    with pytest.raises(InvalidCase):
        cases.add_statement(session, vault, clock, case_id, "youth", " \n ")


def test_an_answer_stops_the_waiting_and_a_question_starts_it(session, vault, clock, case_id, employee):
    view = cases.write_message(session, vault, clock, case_id, "Hei, eg heiter Maja.", employee)
    assert view.waiting_since is None
    assert view.status == "in_progress"
    assert (view.messages[0].from_person, view.messages[0].author_name) == (False, "Maja Vik")
    assert view.messages[0].read_at is None

    clock.move(days=4)  # Tuesday night
    view = cases.view_for_person(session, vault, clock, case_id)
    assert view is not None
    assert view.messages[0].read_at == clock.now()

    view = cases.write_message(session, vault, clock, case_id, "Kan du ringe?")
    assert view.waiting_since == clock.now()
    assert view.due_on == date(2026, 11, 25)
    row = cases.queue(session, vault, clock, "fjordvik")[0]
    assert row.unread == 1
    view = cases.read_case(session, vault, clock, case_id, employee)
    assert view.messages[1].read_at == clock.now()
    assert cases.queue(session, vault, clock, "fjordvik")[0].unread == 0


def test_writing_to_a_closed_case_opens_it(session, vault, clock, case_id, employee):
    cases.set_status(session, vault, clock, case_id, employee, "closed", "not_reached")
    assert cases.queue(session, vault, clock, "fjordvik") == []
    view = cases.write_message(session, vault, clock, case_id, "Eg er her likevel.")
    assert (view.status, view.outcome) == ("in_progress", None)
    assert len(cases.queue(session, vault, clock, "fjordvik")) == 1
    assert [(line.actor_kind, line.detail) for line in view.log if line.action == "status_set"] == [
        ("employee", "closed:not_reached"),
        ("system", "in_progress"),
    ]


def test_the_employees_word_on_needs_counts_and_the_others_stay(session, vault, clock, case_id, employee):
    view = cases.confirm_needs(session, vault, clock, case_id, employee, ["bullying", "sleep", "bullying"])
    assert view.needs == ("bullying", "sleep")
    assert [(u.source, u.by) for u in view.understandings] == [
        ("assistant", None),
        ("person", None),
        ("employee", "Maja Vik"),
    ]
    assert "needs_confirmed" in actions(view)


def test_naming_a_contact_person(session, vault, clock, case_id, employee):
    view = cases.name_contact(
        session, vault, clock, case_id, employee, employee.id, "Maja Vik", "Ungdomsteamet"
    )
    assert (view.contact_person_name, view.contact_unit_name, view.status) == (
        "Maja Vik",
        "Ungdomsteamet",
        "in_progress",
    )
    assert ("contact_named", "Maja Vik") in [(line.action, line.detail) for line in view.log]
    with pytest.raises(InvalidCase):
        cases.name_contact(session, vault, clock, case_id, employee, "1", "  ")


@pytest.mark.parametrize(
    ("status", "outcome"), [("closed", None), ("new", "got_help"), ("lost", None), ("closed", "forgotten")]
)
def test_a_status_without_sense_is_refused(session, vault, clock, case_id, employee, status, outcome):
    with pytest.raises(InvalidCase):
        cases.set_status(session, vault, clock, case_id, employee, status, outcome)


def test_consents_given_and_taken_back(session, vault, clock, case_id):
    view = cases.give_consent(session, vault, clock, case_id, "ppt")
    view = cases.give_consent(session, vault, clock, case_id, "ppt")
    assert [(c.service_id, c.active) for c in view.consents] == [("helsesykepleier", True), ("ppt", True)]
    clock.move(hours=1)
    view = cases.withdraw_consent(session, vault, clock, case_id, "ppt")
    assert [(c.service_id, c.active) for c in view.consents] == [("helsesykepleier", True), ("ppt", False)]
    assert view.consents[1].withdrawn_at == clock.now()
    assert [(line.action, line.detail) for line in view.log][1:] == [
        ("consent_given", "ppt"),
        ("consent_withdrawn", "ppt"),
    ]


def test_the_second_employee_is_told(session, vault, clock, case_id, employee):
    seen = cases.read_case(session, vault, clock, case_id, employee).version
    cases.confirm_needs(session, vault, clock, case_id, employee, ["sleep"], expected_version=seen)
    for change in (
        lambda: cases.confirm_needs(
            session, vault, clock, case_id, employee, ["grief"], expected_version=seen
        ),
        lambda: cases.set_status(
            session, vault, clock, case_id, employee, "in_progress", expected_version=seen
        ),
        lambda: cases.name_contact(
            session, vault, clock, case_id, employee, "1", "Ola", expected_version=seen
        ),
    ):
        with pytest.raises(CaseChanged):
            change()
    assert cases.read_case(session, vault, clock, case_id, employee).needs == ("sleep",)


def test_two_changes_at_the_same_moment_are_both_kept(session, config, vault, clock, case_id, employee):
    """Another session commits between our reading and our writing: the words are written on top of it."""
    engine = make_engine(config.database_url)
    moments = []

    class Meddling:
        def now(self):
            if not moments:
                moments.append(1)
                with Session(engine) as other:
                    cases.write_message(other, vault, clock, case_id, "Svar frå Maja", employee)
            return clock.now()

    view = cases.write_message(session, vault, Meddling(), case_id, "Spørsmål frå meg")
    assert sorted(message.text for message in view.messages) == ["Spørsmål frå meg", "Svar frå Maja"]
    positions = session.scalars(select(Message.position).where(Message.case_id == case_id)).all()
    assert sorted(positions) == [0, 1]
    engine.dispose()


def test_deleting_really_deletes(session, stored, vault, clock, case_id, employee, new_case):
    other_id = cases.send_case(session, vault, clock, new_case()).case_id
    cases.write_message(session, vault, clock, case_id, "Hei", employee)
    wrapped = session.get(Case, case_id).wrapped_key
    session.rollback()
    assert wrapped.encode() in stored()
    cases.delete_case(session, vault, clock, case_id)
    assert cases.view_for_person(session, vault, clock, case_id) is None
    for table in (Statement, Understanding, Consent, Contact, Message):
        assert session.scalars(select(table).where(table.case_id == case_id)).all() == []
        assert table is Message or session.scalars(select(table).where(table.case_id == other_id)).all()
    left = session.scalars(select(LogEntry).where(LogEntry.case_id == case_id)).all()
    assert [(line.action, line.detail_sealed, line.actor_name) for line in left] == [("deleted", None, None)]
    session.close()
    assert wrapped.encode() not in stored()
    with pytest.raises(CaseNotFound):
        cases.delete_case(session, vault, clock, case_id)
