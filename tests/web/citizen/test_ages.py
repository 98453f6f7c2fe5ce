"""More than one age is told: nobody guesses whose it is."""

from __future__ import annotations

import pytest

from web.citizen.ages import ages_in, is_plain_answer


@pytest.mark.parametrize(
    ("text", "ages"),
    [
        ("Jeg har to barn på 8 og 12 år", {8, 12}),
        ("Sønnen min er 8 og broren hans er 12", {8, 12}),
        ("Ho er åtte år, bror hennar er fem", {8, 5}),
        ("Vi har tre barn på 4, 6 og 9", {4, 6, 9}),
        ("8-åringen slår toåringen", {8, 2}),
        ("Jeg er 41 og sønnen min er 8", {8}),
        ("Han har slått meg i to år, jeg er 13", {13}),
        ("Det var for 3 år siden, jenta mi er ni", {9}),
        ("Eg er 14", {14}),
        ("Ingen ting om alder, men 20 prosent og 3 uker", set()),
    ],
)
def test_what_is_read_as_an_age(text, ages):
    assert ages_in(text) == ages


@pytest.mark.parametrize(
    ("text", "plain"), [("14", True), ("jeg er 14 år", True), ("8 og 12 år", False), ("nei", False)]
)
def test_what_is_a_plain_answer(text, plain):
    assert is_plain_answer(text) is plain


def age_field(page):
    return page.value("age")


@pytest.mark.parametrize(
    "texts",
    [
        ["Barna mine på 8 og 12 år krangler hele tida"],
        ["Sønnen min er 8 år og krangler", "Den andre, broren hans på 12 år, sover ikke"],
    ],
)
def test_with_two_ages_the_page_before_sending_asks(browser, texts):
    for text in texts:
        browser.tell(text)
    page = browser.get("/send")
    assert age_field(page) == ""
    assert "Du har nevnt flere aldre." in page.text
    browser.send("/send", age="8", about="my_child", writer="parent", go="mirror")
    page = browser.get("/send")
    assert 'name="age"' not in page.html, "answered: not asked again"


def test_one_age_is_not_asked_for_and_an_answer_counts(browser):
    browser.tell("De krangler hele tida, broren min på 9 år og han på 12 år")
    assert "Du har nevnt flere aldre." in browser.get("/send").text
    browser.tell("jeg er 14 år")
    page = browser.get("/send")
    assert 'name="age"' not in page.html


def test_the_same_age_twice_is_one(browser):
    browser.tell("Jeg er 14 år og sover ikke")
    browser.tell("Det er ikke lett å være 14 år")
    assert 'name="age"' not in browser.get("/send").html
