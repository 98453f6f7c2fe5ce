"""What the person who holds the code may see, and who has read what."""

from __future__ import annotations

import pytest

from web import cases
from web.cases.seeing import for_person, readings
from web.cases.types import EmployeeRef, UnderstandingData


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


def test_who_has_read_what(session, vault, clock, new_case, employee):
    other = EmployeeRef("22222222-2222-2222-2222-222222222222", "Ola Berg", "fjordvik", "PPT")
    case_id = cases.send_case(session, vault, clock, new_case()).case_id
    cases.read_case(session, vault, clock, case_id, employee)
    clock.move(minutes=1)
    cases.write_message(session, vault, clock, case_id, "Hei?")
    clock.move(minutes=1)
    cases.read_case(session, vault, clock, case_id, employee)  # so soon, but there was something new
    clock.move(hours=1)
    cases.read_case(session, vault, clock, case_id, employee)
    view = cases.read_case(session, vault, clock, case_id, other)
    assert [(one.name, one.unit, one.first, one.new) for one in readings(view)] == [
        ("Ola Berg", "PPT", True, 3),
        ("Maja Vik", "Familiehuset", False, 0),
        ("Maja Vik", "Familiehuset", False, 1),
        ("Maja Vik", "Familiehuset", True, 2),
    ]
