"""A locale is a matter of files: what a folder in locales/ gives, and what happens to texts that exist only in Norwegian."""

from __future__ import annotations

import dataclasses
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from markupsafe import escape

from tools.texts import held, quoted, used, write
from web import i18n
from web.catalog import Catalog, Text, load
from web.config import ConfigError

LOCALES = Path(__file__).resolve().parents[2] / "locales"
CATALOG = Path(__file__).resolve().parents[2] / "services_catalog"
MUNICIPALITIES = sorted(path.parent.name for path in CATALOG.glob("municipalities/*/municipality.yml"))
# What pages show of a service, of the helplines and of the contact point.
OF_SERVICE = (
    "name",
    "short_name",
    "description",
    "for_parents",
    "how",
    "fees",
    "secrecy",
    "meanwhile",
    "schedules",
    "wait_time",
    "alert",
    "responsible_unit",
)
OF_HELPLINE = ("name", "what", "hours_text")
OF_CONTACT_POINT = ("description", "hours_text", "next_steps", "alert")
_HOLES = re.compile(r"(%\(\w+\)[sd])")
_HTML = re.compile(r'<html lang="([\w-]+)" dir="(\w+)"')


def pseudo(text: str) -> str:
    """[ẇòřďš] of a text, placeholders as they are."""
    accents = str.maketrans("aceinosuwyAEIOU", "áçéíñóšúẇýÁÉÍÓÚ")
    return (
        "["
        + "".join(part if i % 2 else part.translate(accents) for i, part in enumerate(_HOLES.split(text)))
        + "]"
    )


@pytest.fixture
def locales_with_a_new_one(tmp_path: Path) -> Path:
    """The real locales, and «ar» made of files alone: a pseudo-translation of portal and citizen, a name."""
    folder = tmp_path / "locales"
    shutil.copytree(LOCALES, folder)
    for domain in ("portal", "citizen"):
        header, entries = held(folder / "nb" / "LC_MESSAGES" / f"{domain}.po")
        forms = {message[0]: message for message in used()[domain]}
        lines = {}
        for name, block in entries.items():
            singular = block.split("msgid ", 1)[1].split("\n")[0].strip('"').replace('\\"', '"')
            texts = forms[singular]
            for i, text in enumerate(texts):
                old = f"msgstr[{i}]" if len(texts) > 1 else "msgstr"
                block = re.sub(
                    rf"^{re.escape(old)} .*$",
                    lambda _, old=old, text=text: f"{old} {quoted(pseudo(text))}",
                    block,
                    flags=re.M,
                )
            lines[name] = block
        target = folder / "ar" / "LC_MESSAGES" / f"{domain}.po"
        target.parent.mkdir(parents=True, exist_ok=True)
        write(target, header.replace("Language: nb", "Language: ar"), lines)
    (folder / "ar" / "locale.yml").write_text("name: Prøvespråk\nchecked: true\n", "utf-8")
    i18n.compile_catalogs(folder)
    return folder


def test_a_folder_is_a_language(make_app, locales_with_a_new_one):
    client = make_app(locales_dir=locales_with_a_new_one).test_client()
    assert ">Prøvespråk</" in client.get("/").text
    page = client.get("/?lang=ar").text
    assert _HTML.search(page).groups() == ("ar", "rtl")
    assert pseudo("What is happening? Write it in your own words.") in page
    assert "Hva skjer" not in page
    # Remembered, and the catalog is in the municipality's language and says so.
    help_page = client.get("/hjelp").text
    assert pseudo("These can help you") in help_page
    assert '<span lang="nb">Familiens hus</span>' in help_page
    # A browser that asks for it gets it: it is checked.
    fresh = make_app(locales_dir=locales_with_a_new_one).test_client()
    assert _HTML.search(fresh.get("/", headers={"Accept-Language": "ar-EG,nn;q=0.5"}).text)[1] == "ar"


