"""rules/plan.yml: what counts as much at the same time, and when a service that has not answered is reminded."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml
from jsonschema import Draft202012Validator

FILE = Path(__file__).with_name("rules") / "plan.yml"


@dataclass(frozen=True)
class PlanRules:
    """The rules, read."""

    most_meetings_a_week: int
    remind_after: int
    """Working days."""
    remind_again_after: int
    most_reminders: int


@lru_cache(maxsize=4)
def rules(file: Path = FILE) -> PlanRules:
    """The rules, checked against their schema; ValueError with the place when they break it."""
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    schema = json.loads(FILE.with_name("plan.schema.json").read_text(encoding="utf-8"))
    for error in Draft202012Validator(schema).iter_errors(content):
        raise ValueError(f"{file.name}: {'/'.join(map(str, error.absolute_path))}: {error.message}")
    reminders = content["reminders"]
    return PlanRules(
        content["plan"]["most_meetings_a_week"],
        reminders["after_working_days"],
        reminders["again_after_working_days"],
        reminders["most"],
    )
