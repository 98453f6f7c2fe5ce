"""Who writes about a child lets it tell: hand over the phone, make an invitation for later, or say why not."""

from __future__ import annotations

from flask import g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from web import current
from web.cases import (
    invite_child,
    set_child_not_asked,
    view_for_person,
    withdraw_child_invitation,
)
from web.cases.types import (
    NOT_ASKED_REASONS,
    CaseNotFound,
    CaseView,
    NotAsked,
)
from web.citizen import child, drafts, turns
from web.citizen.drafts import DraftFull
from web.citizen.forms import EmptyForm
from web.citizen.pages import (
    blueprint,
    keep,
    load_draft,
    on_post_language,
    render,
)
from web.db import db
from web.errors import keeps_text
from web.security import sessions
from web.security.access import access

MOST_REASON = 1000
BACK = {"send": "citizen.send", "receipt": "citizen.receipt", "case": "citizen.case"}
"""Where who handed the phone over goes on."""


def grown_up_case() -> tuple[str, str]:
    """Where the child's words would go, and the id of the case if it is sent: ("send" | "receipt" | "case" | "", id)."""
    draft, case_id = load_draft(), sessions.open_case_id()
    wanted = request.values.get("fra", "")
    if case_id and (wanted == "case" or draft is None):
        return "case", case_id
    if draft is not None and draft.receipt is not None:
        return "receipt", draft.receipt.case_id
    if draft is not None and (draft.statements or draft.needs):
        return "send", ""
    return ("case", case_id) if case_id else ("", "")


def invites_child(place: str, case: CaseView | None = None) -> bool:
    """Whether the page shall invite who writes to let the child tell."""
    if case is not None:
        return case.child.concerned or bool(case.child.told_on)
    draft = load_draft()
    if draft is None or place == "receipt":
        return draft is not None and draft.receipt is not None and draft.receipt.about_child
    return child.is_about_a_child(draft)


@blueprint.app_context_processor
def _for_templates() -> dict[str, object]:
    return {"invites_child": invites_child, "public_address": public_address}


def public_address(path: str) -> str:
    """A path of this portal with its public address before it; a host that is not the municipality's is not believed."""
    host = request.host.rsplit(":", 1)[0].lower()
    if host in current.catalog().municipality.hosts:
        return f"{request.scheme}://{request.host}{path}"
    return f"{current.config().public_url}{path}"


def _adult_page(
    problem: str = "", text: str = "", reason: str = "", status: int = 200
) -> ResponseReturnValue:
    place, case_id = grown_up_case()
    if not place:
        return redirect(url_for("citizen.child_start"), code=303)
    draft = load_draft()
    view = view_for_person(db(), current.vault(), current.clock(), case_id) if case_id else None
    if case_id and view is None:
        sessions.close_case()
        return redirect(url_for("citizen.enter_code"), code=303)
    why = view.child.not_asked if view else draft.child_not_asked if draft else None
    page = render(
        "child_adult",
        form=EmptyForm(),
        place=place,
        back_url=url_for(BACK[place]),
        told_on=view.child.told_on if view else (),
        told_here=bool(draft and (draft.child_told or draft.child_alone)) and not view,
        invitation=view.child.invitation if view else None,
        reason=reason or (why.reason if why else ""),
        reason_text=text or (why.text if why else ""),
        reason_kept=why is not None and not problem,
        problem=problem,
        most=MOST_REASON,
    )
    return page, status


@blueprint.get("/barn/voksen")
@access("citizen")
def child_adult() -> ResponseReturnValue:
    """For who writes about a child: hand over the phone, make an invitation for later, or say why not."""
    return _adult_page()


def _adult_again() -> ResponseReturnValue:
    return _adult_page(text=turns.plain(request.form.get("text", "")), reason=request.form.get("reason", ""))


@blueprint.post("/barn/voksen")
@access("citizen")
@keeps_text(_adult_again)
def child_adult_post() -> ResponseReturnValue:
    """Do it."""
    place, case_id = grown_up_case()
    draft = load_draft()
    if not place:
        return redirect(url_for("citizen.child_start"), code=303)
    text, reason = turns.plain(request.form.get("text", "")), request.form.get("reason", "")
    if on_post_language():
        return _adult_page(text=text, reason=reason)
    do = request.form.get("do", "")
    try:
        if do == "hand_over":
            hand_over(place, case_id)
            return redirect(url_for("citizen.child_start"), code=303)
        if do == "invite" and case_id:
            invite_child(db(), current.vault(), current.clock(), case_id)
        elif do == "withdraw" and case_id:
            withdraw_child_invitation(db(), current.vault(), current.clock(), case_id)
        elif do == "why":
            known = next((one for one in NOT_ASKED_REASONS if one == reason), None)
            if known is None:
                return _adult_page("choose", text, status=422)
            if len(text) > MOST_REASON or (known == "other" and not text.strip()):
                return _adult_page("too_long" if text.strip() else "empty", text, reason, 422)
            why = NotAsked(known, text if known == "other" else "")
            if case_id:
                set_child_not_asked(db(), current.vault(), current.clock(), case_id, why)
            elif draft is not None:
                draft.child_not_asked = why
                keep(draft)
    except (CaseNotFound, DraftFull):
        return redirect(url_for("citizen.tell"), code=303)
    return redirect(url_for("citizen.child_adult", fra=place, _anchor="later"), code=303)


def hand_over(place: str, case_id: str) -> None:
    """From now on this browser is the child's, until it is done."""
    sessions.open_child(drafts.new_token(), "handed", back=place, case_id=case_id)
    g.pop("citizen_draft", None)
