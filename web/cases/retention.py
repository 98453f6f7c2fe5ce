"""Retention: when a closed case is deleted, who may put it off, and what the night's run does.

The rules are data (services_catalog/retention.yml, web.catalog.retention) and come in as a parameter. Open cases are never
deleted by time. Every function takes (session, …) first and commits itself.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, Select, and_, delete, func, or_, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session

from web.cases import notices
from web.cases.changing import apply_change
from web.cases.checks import check_text
from web.cases.clock import Clock
from web.cases.deadlines import local_date
from web.cases.deleting import delete_by_rule
from web.cases.keeping_tables import (
    ArchivedCase,
    ArchiveExport,
    DeletionRequest,
    NightlyRun,
    PlannedDeletion,
)
from web.cases.models import Case, LogEntry
from web.cases.plan_models import MeasureRow
from web.cases.rows import log
from web.cases.sharing_models import Share
from web.cases.types import CaseError, CaseNotFound, EmployeeRef, InvalidCase
from web.catalog.retention import Retention
from web.security.vault import CaseVault, Vault, VaultError

#: What is the end of a case: its clock counts from the last of these lines in the log.
_ENDS = ("status_set", "message_from_employee", "helped_answered")
_WITH_HELP = ("got_help", "moved_on")
_WITHOUT_CASE = ("withdrawn", "not_reached")
STALE = timedelta(hours=1)
"""A run that began so long ago and has not ended belonged to a process that died."""
KEEP_RUNS = timedelta(days=400)
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Due:
    """When a closed case goes, and by which rule. `on` None: not by time."""

    rule: str
    ended_at: datetime
    on: date | None


@dataclass(frozen=True)
class Counts:
    """What a run has done in one municipality."""

    listed: int = 0
    deleted: int = 0
    failed: int = 0


def archive_bound(session: Session, case: Case, rules: Retention) -> bool:
    """Whether the law on archives may ask to keep this case, as the municipality's rules say it."""
    tests: Mapping[str, Callable[[], bool]] = {
        "service_brought_in": lambda: service_brought_in(session, case.id),
        "measure_planned": lambda: _is_there(
            session, select(MeasureRow.id).where(MeasureRow.case_id == case.id)
        ),
        "closed_with_help": lambda: case.closed_outcome in _WITH_HELP,
        "answered": lambda: _logged(session, case.id, "message_from_employee"),
    }
    return any(test() for name, test in tests.items() if name in rules.archive_bound_when)


def service_brought_in(session: Session, case_id: str) -> bool:
    """Whether a service has ever been brought in, also without the person's knowing and also when it has ended."""
    return _is_there(session, select(Share.id).where(Share.case_id == case_id))


def _logged(session: Session, case_id: str, action: str) -> bool:
    return _is_there(
        session, select(LogEntry.id).where(LogEntry.case_id == case_id, LogEntry.action == action)
    )


def _is_there(session: Session, wanted: Select[Any]) -> bool:
    return session.scalar(wanted.limit(1)) is not None


def ended_at(session: Session, case: Case) -> datetime:
    """When it was closed, or what came last after that."""
    last = session.scalar(
        select(func.max(LogEntry.at)).where(LogEntry.case_id == case.id, LogEntry.action.in_(_ENDS))
    )
    return last or max(case.created_at, case.last_person_at)


def due(session: Session, case: Case, rules: Retention, ended: datetime | None = None) -> Due | None:
    """By which rule a closed case goes, and when; None while it is open."""
    if case.status != "closed":
        return None
    ended = ended or ended_at(session, case)
    confirmed = session.scalar(
        select(func.max(ArchiveExport.confirmed_at))
        .join(ArchivedCase, ArchivedCase.export_id == ArchiveExport.id)
        .where(ArchivedCase.case_id == case.id, ArchivedCase.ended_at >= ended)
    )
    if confirmed is not None:
        return Due("case_archived", ended, _after(confirmed, rules.days("case_archived")))
    if case.closed_outcome in _WITHOUT_CASE and not archive_bound(session, case, rules):
        return Due("case_inquiry", ended, _after(ended, rules.days("case_inquiry")))
    return Due("case_followed", ended, None)


