"""Internal notes: what employees write for each other about a case.

They stand apart from everything the person sees: no CaseView has them, no log line tells of them, and no function here
takes anybody but an employee. Nothing is ever changed or removed unseen: a correction is a new note, and the old one, like
one that was struck out, can still be read. The person may ask for access to the case; notes are considered then.

A note does not raise the version of the case: a colleague who is writing to the person has not missed anything of theirs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from web.cases.changing import apply_change
from web.cases.checks import check_text
from web.cases.clock import Clock
from web.cases.models import Case, Note
from web.cases.rows import box_of, new_id
from web.cases.types import CaseError, CaseNotFound, EmployeeRef
from web.security.vault import CaseVault, Vault


class NoteGone(CaseError):
    """There is no such note that this employee can correct: another's, or corrected or struck out already."""


@dataclass(frozen=True)
class NoteView:
    """One note, opened."""

    id: str
    author_id: str
    author_name: str
    text: str
    created_at: datetime
    replaces: str | None = None
    """The note that this one corrects."""
    struck_at: datetime | None = None
    """When its author struck it out."""
    replaced: bool = False
    """Whether a newer note of its author corrects it."""

    @property
    def stands(self) -> bool:
        """Whether it is neither struck out nor corrected."""
        return self.struck_at is None and not self.replaced


def notes_of(session: Session, vault: Vault, case_id: str, employee: EmployeeRef) -> tuple[NoteView, ...]:
    """Every note of a case of the employee's municipality (else CaseNotFound), in the order of time."""
    case = session.get(Case, case_id)
    if case is None or case.municipality != employee.municipality:
        raise CaseNotFound("no such case")
    box = box_of(vault, case)
    rows = session.scalars(
        select(Note).where(Note.case_id == case_id).order_by(Note.created_at, Note.id)
    ).all()
    replaced = {row.replaces_id for row in rows}
    return tuple(
        NoteView(
            id=row.id,
            author_id=row.author_id,
            author_name=row.author_name,
            text=box.open(row.text_sealed, table="notes", column="text_sealed", row_id=row.id),
            created_at=row.created_at,
            replaces=row.replaces_id,
            struck_at=row.struck_at,
            replaced=row.id in replaced,
        )
        for row in rows
    )


def write_note(
    session: Session,
    vault: Vault,
    clock: Clock,
    case_id: str,
    employee: EmployeeRef,
    text: str,
    replaces: str | None = None,
) -> None:
    """Write a note, or with `replaces` a corrected version of one's own.

    Raises CaseNotFound, InvalidCase for an empty text, and NoteGone when that one cannot be corrected.
    """
    check_text(text)

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        if replaces is not None:
            _own(session, case, employee, replaces)
        add_note(session, case, box, employee, text, now, replaces)

    apply_change(session, vault, clock, case_id, change, municipality=employee.municipality, reading=True)


def add_note(
    session: Session,
    case: Case,
    box: CaseVault,
    employee: EmployeeRef,
    text: str,
    now: datetime,
    replaces: str | None = None,
) -> None:
    """A note, within somebody else's change."""
    row_id = new_id()
    session.add(
        Note(
            id=row_id,
            case_id=case.id,
            author_id=employee.id,
            author_name=employee.name,
            text_sealed=box.seal(text, table="notes", column="text_sealed", row_id=row_id),
            created_at=now,
            replaces_id=replaces,
        )
    )


def strike_note(
    session: Session, vault: Vault, clock: Clock, case_id: str, employee: EmployeeRef, note_id: str
) -> None:
    """Strike out a note of one's own. It stays to be read, struck out. Raises CaseNotFound or NoteGone."""

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        _own(session, case, employee, note_id).struck_at = now

    apply_change(session, vault, clock, case_id, change, municipality=employee.municipality, reading=True)


def _own(session: Session, case: Case, employee: EmployeeRef, note_id: str) -> Note:
    row = session.scalar(
        select(Note)
        .where(Note.id == note_id, Note.case_id == case.id, Note.author_id == employee.id)
        .execution_options(populate_existing=True)
    )
    corrected = row is not None and session.scalar(select(Note.id).where(Note.replaces_id == row.id).limit(1))
    if row is None or row.struck_at is not None or corrected:
        raise NoteGone("no such note of one's own")
    return row
