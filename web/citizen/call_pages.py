"""«Ring meg i dag»: sent at once, with what there is, while the contact point is open."""

from __future__ import annotations

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from web import current
from web.cases.checks import MAX_TEXT
from web.citizen import journey, turns
from web.citizen.drafts import Draft, ShownTurn
from web.citizen.forms import CallForm
from web.citizen.pages import (
    blueprint,
    call_me,
    keep,
    load_draft,
    may_write,
    on_post_language,
    open_draft,
    render,
    to_receipt,
)
from web.citizen.send_answers import posted_words, send_form, take_answers
from web.citizen.sending import send_draft
from web.errors import keeps_text
from web.security import sessions
from web.security.access import access


def _call_page(form: CallForm, status: int = 200) -> ResponseReturnValue:
    draft = load_draft()
    lines = journey.helplines(current.catalog(), draft, current.clock().now())
    return render("call", form=form, lines=lines[:4]), status


@blueprint.get("/ring-meg")
@access("citizen")
def call() -> ResponseReturnValue:
    """Leave a number to be called on today, when the contact point is open."""
    return to_receipt(load_draft()) or _call_page(CallForm(formdata=None))


def _take_along(draft: Draft) -> None:
    """What stands in the page from which a call is asked for goes with it: nothing typed is lost to the hurry."""
    text = turns.plain(request.form.get("text", "")) or draft.unsent
    if text.strip() and not turns.is_code(text) and not turns.full(draft):
        draft.turns.append(ShownTurn("person", text))
        draft.add_statement(turns.author_of(draft), text[:MAX_TEXT])
        draft.unsent = ""
    if "way" in request.form:
        form, _shown = send_form(draft, posted=True)
        form.validate()
        take_answers(draft, form)
        journey.replace_words(draft, {i: words[:MAX_TEXT] for i, words in posted_words(draft).items()})


def number_on_enter(draft: Draft) -> ResponseReturnValue | None:
    """Enter presses a form's first button, not the one beside the field. With a number written, ask on its own page."""
    if "enter" not in request.form or not request.form.get("call_number", "").strip():
        return None
    _take_along(draft)
    keep(draft)
    return _call_page(CallForm())


def _call_again() -> ResponseReturnValue:
    draft = open_draft()
    if draft.receipt is None:
        _take_along(draft)
    return _call_page(CallForm(), 400)


@blueprint.post("/ring-meg")
@access("citizen")
@keeps_text(_call_again)
def call_post() -> ResponseReturnValue:
    """Send at once what there is, acute, with the number. Closed: say when it opens, and who answers now."""
    if sessions.child() is not None:
        # The child's words belong to the case of who handed the device over; the numbers are there for both.
        return redirect(url_for("citizen.urgent"), code=303)
    draft = open_draft()
    if draft.receipt is not None:
        return redirect(url_for("citizen.receipt"), code=303)
    _take_along(draft)
    form = CallForm()
    if on_post_language():
        keep(draft)
        return _call_page(form)
    if not call_me().open_now:
        keep(draft)
        return _call_page(form, 409)
    if not may_write() or not form.validate_on_submit():
        keep(draft)
        return _call_page(form, 422 if form.errors else 429)
    draft.way, draft.details, draft.call_today = "phone", form.call_number.data, True
    keep(draft)
    send_draft(draft)
    return redirect(url_for("citizen.receipt"), code=303)
