"""The dialogue as people meet it, in both languages, with the real model."""

from __future__ import annotations

import re
import secrets

import pytest

from bot.replies import Words
from tests.bot.conftest import Conversation

WORDS = Words()
TOLD = {
    "nb": "Jentene i klassen har laget en gruppe uten meg og ler når jeg går forbi, så nå blir jeg hjemme fra skolen",
    "nn": "Jentene i klassa har laga ei gruppe utan meg og ler når eg går forbi, så no blir eg heime frå skulen",
}
DANGER = {
    "nb": "Pappa har slått mamma og står utenfor døra med en kniv nå",
    "nn": "Pappa har slått mamma og står utanfor døra med ein kniv no",
}
QUESTIONS = ("safe_now", "about", "age", "hope")


def texts(answer: dict) -> list[str]:
    return [message["text"] for message in answer["messages"]]


def reply(talk: Conversation, name: str, **values: str) -> str:
    return WORDS.text(talk.language, name, **values)


def test_what_is_told_is_mirrored_and_then_one_question_is_asked(talk: Conversation) -> None:
    answer = talk.say(TOLD[talk.language])
    assert {need["id"] for need in answer["understanding"]["needs"]} & {
        "bullying",
        "school_absence",
        "loneliness",
    }
    assert len(answer["messages"]) == 2
    assert answer["messages"][1]["text"] == reply(talk, "utter_ask_safe_now")
    assert len(answer["messages"][1]["buttons"]) == 4


def test_evidence_is_where_the_words_stand(talk: Conversation) -> None:
    text = TOLD[talk.language]
    for need in talk.say(text)["understanding"]["needs"]:
        assert need["evidence"]
        for start, end in need["evidence"]:
            assert text[start:end].strip() == text[start:end] != ""


def test_four_questions_each_once_all_skippable(talk: Conversation) -> None:
    asked = [talk.say(TOLD[talk.language])["asked"]]
    while asked[-1] is not None:
        asked.append(talk.press("/skip")["asked"])
    assert asked == [*QUESTIONS, None]
    answer = talk.say(TOLD[talk.language])
    assert answer["asked"] is None, "after the questions nothing is asked again"
    assert answer["messages"]


def test_answers_become_facts(talk: Conversation) -> None:
    talk.say(TOLD[talk.language])
    talk.press('/answer{"safe_now": "yes"}')
    talk.press('/answer{"about": "self"}')
    talk.say("14")
    hope = "at noen snakker med læreren" if talk.language == "nb" else "at nokon snakkar med læraren"
    assert talk.say(hope)["facts"] == {"safe_now": "yes", "about": "self", "age": 14, "hope": hope}


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


def test_what_a_text_tells_by_itself_is_not_asked_for(talk_nb: Conversation) -> None:
    facts = talk_nb.say("Sønnen min på 8 år gråter hver morgen og nekter å gå på skolen")["facts"]
    assert (facts["about"], facts["age"]) == ("my_child", 8)
    assert talk_nb.press("/skip")["asked"] == "hope"


def test_a_long_text_in_answer_to_how_old_are_you_is_told_and_nothing_is_asked_twice(
    talk: Conversation,
) -> None:
    talk.say(TOLD[talk.language])
    talk.press("/skip")
    assert talk.press("/skip")["asked"] == "age"
    more = {
        "nb": "og så drikker pappa hver helg og roper til mamma så lillebroren min gjemmer seg i skapet, jeg tør ikke ha med "
        "noen hjem og later som jeg ikke hører det når de andre snakker om hva de gjorde i helgen",
        "nn": "og så drikk pappa kvar helg og ropar til mamma så veslebror min gøymer seg i skapet, eg tør ikkje ha med nokon "
        "heim og låst som eg ikkje høyrer det når dei andre snakkar om kva dei gjorde i helga",
    }[talk.language]
    answer = talk.say(more)
    assert "parental_substance" in {need["id"] for need in answer["conversation"]["needs"]}
    assert answer["asked"] == "hope"


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ({"nb": "hvem leser dette?", "nn": "kven les dette?"}, "utter_ask_who_reads"),
        ({"nb": "er dette hemmelig?", "nn": "er dette hemmeleg?"}, "utter_ask_confidentiality"),
        (
            {"nb": "får mamma og pappa vite det?", "nn": "får mamma og pappa vite det?"},
            "utter_ask_parents_told",
        ),
        ({"nb": "er du en robot?", "nn": "er du ein robot?"}, "utter_ask_machine"),
        (
            {"nb": "hvor lang tid tar det før jeg får svar?", "nn": "kor lang tid tek det før eg får svar?"},
            "utter_ask_how_long",
        ),
        (
            {"nb": "kan jeg slette det jeg har skrevet?", "nn": "kan eg slette det eg har skrive?"},
            "utter_ask_delete",
        ),
        (
            {"nb": "kan jeg få snakke med et menneske?", "nn": "kan eg få snakke med eit menneske?"},
            "utter_ask_human",
        ),
    ],
)
def test_questions_about_the_service_are_answered_before_and_in_the_middle(
    talk: Conversation, question: dict[str, str], name: str
) -> None:
    said = question[talk.language]
    assert texts(talk.say(said))[0] == reply(talk, name)
    talk.say(TOLD[talk.language])
    answer = talk.say(said)
    assert texts(answer)[0] == reply(talk, name)
    assert answer["asked"] == "safe_now", "the open question is still there"
    assert answer["messages"][-1]["buttons"]


