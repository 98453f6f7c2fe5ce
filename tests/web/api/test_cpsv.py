"""The catalog as CPSV-AP-NO: what a client of linked data finds at the running portal, held against the specification."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pyshacl import validate
from rdflib import RDF, SKOS, Graph, Literal, URIRef
from rdflib.term import BNode

from tests.conftest import FakeAssistant
from web.api import cpsv
from web.api.cpsv import CPSV, CPSVNO, CV, DCAT, DCATNO, DCT, ELI, FOAF, SCHEMA
from web.catalog import Hours, LifeEvent, load, municipalities

# The reader of JSON-LD in rdflib 7.6 uses a class of its own that it advises against.
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")

SHAPES = Graph().parse(Path(__file__).parent / "cpsv_shapes.ttl")
CATALOG = Path(__file__).resolve().parents[3] / "services_catalog"
BASE = "http://localhost:8000"
LOS = "https://psi.norge.no/los/tema/barnevern"


@pytest.fixture
def assistant() -> FakeAssistant:
    """The assistant has no part in this."""
    return FakeAssistant()


@pytest.fixture(scope="session")
def catalog(catalog: Any) -> Any:
    """The real one, made sure to hold what the standard has a place for: Los, hours, a life event's own address."""
    services = dict(catalog.services)
    services["hfu"] = dataclasses.replace(
        services["hfu"], los=(LOS,), hours=Hours(always=True), url="https://www.example.no/hfu"
    )
    events = dict(catalog.life_events)
    first = next(iter(events.values()))
    kind = "https://data.norge.no/vocabulary/life-event-type#having-a-child"
    events[first.id] = LifeEvent(first.id, first.name, first.description, kind, first.needs)
    return dataclasses.replace(catalog, services=services, life_events=events)


def read(client: Any, path: str, **headers: str) -> Graph:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200
    media = answer.content_type.split(";")[0]
    return Graph().parse(data=answer.data, format={"application/ld+json": "json-ld"}.get(media, media))


@pytest.fixture(scope="module")
def once() -> dict[str, Graph]:
    return {}


@pytest.fixture
def graph(client: Any, once: dict[str, Graph]) -> Graph:
    """What the portal publishes, read once for all tests that only look."""
    if not once:
        once["read"] = read(client, "/catalog.ttl")
    return once["read"]


@pytest.fixture
def small(app: Any, catalog: Any) -> Graph:
    """A few services of several kinds: enough to break, and quick to check."""
    kept = {"hfu", "statsforvalteren", "skeiv_ungdom", "sorgstotte"}
    kept |= {found.id for found in catalog.citizen_services() if found.organization == "nav"}
    services = {name: found for name, found in catalog.services.items() if name in kept}
    with app.test_request_context():
        return cpsv.graph(dataclasses.replace(catalog, services=services), BASE)


def problems(graph: Graph) -> str:
    conforms, _, text = validate(graph, shacl_graph=SHAPES)
    return "" if conforms else str(text)


def service(name: str) -> URIRef:
    return URIRef(f"{BASE}/tjenester/{name}")


def words(graph: Graph, node: Any, predicate: URIRef) -> dict[str | None, str]:
    return {text.language: str(text) for text in graph.objects(node, predicate) if isinstance(text, Literal)}


def test_it_is_as_the_specification_says(graph: Graph) -> None:
    assert problems(graph) == ""


@pytest.mark.parametrize("name", [name for name in municipalities(CATALOG) if name != "fjordvik"])
def test_so_are_the_other_municipalities(app: Any, name: str) -> None:
    catalog = load(CATALOG, name)
    with app.test_request_context():
        written = cpsv.graph(catalog, f"{BASE}/{name}")
    assert problems(written) == ""
    authority = written.value(URIRef(f"{BASE}/{name}/catalog"), DCT.publisher)
    assert words(written, authority, SKOS.prefLabel) == dict(catalog.municipality.name)


