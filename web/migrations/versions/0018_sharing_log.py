"""The log of openings is found by municipality and time

Revision ID: 0018
Revises: 0017
"""

from __future__ import annotations

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version."""
    op.create_index(
        op.f("ix_log_entries_municipality_at"), "log_entries", ["municipality", "at"], unique=False
    )


def downgrade() -> None:
    """Back to the version before."""
    op.drop_index(op.f("ix_log_entries_municipality_at"), table_name="log_entries")