def test_every_public_page_is_whole_in_a_new_language(make_app, locales_with_a_new_one):
    client = make_app(locales_dir=locales_with_a_new_one).test_client()
    client.get("/?lang=ar")
    for path in ("/", "/akutt", "/om", "/personvern", "/svar", "/tjenester", "/hjelp", "/no-such-page"):
        page = client.get(path).text
        assert _HTML.search(page)[1] == "ar", path
        assert re.search(r"<h1[^>]*>(?:<label[^>]*>)?\[", page), path


def test_a_broken_folder_says_what_is_wrong(make_app, locales_with_a_new_one):
    shutil.move(locales_with_a_new_one / "ar", locales_with_a_new_one / "xx_YY_zz")
    with pytest.raises(ConfigError, match="xx_YY_zz"):
        make_app(locales_dir=locales_with_a_new_one)


def test_a_folder_with_half_of_the_files_is_not_offered(make_app, locales_with_a_new_one):
    (locales_with_a_new_one / "ar" / "LC_MESSAGES" / "citizen.mo").unlink()
    client = make_app(locales_dir=locales_with_a_new_one).test_client()
    assert "Prøvespråk" not in client.get("/?lang=ar").text


def test_english_is_offered_and_says_that_nobody_has_checked_it(client):
    first = client.get("/").text
    assert 'value="en" lang="en">English</button>' in first
    assert "checked by a person" not in first
    english = client.get("/?lang=en").text
    assert _HTML.search(english).groups() == ("en", "ltr")
    assert "This English text has not been checked by a person." in english
    assert "The computer answers in this language, but does not understand all of it." in english
    assert "The computer answers" not in first
    assert "not been checked" not in client.get("/?lang=nn").text


def test_unchecked_english_is_only_for_who_chooses_it(client):
    assert _HTML.search(client.get("/", headers={"Accept-Language": "en-GB"}).text)[1] == "nb"


@pytest.mark.parametrize("before", ["nb", "nn"])
def test_the_written_language_is_what_was_chosen_last(client, before):
    name = {"nb": "Familiens hus", "nn": "Familiehuset"}[before]
    client.get(f"/?lang={before}")
    client.get("/?lang=en")
    page = client.get("/hjelp").text
    assert f'<span lang="{before}">{name}</span>' in page
    with client.session_transaction() as cookie:
        assert (cookie["language"], cookie["written"]) == ("en", before)
    assert _HTML.search(client.get("/hjelp?lang=nn").text)[1] == "nn"
    with client.session_transaction() as cookie:
        assert "written" not in cookie


def test_the_written_language_without_a_choice_is_the_browsers(app):
    headers = {"Accept-Language": "en,nn;q=0.5"}
    assert (
        '<span lang="nn">Familiehuset</span>' in app.test_client().get("/hjelp?lang=en", headers=headers).text
    )


def test_the_written_language_is_the_municipalitys_in_the_end(app, catalog):
    municipality = dataclasses.replace(catalog.municipality, written_language="nn")
    app.extensions["portal-municipalities"].catalogs["fjordvik"] = dataclasses.replace(
        catalog, municipality=municipality
    )
    assert '<span lang="nn">Familiehuset</span>' in app.test_client().get("/hjelp?lang=en").text


def test_helplines_are_in_english_where_they_are_translated(client):
    page = client.get("/akutt?lang=en").text
    assert "Emergency phone for children and young people (Alarmtelefonen)" in page
    assert 'href="tel:116111"' in page
    assert "Svarer hele døgnet" not in page


def shown_to_people(catalog: Catalog) -> Iterator[tuple[str, Text | None]]:
    """Every text of the catalog that people's pages show, and where it stands.

    A contact point and a municipality keep their names.
    """
    for service in catalog.services.values():
        # Those that only staff may choose are named in a case that was shared with them.
        for field in OF_SERVICE if service.for_citizens else ("name", "short_name"):
            yield f"{service.id}.{field}", getattr(service, field)
        if service.for_citizens:
            yield from ((f"{service.id}.phones", phone.description) for phone in service.phones)
            yield from ((f"{service.id}.locations", place.name) for place in service.locations)
    for replacement in catalog.replacements.values():
        yield f"{replacement.service_id}.instead", replacement.note
        yield f"{replacement.service_id}.name", replacement.name
    for line in catalog.helplines.values():
        yield from ((f"{line.id}.{field}", getattr(line, field)) for field in OF_HELPLINE)
    point = catalog.contact_point
    yield from ((f"{point.id}.{field}", getattr(point, field)) for field in OF_CONTACT_POINT)
    yield from ((f"{need.id}.plain", need.plain) for need in catalog.needs.values())
    yield from ((f"{one.id}.name", one.name) for one in catalog.organizations.values())
    for rule in catalog.age_rules:
        yield f"{rule.id}.text", rule.text
        yield f"{rule.id}.about_child", rule.about_child
    yield from ((f"{one.id}.text", one.text) for one in catalog.legal_bases.values())
    yield from ((f"{one.id}.text", one.text) for one in catalog.retention.grounds.values())
    yield "notice", catalog.municipality.notice


