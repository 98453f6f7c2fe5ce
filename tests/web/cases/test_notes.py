"""Internal notes: written, corrected and struck out in the open, and never outward."""

from __future__ import annotations

import dataclasses

import pytest
from sqlalchemy import func, select

from tests.conftest import MARKED
from web import cases
from web.cases import notes
from web.cases.models import Note
from web.cases.types import CaseNotFound, ChildStatement, ChildTold, EmployeeRef, InvalidCase

SECRET = "Mor verkar redd i telefonen, sjekk med Ola"
COLLEAGUE = EmployeeRef("22222222-2222-2222-2222-222222222222", "Ola Berge", "fjordvik")
STRANGER = EmployeeRef("33333333-3333-3333-3333-333333333333", "Ida Li", "granlia")


@pytest.fixture
def case(session, vault, clock, new_case):
    return cases.send_case(session, vault, clock, new_case()).case_id


def test_a_note_has_author_time_and_words(session, vault, clock, case, employee):
    notes.write_note(session, vault, clock, case, employee, SECRET)
    clock.move(minutes=3)
    notes.write_note(session, vault, clock, case, COLLEAGUE, "Har ringt.")
    first, second = notes.notes_of(session, vault, case, employee)
    assert (first.author_name, first.text, first.stands) == ("Maja Vik", SECRET, True)
    assert (second.author_name, second.created_at) == ("Ola Berge", clock.now())


def test_a_correction_keeps_the_old_one_to_be_read(session, vault, clock, case, employee):
    notes.write_note(session, vault, clock, case, employee, SECRET)
    old = notes.notes_of(session, vault, case, employee)[0]
    clock.move(minutes=1)
    notes.write_note(session, vault, clock, case, employee, "Mor er roleg.", replaces=old.id)
    before, after = notes.notes_of(session, vault, case, COLLEAGUE)
    assert before.text == SECRET
    assert before.replaced
    assert not before.stands
    assert after.replaces == old.id
    with pytest.raises(notes.NoteGone):  # a second window still shows the old one
        notes.write_note(session, vault, clock, case, employee, "Igjen", replaces=old.id)
    with pytest.raises(notes.NoteGone):
        notes.strike_note(session, vault, clock, case, employee, old.id)
    assert len(notes.notes_of(session, vault, case, employee)) == 2


def test_struck_out_is_still_there(session, vault, clock, case, employee):
    notes.write_note(session, vault, clock, case, employee, SECRET)
    one = notes.notes_of(session, vault, case, employee)[0]
    clock.move(minutes=5)
    notes.strike_note(session, vault, clock, case, employee, one.id)
    struck = notes.notes_of(session, vault, case, COLLEAGUE)[0]
    assert (struck.text, struck.struck_at, struck.stands) == (SECRET, clock.now(), False)
    with pytest.raises(notes.NoteGone):
        notes.strike_note(session, vault, clock, case, employee, one.id)


def test_a_colleague_changes_no_note_of_others(session, vault, clock, case, employee):
    notes.write_note(session, vault, clock, case, employee, SECRET)
    one = notes.notes_of(session, vault, case, employee)[0]
    with pytest.raises(notes.NoteGone):
        notes.strike_note(session, vault, clock, case, COLLEAGUE, one.id)
    with pytest.raises(notes.NoteGone):
        notes.write_note(session, vault, clock, case, COLLEAGUE, "Nei", replaces=one.id)
    assert notes.notes_of(session, vault, case, employee)[0].stands


def test_a_note_of_another_case_is_not_there(session, vault, clock, case, employee, new_case):
    notes.write_note(session, vault, clock, case, employee, SECRET)
    one = notes.notes_of(session, vault, case, employee)[0]
    other = cases.send_case(session, vault, clock, new_case()).case_id
    with pytest.raises(notes.NoteGone):
        notes.strike_note(session, vault, clock, other, employee, one.id)


def test_another_municipality_has_no_part_in_it(session, vault, clock, case):
    for act in (
        lambda: notes.notes_of(session, vault, case, STRANGER),
        lambda: notes.write_note(session, vault, clock, case, STRANGER, SECRET),
        lambda: notes.strike_note(session, vault, clock, case, STRANGER, "x"),
        lambda: notes.notes_of(session, vault, "x", STRANGER),
    ):
        with pytest.raises(CaseNotFound):
            act()
    assert session.scalar(select(func.count()).select_from(Note)) == 0


def test_an_empty_note_is_none(session, vault, clock, case, employee):
    with pytest.raises(InvalidCase):
        notes.write_note(session, vault, clock, case, employee, " \n ")


def test_a_note_stops_no_colleague_and_answers_nobody(session, vault, clock, case, employee):
    before = cases.read_case(session, vault, clock, case, employee)
    notes.write_note(session, vault, clock, case, COLLEAGUE, SECRET)
    after = cases.write_message(session, vault, clock, case, "Hei", employee, before.version)
    assert len(after.messages) == 1
    assert before.waiting_since  # the note itself was no answer
    assert len(before.log) + 2 == len(after.log)  # the message and the status: nothing about the note


def test_no_view_has_a_note(session, vault, clock, case, employee, new_case):
    """Neither the person's view nor the employee's, which the person's is made from."""
    notes.write_note(session, vault, clock, case, employee, SECRET)
    assert notes.notes_of(session, vault, case, employee)[0].text == SECRET
    new = new_case()
    opened = cases.send_case(session, vault, clock, new).case_id
    notes.write_note(session, vault, clock, opened, employee, SECRET)
    for view in (
        cases.view_for_person(session, vault, clock, case),
        cases.read_case(session, vault, clock, case, employee),
        cases.open_with_code(session, vault, clock, new.return_code),
        cases.log_export(session, vault, clock, case),
    ):
        assert MARKED in repr(dataclasses.asdict(view))  # this is where words would be found
        assert SECRET not in repr(dataclasses.asdict(view))
        assert "note" not in {line.action for line in view.log}


def test_notes_go_with_the_case(session, vault, clock, case, employee):
    notes.write_note(session, vault, clock, case, employee, SECRET)
    cases.delete_case(session, vault, clock, case)
    assert session.scalar(select(func.count()).select_from(Note)) == 0


def test_notes_since_the_child_told_stay_with_the_childs_part(session, vault, clock, new_case, employee):
    case = cases.send_case(session, vault, clock, new_case(writer="parent", about="my_child")).case_id
    notes.write_note(session, vault, clock, case, employee, "Om mor")
    clock.move(hours=1)
    told = ChildTold("key-of-a-telling-1", "child", "nn", (ChildStatement("Pappa slår meg"),))
    cases.child_tells(session, vault, clock, case, told)
    clock.move(hours=1)
    notes.write_note(session, vault, clock, case, employee, "Om barnet")
    cases.delete_case(session, vault, clock, case)
    assert [one.text for one in notes.notes_of(session, vault, case, employee)] == ["Om barnet"]
