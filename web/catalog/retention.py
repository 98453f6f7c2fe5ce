"""How long what is kept, and why: services_catalog/retention.yml with what a municipality has decided otherwise, typed.

Reading and checking is web.catalog.reading's; who deletes is web.cases.retention.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

from web.catalog.model import Legal, Text

#: The entries that the night run goes by.
CASE_RULES: Final = ("case_open", "case_inquiry", "case_followed", "case_archived")


@dataclass(frozen=True, slots=True)
class Ground:
    """A legal ground for answering «no» to a wish to delete."""

    id: str
    text: Text
    law: str
    paragraph: str | None
    source: str
    verified: bool
    checked_on: date


@dataclass(frozen=True, slots=True)
class RetentionEntry:
    """One kind of what is kept."""

    id: str
    name: Text
    about: Text
    people: tuple[str, ...]
    tables: tuple[str, ...]
    keep: timedelta | None
    """None: no time of its own; `how` and `counted_from` say what ends it."""
    counted_from: Text
    how: Text
    decided_by: str
    legal: tuple[Legal, ...]
    source: str
    verified: bool
    checked_on: date
    local: bool = False
    """Whether the municipality has decided it."""


@dataclass(frozen=True, slots=True)
class Shielding:
    """What a package for the archive says about who may see it."""

    restriction: str
    law: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Retention:
    """The whole table of one municipality."""

    warn_days: int
    longest_hold_days: int
    keep_on_wish_days: int
    answer_request_within_days: int
    archive_bound_when: frozenset[str]
    backup_days: int | None
    shielding: Shielding
    decision: str | None
    """Where the municipality's own decision can be found; None: it has made none."""
    grounds: Mapping[str, Ground]
    entries: Mapping[str, RetentionEntry]

    def days(self, entry: str) -> int | None:
        """After how many days what this entry is about goes; None: not by time."""
        keep = self.entries[entry].keep
        return keep.days if keep is not None else None


def _entry(data: Mapping[str, Any]) -> RetentionEntry:
    return RetentionEntry(
        id=data["id"],
        name=data["name"],
        about=data["about"],
        people=tuple(data["people"]),
        tables=tuple(data["tables"]),
        keep=timedelta(**data["keep"]) if data["keep"] else None,
        counted_from=data["counted_from"],
        how=data["how"],
        decided_by=data["decided_by"],
        legal=tuple(Legal(one["law"], one["paragraph"], one["verified"]) for one in data["legal"]),
        source=data["source"],
        verified=data["verified"],
        checked_on=date.fromisoformat(data["checked_on"]),
    )


def typed(data: Mapping[str, Any], own: Mapping[str, Any]) -> Retention:
    """The table, with the municipality's own decisions laid over it. Both have been checked by their schemas."""
    settings = {**data["settings"], **own.get("settings", {})}
    entries = {entry["id"]: _entry(entry) for entry in data["entries"]}
    for entry_id, decided in own.get("entries", {}).items():
        if entry_id in entries:
            days = decided["days"]
            entries[entry_id] = replace(
                entries[entry_id],
                keep=timedelta(days=days) if days is not None else None,
                source=decided["source"],
                verified=decided["verified"],
                checked_on=date.fromisoformat(decided["checked_on"]),
                local=True,
            )
    return Retention(
        **{
            name: value for name, value in settings.items() if name not in ("archive_bound_when", "shielding")
        },
        archive_bound_when=frozenset(settings["archive_bound_when"]),
        shielding=Shielding(
            **{name: settings["shielding"][name] for name in ("restriction", "law", "verified")}
        ),
        decision=own.get("decision"),
        grounds={
            one["id"]: Ground(**{**one, "checked_on": date.fromisoformat(one["checked_on"])})
            for one in data["grounds"]
        },
        entries=entries,
    )


def contradictions(data: Mapping[str, Any], own: Mapping[str, Any]) -> list[str]:
    """What no schema can see, each as «field: what is wrong»."""
    found = []
    known: dict[str, Mapping[str, Any]] = {}
    for number, entry in enumerate(data["entries"]):
        if entry["id"] in known:
            found.append(f"entries[{number}].id: {entry['id']} stands twice")
        known[entry["id"]] = entry
    for needed in CASE_RULES:
        if needed not in known:
            found.append(f"entries: {needed} is missing")
    for needed in ("case_open", "case_followed"):
        if known.get(needed, {}).get("keep"):
            found.append(f"entries: {needed} is never deleted by time")
    inquiry = known.get("case_inquiry", {}).get("keep") or {}
    if "case_inquiry" in known and "days" not in inquiry:
        found.append("entries: case_inquiry needs days")
    for entry_id, decided in own.get("entries", {}).items():
        if entry_id not in known:
            found.append(f"entries.{entry_id}: there is no such entry")
        elif known[entry_id]["decided_by"] != "municipality":
            found.append(f"entries.{entry_id}: is not the municipality's to decide")
        elif entry_id == "case_followed" and decided["days"] is not None:
            found.append("entries.case_followed: is never deleted by time")
        elif entry_id == "case_inquiry" and decided["days"] is None:
            found.append("entries.case_inquiry: needs days")
    settings = {**data["settings"], **own.get("settings", {})}
    days = own.get("entries", {}).get("case_inquiry", inquiry).get("days")
    if days is not None and days < settings["warn_days"]:
        found.append("settings.warn_days: longer than an inquiry is kept")
    return found
