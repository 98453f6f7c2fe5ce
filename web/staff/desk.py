"""The queue in parts, searching in it, and time in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode

from flask import g
from flask_babel import LazyString, lazy_gettext, ngettext
from flask_babel import gettext as _
from sqlalchemy import func, select

from web import current
from web.cases import escalating, queue_counts, queue_page, queue_stamp
from web.cases.absences import Uncovered, stood_in_for, uncovered
from web.cases.deadlines import local_date
from web.cases.models import name_key
from web.cases.opening import OpeningHours
from web.cases.queue_types import QueueCounts, QueueFilters, QueueNews, QueuePage, QueueRow
from web.cases.types import STATUSES
from web.db import db
from web.escalations import opening_hours
from web.i18n import language
from web.staff.models import Employee, SavedFilter

ALL = "alle"
CLOSED = "avsluttet"
PARAMETERS = ("vis", "q", "tjeneste", "fra", "til", "lukket")
"""What a search of the queue carries in its address, in this order; a saved filter is the same."""
PLACES = ("etter", "foer")
MOST_TEXT = 80
MOST_SAVED = 20


@dataclass(frozen=True)
class Part:
    """One part of the queue: its address, its name, which number of QueueCounts is its own."""

    slug: str
    name: LazyString
    count: str | None
    empty: LazyString
    late: bool = False
    """Whether its number is shown as something that must not wait."""
    rare: bool = False
    """Whether it is left out while nothing is in it."""


PARTS: tuple[Part, ...] = (
    Part(
        ALL,
        lazy_gettext("All open"),
        "all",
        lazy_gettext("Nobody is waiting. New cases come here by themselves."),
    ),
    Part("akutte", lazy_gettext("Acute cases"), "acute", lazy_gettext("No acute cases now."), late=True),
    Part(
        "over-fristen",
        lazy_gettext("Past the promised day"),
        "overdue",
        lazy_gettext("All promises are kept so far."),
        late=True,
    ),
    Part(
        "uten-hjelp",
        lazy_gettext("Got no help (cases)"),
        "not_helped",
        lazy_gettext("Nobody has said that no help came."),
    ),
    Part(
        "plan-over-dagen",
        lazy_gettext("Plan past its day (cases)"),
        "plan_overdue",
        lazy_gettext("Every plan is on time."),
        rare=True,
    ),
    Part(
        "uenige",
        lazy_gettext("Disagree whether help came (cases)"),
        "help_disputed",
        lazy_gettext("Nobody disagrees about whether help came."),
        rare=True,
    ),
    Part(
        "venter-paa-tjeneste",
        lazy_gettext("A service has not answered (cases)"),
        "service_silent",
        lazy_gettext("Every service has answered in time."),
        rare=True,
    ),
    Part("uleste", lazy_gettext("Unread (part)"), "unread", lazy_gettext("Everything has been read.")),
    Part(
        "uten-kontakt",
        lazy_gettext("Without contact person"),
        "unassigned",
        lazy_gettext("Every open case has a contact person."),
    ),
    Part(
        "tilbudt",
        lazy_gettext("Offered to you"),
        "offered",
        lazy_gettext("No case is offered to you."),
        late=True,
        rare=True,
    ),
    Part(
        "mine", lazy_gettext("Mine"), "mine", lazy_gettext("You are not the contact person in any open case.")
    ),
    Part("min-enhet", lazy_gettext("My unit"), "my_unit", lazy_gettext("Your unit has no open case.")),
    Part(
        "varslet",
        lazy_gettext("Waits too long"),
        "escalated",
        lazy_gettext("Nothing waits too long."),
        late=True,
        rare=True,
    ),
    Part(
        "omstridt",
        lazy_gettext("Disputed"),
        "disputed",
        lazy_gettext("No services disagree about who coordinates."),
        rare=True,
    ),
    Part("nye", lazy_gettext("New cases"), "new", lazy_gettext("No new cases now.")),
    Part(
        "venter",
        lazy_gettext("Waiting for the person (cases)"),
        "waiting_for_person",
        lazy_gettext("No case waits for an answer from the person."),
    ),
    Part(CLOSED, lazy_gettext("Closed cases"), None, lazy_gettext("No closed cases.")),
)


@dataclass(frozen=True)
class Asked:
    """Which part of the queue, and what is searched for in it."""

    part: Part
    text: str = ""
    service: str = ""
    sent_from: date | None = None
    sent_to: date | None = None
    closed_too: bool = False
    wrong: tuple[str, ...] = ()
    """Names of parameters that make no sense; they are left out of the search, and the page says so."""

    @classmethod
    def of(cls, values: Mapping[str, str]) -> Asked:
        """From the parameters of an address."""
        wrong = []

        def day(name: str) -> date | None:
            text = values.get(name, "").strip()
            try:
                found = date.fromisoformat(text) if text else None
            except ValueError:
                found = None
            if text and (found is None or not 2000 <= found.year <= 2200):
                wrong.append(name)
                return None
            return found

        sent_from, sent_to = day("fra"), day("til")
        if sent_from and sent_to and sent_from > sent_to:
            wrong.append("til")
            sent_to = None
        service = values.get("tjeneste", "")
        if service and current.catalog().service(service) is None:
            service = ""
        part = next((part for part in PARTS if part.slug == values.get("vis")), PARTS[0])
        return cls(
            part,
            " ".join(values.get("q", "").replace("\0", "").split())[:MOST_TEXT],
            service,
            sent_from,
            sent_to,
            bool(values.get("lukket")) and part.slug == ALL,
            tuple(wrong),
        )

    @property
    def searches(self) -> bool:
        """Whether anything is asked for beside the part."""
        return bool(self.text or self.service or self.sent_from or self.sent_to or self.closed_too)

    @property
    def parameters(self) -> dict[str, Any]:
        """As in the address."""
        values = (
            self.part.slug,
            self.text,
            self.service,
            self.sent_from.isoformat() if self.sent_from else "",
            self.sent_to.isoformat() if self.sent_to else "",
            "1" if self.closed_too else "",
        )
        return {name: value for name, value in zip(PARAMETERS, values, strict=True) if value}

    def filters(self, me: Employee) -> QueueFilters:
        """For the core."""
        parts: dict[str, dict[str, Any]] = {
            "akutte": {"urgency": "acute"},
            "over-fristen": {"overdue_only": True},
            "uleste": {"unread_only": True},
            "uten-hjelp": {"not_helped_only": True},
            "plan-over-dagen": {"plan_overdue_only": True},
            "uenige": {"help_disputed_only": True},
            "venter-paa-tjeneste": {"service_silent_only": True},
            "uten-kontakt": {"unassigned_only": True},
            "mine": {"contact_person_id": me.id, "stands_in_for": my_absent(me)},
            "tilbudt": {"offered_to": me.id},
            "omstridt": {"disputed_only": True},
            "varslet": {"escalated_only": True},
            "min-enhet": {"units": my_unit(me)},
            "nye": {"statuses": ("new",)},
            "venter": {"statuses": ("waiting_for_person",)},
            CLOSED: {"statuses": ("closed",)},
        }
        asked = QueueFilters(
            text=self.text,
            service=self.service or None,
            sent_from=self.sent_from,
            sent_to=self.sent_to,
            **parts.get(self.part.slug, {}),
        )
        return replace(asked, statuses=STATUSES) if self.closed_too else asked


@dataclass(frozen=True)
class Desk:
    """The queue as one employee sees it now."""

    asked: Asked
    page: QueuePage
    counts: dict[str, int]
    now: datetime
    today: date
    stamp: str
    place: dict[str, str]
    """The page within the part, as in the address."""

    @property
    def part(self) -> Part:
        """The part that is shown."""
        return self.asked.part

    @property
    def rows(self) -> tuple[QueueRow, ...]:
        """The rows of this page."""
        return self.page.rows

    @property
    def here(self) -> dict[str, Any]:
        """What leads back to exactly this page of the queue."""
        return {**self.asked.parameters, **self.place}


def my_unit(me: Employee) -> tuple[str, ...]:
    """The names of the employee's unit, and «#id» of the contact point when it is that.

    In both languages when the catalog knows one of them, however it is written: a case keeps the name that the unit had
    in the language of its day.
    """
    if not me.unit:
        return ("",)  # nobody's unit: no case has it
    catalog, own = current.catalog(), name_key(me.unit)
    found = [me.unit]
    services = catalog.services.values()
    units = [service.responsible_unit for service in services if service.responsible_unit]
    for name in (catalog.contact_point.name, *(service.name for service in services), *units):
        if own in map(name_key, name.values()):
            found += name.values()
    if own in map(name_key, catalog.contact_point.name.values()):
        found.append(f"#{catalog.contact_point.id}")
    return tuple(dict.fromkeys(found))


def unit_name(name: str) -> str:
    """The name of a unit in the employee's language, when the catalog knows it; else as somebody has written it."""
    if "unit_names" not in g:
        catalog = current.catalog()
        texts = [catalog.contact_point.name]
        texts += [service.name for service in catalog.services.values()]
        texts += [one.responsible_unit for one in catalog.services.values() if one.responsible_unit]
        g.unit_names = {name_key(one): text[language()] for text in texts for one in text.values()}
    names: dict[str, str] = g.unit_names
    return names.get(name_key(name), name)


