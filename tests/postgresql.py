"""A PostgreSQL of the tests' own: made in a folder of its own, reached through a socket in it, gone afterwards."""

from __future__ import annotations

import contextlib
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

MISSING = "PostgreSQL is not installed (Debian and Ubuntu: apt-get install postgresql)"
_PLACES = ("/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt")


def programs() -> Path | None:
    """The folder with initdb and postgres, of the newest version there is; None without."""
    found = [Path(name).parent for name in [shutil.which("postgres")] if name]
    found += [file.parent for place in _PLACES for file in Path(place).glob("*/bin/postgres")]
    found = [folder for folder in found if (folder / "initdb").exists()]
    return max(
        found, key=lambda folder: [int(number) for number in re.findall(r"\d+", str(folder))], default=None
    )


# Everything in it was made by us: a database that a test has rebuilt shows in these numbers.
_SHAPE = """SELECT (SELECT count(*) FROM pg_class), (SELECT count(*) FROM pg_constraint), (SELECT count(*) FROM pg_trigger),
    (SELECT count(*) FROM pg_attribute WHERE NOT attisdropped)"""
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"


class Server:
    """A running server. `make()` gives databases as the migrations make them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._numbers = count(1)
        self._empty: list[str] = []
        self._template = ""
        self._shape: tuple[int, ...] = ()
        self._admin: Any = None

    def url(self, name: str) -> str:
        """The address of a database, as PORTAL_DATABASE_URL takes it."""
        return f"postgresql+psycopg://portal@/{name}?host={self.folder}"

    def execute(self, statement: str) -> None:
        """Something that is done outside any transaction."""
        import psycopg

        if self._admin is None:
            self._admin = psycopg.connect(
                host=str(self.folder), user="portal", dbname="postgres", autocommit=True
            )
        self._admin.execute(statement)

    def make(self) -> str:
        """The name of a database as the migrations make it, without a row: one that was given back, or a new one."""
        if self._empty:
            return self._empty.pop()
        name = f"test_{next(self._numbers)}"
        self.copy(self._migrated(), name)
        return name

    def copy(self, name: str, new: str) -> None:
        """A database with everything that is in another one; nobody may be connected to that."""
        self.execute(f"CREATE DATABASE {new} TEMPLATE {name}")

    def give_back(self, name: str) -> None:
        """Empty a database for the next test, ten times quicker than a new one. What was rebuilt is thrown away."""
        import psycopg

        self.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")  # noqa: S608 - our own names
        with psycopg.connect(host=str(self.folder), user="portal", dbname=name) as connection:
            same = connection.execute(_SHAPE).fetchone() == self._shape
            if same:
                connection.execute(
                    "SET session_replication_role = replica"
                )  # the order of tables does not matter
                for (table,) in connection.execute(_TABLES).fetchall():
                    connection.execute(f'DELETE FROM "{table}"')  # noqa: S608 - our own names
        if same:
            self._empty.append(name)
        else:
            self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _migrated(self) -> str:
        from web.db import make_engine
        from web.migrations.runner import upgrade

        if not self._template:
            self._template = "migrated"
            self.execute(f"CREATE DATABASE {self._template}")
            engine = make_engine(self.url(self._template))
            upgrade(engine)
            with engine.connect() as connection:
                self._shape = tuple(connection.exec_driver_sql(_SHAPE).one())
            engine.dispose()
        return self._template

    def close(self) -> None:
        if self._admin is not None:
            self._admin.close()


@contextlib.contextmanager
def server() -> Iterator[Server]:
    """Start a server, and stop it. It refuses to run as root: then it runs as the user postgres, or nobody.

    Not in pytest's folder: that is for one user, and a socket's path may only be some hundred characters long.
    """
    bin_dir = programs()
    assert bin_dir is not None, MISSING
    folder = Path(tempfile.mkdtemp(prefix="portal-pg-", dir="/tmp"))
    user: dict[str, Any] = {}
    if os.geteuid() == 0:
        names = {one.pw_name: one for one in pwd.getpwall()}
        other = names.get("postgres") or names["nobody"]
        os.chown(folder, other.pw_uid, other.pw_gid)
        user = {"user": other.pw_uid, "group": other.pw_gid, "extra_groups": []}
    process, running = None, Server(folder)
    try:
        _initialise(bin_dir, folder, user)
        settings = {
            "unix_socket_directories": str(folder),
            "listen_addresses": "",
            "fsync": "off",
            "full_page_writes": "off",
            "autovacuum": "off",
            "shared_buffers": "32MB",
            "max_connections": "60",
            "log_min_messages": "fatal",
        }
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [
                    str(bin_dir / "postgres"),
                    *("-D", str(folder / "data")),
                    *(part for name, value in settings.items() for part in ("-c", f"{name}={value}")),
                ],
                cwd=folder,
                stdout=log,
                stderr=log,
                **user,
            )
        _wait(running, process)
        yield running
    finally:
        running.close()
        if process is not None:
            process.send_signal(signal.SIGINT)  # without waiting for who is still connected
            process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def _initialise(bin_dir: Path, folder: Path, user: dict[str, Any]) -> None:
    common = [str(bin_dir / "initdb"), "-D", str(folder / "data"), "-U", "portal", "-A", "trust", "--no-sync"]
    # Norwegian order and case when it can: the farthest from what SQLite does, and what a municipality may have.
    for locale in (["--locale-provider=icu", "--icu-locale=nb-NO", "--locale=C"], ["--locale=C"]):
        done = subprocess.run(
            [*common, "--encoding=UTF8", *locale], cwd=folder, capture_output=True, check=False, **user
        )
        if done.returncode == 0:
            return
        shutil.rmtree(folder / "data", ignore_errors=True)
    raise RuntimeError(done.stderr.decode(errors="replace"))


def _wait(running: Server, process: subprocess.Popen[bytes]) -> None:
    import psycopg

    until = time.monotonic() + 30
    while True:
        try:
            running.execute("SELECT 1")
            return
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError((running.folder / "log").read_text(errors="replace")) from None
            time.sleep(0.1)
