"""Help that is under way and help that has been given are two answers, and a case that was shared is no longer new

Revision ID: 0023
Revises: 0022
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


_shares = sa.table(
    "shares", *(sa.column(name) for name in ("case_id", "outcome", "noted", "withheld", "childs"))
)
_cases = sa.table("cases", sa.column("id"), sa.column("status"))


def _answered(old: str, new: str) -> None:
    for column in (_shares.c.outcome, _shares.c.noted):
        op.execute(sa.update(_shares).where(column == old).values({column: new}))


def upgrade() -> None:
    """To this version. One answer meant both until now: nobody is told of more than is known."""
    _answered("got_help", "under_way")
    # Not where the person has not been told of the share: the status would give it away.
    told = sa.select(_shares.c.case_id).where(_shares.c.withheld.is_(False), _shares.c.childs.is_(False))
    op.execute(
        sa.update(_cases).where(_cases.c.status == "new", _cases.c.id.in_(told)).values(status="in_progress")
    )


def downgrade() -> None:
    """Back to the version before. What was in progress stays so."""
    _answered("under_way", "got_help")
