"""The plan of a case: what each service does, by when, who has it. Written by employees, seen by the person.

Every function takes (session, vault, clock) first and makes its change in one transaction that it commits itself. Nothing
here logs outside the case; no exception carries a citizen's words.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from web.cases.changing import apply_change, work_begins
from web.cases.checks import MAX_SHORT, check_ids, check_one_of
from web.cases.clock import Clock
from web.cases.deadlines import local_date
from web.cases.measures import agreements_of, overlaps, plan_view
from web.cases.messages import write_message
from web.cases.models import Case
from web.cases.plan_models import MeasureEventRow, MeasureRow, OverlapAgreementRow
from web.cases.plan_types import (
    MEASURE_STATES,
    OPEN_STATES,
    Measure,
    MeasureChange,
    NewMeasure,
    Overlap,
)
from web.cases.rows import box_of, log, new_id, open_json, seal_json
from web.cases.types import CaseNotFound, CaseView, EmployeeRef, InvalidCase
from web.security.vault import CaseVault, Vault

MOST_MEASURES = 60
MOST_MEETINGS = 14
FURTHEST = timedelta(days=366 * 3)
"""A day further ahead than this is a slip of the pen."""


def add_measure(
    session: Session,
    vault: Vault,
    clock: Clock,
    case_id: str,
    employee: EmployeeRef,
    new: NewMeasure,
    expected_version: int | None = None,
) -> CaseView:
    """Write a line in the plan. The person sees it, unless there is a reason that they do not."""
    _check_new(new, local_date(clock.now()))

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        if len(case.measures) >= MOST_MEASURES:
            raise InvalidCase("too many lines in one plan")
        row_id = new_id()
        content = {
            "what": new.what.strip(),
            "service": new.service,
            "need": new.need,
            "goal": (new.goal or "").strip() or None,
            "starts_on": (new.starts_on or local_date(now)).isoformat(),
            "meetings": new.meetings,
        }
        row = MeasureRow(
            id=row_id,
            position=len(case.measures),
            state="planned",
            due_on=new.due_on,
            responsible_id=new.responsible_id,
            responsible_name=new.responsible_name.strip(),
            created_at=now,
            content_sealed=seal_json(box, content, "measures", "content_sealed", row_id),
            withheld_sealed=_sealed_reason(box, row_id, new.withheld),
        )
        case.measures.append(row)
        _event(row, box, now, employee, "added")
        _plan_changed(session, case, box, now, employee, "measure_added", row)

    return apply_change(
        session, vault, clock, case_id, change, municipality=employee.municipality, version=expected_version
    )


def change_measure(
    session: Session,
    vault: Vault,
    clock: Clock,
    case_id: str,
    employee: EmployeeRef,
    measure_id: str,
    wanted: MeasureChange,
    expected_version: int | None = None,
) -> CaseView:
    """Change how a line stands: state, day, who has it, whether the person sees it. Each change stays in its history.

    A new day and a stop need a reason. CaseNotFound when the case has no such line.
    """
    if wanted.state is not None:
        check_one_of(wanted.state, MEASURE_STATES, "state")
    if len(wanted.reason) > MAX_SHORT or len(wanted.withheld) > MAX_SHORT:
        raise InvalidCase("the reason is too long")

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        row = _row(case, measure_id)
        was_withheld, events = row.withheld_sealed is not None, len(row.events)
        _change_state(row, box, now, employee, wanted)
        _change_day(row, box, now, employee, wanted)
        _change_responsible(row, box, now, employee, wanted)
        _change_shown(row, box, now, employee, wanted)
        if len(row.events) > events:
            first_shown = was_withheld and row.withheld_sealed is None
            _plan_changed(
                session, case, box, now, employee, "measure_added" if first_shown else "measure_changed", row
            )

    return apply_change(
        session, vault, clock, case_id, change, municipality=employee.municipality, version=expected_version
    )


def agree_overlap(
    session: Session,
    vault: Vault,
    clock: Clock,
    case_id: str,
    employee: EmployeeRef,
    key: str,
    note: str = "",
    expected_version: int | None = None,
) -> CaseView:
    """Note that what goes on at the same time is coordinated. InvalidCase when there is no such overlap now."""
    if len(note) > MAX_SHORT:
        raise InvalidCase("the note is too long")

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        lines = plan_view(case, box, for_writer=False)
        found = {one.key: one for one in overlaps(lines, agreements_of(case, box), local_date(now))}.get(key)
        if found is None:
            raise InvalidCase("there is no such overlap")
        if found.agreed is not None:
            return
        row_id = new_id()
        content = {
            "kind": found.kind,
            "measures": [one.id for one in found.measures],
            "note": note.strip(),
        }
        case.agreements.append(
            OverlapAgreementRow(
                id=row_id,
                at=now,
                by_name=employee.name,
                content_sealed=seal_json(box, content, "overlap_agreements", "content_sealed", row_id),
            )
        )
        kept = any(one.withheld is not None for one in found.measures)
        log(session, case, box, now, "plan_withheld" if kept else "overlap_agreed", employee)

    return apply_change(
        session, vault, clock, case_id, change, municipality=employee.municipality, version=expected_version
    )


def overlaps_of(session: Session, vault: Vault, clock: Clock, case_id: str) -> tuple[Overlap, ...]:
    """What goes on at the same time in this case, for its readers. CaseNotFound when there is none (to see)."""
    case = session.get(Case, case_id)
    if case is None:
        raise CaseNotFound("no such case")
    box = box_of(vault, case)
    lines = plan_view(case, box, for_writer=False)
    return overlaps(lines, agreements_of(case, box), local_date(clock.now()))


def dispute_measure(
    session: Session,
    vault: Vault,
    clock: Clock,
    case_id: str,
    measure_id: str,
    text: str,
    acute_kinds: Iterable[str] = (),
) -> CaseView:
    """The person says that a line of the plan is not right: a message about it. CaseNotFound for a line not shown to them."""
    case = session.get(Case, case_id)
    if case is None:
        raise CaseNotFound("no such case")
    if _row(case, measure_id).withheld_sealed is not None:
        raise CaseNotFound("no such line of the plan")
    return write_message(session, vault, clock, case_id, text, acute_kinds=acute_kinds, about_id=measure_id)


def clear_plan(case: Case, box: CaseVault) -> None:
    """Who wrote the case deletes their part: what they were shown goes, and their words in what they were not shown."""
    case.measures = [row for row in case.measures if row.withheld_sealed is not None]
    case.agreements = []
    for row in case.measures:
        content = open_json(box, row.content_sealed, "measures", "content_sealed", row.id)
        row.content_sealed = seal_json(box, {**content, "goal": None}, "measures", "content_sealed", row.id)
    _count(case)


def _check_new(new: NewMeasure, today: date) -> None:
    if not new.what.strip() or len(new.what) > MAX_SHORT:
        raise InvalidCase("a line of the plan says what is done, in few words")
    if len(new.goal or "") > MAX_SHORT or len(new.withheld or "") > MAX_SHORT:
        raise InvalidCase("the text is too long")
    if new.withheld is not None and not new.withheld.strip():
        raise InvalidCase("a line that is not shown needs a reason")
    check_ids([one for one in (new.service, new.need) if one is not None], "service or need")
    _check_responsible(new.responsible_name, new.responsible_id)
    if not 0 <= new.meetings <= MOST_MEETINGS:
        raise InvalidCase("unlikely many meetings")
    _check_day(new.due_on, today)
    if new.starts_on is not None and (new.starts_on > new.due_on or abs(new.starts_on - today) > FURTHEST):
        raise InvalidCase("it must begin before it is done")


def _check_day(day: date, today: date) -> None:
    if not today <= day <= today + FURTHEST:
        raise InvalidCase("the day must lie ahead")


def _check_responsible(name: str, person_id: str | None) -> None:
    if not name.strip() or len(name) > 120 or len(person_id or "") > 36:
        raise InvalidCase("a line of the plan needs the name of who has it")


def _row(case: Case, measure_id: str) -> MeasureRow:
    row = next((row for row in case.measures if row.id == measure_id), None)
    if row is None:
        raise CaseNotFound("no such line of the plan")
    return row


def _sealed_reason(box: CaseVault, row_id: str, reason: str | None) -> str | None:
    if reason is None:
        return None
    return box.seal(reason.strip(), table="measures", column="withheld_sealed", row_id=row_id)


def _event(
    row: MeasureRow,
    box: CaseVault,
    now: datetime,
    employee: EmployeeRef,
    what: str,
    before: str = "",
    after: str = "",
    reason: str = "",
) -> None:
    row_id = new_id()
    content = {"what": what, "before": before, "after": after, "reason": reason.strip()}
    row.events.append(
        MeasureEventRow(
            id=row_id,
            position=len(row.events),
            at=now,
            by_name=employee.name,
            content_sealed=seal_json(box, content, "measure_events", "content_sealed", row_id),
        )
    )


def _change_state(
    row: MeasureRow, box: CaseVault, now: datetime, employee: EmployeeRef, wanted: MeasureChange
) -> None:
    if wanted.state is None or wanted.state == row.state:
        return
    if wanted.state == "stopped" and not wanted.reason.strip():
        raise InvalidCase("stopping needs a reason")
    before, row.state = row.state, wanted.state
    _event(row, box, now, employee, "state", before, row.state, wanted.reason)


def _change_day(
    row: MeasureRow, box: CaseVault, now: datetime, employee: EmployeeRef, wanted: MeasureChange
) -> None:
    if wanted.due_on is None or wanted.due_on == row.due_on:
        return
    if not wanted.reason.strip():
        raise InvalidCase("a new day needs a reason")
    _check_day(wanted.due_on, local_date(now))
    before, row.due_on = row.due_on, wanted.due_on
    _event(row, box, now, employee, "due_on", before.isoformat(), wanted.due_on.isoformat(), wanted.reason)


def _change_responsible(
    row: MeasureRow, box: CaseVault, now: datetime, employee: EmployeeRef, wanted: MeasureChange
) -> None:
    if wanted.responsible_name is None:
        return
    _check_responsible(wanted.responsible_name, wanted.responsible_id)
    name = wanted.responsible_name.strip()
    if (name, wanted.responsible_id) == (row.responsible_name, row.responsible_id):
        return
    before, row.responsible_name, row.responsible_id = row.responsible_name, name, wanted.responsible_id
    _event(row, box, now, employee, "responsible", before, name, wanted.reason)


def _change_shown(
    row: MeasureRow, box: CaseVault, now: datetime, employee: EmployeeRef, wanted: MeasureChange
) -> None:
    if wanted.shown is None or wanted.shown == (row.withheld_sealed is None):
        return
    if wanted.shown:
        row.withheld_sealed = None
        _event(row, box, now, employee, "shown")
        return
    if not wanted.withheld.strip():
        raise InvalidCase("a line that is not shown needs a reason")
    row.withheld_sealed = _sealed_reason(box, row.id, wanted.withheld)
    _event(row, box, now, employee, "withheld", reason=wanted.withheld)


def _plan_changed(
    session: Session,
    case: Case,
    box: CaseVault,
    now: datetime,
    employee: EmployeeRef,
    action: Any,
    row: MeasureRow,
) -> None:
    """The queue's day, and a line in the log: one that the person does not see when they do not see the measure."""
    _count(case)
    log(session, case, box, now, "plan_withheld" if row.withheld_sealed is not None else action, employee)
    if row.withheld_sealed is None:
        work_begins(session, case, box, now, employee)


def _count(case: Case) -> None:
    case.plan_due_on = min((row.due_on for row in case.measures if row.state in OPEN_STATES), default=None)


def measure_for_person(view: CaseView, measure_id: str) -> Measure | None:
    """A line that the person may see."""
    return next((one for one in view.plan if one.id == measure_id and one.withheld is None), None)
