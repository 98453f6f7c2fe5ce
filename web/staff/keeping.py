"""/staff/oppbevaring: what is deleted soon, what is put off, who has asked to delete, and by which rules.

Nothing here shows what anybody told: the privacy officer, who reads no cases, works here too.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString, lazy_gettext
from flask_babel import gettext as _
from sqlalchemy import func, select

from web import current
from web.cases import deletion_requests, retention
from web.cases.deadlines import local_date
from web.cases.keeping_tables import Deletion, DeletionRequest, NightlyRun, PlannedDeletion
from web.cases.models import Case
from web.cases.sharing_models import Share
from web.cases.types import CaseError, CaseNotFound, InvalidCase
from web.catalog.retention import Retention
from web.db import db
from web.errors import keeps_text
from web.i18n import language
from web.security.access import access
from web.security.separation import closed_cases, for_keeping
from web.staff.keeping_forms import HoldForm, NoForm
from web.staff.pages import form_page, login_and_go_on, me, render

blueprint = Blueprint("staff_keeping", __name__, url_prefix="/staff/oppbevaring", template_folder="templates")
for _form in ("hold", "no"):
    form_page(f"staff_keeping.{_form}", "staff_keeping.one")

MOST_LINES: Final = 200
DONE: Final[dict[str, LazyString]] = {
    "held": lazy_gettext("The deletion is put off. The person sees until when."),
    "let_go": lazy_gettext("The deletion goes on. The day stands in the list."),
    "deleted": lazy_gettext("Everything is deleted."),
    "no": lazy_gettext("Your answer is saved. The person sees it with the five words."),
    "opened": lazy_gettext("The case can be read again. The person sees that you opened it."),
    "received": lazy_gettext("It is noted that the archive has the package."),
    "gone": lazy_gettext("There is nothing to answer here any more. The person may have changed their mind."),
}
WHY_TEXT: Final[dict[str, LazyString]] = {
    "person": lazy_gettext("The person deleted it"),
    "asked": lazy_gettext("The person asked to delete everything"),
    "request": lazy_gettext("The person asked, and got a yes"),
}
KIND_TEXT: Final[dict[str, LazyString]] = {
    "case": lazy_gettext("The whole case"),
    "writers_part": lazy_gettext("The writer's part; the child's words are kept"),
    "contact": lazy_gettext("How the person could be reached"),
}


@dataclass(frozen=True)
class Line:
    """A case as these pages show it: nothing of what was told."""

    id: str
    reference: str
    sent_at: datetime
    status: str
    outcome: str | None
    acute: bool
    blocked: bool
    contact: str
    services: int
    """How many services have been brought in, ever."""
    plan: PlannedDeletion | None
    request: DeletionRequest | None


def rules() -> Retention:
    """The municipality's table."""
    return current.catalog().retention


def _today() -> date:
    return local_date(current.clock().now())


def line_of(case: Case) -> Line:
    """A case as these pages show it."""
    waiting = db().scalar(
        select(DeletionRequest).where(DeletionRequest.case_id == case.id, DeletionRequest.state == "waiting")
    )
    return Line(
        id=case.id,
        reference=case.reference,
        sent_at=case.created_at,
        status=case.status,
        outcome=case.closed_outcome,
        acute=case.urgency == "acute",
        blocked=case.blocked_at is not None,
        contact=case.contact_person_name or case.contact_unit_name,
        services=db().scalar(select(func.count()).select_from(Share).where(Share.case_id == case.id)) or 0,
        plan=db().get(PlannedDeletion, case.id),
        request=waiting,
    )


def _line(case_id: str) -> Line | None:
    """A case of the employee's own municipality; None when there is none."""
    with for_keeping(me()):
        case = db().get(Case, case_id)
        return line_of(case) if case is not None and case.municipality == me().municipality else None


def show(template: str, status: int = 200, **values: Any) -> Response:
    """One of these pages."""
    done = request.args.get("gjort", "")
    return render(
        template,
        status=status,
        rules=rules(),
        today=_today(),
        keeping_done=DONE.get(done),
        **values,
    )


