"""What is deleted when: planned deletions, requests, the journal, the night's run, archive packages; blocked cases

Revision ID: 0015
Revises: 0014
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version."""
    with op.batch_alter_table("cases") as table:
        table.add_column(sa.Column("blocked_at", sa.DateTime(), nullable=True))
    op.create_table(
        "planned_deletions",
        sa.Column("case_id", sa.String(36), nullable=False),
        sa.Column("municipality", sa.String(80), nullable=False),
        sa.Column("reference", sa.String(8), nullable=False),
        sa.Column("rule", sa.String(40), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=False),
        sa.Column("listed_on", sa.Date(), nullable=True),
        sa.Column("delete_on", sa.Date(), nullable=True),
        sa.Column("held_until", sa.Date(), nullable=True),
        sa.Column("hold_reason_sealed", sa.Text(), nullable=True),
        sa.Column("held_by", sa.String(120), nullable=True),
        sa.Column("held_at", sa.DateTime(), nullable=True),
        sa.Column("kept_until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_planned_deletions_case_id_cases"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_planned_deletions")),
    )
    op.create_index(
        op.f("ix_planned_deletions_municipality_delete_on"),
        "planned_deletions",
        ["municipality", "delete_on"],
    )
    op.create_table(
        "deletion_requests",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("case_id", sa.String(36), nullable=False),
        sa.Column("municipality", sa.String(80), nullable=False),
        sa.Column("reference", sa.String(8), nullable=False),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("answer_by", sa.Date(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("answered_at", sa.DateTime(), nullable=True),
        sa.Column("answered_by", sa.String(120), nullable=True),
        sa.Column("ground", sa.String(40), nullable=True),
        sa.Column("words_sealed", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_deletion_requests_case_id_cases"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deletion_requests")),
    )
    op.create_index(op.f("ix_deletion_requests_case_id"), "deletion_requests", ["case_id"])
    op.create_index(
        op.f("ix_deletion_requests_municipality_state_answer_by"),
        "deletion_requests",
        ["municipality", "state", "answer_by"],
    )
    op.create_table(
        "deletions",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("case_id", sa.String(36), nullable=False),
        sa.Column("municipality", sa.String(80), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("kind", sa.String(15), nullable=False),
        sa.Column("why", sa.String(40), nullable=False),
        sa.Column("by_name", sa.String(120), nullable=True),
        sa.Column("in_file", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deletions")),
    )
    op.create_index(op.f("ix_deletions_case_id"), "deletions", ["case_id"])
    op.create_index(op.f("ix_deletions_in_file"), "deletions", ["in_file"])
    op.create_index(op.f("ix_deletions_municipality_at"), "deletions", ["municipality", "at"])
    op.create_table(
        "nightly_runs",
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("begun_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("on_date", name=op.f("pk_nightly_runs")),
    )
    op.create_table(
        "archive_exports",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("municipality", sa.String(80), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("made_by", sa.String(120), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(), nullable=True),
        sa.Column("confirmed_by", sa.String(120), nullable=True),
        sa.Column("archive_reference", sa.String(60), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_archive_exports")),
    )
    op.create_index(
        op.f("ix_archive_exports_municipality_made_at"), "archive_exports", ["municipality", "made_at"]
    )
    op.create_table(
        "archived_cases",
        sa.Column("export_id", sa.String(36), nullable=False),
        sa.Column("case_id", sa.String(36), nullable=False),
        sa.Column("reference", sa.String(8), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=False),
        sa.Column("documents", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["export_id"],
            ["archive_exports.id"],
            name=op.f("fk_archived_cases_export_id_archive_exports"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("export_id", "case_id", name=op.f("pk_archived_cases")),
    )
    op.create_index(op.f("ix_archived_cases_case_id"), "archived_cases", ["case_id"])


def downgrade() -> None:
    """Back to the version before."""
    for name in (
        "archived_cases",
        "archive_exports",
        "nightly_runs",
        "deletions",
        "deletion_requests",
        "planned_deletions",
    ):
        op.drop_table(name)
    with op.batch_alter_table("cases") as table:
        table.drop_column("blocked_at")
