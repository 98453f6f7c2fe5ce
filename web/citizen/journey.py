"""From the draft to what the pages show and to what is sent: queries, reasons in the person's own words, the case.

Knows neither Flask nor HTML.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from web import age_rules
from web.cases import deadlines
from web.cases.types import (
    HURT_ANSWERS,
    HURT_KINDS,
    NOTICE_WAYS,
    Author,
    CaseView,
    ContactPointChoice,
    Evidence,
    HurtAnswer,
    Language,
    NeedFound,
    NewCase,
    ParentsAnswer,
    unsure_in_grave_need,
)
from web.catalog import AgeRule, Catalog, Need
from web.citizen.drafts import Draft
from web.citizen.turns import author_of
from web.matching import HelplineNow, Match, Query, Suggestion, helplines_for, match

MOST_QUOTED = 90
"""Characters of the person's own words in a reason: enough to know them again."""
CERTAIN = 1.0
CHILDREN_S_LINE = "alarmtelefonen"
_SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")
_JOINT = re.compile(r",\s+|\s(?=(?:og|men|så|fordi)\s)")


@dataclass(frozen=True)
class Part:
    """A piece of a text; marked when a need rests on it."""

    text: str
    marked: bool


@dataclass(frozen=True)
class Told:
    """One statement for the page: its pieces, in order."""

    position: int
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Reason:
    """Why a service is shown: the person's own words where there are any, and the needs that they were understood as."""

    quotes: tuple[str, ...]
    needs: tuple[Need, ...]


@dataclass(frozen=True)
class Shown:
    """A service on the page, with why."""

    suggestion: Suggestion
    reason: Reason


def told(draft: Draft) -> list[Told]:
    """The person's own words, with the phrases marked that the standing needs rest on."""
    standing = set(draft.needs)
    spans: dict[int, list[tuple[int, int]]] = {}
    for need in draft.understood:
        if need.id in standing:
            for evidence in need.evidence:
                spans.setdefault(evidence.statement, []).append((evidence.start, evidence.end))
    return [Told(i, _parts(text, spans.get(i, []))) for i, (_, text) in enumerate(draft.statements)]


def _parts(text: str, spans: Iterable[tuple[int, int]]) -> tuple[Part, ...]:
    parts: list[Part] = []
    at = 0
    for start, end in sorted(spans):
        start, end = max(start, at), min(end, len(text))
        if start >= end:
            continue
        if start > at:
            parts.append(Part(text[at:start], False))
        parts.append(Part(text[start:end], True))
        at = end
    if at < len(text):
        parts.append(Part(text[at:], False))
    return tuple(parts)


def needs_of(catalog: Catalog, draft: Draft) -> list[Need]:
    """The needs that stand, strongest first."""
    return [catalog.needs[need] for need in draft.needs if need in catalog.needs]


def query_of(draft: Draft) -> Query:
    """What the catalog is asked. What a person has picked by hand is certain."""
    confidence = {need.id: need.confidence for need in draft.understood}
    by_hand = {*draft.needs_added, *draft.topics}
    return Query(
        needs=tuple(
            (need, CERTAIN if need in by_hand else confidence.get(need, CERTAIN)) for need in draft.needs
        ),
        writer=draft.writer,
        about=draft.about if draft.about in ("self", "my_child", "friend", "other") else None,
        age=draft.age,
        acute_kinds=tuple(draft.acute_kinds),
        safe_now=draft.safe_now if draft.safe_now in ("yes", "no", "unknown") else None,
    )


def suggestions(catalog: Catalog, draft: Draft) -> tuple[list[Shown], Match]:
    """Who can help, each with its reason, and the one contact point."""
    found = match(catalog, query_of(draft))
    return [Shown(one, _reason(catalog, draft, one.because)) for one in found.services], found


def _reason(catalog: Catalog, draft: Draft, because: Sequence[str]) -> Reason:
    evidence = {need.id: need.evidence for need in draft.understood}
    quotes: list[str] = []
    for need in because:
        quote = _quote(draft, evidence.get(need, ()))
        if quote and quote not in quotes:
            quotes.append(quote)
    return Reason(tuple(quotes[:2]), tuple(catalog.needs[need] for need in because if need in catalog.needs))


