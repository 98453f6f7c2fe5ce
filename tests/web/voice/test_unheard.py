"""Danger that is only spoken: it is asked about before sending, and the receipt says when somebody listens."""

from __future__ import annotations

import pytest

from tests.web.voice.sounds import sound
from tests.web.voice.test_voice import choose

ASKED = {
    "nb": "Datamaskinen hører ikke opptak. Er du trygg nå? Velg et svar, eller trykk Send en gang til.",
    "nn": "Datamaskina høyrer ikkje opptak. Er du trygg no? Vel eit svar, eller trykk Send ein gong til.",
}
UNHEARD = {"nb": "Ingen har hørt på opptaket ditt ennå.", "nn": "Ingen har høyrt på opptaket ditt enno."}


@pytest.fixture(params=["nb", "nn"])
def spoken(browser, request):
    """A browser whose draft holds a recording and nothing else, on the last page before sending."""
    browser.get(f"/stemme?lang={request.param}")
    choose(browser, sound())
    browser.get("/send")
    return browser, request.param


def test_a_voice_alone_is_asked_whether_it_is_safe_with_the_numbers_beside(spoken):
    browser, language = spoken
    form = browser.get("/send").html.split('id="send"')[1].split("</form>")[0]
    assert 'name="safe_now"' in form
    assert 'href="tel:112"' in form
    page = browser.send("/send", way="code", writer="youth", send="1")
    assert (page.status, page.path) == (422, "/send")
    assert ASKED[language] in page.text
    assert any(link.get("href") == "#safe_now" for link in page.outline.all("a"))
    assert "safe_now" in [one.get("id") for one in page.outline.all("fieldset")]


def test_the_question_can_be_passed_over(spoken):
    browser, _ = spoken
    page = browser.send("/send", way="code", writer="youth", send="1")
    page = browser.send("/send", way="code", writer="youth", send="1", safe_asked=page.value("safe_asked"))
    assert page.path == "/kvittering"


def test_who_is_not_safe_is_sent_at_once_and_sees_the_numbers(spoken):
    browser, _ = spoken
    page = browser.send("/send", way="code", writer="youth", safe_now="no", send="1")
    assert page.path == "/kvittering"
    assert 'href="tel:112"' in page.html.split("<h1")[0]


def test_the_receipt_says_when_somebody_listens_and_whom_to_ring_until_then(spoken):
    browser, language = spoken
    page = browser.send("/send", way="code", writer="youth", safe_now="yes", send="1")
    said = page.html.split('id="unheard"')[1].split("</div>")[0]
    assert UNHEARD[language] in said
    assert {"nb": "hører på det i åpningstiden, senest", "nn": "høyrer på det i opningstida, seinast"}[
        language
    ] in said
    assert 'href="tel:112"' in said
    assert UNHEARD[language] in browser.get("/kvittering").text


def test_without_a_recording_nothing_more_is_asked_or_said(browser):
    browser.tell("Jeg blir mobba")
    browser.get("/send")
    page = browser.send("/send", way="code", writer="youth", send="1")
    assert page.path == "/kvittering"
    assert UNHEARD["nb"] not in page.text


def test_who_has_answered_in_the_conversation_is_not_asked_again(browser):
    browser.tell("Jeg blir mobba")
    browser.send("/", payload='/answer{"safe_now": "yes"}')
    browser.get("/stemme")
    choose(browser, sound())
    browser.get("/send")
    assert browser.send("/send", way="code", writer="youth", send="1").path == "/kvittering"