@blueprint.get("/")
@access("staff", right="retention")
def overview() -> ResponseReturnValue:
    """What waits for an answer, what goes soon, what is put off."""
    with for_keeping(me()):
        here = Case.municipality == me().municipality
        asked = db().scalars(
            select(Case)
            .join(DeletionRequest, DeletionRequest.case_id == Case.id)
            .where(here, DeletionRequest.state == "waiting")
            .order_by(DeletionRequest.answer_by)
            .limit(MOST_LINES)
        )
        planned = select(Case).join(PlannedDeletion, PlannedDeletion.case_id == Case.id).where(here)
        soon = db().scalars(
            planned.where(PlannedDeletion.delete_on.is_not(None))
            .order_by(PlannedDeletion.delete_on, Case.id)
            .limit(MOST_LINES)
        )
        put_off = db().scalars(
            planned.where(PlannedDeletion.delete_on.is_(None))
            .order_by(PlannedDeletion.held_until, Case.id)
            .limit(MOST_LINES)
        )
        lists: dict[str, Any] = {
            "asked": [line_of(case) for case in asked],
            "soon": [line_of(case) for case in soon],
            "put_off": [line_of(case) for case in put_off],
        }
        many = db().scalar(
            select(func.count())
            .select_from(PlannedDeletion)
            .where(PlannedDeletion.municipality == me().municipality, PlannedDeletion.delete_on.is_not(None))
        )
    run = db().scalar(select(NightlyRun).order_by(NightlyRun.on_date.desc()).limit(1))
    counts = json.loads(run.counts).get(me().municipality, {}) if run else {}
    return show("keeping", run=run, counts=counts, soon_count=many or 0, **lists)


def _one_page(
    case_id: str,
    *,
    hold_form: HoldForm | None = None,
    no_form: NoForm | None = None,
    status: int = 200,
    expired: bool = False,
) -> Response:
    with for_keeping(me()):
        case = db().get(Case, case_id)
        if case is None or case.municipality != me().municipality:
            return render("missing", status=404)
        line = line_of(case)
        due = retention.due(db(), case, rules())
        # Why, in a colleague's words about the case, is for those who may read cases.
        reason = (
            retention.hold_reason(db(), current.vault(), case_id, me().municipality)
            if me().may("read_case")
            else None
        )
    return show(
        "keeping_one",
        status=status,
        line=line,
        due=due,
        reason=reason,
        hold_form=hold_form or HoldForm(formdata=None),
        no_form=no_form or _no_form(formdata=None),
        expired=expired,
    )


def _no_form(**given: Any) -> NoForm:
    return NoForm(rules().grounds.values(), language(), **given)


@blueprint.get("/sak/<case_id>")
@access("staff", right="retention")
def one(case_id: str) -> ResponseReturnValue:
    """One case: when it goes and why, and what can be decided."""
    return _one_page(case_id)


def back_to(endpoint: str, done: str) -> ResponseReturnValue:
    """To one of these pages, which says what was done."""
    return redirect(url_for(endpoint, gjort=done), code=303)


def _back(done: str, case_id: str | None = None) -> ResponseReturnValue:
    if case_id is None:
        return back_to("staff_keeping.overview", done)
    return redirect(url_for("staff_keeping.one", case_id=case_id, gjort=done), code=303)


def _hold_again() -> ResponseReturnValue:
    return _one_page((request.view_args or {})["case_id"], hold_form=HoldForm(), status=400, expired=True)


