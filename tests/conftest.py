"""What every test of the portal stands on: a database built by the migrations, real keys, the real catalog.

The clock stands still and the assistant is `FakeAssistant`, which can be told to be away. With
PORTAL_TEST_DATABASE=postgresql the database is one of a PostgreSQL that the tests start for themselves.
"""

from __future__ import annotations

import dataclasses
import logging
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

# The assistant's own tests run on Python 3.10, which has no datetime.UTC, and read this file too.
UTC = timezone.utc  # noqa: UP017 - datetime.UTC is not in 3.10
ROOT = Path(__file__).resolve().parent.parent
MARKED = "Zvartbakke-93 kvitrar under trappa"
"""A sentence that nobody else writes: where it turns up, a citizen's words turned up."""


ON_POSTGRESQL = os.environ.get("PORTAL_TEST_DATABASE") == "postgresql"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """On PostgreSQL leave out what is about SQLite's own files and plans."""
    if ON_POSTGRESQL:
        for item in items:
            if item.get_closest_marker("sqlite"):
                item.add_marker(pytest.mark.skip(reason="about SQLite itself"))


class FakeAssistant:
    """Answers as the assistant would, without Rasa; set `away` and it is down."""

    def __init__(self) -> None:
        self.away = False

    def healthy(self) -> bool:
        return not self.away

    def turn(self, conversation: str, **asked: Any) -> Any:
        from web.assistant import AssistantUnavailable

        raise AssistantUnavailable("this fake only knows whether it is there")


@pytest.fixture(scope="session")
def compiled_translations() -> None:
    """.mo files are not in the repository."""
    from web.i18n import compile_catalogs

    compile_catalogs(ROOT / "locales")


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database as the migrations make it; every test gets a copy."""
    from web.db import make_engine
    from web.migrations.runner import upgrade

    path = tmp_path_factory.mktemp("database") / "empty.sqlite"
    engine = make_engine(f"sqlite:///{path}")
    upgrade(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Any]:
    """A PostgreSQL for the whole run, started when the first test asks for it."""
    from tests import postgresql

    if postgresql.programs() is None:
        pytest.skip(postgresql.MISSING)
    with postgresql.server() as server:
        yield server


@pytest.fixture
def postgresql_url(postgresql_server: Any) -> Iterator[str]:
    """A database on PostgreSQL as the migrations make it."""
    name = postgresql_server.make()
    yield postgresql_server.url(name)
    postgresql_server.give_back(name)


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """Where the test's own database is, as the migrations make it."""
    if ON_POSTGRESQL:
        return request.getfixturevalue("postgresql_url")
    shutil.copy(request.getfixturevalue("empty_database"), tmp_path / "portal.sqlite")
    return f"sqlite:///{tmp_path / 'portal.sqlite'}"


@pytest.fixture(scope="session")
def catalog() -> Any:
    """The real catalog with the demo municipality, read once."""
    from web.catalog import load

    return load(ROOT / "services_catalog", "fjordvik")


