"""The service catalog: which help there is, for whom, and how to reach it.

Everything comes from the YAML files under ``services_catalog/``: the national entries, changed by those of
one municipality. This module reads and checks them; it knows neither Flask nor the database. Which services
fit a person is decided in :mod:`web.matching`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import jsonschema
import yaml

Text = Mapping[str, str]
"""One text in both written languages: ``{"nb": …, "nn": …}``."""

LANGUAGES: Final = ("nb", "nn")
WRITERS: Final = ("child", "youth", "parent", "other")
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_SCHEMA_DIR: Final = Path(__file__).resolve().parent.parent / "services_catalog" / "schema"
_Path = tuple[str | int, ...]


class CatalogError(Exception):
    """The catalog cannot be used. Each problem names file, line and field."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems: tuple[str, ...] = tuple(problems)


@dataclass(frozen=True, slots=True)
class Need:
    """One kind of need, as in needs.yml."""

    id: str
    group: str
    name: Text
    plain: Text
    covers: str
    excludes: str | None = None


@dataclass(frozen=True, slots=True)
class Access:
    """How a service is reached: ``direct``: one just gets in touch, without application or referral."""

    ways: tuple[str, ...]
    direct: bool
    referral_from: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Condition:
    """Holds when all its parts hold; an empty part asks nothing."""

    needs: tuple[str, ...] = ()
    writers: tuple[str, ...] = ()
    minimum_age: int | None = None
    maximum_age: int | None = None
    acute: bool | None = None


@dataclass(frozen=True, slots=True)
class Widening:
    """Other age limits of a service for certain needs, such as child welfare's aftercare."""

    needs: tuple[str, ...]
    writers: tuple[str, ...]
    minimum_age: int | None
    maximum_age: int | None


