"""The catalog as linked data: CPSV-AP-NO (version 1.1), for data.norge.no and everybody else.

docs/standards.md says what is left out, and why.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from flask import Blueprint, Response, current_app, redirect, request
from flask_babel import gettext
from rdflib import RDF, RDFS, SKOS, XSD, Graph, Literal, Namespace, URIRef
from werkzeug.wrappers import Response as AnyResponse

from web import current
from web.api.addresses import base
from web.api.texts import about, ages, both, limited, title
from web.catalog import Catalog, Hours, LifeEvent, Location, Organization, Service, Text
from web.security.access import access
from web.security.limits import limiter

blueprint = Blueprint("linked_data", __name__)

PER_CLIENT = "120 per minute"

ADMS: Final = Namespace("http://www.w3.org/ns/adms#")
CPSV: Final = Namespace("http://purl.org/vocab/cpsv#")
CPSVNO: Final = Namespace("https://data.norge.no/vocabulary/cpsvno#")
CV: Final = Namespace("http://data.europa.eu/m8g/")
DCAT: Final = Namespace("http://www.w3.org/ns/dcat#")
DCATNO: Final = Namespace("https://data.norge.no/vocabulary/dcatno#")
DCT: Final = Namespace("http://purl.org/dc/terms/")
ELI: Final = Namespace("http://data.europa.eu/eli/ontology#")
FOAF: Final = Namespace("http://xmlns.com/foaf/0.1/")
LOCN: Final = Namespace("http://www.w3.org/ns/locn#")
ORG: Final = Namespace("http://www.w3.org/ns/org#")
SCHEMA: Final = Namespace("https://schema.org/")
VCARD: Final = Namespace("http://www.w3.org/2006/vcard/ns#")
PREFIXES: Final = {
    "adms": ADMS,
    "cpsv": CPSV,
    "cpsvno": CPSVNO,
    "cv": CV,
    "dcat": DCAT,
    "dcatno": DCATNO,
    "dct": DCT,
    "eli": ELI,
    "foaf": FOAF,
    "locn": LOCN,
    "org": ORG,
    "rdfs": RDFS,
    "schema": SCHEMA,
    "skos": SKOS,
    "vcard": VCARD,
    "xsd": XSD,
}

_EU: Final = "http://publications.europa.eu/resource/authority/"
NORWAY: Final = URIRef(f"{_EU}country/NOR")
COMPLETED: Final = URIRef(f"{_EU}distribution-status/COMPLETED")
_BOKMAL: Final = URIRef(f"{_EU}language/NOB")
_NYNORSK: Final = URIRef(f"{_EU}language/NNO")
_LANGUAGES: Final = {
    "no": (_BOKMAL, _NYNORSK),
    "nb": (_BOKMAL,),
    "nn": (_NYNORSK,),
    "en": (URIRef(f"{_EU}language/ENG"),),
    "se": (URIRef(f"{_EU}language/SME"),),
}
_LOS: Final = URIRef("https://psi.norge.no/los/ontologi/tema")
_REGISTER: Final = "https://organization-catalog.fellesdatakatalog.digdir.no/organizations/"
_PUBLISHER: Final = "http://purl.org/adms/publishertype/"
_PUBLISHER_TYPES: Final = {
    "municipality": "LocalAuthority",
    "county": "RegionalAuthority",
    "health_trust": "RegionalAuthority",
    "state": "NationalAuthority",
    "voluntary": "NonProfitOrganisation",
}
_CHANNEL: Final = "https://data.norge.no/vocabulary/service-channel-type#"
_CHANNELS: Final = {
    "phone": "telephone",
    "drop_in": "service-bureau",
    "online": "online-service",
    "chat": "online-service",
    "application": "online-service",
}
"""Ways in that are channels. A referral is none: somebody else opens that door."""
_LIFE_EVENT_TYPES: Final = "https://data.norge.no/vocabulary/life-event-type#"
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_EARLIEST: Final = date(2000, 1, 1)


# --- The graph ----------------------------------------------------------------------------------------------


def graph(catalog: Catalog, address: str) -> Graph:
    """Everything that citizens may see, as one graph; address is that of the portal. Needs the translations."""
    return _Writer(catalog, address).written()


def life_event_services(catalog: Catalog, event: LifeEvent) -> list[Service]:
    """The services that a life event may need: those that name it; of those that name none, the ones whose main needs it has."""
    return [
        service
        for service in catalog.citizen_services()
        if event.id in service.life_events
        or (not service.life_events and not set(event.needs).isdisjoint(service.primary))
    ]


def last_change(catalog: Catalog) -> date:
    """The newest date on which anything that is published was checked."""
    days = [_EARLIEST, catalog.municipality.checked_on]
    for service in catalog.citizen_services():
        days += [service.checked_on, *service.checked.values()]
    return max(days)


class _Writer:
    """Writes one graph. Every node has an address, so that both formats hold the same triples and readers can link to them."""

    def __init__(self, catalog: Catalog, address: str) -> None:
        self.catalog = catalog
        self.address = address
        self.graph = Graph(bind_namespaces="none")
        for prefix, namespace in PREFIXES.items():
            self.graph.bind(prefix, namespace)
        self.root = URIRef(f"{address}/catalog")
        self.place = self._part("sted")
        self.door = self._part("kontakt")

    def written(self) -> Graph:
        catalog = self.catalog
        services = list(catalog.citizen_services())
        self._places()
        for organization_id in dict.fromkeys(
            (catalog.municipality.id, *(service.organization for service in services))
        ):
            self._organization(catalog.organizations[organization_id])
        self._door()
        for service in services:
            self._service(service)
        for event in catalog.life_events.values():
            self._life_event(event)
        self._catalog(services)
        return self.graph

    # Small helpers

    def _part(self, name: str) -> URIRef:
        return URIRef(f"{self.root}#{name}")

    def service_uri(self, service_id: str) -> URIRef:
        return URIRef(f"{self.address}/tjenester/{service_id}")

    def _add(self, node: URIRef, predicate: URIRef, *values: URIRef | Literal) -> None:
        for value in values:
            self.graph.add((node, predicate, value))

    def _text(self, node: URIRef, predicate: URIRef, text: Text) -> None:
        self._add(node, predicate, *(Literal(words, lang=language) for language, words in text.items()))

    def _identified(self, node: URIRef, kind: URIRef, identifier: str | None = None) -> URIRef:
        self._add(node, RDF.type, kind)
        self._add(node, DCT.identifier, Literal(identifier or str(node), datatype=XSD.anyURI))
        return node

    # Parts

    def _catalog(self, services: Iterable[Service]) -> None:
        node, municipality = self._identified(self.root, DCAT.Catalog), self.catalog.municipality
        self._text(node, DCT.title, title(self.catalog))
        self._text(node, DCT.description, about(self.catalog))
        self._add(node, DCT.publisher, self._organization_uri(self.catalog.organizations[municipality.id]))
        self._add(node, CV.contactPoint, self.door)
        self._add(node, DCATNO.containsService, *(self.service_uri(service.id) for service in services))
        self._add(node, DCT.spatial, NORWAY, self.place)
        self._add(node, DCT.modified, Literal(last_change(self.catalog)))
        self._add(node, DCT.language, _BOKMAL, _NYNORSK)
        self._add(node, FOAF.homepage, URIRef(f"{self.address}/tjenester"))
        self._add(node, DCAT.themeTaxonomy, _LOS)
        self._add(_LOS, RDF.type, SKOS.ConceptScheme)

    def _places(self) -> None:
        municipality = self.catalog.municipality
        self._add(NORWAY, RDF.type, DCT.Location)
        self._add(self.place, RDF.type, DCT.Location)
        self._text(self.place, RDFS.label, municipality.name)
        if municipality.municipality_number:
            self._add(self.place, DCT.identifier, Literal(municipality.municipality_number))

    def _organization_uri(self, organization: Organization) -> URIRef:
        if organization.organization_number:
            return URIRef(_REGISTER + organization.organization_number)
        return self._part(f"organisasjon-{organization.id}")

    def _organization(self, organization: Organization) -> None:
        node = self._organization_uri(organization)
        public = organization.level != "voluntary"
        own = organization.id == self.catalog.municipality.id
        self._identified(node, CV.PublicOrganisation if public else ORG.Organization)
        if own:
            self._add(node, RDF.type, FOAF.Agent)  # as publisher
        self._text(node, SKOS.prefLabel, organization.name)
        self._text(node, DCT.title, organization.name)
        self._text(node, DCT.description, organization.description)
        self._add(node, DCT.spatial, NORWAY)
        self._add(node, DCT.type, URIRef(_PUBLISHER + _PUBLISHER_TYPES[organization.level]))
        if organization.url:
            self._add(node, FOAF.homepage, URIRef(organization.url))
        if own:
            self._add(node, DCT.spatial, self.place)
            self._add(node, FOAF.homepage, URIRef(f"{self.address}/"))
            self._add(node, LOCN.address, self._address(self.catalog.contact_point.location, "adresse"))

    def _address(self, location: Location, name: str) -> URIRef:
        node = self._part(name)
        self._add(node, RDF.type, LOCN.Address)
        whole = ", ".join(filter(None, (location.address_1, _post(location))))
        self._text(node, LOCN.fullAddress, {"nb": whole, "nn": whole})
        if location.postal_code:
            self._add(node, LOCN.postCode, Literal(location.postal_code))
        return node

    def _door(self) -> None:
        point = self.catalog.contact_point
        self._add(self.door, RDF.type, CV.ContactPoint)
        self._text(self.door, VCARD.category, point.name)
        self._text(self.door, DCT.description, point.description)
        self._add(self.door, CV.telephone, Literal(_tel(point.tel)))
        if point.email:
            self._add(self.door, CV.email, Literal(f"mailto:{point.email}", datatype=XSD.anyURI))
        self._add(self.door, CV.contactPage, URIRef(f"{self.address}/"))
        self._add(self.door, VCARD.language, _BOKMAL, _NYNORSK)
        self._hours(self.door, point.hours)

    def _service(self, service: Service) -> None:
        organization = self.catalog.organizations[service.organization]
        public = organization.level != "voluntary"
        node = self._identified(
            self.service_uri(service.id), CPSV.PublicService if public else CPSVNO.Service
        )
        self._text(node, DCT.title, service.name)
        self._text(node, DCT.description, service.description)
        owner = self._organization_uri(organization)
        self._add(node, CV.hasCompetentAuthority if public else CV.ownedBy, owner)
        self._add(node, CV.contactPoint, self._contact_point(node, service))
        self._add(node, CPSVNO.hasPossibleOutput, self._output(node, service))
        self._add(node, ADMS.status, COMPLETED)
        self._add(node, DCT.spatial, NORWAY)
        if service.level == "municipality":
            self._add(node, DCT.spatial, self.place)
        self._add(node, FOAF.homepage, URIRef(f"{self.address}/tjenester/{service.id}"))
        if service.url:
            self._add(node, FOAF.homepage, URIRef(service.url))
        for theme in map(URIRef, service.los):
            self._add(node, CV.thematicArea, theme)
            self._add(theme, RDF.type, SKOS.Concept)
        for need in service.primary:
            concept = self._part(f"behov-{need}")
            self._add(node, DCT.subject, concept)
            self._add(concept, RDF.type, SKOS.Concept)
            self._text(concept, SKOS.prefLabel, self.catalog.needs[need].name)
        for language, words in service.alternate_names.items():
            self._add(node, DCAT.keyword, *(Literal(word, lang=language) for word in words))
        self._add(
            node, DCT.language, *(uri for code in service.languages for uri in _LANGUAGES.get(code, ()))
        )
        self._cost(node, service)
        self._channels(node, service, owner)
        self._legal(node, service)
        if limited(service):
            requirement = self._identified(URIRef(f"{node}#alder"), CV.Requirement)
            self._text(requirement, DCT.title, both(lambda _: ages(service)))
            self._add(node, CV.holdsRequirement, requirement)

    def _contact_point(self, node: URIRef, service: Service) -> URIRef:
        """The service's own; the municipality's one door where the service can be reached no other way."""
        if not (service.phones or service.email or service.url):
            return self.door
        point = URIRef(f"{node}#kontakt")
        self._add(point, RDF.type, CV.ContactPoint)
        self._text(point, VCARD.category, service.short_name)
        self._add(point, CV.telephone, *(Literal(_tel(phone.tel)) for phone in service.phones))
        if service.email:
            self._add(point, CV.email, Literal(f"mailto:{service.email}", datatype=XSD.anyURI))
        if service.url:
            self._add(point, CV.contactPage, URIRef(service.url))
        self._hours(point, service.hours)
        return point

    def _output(self, node: URIRef, service: Service) -> URIRef:
        output = self._identified(URIRef(f"{node}#resultat"), CPSVNO.PossibleOutput)
        self._text(
            output,
            DCT.title,
            both(lambda language: gettext("Help from %(service)s", service=service.name[language])),
        )
        self._text(output, DCT.description, service.description)
        self._add(output, DCT.language, _BOKMAL, _NYNORSK)
        return output

    def _cost(self, node: URIRef, service: Service) -> None:
        cost = self._identified(URIRef(f"{node}#pris"), CV.Cost)
        self._text(cost, DCT.description, service.fees)
        self._add(node, CV.hasCost, cost)

    def _channels(self, node: URIRef, service: Service, owner: URIRef) -> None:
        for way in service.access.ways:
            kind = _CHANNELS.get(way)
            if kind is None:
                continue
            channel = self._identified(URIRef(f"{node}#kanal-{way}"), CV.Channel)
            self._add(node, CV.hasChannel, channel)
            self._add(channel, DCT.type, URIRef(_CHANNEL + kind))
            self._add(channel, CV.ownedBy, owner)
            self._text(channel, DCT.description, service.how)
            if service.schedules:
                self._text(channel, DCT.description, service.schedules)
            if way == "phone":
                self._add(channel, VCARD.hasTelephone, *(Literal(_tel(p.tel)) for p in service.phones))
            elif way == "drop_in":
                for number, location in enumerate(service.locations, start=1):
                    self._add(channel, VCARD.hasAddress, self._street(node, number, location))
            elif service.url:
                self._add(channel, VCARD.hasURL, URIRef(service.url))
            self._hours(channel, service.hours)

    def _street(self, node: URIRef, number: int, location: Location) -> URIRef:
        address = URIRef(f"{node}#adresse-{number}")
        self._add(address, RDF.type, VCARD.Address)
        self._add(address, VCARD["street-address"], Literal(location.address_1))
        if location.postal_code:
            self._add(address, VCARD["postal-code"], Literal(location.postal_code))
        if location.city:
            self._add(address, VCARD.locality, Literal(location.city))
        return address

    def _hours(self, node: URIRef, hours: Hours) -> None:
        """Opening hours in the words of schema.org; docs/standards.md says why not as cv:openingHours."""
        periods = [(tuple(range(7)), 0, 24 * 60 - 1)] if hours.always else []
        periods += [(period.days, period.start, period.end) for period in hours.periods]
        for number, (days, start, end) in enumerate(periods, start=1):
            name = f"{node}-apent-{number}" if "#" in node else f"{node}#apent-{number}"
            opening = URIRef(name)
            self._add(node, SCHEMA.hoursAvailable, opening)
            self._add(opening, RDF.type, SCHEMA.OpeningHoursSpecification)
            self._add(opening, SCHEMA.dayOfWeek, *(SCHEMA[_DAYS[day]] for day in days))
            self._add(opening, SCHEMA.opens, Literal(_time(start), datatype=XSD.time))
            self._add(opening, SCHEMA.closes, Literal(_time(end), datatype=XSD.time))

    def _legal(self, node: URIRef, service: Service) -> None:
        for legal in service.legal:
            # A paragraph that nobody has read in the law itself is not passed on.
            name = " ".join(filter(None, (legal.law, legal.paragraph if legal.verified else None)))
            resource = self._identified(self._part(f"regelverk-{_slug(name)}"), ELI.LegalResource)
            self._text(resource, DCT.title, {"nb": name, "nn": name})
            self._add(node, CV.hasLegalResource, resource)

    def _life_event(self, event: LifeEvent) -> None:
        services = life_event_services(self.catalog, event)
        if not services:
            return
        node = self._identified(self._part(f"livshendelse-{event.id}"), CV.LifeEvent)
        self._text(node, DCT.title, event.name)
        self._text(node, DCT.description, event.description)
        self._add(node, CV.contactPoint, self.door)
        if event.uri and event.uri.startswith(_LIFE_EVENT_TYPES):
            self._add(node, DCT.type, URIRef(event.uri))
        elif event.uri:
            concept = URIRef(event.uri)
            self._add(node, DCT.subject, concept)
            self._add(concept, RDF.type, SKOS.Concept)
        self._add(self.root, DCATNO.containsEvent, node)
        for service in services:
            self._add(node, CPSVNO.mayTriggerNeedFor, self.service_uri(service.id))
            self._add(self.service_uri(service.id), CV.isGroupedBy, node)


def _post(location: Location) -> str:
    return " ".join(filter(None, (location.postal_code, location.city)))


def _tel(number: str) -> str:
    """A number for a computer: eight digits are Norwegian; short ones have no country code."""
    return f"tel:+47{number}" if re.fullmatch(r"\d{8}", number) else f"tel:{number}"


def _time(minutes: int) -> str:
    hour, minute = divmod(minutes % (24 * 60), 60)
    return f"{hour:02}:{minute:02}:00"


def _slug(text: str) -> str:
    """Part of an address: letters, digits and hyphens, told apart by a short hash where signs were lost."""
    plain = text.lower().translate(str.maketrans("æøå", "eoa")).replace("§", "paragraf")
    readable = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    return f"{readable[:60]}-{hashlib.sha256(text.encode()).hexdigest()[:6]}"


# --- Serving it ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Made:
    """What was written last for one address, for as long as the catalog is the same object."""

    catalog: Catalog
    turtle: bytes
    json_ld: bytes
    version: str


def _made() -> _Made:
    catalog, address = current.catalog(), base()
    kept: dict[str, _Made] = current_app.extensions.setdefault("portal-linked-data", {})
    made = kept.get(address)
    if made is None or made.catalog is not catalog:
        written = graph(catalog, address)
        lines = sorted(written.serialize(format="nt").splitlines())
        made = _Made(
            catalog,
            written.serialize(format="turtle", encoding="utf-8"),
            written.serialize(
                format="json-ld",
                encoding="utf-8",
                context={prefix: str(uri) for prefix, uri in PREFIXES.items()},
                sort_keys=True,
            ),
            hashlib.sha256("\n".join(lines).encode()).hexdigest()[:32],
        )
        kept[address] = made
    return made


def _answer(body: bytes, content_type: str, version: str) -> Response:
    response = Response(body, content_type=content_type)
    response.set_etag(version)
    response.make_conditional(request)
    return response


@blueprint.get("/catalog.ttl")
@access("public", index=True)
@limiter.limit(PER_CLIENT)
def turtle() -> Response:
    """The catalog in Turtle."""
    made = _made()
    return _answer(made.turtle, "text/turtle; charset=utf-8", f"{made.version}-ttl")


@blueprint.get("/catalog.jsonld")
@access("public", index=True)
@limiter.limit(PER_CLIENT)
def json_ld() -> Response:
    """The catalog in JSON-LD."""
    made = _made()
    return _answer(made.json_ld, "application/ld+json", f"{made.version}-jsonld")


@blueprint.get("/catalog")
@access("public")
@limiter.limit(PER_CLIENT)
def catalog_itself() -> AnyResponse:
    """The address that stands in the data: on to the format that the reader asks for."""
    wanted = request.accept_mimetypes.best_match(
        ["text/turtle", "application/ld+json", "application/json"], default="text/turtle"
    )
    name = "catalog.ttl" if wanted == "text/turtle" else "catalog.jsonld"
    answer = redirect(f"{base()}/{name}", 303)
    answer.headers["Vary"] = "Accept"
    return answer
