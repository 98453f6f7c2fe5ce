"""The look at a message's language, and the templates: right in both languages, and quiet about what is right."""

from __future__ import annotations

import re

import pytest
from babel.messages.pofile import read_po

from tests.rules.test_spelling import LANGUAGES, ROOT, known, misspelt, needs_dictionaries, reviewed
from web.staff.message_templates import PLACES, added, blanks, filled, left_open, templates
from web.staff.wording import LONG_SENTENCE, look_over, pairs


def words(text, language):
    return {one.word: one.instead for one in look_over(text, language).other_language}


def test_bokmal_in_a_nynorsk_message_is_told_with_the_nynorsk_word():
    found = words("Jeg vet ikke hvordan uken blir. Noen ringer deg.", "nn")
    assert found == {
        "jeg": ("eg",),
        "vet": ("veit",),
        "ikke": ("ikkje",),
        "hvordan": ("korleis",),
        "uken": ("veka",),
        "noen": ("nokon", "nokre"),
    }


def test_nynorsk_in_a_bokmal_message_is_told_with_the_bokmal_word():
    found = words("Eg veit ikkje korleis veka blir.", "nb")
    assert found["ikkje"] == ("ikke",)
    assert found["korleis"] == ("hvordan",)
    assert set(found) == {"eg", "veit", "ikkje", "korleis", "veka"}


def test_the_right_language_is_left_in_peace():
    assert words("Eg veit ikkje korleis veka blir. Nokon ringjer deg.", "nn") == {}
    assert words("Jeg vet ikke hvordan uken blir. Noen ringer deg.", "nb") == {}


def test_whole_words_capitals_and_how_often():
    hints = look_over("IKKE nå. Ikke da. Likevel: ikkepinne. Se https://jeg.no/ikke og jeg@hun.no", "nn")
    counted = {one.word: one.count for one in hints.other_language}
    assert counted == {"ikke": 2, "se": 1}


def test_there_are_many_pairs_each_said_once():
    assert len(pairs("nn")) >= 400
    assert len(pairs("nb")) >= 400
    for language in ("nb", "nn"):
        for word, instead in pairs(language).items():
            assert word not in instead
            assert word == word.lower()


def test_nothing_that_is_suggested_would_itself_be_told():
    for language in ("nb", "nn"):
        told = pairs(language)
        for instead in told.values():
            for one in instead:
                assert not set(one.split()) & told.keys(), one


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_portals_own_texts_are_all_left_in_peace(language):
    """A thousand texts that people have read: a word told here is a word too many on the list."""
    texts = []
    for domain in ("citizen", "staff", "portal", "assistant"):
        with (ROOT / f"locales/{language}/LC_MESSAGES/{domain}.po").open("rb") as source:
            for message in read_po(source, locale=language):
                if message.id:
                    texts += [message.string] if isinstance(message.string, str) else list(message.string)
    assert len(texts) > 1000
    # «saken» in the one language stands as a quoted word in a text of the other: none does now.
    assert {word for text in texts for word in words(str(text), language)} == set()


@needs_dictionaries
@pytest.mark.parametrize("language", LANGUAGES)
def test_suggestions_templates_and_hints_are_spelt_right(language):
    texts = [" ".join(instead) for instead in pairs(language).values()]
    texts += [re.sub(r"\{\w+\}", " ", one.text[language]) for one in templates().values()]
    texts += [one.title[language] for one in templates().values()]
    every = frozenset(
        word for text in texts for word in re.findall(r"[^\W\d_]{2,}", re.sub(r"<[^>]+>", " ", text))
    )
    wrong = {word for word in misspelt(language, every) if not known(word, reviewed(language))}
    # Formed as Nynorsk and Bokmål form them; the dictionaries lack them.
    assert wrong <= {
        "barneverntenesta", "kvarifrå", "rettigheit", "rettigheiter", "sjølvmordstankar", "sjølvskading", "ønskjest",
        "selvskading", "noe", "noen", "skulefråvær", "skulevegring", "éi",
    }  # fmt: skip


def test_long_sentences_and_office_words():
    long = " ".join(["ord"] * (LONG_SENTENCE + 1))
    hints = look_over(f"Kort. {long}. Vi viser til din henvendelse vedrørende saken.", "nb")
    assert hints.long == (f"{long}.",)
    assert [(one.word, one.instead) for one in hints.office] == [
        ("henvendelse", ("melding, spørsmål",)),
        ("vedrørende", ("om",)),
    ]
    assert not look_over("Hei. Vi møtes tirsdag.", "nb")


# --- Templates ---


def test_there_are_templates_for_what_the_front_desk_writes():
    assert len(templates()) >= 12
    assert {
        "first_answer",
        "contact_person",
        "more",
        "appointment",
        "not_answered",
        "acute",
        "sharing",
        "waiting",
    } <= (templates().keys())
    assert {
        "closing_helped",
        "closing_unreached",
        "interpreter",
        "to_child",
        "to_parent",
    } <= templates().keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_template_is_plain_and_in_its_own_language(language):
    for one in templates().values():
        text = one.text[language]
        hints = look_over(text, language)
        assert not hints.other_language, one.id
        assert not hints.office, one.id
        assert not hints.long, one.id
        assert "!" not in text
        assert len(text) < 1000
        assert set(re.findall(r"\{(\w+)\}", text)) <= PLACES


def test_the_two_languages_are_not_the_same_text():
    for one in templates().values():
        assert one.text["nb"] != one.text["nn"]
        assert re.findall(r"\{(\w+)\}", one.text["nb"]) == re.findall(r"\{(\w+)\}", one.text["nn"])


def test_filling_in_and_what_is_left_open():
    values = {"me": "Maja", "contact": "Ola", "unit": "Huset", "phone": "12 34", "due": "tirsdag"}
    text = filled(templates()["appointment"], "nb", values)
    assert "Maja" in text
    assert "{" not in text
    assert left_open(text) == ["[dag]", "[klokkeslett]", "[sted]", "[navn]", "[hvor lenge]"]
    assert left_open("Jeg skrev [sic] og [Dag 1].") == []
    assert "[dag]" in blanks()


def test_what_is_typed_stays():
    assert added("", "Hei") == "Hei"
    assert added("  \n", "Hei") == "Hei"
    assert added("Kjære du.\n", "Hei") == "Kjære du.\n\nHei"
