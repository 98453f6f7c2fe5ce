"""Months, thirds of a year (tertial) and years: which there are, and from which day their numbers stand still.

Periods never overlap except by lying inside one another, so that no two of them differ by a few days' cases.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import total_ordering
from typing import Literal

from web.cases.deadlines import OSLO, local_date

Stage = Literal["arrivals", "results"]
STAGES: tuple[Stage, ...] = ("arrivals", "results")
DAYS_UNTIL: dict[Stage, int] = {"arrivals": 14, "results": 60}
"""Days from the end of a month until it is counted, once and for all. Arrivals: the promise to who wrote last has
passed, also over Easter. Results: who wrote last has been asked after six weeks whether help came, and had time to answer."""

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
_THIRD = re.compile(r"(\d{4})-T([1-3])")
_YEAR = re.compile(r"\d{4}")
_MONTHS_OF_THIRD = 4


@total_ordering
@dataclass(frozen=True)
class Period:
    """A calendar month, a third of a year or a year: «2026-03», «2026-T1», «2026»."""

    name: str

    @property
    def kind(self) -> Literal["month", "third", "year"]:
        """Which of the three."""
        return "year" if len(self.name) == 4 else "third" if "T" in self.name else "month"

    @property
    def year(self) -> int:
        """The year it lies in."""
        return int(self.name[:4])

    @property
    def months(self) -> tuple[Period, ...]:
        """Its months, first to last."""
        if self.kind == "month":
            return (self,)
        first = 1 if self.kind == "year" else (int(self.name[-1]) - 1) * _MONTHS_OF_THIRD + 1
        count = 12 if self.kind == "year" else _MONTHS_OF_THIRD
        return tuple(Period(f"{self.year}-{number:02d}") for number in range(first, first + count))

    @property
    def parts(self) -> tuple[Period, ...]:
        """What it is the sum of: a third of four months, a year of three thirds; a month of nothing smaller."""
        if self.kind == "year":
            return tuple(Period(f"{self.year}-T{number}") for number in (1, 2, 3))
        return self.months if self.kind == "third" else ()

    @property
    def parent(self) -> Period | None:
        """The third of a month, the year of a third."""
        if self.kind == "month":
            number = (int(self.name[5:]) - 1) // _MONTHS_OF_THIRD + 1
            return Period(f"{self.year}-T{number}")
        return Period(str(self.year)) if self.kind == "third" else None

    @property
    def begins(self) -> datetime:
        """Its first moment, in Norway."""
        return datetime.combine(self._first_day(), time(), OSLO).astimezone(UTC)

    @property
    def ends(self) -> datetime:
        """The first moment after it."""
        return datetime.combine(self._day_after(), time(), OSLO).astimezone(UTC)

    def counted_on(self, stage: Stage) -> date:
        """The day on which its numbers are made."""
        return self._day_after() + timedelta(days=DAYS_UNTIL[stage])

    def _first_day(self) -> date:
        first = self.months[0].name
        return date(int(first[:4]), int(first[5:]), 1)

    def _day_after(self) -> date:
        last = self.months[-1].name
        year, month = int(last[:4]), int(last[5:])
        return date(year + month // 12, month % 12 + 1, 1)

    def __lt__(self, other: Period) -> bool:
        """By when they end, then the longer last."""
        return (self.ends, -self.begins.timestamp()) < (other.ends, -other.begins.timestamp())


def period(name: str) -> Period | None:
    """The period of this name; None when there is no such."""
    known = (_MONTH, _THIRD, _YEAR)
    return Period(name) if any(one.fullmatch(name) for one in known) and int(name[:4]) > 0 else None


def month_of(at: datetime) -> Period:
    """The month, in Norway, in which this moment lies."""
    return Period(f"{local_date(at):%Y-%m}")


def months_between(first: Period, last: Period) -> tuple[Period, ...]:
    """All months from one to another, both included."""
    years = range(first.year, last.year + 1)
    every = (month for year in years for month in Period(str(year)).months)
    return tuple(month for month in every if first.name <= month.name <= last.name)


def whole(counted: Iterable[str], since: Period) -> list[Period]:
    """The thirds and years all of whose months are counted; months before the door opened (`since`) are not waited for."""
    names = set(counted)
    years = sorted({int(name[:4]) for name in names})
    longer = [one for year in years for one in (*Period(str(year)).parts, Period(str(year)))]

    def there(one: Period) -> list[str]:
        return [month.name for month in one.months if month.name >= since.name]

    return [one for one in longer if there(one) and set(there(one)) <= names]