@dataclass(frozen=True, slots=True)
class Legal:
    """A legal basis. ``verified`` is true only if the paragraph was read in the law itself."""

    law: str
    paragraph: str | None
    verified: bool


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone number: ``number`` to read, ``tel`` for the link."""

    number: str
    tel: str
    description: Text | None = None


@dataclass(frozen=True, slots=True)
class Location:
    """Where to go."""

    address_1: str
    postal_code: str | None = None
    city: str | None = None
    name: Text | None = None


@dataclass(frozen=True, slots=True)
class Period:
    """Opening hours on some weekdays (0 is Monday), in minutes after midnight; ``end`` may pass midnight."""

    days: tuple[int, ...]
    start: int
    end: int
    closed_on_public_holidays: bool = False


@dataclass(frozen=True, slots=True)
class Hours:
    """When somebody answers. Neither ``always`` nor any period: the hours are not known."""

    always: bool = False
    periods: tuple[Period, ...] = ()

    @property
    def known(self) -> bool:
        """Whether the clock can say if it is open."""
        return self.always or bool(self.periods)


@dataclass(frozen=True, slots=True, eq=False)
class Service:
    """One kind of help. ``minimum_age`` and ``maximum_age`` are inclusive, ``None`` is no limit."""

    id: str
    alternate_ids: tuple[str, ...]
    name: Text
    short_name: Text
    alternate_names: Mapping[str, tuple[str, ...]]
    description: Text
    level: str
    sector: str
    audience: tuple[str, ...]
    minimum_age: int | None
    maximum_age: int | None
    age_applies_to: str
    self_contact_minimum_age: int | None
    also_for: tuple[Widening, ...]
    primary: tuple[str, ...]
    secondary: tuple[str, ...]
    access: Access
    how: Text
    fees: Text
    secrecy: Text
    schedules: Text | None
    interpretation: bool
    meanwhile: Text
    urgent: bool
    hide_when: tuple[Condition, ...]
    legal: tuple[Legal, ...]
    phones: tuple[Phone, ...]
    locations: tuple[Location, ...]
    url: str | None
    email: str | None
    alert: Text | None
    verified: bool
    checked_on: date
    source: str
    local: bool
    """Whether the municipality has added to or changed the national entry."""

    @property
    def needs(self) -> tuple[str, ...]:
        """All needs it meets, primary first."""
        return self.primary + self.secondary

    @property
    def for_citizens(self) -> bool:
        """Whether people may see it; system bodies are there for staff only."""
        return self.audience != ("staff",)


@dataclass(frozen=True, slots=True, eq=False)
class Helpline:
    """An emergency number or helpline. It has a number, a chat, a web address, or several of them."""

    id: str
    name: Text
    number: str | None
    tel: str | None
    sms: str | None
    chat: str | None
    url: str | None
    what: Text
    hours: Hours
    hours_text: Text
    minimum_age: int | None
    maximum_age: int | None
    audience: tuple[str, ...]
    acute: Mapping[str, int]
    needs: tuple[str, ...]
    emergency: bool
    general: bool
    rank: int
    verified: bool
    checked_on: date
    source: str


@dataclass(frozen=True, slots=True, eq=False)
class ContactPoint:
    """The one door of the municipality."""

    id: str
    name: Text
    description: Text
    number: str
    tel: str
    email: str | None
    location: Location
    hours: Hours
    hours_text: Text
    promise_working_days: int
    next_steps: Text


@dataclass(frozen=True, slots=True, eq=False)
class Municipality:
    """Whose catalog it is."""

    id: str
    name: Text
    written_language: str
    fictional: bool
    notice: Text | None
    municipality_number: str | None
    checked_on: date


@dataclass(frozen=True, slots=True)
class Lead:
    """These services come first, in this order, when the condition holds."""

    services: tuple[str, ...]
    condition: Condition


@dataclass(frozen=True, slots=True, eq=False)
class Rules:
    """matching.yml, typed."""

    service_limit: int
    fewest: int
    helpline_limit: int
    minimum_share: float
    minimum_confidence: float
    primary: float
    secondary: float
    satisfied: float
    access: Mapping[str, float]
    level: Mapping[str, float]
    urgent_when_acute: float
    lead: tuple[float, ...]
    safety_lead: float
    danger_lead: float
    safety_needs: frozenset[str]
    need_weight: Mapping[str, float]
    assumed_ages_by_writer: Mapping[str, tuple[int, int]]
    assumed_ages_by_need: Mapping[str, tuple[int, int]]
    usable_share: Mapping[str, float]
    youngest_writer: int
    parent_needs: frozenset[str]
    never_first: frozenset[str]
    leads: Mapping[str, tuple[Lead, ...]]
    always: Mapping[str, tuple[Lead, ...]]
    acute_leads: Mapping[str, tuple[Lead, ...]]
    unsafe_leads: tuple[Lead, ...]
    exclusions: Mapping[str, tuple[Condition, ...]]
    first_doors: tuple[Lead, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Catalog:
    """All that one municipality offers. Needs, services and helplines are ordered mappings by id."""

    municipality: Municipality
    needs: Mapping[str, Need]
    services: Mapping[str, Service]
    helplines: Mapping[str, Helpline]
    contact_point: ContactPoint
    rules: Rules
    by_need: Mapping[str, tuple[Service, ...]] = field(repr=False)
    """Services that people may see, by the needs they meet."""
    _aliases: Mapping[str, str] = field(repr=False)

    @classmethod
    def load(cls, directory: Path | str, municipality: str) -> Catalog:
        """Read and check everything; raise :class:`CatalogError` with all problems at once."""
        return _Reader(Path(directory), municipality).catalog()

    def service(self, service_id: str) -> Service | None:
        """The service with this id, or with this as one of its alternate ids."""
        return self.services.get(self._aliases.get(service_id, service_id))

    def citizen_services(self) -> Iterator[Service]:
        """The services that people may see."""
        return (service for service in self.services.values() if service.for_citizens)


# --- Reading YAML with line numbers -------------------------------------------------------------------------


if TYPE_CHECKING or not yaml.__with_libyaml__:
    from yaml import SafeLoader as _FastestLoader
else:
    from yaml import CSafeLoader as _FastestLoader


class _Loader(_FastestLoader):
    """Safe YAML that keeps dates as text, so that the schema can check how they are written."""


def _as_written(_loader: yaml.SafeLoader, node: yaml.ScalarNode) -> str:
    return str(node.value)


_Loader.add_constructor("tag:yaml.org,2002:timestamp", _as_written)


@dataclass(frozen=True, slots=True)
class _Document:
    """A parsed file: its data, and the line of every field."""

    name: str
    data: Any
    lines: Mapping[_Path, int]

    def at(self, path: Sequence[str | int]) -> str:
        """``file:line: field`` for a path into the data; for a missing field, the line of what holds it."""
        place = tuple(path)
        known = place
        while known and known not in self.lines:
            known = known[:-1]
        label = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).lstrip(".")
        return f"{self.name}:{self.lines.get(known, 1)}: {label or '(file)'}"


def _read(path: Path, name: str) -> _Document:
    """Parse one file. Raises :class:`CatalogError` when it is missing or not YAML."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CatalogError([f"{name}:1: (file): cannot be read: {error}"]) from None
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        lines: dict[_Path, int] = {}
        problems: list[str] = []
        if node is not None:
            _note_lines(node, (), lines, problems, name)
        if problems:
            raise CatalogError(problems)
        data = loader.construct_document(node) if node is not None else None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark is not None else 1
        reason = getattr(error, "problem", None) or error
        raise CatalogError([f"{name}:{line}: (file): not valid YAML: {reason}"]) from None
    finally:
        loader.dispose()
    return _Document(name, data, lines)


