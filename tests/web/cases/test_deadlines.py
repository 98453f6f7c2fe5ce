"""By which day a person hears: weekends, Christmas, Easter, Norwegian time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from web.cases.deadlines import OSLO, NorwegianCalendar, hear_by


def oslo(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=OSLO)


@pytest.mark.parametrize(
    ("sent", "days", "expected"),
    [
        (oslo(2026, 11, 20, 23, 40), 1, date(2026, 11, 23)),  # Friday night: Monday
        (oslo(2026, 11, 21, 3, 0), 1, date(2026, 11, 23)),  # Saturday
        (oslo(2026, 11, 22, 12, 0), 1, date(2026, 11, 23)),  # Sunday
        (oslo(2026, 11, 23, 8, 0), 1, date(2026, 11, 24)),  # Monday morning: Tuesday
        (oslo(2026, 11, 20, 9, 0), 3, date(2026, 11, 25)),
        # Christmas 2026: Thursday is Christmas Eve, 25 and 26 are holidays, then a weekend.
        (oslo(2026, 12, 22, 15, 0), 1, date(2026, 12, 23)),
        (oslo(2026, 12, 23, 15, 0), 1, date(2026, 12, 28)),
        (oslo(2026, 12, 23, 15, 0), 4, date(2027, 1, 4)),  # 28, 29, 30, not 31, 1 and the weekend
        (oslo(2026, 12, 30, 15, 0), 1, date(2027, 1, 4)),
        # Easter 2027: Maundy Thursday 25 March to Easter Monday 29 March.
        (oslo(2027, 3, 24, 23, 0), 1, date(2027, 3, 30)),
        (oslo(2027, 3, 27, 12, 0), 1, date(2027, 3, 30)),
        # Easter 2026: Maundy Thursday 2 April to Easter Monday 6 April.
        (oslo(2026, 4, 1, 16, 0), 2, date(2026, 4, 8)),
        # 1 May 2026 is a Friday, 14 May Ascension Day, 25 May Whit Monday.
        (oslo(2026, 4, 30, 12, 0), 1, date(2026, 5, 4)),
        (oslo(2026, 5, 13, 12, 0), 1, date(2026, 5, 15)),
        (oslo(2026, 5, 22, 12, 0), 1, date(2026, 5, 26)),
        # 17 May 2027 is a Monday, and Whit Monday as well.
        (oslo(2027, 5, 14, 12, 0), 1, date(2027, 5, 18)),
    ],
)
def test_hear_by(sent, days, expected):
    assert hear_by(sent, days) == expected


def test_the_norwegian_date_counts_not_that_of_utc():
    # 23:30 UTC on Sunday is 00:30 on Monday in Norway.
    assert hear_by(datetime(2026, 11, 22, 23, 30, tzinfo=UTC), 1) == date(2026, 11, 24)
    # In summer there are two hours: 22:30 UTC on Tuesday is Wednesday.
    assert hear_by(datetime(2026, 6, 16, 22, 30, tzinfo=UTC), 1) == date(2026, 6, 18)


def test_a_municipality_may_work_on_new_years_eve():
    calendar = NorwegianCalendar(closed_each_year=frozenset())
    assert hear_by(oslo(2026, 12, 30, 15, 0), 1, calendar) == date(2026, 12, 31)


@pytest.mark.parametrize("days", [0, -1, 61])
def test_a_promise_without_sense_is_refused(days):
    with pytest.raises(ValueError, match="working days"):
        hear_by(oslo(2026, 11, 20, 9, 0), days)


def test_every_promise_of_two_years_is_a_later_working_day():
    sent = oslo(2026, 1, 1, 20, 0)
    for number in range(730):
        at = sent + timedelta(days=number)
        day = hear_by(at, 1)
        assert day > at.date()
        assert day.weekday() < 5
