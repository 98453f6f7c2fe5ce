"""Hand-over packages, drafts of concern reports, and texts approved for training

Revision ID: 0013
Revises: 0012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_TABLES = ("training_examples", "training_reviews", "concern_drafts", "packages")


def upgrade() -> None:
    """To this version."""
    op.create_table(
        "packages",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("case_id", sa.String(36), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("made_by_id", sa.String(36), nullable=False),
        sa.Column("made_by_name", sa.String(120), nullable=False),
        sa.Column("receipt_sealed", sa.Text(), nullable=False),
        sa.Column("json_sealed", sa.Text(), nullable=True),
        sa.Column("pdf_sealed", sa.Text(), nullable=True),
        sa.Column("received_sealed", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_packages_case_id_cases"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_packages")),
    )
    op.create_index(op.f("ix_packages_case_id"), "packages", ["case_id"], unique=False)
    op.create_table(
        "concern_drafts",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("case_id", sa.String(36), nullable=False),
        sa.Column("employee_id", sa.String(36), nullable=False),
        sa.Column("employee_name", sa.String(120), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("content_sealed", sa.Text(), nullable=False),
        sa.Column("sent_sealed", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_concern_drafts_case_id_cases"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_concern_drafts")),
    )
    op.create_index(op.f("ix_concern_drafts_case_id"), "concern_drafts", ["case_id"], unique=False)
    op.create_table(
        "training_reviews",
        sa.Column("statement_id", sa.String(36), nullable=False),
        sa.ForeignKeyConstraint(
            ["statement_id"],
            ["statements.id"],
            name=op.f("fk_training_reviews_statement_id_statements"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("statement_id", name=op.f("pk_training_reviews")),
    )
    op.create_table(
        "training_examples",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("municipality", sa.String(80), nullable=False),
        sa.Column("approved_on", sa.Date(), nullable=False),
        sa.Column("approved_by", sa.String(120), nullable=False),
        sa.Column("content_sealed", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_examples")),
    )
    op.create_index(
        op.f("ix_training_examples_municipality"), "training_examples", ["municipality"], unique=False
    )


def downgrade() -> None:
    """Back to the version before."""
    op.drop_index(op.f("ix_training_examples_municipality"), table_name="training_examples")
    op.drop_index(op.f("ix_concern_drafts_case_id"), table_name="concern_drafts")
    op.drop_index(op.f("ix_packages_case_id"), table_name="packages")
    for table in _TABLES:
        op.drop_table(table)
