"""Cases of one person, or about the same child, that an employee has linked.

A link has two sides, each a row of its own case. What a side tells its own person is decided when the link is made:

- The same person wrote both: both sides are shown, in neutral words.
- Others wrote the other case: only a child or young person who wrote for themselves is shown it, and only when a grown-up
  wrote the other. A grown-up is never shown that somebody else has written: it would tell a parent that a child has, and
  somebody who hurts another that the other has. What one young person tells of another is not told either.
- An employee can keep it from the person for a reason.

Words of a case are read from the other one only when its own person has said yes, which can be asked only where the link
is shown. What a child has told in somebody else's case is never among them: nobody else can say yes for the child.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from web.cases.changing import SAME_READING, apply_change
from web.cases.checks import MAX_SHORT, check_one_of
from web.cases.clock import Clock
from web.cases.models import Case, LogEntry, Statement
from web.cases.plan_models import CaseLinkRow
from web.cases.plan_types import LINK_RELATIONS, LinkForPerson, LinkRelation, LinkView, WordsAnswer
from web.cases.readers import reading_detail
from web.cases.rows import box_of, facts_of, log, new_id, open_json, seal_json
from web.cases.types import (
    Action,
    CaseError,
    CaseNotFound,
    CaseView,
    EmployeeRef,
    Facts,
    InvalidCase,
    StatementView,
)
from web.security.vault import CaseVault, Vault

MOST_LINKS = 10
_YOUNG = ("child", "youth")


class NoSuchReference(CaseError):
    """The employee sees no case with this reference: it may not exist, or not be theirs to see."""


class NotTheSamePerson(CaseError):
    """One is written by a child or young person and the other by a grown-up."""


class LinkedAlready(CaseError):
    """These two cases are linked already, or are one and the same."""


def link_cases(
    session: Session,
    vault: Vault,
    clock: Clock,
    case_id: str,
    employee: EmployeeRef,
    reference: str,
    relation: LinkRelation,
    reason: str,
    withheld: str | None = None,
    expected_version: int | None = None,
) -> CaseView:
    """Link the case with another one of the municipality, named by its reference. Both get a line in their log.

    reason: why, for colleagues. withheld: why the persons are not shown it, where they otherwise would be.
    NoSuchReference, NotTheSamePerson, LinkedAlready.
    """
    check_one_of(relation, LINK_RELATIONS, "relation")
    if not reason.strip() or len(reason) > MAX_SHORT or len(withheld or "") > MAX_SHORT:
        raise InvalidCase("a link needs a reason, in few words")
    if withheld is not None and not withheld.strip():
        raise InvalidCase("a link that is not shown needs a reason for that too")

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        other = session.scalar(
            select(Case).where(
                Case.reference == reference.strip().upper(), Case.municipality == employee.municipality
            )
        )
        if other is None:
            raise NoSuchReference("no such case")
        if other.id == case.id or any(
            row.other_id == other.id and row.ended_at is None for row in case.links
        ):
            raise LinkedAlready("linked already")
        if sum(row.ended_at is None for row in case.links) >= MOST_LINKS:
            raise InvalidCase("too many links")
        other_box = box_of(vault, other)
        mine, theirs = facts_of(case, box), facts_of(other, other_box)
        if relation == "same_person" and (mine.writer in _YOUNG) != (theirs.writer in _YOUNG):
            raise NotTheSamePerson("a child and a grown-up are not one person")
        pair = new_id()
        for one, own_box, facts, another, its_facts in (
            (case, box, mine, other, theirs),
            (other, other_box, theirs, case, mine),
        ):
            shown = withheld is None and may_be_shown(relation, facts, its_facts)
            _add_side(one, own_box, another, pair, now, employee, relation, reason, shown, withheld)
            log(session, one, own_box, now, "linked" if shown else "link_withheld", employee)
        flag_modified(other, "status")  # rows beside the case do not raise its version by themselves

    return apply_change(
        session, vault, clock, case_id, change, municipality=employee.municipality, version=expected_version
    )


def may_be_shown(relation: LinkRelation, mine: Facts, theirs: Facts) -> bool:
    """Whether the person of the one case may know that it is linked with the other."""
    if relation == "same_person":
        return True
    return mine.writer in _YOUNG and mine.about == "self" and theirs.writer not in _YOUNG


def unlink_cases(
    session: Session,
    vault: Vault,
    clock: Clock,
    case_id: str,
    employee: EmployeeRef,
    link_id: str,
    expected_version: int | None = None,
) -> CaseView:
    """Undo a link, on both sides. CaseNotFound when the case has no such link now."""

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        row = _side(case, link_id)
        for side in session.scalars(select(CaseLinkRow).where(CaseLinkRow.pair == row.pair)).all():
            side.ended_at = now
            one = case if side.case_id == case.id else _beyond(session, side.case_id)
            own_box = box if one is case else box_of(vault, one)
            shown = _content(side, own_box)["shown"]
            log(session, one, own_box, now, "unlinked" if shown else "link_withheld", employee)

    return apply_change(
        session, vault, clock, case_id, change, municipality=employee.municipality, version=expected_version
    )


def words_told(
    session: Session,
    vault: Vault,
    clock: Clock,
    case_id: str,
    employee: EmployeeRef,
    link_id: str,
    yes: bool,
    expected_version: int | None = None,
) -> CaseView:
    """The person has said, on the phone or face to face, whether the readers of the other case may read this one's words.

    InvalidCase where the person is not shown the link: it cannot be asked without telling.
    """

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        _answer(session, case, box, _side(case, link_id), yes, now, employee)

    return apply_change(
        session, vault, clock, case_id, change, municipality=employee.municipality, version=expected_version
    )


def words_answered(
    session: Session, vault: Vault, clock: Clock, case_id: str, link_id: str, yes: bool
) -> CaseView:
    """The person says it on the return page, and can change their mind there. CaseNotFound for a link not shown to them."""

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        row = _side(case, link_id)
        if not _content(row, box)["shown"]:
            raise CaseNotFound("no such link")
        _answer(session, case, box, row, yes, now, None)

    return apply_change(session, vault, clock, case_id, change, for_writer=True)


def links_for_person(session: Session, vault: Vault, case_id: str) -> tuple[LinkForPerson, ...]:
    """What the person is shown of links of their case: nothing of the other case, and nothing where it would tell."""
    case = session.get(Case, case_id)
    if case is None:
        return ()
    box = box_of(vault, case)
    found = []
    for row in case.links:
        content = _content(row, box)
        if row.ended_at is None and content["shown"]:
            words = content["words"]
            found.append(LinkForPerson(row.id, row.made_at, words["answer"], _at(words["at"]), words["by"]))
    return tuple(found)


def links_of(session: Session, vault: Vault, case_id: str, employee: EmployeeRef) -> tuple[LinkView, ...]:
    """What the readers of a case know of the cases it is linked with: that they are there, who has them, and no words.

    CaseNotFound when the employee does not see the case itself.
    """
    case = session.get(Case, case_id)
    if case is None or case.municipality != employee.municipality:
        raise CaseNotFound("no such case")
    box = box_of(vault, case)
    found = []
    for row in case.links:
        if row.ended_at is not None:
            continue
        other = _beyond(session, row.other_id)
        twin = session.scalar(
            select(CaseLinkRow).where(CaseLinkRow.pair == row.pair, CaseLinkRow.case_id == other.id)
        )
        if twin is None:
            continue
        mine, theirs = _content(row, box), _content(twin, box_of(vault, other))
        found.append(
            LinkView(
                id=row.id,
                reference=other.reference,
                other_id=other.id,
                made_at=row.made_at,
                made_by=row.made_by,
                reason=mine["reason"],
                relation=cast(LinkRelation, mine["relation"]),
                shown=mine["shown"],
                withheld=mine["withheld"],
                other_status=other.status,
                other_contact=", ".join(
                    part for part in (other.contact_person_name, other.contact_unit_name) if part
                ),
                can_open=session.scalar(select(Case.id).where(Case.id == other.id)) is not None,
                mine=_words(mine),
                mine_by=mine["words"]["by"],
                mine_at=_at(mine["words"]["at"]),
                words=_words(theirs),
                words_by=theirs["words"]["by"],
                words_at=_at(theirs["words"]["at"]),
            )
        )
    return tuple(found)


def linked_words(
    session: Session, vault: Vault, clock: Clock, case_id: str, link_id: str, employee: EmployeeRef
) -> tuple[StatementView, ...]:
    """The words of the other case, for a reader of this one, when the other's own person has said yes. Its log tells who read.

    CaseNotFound when the employee does not see this case, when there is no such link, and without a yes. Commits.
    """
    case = session.get(Case, case_id)
    if case is None or case.municipality != employee.municipality:
        raise CaseNotFound("no such case")
    row = _side(case, link_id)
    twin = session.scalar(
        select(CaseLinkRow).where(CaseLinkRow.pair == row.pair, CaseLinkRow.case_id == row.other_id)
    )
    if twin is None:
        raise CaseNotFound("no such link")
    other = _beyond(session, row.other_id)
    box = box_of(vault, other)
    if _words(_content(twin, box)) != "yes":
        raise CaseNotFound("the person has not said yes")
    found = session.scalars(
        select(Statement)
        .where(Statement.case_id == other.id, Statement.from_child.is_(False))
        .order_by(Statement.position)
    )
    writer_is_young = facts_of(other, box).writer in _YOUNG
    words = tuple(
        StatementView(
            one.id,
            one.position,
            cast(Any, one.author),
            one.language,
            box.open(one.text_sealed, table="statements", column="text_sealed", row_id=one.id),
            one.created_at,
        )
        for one in found
        if writer_is_young or one.author not in _YOUNG
    )
    now = clock.now()
    last = session.scalar(
        select(LogEntry.at)
        .where(LogEntry.case_id == other.id, LogEntry.action == "read", LogEntry.actor_id == employee.id)
        .order_by(LogEntry.at.desc())
        .limit(1)
    )
    if last is None or now - last >= SAME_READING:
        log(session, other, box, now, "read", employee, reading_detail(employee, "linked"))
    session.commit()
    return words


def _beyond(session: Session, case_id: str) -> Case:
    """The case on the other side of a link, as a plain row with the columns of Case: for what a link tells, never to change.

    From the table and not the class: a staff request narrows the class to the cases that the employee sees as a whole
    (web.security.separation), and the other side of a link need not be among them.
    """
    table = cast(Table, Case.__table__)
    row = session.execute(select(table).where(table.c.id == case_id)).first()
    if row is None:
        raise CaseNotFound("no such case")
    return cast(Case, row)


def _side(case: Case, link_id: str) -> CaseLinkRow:
    row = next((row for row in case.links if row.id == link_id and row.ended_at is None), None)
    if row is None:
        raise CaseNotFound("no such link")
    return row


def _content(row: CaseLinkRow, box: CaseVault) -> dict[str, Any]:
    content: dict[str, Any] = open_json(box, row.content_sealed, "case_links", "content_sealed", row.id)
    return content


def _words(content: dict[str, Any]) -> WordsAnswer | None:
    return cast(WordsAnswer, content["words"]["answer"]) if content["shown"] else None


def _at(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _add_side(
    case: Case,
    box: CaseVault,
    other: Case,
    pair: str,
    now: datetime,
    employee: EmployeeRef,
    relation: LinkRelation,
    reason: str,
    shown: bool,
    withheld: str | None,
) -> None:
    row_id = new_id()
    content = {
        "relation": relation,
        "reason": reason.strip(),
        "shown": shown,
        "withheld": withheld.strip() if withheld else None,
        "words": {"answer": "asked", "by": None, "at": None},
    }
    case.links.append(
        CaseLinkRow(
            id=row_id,
            pair=pair,
            case_id=case.id,
            other_id=other.id,
            made_at=now,
            made_by=employee.name,
            content_sealed=seal_json(box, content, "case_links", "content_sealed", row_id),
        )
    )


def _answer(
    session: Session,
    case: Case,
    box: CaseVault,
    row: CaseLinkRow,
    yes: bool,
    now: datetime,
    employee: EmployeeRef | None,
) -> None:
    content, answer = _content(row, box), "yes" if yes else "no"
    if not content["shown"]:
        raise InvalidCase("the person is not shown this link")
    if content["words"]["answer"] == answer:
        return
    content["words"] = {
        "answer": answer,
        "by": employee.name if employee else None,
        "at": now.isoformat(),
    }
    row.content_sealed = seal_json(box, content, "case_links", "content_sealed", row.id)
    action: Action = "link_words"
    log(session, case, box, now, action, employee, answer)
