"""What stands in the files of the catalog, as objects. The files have been checked: nothing here looks for mistakes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from web.catalog.model import (
    LANGUAGES,
    WEEKDAYS,
    Access,
    AgeRule,
    Condition,
    ContactPoint,
    CoordinationRule,
    Helpline,
    Hint,
    Hours,
    Lead,
    Legal,
    LegalBasis,
    LifeEvent,
    Location,
    Need,
    Organization,
    Period,
    Phone,
    Rules,
    Service,
    Training,
    Widening,
)

_NEARNESS: Final = {"municipality": "here", "county": "region", "health_trust": "region"}
_NORWEGIAN: Final = ("no",)


def _standing(data: Mapping[str, Any]) -> dict[str, Any]:
    """Where a fact comes from, and whether and when somebody has checked it."""
    return {
        "source": data["source"],
        "verified": data["verified"],
        "checked_on": date.fromisoformat(data["checked_on"]),
    }


def organizations(
    data: Sequence[Mapping[str, Any]], municipality: Mapping[str, Any]
) -> dict[str, Organization]:
    """The municipality itself first, then the others."""
    own = Organization(
        municipality["id"],
        municipality["name"],
        municipality["contact_point"]["description"],
        "municipality",
        None,
        None,
    )
    others = (
        Organization(
            entry["id"],
            entry["name"],
            entry["description"],
            entry["level"],
            entry.get("url"),
            entry.get("organization_number"),
        )
        for entry in data
    )
    return {organization.id: organization for organization in (own, *others)}


def age_rule(data: Mapping[str, Any]) -> AgeRule:
    """A rule of age."""
    return AgeRule(
        id=data["id"],
        topic=data["topic"],
        ask=data.get("ask"),
        minimum_age=data["minimum_age"],
        maximum_age=data["maximum_age"],
        text=data["text"],
        about_child=data.get("about_child"),
        staff=data["staff"],
        law=data["law"],
        paragraph=data["paragraph"],
        **_standing(data),
    )


def coordination_rule(data: Mapping[str, Any]) -> CoordinationRule:
    """When coordination is to be thought of."""
    return CoordinationRule(
        id=data["id"],
        name=data["name"],
        what=data["what"],
        right=data["right"],
        suggest=tuple(
            Hint(frozenset(hint.get("any_need", ())), hint["least_needs"], hint.get("least_services", 0))
            for hint in data["suggest"]
        ),
        maximum_age=data["maximum_age"],
        law=data["law"],
        paragraph=data["paragraph"],
        **_standing(data),
    )


def legal_basis(data: Mapping[str, Any]) -> LegalBasis:
    """What lets an employee bring a service in."""
    return LegalBasis(
        id=data["id"],
        law=data["law"],
        paragraph=data["paragraph"],
        when=data["when"],
        consent=data.get("consent", False),
        receivers=frozenset(data.get("receivers", ())),
        first_for=frozenset(data.get("first_for", ())),
        name=data["name"],
        staff=data["staff"],
        text=data["text"],
        **_standing(data),
    )


def life_events(data: Sequence[Mapping[str, Any]]) -> dict[str, LifeEvent]:
    """By id."""
    return {
        entry["id"]: LifeEvent(
            entry["id"], entry["name"], entry["description"], entry.get("uri"), tuple(entry["needs"])
        )
        for entry in data
    }


def needs(data: Mapping[str, Mapping[str, Any]]) -> dict[str, Need]:
    """By id, whatever group they stand in."""
    return {
        need_id: Need(
            id=need_id,
            group=group,
            name={language: entry[language] for language in LANGUAGES},
            plain=entry["plain"],
            covers=entry["covers"],
            excludes=entry.get("not"),
        )
        for group, entries in data.items()
        for need_id, entry in entries.items()
    }


def _condition(data: Mapping[str, Any]) -> Condition:
    return Condition(
        needs=tuple(data.get("needs", ())),
        writers=tuple(data.get("writers", ())),
        minimum_age=data.get("minimum_age"),
        maximum_age=data.get("maximum_age"),
        acute=data.get("acute"),
    )


def _location(data: Mapping[str, Any]) -> Location:
    return Location(data["address_1"], data.get("postal_code"), data.get("city"), data.get("name"))


def service(data: Mapping[str, Any], municipality: str, *, local: bool) -> Service:
    """A service; local: the municipality's own, or changed by it."""
    return Service(
        id=data["id"],
        alternate_ids=tuple(data.get("alternate_ids", ())),
        name=data["name"],
        short_name=data["short_name"],
        alternate_names={language: tuple(names) for language, names in data["alternate_names"].items()},
        description=data["description"],
        for_parents=data.get("for_parents"),
        level=data["level"],
        sector=data["sector"],
        organization=data.get("organization", municipality),
        responsible_unit=data.get("responsible_unit"),
        nearness=data.get("nearness", _NEARNESS.get(data["level"], "national")),
        los=tuple(data.get("los", ())),
        life_events=tuple(data.get("life_events", ())),
        audience=tuple(data["audience"]),
        minimum_age=data["minimum_age"],
        maximum_age=data["maximum_age"],
        age_applies_to=data.get("age_applies_to", "young_person"),
        self_contact_minimum_age=data["self_contact_minimum_age"],
        also_for=tuple(
            Widening(tuple(w["needs"]), tuple(w["writers"]), w.get("minimum_age"), w.get("maximum_age"))
            for w in data.get("also_for", ())
        ),
        primary=tuple(data["needs"]["primary"]),
        secondary=tuple(data["needs"]["secondary"]),
        access=Access(
            tuple(data["access"]["ways"]),
            data["access"]["direct"],
            tuple(data["access"].get("referral_from", ())),
        ),
        how=data["how"],
        fees=data["fees"],
        secrecy=data["secrecy"],
        schedules=data.get("schedules"),
        hours=_hours(data.get("hours", {"unknown": True})),
        wait_time=data.get("wait_time"),
        languages=tuple(data.get("languages", _NORWEGIAN)),
        interpretation=data["interpretation"],
        meanwhile=data["meanwhile"],
        urgent=data["urgent"],
        hide_when=tuple(_condition(c) for c in data.get("hide_when", ())),
        legal=tuple(
            Legal(entry["law"], entry.get("paragraph"), entry["verified"]) for entry in data["legal"]
        ),
        phones=tuple(
            Phone(p["number"], p.get("tel") or re.sub(r"[^0-9+]", "", p["number"]), p.get("description"))
            for p in data.get("phones", ())
        ),
        locations=tuple(_location(entry) for entry in data.get("locations", ())),
        url=data.get("url"),
        email=data.get("email"),
        alert=data.get("alert"),
        **_standing(data),
        checked={kind: date.fromisoformat(day) for kind, day in data.get("checked", {}).items()},
        local=local,
    )


