"""Who has opened which case, for whoever watches over it: names, times and why, and nothing of what was told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, cast

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from web.cases.deadlines import OSLO
from web.cases.models import Case, LogEntry
from web.cases.types import Action

#: What counts as an opening, and bringing a service in.
OPENINGS: Final[tuple[Action, ...]] = (
    "read",
    "looked",
    "listened",
    "share_made",
    "share_opened",
    "share_listened",
    "glass_broken",
)
#: At most this many lines in one file.
MOST: Final = 50_000


@dataclass(frozen=True)
class Asked:
    """Which openings; empty is every one."""

    employee: str = ""
    """A part of the name."""
    reference: str = ""
    actions: tuple[Action, ...] = ()
    first: date | None = None
    last: date | None = None
    """Norwegian days, both included."""


@dataclass(frozen=True)
class Opening:
    """One line."""

    id: str
    at: datetime
    name: str
    reference: str | None
    """None when the case has been deleted."""
    action: Action


def openings(
    session: Session,
    municipality: str,
    asked: Asked,
    *,
    after: tuple[datetime, str] | None = None,
    most: int = 100,
) -> tuple[Opening, ...]:
    """The newest first; after: the last line of the page before. The session must see every case of the municipality."""
    wanted = _wanted(municipality, asked)
    if after is not None:
        at, line = after
        wanted = wanted.where(or_(LogEntry.at < at, and_(LogEntry.at == at, LogEntry.id < line)))
    wanted = wanted.order_by(LogEntry.at.desc(), LogEntry.id.desc()).limit(most)
    return tuple(_lines(session.execute(wanted)))


def _wanted(municipality: str, asked: Asked) -> Select[str, datetime, str | None, str, str]:
    wanted = (
        select(LogEntry.id, LogEntry.at, LogEntry.actor_name, Case.reference, LogEntry.action)
        .outerjoin(Case, Case.id == LogEntry.case_id)
        .where(
            LogEntry.municipality == municipality,
            LogEntry.actor_kind == "employee",
            LogEntry.action.in_(asked.actions or OPENINGS),
        )
    )
    if asked.employee:
        wanted = wanted.where(LogEntry.actor_name.icontains(asked.employee, autoescape=True))
    if asked.reference:
        wanted = wanted.where(Case.reference == asked.reference)
    if asked.first:
        wanted = wanted.where(LogEntry.at >= _begins(asked.first))
    if asked.last:
        wanted = wanted.where(LogEntry.at < _begins(asked.last + timedelta(days=1)))
    return wanted


def _begins(day: date) -> datetime:
    return datetime.combine(day, time(), OSLO)


def _lines(rows: Iterable[tuple[str, datetime, str | None, str | None, str]]) -> Iterator[Opening]:
    for line, at, name, reference, action in rows:
        yield Opening(line, at, name or "", reference, cast(Action, action))
