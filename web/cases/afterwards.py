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

from web.cases.deadlines import NORWAY, OSLO, local_date

FILE = Path(__file__).with_name("rules") / "afterwards.yml"


@dataclass(frozen=True)
class Round:
    """One time that the question is asked, in days from the Norwegian date of sending."""

    id: str
    after_days: int
    open_days: int


@dataclass(frozen=True)
class SafeTime:
    """A part of the day in which the person may be reached, Norwegian time."""

    begins: time
    ends: time
    working_days: bool = False

    def holds(self, local: datetime) -> bool:
        """Whether this moment, in Norwegian time, lies in it."""
        return self.begins <= local.time() < self.ends and (
            not self.working_days or NORWAY.is_working_day(local.date())
        )


@dataclass(frozen=True)
class Rules:
    """rules/afterwards.yml, read."""

    rounds: tuple[Round, ...]
    rest_from: time
    rest_until: time
    safe_times: dict[str, SafeTime]
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
        {
            name: SafeTime(
                time.fromisoformat(one["from"]),
                time.fromisoformat(one["until"]),
                one.get("working_days", False),
            )
            for name, one in notices["safe_times"].items()
        },
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


def allowed_from(at: datetime, safe_when: Collection[str] = (), acute: bool = False) -> datetime:
    """The first moment from this one on at which a notice may go: in a safe time, and not at night unless it is acute.

    safe_when: ids of safe_times in the rules. When no moment in two weeks is both safe and day, the safe one wins.
    """
    windows = [rules().safe_times[name] for name in safe_when if name in rules().safe_times]
    if not windows:
        return at if acute else after_rest(at)
    local = at.astimezone(OSLO)
    starts = [*(window.begins for window in windows), rules().rest_until]
    later = (
        datetime.combine(local.date() + timedelta(days=days), start, tzinfo=OSLO)
        for days in range(14)
        for start in starts
    )
    moments = [local, *sorted(moment for moment in later if moment > local)]
    safe = [moment for moment in moments if any(window.holds(moment) for window in windows)]
    return next((moment for moment in safe if acute or not resting(moment)), safe[0] if safe else local)
