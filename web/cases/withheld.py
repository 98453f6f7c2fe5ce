"""Everything that persons are not told yet: what, why, who decided it, and who looks at it again on which day.

A service that was brought in, a case that was opened in danger, a line of the plan. Read by who sees the cases, and by
who watches over privacy; nothing here changes anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from web.cases.measures import plan_view
from web.cases.models import Case
from web.cases.plan_models import MeasureRow
from web.cases.rows import box_of
from web.cases.sharing_models import BrokenGlass, Share
from web.cases.sharing_rows import glass_view, share_view
from web.security.vault import Vault

MOST = 500
Kind = Literal["share", "glass", "plan"]


@dataclass(frozen=True)
class Withheld:
    """Something that a person is not told yet."""

    kind: Kind
    case_id: str
    reference: str
    contact_person_name: str | None
    """Who looks at it again; nobody named: the front desk."""
    what: str
    """The id of the service, the name of the one who opened the case, or the line of the plan."""
    why: str
    by: str
    """Who decided that it is not told."""
    since: datetime
    look_again_on: date | None = None
    """None where it lasts until somebody shows it."""


def everything_withheld(session: Session, vault: Vault, municipality: str) -> tuple[Withheld, ...]:
    """Of the cases that the session sees: what is to be looked at first first, then the oldest."""
    found = [*_shares(session, vault, municipality), *_glass(session, vault, municipality)]
    found += _plan(session, vault, municipality)
    return tuple(sorted(found, key=lambda one: (one.look_again_on or date.max, one.since)))


def _shares(session: Session, vault: Vault, municipality: str) -> list[Withheld]:
    rows = session.execute(
        select(Case, Share)
        .join(Share, Share.case_id == Case.id)
        .where(
            Share.municipality == municipality, Case.municipality == municipality, Share.withheld.is_(True)
        )
        .order_by(Share.look_again_on, Share.shared_at)
        .limit(MOST)
    )
    found = []
    for case, row in rows:
        one = share_view(row, box_of(vault, case))
        found.append(
            _line(
                "share",
                case,
                one.service_id,
                one.withheld_reason,
                one.withheld_by,
                one.shared_at,
                one.look_again_on,
            )
        )
    return found


def _glass(session: Session, vault: Vault, municipality: str) -> list[Withheld]:
    rows = session.execute(
        select(Case, BrokenGlass)
        .join(BrokenGlass, BrokenGlass.case_id == Case.id)
        .where(
            BrokenGlass.municipality == municipality,
            Case.municipality == municipality,
            BrokenGlass.withheld.is_(True),
        )
        .order_by(BrokenGlass.at)
        .limit(MOST)
    )
    found = []
    for case, row in rows:
        one = glass_view(row, box_of(vault, case))
        found.append(_line("glass", case, one.employee_name, one.withheld_reason, one.employee_name, one.at))
    return found


def _plan(session: Session, vault: Vault, municipality: str) -> list[Withheld]:
    kept = select(MeasureRow.case_id).where(MeasureRow.withheld_sealed.is_not(None))
    found = []
    for case in session.scalars(
        select(Case).where(Case.municipality == municipality, Case.id.in_(kept)).limit(MOST)
    ):
        for one in plan_view(case, box_of(vault, case), for_writer=False):
            if one.withheld is not None:
                decided = next(event for event in reversed(one.events) if event.what in ("added", "withheld"))
                found.append(_line("plan", case, one.what, one.withheld, decided.by, decided.at))
    return found


def _line(
    kind: Kind, case: Case, what: str, why: str, by: str, since: datetime, look_again_on: date | None = None
) -> Withheld:
    return Withheld(
        kind, case.id, case.reference, case.contact_person_name, what, why, by, since, look_again_on
    )


def withholdings_due(session: Session, municipality: str, today: date) -> int:
    """How many shares that are withheld somebody must look at again now."""
    due = session.scalars(
        select(Share.case_id).where(
            Share.municipality == municipality, Share.withheld.is_(True), Share.look_again_on <= today
        )
    ).all()
    # There are few, and mostly none; joined, the database would go through every case first. Which of the cases the
    # employee sees is the session's own condition on cases.
    seen = set(session.scalars(select(Case.id).where(Case.id.in_(due)))) if due else set()
    return sum(case_id in seen for case_id in due)
