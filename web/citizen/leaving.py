"""The receipt, and every way out: done, a shared device, the end of a session, quick exit."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from web import current
from web.citizen import drafts
from web.citizen.drafts import Draft
from web.citizen.forms import SavedForm
from web.citizen.pages import blueprint, choose_shared, exit_url, forget_draft, load_draft, render
from web.db import db
from web.security import sessions
from web.security.access import access

BACK_FROM_SHARED = {"tell": "citizen.tell", "safe": "citizen.safe_use"}
"""Where the choice of a shared device can be made."""


def _receipt_page(draft: Draft, form: SavedForm, status: int = 200) -> ResponseReturnValue:
    page = render(
        "receipt", "receipt", receipt=draft.receipt, form=form, contact=current.catalog().contact_point
    )
    return page, status


@blueprint.get("/kvittering")
@access("citizen")
def receipt() -> ResponseReturnValue:
    """Who has it, by which day there is an answer, and the five words. Loading it again shows it again."""
    draft = load_draft()
    if draft is None or draft.receipt is None:
        return redirect(url_for("citizen.tell"), code=303)
    return _receipt_page(draft, SavedForm())


@blueprint.post("/kvittering")
@access("citizen")
def receipt_saved() -> ResponseReturnValue:
    """The words are written down: forget the receipt too, so that the next on this device does not see it."""
    draft = load_draft()
    if draft is None or draft.receipt is None:
        return redirect(url_for("citizen.done"), code=303)
    if "more" in request.form:
        # The receipt stays until the words are written down.
        sessions.open_case(draft.receipt.case_id)
        return redirect(url_for("citizen.case"), code=303)
    form = SavedForm()
    if not form.validate_on_submit():
        return _receipt_page(draft, form, 422)
    drafts.forget(db(), current.vault(), sessions.draft_token())
    sessions.drop_draft_token()
    return redirect(url_for("citizen.done"), code=303)


@blueprint.get("/ferdig")
@access("citizen")
def done() -> ResponseReturnValue:
    """After the receipt: nothing of it is left in this browser."""
    return render("done")


@blueprint.post("/delt-enhet")
@access("citizen")
def shared_device() -> ResponseReturnValue:
    """Others use this device too: keep nothing for long. Or not, after all."""
    choose_shared(request.form.get("shared") == "yes")
    to = BACK_FROM_SHARED.get(request.form.get("from", ""), "citizen.tell")
    return redirect(url_for(to), code=303)


@blueprint.post("/fortsett")
@access("citizen")
def go_on() -> ResponseReturnValue:
    """«I am still here», or how many seconds are left, or that the page is being left; asked for by the page's script.

    Answers {"left": seconds}; 0 when the session has ended, null when it has no end.
    """
    what = "case" if request.form.get("what") == "case" else "draft"
    wish = request.form.get("wish")
    if what == "case":
        if wish == "stay":
            sessions.open_case_id()
        elif wish == "leaving" and sessions.shared_device():
            sessions.leave_case(drafts.LEAVING)
        return {"left": sessions.case_seconds_left() or 0}
    token = sessions.draft_token()
    if not sessions.shared_device():
        return {"left": None}
    if wish in ("stay", "leaving"):
        idle = drafts.LEAVING if wish == "leaving" else drafts.SHARED_IDLE
        drafts.keep_for(db(), current.vault(), current.clock(), token, idle)
    return {"left": drafts.seconds_left(db(), current.vault(), current.clock(), token) or 0}


@blueprint.post("/avslutt")
@access("citizen")
def leave() -> ResponseReturnValue:
    """Quick exit: the draft is deleted here and at the assistant, the cookie emptied, and a neutral page follows."""
    forget_draft()
    sessions.forget_everything()
    return redirect(url_for("citizen.left"), code=303)


@blueprint.get("/ut")
@access("public")
def left() -> ResponseReturnValue:
    """Only a step on the way out, twice: the second time changes the cookie, so that «back» shows nothing (see sessions).

    Chromium counts the redirect of a form as sending the form there, and our Content-Security-Policy lets forms send to
    nobody but us. From a page of our own the browser may go anywhere, and it leaves no trace of this step in its history.
    """
    if "videre" not in request.args:
        return (
            render_template("citizen/left.html"),
            200,
            {"Refresh": f"0; url={url_for('citizen.left', videre=1)}"},
        )
    sessions.change_cookie()
    return render_template("citizen/left.html"), 200, {"Refresh": f"0; url={exit_url()}"}


@blueprint.get("/ut.css")
@access("public")
def left_style() -> ResponseReturnValue:
    """An empty style sheet that changes the cookie: for pages that follow after something private was left."""
    sessions.change_cookie()
    return "", 200, {"Content-Type": "text/css; charset=utf-8"}
