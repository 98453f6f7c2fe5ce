"""The plan of a case: what each service does, by when, who has it; and what goes on at the same time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from web import current
from web.cases.deadlines import local_date
from web.cases.plan import add_measure, agree_overlap, change_measure, overlaps_of
from web.cases.plan_types import Measure
from web.cases.types import CaseChanged, CaseView, InvalidCase
from web.errors import keeps_text
from web.i18n import language
from web.security.access import access
from web.staff import case_frame, desk
from web.staff.case_frame import act
from web.staff.forms import CaseForm
from web.staff.pages import form_page, login_and_go_on, me
from web.staff.plan_forms import STATE_TEXT, MeasureChangeForm, MeasureForm, OverlapForm

blueprint = Blueprint("staff_plan", __name__, url_prefix="/staff", template_folder="templates")

for _endpoint in ("add", "change", "agree"):
    form_page(f"staff_plan.{_endpoint}", "staff_plan.page")


def services() -> list[tuple[str, str]]:
    """Every service of the catalog, by its name."""
    named = [(one.id, one.name[language()]) for one in current.catalog().services.values()]
    return sorted(named, key=lambda pair: pair[1].lower())


def _needs() -> list[tuple[str, str]]:
    return [(need.id, need.name[language()]) for need in current.catalog().needs.values()]


def _add_form(view: CaseView, **given: Any) -> MeasureForm:
    today = local_date(current.clock().now())
    return MeasureForm(view, desk.colleagues(me()), services(), _needs(), today, **given)


def _line(view: CaseView) -> Measure | None:
    """The line that was posted."""
    return next((one for one in view.plan if one.id == request.form.get("measure")), None)


def _change_form(line: Measure, **given: Any) -> MeasureChangeForm:
    return MeasureChangeForm(line, desk.colleagues(me()), local_date(current.clock().now()), **given)


def _page(view: CaseView, *, posted: tuple[str, CaseForm] | None = None, **frame: Any) -> Response:
    overlaps = overlaps_of(*case_frame.core(), view.id)
    forms: dict[str, CaseForm] = {"measure": _add_form(view, formdata=None)}
    forms |= {f"line-{one.id}": _change_form(one, formdata=None) for one in view.plan}
    forms |= {
        f"overlap-{number}": OverlapForm(one.key, number, formdata=None)
        for number, one in enumerate(overlaps)
    }
    name = ""
    if posted:
        name, form = posted
        if isinstance(form, MeasureChangeForm):
            name = f"line-{form.line.id}"
        elif isinstance(form, OverlapForm):
            name = _overlap_name([one.key for one in overlaps])
        forms[name] = form
    return case_frame.show(
        "plan",
        view,
        tab="plan",
        forms=forms,
        posted=name,
        overlaps=overlaps,
        state_text=STATE_TEXT,
        date_of=date.fromisoformat,
        disputes={one.about_id for one in view.messages if one.about_id and one.from_person},
        **frame,
    )


def _overlap_name(keys: list[str]) -> str:
    """The form that was posted, among those of the page; the new line's when its overlap is there no more."""
    key = request.form.get("overlap", "")
    return f"overlap-{keys.index(key)}" if key in keys else "overlap-gone"


@blueprint.get("/sak/<case_id>/plan")
@access("staff", right="read_case")
def page(case_id: str) -> ResponseReturnValue:
    """The plan. That the case was read stands in its log."""
    return case_frame.page(case_id, _page)


def _again(name: str, form_of: Callable[[CaseView], CaseForm]) -> Callable[[], ResponseReturnValue]:
    return lambda: case_frame.again(name, form_of, _page)()


def _changed_form(view: CaseView) -> CaseForm:
    """The form of the posted line; of a line that is not there, one that only says what version was seen."""
    line = _line(view)
    return _change_form(line) if line else CaseForm()


def _agree_form(view: CaseView) -> CaseForm:
    key = request.form.get("overlap", "")
    keys = [one.key for one in overlaps_of(*case_frame.core(), view.id)]
    return OverlapForm(key, keys.index(key) if key in keys else len(keys))


@blueprint.post("/sak/<case_id>/plan")
@access("staff", logged_out=login_and_go_on, right="work_case")
@keeps_text(_again("measure", _add_form))
def add(case_id: str) -> ResponseReturnValue:
    """Write a line in the plan."""

    def change(_view: CaseView, form: MeasureForm) -> None:
        add_measure(
            *case_frame.core(),
            case_id,
            me().ref(),
            form.new_measure(),
            form.seen_version(),
        )

    return act("measure", case_id, _add_form, change, _page)


@blueprint.post("/sak/<case_id>/plan/endre")
@access("staff", logged_out=login_and_go_on, right="work_case")
@keeps_text(_again("line", _changed_form))
def change(case_id: str) -> ResponseReturnValue:
    """Say how a line of the plan stands."""

    def save(_view: CaseView, form: CaseForm) -> None:
        if not isinstance(form, MeasureChangeForm):
            raise CaseChanged("the line is not in the plan")
        change_measure(
            *case_frame.core(),
            case_id,
            me().ref(),
            form.line.id,
            form.wanted(),
            form.seen_version(),
        )

    return act("line", case_id, _changed_form, save, _page)


@blueprint.post("/sak/<case_id>/plan/samtidig")
@access("staff", logged_out=login_and_go_on, right="work_case")
@keeps_text(_again("overlap", _agree_form))
def agree(case_id: str) -> ResponseReturnValue:
    """Note that what goes on at the same time is agreed on."""

    def save(_view: CaseView, form: OverlapForm) -> None:
        try:
            agree_overlap(
                *case_frame.core(),
                case_id,
                me().ref(),
                form.overlap.data or "",
                form.note.data or "",
                form.seen_version(),
            )
        except InvalidCase:
            raise CaseChanged("these no longer go on at the same time") from None

    return act("overlap", case_id, _agree_form, save, _page)
