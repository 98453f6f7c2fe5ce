"""Employees of the front desk and how they prove who they are."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from uuid import uuid4

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import ForeignKey, String, Text, UniqueConstraint, false, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from web.cases.clock import Clock
from web.cases.types import EmployeeRef
from web.db import Base, UTCDateTime
from web.staff.rights import DEFAULT_ROLES, Right, Role, Scope, checked_roles, rights_of, scopes_of

LEAST_PASSWORD = 12
MOST_PASSWORD = 200

# argon2id with the library's own parameters (RFC 9106, low memory): 64 MiB, three passes.
_HASHER = PasswordHasher()


class PasswordRefused(Exception):
    """The new password breaks a rule: too short, too long, or the one from before."""


class Employee(Base):
    """Someone at the front desk."""

    __tablename__ = "employees"
    __table_args__ = (
        UniqueConstraint("municipality", "username"),
        UniqueConstraint("municipality", "sso_subject"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=lambda: str(uuid4()))
    municipality: Mapped[str] = mapped_column(String(80))
    username: Mapped[str] = mapped_column(String(80))
    name: Mapped[str] = mapped_column(String(120))
    unit: Mapped[str] = mapped_column(String(200))
    password_hash: Mapped[str] = mapped_column(String(200))
    must_change_password: Mapped[bool] = mapped_column(default=True)
    failed_logins: Mapped[int] = mapped_column(default=0)
    """Failed logins in a row; after a good login still how many came before it, until the next one."""
    last_failed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    last_login_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    active: Mapped[bool] = mapped_column(default=True)
    session_epoch: Mapped[int] = mapped_column(default=0)
    """Raised when the password changes or the employee logs out or is shut out: every older session ends."""

    email: Mapped[str | None] = mapped_column(String(200))
    """Where neutral notices go («a case waits»), when the employee wants them."""
    service_id: Mapped[str | None] = mapped_column(String(80))
    """The service in the catalog that a service user answers for."""
    totp_secret: Mapped[str | None] = mapped_column(Text)
    """What the employee's app shares with the portal, sealed; None: no app. web.staff.factors reads it."""
    totp_pending: Mapped[str | None] = mapped_column(Text)
    """The same, before the first right code."""
    totp_last_step: Mapped[int | None]
    """The step of the last code that was used: each counts once."""
    sso: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Logs in with single sign-on and has no password here."""
    sso_subject: Mapped[str | None] = mapped_column(String(400))
    """Issuer and subject, once the employee has come through single sign-on."""
    role_rows: Mapped[list[EmployeeRole]] = relationship(cascade="all, delete-orphan", lazy="selectin")

    @property
    def roles(self) -> tuple[Role, ...]:
        """The employee's roles, in the order of the table of rights."""
        return checked_roles(row.role for row in self.role_rows)

    def set_roles(self, roles: Iterable[str]) -> None:
        """Give exactly these roles. ValueError for a name that is no role."""
        wanted = checked_roles(roles)
        kept = [row for row in self.role_rows if row.role in wanted]
        missing = [role for role in wanted if role not in {row.role for row in kept}]
        self.role_rows = [*kept, *(EmployeeRole(role=role) for role in missing)]

    @property
    def rights(self) -> frozenset[Right]:
        """Everything the employee may do."""
        return rights_of(self.roles)

    def may(self, right: Right) -> bool:
        """Whether one of the roles gives this right."""
        return right in self.rights

    @property
    def scopes(self) -> frozenset[Scope]:
        """Which cases the employee sees; web.security.separation makes a condition of it."""
        return scopes_of(self.roles)

    def ref(self) -> EmployeeRef:
        """For the core."""
        return EmployeeRef(self.id, self.name, self.municipality, self.unit)

    def set_password(self, password: str, *, one_time: bool = False) -> None:
        """Hash and keep a new password; every open session ends.

        PasswordRefused when it breaks a rule.
        """
        if not LEAST_PASSWORD <= len(password) <= MOST_PASSWORD:
            raise PasswordRefused(f"a password has {LEAST_PASSWORD} to {MOST_PASSWORD} characters")
        if self.password_hash and self.check_password(password):
            raise PasswordRefused("the new password is the old one")
        self.password_hash = _HASHER.hash(password)
        self.must_change_password = one_time
        self.failed_logins = 0
        self.end_sessions()

    def check_password(self, password: str) -> bool:
        """Whether this is the password."""
        try:
            return len(password) <= MOST_PASSWORD and _HASHER.verify(self.password_hash, password)
        except (VerificationError, InvalidHashError):
            return False

    def end_sessions(self) -> None:
        """End every session of this employee."""
        self.session_epoch = (self.session_epoch or 0) + 1


