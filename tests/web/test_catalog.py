"""Reading the catalog: what it gives, and how it tells an editor what is wrong."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import pytest

from web.catalog import CatalogError, load

CATALOG = Path(__file__).resolve().parents[2] / "services_catalog"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy that a test may spoil."""
    copy = shutil.copytree(CATALOG, tmp_path / "catalog")
    # the entry that tests spoil, without the local one on top: each problem is then said once
    (copy / "municipalities/fjordvik/services/rph.yml").unlink()
    return copy


def problems(folder: Path, municipality: str = "fjordvik") -> list[str]:
    with pytest.raises(CatalogError) as caught:
        load(folder, municipality)
    return list(caught.value.problems)


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) >= 1, old
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def line_of(path: Path, text: str) -> int:
    lines = path.read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, start=1) if text in line)


def test_contract() -> None:
    catalog = load(CATALOG, "fjordvik")
    assert list(catalog.needs)[:2] == ["bullying", "school_absence"]
    assert catalog.needs["education_work_path"].name["nb"] == "Utdanning, lærlingplass og jobb"
    assert catalog.needs["bullying"].group == "school"
    assert catalog.contact_point.name == {"nb": "Familiens hus", "nn": "Familiehuset"}
    assert catalog.contact_point.promise_working_days == 1
    assert catalog.municipality.written_language == "nb"
    assert catalog.municipality.fictional
    assert catalog.services["ppt"].access.referral_from == ("skole", "barnehage", "helsestasjon")
    assert catalog.helplines["alarmtelefonen"].tel == "116111"
    # A directory may be told as text, too.
    assert list(load(str(CATALOG), "fjordvik").services) == list(catalog.services)


def test_what_is_read_does_not_change() -> None:
    service = load(CATALOG, "fjordvik").services["hfu"]
    with pytest.raises(dataclasses.FrozenInstanceError):
        service.level = "state"  # type: ignore[misc]  # that it is refused is the point


def test_a_municipality_changes_national_entries_by_id() -> None:
    catalog = load(CATALOG, "fjordvik")
    hfu = catalog.services["hfu"]
    assert hfu.local
    assert hfu.maximum_age == 24  # Fjordvik's own limit; the nation's is 20
    assert hfu.phones[0].number == "00 00 00 21"
    assert hfu.phones[0].tel == "00000021"
    assert hfu.description["nb"].startswith("Du kommer innom")  # the rest stays
    assert not catalog.services["bup"].local
    assert "factung" not in catalog.services  # switched off
    assert catalog.services["apent_hus"].local  # added


def test_merging_goes_into_mappings_and_replaces_lists(folder: Path) -> None:
    path = folder / "municipalities/fjordvik/services/rph.yml"
    path.write_text(
        "id: rph\nneeds: {secondary: [loneliness]}\nname: {nb: Rask hjelp}\n"
        "verified: false\nchecked_on: 2026-11-21\nsource: fictional\n",
        encoding="utf-8",
    )
    # A text must still be whole: one language alone is refused.
    assert problems(folder) == [
        "municipalities/fjordvik/services/rph.yml:3: name.nn: 'nn' is a required property"
    ]
    change(path, "name: {nb: Rask hjelp}", "name: {nb: Rask hjelp, nn: Rask hjelp}")
    rph = load(folder, "fjordvik").services["rph"]
    assert rph.secondary == ("loneliness",)
    assert "anxiety" in rph.primary
    assert rph.name["nn"] == "Rask hjelp"


def test_alternate_ids_lead_to_the_service() -> None:
    catalog = load(CATALOG, "fjordvik")
    assert catalog.service("koord") is catalog.services["koordinator"]
    assert catalog.service("koordinator") is catalog.services["koordinator"]
    assert catalog.service("nothing") is None


def test_a_missing_field_names_file_line_and_field(folder: Path) -> None:
    change(folder / "national/rph.yml", "urgent: false\n", "")
    assert problems(folder) == ["national/rph.yml:1: urgent: 'urgent' is a required property"]


def test_a_wrong_value_names_its_line(folder: Path) -> None:
    path = folder / "national/rph.yml"
    change(path, "level: municipality", "level: village")
    (problem,) = problems(folder)
    assert problem.startswith(
        f"national/rph.yml:{line_of(path, 'level: village')}: level: 'village' is not one of"
    )


def test_a_missing_language_names_the_text(folder: Path) -> None:
    path = folder / "national/rph.yml"
    change(path, "fees: {nb: Gratis., nn: Det kostar ingenting.}", "fees: {nb: Gratis.}")
    assert problems(folder) == [
        f"national/rph.yml:{line_of(path, 'fees:')}: fees.nn: 'nn' is a required property"
    ]


