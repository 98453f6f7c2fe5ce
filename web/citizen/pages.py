"""What the citizen's pages share: the blueprint, the draft of this browser, its language, and marking text for display."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, cast

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext, refresh
from limits import parse
from markupsafe import Markup, escape
from werkzeug.wrappers import Response

from web import assistant, current, i18n
from web.cases import view_for_person
from web.cases.deadlines import OSLO
from web.cases.seeing import for_person
from web.cases.types import Language
from web.catalog import Text
from web.citizen import drafts, journey
from web.citizen.drafts import Draft
from web.db import db
from web.matching import HelplineNow, open_at
from web.security import sessions
from web.security.limits import client_key, limiter

blueprint = Blueprint("citizen", __name__, template_folder="templates")

RECEIPT_SHOWN = timedelta(hours=1)
"""The five words open the case: they do not stay on a device until somebody else opens the page."""
RECEIPT_SHOWN_SHARED = timedelta(minutes=2)
"""On a shared device: long enough to load a page again that never arrived."""
WARNED_BEFORE = timedelta(minutes=3)
"""How long before the end of a session its page asks whether the person is still there."""

STEPS = ("tell", "mirror", "help", "send", "receipt")
"""The way through, in order; the drawn door opens a little with each."""

GROUP_NAMES = {
    "school": lazy_gettext("School and kindergarten"),
    "mind": lazy_gettext("Thoughts and feelings"),
    "social": lazy_gettext("Friends, free time and the internet"),
    "family": lazy_gettext("Home and family"),
    "safety": lazy_gettext("Safety, alcohol and drugs"),
    "health": lazy_gettext("Body and health"),
    "living": lazy_gettext("Money and a place to live"),
    "coordination": lazy_gettext("Many helpers, and rights"),
}

# A person writes a few turns a minute. A machine that holds one conversation open is slowed, a school on one address not.
_TURNS = parse("40/minute")
_TURNS_OF_CLIENT = parse("1200/minute")


def page_language() -> Language:
    """The written language of this conversation and of the catalog's texts; the page itself may be in a third one."""
    return i18n.language()


def service_name(service_id: str) -> str | Text:
    """The name of a service, to be shown with in_language; its id when the catalog no longer has it."""
    service = current.catalog().service(service_id)
    return service.name if service else service_id


def service_words(service_id: str) -> str:
    """The name of a service as plain words in the page's language, to stand inside a sentence."""
    return i18n.catalog_words(service_name(service_id))


def answer_language() -> assistant.Language:
    """What the computer answers in on this page: the page's own language where it knows that, else the written one."""
    return next((one for one in assistant.LANGUAGES if one == i18n.locale().code), page_language())


def load_draft() -> Draft | None:
    """The draft of this browser, read once a request."""
    if "citizen_draft" not in g:
        token = sessions.draft_token()
        draft = drafts.load(db(), current.vault(), current.clock(), token)
        shown = RECEIPT_SHOWN_SHARED if sessions.shared_device() else RECEIPT_SHOWN
        if draft and draft.receipt and current.clock().now() - draft.receipt.created_at > shown:
            draft = None
        if token and draft is None and sessions.child() is None:
            drafts.forget(db(), current.vault(), token)
            sessions.drop_draft_token()
            g.citizen_ended = True
        elif sessions.shared_device():
            # Also the one of who has handed the device to a child.
            for one in {token, sessions.writer_draft_token()}:
                drafts.keep_for(db(), current.vault(), current.clock(), one, drafts.SHARED_IDLE)
        g.citizen_draft = draft
    return cast("Draft | None", g.citizen_draft)


def open_draft() -> Draft:
    """The draft of this browser, or a new one."""
    draft = load_draft()
    if draft is None:
        draft = g.citizen_draft = Draft.new(page_language())
    return draft


def keep(draft: Draft) -> None:
    """Save the draft under this browser's token; DraftFull when there is no room for more."""
    token = sessions.draft_token()
    if token is None:
        token = drafts.new_token()
    draft.language = page_language()
    idle = drafts.SHARED_IDLE if sessions.shared_device() else None
    drafts.save(db(), current.vault(), current.clock(), token, draft, idle)
    sessions.keep_draft_token(token)
    g.citizen_draft = draft


def ended() -> bool:
    """Whether this browser's draft has been deleted because its time was over."""
    load_draft()
    return bool(g.get("citizen_ended"))


def choose_shared(shared: bool) -> None:
    """Others use this device too, or not: holds for the draft that is there as well."""
    sessions.set_shared_device(shared)
    idle = drafts.SHARED_IDLE if shared else None
    drafts.keep_for(db(), current.vault(), current.clock(), sessions.draft_token(), idle)


@dataclass(frozen=True)
class Ending:
    """When what is open in this browser ends unless something happens before."""

    what: Literal["case", "draft"]
    seconds: int
    at: str
    """The time of day in Norway: 14.35."""
    warn_seconds: int = int(WARNED_BEFORE.total_seconds())


