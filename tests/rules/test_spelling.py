"""Every word that people read is spelt as its own language's dictionary spells it.

Read are all texts of the .po files in Bokmål and Nynorsk, and every text of the catalog that exists in both. What the
dictionaries of hunspell (hunspell-no: nb_NO, nn_NO) do not know stands in tests/rules/words/<language>.txt, with why; a
Bokmål word in a Nynorsk text is unknown to the Nynorsk dictionary, so it is found here.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ("nb", "nn")
OTHER = {"nb": "nn", "nn": "nb"}
WORDS = Path(__file__).parent / "words"
_WORD = re.compile(r"[^\W\d_]{2,}")
"""As hunspell splits: at hyphens too. One letter is no word to spell."""
_NOT_WORDS = re.compile(
    r"%\(\w+\)[sd]|<[^>]+>|https?://\S+|\S+@\S+|\b[\w.-]+\.(?:no|org|com|yml)\b", re.IGNORECASE
)


@cache
def misspelt(language: str, words: frozenset[str]) -> frozenset[str]:
    """Those of the words that the dictionary does not know."""
    said = subprocess.run(
        ["hunspell", "-d", f"{language}_NO", "-i", "utf-8", "-l"],
        input="\n".join(sorted(words)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    return frozenset(said.stdout.split())


def _dictionaries() -> bool:
    if not shutil.which("hunspell"):
        return False
    tried = [
        subprocess.run(
            ["hunspell", "-d", f"{one}_NO", "-l"], input="", capture_output=True, text=True, check=False
        )
        for one in LANGUAGES
    ]
    return all(one.returncode == 0 for one in tried)


needs_dictionaries = pytest.mark.skipif(
    not _dictionaries(),
    reason="no hunspell with nb_NO and nn_NO: install Debian's hunspell and hunspell-no, or run `make test`",
)


def texts_of_files(language: str) -> Iterator[tuple[str, str]]:
    """Where, and the text: the .po files, and the guide of the front desk."""
    guide = ROOT / "locales" / language / "guide.yml"
    for line in guide.read_text("utf-8").splitlines():
        if not line.startswith("#"):
            words = re.sub(
                r"^ *(?:- )?(?:(?:id|show): .*|(?:title|lead|parts|heading|text|points|steps):)|{link:\w+}",
                " ",
                line,
            )
            yield guide.name, words
    for file in sorted((ROOT / "locales" / language / "LC_MESSAGES").glob("*.po")):
        with file.open("rb") as source:
            for message in read_po(source, locale=language):
                if message.id:
                    forms = [message.string] if isinstance(message.string, str) else message.string
                    yield from ((file.name, str(text)) for text in forms)


def _both(value: object, language: str) -> Iterator[str]:
    if isinstance(value, dict):
        if all(isinstance(value.get(code), str) for code in LANGUAGES):
            yield value[language]
        else:
            for one in value.values():
                yield from _both(one, language)
    elif isinstance(value, list):
        for one in value:
            yield from _both(one, language)


def texts_of_catalog(language: str) -> Iterator[tuple[str, str]]:
    """Every text that a citizen may meet: what the catalog has in both languages."""
    folder = ROOT / "services_catalog"
    for file in sorted(folder.rglob("*.yml")):
        if "schema" not in file.parts:
            for text in _both(yaml.safe_load(file.read_text("utf-8")), language):
                yield str(file.relative_to(folder)), text


@cache
def places(language: str) -> dict[str, str]:
    """Every word with one place where it stands."""
    found: dict[str, str] = {}
    for place, text in (*texts_of_files(language), *texts_of_catalog(language)):
        for word in _WORD.findall(_NOT_WORDS.sub(" ", text)):
            found.setdefault(word, place)
    return found


@cache
def reviewed(language: str) -> dict[str, str]:
    """Words that are right though the dictionary lacks them, and why."""
    found = {}
    for line in (WORDS / f"{language}.txt").read_text("utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            word, _, why = line.partition("#")
            found[word.strip()] = why.strip()
    return found


def known(word: str, words: Iterable[str]) -> bool:
    """A reviewed word; with a capital first where it begins a sentence."""
    return word in words or word[:1].lower() + word[1:] in words


@needs_dictionaries
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_is_in_the_dictionary_or_reviewed(language: str) -> None:
    where = places(language)
    assert len(where) > 1500, "the texts were read"
    unknown = misspelt(language, frozenset(where))
    wrong = {word: where[word] for word in unknown if not known(word, reviewed(language))}
    assert not wrong, f"mend the word, or put it in {WORDS}/{language}.txt with why"


@needs_dictionaries
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_reviewed_words_are_needed_and_say_why(language: str) -> None:
    listed = reviewed(language)
    lines = (WORDS / f"{language}.txt").read_text("utf-8").splitlines()
    words = [line for line in lines if line.strip() and not line.startswith("#")]
    assert words == sorted(words, key=str.casefold)
    assert all(listed.values())
    used = {*places(language), *(word[:1].lower() + word[1:] for word in places(language))}
    assert not set(listed) - used, "no text has these any more"
    assert not set(listed) - misspelt(language, frozenset(listed)), "the dictionary knows these"


@needs_dictionaries
def test_the_dictionaries_keep_the_languages_apart() -> None:
    """A text in the other language does not pass: most of its words are unknown."""
    for language in LANGUAGES:
        every = frozenset(places(OTHER[language])) - frozenset(places(language))
        assert len(misspelt(language, every)) > 0.6 * len(every)


# Everyday words that the wrong dictionary takes for another word or form: «bare» is in Nynorsk the plural of «bar».
ONLY = {
    "nb": [
        "bare",
        "dere",
        "fra",
        "gjøre",
        "hva",
        "hvem",
        "hvis",
        "hvor",
        "hvordan",
        "ikke",
        "jeg",
        "mer",
        "noe",
        "noen",
        "selv",
        "skole",
        "være",
    ],
    "nn": [
        "berre",
        "eg",
        "frå",
        "gjere",
        "ikkje",
        "korleis",
        "kva",
        "kvar",
        "kven",
        "meir",
        "noko",
        "nokon",
        "seie",
        "sjølv",
        "skule",
        "veke",
        "vere",
    ],
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_everyday_word_of_the_other_language(language: str) -> None:
    found = {word.lower(): place for word, place in places(language).items()}
    assert {word: found[word] for word in ONLY[OTHER[language]] if word in found} == {}


@needs_dictionaries
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_reviewed_word_lets_the_other_language_in(language: str) -> None:
    """A word that the other dictionary knows and this one does not is the other language's, unless it is a name."""
    listed = reviewed(language)
    foreign = set(listed) - misspelt(OTHER[language], frozenset(listed))
    assert {word for word in foreign if "also" not in listed[word]} == set()
