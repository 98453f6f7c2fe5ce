"""Who has opened a case: what of it, when, from which unit, and why they may. Logged as it happens, told to the person.

Why is written down with the opening itself: who was contact person then cannot be told from who is now.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast, get_args

from sqlalchemy import select
from sqlalchemy.orm import Session

from web.cases.absences import stood_in_for
from web.cases.clock import Clock
from web.cases.duty_tables import Handover
from web.cases.models import Case
from web.cases.sharing_types import ShareView
from web.cases.types import Action, CaseView, EmployeeRef, LogLine, WhyRead

#: all: everything there was, for the first time. new: what had come since. again: nothing new. looked: other pages than
#: the one with the words. listened: a recording. shared: what is shared with their service.
What = Literal["all", "new", "again", "looked", "listened", "shared"]

READ_ACTIONS: tuple[Action, ...] = ("read", "looked", "listened")
"""What an employee of the front desk does to a case by opening it."""
_WHYS = frozenset(get_args(WhyRead))


def why_may_read(session: Session, clock: Clock, case: Case, employee: EmployeeRef) -> WhyRead:
    """By what this employee sees the case now. web.security.separation has let nobody else through."""
    if case.contact_person_id == employee.id:
        return "contact"
    if case.contact_person_id in stood_in_for(session, clock, case.municipality, employee.id):
        return "stand_in"
    now = clock.now()
    if any(row.employee_id == employee.id and row.at <= now <= row.until for row in case.glass):
        return "glass"
    offered = select(Handover.id).where(
        Handover.case_id == case.id, Handover.to_id == employee.id, Handover.state == "offered"
    )
    return "offered" if session.scalar(offered.limit(1)) is not None else "desk"


def reading_detail(employee: EmployeeRef, why: WhyRead) -> str:
    """The detail of a line of the log that says that somebody has opened the case."""
    return f"{employee.unit}\n{why}"


def parts_of_reading(action: str, detail: str | None) -> tuple[str | None, WhyRead | None]:
    """Unit and reason of such a line; lines from before reasons were written have none."""
    if action not in READ_ACTIONS or not detail:
        return detail, None
    unit, _, why = detail.partition("\n")
    return unit or None, cast(WhyRead, why) if why in _WHYS else None


@dataclass(frozen=True)
class Reading:
    """One time that somebody opened the case, or what is shared of it."""

    at: datetime
    name: str
    unit: str
    """The employee's unit; empty when it is a service's."""
    service_id: str
    what: What
    why: WhyRead | None
    reason: str = ""
    """With broken glass: what they gave as their reason."""
    yes_at: datetime | None = None
    """With a service: when the person said yes to it."""
    paragraph: str = ""
    """With a service that was brought in by law: an id of services_catalog/legal_bases.yml."""


def readings(view: CaseView) -> tuple[Reading, ...]:
    """Everybody who has read, of the front desk and of the services, newest first.

    view: what the person may see; what is withheld from them, and what is a child's, is not in it. What was new to a
    reader follows from when they read before.
    """
    written = [one.created_at for one in view.statements]
    written += [one.created_at for one in view.recordings]
    written += [one.created_at for one in view.messages if one.from_person]
    last: dict[str, datetime] = {}
    found = []
    for line in view.log:
        name = line.actor_name or ""
        if line.action in READ_ACTIONS:
            what: What = "looked" if line.action == "looked" else "listened"
            if line.action == "read":
                before = last.get(name)
                new = any(at <= line.at and (before is None or at > before) for at in written)
                what = "all" if before is None else "new" if new else "again"
                last[name] = line.at
            reason = _given_reason(view, line)
            found.append(Reading(line.at, name, line.detail or "", "", what, line.why, reason))
        elif line.action in ("share_opened", "share_listened"):
            found.append(_in_service(view, line))
    found += _broken_only(view, found)
    found.reverse()
    found.sort(key=lambda one: one.at, reverse=True)
    return tuple(found)


def _broken_only(view: CaseView, found: list[Reading]) -> list[Reading]:
    """Broken glass after which nothing was opened: it is told of all the same."""
    return [
        Reading(glass.at, glass.employee_name, "", "", "looked", "glass", glass.reason)
        for glass in view.glass
        if not any(
            one.why == "glass" and one.name == glass.employee_name and glass.at <= one.at <= glass.until
            for one in found
        )
    ]


def _given_reason(view: CaseView, line: LogLine) -> str:
    if line.why != "glass":
        return ""
    broken = [one for one in view.glass if one.employee_name == line.actor_name and one.at <= line.at]
    return broken[-1].reason if broken else ""


def _in_service(view: CaseView, line: LogLine) -> Reading:
    """Why the service may: the newest share with it from before."""
    service = line.detail or ""
    shares = [one for one in view.shares if one.service_id == service and one.shared_at <= line.at]
    share = max(shares, key=lambda one: one.shared_at, default=None)
    return Reading(
        at=line.at,
        name=line.actor_name or "",
        unit="",
        service_id=service,
        what="shared" if line.action == "share_opened" else "listened",
        why="service",
        yes_at=_yes_at(view, share, line.at) if share else None,
        paragraph=share.paragraph if share and share.basis == "law" and not share.spoken_consent else "",
    )


def _yes_at(view: CaseView, share: ShareView, at: datetime) -> datetime | None:
    if share.basis == "law":
        return share.shared_at if share.spoken_consent else None
    given = [
        one.given_at for one in view.consents if one.service_id == share.service_id and one.given_at <= at
    ]
    return max(given, default=share.shared_at)
