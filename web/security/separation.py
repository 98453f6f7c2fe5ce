"""What a staff request may see of the database, in every query and not only where somebody remembered it.

While an employee's request is served, each ORM query for a table that has a `municipality` is given
`municipality = …` by the session itself, and each query for cases also `visible_cases(employee)`. A view that forgets
its own filter then finds nothing of others. The views' own filters stay: this is the second lock, not the first.

Not covered, and therefore not used in web/staff: SQL text, and statements that name no ORM class.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from flask import Flask, g, has_request_context
from sqlalchemy import ColumnElement, and_, event, false, or_, select, true
from sqlalchemy.orm import ORMExecuteState, with_loader_criteria

from web import current
from web.cases.absences import stood_in_for
from web.cases.glass import live_glass
from web.cases.models import Case
from web.cases.receiving import marks_of_service
from web.cases.responsibility import offered_to
from web.cases.sharing_models import Share
from web.db import Base, db
from web.staff.rights import NEEDS_THE_CASE, Right

if TYPE_CHECKING:
    from web.staff.models import Employee

_OPTIONS = "portal_separation"


def visible_cases(employee: Employee, right: Right | None = None) -> ColumnElement[bool]:
    """Which cases of the municipality this employee sees, as a condition on Case.

    all: every one. own: those they are the contact person of, also in the place of a colleague who is away; and only to
    read and to note, those that are offered to them, so that they can decide, and those whose glass they have broken.
    shared: `shared_cases(employee)`.

    right: what the page is for. What is shared with one's service is seen on the service's own pages and on no others,
    and these show nothing else: who has a role in both must not read a whole case because a part of it was shared.
    """
    scopes = employee.scopes
    if right == "service_part":
        scopes &= {"shared"}
    elif right is not None:
        scopes -= {"shared"}
    if "all" in scopes:
        return true()
    parts: list[ColumnElement[bool]] = []
    if "own" in scopes:
        parts.append(Case.contact_person_id.in_((employee.id, *_stood_in_for(employee))))
        if right not in NEEDS_THE_CASE:
            parts.append(offered_to(employee.id))
            if employee.may("break_glass"):
                parts.append(live_glass(employee.id, current.clock().now()))
    if "shared" in scopes:
        parts.append(shared_cases(employee))
    return or_(*parts) if parts else false()


def only_reads(employee: Employee, case_id: str) -> bool:
    """Whether a case that the employee sees is not theirs to work in: it is offered to them, or its glass is broken."""
    mine = select(Case.id).where(Case.id == case_id, visible_cases(employee, "work_case"))
    return db().scalar(mine) is None


def _stood_in_for(employee: Employee) -> tuple[str, ...]:
    """Colleagues who are away today and whose cases this employee has meanwhile."""
    return stood_in_for(db(), current.clock(), employee.municipality, employee.id)


def shared_cases(employee: Employee) -> ColumnElement[bool]:
    """Which cases are shared with the employee's service now, found by the keyed marks of their shares."""
    if not employee.service_id:
        return false()
    entry = current.catalog().service(employee.service_id)
    services = {employee.service_id, *((entry.id, *entry.alternate_ids) if entry else ())}
    marks = marks_of_service(db(), current.vault(), current.clock(), employee.municipality, services)
    return Case.id.in_(select(Share.case_id).where(Share.mark.in_(marks), Share.ended_at.is_(None)))


def confine(employee: Employee, right: Right | None = None) -> None:
    """From here to the end of the request, the session shows only what this employee may see."""
    release()
    options = _own_municipality(employee.municipality)
    ordinary = and_(visible_cases(employee, right), Case.blocked_at.is_(None))
    options.append(with_loader_criteria(Case, ordinary, include_aliases=True))
    setattr(g, _OPTIONS, options)


def _own_municipality(municipality: str) -> list[Any]:
    return [
        with_loader_criteria(entity, entity.municipality == municipality, include_aliases=True)
        for entity in _separated()
    ]


@contextmanager
def every_case(employee: Employee) -> Iterator[None]:
    """Meanwhile the session shows every case of the employee's municipality; of others still nothing.

    For three things only: finding the case whose glass is broken, the reference numbers of the log of openings, and the list
    of what persons are not told, for who watches over privacy.
    """
    before = g.get(_OPTIONS)
    setattr(g, _OPTIONS, _own_municipality(employee.municipality))
    try:
        yield
    finally:
        setattr(g, _OPTIONS, before)


@contextmanager
def for_keeping(employee: Employee) -> Iterator[None]:
    """In here, who decides on deletion and archive acts on every case of the municipality, blocked ones too.

    For changes that show none of what was told: the pages of web.staff.keeping.
    """
    if not employee.may("retention"):
        raise PermissionError("only who decides on deletion acts on cases unseen")
    kept = g.get(_OPTIONS)
    setattr(g, _OPTIONS, _own_municipality(employee.municipality))
    try:
        yield
    finally:
        setattr(g, _OPTIONS, kept)


@contextmanager
def closed_cases(employee: Employee, right: Right) -> Iterator[None]:
    """Meanwhile the session shows the cases that a wish to delete has closed to this employee, and no others.

    For one thing only: to say so to who had the case, instead of that there is none. What `right` opens is as ever.
    """
    kept = g.get(_OPTIONS)
    closed = and_(visible_cases(employee, right), Case.blocked_at.is_not(None))
    only = with_loader_criteria(Case, closed, include_aliases=True)
    setattr(g, _OPTIONS, [*_own_municipality(employee.municipality), only])
    try:
        yield
    finally:
        setattr(g, _OPTIONS, kept)


def release() -> None:
    """The employee has logged out: the rest of the request is nobody's."""
    g.pop(_OPTIONS, None)


def _separated() -> list[Any]:
    """Every table whose rows belong to a municipality."""
    classes = (mapper.class_ for mapper in Base.registry.mappers)
    return sorted(
        (c for c in classes if "municipality" in c.__table__.columns), key=lambda c: str(c.__name__)
    )


def _narrow(state: ORMExecuteState) -> None:
    if not has_request_context() or state.is_column_load or state.is_relationship_load:
        return
    options = g.get(_OPTIONS)
    if options and (state.is_select or state.is_update or state.is_delete):
        state.statement = state.statement.options(*options)


def init_separation(app: Flask) -> None:
    """Have every session of the app ask `_narrow` before each ORM statement."""
    event.listen(app.extensions["portal-sessions"], "do_orm_execute", _narrow)