def _note_lines(
    node: yaml.Node, path: _Path, lines: dict[_Path, int], problems: list[str], name: str
) -> None:
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here = (*path, str(key.value))
            if here in lines:
                problems.append(f"{name}:{key.start_mark.line + 1}: {key.value}: stands twice")
            lines[here] = key.start_mark.line + 1
            _note_lines(value, here, lines, problems, name)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            _note_lines(value, (*path, index), lines, problems, name)


@cache
def _validator(schema: str) -> jsonschema.Draft202012Validator:
    """The checker for one kind of file; schemas belong to the program, not to a catalog folder."""
    content = json.loads((_SCHEMA_DIR / schema).read_text(encoding="utf-8"))
    return jsonschema.Draft202012Validator(content, format_checker=jsonschema.FormatChecker(["date"]))


def _schema_problems(document: _Document, schema: str) -> list[str]:
    return [
        f"{document.at(_blamed(error))}: {error.message[:200]}"
        for error in sorted(
            _validator(schema).iter_errors(document.data), key=lambda e: [str(p) for p in e.path]
        )
    ]


def _blamed(error: jsonschema.ValidationError) -> list[str | int]:
    """The path of the field at fault; for a missing or unknown field, that field rather than its holder."""
    path = list(error.absolute_path)
    if error.validator in ("required", "additionalProperties"):
        named = re.search(r"'([^']+)'", error.message)
        if named:
            path.append(named.group(1))
    return path


# --- From data to objects -----------------------------------------------------------------------------------


