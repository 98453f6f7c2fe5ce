"""Who is away, from when until when, and who answers meanwhile. It ends by itself; nothing says why somebody is away."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from web.cases.clock import Clock
from web.cases.deadlines import local_date
from web.cases.duty_tables import Absence
from web.cases.rows import new_id
from web.cases.types import CaseError, EmployeeRef

LONGEST = timedelta(days=400)
Refusal = Literal["order", "past", "long", "self", "overlap"]
Trouble = Literal["chain", "nobody"]


class AbsenceRefused(CaseError):
    """The absence makes no sense as it is; `why` says what."""

    def __init__(self, why: Refusal) -> None:
        super().__init__(why)
        self.why: Refusal = why


class AbsenceGone(CaseError):
    """There is no such absence here, or it has ended."""


@dataclass(frozen=True)
class Away:
    """An employee who is away now, and who answers for them."""

    employee_id: str
    employee_name: str
    until: date
    """The last day of the absence."""
    answers_id: str | None
    """None: everybody in the chain of stand-ins is away; then the front desk answers."""
    answers_name: str | None


@dataclass(frozen=True)
class Uncovered:
    """An absence whose stand-in is away too, for the leader."""

    absence: Absence
    trouble: Trouble
    """chain: another than the stand-in answers. nobody: the front desk has to."""
    on: date
    """The first day on which it is so."""
    answers_name: str | None


def record_absence(
    session: Session,
    clock: Clock,
    employee: EmployeeRef,
    stand_in: EmployeeRef,
    first_day: date,
    last_day: date,
    by: EmployeeRef,
) -> Absence:
    """Write down that an employee is away on these days, both included; commits. AbsenceRefused when it makes no sense.

    The stand-in may be away too on some of the days: then the chain is followed, and the leader is told.
    """
    today = local_date(clock.now())
    if last_day < first_day:
        raise AbsenceRefused("order")
    if last_day < today:
        raise AbsenceRefused("past")
    if last_day - first_day > LONGEST or first_day - today > LONGEST:
        raise AbsenceRefused("long")
    if stand_in.id == employee.id or stand_in.municipality != employee.municipality:
        raise AbsenceRefused("self")
    if any(
        one.employee_id == employee.id and one.first_day <= last_day and first_day <= one.last_day
        for one in coming(session, employee.municipality, today)
    ):
        raise AbsenceRefused("overlap")
    row = Absence(
        id=new_id(),
        municipality=employee.municipality,
        employee_id=employee.id,
        employee_name=employee.name,
        stand_in_id=stand_in.id,
        stand_in_name=stand_in.name,
        first_day=first_day,
        last_day=last_day,
        by_id=by.id,
        by_name=by.name,
        made_at=clock.now(),
    )
    session.add(row)
    session.commit()
    return row


def end_absence(session: Session, clock: Clock, municipality: str, absence_id: str) -> Absence:
    """The employee is back before the last day, or stays after all; commits. Else AbsenceGone."""
    row = session.get(Absence, absence_id, populate_existing=True)
    today = local_date(clock.now())
    if row is None or row.municipality != municipality or row.ended_at is not None or row.last_day < today:
        raise AbsenceGone("there is no such absence now")
    row.ended_at = clock.now()
    session.commit()
    return row


def coming(session: Session, municipality: str, today: date) -> list[Absence]:
    """The absences of a municipality that are now or later, in the order of their days."""
    return list(
        session.scalars(
            select(Absence)
            .where(
                Absence.municipality == municipality, Absence.last_day >= today, Absence.ended_at.is_(None)
            )
            .order_by(Absence.first_day, Absence.employee_name)
        )
    )


def away_on(absences: Collection[Absence], day: date) -> dict[str, Absence]:
    """Who is away on this day: at most one absence for each, because they do not overlap."""
    return {one.employee_id: one for one in absences if one.first_day <= day <= one.last_day}


def away_now(session: Session, clock: Clock, municipality: str) -> dict[str, Away]:
    """By id: who is away today and who answers for them."""
    today = local_date(clock.now())
    absent = away_on(coming(session, municipality, today), today)
    return {employee_id: _away(absent, employee_id) for employee_id in absent}


def stood_in_for(session: Session, clock: Clock, municipality: str, employee_id: str) -> tuple[str, ...]:
    """Whose cases this employee has today beside their own."""
    found = away_now(session, clock, municipality)
    return tuple(sorted(one.employee_id for one in found.values() if one.answers_id == employee_id))


def _away(absent: Mapping[str, Absence], employee_id: str) -> Away:
    """Follow the stand-ins until one is here; a circle of people who are away ends with nobody."""
    own = absent[employee_id]
    seen, here = {employee_id}, own
    while here.stand_in_id in absent and here.stand_in_id not in seen:
        seen.add(here.stand_in_id)
        here = absent[here.stand_in_id]
    found = here.stand_in_id not in absent
    return Away(
        employee_id,
        own.employee_name,
        own.last_day,
        here.stand_in_id if found else None,
        here.stand_in_name if found else None,
    )


def uncovered(session: Session, clock: Clock, municipality: str) -> list[Uncovered]:
    """Absences on whose days the stand-in is away too, now or later: the leader must know before it happens."""
    today = local_date(clock.now())
    absences = coming(session, municipality, today)
    found = []
    for one in absences:
        days = [
            max(one.first_day, other.first_day, today)
            for other in absences
            if other.employee_id == one.stand_in_id
            and other.first_day <= one.last_day
            and one.first_day <= other.last_day
        ]
        if not days:
            continue
        on = min(days)
        away = _away(away_on(absences, on), one.employee_id)
        found.append(Uncovered(one, "chain" if away.answers_id else "nobody", on, away.answers_name))
    return found


def of_employee(session: Session, municipality: str, employee_id: str, today: date) -> list[Absence]:
    """The absences, now or later, of an employee, and those they are asked to stand in for."""
    return list(
        session.scalars(
            select(Absence)
            .where(
                Absence.municipality == municipality,
                Absence.last_day >= today,
                Absence.ended_at.is_(None),
                or_(Absence.employee_id == employee_id, Absence.stand_in_id == employee_id),
            )
            .order_by(Absence.first_day)
        )
    )
