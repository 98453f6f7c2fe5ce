"""When a case waits too long: which steps of rules/escalation.yml hold now, taken once each, settled when they no longer hold.

Any number of processes may go through the rules at once: a step is a row with a unique key, and an email is claimed before it
is sent. Nothing here opens a sealed field.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, cast

import yaml
from jsonschema import Draft202012Validator
from sqlalchemy import CursorResult, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from web.cases.absences import Away, away_now
from web.cases.clock import Clock
from web.cases.deadlines import local_date
from web.cases.duty_tables import Escalation, Handover, StaffNotice
from web.cases.models import Case
from web.cases.opening import OpeningHours
from web.cases.rows import new_id
from web.cases.types import Language

FILE = Path(__file__).with_name("rules") / "escalation.yml"
STALE = timedelta(minutes=10)
"""An email claimed so long ago and not settled belonged to a process that died: nobody knows whether it went."""
_CLOSED = "9"

Audience = Literal["contact", "front_desk", "leader"]
Result = Literal["sent", "again", "refused", "unclear"]
Key = tuple[str, str, str, str]
"""Case, step, what it is about, audience: the same key is the same escalation."""


@dataclass(frozen=True)
class Step:
    """One rule of the file."""

    id: str
    when: str
    to: tuple[Audience, ...]
    after_share: float = 0.0
    after_working_days: int = 0


@dataclass(frozen=True)
class Rules:
    """rules/escalation.yml, read."""

    hours: OpeningHours
    acute_read: timedelta
    """Within how much open time words in an acute case are read."""
    acute_answer: timedelta
    """Within how much open time the person in an acute case is answered."""
    steps: tuple[Step, ...]
    pause: timedelta
    retries: tuple[timedelta, ...]
    give_up_after: timedelta


@dataclass(frozen=True)
class Staff:
    """Who of a municipality can be told, and where."""

    works: frozenset[str] = frozenset()
    """Ids of those with an open account who may have a case."""
    emails: Mapping[str, str] = field(default_factory=dict)
    """Of those who have one, by id."""
    leaders: tuple[str, ...] = ()
    """Addresses of those who decide."""
    front_desk: tuple[str, ...] = ()
    language: Language = "nb"


@dataclass(frozen=True)
class ClaimedMail:
    """An email that this process, and no other, is to send now."""

    id: str
    recipient: str
    language: str
    tries: int


@lru_cache(maxsize=8)
def rules(file: Path = FILE) -> Rules:
    """The rules, checked against their schema; ValueError with the place when they break it."""
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    schema = json.loads(FILE.with_name("escalation.schema.json").read_text(encoding="utf-8"))
    for error in Draft202012Validator(schema).iter_errors(content):
        place = "/".join(map(str, error.absolute_path))
        raise ValueError(f"{file.name}: {place}: {error.message}")
    steps = tuple(Step(**{**one, "to": tuple(one["to"])}) for one in content["steps"])
    if len({step.id for step in steps}) != len(steps):
        raise ValueError(f"{file.name}: steps: each has its own id")
    begins, ends = (time.fromisoformat(content["hours"][name]) for name in ("from", "until"))
    if begins >= ends:
        raise ValueError(f"{file.name}: hours: until is later than from")
    mail, acute = content["mail"], content["acute"]
    return Rules(
        OpeningHours.every_day(begins, ends),
        timedelta(minutes=acute["read_within_minutes"]),
        timedelta(minutes=acute["answer_within_minutes"]),
        steps,
        timedelta(minutes=mail["pause_minutes"]),
        tuple(timedelta(minutes=minutes) for minutes in mail["retry_minutes"]),
        timedelta(hours=mail["give_up_after_hours"]),
    )


def escalate(
    session: Session, clock: Clock, municipality: str, staff: Staff, hours: OpeningHours | None = None
) -> int:
    """Take the steps that hold now and are not taken yet, and settle those that hold no longer. How many are new; commits."""
    now, hours = clock.now(), hours or rules().hours
    holds = _holding(session, clock, municipality, staff.works, hours)
    found = session.scalars(
        select(Escalation)
        .join(Case, Case.id == Escalation.case_id)
        .where(Escalation.municipality == municipality, Case.queue_key < _CLOSED)
    ).all()
    known: dict[Key, Escalation] = {(row.case_id, row.step, row.about, row.audience): row for row in found}
    for key, row in known.items():
        if (row.settled_at is None) != (key in holds):
            row.settled_at = None if key in holds else now
    session.execute(
        update(Escalation)
        .where(
            Escalation.municipality == municipality,
            Escalation.settled_at.is_(None),
            Escalation.case_id.in_(select(Case.id).where(Case.queue_key >= _CLOSED)),
        )
        .values(settled_at=now)
        .execution_options(synchronize_session=False)
    )
    session.commit()
    return sum(
        _take(session, municipality, key, to_id, staff, now, hours.opens(now))
        for key, to_id in holds.items()
        if key not in known
    )


def _take(
    session: Session,
    municipality: str,
    key: Key,
    to_id: str | None,
    staff: Staff,
    now: datetime,
    mail_at: datetime,
) -> int:
    """Write one escalation and its emails, in a transaction of its own. 0 when another process was first."""
    case_id, step, about, audience = key
    row = Escalation(
        id=new_id(),
        case_id=case_id,
        municipality=municipality,
        step=step,
        about=about,
        audience=audience,
        to_id=to_id,
        made_at=now,
    )
    try:
        session.add(row)
        session.flush()
        for recipient in _recipients(cast(Audience, audience), to_id, staff):
            if not _told_lately(session, recipient, now):
                session.add(
                    StaffNotice(
                        id=new_id(),
                        escalation_id=row.id,
                        recipient=recipient,
                        language=staff.language,
                        created_at=now,
                        due_at=mail_at,
                        state="waiting",
                        changed_at=now,
                    )
                )
                session.flush()
        session.commit()
    except IntegrityError:
        session.rollback()  # another process was first, or the case was deleted
        return 0
    return 1


def _recipients(audience: Audience, to_id: str | None, staff: Staff) -> tuple[str, ...]:
    if audience == "leader":
        return tuple(dict.fromkeys(staff.leaders))
    if audience == "contact" and to_id is not None:
        return (staff.emails[to_id],) if to_id in staff.emails else ()
    return tuple(dict.fromkeys(staff.front_desk))


def _told_lately(session: Session, recipient: str, now: datetime) -> bool:
    """Whether an email to this address waits, or went a moment ago: it says the same."""
    return (
        session.scalar(
            select(StaffNotice.id)
            .where(
                StaffNotice.recipient == recipient,
                StaffNotice.state.in_(("waiting", "sending"))
                | (
                    StaffNotice.state.in_(("sent", "unclear"))
                    & (StaffNotice.changed_at > now - rules().pause)
                ),
            )
            .limit(1)
        )
        is not None
    )


# --- What holds now --------------------------------------------------------------------------------------------


def _holding(
    session: Session, clock: Clock, municipality: str, works: Collection[str], hours: OpeningHours
) -> dict[Key, str | None]:
    """Every escalation that holds now, and to whom it goes when it goes to one."""
    away = away_now(session, clock, municipality)
    holds: dict[Key, str | None] = {}
    for step in rules().steps:
        for case_id, contact_id, about in _cases(session, clock, municipality, step, away, works, hours):
            answers = _answers(contact_id, away, works)
            for audience in step.to:
                to = answers if audience == "contact" else None
                holds[case_id, step.id, about, audience] = to
    return holds


def _answers(contact_id: str | None, away: Mapping[str, Away], works: Collection[str]) -> str | None:
    """Who answers for a case now; None: the front desk."""
    if contact_id and contact_id in away:
        contact_id = away[contact_id].answers_id
    return contact_id if contact_id in works else None


def _cases(
    session: Session,
    clock: Clock,
    municipality: str,
    step: Step,
    away: Mapping[str, Away],
    works: Collection[str],
    hours: OpeningHours,
) -> list[tuple[str, str | None, str]]:
    """Case, contact person and what it is about, where the step holds now."""
    now = clock.now()
    today = local_date(now)
    mine = (Case.municipality == municipality, Case.queue_key < _CLOSED)
    columns = (Case.id, Case.contact_person_id)
    match step.when:
        case "promise_day":
            at = hours.share_of_day(today, step.after_share)
            if at is None or now < at:
                return []
            rows = session.execute(
                select(*columns).where(*mine, Case.waiting_since.is_not(None), Case.due_on == today)
            )
            return [(case_id, contact, today.isoformat()) for case_id, contact in rows]
        case "promise_broken":
            late = session.execute(
                select(*columns, Case.due_on).where(
                    *mine, Case.waiting_since.is_not(None), Case.due_on < today
                )
            )
            return [(case_id, contact, due.isoformat()) for case_id, contact, due in late]
        case "offer_open":
            offers = session.execute(
                select(*columns, Handover.id, Handover.made_at)
                .join(Handover, Handover.case_id == Case.id)
                .where(*mine, Handover.state == "offered")
            )
            return [
                (case_id, contact, offer_id)
                for case_id, contact, offer_id, made_at in offers
                if now >= hours.after_working_days(made_at, step.after_working_days)
            ]
        case "acute_unread" | "acute_waits":
            unread = step.when == "acute_unread"
            column = Case.unseen_since if unread else Case.waiting_since
            within = (rules().acute_read if unread else rules().acute_answer) * step.after_share
            acute = session.execute(
                select(*columns, column, Case.acute_since).where(
                    *mine, Case.urgency == "acute", column.is_not(None)
                )
            )
            since = [
                (case_id, contact, max(begun, acute_since or begun))
                for case_id, contact, begun, acute_since in acute
                if begun is not None
            ]
            return [
                (case_id, contact, at.isoformat(timespec="microseconds"))
                for case_id, contact, at in since
                if now >= hours.after_open_time(at, within)
            ]
        case _:
            unanswered = {one for one in away if _answers(one, away, works) is None}
            named = session.execute(
                select(*columns).where(
                    *mine,
                    # Somebody without an account has an empty id, and cannot be away here.
                    Case.contact_person_id.not_in(({*works, ""} | away.keys()) - unanswered),
                )
            )
            return [(case_id, contact, contact) for case_id, contact in named if contact]


# --- For the leader --------------------------------------------------------------------------------------------


def for_leader(session: Session, municipality: str) -> dict[str, int]:
    """How many open cases wait for a leader now, by step."""
    counted = session.execute(
        select(Escalation.step, func.count(func.distinct(Escalation.case_id)))
        .join(Case, Case.id == Escalation.case_id)
        .where(
            Escalation.municipality == municipality,
            Escalation.audience == "leader",
            Escalation.settled_at.is_(None),
            Case.queue_key < _CLOSED,
        )
        .group_by(Escalation.step)
    )
    return {step: int(count) for step, count in counted}


# --- The outbox ------------------------------------------------------------------------------------------------


def claim_mail(session: Session, clock: Clock) -> ClaimedMail | None:
    """The next email to send, claimed: no other process gets the same. None when there is none now. Commits."""
    now = clock.now()
    _tidy(session, now)
    while True:
        found = session.execute(
            select(StaffNotice.id, Escalation.settled_at)
            .join(Escalation, Escalation.id == StaffNotice.escalation_id)
            .where(StaffNotice.state == "waiting", StaffNotice.due_at <= now)
            .order_by(StaffNotice.due_at, StaffNotice.id)
            .limit(1)
        ).first()
        if found is None:
            return None
        notice_id, settled_at = found
        if settled_at is not None:
            _change(session, notice_id, "waiting", state="settled", changed_at=now)
        elif _change(
            session, notice_id, "waiting", state="sending", tries=StaffNotice.tries + 1, changed_at=now
        ):
            row = session.get(StaffNotice, notice_id, populate_existing=True)
            return ClaimedMail(row.id, row.recipient, row.language, row.tries) if row else None


def settle_mail(session: Session, clock: Clock, notice_id: str, result: Result) -> str:
    """What became of a claimed email; «again» is tried later, until no tries are left. Its state now. Commits."""
    now = clock.now()
    row = session.get(StaffNotice, notice_id, populate_existing=True)
    if row is None:
        return "gone"
    values: dict[str, Any] = {"changed_at": now}
    if result == "again" and row.tries <= len(rules().retries):
        values |= {"state": "waiting", "due_at": now + rules().retries[row.tries - 1]}
    else:
        values["state"] = "refused" if result == "again" else result
    _change(session, notice_id, "sending", **values)
    return str(values["state"])


def _change(session: Session, notice_id: str, expected: str, **values: Any) -> bool:
    result = session.execute(
        update(StaffNotice)
        .where(StaffNotice.id == notice_id, StaffNotice.state == expected)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    session.commit()
    return cast("CursorResult[Any]", result).rowcount == 1


def _tidy(session: Session, now: datetime) -> None:
    """What a dead process had claimed may have gone; what could not be sent for days is no news any more."""
    for state, since, becomes in (
        ("sending", StaffNotice.changed_at < now - STALE, "unclear"),
        ("waiting", StaffNotice.due_at < now - rules().give_up_after, "refused"),
    ):
        session.execute(
            update(StaffNotice)
            .where(StaffNotice.state == state, since)
            .values(state=becomes, changed_at=now)
            .execution_options(synchronize_session=False)
        )
    session.commit()
