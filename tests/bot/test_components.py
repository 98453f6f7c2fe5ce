"""The components' own parts, without a model."""

from __future__ import annotations

import numpy as np
import pytest

from bot.components.acute import KINDS, _rules
from bot.components.facts import English, Facts
from bot.components.needs import evidence, need_ids
from bot.components.phrases import PhraseBook
from bot.components.reading import Features, lexicon_entries
from bot.components.text import words


def forms(text: str) -> list[str]:
    return [word.form for word in words(text)]


@pytest.mark.parametrize(
    "others",
    [
        ["jeg får ikke sove", "eg får ikkje sova", "æ får itj såve"],
        ["hvorfor kommer han ikke hjem", "kvifor kjem han ikkje heim"],
        ["vi bor hos mamma", "me bur hos mamma"],
        ["hun er syk og ensom", "ho er sjuk og einsam"],
    ],
)
def test_one_form_for_both_languages_and_dialect(others: list[str]) -> None:
    assert len({tuple(forms(text)) for text in others}) == 1


def test_words_remember_where_they_stood() -> None:
    text = "Eg  græææt,\nikkje sant?"
    assert [text[word.start : word.end] for word in words(text)] == ["Eg", "græææt", "ikkje", "sant", "?"]


def test_phrases_are_found_across_languages_with_stems_and_gaps() -> None:
    book = PhraseBook([("sleep", "får ikke sove"), ("out", "kast* .. gruppa"), ("gone", "ute i natt")])
    assert [hit.label for hit in book.find("eg får ikkje sova")] == ["sleep"]
    text = "de kasta meg ut av gruppa"
    (hit,) = book.find(text)
    assert text[hit.start : hit.end] == "kasta meg ut av gruppa"
    assert book.find("de kasta ball med hele den store gruppa") == []


def test_every_label_of_the_lexicon_is_a_need() -> None:
    assert {label.split(".")[0] for label, _ in lexicon_entries()} <= set(need_ids())


def test_every_kind_of_danger_has_rules() -> None:
    labels = {
        hit.label.rpartition(" ")[2]
        for phrase in ("jeg vil dø", "har rømt", "ta fra meg passet")
        for hit in _rules().find(phrase)
    }
    assert {"suicide", "missing", "forced_journey"} <= labels
    import yaml

    from bot.components.acute import RULES_FILE

    assert set(yaml.safe_load(RULES_FILE.read_text(encoding="utf-8"))) == set(KINDS)


def test_the_words_that_carry_a_decision_are_found() -> None:
    texts = ["pappa drikker øl", "mamma drikker vin", "vi spiller ball", "jeg liker ball"] * 3
    features = Features(min_words=1, min_letters=1).fit(texts)
    reading = features.read("og pappa drikker hver helg")
    weights = np.zeros(reading.row.shape[1])
    weights[features.words.vocabulary_["drikke"]] = 1.0
    share = reading.word_weights(weights)
    spans = evidence(reading.words, share)
    assert [reading.text[start:end] for start, end in spans] == ["drikker"]


def test_evidence_is_phrases_that_tell_a_reader_something() -> None:
    text = "de ler av meg på skolen. de har laget en gruppe"
    found = words(text)
    spans = evidence(found, np.array([7, 6, 3, 3, 3, 9, 7, 1, 9, 1, 9], dtype=float))
    # «de» tells nothing and «ler» carries little; what stands on both sides of one small word is one phrase
    assert [text[start:end] for start, end in spans] == ["skolen", "laget en gruppe"]
    text = "eg har liksom byrja å grue meg, og ho har begynt å slå"
    share = np.array([1, 1, 9, 9, 1, 4, 1, 1, 1, 1, 9, 1, 4], dtype=float)
    assert [text[start:end] for start, end in evidence(words(text), share)] == ["grue", "slå"]
    assert evidence(words("det er de"), np.array([1.0, 1.0, 1.0])) != [], "better those words than none"


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("jeg er 14 og har det kjipt", 14),
        ("Gutten min på 8 slår", 8),
        ("ho er femten år", 15),
        ("16-åring her", 16),
        ("babyen er 3 måneder", None),
        ("vi er 5 i familien", None),
        ("klokka er 3 om natta", None),
        ("jeg er 100 % lei", None),
    ],
)
def test_ages_in_a_text(text: str, age: int | None) -> None:
    assert Facts().age(text, asked=False) == age


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("sønnen min vil ikke på skolen", "my_child"),
        ("dottera mi et ikkje", "my_child"),
        ("venninna mi skader seg, hun vil ikke si det", "friend"),
        ("jeg har det vondt", None),
    ],
)
def test_whom_a_text_concerns(text: str, who: str | None) -> None:
    assert Facts().about(text, asked=False) == who


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("he is 12 now", 12),
        ("my daughter is nearly seven", 7),
        ("I'm 15", 15),
        ("8 years old", 8),
        ("we have 3 children", None),
        ("she is 8 months", None),
        ("we came 2 years ago", None),
    ],
)
def test_ages_in_english(text: str, age: int | None) -> None:
    assert English().age(text, asked=False) == age


@pytest.mark.parametrize(
    ("text", "age"), [("15", 15), ("femten år", 15), ("15 og lei", None), ("113", None), ("klokka 3", None)]
)
def test_a_number_that_is_an_age_and_nothing_more(text: str, age: int | None) -> None:
    assert Facts().age_alone(text) == age


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("yes, we are at home", "yes"),
        ("we are fine", "yes"),
        ("no, he is still here", "no"),
        ("not safe at all", "no"),
        ("yes but she is not", "no"),
        ("I don't know", "unknown"),
        ("no friends at school", None),
        ("I don't know what to do with him", None),
        ("he is not good at maths", None),
    ],
)
def test_safe_or_not_in_english(text: str, safe: str | None) -> None:
    assert English().safe(text) == safe


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("skip this one please", "skip"),
        ("i'd rather not say", "skip"),
        ("not sure", "dont_know"),
        ("ok", "affirm"),
        ("no thanks", "deny"),
        ("are you a real person?", "ask_machine"),
        ("do you call my mother", "ask_parents_told"),
        ("how long do we wait for an answer", "ask_how_long"),
        ("he wants a private room and costs us a lot", None),
        ("when he comes home he will not talk", None),
        ("no one talks to me", None),
    ],
)
def test_what_a_short_text_in_english_wants(text: str, intent: str | None) -> None:
    assert English().intent(text) == intent
