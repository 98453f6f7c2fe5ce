"""Messages, from the person and to them.

Every function takes (session, vault, clock) first and makes its change in one transaction that it commits itself. Nothing
here logs outside the case; no exception carries a citizen's words.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from web.cases import attachments, notices
from web.cases.changing import answered, apply_change, notice_danger, person_waits, work_begins
from web.cases.checks import check_ids, check_text
from web.cases.clock import Clock
from web.cases.models import Case, Message
from web.cases.rows import id_of_submission, log
from web.cases.types import CaseView, EmployeeRef
from web.security.vault import CaseVault, Vault


def write_message(
    session: Session,
    vault: Vault,
    clock: Clock,
    case_id: str,
    text: str,
    by: EmployeeRef | None = None,
    expected_version: int | None = None,
    acute_kinds: Iterable[str] = (),
    attach: bool = False,
    about_id: str | None = None,
    key: str = "",
) -> CaseView:
    """A message in the case: from the person (by=None) or from an employee.

    expected_version: an employee who has not seen the newest words is told before the answer goes out.
    acute_kinds: danger that was noticed in the person's message; it makes the case acute.
    attach: the files that wait for this employee's message go with it.
    about_id: the line of the plan that the message is about.
    key: of the form, see rows.id_of_submission: sent again because the answer was lost, the message is written once.
    """
    check_text(text)
    noticed = tuple(acute_kinds)
    check_ids(noticed, "kind of danger")

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        row_id = id_of_submission(case, key, text)
        if any(row.id == row_id for row in case.messages):
            return
        case.messages.append(
            Message(
                id=row_id,
                position=len(case.messages),
                from_person=by is None,
                author_name=by.name if by else None,
                text_sealed=box.seal(text, table="messages", column="text_sealed", row_id=row_id),
                created_at=now,
                about_id=about_id,
            )
        )
        if by is None:
            notice_danger(case, box, noticed, now)
            log(session, case, box, now, "message_from_person")
            person_waits(session, case, box, now)
        else:
            if attach:
                attachments.attach(session, case, row_id, by)
            log(session, case, box, now, "message_from_employee", by)
            notices.announce(session, case, box, now, "message", row_id)
            answered(case, now)
            case.not_helped = False
            work_begins(session, case, box, now, by)

    return apply_change(
        session,
        vault,
        clock,
        case_id,
        change,
        municipality=by.municipality if by else None,
        version=expected_version,
        for_writer=by is None,
    )
