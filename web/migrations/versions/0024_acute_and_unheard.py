"""What an acute case is promised counts from a time of its own; sound that nobody has heard is counted

Revision ID: 0024
Revises: 0023
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

import web.db

revision = "0024"
down_revision = "0023"
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
    "blocked_at",
)
NEW = ("acute_since", "unseen_since")
_CASES = sa.table(
    "cases",
    sa.column("id", sa.String()),
    sa.column("urgency", sa.String()),
    sa.column("unread", sa.Integer()),
    sa.column("unread_words", sa.Integer()),
    sa.column("unheard", sa.Integer()),
    sa.column("call_waits", sa.Boolean()),
    sa.column("created_at", sa.DateTime()),
    sa.column("last_person_at", sa.DateTime()),
    sa.column("last_read_at", sa.DateTime()),
    sa.column("acute_since", sa.DateTime()),
    sa.column("unseen_since", sa.DateTime()),
    sa.column("queue_key", sa.String()),
)
_RECORDINGS = sa.table(
    "recordings",
    sa.column("id", sa.String()),
    sa.column("case_id", sa.String()),
    sa.column("created_at", sa.DateTime()),
    sa.column("heard_at", sa.DateTime()),
)
_LOG = sa.table("log_entries", sa.column("case_id"), sa.column("at", sa.DateTime()), sa.column("action"))


def upgrade() -> None:
    """To this version."""
    op.drop_index("ix_cases_queue", table_name="cases")
    op.add_column("cases", sa.Column("unread_words", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("cases", sa.Column("unheard", sa.Integer(), nullable=False, server_default="0"))
    for name in NEW:
        op.add_column("cases", sa.Column(name, web.db.UTCDateTime(), nullable=True))
    op.add_column("recordings", sa.Column("heard_at", web.db.UTCDateTime(), nullable=True))
    _fill(op.get_bind())
    op.create_index("ix_cases_queue", "cases", [*QUEUE, *NEW])


def _fill(connection: sa.Connection) -> None:
    """The new columns of what is there: who listens has heard what there was then."""
    unheard = _mark_heard(connection)
    rows = connection.execute(sa.select(_CASES).where(_CASES.c.queue_key < "9")).all()
    for row in rows:
        sound = unheard.get(row.id, 0)
        unseen = (row.last_person_at if row.last_read_at else row.created_at) if row.unread or sound else None
        connection.execute(
            _CASES.update()
            .where(_CASES.c.id == row.id)
            .values(
                unread_words=row.unread,
                unseen_since=unseen,
                acute_since=row.created_at if row.urgency == "acute" else None,
                queue_key=_new_key(row, sound),
            )
        )
    for case_id, count in unheard.items():
        connection.execute(_CASES.update().where(_CASES.c.id == case_id).values(unheard=count))


def _mark_heard(connection: sa.Connection) -> dict[str, int]:
    """When each recording was heard; how many of each case were not."""
    listened: dict[str, list[datetime]] = {}
    for case_id, at in connection.execute(
        sa.select(_LOG.c.case_id, _LOG.c.at)
        .where(_LOG.c.action.in_(("listened", "share_listened")))
        .order_by(_LOG.c.at)
    ):
        listened.setdefault(case_id, []).append(at)
    unheard: dict[str, int] = {}
    for row in connection.execute(sa.select(_RECORDINGS).where(_RECORDINGS.c.case_id.is_not(None))).all():
        first = next((at for at in listened.get(row.case_id, ()) if at >= row.created_at), None)
        if first is None:
            unheard[row.case_id] = unheard.get(row.case_id, 0) + 1
            continue
        connection.execute(_RECORDINGS.update().where(_RECORDINGS.c.id == row.id).values(heard_at=first))
    return unheard


def _new_key(row: Any, unheard: int) -> str:
    """The place in the queue, from the one before: rank, promised day, seen, contact person, since."""
    rank, promised, seen, rest = row.queue_key[0], row.queue_key[1:9], row.queue_key[9], row.queue_key[10:]
    seen = "0" if unheard else seen
    if row.call_waits:
        return f"{'0' * 10}{rest}"
    if row.urgency == "acute":
        return f"{rank}{seen}{promised}{rest}"
    return f"{2 if unheard else int(rank) + 1}{promised}{seen}{rest}"


def _old_key(row: Any) -> str:
    rest = row.queue_key[10:]
    if row.call_waits:
        return f"{'0' * 9}{int(not row.unread)}{rest}"
    if row.urgency == "acute":
        return f"{row.queue_key[0]}{row.queue_key[2:10]}{int(not row.unread)}{rest}"
    promised = row.queue_key[1:9]
    return f"{2 + (promised == '99999999')}{promised}{int(not row.unread)}{rest}"


def downgrade() -> None:
    """Back to the version before."""
    op.drop_index("ix_cases_queue", table_name="cases")
    connection = op.get_bind()
    for row in connection.execute(sa.select(_CASES).where(_CASES.c.queue_key < "9")).all():
        connection.execute(_CASES.update().where(_CASES.c.id == row.id).values(queue_key=_old_key(row)))
    op.drop_column("recordings", "heard_at")
    for name in (*NEW, "unheard", "unread_words"):
        op.drop_column("cases", name)
    op.create_index("ix_cases_queue", "cases", list(QUEUE))