def _minutes(clock: str) -> int:
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)


def _hours(data: Any) -> Hours:
    if isinstance(data, dict):
        return Hours(always=bool(data.get("always")))
    periods = []
    for entry in data:
        start, end = _minutes(entry["from"]), _minutes(entry["to"])
        periods.append(
            Period(
                days=tuple(WEEKDAYS.index(day) for day in entry["days"]),
                start=start,
                # «to» at or before «from» is on the next day.
                end=end if end > start else end + 24 * 60,
                closed_on_public_holidays=entry.get("closed_on_public_holidays", False),
            )
        )
    return Hours(periods=tuple(periods))


def helpline(data: Mapping[str, Any], rank: int, *, local: bool) -> Helpline:
    """A helpline in its place of the list; local as for services."""
    return Helpline(
        id=data["id"],
        name=data["name"],
        number=data.get("number"),
        tel=data.get("tel"),
        sms=data.get("sms"),
        chat=data.get("chat"),
        url=data.get("url"),
        what=data["what"],
        hours=_hours(data["hours"]),
        hours_text=data["hours_text"],
        chat_hours=_hours(data["chat_hours"]) if "chat_hours" in data else None,
        minimum_age=data["minimum_age"],
        maximum_age=data["maximum_age"],
        audience=tuple(data["audience"]),
        acute=dict(data["acute"]),
        needs=tuple(data["needs"]),
        emergency=data["emergency"],
        general=data.get("general", False),
        rank=data.get("rank", rank * 10),
        **_standing(data),
        checked={},
        local=local,
    )


