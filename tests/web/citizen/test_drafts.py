"""Drafts: everything typed is there on the next page, and nobody else can open it."""

from __future__ import annotations

import threading
from datetime import date

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.conftest import MARKED
from web.cases.types import Evidence, NeedFound, Receipt
from web.citizen import drafts
from web.citizen.drafts import Draft, DraftFull, DraftRow, ShownButton, ShownTurn
from web.db import make_engine


@pytest.fixture
def draft():
    draft = Draft.new("nn")
    draft.add_statement("youth", f"{MARKED} æøå 😀\nny linje")
    draft.add_statement("youth", "meir")
    draft.turns = [
        ShownTurn("person", MARKED),
        ShownTurn("assistant", "Kven gjeld det?", [ShownButton("Meg", "/self")], "nn"),
    ]
    draft.merge(0, [("bullying", 0.8, [(0, 5), (9, 12)])], ["violence"], 0.7, "nn", "m1")
    draft.hope, draft.age, draft.about, draft.writer = "ro", 14, "self", "youth"
    draft.consents, draft.may_know, draft.way = {"ppt": True, "bup": False}, ["nobody"], "sms"
    return draft


def test_everything_comes_back(session, vault, clock, draft):
    token = drafts.new_token()
    drafts.save(session, vault, clock, token, draft)
    assert drafts.load(session, vault, clock, token) == draft
    draft.add_statement("youth", "endå meir")
    drafts.save(session, vault, clock, token, draft)
    assert drafts.load(session, vault, clock, token) == draft
    assert session.scalar(select(func.count()).select_from(DraftRow)) == 1


def test_a_receipt_comes_back(session, vault, clock, draft):
    receipt = Receipt(
        "id", "ABC234", clock.now(), date(2026, 11, 23), "Familiehuset", None, "normal", "a b c d e"
    )
    key = draft.submission_key
    draft.sent(receipt)
    token = drafts.new_token()
    drafts.save(session, vault, clock, token, draft)
    loaded = drafts.load(session, vault, clock, token)
    assert loaded is not None
    assert loaded.receipt == receipt
    assert (loaded.submission_key, loaded.language) == (key, "nn")
    assert (loaded.statements, loaded.turns, loaded.hope, loaded.details, loaded.conversation) == (
        [],
        [],
        None,
        None,
        "",
    )
    assert "Zvartbakke" not in loaded.to_json()


def test_only_the_right_token_opens_it(session, vault, clock, draft):
    token = drafts.new_token()
    drafts.save(session, vault, clock, token, draft)
    for wrong in (None, "", "x", drafts.new_token(), token + "x", vault.draft_id(token)):
        assert drafts.load(session, vault, clock, wrong) is None
    row = session.scalars(select(DraftRow)).one()
    assert token not in row.id + row.content_sealed


def test_a_damaged_draft_is_no_draft(session, vault, clock, draft):
    token = drafts.new_token()
    drafts.save(session, vault, clock, token, draft)
    row = session.scalars(select(DraftRow)).one()
    row.content_sealed = row.content_sealed[:-8] + "AAAAAAA="
    session.commit()
    assert drafts.load(session, vault, clock, token) is None


def test_a_draft_of_an_older_portal_still_opens(session, vault, clock):
    token = drafts.new_token()
    drafts.save(session, vault, clock, token, Draft.new("nb"))
    row = session.scalars(select(DraftRow)).one()
    row.content_sealed = vault.seal_draft(
        token,
        '{"language": "nb", "conversation": "c", "submission_key": "k", "gone": 1, "statements": [["child", "hei"]]}',
    )
    session.commit()
    loaded = drafts.load(session, vault, clock, token)
    assert loaded is not None
    assert loaded.statements == [("child", "hei")]


def test_twelve_hours_at_the_latest(session, vault, clock, draft):
    token, later = drafts.new_token(), drafts.new_token()
    drafts.save(session, vault, clock, token, draft)
    clock.move(hours=6)
    drafts.save(session, vault, clock, token, draft)  # going on does not make it live longer
    drafts.save(session, vault, clock, later, draft)
    clock.move(hours=5, minutes=59)
    assert drafts.load(session, vault, clock, token) is not None
    assert drafts.purge(session, clock.now()) == 0
    clock.move(minutes=1)
    assert drafts.load(session, vault, clock, token) is None
    assert drafts.purge(session, clock.now()) == 1
    assert drafts.load(session, vault, clock, later) is not None


