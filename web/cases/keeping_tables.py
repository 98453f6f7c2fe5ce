"""The tables of keeping and deleting: what is planned, asked for, decided and done. Words are sealed, as in web.cases.models."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from web.cases.models import ID, SEALED_FIELDS
from web.db import Base, UTCDateTime


class PlannedDeletion(Base):
    """A closed case that will be deleted soon, or that somebody has put off. Goes with its case."""

    __tablename__ = "planned_deletions"
    __table_args__ = (Index(None, "municipality", "delete_on"),)

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True)
    municipality: Mapped[str] = mapped_column(String(80))
    reference: Mapped[str] = mapped_column(String(8))
    rule: Mapped[str] = mapped_column(String(40))
    """The entry of retention.yml that it goes by."""
    ended_at: Mapped[datetime] = mapped_column(UTCDateTime)
    """When it was closed, or the last message after that."""
    listed_on: Mapped[date | None] = mapped_column(Date)
    """Since when it has stood in the list «deleted soon»; None: it does not yet."""
    delete_on: Mapped[date | None] = mapped_column(Date)
    held_until: Mapped[date | None] = mapped_column(Date)
    hold_reason_sealed: Mapped[str | None] = mapped_column(Text)
    held_by: Mapped[str | None] = mapped_column(String(120))
    held_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    kept_until: Mapped[date | None] = mapped_column(Date)
    """The person has said «keep it»."""


class DeletionRequest(Base):
    """A wish to delete that is no longer the writer's alone to decide. A new wish is a new row. Goes with its case."""

    __tablename__ = "deletion_requests"
    __table_args__ = (Index(None, "municipality", "state", "answer_by"),)

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), index=True)
    municipality: Mapped[str] = mapped_column(String(80))
    reference: Mapped[str] = mapped_column(String(8))
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    answer_by: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(10))
    """waiting, refused, withdrawn; granted: the case is gone, and this row with it."""
    answered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    answered_by: Mapped[str | None] = mapped_column(String(120))
    ground: Mapped[str | None] = mapped_column(String(40))
    """The legal ground of a «no», as an id of retention.yml."""
    words_sealed: Mapped[str | None] = mapped_column(Text)
    """The «no» in the employee's words to the person."""


class Deletion(Base):
    """The journal of what was deleted: no content, and no foreign key, because it outlives the case.

    Also written to a file outside the database (web.cases.journal): a backup that is restored does not know what was
    deleted after it was made.
    """

    __tablename__ = "deletions"
    __table_args__ = (Index(None, "municipality", "at"),)

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    case_id: Mapped[str] = mapped_column(ID, index=True)
    municipality: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    kind: Mapped[str] = mapped_column(String(15))
    """case: everything; writers_part: all but what the child has told; contact: how the writer could be reached."""
    why: Mapped[str] = mapped_column(String(40))
    """person, asked (a request was made), request (it was granted), or the entry of retention.yml that it went by."""
    by_name: Mapped[str | None] = mapped_column(String(120))
    """The employee who said yes to a request."""
    in_file: Mapped[bool] = mapped_column(default=False, server_default=false(), index=True)


class NightlyRun(Base):
    """One night's run. Who writes the row first does the work; the others find it there."""

    __tablename__ = "nightly_runs"

    on_date: Mapped[date] = mapped_column(Date, primary_key=True)
    """The Norwegian date."""
    begun_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    counts: Mapped[str] = mapped_column(Text)
    """JSON: how many were listed, deleted, failed, in each municipality."""


class ArchiveExport(Base):
    """A package of closed cases for the archive, and the archive's receipt. Outlives the cases."""

    __tablename__ = "archive_exports"
    __table_args__ = (Index(None, "municipality", "made_at"),)

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    municipality: Mapped[str] = mapped_column(String(80))
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)
    made_by: Mapped[str] = mapped_column(String(120))
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When an employee said that the archive has received it; the retention after export counts from here."""
    confirmed_by: Mapped[str | None] = mapped_column(String(120))
    archive_reference: Mapped[str | None] = mapped_column(String(60))
    """The archive's own number of the package."""


class ArchivedCase(Base):
    """A case that is in a package. No foreign key to the case: the receipt outlives it."""

    __tablename__ = "archived_cases"

    export_id: Mapped[str] = mapped_column(
        ForeignKey("archive_exports.id", ondelete="CASCADE"), primary_key=True
    )
    case_id: Mapped[str] = mapped_column(ID, primary_key=True, index=True)
    reference: Mapped[str] = mapped_column(String(8))
    ended_at: Mapped[datetime] = mapped_column(UTCDateTime)
    """As it was when it was exported: what has come since is not in the archive."""
    documents: Mapped[int]


SEALED_FIELDS["planned_deletions"] = ("hold_reason_sealed",)
SEALED_FIELDS["deletion_requests"] = ("words_sealed",)
