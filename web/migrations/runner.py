"""Runs Alembic from Python: the portal needs no alembic.ini and no second place for its database address."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

HERE = Path(__file__).parent


def alembic_config(connection: Connection | None = None) -> AlembicConfig:
    """Alembic's settings, with the connection to work on."""
    config = AlembicConfig()
    config.set_main_option("script_location", str(HERE).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


@lru_cache(maxsize=1)
def head() -> str | None:
    """The newest version."""
    return ScriptDirectory.from_config(alembic_config()).get_current_head()


@contextmanager
def _migrating(engine: Engine) -> Iterator[Connection]:
    """A connection to change tables with.

    SQLite changes a table by copying it and dropping the old one, and a drop counts as deleting every row: with
    foreign keys on, everything that hangs on the table would be deleted with it. They are off meanwhile, and checked
    afterwards.
    """
    with engine.connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        if sqlite:
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.commit()
        try:
            with connection.begin():
                yield connection
                if sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
                    raise RuntimeError("the migration would leave rows that belong to nothing")
        finally:
            if sqlite:
                connection.exec_driver_sql("PRAGMA foreign_keys=ON")
                connection.commit()


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the database to a version, in one transaction where the database can."""
    with _migrating(engine) as connection:
        command.upgrade(alembic_config(connection), revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Take the database back to a version."""
    with _migrating(engine) as connection:
        command.downgrade(alembic_config(connection), revision)


def current_version(connection: Connection) -> str | None:
    """The version that the database is at."""
    return MigrationContext.configure(connection).get_current_revision()


def at_head(connection: Connection) -> bool:
    """Whether the database is at the newest version."""
    return current_version(connection) == head()
