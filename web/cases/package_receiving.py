"""Hand-over packages as the service they were made for sees them: fetched and confirmed by its own people.

A service sees the packages that were made for it as long as it may still be given what is in them. Every function takes
(session, vault, clock) first; that a package was fetched stands in the log.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from web.cases.changing import apply_change
from web.cases.clock import Clock
from web.cases.models import Case
from web.cases.package import (
    PackageGone,
    PackageView,
    confirm_received,
    grants,
    log_package,
    package_row,
    package_zip,
    packages_of,
)
from web.cases.rows import box_of
from web.cases.sharing import Services, rows_of
from web.cases.types import CaseNotFound, EmployeeRef
from web.cases.views import case_view
from web.security.vault import CaseVault, Vault


def packages_for(
    session: Session, vault: Vault, clock: Clock, case_id: str, employee: EmployeeRef, services: Services
) -> tuple[PackageView, ...]:
    """The packages that were made for the employee's service, newest first.

    CaseNotFound when nothing of the case is shared with it now.
    """
    case = session.get(Case, case_id)
    if case is None or case.municipality != employee.municipality:
        raise CaseNotFound("no such case")
    box = box_of(vault, case)
    rows_of(case, box, services)
    ids = {services} if isinstance(services, str) else set(services)
    allowed = grants(case_view(session, case, box, clock.now()))
    return tuple(
        one
        for one in packages_of(session, vault, case_id, municipality=employee.municipality)
        if one.kept
        and one.service_id in ids
        and one.service_id in allowed
        and set(one.parts) <= set(allowed[one.service_id].parts)
    )


def _own(
    session: Session,
    vault: Vault,
    clock: Clock,
    case_id: str,
    package_id: str,
    employee: EmployeeRef,
    services: Services,
) -> PackageView:
    found = packages_for(session, vault, clock, case_id, employee, services)
    one = next((one for one in found if one.id == package_id), None)
    if one is None:
        raise PackageGone("no such package")
    return one


def fetch_for_service(
    session: Session,
    vault: Vault,
    clock: Clock,
    case_id: str,
    package_id: str,
    employee: EmployeeRef,
    services: Services,
) -> bytes:
    """The package as a zip, and a line in the log that the service has fetched it. Raises CaseNotFound and PackageGone."""
    _own(session, vault, clock, case_id, package_id, employee, services)
    content = package_zip(session, vault, case_id, package_id, municipality=employee.municipality)

    def fetched(case: Case, box: CaseVault, now: datetime) -> None:
        row = package_row(session, case.id, package_id)
        log_package(session, case, box, now, "package_fetched", employee, row)

    apply_change(session, vault, clock, case_id, fetched, municipality=employee.municipality, reading=True)
    return content


def confirm_for_service(
    session: Session,
    vault: Vault,
    clock: Clock,
    case_id: str,
    package_id: str,
    employee: EmployeeRef,
    services: Services,
) -> None:
    """Somebody in the service says that the package has come. The first confirmation stands."""
    one = _own(session, vault, clock, case_id, package_id, employee, services)
    confirm_received(session, vault, clock, case_id, one.id, employee, one.code, employee.name, "portal")
