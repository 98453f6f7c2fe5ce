"""Reading the catalog: the national files, changed by those of one municipality, checked against their schemas.

Problems are collected, so that an editor sees all of them at once, each with file, line and field.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import jsonschema
import jsonschema_rs
import yaml

from web.catalog import retention
from web.catalog.model import (
    LANGUAGES,
    WEEKDAYS,
    Access,
    AgeRule,
    Catalog,
    CatalogError,
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
    Municipality,
    Need,
    Organization,
    Period,
    Phone,
    Replacement,
    Rules,
    Service,
    Training,
    Widening,
)

_SCHEMA_DIR: Final = Path(__file__).resolve().parents[2] / "services_catalog" / "schema"
_Path = tuple[str | int, ...]


_NEARNESS: Final = {"municipality": "here", "county": "region", "health_trust": "region"}
_OLDEST: Final = 130
_NORWEGIAN: Final = ("no",)


def municipalities(directory: Path | str) -> tuple[str, ...]:
    """The names of the municipalities that have a folder."""
    return tuple(
        sorted(path.parent.name for path in Path(directory).glob("municipalities/*/municipality.yml"))
    )


def forget_what_was_read() -> None:
    """Read every file anew the next time; changed files are noticed without this."""
    _read_and_checked.cache_clear()


def load(directory: Path | str, municipality: str) -> Catalog:
    """Read and check everything; raise :class:`CatalogError` with all problems at once."""
    return _Reader(Path(directory), municipality).catalog()


# --- Reading YAML with line numbers -------------------------------------------------------------------------


if TYPE_CHECKING or not yaml.__with_libyaml__:
    from yaml import SafeLoader as _FastestLoader
else:
    from yaml import CSafeLoader as _FastestLoader


class _StandsTwice(yaml.MarkedYAMLError):
    """A field stands twice in one mapping: YAML would silently keep the last."""

    def __init__(self, field: str, mark: yaml.Mark) -> None:
        super().__init__(problem="stands twice", problem_mark=mark)
        self.field = field


class _Loader(_FastestLoader):
    """Safe YAML that keeps dates as text, so that the schema can check how they are written, and refuses doubles."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """The mapping; _StandsTwice when a field does."""
        found = super().construct_mapping(node, deep)
        if len(found) != len(node.value):
            seen: set[str] = set()
            for key, _value in node.value:
                if key.value in seen:
                    raise _StandsTwice(key.value, key.start_mark)
                seen.add(key.value)
        return found


def _as_written(_loader: yaml.SafeLoader, node: yaml.ScalarNode) -> str:
    return str(node.value)


_Loader.add_constructor("tag:yaml.org,2002:timestamp", _as_written)


@dataclass(frozen=True)
class _Document:
    """A parsed file: its data, and the text that it and what lies under it (a changed national entry) were read from."""

    name: str
    data: Any
    texts: tuple[str, ...]

    @cached_property
    def lines(self) -> Mapping[_Path, int]:
        """The line of every field. Only problems need it, and it takes longer than reading: so not before it is asked for."""
        lines: dict[_Path, int] = {}
        for text in self.texts:
            node = yaml.compose(text, Loader=_Loader)
            if node is not None:
                lines |= _lines(node)
        return lines

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
    try:
        data = yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader with two changes
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark is not None else 1
        reason = getattr(error, "problem", None) or error
        if not isinstance(error, _StandsTwice):
            reason = f"not valid YAML: {reason}"
        field = getattr(error, "field", "(file)")
        raise CatalogError([f"{name}:{line}: {field}: {reason}"]) from None
    return _Document(name, data, (text,))


def _lines(node: yaml.Node, path: _Path = ()) -> dict[_Path, int]:
    lines = {path: node.start_mark.line + 1}
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here = (*path, str(key.value))
            lines |= _lines(value, here)
            lines[here] = key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            lines |= _lines(value, (*path, index))
    return lines


_CHANGE = "service.schema.json#change"
"""A municipality's change of a national service: the same fields, none of them required."""