def _after(at: datetime, days: int | None) -> date | None:
    return local_date(at) + timedelta(days=days) if days is not None else None


# --- The plan -------------------------------------------------------------------------------------------------


def plan_case(
    session: Session, case: Case, rules: Retention, today: date, ended: datetime | None = None
) -> bool:
    """Put the case into the list «deleted soon», move it there, or take it out. Does not commit.

    True when it was listed just now. From the day it is listed, at least `warn_days` pass before it goes: also when a rule
    has become shorter, or the night's run stood still for weeks.
    """
    row = session.get(PlannedDeletion, case.id)
    found = due(session, case, rules, ended)
    waiting = session.scalar(
        select(DeletionRequest.id)
        .where(DeletionRequest.case_id == case.id, DeletionRequest.state == "waiting")
        .limit(1)
    )
    putoff = [day for day in (row.held_until, row.kept_until) if day is not None] if row else []
    on = max([found.on, *putoff]) if found and found.on else None
    soon = on is not None and not waiting and on <= today + timedelta(days=rules.warn_days)
    if not soon or found is None or on is None:
        if row is not None:
            row.listed_on = row.delete_on = None
            if not any(day >= today for day in putoff):
                session.delete(row)
        return False
    if row is None:
        row = PlannedDeletion(case_id=case.id, municipality=case.municipality, reference=case.reference)
        session.add(row)
    row.rule, row.ended_at = found.rule, found.ended_at
    new = row.listed_on is None
    if row.listed_on is None:
        row.listed_on = today
    row.delete_on = max(on, row.listed_on + timedelta(days=rules.warn_days))
    return new


def _candidates(
    session: Session, municipality: str, now: datetime, rules: Retention
) -> list[tuple[str, datetime]]:
    """Closed cases whose time may be near: ids, and when they ended. Cases that are never deleted by time are not read."""
    ended = func.coalesce(
        select(func.max(LogEntry.at))
        .where(LogEntry.case_id == Case.id, LogEntry.action.in_(_ENDS))
        .scalar_subquery(),
        Case.last_person_at,
    )
    wide = timedelta(days=rules.warn_days + 1)
    ways = []
    inquiry, archived = rules.days("case_inquiry"), rules.days("case_archived")
    if inquiry is not None:
        ways.append(
            and_(
                Case.closed_outcome.in_(_WITHOUT_CASE),
                Case.created_at <= now - timedelta(days=inquiry) + wide,
                ended <= now - timedelta(days=inquiry) + wide,
            )
        )
    if archived is not None:
        confirmed = (
            select(ArchivedCase.case_id)
            .join(ArchiveExport, ArchiveExport.id == ArchivedCase.export_id)
            .where(ArchiveExport.confirmed_at <= now - timedelta(days=archived) + wide)
        )
        ways.append(Case.id.in_(confirmed))
    if not ways:
        return []
    found = session.execute(
        select(Case.id, ended).where(Case.municipality == municipality, Case.status == "closed", or_(*ways))
    )
    return [(case_id, at) for case_id, at in found]


