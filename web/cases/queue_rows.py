"""The rows of a page of the queue: opened, for these cases and no others, with a handful of questions for all of them.

What is opened is little: the answers beside the words, and for who may read the case its needs and the beginning of its first
words. Nothing is asked row by row.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, func, select
from sqlalchemy.orm import Session

from web.cases import acute
from web.cases.child import ChildRecord, about_a_child
from web.cases.clock import Clock
from web.cases.deadlines import local_date
from web.cases.duties import duties
from web.cases.following import silent_cases
from web.cases.models import Case, ChildInvitation, Recording, Statement, Understanding
from web.cases.opening import OpeningHours
from web.cases.queue_types import Duty, FirstWords, QueueRow, WhyAcute
from web.cases.rows import acute_kinds_of, box_of, child_record, facts_of, open_json
from web.cases.sharing_models import Share
from web.cases.types import ChildStands, Facts, Outcome, Status, Urgency
from web.security.vault import CaseVault, Vault

MOST_WORDS = 140
"""Characters of the first words: enough to choose by, too little to answer by."""
_SOURCES = ("employee", "person", "assistant")
_YOUNG = ("child", "youth")


@dataclass
class _Beside:
    """What is found for all rows of the page at once, by case."""

    recordings: Mapping[str, int]
    told: Collection[str]
    invited: Collection[str]
    duties: Mapping[str, Duty]
    silent: Collection[str]
    answers: Mapping[str, int]
    childs_own: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Id of a child's own acute case -> id and reference, of those that the employee sees."""
    needs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    all_needs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    words: Mapping[str, FirstWords] = field(default_factory=dict)


@dataclass(frozen=True)
class _Opened:
    """A case with what is opened of it whoever looks."""

    row: Case
    box: CaseVault
    facts: Facts
    record: ChildRecord
    kinds: tuple[str, ...]


def queue_rows(
    session: Session,
    vault: Vault,
    clock: Clock,
    municipality: str,
    ids: Sequence[str],
    *,
    hours: OpeningHours,
    words: bool,
) -> list[QueueRow]:
    """The rows of these cases, in their order. words: with needs and first words."""
    now = clock.now()
    opened = []
    for row in _rows(session, ids):
        box = box_of(vault, row)
        opened.append(_Opened(row, box, facts_of(row, box), child_record(row, box), acute_kinds_of(row, box)))
    found = [one.row.id for one in opened]
    told, invited = _children(session, found, now)
    contacts = [(one.row.id, one.row.contact_person_id) for one in opened]
    beside = _Beside(
        _recordings(session, found),
        told,
        invited,
        duties(session, clock, municipality, contacts),
        silent_cases(session, found, now),
        _new_answers(session, opened),
        _childs_own(session, opened),
    )
    beside.needs, beside.all_needs = _needs(session, opened, words=words)
    if words:
        beside.words = _first_words(session, opened)
    return [_row(one, beside, now, hours) for one in opened]


def _rows(session: Session, ids: Sequence[str]) -> list[Case]:
    """The cases of these ids, in their order, as plain rows with the columns of Case.

    From the table and not the class: by id and nothing else. What a staff request adds to every query of the class
    (web.security.separation) has been asked already when the ids were found; asked once more, a database without
    statistics goes through the whole municipality instead of fifty keys.
    """
    if not ids:
        return []
    table = cast(Table, Case.__table__)
    found = {row.id: row for row in session.execute(select(table).where(table.c.id.in_(ids)))}
    return [cast(Case, found[case_id]) for case_id in ids if case_id in found]


def _recordings(session: Session, case_ids: Sequence[str]) -> dict[str, int]:
    """How many recordings each of these cases has; a case without is not there."""
    counted = session.execute(
        select(Recording.case_id, func.count())
        .where(Recording.case_id.in_(case_ids))
        .group_by(Recording.case_id)
    )
    return {case_id: count for case_id, count in counted if case_id}


