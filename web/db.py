"""The database: engine, base class, and the session of a request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from flask import Flask, g
from sqlalchemy import DateTime, Dialect, Engine, MetaData, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.types import TypeDecorator

# Every constraint has a name of its own: a migration can then change it on any database.
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Base of every table."""

    metadata = MetaData(naming_convention=NAMING)


class UTCDateTime(TypeDecorator[datetime]):
    """Aware in Python, UTC in the database: SQLite would drop the zone without a word."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store as UTC; a time without a zone is a mistake."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a time zone cannot be stored")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Read back with its zone."""
        return value.replace(tzinfo=UTC) if value is not None else None


def make_engine(url: str) -> Engine:
    """An engine with the settings this portal relies on. Parameters never show in errors or logs."""
    parsed = make_url(url)
    # hide_parameters: an error message from the database must not carry what a person typed.
    engine = create_engine(parsed, hide_parameters=True, pool_pre_ping=parsed.get_backend_name() != "sqlite")
    event.listen(engine, "before_cursor_execute", _without_zeros, retval=True)
    if parsed.get_backend_name() == "sqlite":
        if parsed.database and parsed.database != ":memory:":
            file = Path(parsed.database)
            file.parent.mkdir(parents=True, exist_ok=True)
            # For the owner only; SQLite gives its write-ahead log the same rights.
            file.touch(mode=0o600, exist_ok=True)

        @event.listens_for(engine, "connect")
        def _prepare(connection: Any, _record: Any) -> None:
            cursor = connection.cursor()
            cursor.execute("PRAGMA journal_mode=WAL")
            # With WAL, NORMAL loses at most the last moments at a power cut and never damages the file.
            cursor.execute("PRAGMA synchronous=NORMAL")
            cursor.execute("PRAGMA foreign_keys=ON")
            cursor.execute("PRAGMA secure_delete=ON")
            cursor.execute("PRAGMA busy_timeout=5000")
            cursor.close()

    return engine


def _without_zeros(
    _connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool
) -> tuple[str, Any]:
    """PostgreSQL takes no zero character in a text: it becomes the sign that stands for it in HTML, and is found nowhere."""

    def has_zero(value: Any) -> bool:
        return isinstance(value, str) and "\0" in value

    def clean(row: Any) -> Any:
        if isinstance(row, Mapping):
            return {
                name: value.replace("\0", "\ufffd") if has_zero(value) else value
                for name, value in row.items()
            }
        return tuple(value.replace("\0", "\ufffd") if has_zero(value) else value for value in row)

    # A list has a row for each time; SQLAlchemy's own batches are one long row.
    rows = parameters if isinstance(parameters, list) else [parameters]
    if any(has_zero(value) for row in rows for value in (row.values() if isinstance(row, Mapping) else row)):
        parameters = [clean(row) for row in rows] if isinstance(parameters, list) else clean(parameters)
    return statement, parameters


def init_db(app: Flask, engine: Engine) -> None:
    """Give the app its engine, and each request a session that is closed at its end."""
    app.extensions["portal-engine"] = engine
    app.extensions["portal-sessions"] = sessionmaker(engine, expire_on_commit=False)

    @app.teardown_appcontext
    def _close(_error: BaseException | None) -> None:
        session = g.pop("portal_session", None)
        if session is not None:
            session.close()


def db() -> Session:
    """The session of this request. What is not committed when the request ends is rolled back."""
    from flask import current_app

    if "portal_session" not in g:
        g.portal_session = cast("sessionmaker[Session]", current_app.extensions["portal-sessions"])()
    return cast(Session, g.portal_session)


@contextmanager
def session_scope(app: Flask) -> Iterator[Session]:
    """A session outside a request: committed at the end, rolled back on an error, closed in any case."""
    session = cast("sessionmaker[Session]", app.extensions["portal-sessions"])()
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.close()


def checkpoint(session: Session) -> None:
    """Fold SQLite's write-ahead log into the file and empty it; other databases do this by themselves.

    Best effort: while somebody else reads, SQLite folds in what it can and the rest at the next occasion.
    """
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
        session.commit()
