"""Services that were brought in, and broken glass

Revision ID: 0012
Revises: 0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version."""
    op.create_table(
        "shares",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("municipality", sa.String(length=80), nullable=False),
        sa.Column("mark", sa.String(length=32), nullable=False),
        sa.Column("service_sealed", sa.Text(), nullable=False),
        sa.Column("parts_sealed", sa.Text(), nullable=False),
        sa.Column("childs", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("basis", sa.String(length=10), nullable=False),
        sa.Column("basis_sealed", sa.Text(), nullable=True),
        sa.Column("withheld", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("withheld_sealed", sa.Text(), nullable=True),
        sa.Column("look_again_on", sa.Date(), nullable=True),
        sa.Column("shared_by_id", sa.String(length=36), nullable=False),
        sa.Column("shared_by_name", sa.String(length=120), nullable=False),
        sa.Column("shared_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("ended_by", sa.String(length=10), nullable=True),
        sa.Column("opened_at", sa.DateTime(), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.Column("outcome_at", sa.DateTime(), nullable=True),
        sa.Column("outcome_by", sa.String(length=120), nullable=True),
        sa.Column("outcome_sealed", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_shares_case_id_cases"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shares")),
    )
    op.create_index(op.f("ix_shares_case_id"), "shares", ["case_id"], unique=False)
    op.create_index(op.f("ix_shares_mark_ended_at"), "shares", ["mark", "ended_at"], unique=False)
    op.create_index(
        op.f("ix_shares_municipality_shared_at"), "shares", ["municipality", "shared_at"], unique=False
    )
    op.create_index(
        op.f("ix_shares_municipality_withheld_look_again_on"),
        "shares",
        ["municipality", "withheld", "look_again_on"],
        unique=False,
    )
    op.create_table(
        "broken_glass",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("municipality", sa.String(length=80), nullable=False),
        sa.Column("reference", sa.String(length=8), nullable=False),
        sa.Column("employee_id", sa.String(length=36), nullable=False),
        sa.Column("employee_name", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("reason_sealed", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("until", sa.DateTime(), nullable=False),
        sa.Column("withheld", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("withheld_sealed", sa.Text(), nullable=True),
        sa.Column("seen_by", sa.String(length=120), nullable=True),
        sa.Column("seen_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_broken_glass_case_id_cases"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broken_glass")),
    )
    op.create_index(op.f("ix_broken_glass_case_id"), "broken_glass", ["case_id"], unique=False)
    op.create_index(
        op.f("ix_broken_glass_municipality_at"), "broken_glass", ["municipality", "at"], unique=False
    )
    op.create_index(
        op.f("ix_broken_glass_employee_id_until"), "broken_glass", ["employee_id", "until"], unique=False
    )


def downgrade() -> None:
    """Back to the version before."""
    op.drop_table("broken_glass")
    op.drop_table("shares")
