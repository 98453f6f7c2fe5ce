"""What is let into the core. The messages name the field, never the value."""

from __future__ import annotations

import re
from collections.abc import Iterable

from web.cases import codes, recordings
from web.cases.child import looks_like_invitation
from web.cases.types import (
    ABOUT,
    ABOUT_HOME,
    AUTHORS,
    CALLER_SAYS,
    CONTACT_WAYS,
    ENTERED_WAYS,
    HURT_ANSWERS,
    LANGUAGES,
    NOT_ASKED_REASONS,
    PARENTS_ANSWERS,
    SAFE_NOW,
    SAFE_WHEN,
    ChildTold,
    Entered,
    InvalidCase,
    NewCase,
    NotAsked,
    UnderstandingData,
)

MAX_TEXT = 20_000
"""Far above what a form lets through: the core's own last limit for one text."""


MAX_STATEMENTS = 200


MAX_SHORT = 500


_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")


_NEEDS_DETAILS = ("sms", "phone", "email")


def check_one_of(value: str, allowed: tuple[str, ...], name: str) -> None:
    """InvalidCase unless the value is one of them; `name` says which field."""
    if value not in allowed:
        raise InvalidCase(f"unknown {name}")


def check_text(text: str) -> None:
    """InvalidCase for an empty text or one above MAX_TEXT."""
    if not text.strip():
        raise InvalidCase("the text is empty")
    if len(text) > MAX_TEXT:
        raise InvalidCase("the text is too long")


def check_ids(ids: Iterable[str], name: str) -> None:
    """InvalidCase unless every value looks like an id of the catalog."""
    if not all(_ID.fullmatch(value) for value in ids):
        raise InvalidCase(f"not the id of a {name}")


def check_understanding(understanding: UnderstandingData) -> None:
    """InvalidCase for ids or a language that no assistant gives."""
    check_ids([need.id for need in understanding.needs], "need")
    check_ids(understanding.acute_kinds, "kind of danger")
    if len(understanding.language) > 10:
        raise InvalidCase("unknown language of the words")


def check_told(told: ChildTold) -> None:
    """InvalidCase unless what a child told can be written."""
    check_one_of(told.author, ("child", "youth"), "author")
    check_one_of(told.language, LANGUAGES, "language")
    check_one_of(told.safe, SAFE_NOW, "safe_now")
    if told.hurt is not None:
        check_one_of(told.hurt, HURT_ANSWERS, "hurt")
    if not (told.statements or told.recordings):
        raise InvalidCase("nothing to send")
    for one in told.statements:
        check_text(one.text)
    if len(told.recordings) > recordings.MOST_RECORDINGS:
        raise InvalidCase("too many recordings in one case")
    check_ids(told.acute_kinds, "kind of danger")
    if told.understanding is not None:
        check_understanding(told.understanding)
    if told.age is not None and not 0 <= told.age <= 120:
        raise InvalidCase("not an age")
    if told.take_back and not looks_like_invitation(told.take_back):
        raise InvalidCase("the code has another number of signs")
    if not 16 <= len(told.key) <= 64:
        raise InvalidCase("the key of the telling has the wrong length")


def check_not_asked(why: NotAsked) -> None:
    """InvalidCase unless the reason can be written."""
    check_one_of(why.reason, NOT_ASKED_REASONS, "reason")
    if len(why.text) > MAX_TEXT:
        raise InvalidCase("the reason is too long")
    if why.reason == "other" and not why.text.strip():
        raise InvalidCase("another reason needs words")


def check_entered(entered: Entered) -> None:
    """InvalidCase unless it says how, and whether the words were read back."""
    check_one_of(entered.way, ENTERED_WAYS, "way in")
    if not entered.by.strip():
        raise InvalidCase("who has entered the case needs a name")
    if not entered.read_back and not entered.why_not.strip():
        raise InvalidCase("words that were not read back need a reason")
    if max(len(entered.why_not), len(entered.spoken)) > MAX_SHORT:
        raise InvalidCase("what is said about entering the case is too long")


def check_new(new: NewCase) -> None:
    """InvalidCase unless everything that is sent can be written."""
    check_one_of(new.language, LANGUAGES, "language")
    check_one_of(new.writer, AUTHORS, "writer")
    check_one_of(new.about, ABOUT, "about")
    check_one_of(new.safe_now, SAFE_NOW, "safe_now")
    if new.hurt is not None:
        check_one_of(new.hurt, HURT_ANSWERS, "hurt")
    check_one_of(new.way, CONTACT_WAYS, "way of contact")
    check_ids([new.municipality], "municipality")
    if not (new.statements or new.needs or new.recordings or new.call_today):
        raise InvalidCase("nothing to send")
    if len(new.statements) > MAX_STATEMENTS:
        raise InvalidCase("too many statements in one case")
    for author, text in new.statements:
        check_one_of(author, AUTHORS, "author")
        check_text(text)
    if len(new.recordings) > recordings.MOST_RECORDINGS:
        raise InvalidCase("too many recordings in one case")
    for recording in new.recordings:
        check_one_of(recording.author, AUTHORS, "author")
    check_ids([*new.needs, *new.needs_added, *new.needs_removed], "need")
    check_ids([*new.services, *new.consents], "service")
    check_ids(new.acute_kinds, "kind of danger")
    check_ids(new.may_know, "person who may know")
    if not all(0 <= position < len(new.statements) for position in new.pictures):
        raise InvalidCase("no such statement")
    for told in new.child_told:
        check_told(told)
    if (new.entered is None) != (new.entered_by is None):
        raise InvalidCase("who has entered the case goes together with how")
    if new.entered is not None and new.entered_by is not None:
        check_entered(new.entered)
        if new.entered_by.municipality != new.municipality:
            raise InvalidCase("an employee enters cases of their own municipality")
    if new.child_not_asked is not None:
        check_not_asked(new.child_not_asked)
    if new.understanding is not None:
        check_understanding(new.understanding)
    if new.age is not None and not 0 <= new.age <= 120:
        raise InvalidCase("not an age")
    if new.home is not None:
        check_one_of(new.home, ABOUT_HOME, "answer about home")
    if new.parents is not None:
        check_one_of(new.parents, PARENTS_ANSWERS, "answer about the parents")
    if new.caller_says is not None:
        check_one_of(new.caller_says, CALLER_SAYS, "caller's name")
    for when in new.safe_when:
        check_one_of(when, SAFE_WHEN, "safe time")
    if new.call_today and new.way != "phone":
        raise InvalidCase("to be called, a person needs a number")
    for name, value in (
        ("details", new.details),
        ("safe times", new.safe_times),
        ("wish", new.prefers),
        ("wish", new.avoids),
        ("safe word", new.safe_word),
    ):
        if value is not None and len(value) > MAX_SHORT:
            raise InvalidCase(f"the {name} are too long")
    if len(new.hope or "") > MAX_TEXT:
        raise InvalidCase("the hope is too long")
    if new.way in _NEEDS_DETAILS and not (new.details or "").strip():
        raise InvalidCase("this way of contact needs details")
    if not codes.looks_like_code(new.return_code):
        raise InvalidCase("the return code has another number of words")
    if not 16 <= len(new.submission_key) <= 64:
        raise InvalidCase("the submission key has the wrong length")
    if (
        not new.contact_point.unit_name
        or len(new.contact_point.unit_name) > 200
        or len(new.contact_point.unit) > 80
    ):
        raise InvalidCase("the contact point needs a name")
