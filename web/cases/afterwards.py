"""What happens after a case was sent: when «did you get help?» is asked, and when a notice may go out.

Pure functions on the rules in rules/afterwards.yml; nothing here touches the database.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path

import yaml
from jsonschema import Draft202012Validator

from web.cases.deadlines import OSLO, local_date

FILE = Path(__file__).with_name("rules") / "afterwards.yml"


@dataclass(frozen=True)
class Round:
    """One time that the question is asked, in days from the Norwegian date of sending."""

    id: str
    after_days: int
    open_days: int


@dataclass(frozen=True)
class Rules:
    """rules/afterwards.yml, read."""

    rounds: tuple[Round, ...]
    rest_from: time
    rest_until: time
    retries: tuple[timedelta, ...]
    give_up_after: timedelta


@lru_cache(maxsize=8)
def rules(file: Path = FILE) -> Rules:
    """The rules, checked against their schema; ValueError with the place when they break it."""
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    schema = json.loads(FILE.with_name("afterwards.schema.json").read_text(encoding="utf-8"))
    for error in Draft202012Validator(schema).iter_errors(content):
        place = "/".join(map(str, error.absolute_path))
        raise ValueError(f"{file.name}: {place}: {error.message}")
    rounds = tuple(Round(**one) for one in content["follow_up"]["rounds"])
    days = [one.after_days for one in rounds]
    if days != sorted(set(days)) or len({one.id for one in rounds}) != len(rounds):
        raise ValueError(
            f"{file.name}: follow_up/rounds: each later than the one before, each with its own id"
        )
    notices = content["notices"]
    return Rules(
        rounds,
        time.fromisoformat(notices["rest"]["from"]),
        time.fromisoformat(notices["rest"]["until"]),
        tuple(timedelta(minutes=minutes) for minutes in notices["retry_minutes"]),
        timedelta(hours=notices["give_up_after_hours"]),
    )


def open_round(sent_at: datetime, answered: Collection[str], now: datetime) -> Round | None:
    """The round whose question stands open now; None before the first, between two, and when it is answered."""
    days = (local_date(now) - local_date(sent_at)).days
    due = [one for one in rules().rounds if one.after_days <= days]
    if not due or due[-1].id in answered or days >= due[-1].after_days + due[-1].open_days:
        return None
    return due[-1]


def next_round_on(sent_at: datetime, now: datetime) -> date | None:
    """The day on which the question comes next; None when no round is left."""
    sent, today = local_date(sent_at), local_date(now)
    days = (sent + timedelta(days=one.after_days) for one in rules().rounds)
    return next((day for day in days if day > today), None)


def resting(at: datetime) -> bool:
    """Whether nothing is sent at this moment because it is night."""
    begins, ends = rules().rest_from, rules().rest_until
    clock = at.astimezone(OSLO).time()
    return begins <= clock < ends if begins <= ends else clock >= begins or clock < ends


def after_rest(at: datetime) -> datetime:
    """The first moment from this one on at which something may be sent. Aware, in Norwegian time."""
    local = at.astimezone(OSLO)
    if not resting(at):
        return local
    day = local.date()
    if local.time() >= rules().rest_until:
        day += timedelta(days=1)
    return datetime.combine(day, rules().rest_until, tzinfo=OSLO)
