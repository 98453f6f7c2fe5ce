"""A case as the front desk reads it: own words with what was marked in them, and who has said which need.

Pure functions on a CaseView: no database, no request.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Literal

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from web.age_rules import rules_for
from web.cases.types import (
    CaseView,
    Evidence,
    HurtAnswer,
    LogLine,
    NeedFound,
    RecordingView,
    SafeNow,
    StatementView,
    UnderstandingView,
)
from web.catalog import AgeRule
from web.staff.texts import FIRST_STEPS, HOME_ANSWER, LAST_STEPS, PARENTS_ANSWER, STEPS_BY_KIND

Confidence = Literal["sure", "likely", "unsure"]
PersonSaid = Literal["kept", "removed", "added"]
SURE, LIKELY = 0.8, 0.55
YOUNG = ("child", "youth")
ADULTS_TOLD_APART = ("parents", "other_parent")


@dataclass(frozen=True)
class Piece:
    """A stretch of the words; `needs` are those that rest on it."""

    text: str
    needs: tuple[str, ...]
    anchor: str | None


@dataclass(frozen=True)
class Words:
    """One statement, in pieces that together are the whole text, letter by letter."""

    statement: StatementView
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Told:
    """Something the person told, in its place: written or spoken."""

    words: Words | None = None
    recording: RecordingView | None = None


@dataclass(frozen=True)
class NeedLine:
    """What machine, person and employee say about one need."""

    id: str
    confidence: Confidence | None
    """None when the machine did not suggest it."""
    quotes: tuple[tuple[str, str], ...]
    """The words it rests on, each with the place of its mark."""
    person: PersonSaid | None
    employee: bool | None
    """None until an employee has gone through the needs."""


def confidence_word(value: float) -> Confidence:
    """A number is never shown: it looks more certain than it is."""
    return "sure" if value >= SURE else "likely" if value >= LIKELY else "unsure"


def suggested(view: CaseView) -> dict[str, NeedFound]:
    """Everything the machine has suggested, the surest first; later words add to earlier ones."""
    found: dict[str, NeedFound] = {}
    for understanding in view.understandings:
        if understanding.source != "assistant":
            continue
        for need in understanding.needs:
            known = found.get(need.id)
            found[need.id] = NeedFound(
                need.id,
                max(need.confidence, known.confidence if known else 0.0),
                (known.evidence if known else ()) + need.evidence,
            )
    return dict(sorted(found.items(), key=lambda item: -item[1].confidence))


def own_words(view: CaseView) -> tuple[Words, ...]:
    """The statements, each with its marks: what a child has told for itself first, then young before adult."""
    marks: dict[int, list[tuple[Evidence, str]]] = {}
    for need in suggested(view).values():
        for evidence in need.evidence:
            marks.setdefault(evidence.statement, []).append((evidence, need.id))
    ordered = sorted(view.statements, key=lambda s: (not s.from_child, s.author not in YOUNG, s.position))
    return tuple(Words(s, _pieces(s, marks.get(s.position, []))) for s in ordered)


def told(view: CaseView) -> tuple[Told, ...]:
    """Everything the person told, written and spoken, children's and young people's first, each in the order of time."""
    every = [
        (
            (not w.statement.from_child, w.statement.author not in YOUNG, w.statement.position, 1),
            Told(words=w),
        )
        for w in own_words(view)
    ]
    every += [
        ((not r.from_child, r.author not in YOUNG, r.position, 0), Told(recording=r)) for r in view.recordings
    ]
    return tuple(one for _key, one in sorted(every, key=lambda item: item[0]))


def _pieces(statement: StatementView, marks: Iterable[tuple[Evidence, str]]) -> tuple[Piece, ...]:
    text = statement.text
    # What the assistant answers is not trusted: a span outside the text marks nothing.
    spans = [(e.start, e.end, need) for e, need in marks if 0 <= e.start < e.end <= len(text)]
    edges = sorted({0, len(text), *(edge for start, end, _need in spans for edge in (start, end))})
    pieces = []
    for start, end in pairwise(edges):
        needs = tuple(dict.fromkeys(need for s, e, need in spans if s <= start and end <= e))
        pieces.append(Piece(text[start:end], needs, _anchor(statement.position, start) if needs else None))
    return tuple(pieces)


def _anchor(position: int, start: int) -> str:
    return f"ord-{position}-{start}"


def need_lines(view: CaseView) -> tuple[NeedLine, ...]:
    """Every need that anybody has named, the machine's first, with what each of them says."""
    machine = suggested(view)
    person = next((u for u in reversed(view.understandings) if u.source == "person"), None)
    employee = next((u for u in reversed(view.understandings) if u.source == "employee"), None)
    kept = {need.id for need in person.needs} if person else set()
    added = set(person.needs_added) if person else set()
    removed = set(person.needs_removed) if person else set()
    confirmed = {need.id for need in employee.needs} if employee else set()
    ids = dict.fromkeys([*machine, *sorted(kept | removed), *sorted(confirmed)])
    texts = {s.position: s.text for s in view.statements}
    lines = []
    for need_id in ids:
        found = machine.get(need_id)
        said: PersonSaid | None = None
        if need_id in removed:
            said = "removed"
        elif need_id in added or (need_id in kept and found is None):
            said = "added"
        elif need_id in kept:
            said = "kept"
        lines.append(
            NeedLine(
                need_id,
                confidence_word(found.confidence) if found else None,
                _quotes(found.evidence, texts) if found else (),
                said,
                need_id in confirmed if employee else None,
            )
        )
    return tuple(lines)


