"""The open report of a year: which there are, and that a leader has pressed for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from web.cases.clock import Clock
from web.statistics.models import YearReport
from web.statistics.periods import STAGES


def whole_years(shown: Mapping[str, Any]) -> list[int]:
    """Years of which everything is counted, the newest first. shown: of web.statistics.making.shown."""
    return sorted(
        (int(name) for name, one in shown.items() if len(name) == 4 and set(one["stages"]) >= set(STAGES)),
        reverse=True,
    )


def reports(session: Session, municipality: str) -> list[YearReport]:
    """The open reports of a municipality, the newest first."""
    found = select(YearReport).where(YearReport.municipality == municipality)
    return list(session.scalars(found.order_by(YearReport.year.desc())))


def publish(session: Session, clock: Clock, municipality: str, year: int, by_name: str) -> None:
    """Make a report open; commits. Open already: nothing changes."""
    if session.get(YearReport, (municipality, year)) is not None:
        return
    session.add(
        YearReport(municipality=municipality, year=year, published_at=clock.now(), published_by=by_name[:120])
    )
    try:
        session.commit()
    except IntegrityError:
        session.rollback()  # somebody pressed in the same moment


def withdraw(session: Session, municipality: str, year: int) -> None:
    """Take a report back; commits."""
    session.execute(
        delete(YearReport).where(YearReport.municipality == municipality, YearReport.year == year)
    )
    session.commit()
