"""The child's own way in: on the phone of the one who writes, with an invitation, or by itself.

While a child has the device (web.security.sessions.child), the draft of this browser is the child's own, and the pages of
who handed it over are closed: neither sees what the other has told.
"""

from __future__ import annotations

from flask import current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from web import current
from web.assistant import AssistantUnavailable
from web.cases import (
    child_tells,
    find_child_invitation,
    invite_child,
    set_child_not_asked,
    view_for_person,
    withdraw_child_invitation,
)
from web.cases.types import (
    NOT_ASKED_REASONS,
    CaseNotFound,
    CaseView,
    ChildTold,
    InvitationGone,
    NotAsked,
)
from web.citizen import child, drafts, journey, turns
from web.citizen.drafts import Draft, DraftFull
from web.citizen.forms import EmptyForm
from web.citizen.pages import (
    blueprint,
    keep,
    load_draft,
    may_write,
    on_post_language,
    open_draft,
    page_language,
    render,
)
from web.db import db
from web.errors import keeps_text
from web.security import sessions
from web.security.access import access, mark_of
from web.security.limits import child_tries

MOST_REASON = 1000
BACK = {"send": "citizen.send", "receipt": "citizen.receipt", "case": "citizen.case"}
"""Where who handed the phone over goes on."""
_OF_THE_GROWN_UP = frozenset(
    {"who_can_help", "send", "send_post", "receipt", "receipt_saved", "child_adult", "child_adult_post"}
)


@blueprint.before_request
def _only_the_childs_pages() -> Response | None:
    """While a child has the device, the pages of who handed it over lead to the child's."""
    if sessions.child() is None:
        return None
    endpoint = (request.endpoint or "").removeprefix("citizen.")
    draft = load_draft()
    mark = mark_of(current_app, request.endpoint)
    if endpoint in ("mirror", "mirror_post"):
        return redirect(url_for("citizen.child_finish"), code=303)
    talks = endpoint in ("tell", "tell_post")
    if talks and (draft is None or draft.age is None or child.is_small(draft)):
        return redirect(url_for("citizen.child_start"), code=303)
    if (
        endpoint.startswith("voice")
        or endpoint in _OF_THE_GROWN_UP
        or (mark is not None and mark.level == "code")
    ):
        return redirect(url_for("citizen.child_start"), code=303)
    return None


# --- Who writes lets the child tell ----------------------------------------------------------------------------


def _grown_up_case() -> tuple[str, str]:
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
    place, case_id = _grown_up_case()
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
        told_here=bool(draft and draft.child_told) and not view,
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
    place, case_id = _grown_up_case()
    draft = load_draft()
    if not place:
        return redirect(url_for("citizen.child_start"), code=303)
    text, reason = turns.plain(request.form.get("text", "")), request.form.get("reason", "")
    if on_post_language():
        return _adult_page(text=text, reason=reason)
    do = request.form.get("do", "")
    try:
        if do == "hand_over":
            _hand_over(place, case_id)
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


def _hand_over(place: str, case_id: str) -> None:
    """From now on this browser is the child's, until it is done."""
    sessions.open_child(drafts.new_token(), "handed", back=place, case_id=case_id)
    g.pop("citizen_draft", None)


# --- The child's pages ------------------------------------------------------------------------------------------


def _childs_draft() -> Draft | None:
    """The draft that the child tells in. A grown-up's is none: who comes to /barn with one hands the phone over."""
    draft = load_draft()
    if sessions.child() is not None or draft is None:
        return draft
    return draft if draft.receipt is None and turns.author_of(draft) in ("child", "youth") else None


@blueprint.get("/barn")
@access("citizen")
def child_start() -> ResponseReturnValue:
    """How old are you? Big buttons, nothing to write."""
    return render("child_start", form=EmptyForm(), ages=child.AGES, own=_on_its_own())


def _on_its_own() -> bool:
    """A child that has come by itself; not one with a grown-up's phone."""
    if sessions.child() is not None:
        return False
    return _grown_up_case()[0] not in ("send", "receipt") or _childs_draft() is not None


@blueprint.post("/barn")
@access("citizen")
def child_age() -> ResponseReturnValue:
    """The age decides the way on."""
    age = request.form.get("age", "")
    if not (age.isdigit() and int(age) in child.AGES):
        return redirect(url_for("citizen.child_start"), code=303)
    if sessions.child() is None and not _on_its_own():
        # Who has the phone has written as a grown-up: the child gets a page of its own.
        _hand_over(*_grown_up_case())
    draft = open_draft()
    draft.age, draft.age_skipped, draft.about = int(age), False, "self"
    draft.writer = child.author(draft)
    keep(draft)
    return redirect(url_for("citizen.child_first"), code=303)


@blueprint.get("/barn/forst")
@access("citizen")
def child_first() -> ResponseReturnValue:
    """Who reads it, that the grown-ups at home do not, and when grown-ups have to act: before anything is told."""
    draft = _childs_draft()
    if draft is None or draft.age is None:
        return redirect(url_for("citizen.child_start"), code=303)
    small = child.is_small(draft)
    start = url_for("citizen.child_step", step="face") if small else url_for("citizen.tell")
    return render("child_first", form=EmptyForm(), small=small, start_url=start, own=sessions.child() is None)


