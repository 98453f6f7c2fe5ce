"""Find listed words and phrases in a text, whatever language or dialect they are written in.

A phrase is words separated by spaces; `*` ends a stem, ` .. ` skips up to three words. Phrases and texts are both brought to
the common forms of `text.py` first, so a phrase needs to be listed once only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Iterable, List, Sequence, Tuple

from bot.components.text import Word, common_form, words

_GAP = ".."
_MAX_SKIPPED = 3


@dataclass(frozen=True)
class Hit:
    """A phrase found: its label and the span of characters in the text."""

    label: str
    start: int
    end: int


def _parts(phrase: str) -> Tuple[str, ...]:
    parts: List[str] = []
    for part in phrase.lower().split():
        if part == _GAP:
            parts.append(_GAP)
        elif part.endswith("*"):
            parts.append(part)
        else:
            # a listed word may hold several of our words (e.g. a hyphen)
            parts += [word.form for word in words(part)]
    return tuple(parts)


def _fits(part: str, word: Word, raw: str) -> bool:
    if part.endswith("*"):
        return (
            word.form.startswith(part[:-1])
            or raw.startswith(part[:-1])
            or word.form.startswith(common_form(part[:-1]))
        )
    return word.form == part


class PhraseBook:
    """Phrases with labels, ready to be looked for.

    Args:
        entries: (label, phrase) pairs.
    """

    def __init__(self, entries: Iterable[Tuple[str, str]]) -> None:
        self._exact: Dict[str, List[Tuple[str, Tuple[str, ...]]]] = {}
        self._stems: Dict[str, List[Tuple[str, Tuple[str, ...]]]] = {}
        for label, phrase in entries:
            parts = _parts(phrase)
            if not parts:
                continue
            first = parts[0]
            if first.endswith("*"):
                for key in {first[:2], common_form(first[:-1])[:2]}:
                    self._stems.setdefault(key, []).append((label, parts))
            else:
                self._exact.setdefault(first, []).append((label, parts))

    def find(self, text: str, found: Sequence[Word] | None = None) -> List[Hit]:
        """Every phrase in the text, in order of place; the same phrase may be found more than once."""
        sequence = list(found) if found is not None else words(text)
        raws = [text[word.start : word.end].lower() for word in sequence]
        hits: List[Hit] = []
        for index, word in enumerate(sequence):
            candidates = list(self._exact.get(word.form, ()))
            for key in {word.form[:2], raws[index][:2]}:
                candidates += self._stems.get(key, ())
            for label, parts in candidates:
                last = self._match(parts, 0, index, sequence, raws)
                if last >= 0:
                    hits.append(Hit(label, word.start, sequence[last].end))
        return list(dict.fromkeys(hits))

    def _match(
        self, parts: Tuple[str, ...], part: int, index: int, sequence: List[Word], raws: List[str]
    ) -> int:
        """Index of the last word when `parts[part:]` stand from `index` on, else -1."""
        if index >= len(sequence):
            return -1
        if parts[part] == _GAP:
            for skipped in range(_MAX_SKIPPED + 1):
                last = self._match(parts, part + 1, index + skipped, sequence, raws)
                if last >= 0:
                    return last
            return -1
        if not _fits(parts[part], sequence[index], raws[index]):
            return -1
        if part == len(parts) - 1:
            return index
        return self._match(parts, part + 1, index + 1, sequence, raws)
