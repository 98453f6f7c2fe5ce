"""Accounts: make, change, close, reset; each change is a line in the log of accounts. Without Flask."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from web.cases.clock import Clock
from web.staff.models import AccountEvent, Employee, create_employee, one_time_password
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
    after = _state(employee)
    different = [key for key in after if before[key] != after[key]]
    if not different:
        return False
    if "roles" in different or "service" in different:
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
    }
