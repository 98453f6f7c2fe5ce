"""Learning: what people wrote, and which needs staff confirmed, becomes training text when a person has made it nobody's.

Off unless the municipality has decided otherwise (`training` in its municipality.yml). A person looks at every statement, removes
names and details, and approves; only that new text is kept, sealed with a key of the portal's own and not of the case's,
because it must outlive the case. It carries no case, no statement, no hour. Nothing else leads to the training data.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal, get_args

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from web.cases.anonymity import reaches_somebody
from web.cases.changing import SAME_READING, apply_change
from web.cases.checks import check_ids, check_one_of
from web.cases.clock import Clock
from web.cases.deadlines import local_date
from web.cases.learning_models import TrainingExample, TrainingReview
from web.cases.models import Case, LogEntry, Statement, Understanding
from web.cases.rows import box_of, change_facts, log, new_id, stored_facts
from web.cases.types import (
    AUTHORS,
    LANGUAGES,
    Author,
    CaseNotFound,
    EmployeeRef,
    InvalidCase,
    Language,
    UnderstandingView,
)
from web.cases.views import understanding_view
from web.security.vault import CaseVault, Vault

Dialect = Literal["", "north", "trondelag", "west", "sor", "east", "oslo", "l2"]
"""As bot/data has them: a district's way of writing, l2 for who learns Norwegian; empty for the written language."""
DIALECTS: Final[tuple[Dialect, ...]] = get_args(Dialect)
MAX_EXAMPLE = 2000
LONGEST = 4000
"""Longer statements are not reviewed: nobody can vouch for each word of them."""
_AT_A_TIME = 200
_MOST_LOOKED_AT = 2000
_NOT_RAW = re.compile("[\x7f-\x9f\u2028\u2029\ufeff]")
"""Signs that YAML does not take as they are, or takes as the end of a line."""


class StillTells(InvalidCase):
    """An address, a phone number or an account is left in the text."""


class NotReviewable(InvalidCase):
    """The statement is not for review: refused by who wrote it, reviewed already, gone, or nobody has confirmed its needs."""


@dataclass(frozen=True)
class Waiting:
    """A statement that can be reviewed, as the list shows it: none of its words."""

    statement_id: str
    author: Author
    language: str
    corrected: bool
    """People say something else than the machine did: what there is most to learn from."""


@dataclass(frozen=True)
class Reviewed:
    """A statement, opened for review."""

    statement_id: str
    author: Author
    language: str
    text: str
    suggested: tuple[str, ...]
    """Needs that the machine saw in this statement."""
    confirmed: tuple[str, ...]
    """Needs that people confirmed for the case: an employee, else who wrote."""
    by_employee: bool
    acute_kinds: tuple[str, ...]


@dataclass(frozen=True)
class Example:
    """A text that a person has approved."""

    text: str
    language: Language
    needs: tuple[str, ...]
    who: Author
    acute: tuple[str, ...] = ()
    dialect: Dialect = ""


# --- The queue ------------------------------------------------------------------------------------------------


def _reviewable(municipality: str) -> Any:
    confirmed = (
        select(Understanding.id)
        .where(
            Understanding.case_id == Case.id,
            Understanding.source.in_(("employee", "person")),
            Understanding.from_child.is_(False),
        )
        .exists()
    )
    reviewed = select(TrainingReview.statement_id).where(TrainingReview.statement_id == Statement.id).exists()
    return (
        select(Statement, Case)
        .join(Case, Statement.case_id == Case.id)
        .where(
            Case.municipality == municipality,
            # What a child has told for itself is the child's; who wrote the case cannot answer for it.
            Statement.from_child.is_(False),
            Statement.language.in_(LANGUAGES),
            confirmed,
            ~reviewed,
        )
        .order_by(Case.created_at, Case.id, Statement.position)
    )


