"""The writer's wish to delete: done at once, or a request that a person answers, with a ground and by a day.

At once as long as nothing has come of the case that the law on archives may ask to keep (Retention.archive_bound_when).
After that, a person answers. Until then the case is closed to ordinary reading, and what is no archive material (how the
writer could be reached) is gone at once; but where danger has been noticed, nothing is closed or deleted before a
person has looked. Writing in the case takes the request back: whoever writes wants to be read.

What a child has told for itself is in none of this: see web.cases.deleting.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from web.cases import notices
from web.cases.changing import apply_change, take_back_request
from web.cases.checks import check_text
from web.cases.clock import Clock
from web.cases.deadlines import local_date
from web.cases.deleting import delete_case, journal_line, told_by_child, wipe_contact
from web.cases.keeping_tables import DeletionRequest
from web.cases.models import Case
from web.cases.package import packages_of
from web.cases.retention import archive_bound
from web.cases.rows import box_of, child_record, log, new_id
from web.cases.sharing_rows import hidden_from_writer, shared_service
from web.cases.types import CaseError, CaseNotFound, CaseView, EmployeeRef, InvalidCase
from web.catalog.retention import Retention
from web.db import checkpoint
from web.security.vault import CaseVault, Vault

State = Literal["waiting", "refused", "withdrawn"]


class AlreadyAnswered(CaseError):
    """Somebody has answered the request, or the person has taken it back."""


@dataclass(frozen=True)
class RequestView:
    """The newest request of a case, opened."""

    asked_at: datetime
    answer_by: date
    state: State
    answered_at: datetime | None
    answered_by: str | None
    ground: str | None
    words: str | None
    blocked: bool
    """Whether the case is closed to ordinary reading now."""


def may_delete_now(session: Session, case_id: str, rules: Retention) -> bool:
    """Whether the writer decides alone. The answer never says which of the rules speaks against it."""
    case = session.get(Case, case_id)
    return case is not None and not archive_bound(session, case, rules)


@dataclass(frozen=True)
class SharedWith:
    """A service that has been given something of the case, as the writer may know it."""

    service_id: str
    has_read: bool


@dataclass(frozen=True)
class Left:
    """What the person must be told before everything is deleted."""

    told_by_child: bool
    danger: bool
    """Danger that the writer has told of; see danger_known_to_writer."""
    services: tuple[SharedWith, ...] = ()
    """Who may have taken something over, and keeps that by the law that holds for them."""


def what_is_left(session: Session, vault: Vault, case_id: str) -> Left | None:
    """What deleting leaves, or leaves for later; None when there is no such case."""
    case = session.get(Case, case_id)
    if case is None:
        return None
    return Left(
        told_by_child(session, case_id),
        danger_known_to_writer(case, box_of(vault, case)),
        shared_with(session, vault, case_id),
    )


def shared_with(session: Session, vault: Vault, case_id: str) -> tuple[SharedWith, ...]:
    """The services that have got something of it, in a share or in a package; those withheld or a child's left out."""
    case = session.get(Case, case_id)
    if case is None:
        return ()
    box, read = box_of(vault, case), dict[str, bool]()
    for row in case.shares:
        if not hidden_from_writer(row):
            service = shared_service(row, box)
            read[service] = read.get(service, False) or row.opened_at is not None
    for package in packages_of(session, vault, case_id, person=True):
        read[package.service_id] = read.get(package.service_id, False) or package.received_at is not None
    return tuple(SharedWith(service, has_read) for service, has_read in read.items())


def ask_to_delete(
    session: Session, vault: Vault, clock: Clock, case_id: str, rules: Retention
) -> Literal["deleted", "asked"]:
    """Delete everything at once, or make a request of it. Raises CaseNotFound."""
    if session.get(Case, case_id) is None:
        raise CaseNotFound("no such case")
    if may_delete_now(session, case_id, rules):
        delete_case(session, vault, clock, case_id)
        return "deleted"

    def ask(case: Case, box: CaseVault, now: datetime) -> None:
        if _waiting(session, case.id) is not None:
            return
        today = local_date(now)
        session.add(
            DeletionRequest(
                id=new_id(),
                case_id=case.id,
                municipality=case.municipality,
                reference=case.reference,
                asked_at=now,
                answer_by=today + timedelta(days=rules.answer_request_within_days),
                state="waiting",
            )
        )
        if case.urgency != "acute":
            case.blocked_at = now
        if not danger_known_to_writer(case, box):
            wipe_contact(session, case, box)
            session.add(journal_line(case, now, "contact", "asked"))
        log(session, case, box, now, "deletion_asked")

    apply_change(session, vault, clock, case_id, ask, for_writer=True)
    checkpoint(session)
    return "asked"


