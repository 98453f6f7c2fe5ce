"""/staff/oppbevaring/arkiv: closed cases as a package for the archive, and the archive's receipts.

Who sees what is kept also sees this page; the package itself is for who may read cases.
"""

from __future__ import annotations

import tempfile
from typing import Any

from flask import Blueprint, Response, request, send_file
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import func, select

from web import current
from web.cases import archive, noark
from web.cases.keeping_tables import ArchivedCase, ArchiveExport
from web.cases.types import CaseChanged, CaseNotFound, EmployeeRef, LogLine
from web.db import db
from web.i18n import log_text
from web.security.access import access
from web.security.separation import for_keeping
from web.staff.case_frame import service_name
from web.staff.keeping import back_to, line_of, rules, show
from web.staff.keeping_forms import ReceiptForm
from web.staff.pages import me

blueprint = Blueprint(
    "staff_archive", __name__, url_prefix="/staff/oppbevaring/arkiv", template_folder="templates"
)
_MOST_PACKAGES = 50


def _page(
    status: int = 200, problem: str = "", receipt: ReceiptForm | None = None, receipt_for: str = ""
) -> Response:
    with for_keeping(me()):
        lines = [line_of(case) for case in archive.ready(db(), me().municipality, rules())]
        packages = db().scalars(
            select(ArchiveExport)
            .where(ArchiveExport.municipality == me().municipality)
            .order_by(ArchiveExport.made_at.desc())
            .limit(_MOST_PACKAGES)
        )
        found = packages.all()
        counted = db().execute(
            select(ArchivedCase.export_id, func.count())
            .where(ArchivedCase.export_id.in_([one.id for one in found]))
            .group_by(ArchivedCase.export_id)
        )
        held: dict[str, int] = {row[0]: row[1] for row in counted}
    forms: dict[str, Any] = {
        one.id: receipt if receipt is not None and one.id == receipt_for else ReceiptForm(formdata=None)
        for one in found
        if one.confirmed_at is None
    }
    return show(
        "archive",
        status=status,
        lines=lines,
        packages=found,
        held=held,
        forms=forms,
        problem=problem,
        receipt_for=receipt_for,
        most=archive.MOST_CASES,
    )


@blueprint.get("/")
@access("staff", right="retention")
def overview() -> ResponseReturnValue:
    """What waits to be taken out, and what the archive has."""
    return _page()


@blueprint.post("/")
@access("staff", right="retention")
def take_out() -> ResponseReturnValue:
    """The chosen cases as a package, to be saved."""
    if not me().may("read_case"):
        return _page(422, _("The package holds what people have told. Ask a leader to take it out."))
    chosen = request.form.getlist("case")
    if not chosen:
        return _page(422, _("Choose at least one case."))
    employee: EmployeeRef = me().ref()
    written = current.catalog().municipality.written_language
    owner = archive.Owner(me().municipality, current.catalog().municipality.name[written], rules())

    def say(line: LogLine) -> str:
        return str(log_text(line, service_name))

    target = tempfile.TemporaryFile()  # noqa: SIM115 - closed when it has been sent
    try:
        with for_keeping(me()), force_locale(written):
            made = archive.make(db(), current.vault(), current.clock(), chosen, employee, owner, target, say)
    except (CaseNotFound, CaseChanged, archive.NothingToArchive):
        target.close()
        return _page(409, _("Something has changed in a case meanwhile. Look at the list and try again."))
    except noark.NotValid:
        target.close()
        raise
    target.seek(0)
    answer = send_file(
        target,
        mimetype="application/zip",
        as_attachment=True,
        download_name=f"arkiv-{made.id[:8]}.zip",
        max_age=0,
    )
    answer.call_on_close(target.close)
    return answer


@blueprint.post("/<export_id>/mottatt")
@access("staff", right="retention")
def received(export_id: str) -> ResponseReturnValue:
    """The archive has the package."""
    form = ReceiptForm()
    if not form.validate_on_submit():
        return _page(422, receipt=form, receipt_for=export_id)
    try:
        archive.confirm(
            db(),
            current.clock(),
            export_id,
            me().municipality,
            me().name,
            (form.reference.data or "").strip(),
        )
    except CaseNotFound:
        return _page(404)
    return back_to("staff_archive.overview", "received")
