"""The catalog in the words of Open Referral HSDS 3.0, read only: services, organizations, places, taxonomies.

Ids are UUIDs made from municipality and id, so they stay. Texts are in one language: `lang`, else Accept-Language, else that of
the municipality. No cookie is read or set.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any, Final, NoReturn
from uuid import UUID, uuid5

from flask import Blueprint, Response, jsonify, request, session
from flask_babel import force_locale, gettext, lazy_gettext
from werkzeug.exceptions import NotFound

from web import current
from web.api.addresses import base, page
from web.api.cpsv import last_change, life_event_services
from web.api.texts import about, ages, title
from web.catalog import LANGUAGES, Catalog, Hours, Location, Organization, Phone, Service, Text
from web.errors import problem
from web.matching import OSLO
from web.security.access import access
from web.security.limits import limiter

blueprint = Blueprint("hsds", __name__, url_prefix="/api/hsds")

PER_CLIENT = "1200 per minute"
VERSION: Final = "3.0"
PROFILE: Final = "https://docs.openreferral.org/en/3.0/"
PER_PAGE: Final = 50
MOST_PER_PAGE: Final = 500
_NAMESPACE: Final = UUID("6b0f2f3c-3f57-5d0a-9a55-0d1d8a3c7e21")
_DAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_ACCEPTED: Final = {"nb": "nb", "no": "nb", "nn": "nn"}

_GROUPS: Final = {
    "school": lazy_gettext("School and kindergarten"),
    "mind": lazy_gettext("Thoughts and feelings"),
    "social": lazy_gettext("Friends, free time and the internet"),
    "family": lazy_gettext("Home and family"),
    "safety": lazy_gettext("Safety, alcohol and drugs"),
    "health": lazy_gettext("Body and health"),
    "living": lazy_gettext("Money and a place to live"),
    "coordination": lazy_gettext("Many helpers, and rights"),
}
_AUDIENCE: Final = {
    "child": lazy_gettext("Child"),
    "youth": lazy_gettext("Young person"),
    "parent": lazy_gettext("Parent"),
    "other": lazy_gettext("Someone else"),
}
_LOS: Final = "https://psi.norge.no/los/"

Record = dict[str, Any]


class BadParameter(Exception):
    """A parameter cannot be used; says which one and why, never what was in it."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(reason)
        self.name = name
        self.reason = reason


def identifier(municipality: str, *parts: str) -> str:
    """The stable UUID of something in a municipality's catalog."""
    return str(uuid5(_NAMESPACE, "/".join((municipality, *parts))))


def _kept(record: Mapping[str, Any]) -> Record:
    """Without what is not known: HSDS leaves fields out rather than empty."""
    return {key: value for key, value in record.items() if value is not None and value != []}


