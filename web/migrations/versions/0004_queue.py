"""What the queue sorts and counts by, marks of services, who is looking, saved filters

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version."""
    with op.batch_alter_table("cases") as table:
        table.add_column(sa.Column("last_person_at", sa.DateTime(), nullable=True))
        table.add_column(sa.Column("last_read_at", sa.DateTime(), nullable=True))
        table.add_column(sa.Column("unread", sa.Integer(), nullable=True))
        table.add_column(sa.Column("queue_key", sa.String(length=32), nullable=True))
    _fill(op.get_bind())
    with op.batch_alter_table("cases") as table:
        table.alter_column("last_person_at", existing_type=sa.DateTime(), nullable=False)
        table.alter_column("unread", existing_type=sa.Integer(), nullable=False)
        table.alter_column("queue_key", existing_type=sa.String(length=32), nullable=False)
    op.create_index(
        op.f("ix_cases_municipality_last_person_at_created_at"),
        "cases",
        ["municipality", "last_person_at", "created_at"],
    )
    op.create_index(
        "ix_cases_queue",
        "cases",
        [
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
        ],
    )
    op.create_table(
        "service_marks",
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("mark", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_service_marks_case_id_cases"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("case_id", "mark", name=op.f("pk_service_marks")),
    )
    op.create_index(op.f("ix_service_marks_mark"), "service_marks", ["mark"])
    op.create_table(
        "presences",
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("employee_id", sa.String(length=36), nullable=False),
        sa.Column("municipality", sa.String(length=80), nullable=False),
        sa.Column("employee_name", sa.String(length=120), nullable=False),
        sa.Column("until", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_presences_case_id_cases"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("case_id", "employee_id", name=op.f("pk_presences")),
    )
    op.create_index(op.f("ix_presences_until"), "presences", ["until"])
    op.create_table(
        "saved_filters",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("employee_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("parameters", sa.String(length=600), nullable=False),
        sa.ForeignKeyConstraint(
            ["employee_id"],
            ["employees.id"],
            name=op.f("fk_saved_filters_employee_id_employees"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_filters")),
        sa.UniqueConstraint("employee_id", "name", name=op.f("uq_saved_filters_employee_id_name")),
    )


def _fill(connection: sa.Connection) -> None:
    """The new columns of the cases that are there, as the portal would have kept them."""
    cases = sa.table(
        "cases",
        sa.column("id", sa.String()),
        sa.column("status", sa.String()),
        sa.column("urgency", sa.String()),
        sa.column("waiting_since", sa.DateTime()),
        sa.column("due_on", sa.Date()),
        sa.column("contact_person_name", sa.String()),
        sa.column("created_at", sa.DateTime()),
        sa.column("last_person_at", sa.DateTime()),
        sa.column("last_read_at", sa.DateTime()),
        sa.column("unread", sa.Integer()),
        sa.column("queue_key", sa.String()),
    )
    log = sa.table("log_entries", sa.column("case_id"), sa.column("at", sa.DateTime()), sa.column("action"))
    statements = sa.table("statements", sa.column("case_id"), sa.column("created_at", sa.DateTime()))
    messages = sa.table(
        "messages",
        sa.column("case_id"),
        sa.column("created_at", sa.DateTime()),
        sa.column("from_person", sa.Boolean()),
    )
    read = _newest(connection, sa.select(log.c.case_id, log.c.at).where(log.c.action == "read"))
    written: dict[str, list[datetime]] = {}
    for query in (
        sa.select(statements.c.case_id, statements.c.created_at),
        sa.select(messages.c.case_id, messages.c.created_at).where(messages.c.from_person.is_(sa.true())),
    ):
        for case_id, at in connection.execute(query):
            written.setdefault(case_id, []).append(at)
    rows = connection.execute(sa.select(cases)).all()
    for row in rows:
        last_read = read.get(row.id)
        times = written.get(row.id, [])
        unread = sum(last_read is None or at > last_read for at in times) or int(last_read is None)
        connection.execute(
            cases.update()
            .where(cases.c.id == row.id)
            .values(
                last_person_at=max([row.created_at, *times]),
                last_read_at=last_read,
                unread=unread,
                queue_key=_key(row, unread),
            )
        )


def _newest(connection: sa.Connection, query: Any) -> dict[str, datetime]:
    newest: dict[str, datetime] = {}
    for case_id, at in connection.execute(query):
        newest[case_id] = max(at, newest.get(case_id, at))
    return newest


def _key(row: Any, unread: int) -> str:
    """As web.cases.models.queue_key was when this was written."""

    def moment(at: datetime) -> int:
        return int(at.replace(tzinfo=UTC).timestamp() * 1_000_000)

    if row.status == "closed":
        return f"9{'0' * 10}{10**17 - 1 - moment(row.created_at):017d}"
    waits = row.waiting_since is not None
    rank = (0 if row.urgency == "acute" else 2) + (not waits)
    promised = f"{row.due_on:%Y%m%d}" if waits else "99999999"
    since = moment(row.waiting_since or row.created_at)
    return f"{rank}{promised}{int(not unread)}{int(bool(row.contact_person_name))}{since:017d}"


def downgrade() -> None:
    """Back to the version before."""
    op.drop_table("saved_filters")
    op.drop_index(op.f("ix_presences_until"), table_name="presences")
    op.drop_table("presences")
    op.drop_index(op.f("ix_service_marks_mark"), table_name="service_marks")
    op.drop_table("service_marks")
    op.drop_index("ix_cases_queue", table_name="cases")
    op.drop_index(op.f("ix_cases_municipality_last_person_at_created_at"), table_name="cases")
    with op.batch_alter_table("cases") as table:
        table.drop_column("queue_key")
        table.drop_column("unread")
        table.drop_column("last_read_at")
        table.drop_column("last_person_at")
