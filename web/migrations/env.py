"""Alembic's entry: runs on the connection that web.migrations.runner hands over."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

import web.cases.keeping_tables
import web.cases.learning_models
import web.cases.models
import web.cases.package_models
import web.citizen.drafts
import web.corrections
import web.staff.factors
import web.staff.models
import web.statistics.models  # noqa: F401 - every module with tables, so that autogenerate sees them all
from web.db import Base

connection: Connection | None = context.config.attributes.get("connection")
if connection is None:
    raise SystemExit("run migrations with «python -m web db upgrade»")

context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    # SQLite cannot change a column in place; Alembic then copies the table.
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
