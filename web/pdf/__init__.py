"""Letters as PDF: tagged, with title, language and fonts inside; the same input gives the same bytes.

Typst sets the page (letter.typ), after PDF/UA-1. What people wrote goes in as data and is never read as markup. Its own font has
Latin letters, the Sámi ones too; emoji, Arabic, Ethiopic and Thai come from the fonts that set-up fetches (tools/assets.py).
A sign that none of them has is written as its number in brackets, and a line at the end says so: none is left out unseen.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal

import typst

from web.cases.deadlines import OSLO

TEMPLATE = Path(__file__).parent / "letter.typ"
_FONTS = Path(__file__).resolve().parent.parent / "static" / "vendor" / "fonts"
_MISSING = re.compile(r'the text `"(.+?)"` could not be displayed', re.DOTALL)
_LONG = re.compile(r"\S{50,}")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_JOINERS = frozenset("\u200b\u200c\u200d\ufe0e\ufe0f")
_TRIES = 8


class PdfFailed(Exception):
    """The page could not be set. Never says what stood on it."""


@dataclass(frozen=True)
class Block:
    """A piece of a letter, from top to bottom.

    heading, plain and note: `text`. words: somebody's own words in `text`, with `about` (who, when) over them, in `language`.
    facts: pairs of a name and a value. items: a list. table: `rows`, the first with the names of the columns.
    """

    kind: Literal["heading", "plain", "note", "words", "facts", "items", "table"]
    text: str = ""
    about: str = ""
    language: str = ""
    facts: Sequence[tuple[str, str]] = ()
    items: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()


@dataclass(frozen=True)
class Letter:
    """A letter, and the words that stand around it."""

    title: str
    author: str
    language: str
    at: datetime
    footer: str
    blocks: Sequence[Block]
    unknown_signs: str
    """Said at the end when there are signs that no font has."""


def pdf(letter: Letter) -> bytes:
    """The letter as PDF. PdfFailed when it cannot be set."""
    unknown: set[str] = set()
    for _ in range(_TRIES):
        try:
            made = typst.compile(
                str(TEMPLATE),
                format="pdf",
                root=str(TEMPLATE.parent),
                font_paths=fonts(),
                sys_inputs={"data": json.dumps(data_of(letter, unknown), ensure_ascii=False)},
                pdf_standards=["ua-1"],
            )
            return made if isinstance(made, bytes) else b"".join(made or [])
        except typst.TypstError as error:
            new = {sign for found in _MISSING.findall(error.diagnostic) for sign in found} - unknown
            # Signs that only join or shape others are to blame when there is nothing else.
            new = (new - _JOINERS) or new
            if not new:
                # From None: the diagnostic quotes what stood on the page.
                raise PdfFailed("the page could not be set") from None
            unknown |= new
    raise PdfFailed("too many unknown signs")


@cache
def fonts() -> typst.Fonts:
    """Typst's own fonts and those that set-up fetched; none of the machine's, so that every machine makes the same file."""
    return typst.Fonts(include_system_fonts=False, font_paths=[str(_FONTS)] if _FONTS.is_dir() else [])


def data_of(letter: Letter, unknown: set[str]) -> dict[str, Any]:
    """The letter as letter.typ reads it, with each of the unknown signs as its number."""
    at = letter.at.astimezone(OSLO)

    def shown(text: str) -> str:
        for sign in unknown:
            text = text.replace(sign, f"[U+{ord(sign):04X}]" if len(sign) == 1 else "")
        # A run without spaces would go over the edge: it may be broken anywhere.
        return _LONG.sub(lambda run: "\u200b".join(run[0]), text)

    return {
        "title": shown(letter.title),
        "author": letter.author,
        "language": letter.language,
        "at": [at.year, at.month, at.day, at.hour, at.minute, at.second],
        "footer": letter.footer,
        "unknown": letter.unknown_signs if unknown else "",
        "blocks": [
            {
                "kind": one.kind,
                "lines": shown(one.text).replace("\r\n", "\n").split("\n"),
                "about": shown(one.about),
                "language": one.language if _LANGUAGE.fullmatch(one.language) else letter.language,
                "facts": [[shown(name), shown(value).split("\n")] for name, value in one.facts],
                "items": [shown(item) for item in one.items],
                "rows": [[shown(cell) for cell in row] for row in one.rows],
            }
            for one in letter.blocks
        ],
    }
