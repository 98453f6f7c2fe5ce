"""Second factors, passkeys, sessions and single sign-on of employees

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version; everybody logs in once more."""
    op.create_table(
        "used_challenges",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_used_challenges")),
    )
    op.create_table(
        "account_recoveries",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("municipality", sa.String(length=80), nullable=False),
        sa.Column("employee_id", sa.String(length=36), nullable=False),
        sa.Column("asked_by", sa.String(length=36), nullable=False),
        sa.Column("asked_by_name", sa.String(length=120), nullable=False),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("decided_by_name", sa.String(length=120), nullable=True),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        sa.Column("outcome", sa.String(length=10), nullable=True),
        sa.ForeignKeyConstraint(
            ["employee_id"],
            ["employees.id"],
            name=op.f("fk_account_recoveries_employee_id_employees"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_recoveries")),
    )
    with op.batch_alter_table("account_recoveries") as batch_op:
        batch_op.create_index(batch_op.f("ix_account_recoveries_employee_id"), ["employee_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_account_recoveries_municipality"), ["municipality"], unique=False
        )

    op.create_table(
        "employee_sessions",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("employee_id", sa.String(length=36), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("began_at", sa.DateTime(), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(), nullable=False),
        sa.Column("device", sa.String(length=60), nullable=False),
        sa.Column("factor", sa.String(length=10), nullable=False),
        sa.ForeignKeyConstraint(
            ["employee_id"],
            ["employees.id"],
            name=op.f("fk_employee_sessions_employee_id_employees"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_employee_sessions")),
    )
    with op.batch_alter_table("employee_sessions") as batch_op:
        batch_op.create_index(batch_op.f("ix_employee_sessions_employee_id"), ["employee_id"], unique=False)

    op.create_table(
        "passkeys",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("employee_id", sa.String(length=36), nullable=False),
        sa.Column("credential_id", sa.String(length=1400), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("sign_count", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("last_used_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["employee_id"],
            ["employees.id"],
            name=op.f("fk_passkeys_employee_id_employees"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkeys")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkeys_credential_id")),
    )
    with op.batch_alter_table("passkeys") as batch_op:
        batch_op.create_index(batch_op.f("ix_passkeys_employee_id"), ["employee_id"], unique=False)

    op.create_table(
        "recovery_codes",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("employee_id", sa.String(length=36), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("used_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["employee_id"],
            ["employees.id"],
            name=op.f("fk_recovery_codes_employee_id_employees"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_codes")),
    )
    with op.batch_alter_table("recovery_codes") as batch_op:
        batch_op.create_index(batch_op.f("ix_recovery_codes_employee_id"), ["employee_id"], unique=False)

    with op.batch_alter_table("employees") as batch_op:
        batch_op.add_column(sa.Column("totp_secret", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("totp_pending", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("totp_last_step", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("sso", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("sso_subject", sa.String(length=400), nullable=True))
        batch_op.create_unique_constraint(
            batch_op.f("uq_employees_municipality_sso_subject"), ["municipality", "sso_subject"]
        )


def downgrade() -> None:
    """Back to the version before."""
    with op.batch_alter_table("employees") as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_employees_municipality_sso_subject"), type_="unique")
        batch_op.drop_column("sso_subject")
        batch_op.drop_column("sso")
        batch_op.drop_column("totp_last_step")
        batch_op.drop_column("totp_pending")
        batch_op.drop_column("totp_secret")

    with op.batch_alter_table("recovery_codes") as batch_op:
        batch_op.drop_index(batch_op.f("ix_recovery_codes_employee_id"))

    op.drop_table("recovery_codes")
    with op.batch_alter_table("passkeys") as batch_op:
        batch_op.drop_index(batch_op.f("ix_passkeys_employee_id"))

    op.drop_table("passkeys")
    with op.batch_alter_table("employee_sessions") as batch_op:
        batch_op.drop_index(batch_op.f("ix_employee_sessions_employee_id"))

    op.drop_table("employee_sessions")
    with op.batch_alter_table("account_recoveries") as batch_op:
        batch_op.drop_index(batch_op.f("ix_account_recoveries_municipality"))
        batch_op.drop_index(batch_op.f("ix_account_recoveries_employee_id"))

    op.drop_table("account_recoveries")
    op.drop_table("used_challenges")
