"""What is left out of the person's own words: values that were asked for, and nothing more."""

from __future__ import annotations

import pytest

from web.citizen.steering import only_steers


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("15", "answer_ahead"),
        ("15 år", "answer"),
        ("æ e 15", "answer"),
        ("seksten og eit halvt", "answer"),
        ("ja, eg er trygg", "answer"),
        ("nei", "answer"),
        ("vet ikke", "dont_know"),
        ("hopp over", "skip"),
        ("vil ikkje seie det", "skip"),
        ("det er berre meg", "answer"),
        ("sønnen min", "answer"),
        ("ei venninne", "answer"),
        ("det er meg, jeg er 13 år", "answer"),
        ("he is 11", "answer"),
        ("my son 11", "answer"),
        ("eleven years", "answer"),
        ("yes safe", "answer"),
        ("I don't know", "dont_know"),
        ("hei", "greet"),
        ("tusen takk", "thanks"),
        ("hvem leser dette?", "ask_who_reads"),
        ("hei, får mamma vite det", "ask_parents_told"),
        ("kva skjer når eg sender", "ask_what_happens"),
        ("who can read this?", "ask_who_reads"),
        ("slett alt", "ask_delete"),
        ("kan du skrive nynorsk?", "switch_to_nn"),
        ("hva heter du?", "smalltalk"),
        ("hold kjeft din jævla robot", "abuse_bot"),
    ],
)
def test_a_value_that_was_asked_for_or_a_question_to_us_only_steers(text: str, intent: str) -> None:
    assert only_steers(text, intent)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("kanskje helsesykepleier", "dont_know"),
        ("vet ikke, kanskje læreren min", "dont_know"),
        ("nei, men mamma er her", "answer"),
        ("ja, jeg er hjemme hos bestemor", "answer"),
        ("14, men føler meg eldre", "answer"),
        ("lillebroren min", "answer"),
        ("he is 11 and cries every night", "answer"),
        ("takk, ingen har hørt på meg før", "thanks"),
        ("hei, jeg heter Kari og er alene", "greet"),
        ("ha det, jeg gir opp", "goodbye"),
        ("er redd for at mamma får vite det", "ask_parents_told"),
        ("mamma vet ikke om karakterene. får hun vite det?", "ask_parents_told"),
        ("jeg kjeder meg", "smalltalk"),
        ("du er dum, og ingen bryr seg om meg her heller", "abuse_bot"),
        ("15", "unsure"),
        ("ja " * 50, "affirm"),
    ],
)
def test_everything_more_is_the_persons_own_words(text: str, intent: str) -> None:
    assert not only_steers(text, intent)