class EmployeeRole(Base):
    """One role of an employee."""

    __tablename__ = "employee_roles"

    employee_id: Mapped[str] = mapped_column(ForeignKey("employees.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[str] = mapped_column(String(20), primary_key=True)


class EmployeeSession(Base):
    """One browser in which an employee is logged in."""

    __tablename__ = "employee_sessions"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=lambda: str(uuid4()))
    employee_id: Mapped[str] = mapped_column(ForeignKey("employees.id", ondelete="CASCADE"), index=True)
    epoch: Mapped[int]
    began_at: Mapped[datetime] = mapped_column(UTCDateTime)
    seen_at: Mapped[datetime] = mapped_column(UTCDateTime)
    """Roughly: the cookie has the exact time, this is for the list."""
    confirmed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    """When the employee last proved who they are."""
    device: Mapped[str] = mapped_column(String(60))
    """Browser and system in two words, such as «Firefox, Windows»; not what the browser says of itself in full."""
    factor: Mapped[str] = mapped_column(String(10))
    """password, totp, recovery, passkey or sso."""


class Recovery(Base):
    """A wish to take away somebody's second factors; two administrators are needed."""

    __tablename__ = "account_recoveries"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=lambda: str(uuid4()))
    municipality: Mapped[str] = mapped_column(String(80), index=True)
    employee_id: Mapped[str] = mapped_column(ForeignKey("employees.id", ondelete="CASCADE"), index=True)
    asked_by: Mapped[str] = mapped_column(String(36))
    asked_by_name: Mapped[str] = mapped_column(String(120))
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    decided_by_name: Mapped[str | None] = mapped_column(String(120))
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    outcome: Mapped[str | None] = mapped_column(String(10))
    """approved, refused; None: waits."""


class AccountEvent(Base):
    """Who changed which account, when. Rows are added, never changed; they outlive the account."""

    __tablename__ = "account_events"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    municipality: Mapped[str] = mapped_column(String(80), index=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    actor_id: Mapped[str | None] = mapped_column(String(36))
    """None: the command line, whose user has the machine."""
    actor_name: Mapped[str] = mapped_column(String(120))
    employee_id: Mapped[str] = mapped_column(String(36), index=True)
    employee_name: Mapped[str] = mapped_column(String(120))
    action: Mapped[str] = mapped_column(String(30))
    detail: Mapped[str] = mapped_column(Text)
    """JSON with what was before and after; nothing about citizens."""


class SavedFilter(Base):
    """A search of the queue that an employee wants to have again: a name and what the address carries."""

    __tablename__ = "saved_filters"
    __table_args__ = (UniqueConstraint("employee_id", "name"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=lambda: str(uuid4()))
    employee_id: Mapped[str] = mapped_column(ForeignKey("employees.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(60))
    parameters: Mapped[str] = mapped_column(Text)
    """As in the address: vis=mine&tjeneste=…"""


@lru_cache(maxsize=1)
def _nobodys_hash() -> str:
    return _HASHER.hash(secrets.token_urlsafe(16))


def authenticate(
    session: Session, clock: Clock, municipality: str, username: str, password: str
) -> Employee | None:
    """The employee, or None; counts a failure, and commits.

    An unknown name takes as long as a wrong password.
    """
    employee = session.scalar(
        select(Employee).where(
            Employee.municipality == municipality, Employee.username == normalise_username(username)
        )
    )
    if employee is None:
        with suppress(VerificationError):
            _HASHER.verify(_nobodys_hash(), password[:MOST_PASSWORD])
        return None
    # Who logs in with single sign-on has no password, also when there is an old hash.
    correct = employee.check_password(password) and not employee.sso
    if not (correct and employee.active):
        login, failure = employee.last_login_at, employee.last_failed_at
        if login is not None and (failure is None or failure <= login):
            employee.failed_logins = 0
        employee.failed_logins += 1
        employee.last_failed_at = clock.now()
        session.commit()
        return None
    if _HASHER.check_needs_rehash(employee.password_hash):
        employee.password_hash = _HASHER.hash(password)
    employee.last_login_at = clock.now()
    session.commit()
    return employee


def normalise_username(username: str) -> str:
    """Small letters, no space around."""
    return username.strip().lower()[:80]


def create_employee(
    session: Session,
    municipality: str,
    username: str,
    name: str,
    unit: str,
    roles: Iterable[str] = DEFAULT_ROLES,
    service_id: str | None = None,
) -> tuple[Employee, str]:
    """A new employee and the one-time password to hand over, committed.

    ValueError when the name is taken or empty, or a role is none.
    """
    username = normalise_username(username)
    if not username or not name.strip() or " " in username:
        raise ValueError("an employee needs a username without spaces and a name")
    taken = select(Employee.id).where(Employee.municipality == municipality, Employee.username == username)
    if session.scalar(taken) is not None:
        raise ValueError(f"there is an employee {username} already")
    employee = Employee(
        municipality=municipality,
        username=username,
        name=name.strip(),
        unit=unit.strip(),
        service_id=service_id,
        password_hash="",
    )
    employee.set_roles(roles)
    password = one_time_password()
    employee.set_password(password, one_time=True)
    session.add(employee)
    session.commit()
    return employee, password


def one_time_password() -> str:
    """Readable aloud: four groups of four, 80 bits, without letters that look like figures."""
    alphabet = "23456789abcdefghjkmnpqrstvwxyzACDEFGHJ"
    return "-".join("".join(secrets.choice(alphabet) for _ in range(4)) for _ in range(4))
