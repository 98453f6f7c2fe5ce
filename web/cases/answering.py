"""How it stands with a service that was brought in: what it answers itself, and what an employee has heard from it.

Only the service's own answer answers. A note of what was said on the phone stands beside it, as whose it is: the case is known to
have moved, and still waits on the service's own page.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from web.cases.changing import apply_change, work_begins
from web.cases.checks import MAX_TEXT, check_one_of
from web.cases.clock import Clock
from web.cases.following import keep_disputed
from web.cases.models import Case
from web.cases.sharing import Services, log_share, rows_of
from web.cases.sharing_models import Share
from web.cases.sharing_rows import hidden_from_writer, shared_service
from web.cases.sharing_types import SHARE_OUTCOMES, ShareOutcome
from web.cases.types import CaseError, CaseView, EmployeeRef, InvalidCase
from web.security.vault import CaseVault, Vault


class AnswerChanged(CaseError):
    """Somebody else in the service has answered in the meantime."""


def answer_share(
    session: Session,
    vault: Vault,
    clock: Clock,
    case_id: str,
    employee: EmployeeRef,
    services: Services,
    outcome: ShareOutcome,
    words: str = "",
    *,
    seen_answer: datetime | None = None,
) -> CaseView:
    """The service's own answer. The case becomes unread by it, so that the contact person looks.

    words: to the contact person; the person does not see them. Raises AnswerChanged unless `seen_answer` is when the
    service's newest answer was given, CaseNotFound when it is not in the case. The view is an employee's.
    """
    _check(outcome, words)

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        rows = rows_of(case, box, services)
        newest = max((row.outcome_at for row in rows if row.outcome_at is not None), default=None)
        if newest != seen_answer:
            raise AnswerChanged("the service has answered in the meantime")
        for row in rows:
            row.outcome, row.outcome_at, row.outcome_by = outcome, now, employee.name
            row.outcome_sealed = _sealed(box, row, "outcome_sealed", words)
        keep_disputed(case)
        shown = f"{shared_service(rows[0], box)}:{outcome}"
        log_share(session, case, box, now, "share_answered", employee, shown, rows[0].id)
        case.unread += 1
        if not hidden_from_writer(rows[0]):
            work_begins(session, case, box, now, None)

    return apply_change(session, vault, clock, case_id, change, municipality=employee.municipality)


def note_answer(
    session: Session,
    vault: Vault,
    clock: Clock,
    case_id: str,
    employee: EmployeeRef,
    services: Services,
    outcome: ShareOutcome,
    words: str = "",
    expected_version: int | None = None,
) -> CaseView:
    """What an employee of the municipality has heard from a service, and who said it; the service's own answer stays.

    Raises CaseNotFound when the service is not in the case.
    """
    _check(outcome, words)

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        rows = rows_of(case, box, services)
        for row in rows:
            row.noted, row.noted_at, row.noted_by = outcome, now, employee.name
            row.noted_sealed = _sealed(box, row, "noted_sealed", words)
        keep_disputed(case)
        shown = f"{shared_service(rows[0], box)}:{outcome}"
        log_share(session, case, box, now, "share_noted", employee, shown, rows[0].id)

    return apply_change(
        session, vault, clock, case_id, change, municipality=employee.municipality, version=expected_version
    )


def _check(outcome: str, words: str) -> None:
    check_one_of(outcome, SHARE_OUTCOMES, "outcome")
    if len(words) > MAX_TEXT:
        raise InvalidCase("the words are too long")


def _sealed(box: CaseVault, row: Share, column: str, words: str) -> str | None:
    if not words.strip():
        return None
    return box.seal(words.strip(), table="shares", column=column, row_id=row.id)
