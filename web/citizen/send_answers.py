"""What is answered on the page on which one sends, between its form and the draft."""

from __future__ import annotations

from typing import cast

from flask import request

from web import current
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
from web.citizen import journey, turns
from web.citizen.drafts import Draft
from web.citizen.forms import DETAILS_OF, SendForm
from web.citizen.pages import page_language


def send_form(draft: Draft, *, posted: bool) -> tuple[SendForm, list[journey.Shown]]:
    """The form with what is known already, or as it was posted, and the services that stand in it."""
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
        "writer": draft.writer or likely_writer(draft),
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


def likely_writer(draft: Draft) -> Author | None:
    """Chosen beforehand only when it follows from what was said."""
    return (
        turns.author_of(draft)
        if draft.about == "my_child" or (draft.about == "self" and draft.age is not None)
        else None
    )


def posted_words(draft: Draft) -> dict[int, str]:
    """The words of the draft's statements as the form has them, by the statement's place."""
    return {
        i: turns.plain(request.form[f"words-{i}"])
        for i in range(len(draft.statements))
        if f"words-{i}" in request.form
    }


def take_answers(draft: Draft, form: SendForm) -> None:
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
