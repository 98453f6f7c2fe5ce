"""The queue in parts, and time in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from flask_babel import LazyString, lazy_gettext, ngettext
from flask_babel import gettext as _
from sqlalchemy import select

from web import current
from web.cases import queue
from web.cases.deadlines import local_date
from web.cases.types import QueueFilters, QueueNews, QueueRow
from web.db import db
from web.staff.models import Employee

ALL = "alle"
CLOSED = "avsluttet"


@dataclass(frozen=True)
class Part:
    """One part of the queue: its address, its name, and which rows belong to it."""

    slug: str
    name: LazyString
    holds: Callable[[QueueRow, Employee], bool]
    empty: LazyString


PARTS: tuple[Part, ...] = (
    Part(
        ALL,
        lazy_gettext("All open"),
        lambda row, me: True,
        lazy_gettext("Nobody is waiting. New cases come here by themselves."),
    ),
    Part(
        "akutte",
        lazy_gettext("Acute cases"),
        lambda row, me: row.urgency == "acute",
        lazy_gettext("No acute cases now."),
    ),
    Part(
        "over-fristen",
        lazy_gettext("Past the promised day"),
        lambda row, me: row.overdue,
        lazy_gettext("All promises are kept so far."),
    ),
    Part(
        "nye",
        lazy_gettext("New cases"),
        lambda row, me: row.status == "new",
        lazy_gettext("No new cases now."),
    ),
    Part(
        "mine",
        lazy_gettext("Mine"),
        lambda row, me: row.contact_person_id == me.id,
        lazy_gettext("You are not the contact person in any open case."),
    ),
    Part(
        "uten-kontakt",
        lazy_gettext("Without contact person"),
        lambda row, me: not row.contact_person_name,
        lazy_gettext("Every open case has a contact person."),
    ),
    Part(
        "venter",
        lazy_gettext("Waiting for the person (cases)"),
        lambda row, me: row.status == "waiting_for_person",
        lazy_gettext("No case waits for an answer from the person."),
    ),
    Part(CLOSED, lazy_gettext("Closed cases"), lambda row, me: True, lazy_gettext("No closed cases.")),
)


@dataclass(frozen=True)
class Desk:
    """The queue as one employee sees it now."""

    part: Part
    rows: tuple[QueueRow, ...]
    counts: dict[str, int]
    now: datetime
    today: date


def look(me: Employee, slug: str | None) -> Desk:
    """The part of the queue with this address, and how many there are in each; unknown: all that is open."""
    now = current.clock().now()
    part = next((part for part in PARTS if part.slug == slug), PARTS[0])
    open_rows = queue(db(), current.vault(), current.clock(), me.municipality)
    counts = {p.slug: sum(p.holds(row, me) for row in open_rows) for p in PARTS if p.slug != CLOSED}
    rows = open_rows
    if part.slug == CLOSED:
        closed = QueueFilters(statuses=("closed",))
        rows = queue(db(), current.vault(), current.clock(), me.municipality, closed)
        # What was closed is looked up, not worked through: the newest first.
        rows.sort(key=lambda row: row.created_at, reverse=True)
    return Desk(part, tuple(row for row in rows if part.holds(row, me)), counts, now, local_date(now))


def colleagues(me: Employee) -> list[Employee]:
    """Who can be named as contact person."""
    return list(
        db().scalars(
            select(Employee)
            .where(Employee.municipality == me.municipality, Employee.active.is_(True))
            .order_by(Employee.name)
        )
    )


def waited(since: datetime, now: datetime) -> str:
    """How long, as people say it: minutes, hours, then days."""
    minutes = max(0, int((now - since).total_seconds() // 60))
    if minutes < 60:
        return str(ngettext("%(num)d minute", "%(num)d minutes", minutes))
    hours = minutes // 60
    if hours < 48:
        return str(ngettext("%(num)d hour", "%(num)d hours", hours))
    return str(ngettext("%(num)d day", "%(num)d days", hours // 24))


def days_over(due: date, today: date) -> str:
    """How many days past the promised day."""
    return str(ngettext("%(num)d day late", "%(num)d days late", max(1, (today - due).days)))


def news_text(news: QueueNews) -> str:
    """What has come, as the line above the queue says it; empty when nothing has."""
    parts = []
    if news.new_cases:
        parts.append(ngettext("%(num)d new case", "%(num)d new cases", news.new_cases))
    if news.new_acute:
        parts.append(ngettext("%(num)d of them acute", "%(num)d of them are acute", news.new_acute))
    if news.cases_with_more:
        parts.append(
            ngettext("new words in %(num)d case", "new words in %(num)d cases", news.cases_with_more)
        )
    return ", ".join(parts)


def new_words(row: QueueRow) -> str:
    """What in this case nobody at the front desk has read."""
    if not row.ever_read:
        return str(_("Unread (case)"))
    count = row.unread + row.unread_statements
    if not count:
        return ""
    return str(ngettext("%(num)d new message", "%(num)d new messages", count))
