"""Who coordinates: what the child says, disagreement between services, coordinator and individual plan.

Every function that changes a case takes (session, vault, clock) first and makes its change in one transaction that it
commits itself. What is written here is sealed; the log says that it was, not what.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, cast, get_args

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from web.cases.changing import apply_change
from web.cases.checks import check_ids, check_one_of, check_text
from web.cases.clock import Clock
from web.cases.deadlines import local_date
from web.cases.duty_tables import CoordinationNote, Dispute, Handover
from web.cases.models import Case
from web.cases.rows import box_of, facts_of, log, new_id, open_json, seal_json
from web.cases.types import CaseError, CaseNotFound, CaseView, EmployeeRef, InvalidCase
from web.security.vault import CaseVault, Vault

Choice = Literal["coordinator", "child_coordinator", "individual_plan"]
Answer = Literal["not_considered", "considered_no", "offered", "declined", "in_place"]
CHOICES: tuple[Choice, ...] = get_args(Choice)
ANSWERS: tuple[Answer, ...] = get_args(Answer)
MOST_WORDS = 2000


class DisputeGone(CaseError):
    """There is no open dispute (any more), or there is one already."""


@dataclass(frozen=True)
class ChildsWord:
    """What the child, or the person, says about who should coordinate."""

    words: str
    asked_on: date
    by_name: str
    at: datetime


@dataclass(frozen=True)
class ChoiceNote:
    """How it stands with a coordinator, a child coordinator or an individual plan."""

    choice: Choice
    answer: Answer
    on: date
    next_step: str
    by_name: str
    at: datetime


@dataclass(frozen=True)
class DisputeView:
    """A disagreement, opened; decided or not."""

    id: str
    services: tuple[str, ...]
    """Ids of the catalog."""
    others: str
    """Services that the catalog does not have, by name."""
    why: str
    opened_at: datetime
    opened_by: str
    decided_at: datetime | None = None
    decided_by: str | None = None
    coordinator: str = ""
    """Id of the service that coordinates; empty when it is none of the catalog."""
    coordinator_name: str = ""
    """Its name, or the person's, when the catalog does not have it."""
    reason: str = ""

    @property
    def open(self) -> bool:
        """Whether the municipality has not decided yet."""
        return self.decided_at is None


@dataclass(frozen=True)
class Coordination:
    """All of it for one case."""

    words: tuple[ChildsWord, ...] = ()
    disputes: tuple[DisputeView, ...] = ()
    notes: tuple[ChoiceNote, ...] = field(default=())

    @property
    def dispute(self) -> DisputeView | None:
        """The disagreement that is open now."""
        return next((one for one in self.disputes if one.open), None)

    @property
    def decision(self) -> DisputeView | None:
        """What the municipality decided last."""
        decided = [one for one in self.disputes if one.decided_at is not None]
        return max(decided, key=lambda one: cast(datetime, one.decided_at)) if decided else None

    def latest(self, choice: str) -> ChoiceNote | None:
        """The newest answer about one of the choices."""
        return next((one for one in reversed(self.notes) if one.choice == choice), None)


def note_childs_word(
    session: Session,
    vault: Vault,
    clock: Clock,
    case_id: str,
    employee: EmployeeRef,
    words: str,
    asked_on: date,
    expected_version: int | None = None,
) -> CaseView:
    """What the child says about who should coordinate, after somebody has asked.

    A young person who wrote the case sees in the log that it was noted; a grown-up who wrote about a child does not, for
    it is the child who was talked with.
    """
    _check(words)
    _not_tomorrow(clock, asked_on)

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        content = {"kind": "word", "words": words.strip(), "on": asked_on.isoformat()}
        session.add(_note(case, box, now, employee, content))
        if facts_of(case, box).writer in ("child", "youth"):
            log(session, case, box, now, "wish_noted", employee)

    return apply_change(
        session, vault, clock, case_id, change, municipality=employee.municipality, version=expected_version
    )


def note_choice(
    session: Session,
    vault: Vault,
    clock: Clock,
    case_id: str,
    employee: EmployeeRef,
    choice: Choice,
    answer: Answer,
    on: date,
    next_step: str = "",
    expected_version: int | None = None,
) -> CaseView:
    """How it stands with a coordinator, a child coordinator or an individual plan."""
    check_one_of(choice, CHOICES, "choice")
    check_one_of(answer, ANSWERS, "answer")
    if len(next_step) > MOST_WORDS:
        raise InvalidCase("the text is too long")
    _not_tomorrow(clock, on)

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        content = {
            "kind": "choice",
            "choice": choice,
            "answer": answer,
            "on": on.isoformat(),
            "next_step": next_step.strip(),
        }
        session.add(_note(case, box, now, employee, content))
        log(session, case, box, now, "coordination_noted", employee, f"{choice}:{answer}")

    return apply_change(
        session, vault, clock, case_id, change, municipality=employee.municipality, version=expected_version
    )


def open_dispute(
    session: Session,
    vault: Vault,
    clock: Clock,
    case_id: str,
    employee: EmployeeRef,
    services: Sequence[str],
    others: str,
    why: str,
    expected_version: int | None = None,
) -> CaseView:
    """Services disagree about who coordinates: from now on it is the municipality's to decide. DisputeGone when it is already."""
    check_ids(services, "service")
    _check(why)
    if len(others) > MOST_WORDS:
        raise InvalidCase("the text is too long")
    if len(set(services)) + bool(others.strip()) < 1:
        raise InvalidCase("a disagreement has services")

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        if _open(session, case.id) is not None:
            raise DisputeGone("the services disagree already")
        row_id = new_id()
        content = {
            "services": list(dict.fromkeys(services)),
            "others": others.strip(),
            "why": why.strip(),
        }
        session.add(
            Dispute(
                id=row_id,
                case_id=case.id,
                municipality=case.municipality,
                opened_at=now,
                opened_by_id=employee.id,
                opened_by_name=employee.name,
                why_sealed=seal_json(box, content, "disputes", "why_sealed", row_id),
            )
        )
        log(session, case, box, now, "dispute_opened", employee)

    return apply_change(
        session, vault, clock, case_id, change, municipality=employee.municipality, version=expected_version
    )


