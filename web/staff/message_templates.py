"""Beginnings of messages, in the person's language, filled in with who writes and who has the case.

The texts are the portal's own (message_templates.yml beside this module) and not the municipality's: what differs between
municipalities is filled in, and the wording is held to the same tests of spelling and plain language as every other text.
A municipality's own habits belong in the message itself, which an employee always writes to its end.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from markupsafe import Markup, escape

from web.cases.types import Language

_FILE = Path(__file__).with_name("message_templates.yml")
_BLANK = re.compile(r"\[[^\[\]\n]+\]")
_PLACE = re.compile(r"\{(\w+)\}")
PLACES = frozenset({"me", "contact", "unit", "phone", "due"})


@dataclass(frozen=True)
class Template:
    """The beginning of a message."""

    id: str
    title: Mapping[Language, str]
    text: Mapping[Language, str]


@cache
def templates() -> dict[str, Template]:
    """All of them by id, in the order in which they are offered."""
    found = {}
    for one in yaml.safe_load(_FILE.read_text("utf-8")):
        text: dict[Language, str] = {"nb": one["nb"], "nn": one["nn"]}
        found[one["id"]] = Template(one["id"], one["title"], text)
    return found


@cache
def blanks() -> frozenset[str]:
    """Every part in square brackets that an employee is meant to fill in."""
    return frozenset(
        blank for one in templates().values() for text in one.text.values() for blank in _BLANK.findall(text)
    )


def left_open(text: str) -> list[str]:
    """The parts of a template that nobody has filled in, in the order of the text. Other brackets are the writer's own."""
    return [blank for blank in dict.fromkeys(_BLANK.findall(text)) if blank in blanks()]


def marked(preview: Markup) -> Markup:
    """A message as it will look, with what nobody has filled in marked."""
    return Markup(  # noqa: S704 - the text is cleaned already; only our own mark is put around a part of it
        _BLANK.sub(lambda one: f"<mark>{one[0]}</mark>" if one[0] in _shown_blanks() else one[0], preview)
    )


@cache
def _shown_blanks() -> frozenset[str]:
    return frozenset(str(escape(blank)) for blank in blanks())


def filled(template: Template, language: Language, values: Mapping[str, str]) -> str:
    """The text with its places filled in."""
    return _PLACE.sub(lambda found: values.get(found[1], found[0]), template.text[language])


def added(typed: str, text: str) -> str:
    """What is typed already, then the template: nothing that was written is lost."""
    return f"{typed.rstrip()}\n\n{text}" if typed.strip() else text
