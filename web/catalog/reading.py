"""Reading the catalog: the national files, changed by those of one municipality, checked against their schemas.

Problems are collected, so that an editor sees all of them at once, each with file, line and field.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

from web.catalog import retention, rows
from web.catalog.documents import CHANGE, Document, blamed, read, read_and_checked, schema_problems, validator
from web.catalog.model import (
    AgeRule,
    Catalog,
    CatalogError,
    CoordinationRule,
    Helpline,
    LegalBasis,
    LifeEvent,
    Municipality,
    Need,
    Organization,
    Replacement,
)

_OLDEST: Final = 130


def municipalities(directory: Path | str) -> tuple[str, ...]:
    """The names of the municipalities that have a folder."""
    return tuple(
        sorted(path.parent.name for path in Path(directory).glob("municipalities/*/municipality.yml"))
    )


def forget_what_was_read() -> None:
    """Read every file anew the next time; changed files are noticed without this."""
    read_and_checked.cache_clear()


def load(directory: Path | str, municipality: str) -> Catalog:
    """Read and check everything; raise :class:`CatalogError` with all problems at once."""
    return _Reader(Path(directory), municipality).catalog()


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
        needs = rows.needs(needs_document.data)
        data = municipality_document.data
        organizations = rows.organizations(organizations_document.data, data)
        life_events = rows.life_events(life_events_document.data)
        age_rules = tuple(rows.age_rule(entry) for entry in ages_document.data)
        self.problems += [f"age_rules.yml: {problem}" for problem in _gaps(age_rules)]
        self.problems += [
            f"{own_kept if own_kept_data else 'retention.yml'}: {problem}"
            for problem in retention.contradictions(kept_document.data, own_kept_data)
        ]
        coordination = tuple(rows.coordination_rule(entry) for entry in coordination_document.data)
        self._check_coordination(coordination, needs)
        legal_bases = tuple(rows.legal_basis(entry) for entry in bases_document.data)
        self.problems += [f"legal_bases.yml: {problem}" for problem in _loose_ends(legal_bases, everything)]
        self._check_services(needs, services)
        self._check_links(services, organizations, life_events)
        self._check_life_events(life_events_document, needs)
        self._check_replacements(everything, services)
        self._check_rules(needs, services, rules_document)
        helplines = self._helplines(helplines_document, municipality_document, needs)
        self._stop_on_problems()

        built = {
            i: rows.service(doc.data, data["id"], local=doc.name.startswith(home))
            for i, doc in services.items()
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
                training=rows.training(data.get("training")),
            ),
            needs=needs,
            services=built,
            helplines=helplines,
            contact_point=rows.contact_point(data["contact_point"]),
            organizations=organizations,
            life_events=life_events,
            replacements={
                i: Replacement(
                    rows.service(doc.data, data["id"], local=False),
                    tuple(doc.data["instead"]["services"]),
                    doc.data["instead"]["note"],
                )
                for i, doc in everything.items()
                if "instead" in doc.data
            },
            limits=limits_document.data,
            rules=rows.rules(rules_document.data),
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

    def _checked(self, name: str, schema: str) -> Document:
        path = self.directory / name
        written = path.stat().st_mtime_ns if path.exists() else 0
        document, problems = read_and_checked(path, name, schema, written)
        self.problems += problems
        return document

    def _services(self, home: str) -> dict[str, Document]:
        """National entries, then the municipality's own: added, merged by id, or switched off (these are here too)."""
        services: dict[str, Document] = {}
        for path in sorted((self.directory / "national").glob("*.yml")):
            document = self._checked(f"national/{path.name}", "service.schema.json")
            self._take(document, path, services)
        for path in sorted((self.directory / home / "services").glob("*.yml")):
            name = f"{home}/services/{path.name}"
            try:
                document = read(path, name)
            except CatalogError as error:
                self.problems += error.problems
                continue
            data = document.data
            service_id = data.get("id") if isinstance(data, dict) else None
            national = services.get(service_id) if isinstance(service_id, str) else None
            if national is None:
                self.problems += schema_problems(document, "service.schema.json")
                self._take(document, path, services)
                continue
            found = schema_problems(document, CHANGE)
            self.problems += found
            if found or not isinstance(national.data, dict):
                continue
            merged = Document(name, _merge(national.data, data), national.texts + document.texts)
            self.problems += schema_problems(merged, "service.schema.json")
            services[national.data["id"]] = merged
        return services

    def _take(self, document: Document, path: Path, services: dict[str, Document]) -> None:
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

    def _check_services(self, needs: Mapping[str, Need], services: Mapping[str, Document]) -> None:
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
        services: Mapping[str, Document],
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

    def _check_life_events(self, doc: Document, needs: Mapping[str, Need]) -> None:
        for index, entry in enumerate(doc.data):
            self._unknown(doc, [index, "needs"], entry["needs"], needs)

    def _check_replacements(self, everything: Mapping[str, Document], active: Mapping[str, Document]) -> None:
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
        self, doc: Document, path: list[str | int], ids: Sequence[str], needs: Mapping[str, Need]
    ) -> None:
        for index, item in enumerate(ids):
            if item not in needs:
                self.problems.append(f"{doc.at([*path, index])}: {item} is not in needs.yml")

    def _check_rules(
        self, needs: Mapping[str, Need], services: Mapping[str, Document], rules: Document
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
        self, national: Document, municipality: Document, needs: Mapping[str, Need]
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
            for error in validator("helplines.schema.json").iter_errors([whole]):
                inner = blamed(error)[1:]
                self.problems.append(f"{municipality.at([*place, *inner])}: {error.message[:200]}")
            if not self.problems:
                self._unknown(municipality, [*place, "needs"], whole["needs"], needs)
                merged[whole["id"]] = whole
        if self.problems:
            return {}
        active = [entry for entry in merged.values() if entry.get("status", "active") == "active"]
        own = {entry["id"] for entry in municipality.data.get("helplines", ())}
        return {
            entry["id"]: rows.helpline(entry, rank, local=entry["id"] in own)
            for rank, entry in enumerate(active, start=1)
        }


def _merge(base: Any, change: Any) -> Any:
    """Mappings are merged key by key; everything else, lists too, is replaced."""
    if isinstance(base, dict) and isinstance(change, dict):
        return {**base, **{key: _merge(base.get(key), value) for key, value in change.items()}}
    return change


def _loose_ends(bases: Sequence[LegalBasis], services: Mapping[str, Document]) -> list[str]:
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
