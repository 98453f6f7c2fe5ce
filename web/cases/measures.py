"""The plan as it is read: lines opened, and what goes on at the same time. Nothing here changes anything."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import groupby
from typing import Any, cast

from web.cases.models import Case
from web.cases.plan_models import MeasureEventRow, MeasureRow
from web.cases.plan_rules import rules
from web.cases.plan_types import Agreement, Measure, MeasureEvent, MeasureState, Overlap
from web.cases.rows import open_json
from web.security.vault import CaseVault

_LOOK_AHEAD = timedelta(weeks=26)
"""How far ahead too many meetings in a week are looked for."""


def measure_of(row: MeasureRow, box: CaseVault) -> Measure:
    """A line of the plan, opened."""
    content = open_json(box, row.content_sealed, "measures", "content_sealed", row.id)
    withheld = row.withheld_sealed
    return Measure(
        id=row.id,
        what=content["what"],
        service=content["service"],
        need=content["need"],
        goal=content["goal"],
        starts_on=date.fromisoformat(content["starts_on"]),
        due_on=row.due_on,
        meetings=content["meetings"],
        state=cast(MeasureState, row.state),
        responsible_id=row.responsible_id,
        responsible_name=row.responsible_name,
        created_at=row.created_at,
        withheld=(
            box.open(withheld, table="measures", column="withheld_sealed", row_id=row.id)
            if withheld is not None
            else None
        ),
        events=tuple(_event_of(event, box) for event in row.events),
    )


def _event_of(row: MeasureEventRow, box: CaseVault) -> MeasureEvent:
    content = open_json(box, row.content_sealed, "measure_events", "content_sealed", row.id)
    return MeasureEvent(
        row.at,
        row.by_name,
        cast(Any, content["what"]),
        content["before"],
        content["after"],
        content["reason"],
    )


def plan_view(case: Case, box: CaseVault, *, for_writer: bool) -> tuple[Measure, ...]:
    """The lines of the plan in the order they were written. for_writer: without those that are kept from the person.

    Of a line that was kept from them before, they see what has happened since.
    """
    lines = (measure_of(row, box) for row in case.measures)
    if not for_writer:
        return tuple(lines)
    return tuple(replace(one, events=_since_shown(one.events)) for one in lines if one.withheld is None)


def _since_shown(events: tuple[MeasureEvent, ...]) -> tuple[MeasureEvent, ...]:
    last = max((i for i, event in enumerate(events) if event.what in ("withheld", "shown")), default=-1)
    return events[last + 1 :]


def agreements_of(case: Case, box: CaseVault) -> tuple[Agreement, ...]:
    """What has been noted as coordinated."""
    found = []
    for row in case.agreements:
        content = open_json(box, row.content_sealed, "overlap_agreements", "content_sealed", row.id)
        found.append(
            Agreement(
                cast(Any, content["kind"]), tuple(content["measures"]), content["note"], row.by_name, row.at
            )
        )
    return tuple(found)


def overlaps(
    measures: Iterable[Measure], agreements: Iterable[Agreement], today: date
) -> tuple[Overlap, ...]:
    """What goes on at the same time, those that nobody has coordinated first.

    Two services for the same need; more meetings in a week than the rules say; two things due on the same day.
    """
    running = [one for one in measures if one.open]
    found = [*_same_need(running, today), *_many_meetings(running, today), *_same_day(running)]
    known = {(one.kind, tuple(sorted(one.measures))): one for one in agreements}
    marked = [
        Overlap(
            one.kind,
            one.measures,
            one.need,
            one.day,
            one.meetings,
            known.get((one.kind, tuple(sorted(measure.id for measure in one.measures)))),
        )
        for one in found
    ]
    return tuple(sorted(marked, key=lambda one: one.agreed is not None))


def _ends(one: Measure, today: date) -> date:
    """What is not finished goes on, also past its day."""
    return max(one.due_on, today)


def _at_once(one: Measure, other: Measure, today: date) -> bool:
    return one.starts_on <= _ends(other, today) and other.starts_on <= _ends(one, today)


def _same_need(running: Sequence[Measure], today: date) -> list[Overlap]:
    found = []
    for need in dict.fromkeys(one.need for one in running if one.need):
        of_need = [one for one in running if one.need == need]
        together = [
            one
            for one in of_need
            if any(other.service != one.service and _at_once(one, other, today) for other in of_need)
        ]
        if together:
            found.append(Overlap("same_need", tuple(together), need=need))
    return found


def _many_meetings(running: Sequence[Measure], today: date) -> list[Overlap]:
    meeting = [one for one in running if one.meetings]
    found: dict[tuple[str, ...], Overlap] = {}
    monday = today - timedelta(days=today.weekday())
    last = min(max((_ends(one, today) for one in meeting), default=today), today + _LOOK_AHEAD)
    while monday <= last:
        week = [
            one
            for one in meeting
            if one.starts_on <= monday + timedelta(days=6) and _ends(one, today) >= monday
        ]
        total = sum(one.meetings for one in week)
        ids = tuple(one.id for one in week)
        if total > rules().most_meetings_a_week and ids not in found:
            found[ids] = Overlap("many_meetings", tuple(week), day=monday, meetings=total)
        monday += timedelta(days=7)
    return list(found.values())


def _same_day(running: Sequence[Measure]) -> list[Overlap]:
    by_day = groupby(sorted(running, key=lambda one: one.due_on), key=lambda one: one.due_on)
    days = [(day, tuple(lines)) for day, lines in by_day]
    return [Overlap("same_day", lines, day=day) for day, lines in days if len(lines) > 1]
