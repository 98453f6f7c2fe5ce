"""Likely names and details in a text, marked by simple rules for a person who removes them.

The rules find much and not all, and mark much that tells nothing: a person reads every word. Nothing here changes a text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, get_args

Kind = Literal["contact", "number", "age", "date", "place", "name"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

_NUMBER_WORDS = (
    "to|tre|fire|fem|seks|sju|syv|åtte|ni|ti|elleve|tolv|tretten|fjorten|femten|seksten|sytten|atten|nitten|tjue|"
    "tjueen|tjueto|tjuetre|tjuefire"
)
_MONTHS = (
    "januar|februar|mars|april|mai|juni|juli|august|september|oktober|november|desember|"
    "mandag|tirsdag|onsdag|torsdag|fredag|lørdag|søndag|måndag|tysdag|laurdag|sundag|"
    "påske|pinse|jul|julaften|nyttår|nyttårsaften|sankthans"
)
#: In this order: what an earlier rule has marked is not marked again.
_RULES: Final[tuple[tuple[Kind, re.Pattern[str]], ...]] = (
    (
        "contact",
        re.compile(r"https?://\S+|www\.\S+|[\w.+-]+@[\w-]+\.\w[\w.]*|(?<!\w)@\w+|\+?\d(?:[ .-]?\d){4,}"),
    ),
    (
        "age",
        re.compile(
            rf"\b(?:\d{{1,2}}|{_NUMBER_WORDS})[ -]?(?:år(?:ing(?:en)?|ig|s)?|åring(?:en)?|mnd|måneder|månader|uker|veker)\b"
            rf"|\b(?:\d{{1,2}}|{_NUMBER_WORDS})(?:-| )?åring(?:en)?\b"
            r"|\b\d{1,2}\.? ?(?:klasse|trinn)\b|\b(?:første|andre|tredje|fjerde|femte|sjette|sjuende|syvende|åttende|"
            r"niende|tiende|sjuande|åttande|niande|tiande)[ -]?(?:klasse|klassen|trinn)\b|\bvg ?[123]\b",
            re.IGNORECASE,
        ),
    ),
    (
        "date",
        re.compile(
            rf"\b\d{{1,2}}\.(?:\d{{1,2}}\.?(?:\d{{2,4}})?| ?(?:{_MONTHS}))|\bi (?:fjor|forfjor)\b"
            rf"|\b(?:{_MONTHS})(?:en|s|ens)?\b|\b(?:19|20)\d\d\b|\b(?:kl\.?|klokka|klokken) ?\d{{1,2}}(?:[.:]\d\d)?",
            re.IGNORECASE,
        ),
    ),
    (
        "place",
        re.compile(
            r"\b[A-ZÆØÅ]?\w*(?:skolen?|skulen?|barnehagen?|gata|gaten|gate|veien|vegen|vei|veg|torget|hallen|banen|"
            r"kommunen?|fylket?|gymnaset?|kirken?|kyrkja|moskeen?|senteret?|sjukehuset?|sykehuset?)\b",
            re.IGNORECASE,
        ),
    ),
    ("number", re.compile(r"\d+(?:[.,]\d+)*")),
)
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_SENTENCE_END = re.compile(r"[.!?:…»\"\n–-]\s*$")
#: Capital letters that are no names: beginnings that people write with a capital anyway, and known letters.
_NO_NAMES = frozenset(
    {
        "jeg",
        "eg",
        "æ",
        "i",
        "adhd",
        "add",
        "bup",
        "nav",
        "ppt",
        "tv",
        "pc",
        "sms",
        "ok",
        "sfo",
        "dps",
        "bv",
        "bhg",
    }
)
#: After these words comes a name, also with a small letter.
_NAMED = re.compile(
    r"\b(?:heter|heiter|heite|hete|kalles|kallast|navnet|namnet|han|ho|hun)\s+$", re.IGNORECASE
)
_PLACED = re.compile(r"\b(?:i|på|fra|frå|til|ved|bor i|bur i)\s+$", re.IGNORECASE)
#: Common first names, so that one at the beginning of a sentence or in small letters is found too.
_FIRST_NAMES = frozenset((Path(__file__).parent / "words" / "first_names.txt").read_text("utf-8").split())


@dataclass(frozen=True)
class Mark:
    """A stretch [start, end) of a text that may tell who somebody is."""

    start: int
    end: int
    kind: Kind


def marks(text: str) -> tuple[Mark, ...]:
    """What in the text may tell who somebody is, from first to last; none overlaps another."""
    found: list[Mark] = []

    def add(start: int, end: int, kind: Kind) -> None:
        if not any(one.start < end and start < one.end for one in found):
            found.append(Mark(start, end, kind))

    for kind, rule in _RULES:
        for match in rule.finditer(text):
            add(match.start(), match.end(), kind)
    for match in _WORD.finditer(text):
        before, word = text[: match.start()], match.group()
        if word.lower() in _NO_NAMES:
            continue
        begins = not before.strip() or _SENTENCE_END.search(before) is not None
        if word.lower() in _FIRST_NAMES or (word[0].isupper() and (not begins or _NAMED.search(before))):
            place = word[0].isupper() and _PLACED.search(before) is not None
            add(match.start(), match.end(), "place" if place else "name")
        elif re.search(r"\b(?:heter|heiter|kalles|kallast)\s+$", before, re.IGNORECASE):
            add(match.start(), match.end(), "name")
    return tuple(sorted(found, key=lambda one: one.start))


def pieces(text: str) -> tuple[tuple[str, Kind | None], ...]:
    """The text in pieces that together are the whole of it, each with what it may tell, or None."""
    cut: list[tuple[str, Kind | None]] = []
    at = 0
    for one in marks(text):
        if one.start > at:
            cut.append((text[at : one.start], None))
        cut.append((text[one.start : one.end], one.kind))
        at = one.end
    if at < len(text):
        cut.append((text[at:], None))
    return tuple(cut)


def reaches_somebody(text: str) -> bool:
    """Whether there is an address, a phone number or a name of an account left: never let through, whatever is ticked."""
    return any(one.kind == "contact" for one in marks(text))
