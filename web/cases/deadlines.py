"""By which day a person hears from the municipality: working days, in Norwegian time, past holidays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo

import holidays

OSLO = ZoneInfo("Europe/Oslo")
MAX_WORKING_DAYS = 60


class WorkingCalendar(Protocol):
    """Says which days people are at work."""

    def is_working_day(self, day: date) -> bool:
        """Whether the front desk is at work on this day."""
        ...


@lru_cache(maxsize=32)
def _public_holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("NO", years=year))


@dataclass(frozen=True)
class NorwegianCalendar:
    """Monday to Friday without Norwegian public holidays.

    Christmas Eve and New Year's Eve are not public holidays, but municipal offices are closed or close
    early: a promise for those days would often be broken, so they do not count either.
    """

    closed_each_year: frozenset[tuple[int, int]] = frozenset({(12, 24), (12, 31)})

    def is_working_day(self, day: date) -> bool:
        """Whether the front desk is at work on this day."""
        return (
            day.weekday() < 5
            and (day.month, day.day) not in self.closed_each_year
            and day not in _public_holidays(day.year)
        )


NORWAY = NorwegianCalendar()


def local_date(at: datetime) -> date:
    """The date in Norway at this moment."""
    return at.astimezone(OSLO).date()


def hear_by(sent_at: datetime, working_days: int, calendar: WorkingCalendar = NORWAY) -> date:
    """The last day of the promise: the working_days-th working day after the Norwegian date of sending.

    Sent on a Friday at 23:40 with one working day: Monday. Sent on a Saturday: Monday as well.
    """
    if not 1 <= working_days <= MAX_WORKING_DAYS:
        raise ValueError(f"working days must be from 1 to {MAX_WORKING_DAYS}")
    day, left = local_date(sent_at), working_days
    while left:
        day += timedelta(days=1)
        if calendar.is_working_day(day):
            left -= 1
    return day
