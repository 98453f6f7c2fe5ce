"""`make municipality`: questions in, a municipality that can be served out."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tools.new_municipality import _ASKED, main
from web.catalog import load
from web.matching import Query, match

CATALOG = Path(__file__).resolve().parents[2] / "services_catalog"
DOOR = [
    "Lillevik kommune",
    "Familiehuset",
    "12 34 56 78",
    "Storgata 1",
    "1234",
    "Lillevik",
    "8",
    "15.30",
    "2",
    "30",
    "87 65 43 21",
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(CATALOG, tmp_path / "catalog")
    return tmp_path / "catalog"


def make(folder: Path, *lines: str, name: str = "lillevik") -> Result:
    return CliRunner().invoke(main, [name, "--directory", str(folder)], input="\n".join(lines) + "\n")


def everything_but(missing: str) -> list[str]:
    """Answers about the services: all there, one missing, numbers given."""
    return [
        line for i in _ASKED for line in (["n"] if i == missing else ["j", "11 22 33 44", "Hverdager 9–15"])
    ]


def test_a_municipality_is_made_and_loads(folder):
    result = make(folder, "nb", *DOOR, *everything_but("hfu"))
    assert result.exit_code == 0, result.output
    catalog = load(folder, "lillevik")
    assert catalog.contact_point.number == "12 34 56 78"
    assert catalog.contact_point.promise_working_days == 2
    assert catalog.contact_point.hours_text == {"nb": "Hverdager 8–15.30.", "nn": "Kvardagar 8–15.30."}
    assert catalog.services["ppt"].phones[0].number == "11 22 33 44"
    assert catalog.services["barnevernvakt"].phones[0].number == "87 65 43 21"
    assert not catalog.municipality.fictional
    found = match(catalog, Query(needs=(("sexual_health", 0.9),), writer="youth", age=16))
    assert [gap.service_id for gap in found.not_here] == ["hfu"]
    assert {s.service.id for s in found.services} & {"skolehelse", "fastlege"}


def test_what_is_kept_how_long_is_there_to_decide_on(folder):
    """The file is made with what was answered, says how to decide, and pretends no decision."""
    make(folder, "nb", *DOOR, *everything_but("hfu"))
    made = load(folder, "lillevik").retention
    proposed = load(folder, "fjordvik").retention
    assert made.backup_days == 30
    assert made.decision is None
    assert made.entries == proposed.entries
    path = folder / "municipalities/lillevik/retention.yml"
    commented = path.read_text(encoding="utf-8")
    example = commented[commented.index("# entries:") : commented.index("\ndecision:")]
    entries = [line.removeprefix("# ") for line in example.splitlines()]
    path.write_text("\n".join(["decision: 12/26", *entries]), encoding="utf-8")
    followed = load(folder, "lillevik").retention
    assert followed.days("case_archived") == 365
    assert followed.entries["case_inquiry"].local


def test_in_nynorsk_and_with_a_neighbour(folder):
    services = [
        line for i in _ASKED for line in (["nabo", "Storvik", "", ""] if i == "ppt" else ["j", "", ""])
    ]
    result = make(folder, "nn", *DOOR, *services)
    assert result.exit_code == 0, result.output
    assert "Kva heiter kommunen?" in result.output
    catalog = load(folder, "lillevik")
    assert catalog.municipality.written_language == "nn"
    assert catalog.services["ppt"].nearness == "neighbour"
    assert catalog.services["ppt"].responsible_unit["nn"] == "Storvik"


def test_what_cannot_be_used_is_asked_again(folder):
    door = [*DOOR]
    door[2:3] = ["ring oss", "12 34 56 78"]
    door[7:8] = ["klokka åtte", "8"]
    result = make(folder, "nb", *door, *everything_but("rph"))
    assert result.exit_code == 0, result.output
    assert "Skriv et telefonnummer med tall" in result.output
    assert "Skriv et klokkeslett" in result.output


def test_every_service_can_be_missing(folder):
    result = make(folder, "nb", *DOOR, *["n" for _ in _ASKED])
    assert result.exit_code == 0, result.output
    catalog = load(folder, "lillevik")
    for age in (9, 15, 17, 22):
        for need in catalog.needs:
            assert match(catalog, Query(needs=((need, 0.9),), age=age, writer="youth")).services, (need, age)


def test_a_name_that_is_taken_or_no_folder_is_refused(folder):
    assert "is there already" in make(folder, name="fjordvik").output
    assert "folder" in make(folder, name="Lille Vik").output
    assert "folder" in make(folder, name="../x").output
