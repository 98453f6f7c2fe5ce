"""Reminds services that were brought in and have not answered, and the contact person with them.

In the portal the reminder is there by itself, on the pages of both. By email it says that something waits, and nothing
else, once to each for each reminder; what could not be handed over to one of them is tried again in the next rounds.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from uuid import uuid4

from babel.support import Translations
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from web.cases.afterwards import resting
from web.cases.clock import Clock
from web.cases.following import (
    DueReminder,
    EmailOutcome,
    due_reminders,
    email_went,
    remind_once,
    take_email,
    waiting_emails,
)
from web.cases.types import LANGUAGES
from web.catalog import Catalog
from web.config import Config, SmtpServer
from web.notices import NotNow, Refused, Unclear, send_email
from web.security.vault import Vault
from web.staff.models import Employee

log = logging.getLogger(__name__)


def remind(
    sessions: Callable[[], Session],
    vault: Vault,
    clock: Clock,
    config: Config,
    catalogs: Mapping[str, Catalog],
) -> int:
    """Note every reminder that is due, and send it to those who want email. How many were noted; none at night."""
    if resting(clock.now()):
        return 0
    with sessions() as session:
        due = due_reminders(session, vault, clock)
    noted = 0
    for one in due:
        with sessions() as session:
            recipients = _recipients(session, one, catalogs.get(one.municipality)) if config.smtp else []
            noted += remind_once(session, clock, one, recipients)
    if config.smtp is not None:
        _send(sessions, clock, config, config.smtp)
    return noted


def _recipients(session: Session, due: DueReminder, catalog: Catalog | None) -> list[str]:
    """The ids of those who answer for the service, and of the contact person, where they have given an address at work."""
    entry = catalog.service(due.service_id) if catalog else None
    ids = {due.service_id, *((entry.id, *entry.alternate_ids) if entry else ())}
    who: list[ColumnElement[bool]] = [Employee.service_id.in_(ids)]
    if due.contact_person_id:
        who.append(Employee.id == due.contact_person_id)
    found = session.scalars(
        select(Employee)
        .where(Employee.municipality == due.municipality, Employee.active.is_(True), or_(*who))
        .order_by(Employee.email)
    )
    return [
        one.id
        for one in found
        if one.email and (one.id == due.contact_person_id or "service_user" in one.roles)
    ]


def reminder_text(locales_dir: Path, language: str) -> str:
    """What a reminder says in this language."""
    texts = Translations.load(str(locales_dir), [language], "portal")
    return str(texts.gettext("A service waits for your answer (reminder)"))


def _send(sessions: Callable[[], Session], clock: Clock, config: Config, server: SmtpServer) -> None:
    """One email to each who is to have one and has not; how it went to one of them says nothing of the others."""
    text = "\n".join(reminder_text(config.locales_dir, language) for language in LANGUAGES)
    with sessions() as session:
        waiting = [(one.id, one.employee_id) for one in waiting_emails(session, clock)]
    for email_id, employee_id in waiting:
        with sessions() as session:
            employee = session.get(Employee, employee_id)
            address = employee.email if employee is not None and employee.active else None
            if not take_email(session, email_id):
                continue
            email_went(session, email_id, _sent(server, address, text, clock) if address else "refused")


def _sent(server: SmtpServer, address: str, text: str, clock: Clock) -> EmailOutcome:
    try:
        send_email(server, address, text, str(uuid4()), clock)
    except NotNow:
        return "waiting"
    except (Refused, Unclear) as error:
        log.warning("a reminder by email: %s", type(error).__name__)
        return "refused" if isinstance(error, Refused) else "unclear"
    return "sent"