@pytest.mark.parametrize("municipality", MUNICIPALITIES)
def test_what_people_read_of_the_catalog_is_there_in_english(municipality):
    """A new or changed text belongs in locales/en/LC_MESSAGES/catalog.po too, else a reader of English meets Norwegian."""
    catalog = load(CATALOG, municipality)
    with (LOCALES / "en" / "LC_MESSAGES" / "catalog.po").open("rb") as file:
        english = {message.id for message in read_po(file) if message.string}
    texts = [(place, text["nb"]) for place, text in shown_to_people(catalog) if text is not None]
    assert len(texts) > 1500
    # A house is called the same as the contact point in it; the municipality offers services.
    names = {catalog.contact_point.name["nb"], catalog.municipality.name["nb"]}
    assert [(place, text) for place, text in texts if text not in english | names] == []


@pytest.mark.parametrize(
    "path", ["/hjelp", "/tjenester/barnevern", "/tjenester/politi", "/tjenester/factung"]
)
def test_no_norwegian_of_a_service_is_left_on_an_english_page(client, catalog, path):
    page = client.get(f"{path}?lang=en").text.split("<main")[1].split("</main>")[0]
    names = {catalog.contact_point.name["nb"], catalog.municipality.name["nb"]}
    laws = {law.law for one in catalog.services.values() for law in one.legal}
    norwegian = set(re.findall(r'<(?:span|option) lang="nb"[^>]*>(.*?)</', page))
    assert {one for one in norwegian if one.lower() not in laws} <= names
    left = [text["nb"] for _, text in shown_to_people(catalog) if text is not None]
    assert not [text for text in left if len(text) > 25 and str(escape(text)) in page]


def test_nothing_on_a_norwegian_page_is_marked_as_foreign(client):
    for code in ("nb", "nn"):
        for path in ("/hjelp", "/akutt", "/om", "/tjenester"):
            body = client.get(f"{path}?lang={code}").text.split("</header>")[1]
            assert not re.search(r'<\w+ lang="', body), (path, code)


def test_the_front_desk_stays_norwegian(client):
    client.get("/?lang=nn")
    client.get("/?lang=en")
    page = client.get("/staff/logg-inn", follow_redirects=True)
    assert _HTML.search(page.text)[1] in ("nb", "nn")
    assert "English" not in page.text


def test_days_and_times_in_english(app):
    with app.test_request_context("/?lang=en"):
        app.preprocess_request()
        assert i18n.format_day(date(2026, 11, 24)) == "Tuesday 24 November"
        assert i18n.format_date_short(date(2026, 11, 24)) == "24 Nov 2026"
        assert i18n.format_date_long(date(2026, 11, 24)) == "24 November 2026"
        assert i18n.format_moment(datetime(2026, 11, 23, 23, 30, tzinfo=UTC)) == "24 November at 00:30"


def test_a_marked_text_is_escaped(app):
    with app.test_request_context("/?lang=en"):
        app.preprocess_request()
        assert i18n.in_language({"nb": "<b>", "nn": "<i>"}) == '<span lang="nb">&lt;b&gt;</span>'
        assert i18n.catalog_words({"nb": "å bo", "nn": "å bu"}) == "å bo"
        assert i18n.in_language("et ord", capital=True) == '<span lang="nb">Et ord</span>'
