"""A saved search may be as long as its words become in an address: «ø» takes six signs there

Revision ID: 0025
Revises: 0024
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    with op.batch_alter_table("saved_filters") as table:
        table.alter_column(
            "parameters", existing_type=sa.String(length=600), type_=sa.Text(), existing_nullable=False
        )


def downgrade() -> None:
    """Take the change back; what is longer than before cannot be kept."""
    filters = sa.table("saved_filters", sa.column("parameters", sa.Text()))
    op.execute(sa.delete(filters).where(sa.func.length(filters.c.parameters) > 600))
    with op.batch_alter_table("saved_filters") as table:
        table.alter_column(
            "parameters", existing_type=sa.Text(), type_=sa.String(length=600), existing_nullable=False
        )