class _Reader:
    """Reads one catalog; collects problems so that an editor sees all of them at once."""

    def __init__(self, directory: Path, municipality: str) -> None:
        self.directory = directory
        self.municipality = municipality
        self.problems: list[str] = []

    def catalog(self) -> Catalog:
        if not re.fullmatch(r"[a-z][a-z0-9_-]*", self.municipality):
            raise CatalogError([f"municipalities/{self.municipality}: (file): not a folder name"])
        needs_document = self._checked("needs.yml", "needs.schema.json")
        rules_document = self._checked("matching.yml", "matching.schema.json")
        helplines_document = self._checked("helplines.yml", "helplines.schema.json")
        home = f"municipalities/{self.municipality}"
        municipality_document = self._checked(f"{home}/municipality.yml", "municipality.schema.json")
        services = self._services(home)
        self._stop_on_problems()

        needs = _needs(needs_document.data)
        self._check_services(needs, services)
        self._check_rules(needs, services, rules_document)
        helplines = self._helplines(helplines_document, municipality_document, needs)
        self._stop_on_problems()

        built = {i: _service(doc.data, local=doc.name.startswith(home)) for i, doc in services.items()}
        aliases = {alias: service.id for service in built.values() for alias in service.alternate_ids}
        by_need = {
            need: tuple(s for s in built.values() if s.for_citizens and need in s.needs) for need in needs
        }
        data = municipality_document.data
        return Catalog(
            municipality=Municipality(
                id=data["id"],
                name=data["name"],
                written_language=data["written_language"],
                fictional=data["fictional"],
                notice=data.get("notice"),
                municipality_number=data.get("municipality_number"),
                checked_on=date.fromisoformat(data["checked_on"]),
            ),
            needs=needs,
            services=built,
            helplines=helplines,
            contact_point=_contact_point(data["contact_point"]),
            rules=_rules(rules_document.data),
            by_need=by_need,
            _aliases=aliases,
        )

    def _stop_on_problems(self) -> None:
        if self.problems:
            raise CatalogError(self.problems)

    def _checked(self, name: str, schema: str) -> _Document:
        try:
            document = _read(self.directory / name, name)
        except CatalogError as error:
            self.problems += error.problems
            return _Document(name, None, {})
        self.problems += _schema_problems(document, schema)
        return document

    def _services(self, home: str) -> dict[str, _Document]:
        """National entries, then the municipality's own: added, merged by id, or switched off."""
        services: dict[str, _Document] = {}
        for path in sorted((self.directory / "national").glob("*.yml")):
            document = self._checked(f"national/{path.name}", "service.schema.json")
            self._take(document, path, services)
        for path in sorted((self.directory / home / "services").glob("*.yml")):
            name = f"{home}/services/{path.name}"
            try:
                document = _read(path, name)
            except CatalogError as error:
                self.problems += error.problems
                continue
            data = document.data
            service_id = data.get("id") if isinstance(data, dict) else None
            national = services.get(service_id) if isinstance(service_id, str) else None
            if national is None:
                self.problems += _schema_problems(document, "service.schema.json")
                self._take(document, path, services)
                continue
            found = _schema_problems(document, "service_override.schema.json")
            self.problems += found
            if found or not isinstance(national.data, dict):
                continue
            merged = _Document(name, _merge(national.data, data), {**national.lines, **document.lines})
            self.problems += _schema_problems(merged, "service.schema.json")
            services[national.data["id"]] = merged
        return {i: doc for i, doc in services.items() if doc.data.get("status", "active") == "active"}

    def _take(self, document: _Document, path: Path, services: dict[str, _Document]) -> None:
        if not isinstance(document.data, dict) or "id" not in document.data:
            return
        service_id = document.data["id"]
        if service_id != path.stem:
            self.problems.append(f"{document.at(['id'])}: must be the name of the file, {path.stem}")
        if service_id in services:
            self.problems.append(f"{document.at(['id'])}: stands in {services[service_id].name} too")
        services[service_id] = document

    def _national_ids(self) -> set[str]:
        """All national services, also those that this municipality has switched off: rules may name them."""
        return {path.stem for path in (self.directory / "national").glob("*.yml")}

    def _check_services(self, needs: Mapping[str, Need], services: Mapping[str, _Document]) -> None:
        """What a schema cannot say: that needs and services named in an entry exist."""
        known = set(services)
        national = self._national_ids() | known
        aliases: dict[str, str] = {}
        for doc in services.values():
            data = doc.data
            for need in sorted(set(data["needs"]["primary"]) & set(data["needs"]["secondary"])):
                self.problems.append(f"{doc.at(['needs', 'secondary'])}: {need} is primary too")
            for kind in ("primary", "secondary"):
                self._unknown(doc, ["needs", kind], data["needs"][kind], needs)
            for index, condition in enumerate(data.get("hide_when", ())):
                self._unknown(doc, ["hide_when", index, "needs"], condition.get("needs", ()), needs)
            for index, widening in enumerate(data.get("also_for", ())):
                self._unknown(doc, ["also_for", index, "needs"], widening["needs"], needs)
            low, high = data["minimum_age"], data["maximum_age"]
            if low is not None and high is not None and low > high:
                self.problems.append(f"{doc.at(['maximum_age'])}: is below minimum_age")
            for index, alias in enumerate(data.get("alternate_ids", ())):
                if alias in known or aliases.setdefault(alias, data["id"]) != data["id"]:
                    self.problems.append(
                        f"{doc.at(['alternate_ids', index])}: {alias} is another service too"
                    )
            access = data["access"]
            if "referral" in access["ways"] and not access.get("referral_from"):
                self.problems.append(f"{doc.at(['access', 'ways'])}: say in referral_from who refers")
            for index, referrer in enumerate(access.get("referral_from", ())):
                if referrer not in national:
                    self.problems.append(
                        f"{doc.at(['access', 'referral_from', index])}: no service is called {referrer}"
                    )

    def _unknown(
        self, doc: _Document, path: list[str | int], ids: Sequence[str], needs: Mapping[str, Need]
    ) -> None:
        for index, item in enumerate(ids):
            if item not in needs:
                self.problems.append(f"{doc.at([*path, index])}: {item} is not in needs.yml")

    def _check_rules(
        self, needs: Mapping[str, Need], services: Mapping[str, _Document], rules: _Document
    ) -> None:
        """That needs and services named in a rule exist."""
        national = self._national_ids() | set(services)
        for part in ("leads", "always", "acute_leads", "unsafe_leads", "first_doors", "exclusions"):
            for index, rule in enumerate(rules.data[part]):
                for place, service_id in enumerate(rule["services"]):
                    if service_id not in national:
                        self.problems.append(
                            f"{rules.at([part, index, 'services', place])}: no service is called {service_id}"
                        )
                if part in ("leads", "always") and rule["need"] not in needs:
                    self.problems.append(
                        f"{rules.at([part, index, 'need'])}: {rule['need']} is not in needs.yml"
                    )
                if part == "exclusions":
                    self._unknown(rules, [part, index, "when", "needs"], rule["when"].get("needs", ()), needs)
        self._unknown(rules, ["safety_needs"], rules.data["safety_needs"], needs)
        implied = rules.data["implied_writer"]["parent"]
        self._unknown(rules, ["implied_writer", "parent"], implied, needs)
        for path in (["need_weight"], ["assumed_ages", "needs"]):
            named = rules.data["need_weight"] if len(path) == 1 else rules.data["assumed_ages"]["needs"]
            self.problems += [
                f"{rules.at([*path, need])}: {need} is not in needs.yml"
                for need in named
                if need not in needs
            ]
        for index, service_id in enumerate(rules.data["never_first"]):
            if service_id not in national:
                self.problems.append(f"{rules.at(['never_first', index])}: no service is called {service_id}")

    def _helplines(
        self, national: _Document, municipality: _Document, needs: Mapping[str, Need]
    ) -> dict[str, Helpline]:
        """The national lines, and local ones after them. An emergency number can be changed by nobody."""
        merged: dict[str, Any] = {}
        for index, entry in enumerate(national.data):
            if entry["id"] in merged:
                self.problems.append(f"{national.at([index, 'id'])}: stands twice")
            self._unknown(national, [index, "needs"], entry["needs"], needs)
            merged[entry["id"]] = entry
        for index, entry in enumerate(municipality.data.get("helplines", ())):
            place: list[str | int] = ["helplines", index]
            earlier = merged.get(entry.get("id"))
            if earlier is not None and earlier["emergency"]:
                self.problems.append(
                    f"{municipality.at([*place, 'id'])}: an emergency number cannot be changed"
                )
                continue
            whole = _merge(earlier, entry) if earlier is not None else entry
            for error in _validator("helplines.schema.json").iter_errors([whole]):
                inner = _blamed(error)[1:]
                self.problems.append(f"{municipality.at([*place, *inner])}: {error.message[:200]}")
            if not self.problems:
                self._unknown(municipality, [*place, "needs"], whole["needs"], needs)
                merged[whole["id"]] = whole
        if self.problems:
            return {}
        active = [entry for entry in merged.values() if entry.get("status", "active") == "active"]
        return {entry["id"]: _helpline(entry, rank) for rank, entry in enumerate(active, start=1)}


