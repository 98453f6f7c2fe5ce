"""The plan of a case, its overlaps, linked cases, and what the queue counts of them

Revision ID: 0011
Revises: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_QUEUE = (
    "municipality",
    "queue_key",
    "id",
    "status",
    "urgency",
    "waiting_since",
    "due_on",
    "unread",
    "contact_person_id",
    "contact_person_name",
    "contact_unit_name",
    "created_at",
    "reference",
    "not_helped",
)


def upgrade() -> None:
    """To this version."""
    with op.batch_alter_table("cases") as table:
        table.add_column(sa.Column("plan_due_on", sa.Date(), nullable=True))
        table.add_column(sa.Column("help_disputed", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.drop_index("ix_cases_queue", table_name="cases")
    op.create_index("ix_cases_queue", "cases", [*_QUEUE, "plan_due_on", "help_disputed"])
    with op.batch_alter_table("messages") as table:
        table.add_column(sa.Column("about_id", sa.String(length=36), nullable=True))
    op.create_table(
        "measures",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("responsible_id", sa.String(length=36), nullable=True),
        sa.Column("responsible_name", sa.String(length=120), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("content_sealed", sa.Text(), nullable=False),
        sa.Column("withheld_sealed", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_measures_case_id_cases"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measures")),
    )
    op.create_index(op.f("ix_measures_case_id"), "measures", ["case_id"])
    op.create_table(
        "measure_events",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("measure_id", sa.String(length=36), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by_name", sa.String(length=120), nullable=False),
        sa.Column("content_sealed", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["measure_id"],
            ["measures.id"],
            name=op.f("fk_measure_events_measure_id_measures"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measure_events")),
    )
    op.create_index(op.f("ix_measure_events_measure_id"), "measure_events", ["measure_id"])
    op.create_table(
        "overlap_agreements",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by_name", sa.String(length=120), nullable=False),
        sa.Column("content_sealed", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_overlap_agreements_case_id_cases"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_overlap_agreements")),
    )
    op.create_index(op.f("ix_overlap_agreements_case_id"), "overlap_agreements", ["case_id"])
    op.create_table(
        "case_links",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("pair", sa.String(length=36), nullable=False),
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("other_id", sa.String(length=36), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("made_by", sa.String(length=120), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("content_sealed", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_case_links_case_id_cases"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["other_id"], ["cases.id"], name=op.f("fk_case_links_other_id_cases"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_links")),
    )
    for column in ("pair", "case_id", "other_id"):
        op.create_index(op.f(f"ix_case_links_{column}"), "case_links", [column])


def downgrade() -> None:
    """Back to the version before."""
    for table in ("case_links", "overlap_agreements", "measure_events", "measures"):
        op.drop_table(table)
    with op.batch_alter_table("messages") as batch:
        batch.drop_column("about_id")
    op.drop_index("ix_cases_queue", table_name="cases")
    with op.batch_alter_table("cases") as batch:
        batch.drop_column("help_disputed")
        batch.drop_column("plan_due_on")
    op.create_index("ix_cases_queue", "cases", [*_QUEUE])