def _quote(draft: Draft, evidence: Sequence[Evidence]) -> str:
    """The sentence of the person's that a need rests on most. Cut where it grows long, never changed otherwise.

    Single words, which is what a program builds on, say little to the one who wrote them; the sentence is known again.
    """
    weights: dict[tuple[int, int, int], int] = {}
    for span in evidence:
        if not 0 <= span.statement < len(draft.statements):
            continue
        text = draft.statements[span.statement][1]
        for start, end in _sentences(text):
            shared = min(end, span.end) - max(start, span.start)
            if shared > 0:
                key = (span.statement, start, end)
                weights[key] = weights.get(key, 0) + shared
    if not weights:
        return ""
    position, start, end = max(weights, key=lambda key: weights[key])
    text = draft.statements[position][1]
    if end - start > MOST_QUOTED:
        starts = [e.start for e in evidence if e.statement == position and start <= e.start < end]
        first = min(starts, default=start)
        start, end = _clause(text, start, end, first)
    quote = " ".join(text[start:end].split()).strip(" ,;:–-")
    return quote if len(quote) <= MOST_QUOTED else quote[:MOST_QUOTED].rsplit(" ", 1)[0] + " …"


def _sentences(text: str) -> list[tuple[int, int]]:
    """Where sentences begin and end; a line break ends one too, since many write without full stops."""
    found = [(match.start(), match.end()) for match in _SENTENCE.finditer(text)]
    return found or [(0, len(text))]


def _clause(text: str, start: int, end: int, at: int) -> tuple[int, int]:
    """The part of a long sentence that holds this place: from the nearest comma or «og» before it."""
    begins = [m.end() for m in _JOINT.finditer(text, start, at)]
    return (begins[-1] if begins else start), end


def unread(draft: Draft) -> bool:
    """Whether the assistant could not read the language that was written, so that what is shown is not chosen by it."""
    return draft.understood_language == "other" and not draft.needs


def hurt(draft: Draft) -> HurtAnswer | None:
    """What a small child has chosen under «does anyone hurt you?»."""
    chosen = draft.pictures.get("hurt", ())
    return next((answer for answer in HURT_ANSWERS if answer in chosen), None)


def in_danger(draft: Draft) -> bool:
    """Whether the numbers go on top of every page from now on."""
    return (
        bool(draft.acute_kinds)
        or draft.safe_now == "no"
        or hurt(draft) == "yes"
        or unsure_in_grave_need(draft.safe_now, draft.needs, hurt(draft))
    )


def helplines(catalog: Catalog, draft: Draft | None, at: datetime) -> list[HelplineNow]:
    """Whom this person can call now: by kind of danger, by need, by age."""
    if draft is None:
        return helplines_for(catalog, at=at)
    writer = author_of(draft) if draft.writer or draft.about in ("self", "my_child") else None
    return _lines(catalog, draft.acute_kinds, draft.needs, draft.age, writer, hurt(draft), at)


def helplines_of_case(catalog: Catalog, view: CaseView, at: datetime) -> list[HelplineNow]:
    """The same for what has been sent. view: as the person may see it (web.cases.seeing)."""
    facts = view.facts
    return _lines(catalog, view.acute_kinds, view.needs, facts.age, facts.writer, facts.hurt, at)


def _lines(
    catalog: Catalog,
    acute_kinds: Sequence[str],
    needs: Sequence[str],
    age: int | None,
    writer: Author | None,
    hurt: HurtAnswer | None,
    at: datetime,
) -> list[HelplineNow]:
    if hurt != "yes":
        return helplines_for(catalog, acute_kinds, needs, age, writer, at)
    # A small child has said, with a picture, that somebody hurts it: the line for children comes first.
    kinds = tuple(dict.fromkeys([*acute_kinds, *HURT_KINDS]))
    found = helplines_for(catalog, kinds, needs, age, writer, at)
    return sorted(found, key=lambda line: line.helpline.id != CHILDREN_S_LINE)


def hear_by(catalog: Catalog, at: datetime) -> date:
    """The day of the promise if it were sent now."""
    return deadlines.hear_by(at, catalog.contact_point.promise_working_days)


def replace_words(draft: Draft, words: Mapping[int, str]) -> None:
    """The person has edited their own words before sending. Emptied statements go; evidence follows the words.

    Words that are changed no longer carry marks: the places would be wrong.
    """
    moved: dict[int, int] = {}
    kept: list[tuple[int, str]] = []
    for position, (_, before) in enumerate(draft.statements):
        after = words.get(position, before)
        if not after.strip():
            continue
        if after == before:
            moved[position] = len(kept)
        kept.append((position, after))
    draft.statements = [(draft.statements[position][0], text) for position, text in kept]
    draft.understood = [_moved(need, moved) for need in draft.understood]


