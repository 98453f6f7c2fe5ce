"""Tell, «slik har jeg forstått deg», and who can help: what comes before the page on which one sends.

Every button is a form, every form is answered with a redirect.
"""

from __future__ import annotations

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from web import current, other_languages
from web.citizen import journey, turns
from web.citizen import voice as voice_pages
from web.citizen.call_pages import number_on_enter
from web.citizen.drafts import Draft, DraftFull
from web.citizen.forms import EmptyForm
from web.citizen.pages import (
    answer_language,
    blueprint,
    choose_shared,
    ended,
    follow_language,
    keep,
    load_draft,
    may_write,
    needs_by_group,
    on_post_language,
    open_draft,
    render,
    to_receipt,
)
from web.errors import keeps_text
from web.security.access import access


def tell_page(text: str = "", problem: str | None = None) -> str:
    """The first page or the conversation. text: what stands in the field; problem: why it was not taken."""
    draft = load_draft()
    return render(
        "tell",
        "tell",
        form=EmptyForm(),
        text=text or (draft.unsent if draft else ""),
        problem=problem,
        buttons=turns.shown_buttons(draft) if draft else [],
        answers_in=answer_language(),
        danger_fresh=turns.danger_fresh(draft) if draft else False,
        newest=turns.newest(draft) if draft else 0,
        hear_by=journey.hear_by(current.catalog(), current.clock().now()),
        groups=needs_by_group() if draft and draft.assistant_down else [],
        spoken=voice_pages.draft_recordings(),
        most=turns.MOST_CHARACTERS,
        ended=ended() and not text,
    )


def _tell_again() -> ResponseReturnValue:
    """After an expired form: the same page with the text in its field."""
    return tell_page(turns.plain(request.form.get("text", "")), "expired"), 400


@blueprint.get("/")
@access("citizen", index=True)
def tell() -> ResponseReturnValue:
    """One question and one field; after the first words, the conversation."""
    return to_receipt(load_draft()) or tell_page()


@blueprint.post("/")
@access("citizen")
@keeps_text(_tell_again)
def tell_post() -> ResponseReturnValue:
    """Words, a quick reply, or the way on; what stands in the field is kept in each case."""
    draft = open_draft()
    if draft.receipt is not None:
        return redirect(url_for("citizen.receipt"), code=303)
    if "shared" in request.form:
        choose_shared(True)
    text = turns.plain(request.form.get("text", ""))
    if "topics_shown" in request.form:
        known = current.catalog().needs
        turns.pick_topics(draft, [need for need in request.form.getlist("topics") if need in known])
    if on_post_language():
        return tell_page(text)
    if asks := number_on_enter(draft):
        return asks
    if not may_write():
        return tell_page(text, "too_fast"), 429
    payload = request.form.get("payload")
    if "speak" in request.form:
        if text.strip() or draft.turns or draft.speaks_from_send:
            draft.unsent, draft.speaks_from_send = text, False
            keep(draft)
        return redirect(url_for("citizen.voice"), code=303)
    if payload:
        draft.unsent = text
        # Pressed once more because the answer never came: «skip» must not skip the next question too.
        stale = _turned_since(draft)
        outcome = None if stale else turns.take_button(draft, payload, current.assistant(), answer_language())
    elif "go_on" in request.form and not text.strip():
        if "topics_shown" in request.form:
            keep(draft)
        return redirect(url_for("citizen.mirror"), code=303)
    else:
        problem = turns.problem_with(text) or turns.full(draft)
        if problem:
            return tell_page(text, problem), 422
        draft.unsent = ""
        if not _same_again(draft, text):
            outcome = turns.take_text(draft, text, current.assistant(), current.catalog(), answer_language())
        else:
            outcome = None
    try:
        return _after_turn(draft, outcome)
    except DraftFull:
        return tell_page(text, "full"), 422


def _turned_since(draft: Draft) -> bool:
    """Whether the person has taken a turn after the page that this form stands on."""
    seen = request.form.get("turn", "")
    return seen.isdigit() and any(turn.who == "person" for turn in draft.turns[int(seen) :])