def _step_page(step: child.Step, draft: Draft, text: str | None = None, problem: str = "") -> str:
    words = draft.statements[-1][1] if draft.statements and not _own_pictures(draft) else ""
    place = child.STEPS.index(step)
    return render(
        "child_step",
        form=EmptyForm(),
        one=step,
        chosen=draft.pictures.get(step.id, []),
        number=place + 1,
        count=len(child.STEPS),
        back_url=url_for("citizen.child_step", step=child.STEPS[place - 1].id)
        if place
        else url_for("citizen.child_first"),
        text=words if text is None else text,
        problem=problem,
    )


def _own_pictures(draft: Draft) -> bool:
    """Whether the last statement is the pictures, as sentences."""
    return bool(draft.pictures_text) and draft.statements[-1][1] == draft.pictures_text


def _small() -> Draft | None:
    draft = _childs_draft()
    return draft if child.is_small(draft) else None


@blueprint.get("/barn/steg/<step>")
@access("citizen")
def child_step(step: str) -> ResponseReturnValue:
    """One question of the small way."""
    draft, one = _small(), child.STEP_OF.get(step)
    if draft is None or one is None:
        return redirect(url_for("citizen.child_start"), code=303)
    return _step_page(one, draft)


def _step_again() -> ResponseReturnValue:
    draft, one = _small(), child.STEP_OF.get((request.view_args or {}).get("step", ""))
    if draft is None or one is None:
        return redirect(url_for("citizen.child_start"), code=303)
    return _step_page(one, draft, turns.plain(request.form.get("text", "")), "expired"), 400


@blueprint.post("/barn/steg/<step>")
@access("citizen")
@keeps_text(_step_again)
def child_step_post(step: str) -> ResponseReturnValue:
    """Keep what was chosen or written, and go on."""
    draft, one = _small(), child.STEP_OF.get(step)
    if draft is None or one is None:
        return redirect(url_for("citizen.child_start"), code=303)
    text = turns.plain(request.form.get("text", ""))
    if on_post_language():
        return _step_page(one, draft, text)
    if one.choices:
        child.choose(draft, one, request.form.getlist("choice"))
    else:
        if len(text) > turns.MOST_CHARACTERS:
            return _step_page(one, draft, text, "too_long"), 422
        if not may_write():
            return _step_page(one, draft, text, "too_fast"), 429
        _take_words(draft, text)
    try:
        keep(draft)
    except DraftFull:
        return _step_page(one, draft, text, "too_long"), 422
    following = child.next_step(one)
    if following is None:
        return redirect(url_for("citizen.child_finish"), code=303)
    return redirect(url_for("citizen.child_step", step=following.id), code=303)


def _take_words(draft: Draft, text: str) -> None:
    """A small child's free text: kept as written, and read by the assistant for danger and needs."""
    draft.statements, draft.understood, draft.acute_kinds = [], [], []
    draft.pictures_text, draft.assistant_answered, draft.assistant_down = "", False, False
    if not text.strip():
        return
    position = draft.add_statement(child.author(draft), text)
    try:
        found, _facts = next(
            iter(current.assistant().understand([text], timeout_s=current.config().assistant_timeout_s))
        )
    except (AssistantUnavailable, StopIteration):
        draft.assistant_down = True
        return
    known = current.catalog().needs
    draft.merge(
        position,
        [(need.id, need.confidence, need.evidence) for need in found.needs if need.id in known],
        found.acute.kinds if found.acute.flag else (),
        found.acute.confidence,
        found.language,
    )


# --- Done -------------------------------------------------------------------------------------------------------


@blueprint.get("/barn/se")
@access("citizen")
def child_finish() -> ResponseReturnValue:
    """What the child has told, and whether the grown-ups at home can read it."""
    draft = _childs_draft()
    if draft is None or draft.age is None:
        return redirect(url_for("citizen.child_start"), code=303)
    if not child.has_told(draft):
        return redirect(url_for("citizen.child_first"), code=303)
    small = child.is_small(draft)
    back = url_for("citizen.child_step", step=child.STEPS[-1].id) if small else url_for("citizen.tell")
    words = [text for _author, text in draft.statements if text != draft.pictures_text]
    return render(
        "child_finish",
        form=EmptyForm(),
        chosen=child.sentences(draft),
        words=words,
        back_url=back,
        small=small,
        own=sessions.child() is None,
        waits=bool((record := sessions.child()) and not record["case"]),
    )


