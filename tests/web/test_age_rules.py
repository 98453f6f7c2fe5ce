"""Who may know, by age: every age has one rule on parents, and no answer and no age are the most protective."""

from __future__ import annotations

import pytest

from web import age_rules
from web.catalog import CatalogError, load
from web.config import ROOT

AGES = range(131)


@pytest.fixture(scope="module")
def rules():
    return load(ROOT / "services_catalog", "fjordvik").age_rules


def asked(age):
    return "home_first" if age < 12 else "ask" if age < 16 else "own_choice"


@pytest.mark.parametrize("age", AGES)
def test_every_age_has_one_rule_on_parents(rules, age):
    holding = [rule for rule in rules if rule.topic == "parents" and age_rules.holds(rule, age)]
    assert [rule.ask for rule in holding] == [asked(age)]
    assert age_rules.parents_rule(rules, age) == holding[0]
    assert age_rules.rules_for(rules, age)[0] == holding[0]


def test_an_unknown_age_gets_what_protects_most(rules):
    assert age_rules.parents_rule(rules, None).ask == "home_first"
    assert [rule.topic for rule in age_rules.rules_for(rules, None)] == ["parents"]


@pytest.mark.parametrize("age", [*AGES, None])
@pytest.mark.parametrize("home", ["yes", "no", "unknown", None])
@pytest.mark.parametrize("answer", ["yes", "no", "ask_first", None])
def test_parents_are_told_only_after_a_yes_that_could_be_given(rules, age, home, answer):
    rule = age_rules.parents_rule(rules, age)
    found = age_rules.parents_may_know(rule, home, answer)
    if answer in (None, "no") or ((age is None or age < 12) and home != "no"):
        assert found == "no"
    else:
        assert found == answer


def test_fifteen_is_a_party_and_eighteen_is_grown(rules):
    topics = {age: {rule.topic for rule in age_rules.rules_for(rules, age)} for age in (14, 15, 17, 18)}
    assert "child_welfare" not in topics[14]
    assert "child_welfare" in topics[15] & topics[17]
    assert topics[18] == {"parents", "grown"}


def test_each_rule_says_where_it_is_from(rules):
    for rule in rules:
        assert rule.law
        assert rule.source
        assert rule.verified is False or "general knowledge" not in rule.source
        assert rule.text["nb"] != ""
        assert rule.staff["nn"] != ""


def test_a_gap_between_ages_is_refused(tmp_path):
    import shutil

    folder = tmp_path / "services_catalog"
    shutil.copytree(ROOT / "services_catalog", folder)
    file = folder / "age_rules.yml"
    text = file.read_text("utf-8")
    assert "minimum_age: 12\n  maximum_age: 15" in text
    file.write_text(
        text.replace("minimum_age: 12\n  maximum_age: 15", "minimum_age: 13\n  maximum_age: 16", 1), "utf-8"
    )
    with pytest.raises(CatalogError) as caught:
        load(folder, "fjordvik")
    assert [line for line in caught.value.problems if "age 12 has no rule" in line]
    assert [line for line in caught.value.problems if "age 16 has parents_12_to_15, parents_from_16" in line]
