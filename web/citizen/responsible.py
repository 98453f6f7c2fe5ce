"""What the person sees of who is responsible, beside the contact person's name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from web import current
from web.cases.absences import Away, away_now
from web.cases.coordination import coordination
from web.cases.responsibility import chosen_against, handovers
from web.cases.sharing_rows import withholds
from web.cases.types import CaseView
from web.db import db


@dataclass(frozen=True)
class Responsible:
    """Who answers now, why it is somebody else than wished for, and whether the municipality is deciding who coordinates."""

    away: Away | None
    against: str
    disputed: bool
    coordinator: str
    """Who the municipality decided on; empty when nothing was disputed."""


def responsible_for(view: CaseView, name_of: Callable[[str], str]) -> Responsible:
    """For this case. view: what the person may see of it. name_of: a service by its id."""
    away = away_now(db(), current.clock(), view.municipality).get(view.contact_person_id or "")
    held = coordination(db(), current.vault(), view.id)
    # What is not told yet could be guessed from who disagrees or was chosen.
    quiet = withholds(db(), view.id)
    decision = None if quiet else held.decision
    return Responsible(
        away=away,
        against=chosen_against(view, handovers(db(), current.vault(), view.id)),
        disputed=held.dispute is not None and not quiet,
        coordinator=(
            (name_of(decision.coordinator) if decision.coordinator else decision.coordinator_name)
            if decision
            else ""
        ),
    )
