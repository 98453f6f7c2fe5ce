"""What somebody is offered who writes in a language that the assistant does not read: locales/other_languages.yml."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml
from babel import Locale

ANY = "en"
"""The offer for a language that is not in the file."""


@dataclass(frozen=True)
class Offer:
    """A person with an interpreter, said in this language."""

    code: str
    text: str
    direction: str
    """ltr or rtl."""


@lru_cache(maxsize=8)
def offers(locales_dir: Path) -> tuple[Offer, ...]:
    """Every offer of the file, in its order."""
    content = yaml.safe_load((locales_dir / "other_languages.yml").read_text(encoding="utf-8"))
    return tuple(Offer(code, one["text"], Locale.parse(code).text_direction) for code, one in content.items())


def offered(locales_dir: Path, said: Iterable[str]) -> Offer | None:
    """The offer that the assistant has made in this conversation, the newest; in English when it made none."""
    every = offers(locales_dir)
    for text in reversed(list(said)):
        for one in every:
            if one.text in text:
                return one
    return next((one for one in every if one.code == ANY), None)
