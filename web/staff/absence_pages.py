"""/staff/fravaer: who is away and who answers meanwhile."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

from flask import Blueprint, Response, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext

from web import current
from web.cases.absences import (
    AbsenceGone,
    AbsenceRefused,
    Refusal,
    coming,
    end_absence,
    record_absence,
    uncovered,
)
from web.cases.deadlines import local_date
from web.cases.duty_tables import Absence
from web.db import db
from web.security.access import access
from web.staff import desk
from web.staff.absence_forms import AbsenceForm
from web.staff.models import Employee
from web.staff.pages import me, render
from web.staff.texts import ABSENCE_DONE

blueprint = Blueprint("staff_absence", __name__, url_prefix="/staff/fravaer", template_folder="templates")
REFUSED = {
    "order": lazy_gettext("The last day comes before the first."),
    "past": lazy_gettext("Those days have passed already."),
    "long": lazy_gettext("Write at most 400 days ahead."),
    "self": lazy_gettext("Somebody else must answer meanwhile."),
    "overlap": lazy_gettext("An absence on some of these days is written down already. End it first."),
}
_FIELD: dict[Refusal, str] = {"self": "stand_in", "order": "last_day", "past": "last_day", "long": "last_day"}


def _may_write_for() -> list[Employee]:
    """Oneself; a leader also for every colleague who has cases."""
    own = me()
    colleagues = desk.colleagues(own)
    if own.may("decide_dispute"):
        return colleagues
    return [one for one in colleagues if one.id == own.id]


def _form(**given: Any) -> AbsenceForm:
    own = me()
    form = AbsenceForm(_may_write_for(), desk.colleagues(own), **given)
    if form.employee.data is None and own.id in form.away:
        form.employee.data = own.id
    return form


def _page(form: AbsenceForm | None = None, *, status: int = 200) -> Response:
    own = me()
    now = current.clock().now()
    may_write = {one.id for one in _may_write_for()}
    return render(
        "absences",
        status=status,
        form=form or _form(formdata=None),
        absences=coming(db(), own.municipality, local_date(now)),
        may_write=may_write,
        uncovered={one.absence.id: one for one in uncovered(db(), current.clock(), own.municipality)},
        today=local_date(now),
        absence_texts=ABSENCE_DONE,
    )


@blueprint.get("")
@access("staff", right="queue")
def page() -> ResponseReturnValue:
    """Who is away now and later, and one's own."""
    return _page()


@blueprint.post("")
@access("staff", right="queue")
def record() -> ResponseReturnValue:
    """Write down an absence, one's own or (a leader) a colleague's."""
    form = _form()
    if not form.validate_on_submit():
        return _page(form, status=422)
    away, stand_in = form.away[form.employee.data], form.colleagues[form.stand_in.data]
    try:
        record_absence(
            db(),
            current.clock(),
            away.ref(),
            stand_in.ref(),
            cast(date, form.first_day.data),
            cast(date, form.last_day.data),
            me().ref(),
        )
    except AbsenceRefused as error:
        form[_FIELD.get(error.why, "first_day")].errors = [REFUSED[error.why]]
        return _page(form, status=422)
    return redirect(url_for("staff_absence.page", gjort="absence"), code=303)


@blueprint.post("/<absence_id>/avslutt")
@access("staff", right="queue")
def end(absence_id: str) -> ResponseReturnValue:
    """The employee is back, or stays after all."""
    row = db().get(Absence, absence_id)
    if row is None or row.employee_id not in {one.id for one in _may_write_for()}:
        return render("missing", status=404)
    try:
        end_absence(db(), current.clock(), me().municipality, absence_id)
    except AbsenceGone:
        return redirect(url_for("staff_absence.page"), code=303)
    return redirect(url_for("staff_absence.page", gjort="absence_ended"), code=303)
