"""Corrections of the catalog by employees: each change kept with who, when, before and after, and every one can be undone.

The files stay the source; what stands here is put on top (:mod:`web.catalog.changes`), at once and in every process.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from threading import Lock
from typing import Any

from sqlalchemy import String, Text, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, Session, mapped_column

from web.cases.deadlines import local_date
from web.catalog import Catalog
from web.catalog.changes import CONFIRM, Change, checked_value, corrected, current
from web.catalog.freshness import KINDS, facts
from web.db import Base, UTCDateTime, db

log = logging.getLogger(__name__)


class CatalogChange(Base):
    """One correction. Nothing here is about a citizen."""

    __tablename__ = "catalog_changes"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    municipality: Mapped[str] = mapped_column(String(80), index=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    employee_id: Mapped[str] = mapped_column(String(36))
    employee_name: Mapped[str] = mapped_column(String(120))
    target: Mapped[str] = mapped_column(String(120))
    field: Mapped[str] = mapped_column(String(20))
    before: Mapped[str] = mapped_column(Text)
    after: Mapped[str] = mapped_column(Text)
    undone_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    undone_by: Mapped[str | None] = mapped_column(String(120))
    revision: Mapped[int] = mapped_column(default=0)
    """Grows over all rows with every change and every undoing: tells other processes that something is new."""

    def change(self) -> Change:
        """For the catalog."""
        return Change(self.target, self.field, json.loads(self.after), local_date(self.at))


@dataclass(frozen=True)
class Line:
    """A change for the list of what was done."""

    id: int
    at: datetime
    employee_name: str
    target: str
    field: str
    before: Any
    after: Any
    undone_at: datetime | None
    undone_by: str | None


class AlreadyUndone(Exception):
    """Somebody else undid it first, or there is no such change here."""


class ChangedMeanwhile(Exception):
    """What the employee saw is not what stands now; nothing was saved."""


def _revision(session: Session, municipality: str) -> int:
    return (
        session.scalar(
            select(func.max(CatalogChange.revision)).where(CatalogChange.municipality == municipality)
        )
        or 0
    )


def _next_revision(session: Session) -> int:
    return (session.scalar(select(func.max(CatalogChange.revision))) or 0) + 1


def _standing(session: Session, municipality: str) -> list[CatalogChange]:
    return list(
        session.scalars(
            select(CatalogChange)
            .where(CatalogChange.municipality == municipality, CatalogChange.undone_at.is_(None))
            .order_by(CatalogChange.id)
        )
    )


def save(
    session: Session,
    catalog: Catalog,
    target: str,
    values: dict[str, Any],
    seen: dict[str, Any],
    *,
    by: tuple[str, str],
    at: datetime,
) -> int:
    """Keep what differs from the catalog as it stands, and commit; returns how many fields changed.

    Args:
        catalog: with all corrections so far.
        values: field to new value, as in :class:`web.catalog.changes.Change`.
        seen: the values that the employee was shown.
        by: id and name of the employee.

    ChangeRefused for a value that cannot stand; ChangedMeanwhile when a field to be changed is no longer as seen.
    """
    now = current(catalog, target)
    wanted = {field: checked_value(catalog, target, field, value) for field, value in values.items()}
    changed = {field: value for field, value in wanted.items() if value != now[field]}
    if any(seen.get(field) != now[field] for field in changed):
        raise ChangedMeanwhile(target)
    for field, value in changed.items():
        _add(session, catalog, target, field, now[field], value, by, at)
    session.commit()
    return len(changed)


def confirm(
    session: Session,
    catalog: Catalog,
    target: str,
    kinds: Sequence[str],
    *,
    by: tuple[str, str],
    at: datetime,
) -> None:
    """Note that these kinds of facts were checked today, and commit. KeyError for an entry or kind that does not exist."""
    known = {fact.kind: fact.checked_on for fact in facts(catalog) if fact.target == target}
    if not known or not set(kinds) <= set(known) or not set(kinds) <= set(KINDS):
        raise KeyError(target)
    today = local_date(at)
    for kind in kinds:
        before = {"kind": kind, "on": known[kind].isoformat()}
        _add(session, catalog, target, CONFIRM, before, {"kind": kind, "on": today.isoformat()}, by, at)
    session.commit()


def _add(
    session: Session,
    catalog: Catalog,
    target: str,
    field: str,
    before: Any,
    after: Any,
    by: tuple[str, str],
    at: datetime,
) -> None:
    session.add(
        CatalogChange(
            municipality=catalog.municipality.id,
            at=at,
            employee_id=by[0],
            employee_name=by[1],
            target=target,
            field=field,
            before=json.dumps(before, ensure_ascii=False),
            after=json.dumps(after, ensure_ascii=False),
            revision=_next_revision(session),
        )
    )
    session.flush()


def undo(session: Session, municipality: str, change_id: int, *, by: tuple[str, str], at: datetime) -> str:
    """Take one change back, and commit; returns its target. AlreadyUndone when it stands no more."""
    row = session.get(CatalogChange, change_id)
    if row is None or row.municipality != municipality or row.undone_at is not None:
        raise AlreadyUndone(change_id)
    row.undone_at, row.undone_by, row.revision = at, by[1], _next_revision(session)
    session.commit()
    return row.target


def history(session: Session, municipality: str, target: str | None = None, limit: int = 50) -> list[Line]:
    """What was changed, newest first."""
    query = select(CatalogChange).where(CatalogChange.municipality == municipality)
    if target is not None:
        query = query.where(CatalogChange.target == target)
    return [
        Line(
            row.id,
            row.at,
            row.employee_name,
            row.target,
            row.field,
            json.loads(row.before),
            json.loads(row.after),
            row.undone_at,
            row.undone_by,
        )
        for row in session.scalars(query.order_by(CatalogChange.id.desc()).limit(limit))
    ]


class Cache:
    """Corrected catalogs of this process, made anew when the revision in the database or the day has changed."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._made: dict[str, tuple[int, date, Catalog]] = {}

    def get(self, catalog: Catalog, now: datetime) -> Catalog:
        """The catalog with its corrections. Without a database, as it was last: the numbers must stand."""
        name, today = catalog.municipality.id, local_date(now)
        made = self._made.get(name)
        try:
            revision = _revision(db(), name)
            if made is not None and made[:2] == (revision, today):
                return made[2]
            changes = [row.change() for row in _standing(db(), name)]
        except SQLAlchemyError as error:
            log.error("corrections of the catalog could not be read: %s", type(error).__name__)
            return made[2] if made is not None else catalog
        fresh = corrected(catalog, changes, today)
        with self._lock:
            self._made[name] = (revision, today, fresh)
        return fresh
