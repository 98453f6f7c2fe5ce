"""Files that employees send with a message: sealed piece by piece as recordings are, and deleted with the case.

What a file is, and that it is harmless, is decided before (web.files). A file that has been taken waits for the message its
employee is writing, so that no error or look at the preview loses it; it goes with the next message and is then the
person's to open. Only sent files are in a CaseView.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from web.cases.clock import Clock
from web.cases.models import Attachment, AttachmentChunk, Case
from web.cases.rows import box_of, new_id, open_json, seal_json
from web.cases.types import AttachmentKind, AttachmentView, CaseError, CaseNotFound, EmployeeRef, InvalidCase
from web.security.chunks import chunks_of, new_key, open_chunk, seal_chunk
from web.security.vault import CaseVault, Vault

MOST_BYTES = 10 * 1024 * 1024
MOST_WAITING = 5
"""With one message."""
MOST_ABOUT = 80
WAITS = timedelta(hours=12)
"""A file whose message has not been sent by then was given up."""


class AttachmentGone(CaseError):
    """There is no such file here."""


class TooManyAttachments(CaseError):
    """As many files wait for this message as it can take."""


def keep(
    session: Session,
    vault: Vault,
    clock: Clock,
    case_id: str,
    employee: EmployeeRef,
    kind: AttachmentKind,
    content: bytes,
    about: str,
) -> str:
    """Keep a checked file for the message that the employee is writing, and commit. Returns its id.

    about: what it is, in the employee's words; the person reads it beside the file.

    Raises CaseNotFound, TooManyAttachments, and InvalidCase for a file that is empty or too large.
    """
    if not content or len(content) > MOST_BYTES:
        raise InvalidCase("the file has the wrong size")
    if not about.strip() or len(about) > MOST_ABOUT:
        raise InvalidCase("the file needs a short name")
    case, box = _opened(session, vault, case_id, employee)
    purge(session, clock.now())
    mine = select(func.count()).select_from(Attachment).where(*_waiting_for(case.id, employee))
    if (session.scalar(mine) or 0) >= MOST_WAITING:
        raise TooManyAttachments("the message has as many files as it can take")
    row_id, key = new_id(), new_key()
    session.add(
        Attachment(
            id=row_id,
            case_id=case.id,
            by_id=employee.id,
            key_sealed=box.seal(key, table="attachments", column="key_sealed", row_id=row_id),
            facts_sealed=seal_json(
                box,
                {"kind": kind, "bytes": len(content), "about": about.strip()},
                "attachments",
                "facts_sealed",
                row_id,
            ),
            created_at=clock.now(),
        )
    )
    session.flush()
    session.execute(
        insert(AttachmentChunk),
        [
            {
                "attachment_id": row_id,
                "number": number,
                "content_sealed": seal_chunk(key, row_id, number, chunk),
            }
            for number, chunk in enumerate(chunks_of(content))
        ],
    )
    session.commit()
    return row_id


def waiting(
    session: Session, vault: Vault, case_id: str, employee: EmployeeRef
) -> tuple[AttachmentView, ...]:
    """The files that wait for the message of this employee (CaseNotFound without such a case)."""
    case, box = _opened(session, vault, case_id, employee)
    rows = session.scalars(
        select(Attachment)
        .where(*_waiting_for(case.id, employee))
        .order_by(Attachment.created_at, Attachment.id)
    )
    return tuple(_view(row, box, 0) for row in rows)


def drop(session: Session, vault: Vault, case_id: str, employee: EmployeeRef, attachment_id: str) -> None:
    """Take back a file that waits for one's own message, and commit. What has been sent stays."""
    case, _box = _opened(session, vault, case_id, employee)
    session.execute(
        delete(Attachment).where(*_waiting_for(case.id, employee), Attachment.id == attachment_id)
    )
    session.commit()


def attach(session: Session, case: Case, message_id: str, employee: EmployeeRef) -> None:
    """What waits for this employee's message goes with it. Does not commit."""
    session.flush()  # the message must be there before what belongs to it
    session.execute(
        update(Attachment)
        .where(*_waiting_for(case.id, employee))
        .values(message_id=message_id)
        .execution_options(synchronize_session=False)
    )


def of_messages(session: Session, case_id: str, box: CaseVault) -> dict[str, tuple[AttachmentView, ...]]:
    """The sent files of a case, by message."""
    found: dict[str, list[AttachmentView]] = {}
    rows = session.scalars(
        select(Attachment)
        .where(Attachment.case_id == case_id, Attachment.message_id.is_not(None))
        .order_by(Attachment.created_at, Attachment.id)
        .execution_options(populate_existing=True)
    )
    for number, row in enumerate(rows, 1):
        found.setdefault(row.message_id or "", []).append(_view(row, box, number))
    return {message: tuple(files) for message, files in found.items()}


def content_of(
    session: Session, vault: Vault, case_id: str, attachment_id: str, employee: EmployeeRef | None = None
) -> tuple[AttachmentView, bytes]:
    """A file with its content: for the person what has been sent; for an employee also what waits for their own message.

    Raises CaseNotFound and AttachmentGone.
    """
    case, box = _opened(session, vault, case_id, employee)
    row = session.scalar(
        select(Attachment).where(Attachment.id == attachment_id, Attachment.case_id == case.id)
    )
    if row is None or (row.message_id is None and (employee is None or row.by_id != employee.id)):
        raise AttachmentGone("no such file")
    sent = [view for files in of_messages(session, case.id, box).values() for view in files]
    view = next((one for one in sent if one.id == row.id), None) or _view(row, box, 0)
    key = box.open(row.key_sealed, table="attachments", column="key_sealed", row_id=row.id)
    pieces = session.execute(
        select(AttachmentChunk.number, AttachmentChunk.content_sealed)
        .where(AttachmentChunk.attachment_id == row.id)
        .order_by(AttachmentChunk.number)
    )
    content = b"".join(open_chunk(key, row.id, number, sealed) for number, sealed in pieces)
    if len(content) != view.size:
        raise AttachmentGone("a piece of the file is missing")
    return view, content


def purge(session: Session, now: datetime) -> None:
    """Delete files whose message was never sent. Does not commit."""
    session.execute(
        delete(Attachment).where(Attachment.message_id.is_(None), Attachment.created_at <= now - WAITS)
    )


def _waiting_for(case_id: str, employee: EmployeeRef) -> tuple[Any, ...]:
    return (
        Attachment.case_id == case_id,
        Attachment.message_id.is_(None),
        Attachment.by_id == employee.id,
    )


def _opened(
    session: Session, vault: Vault, case_id: str, employee: EmployeeRef | None
) -> tuple[Case, CaseVault]:
    case = session.get(Case, case_id)
    if case is None or (employee is not None and case.municipality != employee.municipality):
        raise CaseNotFound("no such case")
    return case, box_of(vault, case)


def _view(row: Attachment, box: CaseVault, number: int) -> AttachmentView:
    facts = open_json(box, row.facts_sealed, "attachments", "facts_sealed", row.id)
    return AttachmentView(
        id=row.id,
        number=number,
        kind=cast(AttachmentKind, facts["kind"]),
        about=facts["about"],
        size=int(facts["bytes"]),
        created_at=row.created_at,
    )
