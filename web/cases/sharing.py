"""Sharing: a service is brought in, sees just its part, and answers; what rests on a yes ends when the yes is taken back.

Every function takes (session, vault, clock) first and makes its change in one transaction that it commits itself. Nothing
here logs outside the case; no exception carries a citizen's words.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy.orm import Session

from web.cases.changing import apply_change, work_begins
from web.cases.checks import MAX_TEXT, check_ids, check_one_of
from web.cases.clock import Clock
from web.cases.deadlines import local_date
from web.cases.marks import share_mark
from web.cases.models import Case
from web.cases.rows import log, new_id, seal_json
from web.cases.sharing_models import Share
from web.cases.sharing_rows import share_view, shared_service
from web.cases.sharing_types import (
    ASKED,
    CONSENT_PARTS,
    PARTS,
    EndedBy,
    NewShare,
    ShareView,
    Withholding,
)
from web.cases.types import (
    SCOPE_CASE,
    Action,
    CaseError,
    CaseNotFound,
    CaseView,
    EmployeeRef,
    Facts,
    InvalidCase,
)
from web.cases.views import case_view
from web.security.vault import CaseVault, Vault

_YOUNG = ("child", "youth")


class NoConsent(CaseError):
    """The person has not said yes to this service, or has taken it back."""


class AlreadyShared(CaseError):
    """The service has all of this already."""


# --- What may be shared ---


def may_receive(view: CaseView, service_id: str) -> bool:
    """Whether something of this case may be handed to a service: the person's yes, or a recorded legal basis."""
    return has_consent(view, service_id) or any(
        share.active and share.basis == "law" and not share.childs and share.service_id == service_id
        for share in view.shares
    )


def has_consent(view: CaseView, service_id: str) -> bool:
    """Whether the person's yes in the portal holds now."""
    return any(
        one.active and one.scope == SCOPE_CASE and one.service_id == service_id for one in view.consents
    )


def active_shares(view: CaseView, service_id: str | None = None) -> tuple[ShareView, ...]:
    """The services in the case now; or one of them."""
    return tuple(one for one in view.shares if one.active and service_id in (None, one.service_id))


def is_childs(author: str | None, facts: Facts, *, from_child: bool = False) -> bool:
    """Whether words are a child's own in a case that a grown-up has written: not the writer's to give away."""
    return from_child or (author in _YOUNG and facts.writer not in _YOUNG)


def child_has_told(view: CaseView) -> bool:
    """Whether there are words of a child's own to share apart. view: an employee's."""
    return any(
        is_childs(one.author, view.facts, from_child=one.from_child) for one in view.statements
    ) or any(is_childs(one.author, view.facts, from_child=one.from_child) for one in view.recordings)


# --- What an employee of the municipality does ---


def share_with(
    session: Session,
    vault: Vault,
    clock: Clock,
    case_id: str,
    employee: EmployeeRef,
    new: NewShare,
    expected_version: int | None = None,
) -> CaseView:
    """Bring a service in. The person sees it at once, unless it is withheld; what is the child's, only employees see.

    Raises NoConsent without a legal basis when the person's yes is missing, AlreadyShared, InvalidCase.
    """
    _check_share(new, local_date(clock.now()))

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        view = case_view(session, case, box, now)
        if new.childs and not child_has_told(view):
            raise InvalidCase("no child has told in this case")
        if new.law is None and not has_consent(view, new.service_id):
            raise NoConsent("the person has not said yes to this service")
        given = {
            part
            for one in active_shares(view, new.service_id)
            if one.childs == new.childs
            for part in one.parts
        }
        if set(new.parts) <= given:
            raise AlreadyShared("the service has this already")
        row_id = new_id()
        case.shares.append(
            Share(
                id=row_id,
                municipality=case.municipality,
                mark=share_mark(vault, case.municipality, now, new.service_id),
                service_sealed=box.seal(
                    new.service_id, table="shares", column="service_sealed", row_id=row_id
                ),
                parts_sealed=seal_json(
                    box,
                    {"parts": [part for part in PARTS if part in new.parts]},
                    "shares",
                    "parts_sealed",
                    row_id,
                ),
                childs=new.childs,
                basis="law" if new.law else "consent",
                basis_sealed=_sealed_law(box, new, row_id),
                withheld=new.withheld is not None,
                withheld_sealed=_sealed_withholding(box, new.withheld, employee, row_id),
                look_again_on=new.withheld.look_again_on if new.withheld else None,
                shared_by_id=employee.id,
                shared_by_name=employee.name,
                shared_at=now,
            )
        )
        log_share(session, case, box, now, "share_made", employee, new.service_id, row_id)
        if not (new.childs or new.withheld):
            work_begins(session, case, box, now, employee)

    return apply_change(
        session, vault, clock, case_id, change, municipality=employee.municipality, version=expected_version
    )


def _check_share(new: NewShare, today: date) -> None:
    check_ids([new.service_id], "service")
    if not new.parts:
        raise InvalidCase("nothing to share")
    for part in new.parts:
        check_one_of(part, PARTS, "part")
    if new.law is None:
        if new.childs or new.withheld or not set(new.parts) <= set(CONSENT_PARTS):
            raise InvalidCase("a consent does not reach that far")
        return
    check_ids([new.law.paragraph], "legal basis")
    check_one_of(new.law.asked, ASKED, "answer")
    if not new.law.reason.strip() or max(len(new.law.reason), len(new.law.said)) > MAX_TEXT:
        raise InvalidCase("a legal basis needs a reason")
    if new.law.asked != "no_child" and not new.law.said.strip():
        raise InvalidCase("what the child said, or why it was not asked, is missing")
    if new.childs and "contact" in new.parts:
        raise InvalidCase("how to reach the writer is not the child's to share")
    if new.childs and (new.law.asked == "no_child" or (new.law.consent and new.law.asked != "agreed")):
        raise InvalidCase("a child's own words need the child's own answer")
    if new.withheld:
        if new.law.consent or new.childs:
            raise InvalidCase("what the person has said yes to is not withheld from them")
        _check_withholding(new.withheld, today)


