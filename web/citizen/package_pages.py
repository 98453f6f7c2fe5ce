"""What left a case by an employee's hand, as the person sees it: hand-over packages to fetch, and the no to training."""

from __future__ import annotations

from typing import Literal

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from web import current
from web.cases import learning
from web.cases.package import PackageGone, package_zip
from web.cases.types import CaseError, CaseNotFound
from web.citizen.forms import EmptyForm
from web.citizen.pages import blueprint
from web.db import db
from web.security import sessions
from web.security.access import access


def training_state(case_id: str) -> Literal["", "open", "refused"]:
    """Whether the machine may learn from the words of this case; empty where the municipality has not opened for it."""
    if current.catalog().municipality.training is None:
        return ""
    try:
        return "refused" if learning.is_refused(db(), current.vault(), case_id) else "open"
    except CaseNotFound:
        return ""


@blueprint.get("/sak/pakke/<package_id>")
@access("code")
def case_package(package_id: str) -> ResponseReturnValue:
    """What was sent to a service, byte for byte."""
    case_id = sessions.open_case_id()
    try:
        content = package_zip(db(), current.vault(), case_id or "", package_id, person=True)
    except (CaseNotFound, PackageGone):
        return redirect(url_for("citizen.case"), code=303)
    return Response(
        content,
        mimetype="application/zip",
        headers={"Content-Disposition": 'attachment; filename="brev.zip"', "Cache-Control": "no-store"},
    )


@blueprint.post("/sak/laering")
@access("code")
def case_training() -> ResponseReturnValue:
    """The machine must not learn from these words, or may after all."""
    case_id, no = sessions.open_case_id(), request.form.get("training") == "no"
    if case_id is None or not EmptyForm().validate_on_submit() or not training_state(case_id):
        return redirect(url_for("citizen.case"), code=303)
    try:
        learning.set_refused(db(), current.vault(), current.clock(), case_id, no)
    except CaseError:
        return redirect(url_for("citizen.case"), code=303)
    done = "training-no" if no else "training-yes"
    return redirect(url_for("citizen.case", gjort=done, _anchor="done"), code=303)
