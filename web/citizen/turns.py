"""One turn of the conversation: what the person typed or pressed, what the assistant answered, what the
draft keeps.

Knows neither Flask nor HTML. The rule above all others: nothing that a person tells is lost. What was typed
is kept as their own words unless it clearly only steered the conversation, and it is kept when the assistant
does not answer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

from web import assistant as talks
from web.assistant import Assistant, AssistantUnavailable, Turn, Understanding
from web.cases import codes
from web.cases.types import ABOUT, LANGUAGES, SAFE_NOW, About, Author, Language, SafeNow
from web.catalog import Catalog
from web.citizen import steering
from web.citizen.ages import ages_in, is_plain_answer
from web.citizen.drafts import Draft, ShownButton, ShownTurn

MOST_CHARACTERS = 4000
MOST_STATEMENTS = 150
"""Fewer than a case can hold, so that whatever has been told can be sent."""

_ANSWERS = re.compile(r"\b(?:svar|answer|repl)", re.IGNORECASE)

Problem = Literal["empty", "too_long", "code"]


@dataclass(frozen=True)
class Outcome:
    """What a turn came to, beside what it did to the draft."""

    language: Language | None
    """The written language that the page has from now on; None: as before."""
    forget: str | None = None
    """A conversation that the assistant should forget: the person started again."""


def plain(text: str) -> str:
    """The text as it was typed, with the line breaks of a browser's form made into those of the person's
    keyboard.
    """
    return text.replace("\r\n", "\n").replace("\r", "\n")


def problem_with(text: str) -> Problem | None:
    """Why a text cannot be taken as it is; None when it can."""
    if not text.strip():
        return "empty"
    if len(text) > MOST_CHARACTERS:
        return "too_long"
    return "code" if is_code(text) else None


def full(draft: Draft) -> Literal["full"] | None:
    """Whether no more can be told before it is sent."""
    return "full" if len(draft.statements) >= MOST_STATEMENTS else None


def is_code(text: str) -> bool:
    """Whether the text is a return code and nothing else:

    Five words that all stand in one language's word list.
    """
    if not codes.looks_like_code(text):
        return False
    typed = codes.normalise(text).split()
    languages: tuple[Language, ...] = ("nb", "nn")
    return any(all(word in _folded(language) for word in typed) for language in languages)


def _folded(language: Language) -> frozenset[str]:
    return frozenset(codes.fold(word) for word in codes.words(language))


def author_of(draft: Draft) -> Author:
    """Whose words these are, from what is known so far; said outright on the page before sending."""
    if draft.writer:
        return draft.writer
    if draft.about == "my_child":
        return "parent"
    if draft.about in ("friend", "other") and (draft.age is None or draft.age >= 18):
        return "other"
    if draft.age is not None and draft.age < 25 and draft.about not in ("friend", "other"):
        # an age that was told is one's own, unless it was said to be about somebody else
        return "child" if draft.age < 13 else "youth"
    return "youth" if draft.about == "self" else "other"


def take_text(
    draft: Draft, text: str, assistant: Assistant, catalog: Catalog, language: talks.Language
) -> Outcome:
    """What the person typed. The draft is changed in place; saving it is the caller's. language: of the answers."""
    draft.turns.append(ShownTurn("person", text))
    hope_before = draft.hope
    try:
        turn = assistant.turn(
            draft.conversation, language=language, text=text, facts=_known(draft), told=draft.told
        )
    except AssistantUnavailable:
        draft.add_statement(author_of(draft), text)
        draft.told = True
        _note_down(draft)
        return Outcome(None)
    understood = turn.understanding
    if (
        understood.intent == "restart"
        and len(text) <= steering.MOST_CHARACTERS
        and not _tells(understood, catalog)
    ):
        return _start_again(draft, turn)
    _take_facts(draft, turn, text)
    told = _is_statement(text, understood, catalog) or (draft.hope is not None and draft.hope != hope_before)
    if told:
        _merge(draft, draft.add_statement(author_of(draft), text), understood, catalog)
        draft.told = draft.told or understood.intent != "out_of_scope"
    else:
        draft.assistant_answered = True
    if understood.intent == "correct":
        for need in understood.denied_needs:
            draft.remove_need(need)
    asks_for_person = "ask_human" in (understood.intent, *understood.questions)
    contact = asks_for_person or _offered_interpreter(draft, understood)
    _show(draft, turn, contact=contact, answers=_asks_who_answers(text, understood))
    return Outcome(_written(turn))


def take_button(draft: Draft, payload: str, assistant: Assistant, language: talks.Language) -> Outcome | None:
    """A quick reply that was pressed; None when it is not one of those that are shown."""
    button = next((one for one in shown_buttons(draft) if one.payload == payload), None)
    if button is None:
        return None
    draft.turns.append(ShownTurn("person", button.title))
    try:
        turn = assistant.turn(
            draft.conversation, language=language, payload=payload, facts=_known(draft), told=draft.told
        )
    except AssistantUnavailable:
        _note_down(draft)
        return Outcome(None)
    _take_facts(draft, turn)
    draft.assistant_answered = True
    _show(draft, turn)
    return Outcome(_written(turn))


def _written(turn: Turn) -> Language | None:
    """The written language that the assistant answered in; None when it answered in another, which pages do not follow."""
    return next((one for one in LANGUAGES if one == turn.language), None)


def shown_buttons(draft: Draft) -> list[ShownButton]:
    """The quick replies that still wait for an answer: those that came after the person's last turn."""
    return [button for turn in _latest(draft) for button in turn.buttons]


