"""Whom to show which help: plain scenarios, written from published advice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from web.catalog import Catalog, load
from web.matching import Query, match

ROOT = Path(__file__).resolve().parents[2]
SCENARIOS: list[dict[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("scenarios.yml").read_text(encoding="utf-8")
)
KEYS = {
    "name", "advice", "writer", "about", "age", "needs", "acute", "safe_now", "must", "any", "must_not", "first"
}  # fmt: skip


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load(ROOT / "services_catalog", "fjordvik")


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s["name"])
def test_scenario(catalog: Catalog, scenario: dict[str, Any]) -> None:
    query = Query(
        needs=tuple((need, 0.9) for need in scenario["needs"]),
        writer=scenario.get("writer"),
        about=scenario.get("about"),
        age=scenario.get("age"),
        acute_kinds=tuple(scenario.get("acute", ())),
        safe_now=scenario.get("safe_now"),
    )
    shown = [suggestion.service.id for suggestion in match(catalog, query).services]
    assert set(scenario.get("must", ())) <= set(shown)
    assert set(shown).isdisjoint(scenario.get("must_not", ()))
    assert not scenario.get("any") or set(shown) & set(scenario["any"])
    assert not scenario.get("first") or shown[0] in scenario["first"]


def test_scenarios_ask_for_something_that_exists(catalog: Catalog) -> None:
    known = set(catalog.services) | {path.stem for path in (ROOT / "services_catalog/national").glob("*.yml")}
    for scenario in SCENARIOS:
        assert set(scenario) <= KEYS, scenario["name"]
        assert scenario.get("must") or scenario.get("any"), scenario["name"]
        assert set(scenario["needs"]) <= set(catalog.needs), scenario["name"]
        for key in ("must", "any", "must_not", "first"):
            assert set(scenario.get(key, ())) <= known, scenario["name"]


def test_every_need_has_a_scenario(catalog: Catalog) -> None:
    told = {need for scenario in SCENARIOS for need in scenario["needs"]}
    assert set(catalog.needs) == told
    assert len(SCENARIOS) >= 40