def _quotes(evidence: Iterable[Evidence], texts: dict[int, str]) -> tuple[tuple[str, str], ...]:
    quotes: dict[str, str] = {}
    for span in sorted(evidence, key=lambda e: (e.statement, e.start)):
        text = texts.get(span.statement, "")
        if 0 <= span.start < span.end <= len(text):
            quotes.setdefault(text[span.start : span.end].strip(), _anchor(span.statement, span.start))
    return tuple(quotes.items())


def reach_warnings(view: CaseView) -> tuple[LazyString, ...]:
    """What must not be done when the person is to be reached."""
    contact, facts = view.contact, view.facts
    warnings: list[LazyString] = []
    if contact.way == "code":
        warnings.append(_("Write here only. Do not call, send text messages or letters."))
    if contact.safe_word:
        warnings.append(
            _("Say the safe word first, before anything else. Never leave it in a message to others.")
        )
    if contact.way == "phone" and not contact.voicemail_ok:
        warnings.append(_("Leave no message if somebody else answers or nobody does."))
    if contact.way in ("sms", "email"):
        warnings.append(
            _("Others may see the screen: write neutrally, and let the matter itself stand here.")
        )
    if contact.way == "school_nurse":
        warnings.append(_("Go through the school nurse. Do not call the home."))
    if contact.way == "phone" and not (contact.safe_times or "").strip() and not contact.safe_when:
        warnings.append(_("No safe time is given. Write here first and ask when it suits."))
    if facts.writer in YOUNG and not set(facts.may_know) & set(ADULTS_TOLD_APART):
        warnings.append(_("Do not contact the parents without asking the person first."))
    return tuple(warnings)


@dataclass(frozen=True)
class SafeLine:
    """An answer to «safe now?»: whose, which, and what the words say beside it."""

    who: str
    """writer or child."""
    answer: SafeNow
    noticed: bool = False
    """There is no yes or no, but danger was noticed in the words of the same person."""


def safe_lines(view: CaseView) -> tuple[SafeLine, ...]:
    """What was answered to «safe now?», of each who was asked; the child's own answer stands apart."""
    of_child = {kind for one in view.understandings if one.from_child for kind in one.acute_kinds}
    of_writer = {kind for one in view.understandings if not one.from_child for kind in one.acute_kinds}
    of_writer |= set(view.acute_kinds) - of_child
    said = view.facts.safe_now
    lines = [SafeLine("writer", said, said not in ("yes", "no") and bool(of_writer))]
    if view.child.told_on:
        childs = view.child.safe or "skipped"
        lines.append(SafeLine("child", childs, childs not in ("yes", "no") and bool(of_child)))
    return tuple(lines)


def hurt_answer(view: CaseView) -> HurtAnswer | None:
    """What the child answered to «does anyone hurt you?», in this case of a grown-up's or in one of its own."""
    return view.child.hurt or view.facts.hurt


