"""Hand-over packages of a case: make one for a service that may receive it, fetch it, note that it has come."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, make_response
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from web import current
from web.cases.package import (
    NotAllowed,
    PackageGone,
    WrongCode,
    confirm_received,
    grants,
    make_package,
    package_zip,
    packages_of,
)
from web.cases.types import CaseChanged, CaseNotFound, CaseView
from web.db import db
from web.errors import keeps_text
from web.security.access import access
from web.staff import case_frame, package_files
from web.staff.case_frame import act, missing, service_name
from web.staff.forms import CaseForm
from web.staff.package_files import PART_TEXT
from web.staff.package_forms import HOW_TEXT, PackageForm, ReceivedForm
from web.staff.pages import form_page, login_and_go_on, me

blueprint = Blueprint("staff_package", __name__, url_prefix="/staff/sak/<case_id>/overlevering")
form_page("staff_package.make", "staff_package.overview")
form_page("staff_package.received", "staff_package.overview")


def _make_form(view: CaseView, **given: Any) -> PackageForm:
    return PackageForm(
        grants(view),
        service_name,
        language=current.catalog().municipality.written_language,
        parts=["words", *(["recordings"] if view.recordings else [])],
        **given,
    )


def _page(view: CaseView, *, posted: tuple[str, CaseForm] | None = None, **frame: Any) -> Response:
    forms: dict[str, CaseForm] = {
        "package": _make_form(view, formdata=None),
        "received": ReceivedForm(formdata=None),
    }
    if posted:
        forms[posted[0]] = posted[1]
    return case_frame.show(
        "package",
        view,
        tab="package",
        forms=forms,
        posted=posted[0] if posted else "",
        grants=grants(view),
        packages=packages_of(db(), current.vault(), view.id, municipality=me().municipality),
        part_text=PART_TEXT,
        how_text=HOW_TEXT,
        **frame,
    )


@blueprint.get("")
@access("staff", right="share")
def overview(case_id: str) -> ResponseReturnValue:
    """What has been handed over, and a new package."""
    return case_frame.page(case_id, _page)


@blueprint.post("")
@access("staff", logged_out=login_and_go_on, right="share")
@keeps_text(lambda: case_frame.again("package", _make_form, _page)())
def make(case_id: str) -> ResponseReturnValue:
    """Make a package. Whether the service may receive it is asked again in the same moment."""

    def change(_view: CaseView, form: PackageForm) -> None:
        try:
            make_package(
                *case_frame.core(),
                case_id,
                me().ref(),
                form.order(),
                package_files.write,
                form.seen_version(),
            )
        except NotAllowed as error:
            # The yes was taken back between the page and now: the page shows who may receive it still.
            raise CaseChanged("the service may not be given this any more") from error

    return act("package", case_id, _make_form, change, _page)


@blueprint.get("/<package_id>.zip")
@access("staff", right="share")
def fetch(case_id: str, package_id: str) -> ResponseReturnValue:
    """The package as it was made."""
    try:
        # Whoever fetches it has read it: that stands in the log as any reading does.
        view = case_frame.read(case_id, words=True)
        content = package_zip(db(), current.vault(), case_id, package_id, municipality=me().municipality)
    except (CaseNotFound, PackageGone):
        return missing()
    return download(content, f"brev-{view.reference}.zip", "application/zip")


def download(content: bytes, name: str, media_type: str) -> Response:
    """A file to keep, under a name that says nothing, which no cache keeps."""
    answer = make_response(content)
    answer.headers["Content-Type"] = media_type
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.post("/mottatt")
@access("staff", logged_out=login_and_go_on, right="share")
@keeps_text(lambda: case_frame.again("received", lambda _view: ReceivedForm(), _page)())
def received(case_id: str) -> ResponseReturnValue:
    """The service has said that the package has come, and read the code back."""
    form = ReceivedForm()

    def change(_view: CaseView, _form: ReceivedForm) -> None:
        confirm_received(
            *case_frame.core(),
            case_id,
            form.package.data or "",
            me().ref(),
            form.code.data or "",
            form.who.data or "",
            form.way(),
            form.seen_version(),
        )

    try:
        return act("received", case_id, lambda _view: form, change, _page)
    except WrongCode:
        form.code.errors = [_("That is not the code of this package. Ask them to read it once more.")]
        return case_frame.page(case_id, _page, posted=("received", form), status=422)
    except PackageGone:
        return missing()
