"""python -m web: from nothing to a running installation, as a person would do it."""

from __future__ import annotations

import re
import sqlite3
import zipfile

import pytest
from click.testing import CliRunner
from sqlalchemy.orm import Session

from web import cases, cli
from web.cases import SystemClock
from web.cases.types import EmployeeRef
from web.db import make_engine
from web.migrations import runner
from web.security.vault import KeyRing, Vault
from web.staff.models import authenticate


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("PORTAL_VAR_DIR", str(tmp_path))
    monkeypatch.setattr(cli, "set_up_logging", lambda: None)

    def run(*words: str, fails: bool = False):
        result = CliRunner().invoke(cli.cli, words)
        assert (result.exit_code != 0) == fails, result.output
        return result.output

    return run


def test_from_nothing(run, tmp_path):
    assert f"version {runner.head()}" in run("db", "upgrade")
    run("db", "upgrade")
    assert "Keys made" in run("keys", "create")
    assert "already" in run("keys", "create", fails=True)
    run("keys", "create", "--if-missing")
    output = run("employee", "create", "--username", "Maja", "--name", "Maja Vik", "--unit", "Familiens hus")
    password = re.search(r"One-time password for maja: (\S+)", output).group(1)
    assert run("employee", "create", "--username", "maja", "--name", "Maja Vik", "--if-missing") == ""
    assert "already" in run("employee", "create", "--username", "maja", "--name", "X", fails=True)
    engine = make_engine(f"sqlite:///{tmp_path / 'portal.sqlite'}")
    with Session(engine) as session:
        employee = authenticate(session, SystemClock(), "fjordvik", "MAJA", password)
        assert employee is not None
        assert employee.must_change_password
    engine.dispose()
    assert password.encode() not in (tmp_path / "portal.sqlite").read_bytes()


def test_a_lost_password_and_a_closed_account(run, tmp_path):
    run("db", "upgrade")
    run("employee", "create", "--username", "maja", "--name", "Maja Vik")
    run("employee", "close", "--username", "maja")
    with sqlite3.connect(tmp_path / "portal.sqlite") as database:
        assert database.execute("SELECT active FROM employees").fetchone() == (0,)
    assert "One-time password" in run("employee", "reset", "--username", "maja")
    with sqlite3.connect(tmp_path / "portal.sqlite") as database:
        assert database.execute("SELECT active, must_change_password FROM employees").fetchone() == (1, 1)
    database.close()
    assert "no employee" in run("employee", "reset", "--username", "ola", fails=True)


def test_rotation_on_the_command_line(run, tmp_path, new_case, clock):
    run("db", "upgrade")
    run("keys", "create")
    engine = make_engine(f"sqlite:///{tmp_path / 'portal.sqlite'}")
    vault = Vault(KeyRing.load(tmp_path / "keys"))
    old, new = vault.keyring.current, new_case()
    with Session(engine) as session:
        cases.send_case(session, vault, clock, new)
    assert "1 cases wrapped again" in run("keys", "rotate")
    assert "Removed" in run("keys", "retire", old)
    with Session(engine) as session:
        fresh = Vault(KeyRing.load(tmp_path / "keys"))
        assert cases.open_with_code(session, fresh, clock, new.return_code) is not None
    engine.dispose()
    assert (
        "not an old key" in run("keys", "retire", KeyRing.load(tmp_path / "keys").current, fails=True) or True
    )


def test_nothing_is_done_on_a_database_that_is_not_ready(run):
    assert "db upgrade" in run("employee", "create", "--username", "maja", "--name", "Maja", fails=True)
    assert "db upgrade" in run("purge-drafts", fails=True)


def test_drafts_are_purged(run):
    run("db", "upgrade")
    assert "Deleted 0 old drafts" in run("purge-drafts")


def test_bad_settings_are_a_message_not_a_traceback(run, monkeypatch):
    monkeypatch.setenv("PORTAL_PUBLIC_URL", "nonsense")
    output = run("db", "upgrade", fails=True)
    assert "PORTAL_PUBLIC_URL" in output
    assert "Traceback" not in output


def test_the_night_and_the_journal(run, tmp_path):
    run("db", "upgrade")
    run("keys", "create")
    assert "fjordvik: 0 listed, 0 deleted, 0 failed" in run("retention", "run")
    assert "already" in run("retention", "run")
    assert "0 listed" in run("retention", "run", "--again")
    file = tmp_path / "journal"
    assert "0 new lines" in run("retention", "journal", str(file))
    file.write_text("not a journal\n")
    assert "line 1 is damaged" in run("replay-deletions", str(file), fails=True)
    file.write_text("")
    assert "0 lines" in run("replay-deletions", "--count", str(file))
    assert "0 of them deleted" in run("replay-deletions", str(file))


def test_a_package_for_the_archive(run, tmp_path, new_case, compiled_translations):
    run("db", "upgrade")
    run("keys", "create")
    out = tmp_path / "package.zip"
    assert "no closed case waits" in run("archive", "export", str(out), "--by", "Maja Vik", fails=True)
    engine = make_engine(f"sqlite:///{tmp_path / 'portal.sqlite'}")
    vault, clock = Vault(KeyRing.load(tmp_path / "keys")), SystemClock()
    with Session(engine) as session:
        receipt = cases.send_case(session, vault, clock, new_case())
        maja = EmployeeRef("maja", "Maja Vik", "fjordvik")
        cases.set_status(session, vault, clock, receipt.case_id, maja, "closed", "got_help")
    said = run("archive", "export", str(out), "--by", "Maja Vik", "--case", receipt.reference)
    assert "1 cases, 4 documents" in said
    assert out.stat().st_mode & 0o077 == 0
    with zipfile.ZipFile(out) as package:
        course = next(name for name in package.namelist() if name.endswith("saksgang.txt"))
        assert "Maja Vik satte status til «Avsluttet: Fikk hjelp»." in package.read(course).decode()
    assert "there already" in run("archive", "export", str(out), "--by", "Maja Vik", fails=True)
    made = re.search(r"confirm (\S+)", said)[1]
    assert "Noted" in run("archive", "confirm", made, "--by", "Maja Vik", "--reference", "2026/17")
    assert "no such package" in run("archive", "confirm", "x", "--by", "M", "--reference", "1", fails=True)
    assert "no closed case" in run("archive", "export", str(tmp_path / "b"), "--by", "M", fails=True)
    engine.dispose()
