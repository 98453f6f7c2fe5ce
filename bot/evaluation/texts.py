"""Labelled texts: training texts with their writers, or a JSON-lines file of anybody's."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, FrozenSet, List, Mapping, Optional, Sequence, Text

import yaml

from bot.components.acute import KINDS
from bot.components.needs import need_ids

ROOT = Path(__file__).resolve().parents[2]
TRAINING = ROOT / "bot" / "data" / "nlu"
HARMLESS, OUT_OF_SCOPE, TELL = "harmless", "out_of_scope", "tell"
_DIALECT = {"nb-dialect": "nb", "nn-dialect": "nn", "nb-l2": "nb", "nn-l2": "nn"}


class BrokenText(ValueError):
    """A line of a labelled file is not what is asked for; the message names file and line."""


@dataclass(frozen=True)
class Labelled:
    """A text and what a careful reader says of it.

    Attributes:
        text: the text itself.
        hand: the writer, or the file it stands in; folds never divide a hand.
        lang: nb, nn, or the code of another language.
        needs: the needs it expresses.
        acute: kinds of danger; `any` when the file tells only that there is danger.
        intent: what it wants; None when the file does not tell.
        kind: acute, serious, harmless or out_of_scope when the file tells.
        dialect: the dialect or `l2`; None for the written languages.
        who: child, youth, parent or other.
        age: the age of the young person concerned.
        services: services that a published answer pointed to.
        hint: whether it is a clause that teaches a need, not a text such as people send.
        evidence: the words that the writer marked as carrying needs: {"needs": [...], "words": str}.
    """

    text: str
    hand: str
    lang: str
    needs: FrozenSet[str] = frozenset()
    acute: FrozenSet[str] = frozenset()
    intent: Optional[str] = None
    kind: Optional[str] = None
    dialect: Optional[str] = None
    who: Optional[str] = None
    age: Optional[int] = None
    services: Sequence[str] = field(default_factory=tuple)
    hint: bool = False
    evidence: Sequence[Mapping[str, Any]] = field(default_factory=tuple)

    @property
    def told(self) -> bool:
        """Whether needs are to be found in it (a question about the service is not)."""
        return self.intent in (None, TELL, HARMLESS)


def _age(value: object) -> Optional[int]:
    if isinstance(value, bool):
        return None
    try:
        age = int(str(value))
    except ValueError:
        return None
    return age if 0 <= age <= 99 else None


def _kind(file: Path, intent: str, acute: FrozenSet[str]) -> Optional[str]:
    if acute:
        return "acute"
    if file.stem == HARMLESS:  # figures of speech, games, news; other texts without a need are background
        return HARMLESS
    return OUT_OF_SCOPE if intent == OUT_OF_SCOPE else None


def training_texts() -> List[Labelled]:
    """Every training text, in the order of its files."""
    found: List[Labelled] = []
    for file in sorted(TRAINING.rglob("*.yml")):
        for block in yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["nlu"]:
            for example in block["examples"]:
                data: Dict[Text, Any] = example["metadata"]
                acute = frozenset(data.get("acute") or ())
                intent = block["intent"]
                found.append(
                    Labelled(
                        example["text"],
                        str(data["hand"]),
                        str(data["lang"]),
                        frozenset(data.get("needs") or ()),
                        acute,
                        intent,
                        _kind(file, intent, acute),
                        data.get("dialect"),
                        data.get("who"),
                        _age(data.get("age")),
                        hint=bool(data.get("hint")),
                        evidence=tuple(data.get("evidence") or ()),
                    )
                )
    return found


def read_file(file: Path) -> List[Labelled]:
    """The texts of a JSON-lines file: `text`, `needs` and optionally `lang`, `writer`, `hand`, `acute`, `kind`, `age`,
    `dialect`, `services_in_answer`. A text without `hand` counts as written by the hand of the file.

    Raises:
        BrokenText: when a line cannot be used.
    """
    known = set(need_ids())
    found: List[Labelled] = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            item = json.loads(line)
            text, needs = item["text"], frozenset(item.get("needs") or ())
        except (ValueError, KeyError, TypeError) as error:
            raise BrokenText(f"{file.name}, line {number}: no JSON object with a text ({error})") from error
        if not isinstance(text, str) or needs - known:
            raise BrokenText(f"{file.name}, line {number}: unknown needs {sorted(needs - known)}")
        raw = item.get("acute")
        kinds = frozenset(raw) & set(KINDS) if isinstance(raw, list) else frozenset()
        acute = kinds or (frozenset({"any"}) if raw else frozenset())
        lang = str(item.get("lang") or "nb")
        found.append(
            Labelled(
                text,
                str(item.get("hand") or file.stem),
                _DIALECT.get(lang, lang),
                needs,
                acute,
                item.get("intent"),
                item.get("kind") or ("acute" if acute else None),
                item.get("dialect") or (lang.partition("-")[2] or None),
                item.get("writer"),
                _age(item.get("age")),
                tuple(item.get("services_in_answer") or ()),
            )
        )
    return found
