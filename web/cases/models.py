"""The tables of a case.

Plain: what the queue sorts and counts by (status, urgency, dates, language, municipality, who has it) and
random ids. Sealed (columns named *_sealed): everything a person told or that says what it is about, needs,
acute kinds, services and consents included. SEALED_FIELDS is the whole list; tests/web/cases/test_sealing.py
holds it against the tables.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from web.db import Base, UTCDateTime

ID = String(36)
_CHILD = "all, delete-orphan"


class Case(Base):
    """What a person sent, as the municipality's task."""

    __tablename__ = "cases"
    __table_args__ = (Index(None, "municipality", "status"),)

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
    contact_person_id: Mapped[str | None] = mapped_column(ID, index=True)
    contact_person_name: Mapped[str | None] = mapped_column(String(120))
    acute_kinds_sealed: Mapped[str] = mapped_column(Text)
    facts_sealed: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column()

    statements: Mapped[list[Statement]] = relationship(cascade=_CHILD, order_by="Statement.position")
    understandings: Mapped[list[Understanding]] = relationship(
        cascade=_CHILD, order_by="Understanding.position"
    )
    consents: Mapped[list[Consent]] = relationship(cascade=_CHILD, order_by="Consent.position")
    contact: Mapped[Contact] = relationship(cascade=_CHILD, single_parent=True)
    messages: Mapped[list[Message]] = relationship(cascade=_CHILD, order_by="Message.position")

    # Two employees with the same page open: the second is told, instead of overwriting the first.
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - how SQLAlchemy is told


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


class LogEntry(Base):
    """Who did what, when. case_id is no foreign key: the one line about a deletion outlives the case."""

    __tablename__ = "log_entries"

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
    "cases": ("code_proof_sealed", "acute_kinds_sealed", "facts_sealed"),
    "statements": ("text_sealed",),
    "understandings": ("needs_sealed", "acute_sealed"),
    "consents": ("service_sealed",),
    "contacts": ("details_sealed", "safe_times_sealed"),
    "messages": ("text_sealed",),
    "log_entries": ("detail_sealed",),
}
