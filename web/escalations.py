"""Goes through the rules of escalation for every municipality, and sends the neutral emails to employees.

An email says «there is a case that waits» and nothing else: no number, no name, no matter. Called every minute by the running
portal, and by `python -m web escalations run`; any number of processes may do it at once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import time

from babel.support import Translations
from sqlalchemy import select
from sqlalchemy.orm import Session

from web import notices
from web.cases import escalating
from web.cases.clock import Clock
from web.cases.escalating import ClaimedMail, Result, Staff
from web.cases.opening import OpeningHours
from web.cases.types import Language
from web.catalog import Catalog, Hours
from web.config import Config
from web.notices import NotNow, Refused, Unclear
from web.staff.models import Employee

RUN_AT_MOST = 200
"""Emails of one run: the next run, a minute later, takes the rest."""
_MIDNIGHT = 24 * 60

log = logging.getLogger(__name__)


def run(
    sessions: Callable[[], Session], clock: Clock, config: Config, catalogs: Iterable[Catalog]
) -> dict[str, int]:
    """One round: what is new in how many cases, and what became of the emails, by state."""
    counts = {"new": 0}
    for catalog in catalogs:
        with sessions() as session:
            counts["new"] += escalating.escalate(
                session,
                clock,
                catalog.municipality.id,
                staff_of(session, catalog),
                opening_hours(catalog.contact_point.hours),
            )
    if config.smtp is None:
        return counts
    for _ in range(RUN_AT_MOST):
        with sessions() as session:
            mail = escalating.claim_mail(session, clock)
        if mail is None:
            break
        result = _send(mail, clock, config)
        with sessions() as session:
            state = escalating.settle_mail(session, clock, mail.id, result)
        counts[state] = counts.get(state, 0) + 1
        log.log(
            logging.INFO if state == "sent" else logging.WARNING,
            "email %s to an employee: %s, try %d",
            mail.id,
            state,
            mail.tries,
        )
    return counts


def staff_of(session: Session, catalog: Catalog) -> Staff:
    """Who can be told in this municipality."""
    employees = session.scalars(
        select(Employee).where(Employee.municipality == catalog.municipality.id, Employee.active.is_(True))
    ).all()
    point = catalog.contact_point.email
    desk = [point] if point else []
    desk += [one.email for one in employees if one.email and "front_desk" in one.roles]
    language: Language = "nn" if catalog.municipality.written_language == "nn" else "nb"
    return Staff(
        works=frozenset(one.id for one in employees if one.may("work_case") and one.may("write_message")),
        emails={one.id: one.email for one in employees if one.email},
        leaders=tuple(one.email for one in employees if one.email and one.may("decide_dispute")),
        front_desk=tuple(desk),
        language=language,
    )


def opening_hours(hours: Hours) -> OpeningHours | None:
    """The hours of the contact point, from its first opening to its last closing of each day; None when they are not known.

    What passes midnight is cut there: the front desk answers by day.
    """
    found: dict[int, tuple[int, int]] = {}
    for period in hours.periods:
        for day in period.days:
            start, end = found.get(day, (period.start, period.end))
            found[day] = min(start, period.start), max(end, period.end)
    by_weekday = {
        day: (_time(start), _time(min(end, _MIDNIGHT - 1)))
        for day, (start, end) in found.items()
        if start < min(end, _MIDNIGHT - 1)
    }
    # Who is open on no working day has hours that say nothing about answers.
    return OpeningHours(by_weekday) if any(day in by_weekday for day in range(5)) else None


def _time(minutes: int) -> time:
    return time(minutes // 60, minutes % 60)


def mail_text(config: Config, language: str) -> str:
    """What an email says, in this language; its first line is the subject."""
    gettext = Translations.load(str(config.locales_dir), [language], "portal").gettext
    subject = gettext("There is a case that waits in «Én dør inn»")
    more = gettext("Log in to the front desk to see it. This notice is sent by itself and says no more.")
    return f"{subject}\n\n{more}"


def _send(mail: ClaimedMail, clock: Clock, config: Config) -> Result:
    if config.smtp is None:
        return "again"
    try:
        notices.send_email(config.smtp, mail.recipient, mail_text(config, mail.language), mail.id, clock)
    except Refused:
        return "refused"
    except NotNow:
        return "again"
    except Unclear:
        return "unclear"
    except Exception as error:  # a mistake of ours must not stop the others, and must not send twice
        log.error("email %s failed with %s", mail.id, type(error).__name__)
        return "unclear"
    return "sent"