def _as_change(schema: Any) -> Any:
    """The service's schema with nothing required but who says so and when; a text stays whole, in both languages."""
    parts = {
        name: {key: value for key, value in schema["properties"][name].items() if key != "required"}
        for name in ("needs", "access")
    }
    return {
        **schema,
        "properties": {**schema["properties"], **parts},
        "required": ["id", "verified", "checked_on", "source"],
    }


@cache
def _validator(schema: str) -> jsonschema.Draft202012Validator:
    """The checker for one kind of file, whose messages name what is wrong."""
    return jsonschema.Draft202012Validator(
        _content(schema), format_checker=jsonschema.FormatChecker(["date"])
    )


def _content(schema: str) -> Any:
    """Schemas belong to the program, not to a catalog folder."""
    content = json.loads((_SCHEMA_DIR / schema.partition("#")[0]).read_text(encoding="utf-8"))
    if schema == _CHANGE:
        content = _as_change(content)
    return content


@cache
def _quick_validator(schema: str) -> jsonschema_rs.Draft202012Validator:
    """The same checker in machine code; it says only whether all is well."""
    return jsonschema_rs.Draft202012Validator(_content(schema), validate_formats=True)


def _schema_problems(document: _Document, schema: str) -> list[str]:
    if _quick_validator(schema).is_valid(document.data):
        return []
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


