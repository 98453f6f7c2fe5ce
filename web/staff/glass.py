"""/staff/glass: open a case that one does not have, with a reason; and the list of who has done so."""

from __future__ import annotations

import logging
from typing import Final, cast
from uuid import uuid4

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from sqlalchemy import select

from web import current
from web.cases.glass import (
    OPEN_FOR,
    break_glass,
    broken_glass,
    broken_lately,
    look_into,
    open_now,
    tell_of_glass,
    waiting_to_be_seen,
)
from web.cases.sharing_types import GlassKind
from web.cases.types import CaseNotFound
from web.db import db
from web.errors import keeps_text
from web.i18n import language
from web.notices import NotNow, Refused, Unclear, notice_text, send_email
from web.security.access import access
from web.security.limits import glass_tries
from web.security.separation import every_case
from web.staff.case_frame import core, missing
from web.staff.models import Employee, EmployeeRole
from web.staff.pages import form_page, login_and_go_on, me, render
from web.staff.sharing_forms import GlassForm

blueprint = Blueprint("staff_glass", __name__, url_prefix="/staff/glass", template_folder="templates")
form_page("staff_glass.break_post", "staff_glass.break_page")

A_DAY: Final = 10
"""Cases that one employee can open like this in a day. Who needs more needs another role, not more glass."""
_log = logging.getLogger(__name__)


def _page(form: GlassForm, status: int = 200, *, wait: int = 0, expired: bool = False) -> Response:
    return render(
        "glass",
        status=status,
        form=form,
        wait=wait,
        expired=expired,
        open_now=open_now(db(), current.clock(), me().id),
        hours=int(OPEN_FOR.total_seconds() // 3600),
        sees_all="all" in me().scopes,
        too_many=broken_lately(db(), current.clock(), me().id) >= A_DAY,
    )


@blueprint.get("/")
@access("staff", right="break_glass")
def break_page() -> ResponseReturnValue:
    """The form, and what is open by it now."""
    return _page(GlassForm(formdata=None))


def _again() -> ResponseReturnValue:
    return _page(GlassForm(), 400, expired=True)


@blueprint.post("/")
@access("staff", logged_out=login_and_go_on, right="break_glass")
@keeps_text(_again)
def break_post() -> ResponseReturnValue:
    """Open it. A number that no case here has is answered alike, whatever there is elsewhere."""
    form, who = GlassForm(), me().ref()
    if "all" in me().scopes:
        return _page(form, 422)
    if not form.validate_on_submit():
        return _page(form, 422)
    wait = glass_tries.wait(who.id)
    if wait:
        return _page(form, 429, wait=wait)
    if broken_lately(db(), current.clock(), who.id) >= A_DAY:
        return _page(form, 429)
    try:
        with every_case(me()):
            case_id = break_glass(
                *core(),
                form.reference.data or "",
                who,
                cast(GlassKind, form.kind.data),
                form.reason.data or "",
                form.withhold.data or "",
            )
    except CaseNotFound:
        glass_tries.failed(who.id)
        form.reference.errors = [_("There is no case with this number. Look at the number again.")]
        return _page(form, 422)
    glass_tries.succeeded(who.id)
    _tell_leaders(who.municipality)
    return redirect(url_for("staff.case", case_id=case_id, gjort="glass", _anchor="gjort"), code=303)


def _tell_leaders(municipality: str) -> None:
    """A neutral email to the leaders that have an address here: that there is something to look at, and nothing else.

    The list has it in any case; a mail server that is away changes nothing.
    """
    config = current.config()
    if config.smtp is None:
        return
    leaders = db().scalars(
        select(Employee)
        .join(EmployeeRole, EmployeeRole.employee_id == Employee.id)
        .where(
            Employee.municipality == municipality, Employee.active.is_(True), EmployeeRole.role == "leader"
        )
    )
    for leader in leaders.all():
        address = leader.email or (leader.username if "@" in leader.username else "")
        if not address:
            continue
        try:
            text = notice_text(config.locales_dir, language())
            send_email(config.smtp, address, text, str(uuid4()), current.clock())
        except (NotNow, Refused, Unclear) as error:
            _log.warning("a leader's notice of broken glass did not go: %s", type(error).__name__)


@blueprint.get("/brutt")
@access("staff", right="glass_log")
def broken() -> ResponseReturnValue:
    """Who has broken the glass: with the reasons for who may read cases, else without words."""
    return _list()


def _list(status: int = 200) -> Response:
    reads = me().may("read_case")
    return render(
        "glass_log",
        status=status,
        rows=broken_glass(db(), me().municipality, current.vault() if reads else None),
        reads=reads,
        now=current.clock().now(),
    )


@blueprint.post("/brutt/<glass_id>")
@access("staff", right="glass_log")
def seen(glass_id: str) -> ResponseReturnValue:
    """Looked into, by somebody else than who did it."""
    if not FlaskForm().validate_on_submit() or not look_into(db(), current.clock(), glass_id, me().ref()):
        return _list(422)
    return redirect(url_for("staff_glass.broken", gjort="glass_seen"), code=303)


@blueprint.post("/fortell/<glass_id>")
@access("staff", right="break_glass")
def tell(glass_id: str) -> ResponseReturnValue:
    """The danger is over: the person sees it from now on."""
    case_id = request.form.get("case_id", "")
    if not FlaskForm().validate_on_submit():
        return missing()
    try:
        tell_of_glass(*core(), case_id, me().ref(), glass_id)
    except CaseNotFound:
        return missing()
    return redirect(url_for("staff.case", case_id=case_id, gjort="share_tell", _anchor="gjort"), code=303)


@blueprint.app_template_global()
def glass_to_look_into() -> int:
    """For the menu: how many openings nobody has looked into."""
    return waiting_to_be_seen(db(), me().municipality)
