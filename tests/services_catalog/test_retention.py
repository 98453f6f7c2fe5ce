"""retention.yml: what may not be written there, what a municipality may decide, and what `make check-catalog` says."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import pytest
import yaml

from tools.check_catalog import undecided
from web.catalog import CatalogError, load
from web.catalog.retention import CASE_RULES, contradictions

SOURCE = Path(__file__).parents[2] / "services_catalog"


@pytest.fixture
def data():
    return yaml.safe_load((SOURCE / "retention.yml").read_text("utf-8"))


def test_the_proposal_of_the_project_is_what_was_agreed():
    kept = load(SOURCE, "fjordvik").retention
    assert kept.days("case_open") is None
    assert kept.days("case_inquiry") == 90
    assert kept.days("case_followed") is None
    assert kept.days("case_archived") is None
    assert kept.warn_days == 14
    assert kept.decision is None


def test_no_law_is_called_checked_that_nobody_has_read():
    kept = load(SOURCE, "fjordvik").retention
    assert not any(law.verified for entry in kept.entries.values() for law in entry.legal)
    assert not any(ground.verified for ground in kept.grounds.values())
    assert not kept.shielding.verified


@pytest.mark.parametrize("entry", CASE_RULES)
def test_the_night_needs_its_rules(data, entry):
    data["entries"] = [one for one in data["entries"] if one["id"] != entry]
    assert f"entries: {entry} is missing" in contradictions(data, {})


def test_open_and_helped_cases_never_go_by_time(data):
    for entry in data["entries"]:
        if entry["id"] in ("case_open", "case_followed"):
            entry["keep"] = {"days": 10}
    assert len([line for line in contradictions(data, {}) if "never deleted by time" in line]) == 2


OWN = {"source": "x", "verified": False, "checked_on": "2026-11-22"}


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ({"entries": {"nothing": {"days": 3, **OWN}}}, "no such entry"),
        ({"entries": {"draft": {"days": 3, **OWN}}}, "not the municipality's to decide"),
        ({"entries": {"case_followed": {"days": 3, **OWN}}}, "never deleted by time"),
        ({"entries": {"case_inquiry": {"days": None, **OWN}}}, "needs days"),
        ({"entries": {"case_inquiry": {"days": 10, **OWN}}}, "longer than an inquiry is kept"),
    ],
)
def test_what_a_municipality_may_not_decide(data, own, said):
    assert any(said in line for line in contradictions(data, own))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("settings: {warn_days: 14}\n", "decision"),
        ("decision: null\nsettings: {warn_days: 2}\n", "warn_days"),
        ("decision: null\nentries: {case_inquiry: {days: 60}}\n", "source"),
        ("decision: null\nsettings: {archive_bound_when: []}\n", "archive_bound_when"),
    ],
)
def test_a_municipalitys_file_is_checked_with_its_place(tmp_path, text, said):
    shutil.copytree(SOURCE, tmp_path / "catalog")
    (tmp_path / "catalog/municipalities/granlia/retention.yml").write_text(text)
    with pytest.raises(CatalogError) as error:
        load(tmp_path / "catalog", "granlia")
    assert any(line.startswith("municipalities/granlia/retention.yml:") for line in error.value.problems)
    assert any(said in line for line in error.value.problems)


def test_check_catalog_says_what_a_real_municipality_has_not_decided():
    catalog = load(SOURCE, "fjordvik")
    assert list(undecided(catalog)) == []
    real = dataclasses.replace(
        catalog, municipality=dataclasses.replace(catalog.municipality, fictional=False)
    )
    said = "\n".join(undecided(real))
    for part in ("has not decided", "backup_days", "case_archived", "Arkivlova"):
        assert part in said
