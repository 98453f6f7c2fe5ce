"""Breaking the glass: an employee who is not meant to see a case opens it all the same, for a while, and not unseen.

Every function takes (session, …) first and makes its change in one transaction that it commits itself. Nothing here logs
outside the case; no exception carries a citizen's words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, cast

from sqlalchemy import ColumnElement, CursorResult, func, select, update
from sqlalchemy.orm import Session

from web.cases.changing import apply_change
from web.cases.checks import MAX_TEXT, check_one_of
from web.cases.clock import Clock
from web.cases.models import Case
from web.cases.rows import box_of, log, new_id, seal_json
from web.cases.sharing_models import BrokenGlass
from web.cases.sharing_rows import glass_view
from web.cases.sharing_types import GLASS_KINDS, GlassKind, GlassView
from web.cases.types import CaseNotFound, CaseView, EmployeeRef, InvalidCase
from web.security.vault import CaseVault, Vault

OPEN_FOR: Final = timedelta(hours=4)
"""How long it stays open: an evening shift can act in a danger, nobody can follow a case by it. The project's own choice;
afterwards it takes a new reason, or to be made the contact person."""
_REFERENCE = re.compile(r"[0-9A-Z]{6}")


def live_glass(employee_id: str, now: datetime) -> ColumnElement[bool]:
    """The condition on Case: this employee has broken its glass, and the time is not over."""
    return Case.id.in_(
        select(BrokenGlass.case_id).where(BrokenGlass.employee_id == employee_id, BrokenGlass.until > now)
    )


def plain_reference(typed: str) -> str | None:
    """A reference number as it is stored; None when it cannot be one."""
    plain = re.sub(r"[\s\-–.]+", "", typed[:40]).upper()
    return plain if _REFERENCE.fullmatch(plain) else None


def break_glass(
    session: Session,
    vault: Vault,
    clock: Clock,
    reference: str,
    employee: EmployeeRef,
    kind: GlassKind,
    reason: str,
    withheld: str = "",
) -> str:
    """Open the case with this reference to the employee for OPEN_FOR, and say so in its log. Gives the case's id.

    withheld: why the person is not told before a danger is over; only with the kind «danger».
    Raises CaseNotFound (no such case and another municipality's alike) and InvalidCase. Open already: a new reason is
    written, and the time begins again. The session must see every case of the employee's municipality.
    """
    check_one_of(kind, GLASS_KINDS, "kind")
    if not reason.strip() or max(len(reason), len(withheld)) > MAX_TEXT:
        raise InvalidCase("breaking the glass needs a reason")
    if withheld.strip() and kind != "danger":
        raise InvalidCase("only a danger keeps it from the person")
    plain = plain_reference(reference)
    case_id = session.scalar(
        select(Case.id).where(
            Case.reference == plain, Case.municipality == employee.municipality, Case.blocked_at.is_(None)
        )
    )
    if plain is None or case_id is None:
        raise CaseNotFound("no such case")

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        row_id = new_id()
        case.glass.append(
            BrokenGlass(
                id=row_id,
                municipality=case.municipality,
                reference=case.reference,
                employee_id=employee.id,
                employee_name=employee.name,
                kind=kind,
                reason_sealed=box.seal(
                    reason.strip(), table="broken_glass", column="reason_sealed", row_id=row_id
                ),
                at=now,
                until=now + OPEN_FOR,
                withheld=bool(withheld.strip()),
                withheld_sealed=_sealed(box, withheld, row_id),
            )
        )
        log(session, case, box, now, "glass_broken", employee, f"{kind} {row_id}")

    apply_change(session, vault, clock, case_id, change, municipality=employee.municipality, reading=True)
    return case_id


def _sealed(box: CaseVault, withheld: str, row_id: str) -> str | None:
    if not withheld.strip():
        return None
    return seal_json(box, {"reason": withheld.strip()}, "broken_glass", "withheld_sealed", row_id)


def broken_lately(session: Session, clock: Clock, employee_id: str) -> int:
    """How many times this employee has broken the glass in the last day."""
    since = clock.now() - timedelta(days=1)
    found = session.scalar(
        select(func.count())
        .select_from(BrokenGlass)
        .where(BrokenGlass.employee_id == employee_id, BrokenGlass.at > since)
    )
    return found or 0


def open_now(session: Session, clock: Clock, employee_id: str) -> tuple[BrokenGlass, ...]:
    """The cases that this employee has open by it now, each once, the one that stays open longest first."""
    rows = session.scalars(
        select(BrokenGlass)
        .where(BrokenGlass.employee_id == employee_id, BrokenGlass.until > clock.now())
        .order_by(BrokenGlass.until.desc())
    )
    latest: dict[str, BrokenGlass] = {}
    for row in rows:
        latest.setdefault(row.case_id, row)
    return tuple(latest.values())


def tell_of_glass(
    session: Session, vault: Vault, clock: Clock, case_id: str, employee: EmployeeRef, glass_id: str
) -> CaseView:
    """The danger is over: the person sees that the case was opened, by whom and why."""

    def change(case: Case, _box: CaseVault, _now: datetime) -> None:
        row = next((row for row in case.glass if row.id == glass_id), None)
        if row is None:
            raise CaseNotFound("no such opening of this case")
        row.withheld = False

    return apply_change(session, vault, clock, case_id, change, municipality=employee.municipality)


def look_into(session: Session, clock: Clock, glass_id: str, employee: EmployeeRef) -> bool:
    """Somebody who answers for it has looked into it; commits. Nobody does so for what they did themselves.

    Whether there was such an opening to look into in the employee's municipality.
    """
    done = session.execute(
        update(BrokenGlass)
        .where(
            BrokenGlass.id == glass_id,
            BrokenGlass.municipality == employee.municipality,
            BrokenGlass.employee_id != employee.id,
            BrokenGlass.seen_at.is_(None),
        )
        .values(seen_by=employee.name, seen_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    session.commit()
    return cast("CursorResult[Any]", done).rowcount > 0


def waiting_to_be_seen(session: Session, municipality: str) -> int:
    """How many openings nobody has looked into."""
    found = session.scalar(
        select(func.count())
        .select_from(BrokenGlass)
        .where(BrokenGlass.municipality == municipality, BrokenGlass.seen_at.is_(None))
    )
    return found or 0


@dataclass(frozen=True)
class GlassRow:
    """A line of the list «broken glass»; with words only for who may read the case."""

    id: str
    case_id: str
    reference: str
    employee_id: str
    employee_name: str
    kind: GlassKind
    at: datetime
    until: datetime
    withheld: bool
    seen_by: str | None
    seen_at: datetime | None
    words: GlassView | None = None


def broken_glass(
    session: Session, municipality: str, vault: Vault | None = None, limit: int = 200
) -> tuple[GlassRow, ...]:
    """Who has broken the glass, the newest first. vault: open the reasons too, of the cases that the session sees."""
    rows = session.scalars(
        select(BrokenGlass)
        .where(BrokenGlass.municipality == municipality)
        .order_by(BrokenGlass.at.desc(), BrokenGlass.id)
        .limit(limit)
    ).all()
    cases: dict[str, Case] = {}
    if vault is not None:
        ids = {row.case_id for row in rows}
        cases = {case.id: case for case in session.scalars(select(Case).where(Case.id.in_(ids)))}
    return tuple(
        GlassRow(
            id=row.id,
            case_id=row.case_id,
            reference=row.reference,
            employee_id=row.employee_id,
            employee_name=row.employee_name,
            kind=cast(GlassKind, row.kind),
            at=row.at,
            until=row.until,
            withheld=row.withheld,
            seen_by=row.seen_by,
            seen_at=row.seen_at,
            words=(
                glass_view(row, box_of(vault, cases[row.case_id]))
                if vault is not None and row.case_id in cases
                else None
            ),
        )
        for row in rows
    )