def interpreter(view: CaseView) -> bool:
    """Whether an interpreter may be needed before anybody calls."""
    if view.facts.entered is not None and view.facts.entered.spoken:
        return True
    return any(one.language == "other" for one in view.statements)


@dataclass(frozen=True)
class Sentence:
    """A plain sentence on who may know, and the rule it rests on."""

    text: str | LazyString
    source: str = ""
    """Law and paragraph; empty where it is the person's own answer."""
    unchecked: bool = False
    """Whether nobody has read the paragraph in the law itself."""


def who_may_know(view: CaseView, rules: Sequence[AgeRule], language: str) -> tuple[Sentence, ...]:
    """What the person answered about home and parents, then the rules of the age; without an age the most protective."""
    facts = view.facts
    grown = facts.writer not in YOUNG
    sentences: list[Sentence] = []
    if not grown:
        if facts.home is not None:
            sentences.append(Sentence(HOME_ANSWER[facts.home]))
        if facts.parents is not None:
            sentences.append(Sentence(PARENTS_ANSWER[facts.parents]))
    # An age told about a friend says nothing about the one who writes.
    age = facts.age if grown or facts.about not in ("friend", "other", "my_child") else None
    if age is None:
        sentences.append(Sentence(_("The age is not told: the rule that protects most holds.")))
    for rule in rules_for(rules, age):
        law = f"{rule.law} {rule.paragraph}" if rule.paragraph else rule.law
        sentences.append(Sentence(rule.staff[language], law, not rule.verified))
    return tuple(sentences)


def acute_steps(view: CaseView) -> tuple[LazyString, ...]:
    """What to do first, in order."""
    by_kind = [step for kind in view.acute_kinds for step in STEPS_BY_KIND.get(kind, ())]
    return (*FIRST_STEPS, *by_kind, *LAST_STEPS)


@dataclass(frozen=True)
class ChangeSeen:
    """Something others have done in the meantime, with what it left behind."""

    line: LogLine
    text: str | None = None
    """The words that were written then, of the person or of a colleague."""
    from_person: bool = False
    needs_added: tuple[str, ...] = ()
    needs_removed: tuple[str, ...] = ()


def changes_since(view: CaseView, seen: int, employee_name: str) -> tuple[ChangeSeen, ...]:
    """What others have done since a page showed `seen` lines of the log; who only read changed nothing."""
    return tuple(
        _change(view, line)
        for line in view.log[max(0, seen) :]
        if line.action not in ("read", "looked", "opened") and line.actor_name != employee_name
    )


def _change(view: CaseView, line: LogLine) -> ChangeSeen:
    """What belongs to a line was written in the same moment."""
    if line.action == "statement_added":
        words = [s.text for s in view.statements if s.created_at == line.at]
        return ChangeSeen(line, words[-1] if words else None, from_person=True)
    if line.action in ("message_from_person", "message_from_employee"):
        by_person = line.action == "message_from_person"
        words = [m.text for m in view.messages if m.created_at == line.at and m.from_person is by_person]
        return ChangeSeen(line, words[-1] if words else None, by_person)
    if line.action == "needs_confirmed":
        at = next(
            (
                index
                for index, u in enumerate(view.understandings)
                if u.source == "employee" and u.created_at == line.at
            ),
            None,
        )
        if at is not None:
            now = [need.id for need in view.understandings[at].needs]
            before = _needs_of(view.understandings[:at])
            return ChangeSeen(
                line,
                needs_added=tuple(need for need in now if need not in before),
                needs_removed=tuple(need for need in before if need not in now),
            )
    return ChangeSeen(line)


def _needs_of(understandings: Iterable[UnderstandingView]) -> tuple[str, ...]:
    """The needs that counted after these: as CaseView.needs has it."""
    known = list(understandings)
    for source in ("employee", "person", "assistant"):
        of_source = [u for u in known if u.source == source]
        if of_source:
            return tuple(need.id for need in of_source[-1].needs)
    return ()


def last_confirmed(view: CaseView) -> tuple[str, datetime] | None:
    """Who last went through the needs, and when."""
    found = next((u for u in reversed(view.understandings) if u.source == "employee"), None)
    return (found.by or "", found.created_at) if found else None