BREAKS: dict[str, Callable[[Graph], object]] = {
    "a service without a name": lambda g: g.remove((service("hfu"), DCT.title, None)),
    "a service in one language": lambda g: [
        g.remove((service("hfu"), DCT.title, text))
        for text in list(g.objects(service("hfu"), DCT.title))
        if isinstance(text, Literal) and text.language == "nn"
    ],
    "a text without language": lambda g: g.add((service("hfu"), DCT.description, Literal("Hjelp"))),
    "two identifiers": lambda g: g.add((service("hfu"), DCT.identifier, Literal("2"))),
    "no authority": lambda g: g.remove((service("hfu"), CV.hasCompetentAuthority, None)),
    "an authority that is not described": lambda g: g.add(
        (service("hfu"), CV.hasCompetentAuthority, URIRef("https://example.no/nobody"))
    ),
    "no contact point": lambda g: g.remove((service("hfu"), CV.contactPoint, None)),
    "a contact point without any way": lambda g: [
        g.remove((URIRef(f"{BASE}/catalog#kontakt"), way, None))
        for way in (CV.telephone, CV.email, CV.contactPage)
    ],
    "no possible output": lambda g: g.remove((service("hfu"), CPSVNO.hasPossibleOutput, None)),
    "an old status": lambda g: g.set(
        (service("hfu"), cpsv.ADMS.status, URIRef("http://purl.org/adms/status/Completed"))
    ),
    "a theme that is no concept": lambda g: g.remove((URIRef(LOS), RDF.type, SKOS.Concept)),
    "a catalog without publisher": lambda g: g.remove((None, DCT.publisher, None)),
    "a catalog without services": lambda g: g.remove((None, DCATNO.containsService, None)),
    "no catalog": lambda g: g.remove((None, RDF.type, DCAT.Catalog)),
    "an authority without area": lambda g: g.remove(
        (URIRef(f"{BASE}/catalog#organisasjon-nav"), DCT.spatial, None)
    ),
    "a life event that leads nowhere": lambda g: g.remove(
        (URIRef(f"{BASE}/catalog#livshendelse-someone_dies"), CPSVNO.mayTriggerNeedFor, None)
    ),
    "a channel without identifier": lambda g: g.remove(
        (URIRef(f"{BASE}/tjenester/hfu#kanal-phone"), DCT.identifier, None)
    ),
}


@pytest.mark.parametrize("what", BREAKS)
def test_what_is_broken_is_noticed(small: Graph, what: str) -> None:
    before = set(small)
    BREAKS[what](small)
    assert set(small) != before, "nothing was broken"
    assert problems(small) != ""


def test_a_few_services_are_as_the_specification_says_too(small: Graph) -> None:
    assert problems(small) == ""


def test_both_formats_say_the_same(client: Any) -> None:
    in_turtle, in_json = read(client, "/catalog.ttl"), read(client, "/catalog.jsonld")
    assert set(in_turtle) == set(in_json)
    assert len(in_turtle) > 3000
    assert not [node for node in in_turtle.all_nodes() if isinstance(node, BNode)], (
        "every node has an address"
    )


@pytest.mark.parametrize("path", ["/catalog.ttl", "/catalog.jsonld"])
def test_a_client_finds_its_way(client: Any, path: str) -> None:
    graph = read(client, path)
    found = graph.value(predicate=RDF.type, object=DCAT.Catalog)
    assert found == URIRef(f"{BASE}/catalog")
    assert words(graph, found, DCT.title) == {
        "nb": "Hjelp for barn, unge og familier i Fjordvik kommune",
        "nn": "Hjelp for barn, unge og familiar i Fjordvik kommune",
    }
    assert "oppdikta" in words(graph, found, DCT.description)["nn"], (
        "this municipality is made up, and says so"
    )
    hfu = service("hfu")
    assert (found, DCATNO.containsService, hfu) in graph
    assert words(graph, hfu, DCT.title)["nb"] == "Helsestasjon for ungdom"
    assert words(graph, service("statsforvalteren"), DCT.title) == {
        "nb": "Statsforvalteren",
        "nn": "Statsforvaltaren",
    }
    authority = graph.value(hfu, CV.hasCompetentAuthority)
    assert words(graph, authority, SKOS.prefLabel) == {"nb": "Fjordvik kommune", "nn": "Fjordvik kommune"}
    assert graph.value(found, DCT.publisher) == authority
    contact = graph.value(hfu, CV.contactPoint)
    assert str(graph.value(contact, CV.telephone)) == "tel:+4700000021"
    assert URIRef(LOS) in set(graph.objects(hfu, CV.thematicArea))
    assert {URIRef(f"{BASE}/tjenester/hfu"), URIRef("https://www.example.no/hfu")} == set(
        graph.objects(hfu, FOAF.homepage)
    )
    output = graph.value(hfu, CPSVNO.hasPossibleOutput)
    assert words(graph, output, DCT.title)["nn"] == "Hjelp frå Helsestasjon for ungdom"
    law = graph.value(hfu, CV.hasLegalResource)
    assert (law, RDF.type, ELI.LegalResource) in graph
    assert len(set(graph.objects(graph.value(contact, SCHEMA.hoursAvailable), SCHEMA.dayOfWeek))) == 7


