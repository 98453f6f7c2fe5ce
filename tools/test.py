"""Run every check, and install what they need on Debian and Ubuntu. `make test` sets up first, then calls this."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tools.setup import BOT, PORTAL, ROOT, SetupError, step
from tools.train import train

# program -> Debian package; Chromium for the journeys, Java for the HTML validator
NEEDED = {"chromium": "chromium", "java": "default-jre-headless"}
# The same for what can be done without: a test then says that it was skipped. Norwegian dictionaries for the spelling.
# PostgreSQL and Redis are not among them: both start by themselves on a machine they are installed on. Their tests are skipped.
WANTED = {"nb_NO.dic": "hunspell hunspell-no", "nn_NO.dic": "hunspell hunspell-no"}
DICTIONARIES = (Path("/usr/share/hunspell"), Path("/usr/share/myspell/dicts"), Path("/Library/Spelling"))
_PYTEST = ["-m", "pytest", "-q"]

Check = tuple[str, list[str]]
_PORTAL, _BOT = str(PORTAL / "bin" / "python"), str(BOT / "bin" / "python")
#: Lanes that run beside each other, each its checks one after another: half the time on a machine with two cores.
LANES: tuple[tuple[Check, ...], ...] = (
    (
        ("style", [_PORTAL, "-m", "ruff", "check", "."]),
        ("types", [_PORTAL, "-m", "mypy"]),
        ("portal", [_PORTAL, *_PYTEST, "tests/web", "--ignore", "tests/web/staff"]),
    ),
    (
        # Rasa and what it stands on warn of their own age
        ("assistant", [_BOT, *_PYTEST, "-W", "ignore", "tests/bot"]),
        (
            "catalog, rules, tools",
            [_PORTAL, *_PYTEST, "tests/services_catalog", "tests/rules", "tests/tools"],
        ),
        ("front desk", [_PORTAL, *_PYTEST, "tests/web/staff"]),
    ),
)
#: Alone, because a browser waits for what it sees.
LAST: tuple[Check, ...] = (("browser", [_PORTAL, *_PYTEST, "tests/browser"]),)


def install_missing() -> None:
    """Install the programs that tests need and the machine lacks.

    Raises: SetupError that says what to install when this is not a Debian machine or the rights are missing.
    """
    missing = [
        package for program, package in NEEDED.items() if not (shutil.which(program) or _other_name(program))
    ]
    wanted = sorted({one for name, packages in WANTED.items() if not _has(name) for one in packages.split()})
    if not missing and not wanted:
        return
    prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if not shutil.which("apt-get") or (prefix and not shutil.which("sudo")):
        if not missing:
            print(
                f"\n{' and '.join(wanted)} cannot be installed here: the spelling is not checked.",
                file=sys.stderr,
            )
            return
        raise SetupError(
            f"The tests need {' and '.join(missing)}: install with your system's package manager, then run again."
        )
    step("package lists", [*prefix, "apt-get", "update", "-q"])
    install = [*prefix, "apt-get", "install", "-y", "-q", "--no-install-recommends"]
    if missing:
        step(f"install {', '.join(missing)}", [*install, *missing])
    if wanted:
        try:
            step(f"install {', '.join(wanted)}", [*install, *wanted])
        except SetupError as error:
            print(f"\n{error}\nThe spelling is not checked.", file=sys.stderr)


def _has(dictionary: str) -> bool:
    return bool(shutil.which("hunspell")) and any((folder / dictionary).exists() for folder in DICTIONARIES)


def _other_name(program: str) -> bool:
    return program == "chromium" and any(shutil.which(name) for name in ("chromium-browser", "google-chrome"))


def main() -> int:
    """0 when every check passed; every check is run in any case."""
    try:
        install_missing()
        train()
    except SetupError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    # a plain environment: settings of a portal that runs here must not leak into its tests
    env = {
        name: value for name, value in os.environ.items() if not name.startswith(("PORTAL_", "ASSISTANT_"))
    }
    env |= {
        "PYTHONPATH": str(ROOT),
        "RASA_TELEMETRY_ENABLED": "false",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "PYTHONUTF8": "1",
    }
    started = time.monotonic()
    with ThreadPoolExecutor(len(LANES)) as pool:
        results = [one for lane in pool.map(lambda lane: run(lane, env), LANES) for one in lane]
    results += run(LAST, env)
    failed = [name for name, passed in results if not passed]
    print(
        f"\n{len(results) - len(failed)} passed, {len(failed)} failed"
        + (f": {', '.join(failed)}" if failed else "")
        + f", {time.monotonic() - started:.0f} s",
        flush=True,
    )
    return 1 if failed else 0


def run(checks: Iterable[Check], env: Mapping[str, str]) -> list[tuple[str, bool]]:
    """Run checks one after another: name and whether it passed. Output is printed when a check ends, so that lanes do not mix."""
    results = []
    for name, command in checks:
        print(f"-- {name} …", flush=True)
        started = time.monotonic()
        done = subprocess.run(
            command, cwd=ROOT, env=env, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        passed = done.returncode == 0
        print(
            f"\n== {name}\n{done.stdout.decode('utf-8', 'replace')}"
            f"== {name}: {'passed' if passed else 'FAILED'} in {time.monotonic() - started:.0f} s",
            flush=True,
        )
        results.append((name, passed))
    return results


if __name__ == "__main__":
    sys.exit(main())
