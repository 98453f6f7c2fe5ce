"""Reminds services that were brought in and have not answered, and the contact person with them.

In the portal the reminder is there by itself, on the pages of both. By email it says that something waits, and nothing
else, once for each reminder; what could not be handed over is tried again in the next round.
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
from web.cases.following import DueReminder, due_reminders, remind_once, take_back_reminder
from web.cases.types import LANGUAGES
from web.catalog import Catalog
from web.config import Config
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
            if not remind_once(session, clock, one):
                continue
            recipients = _recipients(session, one, catalogs.get(one.municipality))
            if config.smtp is not None and recipients and not _send(recipients, clock, config):
                take_back_reminder(session, one)
                continue
        noted += 1
    return noted


def _recipients(session: Session, due: DueReminder, catalog: Catalog | None) -> list[str]:
    """The addresses at work of those who answer for the service, and of the contact person, where they have given one."""
    entry = catalog.service(due.service_id) if catalog else None
    ids = {due.service_id, *((entry.id, *entry.alternate_ids) if entry else ())}
    who: list[ColumnElement[bool]] = [Employee.service_id.in_(ids)]
    if due.contact_person_id:
        who.append(Employee.id == due.contact_person_id)
    found = session.scalars(
        select(Employee).where(
            Employee.municipality == due.municipality, Employee.active.is_(True), or_(*who)
        )
    )
    return sorted(
        {
            one.email
            for one in found
            if one.email and (one.id == due.contact_person_id or "service_user" in one.roles)
        }
    )


def reminder_text(locales_dir: Path, language: str) -> str:
    """What a reminder says in this language."""
    texts = Translations.load(str(locales_dir), [language], "portal")
    return str(texts.gettext("A service waits for your answer (reminder)"))


def _send(recipients: list[str], clock: Clock, config: Config) -> bool:
    """One email to each. False when none has gone and a later try may work."""
    if config.smtp is None:
        return True
    text = "\n".join(reminder_text(config.locales_dir, language) for language in LANGUAGES)
    gone, later = 0, 0
    for address in recipients:
        try:
            send_email(config.smtp, address, text, str(uuid4()), clock)
            gone += 1
        except NotNow:
            later += 1
        except (Refused, Unclear) as error:
            log.warning("a reminder by email: %s", type(error).__name__)
            gone += 1
    return bool(gone) or not later
