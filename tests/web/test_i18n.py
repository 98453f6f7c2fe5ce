"""Languages: who gets which, and that the core's words exist in both."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from web import i18n
from web.cases.types import ACTIONS, AUTHORS, CONTACT_WAYS, OUTCOMES, STATUSES, URGENCIES, LogLine

LOCALES = Path(__file__).resolve().parents[2] / "locales"


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [
        ("nn", "nn"),
        ("nn-NO,nb;q=0.5", "nn"),
        ("nb-NO,nn;q=0.9", "nb"),
        ("no", "nb"),
        ("no,nn;q=0.5", "nb"),
        ("en-GB,en;q=0.9,nn;q=0.2", "nn"),
        ("en-GB,en;q=0.9", "nb"),  # the municipality's written language
        ("sv", "nb"),
        ("", "nb"),
    ],
)
def test_the_browsers_language(client, accepted, expected):
    answer = client.get("/nope", headers={"Accept-Language": accepted})
    assert f'<html lang="{expected}"' in answer.text


def test_the_choice_wins_and_is_remembered(client):
    headers = {"Accept-Language": "nb"}
    assert '<html lang="nn"' in client.get("/nope?lang=nn", headers=headers).text
    assert '<html lang="nn"' in client.get("/nope", headers=headers).text
    assert '<html lang="nb"' in client.get("/nope?lang=nb", headers=headers).text
    assert '<html lang="nb"' in client.get("/nope?lang=xx", headers=headers).text


def test_the_municipalitys_language_is_the_last_resort(app, catalog):
    import dataclasses

    municipality = dataclasses.replace(catalog.municipality, written_language="nn")
    app.extensions["portal-municipalities"].catalogs["fjordvik"] = dataclasses.replace(
        catalog, municipality=municipality
    )
    assert '<html lang="nn"' in app.test_client().get("/nope").text


def test_the_switch_keeps_the_page_and_drops_the_rest(client):
    page = client.get("/no/such?text=hemmeleg").text
    assert 'href="/no/such?lang=nn"' in page
    assert "hemmeleg" not in page


def catalogs(domain="portal"):
    for code in ("nb", "nn"):
        path = LOCALES / code / "LC_MESSAGES" / f"{domain}.po"
        with path.open("rb") as file:
            yield code, read_po(file, locale=code, abort_invalid=True)


def test_placeholders_are_the_same_everywhere():
    holes = re.compile(r"%\(\w+\)[sd]")
    for code, catalog in catalogs():
        for message in catalog:
            ids = [message.id] if isinstance(message.id, str) else list(message.id)
            strings = [message.string] if isinstance(message.string, str) else list(message.string)
            # the first form of a plural is of one thing, which may be written as a word
            for number, string in enumerate(strings if message.id else []):
                wanted = ids[min(number, len(ids) - 1)]
                assert set(holes.findall(string)) == set(holes.findall(wanted)), (code, message.id)


def test_the_two_languages_are_not_copies():
    nb, nn = ({m.id: m.string for m in catalog if m.id} for _, catalog in catalogs())
    assert sum(nb[key] != nn[key] for key in nb) > len(nb) * 0.6


@pytest.mark.parametrize("language", ["nb", "nn"])
def test_every_value_has_words(app, language):
    with app.test_request_context(f"/?lang={language}", headers={"Accept-Language": language}):
        for table, values in (
            (i18n.STATUS_FOR_PERSON, STATUSES),
            (i18n.STATUS_FOR_STAFF, STATUSES),
            (i18n.OUTCOME_FOR_PERSON, OUTCOMES),
            (i18n.OUTCOME_FOR_STAFF, OUTCOMES),
            (i18n.URGENCY_TEXT, URGENCIES),
            (i18n.AUTHOR_TEXT, AUTHORS),
            (i18n.WAY_TEXT, CONTACT_WAYS),
        ):
            assert set(table) == set(values)
            texts = [str(text) for text in table.values()]
            assert len(set(texts)) == len(texts)
        lines = [
            i18n.log_text(
                LogLine(
                    datetime(2026, 11, 20, tzinfo=UTC),
                    "employee",
                    "Maja Vik",
                    action,
                    "2026-12-01" if action == "deletion_held" else "closed:got_help",
                )
            )
            for action in ACTIONS
        ]
        assert len(set(lines)) == len(ACTIONS)
        assert not any("%(" in line for line in lines)
    acute = {
        kind
        for line in app.extensions["portal-municipalities"].catalogs["fjordvik"].helplines.values()
        for kind in line.acute
    }
    assert acute <= set(i18n.ACUTE_TEXT)


def test_log_lines_in_words(app):
    at = datetime(2026, 11, 20, tzinfo=UTC)
    with app.test_request_context("/", headers={"Accept-Language": "nn"}):
        assert i18n.log_text(LogLine(at, "employee", "Maja Vik", "read", None)) == "Maja Vik las saka."
        assert (
            i18n.log_text(LogLine(at, "employee", "Maja Vik", "status_set", "closed:got_help"))
            == "Maja Vik sette status til «Avslutta: Fekk hjelp»."
        )
        named = i18n.log_text(
            LogLine(at, "person", None, "consent_given", "ppt"), lambda service: service.upper()
        )
        assert named == "PPT fekk lov til å lese saka."


def test_days_and_times_are_norwegian(app):
    for language, day, moment in (
        ("nb", "tirsdag 24. november", "24. november kl. 00:30"),
        ("nn", "tysdag 24. november", "24. november kl. 00:30"),
    ):
        with app.test_request_context("/", headers={"Accept-Language": language}):
            assert i18n.format_day(date(2026, 11, 24)) == day
            assert i18n.format_moment(datetime(2026, 11, 23, 23, 30, tzinfo=UTC)) == moment


def test_compiling_makes_only_what_is_old(tmp_path):
    folder = tmp_path / "nb" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "portal.po").write_bytes((LOCALES / "nb" / "LC_MESSAGES" / "portal.po").read_bytes())
    assert [path.name for path in i18n.compile_catalogs(tmp_path)] == ["portal.mo"]
    assert i18n.compile_catalogs(tmp_path) == []
