"""What families and young people meet before they send: tell, mirror, who can help, send, receipt, and the way out.

One page each, rendered on the server; every button is a form, every form is answered with a redirect. What comes after
sending is in web.citizen.case_pages.
"""

from __future__ import annotations

from typing import cast

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from web import current, notices, other_languages
from web.cases import codes, is_sent
from web.cases.checks import MAX_TEXT
from web.cases.types import (
    ABOUT,
    ABOUT_HOME,
    AUTHORS,
    CALLER_SAYS,
    CONTACT_WAYS,
    PARENTS_ANSWERS,
    SAFE_NOW,
    SAFE_WHEN,
    About,
    AboutHome,
    Author,
    CallerSays,
    ContactWay,
    ParentsAnswer,
    SafeNow,
    SafeWhen,
)
from web.citizen import (  # noqa: F401 - case_pages, child_pages and what_they_see add what they have to the blueprint
    case_pages,
    child_adult,
    child_done,
    child_pages,
    drafts,
    journey,
    turns,
    what_they_see,
)
from web.citizen import voice as voice_pages
from web.citizen.drafts import Draft, DraftFull, ShownTurn
from web.citizen.forms import (
    DETAILS_OF,
    MAY_KNOW_GROWN,
    MAY_KNOW_YOUNG,
    WHEN_CHOICES,
    CallForm,
    EmptyForm,
    SavedForm,
    SendForm,
)
from web.citizen.pages import (
    answer_language,
    blueprint,
    call_me,
    choose_shared,
    ended,
    exit_url,
    follow_language,
    forget_draft,
    keep,
    load_draft,
    may_write,
    needs_by_group,
    on_post_language,
    open_draft,
    page_language,
    render,
    to_receipt,
)
from web.citizen.sending import send_draft
from web.db import db
from web.errors import keeps_text
from web.security import sessions
from web.security.access import access

TAKES_RECORDINGS = ("citizen.voice_post", "citizen.case_voice_post")
"""Where a form may be as large as a recording."""
BACK_TO = {
    "tell": "citizen.tell",
    "voice": "citizen.voice",
    "mirror": "citizen.mirror",
    "help": "citizen.who_can_help",
    "child": "citizen.child_adult",
}
"""Where the buttons of the last page before sending lead back to."""
BACK_FROM_SHARED = {"tell": "citizen.tell", "safe": "citizen.safe_use"}
"""Where the choice of a shared device can be made."""


# --- Tell -----------------------------------------------------------------------------------------------------


def _tell_page(text: str = "", problem: str | None = None) -> str:
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
        groups=needs_by_group() if draft and draft.assistant_down else [],
        spoken=voice_pages.draft_recordings(),
        most=turns.MOST_CHARACTERS,
        ended=ended() and not text,
    )


def _tell_again() -> ResponseReturnValue:
    """After an expired form: the same page with the text in its field."""
    return _tell_page(turns.plain(request.form.get("text", "")), "expired"), 400


@blueprint.get("/")
@access("citizen", index=True)
def tell() -> ResponseReturnValue:
    """One question and one field; after the first words, the conversation."""
    return to_receipt(load_draft()) or _tell_page()


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
        return _tell_page(text)
    if asks := _number_on_enter(draft):
        return asks
    if not may_write():
        return _tell_page(text, "too_fast"), 429
    payload = request.form.get("payload")
    if "speak" in request.form:
        if text.strip() or draft.turns:
            draft.unsent = text
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
        problem = turns.problem_with(text) or _full(draft)
        if problem:
            return _tell_page(text, problem), 422
        draft.unsent = ""
        if not _same_again(draft, text):
            outcome = turns.take_text(draft, text, current.assistant(), current.catalog(), answer_language())
        else:
            outcome = None
    try:
        return _after_turn(draft, outcome)
    except DraftFull:
        return _tell_page(text, "full"), 422


def _full(draft: Draft) -> str | None:
    return "full" if len(draft.statements) >= turns.MOST_STATEMENTS else None


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


# --- Mirror ---------------------------------------------------------------------------------------------------


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
    if asks := _number_on_enter(draft):
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
        problem = turns.problem_with(text) or _full(draft)
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


