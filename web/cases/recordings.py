"""The person's own words, spoken: pieces on their way in, recordings of a draft, recordings of a case.

Sound comes in pieces (or at once), is made into one form by web.audio, sealed chunk by chunk and kept in the database.
Nothing here ever puts plain sound anywhere but in memory. Functions take (session, …) first and commit themselves unless
they say otherwise; the caller hands in an Owner, which holds the box that opens its keys.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, Select, and_, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from web.cases.clock import Clock
from web.cases.models import Case, LogEntry, Recording, RecordingChunk, Upload, UploadPiece
from web.cases.types import Author, NewRecording, RecordingGone, RecordingView
from web.security.chunks import CHUNK, chunks_of, new_key, open_chunk, seal_chunk
from web.security.vault import CaseVault

MOST_RECORDINGS = 10
"""In one draft, and of one case: fifty minutes in all."""
UPLOAD_AGE = timedelta(hours=2)
"""A recording that has not come whole by then was given up."""
_UPLOAD_ID = re.compile(r"[0-9a-f-]{32,36}")


class UploadRefused(Exception):
    """A piece or an end that does not fit; `received` says how much there is, so that the sender can go on from there."""

    def __init__(self, received: int) -> None:
        super().__init__("the piece does not follow what has come")
        self.received = received


class UploadTooLarge(Exception):
    """More than a recording may be."""


class TooManyRecordings(Exception):
    """The draft or the case has as many as it can hold."""


@dataclass(frozen=True)
class Owner:
    """Whose recordings: a draft (until it is sent) or a case."""

    id: str
    box: CaseVault
    sent: bool = False
    """True for a case."""

    @property
    def mine(self) -> Any:
        """The condition for its rows; what a child has told beside a draft is not its holder's."""
        if self.sent:
            return Recording.case_id == self.id
        return and_(Recording.draft_id == self.id, Recording.from_child.is_(False))


@dataclass(frozen=True)
class Sounding:
    """A recording that can be read: `read(start, end)` gives the bytes [start, end) and opens no others."""

    size: int
    seconds: float
    read: Callable[[int, int], bytes]


def row_id(owner: Owner, upload: str) -> str:
    """The id of what an upload becomes: the same for the same upload of the same owner, whoever asks twice.

    Raises:
        ValueError: when it is not an id such as a browser makes.
    """
    if not _UPLOAD_ID.fullmatch(upload):
        raise ValueError("not the id of an upload")
    return str(UUID(bytes=hashlib.sha256(f"{owner.id} {upload}".encode()).digest()[:16], version=4))


# --- Pieces on their way in ---


def add_piece(
    session: Session, clock: Clock, owner: Owner, upload: str, offset: int, content: bytes, most: int
) -> int:
    """Take a piece that begins at `offset`; returns how many bytes there are now.

    What has come already is not taken twice: a piece that is sent again (its answer was lost) changes nothing.

    Raises:
        UploadRefused: a piece before this one is missing, or it covers only a part of what is there.
        UploadTooLarge: it would be more than `most` bytes.
        TooManyRecordings: there is no room for another recording.
        ValueError: not an id such as a browser makes.
    """
    key_id, end = row_id(owner, upload), offset + len(content)
    if end > most:
        raise UploadTooLarge
    for _ in range(3):
        row = session.get(Upload, key_id, populate_existing=True)
        if row is None:
            if _exists(session, owner, key_id):
                return end  # all of it came, and was kept: this piece is an echo
            if offset:
                raise UploadRefused(0)
            _check_room(session, owner)
            sealed = owner.box.seal(new_key(), table="uploads", column="key_sealed", row_id=key_id)
            row = Upload(id=key_id, owner_id=owner.id, received=0, key_sealed=sealed, created_at=clock.now())
            session.add(row)
        if end <= row.received or not content:
            return row.received
        if offset != row.received:
            raise UploadRefused(row.received)
        key = owner.box.open(row.key_sealed, table="uploads", column="key_sealed", row_id=key_id)
        try:
            session.flush()
            session.execute(
                insert(UploadPiece).values(
                    upload_id=key_id,
                    start=offset,
                    content_sealed=seal_chunk(key, key_id, offset, content),
                )
            )
            session.execute(
                update(Upload)
                .where(Upload.id == key_id)
                .values(received=end)
                .execution_options(synchronize_session=False)
            )
            session.commit()
        except IntegrityError:
            session.rollback()  # the same piece in another request: look again
            continue
        return end
    raise UploadRefused(offset)


