"""Whether a text tells of more than one young person's age: then nobody guesses whose it is, it is asked before sending."""

from __future__ import annotations

import re

OLDEST = 24
"""Above this it is a grown-up's own age, which is not asked for."""
_UP_TO_TEN = ("ett", "to", "tre", "fire", "fem", "seks", "sju", "åtte", "ni", "ti")
_AND_ON = ("elleve", "tolv", "tretten", "fjorten", "femten", "seksten", "sytten", "atten", "nitten", "tjue")
_WORDS = (*_UP_TO_TEN, *_AND_ON)
_ALSO = {"eitt": 1, "syv": 7, "elve": 11, "tyve": 20}
NUMBERS = {**{word: number for number, word in enumerate(_WORDS, 1)}, **_ALSO}
_NUMBER = rf"(?:\d{{1,2}}|{'|'.join(sorted(NUMBERS, key=len, reverse=True))})"
_SPAN = r"(?:uker|veker|måneder|månader|mnd|dager|dagar|timer|timar|minutter|minutt|barn|ganger|gonger|stk|%|prosent)"
# «8 og 12 år», «på 8, 10 og 12»; not «i to år», not «for 3 år siden».
_YEARS = re.compile(
    rf"(?<!\bi )(?<!\bfor )\b({_NUMBER}(?:\s*(?:,|og|eller|/)\s*{_NUMBER})*)\s*-?\s*(?:år\b(?!\s+(?:siden|sidan))|åring)",
    re.IGNORECASE,
)
_IS = re.compile(
    rf"\b(?:er|på|fyller|blir)\s+({_NUMBER}(?:\s*(?:,|og|eller)\s*{_NUMBER})*)\b(?!\s*{_SPAN})", re.IGNORECASE
)
_ONE = re.compile(_NUMBER, re.IGNORECASE)
_BARE = re.compile(rf"\W*(?:\w+\W+){{0,3}}{_NUMBER}(?:\W+\w+){{0,3}}\W*", re.IGNORECASE)


def ages_in(text: str) -> frozenset[int]:
    """The ages of young people that are told in a text, as far as they can be read."""
    found = set()
    for pattern in (_YEARS, _IS):
        for match in pattern.finditer(text):
            for one in _ONE.findall(match[1]):
                age = int(one) if one.isdigit() else NUMBERS[one.lower()]
                if 0 < age <= OLDEST:
                    found.add(age)
    return frozenset(found)


def is_plain_answer(text: str) -> bool:
    """Whether a text is little more than a number: the answer to «how old», which counts whatever was told before."""
    return _BARE.fullmatch(text.strip()) is not None and len(ages_in(text) or {0}) == 1
