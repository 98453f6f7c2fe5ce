"""Following up: services that have not answered, closing, reminders, and words that do not fit each other."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from web import cases
from web.cases import closing, following, notes, plan, sharing
from web.cases.models import Case
from web.cases.plan_models import ShareReminder
from web.cases.plan_types import MeasureChange, NewMeasure
from web.cases.queue_types import QueueFilters
from web.cases.sharing_types import NewShare
from web.cases.types import ChildStatement, ChildTold, InvalidCase

MORNING = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""A Monday."""


@pytest.fixture
def shared(session, vault, clock, new_case, employee):
    """shared("ppt", …): a case with these services in it."""

    def make(*services, **changes):
        clock.at = MORNING
        new = new_case(consents=dict.fromkeys(services, True), **changes)
        case_id = cases.send_case(session, vault, clock, new).case_id
        for service in services:
            sharing.share_with(session, vault, clock, case_id, employee, NewShare(service, ("words",)))
        return case_id

    return make


@pytest.fixture
def answer(session, vault, clock, employee):
    """answer(case_id, "ppt", "refused"): how it stands with a service, told on the phone."""
    return lambda case_id, service, outcome, words="": cases.note_answer(
        session, vault, clock, case_id, employee, service, outcome, words
    )


@pytest.fixture
def close(session, vault, clock, employee):
    """close(case_id, "got_help", reason="…")"""
    return lambda case_id, outcome, **more: cases.set_status(
        session, vault, clock, case_id, employee, "closed", outcome, **more
    )


def test_a_case_is_not_closed_as_helped_while_a_service_has_not_answered(session, shared, answer, close):
    case_id = shared("ppt", "skolehelse")
    with pytest.raises(closing.ServicesSilent) as caught:
        close(case_id, "got_help", reason="Det går bra nå")
    assert set(caught.value.services) == {"ppt", "skolehelse"}
    answer(case_id, "ppt", "got_help")
    with pytest.raises(closing.ServicesSilent) as caught:
        close(case_id, "got_help")
    assert caught.value.services == ("skolehelse",)
    session.expire_all()
    assert session.get(Case, case_id).status != "closed"
    answer(case_id, "skolehelse", "did_not_want")
    assert close(case_id, "got_help").outcome == "got_help"


def test_it_is_closed_otherwise_with_a_reason_that_becomes_a_note(session, vault, shared, close, employee):
    case_id = shared("ppt")
    with pytest.raises(closing.ReasonNeeded):
        close(case_id, "withdrawn")
    with pytest.raises(InvalidCase):
        close(case_id, "withdrawn", reason="x" * 501)
    assert close(case_id, "withdrawn", reason="Flyttet til en annen kommune").status == "closed"
    (note,) = notes.notes_of(session, vault, case_id, employee)
    assert note.text == "Flyttet til en annen kommune"


def test_a_service_that_is_no_longer_in_the_case_holds_nothing_up(
    session, vault, clock, shared, close, employee
):
    case_id = shared("ppt")
    view = cases.read_case(session, vault, clock, case_id, employee)
    sharing.end_share(session, vault, clock, case_id, employee, view.shares[0].id)
    assert close(case_id, "got_help").status == "closed"


def test_a_case_without_services_is_closed_as_before(session, vault, clock, new_case, close, employee):
    case_id = cases.send_case(session, vault, clock, new_case()).case_id
    assert close(case_id, "got_help").status == "closed"
    assert notes.notes_of(session, vault, case_id, employee) == ()


def test_it_is_not_closed_as_helped_over_a_line_of_the_plan(session, vault, clock, shared, close, employee):
    case_id = shared()
    for what in ("Time hos lege", "Møte på skolen"):
        new = NewMeasure(what, MORNING.date(), "Maja Vik")
        view = plan.add_measure(session, vault, clock, case_id, employee, new)
    plan.change_measure(
        session, vault, clock, case_id, employee, view.plan[0].id, MeasureChange(state="done")
    )
    with pytest.raises(closing.EndsOpen) as caught:
        close(case_id, "got_help")
    (end,) = caught.value.ends
    assert (end.kind, end.what) == ("plan", "Møte på skolen")
    with pytest.raises(closing.EndsOpen):
        close(case_id, "got_help", aside={end.key: "  ", "plan-x": "Noe annet"})
    assert close(case_id, "got_help", aside={end.key: "Møte på skolen. Trengs ikke"}).outcome == "got_help"
    (note,) = notes.notes_of(session, vault, case_id, employee)
    assert note.text == "Møte på skolen. Trengs ikke"


@pytest.mark.parametrize("said", ["no", "unknown", "skipped", "not_asked"])
def test_it_is_not_closed_as_helped_while_nobody_has_said_that_it_is_safe(shared, close, said):
    case_id = shared(safe_now=said)
    with pytest.raises(closing.EndsOpen) as caught:
        close(case_id, "got_help")
    (end,) = caught.value.ends
    assert (end.kind, end.who, end.answer) == ("safe", "writer", said)
    assert close(case_id, "moved_on").status == "closed"