@blueprint.post("/barn/se")
@access("citizen")
def child_finish_post() -> ResponseReturnValue:
    """«Ferdig»: the words go into the case, or wait to be sent with it, and the device is the grown-up's again."""
    draft, record = _childs_draft(), sessions.child()
    if draft is None or not child.has_told(draft):
        return redirect(url_for("citizen.child_start"), code=303)
    if record is None:
        child.to_own_case(draft)
        keep(draft)
        return redirect(url_for("citizen.send"), code=303)
    told = child.told(draft, page_language(), share_at_home="share" in request.form)
    try:
        if record["case"]:
            child_tells(
                db(), current.vault(), current.clock(), record["case"], told, record["invitation"] or None
            )
        else:
            _keep_for_sending(told)
    except (InvitationGone, CaseNotFound):
        return _goes_alone(draft)
    return _gives_back(draft, told=True)


def _keep_for_sending(told: ChildTold) -> None:
    """Into the draft of who handed the phone over, which shows nothing of it."""
    token = sessions.writer_draft_token()
    waiting = drafts.load(db(), current.vault(), current.clock(), token)
    if token is None or waiting is None:
        raise CaseNotFound("no such case")  # deleted in the meantime
    if told.key not in [one.key for one in waiting.child_told]:
        waiting.child_told.append(told)
    waiting.child_not_asked = None
    drafts.save(db(), current.vault(), current.clock(), token, waiting)


def _goes_alone(draft: Draft) -> ResponseReturnValue:
    """There is nothing to add it to any more. The child's words are not lost: it can send them by itself."""
    token = sessions.draft_token()
    sessions.close_child()
    sessions.drop_draft_token()
    if token is not None:
        sessions.keep_draft_token(token)
    g.pop("citizen_draft", None)
    child.to_own_case(draft)
    keep(draft)
    return redirect(url_for("citizen.send"), code=303)


def _gives_back(draft: Draft | None, *, told: bool) -> ResponseReturnValue:
    record = sessions.child()
    token = sessions.draft_token() if record else None
    drafts.forget(db(), current.vault(), token)
    sessions.close_child()
    g.pop("citizen_draft", None)
    if draft is not None and draft.conversation:
        current.assistant().forget(draft.conversation)
    mode = record["mode"] if record else "invited"
    return redirect(
        url_for(
            "citizen.child_end",
            til=record["back"] if record and mode == "handed" else None,
            fortalt=1 if told else None,
        ),
        code=303,
    )


@blueprint.post("/barn/slutt")
@access("citizen")
def child_stop() -> ResponseReturnValue:
    """The child does not want to tell, or takes it back: nothing of it is kept."""
    if sessions.child() is not None:
        return _gives_back(load_draft(), told=False)
    draft = _childs_draft()
    if draft is not None:
        drafts.forget(db(), current.vault(), sessions.draft_token())
        sessions.drop_draft_token()
        g.pop("citizen_draft", None)
        current.assistant().forget(draft.conversation)
    return redirect(url_for("citizen.child_end"), code=303)


@blueprint.get("/barn/ferdig")
@access("citizen")
def child_end() -> ResponseReturnValue:
    """Done. What comes after it on this device is the grown-up's; nothing the child told is left on it."""
    back = request.args.get("til", "")
    return render(
        "child_end",
        told="fortalt" in request.args,
        back_url=url_for(BACK[back]) if back in BACK else None,
        waits=back == "send",
        hear_by=journey.hear_by(current.catalog(), current.clock().now()),
    )


# --- With an invitation ------------------------------------------------------------------------------------------


def _code_page(typed: str, problem: str = "", wait: int = 0, status: int = 200) -> ResponseReturnValue:
    return render("child_code", form=EmptyForm(), typed=typed, problem=problem, wait=wait), status


@blueprint.get("/barn/kode")
@access("citizen")
def child_code() -> ResponseReturnValue:
    """Write the code from the invitation."""
    return _code_page("")


@blueprint.post("/barn/kode")
@access("citizen")
def child_code_post() -> ResponseReturnValue:
    """Open the page to tell on. Whatever is wrong with a code, the answer is the same and as slow."""
    typed = request.form.get("code", "").strip()[:60]
    if on_post_language():
        return _code_page(typed)
    if not typed:
        return _code_page(typed, _("Write the code first."), status=422)
    return _open_invitation(typed)


@blueprint.get("/barn/<code>")
@access("citizen")
def child_invited(code: str) -> ResponseReturnValue:
    """The link of an invitation. It is used up by sending, not by opening: some programs open links by themselves."""
    return _open_invitation(code)


def _open_invitation(typed: str) -> ResponseReturnValue:
    wait = child_tries.wait()
    if wait:
        return _code_page("", wait=wait, status=429)
    found = find_child_invitation(db(), current.vault(), current.clock(), current.municipality(), typed)
    if found is None:
        child_tries.failed()
        problem = _("This code does not work. It may be old, used already, or written wrong.")
        return _code_page(typed if request.method == "POST" else "", problem, status=422)
    case_id, invitation = found
    drafts.forget(db(), current.vault(), sessions.draft_token() if sessions.child() else None)
    sessions.open_child(drafts.new_token(), "invited", case_id=case_id, invitation=invitation)
    g.pop("citizen_draft", None)
    return redirect(url_for("citizen.child_start"), code=303)
