"""The plan: what each service does, by when, who; its history, its overlaps, and what the person sees of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from web import cases
from web.cases import plan
from web.cases.measures import overlaps
from web.cases.models import Case
from web.cases.plan_models import MeasureEventRow, MeasureRow
from web.cases.plan_rules import FILE, rules
from web.cases.plan_types import Measure, MeasureChange, NewMeasure
from web.cases.types import CaseChanged, CaseNotFound, ChildStatement, ChildTold, EmployeeRef, InvalidCase

TODAY = date(2026, 11, 20)
WEEK = timedelta(days=7)


def line(**changes):
    values = {
        "what": "Samtale på skolen hver tirsdag",
        "due_on": TODAY + WEEK,
        "responsible_name": "Ola Berge",
        "service": "skolehelse",
        "need": "bullying",
    }
    return NewMeasure(**{**values, **changes})


@pytest.fixture
def case_id(session, vault, clock, new_case):
    return cases.send_case(session, vault, clock, new_case()).case_id


@pytest.fixture
def add(session, vault, clock, case_id, employee):
    """add(what=…): a line of the plan; gives the view of the case."""
    return lambda **changes: plan.add_measure(session, vault, clock, case_id, employee, line(**changes))


def test_a_line_is_seen_by_the_person_and_stands_in_the_log(session, vault, clock, add, case_id):
    view = add(goal="Jeg vil tørre å gå til timen")
    mine = cases.view_for_person(session, vault, clock, case_id)
    assert mine is not None
    (one,) = mine.plan
    assert (one.what, one.responsible_name, one.due_on) == (
        "Samtale på skolen hver tirsdag",
        "Ola Berge",
        TODAY + WEEK,
    )
    assert one.goal == "Jeg vil tørre å gå til timen"
    assert one.state == "planned"
    assert [entry.action for entry in mine.log][-2:] == ["measure_added", "status_set"]
    assert view.status == "in_progress"


def test_every_change_stays_in_the_history_with_its_reason(session, vault, clock, add, case_id, employee):
    measure = add().plan[0]
    clock.move(days=1)
    wanted = MeasureChange("started", TODAY + 2 * WEEK, "Maja Vik", employee.id, "Læreren er syk")
    view = plan.change_measure(session, vault, clock, case_id, employee, measure.id, wanted)
    (now,) = view.plan
    assert (now.state, now.due_on, now.responsible_name) == ("started", TODAY + 2 * WEEK, "Maja Vik")
    assert [(event.what, event.before, event.after) for event in now.events] == [
        ("added", "", ""),
        ("state", "planned", "started"),
        ("due_on", "2026-11-27", "2026-12-04"),
        ("responsible", "Ola Berge", "Maja Vik"),
    ]
    assert {event.reason for event in now.events[1:]} == {"Læreren er syk"}
    assert view.log[-1].action == "measure_changed"
    # Nothing new: no line in the log.
    same = plan.change_measure(session, vault, clock, case_id, employee, measure.id, MeasureChange("started"))
    assert len(same.log) == len(view.log)


@pytest.mark.parametrize(
    "wanted",
    [
        MeasureChange(due_on=TODAY + 2 * WEEK),
        MeasureChange("stopped"),
        MeasureChange("stopped", reason="  "),
        MeasureChange("finished"),  # type: ignore[arg-type] # no such state: what a tampered form sends
        MeasureChange(due_on=TODAY - WEEK, reason="Det var før"),
        MeasureChange(shown=False),
        MeasureChange(responsible_name=" "),
        MeasureChange(reason="x" * 501),
    ],
)
def test_a_new_day_and_a_stop_need_a_reason_and_nonsense_is_refused(
    session, vault, clock, add, case_id, employee, wanted
):
    measure = add().plan[0]
    with pytest.raises(InvalidCase):
        plan.change_measure(session, vault, clock, case_id, employee, measure.id, wanted)
    row = session.scalars(select(MeasureRow)).one()
    assert (row.state, row.due_on, len(row.events)) == ("planned", TODAY + WEEK, 1)


@pytest.mark.parametrize(
    "changes",
    [
        {"what": " "},
        {"what": "x" * 501},
        {"due_on": TODAY - timedelta(days=1)},
        {"due_on": date(2126, 1, 1)},
        {"responsible_name": ""},
        {"service": "Not an id"},
        {"need": "../x"},
        {"meetings": 40},
        {"meetings": -1},
        {"withheld": " "},
        {"starts_on": TODAY + 3 * WEEK},
        {"goal": "x" * 501},
    ],
)
def test_a_line_that_makes_no_sense_is_refused(session, add, changes):
    with pytest.raises(InvalidCase):
        add(**changes)
    assert session.scalar(select(func.count()).select_from(MeasureRow)) == 0


def test_other_municipalities_and_old_versions_change_nothing(session, vault, clock, add, case_id, employee):
    view = add()
    stranger = EmployeeRef("2", "Per", "granlia")
    with pytest.raises(CaseNotFound):
        plan.add_measure(session, vault, clock, case_id, stranger, line())
    with pytest.raises(CaseNotFound):
        plan.change_measure(session, vault, clock, case_id, stranger, view.plan[0].id, MeasureChange("done"))
    with pytest.raises(CaseNotFound):
        plan.change_measure(session, vault, clock, case_id, employee, "x", MeasureChange("done"))
    with pytest.raises(CaseChanged):
        plan.add_measure(session, vault, clock, case_id, employee, line(), view.version - 1)
    assert session.scalar(select(func.count()).select_from(MeasureRow)) == 1


def test_a_line_kept_from_the_person_leaves_no_trace_on_their_side(
    session, vault, clock, add, case_id, employee
):
    add(what="Snakke med barnet alene", withheld="Den voksne kan hindre det")
    mine = cases.view_for_person(session, vault, clock, case_id)
    assert mine is not None
    assert mine.plan == ()
    assert "plan_withheld" not in [entry.action for entry in mine.log]
    theirs = cases.read_case(session, vault, clock, case_id, employee)
    assert theirs.plan[0].withheld == "Den voksne kan hindre det"
    assert "plan_withheld" in [entry.action for entry in theirs.log]
    with pytest.raises(CaseNotFound):
        plan.dispute_measure(session, vault, clock, case_id, theirs.plan[0].id, "Stemmer ikke")
    # Shown after all: then it is a new line for the person.
    shown = plan.change_measure(
        session, vault, clock, case_id, employee, theirs.plan[0].id, MeasureChange(shown=True)
    )
    assert [line.action for line in shown.log[-2:]] == ["measure_added", "status_set"]
    mine = cases.view_for_person(session, vault, clock, case_id)
    assert mine is not None
    assert [one.what for one in mine.plan] == ["Snakke med barnet alene"]


def test_the_person_says_that_a_line_is_not_right(session, vault, clock, add, case_id, employee):
    measure = add().plan[0]
    plan.dispute_measure(session, vault, clock, case_id, measure.id, "Jeg har ikke sagt ja til tirsdag")
    view = cases.read_case(session, vault, clock, case_id, employee)
    assert (view.messages[-1].about_id, view.messages[-1].from_person) == (measure.id, True)
    assert view.waiting_since is not None
    with pytest.raises(CaseNotFound):
        plan.dispute_measure(session, vault, clock, case_id, "x", "Jeg har ikke sagt ja")


def test_the_queue_finds_plans_past_their_day(session, vault, clock, add, case_id, employee):
    first = add().plan[0]
    add(due_on=TODAY + 3 * WEEK)
    assert session.get(Case, case_id).plan_due_on == TODAY + WEEK
    plan.change_measure(session, vault, clock, case_id, employee, first.id, MeasureChange("done"))
    assert session.get(Case, case_id).plan_due_on == TODAY + 3 * WEEK
    filters = cases_filters(plan_overdue_only=True)
    assert cases.queue(session, vault, clock, "fjordvik", filters) == []
    clock.move(days=22)
    (row,) = cases.queue(session, vault, clock, "fjordvik", filters)
    assert (row.case_id, row.plan_overdue) == (case_id, True)
    assert cases.queue_counts(session, clock, "fjordvik", "x").plan_overdue == 1


def cases_filters(**values):
    from web.cases.queue_types import QueueFilters

    return QueueFilters(**values)


# What goes on at the same time.


def measure(number, **changes):
    values = {
        "id": f"m{number}",
        "what": "x",
        "service": f"service{number}",
        "need": "bullying",
        "goal": None,
        "starts_on": TODAY,
        "due_on": TODAY + timedelta(days=10 + number),
        "meetings": 0,
        "state": "planned",
        "responsible_id": None,
        "responsible_name": "Ola",
        "created_at": None,
        "withheld": None,
    }
    return Measure(**{**values, **changes})


def kinds(*measures):
    return [(one.kind, [each.id for each in one.measures]) for one in overlaps(measures, (), TODAY)]


def test_two_services_on_the_same_need_at_the_same_time():
    one, two = measure(1), measure(2)
    assert kinds(one, two) == [("same_need", ["m1", "m2"])]
    assert kinds(one, replace(two, need="sleep")) == []
    assert kinds(one, replace(two, need=None), replace(measure(3), need=None)) == []
    assert kinds(one, replace(two, service="service1")) == []  # one service may do two things
    assert kinds(one, replace(two, state="done")) == []
    assert kinds(one, replace(two, starts_on=TODAY + timedelta(days=12))) == []  # one after the other
    # What should have been finished, and is not, goes on.
    late = replace(one, starts_on=TODAY - 3 * WEEK, due_on=TODAY - WEEK)
    assert kinds(late, two) == [("same_need", ["m1", "m2"])]


def test_more_meetings_in_a_week_than_the_rules_say():
    most = rules().most_meetings_a_week
    one, two = measure(1, need=None, meetings=most), measure(2, need=None, meetings=1)
    assert kinds(one) == []
    found = overlaps((one, two), (), TODAY)
    assert [(each.kind, each.meetings, each.day) for each in found] == [
        ("many_meetings", most + 1, date(2026, 11, 16))
    ]
    apart = replace(two, starts_on=TODAY + 4 * WEEK, due_on=TODAY + 6 * WEEK)
    assert kinds(one, apart) == []


def test_two_things_on_the_same_day():
    one, two = measure(1, need=None), measure(2, need=None, due_on=TODAY + timedelta(days=11))
    assert kinds(one, two) == [("same_day", ["m1", "m2"])]
    assert kinds(one, replace(two, state="stopped")) == []


def test_what_is_coordinated_is_marked_until_something_new_comes(
    session, vault, clock, add, case_id, employee
):
    add()
    add(service="ppt", due_on=TODAY + 2 * WEEK)
    (found,) = plan.overlaps_of(session, vault, clock, case_id)
    with pytest.raises(InvalidCase):
        plan.agree_overlap(session, vault, clock, case_id, employee, "same_need.nothing")
    view = plan.agree_overlap(
        session, vault, clock, case_id, employee, found.key, "Lærer og helsesykepleier deler på det"
    )
    assert view.log[-1].action == "overlap_agreed"
    (found,) = plan.overlaps_of(session, vault, clock, case_id)
    assert found.agreed is not None
    assert (found.agreed.by, found.agreed.note) == ("Maja Vik", "Lærer og helsesykepleier deler på det")
    # A third service comes: that is a new question.
    add(service="helsestasjon", due_on=TODAY + 3 * WEEK)
    (found,) = plan.overlaps_of(session, vault, clock, case_id)
    assert found.agreed is None


def test_deleting_takes_the_plan_but_not_what_protects_a_child(session, vault, clock, new_case, employee):
    new = new_case(writer="parent", about="my_child", statements=(("parent", "Han er så stille."),))
    case_id = cases.send_case(session, vault, clock, new).case_id
    plan.add_measure(session, vault, clock, case_id, employee, line(goal="Mine ord"))
    kept = line(what="Snakke med barnet alene", goal="Mine ord", withheld="Farlig om det er kjent")
    plan.add_measure(session, vault, clock, case_id, employee, kept)
    told = ChildTold("key-of-a-telling-1", "child", "nb", (ChildStatement("Jeg er redd hjemme"),))
    cases.child_tells(session, vault, clock, case_id, told)
    cases.delete_case(session, vault, clock, case_id)
    (one,) = cases.read_case(session, vault, clock, case_id, employee).plan
    assert (one.what, one.goal) == ("Snakke med barnet alene", None)
    cases.delete_case(session, vault, clock, case_id)  # the child's part alone is not deleted by the writer
    session.expire_all()
    assert session.scalar(select(func.count()).select_from(MeasureRow)) == 1


def test_a_deleted_case_leaves_no_plan(session, vault, clock, add, case_id, employee):
    add()
    cases.delete_case(session, vault, clock, case_id)
    for table in (MeasureRow, MeasureEventRow):
        assert session.scalar(select(func.count()).select_from(table)) == 0


def test_rules_that_break_their_schema_are_refused(tmp_path):
    wrong = tmp_path / "plan.yml"
    wrong.write_text(FILE.read_text().replace("most_meetings_a_week: 3", "most_meetings_a_week: 0"))
    with pytest.raises(ValueError, match="most_meetings_a_week"):
        rules(wrong)
