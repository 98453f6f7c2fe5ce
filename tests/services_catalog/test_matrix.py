"""The sector × level matrix: a cell is filled or says why not, and every national service stands in one."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

FOLDER = Path(__file__).resolve().parents[2] / "services_catalog"
MATRIX: dict[str, dict[str, list[str] | str]] = yaml.safe_load(
    (FOLDER / "matrix.yml").read_text(encoding="utf-8")
)
NATIONAL: dict[str, dict[str, Any]] = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8"))
    for path in sorted((FOLDER / "national").glob("*.yml"))
}
CELLS = [(sector, level) for sector, row in MATRIX.items() for level in row]

# Bodies that no citizen gets in touch with: the 0–24 programme's directorates and what lies between them and the services.
SYSTEM_BODIES = (
    "helsedirektoratet", "udir", "bufdir", "imdi_regionalt", "avdir", "politidirektoratet",
    "konfliktrad_sentralt", "hkdir", "helsetilsynet", "rhf", "statsforvalteren_helse",
    "statsforvalteren_utdanning", "statsforvalteren_vgo", "statsforvalteren_integrering",
    "statsforvalteren_barnevern", "statsforvalteren_sosial", "nav_fylke", "folkehelse_fylke",
    "integrering_fylke", "folkehelse_kommune", "politirad", "politikontakt", "slt", "ot_kommune",
    "samordning_kommune", "tverrfaglig_team", "bufetat", "barneverns_og_helsenemnda",
)  # fmt: skip

# The cells of the programme's own matrix, by what must stand in them.
OF_THE_PROGRAMME = {
    ("health", "state"): {"helsedirektoratet", "statsforvalteren_helse"},
    ("health", "county"): {"folkehelse_fylke", "tannhelse"},
    ("health", "municipality"): {"helsestasjon", "hfu", "skolehelse", "fastlege", "legevakt", "kompsyk"},
    ("specialist_health", "health_trust"): {"rhf", "bup", "habu", "overgrepsmottak"},
    ("kindergarten", "municipality"): {"barnehage"},
    ("kindergarten", "voluntary"): {"privat_barnehage"},
    ("school", "state"): {"udir", "statsforvalteren_utdanning"},
    ("school", "municipality"): {"skole", "sfo"},
    ("upper_secondary", "state"): {"statsforvalteren_vgo"},
    ("upper_secondary", "county"): {"videregaende_skole", "karrieresenter", "ot"},
    ("upper_secondary", "municipality"): {"ot_kommune"},
    ("educational_psychology", "county"): {"ppt_fylke"},
    ("educational_psychology", "municipality"): {"ppt"},
    ("educational_psychology", "state"): {"statped"},
    ("integration", "state"): {"imdi", "imdi_regionalt", "statsforvalteren_integrering"},
    ("integration", "municipality"): {"flyktning", "voksenopplaering"},
    ("child_family", "state"): {"bufdir", "bufetat", "familievern", "statsforvalteren_barnevern"},
    ("child_family", "municipality"): {"barnevern", "barnevernvakt", "krisesenter"},
    ("work_welfare", "state"): {"avdir", "nav_fylke", "statsforvalteren_sosial", "aap", "pleiepenger"},
    ("work_welfare", "municipality"): {"nav_kontor", "sosialhjelp", "ungdomsteam"},
    ("police", "state"): {"politidirektoratet", "politi", "politikontakt"},
    ("police", "municipality"): {"politirad", "slt"},
    ("mediation", "state"): {"konfliktrad_sentralt", "konfliktrad"},
    ("coordination", "municipality"): {
        "barnekoordinator", "koordinator", "koordinerende_enhet", "individuell_plan", "samordning_kommune"
    },
    ("coordination", "health_trust"): {"koordinerende_enhet_sykehus", "koordinator_sykehus"},
}  # fmt: skip


def listed() -> Iterator[tuple[str, str, str]]:
    for sector, level in CELLS:
        cell = MATRIX[sector][level]
        if isinstance(cell, list):
            for service_id in cell:
                yield sector, level, service_id


def test_follows_its_schema() -> None:
    schema = json.loads((FOLDER / "schema/matrix.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(MATRIX)


def test_has_every_sector_and_level_of_the_services() -> None:
    properties = json.loads((FOLDER / "schema/service.schema.json").read_text(encoding="utf-8"))["properties"]
    assert list(MATRIX) == properties["sector"]["enum"]
    for row in MATRIX.values():
        assert list(row) == properties["level"]["enum"]


@pytest.mark.parametrize(("sector", "level"), CELLS)
def test_a_cell_is_filled_or_says_in_one_sentence_why_not(sector: str, level: str) -> None:
    cell = MATRIX[sector][level]
    if isinstance(cell, list):
        assert cell == sorted(cell)
    else:
        assert cell.endswith(".")
        assert cell.count(". ") == 0


def test_services_stand_where_they_say_that_they_belong() -> None:
    for sector, level, service_id in listed():
        assert service_id in NATIONAL, f"{sector}.{level}: no national service is called {service_id}"
        data = NATIONAL[service_id]
        assert (data["sector"], data["level"]) == (sector, level), service_id


def test_every_national_service_stands_once() -> None:
    times = Counter(service_id for _, _, service_id in listed())
    assert {service_id for service_id, count in times.items() if count > 1} == set()
    assert set(NATIONAL) - set(times) == set()


@pytest.mark.parametrize(("sector", "level"), OF_THE_PROGRAMME)
def test_the_cells_of_the_programme_are_filled(sector: str, level: str) -> None:
    cell = MATRIX[sector][level]
    assert isinstance(cell, list)
    assert OF_THE_PROGRAMME[sector, level] - set(cell) == set()


@pytest.mark.parametrize("service_id", SYSTEM_BODIES)
def test_system_bodies_are_for_staff_only(service_id: str) -> None:
    assert NATIONAL[service_id]["audience"] == ["staff"]


def test_what_is_for_staff_is_never_a_first_answer_to_a_need() -> None:
    for service_id, data in NATIONAL.items():
        if data["audience"] == ["staff"]:
            assert data["self_contact_minimum_age"] is None, service_id
        else:
            # Staff see everything anyway: no entry mixes them with citizens.
            assert "staff" not in data["audience"], service_id


def test_every_sector_has_something_for_citizens_near_them() -> None:
    for sector, row in MATRIX.items():
        near = [
            service_id
            for level in ("municipality", "health_trust", "voluntary")
            for service_id in (row[level] if isinstance(row[level], list) else ())
            if NATIONAL[service_id]["audience"] != ["staff"]
        ]
        assert near, sector
