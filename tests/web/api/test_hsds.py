"""Open Referral HSDS: what a client that knows only the standard reads, held against schemas and the catalog."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any
from uuid import UUID

import jsonschema
import pytest

from tests.conftest import FakeAssistant
from web.api import hsds
from web.api.schema import openapi
from web.catalog import Location, Phone

LOS = "https://psi.norge.no/los/tema/barnevern"
ROOT = "/api/hsds"
COMPONENTS = openapi()["components"]


@pytest.fixture
def assistant() -> FakeAssistant:
    """The assistant has no part in this."""
    return FakeAssistant()


@pytest.fixture(scope="session")
def catalog(catalog: Any) -> Any:
    """The real one, with a service that was corrected later, has a theme in Los, a notice, and two places."""
    services = dict(catalog.services)
    services["hfu"] = dataclasses.replace(
        services["hfu"],
        verified=True,
        los=(LOS,),
        hours=catalog.contact_point.hours,
        schedules={"nb": "Tirsdag og torsdag 14–18.", "nn": "Tysdag og torsdag 14–18."},
        alert={"nb": "Stengt i fellesferien.", "nn": "Stengt i fellesferien."},
        email="hfu@example.no",
        checked={"hours": date(2027, 1, 15)},
        phones=(Phone("00 00 00 21", "00000021", {"nb": "Sentralbord", "nn": "Sentralbord"}),),
        locations=(Location("Storgata 1", "0000", "Fjordvik"), Location("Fjordsenteret")),
    )
    return dataclasses.replace(catalog, services=services)


def check(data: Any, schema: str) -> None:
    """Against the published description, formats too."""
    whole = {"$ref": f"#/components/schemas/{schema}", "components": COMPONENTS}
    jsonschema.Draft202012Validator(whole, format_checker=jsonschema.FormatChecker()).validate(data)


class HSDSClient:
    """Knows the standard and nothing of this portal: turns pages, follows ids."""

    def __init__(self, http: Any, root: str) -> None:
        self.http, self.root = http, root

    def get(self, path: str, **query: Any) -> Any:
        answer = self.http.get(f"{self.root}{path}", query_string=query)
        assert answer.status_code == 200, answer.text
        return answer.json

    def everything(self, what: str, per_page: int = 20, **query: Any) -> Iterator[Any]:
        number, seen = 1, 0
        while True:
            page = self.get(f"/{what}", page=number, per_page=per_page, **query)
            check(page, "Page")
            assert page["page_number"] == number
            assert page["size"] == len(page["contents"]) <= per_page
            assert page["first_page"] is (number == 1)
            assert page["empty"] is (page["size"] == 0)
            yield from page["contents"]
            seen += page["size"]
            if page["last_page"]:
                assert (seen, number) == (page["total_items"], max(1, page["total_pages"]))
                return
            number += 1


@pytest.fixture
def reader(client: Any) -> HSDSClient:
    return HSDSClient(client, ROOT)


def test_a_generic_client_reads_all_services(reader: HSDSClient, catalog: Any) -> None:
    check(reader.get("/"), "Metadata")
    assert reader.get("/")["version"] == "3.0"
    assert "oppdiktet" in reader.get("/")["description"]
    readable = []
    for listed in reader.everything("services"):
        check(listed, "Service")
        UUID(listed["id"])
        whole = reader.get(f"/services/{listed['id']}")
        check(whole, "WholeService")
        assert {key: whole[key] for key in listed} == listed
        readable += [
            entry["value"] for entry in whole["attributes"] if entry.get("link_type") == "identifier"
        ]
        organization = reader.get(f"/organizations/{listed['organization_id']}")
        assert listed["id"] in {offered["id"] for offered in organization["services"]}
    assert sorted(readable) == sorted(found.id for found in catalog.services.values() if found.for_citizens)
    assert len(set(readable)) == len(readable) > 60


@pytest.mark.parametrize(
    ("what", "listed", "whole"),
    [
        ("organizations", "Organization", "WholeOrganization"),
        ("service_at_locations", "ServiceAtLocation", "WholeServiceAtLocation"),
        ("taxonomies", "Taxonomy", "Taxonomy"),
        ("taxonomy_terms", "TaxonomyTerm", "TaxonomyTerm"),
    ],
)
def test_everything_else_is_listed_and_found(reader: HSDSClient, what: str, listed: str, whole: str) -> None:
    ids = []
    for entry in reader.everything(what, per_page=25):
        check(entry, listed)
        detail = reader.get(f"/{what}/{entry['id']}")
        check(detail, whole)
        assert detail["id"] == entry["id"]
        ids.append(entry["id"])
    assert ids
    assert len(set(ids)) == len(ids)


def test_a_whole_service(reader: HSDSClient) -> None:
    hfu = reader.get("/services/hfu")
    assert hfu["name"] == "Helsestasjon for ungdom"
    assert hfu["alert"] == "Stengt i fellesferien."
    assert (hfu["minimum_age"], hfu["maximum_age"]) == (13, 24)
    assert hfu["eligibility_description"] == "Fra 13 til 24 år."
    assert hfu["assured_date"] == "2027-01-15"
    assert "assured_date" not in reader.get("/services/bup"), "nobody has checked it"
    assert hfu["phones"][0]["number"] == "00 00 00 21"
    assert hfu["service_areas"][0]["name"] == "Fjordvik kommune"
    assert hfu["url"] == "http://localhost:8000/tjenester/hfu"
    places = [entry["location"] for entry in hfu["service_at_locations"]]
    assert places[0]["addresses"][0]["postal_code"] == "0000"
    assert places[1]["name"] == "Fjordsenteret"
    assert "addresses" not in places[1], "an address without place and code is none in HSDS"
    terms = {
        (entry["link_type"], entry["taxonomy_term"]["name"])
        for entry in hfu["attributes"]
        if "taxonomy_term" in entry
    }
    assert ("need", "Angst og uro") in terms
    assert ("thematic area", "Barnevern") in terms
    assert ("audience", "Ungdom") in terms


def test_weekly_hours_are_rules(reader: HSDSClient) -> None:
    (rule,) = reader.get("/services/hfu")["schedules"]
    assert (rule["freq"], rule["byday"]) == ("WEEKLY", "MO,TU,WE,TH,FR")
    assert (rule["opens_at"], rule["closes_at"]) == ("08:00+01:00", "15:30+01:00"), "winter time in November"
    assert rule["description"] == "Tirsdag og torsdag 14–18."


def test_ids_stay(reader: HSDSClient, catalog: Any) -> None:
    wanted = hsds.identifier("fjordvik", "service", "hfu")
    assert wanted == "3326b115-07b4-5099-9d33-83fdd84c0d8f", "published ids must not change"
    assert reader.get("/services/hfu")["id"] == wanted
    assert hsds.identifier("another", "service", "hfu") != wanted


def test_both_languages(client: Any) -> None:
    url = f"{ROOT}/services/statsforvalteren"
    assert client.get(url).json["name"] == "Statsforvalteren", "the municipality writes Bokmål"
    assert client.get(f"{url}?lang=nn").json["name"] == "Statsforvaltaren"
    assert client.get(url, headers={"Accept-Language": "nn-NO, nb;q=0.8"}).json["name"] == "Statsforvaltaren"
    asked = client.get(f"{url}?lang=nb", headers={"Accept-Language": "nn"})
    assert asked.json["name"] == "Statsforvalteren"
    assert "Accept-Language" in asked.headers["Vary"]
    assert "Set-Cookie" not in client.get(f"{url}?lang=nn").headers
    assert client.get(url).json["name"] == "Statsforvalteren", "nothing is remembered"
    terms = client.get(f"{ROOT}/taxonomy_terms?lang=nn&search=skular&per_page=500")
    assert terms.status_code == 200


def test_filters(reader: HSDSClient, catalog: Any) -> None:
    found = {entry["name"] for entry in reader.everything("services", search="MOBBING elever")}
    names = {found.name["nb"] for found in catalog.citizen_services()}
    assert found <= names
    assert "Helsestasjon for ungdom" in {
        entry["name"] for entry in reader.everything("services", search="ungdomshelsestasjon")
    }
    assert list(reader.everything("services", search="finnesikke")) == []

    nav = next(entry for entry in reader.everything("organizations") if entry["name"] == "Nav")
    from_nav = list(reader.everything("services", organization_id=nav["id"]))
    assert len(from_nav) == len([s for s in catalog.citizen_services() if s.organization == "nav"]) > 1

    taxonomies = {entry["name"]: entry["id"] for entry in reader.everything("taxonomies")}
    terms = list(reader.everything("taxonomy_terms", taxonomy_id=taxonomies["Behov"]))
    grief = next(term for term in terms if term["code"] == "grief")
    grieving = {entry["name"] for entry in reader.everything("services", taxonomy_term_id=grief["id"])}
    assert grieving == {found.name["nb"] for found in catalog.citizen_services() if "grief" in found.needs}
    in_los = list(reader.everything("services", taxonomy_id=taxonomies["Los"]))
    assert {entry["name"] for entry in in_los} == {
        found.name["nb"] for found in catalog.citizen_services() if found.los
    }
    offering = {entry["name"] for entry in reader.everything("organizations", taxonomy_term_id=grief["id"])}
    assert "Fjordvik kommune" in offering
    assert "Husbanken" not in offering

    tops = list(reader.everything("taxonomy_terms", taxonomy_id=taxonomies["Behov"], top_only="true"))
    assert len(tops) == len({need.group for need in catalog.needs.values()})
    children = list(reader.everything("taxonomy_terms", parent_id=grief["parent_id"]))
    assert grief in children

    new = list(reader.everything("services", modified_after="2027-01-01T00:00:00+01:00"))
    assert [entry["name"] for entry in new] == ["Helsestasjon for ungdom"]
    assert list(reader.everything("services", modified_after="2027-01-16")) == []


def test_how_much_of_each(reader: HSDSClient, catalog: Any) -> None:
    everything = reader.get("/services", minimal="true")
    assert everything["total_pages"] == 1
    assert everything["size"] == len(list(catalog.citizen_services()))
    for entry in everything["contents"]:
        check(entry, "MinimalService")
    for entry in reader.get("/services", full="true", per_page=5)["contents"]:
        check(entry, "WholeService")
        assert entry["attributes"]
    for entry in reader.get("/service_at_locations", full="true", per_page=5)["contents"]:
        check(entry, "WholeServiceAtLocation")
    for entry in reader.get("/organizations", full_service="true", per_page=3)["contents"]:
        check(entry, "WholeOrganization")
        assert all("attributes" in offered for offered in entry["services"])
    town = reader.get("/organizations/fjordvik")
    assert town["organization_identifiers"][0]["identifier"] == "fjordvik"
    assert town["phones"][0]["number"] == catalog.contact_point.number


def test_lines_instead_of_pages(client: Any, catalog: Any) -> None:
    answer = client.get(f"{ROOT}/services?format=ndjson&per_page=2")
    assert answer.content_type.startswith("application/x-ndjson")
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert len(lines) == len(list(catalog.citizen_services()))
    check(lines[0], "Service")


def test_a_page_after_the_last_is_empty(reader: HSDSClient) -> None:
    page = reader.get("/services", page=999)
    assert (page["empty"], page["contents"], page["last_page"], page["first_page"]) == (True, [], True, False)
    nothing = reader.get("/services", search="finnesikke")
    assert (nothing["total_items"], nothing["total_pages"], nothing["first_page"]) == (0, 0, True)


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("services?page=0", "page"),
        ("services?page=x", "page"),
        ("services?page=-1", "page"),
        ("services?per_page=501", "per_page"),
        ("services?per_page=", "per_page"),
        ("services?full=ja", "full"),
        ("services?minimal=1", "minimal"),
        ("services?modified_after=yesterday", "modified_after"),
        ("services?format=xml", "format"),
        ("services?lang=en", "lang"),
        ("services/hfu?lang=sv", "lang"),
        ("?lang=sv", "lang"),
        ("organizations?full_service=x", "full_service"),
        ("organizations/nav?full_service=x", "full_service"),
        ("service_at_locations?postcode=0000", "postcode"),
        ("service_at_locations?proximity=100", "proximity"),
        ("taxonomy_terms?top_only=x", "top_only"),
    ],
)
def test_a_bad_parameter_is_named(client: Any, path: str, parameter: str) -> None:
    answer = client.get(f"{ROOT}/{path}")
    assert answer.status_code == 400
    assert answer.content_type == "application/problem+json"
    assert answer.json["parameter"] == parameter
    assert answer.json["detail"].startswith(parameter)


@pytest.mark.parametrize(
    "what", ["services", "organizations", "service_at_locations", "taxonomies", "taxonomy_terms"]
)
def test_what_is_not_there(client: Any, what: str) -> None:
    for wanted in ("00000000-0000-0000-0000-000000000000", "nothing"):
        answer = client.get(f"{ROOT}/{what}/{wanted}")
        assert (answer.status_code, answer.content_type) == (404, "application/problem+json")
    assert client.post(f"{ROOT}/{what}").status_code == 405


def test_what_is_for_staff_only_stays_inside(client: Any, catalog: Any) -> None:
    hidden = [found.id for found in catalog.services.values() if not found.for_citizens]
    assert hidden
    for name in hidden:
        assert client.get(f"{ROOT}/services/{name}").status_code == 404
        uuid = hsds.identifier("fjordvik", "service", name)
        assert client.get(f"{ROOT}/services/{uuid}").status_code == 404


def test_a_path_in_front_stays_in_addresses(make_app: Callable[..., Any]) -> None:
    client = make_app(public_url="https://hjelp.example.no").test_client()
    behind = client.get(f"{ROOT}/", environ_overrides={"SCRIPT_NAME": "/dor"}).json
    assert behind["openapi_url"] == "https://hjelp.example.no/dor/api/openapi.json"
