"""The return code: five everyday words in the person's own language. Only a slow hash of it is stored."""

from __future__ import annotations

import hashlib
import re
import secrets
import unicodedata
from functools import lru_cache
from pathlib import Path

from web.cases.types import LANGUAGES, Language

WORDS_DIR = Path(__file__).parent / "words"
WORDS_PER_CODE = 5
LEAST_WORDS = 1024
"""1,024 words are 10 bits each: 50 bits in a code."""

# About 0.15 s and 16 MB for each guess on one core of an ordinary server.
SCRYPT_N, SCRYPT_R, SCRYPT_P = 2**14, 8, 5
_MAX_TYPED = 200
_WORD = re.compile(r"[a-zæøå]{3,9}")
_FOLD = str.maketrans({"æ": "ae", "ø": "oe", "å": "aa"})


class WordListError(Exception):
    """A word list breaks its rules; the message says which."""


def fold(word: str) -> str:
    """The word as a keyboard without æ, ø and å would write it: both spellings give the same code."""
    return unicodedata.normalize("NFC", word).lower().translate(_FOLD)


def check_words(words: list[str]) -> list[str]:
    """What is wrong with a word list, as sentences; empty when it is right."""
    problems = []
    if len(words) < LEAST_WORDS:
        problems.append(f"only {len(words)} words, at least {LEAST_WORDS} are needed")
    problems += [
        f"«{word}» is not 3 to 9 small Norwegian letters" for word in words if not _WORD.fullmatch(word)
    ]
    folded: dict[str, str] = {}
    stems: dict[str, str] = {}
    for word in words:
        plain = fold(word)
        if plain in folded:
            problems.append(f"«{word}» and «{folded[plain]}» are the same word")
            continue
        folded[plain] = word
    for plain, word in folded.items():
        # Alike but for the last letter, or one letter longer: easy to write down wrong.
        if plain[:-1] in folded:
            problems.append(f"«{word}» is «{folded[plain[:-1]]}» and one letter more")
        if plain[:-1] in stems:
            problems.append(f"«{word}» and «{stems[plain[:-1]]}» differ in the last letter only")
        stems.setdefault(plain[:-1], word)
    return problems


@lru_cache(maxsize=4)
def words(language: Language) -> tuple[str, ...]:
    """The word list of a language, checked when it is first read."""
    if language not in LANGUAGES:
        raise WordListError(f"there is no word list for {language!r}")
    listed = (WORDS_DIR / f"{language}.txt").read_text(encoding="utf-8").split()
    problems = check_words(listed)
    if problems:
        raise WordListError(f"words/{language}.txt: " + "; ".join(problems[:5]))
    return tuple(listed)


def new_code(language: Language) -> str:
    """Five words drawn at random, no word twice, with a space between."""
    listed = words(language)
    chosen: list[str] = []
    while len(chosen) < WORDS_PER_CODE:
        word = secrets.choice(listed)
        if word not in chosen:
            chosen.append(word)
    return " ".join(chosen)


def normalise(code: str) -> str:
    """What was typed, without what does not matter: case, spaces, hyphens, commas, ae for æ, and the like."""
    text = unicodedata.normalize("NFC", code[:_MAX_TYPED]).lower()
    return " ".join(fold(word) for word in re.split(r"[^a-zæøå]+", text) if word)


def written(code: str) -> str:
    """The code as it is shown: the words as they stand in the list, small letters, one space between."""
    return " ".join(code.lower().split())


def looks_like_code(code: str) -> bool:
    """Whether it can be a code at all: as many words as a code has."""
    return len(normalise(code).split()) == WORDS_PER_CODE


def hash_code(code: str, pepper: bytes) -> str:
    """The slow hash that a case is found by.

    The pepper is the server's, so the database alone cannot be guessed at.
    """
    return slow_hash(normalise(code), pepper)


def slow_hash(plain: str, pepper: bytes) -> str:
    """64 hexadecimal digits that are slow to find, so that guessing at codes is."""
    return hashlib.scrypt(
        plain.encode(), salt=pepper, n=SCRYPT_N, r=SCRYPT_R, p=SCRYPT_P, maxmem=2**26, dklen=32
    ).hex()