def _merge(base: Any, change: Any) -> Any:
    """Mappings are merged key by key; everything else, lists too, is replaced."""
    if isinstance(base, dict) and isinstance(change, dict):
        return {**base, **{key: _merge(base.get(key), value) for key, value in change.items()}}
    return change


def _needs(data: Mapping[str, Mapping[str, Any]]) -> dict[str, Need]:
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


def _service(data: Mapping[str, Any], *, local: bool) -> Service:
    return Service(
        id=data["id"],
        alternate_ids=tuple(data.get("alternate_ids", ())),
        name=data["name"],
        short_name=data["short_name"],
        alternate_names={language: tuple(names) for language, names in data["alternate_names"].items()},
        description=data["description"],
        level=data["level"],
        sector=data["sector"],
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
        verified=data["verified"],
        checked_on=date.fromisoformat(data["checked_on"]),
        source=data["source"],
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


def _helpline(data: Mapping[str, Any], rank: int) -> Helpline:
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
        minimum_age=data["minimum_age"],
        maximum_age=data["maximum_age"],
        audience=tuple(data["audience"]),
        acute=dict(data["acute"]),
        needs=tuple(data["needs"]),
        emergency=data["emergency"],
        general=data.get("general", False),
        rank=data.get("rank", rank * 10),
        verified=data["verified"],
        checked_on=date.fromisoformat(data["checked_on"]),
        source=data["source"],
    )


def _contact_point(data: Mapping[str, Any]) -> ContactPoint:
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


def _rules(data: Mapping[str, Any]) -> Rules:
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
        urgent_when_acute=weights["urgent_when_acute"],
        lead=tuple(weights["lead"]),
        safety_lead=weights["safety_lead"],
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
