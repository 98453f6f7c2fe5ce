"""Which tables there are: what is counted, as a part of what, and how the parts hang together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from web.statistics.periods import Stage

Kind = Literal["total", "split", "share", "cross"]
Counts = dict[str, dict[str, int]]
"""Table -> category -> how many cases."""

CONTACT_WITHIN: Final = 5
"""Working days within which a child has a named contact person. Source: the project's own choice."""
FOLLOWED_AFTER: Final = 42
"""Days after which it is asked whether there is an outcome or a plan. Source: the same as the last «Did you get help?»."""


@dataclass(frozen=True)
class Table:
    """A table of counts.

    total: one number. split: every case of the base is in exactly one category. share: each category is a part of the
    base by itself (a case can have several needs). cross: two splits at once, `rows` and `columns`.
    """

    id: str
    stage: Stage
    kind: Kind
    categories: tuple[str, ...] = ()
    """Empty for a share: whatever is found (needs, services)."""
    base: tuple[str, str] | None = None
    """Table and category that this is a part of."""
    part: str | None = None
    """A table of the same categories for some of the same cases: the rest must not follow from the two."""
    longer_only: bool = False
    """Not by month."""
    rows: str = ""
    columns: str = ""


ALL: Final = ("cases", "all")
CHILDREN: Final = ("age", "under_18")
IN_TIME: Final = ("read", "contact", "answered")
HELPED: Final = ("yes", "some", "no", "none")
KEPT: Final = ("yes", "no")
SERVICE_OUTCOMES: Final = ("got_help", "waiting", "refused", "did_not_want", "none")

TABLES: Final[tuple[Table, ...]] = (
    Table("cases", "arrivals", "total", ("all",)),
    Table("deleted", "arrivals", "total", ("all",)),
    Table("age", "arrivals", "split", ("under_18", "adult", "unknown"), ALL),
    Table("ages", "arrivals", "split", ("0_5", "6_12", "13_17", "unknown"), CHILDREN),
    Table("language", "arrivals", "split", ("nb", "nn", "other"), ALL),
    Table("writer", "arrivals", "split", ("child", "youth", "parent", "other"), ALL),
    Table("children", "arrivals", "share", IN_TIME, CHILDREN),
    Table("in_time", "arrivals", "share", IN_TIME, ALL, part="children"),
    Table("acute", "arrivals", "share", ("acute",), ALL),
    Table("needs", "arrivals", "share", (), ALL),
    Table("pairs", "arrivals", "share", (), ALL, longer_only=True),
    Table("services", "arrivals", "share", (), ALL),
    Table("promise_by_language", "arrivals", "cross", base=ALL, rows="language", columns="in_time"),
    Table("promise_by_age", "arrivals", "cross", base=ALL, rows="age", columns="in_time"),
    Table("outcome", "results", "split", ("got_help", "moved_on", "not_reached", "withdrawn", "open"), ALL),
    Table("helped", "results", "split", HELPED, ALL),
    Table("followed", "results", "share", ("followed",), CHILDREN),
    Table("brought_in", "results", "share", (), ALL),
    Table("help_by_language", "results", "cross", base=ALL, rows="language", columns="helped"),
    Table("help_by_age", "results", "cross", base=ALL, rows="age", columns="helped"),
)
BY_ID: Final[Mapping[str, Table]] = {table.id: table for table in TABLES}


def service_table(service: str) -> Table:
    """What came of it at one service that was brought in."""
    return Table(f"service:{service}", "results", "split", SERVICE_OUTCOMES, ("brought_in", service))


def add(into: Counts, more: Mapping[str, Mapping[str, int]]) -> None:
    """Add counts to counts."""
    for table, numbers in more.items():
        mine = into.setdefault(table, {})
        for category, number in numbers.items():
            mine[category] = mine.get(category, 0) + number


def quantile(times: Mapping[str, int], share: float) -> int | None:
    """The time within which this share of the cases was reached; None when fewer than that were.

    times: whole hours or days as text -> cases; «none» -> cases that nobody had reached when they were counted, which
    come last. So many who were never read make the median longer, and never shorter.
    """
    wanted, seen = share * sum(times.values()), 0
    for value in sorted(int(key) for key in times if key != "none"):
        seen += times[str(value)]
        if seen >= wanted:
            return value
    return None
