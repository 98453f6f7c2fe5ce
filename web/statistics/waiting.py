"""Which open cases of children are outside their times now: how many, counted every hour.

Ages are sealed, so that the open cases have to be opened for it. Kept sealed too: it is a number of today, and a small one.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, load_only

from web.cases.clock import Clock
from web.cases.deadlines import hear_by, local_date
from web.cases.models import Case
from web.cases.plan_models import MeasureRow
from web.cases.rows import box_of, facts_of
from web.cases.sharing_models import Share
from web.security.vault import Vault
from web.statistics import facts
from web.statistics.making import opened, seal
from web.statistics.models import KeptCounts
from web.statistics.tables import CONTACT_WITHIN, FOLLOWED_AFTER

NOW = "now"
_STAGE = "waiting"
EVERY = timedelta(minutes=55)
"""So long the numbers are good enough: a second process of the portal does not count again."""


@dataclass(frozen=True)
class Waiting:
    """Open cases about children, and how many of them are outside their times."""

    open: int = 0
    unread: int = 0
    """Read by nobody, and the promised day has passed."""
    nobody: int = 0
    """Nobody is named, after CONTACT_WITHIN working days."""
    not_followed: int = 0
    """No plan and no service's answer, after FOLLOWED_AFTER days."""


def refresh_waiting(session: Session, vault: Vault, clock: Clock, municipality: str) -> Waiting:
    """Count now, and keep it; commits."""
    now = clock.now()
    today = local_date(now)
    followed = exists().where(MeasureRow.case_id == Case.id) | exists().where(
        Share.case_id == Case.id, Share.outcome_at.is_not(None) | Share.noted_at.is_not(None)
    )
    counts = dict.fromkeys(("open", "unread", "nobody", "not_followed"), 0)
    cases = session.execute(
        select(Case, followed)
        .where(Case.municipality == municipality, Case.status != "closed")
        .options(
            load_only(
                Case.wrapped_key, Case.created_at, Case.promise_days, Case.last_read_at, Case.contact_person_name,
                Case.facts_sealed, Case.child_sealed,
            )
        )
    ).yield_per(500)  # fmt: skip
    for case, has_plan in cases:
        box = box_of(vault, case)
        known = facts_of(case, box)
        if facts.age_group(case, box, known)[0] != "under_18":
            continue
        counts["open"] += 1
        counts["unread"] += case.last_read_at is None and facts.promised(case, known) < today
        counts["nobody"] += not case.contact_person_name and _past(case, today)
        counts["not_followed"] += not has_plan and now - case.created_at > timedelta(days=FOLLOWED_AFTER)
    found = Waiting(**counts)
    session.expunge_all()
    sealed = seal(vault, municipality, NOW, _STAGE, asdict(found))
    kept = session.get(KeptCounts, (municipality, NOW, _STAGE))
    if kept is None:
        kept = KeptCounts(municipality=municipality, period=NOW, stage=_STAGE)
        session.add(kept)
    kept.content_sealed, kept.kept_at = sealed, now
    try:
        session.commit()
    except IntegrityError:
        session.rollback()  # another process has counted in the same moment
    return found


def _past(case: Case, today: date) -> bool:
    return hear_by(case.created_at, CONTACT_WITHIN) < today


def waiting(session: Session, vault: Vault, municipality: str) -> tuple[Waiting, datetime] | None:
    """How it was when it was last counted, and when; None before the first time."""
    kept = session.get(KeptCounts, (municipality, NOW, _STAGE))
    return (Waiting(**opened(vault, kept)), kept.kept_at) if kept is not None else None


def is_fresh(session: Session, clock: Clock, municipality: str) -> bool:
    """Whether it need not be counted again yet."""
    kept = session.get(KeptCounts, (municipality, NOW, _STAGE))
    return kept is not None and clock.now() - kept.kept_at < EVERY
