"""Accounts: make, change, close, reset; each change is a line in the log of accounts. Without Flask."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from web.cases.clock import Clock
from web.staff import factors
from web.staff.models import AccountEvent, Employee, Recovery, create_employee, one_time_password
from web.staff.rights import Role

MOST_EVENTS = 200


@dataclass(frozen=True)
class Actor:
    """Who changes an account; id None is the command line."""

    id: str | None
    name: str


@dataclass(frozen=True)
class Wanted:
    """An account as it is to be."""

    username: str
    name: str
    unit: str
    roles: tuple[Role, ...]
    service_id: str | None = None
    sso: bool = False

    def __post_init__(self) -> None:
        """ValueError when a service user has no service, or nobody would have any role."""
        if not self.roles:
            raise ValueError("an account needs at least one role")
        if "service_user" in self.roles and not self.service_id:
            raise ValueError("a service user needs a service")


def everybody(session: Session, municipality: str) -> list[Employee]:
    """All accounts of a municipality, open ones first, by name."""
    return list(
        session.scalars(
            select(Employee)
            .where(Employee.municipality == municipality)
            .order_by(Employee.active.desc(), Employee.name)
        )
    )


def one(session: Session, municipality: str, employee_id: str) -> Employee | None:
    """An account of this municipality; None when there is none."""
    return session.scalar(
        select(Employee).where(Employee.id == employee_id, Employee.municipality == municipality)
    )


def create(
    session: Session, clock: Clock, municipality: str, wanted: Wanted, by: Actor
) -> tuple[Employee, str]:
    """A new account and its one-time password, committed. ValueError when the name is taken or empty."""
    made, password = create_employee(
        session,
        municipality,
        wanted.username,
        wanted.name,
        wanted.unit,
        wanted.roles,
        wanted.service_id if "service_user" in wanted.roles else None,
    )
    made.sso = wanted.sso
    note(session, clock, made, by, "created", roles=made.roles, unit=made.unit, service=made.service_id)
    session.commit()
    return made, password


def change(session: Session, clock: Clock, employee: Employee, wanted: Wanted, by: Actor) -> bool:
    """Give an account these roles, name, unit and service, and commit. False when nothing was different."""
    before = _state(employee)
    employee.name = wanted.name.strip() or employee.name
    employee.unit = wanted.unit.strip()
    employee.service_id = wanted.service_id if "service_user" in wanted.roles else None
    employee.set_roles(wanted.roles)
    if employee.sso_subject is None:
        employee.sso = wanted.sso
    after = _state(employee)
    different = [key for key in after if before[key] != after[key]]
    if not different:
        return False
    if {"roles", "service", "sso"} & set(different):
        # What was opened under the old rights must not stay open.
        employee.end_sessions()
    changed = {key: [before[key], after[key]] for key in different}
    note(session, clock, employee, by, "changed", **changed)
    session.commit()
    return True


def close(session: Session, clock: Clock, employee: Employee, by: Actor) -> None:
    """Shut an employee out, at once, and commit."""
    if employee.active:
        note(session, clock, employee, by, "closed")
    employee.active = False
    employee.end_sessions()
    session.commit()


def reset_password(session: Session, clock: Clock, employee: Employee, by: Actor) -> str:
    """A new one-time password, committed; ends every session and opens a closed account. Second factors stay."""
    password = one_time_password()
    employee.set_password(password, one_time=True)
    note(session, clock, employee, by, "password_reset" if employee.active else "opened")
    employee.active = True
    session.commit()
    return password


# --- Two people open an account whose owner has lost the second factor ----------------------------------------


class TwoPeople(Exception):
    """Who asks, who approves and whose account it is must be three different people."""


def ask_recovery(session: Session, clock: Clock, employee: Employee, by: Employee) -> Recovery:
    """Ask that somebody's second factors be taken away, and commit. TwoPeople for one's own account."""
    if by.id == employee.id:
        raise TwoPeople("nobody recovers their own account")
    waiting = next(
        (
            found
            for found in waiting_recoveries(session, employee.municipality)
            if found.employee_id == employee.id
        ),
        None,
    )
    if waiting is not None:
        return waiting
    made = Recovery(
        municipality=employee.municipality,
        employee_id=employee.id,
        asked_by=by.id,
        asked_by_name=by.name,
        asked_at=clock.now(),
    )
    session.add(made)
    note(session, clock, employee, Actor(by.id, by.name), "recovery_asked")
    session.commit()
    return made


def waiting_recoveries(session: Session, municipality: str) -> list[Recovery]:
    """What waits for a second administrator, oldest first."""
    query = select(Recovery).where(Recovery.municipality == municipality, Recovery.outcome.is_(None))
    return list(session.scalars(query.order_by(Recovery.asked_at)))


def decide_recovery(
    session: Session, clock: Clock, recovery: Recovery, by: Employee, *, approve: bool
) -> str | None:
    """Approve, which takes away every second factor and gives a one-time password, or refuse; committed.

    TwoPeople when the one who asked, or the one whose account it is, would approve. Both may refuse.
    """
    employee = session.get_one(Employee, recovery.employee_id)
    if approve and by.id in (recovery.asked_by, employee.id):
        raise TwoPeople("another administrator must approve")
    if recovery.outcome is not None:
        raise TwoPeople("somebody has decided already")
    actor = Actor(by.id, by.name)
    recovery.outcome = "approved" if approve else "refused"
    recovery.decided_by_name, recovery.decided_at = by.name, clock.now()
    note(session, clock, employee, actor, f"recovery_{recovery.outcome}", asked_by=recovery.asked_by_name)
    password = None
    if approve:
        factors.forget_all(session, employee)
        password = one_time_password()
        employee.set_password(password, one_time=True)
    session.commit()
    return password


# --- The log --------------------------------------------------------------------------------------------------


def events(session: Session, municipality: str, employee_id: str | None = None) -> list[AccountEvent]:
    """The log of accounts of a municipality, or of one account: newest first, at most MOST_EVENTS."""
    query = select(AccountEvent).where(AccountEvent.municipality == municipality)
    if employee_id is not None:
        query = query.where(AccountEvent.employee_id == employee_id)
    return list(session.scalars(query.order_by(AccountEvent.id.desc()).limit(MOST_EVENTS)))


def note(
    session: Session, clock: Clock, employee: Employee, by: Actor, action: str, **detail: Any
) -> AccountEvent:
    """A line in the log of accounts; the caller commits it with what it tells of."""
    event = AccountEvent(
        municipality=employee.municipality,
        at=clock.now(),
        actor_id=by.id,
        actor_name=by.name,
        employee_id=employee.id,
        employee_name=employee.name,
        action=action,
        detail=json.dumps(detail, ensure_ascii=False, sort_keys=True),
    )
    session.add(event)
    return event


def _state(employee: Employee) -> dict[str, Any]:
    return {
        "name": employee.name,
        "unit": employee.unit,
        "roles": list(employee.roles),
        "service": employee.service_id,
        "sso": employee.sso,
    }
