"""What stays of a case that is deleted: nothing but that there was one, until its month is counted."""

from __future__ import annotations

from uuid import uuid4

from sqlalchemy.orm import Session

from web.cases.models import Case
from web.statistics.models import DeletedEarly, KeptCounts
from web.statistics.periods import month_of


def note_deleted(session: Session, case: Case) -> None:
    """A case is about to be deleted: if its month is not counted yet, that much is remembered. In the caller's transaction."""
    month = month_of(case.created_at).name
    if session.get(KeptCounts, (case.municipality, month, "arrivals")) is None:
        session.add(DeletedEarly(id=str(uuid4()), municipality=case.municipality, month=month))
