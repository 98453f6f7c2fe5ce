"""The index of the queue knows which cases are blocked, and shares which of them have no answer

Revision ID: 0021
Revises: 0020
"""

from __future__ import annotations

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

QUEUE = (
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
    "unit_key",
    "created_at",
    "reference",
    "not_helped",
    "plan_due_on",
    "help_disputed",
)
SILENT = ("municipality", "outcome", "ended_at", "shared_at")


def upgrade() -> None:
    """To this version."""
    op.drop_index("ix_cases_queue", table_name="cases")
    op.create_index("ix_cases_queue", "cases", [*QUEUE, "blocked_at"])
    op.drop_index(f"ix_shares_{'_'.join(SILENT)}", table_name="shares")
    op.create_index(f"ix_shares_{'_'.join(SILENT)}_case_id", "shares", [*SILENT, "case_id"])


def downgrade() -> None:
    """Back to the version before."""
    op.drop_index(f"ix_shares_{'_'.join(SILENT)}_case_id", table_name="shares")
    op.create_index(f"ix_shares_{'_'.join(SILENT)}", "shares", list(SILENT))
    op.drop_index("ix_cases_queue", table_name="cases")
    op.create_index("ix_cases_queue", "cases", list(QUEUE))
