"""Start the portal and the assistant on this machine, and end them with Ctrl-C. `make run` sets up first, then calls this."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from tools.processes import (
    AssistantProcess,
    Process,
    answers,
    assistant_token,
    portal_command,
    portal_environment,
    portal_process,
    taken,
)
from tools.setup import ROOT, SetupError
from tools.train import train

_RESTART_AT_MOST = 5
#: Two people, because who looks after accounts does not read cases.
DEMO_EMPLOYEES = (
    ("demo", "Maja Demo", ("front_desk", "contact_person", "leader", "catalog_editor")),
    ("demoadmin", "Ola Demo", ("administrator", "privacy_officer")),
)


class Stopped(Exception):
    """Somebody pressed Ctrl-C or asked the process to end."""


def _stop(number: int, frame: FrameType | None) -> None:
    raise Stopped


def _port() -> int:
    given = os.environ.get("PORT") or "8000"
    if not given.isdigit() or not 0 < int(given) < 65536:
        raise SetupError(
            f"PORT is «{given}»; it must be a number from 1 to 65535, for example PORT=8001 make run"
        )
    return int(given)


def run() -> None:
    """Make what is missing, start, say where, and wait.

    Raises:
        SetupError: something is missing or taken; the message says what to do.
        Stopped: on Ctrl-C.
    """
    host, port = os.environ.get("HOST") or "127.0.0.1", _port()
    if taken(host, port):
        raise SetupError(
            f"Port {port} is taken by another program. Choose another one: PORT={port + 1} make run"
        )
    var = Path(os.environ.get("PORTAL_VAR_DIR") or ROOT / "var").resolve()
    train()
    log = var / "log"
    token = assistant_token(var / "keys")
    assistant = AssistantProcess(token, log / "assistant.log")
    env = portal_environment(var, host, port, assistant.url, token)
    portal = portal_process(host, port, env, log / "portal.log")
    print("Starting", flush=True)
    try:
        assistant.process.start()  # it takes longest, so it comes first
        portal_command(env, "keys", "create", "--if-missing")
        portal_command(env, "db", "upgrade")
        employees = {
            username: portal_command(
                env,
                "employee",
                "create",
                "--username",
                username,
                "--name",
                name,
                "--unit",
                "Familiens hus",
                *(word for role in roles for word in ("--role", role)),
                "--if-missing",
            )
            for username, name, roles in DEMO_EMPLOYEES
        }
        portal.start()
        address = f"http://{'localhost' if host == '127.0.0.1' else host}:{port}"
        until = time.monotonic() + 60
        while not answers(f"http://127.0.0.1:{port}/healthz"):
            if portal.pid is None or time.monotonic() > until:
                raise SetupError(f"The portal did not start. What it said last:\n{_tail(portal.log)}")
            time.sleep(0.2)
        assistant.await_ready()
        print(f"\n  For families and young people   {address}/")
        print(f"  For the front desk              {address}/staff/")
        for name in env["PORTAL_MUNICIPALITIES"].split()[1:]:
            print(f"  {f'Another municipality, {name}':<31} {address}/{name}/")
        for username, made in employees.items():
            if made:
                print(f"\n  Demo employee «{username}». {made}")
        if any(employees.values()):
            print("  The passwords are shown only now; you choose your own at the first login.")
        print(f"\n  Logs are in {log}. Ctrl-C ends everything.", flush=True)
        _watch(assistant, portal)
    except RuntimeError as error:
        raise SetupError(str(error)) from error
    finally:
        # a second Ctrl-C must not leave half of it running
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        portal.stop()
        assistant.process.stop()


def _watch(assistant: AssistantProcess, portal: Process) -> None:
    restarts = 0
    while True:
        time.sleep(1)
        if portal.pid is None:
            raise SetupError(f"The portal ended. What it said last:\n{_tail(portal.log)}")
        if assistant.process.pid is None:
            # the portal goes on without it, with topics to pick; it comes back by itself
            restarts += 1
            if restarts > _RESTART_AT_MOST:
                raise SetupError(
                    f"The assistant ended again and again. What it said last:\n{_tail(assistant.process.log)}"
                )
            print("  The assistant ended; starting it again", flush=True)
            time.sleep(2**restarts)
            assistant.process.start()


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-15:]) if log.is_file() else "(nothing)"


def main() -> int:
    """0 when ended by Ctrl-C, 1 with what to do otherwise."""
    signal.signal(signal.SIGINT, _stop)
    signal.signal(signal.SIGTERM, _stop)
    try:
        run()
    except Stopped:
        print("\nEnded.")
        return 0
    except SetupError as error:
        print(f"\n{error}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
