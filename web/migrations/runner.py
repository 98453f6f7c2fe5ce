"""Runs Alembic from Python: the portal needs no alembic.ini and no second place for its database address."""

from __future__ import annotations

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


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the database to a version, in one transaction where the database can."""
    with engine.begin() as connection:
        command.upgrade(alembic_config(connection), revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Take the database back to a version."""
    with engine.begin() as connection:
        command.downgrade(alembic_config(connection), revision)


def current_version(connection: Connection) -> str | None:
    """The version that the database is at."""
    return MigrationContext.configure(connection).get_current_revision()


def at_head(connection: Connection) -> bool:
    """Whether the database is at the newest version."""
    return current_version(connection) == head()
