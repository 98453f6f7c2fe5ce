"""The real assistant and the real portal, started as on a machine of their own, each with a var folder of its own."""

from __future__ import annotations

import time
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

    def new_employee(self, name: str, unit: str) -> tuple[str, str]:
        """Username and one-time password of an employee who has never logged in."""
        self.employees += 1
        username = f"ansatt{self.employees}"
        said = portal_command(
            self.env, "employee", "create", "--username", username, "--name", name, "--unit", unit
        )
        return username, said.rsplit(" ", 1)[1]

    def files(self) -> list[Path]:
        """Everything it has written: logs, database, keys."""
        return [file for file in self.var.rglob("*") if file.is_file()]
