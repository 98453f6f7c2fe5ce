"""The tables of the overview. None of them knows a case."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from web.db import Base, UTCDateTime


class KeptCounts(Base):
    """The exact counts of a month, sealed: what longer periods are added up from. Made once, never changed.

    The row with the period «now» is the exception: how many open cases of children are outside their times, every hour.
    """

    __tablename__ = "statistics_kept"

    municipality: Mapped[str] = mapped_column(String(80), primary_key=True)
    period: Mapped[str] = mapped_column(String(7), primary_key=True)
    stage: Mapped[str] = mapped_column(String(10), primary_key=True)
    content_sealed: Mapped[str] = mapped_column(Text)
    kept_at: Mapped[datetime] = mapped_column(UTCDateTime)


class ShownPeriod(Base):
    """The numbers of a period as everybody gets them, small ones hidden: there is nothing in it to protect."""

    __tablename__ = "statistics_shown"

    municipality: Mapped[str] = mapped_column(String(80), primary_key=True)
    period: Mapped[str] = mapped_column(String(7), primary_key=True)
    stage: Mapped[str] = mapped_column(String(10), primary_key=True)
    content: Mapped[str] = mapped_column(Text)
    shown_at: Mapped[datetime] = mapped_column(UTCDateTime)


class DeletedEarly(Base):
    """That a case of this month was deleted before the month was counted. Nothing of the case; gone when it is counted."""

    __tablename__ = "statistics_deleted"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    municipality: Mapped[str] = mapped_column(String(80), index=True)
    month: Mapped[str] = mapped_column(String(7))


class YearReport(Base):
    """That a leader has made the report of a year open to everybody."""

    __tablename__ = "statistics_reports"

    municipality: Mapped[str] = mapped_column(String(80), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    published_at: Mapped[datetime] = mapped_column(UTCDateTime)
    published_by: Mapped[str] = mapped_column(String(120))
