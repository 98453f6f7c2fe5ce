"""How a reminder went to each who was to have it by email

Revision ID: 0026
Revises: 0025
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import web.db

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version."""
    op.create_table(
        "reminder_emails",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("reminder_id", sa.String(length=36), nullable=False),
        sa.Column("employee_id", sa.String(length=36), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("at", web.db.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["reminder_id"],
            ["share_reminders.id"],
            name=op.f("fk_reminder_emails_reminder_id_share_reminders"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder_emails")),
        sa.UniqueConstraint(
            "reminder_id", "employee_id", name=op.f("uq_reminder_emails_reminder_id_employee_id")
        ),
    )
    op.create_index(op.f("ix_reminder_emails_outcome"), "reminder_emails", ["outcome"], unique=False)


def downgrade() -> None:
    """Back to the version before."""
    op.drop_index(op.f("ix_reminder_emails_outcome"), table_name="reminder_emails")
    op.drop_table("reminder_emails")
