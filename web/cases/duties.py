"""What the queue shows of responsibility: offers, absences, disputes and what waits too long. For many cases at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from web.cases.absences import away_now
from web.cases.clock import Clock
from web.cases.duty_tables import Dispute, Escalation, Handover
from web.cases.models import Case
from web.cases.queue_types import Duty

_CLOSED = "9"


def duties(
    session: Session, clock: Clock, municipality: str, contacts: Sequence[tuple[str, str | None]]
) -> dict[str, Duty]:
    """Of these cases, as (id, id of the contact person); a case of which there is nothing to say is not there."""
    ids = [case_id for case_id, _ in contacts]
    if not ids:
        return {}
    offers = {
        case_id: (to_id, name)
        for case_id, to_id, name in session.execute(
            select(Handover.case_id, Handover.to_id, Handover.to_name).where(
                Handover.case_id.in_(ids), Handover.state == "offered"
            )
        )
    }
    disputes = set(
        session.scalars(select(Dispute.case_id).where(Dispute.case_id.in_(ids), Dispute.decided_at.is_(None)))
    )
    steps: dict[str, dict[str, None]] = {}
    for case_id, step in session.execute(
        select(Escalation.case_id, Escalation.step)
        .where(Escalation.case_id.in_(ids), Escalation.settled_at.is_(None))
        .order_by(Escalation.made_at)
    ):
        steps.setdefault(case_id, {})[step] = None
    away = away_now(session, clock, municipality)
    found = {}
    for case_id, contact_id in contacts:
        to_id, to_name = offers.get(case_id, (None, None))
        absent = away.get(contact_id or "")
        duty = Duty(
            offered_to_id=to_id,
            offered_to=to_name,
            disputed=case_id in disputes,
            away_until=absent.until if absent else None,
            answers=absent.answers_name if absent else None,
            steps=tuple(steps.get(case_id, ())),
        )
        if duty != Duty():
            found[case_id] = duty
    return found


def escalated() -> ColumnElement[bool]:
    """The cases in which something waits too long now, as a condition on Case."""
    return Case.id.in_(select(Escalation.case_id).where(Escalation.settled_at.is_(None)))


def duty_counts(
    session: Session, municipality: str, employee_id: str, more: Mapping[str, Select[str]]
) -> dict[str, int]:
    """How many open cases are offered to the employee, disputed, and waiting too long; and in `more`, ids of cases by name."""
    queries = {
        **more,
        "offered": select(Handover.case_id).where(
            Handover.municipality == municipality,
            Handover.to_id == employee_id,
            Handover.state == "offered",
        ),
        "disputed": select(Dispute.case_id).where(
            Dispute.municipality == municipality, Dispute.decided_at.is_(None)
        ),
        "escalated": select(Escalation.case_id).where(
            Escalation.municipality == municipality, Escalation.settled_at.is_(None)
        ),
    }
    counted = session.execute(
        select(
            *(
                select(func.count())
                .select_from(Case)
                .where(Case.id.in_(query), Case.queue_key < _CLOSED)
                .scalar_subquery()
                .label(name)
                for name, query in queries.items()
            )
        )
    ).one()
    return {name: int(count) for name, count in counted._mapping.items()}