def run_municipality(
    session: Session, vault: Vault, clock: Clock, municipality: str, rules: Retention
) -> Counts:
    """List what goes soon, tell who asked for notices, and delete what has stood there long enough."""
    now, today = clock.now(), local_date(clock.now())
    listed = deleted = failed = 0
    planned = session.scalars(
        select(PlannedDeletion.case_id).where(PlannedDeletion.municipality == municipality)
    )
    wanted: dict[str, datetime | None] = dict.fromkeys(planned)
    wanted |= dict(_candidates(session, municipality, now, rules))
    session.rollback()
    for case_id, ended in wanted.items():
        try:
            listed += _plan_one(session, vault, clock, case_id, rules, ended)
        except (SQLAlchemyError, CaseError, VaultError) as error:
            session.rollback()
            failed += 1
            _log.error("could not plan the deletion of %s: %s", case_id, type(error).__name__)
    ready = session.scalars(
        select(PlannedDeletion.case_id).where(
            PlannedDeletion.municipality == municipality, PlannedDeletion.delete_on <= today
        )
    ).all()
    session.rollback()
    for case_id in ready:
        try:
            deleted += _delete_one(session, clock, case_id, rules, today)
        except CaseNotFound:
            session.rollback()  # gone meanwhile
        except (SQLAlchemyError, CaseError, VaultError) as error:
            session.rollback()
            failed += 1
            _log.error("could not delete %s: %s", case_id, type(error).__name__)
    return Counts(listed, deleted, failed)


def _plan_one(
    session: Session, vault: Vault, clock: Clock, case_id: str, rules: Retention, ended: datetime | None
) -> bool:
    case = session.get(Case, case_id, populate_existing=True)
    if case is None:
        return False
    now = clock.now()
    try:
        new = plan_case(session, case, rules, local_date(now), ended)
        if new and case.contact.notices_ok:
            box = vault.for_case(case.id, case.wrapped_key)
            notices.announce(session, case, box, now, "deletion", f"deletion:{local_date(now)}")
        session.commit()
    except IntegrityError:
        session.rollback()  # another process was first
        return False
    return new


def _delete_one(session: Session, clock: Clock, case_id: str, rules: Retention, today: date) -> bool:
    """Look once more, as the case stands now, and delete it."""
    case = session.get(Case, case_id, populate_existing=True)
    if case is None:
        return False
    plan_case(session, case, rules, today)
    session.commit()
    row = session.get(PlannedDeletion, case_id, populate_existing=True)
    if row is None or row.delete_on is None or row.delete_on > today:
        return False
    delete_by_rule(session, clock, case_id, row.rule)
    return True


# --- Put off --------------------------------------------------------------------------------------------------


def hold(
    session: Session,
    vault: Vault,
    clock: Clock,
    case_id: str,
    employee: EmployeeRef,
    until: date,
    reason: str,
    rules: Retention,
) -> None:
    """Put a deletion off, with a reason. The person sees that and until when, not the reason."""
    check_text(reason)
    today = local_date(clock.now())
    if not today < until <= today + timedelta(days=rules.longest_hold_days):
        raise InvalidCase("a deletion is put off to a later day, and not for ever")

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        row = _row(session, case, rules, now)
        row.held_until, row.held_by, row.held_at = until, employee.name, now
        row.hold_reason_sealed = box.seal(
            reason, table="planned_deletions", column="hold_reason_sealed", row_id=case.id
        )
        session.flush()
        plan_case(session, case, rules, today)
        log(session, case, box, now, "deletion_held", employee, until.isoformat())

    apply_change(session, vault, clock, case_id, change, municipality=employee.municipality)


def let_go(
    session: Session, vault: Vault, clock: Clock, case_id: str, employee: EmployeeRef, rules: Retention
) -> None:
    """A deletion that was put off goes on; the list and the warning come first, as always."""

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        row = session.get(PlannedDeletion, case.id)
        if row is None or row.held_until is None:
            return
        row.held_until = row.hold_reason_sealed = row.held_by = row.held_at = None
        session.flush()
        plan_case(session, case, rules, local_date(now))
        log(session, case, box, now, "deletion_let_go", employee)

    apply_change(session, vault, clock, case_id, change, municipality=employee.municipality)


