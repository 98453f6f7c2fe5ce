"""The child's own words, apart from those of who wrote the case

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version."""
    op.create_table(
        "child_invitations",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("code_sealed", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("used_at", sa.DateTime(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_child_invitations_case_id_cases"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_child_invitations")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_child_invitations_code_hash")),
    )
    op.create_index(op.f("ix_child_invitations_case_id"), "child_invitations", ["case_id"], unique=False)
    with op.batch_alter_table("cases") as table:
        table.add_column(sa.Column("child_sealed", sa.Text(), nullable=True))
    for name in ("statements", "understandings"):
        with op.batch_alter_table(name) as table:
            table.add_column(sa.Column("from_child", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Back to the version before."""
    for name in ("understandings", "statements"):
        with op.batch_alter_table(name) as table:
            table.drop_column("from_child")
    with op.batch_alter_table("cases") as table:
        table.drop_column("child_sealed")
    op.drop_index(op.f("ix_child_invitations_case_id"), table_name="child_invitations")
    op.drop_table("child_invitations")