def ending(what: Literal["case", "draft"]) -> Ending | None:
    """When the open case, or the draft of a shared device, ends; None when there is nothing that ends."""
    seconds = (
        sessions.case_seconds_left()
        if what == "case"
        else drafts.seconds_left(db(), current.vault(), current.clock(), sessions.draft_token())
    )
    if seconds is None:
        return None
    at = (current.clock().now() + timedelta(seconds=seconds)).astimezone(OSLO)
    return Ending(what, seconds, f"{at.hour}.{at.minute:02d}")


def forget_draft() -> None:
    """Delete the draft here and the conversation at the assistant. Nothing of it is left but random numbers."""
    draft = load_draft()
    drafts.forget(db(), current.vault(), sessions.draft_token())
    # A child may have the device: then there are two.
    drafts.forget(db(), current.vault(), sessions.writer_draft_token())
    sessions.drop_draft_token()
    sessions.close_child()
    g.pop("citizen_draft", None)
    if draft is not None and draft.conversation:
        current.assistant().forget(draft.conversation)


def may_write() -> bool:
    """Whether this browser may take a turn now. A counter that cannot be reached does not close the door."""
    token = sessions.draft_token() or client_key()
    try:
        strategy = limiter.limiter
        return strategy.hit(_TURNS, "turn", token) and strategy.hit(_TURNS_OF_CLIENT, "turns", client_key())
    except Exception:
        return True


def take_language(wanted: str | None) -> bool:
    """Choose a page locale asked for by a button inside a form. Whether one was asked for."""
    if not i18n.choose(wanted):
        return False
    refresh()  # texts of this very request too
    return True


def follow_language(written: Language | None) -> None:
    """Go along when the assistant has changed between Bokmål and Nynorsk."""
    if written is not None and written != page_language():
        i18n.follow(written)
        refresh()


def render(template: str, step: str | None = None, **context: Any) -> str:
    """A page of the citizen's way, with what every one of them shows."""
    draft = load_draft()
    return render_template(
        f"citizen/{template}.html",
        step=STEPS.index(step) + 1 if step else 0,
        draft=draft,
        danger_lines=danger_lines(draft),
        childs_turn=sessions.child() is not None,
        quiet_ending=sessions.child() is not None or template.startswith("child_"),
        shared=sessions.shared_device(),
        # The receipt has a time of its own, and says so.
        ending=None if template == "receipt" else ending("case" if template in CASE_PAGES else "draft"),
        call_me=call_me(),
        **context,
    )


CASE_PAGES = ("case", "delete")


@dataclass(frozen=True)
class CallMe:
    """Whether the contact point can call somebody today."""

    open_now: bool
    text: str
    """When it opens or closes, in words."""


def call_me() -> CallMe:
    """Asked of the clock and the public holidays for each page: nobody is promised a call from an empty office."""
    point = current.catalog().contact_point
    open_now, change = open_at(point.hours, current.clock().now())
    name = i18n.catalog_words(point.name)
    if open_now:
        if change is None:
            text = gettext("%(unit)s is open now.", unit=name)
        else:
            text = gettext("%(unit)s is open now, until %(time)s.", unit=name, time=_clock_time(change))
        return CallMe(True, str(text))
    if change is None:
        return CallMe(False, str(gettext("%(unit)s is closed now.", unit=name)))
    days = (change.date() - current.clock().now().astimezone(change.tzinfo).date()).days
    time = _clock_time(change)
    if days == 0:
        text = gettext("%(unit)s is closed now. It opens today at %(time)s.", unit=name, time=time)
    elif days == 1:
        text = gettext("%(unit)s is closed now. It opens tomorrow at %(time)s.", unit=name, time=time)
    else:
        day = i18n.format_day(change)
        text = gettext("%(unit)s is closed now. It opens %(day)s at %(time)s.", unit=name, day=day, time=time)
    return CallMe(False, str(text))


def danger_lines(draft: Draft | None) -> list[HelplineNow]:
    """The numbers on top of the page, when somebody may be in danger."""
    sent_in_danger = draft is not None and draft.receipt is not None and draft.receipt.urgency == "acute"
    if draft is None or not (journey.in_danger(draft) or sent_in_danger):
        return []
    return lines_for(draft)[:4]


def lines_for(draft: Draft | None) -> list[HelplineNow]:
    """Whom this person can call now. After Send the draft knows nothing any more: the case does."""
    catalog, now = current.catalog(), current.clock().now()
    # A child's last page keeps what its numbers rest on: nothing of the case is opened there.
    if draft is not None and draft.receipt is not None and not draft.child_done:
        case_id = draft.receipt.case_id
        view = view_for_person(db(), current.vault(), current.clock(), case_id, shown=False)
        if view is not None:
            return journey.helplines_of_case(catalog, for_person(view), now)
    return journey.helplines(catalog, draft, now)


