"""Services that have not answered: found quickly, and reminded

Revision ID: 0019
Revises: 0018
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_SILENT = "ix_shares_municipality_outcome_ended_at_shared_at"


def upgrade() -> None:
    """To this version."""
    op.create_index(op.f(_SILENT), "shares", ["municipality", "outcome", "ended_at", "shared_at"])
    op.create_table(
        "share_reminders",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("share_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["share_id"], ["shares.id"], name=op.f("fk_share_reminders_share_id_shares"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_share_reminders")),
        sa.UniqueConstraint("share_id", "number", name=op.f("uq_share_reminders_share_id_number")),
    )


def downgrade() -> None:
    """Back to the version before."""
    op.drop_table("share_reminders")
    op.drop_index(op.f(_SILENT), table_name="shares")
