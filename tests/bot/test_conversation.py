"""What a conversation remembers and reads, with the real model; its paths are in test_stories.py."""

from __future__ import annotations

import secrets

import pytest

from tests.bot.conftest import Conversation

TOLD = {
    "nb": "Jentene i klassen har laget en gruppe uten meg og ler når jeg går forbi, så nå blir jeg hjemme fra skolen",
    "nn": "Jentene i klassa har laga ei gruppe utan meg og ler når eg går forbi, så no blir eg heime frå skulen",
}


def test_evidence_is_where_the_words_stand(talk: Conversation) -> None:
    text = TOLD[talk.language]
    for need in talk.say(text)["understanding"]["needs"]:
        assert need["evidence"]
        for start, end in need["evidence"]:
            assert text[start:end].strip() == text[start:end] != ""


@pytest.mark.parametrize(
    ("said", "age"),
    [
        ("14", 14),
        ("jeg er 15 år", 15),
        ("tretten", 13),
        ("eg er seksten", 16),
        ("16 og et halvt", 16),
        ("han er 9", 9),
    ],
)
def test_ages_as_people_write_them(talk_nb: Conversation, said: str, age: int) -> None:
    talk_nb.say(TOLD["nb"])
    talk_nb.press("/skip")
    talk_nb.press("/skip")
    answer = talk_nb.say(said)
    assert answer["facts"]["age"] == age
    assert answer["asked"] == "hope"


def test_a_conversation_that_was_lost_goes_on_from_what_the_portal_knows(talk: Conversation) -> None:
    facts = {"safe_now": "yes", "about": "self", "age": 15, "hope": None}
    answer = talk.turn(text=TOLD[talk.language], facts=facts)
    assert answer["asked"] == "hope"


DANGER = {
    "nb": "Pappa slår meg når han drikker, og nå er han hjemme igjen. Jeg tør ikke gå inn.",
    "nn": "Pappa slår meg når han drikk, og no er han heime igjen. Eg torer ikkje gå inn.",
}
NEEDED_NOW = {"nb": "Hva trenger du mest akkurat nå?", "nn": "Kva treng du mest akkurat no?"}


def test_after_danger_it_asks_what_is_needed_now(talk: Conversation) -> None:
    facts = {"safe_now": "no", "about": "self", "age": 15, "hope": None}
    answer = talk.turn(text=DANGER[talk.language], facts=facts)
    assert answer["asked"] == "hope"
    assert NEEDED_NOW[talk.language] in answer["messages"][-1]["text"]


def test_conversations_do_not_mix(talk: Conversation) -> None:
    talk.say(TOLD[talk.language])
    other = Conversation(talk.url, secrets.token_urlsafe(16), talk.language)
    assert other.say("hei")["conversation"]["needs"] == []
