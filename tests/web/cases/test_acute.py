"""What an acute case is promised, and why it is acute."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from web import cases
from web.cases import acute
from web.cases.deadlines import OSLO
from web.cases.escalating import rules
from web.cases.opening import OpeningHours
from web.cases.queue_types import QueueFilters, WhyAcute
from web.cases.types import ChildStatement, ChildTold, Facts

HOURS = OpeningHours.every_day(time(8), time(15, 30))
FACTS = Facts("youth", "self", 15, "yes", None, (), ())


def norway(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=OSLO)


def promised(now, **since):
    since = {"acute_since": None, "unseen_since": None, "waiting_since": None, **since}
    return acute.promise(now=now, hours=HOURS, **since)


def test_what_comes_at_night_is_read_when_the_door_has_been_open_a_quarter_of_an_hour():
    friday_night = norway(20, 23)
    found = promised(norway(21, 12), unseen_since=friday_night, waiting_since=friday_night)
    assert (found.what, found.by, found.late) == ("read", norway(23, 8, 15), False)
    assert promised(norway(23, 8, 15), unseen_since=friday_night, waiting_since=friday_night).late


def test_when_it_is_read_it_is_to_be_answered_the_same_day_and_then_nothing_more():
    sent = norway(23, 9)
    found = promised(norway(23, 9, 20), waiting_since=sent)
    assert (found.what, found.by, found.late) == ("answer", norway(23, 12), False)
    assert promised(norway(23, 12), waiting_since=sent).late
    assert promised(norway(23, 12)) is None


def test_nothing_counts_from_before_it_was_acute():
    found = promised(norway(23, 10), waiting_since=norway(20, 9), acute_since=norway(23, 9, 55))
    assert (found.by, found.late) == (norway(23, 12, 55), False)


@pytest.mark.parametrize("minutes", [1, 15, 180, 449, 450, 451, 2000])
def test_the_way_back_in_open_time_is_the_way_there(minutes):
    """What the database finds late is what the page shows as late, at every moment of a week."""
    wait, now = timedelta(minutes=minutes), norway(26, 11, 7)
    cutoff = HOURS.before_open_time(now, wait)
    for step in range(0, 8 * 24 * 60, 13):
        since = now - timedelta(minutes=step)
        assert (since <= cutoff) == (now >= HOURS.after_open_time(since, wait)), since


def test_the_queue_finds_what_it_shows_as_late(session, vault, clock, new_case, employee):
    for changes in ({}, {"safe_now": "no"}, {"acute_kinds": ("violence",)}):
        cases.send_case(session, vault, clock, new_case(**changes))
    for moment in (norway(21, 9), norway(23, 8, 14), norway(23, 8, 15)):
        clock.at = moment.astimezone(UTC)
        rows = cases.queue(session, vault, clock, "fjordvik")
        late = [row.case_id for row in rows if row.overdue]
        found = cases.queue(session, vault, clock, "fjordvik", QueueFilters(overdue_only=True))
        assert [row.case_id for row in found] == late
        assert cases.queue_counts(session, clock, "fjordvik", employee.id).overdue == len(late)
    assert len(late) == 2
    assert rules().acute_read == timedelta(minutes=15)


@pytest.mark.parametrize(
    ("facts", "more", "reasons"),
    [
        ({"safe_now": "no"}, {}, ["not_safe"]),
        ({}, {"kinds": ("suicide",)}, ["noticed"]),
        ({"hurt": "yes"}, {"kinds": ("violence",)}, ["child_hurt"]),
        ({}, {"kinds": ("violence",), "child_hurt": "yes"}, ["child_hurt"]),
        ({}, {"kinds": ("violence", "suicide"), "child_hurt": "yes"}, ["child_hurt", "noticed"]),
        ({}, {"child_safe": "no"}, ["child_not_safe"]),
        ({"safe_now": "unknown"}, {"needs": ("violence_home",)}, ["unsure"]),
        ({"safe_now": "unknown"}, {"needs": ("bullying",)}, ["employee"]),
        ({}, {}, ["employee"]),
    ],
)
def test_there_is_always_a_reason(facts, more, reasons):
    found = acute.why(replace(FACTS, **facts), **{"kinds": (), "needs": (), **more})
    assert [one.reason for one in found] == reasons


def test_the_queue_and_the_case_give_the_same_reason(session, vault, clock, new_case, employee):
    told = ChildTold("key-of-a-telling-1", "child", "nb", (ChildStatement("Vondt."),), hurt="yes")
    for changes in (
        {"safe_now": "unknown", "needs": ("violence_home",)},
        {"call_today": True, "way": "phone"},
        {"writer": "parent", "about": "my_child", "child_told": (told,)},
    ):
        case_id = cases.send_case(session, vault, clock, new_case(**changes)).case_id
        row = next(one for one in cases.queue(session, vault, clock, "fjordvik") if one.case_id == case_id)
        assert row.why_acute
        assert row.why_acute == acute.why_of(cases.read_case(session, vault, clock, case_id, employee))
    assert row.why_acute == (WhyAcute("child_hurt"),)


def test_what_is_calm_or_closed_has_neither(session, vault, clock, new_case, employee):
    calm = cases.send_case(session, vault, clock, new_case()).case_id
    closed = cases.send_case(session, vault, clock, new_case(safe_now="no")).case_id
    cases.set_status(session, vault, clock, closed, employee, "closed", "moved_on")
    statuses = ("new", "closed")
    rows = cases.queue(session, vault, clock, "fjordvik", QueueFilters(statuses=statuses))
    assert {(row.case_id, row.why_acute, row.acute) for row in rows} == {
        (calm, (), None),
        (closed, (), None),
    }
