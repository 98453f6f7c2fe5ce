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
    find_child_invitation,
    find_take_back,
)
from web.cases.childs_turn import can_be_read_at_home
from web.citizen import child, drafts, turns
from web.citizen import voice as voice_pages
from web.citizen.child_adult import grown_up_case, hand_over
from web.citizen.drafts import Draft, DraftFull
from web.citizen.forms import EmptyForm
from web.citizen.pages import (
    blueprint,
    keep,
    load_draft,
    may_write,
    on_post_language,
    open_draft,
    render,
)
from web.db import db
from web.errors import keeps_text
from web.security import sessions
from web.security.access import access, mark_of
from web.security.limits import child_tries

_OF_THE_GROWN_UP = frozenset(
    {"who_can_help", "send", "send_post", "receipt", "receipt_saved", "child_adult", "child_adult_post"}
)

_CHILDS = ("child", "voice", "tell", "mirror")
_AFTER_TELLING = frozenset({"child_end", "child_stop"})
_TAKING_BACK = frozenset(
    {"child_take_back", "child_take_back_post", "child_stop", "child_code", "child_code_post"}
)
TAKING_BACK = "take_back"
"""The way back of a child that has come with a code only to take something back."""


@blueprint.before_request
def _only_the_childs_pages() -> Response | None:
    """While a child has the device, the pages of who handed it over lead to the child's."""
    record = sessions.child()
    if record is None:
        return None
    endpoint = (request.endpoint or "").removeprefix("citizen.")
    if record["back"] == TAKING_BACK and endpoint.startswith(_CHILDS) and endpoint not in _TAKING_BACK:
        return redirect(url_for("citizen.child_take_back"), code=303)
    draft = load_draft()
    mark = mark_of(current_app, request.endpoint)
    if draft is not None and draft.child_done:
        # It has told: until it gives the device back there is one page, and the ways out.
        closed = endpoint.startswith(_CHILDS) and endpoint not in _AFTER_TELLING
        if closed or endpoint in _OF_THE_GROWN_UP or (mark is not None and mark.level == "code"):
            return redirect(url_for("citizen.child_end"), code=303)
        return None
    if endpoint in ("mirror", "mirror_post"):
        return redirect(url_for("citizen.child_finish"), code=303)
    talks = endpoint in ("tell", "tell_post")
    if talks and (draft is None or draft.age is None or child.is_small(draft)):
        return redirect(url_for("citizen.child_start"), code=303)
    if endpoint.startswith("voice") and (draft is None or draft.age is None):
        return redirect(url_for("citizen.child_start"), code=303)
    if endpoint in _OF_THE_GROWN_UP or (mark is not None and mark.level == "code"):
        return redirect(url_for("citizen.child_start"), code=303)
    return None


def childs_draft() -> Draft | None:
    """The draft that the child tells in. A grown-up's is none: who comes to /barn with one hands the phone over."""
    draft = load_draft()
    if sessions.child() is not None or draft is None:
        return draft
    return draft if draft.receipt is None and turns.author_of(draft) in ("child", "youth") else None


@blueprint.get("/barn")
@access("citizen")
def child_start() -> ResponseReturnValue:
    """How old are you? Big buttons, nothing to write."""
    return render(
        "child_start", form=EmptyForm(), ages=child.offered_ages(), own=_on_its_own(), shares=shares_here()
    )


def shares_here() -> bool:
    """Whether anything the child has told can be read at home, in the case or in what waits to be sent."""
    record = sessions.child()
    if record is None:
        return False
    if record["case"]:
        return can_be_read_at_home(db(), record["case"])
    waiting = drafts.load(db(), current.vault(), current.clock(), sessions.writer_draft_token())
    return waiting is not None and any(told.share_at_home for told in waiting.child_told)


def _on_its_own() -> bool:
    """A child that has come by itself; not one with a grown-up's phone."""
    if sessions.child() is not None:
        return False
    return grown_up_case()[0] not in ("send", "receipt") or childs_draft() is not None


@blueprint.post("/barn")
@access("citizen")
def child_age() -> ResponseReturnValue:
    """The age decides the way on."""
    age = request.form.get("age", "")
    if not (age.isdigit() and int(age) in child.offered_ages()):
        return redirect(url_for("citizen.child_start"), code=303)
    if sessions.child() is None and not _on_its_own():
        # Who has the phone has written as a grown-up: the child gets a page of its own.
        hand_over(*grown_up_case())
    draft = open_draft()
    draft.age, draft.age_skipped, draft.about = int(age), False, "self"
    draft.writer = child.author(draft)
    keep(draft)
    return redirect(url_for("citizen.child_first"), code=303)


@blueprint.get("/barn/forst")
@access("citizen")
def child_first() -> ResponseReturnValue:
    """Who reads it, that the grown-ups at home do not, and when grown-ups have to act: before anything is told."""
    draft = childs_draft()
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
        spoken=voice_pages.draft_recordings(),
    )


def _own_pictures(draft: Draft) -> bool:
    """Whether the last statement is the pictures, as sentences."""
    return bool(draft.pictures_text) and draft.statements[-1][1] == draft.pictures_text


def _small() -> Draft | None:
    draft = childs_draft()
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
    if "speak" in request.form:
        return redirect(url_for("citizen.voice"), code=303)
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
    shared = (
        None
        if found
        else find_take_back(db(), current.vault(), current.clock(), current.municipality(), typed)
    )
    if shared:
        return _open_take_back(shared)
    if found is None:
        child_tries.failed()
        problem = _("This code does not work. It may be old, used already, or written wrong.")
        return _code_page(typed if request.method == "POST" else "", problem, status=422)
    case_id, invitation = found
    drafts.forget(db(), current.vault(), sessions.draft_token() if sessions.child() else None)
    sessions.open_child(drafts.new_token(), "invited", case_id=case_id, invitation=invitation)
    g.pop("citizen_draft", None)
    return redirect(url_for("citizen.child_start"), code=303)


def _open_take_back(case_id: str) -> ResponseReturnValue:
    """With a code that has been used: nothing can be read with it, one thing can be taken back."""
    drafts.forget(db(), current.vault(), sessions.draft_token() if sessions.child() else None)
    sessions.open_child(drafts.new_token(), "invited", case_id=case_id, back=TAKING_BACK)
    g.pop("citizen_draft", None)
    return redirect(url_for("citizen.child_take_back"), code=303)
