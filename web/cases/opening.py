"""When somebody is at work: opening hours on working days, in Norwegian time. Pure functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from web.cases.deadlines import NORWAY, OSLO, WorkingCalendar, local_date

_FAR = 60
"""No office is closed for so many days in a row."""


@dataclass(frozen=True)
class OpeningHours:
    """From when until when, by weekday (0 is Monday). Days that are no working days are closed whatever it says."""

    by_weekday: Mapping[int, tuple[time, time]]
    calendar: WorkingCalendar = field(default=NORWAY)

    @classmethod
    def every_day(cls, begins: time, ends: time) -> OpeningHours:
        """The same from Monday to Friday."""
        return cls(dict.fromkeys(range(5), (begins, ends)))

    def of(self, day: date) -> tuple[datetime, datetime] | None:
        """When it opens and closes on this day; None when it does not open."""
        hours = self.by_weekday.get(day.weekday())
        if hours is None or not self.calendar.is_working_day(day):
            return None
        return datetime.combine(day, hours[0], OSLO), datetime.combine(day, hours[1], OSLO)

    def _from(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        for step in range(_FAR):
            found = self.of(day + timedelta(days=step))
            if found is not None:
                yield found

    def opens(self, at: datetime) -> datetime:
        """This moment when it is open, else the next one at which it is."""
        for begins, ends in self._from(local_date(at)):
            if at < ends:
                return max(at, begins).astimezone(OSLO)
        return at.astimezone(OSLO)

    def after_open_time(self, at: datetime, open_time: timedelta) -> datetime:
        """The moment at which it has been open for so long since `at`."""
        left = open_time
        for begins, ends in self._from(local_date(at)):
            start = max(at, begins)
            if start >= ends:
                continue
            if left <= ends - start:
                return (start + left).astimezone(OSLO)
            left -= ends - start
        return at.astimezone(OSLO)

    def before_open_time(self, at: datetime, open_time: timedelta) -> datetime:
        """The latest moment from which it has been open for so long until `at`: after_open_time the other way round."""
        left, day = open_time, local_date(at)
        for step in range(_FAR):
            found = self.of(day - timedelta(days=step))
            if found is None or at <= found[0]:
                continue
            begins, end = found[0], min(at, found[1])
            if left <= end - begins:
                return (end - left).astimezone(OSLO)
            left -= end - begins
        return (at - timedelta(days=_FAR)).astimezone(OSLO)

    def share_of_day(self, day: date, share: float) -> datetime | None:
        """The moment at which this share of the day's hours has passed; None on a day that does not open."""
        found = self.of(day)
        return found[0] + (found[1] - found[0]) * share if found else None

    def after_working_days(self, at: datetime, days: int) -> datetime:
        """The same time of day, so many open days later; what came while it was closed counts from when it opens."""
        start = self.opens(at)
        later = [found for found in self._from(start.date()) if found[0].date() > start.date()]
        begins, ends = later[days - 1] if len(later) >= days else (start, start)
        return min(max(datetime.combine(begins.date(), start.time(), OSLO), begins), ends)