def my_absent(me: Employee) -> tuple[str, ...]:
    """Ids of the colleagues who are away today and whose cases the employee has meanwhile; asked once in a request."""
    if "absent" not in g:
        g.absent = stood_in_for(db(), current.clock(), me.municipality, me.id)
    found: tuple[str, ...] = g.absent
    return found


def hours() -> OpeningHours | None:
    """When the front desk is open, as its catalog says."""
    return opening_hours(current.catalog().contact_point.hours)


def look(me: Employee, values: Mapping[str, str], *, words: bool = False) -> Desk:
    """A page of the queue, and how many there are in each part; an unknown part is all that is open.

    words: with the first words and the needs of each case, for who may read them.
    """
    now = current.clock().now()
    asked = Asked.of(values)
    place = {name: values[name] for name in PLACES if values.get(name)}
    page = queue_page(
        db(),
        current.vault(),
        current.clock(),
        me.municipality,
        asked.filters(me),
        after=place.get("etter"),
        before=place.get("foer"),
        me=me.ref(),
        hours=hours(),
        words=words and me.may("read_case"),
    )
    counts = _counts(me)
    return Desk(
        asked,
        page,
        {part.slug: getattr(counts, part.count) for part in PARTS if part.count},
        now,
        local_date(now),
        queue_stamp(page, counts),
        place,
    )


