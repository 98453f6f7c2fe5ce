"""Set-up finds its Pythons, and says what to do when it does not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools import setup
from tools.setup import SetupError, digest, find_python, step


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine without any other Python than the one that runs here."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    return tmp_path


def script(file: Path, version: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!{sys.executable}\nprint('{version}')\n")
    file.chmod(0o755)


def test_a_missing_python_says_what_to_do(nowhere: Path) -> None:
    with pytest.raises(SetupError) as error:
        find_python("The assistant", ((3, 10), (3, 11)))
    assert "pyenv install 3.10" in str(error.value)
    assert "uv python install 3.10" in str(error.value)


def test_python_is_found_on_path_in_pyenv_and_in_uv(nowhere: Path) -> None:
    in_pyenv = nowhere / "pyenv" / "versions" / "3.10.99" / "bin" / "python"
    script(in_pyenv, "3 10")
    assert find_python("x", ((3, 10), (3, 11))) == str(in_pyenv)
    script(nowhere / "python3.10", "3 10")
    assert find_python("x", ((3, 10), (3, 11))) == str(nowhere / "python3.10")
    uv = nowhere / "uv"
    uv.write_text("#!/bin/sh\necho /somewhere/python3.9\n")
    uv.chmod(0o755)
    assert find_python("x", ((3, 9), (3, 10))) == "/somewhere/python3.9"


def test_a_python_that_lies_about_its_version_is_not_taken(nowhere: Path) -> None:
    script(nowhere / "python3.10", "3 12")
    with pytest.raises(SetupError):
        find_python("x", ((3, 10), (3, 11)))


def test_a_step_is_left_out_when_nothing_changed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(setup, "STAMPS", tmp_path / "stamps")
    command = [sys.executable, "-c", "pass"]
    assert step("one", command, ("one", "a"))
    assert not step("one", command, ("one", "a"))
    assert step("one", command, ("one", "b"))


def test_a_step_that_fails_shows_what_it_said_and_leaves_no_stamp(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(setup, "STAMPS", tmp_path / "stamps")
    with pytest.raises(SetupError, match="because of the moon"):
        step("one", [sys.executable, "-c", "raise SystemExit('because of the moon')"], ("one", "a"))
    assert not (tmp_path / "stamps" / "one").exists()


def test_the_hash_sees_names_and_contents() -> None:
    files = [setup.ROOT / "Makefile", setup.ROOT / "Procfile"]
    assert digest(files) == digest(reversed(files))
    assert digest(files) != digest(files[:1])


def test_a_taken_port_is_a_clear_message(tmp_path: Path) -> None:
    import socket

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        result = subprocess.run(
            [sys.executable, "-m", "tools.run"],
            cwd=setup.ROOT,
            env={**os.environ, "PORT": str(port), "PORTAL_VAR_DIR": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert result.returncode == 1
    assert f"Port {port} is taken" in result.stderr
    assert f"PORT={port + 1} make run" in result.stderr


def test_a_port_that_is_no_number(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "tools.run"],
        cwd=setup.ROOT,
        env={**os.environ, "PORT": "åtte", "PORTAL_VAR_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 1
    assert "must be a number" in result.stderr
