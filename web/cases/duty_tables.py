"""The tables of responsibility: who takes over from whom, who is away, what waits too long, who coordinates.

Plain: who, when and which state, because the queue filters and counts by them. Sealed: every reason, service and word.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from web.cases.models import ID
from web.db import Base, UTCDateTime


class Handover(Base):
    """One step of who is responsible for a case: offered and answered, taken, or agreed with somebody without account.

    The row of an offer is changed once, when it is answered; else rows are only added.
    """

    __tablename__ = "handovers"
    __table_args__ = (Index(None, "municipality", "to_id", "state"), Index(None, "municipality", "state"))

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), index=True)
    municipality: Mapped[str] = mapped_column(String(80))
    from_id: Mapped[str | None] = mapped_column(ID, index=True)
    """Who had it before; None: the front desk, or somebody without an account."""
    from_name: Mapped[str | None] = mapped_column(String(120))
    to_id: Mapped[str | None] = mapped_column(ID)
    """None: somebody without an account."""
    to_name: Mapped[str] = mapped_column(String(120))
    to_unit: Mapped[str] = mapped_column(String(200))
    by_id: Mapped[str] = mapped_column(ID)
    by_name: Mapped[str] = mapped_column(String(120))
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)
    state: Mapped[str] = mapped_column(String(10))
    """offered, then accepted, declined, withdrawn or overtaken; taken and by_hand from the start."""
    settled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    words_sealed: Mapped[str | None] = mapped_column(Text)
    """JSON: note to the colleague, why it was declined, why against the person's wish, when it was agreed."""


class Absence(Base):
    """From when until when an employee is away, and who answers meanwhile. Nothing of why."""

    __tablename__ = "absences"
    __table_args__ = (Index(None, "municipality", "last_day"),)

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    municipality: Mapped[str] = mapped_column(String(80))
    employee_id: Mapped[str] = mapped_column(ID, index=True)
    employee_name: Mapped[str] = mapped_column(String(120))
    stand_in_id: Mapped[str] = mapped_column(ID, index=True)
    stand_in_name: Mapped[str] = mapped_column(String(120))
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)
    by_id: Mapped[str] = mapped_column(ID)
    by_name: Mapped[str] = mapped_column(String(120))
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When somebody ended it before its last day, or took it back."""


class Escalation(Base):
    """That a step of web.cases.rules/escalation.yml was taken: once for each thing it is about and each audience."""

    __tablename__ = "escalations"
    __table_args__ = (
        UniqueConstraint("case_id", "step", "about", "audience"),
        Index(None, "municipality", "settled_at"),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), index=True)
    municipality: Mapped[str] = mapped_column(String(80))
    step: Mapped[str] = mapped_column(String(30))
    about: Mapped[str] = mapped_column(String(60))
    """A day, a moment or an id: what makes the same step a new one."""
    audience: Mapped[str] = mapped_column(String(10))
    """contact, front_desk or leader."""
    to_id: Mapped[str | None] = mapped_column(ID)
    """The employee, when it is for one."""
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When it was seen that it holds no longer."""


class StaffNotice(Base):
    """The outbox of neutral emails to employees. Goes with its escalation; sent at most once."""

    __tablename__ = "staff_notices"
    __table_args__ = (UniqueConstraint("escalation_id", "recipient"), Index(None, "state", "due_at"))

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    escalation_id: Mapped[str] = mapped_column(ForeignKey("escalations.id", ondelete="CASCADE"))
    recipient: Mapped[str] = mapped_column(String(200))
    """An address at work."""
    language: Mapped[str] = mapped_column(String(2))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    due_at: Mapped[datetime] = mapped_column(UTCDateTime)
    tries: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(String(10))
    """waiting, sending, sent, settled (no longer needed), refused, unclear (may have gone: never again)."""
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)


class Dispute(Base):
    """That services disagree about who coordinates, until the municipality has decided."""

    __tablename__ = "disputes"
    __table_args__ = (Index(None, "municipality", "decided_at"),)

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), index=True)
    municipality: Mapped[str] = mapped_column(String(80))
    opened_at: Mapped[datetime] = mapped_column(UTCDateTime)
    opened_by_id: Mapped[str] = mapped_column(ID)
    opened_by_name: Mapped[str] = mapped_column(String(120))
    why_sealed: Mapped[str] = mapped_column(Text)
    """JSON: which services, and why."""
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    decided_by_id: Mapped[str | None] = mapped_column(ID)
    decided_by_name: Mapped[str | None] = mapped_column(String(120))
    decision_sealed: Mapped[str | None] = mapped_column(Text)
    """JSON: who coordinates, and why."""


class CoordinationNote(Base):
    """What the child says about who should coordinate, and the answers about coordinator and plan.

    Rows are added, never changed; which kind and everything in it is sealed.
    """

    __tablename__ = "coordination_notes"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    by_id: Mapped[str] = mapped_column(ID)
    by_name: Mapped[str] = mapped_column(String(120))
    content_sealed: Mapped[str] = mapped_column(Text)
