"""The tables of learning: which statements a person has looked at, and the texts that a person has approved.

The two are not linked. A review goes with its case; an approved text has no case, no statement, and only a day.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import Date, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from web.cases.models import ID
from web.db import Base


class TrainingReview(Base):
    """That somebody has decided about a statement: it is not shown for review again. What was decided is not kept."""

    __tablename__ = "training_reviews"

    statement_id: Mapped[str] = mapped_column(
        ForeignKey("statements.id", ondelete="CASCADE"), primary_key=True
    )


class TrainingExample(Base):
    """A text without names and details, approved by a person: new text, of nobody's case."""

    __tablename__ = "training_examples"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    municipality: Mapped[str] = mapped_column(String(80), index=True)
    approved_on: Mapped[date] = mapped_column(Date)
    approved_by: Mapped[str] = mapped_column(String(120))
    content_sealed: Mapped[str] = mapped_column(Text)
    """JSON, sealed with a key of the ring's own: text, language, needs, danger, dialect, who."""