def whole(session: Session, owner: Owner, upload: str, size: int) -> bytes | None:
    """Everything that has come, when it is `size` bytes; None when it has become a recording already.

    Raises:
        UploadRefused: something is missing.
    """
    key_id = row_id(owner, upload)
    row = session.get(Upload, key_id, populate_existing=True)
    if row is None:
        if _exists(session, owner, key_id):
            return None
        raise UploadRefused(0)
    if row.received != size:
        raise UploadRefused(row.received)
    key = owner.box.open(row.key_sealed, table="uploads", column="key_sealed", row_id=key_id)
    pieces = session.execute(
        select(UploadPiece.start, UploadPiece.content_sealed)
        .where(UploadPiece.upload_id == key_id)
        .order_by(UploadPiece.start)
    )
    return b"".join(open_chunk(key, key_id, start, sealed) for start, sealed in pieces)


def drop_upload(session: Session, owner: Owner, upload: str) -> None:
    """Forget what has come of an upload, and commit."""
    session.execute(delete(Upload).where(Upload.id == row_id(owner, upload), Upload.owner_id == owner.id))
    session.commit()


# --- Recordings ---


def add_rows(
    session: Session,
    owner: Owner,
    recording_id: str,
    content: bytes,
    seconds: float,
    position: int,
    author: Author | None,
    now: datetime,
) -> None:
    """Write a recording with its sealed sound. Does not commit.

    Raises:
        TooManyRecordings: there is no room for another one.
    """
    _check_room(session, owner)
    key = new_key()
    session.execute(
        insert(Recording).values(
            id=recording_id,
            case_id=owner.id if owner.sent else None,
            draft_id=None if owner.sent else owner.id,
            position=position,
            author=author,
            key_sealed=owner.box.seal(key, table="recordings", column="key_sealed", row_id=recording_id),
            facts_sealed=_facts(owner.box, recording_id, seconds, len(content)),
            created_at=now,
        )
    )
    session.execute(
        insert(RecordingChunk),
        [
            {
                "recording_id": recording_id,
                "number": number,
                "content_sealed": seal_chunk(key, recording_id, number, chunk),
            }
            for number, chunk in enumerate(chunks_of(content))
        ],
    )
    session.execute(delete(Upload).where(Upload.id == recording_id))


def keep_in_draft(
    session: Session, clock: Clock, owner: Owner, upload: str, content: bytes, seconds: float, position: int
) -> str:
    """Keep a recording in a draft, in place of its upload, and commit. Returns its id; kept already, it is kept once."""
    recording_id = row_id(owner, upload)
    try:
        if not _exists(session, owner, recording_id):
            add_rows(session, owner, recording_id, content, seconds, position, None, clock.now())
        session.commit()
    except IntegrityError:
        session.rollback()  # the same, at the same moment
    except BaseException:
        session.rollback()
        raise
    return recording_id


def recordings_of(session: Session, owner: Owner) -> list[RecordingView]:
    """The recordings of a draft, in order."""
    rows = session.scalars(
        select(Recording)
        .where(owner.mine)
        .order_by(Recording.position, Recording.created_at, Recording.id)
        .execution_options(populate_existing=True)
    )
    return [view_of(row, owner.box) for row in rows]


def view_of(row: Recording, box: CaseVault) -> RecordingView:
    """A recording as a page lists it."""
    return RecordingView(
        id=row.id,
        position=row.position,
        author=cast("Author | None", row.author),
        seconds=float(_open_facts(row, box)["seconds"]),
        created_at=row.created_at,
        from_child=row.from_child,
    )


