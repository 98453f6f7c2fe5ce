"""`make understand`, as other programs call it, with the real assistant."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from tools.setup import ROOT
from web.catalog import load

LINES = [
    {"id": "a", "text": "Jeg blir mobbet på skolen og får ikke sove om natta", "writer": "youth", "age": 14},
    {"text": "Eg har teke ei heil eske tablettar og angrar"},
    "{broken",
    {"id": "c"},
    {"id": "d", "text": "hei", "age": "fjorten"},
    {"id": "e", "text": "Når tømmer dere søppelet på Nesodden?"},
]


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    file = tmp_path_factory.mktemp("texts") / "texts.jsonl"
    file.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in LINES) + "\n\n")
    result = subprocess.run(
        [sys.executable, "-m", "tools.understand", str(file)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_one_line_of_json_per_line_and_nothing_else(output: list[dict[str, Any]]) -> None:
    assert len(output) == len(LINES)
    assert [line.get("id") for line in output] == ["a", 2, None, None, None, "e"]


def test_broken_lines_are_named_and_do_not_stop_the_rest(output: list[dict[str, Any]]) -> None:
    assert [line["line"] for line in output if "error" in line] == [3, 4, 5]


def test_needs_danger_services_and_contact_point(output: list[dict[str, Any]]) -> None:
    first, second = output[0], output[1]
    assert first["language"] == "nb"
    assert second["language"] == "nn"
    assert first["intent"] == "tell"
    assert {need["id"] for need in first["needs"]} & {"bullying", "sleep"}
    for need in first["needs"]:
        assert 0 < need["confidence"] <= 1
        assert all(0 <= start < end <= len(LINES[0]["text"]) for start, end in need["evidence"])
    assert not first["acute"]["flag"]
    assert second["acute"]["flag"]
    assert "poisoning" in second["acute"]["kinds"]
    catalog = load(ROOT / "services_catalog", "fjordvik")
    assert 1 <= len(first["services"]) <= 5
    for service in first["services"]:
        assert service["id"] in catalog.services
        assert set(service["because"]) <= {need["id"] for need in first["needs"]}
    assert first["contact_point"] == catalog.contact_point.id


def test_a_file_that_is_not_there() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "tools.understand", "nowhere.jsonl"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 1
    assert result.stdout == ""
    assert "no such file" in result.stderr
