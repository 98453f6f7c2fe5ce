"""Figures from pairs of what a text says and what was understood."""

from __future__ import annotations

import random
import re
from collections import Counter
from typing import Any, Callable, Dict, Iterable, List, Sequence, Set, Text, Tuple

import numpy as np

from bot.components.needs import need_ids
from bot.evaluation.texts import HARMLESS, OUT_OF_SCOPE, Labelled

Pair = Tuple[Labelled, Dict[Text, Any]]  # a labelled text and what `Pipeline.read` made of it
Score = Dict[Text, float]

_LENGTHS = ((0, 12, "up to 12 words"), (13, 25, "13–25"), (26, 80, "26–80"), (81, 10_000, "over 80"))
_KEYS = "qwertyuiopåasdfghjkløæzxcvbnm"


def found(result: Dict[Text, Any]) -> Set[str]:
    """The ids of the needs that were found."""
    return {need["id"] for need in result["needs"]}


def score(pairs: Iterable[Pair]) -> Score:
    """Micro precision, recall and F1, the share of texts with exactly the right needs, and the number of texts."""
    hits = given = right = exact = count = 0
    for gold, result in pairs:
        needs = found(result)
        hits += len(needs & gold.needs)
        given += len(needs)
        right += len(gold.needs)
        exact += needs == gold.needs
        count += 1
    return {
        "precision": hits / given if given else 0.0,
        "recall": hits / right if right else 0.0,
        "f1": 2 * hits / (given + right) if given + right else 0.0,
        "exact": exact / count if count else 0.0,
        "texts": count,
    }


def per_need(pairs: Sequence[Pair]) -> Dict[Text, Score]:
    """Precision, recall, F1 and number of texts of each need that some text has."""
    hits: Counter[str] = Counter()
    given: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for gold, result in pairs:
        needs = found(result)
        given.update(needs)
        right.update(gold.needs)
        hits.update(needs & gold.needs)
    return {
        need: {
            "precision": hits[need] / given[need] if given[need] else 0.0,
            "recall": hits[need] / right[need],
            "f1": 2 * hits[need] / (given[need] + right[need]),
            "texts": right[need],
        }
        for need in need_ids()
        if right[need]
    }


def split(pairs: Sequence[Pair], key: Callable[[Labelled], str | None]) -> Dict[Text, Score]:
    """`score` of each group that `key` puts texts in; texts with None are left out."""
    groups: Dict[str, List[Pair]] = {}
    for pair in pairs:
        name = key(pair[0])
        if name is not None:
            groups.setdefault(name, []).append(pair)
    return {name: score(group) for name, group in sorted(groups.items())}


def length(gold: Labelled) -> str:
    """The length class of a text, in words."""
    count = len(gold.text.split())
    return next(name for low, high, name in _LENGTHS if low <= count <= high)


def danger(pairs: Sequence[Pair]) -> Dict[Text, Any]:
    """How much danger is found, by kind, and how often it is seen where there is none: in harmless texts (figures of speech,
    games), in texts that have nothing to do with the door, and in other texts (which may be serious)."""
    flagged = {True: "flag", False: "none"}
    kinds: Dict[str, Counter[str]] = {}
    harmless: Counter[str] = Counter()
    beside: Counter[str] = Counter()
    other: Counter[str] = Counter()
    every: Counter[str] = Counter()
    for gold, result in pairs:
        seen = flagged[bool(result["acute"]["flag"])]
        if gold.acute:
            every[seen] += 1
            for kind in gold.acute:
                kinds.setdefault(kind, Counter())[seen] += 1
        elif gold.kind == HARMLESS:
            harmless[seen] += 1
        elif gold.kind == OUT_OF_SCOPE:
            beside[seen] += 1
        else:
            other[seen] += 1
    return {
        "recall": _share(every),
        "texts": sum(every.values()),
        "kinds": {
            kind: {"recall": _share(count), "texts": sum(count.values())}
            for kind, count in sorted(kinds.items())
        },
        "false_alarms_harmless": _share(harmless),
        "harmless": sum(harmless.values()),
        "false_alarms_out_of_scope": _share(beside),
        "out_of_scope": sum(beside.values()),
        "flagged_other": _share(other),
        "other": sum(other.values()),
    }


