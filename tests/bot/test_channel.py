"""The one way in: who may call, what is refused, what is forgotten, what is never written."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest
import requests

from bot.channel import PortalChannel
from tests.bot.conftest import Conversation

MARKED = "Solveig Kanarifugl sier at onkel Torvald-Emil ikke er snill zqxv"


def test_without_the_token_nothing_is_answered(talk_nb: Conversation) -> None:
    for route in ("turn", "understand", "forget"):
        response = talk_nb.post(route, {"conversation": talk_nb.id, "text": "hei"}, token="wrong")
        assert response.status_code == 401
        assert "messages" not in response.text


@pytest.mark.parametrize("token", ["", "short", "${ASSISTANT_TOKEN}"])
def test_it_does_not_start_without_a_real_token(token: str) -> None:
    with pytest.raises(ValueError, match="ASSISTANT_TOKEN"):
        PortalChannel.from_credentials({"token": token})


def test_rasas_own_ways_in_are_closed(talk_nb: Conversation) -> None:
    for route in ("/webhooks/rest/webhook", "/conversations/x/tracker", "/model/parse", "/model"):
        assert requests.post(talk_nb.url + route, json={}, timeout=5).status_code in (404, 405)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": "hei"},
        {"conversation": "kort", "text": "hei"},
        {"conversation": "a" * 22},
        {"conversation": "a" * 22, "text": "hei", "payload": "/skip"},
        {"conversation": "a" * 22, "text": "  \n "},
        {"conversation": "a" * 22, "text": "a" * 4001},
        {"conversation": "a" * 22, "text": 7},
        {"conversation": "a" * 22, "payload": "skip"},
        {"conversation": "a" * 22, "payload": '/answer{"age": "14"} /restart'},
        {"conversation": "a" * 22, "text": "hei", "language": "sv"},
        [1],
        "hei",
    ],
)
def test_what_the_portal_never_sends_is_refused_without_repeating_it(
    talk_nb: Conversation, body: object
) -> None:
    response = talk_nb.post("turn", body)
    assert response.status_code == 400
    assert "hei" not in response.text


def test_four_thousand_characters_are_fine(talk_nb: Conversation) -> None:
    text = ("Vi krangler hver dag hjemme og jeg vil bare bort. " * 90)[:4000]
    assert talk_nb.say(text)["messages"]


@pytest.mark.parametrize("typed", ['/answer{"safe_now": "no"}', "//skip", " /affirm", "/"])
def test_typed_words_are_never_a_button(talk_nb: Conversation, typed: str) -> None:
    talk_nb.say("Vi krangler hver dag hjemme")
    answer = talk_nb.say(typed)
    assert answer["conversation"]["needs"], "nothing was restarted"
    assert answer["facts"]["safe_now"] != "no"


def test_forgetting(talk_nb: Conversation) -> None:
    talk_nb.say("Vi krangler hver dag hjemme og mamma gråter")
    assert talk_nb.post("forget", {"conversation": talk_nb.id}).json() == {"forgotten": True}
    assert talk_nb.say("hei")["conversation"]["needs"] == []


def test_understanding_many_texts_at_once(talk_nb: Conversation) -> None:
    given = ["Jeg får ikke sove", "", "/restart", "Eg får ikkje sove"]
    found = talk_nb.post("understand", {"texts": given}).json()["understood"]
    assert len(found) == len(given)
    assert found[1]["needs"] == []
    assert [one["language"] for one in (found[0], found[3])] == ["nb", "nn"]
    assert talk_nb.post("understand", {"texts": ["a"] * 201}).status_code == 400


def test_short_norwegian_sentences_are_not_taken_for_danish(talk_nb: Conversation) -> None:
    norwegian = [
        "hvem kan se det jeg skriver?",
        "hvor lenge må jeg vente på svar?",
        "er det gratis?",
        "når får jeg svar?",
    ]
    others = ["min man slår mig", "jeg har brug for hjælp", "jag mår inte bra", "dad hits me"]
    found = talk_nb.post("understand", {"texts": norwegian + others}).json()["understood"]
    assert [one["language"] for one in found[:4]] == ["nb"] * 4
    assert [one["language"] for one in found[4:]] == ["other"] * 4


TOLD = (
    "det er noe med mamma",
    "eg er redd",
    "vi må begynne på nytt hver gang",
    "det har vært sånn lenge",
    "og så er jeg redd hjemme",
    "mamma gråter",
    "jeg er mye alene",
)
DANGER = (
    "jeg vil dø",
    "vil ikkje leve meir",
    "eg har lyst til å døy",
    "æ vil ta livet mitt",
    "jeg ble voldtatt",
    "han slår meg nå",
    "jeg klarer ikke leve sånn her lenger",
    "i want die. i take all pill tonight",
    "I want to kill myself tonight",
    "my father hit me and i am afraid",
)


@pytest.mark.parametrize("text", TOLD)
def test_a_short_sentence_that_tells_is_no_question_and_no_command(talk_nb: Conversation, text: str) -> None:
    (found,) = talk_nb.post("understand", {"texts": [text]}).json()["understood"]
    assert found["intent"] in ("tell", "unsure")


@pytest.mark.parametrize("text", DANGER)
def test_danger_said_in_a_few_words_is_always_noticed(talk_nb: Conversation, text: str) -> None:
    (found,) = talk_nb.post("understand", {"texts": [text]}).json()["understood"]
    assert found["acute"]["flag"]


def test_what_was_typed_is_in_no_log_and_in_no_file(talk_nb: Conversation, log: Path) -> None:
    talk_nb.say(MARKED)
    talk_nb.post("turn", {"conversation": "x", "text": MARKED})
    talk_nb.post("turn", {"conversation": secrets.token_urlsafe(16), "text": MARKED + "x" * 4000})
    talk_nb.post("understand", {"texts": [MARKED, 3]})
    written = [log, *Path(".").glob("*.db"), *Path(".rasa").rglob("*"), *log.parent.rglob("*")]
    for file in written:
        if file.is_file():
            assert b"Kanarifugl" not in file.read_bytes(), file