def sounding(session: Session, owner: Owner, recording_id: str) -> Sounding:
    """A recording of this owner, to be read.

    Raises:
        RecordingGone: it has no such recording.
    """
    row = session.scalar(
        select(Recording)
        .where(owner.mine, Recording.id == recording_id)
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise RecordingGone("no such recording")
    facts = _open_facts(row, owner.box)
    key = owner.box.open(row.key_sealed, table="recordings", column="key_sealed", row_id=row.id)
    size = int(facts["bytes"])

    def read(start: int, end: int) -> bytes:
        """The bytes [start, end) of the sound."""
        if not 0 <= start < end <= size:
            return b""
        first, last = start // CHUNK, (end - 1) // CHUNK
        found = session.execute(
            select(RecordingChunk.number, RecordingChunk.content_sealed)
            .where(RecordingChunk.recording_id == recording_id, RecordingChunk.number.between(first, last))
            .order_by(RecordingChunk.number)
        )
        content = b"".join(open_chunk(key, recording_id, number, sealed) for number, sealed in found)
        part = content[start - first * CHUNK : end - first * CHUNK]
        if len(part) != end - start:
            raise RecordingGone("a piece of the recording is missing")
        return part

    return Sounding(size, float(facts["seconds"]), read)


def remove(session: Session, owner: Owner, recording_id: str) -> bool:
    """Delete a recording of a draft, and commit. Whether there was one; what has been sent is never removed alone."""
    if owner.sent:
        return False
    done = session.execute(delete(Recording).where(owner.mine, Recording.id == recording_id))
    session.commit()
    return cast("CursorResult[Any]", done).rowcount > 0


def to_send(session: Session, owner: Owner, author: Author) -> tuple[NewRecording, ...]:
    """The recordings of a draft, as they go into NewCase. author: of those whose author was not said."""
    rows = session.scalars(
        select(Recording).where(owner.mine).order_by(Recording.position, Recording.created_at, Recording.id)
    )
    return tuple(
        NewRecording(
            id=row.id,
            draft_id=owner.id,
            author=cast("Author | None", row.author) or author,
            position=row.position,
            key=owner.box.open(row.key_sealed, table="recordings", column="key_sealed", row_id=row.id),
            seconds=float(facts["seconds"]),
            size=int(facts["bytes"]),
        )
        for row in rows
        for facts in [_open_facts(row, owner.box)]
    )


def wait_beside(session: Session, owner: Owner, told: tuple[NewRecording, ...]) -> tuple[NewRecording, ...]:
    """A child's recordings leave its own draft and wait beside the draft of who handed the device over. Does not commit.

    They go with that draft, whether it is sent or deleted, but its holder has no way to list or hear them.

    Raises:
        RecordingGone: one was removed in the meantime.
    """
    waiting = []
    for one in told:
        row = _of_draft(session, one)
        row.draft_id, row.from_child, row.author = owner.id, True, one.author
        row.key_sealed = owner.box.seal(one.key, table="recordings", column="key_sealed", row_id=row.id)
        row.facts_sealed = _facts(owner.box, row.id, one.seconds, one.size)
        waiting.append(replace(one, draft_id=owner.id))
    return tuple(waiting)


def _of_draft(session: Session, new: NewRecording) -> Recording:
    row = session.get(Recording, new.id, populate_existing=True)
    if row is None or row.draft_id != new.draft_id:
        raise RecordingGone("no such recording")
    return row


def hand_over(
    session: Session,
    box: CaseVault,
    case: Case,
    new: NewRecording,
    now: datetime,
    *,
    from_child: bool = False,
) -> None:
    """A draft's recording becomes the case's: the same sealed sound, its key sealed again. Does not commit.

    from_child: a child has told it in a case that somebody else has written.

    Raises:
        RecordingGone: it was removed in the meantime.
    """
    session.flush()  # the case must be there before what belongs to it
    row = _of_draft(session, new)
    row.draft_id, row.case_id = None, case.id
    row.position = min(new.position, len(case.statements))
    row.author, row.from_child = new.author, from_child
    row.key_sealed = box.seal(new.key, table="recordings", column="key_sealed", row_id=row.id)
    row.facts_sealed = _facts(box, row.id, new.seconds, new.size)
    row.created_at = now


# --- Deleting ---


def forget_draft(session: Session, draft_id: str) -> None:
    """Delete the recordings and uploads of a draft. Does not commit."""
    session.execute(delete(Recording).where(Recording.draft_id == draft_id))
    session.execute(delete(Upload).where(Upload.owner_id == draft_id))


def purge(session: Session, now: datetime, drafts: Select[tuple[str]]) -> None:
    """Delete recordings whose draft is gone, and uploads that were given up. Does not commit.

    drafts: the ids of the drafts that there are.
    """
    session.execute(
        delete(Recording).where(Recording.draft_id.is_not(None), Recording.draft_id.not_in(drafts))
    )
    session.execute(delete(Upload).where(Upload.created_at <= now - UPLOAD_AGE))


def last_listened(session: Session, case_id: str, employee_id: str) -> datetime | None:
    """When this employee last listened to a recording of the case."""
    return session.scalar(
        select(func.max(LogEntry.at)).where(
            LogEntry.case_id == case_id, LogEntry.action == "listened", LogEntry.actor_id == employee_id
        )
    )


def _exists(session: Session, owner: Owner, recording_id: str) -> bool:
    return session.scalar(select(Recording.id).where(owner.mine, Recording.id == recording_id)) is not None


def _check_room(session: Session, owner: Owner) -> None:
    # A child's own do not count: who wrote the case must not notice them by having less room.
    own = and_(owner.mine, Recording.from_child.is_(False))
    count = session.scalar(select(func.count()).select_from(Recording).where(own)) or 0
    if count >= MOST_RECORDINGS:
        raise TooManyRecordings


def _facts(box: CaseVault, recording_id: str, seconds: float, size: int) -> str:
    text = json.dumps({"seconds": seconds, "bytes": size})
    return box.seal(text, table="recordings", column="facts_sealed", row_id=recording_id)


def _open_facts(row: Recording, box: CaseVault) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads(
        box.open(row.facts_sealed, table="recordings", column="facts_sealed", row_id=row.id)
    )
    return facts
