"""A child tells with its voice: its recordings are marked as the child's

Revision ID: 0017
Revises: 0016
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version."""
    # Not as a batch: that would make the table anew without its constraint on who owns it.
    column: sa.Column[bool] = sa.Column("from_child", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("recordings", column)


def downgrade() -> None:
    """Back to the version before."""
    op.drop_column("recordings", "from_child")
