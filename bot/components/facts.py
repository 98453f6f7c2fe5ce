"""What short texts say by their words alone: how old somebody is, whom it concerns; in English also whether it is safe, and what
steers the conversation. The patterns are data (`bot/data/facts.yml`, `english.yml`) that a person can read and extend.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Dict, List, Mapping, Pattern, Tuple

import yaml

from bot.components.text import DATA

FACTS_FILE = DATA / "facts.yml"
ENGLISH_FILE = DATA / "english.yml"
_AGE = 99
_FEW = 8  # words: more than that is told, whatever it begins with
_QUESTION = 14  # words: so long a question about the service may be
_UNIT = r"(?:\s*-?\s*(?:år|aar|years?|yrs?|yo)(?:\s+(?:gam+[ea]l|old))?)?"

_Patterns = List[Tuple[str, Pattern[str]]]


def _patterns(groups: Mapping[str, Any]) -> _Patterns:
    return [
        (str(name), re.compile(pattern, re.IGNORECASE)) for name, found in groups.items() for pattern in found
    ]


def _first(patterns: _Patterns, text: str) -> str | None:
    return next((name for name, pattern in patterns if pattern.search(text)), None)


def _words(text: str) -> List[str]:
    return re.findall(r"[\w'’]+", text)


class Facts:
    """Patterns that say how old somebody is and whom a text concerns."""

    def __init__(self, file: Path = FACTS_FILE) -> None:
        data = yaml.safe_load(file.read_text(encoding="utf-8"))
        self._numbers: Dict[str, int] = {
            str(word): int(number) for number, names in data["numbers"].items() for word in names.split()
        }
        number = r"(?P<age>\d{1,2}|" + "|".join(sorted(self._numbers, key=len, reverse=True)) + r")"
        self._ages = [re.compile(pattern.replace("<age>", number), re.IGNORECASE) for pattern in data["age"]]
        self._near = re.compile(rf"\W*(?:\w+\W+){{0,3}}{number}(?:\W+\w+){{0,4}}\W*", re.IGNORECASE)
        self._alone = re.compile(rf"\W*{number}{_UNIT}\W*", re.IGNORECASE)
        self._about = _patterns(data["about"])
        self._about_answers = _patterns(data["about_answers"])

    def age(self, text: str, asked: bool) -> int | None:
        """The age told, or None. When age was asked for, a number among a few words is enough."""
        near = self._age_of(self._near.fullmatch(text.strip())) if asked else None
        if near is not None:
            return near
        return next((age for p in self._ages if (age := self._age_of(p.search(text))) is not None), None)

    def age_alone(self, text: str) -> int | None:
        """The age, when a text is that number and nothing more."""
        return self._age_of(self._alone.fullmatch(text.strip()))

    def about(self, text: str, asked: bool) -> str | None:
        """self, my_child, friend or other, or None."""
        return _first((self._about_answers if asked else []) + self._about, text)

    def _age_of(self, match: re.Match[str] | None) -> int | None:
        if match is None:
            return None
        told = match.group("age").lower()
        age = int(told) if told.isdigit() else self._numbers[told]
        return age if 0 <= age <= _AGE else None


class English(Facts):
    """The same in English, and the answers and questions that the trained models know in Norwegian only."""

    def __init__(self) -> None:
        super().__init__(ENGLISH_FILE)
        data = yaml.safe_load(ENGLISH_FILE.read_text(encoding="utf-8"))
        self._safe = _patterns(data["safe_now"])
        self._steering = _patterns(data["steering"])
        self._asks = re.compile(data["asks"], re.IGNORECASE)
        self._questions = _patterns(data["questions"])

    def safe(self, text: str) -> str | None:
        """yes, no or unknown to «are you safe now?», or None."""
        return _first(self._safe, text) if len(_words(text)) <= _QUESTION else None

    def intent(self, text: str) -> str | None:
        """What a short text wants, when that is to steer or to ask about the service; None for what is told."""
        words = _words(text)
        plain = " ".join(words)
        if len(words) <= _FEW:
            for intent, pattern in self._steering:
                if pattern.fullmatch(plain):
                    return intent
        asks = "?" in text or self._asks.match(plain) is not None
        return _first(self._questions, text) if asks and len(words) <= _QUESTION else None
