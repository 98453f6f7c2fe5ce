"""`make check-catalog`: clean as it stands; what is wrong, missing or stale is said."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest
import yaml

from tools.check_catalog import main, stale
from web.catalog import load

CATALOG = Path(__file__).resolve().parents[2] / "services_catalog"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(CATALOG, tmp_path / "catalog")
    return tmp_path / "catalog"


def run(folder: Path, *arguments: str) -> int:
    return main([*arguments, "--directory", str(folder)])


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_nothing_is_wrong(capsys):
    assert main([]) == 0
    said = capsys.readouterr().out
    assert "by level: municipality" in said
    assert "Wrong" not in said


def test_a_contradiction_is_found(folder, capsys):
    change(
        folder / "national/hfu.yml",
        "{ways: [drop_in, phone], direct: true}",
        "{ways: [drop_in, phone], direct: false}",
    )
    assert run(folder, "fjordvik") == 1
    assert "service hfu: neither direct nor by application or referral" in capsys.readouterr().out


def test_a_broken_file_names_its_line(folder, capsys):
    change(folder / "national/hfu.yml", "minimum_age: 13", "minimum_age: tretten")
    assert run(folder, "fjordvik") == 1
    assert "national/hfu.yml:" in capsys.readouterr().out


def test_what_is_missing_is_wrong_only_when_strict(folder, capsys):
    path = folder / "municipalities/fjordvik/services/hfu.yml"
    entry = yaml.safe_load(path.read_text(encoding="utf-8"))
    for key in ("phones", "locations", "email", "url"):
        entry.pop(key, None)
    entry["checked_on"] = str(entry["checked_on"])
    path.write_text(yaml.safe_dump(entry, allow_unicode=True), encoding="utf-8")
    assert run(folder, "fjordvik") == 0
    assert "service hfu: no phone, address or web page here" in capsys.readouterr().out
    assert run(folder, "fjordvik", "--strict") == 1


def test_what_is_stale_is_said_with_its_day():
    catalog = load(CATALOG, "fjordvik")
    late = stale(catalog, date(2028, 1, 1))
    assert any("numbers checked" in line for line in late)
    assert stale(catalog, catalog.municipality.checked_on) == []
