"""The tables of a case.

Plain: what the queue sorts and counts by (status, urgency, dates, unread, language, municipality, who has it) and
random ids. Sealed (columns named *_sealed): everything a person told or that says what it is about, needs,
acute kinds, services and consents included. SEALED_FIELDS is the whole list; tests/web/cases/test_sealing.py
holds it against the tables.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    event,
    false,
)
from sqlalchemy.orm import Mapped, Mapper, mapped_column, relationship

from web.db import Base, UTCDateTime

if TYPE_CHECKING:
    from web.cases.plan_models import CaseLinkRow, MeasureRow, OverlapAgreementRow
    from web.cases.sharing_models import BrokenGlass, Share

ID = String(36)
_CHILD = "all, delete-orphan"


class Case(Base):
    """What a person sent, as the municipality's task."""

    __tablename__ = "cases"
    __table_args__ = (
        Index(None, "municipality", "status"),
        Index(None, "municipality", "last_person_at", "created_at"),
        # Everything the queue filters and counts by, in its order: a page is found without touching the rows.
        Index(
            "ix_cases_queue",
            "municipality",
            "queue_key",
            "id",
            "status",
            "urgency",
            "waiting_since",
            "due_on",
            "unread",
            "contact_person_id",
            "contact_person_name",
            "unit_key",
            "created_at",
            "reference",
            "not_helped",
            "plan_due_on",
            "help_disputed",
            "blocked_at",
            "acute_since",
            "unseen_since",
        ),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    reference: Mapped[str] = mapped_column(String(8), unique=True)
    municipality: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    language: Mapped[str] = mapped_column(String(2))
    status: Mapped[str] = mapped_column(String(20))
    closed_outcome: Mapped[str | None] = mapped_column(String(20))
    urgency: Mapped[str] = mapped_column(String(10))
    due_on: Mapped[date] = mapped_column(Date)
    promise_days: Mapped[int]
    """Working days until an answer, as the contact point promised when it was sent."""
    waiting_since: Mapped[datetime | None] = mapped_column(UTCDateTime)
    wrapped_key: Mapped[str] = mapped_column(String(250))
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    code_proof_sealed: Mapped[str] = mapped_column(Text)
    """code_hash once more, sealed: a hash copied into another case's row opens nothing."""
    submission_key: Mapped[str] = mapped_column(String(64), unique=True)
    contact_unit: Mapped[str] = mapped_column(String(80))
    contact_unit_name: Mapped[str] = mapped_column(String(200))
    unit_key: Mapped[str] = mapped_column(String(210))
    """Which unit has it, to be compared: see unit_key(); kept right by an event before every write."""
    contact_person_id: Mapped[str | None] = mapped_column(ID, index=True)
    contact_person_name: Mapped[str | None] = mapped_column(String(120))
    acute_kinds_sealed: Mapped[str] = mapped_column(Text)
    facts_sealed: Mapped[str] = mapped_column(Text)
    child_sealed: Mapped[str | None] = mapped_column(Text)
    """What is known about asking the child: see web.cases.child.ChildRecord."""
    version: Mapped[int] = mapped_column()
    last_person_at: Mapped[datetime] = mapped_column(UTCDateTime)
    """When the person last wrote."""
    last_read_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When an employee last read the case; None when nobody has."""
    unread: Mapped[int] = mapped_column(default=0)
    """How much came after an employee last read the case: the person's words, and what concerns sharing."""
    unread_words: Mapped[int] = mapped_column(default=0, server_default="0")
    """How many of these are statements, recordings and messages of the person."""
    unheard: Mapped[int] = mapped_column(default=0, server_default="0")
    """How many recordings nobody has listened to."""
    unseen_since: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """Since when there is something of the person's that nobody has read, or heard; None when there is nothing."""
    acute_since: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """Since when the case has been acute; the promises of an acute case count from it."""
    not_helped: Mapped[bool] = mapped_column(default=False, server_default=false())
    """The person's newest answer is that no help came, and no employee has answered since."""
    call_waits: Mapped[bool] = mapped_column(default=False, server_default=false())
    """The person, in danger, has asked to be called, and nobody has called yet: before everything else in the queue."""
    plan_due_on: Mapped[date | None] = mapped_column(Date)
    """The earliest day of a measure of the plan that is not finished; None without one."""
    help_disputed: Mapped[bool] = mapped_column(default=False, server_default=false())
    """A service says that help came, and the person's newest answer is that it did not."""
    blocked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """The writer has asked to delete it: closed to ordinary reading (web.security.separation) until that is answered."""
    queue_key: Mapped[str] = mapped_column(String(32))
    """Its place in the queue, see queue_key(); kept right by an event before every write."""

    statements: Mapped[list[Statement]] = relationship(cascade=_CHILD, order_by="Statement.position")
    understandings: Mapped[list[Understanding]] = relationship(
        cascade=_CHILD, order_by="Understanding.position"
    )
    consents: Mapped[list[Consent]] = relationship(cascade=_CHILD, order_by="Consent.position")
    contact: Mapped[Contact] = relationship(cascade=_CHILD, single_parent=True)
    messages: Mapped[list[Message]] = relationship(cascade=_CHILD, order_by="Message.position")
    marks: Mapped[list[ServiceMark]] = relationship(cascade=_CHILD)
    follow_ups: Mapped[list[FollowUp]] = relationship(cascade=_CHILD, order_by="FollowUp.created_at")
    child_invitations: Mapped[list[ChildInvitation]] = relationship(
        cascade=_CHILD, order_by="ChildInvitation.made_at"
    )
    recordings: Mapped[list[Recording]] = relationship(
        cascade=_CHILD, order_by="[Recording.position, Recording.created_at, Recording.id]"
    )
    measures: Mapped[list[MeasureRow]] = relationship(cascade=_CHILD, order_by="MeasureRow.position")
    agreements: Mapped[list[OverlapAgreementRow]] = relationship(
        cascade=_CHILD, order_by="OverlapAgreementRow.at"
    )
    links: Mapped[list[CaseLinkRow]] = relationship(
        cascade=_CHILD, order_by="CaseLinkRow.made_at", foreign_keys="CaseLinkRow.case_id"
    )

    shares: Mapped[list[Share]] = relationship(cascade=_CHILD, order_by="[Share.shared_at, Share.id]")
    glass: Mapped[list[BrokenGlass]] = relationship(
        cascade=_CHILD, order_by="[BrokenGlass.at, BrokenGlass.id]"
    )

    # Two employees with the same page open: the second is told, instead of overwriting the first.
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - how SQLAlchemy is told


def queue_key(
    *,
    status: str,
    urgency: str,
    waiting_since: datetime | None,
    due_on: date,
    unread: int,
    contact_person_name: str | None,
    created_at: datetime,
    call_waits: bool = False,
    unheard: int = 0,
) -> str:
    """A case's place in the queue: 28 digits, the smallest first; figures only, so that every database sorts alike.

    Who waits for a call today, then acute, then those with sound that nobody has heard, then the rest; those who wait for an
    answer before those who have one; then by promised day, unread, without contact person, longest waiting; of the acute
    those first that nobody has read or heard. Closed cases come last, the newest first.
    """
    if status == "closed":
        return f"9{'0' * 10}{10**17 - 1 - _microseconds(created_at):017d}"
    waits = waiting_since is not None
    promised = f"{due_on:%Y%m%d}" if waits else "99999999"
    seen = int(not (unread or unheard))
    if call_waits:
        first = "0" * 10
    elif urgency == "acute":
        first = f"{int(not waits)}{seen}{promised}"
    else:
        first = f"{2 if unheard else 3 + (not waits)}{promised}{seen}"
    return f"{first}{int(bool(contact_person_name))}{_microseconds(waiting_since or created_at):017d}"


def unit_key(unit: str, name: str, contact_person_name: str | None) -> str:
    """A case's unit as it is compared: the contact point by its id, which no new name changes, else name_key(name)."""
    return name_key(name) if contact_person_name else f"#{unit}"


def name_key(name: str) -> str:
    """A unit's name without what people write differently: large and small letters, and spaces."""
    return " ".join(name.split()).casefold()[:200]


def _microseconds(at: datetime) -> int:
    return int(at.astimezone(UTC).timestamp() * 1_000_000)


def _keep_queue_key(_mapper: Mapper[Any], _connection: Any, case: Case) -> None:
    """Whatever changed the case: its place and its unit follow."""
    case.unit_key = unit_key(case.contact_unit, case.contact_unit_name, case.contact_person_name)
    case.queue_key = queue_key(
        status=case.status,
        urgency=case.urgency,
        waiting_since=case.waiting_since,
        due_on=case.due_on,
        unread=case.unread or 0,
        contact_person_name=case.contact_person_name,
        created_at=case.created_at,
        call_waits=bool(case.call_waits),
        unheard=case.unheard or 0,
    )


event.listen(Case, "before_insert", _keep_queue_key)
event.listen(Case, "before_update", _keep_queue_key)


class ServiceMark(Base):
    """That a case has to do with a service, as a keyed mark: equal marks can be found, none can be read.

    The mark is made of municipality, month of the case and service (web.cases.queueing.service_mark), so that
    the same service has another mark every month.
    """

    __tablename__ = "service_marks"

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True)
    mark: Mapped[str] = mapped_column(String(32), primary_key=True, index=True)


