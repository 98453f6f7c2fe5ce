"""The tables of what leaves a case by an employee's hand: hand-over packages, and drafts of a concern report.

Everything that says what a package holds or who got it is sealed; plain is who made it and when, which the pages sort by.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from web.cases.models import ID
from web.db import Base, UTCDateTime


class PackageRow(Base):
    """A hand-over package: the receipt, and the files as they were when they left."""

    __tablename__ = "packages"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), index=True)
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)
    made_by_id: Mapped[str] = mapped_column(ID)
    made_by_name: Mapped[str] = mapped_column(String(120))
    receipt_sealed: Mapped[str] = mapped_column(Text)
    """JSON: service, basis, parts, language, the files' hashes, why the person is not told."""
    json_sealed: Mapped[str | None] = mapped_column(Text)
    """None when who wrote the case has deleted their part: the receipt stays, the copy of the words does not."""
    pdf_sealed: Mapped[str | None] = mapped_column(Text)
    """Base64. Recordings are not copied: they never change, and lie with the case."""
    received_sealed: Mapped[str | None] = mapped_column(Text)
    """JSON: when, by whom, how; None until the service has confirmed."""


class ConcernRow(Base):
    """An employee's own draft of a concern report. Nobody else opens it; it goes nowhere by itself."""

    __tablename__ = "concern_drafts"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), index=True)
    employee_id: Mapped[str] = mapped_column(ID)
    employee_name: Mapped[str] = mapped_column(String(120))
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    content_sealed: Mapped[str] = mapped_column(Text)
    """JSON: the variant and its fields, by the names of the national schema."""
    sent_sealed: Mapped[str | None] = mapped_column(Text)
    """JSON: when the employee says that they sent it, and why the person is not told; None until then."""
