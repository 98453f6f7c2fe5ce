"""The tables of sharing and of broken glass. Which columns are plain and which are sealed: see web.cases.models."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from web.cases.models import ID
from web.db import Base, UTCDateTime


class Share(Base):
    """A service that was brought in: see web.cases.sharing. The service itself is sealed, and found by its mark."""

    __tablename__ = "shares"
    __table_args__ = (
        Index(None, "mark", "ended_at"),
        Index(None, "municipality", "shared_at"),
        Index(None, "municipality", "withheld", "look_again_on"),
        # Who has not answered: found without going through those who have.
        Index(None, "municipality", "outcome", "ended_at", "shared_at", "case_id"),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), index=True)
    municipality: Mapped[str] = mapped_column(String(80))
    mark: Mapped[str] = mapped_column(String(32))
    """Of municipality, month of sharing and service: web.cases.marks.share_mark."""
    service_sealed: Mapped[str] = mapped_column(Text)
    parts_sealed: Mapped[str] = mapped_column(Text)
    childs: Mapped[bool] = mapped_column(default=False, server_default=false())
    """What the child has told for itself: nothing of this row is ever shown to who wrote the case."""
    basis: Mapped[str] = mapped_column(String(10))
    basis_sealed: Mapped[str | None] = mapped_column(Text)
    """JSON: paragraph, reason, whether the child was asked and what it said."""
    withheld: Mapped[bool] = mapped_column(default=False, server_default=false())
    withheld_sealed: Mapped[str | None] = mapped_column(Text)
    """JSON: why the person is not told yet, and who decided."""
    look_again_on: Mapped[date | None] = mapped_column(Date)
    shared_by_id: Mapped[str] = mapped_column(ID)
    shared_by_name: Mapped[str] = mapped_column(String(120))
    shared_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ended_by: Mapped[str | None] = mapped_column(String(10))
    opened_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When somebody in the service first opened it."""
    outcome: Mapped[str | None] = mapped_column(String(20))
    outcome_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    outcome_by: Mapped[str | None] = mapped_column(String(120))
    outcome_sealed: Mapped[str | None] = mapped_column(Text)
    """What the service itself has answered. What an employee has heard from it stands apart, in the next four."""
    noted: Mapped[str | None] = mapped_column(String(20))
    noted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    noted_by: Mapped[str | None] = mapped_column(String(120))
    noted_sealed: Mapped[str | None] = mapped_column(Text)

    @property
    def noted_last(self) -> bool:
        """Whether the newest word about the service is an employee's note and not its own answer."""
        return self.noted_at is not None and (self.outcome_at is None or self.noted_at > self.outcome_at)

    @property
    def known(self) -> str | None:
        """How it stands with the service, by the newest word."""
        return self.noted if self.noted_last else self.outcome

    @property
    def known_at(self) -> datetime | None:
        """When that word came."""
        return self.noted_at if self.noted_last else self.outcome_at


class BrokenGlass(Base):
    """An employee opened a case that they were not meant to see, for a while: see web.cases.glass."""

    __tablename__ = "broken_glass"
    __table_args__ = (Index(None, "municipality", "at"), Index(None, "employee_id", "until"))

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), index=True)
    municipality: Mapped[str] = mapped_column(String(80))
    reference: Mapped[str] = mapped_column(String(8))
    """Of the case, for those who see that it was opened and not what it holds."""
    employee_id: Mapped[str] = mapped_column(ID)
    employee_name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(10))
    """danger or other."""
    reason_sealed: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    until: Mapped[datetime] = mapped_column(UTCDateTime)
    withheld: Mapped[bool] = mapped_column(default=False, server_default=false())
    withheld_sealed: Mapped[str | None] = mapped_column(Text)
    seen_by: Mapped[str | None] = mapped_column(String(120))
    """The leader who has looked at it."""
    seen_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
