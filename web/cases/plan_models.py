"""The tables of the plan (what each service does, by when, who) and of cases of one person that are linked.

What is done, for what, and why is sealed; plain is what is sorted and counted: state, dates, who has it.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from web.cases.models import ID
from web.db import Base, UTCDateTime


class MeasureRow(Base):
    """A line of the plan: what one service does, by when, who has it."""

    __tablename__ = "measures"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    state: Mapped[str] = mapped_column(String(10))
    due_on: Mapped[date] = mapped_column(Date)
    responsible_id: Mapped[str | None] = mapped_column(ID)
    """The employee's id; None when the name was written by hand."""
    responsible_name: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    content_sealed: Mapped[str] = mapped_column(Text)
    """JSON: what, which service, for which need, from when, how many meetings a week, the person's own words for the goal."""
    withheld_sealed: Mapped[str | None] = mapped_column(Text)
    """Why the person is not shown this line; None when they are."""

    events: Mapped[list[MeasureEventRow]] = relationship(
        cascade="all, delete-orphan", order_by="MeasureEventRow.position"
    )


class MeasureEventRow(Base):
    """What was changed in a line of the plan. Rows are added, never changed."""

    __tablename__ = "measure_events"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    measure_id: Mapped[str] = mapped_column(ForeignKey("measures.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    by_name: Mapped[str] = mapped_column(String(120))
    content_sealed: Mapped[str] = mapped_column(Text)
    """JSON: what was changed, from and to, and why."""


class OverlapAgreementRow(Base):
    """That measures which run at the same time are coordinated: which ones is sealed."""

    __tablename__ = "overlap_agreements"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    by_name: Mapped[str] = mapped_column(String(120))
    content_sealed: Mapped[str] = mapped_column(Text)


class CaseLinkRow(Base):
    """One side of a link between two cases: what this case's readers know of the other. Each side has a row of its own."""

    __tablename__ = "case_links"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    pair: Mapped[str] = mapped_column(ID, index=True)
    """The same for the two sides."""
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), index=True)
    other_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), index=True)
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)
    made_by: Mapped[str] = mapped_column(String(120))
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    content_sealed: Mapped[str] = mapped_column(Text)
    """JSON: why, whether this case's person is shown it, and whether this case's words may be read from the other one."""


class ShareReminder(Base):
    """That a service which has not answered was reminded: once for each number, whatever number of processes run."""

    __tablename__ = "share_reminders"
    __table_args__ = (UniqueConstraint("share_id", "number"),)

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    share_id: Mapped[str] = mapped_column(ForeignKey("shares.id", ondelete="CASCADE"))
    number: Mapped[int]
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)


class ReminderEmail(Base):
    """How a reminder went to one of those who were to have it by email: one who cannot be reached stops no other."""

    __tablename__ = "reminder_emails"
    __table_args__ = (UniqueConstraint("reminder_id", "employee_id"),)

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    reminder_id: Mapped[str] = mapped_column(ForeignKey("share_reminders.id", ondelete="CASCADE"))
    employee_id: Mapped[str] = mapped_column(ID)
    outcome: Mapped[str] = mapped_column(String(10), index=True)
    """waiting; sending (and no more, when the process ended meanwhile: never sent twice); sent, refused, unclear."""
    at: Mapped[datetime] = mapped_column(UTCDateTime)
