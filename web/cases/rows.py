"""The rows of a case: how they are made, sealed and opened. Nothing here commits."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4, uuid5

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from web.cases.child import ChildRecord
from web.cases.marks import service_mark
from web.cases.models import Case, Consent, LogEntry, ServiceMark, Statement, Understanding
from web.cases.types import (
    SCOPE_CASE,
    Action,
    CallWish,
    EmployeeRef,
    Entered,
    Facts,
    NeedFound,
    UnderstandingSource,
)
from web.security.vault import CaseVault, Vault

# Without 0, 1, I, L, O and U: read aloud on the phone.
_REFERENCE = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def child_record(case: Case, box: CaseVault) -> ChildRecord:
    """What is known about asking the child; empty when nothing is."""
    sealed = case.child_sealed
    opened = (
        box.open(sealed, table="cases", column="child_sealed", row_id=case.id) if sealed is not None else None
    )
    return ChildRecord.from_json(opened)


def keep_child_record(case: Case, box: CaseVault, record: ChildRecord) -> None:
    """Seal what is known about asking the child."""
    case.child_sealed = box.seal(record.to_json(), table="cases", column="child_sealed", row_id=case.id)


def mark_services_of(vault: Vault, case: Case, box: CaseVault) -> None:
    """Make the case findable by the services that the person has chosen or lets read, and by no others."""
    wanted = {
        *facts_of(case, box).services,
        *(service_of(c, box) for c in case.consents if not c.withdrawn_at),
    }
    marks = {service_mark(vault, case.municipality, case.created_at, service) for service in wanted}
    kept = [row for row in case.marks if row.mark in marks]
    new = marks - {row.mark for row in kept}
    case.marks = [*kept, *(ServiceMark(case_id=case.id, mark=mark) for mark in sorted(new))]


def new_id() -> str:
    """A random id for a row."""
    return str(uuid4())


def id_of_submission(case: Case, key: str, text: str) -> str:
    """The id of what a form sends: the same when the same words are sent once more by the same form, else a new one.

    key: random, made with the form; empty: every time counts. Other words by the same form are something new, since
    «back» shows the form again with its key.
    """
    if not key:
        return new_id()
    return str(uuid5(UUID(case.id), f"{key}/{hashlib.sha256(text.encode()).hexdigest()}"))


def new_reference() -> str:
    """A random reference number of a case, six characters that can be read aloud."""
    return "".join(secrets.choice(_REFERENCE) for _ in range(6))


def box_of(vault: Vault, case: Case) -> CaseVault:
    """The case's own vault: opens its sealed fields and no other's."""
    return vault.for_case(case.id, case.wrapped_key)


def seal_json(box: CaseVault, value: Any, table: str, column: str, row_id: str) -> str:
    """A value as JSON, sealed for this table, column and row."""
    return box.seal(json.dumps(value, ensure_ascii=False), table=table, column=column, row_id=row_id)


def open_json(box: CaseVault, sealed: str, table: str, column: str, row_id: str) -> Any:
    """What seal_json sealed."""
    return json.loads(box.open(sealed, table=table, column=column, row_id=row_id))


def statement_row(
    box: CaseVault,
    position: int,
    author: str,
    language: str,
    text: str,
    now: datetime,
    *,
    row_id: str | None = None,
) -> Statement:
    """A statement, sealed; `row_id` when it must be the same each time it is sent."""
    row_id = row_id or new_id()
    return Statement(
        id=row_id,
        position=position,
        author=author,
        language=language,
        text_sealed=box.seal(text, table="statements", column="text_sealed", row_id=row_id),
        created_at=now,
    )


def understanding_row(
    box: CaseVault,
    position: int,
    source: UnderstandingSource,
    now: datetime,
    *,
    language: str,
    needs: tuple[NeedFound, ...],
    added: Iterable[str] = (),
    removed: Iterable[str] = (),
    acute_kinds: Iterable[str] = (),
    acute_confidence: float = 0.0,
    model: str = "",
    by_name: str | None = None,
) -> Understanding:
    """An understanding, sealed."""
    row_id = new_id()
    content = {
        "needs": [
            {
                "id": n.id,
                "confidence": n.confidence,
                "evidence": [[e.statement, e.start, e.end] for e in n.evidence],
            }
            for n in needs
        ],
        "added": list(added),
        "removed": list(removed),
    }
    acute = {"kinds": list(acute_kinds), "confidence": acute_confidence}
    return Understanding(
        id=row_id,
        position=position,
        source=source,
        by_name=by_name,
        language=language,
        needs_sealed=seal_json(box, content, "understandings", "needs_sealed", row_id),
        acute_sealed=seal_json(box, acute, "understandings", "acute_sealed", row_id),
        model=model[:100],
        created_at=now,
    )


def consent_row(
    box: CaseVault, position: int, service_id: str, given_by: str, now: datetime, scope: str = SCOPE_CASE
) -> Consent:
    """A consent, sealed: to a service, or with SCOPE_HOME to one statement."""
    row_id = new_id()
    return Consent(
        id=row_id,
        position=position,
        service_sealed=box.seal(service_id, table="consents", column="service_sealed", row_id=row_id),
        scope=scope,
        given_by=given_by,
        given_at=now,
    )


def service_of(row: Consent, box: CaseVault) -> str:
    """Which service (or statement, with SCOPE_HOME) a consent is for."""
    return box.open(row.service_sealed, table="consents", column="service_sealed", row_id=row.id)


def log_count(session: Session, case_id: str) -> int:
    """How many lines the log of a case has."""
    return session.scalar(select(func.count()).where(LogEntry.case_id == case_id)) or 0


def log(
    session: Session,
    case: Case,
    box: CaseVault,
    now: datetime,
    action: Action,
    employee: EmployeeRef | None = None,
    detail: str | None = None,
    kind: str | None = None,
) -> None:
    """Add a line to the log that the person and the employees see. By the employee, else by `kind`, else by the person."""
    session.flush()  # so that the count sees the lines written a moment ago
    session.add(log_entry(case, box, now, action, log_count(session, case.id), employee, detail, kind))


def log_entry(
    case: Case,
    box: CaseVault,
    now: datetime,
    action: Action,
    position: int,
    employee: EmployeeRef | None = None,
    detail: str | None = None,
    kind: str | None = None,
) -> LogEntry:
    """A line of the log, its detail sealed."""
    row_id = new_id()
    return LogEntry(
        id=row_id,
        case_id=case.id,
        municipality=case.municipality,
        position=position,
        at=now,
        actor_kind=kind or ("employee" if employee else "person"),
        actor_id=employee.id if employee else None,
        actor_name=employee.name if employee else None,
        action=action,
        detail_sealed=(
            box.seal(detail, table="log_entries", column="detail_sealed", row_id=row_id) if detail else None
        ),
    )


def acute_kinds_of(case: Case, box: CaseVault) -> tuple[str, ...]:
    """Which kinds of danger were noticed."""
    return tuple(open_json(box, case.acute_kinds_sealed, "cases", "acute_kinds_sealed", case.id))


def stored_facts(case: Case, box: CaseVault) -> dict[str, Any]:
    """The answers beside the words, as they are stored."""
    stored: dict[str, Any] = open_json(box, case.facts_sealed, "cases", "facts_sealed", case.id)
    return stored


def change_facts(case: Case, box: CaseVault, **changes: Any) -> None:
    """Change some of the answers beside the words."""
    facts = {**stored_facts(case, box), **changes}
    case.facts_sealed = seal_json(box, facts, "cases", "facts_sealed", case.id)


def _call(stored: dict[str, Any] | None) -> CallWish | None:
    return CallWish(date.fromisoformat(stored["on"]), stored["made_by"]) if stored else None


def _entered(stored: dict[str, Any] | None) -> Entered | None:
    return Entered(**stored) if stored else None


def facts_of(case: Case, box: CaseVault) -> Facts:
    """The answers beside the words."""
    facts = stored_facts(case, box)
    return Facts(
        writer=facts["writer"],
        about=facts["about"],
        age=facts["age"],
        safe_now=facts["safe_now"],
        hope=facts["hope"],
        may_know=tuple(facts["may_know"]),
        services=tuple(facts["services"]),
        # What older cases do not have was not asked.
        home=facts.get("home"),
        parents=facts.get("parents"),
        prefers=facts.get("prefers"),
        avoids=facts.get("avoids"),
        call=_call(facts.get("call")),
        entered=_entered(facts.get("entered")),
        hurt=facts.get("hurt"),
    )
