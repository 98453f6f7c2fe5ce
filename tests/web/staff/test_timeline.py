"""The timeline: everything that has happened, once, by time; narrowed and turned without script."""

from __future__ import annotations

import re

import pytest

from web import cases
from web.cases import attachments, notes
from web.staff.timeline import KINDS, asked_kinds, happened


@pytest.fixture
def case(send, session, vault, clock, colleagues):
    maja, case_id = colleagues["maja"].ref(), send(language="nb").case_id
    for act in (
        lambda: notes.write_note(session, vault, clock, case_id, maja, "Notatet om mor"),
        lambda: cases.write_message(session, vault, clock, case_id, "Kan dere skynde dere?"),
        lambda: attachments.keep(session, vault, clock, case_id, maja, "png", b"x" * 10, "Kartet"),
        lambda: cases.write_message(session, vault, clock, case_id, "Her er kartet.", maja, attach=True),
        lambda: cases.confirm_needs(session, vault, clock, case_id, maja, ["bullying"]),
        lambda: cases.withdraw_consent(session, vault, clock, case_id, "helsesykepleier"),
    ):
        clock.move(minutes=3)
        act()
    clock.move(minutes=3)
    return case_id


def kinds_on(desk):
    return re.findall(r'<li class="is-(\w+)">', desk.page)


def test_everything_is_there_the_newest_first(desk, case):
    desk.get(f"/staff/sak/{case}/tidslinje")
    assert set(kinds_on(desk)) == set(KINDS) - {"recording"}
    times = re.findall(r'<time datetime="([^"]+)"', desk.page)
    assert times == sorted(times, reverse=True)
    for words in (
        "Dei ler av meg kvar dag",
        "Notatet om mor",
        "Kan dere skynde dere?",
        "Kartet",
        "Maja Vik bestemte",
    ):
        assert words in desk.text
    assert 'aria-current="page">Tidslinje' in desk.page


def test_the_oldest_first_and_only_some_kinds(desk, case):
    desk.get(f"/staff/sak/{case}/tidslinje?slag=note&slag=message&eldst=1&vis=mine")
    assert kinds_on(desk) == ["note", "message", "message"]
    times = re.findall(r'<time datetime="([^"]+)"', desk.page)
    assert times == sorted(times)
    assert 'id="slag-note" checked' in desk.page.replace('value="note" id', "id")
    assert '<input type="hidden" name="vis" value="mine">' in desk.page
    assert "Kartet (" not in desk.text


def test_a_consent_that_was_taken_back_stands_twice(session, vault, clock, case, colleagues):
    view = cases.read_case(session, vault, clock, case, colleagues["maja"].ref())
    consents = [one for one in happened(view, ()) if one.kind == "consent"]
    assert [one.ended for one in consents] == [False, True]


def test_a_struck_note_is_there_with_its_end(desk, case, session, vault, clock, colleagues):
    maja = colleagues["maja"].ref()
    (note,) = notes.notes_of(session, vault, case, maja)
    notes.strike_note(session, vault, clock, case, maja, note.id)
    desk.get(f"/staff/sak/{case}/tidslinje?slag=note")
    assert kinds_on(desk) == ["note", "note"]
    assert "<s>Notatet om mor</s>" in desk.page
    assert "strøk et notat" in desk.text


def test_kinds_that_nobody_knows_narrow_nothing():
    assert asked_kinds([]) == KINDS
    assert asked_kinds(["nei"]) == KINDS
    assert asked_kinds(["log", "words", "nei"]) == ("words", "log")


def test_a_case_that_is_not_there(desk):
    desk.get("/staff/sak/nei/tidslinje")
    assert desk.status == 404
