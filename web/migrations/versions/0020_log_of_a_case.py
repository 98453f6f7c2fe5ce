"""The log of a case is found by the case, also by a database that has not counted its rows

Revision ID: 0020
Revises: 0019
"""

from __future__ import annotations

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version."""
    op.create_index(
        op.f("ix_log_entries_case_id_at_position"), "log_entries", ["case_id", "at", "position"], unique=False
    )


def downgrade() -> None:
    """Back to the version before."""
    op.drop_index(op.f("ix_log_entries_case_id_at_position"), table_name="log_entries")
