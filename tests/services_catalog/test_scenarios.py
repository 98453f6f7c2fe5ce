"""Whom to show which help: plain scenarios, written from published advice."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from web.catalog import Catalog, load
from web.matching import Query, helplines_for, match

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(__file__).with_name("scenarios")
THEMES = {"school", "mind", "social", "family", "safety", "health", "living", "coordination", "acute"}
FILES: dict[str, list[dict[str, Any]]] = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.yml"))
}
SCENARIOS = [scenario for scenarios in FILES.values() for scenario in scenarios]
NUMBERS = ("numbers_first", "numbers_must", "numbers_must_not")
TOLD = {"name", "advice", "writer", "about", "age", "needs", "acute", "safe_now"}
KEYS = {*TOLD, "must", "any", "must_not", "first", *NUMBERS}
WRITERS = {"child", "youth", "parent", "other"}
SUBJECTS = {"self", "my_child", "friend", "other"}
KINDS = {
    "suicide", "violence", "abuse", "missing", "forced_journey", "exploitation", "small_child", "homeless", "poisoning"
}  # fmt: skip
SPECIALISTS = {"bup", "habu", "dps", "statped"}

OSLO = ZoneInfo("Europe/Oslo")
DAY = datetime(2026, 11, 24, 12, 30, tzinfo=OSLO)
NIGHT = datetime(2026, 11, 29, 3, 0, tzinfo=OSLO)

# words that only one of the two written languages has
NYNORSK = re.compile(
    r"\b(ikkje|ein|eit|eg|ho|kva|kvar|frå|no|blei|vart|veit|noko|dei|heime|heimafrå|heim|treng|utan|tek|søv|græt|"
    r"vaksen|sjukt?|skulen?|barnehagelærar|foreldra|trur|vere|berre|\w+ane|[a-zæøå]{3,}ar)\b"
)
BOKMAAL = re.compile(
    r"\b(ikke|jeg|en|et|hun|hva|hver|fra|nå|ble|blir|vet|noe|de|hjemme|hjem|trenger|uten|tar|sover|gråter|voksen?|"
    r"sykt?|skolen?|foreldrene|være|venter|[a-zæøå]{3,}er)\b"
)


def groups(scenario: dict[str, Any]) -> list[list[str]]:
    """The alternatives of 'any': one list, or one for each thing that has to be met."""
    found: list[Any] = scenario.get("any", [])
    return found if found and isinstance(found[0], list) else [found] if found else []


def named(scenario: dict[str, Any]) -> set[str]:
    """Every service that a scenario names."""
    direct: Iterable[str] = (one for key in ("must", "must_not", "first") for one in scenario.get(key, ()))
    return {*direct, *(one for group in groups(scenario) for one in group)}


def is_grown_up(scenario: dict[str, Any]) -> bool:
    """Whether whoever writes is surely 18: young people say so with their age."""
    if scenario.get("writer") in {"parent", "other"}:
        return True
    return bool(scenario.get("age", 0) >= 18)


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load(ROOT / "services_catalog", "fjordvik")


def services(catalog: Catalog, scenario: dict[str, Any]) -> list[str]:
    query = Query(
        needs=tuple((need, 0.9) for need in scenario["needs"]),
        writer=scenario.get("writer"),
        about=scenario.get("about"),
        age=scenario.get("age"),
        acute_kinds=tuple(scenario.get("acute", ())),
        safe_now=scenario.get("safe_now"),
    )
    return [suggestion.service.id for suggestion in match(catalog, query).services]


def numbers(catalog: Catalog, scenario: dict[str, Any], at: datetime) -> list[str]:
    shown = helplines_for(
        catalog,
        acute_kinds=scenario.get("acute", ()),
        needs=scenario["needs"],
        age=scenario.get("age"),
        writer=scenario.get("writer"),
        at=at,
    )
    return [entry.helpline.id for entry in shown]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s["name"])
def test_scenario(catalog: Catalog, scenario: dict[str, Any]) -> None:
    shown = services(catalog, scenario)
    assert set(scenario.get("must", ())) <= set(shown)
    assert set(shown).isdisjoint(scenario.get("must_not", ()))
    for group in groups(scenario):
        assert set(shown) & set(group)
    assert not scenario.get("first") or shown[0] in scenario["first"]


@pytest.mark.parametrize("at", [DAY, NIGHT], ids=["day", "night"])
@pytest.mark.parametrize("scenario", [s for s in SCENARIOS if set(NUMBERS) & set(s)], ids=lambda s: s["name"])
def test_numbers(catalog: Catalog, scenario: dict[str, Any], at: datetime) -> None:
    shown = numbers(catalog, scenario, at)
    wanted = set(scenario.get("numbers_must", ()))
    if at is NIGHT:
        wanted = {one for one in wanted if catalog.helplines[one].hours.always}
    assert wanted <= set(shown)
    assert set(shown).isdisjoint(scenario.get("numbers_must_not", ()))
    if first := scenario.get("numbers_first"):
        before = [one for one in shown if not catalog.helplines[one].emergency or one in first]
        assert next(iter(before), None) in first
        if any(catalog.helplines[one].emergency for one in first):
            assert shown[0] in first


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s["name"])
def test_what_is_never_shown(catalog: Catalog, scenario: dict[str, Any]) -> None:
    shown = services(catalog, scenario)
    assert shown[0] not in SPECIALISTS
    lines = [catalog.helplines[one] for at in (DAY, NIGHT) for one in numbers(catalog, scenario, at)]
    if not is_grown_up(scenario):
        for_adults = {one for one in shown if (catalog.services[one].minimum_age or 0) >= 18}
        assert not for_adults
        assert not [line.id for line in lines if (line.minimum_age or 0) >= 18]
    elif scenario.get("writer") in {"child", "youth"}:
        assert not [line.id for line in lines if (line.maximum_age or 99) < scenario["age"]]


def test_emergency_numbers_come_before_all_others(catalog: Catalog) -> None:
    for scenario in SCENARIOS:
        emergency = [catalog.helplines[one].emergency for one in numbers(catalog, scenario, DAY)]
        assert emergency == sorted(emergency, reverse=True), scenario["name"]


def test_scenarios_ask_for_something_that_exists(catalog: Catalog) -> None:
    assert set(FILES) == THEMES
    known = set(catalog.services) | {path.stem for path in (ROOT / "services_catalog/national").glob("*.yml")}
    for scenario in SCENARIOS:
        name = scenario["name"]
        assert set(scenario) <= KEYS, name
        assert scenario["advice"], name
        assert scenario.get("must") or scenario.get("any"), name
        assert named(scenario) <= known, (name, named(scenario) - known)
        assert set(scenario["needs"]) <= set(catalog.needs), name
        assert scenario.get("writer", "other") in WRITERS, name
        assert scenario.get("about", "self") in SUBJECTS, name
        assert set(scenario.get("acute", ())) <= KINDS, name
        assert 0 <= scenario.get("age", 0) <= 24, name
        assert {one for key in NUMBERS for one in scenario.get(key, ())} <= set(catalog.helplines), name


def test_scenarios_do_not_contradict_themselves() -> None:
    for scenario in SCENARIOS:
        wanted = set(scenario.get("must", ())) | set(scenario.get("first", ()))
        wanted |= {one for group in groups(scenario) for one in group}
        assert wanted.isdisjoint(scenario.get("must_not", ())), scenario["name"]
        lines = {*scenario.get("numbers_first", ()), *scenario.get("numbers_must", ())}
        assert lines.isdisjoint(scenario.get("numbers_must_not", ())), scenario["name"]
        assert len(scenario.get("must", ())) <= 2, scenario["name"]


def test_scenarios_are_many_and_cover_everybody(catalog: Catalog) -> None:
    told = Counter(need for scenario in SCENARIOS for need in set(scenario["needs"]))
    assert set(told) == set(catalog.needs)
    assert {need: times for need, times in told.items() if times < 3} == {}
    assert len(SCENARIOS) >= 190
    assert len({scenario["name"] for scenario in SCENARIOS}) == len(SCENARIOS)
    assert {scenario["writer"] for scenario in SCENARIOS if "writer" in scenario} == WRITERS
    assert {kind for scenario in SCENARIOS for kind in scenario.get("acute", ())} == KINDS
    assert {scenario["age"] for scenario in SCENARIOS if "age" in scenario} == set(range(25))
    assert sum(bool(set(NUMBERS) & set(scenario)) for scenario in SCENARIOS) >= 30
    assert sum(len(scenario["needs"]) >= 2 for scenario in SCENARIOS) >= 50


def test_names_are_in_both_languages() -> None:
    names = [scenario["name"].lower() for scenario in SCENARIOS]
    assert sum(bool(NYNORSK.search(name)) and not BOKMAAL.search(name) for name in names) >= 50
    assert sum(bool(BOKMAAL.search(name)) and not NYNORSK.search(name) for name in names) >= 50