def training(data: Mapping[str, Any] | None) -> Training | None:
    """What the municipality has decided about learning from words; None: nothing."""
    return Training(data["decision"], date.fromisoformat(data["decided_on"])) if data else None


def contact_point(data: Mapping[str, Any]) -> ContactPoint:
    """The one door."""
    return ContactPoint(
        id=data["id"],
        name=data["name"],
        description=data["description"],
        number=data["number"],
        tel=data["tel"],
        email=data.get("email"),
        location=_location(data["location"]),
        hours=_hours(data["hours"]),
        hours_text=data["hours_text"],
        promise_working_days=data["promise_working_days"],
        next_steps=data["next_steps"],
    )


def _lead(data: Mapping[str, Any]) -> Lead:
    return Lead(tuple(data["services"]), _condition(data))


def _grouped(entries: Sequence[Mapping[str, Any]], key: str) -> dict[str, tuple[Lead, ...]]:
    grouped: dict[str, tuple[Lead, ...]] = {}
    for entry in entries:
        grouped[entry[key]] = (*grouped.get(entry[key], ()), _lead(entry))
    return grouped


def _ranges(data: Mapping[str, Sequence[int]]) -> dict[str, tuple[int, int]]:
    return {key: (low, high) for key, (low, high) in data.items()}


def rules(data: Mapping[str, Any]) -> Rules:
    """The rules of matching."""
    weights = data["weights"]
    exclusions: dict[str, tuple[Condition, ...]] = {}
    for entry in data["exclusions"]:
        for service_id in entry["services"]:
            exclusions[service_id] = (*exclusions.get(service_id, ()), _condition(entry["when"]))
    return Rules(
        service_limit=data["limits"]["services"],
        fewest=data["limits"]["fewest"],
        helpline_limit=data["limits"]["helplines"],
        minimum_share=data["limits"]["minimum_share"],
        minimum_confidence=data["limits"]["minimum_confidence"],
        primary=weights["need"]["primary"],
        secondary=weights["need"]["secondary"],
        satisfied=weights["satisfied"],
        access=weights["access"],
        level=weights["level"],
        nearness=weights["nearness"],
        urgent_when_acute=weights["urgent_when_acute"],
        lead=tuple(weights["lead"]),
        safety_lead=weights["safety_lead"],
        first_lead=weights["first_lead"],
        danger_lead=weights["danger_lead"],
        safety_needs=frozenset(data["safety_needs"]),
        need_weight=data["need_weight"],
        assumed_ages_by_writer=_ranges(data["assumed_ages"]["writers"]),
        assumed_ages_by_need=_ranges(data["assumed_ages"]["needs"]),
        usable_share=data["usable_share"],
        youngest_writer=data["implied_writer"]["youngest"],
        parent_needs=frozenset(data["implied_writer"]["parent"]),
        never_first=frozenset(data["never_first"]),
        leads=_grouped(data["leads"], "need"),
        always=_grouped(data["always"], "need"),
        acute_leads=_grouped(data["acute_leads"], "kind"),
        unsafe_leads=tuple(_lead(entry) for entry in data["unsafe_leads"]),
        exclusions=exclusions,
        first_doors=tuple(_lead(entry) for entry in data["first_doors"]),
    )
