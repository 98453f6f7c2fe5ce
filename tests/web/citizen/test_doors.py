"""The page with who can help, for people who are easily given the wrong doors; and who can be talked with now."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.conftest import ROOT
from web.catalog import load
from web.matching import OSLO, helplines_for, line_at
from web.other_languages import offers


@pytest.fixture(scope="module")
def catalog():
    return load(ROOT / "services_catalog", "fjordvik")


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=OSLO)


@pytest.mark.parametrize(
    ("moment", "is_open", "changes"),
    [
        ("2026-11-23T02:00", False, "2026-11-23T16:15"),
        ("2026-11-23T16:15", True, "2026-11-23T22:45"),
        ("2026-11-23T22:45", False, "2026-11-24T16:15"),
        ("2026-11-21T23:00", True, "2026-11-21T23:45"),  # a Saturday
    ],
)
def test_the_chat_of_the_childrens_line_has_its_own_clock(catalog, moment, is_open, changes):
    line = line_at(catalog.helplines["alarmtelefonen"], at(moment))
    assert line.open_now is True
    assert line.chat_open is is_open
    assert line.chat_changes_at == at(changes)


def test_hours_of_a_chat_that_nobody_knows_are_not_said_to_be_open(catalog):
    for name in ("mental_helse", "kirkens_sos", "vo_linjen"):
        line = line_at(catalog.helplines[name], at("2026-11-23T12:00"))
        assert (line.open_now, line.chat_open) == (True, None), name


@pytest.mark.parametrize("lang", ["nb", "nn"])
def test_a_closed_chat_is_not_offered(browser, clock, lang):
    browser.get(f"/hjelp?lang={lang}")
    clock.move(hours=1)  # twenty to one on a Saturday night
    page = browser.get("/hjelp")
    assert ("Chatten er stengt nå." if lang == "nb" else "Chatten er stengd no.") in page.text
    block = page.html.split("Alarmtelefonen for barn og unge")[-1].split("</li>")[0]
    assert "https://www.116111.no" not in block
    clock.move(hours=17)
    page = browser.get("/hjelp")
    block = page.html.split("Alarmtelefonen for barn og unge")[-1].split("</li>")[0]
    assert 'href="https://www.116111.no"' in block


@pytest.mark.parametrize("needs", [["housing", "money"], ["education_work_path"], ["rights_complaint"]])
def test_at_19_somebody_to_talk_with_comes_before_an_answer_some_days_later(catalog, needs):
    lines = helplines_for(catalog, (), needs, 19, "youth", at("2026-11-23T12:00"))
    ids = [one.helpline.id for one in lines]
    assert "ung_no" in ids
    assert ids[-1] == "ung_no"
    assert "mental_helse" in ids[:3]
    assert not {"alarmtelefonen", "kors_pa_halsen"} & set(ids)


def test_no_number_stands_under_two_names(catalog):
    for writer, needs in (
        ("parent", ["parenting", "stress_pressure"]),
        ("youth", ["low_mood"]),
        ("other", []),
    ):
        lines = helplines_for(catalog, (), needs, None, writer, at("2026-11-23T12:00"))
        numbers = [one.helpline.tel for one in lines if one.helpline.tel]
        assert len(numbers) == len(set(numbers))
    parents = [
        one
        for one in helplines_for(catalog, (), ["parenting"], 3, "parent")
        if one.helpline.id == "foreldresupport"
    ]
    assert parents
    assert parents[0].helpline.tel is None
    assert not parents[0].open_now


def test_a_parent_is_not_spoken_to_as_the_child(browser):
    browser.tell("Sønnen min på 12 år sover ikke, og de mobber ham")
    browser.send("/send", about="my_child", age="12", writer="parent", way="code", go="tell")
    page = browser.get("/hjelp")
    assert "Barnet kan banke på døra til helsesykepleieren" in page.text
    assert "Du kan banke på døra" not in page.text


def test_a_young_person_reads_its_own_text(browser):
    browser.tell("Jeg er 12 år og sover ikke, og de mobber meg")
    assert "Du kan banke på døra til helsesykepleieren" in browser.get("/hjelp").text


def test_a_language_that_nobody_reads_here_is_told_why_and_offered_an_interpreter(browser, peer, monkeypatch):
    understood = peer.understood
    offer = next(one.text for one in offers(ROOT / "locales") if one.code == "es")

    def turn(body):
        answer = type(peer).turn(peer, body)
        answer["understanding"]["language"] = "other"
        answer["messages"] = [{"text": f"Jeg leser bare norsk. {offer}", "buttons": []}]
        return answer

    monkeypatch.setattr(peer, "turn", turn)
    assert understood("x")["acute"]["flag"] is False
    browser.tell("Mi hijo no quiere ir a la escuela")
    page = browser.get("/hjelp")
    assert "Derfor er disse dørene de samme for alle." in page.text
    assert f'<p lang="es" dir="ltr">{offer[:40]}' in page.html


def test_in_norwegian_nothing_is_said_of_languages(browser):
    browser.tell("Jeg sover ikke")
    assert "språket ditt" not in browser.get("/hjelp").text


def test_the_last_page_says_how_many_texts_and_holds_them_all(browser):
    browser.tell("Jeg sover ikke")
    browser.tell("De krangler hver kveld hjemme")
    page = browser.get("/send")
    assert "2 tekster." in page.text
    assert "Trykk for å lese alt." in page.text
    assert [page.value("words-0"), page.value("words-1")] == [
        "Jeg sover ikke",
        "De krangler hver kveld hjemme",
    ]
