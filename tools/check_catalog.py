"""Whether the catalog holds: `make check-catalog` reads every municipality and says what is wrong, missing or stale.

Ends with 1 when a file cannot be used or contradicts another; what is missing or stale is said, and ends with 0 unless
`--strict` is given: then it ends with 1 too.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

from tools.setup import ROOT
from web.catalog import WRITERS, Catalog, CatalogError, Service, load, municipalities
from web.catalog.freshness import facts
from web.matching import OSLO, Query, match

_AGES = {"child": (9,), "youth": (14, 17, 22), "parent": (1, 4, 10, 16), "other": (10, 16)}
_STEPS = {"drop_in", "phone", "chat", "online"}


def contradictions(catalog: Catalog) -> Iterator[str]:
    """What cannot be true at once."""
    for service in catalog.services.values():
        place = f"service {service.id}"
        ways = set(service.access.ways)
        if service.access.direct and not ways & _STEPS:
            yield f"{place}: one just gets in touch (direct), but only by {', '.join(sorted(ways))}"
        if not service.access.direct and ways <= _STEPS:
            yield f"{place}: neither direct nor by application or referral"
        alone = service.self_contact_minimum_age
        if alone is not None and service.maximum_age is not None and alone > service.maximum_age:
            yield f"{place}: from {alone} without parents, but for nobody older than {service.maximum_age}"
        if "parent" not in service.audience and service.for_citizens and alone is None:
            yield f"{place}: not for parents, and young people never come alone"
        if service.hours.known and service.schedules is None:
            yield f"{place}: hours that the clock knows, but none that people can read (schedules)"
        if service.verified and "general knowledge" in service.source:
            yield f"{place}: verified, but the source is general knowledge"


def missing(catalog: Catalog) -> Iterator[str]:
    """What people would need and the entry does not have."""
    for service in catalog.services.values():
        if _is_local_door(service) and not (
            service.phones or service.email or service.url or service.locations
        ):
            yield f"service {service.id}: no phone, address or web page here (municipalities/{catalog.municipality.id}/services)"
    for need in catalog.needs.values():
        for writer in WRITERS:
            for age in _AGES[writer]:
                found = match(catalog, Query(needs=((need.id, 0.9),), writer=writer, age=age))
                if not any(suggestion.service.access.direct for suggestion in found.services):
                    yield f"need {need.id}: no door that a {writer} (age {age}) can go through without referral"


def undecided(catalog: Catalog) -> Iterator[str]:
    """What only the municipality can decide about keeping and deleting, and has not."""
    kept, place = catalog.retention, f"municipalities/{catalog.municipality.id}/retention.yml"
    if catalog.municipality.fictional:
        return
    if kept.decision is None:
        yield f"retention: the municipality has not decided how long what is kept ({place}, decision)"
    if kept.backup_days is None:
        yield f"retention: nobody has said how long backups are kept ({place}, backup_days)"
    if kept.days("case_archived") is None:
        yield f"retention: nobody has said how long cases stay when the archive has them ({place}, case_archived)"
    yield from (
        f"retention: {entry.id}: {law.law} is not checked"
        for entry in kept.entries.values()
        for law in entry.legal
        if not law.verified and not entry.verified
    )


def _is_local_door(service: Service) -> bool:
    return service.for_citizens and service.level == "municipality" and service.access.direct


def stale(catalog: Catalog, today: date) -> list[str]:
    """Facts that must be checked again, those that waited longest first."""
    late = sorted((fact for fact in facts(catalog) if fact.stale(today)), key=lambda fact: fact.due)
    return [
        f"{fact.target}: {fact.kind} checked {fact.checked_on}, had to be checked by {fact.due}"
        for fact in late
    ]


def report(directory: Path, name: str, today: date) -> tuple[list[str], list[str]]:
    """Prints what there is in one municipality; returns what is wrong, and what is missing or stale."""
    catalog = load(directory, name)
    services = list(catalog.services.values())
    print(
        f"\n{name}: {len(services)} services, {len(catalog.helplines)} helplines, {len(catalog.replacements)} not here"
    )
    for title, key in (("level", "level"), ("sector", "sector")):
        counts = Counter(getattr(service, key) for service in services)
        print(f"  by {title}: " + ", ".join(f"{value} {count}" for value, count in counts.most_common()))
    everything = list(facts(catalog))
    verified = sum(fact.verified for fact in everything)
    soon = sum(today <= fact.due <= today + timedelta(days=30) for fact in everything)
    print(
        f"  {verified} of {len(everything)} facts verified with their owner; {soon} to be checked within 30 days"
    )
    wrong = [f"{name}: {line}" for line in contradictions(catalog)]
    notes = [f"{name}: {line}" for line in (*missing(catalog), *undecided(catalog), *stale(catalog, today))]
    return wrong, notes


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("names", nargs="*", help="municipalities; all without it")
    parser.add_argument("--strict", action="store_true", help="what is missing or stale counts as wrong")
    parser.add_argument("--directory", type=Path, default=ROOT / "services_catalog")
    chosen = parser.parse_args(arguments)
    wrong: list[str] = []
    notes: list[str] = []
    for name in chosen.names or municipalities(chosen.directory):
        try:
            more_wrong, more_notes = report(chosen.directory, name, datetime.now(OSLO).date())
        except CatalogError as error:
            more_wrong, more_notes = list(error.problems), []
        wrong += more_wrong
        notes += more_notes
    for title, lines in (("Wrong", wrong), ("Missing or stale", notes)):
        if lines:
            print(f"\n{title}:")
            print("\n".join(f"  {line}" for line in lines))
    if not wrong and not notes:
        print("\nNothing is wrong, missing or stale.")
    return 1 if wrong or (chosen.strict and notes) else 0


if __name__ == "__main__":
    sys.exit(main())