class Directory:
    """One catalog in one language."""

    def __init__(self, catalog: Catalog, language: str, now: datetime) -> None:
        self.catalog = catalog
        self.language = language
        self.offset = re.sub(r"(\d\d)(\d\d)$", r"\1:\2", now.astimezone(OSLO).strftime("%z"))
        self.services = list(catalog.citizen_services())
        used = {service.organization for service in self.services}
        self.organizations = [o for o in catalog.organizations.values() if o.id in used]
        self.life_events: dict[str, list[str]] = {}
        for event in catalog.life_events.values():
            for service in life_event_services(catalog, event):
                self.life_events.setdefault(service.id, []).append(event.id)
        self.terms = {term["id"]: term for term in self._terms()}

    def id(self, *parts: str) -> str:
        """The UUID of something here."""
        return identifier(self.catalog.municipality.id, *parts)

    def words(self, text: Text | None) -> str | None:
        """One language of a text."""
        return None if text is None else text[self.language]

    # Services

    def service(self, service: Service) -> Record:
        """What has one value, as in lists."""
        short = self.words(service.short_name)
        return _kept(
            {
                "id": self.id("service", service.id),
                "organization_id": self.id("organization", service.organization),
                "name": self.words(service.name),
                "alternate_name": short if short != self.words(service.name) else None,
                "description": self.words(service.description),
                "url": service.url or page(service.id),
                "email": service.email,
                "status": "active",
                "interpretation_services": gettext("You can have an interpreter.")
                if service.interpretation
                else None,
                "application_process": self.words(service.how),
                "fees_description": self.words(service.fees),
                "wait_time": self.words(service.wait_time),
                "eligibility_description": ages(service),
                "minimum_age": service.minimum_age,
                "maximum_age": service.maximum_age,
                "assured_date": changed_on(service).isoformat() if service.verified else None,
                "alert": self.words(service.alert),
                "organization": self.organization(self.catalog.organizations[service.organization]),
            }
        )

    def whole_service(self, service: Service) -> Record:
        """A service with all that belongs to it."""
        service_id = self.id("service", service.id)
        whole = self.service(service)
        whole |= _kept(
            {
                "phones": self._phones(service.phones, "service", service.id),
                "schedules": self._schedules(
                    service.hours, self.words(service.schedules), "service", service.id
                ),
                "service_areas": [self._area(service)],
                "service_at_locations": [
                    self.place(service, number) for number in range(len(service.locations))
                ],
                "languages": [
                    {"id": self.id("language", service.id, code), "service_id": service_id, "code": code}
                    for code in service.languages
                ],
                "attributes": self._attributes(service),
            }
        )
        return whole

    def minimal(self, service: Service) -> Record:
        """Just enough to see what is new."""
        return {
            "id": self.id("service", service.id),
            "modified_date": moment(changed_on(service)).isoformat(),
        }

    def find_service(self, wanted: str) -> Service | None:
        """By UUID, or by the id that the catalog itself uses."""
        for service in self.services:
            if wanted in (service.id, self.id("service", service.id)):
                return service
        return None

    # Places

    def place(self, service: Service, number: int) -> Record:
        """A service at one of its locations."""
        location = service.locations[number]
        return {
            "id": self.id("service_at_location", service.id, str(number)),
            "service_id": self.id("service", service.id),
            "location_id": self._location_id(location),
            "location": self._location(location),
        }

    def whole_place(self, service: Service, number: int) -> Record:
        """The same with the service in it."""
        inside = self.whole_service(service)
        inside.pop("service_at_locations", None)
        return {
            **self.place(service, number),
            **{key: inside[key] for key in ("phones", "schedules", "service_areas") if key in inside},
            "service": inside,
        }

    def places(self) -> list[tuple[Service, int]]:
        """Every service at every of its locations."""
        return [(service, number) for service in self.services for number in range(len(service.locations))]

    def _location_id(self, location: Location) -> str:
        return self.id("location", location.address_1, location.postal_code or "", location.city or "")

    def _location(self, location: Location) -> Record:
        location_id = self._location_id(location)
        address = None
        if location.postal_code and location.city:
            address = {
                "id": self.id("address", location_id),
                "location_id": location_id,
                "address_1": location.address_1,
                "city": location.city,
                "state_province": self.words(self.catalog.municipality.name),
                "postal_code": location.postal_code,
                "country": "NO",
                "address_type": "physical",
            }
        return _kept(
            {
                "id": location_id,
                "location_type": "physical",
                "name": self.words(location.name) or location.address_1,
                "addresses": [address] if address else [],
            }
        )

    # Organizations

    def organization(self, organization: Organization) -> Record:
        """What has one value, as in lists and inside services."""
        own = organization.id == self.catalog.municipality.id
        return _kept(
            {
                "id": self.id("organization", organization.id),
                "name": self.words(organization.name),
                "description": self.words(organization.description),
                "email": self.catalog.contact_point.email if own else None,
                "website": f"{base()}/" if own else organization.url,
            }
        )

    def whole_organization(self, organization: Organization, *, full_service: bool) -> Record:
        """An organization with its numbers and places; its services by id and name, or whole."""
        organization_id = self.id("organization", organization.id)
        identifiers = [
            {
                "id": self.id("organization_identifier", organization.id, "local"),
                "organization_id": organization_id,
                "identifier_type": "id in this catalog",
                "identifier": organization.id,
            }
        ]
        if organization.organization_number:
            identifiers.append(
                {
                    "id": self.id("organization_identifier", organization.id, "number"),
                    "organization_id": organization_id,
                    "identifier_scheme": "NO-BRC",
                    "identifier_type": "organization number",
                    "identifier": organization.organization_number,
                }
            )
        services = [s for s in self.services if s.organization == organization.id]
        whole = {**self.organization(organization), "organization_identifiers": identifiers}
        if organization.id == self.catalog.municipality.id:
            point = self.catalog.contact_point
            whole["phones"] = self._phones(
                [Phone(point.number, point.tel, point.name)], "organization", organization.id
            )
            whole["locations"] = [self._location(point.location)]
        whole["services"] = [
            self.whole_service(service)
            if full_service
            else {
                "id": self.id("service", service.id),
                "name": self.words(service.name),
                "status": "active",
            }
            for service in services
        ]
        return whole

    def find_organization(self, wanted: str) -> Organization | None:
        """By UUID, or by the id that the catalog itself uses."""
        for organization in self.organizations:
            if wanted in (organization.id, self.id("organization", organization.id)):
                return organization
        return None

    # Taxonomies

    def taxonomies(self) -> list[Record]:
        """Needs, life events, who it is for, and Los."""
        return [
            self._taxonomy(
                "needs", gettext("Needs"), gettext("What a person may need help with, in groups.")
            ),
            self._taxonomy(
                "life_events",
                gettext("Life events"),
                gettext("Moments in life in which people need several services."),
            ),
            self._taxonomy("audience", gettext("Who it is for"), gettext("Who may get in touch.")),
            self._taxonomy(
                "los", "Los", gettext("The national vocabulary for public services."), f"{_LOS}ontologi/tema"
            ),
        ]

    def _taxonomy(self, name: str, label: str, description: str, uri: str | None = None) -> Record:
        return _kept({"id": self.id("taxonomy", name), "name": label, "description": description, "uri": uri})

    def _terms(self) -> Iterable[Record]:
        for group, words in _GROUPS.items():
            yield self._term("needs", f"group:{group}", str(words), str(words))
        for need in self.catalog.needs.values():
            parent = self.id("taxonomy_term", "needs", f"group:{need.group}")
            yield self._term("needs", need.id, need.name[self.language], need.plain[self.language], parent)
        for event in self.catalog.life_events.values():
            name, description = event.name[self.language], event.description[self.language]
            yield self._term("life_events", event.id, name, description, uri=event.uri)
        for who, words in _AUDIENCE.items():
            yield self._term("audience", who, str(words), str(words))
        for uri in sorted({uri for service in self.services for uri in service.los}):
            # Los has proper names; the catalog has only the addresses, in which å is a and a hyphen two.
            name = "- ".join(part.replace("-", " ") for part in uri.rsplit("/", 1)[1].split("--"))
            yield self._term("los", uri.removeprefix(_LOS), name.capitalize(), uri, uri=uri)

    def _term(
        self,
        taxonomy: str,
        code: str,
        name: str,
        description: str,
        parent: str | None = None,
        uri: str | None = None,
    ) -> Record:
        return _kept(
            {
                "id": self.id("taxonomy_term", taxonomy, code),
                "code": code,
                "name": name,
                "description": description,
                "parent_id": parent,
                "taxonomy": taxonomy,
                "taxonomy_id": self.id("taxonomy", taxonomy),
                "language": self.language,
                "term_uri": uri,
            }
        )

    def terms_of(self, service: Service) -> dict[str, str]:
        """The ids of a service's terms, each with what it says about the service."""
        found = {self.id("taxonomy_term", "needs", need): "need" for need in service.primary}
        found |= {self.id("taxonomy_term", "needs", need): "secondary need" for need in service.secondary}
        found |= {
            self.id("taxonomy_term", "life_events", event): "life event"
            for event in self.life_events.get(service.id, ())
        }
        found |= {
            self.id("taxonomy_term", "audience", who): "audience"
            for who in service.audience
            if who in _AUDIENCE
        }
        found |= {
            self.id("taxonomy_term", "los", uri.removeprefix(_LOS)): "thematic area" for uri in service.los
        }
        return found

    def _attributes(self, service: Service) -> list[Record]:
        service_id = self.id("service", service.id)
        attributes: list[Record] = [
            {
                "id": self.id("attribute", service.id, "local"),
                "link_id": service_id,
                "link_type": "identifier",
                "link_entity": "service",
                "value": service.id,
            }
        ]
        for term_id, says in self.terms_of(service).items():
            attributes.append(
                {
                    "id": self.id("attribute", service.id, term_id),
                    "link_id": service_id,
                    "taxonomy_term_id": term_id,
                    "link_type": says,
                    "link_entity": "service",
                    "taxonomy_term": self.terms[term_id],
                }
            )
        return attributes

    # Parts

    def _phones(self, phones: Sequence[Phone], kind: str, owner: str) -> list[Record]:
        return [
            _kept(
                {
                    "id": self.id("phone", kind, owner, str(number)),
                    f"{kind}_id": self.id(kind, owner),
                    "number": phone.number,
                    "type": "voice",
                    "description": self.words(phone.description),
                }
            )
            for number, phone in enumerate(phones)
        ]

    def _schedules(self, hours: Hours, text: str | None, kind: str, owner: str) -> list[Record]:
        """Weekly hours as the clock knows them; where it does not, the words alone."""
        periods = [(tuple(range(7)), 0, 24 * 60 - 1)] if hours.always else []
        periods += [(period.days, period.start, period.end) for period in hours.periods]
        ids: Record = {f"{kind}_id": self.id(kind, owner)}
        if not periods:
            whole = {"id": self.id("schedule", kind, owner, "text"), **ids, "description": text}
            return [whole] if text else []
        return [
            _kept(
                {
                    "id": self.id("schedule", kind, owner, str(number)),
                    **ids,
                    "freq": "WEEKLY",
                    "interval": 1,
                    "byday": ",".join(_DAYS[day] for day in days),
                    "opens_at": self._clock(start),
                    "closes_at": self._clock(end),
                    "description": text,
                }
            )
            for number, (days, start, end) in enumerate(periods)
        ]

    def _clock(self, minutes: int) -> str:
        hour, minute = divmod(minutes % (24 * 60), 60)
        return f"{hour:02}:{minute:02}{self.offset}"

    def _area(self, service: Service) -> Record:
        local = service.level == "municipality"
        return _kept(
            {
                "id": self.id("service_area", service.id),
                "service_id": self.id("service", service.id),
                "name": self.words(self.catalog.municipality.name) if local else gettext("Norway, also here"),
                "uri": f"{base()}/catalog#sted"
                if local
                else "http://publications.europa.eu/resource/authority/country/NOR",
            }
        )

    def holds(self, service: Service, wanted: Sequence[str]) -> bool:
        """Whether every word stands somewhere in a service's texts, in either language."""
        needs = (self.catalog.needs[need] for need in service.needs)
        texts = [service.id]
        for language in LANGUAGES:
            texts += [service.name[language], service.short_name[language], service.description[language]]
            texts += service.alternate_names.get(language, ())
        for need in needs:
            texts += [*need.name.values(), *need.plain.values()]
        whole = " ".join(texts).casefold()
        return all(word in whole for word in wanted)


