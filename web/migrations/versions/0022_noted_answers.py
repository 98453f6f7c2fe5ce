"""What an employee has heard from a service stands apart from what the service answers

Revision ID: 0022
Revises: 0021
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import web.db

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version."""
    op.add_column("shares", sa.Column("noted", sa.String(length=20), nullable=True))
    op.add_column("shares", sa.Column("noted_at", web.db.UTCDateTime(), nullable=True))
    op.add_column("shares", sa.Column("noted_by", sa.String(length=120), nullable=True))
    op.add_column("shares", sa.Column("noted_sealed", sa.Text(), nullable=True))


def downgrade() -> None:
    """Back to the version before."""
    for name in ("noted_sealed", "noted_by", "noted_at", "noted"):
        op.drop_column("shares", name)