# --- Who can help ---------------------------------------------------------------------------------------------


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


# --- Send -----------------------------------------------------------------------------------------------------


def _send_form(draft: Draft, *, posted: bool) -> tuple[SendForm, list[journey.Shown]]:
    shown, _found = journey.suggestions(current.catalog(), draft)
    language = page_language()
    services = [(one.suggestion.service.id, one.suggestion.service.name[language]) for one in shown]
    unit = current.catalog().contact_point.name[language]
    if posted:
        return SendForm(services, unit), shown
    way = draft.way or "code"
    before = {
        "safe_now": draft.safe_now if draft.safe_now in ("yes", "no", "unknown") else None,
        "about": draft.about if draft.about in ("self", "my_child", "friend", "other") else None,
        "age": draft.age,
        "writer": draft.writer or _likely_writer(draft),
        "way": way,
        "voicemail_ok": draft.voicemail_ok,
        "notices_ok": draft.notices_ok,
        "safe_times": draft.safe_times,
        "may_know": draft.may_know,
        "consents": [service for service, given in draft.consents.items() if given],
        "safe_when": draft.safe_when,
        "caller_says": draft.caller_says or "first_name",
        "safe_word": draft.safe_word,
        "home": draft.home,
        "parents": draft.parents,
        "prefers": draft.prefers,
        "avoids": draft.avoids,
    }
    if way in DETAILS_OF:
        before[DETAILS_OF[way]] = draft.details
    return SendForm(services, unit, formdata=None, data=before), shown


def _likely_writer(draft: Draft) -> Author | None:
    """Chosen beforehand only when it follows from what was said."""
    return (
        turns.author_of(draft)
        if draft.about == "my_child" or (draft.about == "self" and draft.age is not None)
        else None
    )


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
        ask_writer=(draft.writer is None and _likely_writer(draft) is None) or "writer" in request.form,
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
    form, shown = _send_form(draft, posted=False)
    return _send_page(draft, form, shown, {})


def _something(draft: Draft) -> bool:
    """Whether there is anything to send: words, written or spoken, or chosen topics."""
    return bool(draft.statements or draft.needs or voice_pages.draft_recordings())


def _unheard(draft: Draft) -> bool:
    """Whether there may be danger in a recording that nothing has heard, and nobody has asked."""
    asked = draft.safe_now is not None or "hurt" in draft.pictures
    return not asked and bool(voice_pages.draft_recordings())


def _posted_words(draft: Draft) -> dict[int, str]:
    return {
        i: turns.plain(request.form[f"words-{i}"])
        for i in range(len(draft.statements))
        if f"words-{i}" in request.form
    }


def _words_again() -> ResponseReturnValue:
    """The draft has ended, but its words came with the form: they stand in the field of the first page again."""
    texts = [turns.plain(text) for name, text in request.form.items() if name.startswith("words-")]
    if not "".join(texts).strip():
        return redirect(url_for("citizen.tell"), code=303)
    return _tell_page("\n\n".join(texts), "over"), 400


def _send_again() -> ResponseReturnValue:
    draft = load_draft()
    if draft is None:
        return _words_again()
    form, shown = _send_form(draft, posted=True)
    return _send_page(draft, form, shown, _posted_words(draft), 400)


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
    form, shown = _send_form(draft, posted=True)
    words = _posted_words(draft)
    if on_post_language():
        return _send_page(draft, form, shown, words)
    if "unrecord" in request.form:
        _take_answers(draft, form)
        keep(draft)
        voice_pages.remove_recording(request.form["unrecord"])
        return _send_page(draft, form, shown, words)
    if "enter" in request.form:
        return _number_on_enter(draft) or _send_page(draft, form, shown, words)
    if request.form.get("go") in BACK_TO:
        _take_answers(draft, form)
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
        _take_answers(draft, form)
        keep(draft)
        return _send_page(draft, form, shown, words, 422)
    _take_answers(draft, form)
    journey.replace_words(draft, words)
    # A recording is gone from the draft when another press has sent it just now: then there is a receipt to show.
    if not _something(draft) and not is_sent(db(), draft.submission_key):
        keep(draft)
        return redirect(url_for("citizen.tell"), code=303)
    if draft.return_code is None:
        draft.return_code = codes.new_code(page_language())
    keep(draft)
    conversation = draft.conversation
    send_draft(draft)
    current.assistant().forget(conversation)
    return redirect(url_for("citizen.receipt"), code=303)