class Presence(Base):
    """Which employee has a case open, until when: a lease that the page renews while somebody looks at it."""

    __tablename__ = "presences"

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True)
    employee_id: Mapped[str] = mapped_column(ID, primary_key=True)
    municipality: Mapped[str] = mapped_column(String(80))
    employee_name: Mapped[str] = mapped_column(String(120))
    until: Mapped[datetime] = mapped_column(UTCDateTime, index=True)


class Statement(Base):
    """The person's own words. Rows are added, never changed."""

    __tablename__ = "statements"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    author: Mapped[str] = mapped_column(String(10))
    language: Mapped[str] = mapped_column(String(10))
    text_sealed: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    from_child: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Told by the child itself: who wrote the case does not see it."""


class Understanding(Base):
    """Which needs there are, according to the assistant, the person or an employee.

    Rows are added, never changed.
    """

    __tablename__ = "understandings"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    source: Mapped[str] = mapped_column(String(10))
    by_name: Mapped[str | None] = mapped_column(String(120))
    language: Mapped[str] = mapped_column(String(10))
    needs_sealed: Mapped[str] = mapped_column(Text)
    acute_sealed: Mapped[str] = mapped_column(Text)
    model: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    from_child: Mapped[bool] = mapped_column(default=False, server_default=false())


class Consent(Base):
    """Which service may read the case. Which one is sealed: its name alone can say what the case is about."""

    __tablename__ = "consents"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    service_sealed: Mapped[str] = mapped_column(Text)
    scope: Mapped[str] = mapped_column(String(20))
    given_by: Mapped[str] = mapped_column(String(10))
    given_at: Mapped[datetime] = mapped_column(UTCDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Contact(Base):
    """How the person may be reached without anyone else noticing."""

    __tablename__ = "contacts"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), unique=True)
    way: Mapped[str] = mapped_column(String(20))
    details_sealed: Mapped[str | None] = mapped_column(Text)
    safe_times_sealed: Mapped[str | None] = mapped_column(Text)
    voicemail_ok: Mapped[bool]
    notices_ok: Mapped[bool] = mapped_column(default=False, server_default=false())


class ChildInvitation(Base):
    """A way in for the child, made by who wrote the case; the code opens nothing but a page to tell on."""

    __tablename__ = "child_invitations"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    code_sealed: Mapped[str] = mapped_column(Text)
    """The code once more, sealed: who made it can look at it again until it has been used."""
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Message(Base):
    """A message in the case, from the person or to them."""

    __tablename__ = "messages"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    from_person: Mapped[bool]
    author_name: Mapped[str | None] = mapped_column(String(120))
    text_sealed: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    about_id: Mapped[str | None] = mapped_column(ID)
    """The line of the plan that it is about."""


class FollowUp(Base):
    """The answer to «did you get help?» of one round. Plain is what is counted: the round and yes, some or no."""

    __tablename__ = "follow_ups"
    __table_args__ = (UniqueConstraint("case_id", "round"),)

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), index=True)
    round: Mapped[str] = mapped_column(String(20))
    answer: Mapped[str] = mapped_column(String(10))
    words_sealed: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)


class Notice(Base):
    """The outbox: a notice that says that there is something to read, and nothing else.

    One for each thing that is told (`about`: a message's id, or a round). The recipient is sealed, and wiped
    when the notice has gone. Rows go with their case.
    """

    __tablename__ = "notices"
    __table_args__ = (UniqueConstraint("case_id", "about"), Index(None, "state", "due_at"))

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    about: Mapped[str] = mapped_column(String(40))
    way: Mapped[str] = mapped_column(String(10))
    recipient_sealed: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    due_at: Mapped[datetime] = mapped_column(UTCDateTime)
    tries: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(String(10))
    """waiting, sending, sent, seen (read before it was sent), refused, unclear (may have gone: never again)."""
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)


class Recording(Base):
    """The person's own words, spoken. The sound itself is in recording_chunks, sealed with the key that is sealed here.

    Belongs to a draft until it is sent, then to the case: the key is sealed again, the sound stays as it is. Rows of a
    draft are deleted with it (web.citizen.drafts); draft_id is no foreign key, because the core knows no drafts.
    """

    __tablename__ = "recordings"
    __table_args__ = (CheckConstraint("(case_id IS NULL) <> (draft_id IS NULL)", name="one_owner"),)

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    case_id: Mapped[str | None] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), index=True)
    draft_id: Mapped[str | None] = mapped_column(String(64), index=True)
    position: Mapped[int]
    """How many statements came before it."""
    author: Mapped[str | None] = mapped_column(String(10))
    """Who speaks; in a draft none until it is sent, unless it was said."""
    from_child: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Told by the child itself: who wrote the case, or holds the draft, neither sees nor hears it."""
    key_sealed: Mapped[str] = mapped_column(Text)
    facts_sealed: Mapped[str] = mapped_column(Text)
    """JSON: seconds and bytes."""
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    heard_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When somebody who helps first listened to it."""


class RecordingChunk(Base):
    """A piece of a recording's sound, sealed. Deleted with the recording by the database."""

    __tablename__ = "recording_chunks"

    recording_id: Mapped[str] = mapped_column(
        ForeignKey("recordings.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content_sealed: Mapped[bytes] = mapped_column(LargeBinary)


class Upload(Base):
    """A recording on its way, in the pieces in which it comes over the network."""

    __tablename__ = "uploads"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    owner_id: Mapped[str] = mapped_column(String(64), index=True)
    """The draft or the case."""
    received: Mapped[int]
    """Bytes that have come, without gaps."""
    key_sealed: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)


class UploadPiece(Base):
    """A piece of an upload, sealed. Deleted with the upload by the database."""

    __tablename__ = "upload_pieces"

    upload_id: Mapped[str] = mapped_column(ForeignKey("uploads.id", ondelete="CASCADE"), primary_key=True)
    start: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content_sealed: Mapped[bytes] = mapped_column(LargeBinary)


class Note(Base):
    """What employees write for each other. Never shown outward: no CaseView has it (web.cases.notes).

    Rows are added; a correction is a new row that names the one it replaces, and striking one out sets its time.
    """

    __tablename__ = "notes"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), index=True)
    author_id: Mapped[str] = mapped_column(ID)
    author_name: Mapped[str] = mapped_column(String(120))
    text_sealed: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    replaces_id: Mapped[str | None] = mapped_column(ID)
    struck_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Attachment(Base):
    """A file that an employee sends with a message; its content is in attachment_chunks, sealed with the key sealed here.

    Without a message it waits for the one that its employee is writing.
    """

    __tablename__ = "attachments"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), index=True)
    message_id: Mapped[str | None] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"), index=True)
    by_id: Mapped[str] = mapped_column(ID)
    key_sealed: Mapped[str] = mapped_column(Text)
    facts_sealed: Mapped[str] = mapped_column(Text)
    """JSON: kind, bytes and what the employee says it is."""
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)


