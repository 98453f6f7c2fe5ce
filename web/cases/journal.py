"""The journal of deletions, in a file outside the database: a restored backup does not know what was deleted after it.

One JSON object a line, with a mark that only this installation's key ring can make: a line that somebody has written into
the file by hand deletes nothing. Keep the file, or a copy of it, apart from the backups of the database.
"""

from __future__ import annotations

import fcntl
import hmac
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from web.cases.clock import Clock
from web.cases.deleting import delete_again
from web.cases.keeping_tables import Deletion
from web.cases.models import Case
from web.security.vault import Vault

_FIELDS = ("id", "case_id", "municipality", "at", "kind", "why", "by_name")


class JournalError(Exception):
    """The file cannot be used; the message says which line."""


@dataclass(frozen=True)
class Replayed:
    """What came of running the journal again."""

    lines: int
    deleted: int
    """What was here and is deleted now; with only_count: the whole cases that would be."""


def write_out(session: Session, vault: Vault, file: Path) -> int:
    """Append to the file what it does not hold yet, and commit. Returns how many lines.

    Any number of processes may do this at the same time. After a crash in between, a line stands twice; that does no harm.
    """
    waiting = select(Deletion).where(Deletion.in_file.is_(False)).order_by(Deletion.at)
    if session.scalar(waiting.with_only_columns(Deletion.id).limit(1)) is None:
        return 0
    session.rollback()
    with _locked(file) as handle:
        rows = session.scalars(waiting.execution_options(populate_existing=True)).all()
        for row in rows:
            handle.write(json.dumps(_as_json(row, vault), ensure_ascii=False) + "\n")
        handle.flush()
        os.fsync(handle.fileno())
        session.execute(
            update(Deletion)
            .where(Deletion.id.in_([row.id for row in rows]))
            .values(in_file=True)
            .execution_options(synchronize_session=False)
        )
        session.commit()
    return len(rows)


def read(file: Path, vault: Vault) -> Iterator[Deletion]:
    """The lines of a journal, as rows that belong to no session. JournalError at a line that is not ours."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise JournalError(f"{file} cannot be read") from error
    for number, line in enumerate(lines, 1):
        try:
            stored: dict[str, Any] = json.loads(line)
            row = Deletion(
                **{name: stored[name] for name in _FIELDS if name != "at"},
                at=datetime.fromisoformat(stored["at"]),
                in_file=True,
            )
            marked = str(stored["mark"])
        except (ValueError, KeyError, TypeError) as error:
            raise JournalError(f"{file}: line {number} is damaged") from error
        if not hmac.compare_digest(marked, _mark(row, vault)):
            raise JournalError(f"{file}: line {number} was not written by this installation's keys")
        yield row


def replay(session: Session, vault: Vault, clock: Clock, file: Path, *, only_count: bool = False) -> Replayed:
    """Delete again what a restored backup has brought back. The whole file is checked before anything is deleted."""
    lines = list(read(file, vault))
    deleted = 0
    known = set(session.scalars(select(Deletion.id)))
    for line in lines:
        if only_count:
            deleted += line.kind == "case" and session.get(Case, line.case_id) is not None
            continue
        done = delete_again(session, vault, clock, line)
        deleted += done
        if line.id not in known:
            known.add(line.id)
            session.add(line)
            session.commit()
    return Replayed(len(lines), deleted)


def _as_json(row: Deletion, vault: Vault) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in _FIELDS}
    return {**values, "at": _moment(row.at), "mark": _mark(row, vault)}


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def _mark(row: Deletion, vault: Vault) -> str:
    values = [str(getattr(row, name) or "") for name in _FIELDS if name != "at"]
    return vault.mark("deletion", *values, _moment(row.at))


class _locked:
    """The file, opened to append, for this process alone."""

    def __init__(self, file: Path) -> None:
        self._file = file
        file.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        self._handle: IO[str] = os.fdopen(descriptor, "a", encoding="utf-8")

    def __enter__(self) -> IO[str]:
        fcntl.flock(self._handle, fcntl.LOCK_EX)
        # A power cut in the middle of a line: its row is still marked as not written, and is written again.
        content = self._file.read_bytes()
        if content and not content.endswith(b"\n"):
            self._handle.truncate(content.rfind(b"\n") + 1)
        return self._handle

    def __exit__(self, *_: object) -> None:
        self._handle.close()
