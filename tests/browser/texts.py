"""The product's own words, by their source text, so that a changed wording does not break a test."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
#: In the order in which the portal lays them over each other.
PORTAL_DOMAINS = ("portal", "citizen", "staff")


@cache
def _domain(language: str, domain: str) -> dict[str, str]:
    with (ROOT / "locales" / language / "LC_MESSAGES" / f"{domain}.po").open("rb") as source:
        catalog = read_po(source, locale=language, domain=domain)
    words = {}
    for message in catalog:
        if not message.id:
            continue
        if isinstance(message.id, tuple):
            for one, text in zip(message.id, message.string, strict=True):
                words[one] = text
        else:
            words[str(message.id)] = str(message.string)
    return words


class Texts:
    """texts("Send") is what the portal says in this language; texts.assistant("utter_ask_age") what the assistant says.

    A source text that does not exist is an error: then a template and its test have parted.
    """

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, source: str, **values: object) -> str:
        words: dict[str, str] = {}
        for domain in PORTAL_DOMAINS:
            words |= _domain(self.language, domain)
        return self._filled(words[source], values)

    def assistant(self, name: str, **values: object) -> str:
        return self._filled(_domain(self.language, "assistant")[name], values)

    @staticmethod
    def _filled(text: str, values: dict[str, object]) -> str:
        assert text, "an empty translation"
        return text % values if values else text
