"""Roles of employees, and the log of accounts

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version."""
    roles = op.create_table(
        "employee_roles",
        sa.Column("employee_id", sa.String(length=36), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["employee_id"],
            ["employees.id"],
            name=op.f("fk_employee_roles_employee_id_employees"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("employee_id", "role", name=op.f("pk_employee_roles")),
    )
    op.create_table(
        "account_events",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("municipality", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("actor_id", sa.String(length=36), nullable=True),
        sa.Column("actor_name", sa.String(length=120), nullable=False),
        sa.Column("employee_id", sa.String(length=36), nullable=False),
        sa.Column("employee_name", sa.String(length=120), nullable=False),
        sa.Column("action", sa.String(length=30), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_events")),
    )
    op.create_index(op.f("ix_account_events_municipality"), "account_events", ["municipality"], unique=False)
    op.create_index(op.f("ix_account_events_employee_id"), "account_events", ["employee_id"], unique=False)
    # So far everybody at the front desk read every case.
    employees = sa.table("employees", sa.column("id", sa.String()), sa.column("catalog_editor", sa.Boolean()))
    found = op.get_bind().execute(sa.select(employees.c.id, employees.c.catalog_editor)).all()
    rows = [
        {"employee_id": employee_id, "role": role}
        for employee_id, editor in found
        for role in ("front_desk", "contact_person", *(["catalog_editor"] if editor else []))
    ]
    if rows:
        op.bulk_insert(roles, rows)
    with op.batch_alter_table("employees") as table:
        table.drop_column("catalog_editor")
        table.add_column(sa.Column("service_id", sa.String(length=80), nullable=True))


def downgrade() -> None:
    """Back to the version before: everybody still there reads every case again."""
    with op.batch_alter_table("employees") as table:
        table.drop_column("service_id")
        table.add_column(sa.Column("catalog_editor", sa.Boolean(), nullable=False, server_default=sa.false()))
    employees = sa.table("employees", sa.column("id", sa.String()), sa.column("catalog_editor", sa.Boolean()))
    roles = sa.table("employee_roles", sa.column("employee_id", sa.String()), sa.column("role", sa.String()))
    editors = sa.select(roles.c.employee_id).where(roles.c.role == "catalog_editor")
    op.execute(employees.update().where(employees.c.id.in_(editors)).values(catalog_editor=True))
    op.drop_table("account_events")
    op.drop_table("employee_roles")
