"""Who may know, by age: which rule holds, and what an answer about the parents comes to.

The rules are data (``services_catalog/age_rules.yml``); this module only reads them. It knows neither Flask nor the
database. What nobody has answered is a no, and an age that nobody has told gets the most protective rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from web.cases.types import AboutHome, ParentsAnswer
from web.catalog import AgeRule

ORDER: Final = ("home_first", "ask", "own_choice")
"""Ways of asking about the parents, the most protective first."""


def holds(rule: AgeRule, age: int) -> bool:
    """Whether the rule is about somebody of this age in whole years."""
    return (rule.minimum_age is None or rule.minimum_age <= age) and (
        rule.maximum_age is None or age <= rule.maximum_age
    )


def parents_rule(rules: Sequence[AgeRule], age: int | None) -> AgeRule:
    """The one rule on parents for this age; None: nobody has told the age, and the most protective one holds.

    LookupError when no rule on parents holds the age; the catalog's reader refuses such a file.
    """
    about = sorted(
        (rule for rule in rules if rule.topic == "parents"), key=lambda rule: ORDER.index(rule.ask or "")
    )
    for rule in about:
        if age is None or holds(rule, age):
            return rule
    raise LookupError("no rule on parents for this age")


def rules_for(rules: Sequence[AgeRule], age: int | None) -> tuple[AgeRule, ...]:
    """Every rule for this age, the one on parents first. Without an age: only that one."""
    first = parents_rule(rules, age)
    if age is None:
        return (first,)
    return (first, *(rule for rule in rules if rule.topic != "parents" and holds(rule, age)))


def parents_may_know(rule: AgeRule, home: AboutHome | None, answer: ParentsAnswer | None) -> ParentsAnswer:
    """What the answers come to. A yes counts only where parents could be asked about at all.

    home: whether it is about someone at home, asked only by rules that ask so first. No answer is a no.
    """
    if rule.ask == "home_first" and home != "no":
        return "no"
    return answer or "no"
