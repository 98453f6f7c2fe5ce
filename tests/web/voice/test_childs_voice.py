"""A child tells with its voice, apart from who wrote the case: neither is heard by the other."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from tests.web.citizen.test_child import (
    case_id,
    code,
    hands_over,
    newest,
    opened,
    parent,
    sends,
    small_way,
)
from tests.web.voice.sounds import sound
from tests.web.voice.test_voice import choose, finish, piece, players
from web.cases import delete_case, read_case, take_back_home, view_for_person
from web.cases.models import Recording
from web.cases.recordings import MOST_RECORDINGS

__all__ = ["case_id", "code", "opened", "parent"]

CHILDS, PARENTS = "1" * 32, "2" * 32


def speaks(browser, upload=CHILDS, pitch=440):
    """The child records by the field for a file; the last of its questions is whether it wants to say more."""
    small_way(browser)  # to the page for words, everything skipped
    browser.get("/barn/steg/words")
    page = browser.send("/barn/steg/words", text="", speak="1")
    assert page.path == "/stemme"
    return choose(browser, sound(pitch=pitch), upload=upload)


def count(session):
    session.expire_all()
    return session.scalar(select(func.count()).select_from(Recording))


def test_a_voice_alone_is_a_childs_turn_and_the_writer_does_not_hear_it(
    parent, session, vault, clock, employee
):
    parent.get("/stemme")
    choose(parent, sound(pitch=300), upload=PARENTS)
    hands_over(parent)
    assert parent.get("/stemme").path == "/barn", "first the age"
    page = speaks(parent)
    assert len(players(page)) == 1, "the grown-up's recording is not the child's to hear"
    assert "En voksen på Familiens hus hører på det. Ingen hjemme kan høre det her." in page.text
    childs = players(page)[0]
    assert parent.client.get(childs).status_code in (200, 206)
    page = parent.get("/barn/se")
    assert players(page) == [childs]
    page = parent.send("/barn/se", done="1")
    assert page.path == "/barn/ferdig"
    # Back at the grown-up's: its own recording, and nothing of the child's, by list or by address.
    page = parent.get("/stemme")
    assert len(players(page)) == 1
    assert childs not in players(page)
    assert parent.client.get(childs).status_code == 404
    assert count(session) == 2
    parent.get("/send")
    sends(parent)
    view = read_case(session, vault, clock, newest(session), employee)
    assert {(one.author, one.from_child) for one in view.recordings} == {("parent", False), ("child", True)}
    assert view.child.stands == "told"
    mine = view_for_person(session, vault, clock, view.id)
    assert [one.from_child for one in mine.recordings] == [False]
    assert mine.child.told_on == view.child.told_on


def test_staff_hear_the_child_first_and_see_whose_it_is(parent, session, open_desk):
    parent.get("/stemme")
    choose(parent, sound(pitch=300), upload=PARENTS)
    hands_over(parent)
    speaks(parent)
    parent.send("/barn/se", done="1")
    parent.get("/send")
    sends(parent)
    desk = open_desk()
    desk.get(f"/staff/sak/{newest(session)}")
    html = desk.page
    words = html.split('class="case-words"')[1].split("</section>")[0]
    first, second = words.split("<audio")[0], words.split("<audio")[1]
    assert "Barnets egne ord" in first
    assert "Ord fra den som skrev saken" in second
    sounds = [part.split('"')[0] for part in words.split('src="')[1:]]
    assert [desk.client.get(one).status_code for one in sounds] == [200, 200]


def test_closing_the_page_takes_what_waits_beside_it(parent, session):
    hands_over(parent)
    speaks(parent)
    parent.send("/barn/se", done="1")
    assert count(session) == 1
    parent.send("/avslutt")
    assert count(session) == 0


def test_the_child_can_take_a_recording_away_and_say_no(parent, session):
    hands_over(parent)
    page = speaks(parent)
    one = players(page)[0].split("/")[2]
    parent.get("/barn/se")
    page = parent.send("/barn/se", unrecord=one)
    assert page.path == "/barn/forst", "nothing is told"
    assert count(session) == 0
    speaks(parent)
    parent.get("/barn/se")
    parent.send("/barn/slutt")
    assert count(session) == 0


def test_in_pieces_into_a_case_by_invitation_and_once(
    browser, session, vault, clock, employee, case_id, code
):
    browser.get(f"/barn/{code}")
    browser.send("/barn", age="13")
    browser.get("/")
    browser.send("/", text="", speak="1")
    content = sound()
    assert piece(browser, content, 0) == (200, {"received": len(content)})
    assert finish(browser, len(content))[0] == 200
    page = browser.get("/stemme")
    assert 'href="/barn/se"' in page.html
    browser.get("/barn/se")
    page = browser.send("/barn/se", share="y", done="1")
    assert page.path == "/barn/ferdig"
    view = read_case(session, vault, clock, case_id, employee)
    assert [(one.author, one.from_child, one.shared_at_home) for one in view.recordings] == [
        ("youth", True, True)
    ]
    assert len(view_for_person(session, vault, clock, case_id).recordings) == 1
    take_back_home(session, vault, clock, case_id)
    assert view_for_person(session, vault, clock, case_id).recordings == ()


def test_the_return_page_plays_only_what_the_child_lets_it(opened, session):
    hands_over(opened, "case")
    page = speaks(opened)
    opened.get("/barn/se")
    opened.send("/barn/se", done="1")
    heard = session.scalars(select(Recording.id)).one()
    assert opened.client.get(f"/sak/stemme/{heard}/lyd").status_code == 404
    assert "<audio" not in opened.get("/sak").html
    hands_over(opened, "case")
    page = speaks(opened, upload="3" * 32, pitch=500)
    assert len(players(page)) == 1
    opened.get("/barn/se")
    opened.send("/barn/se", share="y", done="1")
    opened.send("/barn/slutt")
    page = opened.get("/sak")
    played = players(page)
    assert len(played) == 1
    assert heard not in played[0]
    assert opened.client.get(played[0]).status_code == 200
    assert "Det barnet lar deg lese" in page.text


def test_the_childs_recordings_take_no_room_from_the_writer(
    opened, session, vault, clock, employee, monkeypatch
):
    monkeypatch.setattr("web.cases.recordings.MOST_RECORDINGS", 1)
    hands_over(opened, "case")
    speaks(opened)
    opened.get("/barn/se")
    opened.send("/barn/se", done="1")
    opened.get("/sak/stemme")
    page = choose(opened, sound(), path="/sak/stemme", upload=PARENTS)
    assert page.path == "/sak"
    assert MOST_RECORDINGS > 1
    assert len(read_case(session, vault, clock, opened.case_id, employee).recordings) == 2


def test_the_writer_deletes_and_the_childs_voice_stays(opened, session, vault, clock, employee):
    hands_over(opened, "case")
    speaks(opened)
    opened.get("/barn/se")
    opened.send("/barn/se", done="1")
    assert count(session) == 1
    delete_case(session, vault, clock, opened.case_id)
    view = read_case(session, vault, clock, opened.case_id, employee)
    assert (len(view.recordings), view.statements, view.facts.writer) == (1, (), "child")


@pytest.mark.parametrize("language", ["nb", "nn"])
def test_a_small_child_alone_speaks_and_sends(browser, session, vault, clock, employee, language):
    browser.get(f"/barn?lang={language}")
    page = speaks(browser)
    assert ("hjelper barn" in page.text) is True
    browser.get("/barn/se")
    page = browser.send("/barn/se", done="1")
    assert page.path == "/send"
    page = browser.send("/send", way="code", send="1")
    assert page.path == "/kvittering"
    view = read_case(session, vault, clock, newest(session), employee)
    assert [(one.author, one.from_child) for one in view.recordings] == [("child", False)]
