"""What is sent and to whom, and Send."""

from __future__ import annotations

from typing import cast

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from web import current, notices
from web.cases import codes, is_sent
from web.cases.types import AUTHORS, Author
from web.citizen import journey, turns
from web.citizen import voice as voice_pages
from web.citizen.call_pages import number_on_enter
from web.citizen.drafts import Draft
from web.citizen.forms import MAY_KNOW_GROWN, MAY_KNOW_YOUNG, WHEN_CHOICES, SendForm
from web.citizen.pages import blueprint, keep, load_draft, on_post_language, page_language, render
from web.citizen.send_answers import likely_writer, posted_words, send_form, take_answers
from web.citizen.sending import send_draft
from web.citizen.telling import tell_page
from web.db import db
from web.errors import keeps_text
from web.security.access import access

BACK_TO = {
    "tell": "citizen.tell",
    "voice": "citizen.voice",
    "mirror": "citizen.mirror",
    "help": "citizen.who_can_help",
    "child": "citizen.child_adult",
}
"""Where the buttons of the last page before sending lead back to."""


def _send_page(
    draft: Draft, form: SendForm, shown: list[journey.Shown], words: dict[int, str], status: int = 200
) -> ResponseReturnValue:
    catalog, now = current.catalog(), current.clock().now()
    writer = form.writer.data if form.writer.data in AUTHORS else turns.author_of(draft)
    grown = journey.is_grown(cast(Author, writer))
    choices = MAY_KNOW_GROWN if writer == "parent" else MAY_KNOW_YOUNG
    rules = journey.rules_that_fit(draft, catalog)
    page = render(
        "send",
        "send",
        form=form,
        shown=shown,
        words=[(i, words.get(i, text)) for i, (_author, text) in enumerate(draft.statements)],
        too_long={i for i, text in words.items() if len(text) > turns.MOST_CHARACTERS},
        needs=journey.needs_of(catalog, draft),
        contact=catalog.contact_point,
        spoken=voice_pages.draft_recordings(),
        hear_by=journey.hear_by(catalog, now),
        # What was asked the last time is asked again when something else has to be mended: nothing disappears.
        ask_safe=draft.safe_now in (None, "skipped", "unknown") or "safe_now" in request.form,
        ask_about=draft.about is None or "about" in request.form,
        ask_age=(draft.age is None and not draft.age_skipped) or "age" in request.form,
        ask_writer=(draft.writer is None and likely_writer(draft) is None) or "writer" in request.form,
        grown=grown,
        when_choices=WHEN_CHOICES,
        notice_ways=notices.ways(current.config()),
        rule=rules[0],
        age_known=draft.age is not None,
        rules=rules[1:],
        may_know_choices=[
            choice for choice in choices if choice[0] != "parents" or rules[0].ask == "own_choice"
        ],
        most=turns.MOST_CHARACTERS,
    )
    return page, status


@blueprint.get("/send")
@access("citizen")
def send() -> ResponseReturnValue:
    """What is sent and to whom, before it is."""
    draft = load_draft()
    if draft is None or not (_something(draft) or draft.receipt):
        return redirect(url_for("citizen.tell"), code=303)
    if draft.receipt is not None:
        return redirect(url_for("citizen.receipt"), code=303)
    if draft.return_code is None:
        # Made before the form is shown: two presses of Send then carry the same code and give one case.
        draft.return_code = codes.new_code(page_language())
        keep(draft)
    form, shown = send_form(draft, posted=False)
    return _send_page(draft, form, shown, {})


def _something(draft: Draft) -> bool:
    """Whether there is anything to send: words, written or spoken, or chosen topics."""
    return bool(draft.statements or draft.needs or voice_pages.draft_recordings())


def _unheard(draft: Draft) -> bool:
    """Whether there may be danger in a recording that nothing has heard, and nobody has asked."""
    asked = draft.safe_now is not None or "hurt" in draft.pictures
    return not asked and bool(voice_pages.draft_recordings())


def _words_again() -> ResponseReturnValue:
    """The draft has ended, but its words came with the form: they stand in the field of the first page again."""
    texts = [turns.plain(text) for name, text in request.form.items() if name.startswith("words-")]
    if not "".join(texts).strip():
        return redirect(url_for("citizen.tell"), code=303)
    return tell_page("\n\n".join(texts), "over"), 400


def _send_again() -> ResponseReturnValue:
    draft = load_draft()
    if draft is None:
        return _words_again()
    form, shown = send_form(draft, posted=True)
    return _send_page(draft, form, shown, posted_words(draft), 400)


@blueprint.post("/send")
@access("citizen")
@keeps_text(_send_again)
def send_post() -> ResponseReturnValue:
    """Send. The receipt is shown only when everything is written; sent twice, it is the same case."""
    draft = load_draft()
    if draft is None:
        return _words_again()
    if draft.receipt is not None:
        return redirect(url_for("citizen.receipt"), code=303)
    form, shown = send_form(draft, posted=True)
    words = posted_words(draft)
    if on_post_language():
        return _send_page(draft, form, shown, words)
    if "unrecord" in request.form:
        take_answers(draft, form)
        keep(draft)
        voice_pages.remove_recording(request.form["unrecord"])
        return _send_page(draft, form, shown, words)
    if "enter" in request.form:
        return number_on_enter(draft) or _send_page(draft, form, shown, words)
    if request.form.get("go") in BACK_TO:
        take_answers(draft, form)
        draft.speaks_from_send = request.form["go"] == "voice"
        if not any(len(text) > turns.MOST_CHARACTERS for text in words.values()):
            journey.replace_words(draft, words)
        keep(draft)
        return redirect(url_for(BACK_TO[request.form["go"]]), code=303)
    valid = form.validate_on_submit()
    if any(len(text) > turns.MOST_CHARACTERS for text in words.values()):
        valid = False
    if not form.safe_now.data and _unheard(draft) and not form.safe_was_asked():
        valid = False
    if not valid:
        take_answers(draft, form)
        keep(draft)
        return _send_page(draft, form, shown, words, 422)
    take_answers(draft, form)
    journey.replace_words(draft, words)
    # A recording is gone from the draft when another press has sent it just now: then there is a receipt to show.
    if not _something(draft) and not is_sent(db(), draft.submission_key):
        keep(draft)
        return redirect(url_for("citizen.tell"), code=303)
    keep(draft)
    send_draft(draft)
    return redirect(url_for("citizen.receipt"), code=303)