def _children(session: Session, ids: Sequence[str], now: datetime) -> tuple[frozenset[str], frozenset[str]]:
    """In which of the cases a child has told for itself, and in which it has an invitation that can be used."""
    told = [
        case_id
        for table in (Statement, Recording)
        for case_id in session.scalars(
            select(table.case_id).where(table.from_child.is_(True), table.case_id.in_(ids))
        )
        if case_id
    ]
    invited = session.scalars(
        select(ChildInvitation.case_id).where(
            ChildInvitation.used_at.is_(None),
            ChildInvitation.withdrawn_at.is_(None),
            ChildInvitation.expires_at > now,
            ChildInvitation.case_id.in_(ids),
        )
    )
    return frozenset(told), frozenset(invited)


def _new_answers(session: Session, opened: Iterable[_Opened]) -> dict[str, int]:
    """How many services have answered what nobody has read yet; asked only where more came than the person's words."""
    read = {one.row.id: one.row.last_read_at for one in opened if one.row.unread > one.row.unread_words}
    if not read:
        return {}
    found: dict[str, int] = {}
    for case_id, at in session.execute(
        select(Share.case_id, Share.outcome_at).where(Share.case_id.in_(read), Share.outcome_at.is_not(None))
    ):
        since = read[case_id]
        if at is not None and (since is None or at > since):
            found[case_id] = found.get(case_id, 0) + 1
    return found


def _childs_own(session: Session, opened: Iterable[_Opened]) -> dict[str, tuple[str, str]]:
    """Of the cases that children sent by themselves from a writer's device: those that are acute, open, and seen.

    Through the class: what a staff request may not see (web.security.separation) is not there.
    """
    own = {case_id for one in opened for case_id, _reference in one.record.alone}
    if not own:
        return {}
    rows = session.execute(
        select(Case.id, Case.reference).where(
            Case.id.in_(own), Case.urgency == "acute", Case.status != "closed"
        )
    )
    return {case_id: (case_id, reference) for case_id, reference in rows}


def _needs(
    session: Session, opened: Sequence[_Opened], *, words: bool
) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """The needs that count now (as CaseView.needs has it), and, where it decides why a case is acute, all that were named.

    words: the first for all cases; without it nothing is opened but what tells why.
    """
    every = {one.row.id for one in opened if one.row.urgency == "acute" and _is_unsure(one.facts)}
    boxes = {one.row.id: one.box for one in opened if words or one.row.id in every}
    if not boxes:
        return {}, {}
    listed = session.execute(
        select(Understanding.id, Understanding.case_id, Understanding.source)
        .where(Understanding.case_id.in_(boxes))
        .order_by(Understanding.position)
    ).all()
    last: dict[tuple[str, str], str] = {(case_id, source): row_id for row_id, case_id, source in listed}
    counts = {
        case_id: next(last[case_id, source] for source in _SOURCES if (case_id, source) in last)
        for _, case_id, _ in listed
    }
    wanted = {*counts.values(), *(row_id for row_id, case_id, _ in listed if case_id in every)}
    needs: dict[str, tuple[str, ...]] = {}
    named: dict[str, tuple[str, ...]] = {}
    for row_id, case_id, sealed in session.execute(
        select(Understanding.id, Understanding.case_id, Understanding.needs_sealed).where(
            Understanding.id.in_(wanted)
        )
    ):
        content = open_json(boxes[case_id], sealed, "understandings", "needs_sealed", row_id)
        found = tuple(need["id"] for need in content["needs"])
        named[case_id] = (*named.get(case_id, ()), *found)
        if counts[case_id] == row_id:
            needs[case_id] = found
    return needs, named


def _is_unsure(facts: Facts) -> bool:
    return "unknown" in (facts.safe_now, facts.hurt)


