"""The child's own words in a case that somebody else has written: who is asked, and what is remembered about it.

What the child tells is kept apart from what the writer of the case tells. The writer sees that the child has told, and
on which day; never the words, nor the danger that was noticed in them, unless the child has said that they may.
"""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

from web.cases.codes import slow_hash
from web.cases.types import Facts, NotAsked

INVITATION_VALID = timedelta(days=14)
STILL_TELLING = timedelta(hours=12)
"""Who has opened an invitation in time may still send what was told with it."""
FILE = Path(__file__).with_name("rules") / "childs_turn.yml"

CODE_LENGTH = 10
# Without 0, 1, I, L, O and U: read aloud, and written down by a child.
CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Ten of thirty signs are 49 bits, as much as a return code has."""


@dataclass(frozen=True)
class Ages:
    """rules/childs_turn.yml, read: what each age means stands there."""

    reminded_from: int
    offered_from: int
    words_from: int
    youth_from: int
    grown_from: int


@lru_cache(maxsize=8)
def ages(file: Path = FILE) -> Ages:
    """The ages, checked against their schema; ValueError with the place when they break it."""
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    schema = json.loads(FILE.with_name("childs_turn.schema.json").read_text(encoding="utf-8"))
    for error in Draft202012Validator(schema).iter_errors(content):
        place = "/".join(map(str, error.absolute_path))
        raise ValueError(f"{file.name}: {place}: {error.message}")
    found = {one["id"]: one["age"] for one in content["ages"]}
    if len(found) != len(fields(Ages)) or sorted(found.values()) != list(found.values()):
        raise ValueError(f"{file.name}: ages: each of them once, from the youngest to the oldest")
    return Ages(**found)


@dataclass
class ChildRecord:
    """What is sealed in cases.child_sealed."""

    age: int | None = None
    safe: str | None = None
    hurt: str | None = None
    hidden_kinds: list[str] = field(default_factory=list)
    """Danger that was noticed in the child's words only: the writer of the case is not shown it."""
    raised: bool = False
    """Whether the child's words alone have made the case acute."""
    pictures: list[str] = field(default_factory=list)
    """Ids of the statements that say which pictures were chosen."""
    alone: list[list[str]] = field(default_factory=list)
    """Id and reference of each case of its own that a child sent from the writer's device, before this one was sent."""
    not_asked: dict[str, str] | None = None
    not_asked_at: str | None = None

    @classmethod
    def from_json(cls, text: str | None) -> ChildRecord:
        """The record again; an empty one for a case that has none."""
        stored: dict[str, Any] = json.loads(text) if text else {}
        return cls(**{name: value for name, value in stored.items() if name in cls.__dataclass_fields__})

    def to_json(self) -> str:
        """For sealing."""
        return json.dumps(asdict(self), ensure_ascii=False)

    def set_not_asked(self, why: NotAsked, now: datetime) -> None:
        """Remember why the child has not been asked."""
        self.not_asked = {"reason": why.reason, "text": why.text if why.reason == "other" else ""}
        self.not_asked_at = now.isoformat()


def about_a_child(facts: Facts) -> bool:
    """Whether somebody else has written about a child who can be asked."""
    if facts.writer not in ("parent", "other") or facts.about == "self":
        return False
    if facts.age is not None:
        return ages().reminded_from <= facts.age < ages().grown_from
    return facts.writer == "parent" or facts.about == "my_child"


def new_invitation_code() -> str:
    """A random code, for a link and to write down."""
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))


def plain_code(typed: str) -> str:
    """What was typed without what does not matter: small letters, spaces, hyphens."""
    return re.sub(r"[\s\-–.]+", "", typed[:60]).upper()


def looks_like_invitation(typed: str) -> bool:
    """Whether it can be a code at all."""
    plain = plain_code(typed)
    return len(plain) == CODE_LENGTH and all(sign in CODE_LETTERS for sign in plain)


def hash_invitation(code: str, pepper: bytes) -> str:
    """The slow hash that an invitation is found by: as slow as a return code's, and of no use as one."""
    return slow_hash(f"child {plain_code(code)}", pepper)
