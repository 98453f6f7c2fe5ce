"""What employees have corrected, put on top of the files. Pure: a catalog and changes in, a new catalog out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from web.catalog.freshness import kinds_of
from web.catalog.model import (
    LANGUAGES,
    Catalog,
    ContactPoint,
    Helpline,
    Hours,
    Location,
    Phone,
    Service,
    Text,
)

CONFIRM: Final = "checked"
"""The field of a change that only says that a kind of fact was checked: ``{"kind": "numbers", "on": "2026-11-22"}``."""
SERVICE_FIELDS: Final = ("phone", "email", "url", "address", "schedules", "wait_time", "alert")
POINT_FIELDS: Final = ("phone", "email", "address", "schedules", "alert")
HELPLINE_FIELDS: Final = ("phone", "schedules")
KIND_OF_FIELD: Final = {
    "phone": "numbers",
    "email": "numbers",
    "url": "numbers",
    "address": "place",
    "schedules": "hours",
    "wait_time": "text",
    "alert": "text",
}
_TEXTS: Final = ("schedules", "wait_time", "alert")
_NUMBER: Final = re.compile(r"\+?[0-9][0-9 ]{1,18}[0-9]")
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[a-zæøå]{2,}", re.IGNORECASE)


class ChangeRefused(ValueError):
    """The value cannot stand in this field; ``reason`` is one of number, email, url, both_languages, emergency, field, long."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Change:
    """One correction: ``target`` as in :class:`web.catalog.freshness.Fact`, ``value`` None empties the field.

    Values: phone «12 34 56 78»; address {"address_1", "postal_code", "city"}; schedules, wait_time and alert texts in
    both languages, an alert may have "until" (the last day on which it is shown); checked {"kind", "on"}.
    """

    target: str
    field: str
    value: Any
    on: date


def fields_of(catalog: Catalog, target: str) -> tuple[str, ...]:
    """What can be corrected in an entry; nothing in an emergency number. KeyError when there is no such entry."""
    kind, _, name = target.partition(":")
    if kind == "contact_point":
        return POINT_FIELDS
    if kind == "service":
        return SERVICE_FIELDS if catalog.services[name].for_citizens else ()
    if kind == "helpline":
        return () if catalog.helplines[name].emergency else HELPLINE_FIELDS
    raise KeyError(target)


def current(catalog: Catalog, target: str) -> dict[str, Any]:
    """The values as they stand, in the form that changes have. KeyError when there is no such entry."""
    kind, _, name = target.partition(":")
    if kind == "contact_point":
        point = catalog.contact_point
        return {
            "phone": point.number,
            "email": point.email,
            "address": _address(point.location),
            "schedules": _text(point.hours_text),
            "alert": _text(point.alert),
        }
    if kind == "service":
        service = catalog.services[name]
        return {
            "phone": service.phones[0].number if service.phones else None,
            "email": service.email,
            "url": service.url,
            "address": _address(service.locations[0]) if service.locations else None,
            "schedules": _text(service.schedules),
            "wait_time": _text(service.wait_time),
            "alert": _text(service.alert),
        }
    if kind == "helpline":
        line = catalog.helplines[name]
        return {"phone": line.number, "schedules": _text(line.hours_text)}
    raise KeyError(target)


def checked_value(catalog: Catalog, target: str, field: str, value: Any) -> Any:
    """The value as it is kept: None when empty. ChangeRefused when it cannot stand there."""
    if field not in fields_of(catalog, target):
        raise ChangeRefused(field, "emergency" if target.startswith("helpline:") else "field")
    if field in _TEXTS:
        return _checked_text(target, field, value)
    if field == "address":
        found = {part: str(text).strip() for part, text in (value or {}).items() if str(text or "").strip()}
        if any(len(text) > 200 for text in found.values()):
            raise ChangeRefused(field, "long")
        if found and "address_1" not in found:
            raise ChangeRefused(field, "field")
        return found or None
    text = " ".join(str(value or "").split())
    if len(text) > 200:
        raise ChangeRefused(field, "long")
    if not text:
        if field == "phone" and not target.startswith("service:"):
            raise ChangeRefused(field, "number")  # the door and the lines always have a number
        return None
    if field == "phone" and not _NUMBER.fullmatch(text):
        raise ChangeRefused(field, "number")
    if field == "email" and not _EMAIL.fullmatch(text):
        raise ChangeRefused(field, "email")
    if field == "url" and not re.fullmatch(r"https://[^\s/]+\.[^\s]+", text):
        raise ChangeRefused(field, "url")
    return text


