"""Who is responsible for a case: offered, accepted, taken, agreed by hand. One at all times; until then the front desk.

Naming a colleague is an offer: whoever had the case keeps it until the colleague says yes. Every function that changes a
case takes (session, vault, clock) first and makes its change in one transaction that it commits itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, cast

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from web.cases.changing import apply_change, work_begins
from web.cases.checks import check_text
from web.cases.clock import Clock
from web.cases.deadlines import local_date
from web.cases.duty_tables import Handover
from web.cases.models import Case
from web.cases.rows import box_of, log, new_id, open_json, seal_json
from web.cases.types import CaseError, CaseNotFound, CaseView, EmployeeRef, InvalidCase
from web.security.vault import CaseVault, Vault

HandoverState = Literal["offered", "accepted", "declined", "withdrawn", "overtaken", "taken", "by_hand"]
MOST_WORDS = 1000


class OfferGone(CaseError):
    """The offer was answered, withdrawn or overtaken in the meantime."""


@dataclass(frozen=True)
class HandoverView:
    """One step of who is responsible, opened."""

    id: str
    from_name: str | None
    """None: the front desk."""
    to_id: str | None
    to_name: str
    to_unit: str
    by_id: str
    by_name: str
    made_at: datetime
    state: HandoverState
    settled_at: datetime | None
    note: str = ""
    """From who offered it, to the colleague."""
    reason: str = ""
    """Why it was declined."""
    against: str = ""
    """Why it was chosen against what the person or the child wished."""
    agreed_on: date | None = None
    """When somebody without an account said yes."""


def name_contact(
    session: Session,
    vault: Vault,
    clock: Clock,
    case_id: str,
    employee: EmployeeRef,
    person_id: str,
    person_name: str,
    unit: str | None = None,
    expected_version: int | None = None,
    *,
    agreed_on: date | None = None,
    against: str = "",
) -> CaseView:
    """Give the responsibility at once: to who takes it, or (with an empty person_id) to somebody who has agreed to it.

    unit: theirs, when it is another (its name, for people). A new case becomes in progress by it, and an open offer falls.
    """
    name = person_name.strip()
    if not name or len(name) > 120 or len(person_id) > 36 or len(unit or "") > 200:
        raise InvalidCase("the contact person needs a name")
    if agreed_on is not None and agreed_on > local_date(clock.now()):
        raise InvalidCase("nobody has agreed to anything tomorrow")
    _check_words(against)

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        _overtake(session, case, now)
        words = {"against": against.strip(), "agreed_on": agreed_on.isoformat() if agreed_on else ""}
        state: HandoverState = "taken" if person_id else "by_hand"
        row = _row(case, box, employee, now, person_id or None, name, unit or "", state, words)
        row.settled_at = now
        session.add(row)
        _give(session, case, box, now, employee, person_id, name, unit or "")
        log(session, case, box, now, "contact_named", employee, name)
        work_begins(session, case, box, now, employee)

    return apply_change(
        session, vault, clock, case_id, change, municipality=employee.municipality, version=expected_version
    )


def offer_case(
    session: Session,
    vault: Vault,
    clock: Clock,
    case_id: str,
    employee: EmployeeRef,
    to: EmployeeRef,
    note: str = "",
    against: str = "",
    expected_version: int | None = None,
) -> CaseView:
    """Ask a colleague to take the responsibility. Nothing changes for the person until the colleague accepts.

    An offer to somebody else that is still open falls. InvalidCase when the colleague has the case already, is of
    another municipality or is the one who asks (who takes it, with name_contact).
    """
    if to.municipality != employee.municipality or to.id == employee.id:
        raise InvalidCase("a case is offered to a colleague")
    _check_words(note)
    _check_words(against)

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        if case.contact_person_id == to.id:
            raise InvalidCase("this colleague has the case already")
        _overtake(session, case, now)
        words = {"note": note.strip(), "against": against.strip()}
        session.add(_row(case, box, employee, now, to.id, to.name, to.unit, "offered", words))
        log(session, case, box, now, "handover_offered", employee, to.name)

    return apply_change(
        session, vault, clock, case_id, change, municipality=employee.municipality, version=expected_version
    )


def accept_offer(
    session: Session,
    vault: Vault,
    clock: Clock,
    case_id: str,
    employee: EmployeeRef,
    expected_version: int | None = None,
) -> CaseView:
    """Say yes to the case that was offered to this employee: from now on they are responsible. Else OfferGone."""

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        row = _open_offer(session, case, to_id=employee.id)
        row.state, row.settled_at = "accepted", now
        _give(session, case, box, now, employee, employee.id, employee.name, employee.unit)
        log(session, case, box, now, "handover_accepted", employee)
        work_begins(session, case, box, now, employee)

    return apply_change(
        session, vault, clock, case_id, change, municipality=employee.municipality, version=expected_version
    )


def decline_offer(
    session: Session,
    vault: Vault,
    clock: Clock,
    case_id: str,
    employee: EmployeeRef,
    reason: str,
    expected_version: int | None = None,
) -> CaseView:
    """Say no, and why: who offered the case reads it. Whoever had the case still has it."""
    check_text(reason)
    _check_words(reason)

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        row = _open_offer(session, case, to_id=employee.id)
        row.state, row.settled_at = "declined", now
        row.words_sealed = _sealed(box, row.id, {**_words(row, box), "reason": reason.strip()})
        log(session, case, box, now, "handover_declined", employee)

    return apply_change(
        session, vault, clock, case_id, change, municipality=employee.municipality, version=expected_version
    )


def withdraw_offer(
    session: Session,
    vault: Vault,
    clock: Clock,
    case_id: str,
    employee: EmployeeRef,
    expected_version: int | None = None,
) -> CaseView:
    """Take the offer back before it was answered; else OfferGone."""

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        row = _open_offer(session, case)
        row.state, row.settled_at = "withdrawn", now
        log(session, case, box, now, "handover_withdrawn", employee, row.to_name)

    return apply_change(
        session, vault, clock, case_id, change, municipality=employee.municipality, version=expected_version
    )


def end_offer(session: Session, case: Case, box: CaseVault, now: datetime, employee: EmployeeRef) -> None:
    """The case is closed: nobody is asked to take it over any more. Within a change."""
    row = session.scalar(select(Handover).where(Handover.case_id == case.id, Handover.state == "offered"))
    if row is not None:
        row.state, row.settled_at = "withdrawn", now
        log(session, case, box, now, "handover_withdrawn", employee, row.to_name)


def offered_to(employee_id: str) -> ColumnElement[bool]:
    """The cases that are offered to this employee, as a condition on Case."""
    return Case.id.in_(
        select(Handover.case_id).where(Handover.to_id == employee_id, Handover.state == "offered")
    )


def handovers(session: Session, vault: Vault, case_id: str) -> tuple[HandoverView, ...]:
    """Everything about who was responsible, oldest first. CaseNotFound when there is no such case."""
    case = session.get(Case, case_id)
    if case is None:
        raise CaseNotFound("no such case")
    box = box_of(vault, case)
    rows = session.scalars(
        select(Handover).where(Handover.case_id == case_id).order_by(Handover.made_at, Handover.id)
    )
    return tuple(_view(row, box) for row in rows)


def chosen_against(case_view: CaseView, steps: tuple[HandoverView, ...]) -> str:
    """Why the one who has the case was chosen against what its writer wished; empty when nobody was, or it is not theirs.

    What a child has said about who should coordinate is the child's: a grown-up who wrote the case reads no answer to it.
    """
    facts = case_view.facts
    if not (facts.prefers or facts.avoids or facts.writer in ("child", "youth")):
        return ""
    last = next((one for one in reversed(steps) if one.state in ("accepted", "taken", "by_hand")), None)
    return last.against if last else ""


def handed_on(session: Session, case_id: str, employee: EmployeeRef) -> bool:
    """Whether this employee once had the case, or was offered it, and no longer has it: for a clear word to them."""
    return (
        session.scalar(
            select(Handover.id)
            .where(
                Handover.case_id == case_id,
                Handover.municipality == employee.municipality,
                Handover.state != "offered",
                (Handover.from_id == employee.id) | (Handover.to_id == employee.id),
            )
            .limit(1)
        )
        is not None
    )


def _check_words(text: str) -> None:
    if len(text) > MOST_WORDS:
        raise InvalidCase("the text is too long")


# --- Rows ------------------------------------------------------------------------------------------------------


def _open_offer(session: Session, case: Case, to_id: str | None = None) -> Handover:
    query = select(Handover).where(Handover.case_id == case.id, Handover.state == "offered")
    row = session.scalar(
        (query.where(Handover.to_id == to_id) if to_id else query).execution_options(populate_existing=True)
    )
    if row is None:
        raise OfferGone("there is no such offer any more")
    return row


def _overtake(session: Session, case: Case, now: datetime) -> None:
    """An open offer falls: somebody took the case, or it was offered to another."""
    query = select(Handover).where(Handover.case_id == case.id, Handover.state == "offered")
    for row in session.scalars(query.execution_options(populate_existing=True)):
        row.state, row.settled_at = "overtaken", now


def _row(
    case: Case,
    box: CaseVault,
    by: EmployeeRef,
    now: datetime,
    to_id: str | None,
    to_name: str,
    to_unit: str,
    state: HandoverState,
    words: Mapping[str, str],
) -> Handover:
    row_id = new_id()
    return Handover(
        id=row_id,
        case_id=case.id,
        municipality=case.municipality,
        from_id=case.contact_person_id or None,
        from_name=case.contact_person_name,
        to_id=to_id,
        to_name=to_name,
        to_unit=to_unit,
        by_id=by.id,
        by_name=by.name,
        made_at=now,
        state=state,
        words_sealed=_sealed(box, row_id, words),
    )


def _sealed(box: CaseVault, row_id: str, words: Mapping[str, str]) -> str | None:
    said = {name: text for name, text in words.items() if text}
    return seal_json(box, said, "handovers", "words_sealed", row_id) if said else None


def _words(row: Handover, box: CaseVault) -> dict[str, Any]:
    if row.words_sealed is None:
        return {}
    return cast("dict[str, Any]", open_json(box, row.words_sealed, "handovers", "words_sealed", row.id))


def _view(row: Handover, box: CaseVault) -> HandoverView:
    words = _words(row, box)
    agreed = words.get("agreed_on")
    return HandoverView(
        id=row.id,
        from_name=row.from_name,
        to_id=row.to_id,
        to_name=row.to_name,
        to_unit=row.to_unit,
        by_id=row.by_id,
        by_name=row.by_name,
        made_at=row.made_at,
        state=cast(HandoverState, row.state),
        settled_at=row.settled_at,
        note=words.get("note", ""),
        reason=words.get("reason", ""),
        against=words.get("against", ""),
        agreed_on=date.fromisoformat(agreed) if agreed else None,
    )


def _give(
    session: Session,
    case: Case,
    box: CaseVault,
    now: datetime,
    employee: EmployeeRef,
    person_id: str,
    name: str,
    unit: str,
) -> None:
    case.contact_person_id = person_id
    case.contact_person_name = name
    if unit:
        case.contact_unit_name = unit
