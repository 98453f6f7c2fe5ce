"""The queue: who waits, in which order, page by page, and who has which case open.

Sorted, filtered and counted by the database on plain columns (Case.queue_key and its index); sealed fields are
opened only for the rows of the page. No Flask.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, and_, case, delete, func, or_, select, tuple_
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from web.cases import acute
from web.cases.clock import Clock
from web.cases.coordination import disputed
from web.cases.deadlines import OSLO, local_date
from web.cases.duties import duty_counts, escalated
from web.cases.escalating import rules
from web.cases.following import has_silent_service, silent_case_ids
from web.cases.marks import service_marks
from web.cases.models import Case, Presence, ServiceMark, name_key
from web.cases.opening import OpeningHours
from web.cases.queue_rows import queue_rows
from web.cases.queue_types import QueueCounts, QueueFilters, QueueNews, QueuePage, QueueRow
from web.cases.responsibility import offered_to
from web.cases.types import CaseNotFound, EmployeeRef
from web.security.vault import Vault

PAGE = 50
PRESENCE = timedelta(seconds=75)
"""How long «is looking now» holds without being renewed: a little more than two questions of staff.js."""
_PLACE = re.compile(r"([0-9]{28})\.([0-9a-f-]{36})")
_CLOSED = "9"


def queue(
    session: Session, vault: Vault, clock: Clock, municipality: str, filters: QueueFilters | None = None
) -> list[QueueRow]:
    """All rows at once, for small queues and tests; pages ask queue_page()."""
    return list(queue_page(session, vault, clock, municipality, filters, size=None).rows)


def queue_page(
    session: Session,
    vault: Vault,
    clock: Clock,
    municipality: str,
    filters: QueueFilters | None = None,
    *,
    after: str | None = None,
    before: str | None = None,
    size: int | None = PAGE,
    me: EmployeeRef | None = None,
    hours: OpeningHours | None = None,
    words: bool = False,
) -> QueuePage:
    """A page of the cases of a municipality, in the order of web.cases.models.queue_key.

    after, before: a place from another page (QueuePage.after, .before); anything else is the first page. Pages hang
    on the place of a case, not on a number of rows: what arrives meanwhile moves nothing off a page unseen.
    me: this employee is not named among those who look.
    hours: when the front desk is open, which the promises of acute cases count by; without them those of escalation.yml.
    words: with the first words and the needs of each case, for who may read it.
    """
    now, hours = clock.now(), hours or rules().hours
    where = _conditions(vault, municipality, filters or QueueFilters(), now, hours)
    places = _places(session, where, after, before, size)
    ids = [case_id for _, case_id in places.found]
    rows = queue_rows(session, vault, clock, municipality, ids, hours=hours, words=words)
    names = _names(session, municipality, now, ids, me.id if me else None)
    return QueuePage(
        tuple(replace(row, looking=names.get(row.case_id, ())) for row in rows), places.before, places.after
    )


class _Places:
    """Which cases a page has, and where it goes on."""

    def __init__(self, found: Sequence[tuple[str, str]], more_before: bool, more_after: bool) -> None:
        self.found = found
        self.before = _written(found[0]) if found and more_before else None
        self.after = _written(found[-1]) if found and more_after else None


def _written(place: tuple[str, str]) -> str:
    return f"{place[0]}.{place[1]}"


def _place(text: str | None) -> tuple[str, str] | None:
    found = _PLACE.fullmatch(text or "")
    return (found[1], found[2]) if found else None


def _places(
    session: Session,
    where: Sequence[ColumnElement[bool]],
    after: str | None,
    before: str | None,
    size: int | None,
) -> _Places:
    here = tuple_(Case.queue_key, Case.id)
    query = select(Case.queue_key, Case.id).where(*where)
    start, end = _place(after), _place(before)
    backwards = start is None and end is not None
    if start is not None:
        query = query.where(Case.queue_key >= start[0], here > start)
    elif end is not None:
        query = query.where(Case.queue_key <= end[0], here < end)
    order = (Case.queue_key, Case.id)
    query = query.order_by(*(column.desc() if backwards else column for column in order))
    if size is not None:
        query = query.limit(size + 1)
    found = [(key, case_id) for key, case_id in session.execute(query)]
    more = size is not None and len(found) > size
    found = found[:size]
    if backwards:
        return _Places(found[::-1], more, True)
    return _Places(found, start is not None, more)


def _conditions(
    vault: Vault, municipality: str, filters: QueueFilters, now: datetime, hours: OpeningHours
) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = [Case.municipality == municipality]
    if "closed" not in filters.statuses:
        where.append(Case.queue_key < _CLOSED)
    elif filters.statuses == ("closed",):
        where.append(Case.queue_key >= _CLOSED)
    if not {"new", "in_progress", "waiting_for_person"} <= set(filters.statuses):
        where.append(Case.status.in_(filters.statuses))
    if filters.urgency is not None:
        where.append(Case.urgency == filters.urgency)
    if filters.contact_person_id is not None:
        where.append(Case.contact_person_id.in_((filters.contact_person_id, *filters.stands_in_for)))
    if filters.offered_to is not None:
        where.append(offered_to(filters.offered_to))
    if filters.disputed_only:
        where.append(disputed())
    if filters.escalated_only:
        where.append(escalated())
    if filters.overdue_only:
        where.append(_overdue_now(now, hours))
    if filters.not_helped_only:
        where.append(Case.not_helped.is_(True))
    if filters.plan_overdue_only:
        where.append(_plan_overdue(local_date(now)))
    if filters.help_disputed_only:
        where.append(Case.help_disputed.is_(True))
    if filters.service_silent_only:
        where.append(has_silent_service(municipality, now))
    if filters.unread_only:
        where.append(_is_unread())
    if filters.unassigned_only:
        where.append(_is_unassigned())
    if filters.units:
        where.append(Case.unit_key.in_([name_key(name) for name in filters.units]))
    if filters.text.strip():
        where.append(_says(filters.text.strip()))
    if filters.sent_from is not None:
        where.append(Case.created_at >= _midnight(filters.sent_from))
    if filters.sent_to is not None:
        where.append(Case.created_at < _midnight(filters.sent_to + timedelta(days=1)))
    if filters.service is not None:
        first = _midnight(filters.sent_from) if filters.sent_from else now - timedelta(days=366 * 5)
        last = min(now, _midnight(filters.sent_to + timedelta(days=1))) if filters.sent_to else now
        marks = list(service_marks(vault, municipality, filters.service, first, last))
        where.append(Case.id.in_(select(ServiceMark.case_id).where(ServiceMark.mark.in_(marks))))
    return where


def _overdue_now(now: datetime, hours: OpeningHours) -> ColumnElement[bool]:
    late = and_(Case.waiting_since.is_not(None), Case.due_on < local_date(now))
    return or_(late, acute.broken(now, hours))


def _plan_overdue(today: date) -> ColumnElement[bool]:
    return Case.plan_due_on < today


def _is_unread() -> ColumnElement[bool]:
    return Case.unread > 0


def _is_unassigned() -> ColumnElement[bool]:
    return func.coalesce(Case.contact_person_name, "") == ""


def _says(text: str) -> ColumnElement[bool]:
    number = Case.reference.startswith(text.upper().replace(" ", ""), autoescape=True)
    # SQLite knows small and capital letters of ASCII only, and names have «å» and «Ø».
    spellings = dict.fromkeys([text] if text.isascii() else [text, text.lower(), text.title(), text.upper()])
    return or_(number, *(Case.contact_person_name.icontains(one, autoescape=True) for one in spellings))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), OSLO)


def queue_counts(
    session: Session,
    clock: Clock,
    municipality: str,
    employee_id: str,
    units: Sequence[str] = (),
    stands_in_for: Sequence[str] = (),
    hours: OpeningHours | None = None,
) -> QueueCounts:
    """How many open cases are in each part of the queue; units, stands_in_for as in QueueFilters, hours as in queue_page."""
    parts: dict[str, ColumnElement[bool]] = {
        "acute": Case.urgency == "acute",
        "overdue": _overdue_now(clock.now(), hours or rules().hours),
        "unread": _is_unread(),
        "new": Case.status == "new",
        "unassigned": _is_unassigned(),
        "mine": Case.contact_person_id.in_((employee_id, *stands_in_for)),
        "my_unit": Case.unit_key.in_([name_key(name) for name in units]),
        "waiting_for_person": Case.status == "waiting_for_person",
        "not_helped": Case.not_helped.is_(True),
        "plan_overdue": _plan_overdue(local_date(clock.now())),
        "help_disputed": Case.help_disputed.is_(True),
    }
    counted = session.execute(
        select(
            func.count().label("all"),
            *(
                func.coalesce(func.sum(case((part, 1), else_=0)), 0).label(name)
                for name, part in parts.items()
            ),
        )
        .select_from(Case)
        .where(Case.municipality == municipality, Case.queue_key < _CLOSED)
    ).one()
    return QueueCounts(
        **{name: int(value) for name, value in counted._mapping.items()},
        **duty_counts(
            session, municipality, employee_id, {"service_silent": silent_case_ids(municipality, clock.now())}
        ),
    )


def queue_stamp(page: QueuePage, counts: QueueCounts) -> str:
    """Changes when a page of the queue would look different: for the question whether anything is new."""
    seen = [
        (
            row.case_id,
            row.version,
            row.unread,
            row.unheard,
            row.ever_read,
            row.overdue,
            row.acute,
            row.child_acute,
            row.looking,
            row.duty,
        )
        for row in page.rows
    ]
    return hashlib.sha256(repr((seen, page.before, page.after, counts)).encode()).hexdigest()[:32]


def news_since(session: Session, municipality: str, since: datetime) -> QueueNews:
    """What has come from people since then: counted by the database, nothing is opened."""
    new = (Case.created_at > since, Case.status != "closed")
    counted = session.execute(
        select(
            func.sum(case((and_(*new), 1), else_=0)),
            func.sum(case((and_(*new, Case.urgency == "acute"), 1), else_=0)),
            func.sum(case((and_(Case.created_at <= since, Case.status != "closed"), 1), else_=0)),
        )
        .select_from(Case)
        .where(Case.municipality == municipality, Case.last_person_at > since)
    ).one()
    new_cases, new_acute, more = (int(count or 0) for count in counted)
    return QueueNews(new_cases=new_cases, new_acute=new_acute, cases_with_more=more)


# Who is looking now.


def look_at_case(session: Session, clock: Clock, case_id: str, employee: EmployeeRef) -> tuple[str, ...]:
    """This employee has the case open for PRESENCE from now. Names of the others who have; commits.

    A case that is gone, or of another municipality, is looked at by nobody.
    """
    now = clock.now()
    owner = session.scalar(select(Case.municipality).where(Case.id == case_id))
    if owner != employee.municipality:
        return ()
    lease = session.get(Presence, (case_id, employee.id))
    if lease is None:
        lease = Presence(case_id=case_id, employee_id=employee.id)
        session.add(lease)
    lease.municipality, lease.employee_name, lease.until = owner, employee.name, now + PRESENCE
    # Leases of closed browsers; nobody needs them any more.
    session.execute(
        delete(Presence).where(Presence.until <= now).execution_options(synchronize_session=False)
    )
    try:
        session.commit()
    except IntegrityError:
        session.rollback()  # the same employee in two windows, or the case was deleted: somebody else's lease holds
    return looking_at(session, clock, case_id, employee)


def leave_case(session: Session, case_id: str, employee: EmployeeRef) -> None:
    """The page of the case was left: the lease ends now; commits. CaseNotFound as when reading it."""
    if session.scalar(select(Case.municipality).where(Case.id == case_id)) != employee.municipality:
        raise CaseNotFound("no such case")
    session.execute(
        delete(Presence)
        .where(Presence.case_id == case_id, Presence.employee_id == employee.id)
        .execution_options(synchronize_session=False)
    )
    session.commit()


def looking_at(session: Session, clock: Clock, case_id: str, employee: EmployeeRef) -> tuple[str, ...]:
    """Names of the colleagues, not of the employee, who have the case open now."""
    return _names(session, employee.municipality, clock.now(), [case_id], employee.id).get(case_id, ())


def _names(
    session: Session, municipality: str, now: datetime, case_ids: Iterable[str], without: str | None
) -> dict[str, tuple[str, ...]]:
    found = session.execute(
        select(Presence.case_id, Presence.employee_name)
        .where(
            Presence.municipality == municipality,
            Presence.case_id.in_(list(case_ids)),
            Presence.until > now,
            Presence.employee_id != (without or ""),
        )
        .order_by(Presence.employee_name)
    )
    names: dict[str, tuple[str, ...]] = {}
    for case_id, name in found:
        names[case_id] = (*names.get(case_id, ()), name)
    return names