@pytest.fixture(scope="session")
def compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Every test has a portal of its own; what Jinja makes of a template is the same in all of them."""
    from jinja2 import FileSystemBytecodeCache

    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture
def config(tmp_path: Path, database_url: str) -> Any:
    """Settings of an installation of its own, with keys and a database."""
    from web.config import Config
    from web.security.vault import KeyRing

    KeyRing.create(tmp_path / "keys")
    environment = {
        "PORTAL_VAR_DIR": str(tmp_path),
        "PORTAL_DATABASE_URL": database_url,
        "PORTAL_TESTING": "1",
        "PORTAL_ASSISTANT_TOKEN": "test",
    }
    return Config.from_environment(environment)


@pytest.fixture
def clock() -> Any:
    """Friday 20 November 2026, 23:40 in Norway; move it with clock.move(hours=1)."""
    from web.cases import FixedClock

    return FixedClock(datetime(2026, 11, 20, 22, 40, tzinfo=UTC))


@pytest.fixture
def assistant() -> FakeAssistant:
    return FakeAssistant()


@pytest.fixture
def make_app(
    config: Any,
    clock: Any,
    assistant: FakeAssistant,
    catalog: Any,
    compiled_translations: None,
    compiled_templates: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Callable[..., Any]]:
    """make_app(public_url="https://…", testing=False): the portal with some settings changed."""
    from web import create_app, municipalities

    # Reading some sixty files again for every test would only cost time; what is read is the same.
    real = municipalities.load
    monkeypatch.setattr(
        municipalities, "load", lambda folder, name: catalog if name == "fjordvik" else real(folder, name)
    )
    apps = []

    def make(**changes: Any) -> Any:
        app = create_app(dataclasses.replace(config, **changes), clock=clock, assistant=assistant)
        app.jinja_env.bytecode_cache = compiled_templates
        apps.append(app)
        return app

    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield make
    for app in apps:
        app.extensions["portal-engine"].dispose()
    # A portal that is not in testing takes over the logging of the process: give it back.
    logging.captureWarnings(False)
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def app(make_app: Callable[..., Any]) -> Any:
    return make_app()


@pytest.fixture
def client(app: Any) -> Any:
    return app.test_client()


@pytest.fixture
def engine(config: Any) -> Iterator[Any]:
    from web.db import make_engine

    engine = make_engine(config.database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Any) -> Iterator[Any]:
    """A session on the test's own database."""
    from sqlalchemy.orm import Session

    with Session(engine, expire_on_commit=False) as session:
        yield session


@pytest.fixture
def stored(engine: Any, config: Any) -> Callable[[], bytes]:
    """stored(): everything that the database keeps, to look for words in: SQLite's files, or every row of PostgreSQL."""

    def read() -> bytes:
        if engine.dialect.name == "sqlite":
            return b"".join(path.read_bytes() for path in sorted(config.var_dir.glob("portal.sqlite*")))
        from sqlalchemy import inspect

        found = []
        with engine.connect() as connection:
            cursor = connection.connection.cursor()
            for table in inspect(connection).get_table_names():
                # binary: sound as it is, and long words not packed
                with cursor.copy(f'COPY "{table}" TO STDOUT (FORMAT binary)') as rows:
                    found += [bytes(row) for row in rows]
        return b"".join(found)

    return read


@pytest.fixture
def vault(config: Any) -> Any:
    from web.security.vault import KeyRing, Vault

    return Vault(KeyRing.load(config.keys_dir))


@pytest.fixture
def new_case() -> Callable[..., Any]:
    """new_case(age=15, …): something to send, the marked sentence in every field that a person writes."""
    from web.cases import codes
    from web.cases.types import ContactPointChoice, Evidence, NeedFound, NewCase, UnderstandingData

    counter = iter(range(1000))

    def make(**changes: Any) -> Any:
        number = next(counter)
        values: dict[str, Any] = {
            "municipality": "fjordvik",
            "language": "nn",
            "statements": (
                ("youth", f"{MARKED}. Dei ler av meg kvar dag."),
                ("youth", f"Eg orkar ikkje meir. {MARKED}"),
            ),
            "writer": "youth",
            "contact_point": ContactPointChoice("familiens_hus", "Familiehuset", 1),
            "return_code": codes.new_code("nn"),
            "submission_key": f"submission-key-{number:04}-abc",
            "understanding": UnderstandingData(
                "nn",
                (NeedFound("bullying", 0.93, (Evidence(0, 36, 60),)), NeedFound("low_mood", 0.71)),
                model="test-1",
            ),
            "needs": ("bullying", "loneliness"),
            "needs_added": ("loneliness",),
            "needs_removed": ("low_mood",),
            "about": "self",
            "age": 14,
            "safe_now": "yes",
            "hope": f"At det skal slutte. {MARKED}",
            "services": ("helsesykepleier",),
            "consents": {"helsesykepleier": True, "ppt": False},
            "may_know": ("nobody",),
            "way": "sms",
            "details": f"900 00 000 {MARKED}",
            "safe_times": f"etter klokka fire {MARKED}",
        }
        return NewCase(**{**values, **changes})

    return make


@pytest.fixture
def employee() -> Any:
    """An employee for the core."""
    from web.cases.types import EmployeeRef

    return EmployeeRef("11111111-1111-1111-1111-111111111111", "Maja Vik", "fjordvik", "Familiehuset")
