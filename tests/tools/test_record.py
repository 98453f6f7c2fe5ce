"""What the pages for municipalities say agrees with the code and the data, and every table is accounted for."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import timedelta

import pytest

import web.cases.learning_models
import web.cases.package_models
import web.citizen.drafts
import web.corrections
import web.staff.factors
import web.staff.models
import web.statistics.models  # noqa: F401 - so that every table is known
from tools import record
from tools.setup import ROOT
from web.catalog import load
from web.db import Base
from web.staff.rights import MATRIX, RIGHTS, ROLES

PAGES = ROOT / "docs" / "kommune"


@pytest.fixture(scope="module")
def retention():
    return load(ROOT / "services_catalog", "fjordvik").retention


def test_the_roles_on_the_page_are_those_in_the_code():
    lines = [line for line in (PAGES / "roller.md").read_text("utf-8").splitlines() if line.startswith("|")]
    header = next(line for line in lines if line.startswith("| rett |"))
    roles = [cell.strip() for cell in header.strip("|").split("|")][2:]
    assert roles == list(ROLES)
    said = {}
    for line in lines:
        found = re.match(r"\| `(\w+)` \|", line)
        if found:
            marks = [cell.strip() for cell in line.strip("|").split("|")][2:]
            said[found[1]] = {role for role, mark in zip(roles, marks, strict=True) if mark == "x"}
    assert said == {right: {role for role in ROLES if right in MATRIX[role]} for right in RIGHTS}
    for role in ROLES:
        assert f"(`{role}`)" in (PAGES / "roller.md").read_text("utf-8")


def test_the_record_on_the_page_is_the_data(retention):
    page = record.FILE.read_text("utf-8")
    assert record.written(page, retention) == page, "run make record"
    with pytest.raises(ValueError, match="needs"):
        record.written("no place", retention)


def test_the_tool_says_a_municipalitys_own_decisions():
    done = subprocess.run(
        [sys.executable, "-m", "tools.record", "lauvdal"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "| 60 dager |" in done.stdout
    assert "| kommunen |" in done.stdout
    assert record.main(["nowhere"]) == 1


def test_every_table_is_in_the_record_or_goes_with_a_case(retention):
    named = {table for entry in retention.entries.values() for table in entry.tables}
    assert named <= set(Base.metadata.tables)

    def goes_with_a_case(name: str) -> bool:
        keys = Base.metadata.tables[name].foreign_keys
        return any(
            key.column.table.name == "cases" or goes_with_a_case(key.column.table.name)
            for key in keys
            if key.column.table.name != name and key.ondelete == "CASCADE"
        )

    missing = {t for t in Base.metadata.tables if t not in named and not goes_with_a_case(t)}
    assert not missing, f"say in services_catalog/retention.yml how long these are kept: {sorted(missing)}"


def test_what_the_record_says_is_what_the_code_does(retention):
    from web.cases.afterwards import rules
    from web.cases.queueing import PRESENCE
    from web.cases.recordings import UPLOAD_AGE
    from web.cases.retention import KEEP_RUNS
    from web.citizen.drafts import MAX_AGE, SHARED_IDLE

    kept = {entry.id: entry.keep for entry in retention.entries.values()}
    assert kept["draft"] == MAX_AGE
    assert kept["upload"] == UPLOAD_AGE
    assert kept["presence"] == PRESENCE
    assert kept["notice"] == rules().give_up_after
    assert kept["night_run"] == KEEP_RUNS
    assert timedelta(minutes=10) == SHARED_IDLE  # «etter 10 minutter uten bruk»
    assert "10 minutter" in retention.entries["draft"].how["nb"]


@pytest.mark.parametrize("page", sorted(PAGES.rglob("*.md")), ids=lambda page: page.name)
def test_links_and_commands_of_the_pages_hold(page):
    text = page.read_text("utf-8")
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
        if not target.startswith(("http", "mailto")):
            assert (page.parent / target).exists(), target
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z-]+)", text)) <= targets
    from web.cli import cli

    for words in re.findall(r"python -m web ([a-z-]+(?: [a-z-]+)?)", text):
        group, _, command = words.partition(" ")
        assert group in cli.commands, words
        inner = getattr(cli.commands[group], "commands", None)
        assert inner is None or command in inner, words
