"""How old the facts of a catalog are: each kind of fact has a limit, after which somebody must look again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from web.catalog.model import Catalog, Helpline, Service, Text

KINDS = ("numbers", "hours", "law", "place", "text")
"""Kinds of facts; «text» is everything else in an entry."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One kind of fact in one entry: when it was last checked, and by when it must be checked again."""

    target: str
    """``service:<id>``, ``helpline:<id>`` or ``contact_point``."""
    name: Text
    kind: str
    checked_on: date
    due: date
    verified: bool
    local: bool
    """Whether the municipality itself answers for it."""

    def stale(self, today: date) -> bool:
        """Whether the limit has passed."""
        return today > self.due


def facts(catalog: Catalog) -> Iterator[Fact]:
    """All facts of a catalog, entry by entry."""
    for service in catalog.services.values():
        yield from _service_facts(catalog, service)
    for line in catalog.helplines.values():
        yield from _helpline_facts(catalog, line)
    point = catalog.contact_point
    for kind in ("numbers", "hours", "place"):
        checked = point.checked.get(kind, catalog.municipality.checked_on)
        due = checked + timedelta(days=catalog.limits[kind])
        yield Fact("contact_point", point.name, kind, checked, due, catalog.municipality.verified, local=True)


def kinds_of(service: Service) -> tuple[str, ...]:
    """The kinds of facts that an entry has."""
    has = {
        "numbers": bool(service.phones or service.email),
        "hours": service.schedules is not None or service.hours.known,
        "law": bool(service.legal),
        "place": bool(service.locations),
        "text": True,
    }
    return tuple(kind for kind in KINDS if has[kind])


def _service_facts(catalog: Catalog, service: Service) -> Iterator[Fact]:
    target = f"service:{service.id}"
    for kind in kinds_of(service):
        checked = service.checked.get(kind, service.checked_on)
        due = checked + timedelta(days=catalog.limits[kind])
        yield Fact(target, service.name, kind, checked, due, service.verified, service.local)


def _helpline_facts(catalog: Catalog, line: Helpline) -> Iterator[Fact]:
    for kind in ("numbers", "hours"):
        checked = line.checked.get(kind, line.checked_on)
        due = checked + timedelta(days=catalog.limits[kind])
        yield Fact(f"helpline:{line.id}", line.name, kind, checked, due, line.verified, line.local)
