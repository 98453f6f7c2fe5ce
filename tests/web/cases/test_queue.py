"""The queue: acute first, then the longest waiting."""

from __future__ import annotations

import pytest

from web import cases
from web.cases.queue_types import QueueFilters, WhyAcute


@pytest.fixture
def four(session, vault, clock, new_case, employee):
    """Sent one hour after the other: calm, acute, calm but answered, calm."""
    ids = []
    for changes in ({}, {"acute_kinds": ("violence",)}, {}, {"age": 9, "writer": "child", "language": "nb"}):
        ids.append(cases.send_case(session, vault, clock, new_case(**changes)).case_id)
        clock.move(hours=1)
    cases.write_message(session, vault, clock, ids[2], "Svar", employee)
    return ids


def order(session, vault, clock, ids, **filters):
    rows = cases.queue(session, vault, clock, "fjordvik", QueueFilters(**filters))
    return [ids.index(row.case_id) for row in rows]


def test_acute_first_then_longest_waiting_then_the_answered(session, vault, clock, four):
    assert order(session, vault, clock, four) == [1, 0, 3, 2]


def test_a_row_says_enough_to_choose_and_nothing_of_what_was_told(session, vault, clock, four):
    row = cases.queue(session, vault, clock, "fjordvik")[0]
    assert (row.urgency, row.why_acute, row.writer, row.age) == (
        "acute",
        (WhyAcute("noticed", ("violence",)),),
        "youth",
        14,
    )
    assert not any("Zvartbakke" in str(value) for value in vars(row).values())


def test_overdue_begins_after_the_promised_day(session, vault, clock, four):
    clock.move(days=2, hours=19)  # Monday 22:40, the promised day
    assert order(session, vault, clock, four, overdue_only=True) == [1]  # what is acute is promised sooner
    clock.move(hours=4)  # Tuesday in Norway
    assert order(session, vault, clock, four, overdue_only=True) == [1, 0, 3]
    assert [row.overdue for row in cases.queue(session, vault, clock, "fjordvik")] == [
        True,
        True,
        True,
        False,
    ]


def test_filters(session, vault, clock, four, employee):
    assert order(session, vault, clock, four, urgency="acute") == [1]
    assert order(session, vault, clock, four, statuses=("in_progress",)) == [2]
    cases.name_contact(session, vault, clock, four[3], employee, employee.id, employee.name)
    assert order(session, vault, clock, four, contact_person_id=employee.id) == [3]
    cases.set_status(session, vault, clock, four[1], employee, "closed", "got_help")
    assert order(session, vault, clock, four) == [0, 3, 2]
    assert order(session, vault, clock, four, statuses=("closed",)) == [1]


def test_a_person_can_decide_that_it_is_not_acute(session, vault, clock, four, employee):
    view = cases.set_urgency(session, vault, clock, four[1], employee, "normal")
    assert view.acute_kinds == ("violence",)
    assert order(session, vault, clock, four) == [0, 1, 3, 2]
