"""The first page of a case: the person's own words, what it seems to be about, the answer; and its forms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from flask import Response, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from web import current
from web.cases import (
    confirm_needs,
    listen,
    note_call,
    set_status,
    set_urgency,
    take_back_home,
)
from web.cases.notes import notes_of
from web.cases.types import CaseNotFound, CaseView, Outcome, RecordingGone, Status, Urgency
from web.db import db
from web.errors import keeps_text
from web.i18n import language
from web.listening import player_answer
from web.matching import helplines_for
from web.security.access import access
from web.staff import case_frame, reading, writing
from web.staff.case_frame import act, missing
from web.staff.closing_forms import StatusForm, end_name, status_form
from web.staff.forms import (
    CaseForm,
    HomeBackForm,
    MessageForm,
    NeedsForm,
    NoteForm,
    StrikeForm,
    UrgencyForm,
)
from web.staff.pages import form_page, login_and_go_on, me
from web.staff.routes import blueprint

#: The forms of the page, in its order.
KINDS = ("call", "needs", "message", "status", "urgency", "note", "note_strike", "home_back")
for _kind in KINDS:
    form_page(f"staff.{_kind}", "staff.case")


def _form(kind: str, view: CaseView, **given: Any) -> CaseForm:
    """A form of the page: what was posted, or with formdata=None the case as it stands."""
    match kind:
        case "call":
            return CaseForm(**given)
        case "needs":
            return NeedsForm(current.catalog().needs, view, **given)
        case "message":
            return MessageForm(**given)
        case "note":
            return NoteForm(**given)
        case "note_strike":
            return StrikeForm(**given)
        case "home_back":
            return HomeBackForm(**given)
        case "status":
            return status_form(view, **given)
        case _:
            return UrgencyForm(urgency=view.urgency, **given)


def case_page(
    view: CaseView,
    *,
    posted: tuple[str, CaseForm] | None = None,
    preview: Markup | None = None,
    look: bool = False,
    **frame: Any,
) -> Response:
    """The page; preview: of the message. look: with hints on its language."""
    forms = {kind: _form(kind, view, formdata=None) for kind in KINDS}
    if posted:
        forms[posted[0]] = posted[1]
    now, facts = current.clock().now(), view.facts
    return case_frame.show(
        "case",
        view,
        tab="case",
        forms=forms,
        posted=posted[0] if posted else "",
        preview=preview,
        notes=notes_of(db(), current.vault(), view.id, me().ref()),
        safe_lines=reading.safe_lines(view),
        hurt=reading.hurt_answer(view),
        interpreter=reading.interpreter(view),
        **writing.page_values(view, forms["message"], look=look),
        told=reading.told(view),
        words=reading.own_words(view),
        need_lines=reading.need_lines(view),
        confirmed=reading.last_confirmed(view),
        warnings=reading.reach_warnings(view),
        steps=reading.acute_steps(view),
        numbers=helplines_for(current.catalog(), view.acute_kinds, view.needs, facts.age, facts.writer, now),
        who_may_know=reading.who_may_know(view, current.catalog().age_rules, language()),
        dict_of=lambda lines: {line.id: line for line in lines},
        needs_by_group=_needs_by_group(),
        end_name=end_name,
        **frame,
    )


def _needs_by_group() -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for need in current.catalog().needs.values():
        groups.setdefault(need.group, []).append(need.id)
    return groups


def act_on(
    kind: str,
    case_id: str,
    change: case_frame.Change,
    form_of: Callable[[CaseView], CaseForm] | None = None,
) -> ResponseReturnValue:
    """Answer a form of the page. form_of: makes it, where the posted fields alone do not."""
    return act(kind, case_id, form_of or (lambda view: _form(kind, view)), change, case_page)


def again() -> ResponseReturnValue:
    """The page with what was typed in the form that came too late."""
    kind = (request.endpoint or "").removeprefix("staff.")
    return case_frame.again(kind, lambda view: _form(kind, view), case_page)()


@blueprint.get("/sak/<case_id>")
@access("staff", right="read_case")
def case(case_id: str) -> ResponseReturnValue:
    """The case, own words first. That it was read stands in the log."""
    return case_frame.page(case_id, case_page)


@blueprint.get("/sak/<case_id>/lyd/<recording_id>")
@access("staff", right="read_case")
def recording(case_id: str, recording_id: str) -> ResponseReturnValue:
    """A recording, or the part of it that the player asks for. That it was listened to stands in the log."""
    try:
        sound = listen(*case_frame.core(), case_id, recording_id, me().ref())
    except (CaseNotFound, RecordingGone):
        return missing()
    return player_answer(sound)


@blueprint.post("/sak/<case_id>/behov")
@access("staff", logged_out=login_and_go_on, right="work_case")
@keeps_text(again)
def needs(case_id: str) -> ResponseReturnValue:
    """Confirm or correct what the case is about."""

    def change(_view: CaseView, form: NeedsForm) -> None:
        chosen = form.needs.data or []
        confirm_needs(*case_frame.core(), case_id, me().ref(), chosen, form.seen_version())

    return act_on("needs", case_id, change)


@blueprint.post("/sak/<case_id>/status")
@access("staff", logged_out=login_and_go_on, right="work_case")
@keeps_text(again)
def status(case_id: str) -> ResponseReturnValue:
    """Set where the case stands."""

    def change(_view: CaseView, form: StatusForm) -> None:
        new = cast(Status, form.status.data)
        outcome = cast(Outcome, form.outcome.data) if new == "closed" else None
        set_status(
            *case_frame.core(),
            case_id,
            me().ref(),
            new,
            outcome,
            form.seen_version(),
            form.reason.data or "",
            form.aside,
        )

    return act_on("status", case_id, change)


@blueprint.post("/sak/<case_id>/ringt")
@access("staff", logged_out=login_and_go_on, right="work_case")
@keeps_text(again)
def call(case_id: str) -> ResponseReturnValue:
    """The person who wished to be called has been talked with."""

    def change(_view: CaseView, form: CaseForm) -> None:
        note_call(*case_frame.core(), case_id, me().ref(), form.seen_version())

    return act_on("call", case_id, change)


@blueprint.post("/sak/<case_id>/hastegrad")
@access("staff", logged_out=login_and_go_on, right="work_case")
@keeps_text(again)
def urgency(case_id: str) -> ResponseReturnValue:
    """Decide how urgent it is."""

    def change(_view: CaseView, form: UrgencyForm) -> None:
        chosen = cast(Urgency, form.urgency.data)
        set_urgency(*case_frame.core(), case_id, me().ref(), chosen, form.seen_version())

    return act_on("urgency", case_id, change)


@blueprint.post("/sak/<case_id>/hjemme")
@access("staff", logged_out=login_and_go_on, right="work_case")
@keeps_text(again)
def home_back(case_id: str) -> ResponseReturnValue:
    """The grown-ups at home may no longer read what the child has told: the child has said so, in these words."""

    def change(_view: CaseView, form: HomeBackForm) -> None:
        words = form.childs_words.data or ""
        take_back_home(*case_frame.core(), case_id, me().ref(), words, form.seen_version())

    return act_on("home_back", case_id, change)