def waiting(session: Session, vault: Vault, municipality: str, most: int = 20) -> tuple[Waiting, ...]:
    """The statements that can be reviewed, oldest first. Those whose writer has said no are left out."""
    found: list[Waiting] = []
    for offset in range(0, _MOST_LOOKED_AT, _AT_A_TIME):
        rows = session.execute(_reviewable(municipality).limit(_AT_A_TIME).offset(offset)).all()
        for statement, case in rows:
            reviewed = _opened(vault, statement, case)
            if reviewed is not None:
                corrected = set(reviewed.suggested) != set(reviewed.confirmed)
                found.append(Waiting(statement.id, reviewed.author, reviewed.language, corrected))
            if len(found) == most:
                return tuple(found)
        if len(rows) < _AT_A_TIME:
            break
    return tuple(found)


def open_for_review(
    session: Session, vault: Vault, clock: Clock, statement_id: str, employee: EmployeeRef
) -> Reviewed:
    """A statement with what was understood. That it was read for this stands in the person's log. NotReviewable else."""
    found = session.execute(_reviewable(employee.municipality).where(Statement.id == statement_id)).first()
    reviewed = _opened(vault, *found) if found else None
    if found is None or reviewed is None:
        raise NotReviewable("not for review")
    case_id = found[1].id

    def read(case: Case, box: CaseVault, now: datetime) -> None:
        last = session.scalar(
            select(func.max(LogEntry.at)).where(
                LogEntry.case_id == case.id,
                LogEntry.action == "training_read",
                LogEntry.actor_id == employee.id,
            )
        )
        if last is None or now - last >= SAME_READING:
            log(session, case, box, now, "training_read", employee)

    apply_change(session, vault, clock, case_id, read, municipality=employee.municipality, reading=True)
    return reviewed


def _opened(vault: Vault, statement: Statement, case: Case) -> Reviewed | None:
    """None when the writer has said no, when it is too long, or when nobody has said which needs there are."""
    box = box_of(vault, case)
    if refused(case, box):
        return None
    text = box.open(statement.text_sealed, table="statements", column="text_sealed", row_id=statement.id)
    if not text.strip() or len(text) > LONGEST:
        return None
    views = [understanding_view(row, box) for row in case.understandings if not row.from_child]
    employees = [one for one in views if one.source == "employee"]
    persons = [one for one in views if one.source == "person" and (one.needs_added or one.needs_removed)]
    said: UnderstandingView | None = next(reversed(employees), None) or next(reversed(persons), None)
    if said is None:
        return None
    machine = [one for one in views if one.source == "assistant"]
    suggested = dict.fromkeys(
        need.id
        for one in machine
        for need in one.needs
        if not need.evidence or any(span.statement == statement.position for span in need.evidence)
    )
    return Reviewed(
        statement_id=statement.id,
        author=next(one for one in AUTHORS if one == statement.author),
        language=statement.language,
        text=text,
        suggested=tuple(suggested),
        confirmed=tuple(need.id for need in said.needs),
        by_employee=bool(employees),
        acute_kinds=tuple(dict.fromkeys(kind for one in machine for kind in one.acute_kinds)),
    )


# --- The decision ---------------------------------------------------------------------------------------------


def checked(example: Example) -> Example:
    """The example, tidied. InvalidCase for what cannot be training text; StillTells when it leads to somebody."""
    text = re.sub(r"[ \t]+\n", "\n", example.text.replace("\r\n", "\n")).strip()
    if not text or len(text) > MAX_EXAMPLE:
        raise InvalidCase("the text is empty or too long")
    check_one_of(example.language, LANGUAGES, "language")
    check_one_of(example.dialect, DIALECTS, "dialect")
    check_one_of(example.who, AUTHORS, "author")
    check_ids(example.needs, "need")
    check_ids(example.acute, "kind of danger")
    if reaches_somebody(text):
        raise StillTells("an address or a number is left")
    return replace(example, text=text)