class AttachmentChunk(Base):
    """A piece of an attachment, sealed. Deleted with it by the database."""

    __tablename__ = "attachment_chunks"

    attachment_id: Mapped[str] = mapped_column(
        ForeignKey("attachments.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content_sealed: Mapped[bytes] = mapped_column(LargeBinary)


class LogEntry(Base):
    """Who did what, when. case_id is no foreign key: the one line about a deletion outlives the case."""

    __tablename__ = "log_entries"
    # Who has opened what, the newest first, over all cases of a municipality. And the log of one case in its order: without
    # the second, SQLite reads the whole municipality's log for it, because the first has the order too.
    __table_args__ = (Index(None, "municipality", "at"), Index(None, "case_id", "at", "position"))

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    case_id: Mapped[str] = mapped_column(ID, index=True)
    municipality: Mapped[str] = mapped_column(String(80))
    position: Mapped[int]
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    actor_kind: Mapped[str] = mapped_column(String(10))
    actor_id: Mapped[str | None] = mapped_column(ID)
    actor_name: Mapped[str | None] = mapped_column(String(120))
    action: Mapped[str] = mapped_column(String(30))
    detail_sealed: Mapped[str | None] = mapped_column(Text)


SEALED_FIELDS: dict[str, tuple[str, ...]] = {
    "cases": ("code_proof_sealed", "acute_kinds_sealed", "facts_sealed", "child_sealed"),
    "child_invitations": ("code_sealed",),
    "statements": ("text_sealed",),
    "understandings": ("needs_sealed", "acute_sealed"),
    "consents": ("service_sealed",),
    "contacts": ("details_sealed", "safe_times_sealed"),
    "messages": ("text_sealed",),
    "follow_ups": ("words_sealed",),
    "notices": ("recipient_sealed",),
    "handovers": ("words_sealed",),
    "disputes": ("why_sealed", "decision_sealed"),
    "coordination_notes": ("content_sealed",),
    "log_entries": ("detail_sealed",),
    "shares": (
        "service_sealed",
        "parts_sealed",
        "basis_sealed",
        "withheld_sealed",
        "outcome_sealed",
        "noted_sealed",
    ),
    "broken_glass": ("reason_sealed", "withheld_sealed"),
    "recordings": ("key_sealed", "facts_sealed"),
    "recording_chunks": ("content_sealed",),
    "uploads": ("key_sealed",),
    "upload_pieces": ("content_sealed",),
    "notes": ("text_sealed",),
    "attachments": ("key_sealed", "facts_sealed"),
    "attachment_chunks": ("content_sealed",),
    "measures": ("content_sealed", "withheld_sealed"),
    "measure_events": ("content_sealed",),
    "overlap_agreements": ("content_sealed",),
    "case_links": ("content_sealed",),
    "packages": ("receipt_sealed", "json_sealed", "pdf_sealed", "received_sealed"),
    "concern_drafts": ("content_sealed", "sent_sealed"),
    "training_examples": ("content_sealed",),
    "statistics_kept": ("content_sealed",),
}