def test_danger_shows_numbers_in_that_very_answer_and_the_conversation_goes_on(talk: Conversation) -> None:
    answer = talk.say(DANGER[talk.language])
    assert answer["understanding"]["acute"]["flag"]
    assert answer["understanding"]["acute"]["kinds"]
    assert answer["messages"][0]["danger"]
    assert "112" in texts(answer)[0]
    assert any("116 111" in text for text in texts(answer))
    assert answer["asked"] == "safe_now"
    assert talk.press("/skip")["asked"] == "about"


def test_danger_in_the_middle_of_a_question(talk: Conversation) -> None:
    talk.say(TOLD[talk.language])
    talk.press("/skip")
    answer = talk.say(DANGER[talk.language])
    assert answer["messages"][0]["danger"]
    assert answer["conversation"]["acute_kinds"]


def test_not_safe_shows_numbers_at_once(talk: Conversation) -> None:
    talk.say(TOLD[talk.language])
    answer = talk.press('/answer{"safe_now": "no"}')
    assert answer["messages"][0]["danger"]
    assert "112" in texts(answer)[0]


def test_grown_ups_get_the_line_for_grown_ups(talk: Conversation) -> None:
    answer = talk.turn(text=DANGER[talk.language], facts={"age": 22})
    assert any("116 123" in text for text in texts(answer))
    assert not any("116 111" in text for text in texts(answer))


def test_restart_forgets(talk: Conversation) -> None:
    talk.say(TOLD[talk.language])
    answer = talk.press("/restart")
    assert texts(answer) == [reply(talk, "utter_restart")]
    assert answer["conversation"]["needs"] == []
    assert set(answer["facts"].values()) == {None}
    assert talk.say(TOLD[talk.language])["asked"] == "safe_now"


def test_the_language_can_be_switched_in_the_middle(talk: Conversation) -> None:
    talk.say(TOLD[talk.language])
    other = "nn" if talk.language == "nb" else "nb"
    answer = talk.say({"nn": "kan du skrive nynorsk", "nb": "kan du skrive bokmål"}[other])
    assert answer["language"] == other
    talk.language = other
    assert texts(talk.press("/skip")) == [reply(talk, "utter_ask_about")]


def test_another_language_is_noticed(talk: Conversation) -> None:
    answer = talk.say("Hello, my daughter is sad and does not want to go to school anymore")
    assert answer["understanding"]["language"] == "other"
    assert texts(answer)[0] == reply(talk, "utter_other_language")


def test_a_correction_takes_away_what_was_misunderstood(talk_nb: Conversation) -> None:
    talk_nb.say("jeg får ikke sove om natta og blir mobbet på skolen")
    before = {
        need["id"]
        for need in talk_nb.say("og så er det bråk hjemme mellom mamma og meg")["conversation"]["needs"]
    }
    answer = talk_nb.say("nei du har misforstått, det er ikke søvn jeg sliter med")
    assert answer["understanding"]["intent"] == "correct"
    after = {need["id"] for need in answer["conversation"]["needs"]}
    assert "sleep" in before
    assert "sleep" not in after
    assert after, "the rest stays"


def test_nobody_meets_silence(talk: Conversation) -> None:
    for said in ("asdfgh", "???", "🙃", "drit i det", "hei", "1234", "ok", "nei", "…"):
        assert texts(talk.say(said)), said


def test_never_more_than_two_sentences_in_a_message(talk: Conversation) -> None:
    for said in (TOLD[talk.language], "hvem leser dette?", "hei", "nei", "14", DANGER[talk.language]):
        for message in talk.say(said)["messages"]:
            text = message["text"]
            if message.get("danger"):
                continue  # whom to ring is said in full
            sentences = [part for part in re.split(r"(?<=[.?])\s+", text) if part]
            assert len(sentences) <= 3, (
                text
            )  # a question asked inside a longer text is answered before the mirror
            assert "!" not in text


def test_a_conversation_that_was_lost_goes_on_from_what_the_portal_knows(talk: Conversation) -> None:
    facts = {"safe_now": "yes", "about": "self", "age": 15, "hope": None}
    answer = talk.turn(text=TOLD[talk.language], facts=facts)
    assert answer["asked"] == "hope"


def test_conversations_do_not_mix(talk: Conversation) -> None:
    talk.say(TOLD[talk.language])
    other = Conversation(talk.url, secrets.token_urlsafe(16), talk.language)
    assert other.say("hei")["conversation"]["needs"] == []
