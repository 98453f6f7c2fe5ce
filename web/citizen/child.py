"""A child tells for itself: the small way with pictures, and what becomes of it.

The small way has one question a page, and every question can be passed over. What was chosen becomes sentences in the
first person, in the child's language, and is marked as chosen: the words are ours, the choice is the child's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from web.cases.child import about_a_child, ages, new_invitation_code
from web.cases.types import (
    HURT_KINDS,
    Author,
    ChildStatement,
    ChildTold,
    Evidence,
    Facts,
    Language,
    NeedFound,
    NewRecording,
    UnderstandingData,
)
from web.citizen import turns
from web.citizen.drafts import Draft
from web.citizen.journey import hurt


def offered_ages() -> range:
    """The ages that have a button on the first page."""
    return range(ages().offered_from, ages().grown_from)


@dataclass(frozen=True)
class Choice:
    """Something to choose: its picture's name, the word under it, and what it says in the first person."""

    id: str
    label: LazyString
    says: LazyString


@dataclass(frozen=True)
class Step:
    """One page of the small way."""

    id: str
    question: LazyString
    choices: tuple[Choice, ...] = ()
    several: bool = False
    """Whether several can be chosen; otherwise one press goes on."""
    hint: LazyString | None = None


STEPS: tuple[Step, ...] = (
    Step(
        "face",
        _("How are you?"),
        (
            Choice("very-sad", _("Very sad"), _("I chose the face: very sad.")),
            Choice("sad", _("Sad"), _("I chose the face: sad.")),
            Choice("so-so", _("So-so"), _("I chose the face: so-so.")),
            Choice("good", _("Good"), _("I chose the face: good.")),
            Choice("very-good", _("Very good"), _("I chose the face: very good.")),
        ),
        hint=_("Press the face that is most like you."),
    ),
    Step(
        "where",
        _("Where is it hard?"),
        (
            Choice("home", _("At home"), _("It is hard at home.")),
            Choice("school", _("At school"), _("It is hard at school.")),
            Choice("friends", _("With friends"), _("It is hard with friends.")),
            Choice("body", _("In my body"), _("It is hard in my body.")),
            Choice("night", _("At night"), _("It is hard at night.")),
            Choice("secret", _("Something secret"), _("It is something secret.")),
            Choice("nowhere", _("It is not hard"), _("It is not hard anywhere.")),
        ),
        several=True,
        hint=_("You can choose several, or none."),
    ),
    Step(
        "who",
        _("Who is kind to you?"),
        (
            Choice("mother", _("Mum"), _("Mum is kind to me.")),
            Choice("father", _("Dad"), _("Dad is kind to me.")),
            Choice("sibling", _("Sister or brother"), _("A sister or a brother is kind to me.")),
            Choice("grandparent", _("Grandma or grandpa"), _("Grandma or grandpa is kind to me.")),
            Choice("friend", _("A friend"), _("A friend is kind to me.")),
            Choice("teacher", _("A grown-up at school"), _("A grown-up at school is kind to me.")),
            Choice("other", _("Somebody else (kind)"), _("Somebody else is kind to me.")),
            Choice("nobody", _("Nobody"), _("Nobody is kind to me.")),
        ),
        several=True,
        hint=_("You can choose several, or none."),
    ),
    Step(
        "hurt",
        _("Does anyone hurt you?"),
        (
            Choice("yes", _("Yes (hurt)"), _("Somebody hurts me.")),
            Choice("no", _("No (hurt)"), _("Nobody hurts me.")),
            Choice("unknown", _("I do not know (hurt)"), _("I do not know whether somebody hurts me.")),
        ),
        hint=_("It is never your fault. You can call 116 111, day and night. They help children."),
    ),
    Step("words", _("Do you want to say more?"), hint=_("Write what you like. You can also write nothing.")),
)
STEP_OF = {step.id: step for step in STEPS}


def is_small(draft: Draft | None) -> bool:
    """Whether this child gets the way with pictures."""
    return draft is not None and draft.age is not None and draft.age < ages().words_from


def goes_small(draft: Draft | None, *, handed: bool) -> bool:
    """Whether a small child tells here: with a device of its own, or one that was handed over."""
    return is_small(draft) and draft is not None and (handed or turns.author_of(draft) in ("child", "youth"))


def is_about_a_child(draft: Draft) -> bool:
    """Whether somebody else writes about a child who could tell for itself, as far as is known before sending."""
    facts = Facts(
        writer=turns.author_of(draft),
        about=draft.about or "unknown",
        age=draft.age,
        safe_now="skipped",
        hope=None,
        may_know=(),
        services=(),
    )
    return about_a_child(facts)


