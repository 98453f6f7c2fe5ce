"""The nightly work: count the months that have stood still long enough, and show what may be shown of them.

A month is opened twice in all: once for what came, once for what came of it. What is counted stays counted, also when the
cases are deleted; what is shown stays as it was shown.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, cast

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from web.cases.clock import Clock
from web.cases.deadlines import local_date
from web.cases.models import Case
from web.security.vault import Vault
from web.statistics import facts
from web.statistics.models import DeletedEarly, KeptCounts, ShownPeriod
from web.statistics.periods import STAGES, Period, Stage, month_of, months_between, whole
from web.statistics.showing import Cells, Past, Showing
from web.statistics.tables import ALL, CHILDREN, TABLES, Counts, add, quantile, service_table

MEDIAN_OF = 10
"""Fewer cases than this give no median: five on each side of it."""
NINETIETH_OF = 50
"""Fewer cases than this give no 90th percentile: five above it."""
_SPREAD = "arrivals"


def refresh(session: Session, vault: Vault, clock: Clock, municipality: str) -> int:
    """Count and show what is due in this municipality; how many periods were made. Commits each."""
    made = 0
    first = _first_month(session, municipality)
    if first is None:
        return 0
    today = local_date(clock.now())
    for stage in STAGES:
        counted = _kept_names(session, municipality, stage)
        for month in months_between(first, month_of(clock.now())):
            if month.name not in counted and month.counted_on(stage) <= today:
                made += _count(session, vault, clock, municipality, month, stage)
                counted.add(month.name)
        shown = _shown_names(session, municipality, stage)
        due = [Period(name) for name in counted]
        for one in sorted([*due, *whole(counted, first)]):
            if one.name not in shown:
                made += _show(session, vault, clock, municipality, one, stage)
    return made


def _first_month(session: Session, municipality: str) -> Period | None:
    """The month in which the door opened: of the first case, also when it is long deleted."""
    kept = session.scalar(
        select(func.min(KeptCounts.period)).where(
            KeptCounts.municipality == municipality, KeptCounts.stage == "arrivals"
        )
    )
    gone = session.scalar(
        select(func.min(DeletedEarly.month)).where(DeletedEarly.municipality == municipality)
    )
    oldest = session.scalar(select(func.min(Case.created_at)).where(Case.municipality == municipality))
    names = [name for name in (kept, gone, month_of(oldest).name if oldest else None) if name]
    return Period(min(names)) if names else None


def _kept_names(session: Session, municipality: str, stage: Stage) -> set[str]:
    found = select(KeptCounts.period).where(
        KeptCounts.municipality == municipality, KeptCounts.stage == stage
    )
    return set(session.scalars(found))


def _shown_names(session: Session, municipality: str, stage: Stage) -> set[str]:
    found = select(ShownPeriod.period).where(
        ShownPeriod.municipality == municipality, ShownPeriod.stage == stage
    )
    return set(session.scalars(found))


def seal(vault: Vault, municipality: str, period: str, stage: str, content: Any) -> str:
    """Counts, sealed for exactly this row."""
    row = f"{municipality} {period} {stage}"
    return vault.for_statistics(municipality).seal(
        json.dumps(content, sort_keys=True), table="statistics_kept", column="content_sealed", row_id=row
    )


def opened(vault: Vault, kept: KeptCounts) -> Any:
    """What seal sealed."""
    row = f"{kept.municipality} {kept.period} {kept.stage}"
    box = vault.for_statistics(kept.municipality)
    return json.loads(
        box.open(kept.content_sealed, table="statistics_kept", column="content_sealed", row_id=row)
    )


def _count(
    session: Session, vault: Vault, clock: Clock, municipality: str, month: Period, stage: Stage
) -> int:
    """Open the cases of a month, keep their counts, and close them again."""
    if stage == "arrivals":
        counts = facts.arrivals(session, vault, municipality, month)
        gone = session.scalar(
            select(func.count()).where(
                DeletedEarly.municipality == municipality, DeletedEarly.month == month.name
            )
        )
        counts["deleted"] = {"all": gone or 0}
    else:
        counts = facts.results(session, vault, municipality, month)
        came = session.get(KeptCounts, (municipality, month.name, "arrivals"))
        _complete(counts, opened(vault, came) if came is not None else {})
    session.add(
        KeptCounts(
            municipality=municipality,
            period=month.name,
            stage=stage,
            content_sealed=seal(vault, municipality, month.name, stage, counts),
            kept_at=clock.now(),
        )
    )
    if stage == "arrivals":
        session.execute(
            delete(DeletedEarly).where(
                DeletedEarly.municipality == municipality, DeletedEarly.month == month.name
            )
        )
    return _commit(session)


def _complete(counts: Counts, came: Counts) -> None:
    """Cases that were deleted after their month was counted stay in its number: as open, and as not having answered."""
    everything = came.get(ALL[0], {}).get(ALL[1], 0)
    for table, rest in (("outcome", "open"), ("helped", "none")):
        numbers = counts.setdefault(table, {})
        others = sum(number for category, number in numbers.items() if category != rest)
        numbers[rest] = max(0, everything - others)
    for table, split in (("help_by_language", "language"), ("help_by_age", "age")):
        numbers = counts.setdefault(table, {})
        for row, of_row in came.get(split, {}).items():
            answered = sum(numbers.get(f"{row}|{answer}", 0) for answer in ("yes", "some", "no"))
            numbers[f"{row}|none"] = of_row - answered
    children = came.get(CHILDREN[0], {}).get(CHILDREN[1], 0)
    followed = counts.setdefault("followed", {})
    followed["followed"] = min(followed.get("followed", 0), children)


def _commit(session: Session) -> int:
    try:
        session.commit()
    except IntegrityError:
        session.rollback()  # another process was quicker, and what it wrote stands
        return 0
    return 1


def _show(session: Session, vault: Vault, clock: Clock, municipality: str, one: Period, stage: Stage) -> int:
    """Decide what of a period is shown, beside all that is shown already, and keep that."""
    family = {month.name for month in one.months}
    family |= {part.name for part in one.parts} | {one.name}
    counts: dict[str, Counts] = {}
    kept = select(KeptCounts).where(
        KeptCounts.municipality == municipality, KeptCounts.period.in_(family), KeptCounts.stage.in_(STAGES)
    )
    months: dict[str, Counts] = {}
    for row in session.scalars(kept):
        months.setdefault(row.period, {}).update(opened(vault, row))
    shown: dict[str, Cells] = {}
    before = select(ShownPeriod).where(
        ShownPeriod.municipality == municipality, ShownPeriod.period.in_(family)
    )
    for earlier in session.scalars(before):
        shown.setdefault(earlier.period, {}).update(json.loads(earlier.content)["cells"])
    for name in {*shown, one.name}:
        counts[name] = {}
        for month in Period(name).months:
            add(counts[name], months.get(month.name, {}))
    mine = counts[one.name]
    showing = Showing(one, mine, Past(counts, shown))
    tables = [table for table in TABLES if table.stage == stage]
    if stage == "results":
        tables += [service_table(service) for service in sorted(mine.get("brought_in", {}))]
    content = {"cells": showing.make(tables)}
    if stage == _SPREAD:
        content["times"] = _times(mine, showing)
    session.add(
        ShownPeriod(
            municipality=municipality,
            period=one.name,
            stage=stage,
            content=json.dumps(content, sort_keys=True),
            shown_at=clock.now(),
        )
    )
    return _commit(session)


def _times(counts: Counts, showing: Showing) -> Any:
    """Median and 90th percentile of each time, in hours and working days; only of enough cases."""
    found: dict[str, Any] = {}
    for whose, base in (("all", ALL), ("children", CHILDREN)):
        number = showing.cell(base, showing.new)
        if not isinstance(number, int) or number < MEDIAN_OF:
            continue
        for what in ("read", "answered", "contact"):
            for unit in ("hours", "days"):
                times = counts.get(f"{whose}:{what}:{unit}", {})
                found[f"{whose}:{what}:{unit}"] = [
                    quantile(times, 0.5),
                    quantile(times, 0.9) if number >= NINETIETH_OF else "few",
                ]
    return found


def shown(session: Session, municipality: str, names: Iterable[str] | None = None) -> dict[str, Any]:
    """What is shown of each period: «cells», «times», and «stages» that there are."""
    query = select(ShownPeriod).where(ShownPeriod.municipality == municipality)
    if names is not None:
        query = query.where(ShownPeriod.period.in_(list(names)))
    found: dict[str, Any] = {}
    for row in session.scalars(query):
        one = found.setdefault(row.period, {"cells": {}, "times": {}, "stages": []})
        content = cast("dict[str, Any]", json.loads(row.content))
        one["cells"].update(content["cells"])
        one["times"].update(content.get("times", {}))
        one["stages"].append(row.stage)
    return found