@lru_cache(maxsize=1000)
def _read_and_checked(path: Path, name: str, schema: str, _written: int) -> tuple[_Document, tuple[str, ...]]:
    """A file and what is wrong with it. Several municipalities read the same national files: each is checked once."""
    try:
        document = _read(path, name)
    except CatalogError as error:
        return _Document(name, None, ()), error.problems
    return document, tuple(_schema_problems(document, schema))


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
        organizations_document = self._checked("organizations.yml", "organizations.schema.json")
        limits_document = self._checked("freshness.yml", "freshness.schema.json")
        life_events_document = self._checked("life_events.yml", "life_events.schema.json")
        ages_document = self._checked("age_rules.yml", "age_rules.schema.json")
        coordination_document = self._checked("coordination.yml", "coordination.schema.json")
        bases_document = self._checked("legal_bases.yml", "legal_bases.schema.json")
        municipality_document = self._checked(f"{home}/municipality.yml", "municipality.schema.json")
        kept_document = self._checked("retention.yml", "retention.schema.json")
        own_kept = f"{home}/retention.yml"
        own_kept_data = (
            self._checked(own_kept, "own_retention.schema.json").data
            if (self.directory / own_kept).exists()
            else {}
        )
        everything = self._services(home)
        self._stop_on_problems()

        services = {i: doc for i, doc in everything.items() if doc.data.get("status", "active") == "active"}
        needs = _needs(needs_document.data)
        data = municipality_document.data
        organizations = _organizations(organizations_document.data, data)
        life_events = _life_events(life_events_document.data)
        age_rules = tuple(_age_rule(entry) for entry in ages_document.data)
        self.problems += [f"age_rules.yml: {problem}" for problem in _gaps(age_rules)]
        self.problems += [
            f"{own_kept if own_kept_data else 'retention.yml'}: {problem}"
            for problem in retention.contradictions(kept_document.data, own_kept_data)
        ]
        coordination = tuple(_coordination_rule(entry) for entry in coordination_document.data)
        self._check_coordination(coordination, needs)
        legal_bases = tuple(_legal_basis(entry) for entry in bases_document.data)
        self.problems += [f"legal_bases.yml: {problem}" for problem in _loose_ends(legal_bases, everything)]
        self._check_services(needs, services)
        self._check_links(services, organizations, life_events)
        self._check_life_events(life_events_document, needs)
        self._check_replacements(everything, services)
        self._check_rules(needs, services, rules_document)
        helplines = self._helplines(helplines_document, municipality_document, needs)
        self._stop_on_problems()

        built = {
            i: _service(doc.data, data["id"], local=doc.name.startswith(home)) for i, doc in services.items()
        }
        aliases = {alias: service.id for service in built.values() for alias in service.alternate_ids}
        by_need = {
            need: tuple(s for s in built.values() if s.for_citizens and need in s.needs) for need in needs
        }
        return Catalog(
            municipality=Municipality(
                id=data["id"],
                name=data["name"],
                written_language=data["written_language"],
                fictional=data["fictional"],
                notice=data.get("notice"),
                municipality_number=data.get("municipality_number"),
                hosts=tuple(data.get("hosts", ())),
                accessibility_statement=data.get("accessibility_statement"),
                verified=data["verified"],
                checked_on=date.fromisoformat(data["checked_on"]),
                training=_training(data.get("training")),
            ),
            needs=needs,
            services=built,
            helplines=helplines,
            contact_point=_contact_point(data["contact_point"]),
            organizations=organizations,
            life_events=life_events,
            replacements={
                i: Replacement(
                    _service(doc.data, data["id"], local=False),
                    tuple(doc.data["instead"]["services"]),
                    doc.data["instead"]["note"],
                )
                for i, doc in everything.items()
                if "instead" in doc.data
            },
            limits=limits_document.data,
            rules=_rules(rules_document.data),
            age_rules=age_rules,
            retention=retention.typed(kept_document.data, own_kept_data),
            coordination=coordination,
            legal_bases={basis.id: basis for basis in legal_bases},
            by_need=by_need,
            _aliases=aliases,
        )

    def _check_coordination(self, rules: Sequence[CoordinationRule], needs: Mapping[str, Need]) -> None:
        if len({rule.id for rule in rules}) != len(rules):
            self.problems.append("coordination.yml: an id stands there twice")
        for rule in rules:
            unknown = {need for hint in rule.suggest for need in hint.any_need} - set(needs)
            self.problems += [
                f"coordination.yml: {rule.id}: no such need: {need}" for need in sorted(unknown)
            ]

    def _stop_on_problems(self) -> None:
        if self.problems:
            raise CatalogError(self.problems)

    def _checked(self, name: str, schema: str) -> _Document:
        path = self.directory / name
        written = path.stat().st_mtime_ns if path.exists() else 0
        document, problems = _read_and_checked(path, name, schema, written)
        self.problems += problems
        return document

    def _services(self, home: str) -> dict[str, _Document]:
        """National entries, then the municipality's own: added, merged by id, or switched off (these are here too)."""
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
            found = _schema_problems(document, _CHANGE)
            self.problems += found
            if found or not isinstance(national.data, dict):
                continue
            merged = _Document(name, _merge(national.data, data), national.texts + document.texts)
            self.problems += _schema_problems(merged, "service.schema.json")
            services[national.data["id"]] = merged
        return services

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

    def _check_links(
        self,
        services: Mapping[str, _Document],
        organizations: Mapping[str, Organization],
        life_events: Mapping[str, LifeEvent],
    ) -> None:
        """That organizations and life events named in an entry exist, and that no stranger's service is the municipality's."""
        for doc in services.values():
            data = doc.data
            offered_by = data.get("organization")
            if offered_by is None and data["level"] != "municipality":
                self.problems.append(
                    f"{doc.at(['organization'])}: say who offers it, an id of organizations.yml"
                )
            elif offered_by is not None and offered_by not in organizations:
                self.problems.append(f"{doc.at(['organization'])}: {offered_by} is not in organizations.yml")
            for index, event in enumerate(data.get("life_events", ())):
                if event not in life_events:
                    self.problems.append(
                        f"{doc.at(['life_events', index])}: {event} is not in life_events.yml"
                    )

    def _check_life_events(self, doc: _Document, needs: Mapping[str, Need]) -> None:
        for index, entry in enumerate(doc.data):
            self._unknown(doc, [index, "needs"], entry["needs"], needs)

    def _check_replacements(
        self, everything: Mapping[str, _Document], active: Mapping[str, _Document]
    ) -> None:
        """What stands instead of a missing service must be there; and only a missing one has something instead."""
        for service_id, doc in everything.items():
            instead = doc.data.get("instead")
            if instead is None:
                continue
            if service_id in active:
                self.problems.append(f"{doc.at(['instead'])}: only where status is inactive")
            for index, other in enumerate(instead["services"]):
                if other not in active:
                    self.problems.append(
                        f"{doc.at(['instead', 'services', index])}: no service is called {other} here"
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
                if part == "leads":
                    self._unknown(rules, [part, index, "needs"], rule.get("needs", ()), needs)
                if part == "exclusions":
                    self._unknown(rules, [part, index, "when", "needs"], rule["when"].get("needs", ()), needs)
        self._unknown(rules, ["safety_needs"], rules.data["safety_needs"], needs)
        implied = rules.data["implied_writer"]["parent"]
        self._unknown(rules, ["implied_writer", "parent"], implied, needs)
        for path, named in (
            (["need_weight"], rules.data["need_weight"]),
            (["weights", "first_lead"], rules.data["weights"]["first_lead"]),
            (["assumed_ages", "needs"], rules.data["assumed_ages"]["needs"]),
        ):
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
        own = {entry["id"] for entry in municipality.data.get("helplines", ())}
        return {
            entry["id"]: _helpline(entry, rank, local=entry["id"] in own)
            for rank, entry in enumerate(active, start=1)
        }


def _merge(base: Any, change: Any) -> Any:
    """Mappings are merged key by key; everything else, lists too, is replaced."""
    if isinstance(base, dict) and isinstance(change, dict):
        return {**base, **{key: _merge(base.get(key), value) for key, value in change.items()}}
    return change


def _organizations(
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


def _age_rule(data: Mapping[str, Any]) -> AgeRule:
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
        source=data["source"],
        verified=data["verified"],
        checked_on=date.fromisoformat(data["checked_on"]),
    )


def _coordination_rule(data: Mapping[str, Any]) -> CoordinationRule:
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
        source=data["source"],
        verified=data["verified"],
        checked_on=date.fromisoformat(data["checked_on"]),
    )