def test_a_comma_that_cuts_a_text_in_two_is_found(folder: Path) -> None:
    change(folder / "needs.yml", 'plain: {nb: "søvnproblemer"', "plain: {nb: søvn, mareritt")
    assert any("plain.mareritt" in problem for problem in problems(folder))


def test_a_wrong_date_is_found(folder: Path) -> None:
    change(folder / "national/rph.yml", "checked_on: 2026-11-21", "checked_on: 2026-13-41")
    (problem,) = problems(folder)
    assert "checked_on: '2026-13-41' is not a 'date'" in problem


def test_a_key_that_stands_twice_is_found(folder: Path) -> None:
    path = folder / "national/rph.yml"
    path.write_text(path.read_text(encoding="utf-8") + "urgent: true\n", encoding="utf-8")
    last = len(path.read_text(encoding="utf-8").splitlines())
    assert problems(folder) == [f"national/rph.yml:{last}: urgent: stands twice"]


def test_text_that_is_no_yaml_names_the_line(folder: Path) -> None:
    path = folder / "national/rph.yml"
    path.write_text("id: rph\nname: {nb: [\n", encoding="utf-8")
    assert problems(folder)[0].startswith("national/rph.yml:3: (file): not valid YAML")


def test_needs_and_services_that_do_not_exist_are_found(folder: Path) -> None:
    change(folder / "national/rph.yml", "primary: [anxiety,", "primary: [anxeity,")
    change(folder / "matching.yml", "never_first: [bup,", "never_first: [bupp,")
    change(folder / "national/bup.yml", "referral_from: [fastlege,", "referral_from: [fastelge,")
    found = "\n".join(problems(folder))
    assert "national/rph.yml" in found
    assert "needs.primary[0]: anxeity is not in needs.yml" in found
    assert "never_first[0]: no service is called bupp" in found
    assert "access.referral_from[0]: no service is called fastelge" in found


def test_all_problems_come_at_once(folder: Path) -> None:
    for name in ("rph", "bup", "ot"):
        change(folder / f"national/{name}.yml", "level: ", "level: x")
    found = "\n".join(problems(folder))
    assert all(f"national/{name}.yml" in found for name in ("rph", "bup", "ot"))


def test_the_id_is_the_name_of_the_file(folder: Path) -> None:
    (folder / "national/rph.yml").rename(folder / "national/quick.yml")
    change(folder / "matching.yml", "[rph,", "[quick,")
    assert any(
        problem.startswith("national/quick.yml:1: id: must be the name") for problem in problems(folder)
    )


def test_two_services_cannot_share_an_alternate_id(folder: Path) -> None:
    change(folder / "national/ppt.yml", "name:", "alternate_ids: [koord]\nname:")
    assert any("koord is another service too" in problem for problem in problems(folder))


def test_a_municipality_has_exactly_one_contact_point(folder: Path) -> None:
    path = folder / "municipalities/fjordvik/municipality.yml"
    change(path, "contact_point:", "kontaktpunkt:")
    found = problems(folder)
    assert any("contact_point: 'contact_point' is a required property" in problem for problem in found)
    assert any("kontaktpunkt" in problem for problem in found)


def test_an_emergency_number_can_be_changed_by_nobody(folder: Path) -> None:
    path = folder / "municipalities/fjordvik/municipality.yml"
    change(path, "helplines:\n", 'helplines:\n  - {id: "113", status: inactive}\n')
    found = problems(folder)
    assert found == [
        f"municipalities/fjordvik/municipality.yml:{line_of(path, 'status: inactive')}: "
        "helplines[0].id: an emergency number cannot be changed"
    ]


def test_a_municipality_may_switch_another_line_off(folder: Path) -> None:
    path = folder / "municipalities/fjordvik/municipality.yml"
    change(path, "helplines:\n", "helplines:\n  - {id: foreldresupport, status: inactive}\n")
    assert "foreldresupport" not in load(folder, "fjordvik").helplines


def test_rules_may_name_a_national_service_that_is_switched_off(folder: Path) -> None:
    path = folder / "municipalities/fjordvik/services/hfu.yml"
    path.write_text(
        "id: hfu\nstatus: inactive\nverified: false\nchecked_on: 2026-11-21\nsource: fictional\n",
        encoding="utf-8",
    )
    assert "hfu" not in load(folder, "fjordvik").services


def test_an_unknown_municipality_is_a_clear_error(folder: Path) -> None:
    assert problems(folder, "nowhere")[0].startswith(
        "municipalities/nowhere/municipality.yml:1: (file): cannot be"
    )
    assert problems(folder, "../../etc") == ["municipalities/../../etc: (file): not a folder name"]