def _take_answers(draft: Draft, form: SendForm) -> None:
    """Answers as they stand in the form, also when something else in it has to be asked about."""
    if form.safe_now.data in SAFE_NOW:
        draft.safe_now = cast(SafeNow, form.safe_now.data)
    if form.about.data in ABOUT:
        draft.about = cast(About, form.about.data)
    if form.age.data is not None and not form.age.errors:
        draft.age, draft.ages_differ = form.age.data, False
    draft.writer = cast(Author, form.writer.data) if form.writer.data in AUTHORS else draft.writer
    if form.way.data in CONTACT_WAYS:
        draft.way = cast(ContactWay, form.way.data)
        draft.details = form.details
    draft.voicemail_ok = bool(form.voicemail_ok.data)
    draft.notices_ok = bool(form.notices_ok.data)
    draft.safe_times = form.safe_times.data or None
    draft.may_know = list(form.may_know.data or [])
    if form.home.data in ABOUT_HOME:
        draft.home = cast(AboutHome, form.home.data)
    if form.parents.data in PARENTS_ANSWERS:
        draft.parents = cast(ParentsAnswer, form.parents.data)
    draft.prefers = form.prefers.data or None
    draft.avoids = form.avoids.data or None
    draft.safe_when = [cast(SafeWhen, when) for when in form.safe_when.data or [] if when in SAFE_WHEN]
    if form.caller_says.data in CALLER_SAYS:
        draft.caller_says = cast(CallerSays, form.caller_says.data)
    draft.safe_word = form.safe_word.data or None
    chosen = set(form.consents.data or [])
    draft.consents = {choice.value: choice.value in chosen for choice in form.consents.choices or []}
    draft.services = [service for service in draft.consents if service in chosen]


# --- Call me today --------------------------------------------------------------------------------------------


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
    if text.strip() and not turns.is_code(text) and not _full(draft):
        draft.turns.append(ShownTurn("person", text))
        draft.add_statement(turns.author_of(draft), text[:MAX_TEXT])
        draft.unsent = ""
    if "way" in request.form:
        form, _shown = _send_form(draft, posted=True)
        form.validate()
        _take_answers(draft, form)
        journey.replace_words(draft, {i: words[:MAX_TEXT] for i, words in _posted_words(draft).items()})


def _number_on_enter(draft: Draft) -> ResponseReturnValue | None:
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
    if draft.return_code is None:
        draft.return_code = codes.new_code(page_language())
    keep(draft)
    conversation = draft.conversation
    send_draft(draft)
    current.assistant().forget(conversation)
    return redirect(url_for("citizen.receipt"), code=303)


# --- Receipt --------------------------------------------------------------------------------------------------


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


# --- Always there ---------------------------------------------------------------------------------------------


@blueprint.get("/akutt")
@access("public", index=True)
def urgent() -> ResponseReturnValue:
    """Whom to call now. Works without JavaScript and without the assistant."""
    return render("urgent", lines=journey.helplines(current.catalog(), load_draft(), current.clock().now()))


@blueprint.get("/om")
@access("public", index=True)
def about() -> ResponseReturnValue:
    """What this is, who is behind it, how it works."""
    return render("about")


@blueprint.get("/personvern")
@access("public", index=True)
def privacy() -> ResponseReturnValue:
    """What is stored, who reads it, how long, and one's rights."""
    return render(
        "privacy",
        title=_("What is stored, and who reads it"),
        inquiry_days=current.catalog().retention.days("case_inquiry"),
    )


@blueprint.get("/trygt-nettvett")
@access("public", index=True)
def safe_use() -> ResponseReturnValue:
    """How to hide traces on phone and computer, and what is kept here."""
    return render("safe_use", most_hours=int(drafts.MAX_AGE.total_seconds() // 3600))


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
