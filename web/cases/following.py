"""Following up: whether the services that were brought in have answered, and whether what they say fits what the person says.

Everything counted is plain columns of shares and follow-ups. Nothing here commits, but what notes a reminder and its
emails.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Literal, cast

from sqlalchemy import ColumnElement, CursorResult, Select, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from web.cases.clock import Clock
from web.cases.deadlines import OSLO, hear_by, local_date
from web.cases.models import Case
from web.cases.plan_models import ReminderEmail, ShareReminder
from web.cases.plan_rules import rules
from web.cases.rows import box_of, new_id
from web.cases.sharing_models import Share
from web.cases.sharing_rows import shared_service
from web.cases.sharing_types import HELPS
from web.cases.types import CaseView
from web.security.vault import Vault, VaultError

_CLOSED = "9"
EmailOutcome = Literal["waiting", "sent", "refused", "unclear"]


def silent_in(view: CaseView) -> tuple[str, ...]:
    """The services that are in the case now and of which nobody has heard anything: no answer, and no note of one.

    view: an employee's.
    """
    return tuple(dict.fromkeys(one.service_id for one in view.shares if one.active and one.known is None))


def refused_in(view: CaseView) -> tuple[str, ...]:
    """The services whose newest word is that they do not take it."""
    newest = {one.service_id: one.known for one in view.shares}
    return tuple(service for service, outcome in newest.items() if outcome == "refused")


def keep_disputed(case: Case) -> None:
    """Whether a service says that help came while the person's newest answer is that it did not; see Case.help_disputed."""
    answers = sorted(case.follow_ups, key=lambda row: row.created_at)
    says_no = bool(answers) and answers[-1].answer == "no"
    case.help_disputed = says_no and any(row.known in HELPS for row in case.shares)


# --- Who has been silent for too long ---


def silent_since(now: datetime) -> datetime:
    """What was shared before this moment should have been answered by now."""
    today = local_date(now)
    day = today
    while hear_by(datetime.combine(day, time(12), OSLO), rules().remind_after) >= today:
        day -= timedelta(days=1)
    return datetime.combine(day + timedelta(days=1), time(), OSLO)


def _silent(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        Share.outcome.is_(None),
        Share.noted.is_(None),
        Share.ended_at.is_(None),
        Share.shared_at < silent_since(now),
    )


def silent_case_ids(municipality: str, now: datetime) -> Select[str]:
    """The ids of the cases in which a service has been silent for too long."""
    return select(Share.case_id).where(Share.municipality == municipality, *_silent(now))


def has_silent_service(municipality: str, now: datetime) -> ColumnElement[bool]:
    """The same, as a condition on Case."""
    return Case.id.in_(silent_case_ids(municipality, now))


def silent_cases(session: Session, case_ids: Sequence[str], now: datetime) -> frozenset[str]:
    """Which of these cases have such a service."""
    return frozenset(
        session.scalars(select(Share.case_id).where(Share.case_id.in_(list(case_ids)), *_silent(now)))
    )


def answer_by(shared_at: datetime) -> date:
    """The day by which a service that was brought in then should have answered."""
    return hear_by(shared_at, rules().remind_after)


@dataclass(frozen=True)
class Reminded:
    """How often a service that has not answered was reminded."""

    times: int
    last: datetime | None
    due_on: date
    """The day by which it should have answered."""
    late: bool


def reminded(session: Session, view: CaseView, now: datetime) -> dict[str, Reminded]:
    """Of every service in the case that has not answered."""
    found: dict[str, Reminded] = {}
    for one in view.shares:
        if not one.active or one.known is not None or one.service_id in found:
            continue
        times, last = session.execute(
            select(func.count(), func.max(ShareReminder.made_at)).where(ShareReminder.share_id == one.id)
        ).one()
        due_on = answer_by(one.shared_at)
        found[one.service_id] = Reminded(times, last, due_on, due_on < local_date(now))
    return found


# --- Reminders ---


@dataclass(frozen=True)
class DueReminder:
    """A service that is to be reminded now; nothing of what the case is about."""

    share_id: str
    number: int
    municipality: str
    service_id: str
    contact_person_id: str | None


def due_reminders(session: Session, vault: Vault, clock: Clock) -> list[DueReminder]:
    """The services to be reminded now: each after the days of the rules, again after more, and not for ever."""
    now = clock.now()
    found = []
    rows = session.execute(
        select(Share, Case)
        .join(Case, Case.id == Share.case_id)
        .where(Case.queue_key < _CLOSED, *_silent(now))
        .order_by(Share.shared_at, Share.id)
    ).all()
    seen: set[tuple[str, str]] = set()
    for share, case in rows:
        number, last = session.execute(
            select(func.count(), func.max(ShareReminder.made_at)).where(ShareReminder.share_id == share.id)
        ).one()
        if number >= rules().most_reminders:
            continue
        if last is not None and hear_by(last, rules().remind_again_after) >= local_date(now):
            continue
        try:
            service = shared_service(share, box_of(vault, case))
        except VaultError:
            continue  # the case cannot be opened: nobody to remind
        # What a child has told is shared apart: the same service is reminded once of the case.
        if (case.id, service) not in seen:
            seen.add((case.id, service))
            found.append(
                DueReminder(share.id, number + 1, share.municipality, service, case.contact_person_id)
            )
    return found


def remind_once(session: Session, clock: Clock, due: DueReminder, employee_ids: Sequence[str] = ()) -> bool:
    """Note the reminder, and who is to have it by email. Commits.

    False when another process was first, or the share is gone.
    """
    now, reminder_id = clock.now(), new_id()
    session.add(ShareReminder(id=reminder_id, share_id=due.share_id, number=due.number, made_at=now))
    try:
        session.flush()
        session.add_all(
            ReminderEmail(id=new_id(), reminder_id=reminder_id, employee_id=one, outcome="waiting", at=now)
            for one in employee_ids
        )
        session.commit()
    except IntegrityError:
        session.rollback()
        return False
    return True


TRY_FOR = timedelta(days=2)
"""How long an email that could not be handed over is tried again; after that the portal's own pages must do."""


def waiting_emails(session: Session, clock: Clock) -> tuple[ReminderEmail, ...]:
    """The emails that are still to go."""
    return tuple(
        session.scalars(
            select(ReminderEmail)
            .where(ReminderEmail.outcome == "waiting", ReminderEmail.at > clock.now() - TRY_FOR)
            .order_by(ReminderEmail.at, ReminderEmail.id)
        )
    )


def take_email(session: Session, email_id: str) -> bool:
    """Claim an email before it is sent. False when another process has it. Commits."""
    done = session.execute(
        update(ReminderEmail)
        .where(ReminderEmail.id == email_id, ReminderEmail.outcome == "waiting")
        .values(outcome="sending")
        .execution_options(synchronize_session=False)
    )
    session.commit()
    return cast("CursorResult[Any]", done).rowcount > 0


def email_went(session: Session, email_id: str, outcome: EmailOutcome) -> None:
    """How it went to this one; «waiting» is tried again. Commits."""
    session.execute(
        update(ReminderEmail)
        .where(ReminderEmail.id == email_id)
        .values(outcome=outcome)
        .execution_options(synchronize_session=False)
    )
    session.commit()
