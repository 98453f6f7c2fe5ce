"""Start and stop the processes of the Procfile."""

from __future__ import annotations

import os
import secrets
import shlex
import signal
import socket
import string
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from tools.setup import PORTAL, ROOT
from tools.train import MODEL, assistant_environment

_NO_PROXY = build_opener(ProxyHandler({}))


def free_port() -> int:
    """A loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def taken(host: str, port: int) -> bool:
    """Whether somebody listens there already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return True
    return False


def answers(url: str) -> bool:
    """Whether a GET gives 200 within a second."""
    try:
        with _NO_PROXY.open(url, timeout=1) as response:
            return bool(response.status == 200)
    except (URLError, OSError):
        return False


def assistant_token(keys: Path) -> str:
    """The secret that portal and assistant share; made at the first start, readable by the owner only."""
    file = keys / "assistant_token"
    if not file.is_file():
        keys.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as opened:
            opened.write(secrets.token_urlsafe(32))
    return file.read_text().strip()


class Process:
    """One line of the Procfile, running in a process group of its own so that all of it can be ended.

    Args:
        name: the process's name in the Procfile.
        values: what $NAMES in the line stand for.
        env: its whole environment.
        log: where its output goes.
    """

    def __init__(self, name: str, values: Mapping[str, str], env: Mapping[str, str], log: Path) -> None:
        lines = dict(
            line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines() if ": " in line
        )
        self.name = name
        self.log = log
        self._command = shlex.split(string.Template(lines[name]).substitute(values))
        self._env = dict(env)
        self._running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; its output is added to the log."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._running = subprocess.Popen(
                self._command,
                cwd=ROOT,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def pid(self) -> int | None:
        """The process's id while it runs."""
        return self._running.pid if self._running and self._running.poll() is None else None

    def stop(self) -> None:
        """End it and all it started: politely, after five seconds firmly."""
        if self._running is None:
            return
        for sent, seconds in ((signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0)):
            try:
                os.killpg(self._running.pid, sent)
            except ProcessLookupError:
                break
            try:
                self._running.wait(seconds)
            except subprocess.TimeoutExpired:
                continue
            if sent == signal.SIGTERM and not _group_alive(self._running.pid):
                break
        self._running = None


def _group_alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


class AssistantProcess:
    """The assistant on a free loopback port; `with AssistantProcess(token, log) as assistant: assistant.url`.

    Raises:
        RuntimeError: when it ends or does not answer within `wait_s` seconds; the message names the log.
    """

    def __init__(self, token: str, log: Path, wait_s: float = 120.0) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = Process(
            "assistant",
            {"MODEL": str(MODEL), "ASSISTANT_PORT": str(self.port)},
            assistant_environment(token),
            log,
        )
        self._wait_s = wait_s

    def __enter__(self) -> AssistantProcess:
        self.process.start()
        try:
            self.await_ready()
        except BaseException:
            self.process.stop()
            raise
        return self

    def await_ready(self) -> None:
        """Wait until its model is loaded."""
        until = time.monotonic() + self._wait_s
        while not answers(f"{self.url}/webhooks/portal/"):
            if self.process.pid is None:
                raise RuntimeError(f"the assistant ended at once; see {self.process.log}")
            if time.monotonic() > until:
                raise RuntimeError(f"the assistant does not answer; see {self.process.log}")
            time.sleep(0.2)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.stop()


def _municipalities() -> list[str]:
    """All that the catalog has: on one machine they are there to be looked at."""
    return sorted(
        path.parent.name for path in ROOT.glob("services_catalog/municipalities/*/municipality.yml")
    )


def portal_environment(var: Path, host: str, port: int, assistant_url: str, token: str) -> dict[str, str]:
    """The portal's settings for one machine; PORTAL_* that are set already win."""
    return {
        "PORTAL_VAR_DIR": str(var),
        "PORTAL_PUBLIC_URL": f"http://{'localhost' if host in ('0.0.0.0', '127.0.0.1') else host}:{port}",  # noqa: S104 - compared, not bound
        "PORTAL_MUNICIPALITIES": " ".join(
            ("fjordvik", *(name for name in _municipalities() if name != "fjordvik"))
        ),
        **os.environ,
        "PORTAL_ASSISTANT_URL": assistant_url,
        "PORTAL_ASSISTANT_TOKEN": token,
        "PYTHONUTF8": "1",
    }


def portal_process(host: str, port: int, env: Mapping[str, str], log: Path) -> Process:
    """The portal's web server."""
    return Process("portal", {"HOST": host, "PORT": str(port)}, env, log)


def portal_command(env: Mapping[str, str], *arguments: str) -> str:
    """Run `python -m web …` and return what it printed.

    Raises:
        RuntimeError: when it fails, with its own message.
    """
    result = subprocess.run(
        [str(PORTAL / "bin" / "python"), "-m", "web", *arguments],
        cwd=ROOT,
        env=dict(env),
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        raise RuntimeError((result.stderr or result.stdout).strip())
    return result.stdout.strip()
