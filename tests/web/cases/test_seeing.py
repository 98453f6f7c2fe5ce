"""What the person who holds the code may see."""

from __future__ import annotations

import pytest

from web import cases
from web.cases.seeing import for_person
from web.cases.types import UnderstandingData


@pytest.fixture
def parents_case(session, vault, clock, new_case):
    return cases.send_case(
        session,
        vault,
        clock,
        new_case(writer="parent", statements=(("parent", "Han vil ikke på skolen."),), understanding=None),
    ).case_id


def test_a_parent_does_not_see_what_the_child_has_told(session, vault, clock, parents_case):
    clock.move(hours=1)
    told = UnderstandingData("nb", acute_kinds=("violence",))
    cases.add_statement(session, vault, clock, parents_case, "child", "Pappa slår meg.", told)
    clock.move(hours=1)
    cases.add_statement(session, vault, clock, parents_case, "parent", "Han sover dårlig.")
    whole = cases.view_for_person(session, vault, clock, parents_case)
    seen = for_person(whole)
    assert (whole.urgency, len(whole.statements)) == ("acute", 3)
    assert [one.text for one in seen.statements] == ["Han vil ikke på skolen.", "Han sover dårlig."]
    assert (seen.urgency, seen.acute_kinds) == ("normal", ())
    assert not [one for one in seen.understandings if one.source == "assistant"]
    assert [line.action for line in seen.log] == ["sent", "statement_added"]


def test_a_young_person_sees_everything_in_their_own_case(session, vault, clock, new_case):
    case_id = cases.send_case(session, vault, clock, new_case()).case_id
    view = cases.view_for_person(session, vault, clock, case_id)
    assert for_person(view) == view
