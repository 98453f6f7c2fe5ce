"""The real assistant and the real portal, started as on a machine of their own, each with a var folder of its own."""

from __future__ import annotations

import socket
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from tools.processes import Process, answers, free_port, portal_command, portal_environment, portal_process

HOST = "127.0.0.1"
EXIT_URL = "https://www.yr.no"
"""Where the way out leads; the tests stand in for it."""
TOKEN = "a-token-for-the-browser-tests-of-more-than-32-characters"


@dataclass
class Portal:
    """A running portal: `with Portal(var, assistant_url) as portal: portal.url`."""

    var: Path
    assistant_url: str
    port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        self.url = f"http://{HOST}:{self.port}"
        self.env = {
            **portal_environment(self.var, HOST, self.port, self.assistant_url, TOKEN),
            # Settings of a portal that runs beside the tests must not win.
            "PORTAL_VAR_DIR": str(self.var),
            "PORTAL_PUBLIC_URL": self.url,
            "PORTAL_QUICK_EXIT_URL": EXIT_URL,
        }
        self.log = self.var / "log" / "portal.log"
        self.process: Process = portal_process(HOST, self.port, self.env, self.log)
        self.employees = 0

    def __enter__(self) -> Portal:
        portal_command(self.env, "keys", "create", "--if-missing")
        portal_command(self.env, "db", "upgrade")
        self.process.start()
        until = time.monotonic() + 60
        while not answers(f"{self.url}/healthz"):
            if self.process.pid is None or time.monotonic() > until:
                self.process.stop()
                raise RuntimeError(f"the portal does not answer:\n{self.log.read_text()[-2000:]}")
            time.sleep(0.1)
        return self

    def __exit__(self, *_: object) -> None:
        self.process.stop()

    def new_employee(
        self, name: str, unit: str, roles: tuple[str, ...] = (), service: str | None = None
    ) -> tuple[str, str]:
        """Username and one-time password of an employee who has never logged in; without roles, of the front desk."""
        self.employees += 1
        username = f"ansatt{self.employees}"
        more = [part for role in roles for part in ("--role", role)] + (
            ["--service", service] if service else []
        )
        said = portal_command(
            self.env, "employee", "create", "--username", username, "--name", name, "--unit", unit, *more
        )
        return username, said.rsplit(" ", 1)[1]

    def count(self, table: str) -> int:
        """How many rows there are, read beside the running portal."""
        return int(str(self._one(f"SELECT count(*) FROM {table}")))  # noqa: S608 - our own names

    def newest_case(self) -> str:
        """The id of the case that was sent last."""
        return str(self._one("SELECT id FROM cases ORDER BY created_at DESC LIMIT 1"))

    def _one(self, query: str) -> object:
        with closing(sqlite3.connect(f"file:{self.var / 'portal.sqlite'}?mode=ro", uri=True)) as database:
            (value,) = database.execute(query).fetchone()
        return value

    def files(self) -> list[Path]:
        """Everything it has written: logs, database, keys."""
        return [file for file in self.var.rglob("*") if file.is_file()]


class Nobody:
    """The assistant's place, empty: connections are refused, and after `listen()` accepted and never answered."""

    def __init__(self) -> None:
        self._socket = socket.socket()
        self._socket.bind((HOST, 0))
        self.url = f"http://{HOST}:{self._socket.getsockname()[1]}"

    def listen(self) -> None:
        """From now on it is as slow as can be."""
        self._socket.listen()

    def close(self) -> None:
        self._socket.close()