def danger_fresh(draft: Draft) -> bool:
    """Whether the latest answer itself says whom to call."""
    return any(turn.who == "danger" for turn in _latest(draft))


def newest(draft: Draft) -> int:
    """The place of the first answer to the person's last turn; of that turn itself when nothing has been answered."""
    return min(len(draft.turns) - len(_latest(draft)), len(draft.turns) - 1)


def _latest(draft: Draft) -> list[ShownTurn]:
    """What was answered to the person's last turn."""
    latest: list[ShownTurn] = []
    for turn in reversed(draft.turns):
        if turn.who == "person":
            break
        latest.insert(0, turn)
    return latest


def pick_topics(draft: Draft, topics: list[str]) -> None:
    """Topics picked by hand when the assistant could not read."""
    draft.topics = list(dict.fromkeys(topics))
    draft.needs_removed = [need for need in draft.needs_removed if need not in draft.topics]


def _is_statement(text: str, understood: Understanding, catalog: Catalog) -> bool:
    """In doubt, yes. Only words that clearly do nothing but steer are left out of the person's own words."""
    return _tells(understood, catalog) or not steering.only_steers(text, understood.intent)


def _tells(understood: Understanding, catalog: Catalog) -> bool:
    # Steering words with danger in them are words told.
    return (
        any(need.id in catalog.needs and need.confidence >= 0.5 for need in understood.needs)
        or understood.acute.flag
    )


def _merge(draft: Draft, position: int, understood: Understanding, catalog: Catalog) -> None:
    """What was understood of this statement. Ids that the catalog does not know are not believed."""
    draft.merge(
        position,
        [(need.id, need.confidence, need.evidence) for need in understood.needs if need.id in catalog.needs],
        understood.acute.kinds if understood.acute.flag else (),
        understood.acute.confidence,
        understood.language,
    )


def _take_age(draft: Draft, age: int, text: str) -> None:
    """The age that was understood; when more than one has been told, none, and it is asked for before sending."""
    answered = is_plain_answer(text)
    if answered and text:
        draft.ages_differ = False
    elif text:
        told = ages_in(text)
        others = draft.age is not None and draft.age != age and bool(told)
        draft.ages_differ = draft.ages_differ or len(told) > 1 or others
    draft.age = None if draft.ages_differ else age
    draft.age_skipped = False


def _take_facts(draft: Draft, turn: Turn, text: str = "") -> None:
    """The answers so far. An answer is never taken back by silence. text: what was typed."""
    facts = turn.facts
    if facts.safe_now in SAFE_NOW:
        draft.safe_now = cast(SafeNow, facts.safe_now)
    elif "safe_now" in facts.skipped and draft.safe_now is None:
        draft.safe_now = "skipped"
    if facts.about in ABOUT:
        draft.about = cast(About, facts.about)
    elif "about" in facts.skipped and draft.about is None:
        draft.about = "skipped"
    if facts.age is not None:
        _take_age(draft, facts.age, text)
    elif "age" in facts.skipped:
        draft.age_skipped = draft.age is None
    if facts.hope is not None:
        draft.hope = facts.hope


def _known(draft: Draft) -> Mapping[str, str | int | None]:
    return {
        "safe_now": draft.safe_now,
        "about": None if draft.about == "unknown" else draft.about,
        "age": "skipped" if draft.age is None and draft.age_skipped else draft.age,
        "hope": draft.hope,
    }


def _offered_interpreter(draft: Draft, understood: Understanding) -> bool:
    """Whether a person with an interpreter has just been offered: the number stands there, once."""
    unread = understood.language == "other" and understood.intent in ("tell", "other_language")
    return unread and not any(turn.who == "contact" for turn in draft.turns)


def _asks_who_answers(text: str, understood: Understanding) -> bool:
    """Whether it is asked who answers, or when: the page knows the name and the day, which the assistant does not."""
    asked = (understood.intent, *understood.questions)
    return "ask_how_long" in asked or ("ask_who_reads" in asked and _ANSWERS.search(text) is not None)


def _show(draft: Draft, turn: Turn, *, contact: bool = False, answers: bool = False) -> None:
    """contact: the phone of the contact point comes after the first answer, before what is asked.

    answers: who answers, and by which day, comes there too.
    """
    draft.assistant_down = False
    for message in turn.messages:
        draft.turns.append(
            ShownTurn(
                "danger" if message.danger else "assistant",
                message.text,
                [ShownButton(button.title, button.payload) for button in message.buttons],
                language=turn.language,
            )
        )
        if contact and not message.danger:
            draft.turns.append(ShownTurn("contact", "", language=turn.language))
            contact = False
        if answers and not message.danger:
            draft.turns.append(ShownTurn("answers", "", language=turn.language))
            answers = False


def _note_down(draft: Draft) -> None:
    """The assistant did not answer. The page says so and goes on with topics to pick."""
    draft.assistant_down = True
    draft.turns.append(ShownTurn("down", ""))


def _start_again(draft: Draft, turn: Turn) -> Outcome:
    """An empty draft with a new conversation; the old one is forgotten everywhere."""
    before = draft.conversation
    fresh = Draft.new(_written(turn) or draft.language)
    vars(draft).update(vars(fresh))
    for message in turn.messages:
        draft.turns.append(ShownTurn("assistant", message.text, language=turn.language))
    return Outcome(_written(turn), forget=before)