def test_a_new_draft_under_an_old_token_starts_afresh(session, vault, clock, draft):
    token = drafts.new_token()
    drafts.save(session, vault, clock, token, draft)
    clock.move(hours=13)
    drafts.save(session, vault, clock, token, Draft.new("nb"))
    assert drafts.purge(session, clock.now()) == 0
    loaded = drafts.load(session, vault, clock, token)
    assert loaded is not None
    assert loaded.statements == []


def test_forgotten_is_gone(session, vault, clock, draft):
    token = drafts.new_token()
    drafts.save(session, vault, clock, token, draft)
    drafts.forget(session, vault, token)
    drafts.forget(session, vault, None)
    assert session.scalar(select(func.count()).select_from(DraftRow)) == 0


def test_a_full_draft_says_so_and_keeps_what_was_there(session, vault, clock, draft):
    token = drafts.new_token()
    drafts.save(session, vault, clock, token, draft)
    bigger = drafts.load(session, vault, clock, token)
    assert bigger is not None
    for _ in range(260):
        bigger.add_statement("youth", "x" * 4000)
    with pytest.raises(DraftFull):
        drafts.save(session, vault, clock, token, bigger)
    assert drafts.load(session, vault, clock, token) == draft


def test_understanding_is_merged_over_turns(draft):
    draft.merge(1, [("bullying", 0.6, [(0, 4)]), ("sleep", 0.9, [])], [], 0.0)
    assert draft.understood == [
        NeedFound("sleep", 0.9),
        NeedFound("bullying", 0.8, (Evidence(0, 0, 5), Evidence(0, 9, 12), Evidence(1, 0, 4))),
    ]
    assert (draft.acute_kinds, draft.acute_confidence) == (["violence"], 0.7)
    understanding = draft.understanding()
    assert understanding is not None
    assert (understanding.language, understanding.model) == ("nn", "m1")
    assert Draft.new("nb").understanding() is None


def test_the_person_decides_which_needs_stand(draft):
    draft.merge(1, [("sleep", 0.9, [])])
    draft.remove_need("bullying")
    draft.add_need("grief")
    assert draft.needs == ["sleep", "grief"]
    draft.merge(1, [("bullying", 0.99, [])])
    assert draft.needs == ["sleep", "grief"]
    draft.add_need("bullying")
    assert draft.needs == ["bullying", "sleep", "grief"]
    draft.topics = ["money", "sleep"]
    assert draft.needs == ["bullying", "sleep", "money", "grief"]
    draft.remove_need("grief")
    draft.remove_need("money")
    assert draft.needs == ["bullying", "sleep"]
    assert draft.needs_removed == ["grief", "money"]


def test_two_first_turns_at_once(config, vault, clock, draft):
    engine = make_engine(config.database_url)
    token, start, problems = drafts.new_token(), threading.Barrier(6), []

    def save():
        with Session(engine) as own:
            start.wait()
            try:
                drafts.save(own, vault, clock, token, draft)
            except Exception as error:
                problems.append(error)

    threads = [threading.Thread(target=save) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    with Session(engine) as own:
        assert own.scalar(select(func.count()).select_from(DraftRow)) == 1
    engine.dispose()


def test_sixteen_people_save_at_once(config, vault, clock, draft):
    """From sixteen threads, each turn one save: nobody waits for a lock until it fails."""
    engine = make_engine(config.database_url)
    for _ in range(10):
        draft.add_statement("youth", "Eg veit ikkje heilt kvar eg skal byrje. " * 20)

    def person():
        token = drafts.new_token()
        for _ in range(8):
            with Session(engine) as own:
                drafts.save(own, vault, clock, token, draft)

    threads = [threading.Thread(target=person) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with Session(engine) as own:
        assert own.scalar(select(func.count()).select_from(DraftRow)) == 16
    engine.dispose()
