"""Bring Bokmål, Nynorsk, dialect and chat spelling to one form, and remember where each word stood.

Everything learned here (needs, danger, intent) learns from these forms, so that «eg får ikkje sova», «æ får itj sove» and
«jeg får ikke sove» look alike. The tables are data (`bot/data/forms.yml`) that a person can read and extend.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Dict, List, Tuple

import simplemma
import yaml

DATA = Path(__file__).resolve().parents[1] / "data"
FORMS_FILE = DATA / "forms.yml"

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?|\d+|[\U0001F300-\U0001FAFF☀-➿]|[?!]+", re.UNICODE)
_THREE_OR_MORE = re.compile(r"(.)\1{2,}")
_DOUBLE_VOWEL = re.compile(r"([aeiouyæøå])\1+")

# Regular differences between the written languages, applied to words that no table knows: (pattern, replacement).
_RULES: Tuple[Tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"^kv(?=[aeiouyæøå])"), "hv"),
    (re.compile(r"skul(?=e|a|$)"), "skol"),
    (re.compile(r"leg(e|heit|heita)?$"), r"lig\1"),
    (re.compile(r"heit(a|er|ene)?$"), "het"),
    (re.compile(r"ande$"), "ende"),
    (re.compile(r"^sjuk"), "syk"),
    (re.compile(r"^sjølv"), "selv"),
    (re.compile(r"^einsam"), "ensom"),
    (re.compile(r"^heim"), "hjem"),
    (re.compile(r"^noreg"), "norge"),
    (re.compile(r"(?<=.{3})ane$"), "ene"),
    (re.compile(r"(?<=.{3})ar$"), "er"),
)


@dataclass(frozen=True)
class Word:
    """One word of a text: its one form and where it stands.

    Attributes:
        form: the common form (lemma where one is known), lower case.
        start: index of its first character in the original text.
        end: index after its last character.
    """

    form: str
    start: int
    end: int


@lru_cache(maxsize=1)
def _forms() -> Dict[str, str]:
    """The table of spellings: other form -> common form.

    Raises:
        ValueError: when one spelling is listed under two common forms.
    """
    table: Dict[str, str] = {}
    for common, others in yaml.safe_load(FORMS_FILE.read_text(encoding="utf-8")).items():
        for other in [str(common), *str(others).split()]:
            if table.get(other, common) != common:
                raise ValueError(
                    f"{FORMS_FILE.name}: «{other}» stands under both «{table[other]}» and «{common}»"
                )
            table[other] = str(common)
    return table


@lru_cache(maxsize=100_000)
def common_form(word: str) -> str:
    """The one form of a word: table first, then regular differences, then the lemma."""
    lower = unicodedata.normalize("NFC", word.lower()).replace("’", "'")
    table = _forms()
    if lower in table:
        return table[lower]
    squeezed = _THREE_OR_MORE.sub(r"\1", lower)
    if squeezed not in table:
        squeezed = _DOUBLE_VOWEL.sub(r"\1", squeezed)
    if squeezed in table:
        return table[squeezed]
    for pattern, replacement in _RULES:
        squeezed = pattern.sub(replacement, squeezed)
    if squeezed in table:
        return table[squeezed]
    lemma = simplemma.lemmatize(squeezed, lang=("nb", "nn")).lower()
    return table.get(lemma, lemma)


def has_letters(text: str) -> bool:
    """Whether a text has any letter: «15», «…» and «?» tell nothing by themselves."""
    return any(character.isalpha() for character in text)


def words(text: str) -> List[Word]:
    """The words of a text in order, in their one form, with their places in the text."""
    return [Word(common_form(match.group()), match.start(), match.end()) for match in _WORD.finditer(text)]


def plain_words(text: str) -> List[str]:
    """The words of a text as written, lower case and without repeated letters: what language is told by."""
    return [_THREE_OR_MORE.sub(r"\1\1", match.group().lower()) for match in _WORD.finditer(text)]