def _counts(me: Employee) -> QueueCounts:
    return queue_counts(db(), current.clock(), me.municipality, me.id, my_unit(me), my_absent(me), hours())


@dataclass(frozen=True)
class ForLeader:
    """What waits for a leader, as numbers and names of colleagues."""

    steps: dict[str, int]
    disputes: int
    uncovered: tuple[Uncovered, ...]

    @property
    def anything(self) -> bool:
        """Whether anything does."""
        return bool(self.steps or self.disputes or self.uncovered)


def for_leader(me: Employee, disputes: int) -> ForLeader | None:
    """What waits for the employee as a leader; None for who is none."""
    if not me.may("decide_dispute"):
        return None
    return ForLeader(
        escalating.for_leader(db(), me.municipality),
        disputes,
        tuple(uncovered(db(), current.clock(), me.municipality)),
    )


# Saved filters: an employee's own.


def saved_filters(me: Employee) -> list[tuple[SavedFilter, dict[str, str]]]:
    """The employee's own, by name, with what their address carries."""
    found = db().scalars(
        select(SavedFilter).where(SavedFilter.employee_id == me.id).order_by(func.lower(SavedFilter.name))
    )
    return [(row, dict(parse_qsl(row.parameters))) for row in found]


def save_filter(me: Employee, name: str, asked: Asked) -> str:
    """Keep a search under a name; the same name again replaces it. What is wrong, in words, or nothing; commits."""
    name = " ".join(name.split())
    if not name:
        return str(_("Give the filter a name."))
    if len(name) > 60:
        return str(_("The name is too long."))
    kept = db().scalars(select(SavedFilter).where(SavedFilter.employee_id == me.id)).all()
    row = next((row for row in kept if row.name.lower() == name.lower()), None)
    if row is None:
        if len(kept) >= MOST_SAVED:
            return str(_("You have 20 saved filters. Remove one first."))
        row = SavedFilter(employee_id=me.id)
        db().add(row)
    row.name, row.parameters = name, urlencode(asked.parameters)
    db().commit()
    return ""


def remove_filter(me: Employee, filter_id: str) -> None:
    """Remove one of the employee's own; anybody else's stays. Commits."""
    row = db().get(SavedFilter, filter_id)
    if row is not None and row.employee_id == me.id:
        db().delete(row)
        db().commit()


def colleagues(me: Employee) -> list[Employee]:
    """Who can be named as contact person: whoever may work on a case and write to the person."""
    found = db().scalars(
        select(Employee)
        .where(Employee.municipality == me.municipality, Employee.active.is_(True))
        .order_by(Employee.name)
    )
    return [one for one in found if one.may("work_case") and one.may("write_message")]


def waited(since: datetime, now: datetime, form: Literal["plain", "short", "sentence"] = "plain") -> str:
    """That somebody has waited, and how long, as people say it: just now, then minutes, hours, days."""
    minutes = max(0, int((now - since).total_seconds() // 60))
    hours = minutes // 60
    if not minutes:
        return str(_("Came just now.") if form == "sentence" else _("Came just now"))
    if minutes < 60:
        time = ngettext("%(num)d minute", "%(num)d minutes", minutes)
    elif hours < 48:
        time = ngettext("%(num)d hour", "%(num)d hours", hours)
    else:
        time = ngettext("%(num)d day", "%(num)d days", hours // 24)
    if form == "short":
        return str(_("Waited %(time)s", time=time))
    return str(
        _("Has waited %(time)s.", time=time) if form == "sentence" else _("Has waited %(time)s", time=time)
    )


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


def looking_text(names: tuple[str, ...]) -> str:
    """Who else has the case open, in words; empty when nobody has."""
    if not names:
        return ""
    if len(names) == 1:
        return str(_("%(name)s has this case open now.", name=names[0]))
    return str(
        _("%(names)s and %(last)s have this case open now.", names=", ".join(names[:-1]), last=names[-1])
    )