def _legal_basis(data: Mapping[str, Any]) -> LegalBasis:
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
        source=data["source"],
        verified=data["verified"],
        checked_on=date.fromisoformat(data["checked_on"]),
    )


def _loose_ends(bases: Sequence[LegalBasis], services: Mapping[str, _Document]) -> list[str]:
    """Ids that stand twice, and receivers that are no service anywhere."""
    ids = [basis.id for basis in bases]
    wrong = [f"{name} stands more than once" for name in dict.fromkeys(ids) if ids.count(name) > 1]
    return wrong + [
        f"{basis.id}: no service {service}"
        for basis in bases
        for service in sorted(basis.receivers - set(services))
    ]


def _gaps(rules: Sequence[AgeRule]) -> list[str]:
    """Ages in whole years that no rule on parents holds, or more than one."""
    about = [rule for rule in rules if rule.topic == "parents"]
    wrong = []
    for age in range(_OLDEST + 1):
        held = [
            rule.id
            for rule in about
            if (rule.minimum_age or 0) <= age and (rule.maximum_age is None or age <= rule.maximum_age)
        ]
        if len(held) != 1:
            wrong.append(f"parents: age {age} has {', '.join(held) or 'no rule'} instead of one rule")
    return wrong


def _life_events(data: Sequence[Mapping[str, Any]]) -> dict[str, LifeEvent]:
    return {
        entry["id"]: LifeEvent(
            entry["id"], entry["name"], entry["description"], entry.get("uri"), tuple(entry["needs"])
        )
        for entry in data
    }


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


def _service(data: Mapping[str, Any], municipality: str, *, local: bool) -> Service:
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
        verified=data["verified"],
        checked_on=date.fromisoformat(data["checked_on"]),
        checked={kind: date.fromisoformat(day) for kind, day in data.get("checked", {}).items()},
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


def _helpline(data: Mapping[str, Any], rank: int, *, local: bool) -> Helpline:
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
        verified=data["verified"],
        checked_on=date.fromisoformat(data["checked_on"]),
        checked={},
        source=data["source"],
        local=local,
    )


def _training(data: Mapping[str, Any] | None) -> Training | None:
    return Training(data["decision"], date.fromisoformat(data["decided_on"])) if data else None


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