@blueprint.post("/sak/<case_id>/utsett")
@access("staff", right="retention", logged_out=login_and_go_on)
@keeps_text(_hold_again)
def hold(case_id: str) -> ResponseReturnValue:
    """Put the deletion off."""
    form = HoldForm()
    if not form.validate_on_submit() or form.until.data is None:
        return _one_page(case_id, hold_form=form, status=422)
    try:
        with for_keeping(me()):
            retention.hold(
                db(),
                current.vault(),
                current.clock(),
                case_id,
                me().ref(),
                form.until.data,
                form.reason.data or "",
                rules(),
            )
    except CaseNotFound:
        return render("missing", status=404)
    except InvalidCase:
        form.until.errors = [
            _("Choose a day after today, at most %(days)s days ahead.", days=rules().longest_hold_days)
        ]
        return _one_page(case_id, hold_form=form, status=422)
    return _back("held", case_id)


@blueprint.post("/sak/<case_id>/slipp")
@access("staff", right="retention")
def let_go(case_id: str) -> ResponseReturnValue:
    """Let a deletion that was put off go on."""
    try:
        with for_keeping(me()):
            retention.let_go(db(), current.vault(), current.clock(), case_id, me().ref(), rules())
    except CaseNotFound:
        return render("missing", status=404)
    return _back("let_go", case_id)


@blueprint.get("/sak/<case_id>/slett")
@access("staff", right="retention")
def yes_page(case_id: str) -> ResponseReturnValue:
    """The last look before everything is deleted."""
    line = _line(case_id)
    if line is None:
        return render("missing", status=404)
    return _back("gone", case_id) if line.request is None else show("keeping_delete", line=line)


@blueprint.post("/sak/<case_id>/slett")
@access("staff", right="retention", confirmed=True)
def yes(case_id: str) -> ResponseReturnValue:
    """Yes to a wish to delete: everything of the writer's goes, at once."""
    try:
        with for_keeping(me()):
            deletion_requests.answer_yes(db(), current.vault(), current.clock(), case_id, me().ref())
    except CaseNotFound:
        return render("missing", status=404)
    except CaseError:
        return _back("gone")
    return _back("deleted")


def _no_again() -> ResponseReturnValue:
    return _one_page((request.view_args or {})["case_id"], no_form=_no_form(), status=400, expired=True)


@blueprint.post("/sak/<case_id>/nei")
@access("staff", right="retention", logged_out=login_and_go_on)
@keeps_text(_no_again)
def no(case_id: str) -> ResponseReturnValue:
    """No to a wish to delete, with a ground and words."""
    form = _no_form()
    if not form.validate_on_submit():
        return _one_page(case_id, no_form=form, status=422)
    try:
        with for_keeping(me()):
            deletion_requests.answer_no(
                db(),
                current.vault(),
                current.clock(),
                case_id,
                me().ref(),
                form.ground.data,
                form.text.data or "",
                rules(),
            )
    except CaseNotFound:
        return render("missing", status=404)
    except CaseError:
        return _back("gone")
    return _back("no", case_id)


@blueprint.post("/sak/<case_id>/les")
@access("staff", right="retention")
def open_again(case_id: str) -> ResponseReturnValue:
    """Somebody may be in danger: those who help can read the case again."""
    try:
        with for_keeping(me()):
            deletion_requests.open_for_reading(db(), current.vault(), current.clock(), case_id, me().ref())
    except CaseNotFound:
        return render("missing", status=404)
    return _back("opened", case_id)


@blueprint.get("/regler")
@access("staff", right="retention")
def table() -> ResponseReturnValue:
    """What is kept, how long and why; and what has been deleted."""
    lines = db().scalars(
        select(Deletion)
        .where(Deletion.municipality == me().municipality)
        .order_by(Deletion.at.desc())
        .limit(MOST_LINES)
    )
    return show("keeping_table", journal=lines.all(), deleted_why=WHY_TEXT, kind_text=KIND_TEXT)


@blueprint.app_template_global()
def closed_by_wish() -> int:
    """For the queue: how many cases of the reader's are closed, because the person has asked for everything to be deleted."""
    own = me()
    with closed_cases(own, "read_case"):
        waiting = select(func.count(Case.id)).join(DeletionRequest, DeletionRequest.case_id == Case.id)
        return db().scalar(waiting.where(DeletionRequest.state == "waiting")) or 0