def to_receipt(draft: Draft | None) -> Response | None:
    """After Send there is one page until the words are written down: the receipt. The only copy of the code is there."""
    if draft is not None and draft.receipt is not None:
        return redirect(url_for("citizen.receipt"), code=303)
    return None


def needs_by_group(draft: Draft | None = None) -> list[tuple[str, list[Any]]]:
    """All needs in plain words, grouped; without those that stand already."""
    standing = set(draft.needs) if draft is not None else set()
    groups: dict[str, list[Any]] = {}
    for need in current.catalog().needs.values():
        if need.id not in standing:
            groups.setdefault(need.group, []).append(need)
    return [(str(GROUP_NAMES.get(group, group)), needs) for group, needs in groups.items()]


@blueprint.app_template_filter("with_numbers")
def with_numbers(text: str) -> Markup:
    """Text with the helplines' numbers as tel: links. Everything else is shown as it is."""
    numbers = {
        line.number: line.tel for line in current.catalog().helplines.values() if line.number and line.tel
    }
    if not numbers:
        return escape(text)
    longest_first = sorted(numbers, key=len, reverse=True)
    pattern = re.compile(r"(?<![\d+])(" + "|".join(re.escape(n) for n in longest_first) + r")(?!\d)")
    parts = pattern.split(text)
    out = Markup()
    for index, part in enumerate(parts):
        # Every second part is a number of the catalog; the others are escaped.
        out += (
            Markup('<a class="ds-link number" href="tel:{}">{}</a>').format(numbers[part], part)
            if index % 2
            else part
        )
    return out


@blueprint.app_template_filter("capital")
def capital(text: str) -> str:
    """A phrase with a capital letter first; the rest as it is."""
    return text[:1].upper() + text[1:]


@blueprint.app_template_filter("paragraphs")
def paragraphs(text: str) -> Markup:
    """Plain text as it was typed: escaped, line breaks kept by the style sheet."""
    return Markup('<span class="as-typed">{}</span>').format(text)


@blueprint.app_context_processor
def _for_templates() -> dict[str, Any]:
    return {"open_text": open_text, "chat_text": chat_text, "exit_url": exit_url(), "initials": initials}


def initials(name: str) -> str:
    """At most two letters of a name, for a circle in a picture's place: «Maja Vik» is MV, «Familiens hus» FH."""
    words = [word for word in re.split(r"[\s-]+", name) if word[:1].isalpha()]
    chosen = words[:1] + words[1:][-1:]
    return "".join(word[0].upper() for word in chosen)


def open_text(line: HelplineNow) -> str:
    """Whether a helpline answers now, and until when or from when: «Svarer nå, til klokka 22»."""
    change = line.opens_or_closes_at
    if change is None:
        return str(gettext("Answers now, day and night.")) if line.open_now else ""
    time = _clock_time(change)
    if line.open_now:
        return str(gettext("Answers now, until %(time)s.", time=time))
    days = (change.date() - current.clock().now().astimezone(change.tzinfo).date()).days
    if days == 0:
        return str(gettext("Closed now. Opens today at %(time)s.", time=time))
    if days == 1:
        return str(gettext("Closed now. Opens tomorrow at %(time)s.", time=time))
    return str(gettext("Closed now. Opens %(day)s at %(time)s.", day=i18n.format_day(change), time=time))


def chat_text(line: HelplineNow) -> str:
    """Whether chat is answered now, where that is another question than the phone."""
    if line.helpline.chat_hours is None or not (line.helpline.chat and line.helpline.tel):
        return ""
    if line.chat_open is None:
        return str(gettext("The times of the chat stand on their page."))
    change = line.chat_changes_at
    if change is None:
        return "" if line.chat_open else str(gettext("The chat is closed now."))
    time = _clock_time(change)
    if line.chat_open:
        return str(gettext("The chat is open until %(time)s.", time=time))
    days = (change.date() - current.clock().now().astimezone(change.tzinfo).date()).days
    if days == 0:
        return str(gettext("The chat is closed now. It opens today at %(time)s.", time=time))
    if days == 1:
        return str(gettext("The chat is closed now. It opens tomorrow at %(time)s.", time=time))
    day = i18n.format_day(change)
    return str(gettext("The chat is closed now. It opens %(day)s at %(time)s.", day=day, time=time))


def _clock_time(at: datetime) -> str:
    return f"{at.hour}" if at.minute == 0 else f"{at.hour}.{at.minute:02d}"


def exit_url() -> str:
    """The neutral page that the quick exit leads to."""
    return current.config().quick_exit_url


def on_post_language() -> bool:
    """Whether the language button of this form was pressed; the page is then shown again in that language."""
    return take_language(request.form.get("switch_language"))
