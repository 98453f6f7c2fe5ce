"""What is opened for a row of the queue: first words, needs, sound, what a child has sent by itself."""

from __future__ import annotations

import pytest
from sqlalchemy import event

from web import cases
from web.cases.models import Recording
from web.cases.queue_rows import MOST_WORDS, beginning
from web.cases.types import ChildStatement, ChildTold, NewRecording

CHILDS = "Eg er redd når det blir kveld."


@pytest.fixture
def row(session, vault, clock):
    def of(case_id, *, words=True):
        page = cases.queue_page(session, vault, clock, "fjordvik", words=words)
        return next(one for one in page.rows if one.case_id == case_id)

    return of


@pytest.mark.parametrize(
    ("text", "shown", "more"),
    [
        ("Kort.", "Kort.", False),
        ("To\n\nlinjer  her", "To linjer her", False),
        ("x" * 300, "x" * MOST_WORDS, True),
        ("ord " * 100, "ord " * 34 + "ord", True),
    ],
)
def test_the_beginning_is_as_it_was_written(text, shown, more):
    assert beginning(text) == (shown, more)


def test_words_and_needs_are_opened_only_when_asked_for(session, vault, clock, new_case, row, employee):
    case_id = cases.send_case(session, vault, clock, new_case()).case_id
    assert (row(case_id, words=False).words, row(case_id, words=False).needs) == (None, ())
    found = row(case_id)
    assert found.words.text.startswith(new_case().statements[0][1][:40])
    assert found.needs == ("bullying", "loneliness")
    cases.confirm_needs(session, vault, clock, case_id, employee, ["low_mood"])
    assert row(case_id).needs == ("low_mood",)


def test_the_childs_own_words_come_before_the_grown_ups_and_before_its_pictures(
    session, vault, clock, new_case, row
):
    case_id = cases.send_case(
        session,
        vault,
        clock,
        new_case(writer="parent", about="my_child", statements=(("parent", "Ho gret."),)),
    ).case_id
    assert row(case_id).words.text == "Ho gret."
    pictures = ChildStatement("Eg valde andletet: lei meg.", pictures=True)
    told = ChildTold("key-of-a-telling-1", "child", "nn", (pictures, ChildStatement(CHILDS)))
    cases.child_tells(session, vault, clock, case_id, told)
    assert (row(case_id).words.text, row(case_id).words.author) == (CHILDS, "child")


def test_a_glance_is_no_reading(session, vault, clock, new_case, row, employee):
    case_id = cases.send_case(session, vault, clock, new_case()).case_id
    assert row(case_id).words
    assert not row(case_id).ever_read
    view = cases.read_case(session, vault, clock, case_id, employee)
    assert [line.action for line in view.log] == ["sent", "read"]


def test_sound_that_nobody_has_heard_comes_after_the_acute_until_it_is_heard(
    session, vault, clock, new_case, row, employee
):
    calm = cases.send_case(session, vault, clock, new_case()).case_id
    clock.move(hours=1)
    spoken = cases.send_case(session, vault, clock, new_case()).case_id
    acute = cases.send_case(session, vault, clock, new_case(safe_now="no")).case_id
    for key in ("a" * 32, "b" * 32):
        view = cases.add_recording(session, vault, clock, spoken, key, "youth", b"mp3" * 500, 12.0)
    order = lambda: [one.case_id for one in cases.queue(session, vault, clock, "fjordvik")]  # noqa: E731
    assert order() == [acute, spoken, calm]
    cases.read_case(session, vault, clock, spoken, employee)
    assert (row(spoken).unread, row(spoken).unheard) == (0, 2)
    assert order() == [acute, spoken, calm]
    for left, recording in ((1, view.recordings[0]), (0, view.recordings[1])):
        cases.listen(session, vault, clock, spoken, recording.id, employee)
        assert row(spoken).unheard == left
    assert order() == [acute, calm, spoken]
    # To hear is no change: a colleague who writes is not stopped by it.
    assert row(spoken).version == view.version


def test_what_comes_with_the_case_and_from_a_child_is_unheard_too(session, vault, clock, new_case, row):
    def recording(draft: str) -> NewRecording:
        session.add(
            Recording(
                id=f"{draft:0>36}", draft_id=draft, position=0, key_sealed="x", facts_sealed="x",
                created_at=clock.now(),
            )
        )  # fmt: skip
        session.commit()
        return NewRecording(f"{draft:0>36}", draft, "child", 0, "k", 3.0, 30)

    case_id = cases.send_case(session, vault, clock, new_case(recordings=(recording("1"),))).case_id
    assert row(case_id).unheard == 1
    told = ChildTold("key-of-a-telling-1", "child", "nn", (), recordings=(recording("2"),))
    cases.child_tells(session, vault, clock, case_id, told)
    assert row(case_id).unheard == 2


def test_a_page_costs_the_same_number_of_questions_however_long_it_is(
    session, vault, clock, new_case, engine
):
    def asked() -> int:
        seen: list[str] = []
        listen = lambda *args: seen.append(args[2])  # noqa: E731
        event.listen(engine, "before_cursor_execute", listen)
        cases.queue_page(session, vault, clock, "fjordvik", words=True)
        event.remove(engine, "before_cursor_execute", listen)
        return len(seen)

    cases.send_case(session, vault, clock, new_case())
    one = asked()
    for _ in range(6):
        cases.send_case(session, vault, clock, new_case())
    assert asked() == one