def _same_again(draft: Draft, text: str) -> bool:
    """The same words from the same page once more: a double press, not a new turn."""
    seen = request.form.get("turn", "")
    return (
        seen.isdigit()
        and int(seen) < len(draft.turns)
        and text in [turn.text for turn in draft.turns[int(seen) :] if turn.who == "person"]
    )


def _after_turn(draft: Draft, outcome: turns.Outcome | None) -> ResponseReturnValue:
    if outcome is not None:
        follow_language(outcome.language)
    keep(draft)
    if outcome is not None and outcome.forget:
        current.assistant().forget(outcome.forget)
    if "go_on" in request.form:
        return redirect(url_for("citizen.mirror"), code=303)
    return redirect(url_for("citizen.tell", _anchor="latest"), code=303)


def _mirror_page(text: str = "", problem: str | None = None) -> str:
    draft = open_draft()
    return render(
        "mirror",
        "mirror",
        form=EmptyForm(),
        told=journey.told(draft),
        needs=journey.needs_of(current.catalog(), draft),
        groups=needs_by_group(draft),
        spoken=voice_pages.draft_recordings(),
        text=text or draft.unsent,
        problem=problem,
    )


@blueprint.get("/forstatt")
@access("citizen")
def mirror() -> ResponseReturnValue:
    """«Slik har jeg forstått deg»: own words, needs as chips, and ways to correct."""
    return to_receipt(load_draft()) or _mirror_page()


def _mirror_again() -> ResponseReturnValue:
    return _mirror_page(turns.plain(request.form.get("text", "")), "expired"), 400


@blueprint.post("/forstatt")
@access("citizen")
@keeps_text(_mirror_again)
def mirror_post() -> ResponseReturnValue:
    """Remove a need, add one, say something else, or go on; what is typed or chosen is taken along in each case."""
    draft = open_draft()
    if draft.receipt is not None:
        return redirect(url_for("citizen.receipt"), code=303)
    text = turns.plain(request.form.get("text", ""))
    if on_post_language():
        return _mirror_page(text)
    if asks := number_on_enter(draft):
        return asks
    known = current.catalog().needs
    remove, add = request.form.get("remove"), request.form.get("add")
    if remove in known:
        draft.remove_need(str(remove))
    if add in known:
        draft.add_need(str(add))
    outcome = None
    if remove in known or "back" in request.form:
        # A chip or the way back was pressed, the text is perhaps not finished: it waits in its field.
        draft.unsent = text
    elif text.strip():
        problem = turns.problem_with(text) or turns.full(draft)
        if problem or not may_write():
            return _mirror_page(text, problem or "too_fast"), 422 if problem else 429
        draft.unsent = ""
        outcome = turns.take_text(draft, text, current.assistant(), current.catalog(), answer_language())
        follow_language(outcome.language)
    try:
        keep(draft)
    except DraftFull:
        return _mirror_page(text, "full"), 422
    if outcome is not None and outcome.forget:
        current.assistant().forget(outcome.forget)
        return redirect(url_for("citizen.tell"), code=303)
    if "go_on" in request.form:
        return redirect(url_for("citizen.who_can_help"), code=303)
    if "back" in request.form:
        return redirect(url_for("citizen.tell"), code=303)
    return redirect(url_for("citizen.mirror", _anchor="about"), code=303)


@blueprint.get("/hjelp")
@access("citizen")
def who_can_help() -> ResponseReturnValue:
    """The contact point first, then at most five services with the reason, then whom to talk with now."""
    draft = load_draft()
    catalog, now = current.catalog(), current.clock().now()
    shown, found = journey.suggestions(catalog, draft or open_draft())
    return to_receipt(draft) or render(
        "help",
        "help",
        shown=shown,
        not_here=found.not_here,
        contact=found.contact_point,
        hear_by=journey.hear_by(catalog, now),
        lines=journey.helplines(catalog, draft, now),
        grown=draft is not None and journey.is_grown(turns.author_of(draft)),
        unread=draft is not None and journey.unread(draft),
        offer=other_languages.offered(
            current.config().locales_dir, [turn.text for turn in draft.turns if turn.who == "assistant"]
        )
        if draft
        else None,
    )