def changed_on(service: Service) -> date:
    """The last day on which anything about a service was checked or corrected."""
    return max((service.checked_on, *service.checked.values()))


def moment(day: date) -> datetime:
    """The beginning of a day in Norway."""
    return datetime.combine(day, time(), OSLO)


# --- What is asked for --------------------------------------------------------------------------------------


def language() -> str:
    """What the texts are in."""
    wanted = request.args.get("lang")
    if wanted is not None:
        if wanted not in LANGUAGES:
            raise BadParameter("lang", "must be nb or nn")
        return wanted
    for accepted, quality in request.accept_languages:
        known = _ACCEPTED.get(accepted.lower().replace("_", "-").split("-")[0])
        if known is not None and quality > 0:
            return known
    return current.catalog().municipality.written_language


def _number(name: str, default: int, most: int | None = None) -> int:
    text = request.args.get(name)
    if text is None:
        return default
    if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) < 1 or (most is not None and int(text) > most):
        raise BadParameter(name, "must be a whole number from 1" + (f" to {most}" if most else ""))
    return int(text)


def _truth(name: str) -> bool:
    text = request.args.get(name, "false").lower()
    if text not in ("true", "false"):
        raise BadParameter(name, "must be true or false")
    return text == "true"


def _since() -> datetime | None:
    text = request.args.get("modified_after")
    if text is None:
        return None
    try:
        # A plus sign that was not escaped has become a space.
        found = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
    except ValueError:
        raise BadParameter(
            "modified_after", "must be a date or a time such as 2026-11-22T08:00:00Z"
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=OSLO)