def _first_words(session: Session, opened: Sequence[_Opened]) -> dict[str, FirstWords]:
    """The beginning of the first words of each case: the child's own first, and its words before the pictures it chose."""
    by_id = {one.row.id: one for one in opened}
    order: dict[str, tuple[Any, ...]] = {}
    chosen: dict[str, str] = {}
    for row_id, case_id, position, author, from_child in session.execute(
        select(
            Statement.id, Statement.case_id, Statement.position, Statement.author, Statement.from_child
        ).where(Statement.case_id.in_(by_id))
    ):
        pictures = row_id in by_id[case_id].record.pictures
        place = (not from_child, author not in _YOUNG, pictures, position)
        if case_id not in order or place < order[case_id]:
            order[case_id], chosen[case_id] = place, row_id
    found = {}
    for row_id, case_id, language, author, sealed in session.execute(
        select(
            Statement.id, Statement.case_id, Statement.language, Statement.author, Statement.text_sealed
        ).where(Statement.id.in_(chosen.values()))
    ):
        box = by_id[case_id].box
        text = box.open(sealed, table="statements", column="text_sealed", row_id=row_id)
        found[case_id] = FirstWords(*beginning(text), language, cast(Any, author))
    return found


def beginning(text: str) -> tuple[str, bool]:
    """The first words as they were written, on one line, and whether there is more."""
    line = " ".join(text[: MOST_WORDS * 4].split())
    if len(line) <= MOST_WORDS and len(text) <= MOST_WORDS * 4:
        return line, False
    cut = line[: MOST_WORDS + 1]
    return cut.rsplit(" ", 1)[0] if " " in cut[MOST_WORDS // 2 :] else cut[:MOST_WORDS], True


def _child_stands(one: _Opened, beside: _Beside) -> ChildStands | None:
    if one.record.alone or one.row.id in beside.told:
        return "told"
    if not about_a_child(one.facts):
        return None
    return "invited" if one.row.id in beside.invited else "not_asked"


def _row(one: _Opened, beside: _Beside, now: datetime, hours: OpeningHours) -> QueueRow:
    row, facts, today = one.row, one.facts, local_date(now)
    is_open, promise = row.status != "closed", None
    why: tuple[WhyAcute, ...] = ()
    if is_open and row.urgency == "acute":
        promise = acute.promise(
            acute_since=row.acute_since,
            unseen_since=row.unseen_since,
            waiting_since=row.waiting_since,
            now=now,
            hours=hours,
        )
        why = acute.why(
            facts,
            kinds=one.kinds,
            needs=beside.all_needs.get(row.id, ()),
            child_safe=one.record.safe,
            child_hurt=one.record.hurt,
        )
    return QueueRow(
        case_id=row.id,
        reference=row.reference,
        language=cast(Any, row.language),
        writer=facts.writer,
        age=facts.age,
        status=cast(Status, row.status),
        outcome=cast("Outcome | None", row.closed_outcome),
        urgency=cast(Urgency, row.urgency),
        why_acute=why,
        acute=promise,
        created_at=row.created_at,
        waiting_since=row.waiting_since,
        due_on=row.due_on,
        overdue=(row.waiting_since is not None and row.due_on < today) or bool(promise and promise.late),
        contact_unit_name=row.contact_unit_name,
        contact_person_id=row.contact_person_id,
        contact_person_name=row.contact_person_name,
        unread=row.unread,
        unread_words=row.unread_words,
        new_answers=beside.answers.get(row.id, 0),
        ever_read=row.last_read_at is not None,
        not_helped=row.not_helped,
        recordings=beside.recordings.get(row.id, 0),
        unheard=row.unheard,
        version=row.version,
        child=_child_stands(one, beside),
        child_acute=tuple(
            beside.childs_own[case_id] for case_id, _ in one.record.alone if case_id in beside.childs_own
        ),
        call_waits=row.call_waits,
        plan_overdue=row.plan_due_on is not None and row.plan_due_on < today and is_open,
        help_disputed=row.help_disputed,
        service_silent=row.id in beside.silent and is_open,
        duty=beside.duties.get(row.id, Duty()),
        needs=beside.needs.get(row.id, ()),
        words=beside.words.get(row.id),
    )
