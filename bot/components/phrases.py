"""Find listed words and phrases in a text, whatever language or dialect they are written in.

A phrase is words separated by spaces; `*` ends a stem, ` .. ` skips up to three words. Phrases and texts are both brought to
the common forms of `text.py` first, so a phrase needs to be listed once only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Dict, Iterable, List, Sequence, Tuple

from bot.components.text import Word, common_form, words

_GAP = ".."
_MOST_SKIPPED = 3


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


@dataclass
class _Node:
    """What may follow the words so far: a known word, a stem (by its first two letters), skipped words; or a phrase ends."""

    exact: Dict[str, _Node] = field(default_factory=dict)
    stems: Dict[str, _Node] = field(default_factory=dict)
    starts: Dict[str, List[Tuple[str, bool, _Node]]] = field(default_factory=dict)
    after_gap: _Node | None = None
    labels: List[str] = field(default_factory=list)

    def follow(self, part: str) -> _Node:
        """The node after one more part, made when it is not there yet."""
        if part == _GAP:
            self.after_gap = self.after_gap or _Node()
            return self.after_gap
        if not part.endswith("*"):
            return self.exact.setdefault(part, _Node())
        stem = part[:-1]
        if stem not in self.stems:
            node = self.stems[stem] = _Node()
            self.starts.setdefault(stem[:2], []).append((stem, True, node))
            # The one form is looked for in the one forms of words only: as written it may mean something else. A much shorter one
            # is the lemma of a part («skulenekt» -> «skole») and would find anything.
            common = common_form(stem) if stem else stem
            if common != stem and len(common) >= len(stem) - 1:
                self.starts.setdefault(common[:2], []).append((common, False, node))
        return self.stems[stem]


class PhraseBook:
    """Phrases with labels, ready to be looked for.

    Args:
        entries: (label, phrase) pairs.
    """

    def __init__(self, entries: Iterable[Tuple[str, str]]) -> None:
        self._root = _Node()
        for label, phrase in entries:
            node = self._root
            for part in _parts(phrase):
                node = node.follow(part)
            if node is not self._root and label not in node.labels:
                node.labels.append(label)

    def find(self, text: str, found: Sequence[Word] | None = None) -> List[Hit]:
        """Every phrase in the text, in order of place; the same phrase may be found more than once."""
        sequence = list(found) if found is not None else words(text)
        written = [text[word.start : word.end].lower() for word in sequence]
        hits: Dict[Hit, None] = {}
        for index in range(len(sequence)):
            ended: Dict[int, Tuple[_Node, int]] = {}
            self._walk(self._root, index, sequence, written, ended)
            for node, last in ended.values():
                for label in node.labels:
                    hits[Hit(label, sequence[index].start, sequence[last].end)] = None
        return list(hits)

    def _walk(
        self,
        node: _Node,
        index: int,
        sequence: List[Word],
        written: List[str],
        ended: Dict[int, Tuple[_Node, int]],
    ) -> None:
        """Note every phrase that goes on from `node` with the word at `index`, with its last word; least skipped first."""
        if index >= len(sequence):
            return
        form, raw = sequence[index].form, written[index]
        following = [node.exact[form]] if form in node.exact else []
        for start in dict.fromkeys((form[:2], raw[:2], form[:1], raw[:1], "")) if node.stems else ():
            following += [
                after
                for stem, as_listed, after in node.starts.get(start, ())
                if form.startswith(stem) or (as_listed and raw.startswith(stem))
            ]
        for after in following:
            if after.labels:
                ended.setdefault(id(after), (after, index))
            if after.after_gap:
                for skipped in range(_MOST_SKIPPED + 1):
                    self._walk(after.after_gap, index + 1 + skipped, sequence, written, ended)
            if after.exact or after.stems:
                self._walk(after, index + 1, sequence, written, ended)
