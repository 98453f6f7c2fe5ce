"""A wish to be called stands first, with the number, the safe word and who may know, until somebody has called."""

from __future__ import annotations

import re

import pytest

WISH = {
    "call_today": True, "way": "phone", "details": "900 00 123", "voicemail_ok": False, "safe_word": "blåbær",
    "caller_says": "first_name", "safe_when": ("evening",), "age": 13, "about": "self", "parents": "no", "may_know": (),
    "prefers": "Kari på skulen", "avoids": "naboen som jobbar der",
}  # fmt: skip


@pytest.mark.parametrize(("language", "call"), [("nb", "Ring i dag"), ("nn", "Ring i dag")])
def test_the_queue_says_it_first(desk, send, language, call):
    send(safe_now="no")
    wish = send(**WISH)
    page = desk.get(f"/staff/?lang={language}")
    rows = re.findall(r'<tr data-case="([^"]+)"', page)
    assert rows[0] == wish.case_id
    assert page.count(call) == 1


def test_just_now_is_not_zero_minutes(desk, send):
    send()
    assert "Kom nå nettopp" in desk.get("/staff/?lang=nb")
    assert "Kom nett no" in desk.get("/staff/?lang=nn")


def test_the_case_says_how_and_whom(desk, send):
    wish = send(**WISH)
    page = desk.get(f"/staff/sak/{wish.case_id}?lang=nb")
    assert "Ring personen i dag" in page
    assert 'href="tel:90000123"' in page
    for text in (
        "blåbær",
        "Si det hemmelige ordet først",
        "Si bare fornavnet ditt",
        "om kvelden",
        "Nei, eller ikke svart: Ikke snakk med foreldrene.",
        "Fra 12 til 15 år får ikke foreldre vite noe",
        "Lov om pasient- og brukerrettigheter § 3-4",
        "ikke sjekket mot loven",
        "Kari på skulen",
        "naboen som jobbar der",
    ):
        assert text in page, text


def test_the_wish_goes_when_somebody_has_talked_with_the_person(desk, send):
    wish = send(**WISH)
    page = desk.get(f"/staff/sak/{wish.case_id}?lang=nb")
    assert "Ring personen i dag" in page
    page = desk.change(wish.case_id, "ringt")
    assert "Det står nå at du har snakket med personen." in page
    assert "Ring personen i dag" not in page
    assert "Ring i dag" not in desk.get("/staff/")


def test_a_case_from_before_these_questions_is_shown(desk, send):
    assert desk.get(f"/staff/sak/{send(age=None).case_id}?lang=nb").count("<h1") == 1