def _moved(need: NeedFound, moved: Mapping[int, int]) -> NeedFound:
    evidence = tuple(replace(e, statement=moved[e.statement]) for e in need.evidence if e.statement in moved)
    return NeedFound(need.id, need.confidence, evidence)


def is_grown(writer: Author) -> bool:
    """Whether the words are those of somebody who writes about a child: then «the parents» means something else."""
    return writer in ("parent", "other")


def age_of_writer(draft: Draft) -> int | None:
    """The age that decides who may know: of the young person who writes. None when it was told about somebody else."""
    return None if draft.about in ("friend", "other", "my_child") else draft.age


def parents_rule(draft: Draft, catalog: Catalog) -> AgeRule:
    """The rule on parents for the one who writes; for a grown-up, the rule for the child it is about."""
    age = draft.age if is_grown(author_of(draft)) else age_of_writer(draft)
    return age_rules.parents_rule(catalog.age_rules, age)


def rules_that_fit(draft: Draft, catalog: Catalog) -> tuple[AgeRule, ...]:
    """Everything that holds at this age, the rule on parents first."""
    age = draft.age if is_grown(author_of(draft)) else age_of_writer(draft)
    return age_rules.rules_for(catalog.age_rules, age)


def may_know(draft: Draft, catalog: Catalog) -> tuple[tuple[str, ...], ParentsAnswer | None]:
    """Who may know, and what was answered about the parents, once the rule of this age has had its say."""
    if is_grown(author_of(draft)):
        return tuple(draft.may_know), None
    rule = parents_rule(draft, catalog)
    if rule.ask == "own_choice":
        return tuple(draft.may_know), "yes" if "parents" in draft.may_know else "no"
    answer = age_rules.parents_may_know(rule, draft.home, draft.parents)
    others = tuple(who for who in draft.may_know if who != "parents")
    return (("parents", *others) if answer == "yes" else others), answer


def new_case(draft: Draft, catalog: Catalog, language: Language) -> NewCase:
    """Everything that is sent, from the draft."""
    author = author_of(draft)
    point = catalog.contact_point
    knowing, parents = may_know(draft, catalog)
    asks_home = not is_grown(author) and parents_rule(draft, catalog).ask == "home_first"
    way = draft.way or "code"
    return NewCase(
        municipality=catalog.municipality.id,
        language=language,
        statements=tuple((author, text) for _, text in draft.statements),
        writer=author,
        contact_point=ContactPointChoice(point.id, point.name[language], point.promise_working_days),
        return_code=draft.return_code or "",
        submission_key=draft.submission_key,
        understanding=draft.understanding(),
        needs=tuple(draft.needs),
        needs_added=tuple(dict.fromkeys([*draft.topics, *draft.needs_added])),
        needs_removed=tuple(draft.needs_removed),
        about=draft.about or "unknown",
        age=draft.age,
        # The last page before sending asks; who asks to be called today from another page has not seen the question.
        safe_now=draft.safe_now or ("not_asked" if draft.call_today else "skipped"),
        hope=draft.hope,
        services=tuple(draft.services),
        consents=dict(draft.consents),
        may_know=knowing,
        way=way,
        details=draft.details or None,
        safe_times=draft.safe_times or None,
        voicemail_ok=draft.voicemail_ok and way == "phone",
        notices_ok=draft.notices_ok and way in NOTICE_WAYS,
        pictures=(0,) if draft.statements and draft.statements[0][1] == draft.pictures_text else (),
        child_told=tuple(draft.child_told),
        child_not_asked=None if draft.child_told or draft.child_alone else draft.child_not_asked,
        child_alone=tuple(draft.child_alone),
        acute_kinds=tuple(draft.acute_kinds),
        home=draft.home if asks_home else None,
        parents=parents,
        prefers=draft.prefers or None,
        avoids=draft.avoids or None,
        safe_when=tuple(draft.safe_when) if way in ("phone", "sms") else (),
        caller_says=(draft.caller_says or "first_name") if way == "phone" else None,
        safe_word=(draft.safe_word or None) if way != "code" else None,
        hurt=hurt(draft),
        call_today=draft.call_today,
    )