def danger_known_to_writer(case: Case, box: CaseVault) -> bool:
    """Whether the case is acute by what the writer has told: danger that only the child told of is not to be seen here."""
    return case.urgency == "acute" and not child_record(case, box).raised


def _waiting(session: Session, case_id: str) -> DeletionRequest | None:
    return session.scalar(
        select(DeletionRequest).where(DeletionRequest.case_id == case_id, DeletionRequest.state == "waiting")
    )


def take_back(session: Session, vault: Vault, clock: Clock, case_id: str) -> CaseView:
    """The person does not want it deleted after all. What was deleted at once stays deleted."""

    def back(case: Case, box: CaseVault, now: datetime) -> None:
        take_back_request(session, case, box, now)

    return apply_change(session, vault, clock, case_id, back, for_writer=True)


@dataclass(frozen=True)
class Closed:
    """That a case is closed to reading because the person wants it deleted, and nothing else of it."""

    reference: str
    asked_at: datetime
    answer_by: date
    refused: bool
    """The answer was no: it stays closed, and is only kept for the archive."""


def closed_by_wish(session: Session, case_id: str) -> Closed | None:
    """Why who works on this case cannot read it now; None when it is open, or not there for this session."""
    case = session.scalar(select(Case).where(Case.id == case_id, Case.blocked_at.is_not(None)))
    row = _newest(session, case_id)
    if case is None or row is None:
        return None
    return Closed(case.reference, row.asked_at, row.answer_by, row.state == "refused")


def _newest(session: Session, case_id: str) -> DeletionRequest | None:
    return session.scalar(
        select(DeletionRequest)
        .where(DeletionRequest.case_id == case_id)
        .order_by(DeletionRequest.asked_at.desc())
        .limit(1)
    )


def newest_request(session: Session, vault: Vault, case_id: str) -> RequestView | None:
    """The newest request of this case; None when there has been none."""
    case, row = session.get(Case, case_id), _newest(session, case_id)
    if case is None or row is None:
        return None
    words = None
    if row.words_sealed is not None:
        box = vault.for_case(case.id, case.wrapped_key)
        words = box.open(row.words_sealed, table="deletion_requests", column="words_sealed", row_id=row.id)
    return RequestView(
        asked_at=row.asked_at,
        answer_by=row.answer_by,
        state=row.state,  # type: ignore[arg-type]
        answered_at=row.answered_at,
        answered_by=row.answered_by,
        ground=row.ground,
        words=words,
        blocked=case.blocked_at is not None,
    )


# --- The employee who answers ---------------------------------------------------------------------------------


def answer_yes(session: Session, vault: Vault, clock: Clock, case_id: str, employee: EmployeeRef) -> None:
    """Delete everything of the writer's, as asked. Raises CaseNotFound, AlreadyAnswered."""
    _must_wait(session, case_id, employee)
    delete_case(
        session,
        vault,
        clock,
        case_id,
        why="request",
        by_name=employee.name,
        municipality=employee.municipality,
    )


def answer_no(
    session: Session,
    vault: Vault,
    clock: Clock,
    case_id: str,
    employee: EmployeeRef,
    ground: str,
    words: str,
    rules: Retention,
) -> None:
    """It is not deleted, and why. A closed case stays closed to ordinary reading; in an open one the help goes on."""
    check_text(words)
    if ground not in rules.grounds:
        raise InvalidCase("a no needs one of the legal grounds")
    _must_wait(session, case_id, employee)

    def refuse(case: Case, box: CaseVault, now: datetime) -> None:
        row = _waiting(session, case.id)
        if row is None:
            raise AlreadyAnswered("there is no request to answer any more")
        row.state, row.answered_at, row.answered_by, row.ground = "refused", now, employee.name, ground
        row.words_sealed = box.seal(words, table="deletion_requests", column="words_sealed", row_id=row.id)
        if case.status != "closed":
            case.blocked_at = None
        log(session, case, box, now, "deletion_refused", employee)
        notices.announce(session, case, box, now, "deletion", row.id)

    apply_change(session, vault, clock, case_id, refuse, municipality=employee.municipality)


def open_for_reading(
    session: Session, vault: Vault, clock: Clock, case_id: str, employee: EmployeeRef
) -> None:
    """Somebody may be in danger: the case can be read again before the request is answered. The person sees it."""

    def unblock(case: Case, box: CaseVault, now: datetime) -> None:
        if case.blocked_at is None:
            return
        case.blocked_at = None
        log(session, case, box, now, "unblocked", employee)

    apply_change(session, vault, clock, case_id, unblock, municipality=employee.municipality)


def _must_wait(session: Session, case_id: str, employee: EmployeeRef) -> None:
    case = session.get(Case, case_id)
    if case is None or case.municipality != employee.municipality:
        raise CaseNotFound("no such case")
    if _waiting(session, case_id) is None:
        raise AlreadyAnswered("there is no request to answer any more")
