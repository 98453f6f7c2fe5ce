"""What holds for every page that a citizen meets."""

from __future__ import annotations

import re

import pytest

from web.cases import codes
from web.citizen.pages import with_numbers

PAGES = ["/", "/forstatt", "/hjelp", "/send", "/svar", "/akutt", "/om", "/personvern", "/ferdig", "/slettet"]


@pytest.fixture
def walked(browser, peer):
    """Every page, in one language, after something has been told."""

    def walk(language):
        browser.get(f"/?lang={language}")
        pages = {"first": browser.page}
        pages["told"] = browser.tell("Jeg er 14 og blir mobba. i kveld har jeg tenkt å ta livet mitt")
        peer.status = 500
        pages["down"] = browser.tell("Jeg sover ikke")
        peer.status = 200
        pages["too long"] = browser.tell("x" * 4001)
        for path in PAGES[1:]:
            pages[path] = browser.get(path)
        browser.get("/send")
        pages["mistake"] = browser.send("/send", way="phone", phone_number="1")
        pages["receipt"] = browser.send("/send", way="phone", phone_number="41234567", voicemail_ok="y")
        code = re.findall(r"<li>(\w+)</li>", pages["receipt"].html.split('class="code"')[1])[:5]
        pages["not ticked"] = browser.send("/kvittering")
        browser.send("/kvittering", saved="y")
        browser.get("/svar")
        pages["wrong code"] = browser.send("/svar", code=codes.new_code("nb"))
        pages["case"] = browser.send("/svar", code=" ".join(code))
        pages["message"] = browser.send("/sak", {"as": "message"}, text="Hei")
        pages["delete"] = browser.get("/sak/slett")
        return pages

    return walk


@pytest.mark.parametrize("language", ["nb", "nn"])
def test_every_page_is_built_as_it_must_be(walked, language):
    for name, page in walked(language).items():
        where = f"{language} {name}"
        outline = page.outline
        assert outline.all("html")[0]["lang"] == language, where
        assert len(outline.all("h1")) == 1, where
        assert not any("style" in attributes for _, attributes in outline.elements), where
        assert not any(key.startswith("on") for _, attributes in outline.elements for key in attributes), (
            where
        )
        assert all(script.get("src", "").startswith("/static/") for script in outline.all("script")), where
        assert not outline.all("style"), where
        assert all(not (i.get("src") or "").startswith("http") for i in outline.all("img")), where
        ids = [attributes["id"] for _, attributes in outline.elements if attributes.get("id")]
        assert len(ids) == len(set(ids)), where
        labelled = {label.get("for") for label in outline.all("label")}
        for tag in ("input", "textarea", "select"):
            for field in outline.all(tag):
                if field.get("type") != "hidden":
                    assert field.get("id") in labelled, f"{where}: {field}"
        for _, attributes in outline.elements:
            for reference in (attributes.get("aria-describedby") or "").split():
                assert reference in ids, f"{where}: {reference}"
        assert all(form.get("action") and form.get("method") == "post" for form in outline.all("form")), where
        assert any(form["action"] == "/avslutt" for form in outline.all("form")), where
        other = "nn" if language == "nb" else "nb"
        assert f'lang="{other}"' in page.html, where
        assert 'href="tel:113"' in page.html, where
        assert "%(" not in page.text, where


@pytest.mark.parametrize("language", ["nb", "nn"])
def test_the_window_title_tells_nothing(walked, language):
    for name, page in walked(language).items():
        title = re.search(r"<title>(.*?)</title>", page.html, re.DOTALL)
        assert title
        if name not in ("/om", "/personvern"):
            assert title.group(1).strip() == "Fjordvik kommune", name


def test_no_page_comes_from_elsewhere(walked):
    for name, page in walked("nb").items():
        loaded = [
            attributes.get(key)
            for tag, attributes in page.outline.elements
            for key in ("src", "href")
            if tag in ("script", "link", "img", "iframe", "source")
        ]
        ours = ("/static/", "/ut.css")
        assert all(address is None or address.startswith(ours) for address in loaded), name


def test_personal_pages_are_kept_nowhere(walked):
    for page in walked("nb").values():
        assert page.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/", "/akutt", "/om", "/personvern", "/svar"])
def test_public_pages_may_be_found(browser, path):
    assert "X-Robots-Tag" not in browser.get(path).headers


def test_numbers_become_links_and_nothing_else_does(app):
    with app.app_context():
        html = with_numbers("Ring 113 eller 116 111. <b>Ikke</b> 1130, ikke 2113.")
    assert html == (
        'Ring <a class="ds-link number" href="tel:113">113</a> eller '
        '<a class="ds-link number" href="tel:116111">116 111</a>. &lt;b&gt;Ikke&lt;/b&gt; 1130, ikke 2113.'
    )


def test_who_answers_now_is_told_by_the_clock(browser, clock):
    # Friday 23:40: the chat of Kors på halsen is closed, the child line answers.
    page = browser.get("/akutt")
    assert "Svarer nå, hele døgnet." in page.text
    browser.tell("Jeg blir mobba")
    assert "Stengt nå. Åpner" in browser.get("/hjelp").text


@pytest.mark.parametrize(
    ("path", "language", "words"),
    [
        ("/personvern", "nb", "Ingen kan se av dem hvem du er."),
        ("/personvern", "nn", "Ingen kan sjå av dei kven du er."),
        ("/om", "nb", "Hvert år forteller kommunen"),
        ("/om", "nn", "Kvart år fortel kommunen"),
    ],
)
def test_what_is_counted_is_told_and_can_be_seen(browser, path, language, words):
    page = browser.get(f"{path}?lang={language}")
    assert words in page.text
    assert 'href="/aarsrapport"' in page.html
    assert browser.get("/aarsrapport").status == 200