def keep_on_wish(session: Session, vault: Vault, clock: Clock, case_id: str, rules: Retention) -> date:
    """The person wants the case to stay. Until when it does, at least."""
    until = local_date(clock.now()) + timedelta(days=rules.keep_on_wish_days)

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        if case.status != "closed":
            raise InvalidCase("an open case stays anyway")
        row = _row(session, case, rules, now)
        row.kept_until = until
        session.flush()
        plan_case(session, case, rules, local_date(now))
        notices.seen(session, case.id, now, ("deletion",))
        log(session, case, box, now, "keep_wished")

    apply_change(session, vault, clock, case_id, change, for_writer=True)
    return until


def _row(session: Session, case: Case, rules: Retention, now: datetime) -> PlannedDeletion:
    row = session.get(PlannedDeletion, case.id)
    if row is None:
        found = due(session, case, rules)
        if found is None:
            raise InvalidCase("only the deletion of a closed case can be put off")
        row = PlannedDeletion(
            case_id=case.id,
            municipality=case.municipality,
            reference=case.reference,
            rule=found.rule,
            ended_at=found.ended_at,
        )
        session.add(row)
    return row


def hold_reason(session: Session, vault: Vault, case_id: str, municipality: str) -> str | None:
    """Why a deletion was put off, in the employee's words."""
    case = session.get(Case, case_id)
    row = session.get(PlannedDeletion, case_id)
    if case is None or case.municipality != municipality:
        raise CaseNotFound("no such case")
    if row is None or row.hold_reason_sealed is None:
        return None
    box = vault.for_case(case.id, case.wrapped_key)
    return box.open(
        row.hold_reason_sealed, table="planned_deletions", column="hold_reason_sealed", row_id=case.id
    )


def deleted_on(session: Session, case_id: str, rules: Retention, today: date) -> date | None:
    """When the person's case is deleted, for its own page; None when it is not by time. Never a day that has passed."""
    case = session.get(Case, case_id)
    if case is None:
        return None
    row = session.get(PlannedDeletion, case_id)
    if row is not None and row.delete_on is not None and case.status == "closed":
        return max(row.delete_on, today)
    found = due(session, case, rules)
    if found is None or found.on is None:
        return None
    putoff = [day for day in (row.held_until, row.kept_until) if day is not None] if row else []
    return max([found.on, today + timedelta(days=rules.warn_days), *putoff])


# --- The night ------------------------------------------------------------------------------------------------


def claim_night(session: Session, now: datetime) -> bool:
    """Whether this process is the one that does tonight's run. Commits."""
    today = local_date(now)
    try:
        session.add(NightlyRun(on_date=today, begun_at=now, counts="{}"))
        session.commit()
        return True
    except IntegrityError:
        session.rollback()
    taken = cast(
        "CursorResult[Any]",
        session.execute(
            update(NightlyRun)
            .where(
                NightlyRun.on_date == today, NightlyRun.ended_at.is_(None), NightlyRun.begun_at < now - STALE
            )
            .values(begun_at=now)
            .execution_options(synchronize_session=False)
        ),
    )
    session.commit()
    return taken.rowcount == 1


def run_night(
    sessions: Callable[[], Session],
    vault: Vault,
    clock: Clock,
    rules: Mapping[str, Retention],
    *,
    again: bool = False,
) -> dict[str, Counts] | None:
    """Tonight's run, once however many processes ask for it; None when it is done or another process does it.

    again: also when it has been done today, for the command line.
    """
    now = clock.now()
    with sessions() as session:
        if not claim_night(session, now) and not again:
            return None
    counts = {}
    for municipality, table in rules.items():
        with sessions() as session:
            counts[municipality] = run_municipality(session, vault, clock, municipality, table)
    with sessions() as session:
        session.execute(
            update(NightlyRun)
            .where(NightlyRun.on_date == local_date(now))
            .values(
                ended_at=clock.now(),
                counts=json.dumps({name: asdict(found) for name, found in counts.items()}),
            )
            .execution_options(synchronize_session=False)
        )
        session.execute(delete(NightlyRun).where(NightlyRun.begun_at < now - KEEP_RUNS))
        session.commit()
    return counts
