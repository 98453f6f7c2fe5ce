"""Who is away and who answers: chains, circles, overlaps, and that it ends by itself."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from web.cases.absences import (
    AbsenceGone,
    AbsenceRefused,
    away_now,
    end_absence,
    record_absence,
    stood_in_for,
    uncovered,
)
from web.cases.types import EmployeeRef

ANNE, BO, CHRIS = (
    EmployeeRef(letter * 8 + "-0000-0000-0000-000000000000", name, "fjordvik", "Familiehuset")
    for letter, name in (("a", "Anne"), ("b", "Bo"), ("c", "Chris"))
)
MONDAY, FRIDAY = date(2026, 11, 23), date(2026, 11, 27)


@pytest.fixture
def away(session, clock):
    """away(ANNE, BO): from Monday to Friday, unless other days are given."""

    def record(who, stand_in, first=MONDAY, last=FRIDAY):
        return record_absence(session, clock, who, stand_in, first, last, who)

    return record


@pytest.fixture
def answers(session, clock):
    return lambda who: (found := away_now(session, clock, "fjordvik").get(who.id)) and found.answers_name


def test_it_begins_and_ends_by_itself(away, answers, session, clock):
    away(ANNE, BO)
    seen = []
    for day in range(22, 30):
        clock.at = datetime(2026, 11, day, 11, tzinfo=UTC)
        seen.append(answers(ANNE))
    assert seen == [None, "Bo", "Bo", "Bo", "Bo", "Bo", None, None]
    clock.at = datetime(2026, 11, 27, 22, 59, tzinfo=UTC)  # 23:59 in Norway
    assert stood_in_for(session, clock, "fjordvik", BO.id) == (ANNE.id,)
    clock.move(minutes=2)
    assert stood_in_for(session, clock, "fjordvik", BO.id) == ()
    assert away_now(session, clock, "granlia") == {}


def test_a_chain_is_followed_and_a_circle_ends_at_the_front_desk(away, answers, session, clock):
    away(ANNE, BO)
    away(BO, CHRIS, date(2026, 11, 25), date(2026, 11, 25))
    clock.at = datetime(2026, 11, 24, 11, tzinfo=UTC)
    assert answers(ANNE) == "Bo"
    # The leader is told before it happens.
    (told,) = uncovered(session, clock, "fjordvik")
    assert (told.absence.employee_name, told.trouble, told.on, told.answers_name) == (
        "Anne", "chain", date(2026, 11, 25), "Chris",
    )  # fmt: skip
    clock.move(days=1)
    assert answers(ANNE) == "Chris"
    assert stood_in_for(session, clock, "fjordvik", CHRIS.id) == (ANNE.id, BO.id)
    away(CHRIS, ANNE, date(2026, 11, 25), FRIDAY)
    assert answers(ANNE) is None
    assert ANNE.id in away_now(session, clock, "fjordvik")
    assert {(one.absence.employee_name, one.trouble) for one in uncovered(session, clock, "fjordvik")} == {
        ("Anne", "nobody"),
        ("Bo", "nobody"),
        ("Chris", "nobody"),
    }


@pytest.mark.parametrize(
    ("stand_in", "first", "last", "why"),
    [
        (BO, FRIDAY, MONDAY, "order"),
        (BO, date(2026, 11, 2), date(2026, 11, 6), "past"),
        (BO, MONDAY, date(2028, 1, 1), "long"),
        (ANNE, MONDAY, FRIDAY, "self"),
        (BO, FRIDAY, date(2026, 12, 4), "overlap"),
        (BO, date(2026, 11, 20), MONDAY, "overlap"),
    ],
)
def test_what_makes_no_sense_is_refused(away, stand_in, first, last, why):
    away(ANNE, BO)
    with pytest.raises(AbsenceRefused) as caught:
        away(ANNE, stand_in, first, last)
    assert caught.value.why == why


def test_a_stand_in_of_another_municipality_is_refused(away):
    with pytest.raises(AbsenceRefused):
        away(ANNE, EmployeeRef(BO.id, "Bo", "granlia"))


def test_it_can_be_ended_before_its_last_day_and_once(away, answers, session, clock):
    row = away(ANNE, BO)
    clock.at = datetime(2026, 11, 24, 11, tzinfo=UTC)
    with pytest.raises(AbsenceGone):
        end_absence(session, clock, "granlia", row.id)
    end_absence(session, clock, "fjordvik", row.id)
    assert answers(ANNE) is None
    with pytest.raises(AbsenceGone):
        end_absence(session, clock, "fjordvik", row.id)
    away(ANNE, CHRIS, date(2026, 11, 25), FRIDAY)  # the days are free again
