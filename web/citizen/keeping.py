"""The person's own case: when it is deleted, keeping it longer, and the wish to delete it."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import date

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from web import current
from web.cases import deletion_requests, retention
from web.cases.deadlines import local_date
from web.cases.deletion_requests import RequestView, SharedWith
from web.cases.types import CaseError, CaseNotFound, CaseView
from web.catalog.retention import Ground
from web.citizen.forms import EmptyForm
from web.citizen.pages import blueprint, render, service_name
from web.db import db
from web.security import sessions
from web.security.access import access


@dataclass(frozen=True)
class Keeping:
    """What the page of a case says about deleting."""

    deleted_on: date | None
    """The day on which everything goes by itself; None when it does not."""
    request: RequestView | None
    """The wish to delete that waits, or that was answered with no."""
    ground: Ground | None
    services: tuple[SharedWith, ...]
    """Who has got something of it, and may keep what they have written themselves."""


def keeping_of(view: CaseView) -> Keeping:
    """When this case is deleted, and what became of a wish to delete it."""
    rules = current.catalog().retention
    request = deletion_requests.newest_request(db(), current.vault(), view.id)
    if request is not None and request.state == "withdrawn":
        request = None
    return Keeping(
        retention.deleted_on(db(), view.id, rules, local_date(current.clock().now())),
        request,
        rules.grounds.get(request.ground or "") if request else None,
        deletion_requests.shared_with(db(), current.vault(), view.id) if request else (),
    )


@blueprint.get("/sak/slett")
@access("code")
def case_delete() -> ResponseReturnValue:
    """Ask before everything is deleted; say what is deleted at once and what a person must look at first."""
    case_id = sessions.open_case_id()
    found = deletion_requests.what_is_left(db(), current.vault(), case_id or "")
    if case_id is None or found is None:
        sessions.close_case()
        return redirect(url_for("citizen.enter_code"), code=303)
    rules = current.catalog().retention
    return render(
        "delete",
        form=EmptyForm(),
        told_by_child=found.told_by_child,
        at_once=deletion_requests.may_delete_now(db(), case_id, rules),
        danger=found.danger,
        services=found.services,
        service_name=service_name,
        days=rules.answer_request_within_days,
    )


@blueprint.post("/sak/slett")
@access("code")
def case_delete_post() -> ResponseReturnValue:
    """Delete everything for good, or ask for it."""
    case_id = sessions.open_case_id()
    if not case_id or not EmptyForm().validate_on_submit():
        return redirect(url_for("citizen.case_delete"), code=303)
    done = "deleted"
    with contextlib.suppress(CaseNotFound):
        done = deletion_requests.ask_to_delete(
            db(), current.vault(), current.clock(), case_id, current.catalog().retention
        )
    if done == "asked":
        return redirect(url_for("citizen.case", gjort="delete-asked", _anchor="done"), code=303)
    sessions.close_case()
    return redirect(url_for("citizen.deleted"), code=303)


@blueprint.get("/slettet")
@access("public")
def deleted() -> ResponseReturnValue:
    """Everything is deleted."""
    return render("deleted")


def _done(done: str | None) -> ResponseReturnValue:
    return redirect(url_for("citizen.case", gjort=done, _anchor="done" if done else None), code=303)


@blueprint.post("/sak/ikke-slett")
@access("code")
def case_delete_not() -> ResponseReturnValue:
    """Take the wish to delete back."""
    case_id = sessions.open_case_id()
    if not case_id or not EmptyForm().validate_on_submit():
        return _done(None)
    try:
        deletion_requests.take_back(db(), current.vault(), current.clock(), case_id)
    except CaseNotFound:
        return redirect(url_for("citizen.enter_code"), code=303)
    return _done("delete-not")


@blueprint.post("/sak/behold")
@access("code")
def case_keep() -> ResponseReturnValue:
    """Keep the case longer than the municipality would."""
    case_id = sessions.open_case_id()
    if not case_id or not EmptyForm().validate_on_submit():
        return _done(None)
    try:
        retention.keep_on_wish(db(), current.vault(), current.clock(), case_id, current.catalog().retention)
    except CaseNotFound:
        return redirect(url_for("citizen.enter_code"), code=303)
    except CaseError:
        return _done(None)  # it has been opened again since the page was made
    return _done("kept")
