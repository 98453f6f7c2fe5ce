"""The overview for leaders: counting, hiding small numbers, and what is shown. Without Flask.

Why it counts as it does, and what nobody can find out from it: docs/decisions/0015-statistics.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from web.cases.clock import Clock
    from web.security.vault import Vault


def refresh_all(session: Session, vault: Vault, clock: Clock, municipality: str) -> int:
    """Count and show the periods that are due, and what waits now; how many periods were made. Commits."""
    # Here: web.cases needs the tables of this package, and this work needs web.cases.
    from web.statistics.making import refresh
    from web.statistics.waiting import is_fresh, refresh_waiting

    made = refresh(session, vault, clock, municipality)
    if not is_fresh(session, clock, municipality):
        refresh_waiting(session, vault, clock, municipality)
    return made