def test_every_service_that_citizens_may_see_and_no_other(graph: Graph, catalog: Any) -> None:
    published = {
        str(node).rsplit("/", 1)[1]
        for kind in (CPSV.PublicService, CPSVNO.Service)
        for node in graph.subjects(RDF.type, kind)
    }
    assert published == {found.id for found in catalog.services.values() if found.for_citizens}
    hidden = {found.id for found in catalog.services.values() if not found.for_citizens}
    assert hidden
    addresses = [str(node) for node in graph.all_nodes() if isinstance(node, URIRef)]
    assert not [address for address in addresses if address.split("#")[0].rsplit("/", 1)[-1] in hidden]


def test_a_paragraph_that_nobody_has_read_is_not_passed_on(graph: Graph, catalog: Any) -> None:
    titles = {str(words(graph, law, DCT.title)["nb"]) for law in graph.subjects(RDF.type, ELI.LegalResource)}
    read_ones = {
        f"{law.law} {law.paragraph}"
        for found in catalog.citizen_services()
        for law in found.legal
        if law.verified and law.paragraph
    }
    assert read_ones
    assert {title for title in titles if "§" in title} == {title for title in read_ones if "§" in title}


def test_voluntary_services_are_not_public_ones(graph: Graph, catalog: Any) -> None:
    voluntary = [found.id for found in catalog.citizen_services() if found.level == "voluntary"]
    assert voluntary
    for name in voluntary:
        assert (service(name), RDF.type, CPSVNO.Service) in graph
        assert graph.value(service(name), CV.ownedBy) is not None


def test_life_events_lead_to_services(graph: Graph, catalog: Any) -> None:
    event = URIRef(f"{BASE}/catalog#livshendelse-someone_dies")
    assert (URIRef(f"{BASE}/catalog"), DCATNO.containsEvent, event) in graph
    triggered = set(graph.objects(event, CPSVNO.mayTriggerNeedFor))
    grieving = {
        service(found.id)
        for found in catalog.citizen_services()
        if "grief" in found.primary or "someone_dies" in found.life_events
    }
    assert triggered
    assert triggered <= grieving


def test_it_is_sent_again_only_when_something_is_new(client: Any) -> None:
    for path in ("/catalog.ttl", "/catalog.jsonld"):
        first = client.get(path)
        assert "X-Robots-Tag" not in first.headers
        assert "Set-Cookie" not in first.headers
        again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")
        other = client.get(path, headers={"If-None-Match": '"something-else"'})
        assert other.status_code == 200
        assert other.data == first.data
    assert client.get("/catalog.ttl").headers["ETag"] != client.get("/catalog.jsonld").headers["ETag"]


def test_a_changed_catalog_has_another_etag(app: Any, catalog: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    client = app.test_client()
    before = client.get("/catalog.ttl")
    services = dict(catalog.services)
    services["hfu"] = dataclasses.replace(services["hfu"], fees={"nb": "10 kroner.", "nn": "10 kroner."})
    changed = dataclasses.replace(catalog, services=services)
    monkeypatch.setattr("web.api.cpsv.current.catalog", lambda: changed)
    after = client.get("/catalog.ttl", headers={"If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200
    assert "10 kroner." in after.text


def test_the_catalogs_own_address_leads_to_the_format_asked_for(client: Any) -> None:
    for accept, path in (
        ("text/turtle", "/catalog.ttl"),
        ("application/ld+json", "/catalog.jsonld"),
        ("*/*", "/catalog.ttl"),
    ):
        answer = client.get("/catalog", headers={"Accept": accept})
        assert answer.status_code == 303
        assert answer.headers["Location"] == BASE + path


def test_addresses_come_from_the_settings_and_keep_a_path_in_front(make_app: Callable[..., Any]) -> None:
    app = make_app(public_url="https://hjelp.example.no/dor")
    client = app.test_client()
    plain = client.get("/catalog.ttl", headers={"Host": "evil.example.com"}).text
    assert "evil.example.com" not in plain
    assert "<https://hjelp.example.no/dor/tjenester/hfu>" in plain
    behind = client.get("/catalog.ttl", environ_overrides={"SCRIPT_NAME": "/dor"}).text
    assert "<https://hjelp.example.no/dor/tjenester/hfu>" in behind
    assert "/dor/dor" not in behind
    deeper = client.get("/catalog.ttl", environ_overrides={"SCRIPT_NAME": "/dor/fjordvik"}).text
    assert "<https://hjelp.example.no/dor/fjordvik/tjenester/hfu>" in deeper


def test_numbers_are_for_computers(graph: Graph) -> None:
    for number in graph.objects(None, CV.telephone):
        assert re.fullmatch(r"tel:\+?\d+", str(number))
    assert cpsv._tel("116111") == "tel:116111"
    assert cpsv._tel("75012000") == "tel:+4775012000"
