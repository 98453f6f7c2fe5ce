"""Reads a draft of a message for an employee who does not master the person's language, or writes as offices do.

Only hints, never a verdict, and nothing is ever stopped by them: a word list knows no sentence. The text goes nowhere.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from web.cases.types import Language

_FOLDER = Path(__file__).parent
LONG_SENTENCE = 24
"""Words: more than this is hard to hold on to, above all on a phone."""
_MARKUP = re.compile(r"<[^>]*>|https?://\S+|\S+@\S+|\b[\w.-]+\.(?:no|org|com)\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_SENTENCE = re.compile(r"(?<=[.!?:])\s+|\n+")
_PAIR = re.compile(r"(\S+) ([=<>]) (.+)")


@dataclass(frozen=True)
class Found:
    """A word of the draft, what may stand there instead, and how often it stands."""

    word: str
    instead: tuple[str, ...]
    count: int


@dataclass(frozen=True)
class Hints:
    """What may be looked at before the message is sent."""

    other_language: tuple[Found, ...]
    """Words of the other written language."""
    office: tuple[Found, ...]
    long: tuple[str, ...]
    """Sentences with more than LONG_SENTENCE words."""

    def __bool__(self) -> bool:
        return bool(self.other_language or self.office or self.long)


def look_over(text: str, language: Language) -> Hints:
    """Hints for a message in this language."""
    plain = _MARKUP.sub(" ", text)
    counted = Counter(word.lower() for word in _WORD.findall(plain))
    known = pairs(language)
    words = [Found(word, known[word], count) for word, count in counted.items() if word in known]
    lower = " ".join(plain.lower().split())
    office = [
        Found(phrase, (instead,), count)
        for phrase, instead in _office_words(language).items()
        if (count := len(_whole(phrase).findall(lower)))
    ]
    sentences = (" ".join(one.split()) for one in _SENTENCE.split(plain))
    return Hints(
        tuple(words),
        tuple(sorted(office, key=lambda one: lower.index(one.word))),
        tuple(one for one in sentences if len(_WORD.findall(one)) > LONG_SENTENCE),
    )


@cache
def pairs(language: Language) -> dict[str, tuple[str, ...]]:
    """Words that are not of this language but of the other one, each with its own words for it."""
    found: dict[str, list[str]] = {}
    for line in (_FOLDER / "wordpairs.txt").read_text("utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        parts = _PAIR.fullmatch(line)
        if parts is None:
            raise ValueError(f"wordpairs.txt: {line}")
        bokmal, way, nynorsk = parts[1], parts[2], parts[3].split(" / ")
        if language == "nn" and way in "=>":
            found.setdefault(bokmal, []).extend(nynorsk)
        if language == "nb" and way in "=<":
            for word in nynorsk:
                if " " not in word:
                    found.setdefault(word, []).append(bokmal)
    return {word: tuple(instead) for word, instead in found.items()}


@cache
def _office_words(language: Language) -> dict[str, str]:
    held: dict[str, dict[str, str]] = yaml.safe_load((_FOLDER / "officewords.yml").read_text("utf-8"))
    return held[language]


@cache
def _whole(phrase: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(phrase)}(?!\w)")
