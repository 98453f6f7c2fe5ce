"""/staff/delt/…/pakker: the hand-over packages that were made for the employee's own service."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from web.cases.package import PackageGone
from web.cases.package_receiving import confirm_for_service, fetch_for_service, packages_for
from web.cases.receiving import SharedCase
from web.cases.types import CaseNotFound
from web.security.access import access
from web.staff.case_frame import core, service_name
from web.staff.forms import TokenForm
from web.staff.package import download
from web.staff.package_files import PART_TEXT
from web.staff.package_forms import HOW_TEXT
from web.staff.pages import me, render
from web.staff.shared import my_services, not_shared, open_part

blueprint = Blueprint("staff_shared_packages", __name__, url_prefix="/staff/delt/<case_id>/pakker")


def _page(part: SharedCase, status: int = 200) -> ResponseReturnValue:
    return render(
        "shared_packages",
        status=status,
        case=part,
        packages=packages_for(*core(), part.case_id, me().ref(), my_services()),
        service=service_name(part.shares[0].service_id),
        part_text=PART_TEXT,
        how_text=HOW_TEXT,
    )


@blueprint.get("")
@access("staff", right="service_part")
def overview(case_id: str) -> ResponseReturnValue:
    """What was handed over to the service: its check number, its files, and whether it is confirmed."""
    try:
        return _page(open_part(case_id))
    except CaseNotFound:
        return not_shared()


@blueprint.get("/<package_id>.zip")
@access("staff", right="service_part")
def fetch(case_id: str, package_id: str) -> ResponseReturnValue:
    """The package, byte for byte as it was made. That it was fetched stands in the log with the name."""
    try:
        part = open_part(case_id)
        content = fetch_for_service(*core(), case_id, package_id, me().ref(), my_services())
    except (CaseNotFound, PackageGone):
        return not_shared()
    return download(content, f"brev-{part.reference}.zip", "application/zip")


@blueprint.post("/<package_id>/mottatt")
@access("staff", right="service_part")
def received(case_id: str, package_id: str) -> ResponseReturnValue:
    """The service has it, and the check number is the same."""
    try:
        if not TokenForm().validate_on_submit():
            return _page(open_part(case_id), 400)
        confirm_for_service(*core(), case_id, package_id, me().ref(), my_services())
    except (CaseNotFound, PackageGone):
        return not_shared()
    return redirect(url_for("staff_shared_packages.overview", case_id=case_id, gjort="received"), code=303)
