"""Hand-over, absence, escalation, disputes, coordination; a unit compared by its key

Revision ID: 0014
Revises: 0013
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
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
    "{unit}",
    "created_at",
    "reference",
    "not_helped",
    "plan_due_on",
    "help_disputed",
)


def _queue_index(unit: str) -> None:
    op.create_index("ix_cases_queue", "cases", [name.format(unit=unit) for name in QUEUE])


def _id(name: str, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=36), nullable=nullable)


def _text(name: str, length: int, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=nullable)


def _at(name: str, nullable: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(), nullable=nullable)


def _of(table: str, parent: str, column: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{parent}")
    return sa.ForeignKeyConstraint([column], [f"{parent}.id"], name=name, ondelete="CASCADE")


def _key(table: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}"))


def _index(table: str, *columns: str) -> None:
    op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns), unique=False)


def upgrade() -> None:
    """To this version."""
    with op.batch_alter_table("employees") as table:
        table.add_column(sa.Column("email", sa.String(length=200), nullable=True))
    op.drop_index("ix_cases_queue", table_name="cases")
    with op.batch_alter_table("cases") as table:
        table.add_column(sa.Column("unit_key", sa.String(length=210), nullable=False, server_default=""))
    _fill_unit_keys()
    with op.batch_alter_table("cases") as table:
        table.alter_column("unit_key", existing_type=sa.String(length=210), server_default=None)
    _queue_index("unit_key")
    op.create_table(
        "handovers",
        _id("id"),
        _id("case_id"),
        _text("municipality", 80),
        _id("from_id", nullable=True),
        _text("from_name", 120, nullable=True),
        _id("to_id", nullable=True),
        _text("to_name", 120),
        _text("to_unit", 200),
        _id("by_id"),
        _text("by_name", 120),
        _at("made_at"),
        _text("state", 10),
        _at("settled_at", nullable=True),
        sa.Column("words_sealed", sa.Text(), nullable=True),
        _of("handovers", "cases", "case_id"),
        _key("handovers"),
    )
    _index("handovers", "case_id")
    _index("handovers", "from_id")
    _index("handovers", "municipality", "state")
    _index("handovers", "municipality", "to_id", "state")
    op.create_table(
        "absences",
        _id("id"),
        _text("municipality", 80),
        _id("employee_id"),
        _text("employee_name", 120),
        _id("stand_in_id"),
        _text("stand_in_name", 120),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        _id("by_id"),
        _text("by_name", 120),
        _at("made_at"),
        _at("ended_at", nullable=True),
        _key("absences"),
    )
    _index("absences", "employee_id")
    _index("absences", "stand_in_id")
    _index("absences", "municipality", "last_day")
    op.create_table(
        "escalations",
        _id("id"),
        _id("case_id"),
        _text("municipality", 80),
        _text("step", 30),
        _text("about", 60),
        _text("audience", 10),
        _id("to_id", nullable=True),
        _at("made_at"),
        _at("settled_at", nullable=True),
        _of("escalations", "cases", "case_id"),
        _key("escalations"),
        sa.UniqueConstraint(
            "case_id", "step", "about", "audience", name=op.f("uq_escalations_case_id_step_about_audience")
        ),
    )
    _index("escalations", "case_id")
    _index("escalations", "municipality", "settled_at")
    op.create_table(
        "staff_notices",
        _id("id"),
        _id("escalation_id"),
        _text("recipient", 200),
        _text("language", 2),
        _at("created_at"),
        _at("due_at"),
        sa.Column("tries", sa.Integer(), nullable=False),
        _text("state", 10),
        _at("changed_at"),
        _of("staff_notices", "escalations", "escalation_id"),
        _key("staff_notices"),
        sa.UniqueConstraint(
            "escalation_id", "recipient", name=op.f("uq_staff_notices_escalation_id_recipient")
        ),
    )
    _index("staff_notices", "state", "due_at")
    op.create_table(
        "disputes",
        _id("id"),
        _id("case_id"),
        _text("municipality", 80),
        _at("opened_at"),
        _id("opened_by_id"),
        _text("opened_by_name", 120),
        sa.Column("why_sealed", sa.Text(), nullable=False),
        _at("decided_at", nullable=True),
        _id("decided_by_id", nullable=True),
        _text("decided_by_name", 120, nullable=True),
        sa.Column("decision_sealed", sa.Text(), nullable=True),
        _of("disputes", "cases", "case_id"),
        _key("disputes"),
    )
    _index("disputes", "case_id")
    _index("disputes", "municipality", "decided_at")
    op.create_table(
        "coordination_notes",
        _id("id"),
        _id("case_id"),
        _at("at"),
        _id("by_id"),
        _text("by_name", 120),
        sa.Column("content_sealed", sa.Text(), nullable=False),
        _of("coordination_notes", "cases", "case_id"),
        _key("coordination_notes"),
    )
    _index("coordination_notes", "case_id")


def _fill_unit_keys() -> None:
    """The key as web.cases.models.unit_key made it when this was written."""
    cases = sa.table(
        "cases",
        *(
            sa.column(name)
            for name in ("contact_unit", "contact_unit_name", "contact_person_name", "unit_key")
        ),
    )
    named = sa.func.coalesce(cases.c.contact_person_name, "") != ""
    bind = op.get_bind()
    bind.execute(sa.update(cases).where(~named).values(unit_key=sa.literal("#") + cases.c.contact_unit))
    for (name,) in bind.execute(sa.select(cases.c.contact_unit_name).where(named).distinct()).all():
        key = " ".join(name.split()).casefold()[:200]
        bind.execute(sa.update(cases).where(named, cases.c.contact_unit_name == name).values(unit_key=key))


def downgrade() -> None:
    """Back to the version before."""
    for name in (
        "coordination_notes",
        "disputes",
        "staff_notices",
        "escalations",
        "absences",
        "handovers",
    ):
        op.drop_table(name)
    op.drop_index("ix_cases_queue", table_name="cases")
    with op.batch_alter_table("cases") as table:
        table.drop_column("unit_key")
    _queue_index("contact_unit_name")
    with op.batch_alter_table("employees") as table:
        table.drop_column("email")