def _ndjson() -> bool:
    wanted = request.args.get("format", "json")
    if wanted not in ("json", "ndjson"):
        raise BadParameter("format", "must be json or ndjson")
    return wanted == "ndjson"


def _words() -> list[str]:
    return request.args.get("search", "").casefold().split()


def _listed(items: Sequence[Any], shown: Callable[[Any], Record], default: int = PER_PAGE) -> Response:
    """One page of a list; everything, a line each, as ndjson."""
    number, size = _number("page", 1), _number("per_page", default, max(MOST_PER_PAGE, default))
    if _ndjson():
        lines = "".join(json.dumps(shown(item), ensure_ascii=False) + "\n" for item in items)
        return Response(lines, content_type="application/x-ndjson; charset=utf-8")
    pages = -(-len(items) // size)
    contents = [shown(item) for item in items[(number - 1) * size : number * size]]
    return jsonify(
        {
            "total_items": len(items),
            "total_pages": pages,
            "page_number": number,
            "size": len(contents),
            "first_page": number == 1,
            "last_page": number >= pages,
            "empty": not contents,
            "contents": contents,
        }
    )


def _directory() -> Directory:
    return Directory(current.catalog(), language(), current.clock().now())


def _answered(make: Callable[[Directory], Response]) -> Response:
    """Run a view's work in the language that was asked for."""
    with force_locale(language()):
        return make(_directory())


def _found(services: Iterable[Service], directory: Directory) -> list[Service]:
    """Those that the filters leave."""
    wanted, since = _words(), _since()
    term, taxonomy = request.args.get("taxonomy_term_id"), request.args.get("taxonomy_id")
    organization = request.args.get("organization_id")
    left = []
    for service in services:
        if wanted and not directory.holds(service, wanted):
            continue
        if since is not None and moment(changed_on(service)) < since:
            continue
        if organization is not None and organization != directory.id("organization", service.organization):
            continue
        terms = directory.terms_of(service)
        if term is not None and term not in terms:
            continue
        if taxonomy is not None and not any(
            directory.terms[found]["taxonomy_id"] == taxonomy for found in terms
        ):
            continue
        left.append(service)
    return left


def _missing() -> NoReturn:
    raise NotFound


@blueprint.errorhandler(BadParameter)
def _refused(error: BadParameter) -> Response:
    return problem(400, "A parameter cannot be used", f"{error.name} {error.reason}", parameter=error.name)


@blueprint.after_request
def _no_cookie(response: Response) -> Response:
    """What is asked for here is told in the address and the headers, and forgotten."""
    session.modified = False
    response.headers.add("Vary", "Accept-Language")
    return response


# --- Views --------------------------------------------------------------------------------------------------


@blueprint.get("/")
@access("api")
@limiter.limit(PER_CLIENT)
def metadata() -> Response:
    """Which standard this is, and where it is described."""

    def make(directory: Directory) -> Response:
        municipality = directory.catalog.municipality

        def words(text: Callable[[Catalog], Text]) -> str:
            return text(directory.catalog)[directory.language]

        return jsonify(
            {
                "version": VERSION,
                "profile": PROFILE,
                "openapi_url": f"{base()}/api/openapi.json",
                "description": f"{words(title)}. {words(about)}",
                "publisher": _kept(
                    {
                        "name": municipality.name[directory.language],
                        "email": directory.catalog.contact_point.email,
                        "website": f"{base()}/",
                    }
                ),
                "modified": last_change(directory.catalog).isoformat(),
            }
        )

    return _answered(make)


@blueprint.get("/services")
@access("api")
@limiter.limit(PER_CLIENT)
def services() -> Response:
    """Services, page by page."""

    def make(directory: Directory) -> Response:
        found = _found(directory.services, directory)
        if _truth("minimal"):
            return _listed(found, directory.minimal, default=max(1, len(found)))
        return _listed(found, directory.whole_service if _truth("full") else directory.service)

    return _answered(make)


@blueprint.get("/services/<wanted>")
@access("api")
@limiter.limit(PER_CLIENT)
def service(wanted: str) -> Response:
    """One service with everything."""

    def make(directory: Directory) -> Response:
        found = directory.find_service(wanted)
        return jsonify(directory.whole_service(found)) if found else _missing()

    return _answered(make)


@blueprint.get("/organizations")
@access("api")
@limiter.limit(PER_CLIENT)
def organizations() -> Response:
    """Organizations, page by page."""

    def make(directory: Directory) -> Response:
        wanted = _words()
        by_term = {"taxonomy_term_id", "taxonomy_id"} & set(request.args)
        offering = {s.organization for s in _found(directory.services, directory)} if by_term else None
        found = [
            organization
            for organization in directory.organizations
            if (offering is None or organization.id in offering)
            and all(
                word in " ".join((*organization.name.values(), *organization.description.values())).casefold()
                for word in wanted
            )
        ]
        full, full_service = _truth("full"), _truth("full_service")

        def shown(organization: Organization) -> Record:
            if full or full_service:
                return directory.whole_organization(organization, full_service=full_service)
            return directory.organization(organization)

        return _listed(found, shown)

    return _answered(make)


@blueprint.get("/organizations/<wanted>")
@access("api")
@limiter.limit(PER_CLIENT)
def organization(wanted: str) -> Response:
    """One organization with its services."""

    def make(directory: Directory) -> Response:
        found = directory.find_organization(wanted)
        if found is None:
            _missing()
        return jsonify(directory.whole_organization(found, full_service=_truth("full_service")))

    return _answered(make)


@blueprint.get("/service_at_locations")
@access("api")
@limiter.limit(PER_CLIENT)
def places() -> Response:
    """Services at their locations, page by page."""
    for name in ("postcode", "proximity"):
        if name in request.args:
            raise BadParameter(
                name, "cannot be used: there are no coordinates, and every service covers the municipality"
            )

    def make(directory: Directory) -> Response:
        left = {service.id for service in _found(directory.services, directory)}
        found = [entry for entry in directory.places() if entry[0].id in left]
        full = _truth("full")

        def shown(entry: tuple[Service, int]) -> Record:
            if full:
                return directory.whole_place(*entry)
            return {**directory.place(*entry), "service": directory.service(entry[0])}

        return _listed(found, shown)

    return _answered(make)


@blueprint.get("/service_at_locations/<wanted>")
@access("api")
@limiter.limit(PER_CLIENT)
def place(wanted: str) -> Response:
    """One service at one location."""

    def make(directory: Directory) -> Response:
        for entry in directory.places():
            if directory.id("service_at_location", entry[0].id, str(entry[1])) == wanted:
                return jsonify(directory.whole_place(*entry))
        _missing()

    return _answered(make)


@blueprint.get("/taxonomies")
@access("api")
@limiter.limit(PER_CLIENT)
def taxonomies() -> Response:
    """The vocabularies that services are sorted by."""

    def make(directory: Directory) -> Response:
        return _listed(_matching(directory.taxonomies()), dict)

    return _answered(make)


@blueprint.get("/taxonomies/<wanted>")
@access("api")
@limiter.limit(PER_CLIENT)
def taxonomy(wanted: str) -> Response:
    """One vocabulary."""

    def make(directory: Directory) -> Response:
        for found in directory.taxonomies():
            if found["id"] == wanted:
                return jsonify(found)
        _missing()

    return _answered(make)


@blueprint.get("/taxonomy_terms")
@access("api")
@limiter.limit(PER_CLIENT)
def terms() -> Response:
    """The terms of the vocabularies, page by page."""

    def make(directory: Directory) -> Response:
        parent, of = request.args.get("parent_id"), request.args.get("taxonomy_id")
        top_only = _truth("top_only")
        found = [
            term
            for term in _matching(directory.terms.values())
            if (parent is None or term.get("parent_id") == parent)
            and (of is None or term["taxonomy_id"] == of)
            and not (top_only and "parent_id" in term)
        ]
        return _listed(found, dict)

    return _answered(make)


@blueprint.get("/taxonomy_terms/<wanted>")
@access("api")
@limiter.limit(PER_CLIENT)
def term(wanted: str) -> Response:
    """One term."""

    def make(directory: Directory) -> Response:
        found = directory.terms.get(wanted)
        return jsonify(found) if found else _missing()

    return _answered(make)


def _matching(records: Iterable[Record]) -> list[Record]:
    wanted = _words()
    return [
        record
        for record in records
        if all(word in f"{record['name']} {record['description']}".casefold() for word in wanted)
    ]