def _check_withholding(why: Withholding, today: date) -> None:
    if not why.reason.strip() or len(why.reason) > MAX_TEXT:
        raise InvalidCase("to withhold something needs a reason")
    if not today <= why.look_again_on:
        raise InvalidCase("the day to look again has been")


def _sealed_law(box: CaseVault, new: NewShare, row_id: str) -> str | None:
    if new.law is None:
        return None
    stored = {
        "paragraph": new.law.paragraph,
        "reason": new.law.reason.strip(),
        "asked": new.law.asked,
        "said": new.law.said.strip(),
        "consent": new.law.consent,
    }
    return seal_json(box, stored, "shares", "basis_sealed", row_id)


def _sealed_withholding(
    box: CaseVault, why: Withholding | None, employee: EmployeeRef, row_id: str
) -> str | None:
    if why is None:
        return None
    stored = {"reason": why.reason.strip(), "by": employee.name}
    return seal_json(box, stored, "shares", "withheld_sealed", row_id)


def log_share(
    session: Session,
    case: Case,
    box: CaseVault,
    now: datetime,
    action: Action,
    employee: EmployeeRef | None,
    shown: str,
    row_id: str,
) -> None:
    """A line of the log about a share; `shown` stands in it, whose line it is does not."""
    log(session, case, box, now, action, employee, f"{shown} {row_id}")


def _row(case: Case, share_id: str) -> Share:
    row = next((row for row in case.shares if row.id == share_id), None)
    if row is None:
        raise CaseNotFound("no such share in this case")
    return row


def end_share(
    session: Session,
    vault: Vault,
    clock: Clock,
    case_id: str,
    employee: EmployeeRef,
    share_id: str,
    expected_version: int | None = None,
) -> CaseView:
    """The service no longer sees it. Ended already: nothing changes."""

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        _end(session, case, box, now, _row(case, share_id), "employee", employee)

    return apply_change(
        session, vault, clock, case_id, change, municipality=employee.municipality, version=expected_version
    )


def _end(
    session: Session,
    case: Case,
    box: CaseVault,
    now: datetime,
    row: Share,
    by: EndedBy,
    employee: EmployeeRef | None = None,
) -> None:
    if row.ended_at is None:
        row.ended_at, row.ended_by = now, by
        log_share(session, case, box, now, "share_ended", employee, shared_service(row, box), row.id)


def end_what_rested_on_consent(
    session: Session, case: Case, box: CaseVault, now: datetime, service_id: str
) -> bool:
    """The person has taken a yes back: what rested on it ends, also a yes said aloud. The contact person gets to know.

    Within a change; whether anything ended.
    """
    ended = False
    for row in case.shares:
        share = share_view(row, box)
        if share.revocable and not share.childs and share.service_id == service_id:
            _end(session, case, box, now, row, "person")
            ended = True
    if ended:
        case.unread += 1
    return ended


def take_back(session: Session, vault: Vault, clock: Clock, case_id: str, service_id: str) -> CaseView:
    """The person takes back a yes that an employee has written down. There is none: nothing changes."""

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        end_what_rested_on_consent(session, case, box, now, service_id)

    return apply_change(session, vault, clock, case_id, change, for_writer=True)


def tell_now(
    session: Session,
    vault: Vault,
    clock: Clock,
    case_id: str,
    employee: EmployeeRef,
    share_id: str,
    expected_version: int | None = None,
) -> CaseView:
    """Withholding ends: the person sees the share and what belongs to it, from when it was made."""

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        row = _row(case, share_id)
        if row.withheld:
            row.withheld, row.look_again_on = False, None
            log_share(session, case, box, now, "share_told", employee, shared_service(row, box), row.id)

    return apply_change(
        session, vault, clock, case_id, change, municipality=employee.municipality, version=expected_version
    )


def withhold_longer(
    session: Session,
    vault: Vault,
    clock: Clock,
    case_id: str,
    employee: EmployeeRef,
    share_id: str,
    why: Withholding,
    expected_version: int | None = None,
) -> CaseView:
    """Somebody has looked again: it is still withheld, for this reason, until it is looked at again."""
    _check_withholding(why, local_date(clock.now()))

    def change(case: Case, box: CaseVault, _now: datetime) -> None:
        row = _row(case, share_id)
        if not row.withheld:
            raise InvalidCase("this is not withheld")
        row.withheld_sealed = _sealed_withholding(box, why, employee, row.id)
        row.look_again_on = why.look_again_on

    return apply_change(
        session, vault, clock, case_id, change, municipality=employee.municipality, version=expected_version
    )


# --- Whose it is ---


Services = str | Collection[str]
"""One service by its id; or by all the ids that the catalog knows it by."""


def rows_of(case: Case, box: CaseVault, services: Services) -> list[Share]:
    """The active shares of a case with a service. Raises CaseNotFound when there is none."""
    ids = {services} if isinstance(services, str) else set(services)
    rows = [row for row in case.shares if row.ended_at is None and shared_service(row, box) in ids]
    if not rows:
        raise CaseNotFound("nothing of this case is shared with this service")
    # What the writer may see of comes first: lines of the log belong to it where they can.
    return sorted(rows, key=lambda row: (row.childs, row.withheld, row.shared_at))