def _checked_text(target: str, field: str, value: Any) -> Any:
    found = {language: " ".join(str((value or {}).get(language) or "").split()) for language in LANGUAGES}
    if any(len(text) > 400 for text in found.values()):
        raise ChangeRefused(field, "long")
    if not any(found.values()):
        if field == "schedules" and not target.startswith("service:"):
            raise ChangeRefused(field, "both_languages")
        return None
    if not all(found.values()):
        raise ChangeRefused(field, "both_languages")
    until = (value or {}).get("until")
    return {**found, "until": until} if until else found


def corrected(catalog: Catalog, changes: Sequence[Change], today: date) -> Catalog:
    """The catalog with these changes, oldest first. What a change names that is no longer there is passed over."""
    services, lines, point = dict(catalog.services), dict(catalog.helplines), catalog.contact_point
    seen: dict[str, set[str]] = {}
    for change in changes:
        kind, _, name = change.target.partition(":")
        looked_at = change.value["kind"] if change.field == CONFIRM else KIND_OF_FIELD.get(change.field, "")
        seen.setdefault(change.target, set()).add(looked_at)
        if kind == "contact_point":
            point = _change_point(point, change, today)
        elif kind == "service" and name in services:
            services[name] = _change_service(services[name], change, today)
        elif kind == "helpline" and name in lines and (not lines[name].emergency or change.field == CONFIRM):
            lines[name] = _change_helpline(lines[name], change)
    services = {i: _verified(service, seen.get(f"service:{i}", set())) for i, service in services.items()}
    by_need = {need: tuple(services[s.id] for s in those) for need, those in catalog.by_need.items()}
    return replace(catalog, services=services, helplines=lines, contact_point=point, by_need=by_need)


def _verified(service: Service, seen: set[str]) -> Service:
    """Whoever has looked at every kind of fact in an entry answers for it."""
    if not seen or service.verified or not seen.issuperset(kinds_of(service)):
        return service
    return replace(
        service, verified=True, checked_on=min(service.checked[kind] for kind in kinds_of(service))
    )


def _checked(before: Mapping[str, date], change: Change) -> dict[str, date]:
    """When the kinds of facts were checked, after a change: who corrects a number has looked at it."""
    if change.field == CONFIRM:
        return {**before, change.value["kind"]: date.fromisoformat(change.value["on"])}
    return {**before, KIND_OF_FIELD[change.field]: change.on}


def _shown(value: Any, today: date) -> Text | None:
    if value is None or (value.get("until") and date.fromisoformat(value["until"]) < today):
        return None
    return {language: value[language] for language in LANGUAGES}


def _tel(number: str) -> str:
    return re.sub(r"[^0-9+]", "", number)


def _location(value: Mapping[str, str]) -> Location:
    return Location(value["address_1"], value.get("postal_code"), value.get("city"))


def _change_service(service: Service, change: Change, today: date) -> Service:
    value = change.value
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        CONFIRM: dict,
        "phone": lambda: {"phones": ((Phone(value, _tel(value)),) if value else ()) + service.phones[1:]},
        "email": lambda: {"email": value},
        "url": lambda: {"url": value},
        "address": lambda: {"locations": ((_location(value),) if value else ()) + service.locations[1:]},
        # The clock cannot read the new words: nothing is said about open or closed until the file says it again.
        "schedules": lambda: {"schedules": _shown(value, today), "hours": Hours()},
        "wait_time": lambda: {"wait_time": _shown(value, today)},
        "alert": lambda: {"alert": _shown(value, today)},
    }
    if change.field not in parts:
        return service
    return replace(service, checked=_checked(service.checked, change), local=True, **parts[change.field]())


def _change_point(point: ContactPoint, change: Change, today: date) -> ContactPoint:
    value = change.value
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        CONFIRM: dict,
        "phone": lambda: {"number": value, "tel": _tel(value)},
        "email": lambda: {"email": value},
        "address": lambda: {"location": _location(value)} if value else {},
        "schedules": lambda: {"hours_text": _shown(value, today), "hours": Hours()},
        "alert": lambda: {"alert": _shown(value, today)},
    }
    if change.field not in parts:
        return point
    return replace(point, checked=_checked(point.checked, change), **parts[change.field]())


def _change_helpline(line: Helpline, change: Change) -> Helpline:
    value = change.value
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        CONFIRM: dict,
        "phone": lambda: {"number": value, "tel": _tel(value)},
        "schedules": lambda: {"hours_text": _shown(value, change.on), "hours": Hours(), "chat_hours": None},
    }
    if change.field not in parts:
        return line
    return replace(line, checked=_checked(line.checked, change), **parts[change.field]())


def _address(location: Location) -> dict[str, str]:
    found = {
        "address_1": location.address_1,
        "postal_code": location.postal_code,
        "city": location.city,
    }
    return {part: text for part, text in found.items() if text}


def _text(text: Text | None) -> dict[str, str] | None:
    return dict(text) if text is not None else None
