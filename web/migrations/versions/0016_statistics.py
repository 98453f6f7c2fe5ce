"""The overview: counts of months, what is shown of them, and which reports are open

Revision ID: 0016
Revises: 0015
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version."""
    for name, content, at in (
        ("statistics_kept", "content_sealed", "kept_at"),
        ("statistics_shown", "content", "shown_at"),
    ):
        op.create_table(
            name,
            sa.Column("municipality", sa.String(length=80), nullable=False),
            sa.Column("period", sa.String(length=7), nullable=False),
            sa.Column("stage", sa.String(length=10), nullable=False),
            sa.Column(content, sa.Text(), nullable=False),
            sa.Column(at, sa.DateTime(), nullable=False),
            sa.PrimaryKeyConstraint("municipality", "period", "stage", name=op.f(f"pk_{name}")),
        )
    op.create_table(
        "statistics_deleted",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("municipality", sa.String(length=80), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statistics_deleted")),
    )
    op.create_index(op.f("ix_statistics_deleted_municipality"), "statistics_deleted", ["municipality"])
    op.create_table(
        "statistics_reports",
        sa.Column("municipality", sa.String(length=80), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("published_at", sa.DateTime(), nullable=False),
        sa.Column("published_by", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("municipality", "year", name=op.f("pk_statistics_reports")),
    )


def downgrade() -> None:
    """Back to the version before."""
    for name in ("statistics_reports", "statistics_deleted", "statistics_shown", "statistics_kept"):
        op.drop_table(name)
