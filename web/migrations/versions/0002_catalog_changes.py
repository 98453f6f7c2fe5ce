"""Corrections of the catalog, and who may make them

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version."""
    op.create_table(
        "catalog_changes",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("municipality", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("employee_id", sa.String(length=36), nullable=False),
        sa.Column("employee_name", sa.String(length=120), nullable=False),
        sa.Column("target", sa.String(length=120), nullable=False),
        sa.Column("field", sa.String(length=20), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("undone_at", sa.DateTime(), nullable=True),
        sa.Column("undone_by", sa.String(length=120), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalog_changes")),
    )
    op.create_index(
        op.f("ix_catalog_changes_municipality"), "catalog_changes", ["municipality"], unique=False
    )
    with op.batch_alter_table("employees") as table:
        table.add_column(sa.Column("catalog_editor", sa.Boolean(), nullable=False, server_default=sa.false()))
    # So far everybody at the front desk could do everything there was.
    employees = sa.table("employees", sa.column("catalog_editor", sa.Boolean()))
    op.execute(employees.update().values(catalog_editor=True))


def downgrade() -> None:
    """Back to the version before."""
    with op.batch_alter_table("employees") as table:
        table.drop_column("catalog_editor")
    op.drop_index(op.f("ix_catalog_changes_municipality"), table_name="catalog_changes")
    op.drop_table("catalog_changes")
