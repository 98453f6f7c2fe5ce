"""The public pages: browsing, searching, one service, and what search engines are told."""

from __future__ import annotations

import dataclasses
import logging
import re
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from web.catalog import Catalog, Hours, Period, Replacement, Text, load, municipalities
from web.public import words

LANGUAGES = ("nb", "nn")
MOST_BYTES = 30_000
FOLDER = Path(__file__).resolve().parents[3] / "services_catalog"


class Outline(HTMLParser):
    """The elements of a page with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self._words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self._words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self._words).split())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def services(self) -> list[str]:
        """Ids of the services that are linked to, in order."""
        found = (re.fullmatch(r"/tjenester/(\w+)", one.get("href") or "") for one in self.all("a"))
        return list(dict.fromkeys(one.group(1) for one in found if one))


def look(client: Any, path: str, **query: Any) -> Outline:
    answer = client.get(path, query_string={"lang": "nb", **query})
    assert answer.status_code == 200, path
    return Outline(answer.text)


def changed(catalog: Catalog, service_id: str, **changes: Any) -> Catalog:
    """The catalog with one service changed."""
    service = dataclasses.replace(catalog.services[service_id], **changes)
    return dataclasses.replace(catalog, services={**catalog.services, service_id: service})


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Any:
    """use(catalog): what the requests of this test see."""
    return lambda catalog: monkeypatch.setattr("web.current.catalog", lambda: catalog)


# --- Browse -------------------------------------------------------------------------------------------------


def test_all_services_are_listed_once_without_those_for_staff(client: Any, catalog: Catalog) -> None:
    page = look(client, "/tjenester")
    links = [one.get("href") for one in page.all("a")]
    for service in catalog.services.values():
        assert links.count(f"/tjenester/{service.id}") == (1 if service.for_citizens else 0), service.id


def test_services_stand_under_the_theme_where_people_look(catalog: Catalog) -> None:
    expected = {
        "barnehage": "school",
        "mobbeombud": "school",
        "kompsyk": "mind",
        "fritid": "social",
        "barnevern": "family",
        "familievern": "family",
        "overgrepsmottak": "safety",
        "fastlege": "health",
        "tannhelse": "health",
        "boligkontor": "living",
        "sosialhjelp": "living",
        "flyktning": "living",
        "koordinerende_enhet": "coordination",
        "barneombud": "coordination",
    }
    assert {i: words.group_of(catalog, catalog.services[i]) for i in expected} == expected


def test_an_age_leaves_out_what_is_not_for_it(client: Any) -> None:
    shown = look(client, "/tjenester", alder="14").services()
    assert "hfu" in shown
    assert "skolehelse" in shown
    assert not {"rph", "dps", "kvp", "karrieresenter"} & set(shown)
    small = look(client, "/tjenester", alder="2 år").services()
    assert "helsestasjon" in small
    assert not {"hfu", "skolehelse", "sfo"} & set(small)


@pytest.mark.parametrize("wrong", ["femten", "150", "-"])
def test_an_age_that_is_none_is_said_so(client: Any, wrong: str) -> None:
    page = look(client, "/tjenester", alder=wrong)
    assert "fra 0 til 24" in page.text
    assert "skolehelse" in page.services()


def test_a_need_shows_its_services_those_first_that_lead(client: Any, catalog: Catalog) -> None:
    shown = look(client, "/tjenester", behov="bullying").services()
    assert {service.id for service in catalog.by_need["bullying"]} == set(shown)
    assert set(shown[:3]) == {"skole", "skolehelse", "mobbeombud"}
    assert look(client, "/tjenester", behov="no_such_need").services()


def test_the_form_keeps_what_was_asked_and_the_language_switch_too(client: Any) -> None:
    page = look(client, "/tjenester", q="får ikke sove", alder="15", behov="sleep")
    values = {one.get("name"): one.get("value") for one in page.all("input")}
    assert values["q"] == "får ikke sove"
    assert values["alder"] == "15"
    assert [one.get("value") for one in page.all("option") if "selected" in one] == ["sleep"]
    (switch,) = (one["href"] for one in page.all("a") if one.get("lang") == "nn")
    other = Outline(client.get(switch).text)
    assert {one.get("name"): one.get("value") for one in other.all("input")}["q"] == "får ikke sove"
    assert other.all("html")[0]["lang"] == "nn"


# --- Search -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("query", "first"),
    [("tannlege", "tannhelse"), ("helsesjukepleiar", "skolehelse"), ("psykolg", "kompsyk"), ("BUP", "bup")],
)
def test_a_search_finds_whatever_language_the_page_is_in(
    client: Any, language: str, query: str, first: str
) -> None:
    assert look(client, "/tjenester", q=query, lang=language).services()[0] == first


def test_danger_shows_the_numbers_before_the_services(client: Any) -> None:
    html = client.get("/tjenester?lang=nb&q=vil+ikke+leve").text
    main = html[html.index("<main") :]
    assert 0 < main.index('href="tel:') < main.index('href="/tjenester/')


def test_whoever_wants_to_talk_gets_numbers_first_and_doors_that_anybody_may_go_to(client: Any) -> None:
    page = look(client, "/tjenester", q="ringe noen", alder="13")
    assert "116 111" in page.text
    assert "skolehelse" in page.services()


@pytest.mark.parametrize("query", ["xyzzyq", "hjelp", "<script>alert(1)</script>", "%%%", "og"])
def test_nothing_found_is_no_dead_end(client: Any, catalog: Catalog, query: str) -> None:
    page = look(client, "/tjenester", q=query)
    assert "det finnes hjelp" in page.text
    hrefs = [one.get("href") for one in page.all("a")]
    assert f"tel:{catalog.contact_point.tel}" in hrefs
    assert "/" in hrefs
    assert "116 111" in page.text
    assert len(page.services()) >= 3
    assert not [one for one in page.all("script") if "src" not in one]


def test_searches_are_not_for_search_engines(client: Any) -> None:
    assert "X-Robots-Tag" not in client.get("/tjenester").headers
    assert "X-Robots-Tag" not in client.get("/tjenester/hfu").headers
    assert "noindex" in client.get("/tjenester?q=sorg").headers["X-Robots-Tag"]


def test_what_is_searched_for_is_neither_logged_nor_kept(
    make_app: Any, engine: Any, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    word = "zvartbakkesorg"
    app = make_app(testing=False)
    client = app.test_client()
    with caplog.at_level(logging.DEBUG):
        for path in (
            f"/tjenester?q={word}",
            f"/tjenester/{word}?q={word}",
            f"/tjenester?alder={word}&behov={word}",
        ):
            client.get(path)
    assert word not in caplog.text.replace(f"/tjenester/{word}", "")
    out = capfd.readouterr()
    assert word not in out.out + out.err
    cookie = client.get_cookie("dor")
    assert cookie is None or word not in cookie.value
    with engine.connect() as connection:
        assert word not in "\n".join(connection.connection.iterdump())


# --- One service --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_service_has_a_page_that_says_what_a_person_needs_to_know(
    client: Any, catalog: Catalog, language: str
) -> None:
    for service in catalog.citizen_services():
        answer = client.get(f"/tjenester/{service.id}?lang={language}")
        assert answer.status_code == 200
        page = Outline(answer.text)
        for part in (
            service.name,
            service.description,
            service.how,
            service.fees,
            service.secrecy,
            service.meanwhile,
        ):
            assert part[language] in page.text, (service.id, part[language])
        hrefs = {one.get("href") for one in page.all("a")}
        assert {f"tel:{phone.tel}" for phone in service.phones} <= hrefs
        assert service.url is None or service.url in hrefs
        assert catalog.organizations[service.organization].name[language] in page.text
        for referrer in service.access.referral_from:
            assert f"/tjenester/{referrer}" in hrefs
        assert len(answer.data) < MOST_BYTES


def test_another_id_leads_to_the_real_one(client: Any) -> None:
    answer = client.get("/tjenester/koord?lang=nn")
    assert (answer.status_code, answer.location) == (301, "/tjenester/koordinator?lang=nn")


@pytest.mark.parametrize("service_id", ["finnes_ikke", "slt", "politirad", "bhn", "bufetat"])
def test_unknown_services_and_those_for_staff_are_not_there(client: Any, service_id: str) -> None:
    assert client.get(f"/tjenester/{service_id}").status_code == 404


NAME: Text = {"nb": "Kommunepsykolog", "nn": "Kommunepsykolog"}
NOTE: Text = {"nb": "Nabokommunen tar imot deg.", "nn": "Nabokommunen tek imot deg."}


@pytest.fixture
def without_psychologist(catalog: Catalog) -> Catalog:
    services = {i: one for i, one in catalog.services.items() if i != "kompsyk"}
    by_need = {n: tuple(s for s in found if s.id != "kompsyk") for n, found in catalog.by_need.items()}
    replacement = Replacement(catalog.services["kompsyk"], ("skolehelse", "fastlege"), NOTE)
    return dataclasses.replace(
        catalog, services=services, by_need=by_need, replacements={"kompsyk": replacement}
    )


def test_a_service_that_is_not_here_says_so_and_what_there_is(
    client: Any, use: Any, without_psychologist: Catalog
) -> None:
    use(without_psychologist)
    page = look(client, "/tjenester/kompsyk")
    assert "har ikke dette" in page.text
    assert NOTE["nb"] in page.text
    assert page.services()[:2] == ["skolehelse", "fastlege"]
    found = look(client, "/tjenester", q="psykolog")
    assert found.services()[0] == "kompsyk"
    assert NOTE["nb"] in found.text
    assert {"skolehelse", "fastlege"} <= set(found.services())
    assert client.get("/tjenester/bup").status_code == 200  # it names kompsyk as one who refers


@pytest.mark.parametrize("name", municipalities(FOLDER))
def test_every_municipality_has_its_pages(client: Any, use: Any, name: str) -> None:
    catalog = load(FOLDER, name)
    use(catalog)
    listed = look(client, "/tjenester").services()
    assert set(listed) == {service.id for service in catalog.citizen_services()}
    assert len(client.get("/tjenester?lang=nn").data) < MOST_BYTES
    for service_id, replacement in catalog.replacements.items():
        page = look(client, f"/tjenester/{service_id}", lang="nn")
        assert replacement.note["nn"] in page.text
        assert set(page.services()) >= set(replacement.services)


def test_unchecked_facts_say_so(client: Any) -> None:
    assert "ikke kontrollert" in look(client, "/tjenester/bup").text
    assert "ikkje kontrollert" in look(client, "/tjenester/bup", lang="nn").text


def test_a_checked_service_says_when(client: Any, use: Any, catalog: Catalog) -> None:
    use(changed(catalog, "bup", verified=True, legal=()))
    text = look(client, "/tjenester/bup").text
    assert "Kontrollert 21. november 2026" in text
    assert "ikke kontrollert" not in text


def test_facts_checked_on_a_day_of_their_own_say_so(client: Any, use: Any, catalog: Catalog) -> None:
    use(changed(catalog, "bup", checked={"hours": date(2026, 11, 22), "law": date(2026, 11, 22)}))
    text = look(client, "/tjenester/bup").text
    assert "Åpningstider: kontrollert 22. november 2026." in text
    assert text.count("22. november 2026") == 1


def test_the_law_is_closed_away(client: Any, catalog: Catalog) -> None:
    html = client.get("/tjenester/barnevern").text
    details = html[html.index('<details class="ds-details more">') :]
    assert "open" not in details[: details.index(">")]
    assert catalog.services["barnevern"].legal[0].law in details.lower()
    assert "§" not in html[: html.index('<details class="ds-details more">')]


def test_the_clock_notice_wait_languages_and_place(
    client: Any, use: Any, catalog: Catalog, clock: Any
) -> None:
    hours = Hours(periods=(Period(days=(4,), start=12 * 60, end=23 * 60 + 50),))
    use(
        changed(
            catalog,
            "hfu",
            hours=hours,
            alert={"nb": "Stengt i fellesferien.", "nn": "Stengt i fellesferien."},
            wait_time={"nb": "Om lag en uke.", "nn": "Om lag ei veke."},
            languages=("no", "en"),
            interpretation=False,
            email="hfu@fjordvik.example",
        )
    )
    text = look(client, "/tjenester/hfu").text
    assert "Åpent nå, til klokka 23.50." in text  # Friday 23:40
    assert "Ope no, til klokka 23.50." in look(client, "/tjenester/hfu", lang="nn").text
    assert "Stengt i fellesferien." in text
    assert "Om lag en uke." in text
    assert "Norsk og engelsk." in text
    assert "Spør om de har tolk." in text
    assert "Storgata 1" in text
    clock.move(minutes=15)
    assert "Stengt nå. Åpner fredag 27. november klokka 12." in look(client, "/tjenester/hfu").text


def test_hours_that_are_not_known_are_not_guessed(client: Any, use: Any, catalog: Catalog) -> None:
    use(changed(catalog, "skolehelse", hours=Hours()))
    text = look(client, "/tjenester/skolehelse").text
    assert "Åpent nå" not in text
    assert "Stengt nå" not in text


@pytest.mark.parametrize(
    ("service_id", "expected"),
    [
        ("hfu", "Du kan ta kontakt uten foreldrene dine."),
        ("bup", "Fra du er 16 år, kan du ta kontakt uten foreldrene dine."),
        ("barnevern", "Når det handler om"),
        ("rph", "Fra 16 år."),
        ("skolehelse", "Barn under 13 år, ungdom, foreldre og andre som er bekymret."),
    ],
)
def test_ages_and_audience_in_plain_words(client: Any, service_id: str, expected: str) -> None:
    assert expected in look(client, f"/tjenester/{service_id}").text


# --- Every page ---------------------------------------------------------------------------------------------

PATHS = (
    "/tjenester",
    "/tjenester?q=psykolg",
    "/tjenester?q=xyzzyq",
    "/tjenester?behov=bullying&alder=12",
    "/tjenester/barnevern",
)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PATHS)
def test_basics_of_every_page(client: Any, path: str, language: str) -> None:
    answer = client.get(f"{path}{'&' if '?' in path else '?'}lang={language}")
    page = Outline(answer.text)
    assert len(answer.data) < MOST_BYTES
    assert page.all("html")[0]["lang"] == language
    assert len(page.all("h1")) == 1
    labels = {one.get("for") for one in page.all("label")}
    fields = [one for one in (*page.all("input"), *page.all("select")) if one.get("type") != "hidden"]
    assert all(one.get("id") in labels for one in fields)
    ids = [one["id"] for _, one in page.elements if "id" in one]
    assert len(ids) == len(set(ids))
    assert not [name for name, one in page.elements if "style" in one or name == "style"]
    assert not [one for one in page.all("script") if "src" not in one]
    assert [one for one in page.all("form") if one.get("action") == "/avslutt"], "the way out"
    assert "tel:113" in [one.get("href") for one in page.all("a")]
    (described,) = (one["content"] for one in page.all("meta") if one.get("name") == "description")
    assert described
    assert len(described) > 40


@pytest.mark.parametrize("path", ["/tjenester", "/tjenester/hfu"])
def test_addresses_for_search_engines(client: Any, path: str) -> None:
    page = look(client, path, lang="nn")
    links = page.all("link")
    (canonical,) = (one["href"] for one in links if one.get("rel") == "canonical")
    assert canonical == f"http://localhost{path}?lang=nn"
    alternates = {one["hreflang"]: one["href"] for one in links if one.get("rel") == "alternate"}
    assert alternates == {
        "nb": f"http://localhost{path}?lang=nb",
        "nn": f"http://localhost{path}?lang=nn",
        "x-default": f"http://localhost{path}",
    }


def test_the_words_searched_for_are_not_in_the_addresses_for_search_engines(client: Any) -> None:
    page = look(client, "/tjenester", q="sorg")
    assert not [one for one in page.all("link") if "sorg" in (one.get("href") or "")]


def test_titles_say_what_the_page_is(client: Any) -> None:
    assert (
        "<title>Barnevernstjenesten – Fjordvik kommune</title>"
        in client.get("/tjenester/barnevern?lang=nb").text
    )
    assert "<title>Finn hjelp – Fjordvik kommune</title>" in client.get("/tjenester?lang=nb&q=sorg").text


def test_the_sitemap_holds_public_pages_only_and_all_of_them(client: Any, catalog: Catalog) -> None:
    answer = client.get("/sitemap.xml")
    assert answer.mimetype == "application/xml"
    space = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    places = {one.text for one in ElementTree.fromstring(answer.data).iter(f"{space}loc")}  # noqa: S314 - our own
    for service in catalog.services.values():
        for language in LANGUAGES:
            listed = f"http://localhost/tjenester/{service.id}?lang={language}" in places
            assert listed == service.for_citizens
    assert "http://localhost/tjenester?lang=nn" in places
    assert not [one for one in places if one and re.search(r"/(staff|send|api|avslutt|forstatt)", one)]
    for place in places:
        assert place
        got = client.get(place.removeprefix("http://localhost"))
        assert (got.status_code, got.headers.get("X-Robots-Tag")) == (200, None), place


def test_robots_are_let_in_to_public_pages_only(client: Any) -> None:
    answer = client.get("/robots.txt")
    assert answer.mimetype == "text/plain"
    lines = answer.text.splitlines()
    assert "Disallow: /" in lines
    assert "Allow: /tjenester/" in lines
    assert "Sitemap: http://localhost/sitemap.xml" in lines
    assert "staff" not in answer.text
    assert "api" not in answer.text


def test_the_pages_are_one_press_away(client: Any) -> None:
    assert "/tjenester" in [one.get("href") for one in Outline(client.get("/").text).all("a")]


def test_a_portal_under_a_path_keeps_it(client: Any) -> None:
    answer = client.get("/tjenester/hfu?lang=nb", environ_overrides={"SCRIPT_NAME": "/fjordvik"})
    hrefs = [one.get("href") or "" for one in Outline(answer.text).all("a")]
    assert "/fjordvik/tjenester" in hrefs
    assert not [one for one in hrefs if one.startswith("/tjenester")]


def test_every_ways_and_audiences_word_is_there(catalog: Catalog) -> None:
    for service in catalog.citizen_services():
        assert set(service.access.ways) <= set(words.WAYS)
        assert set(service.audience) - {"staff"} <= set(words.AUDIENCE)
    assert {need.group for need in catalog.needs.values()} == set(words.GROUPS)


def test_the_clock_of_these_tests_stands_where_they_think(clock: Any) -> None:
    assert clock.now() == datetime(2026, 11, 20, 22, 40, tzinfo=UTC)