def next_step(step: Step) -> Step | None:
    """The page after this one; None after the last."""
    place = STEPS.index(step) + 1
    return STEPS[place] if place < len(STEPS) else None


def choose(draft: Draft, step: Step, chosen: list[str]) -> None:
    """Keep what was chosen on a page; what is not on it is not believed. Chosen again, the later counts."""
    known = [choice.id for choice in step.choices if choice.id in chosen]
    draft.pictures[step.id] = known if step.several else known[:1]


def sentences(draft: Draft) -> list[str]:
    """What was chosen, as sentences in the page's language."""
    return [
        str(choice.says)
        for step in STEPS
        for choice in step.choices
        if choice.id in draft.pictures.get(step.id, ())
    ]


def has_told(draft: Draft, *, spoken: bool) -> bool:
    """Whether there is anything to send. spoken: whether anything has been recorded."""
    return bool(spoken or draft.statements or any(draft.pictures.values()))


def in_danger(draft: Draft) -> bool:
    """Whether danger was noticed in what the child has told, so that it waits for nobody."""
    return bool(acute_kinds(draft)) or draft.safe_now == "no"  # words: the conversation asks «safe now?»


def author(draft: Draft) -> Author:
    """A child, or a young person from 13."""
    return "youth" if draft.age is not None and draft.age >= ages().youth_from else "child"


def acute_kinds(draft: Draft) -> tuple[str, ...]:
    """Danger in the words, and in a yes to being hurt."""
    kinds = HURT_KINDS if hurt(draft) == "yes" else ()
    return tuple(dict.fromkeys([*draft.acute_kinds, *kinds]))


def told(
    draft: Draft,
    language: Language,
    *,
    share_at_home: bool,
    recordings: tuple[NewRecording, ...] = (),
    own_code: bool = False,
) -> ChildTold:
    """What goes into the case: the chosen pictures first, then the words as they were written, and the recordings.

    own_code: the child gets a code with which it can take `share_at_home` back.
    """
    chosen = "\n".join(sentences(draft))
    pictures = (ChildStatement(chosen, pictures=True),) if chosen else ()
    words = tuple(ChildStatement(text) for _author, text in draft.statements)
    understanding = draft.understanding() if draft.statements else None
    return ChildTold(
        key=draft.submission_key,
        author=author(draft),
        language=language,
        statements=pictures + words,
        age=draft.age,
        understanding=_moved(understanding, len(pictures)) if understanding else None,
        acute_kinds=acute_kinds(draft),
        # The way with pictures asks whether somebody hurts it, and not whether it is safe now.
        safe=draft.safe_now or ("not_asked" if is_small(draft) else "skipped"),
        hurt=hurt(draft),
        share_at_home=share_at_home,
        recordings=tuple(replace(one, position=one.position + len(pictures)) for one in recordings),
        take_back=new_invitation_code() if own_code and share_at_home else "",
    )


def only_done(draft: Draft, take_back: str = "") -> Draft:
    """What is left when it is sent: nothing of what was told but what the last page needs."""
    done = Draft(draft.language, conversation="", submission_key=draft.submission_key, child_done=True)
    done.age, done.about, done.writer = draft.age, draft.about, draft.writer
    done.acute_kinds, done.safe_now = list(acute_kinds(draft)), draft.safe_now
    done.pictures = {"hurt": ["yes"]} if hurt(draft) == "yes" else {}
    done.take_back = take_back
    return done


def to_own_case(draft: Draft) -> None:
    """Make the draft ready for the page before sending, for a child who has come by itself."""
    if draft.pictures_text and draft.statements and draft.statements[0][1] == draft.pictures_text:
        draft.statements.pop(0)
        draft.understood = [_moved_need(need, -1) for need in draft.understood]
    draft.pictures_text = "\n".join(sentences(draft))
    if draft.pictures_text:
        draft.statements.insert(0, (author(draft), draft.pictures_text))
        draft.understood = [_moved_need(need, 1) for need in draft.understood]
    draft.acute_kinds = list(acute_kinds(draft))
    draft.about, draft.writer = "self", author(draft)


def _moved(found: UnderstandingData, by: int) -> UnderstandingData:
    return replace(found, needs=tuple(_moved_need(need, by) for need in found.needs))


def _moved_need(need: NeedFound, by: int) -> NeedFound:
    moved = tuple(Evidence(e.statement + by, e.start, e.end) for e in need.evidence)
    return NeedFound(need.id, need.confidence, moved)