def approve(
    session: Session,
    vault: Vault,
    clock: Clock,
    statement_id: str,
    employee: EmployeeRef,
    example: Example,
) -> None:
    """Keep the new text, and never show the statement for review again. One transaction.

    Raises NotReviewable, StillTells, InvalidCase.
    """
    row_id, sure = new_id(), checked(example)
    content = {
        "text": sure.text,
        "language": sure.language,
        "needs": list(sure.needs),
        "acute": list(sure.acute),
        "dialect": sure.dialect,
        "who": sure.who,
    }
    _decide(session, employee, statement_id)
    session.add(
        TrainingExample(
            id=row_id,
            municipality=employee.municipality,
            approved_on=local_date(clock.now()),
            approved_by=employee.name,
            content_sealed=vault.seal_example(row_id, json.dumps(content, ensure_ascii=False)),
        )
    )
    session.commit()


def reject(session: Session, statement_id: str, employee: EmployeeRef) -> None:
    """Never show the statement for review again, and keep nothing of it. NotReviewable."""
    _decide(session, employee, statement_id)
    session.commit()


def _decide(session: Session, employee: EmployeeRef, statement_id: str) -> None:
    found = session.execute(_reviewable(employee.municipality).where(Statement.id == statement_id)).first()
    if found is None:
        raise NotReviewable("not for review")
    session.add(TrainingReview(statement_id=statement_id))


# --- The person's no ------------------------------------------------------------------------------------------


def refused(case: Case, box: CaseVault) -> bool:
    """Whether who wrote the case has said that its words are not for training."""
    return stored_facts(case, box).get("training") == "no"


def is_refused(session: Session, vault: Vault, case_id: str) -> bool:
    """The same, for a page. CaseNotFound without the case."""
    case = session.get(Case, case_id)
    if case is None:
        raise CaseNotFound("no such case")
    return refused(case, box_of(vault, case))


def set_refused(session: Session, vault: Vault, clock: Clock, case_id: str, no: bool) -> None:
    """The person says no to training, or takes it back. Texts approved before carry no case and cannot be found again."""

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        if refused(case, box) == no:
            return
        change_facts(case, box, training="no" if no else None)
        log(session, case, box, now, "training_refused" if no else "training_allowed")

    apply_change(session, vault, clock, case_id, change, for_writer=True)


# --- Out ------------------------------------------------------------------------------------------------------


def examples(session: Session, vault: Vault, municipality: str | None = None) -> tuple[Example, ...]:
    """Every approved text, in a steady order that says nothing about when; each text once."""
    query = select(TrainingExample).order_by(TrainingExample.id)
    if municipality is not None:
        query = query.where(TrainingExample.municipality == municipality)
    found: dict[tuple[str, str], Example] = {}
    for row in session.scalars(query):
        stored = json.loads(vault.open_example(row.id, row.content_sealed))
        example = Example(
            text=stored["text"],
            language=stored["language"],
            needs=tuple(stored["needs"]),
            who=stored["who"],
            acute=tuple(stored["acute"]),
            dialect=stored["dialect"],
        )
        found.setdefault((example.language, " ".join(example.text.lower().split())), example)
    return tuple(found.values())


def training_yaml(found: Iterable[Example]) -> str:
    """Examples of one language as Rasa training data, in the form of bot/data/nlu: writer «correction»."""
    lines = ['version: "3.1"', "nlu:", "- intent: tell", "  examples:"]
    for one in sorted(found, key=lambda e: (e.needs, e.text)):
        data: dict[str, Any] = {"hand": "correction", "lang": one.language, "who": one.who}
        if one.needs:
            data["needs"] = list(one.needs)
        if one.acute:
            data["acute"] = list(one.acute)
        if one.dialect:
            data["dialect"] = one.dialect
        inner = ", ".join(f"{key}: {_flow(value)}" for key, value in sorted(data.items()))
        # A JSON string is a YAML string too, but for some signs.
        text = _NOT_RAW.sub(lambda sign: f"\\u{ord(sign[0]):04x}", json.dumps(one.text, ensure_ascii=False))
        lines += [f"  - text: {text}", f"    metadata: {{{inner}}}"]
    return "\n".join(lines) + "\n"


def _flow(value: str | list[str]) -> str:
    return f"[{', '.join(value)}]" if isinstance(value, list) else value
