"""The core: every change to a case, each in one transaction that it commits itself."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.orm import Session

from web.cases.clock import Clock
from web.cases.types import (
    Author,
    CaseView,
    EmployeeRef,
    NewCase,
    Outcome,
    QueueFilters,
    QueueRow,
    Receipt,
    Status,
    UnderstandingData,
    Urgency,
)
from web.security.vault import Vault


def send_case(session: Session, vault: Vault, clock: Clock, new: NewCase) -> Receipt:
    """Write everything sent in one transaction and return the receipt; twice the same key gives one case."""
    raise NotImplementedError


def open_with_code(session: Session, vault: Vault, clock: Clock, code: str) -> CaseView | None:
    """The case of this return code, or None. Logs the opening and marks the employees' messages as read."""
    raise NotImplementedError


def view_for_person(session: Session, vault: Vault, clock: Clock, case_id: str) -> CaseView | None:
    """The case again for someone who opened it with the code in this session; None when it is deleted."""
    raise NotImplementedError


def read_case(session: Session, vault: Vault, clock: Clock, case_id: str, employee: EmployeeRef) -> CaseView:
    """The case for an employee of its municipality (else CaseNotFound). Logs who read it, and when."""
    raise NotImplementedError


def queue(
    session: Session, vault: Vault, clock: Clock, municipality: str, filters: QueueFilters | None = None
) -> list[QueueRow]:
    """The municipality's cases: acute first, then the longest waiting, then those that wait for the person."""
    raise NotImplementedError


def add_statement(
    session: Session,
    vault: Vault,
    clock: Clock,
    case_id: str,
    author: Author,
    text: str,
    understanding: UnderstandingData | None = None,
) -> CaseView:
    """The person adds words; nothing earlier is changed. Acute kinds in the understanding make the case acute."""
    raise NotImplementedError


def write_message(
    session: Session, vault: Vault, clock: Clock, case_id: str, text: str, by: EmployeeRef | None = None
) -> CaseView:
    """A message in the case: from the person (by=None) or from an employee."""
    raise NotImplementedError


def give_consent(session: Session, vault: Vault, clock: Clock, case_id: str, service_id: str) -> CaseView:
    """The person lets a service read the case."""
    raise NotImplementedError


def withdraw_consent(session: Session, vault: Vault, clock: Clock, case_id: str, service_id: str) -> CaseView:
    """The person takes a consent back."""
    raise NotImplementedError


def delete_case(session: Session, vault: Vault, clock: Clock, case_id: str) -> None:
    """Delete every row and the key. One log line without content survives: when, which municipality."""
    raise NotImplementedError


def confirm_needs(
    session: Session,
    vault: Vault,
    clock: Clock,
    case_id: str,
    employee: EmployeeRef,
    needs: Iterable[str],
    expected_version: int | None = None,
) -> CaseView:
    """The employee's word on which needs there are; the person's and the assistant's stay beside it."""
    raise NotImplementedError


def name_contact(
    session: Session,
    vault: Vault,
    clock: Clock,
    case_id: str,
    employee: EmployeeRef,
    person_id: str,
    person_name: str,
    unit: str | None = None,
    expected_version: int | None = None,
) -> CaseView:
    """Name the person who takes responsibility. A new case becomes in progress by it."""
    raise NotImplementedError


def set_status(
    session: Session,
    vault: Vault,
    clock: Clock,
    case_id: str,
    employee: EmployeeRef,
    status: Status,
    outcome: Outcome | None = None,
    expected_version: int | None = None,
) -> CaseView:
    """Set the status. Closing needs an outcome; nothing else may have one."""
    raise NotImplementedError


def set_urgency(
    session: Session,
    vault: Vault,
    clock: Clock,
    case_id: str,
    employee: EmployeeRef,
    urgency: Urgency,
    expected_version: int | None = None,
) -> CaseView:
    """A person decides how urgent it is; the kinds that the detector saw stay visible."""
    raise NotImplementedError