def _share(count: Counter[str]) -> float:
    total = sum(count.values())
    return count["flag"] / total if total else 0.0


def no_need(pairs: Sequence[Pair]) -> Dict[Text, float]:
    """The share of texts without any need (and without danger) that were given none."""
    empty = [result for gold, result in pairs if not gold.needs and not gold.acute]
    return {
        "texts": len(empty),
        "right": sum(not result["needs"] for result in empty) / len(empty) if empty else 0.0,
    }


_SENTENCE = re.compile(r"[^.!?\n]+")


def language(pairs: Sequence[Pair], tell: Callable[[str], str]) -> Dict[Text, Dict[Text, float]]:
    """How often the written language of a sentence is told right, by length in words; texts in dialect and of learners apart.

    Args:
        pairs: texts of any language.
        tell: answers nb, nn or other for one sentence.
    """
    groups: Dict[str, List[bool]] = {}
    for gold, _ in pairs:
        wanted = gold.lang if gold.lang in ("nb", "nn") else "other"
        for sentence in _SENTENCE.findall(gold.text)[:3]:
            words = sentence.split()
            if len(words) < 3:
                continue
            name = "up to 8 words" if len(words) <= 8 else "more"
            if gold.dialect:
                name = f"dialect, {name}"
            elif wanted == "other":
                name = f"other language, {name}"
            groups.setdefault(name, []).append(tell(sentence) == wanted)
    return {
        name: {"right": sum(right) / len(right), "sentences": len(right)}
        for name, right in sorted(groups.items())
    }


def calibration(pairs: Sequence[Pair]) -> Dict[Text, Any]:
    """How much the confidence of a need that was shown can be believed.

    Returns:
        `bins`: (mean confidence, share right, number) per tenth; `error`: the mean distance, weighted by number.
    """
    confidence, right = [], []
    for gold, result in pairs:
        for need in result["needs"]:
            confidence.append(need["confidence"])
            right.append(need["id"] in gold.needs)
    if not confidence:
        return {"bins": [], "error": 0.0}
    values, truth = np.array(confidence), np.array(right, dtype=float)
    bins = []
    for low in np.arange(0, 1, 0.1):
        inside = (values >= low) & (values < low + 0.1 + (low > 0.85) * 0.1)
        if inside.any():
            bins.append((float(values[inside].mean()), float(truth[inside].mean()), int(inside.sum())))
    error = sum(abs(mean - share) * number for mean, share, number in bins) / len(values)
    return {"bins": bins, "error": float(error)}


def with_typos(text: str, share: float, seed: int = 0) -> str:
    """The text with one slip of the finger in that share of its words (of three letters or more): a letter dropped, doubled,
    swapped with the next, or hit beside the key."""
    chance = random.Random(f"{seed} {text}")

    def slip(match: re.Match[str]) -> str:
        word = match.group()
        if chance.random() >= share:
            return word
        place = chance.randrange(len(word) - 1)
        kind = chance.randrange(4)
        if kind == 0:
            return word[:place] + word[place + 1 :]
        if kind == 1:
            return word[:place] + word[place] + word[place:]
        if kind == 2:
            return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
        key = _KEYS.find(word[place].lower())
        beside = _KEYS[key + 1 if key + 1 < len(_KEYS) else key - 1] if key >= 0 else word[place]
        return word[:place] + beside + word[place + 1 :]

    return re.sub(r"[^\W\d_]{3,}", slip, text)


def services(expected: Sequence[Sequence[str]], suggested: Sequence[Sequence[str]], first: int) -> float:
    """The mean share of expected services that are among the first suggested ones; texts that expect none are left out."""
    shares = [
        len(set(wanted) & set(given[:first])) / min(len(set(wanted)), first)
        for wanted, given in zip(expected, suggested)
        if wanted
    ]
    return sum(shares) / len(shares) if shares else 0.0