def decide_dispute(
    session: Session,
    vault: Vault,
    clock: Clock,
    case_id: str,
    employee: EmployeeRef,
    coordinator: str,
    coordinator_name: str,
    reason: str,
    expected_version: int | None = None,
) -> CaseView:
    """Decide who coordinates, and why. The person sees who, and who decided; the reason stays with the case.

    coordinator: a service of the catalog, or empty with a name. Else DisputeGone when nothing is open.
    """
    _check(reason)
    name = coordinator_name.strip()
    if bool(coordinator) == bool(name) or len(name) > 200:
        raise InvalidCase("one coordinates: a service or somebody by name")
    if coordinator:
        check_ids([coordinator], "service")

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        row = _open(session, case.id)
        if row is None:
            raise DisputeGone("nothing is open")
        content = {"coordinator": coordinator, "name": name, "reason": reason.strip()}
        row.decided_at, row.decided_by_id, row.decided_by_name = now, employee.id, employee.name
        row.decision_sealed = seal_json(box, content, "disputes", "decision_sealed", row.id)
        log(session, case, box, now, "dispute_decided", employee, coordinator or name)

    return apply_change(
        session, vault, clock, case_id, change, municipality=employee.municipality, version=expected_version
    )


def coordination(session: Session, vault: Vault, case_id: str) -> Coordination:
    """All of it for one case, opened. CaseNotFound when there is no such case."""
    case = session.get(Case, case_id)
    if case is None:
        raise CaseNotFound("no such case")
    box = box_of(vault, case)
    disputes = session.scalars(select(Dispute).where(Dispute.case_id == case_id).order_by(Dispute.opened_at))
    words, notes = [], []
    for row in _notes(session, case_id):
        content = _opened(row, box)
        on = date.fromisoformat(content["on"])
        if content["kind"] == "word":
            words.append(ChildsWord(content["words"], on, row.by_name, row.at))
        else:
            notes.append(
                ChoiceNote(
                    content["choice"], content["answer"], on, content["next_step"], row.by_name, row.at
                )
            )
    return Coordination(tuple(words), tuple(_view(row, box) for row in disputes), tuple(notes))


def disputed() -> ColumnElement[bool]:
    """The cases in which services disagree and nothing is decided yet, as a condition on Case."""
    return Case.id.in_(select(Dispute.case_id).where(Dispute.decided_at.is_(None)))


def forget_writers_part(session: Session, case: Case, box: CaseVault) -> None:
    """Who wrote the case has deleted it, and a child has told in it: only the child's own word stays.

    Who has the case stays known; what was written about it goes. Part of the caller's transaction.
    """
    session.execute(delete(Dispute).where(Dispute.case_id == case.id))
    for row in _notes(session, case.id):
        if _opened(row, box)["kind"] != "word":
            session.delete(row)
    session.execute(delete(Handover).where(Handover.case_id == case.id, Handover.state != "offered"))
    for offer in session.scalars(select(Handover).where(Handover.case_id == case.id)):
        offer.words_sealed = None


# --- Rows ------------------------------------------------------------------------------------------------------


def _check(text: str) -> None:
    check_text(text)
    if len(text) > MOST_WORDS:
        raise InvalidCase("the text is too long")


def _not_tomorrow(clock: Clock, day: date) -> None:
    if day > local_date(clock.now()):
        raise InvalidCase("that day has not come")


def _open(session: Session, case_id: str) -> Dispute | None:
    return session.scalar(
        select(Dispute)
        .where(Dispute.case_id == case_id, Dispute.decided_at.is_(None))
        .execution_options(populate_existing=True)
    )


def _notes(session: Session, case_id: str) -> list[CoordinationNote]:
    return list(
        session.scalars(
            select(CoordinationNote)
            .where(CoordinationNote.case_id == case_id)
            .order_by(CoordinationNote.at, CoordinationNote.id)
        )
    )


def _note(
    case: Case, box: CaseVault, now: datetime, by: EmployeeRef, content: dict[str, str]
) -> CoordinationNote:
    row_id = new_id()
    return CoordinationNote(
        id=row_id,
        case_id=case.id,
        at=now,
        by_id=by.id,
        by_name=by.name,
        content_sealed=seal_json(box, content, "coordination_notes", "content_sealed", row_id),
    )


def _opened(row: CoordinationNote, box: CaseVault) -> dict[str, Any]:
    return cast(
        "dict[str, Any]", open_json(box, row.content_sealed, "coordination_notes", "content_sealed", row.id)
    )


def _view(row: Dispute, box: CaseVault) -> DisputeView:
    why = open_json(box, row.why_sealed, "disputes", "why_sealed", row.id)
    sealed = row.decision_sealed
    said = open_json(box, sealed, "disputes", "decision_sealed", row.id) if sealed else {}
    return DisputeView(
        id=row.id,
        services=tuple(why["services"]),
        others=why["others"],
        why=why["why"],
        opened_at=row.opened_at,
        opened_by=row.opened_by_name,
        decided_at=row.decided_at,
        decided_by=row.decided_by_name,
        coordinator=said.get("coordinator", ""),
        coordinator_name=said.get("name", ""),
        reason=said.get("reason", ""),
    )
