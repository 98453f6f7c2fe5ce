"""Who waits for a call today, and when a draft on a shared device ends

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version."""
    with op.batch_alter_table("drafts") as table:
        table.add_column(sa.Column("ends_at", sa.DateTime(), nullable=True))
    op.create_index(op.f("ix_drafts_ends_at"), "drafts", ["ends_at"], unique=False)
    with op.batch_alter_table("cases") as table:
        table.add_column(sa.Column("call_waits", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Back to the version before."""
    with op.batch_alter_table("cases") as table:
        table.drop_column("call_waits")
    op.drop_index(op.f("ix_drafts_ends_at"), table_name="drafts")
    with op.batch_alter_table("drafts") as table:
        table.drop_column("ends_at")