@pytest.mark.parametrize(("said", "open_"), [("yes", True), ("unknown", True), ("no", False)])
def test_what_a_small_child_is_asked_instead_counts(session, vault, clock, shared, employee, said, open_):
    case_id = shared(writer="child", age=7, safe_now="skipped", hurt=said)
    view = cases.read_case(session, vault, clock, case_id, employee)
    about_safety = [one for one in closing.open_ends(view) if one.kind == "safe"]
    assert [one.hurt for one in about_safety] == ([said] if open_ else [])


def test_a_childs_own_no_is_not_closed_over(session, vault, clock, shared, close, employee):
    case_id = shared(writer="parent", about="my_child", age=9, statements=(("parent", "Hun er redd."),))
    told = ChildTold("key-of-a-telling-9", "child", "nb", (ChildStatement("Jeg er redd"),), age=9, safe="no")
    cases.child_tells(session, vault, clock, case_id, told)
    with pytest.raises(closing.EndsOpen) as caught:
        close(case_id, "got_help")
    (end,) = caught.value.ends
    assert (end.who, end.answer) == ("child", "no")
    assert close(case_id, "got_help", aside={end.key: "Snakket med barnet i dag"}).status == "closed"


def test_the_service_says_yes_and_the_person_no(session, vault, clock, shared, answer):
    case_id = shared("ppt")
    answer(case_id, "ppt", "got_help")
    filters = QueueFilters(help_disputed_only=True)
    assert cases.queue(session, vault, clock, "fjordvik", filters) == []
    clock.move(days=14)
    cases.answer_helped(session, vault, clock, case_id, "two_weeks", "no")
    (row,) = cases.queue(session, vault, clock, "fjordvik", filters)
    assert (row.case_id, row.help_disputed) == (case_id, True)
    assert cases.queue_counts(session, clock, "fjordvik", "x").help_disputed == 1
    # The service looks again.
    answer(case_id, "ppt", "waiting", "Timen ble avlyst")
    assert cases.queue(session, vault, clock, "fjordvik", filters) == []


def test_the_person_first_and_then_the_service(session, vault, clock, shared, answer):
    case_id = shared("ppt")
    clock.move(days=14)
    cases.answer_helped(session, vault, clock, case_id, "two_weeks", "no")
    answer(case_id, "ppt", "got_help")
    session.expire_all()
    assert session.get(Case, case_id).help_disputed is True
    clock.move(days=28)
    cases.answer_helped(session, vault, clock, case_id, "six_weeks", "yes")
    session.expire_all()
    assert session.get(Case, case_id).help_disputed is False


def test_a_service_is_silent_after_five_working_days(session, vault, clock, shared, answer):
    case_id = shared("ppt", "skolehelse")
    filters = QueueFilters(service_silent_only=True)
    for days, silent in ((6, False), (1, False), (1, True)):
        clock.move(days=days)  # Sunday; Monday, the last day; Tuesday
        assert bool(cases.queue(session, vault, clock, "fjordvik", filters)) is silent
        assert cases.queue_counts(session, clock, "fjordvik", "x").service_silent == silent
    (row,) = cases.queue(session, vault, clock, "fjordvik")
    assert row.service_silent is True
    answer(case_id, "ppt", "taken")
    assert cases.queue(session, vault, clock, "fjordvik", filters) != []
    answer(case_id, "skolehelse", "refused")
    assert cases.queue(session, vault, clock, "fjordvik", filters) == []


def test_reminders_come_after_days_again_and_not_for_ever(session, vault, clock, shared):
    shared("ppt")

    def due():
        found = following.due_reminders(session, vault, clock)
        return [(one.service_id, one.number) for one in found if following.remind_once(session, clock, one)]

    assert due() == []
    clock.move(days=8)
    assert due() == [("ppt", 1)]
    assert due() == []
    clock.move(days=8)
    assert due() == [("ppt", 2)]
    clock.move(days=8)
    assert due() == [("ppt", 3)]
    clock.move(days=30)
    assert due() == []


def test_two_processes_remind_once(session, vault, clock, shared):
    shared("ppt")
    clock.move(days=8)
    (one,) = following.due_reminders(session, vault, clock)
    assert following.remind_once(session, clock, one)
    assert not following.remind_once(session, clock, one)


def test_closed_and_deleted_cases_are_not_reminded_of(session, vault, clock, shared, close):
    case_id = shared("ppt")
    clock.move(days=8)
    (one,) = following.due_reminders(session, vault, clock)
    following.remind_once(session, clock, one)
    close(case_id, "not_reached", reason="Ingen svarer")
    clock.move(days=8)
    assert following.due_reminders(session, vault, clock) == []
    cases.delete_case(session, vault, clock, case_id)
    assert session.scalar(select(func.count()).select_from(ShareReminder)) == 0


def test_what_was_refused_last_is_known(session, vault, clock, shared, answer, employee):
    case_id = shared("ppt", "skolehelse")
    answer(case_id, "ppt", "refused", "Ikke vårt bord")
    view = cases.read_case(session, vault, clock, case_id, employee)
    assert following.refused_in(view) == ("ppt",)
    assert following.silent_in(view) == ("skolehelse",)
    found = following.reminded(session, view, clock.now())
    assert list(found) == ["skolehelse"]
    assert (found["skolehelse"].times, found["skolehelse"].late) == (0, False)
