"""Sharing in the core: who sees what, on which basis, until when; and what of it the writer must never learn."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from typing import get_args

import pytest
from sqlalchemy import func, select

from tests.conftest import MARKED
from web import cases
from web.cases import answering, glass, plan, sharing, withheld
from web.cases.models import LogEntry
from web.cases.plan_types import NewMeasure
from web.cases.receiving import listen_shared, open_share, shared_list
from web.cases.sharing_models import Share
from web.cases.sharing_types import (
    CONSENT_PARTS,
    PARTS,
    SEEN_ALWAYS,
    SEEN_FACTS,
    SEEN_WITH,
    Law,
    NewShare,
    Seen,
    Withholding,
    seen_with,
)
from web.cases.types import (
    CaseChanged,
    CaseNotFound,
    ChildStatement,
    ChildTold,
    EmployeeRef,
    Facts,
    InvalidCase,
    RecordingGone,
)

ALL = ("words", "recordings", "needs")
TONE = EmployeeRef("33333333-3333-3333-3333-333333333333", "Tone Hag", "fjordvik", "Familiehuset")
NURSE = EmployeeRef("22222222-2222-2222-2222-222222222222", "Kari Dale", "fjordvik", "Skolehelsetjenesten")
LAW = Law("fvl_13b_1_2", "Du trenger hjelp fra dem.", "agreed", "Ja, det er greit")
CHILDS_WORDS = "Eg er redd heime Kvitmyr-7"


@pytest.fixture
def case_id(session, vault, clock, new_case):
    """A young person's case with a yes to helsesykepleier."""
    return cases.send_case(session, vault, clock, new_case()).case_id


@pytest.fixture
def share(session, vault, clock, employee):
    """share(case_id, service, parts, law, …)"""

    def make(case_id, service="helsesykepleier", parts=ALL, law=None, **more):
        new = NewShare(service, parts, law, **more)
        return cases.share_with(session, vault, clock, case_id, employee, new)

    return make


@pytest.fixture
def part(session, vault, clock):
    """part(case_id): what the school nurse opens."""
    return lambda case_id, service="helsesykepleier", who=NURSE: open_share(
        session, vault, clock, case_id, who, service
    )


def persons(session, vault, clock, case_id):
    return cases.view_for_person(session, vault, clock, case_id)


def actions(view):
    return [line.action for line in view.log]


@pytest.fixture
def about_child(session, vault, clock, new_case):
    """A parent's case in which the child has told for itself."""
    new = new_case(
        writer="parent",
        about="my_child",
        age=9,
        statements=(("parent", "Hun sover dårlig."),),
        understanding=None,
    )
    case_id = cases.send_case(session, vault, clock, new).case_id
    told = ChildTold("key-of-a-telling-1", "child", "nn", (ChildStatement(CHILDS_WORDS),), age=9, safe="no")
    cases.child_tells(session, vault, clock, case_id, told)
    return case_id


# --- With consent ---


def test_a_yes_lets_a_service_in_at_once_and_no_further_than_it_reaches(case_id, share, part):
    view = share(case_id)
    assert [(one.service_id, one.basis, one.active) for one in view.shares] == [
        ("helsesykepleier", "consent", True)
    ]
    seen = part(case_id)
    assert [one.text for one in seen.statements] == [one.text for one in view.statements]
    assert seen.needs == ("bullying", "loneliness")
    assert seen.contact is None
    assert seen.facts.services == ()
    with pytest.raises(InvalidCase):
        share(case_id, parts=("words", "contact"))
    with pytest.raises(sharing.NoConsent):
        share(case_id, "ppt")
    with pytest.raises(sharing.AlreadyShared):
        share(case_id)


def test_only_the_parts_that_were_chosen_are_there(case_id, share, part, session, vault, clock):
    upload = "0" * 32
    cases.add_recording(session, vault, clock, case_id, upload, "youth", b"sound" * 100, 2.0)
    share(case_id, parts=("needs",))
    seen = part(case_id)
    assert (seen.statements, seen.recordings, seen.facts, seen.contact) == ((), (), None, None)
    assert seen.needs
    recording = persons(session, vault, clock, case_id).recordings[0].id
    with pytest.raises(RecordingGone):
        listen_shared(session, vault, clock, case_id, recording, NURSE, "helsesykepleier")
    share(case_id, parts=("recordings",))
    sound = listen_shared(session, vault, clock, case_id, recording, NURSE, "helsesykepleier")
    assert sound.read(0, 5) == b"sound"
    assert actions(persons(session, vault, clock, case_id))[-1] == "share_listened"
    assert part(case_id).statements == ()


def test_a_service_sees_of_the_answers_what_is_said_and_nothing_else(about_child, share, part, case_id):
    assert set(SEEN_WITH) == set(PARTS)
    assert {one for ones in SEEN_WITH.values() for one in ones} | set(SEEN_ALWAYS) == set(get_args(Seen))
    every = {name for names in SEEN_FACTS.values() for name in names}
    share(case_id)
    seen = part(case_id)
    assert seen.seen == seen_with(CONSENT_PARTS)
    nothing = Facts("other", "unknown", None, "not_asked", None, (), ())
    for given, names in ((seen, every), (None, every - {"hope", "home", "parents"})):
        if given is None:
            share(about_child, "barnevern", ("words",), LAW, childs=True)
            given = part(about_child, "barnevern")
            assert given.seen == seen_with(("words",), childs=True, young=False)
        for one in fields(Facts):
            if one.name not in names:
                assert getattr(given.facts, one.name) == getattr(nothing, one.name), one.name
    share(about_child, "ppt", ("needs",), LAW)
    without = part(about_child, "ppt")
    assert (without.facts, without.seen) == (None, seen_with(("needs",)))


def test_another_service_another_municipality_and_an_ended_share_see_nothing(
    case_id, share, part, session, vault, clock, employee
):
    with pytest.raises(CaseNotFound):
        part(case_id)
    view = share(case_id)
    with pytest.raises(CaseNotFound):
        part(case_id, "ppt")
    with pytest.raises(CaseNotFound):
        part(case_id, who=replace(NURSE, municipality="granlia"))
    with pytest.raises(CaseNotFound):
        part("00000000-0000-0000-0000-000000000000")
    cases.end_share(session, vault, clock, case_id, employee, view.shares[0].id)
    with pytest.raises(CaseNotFound):
        part(case_id)
    assert shared_list(session, vault, clock, "fjordvik", "helsesykepleier") == ()
    with pytest.raises(CaseNotFound):
        cases.answer_share(session, vault, clock, case_id, NURSE, "helsesykepleier", "taken")


def test_a_yes_that_is_taken_back_ends_the_share_at_once_and_the_contact_person_gets_to_know(
    case_id, share, part, session, vault, clock, employee
):
    share(case_id)
    part(case_id)
    cases.read_case(session, vault, clock, case_id, employee)
    view = cases.withdraw_consent(session, vault, clock, case_id, "helsesykepleier")
    assert [(one.active, one.ended_by) for one in view.shares] == [(False, "person")]
    assert actions(view)[-2:] == ["consent_withdrawn", "share_ended"]
    with pytest.raises(CaseNotFound):
        part(case_id)
    row = next(row for row in cases.queue(session, vault, clock, "fjordvik") if row.case_id == case_id)
    assert row.unread == 1
    # A new yes brings nobody in by itself.
    cases.give_consent(session, vault, clock, case_id, "helsesykepleier")
    with pytest.raises(CaseNotFound):
        part(case_id)


def test_a_yes_taken_back_does_not_end_what_rests_on_the_law(case_id, share, part, session, vault, clock):
    share(case_id, parts=("words",), law=LAW)
    share(case_id, parts=("needs",))
    cases.withdraw_consent(session, vault, clock, case_id, "helsesykepleier")
    seen = part(case_id)
    assert seen.parts == {"words"}
    assert seen.needs == ()


def test_a_yes_said_aloud_can_be_taken_back_as_any_other(case_id, share, part, session, vault, clock):
    share(case_id, "ppt", parts=("words", "contact"), law=replace(LAW, paragraph="fvl_13a_1", consent=True))
    assert part(case_id, "ppt").contact.details.startswith("900 00 000")
    assert persons(session, vault, clock, case_id).shares[0].revocable
    cases.withdraw_consent(session, vault, clock, case_id, "ppt")
    with pytest.raises(CaseNotFound):
        part(case_id, "ppt")


# --- On a legal basis ---


@pytest.mark.parametrize(
    ("law", "more"),
    [
        (replace(LAW, reason="  "), {}),
        (replace(LAW, said=""), {}),
        (replace(LAW, asked="not_asked", said=" "), {}),
        (replace(LAW, paragraph="Not an id"), {}),
        (replace(LAW, consent=True), {"withheld": Withholding("fare", date(2026, 12, 1))}),
        (LAW, {"withheld": Withholding(" ", date(2026, 12, 1))}),
        (LAW, {"withheld": Withholding("fare", date(2026, 11, 19))}),
        (LAW, {"childs": True}),
        (None, {"withheld": Withholding("fare", date(2026, 12, 1))}),
        (None, {"childs": True}),
    ],
)
def test_what_is_missing_or_contradicts_itself_is_refused_and_nothing_is_written(
    case_id, share, session, law, more
):
    with pytest.raises(InvalidCase):
        share(case_id, law=law, **more)
    session.expire_all()
    assert session.scalar(select(func.count()).select_from(Share)) == 0


def test_the_person_sees_a_share_on_the_law_at_once_with_its_reason(case_id, share, session, vault, clock):
    share(case_id, "ppt", parts=("words",), law=LAW)
    view = persons(session, vault, clock, case_id)
    (one,) = view.shares
    assert (one.service_id, one.paragraph, one.reason) == ("ppt", LAW.paragraph, LAW.reason)
    assert (one.asked, one.said) == ("agreed", LAW.said)
    line, begun = view.log[-2:]
    assert (begun.action, begun.detail) == ("status_set", "in_progress")
    assert (line.action, line.detail, line.actor_name) == (
        "share_made",
        "ppt",
        "Maja Vik",
    )


def test_what_is_withheld_leaves_no_trace_with_the_person_until_it_is_told(
    case_id, share, part, session, vault, clock, employee
):
    before = persons(session, vault, clock, case_id)
    view = share(
        case_id, "barnevern", ("words",), LAW, withheld=Withholding("Far kan bli sint", date(2026, 11, 27))
    )
    part(case_id, "barnevern")
    cases.answer_share(session, vault, clock, case_id, NURSE, "barnevern", "taken")
    hidden = persons(session, vault, clock, case_id)
    assert (hidden.shares, hidden.log) == ((), before.log)
    (row,) = withheld.everything_withheld(session, vault, "fjordvik")
    assert (row.case_id, row.look_again_on) == (case_id, date(2026, 11, 27))
    assert (row.kind, row.what, row.why, row.by) == ("share", "barnevern", "Far kan bli sint", "Maja Vik")
    assert withheld.withholdings_due(session, "fjordvik", date(2026, 11, 26)) == 0
    assert withheld.withholdings_due(session, "fjordvik", date(2026, 11, 27)) == 1
    longer = Withholding("Fortsatt farlig", date(2026, 12, 4))
    view = sharing.withhold_longer(session, vault, clock, case_id, employee, view.shares[0].id, longer)
    assert (view.shares[0].withheld_reason, view.shares[0].withheld_by) == ("Fortsatt farlig", "Maja Vik")
    marked = {line.action: line.unseen.look_again_on for line in view.log if line.unseen}
    assert marked == dict.fromkeys(("share_made", "share_opened", "share_answered"), date(2026, 12, 4))
    assert persons(session, vault, clock, case_id).log == before.log
    view = sharing.tell_now(session, vault, clock, case_id, employee, view.shares[0].id)
    assert not any(line.unseen for line in view.log)
    told = persons(session, vault, clock, case_id)
    assert actions(told)[len(before.log) :] == ["share_made", "share_opened", "share_answered", "share_told"]
    assert told.shares[0].withheld_reason == ""
    assert withheld.everything_withheld(session, vault, "fjordvik") == ()


def test_everything_that_is_kept_from_a_person_stands_in_one_list(case_id, session, vault, clock, employee):
    reference = cases.read_case(session, vault, clock, case_id, employee).reference
    glass.break_glass(
        session, vault, clock, reference, TONE, "danger", "Hun svarer ikke lenger", "Far leser alt"
    )
    kept = NewMeasure("Møte uten far", clock.now().date(), "Maja Vik", withheld="Far kan bli sint")
    plan.add_measure(session, vault, clock, case_id, employee, kept)
    found = {one.kind: one for one in withheld.everything_withheld(session, vault, "fjordvik")}
    assert set(found) == {"glass", "plan"}
    assert (found["glass"].what, found["glass"].why, found["glass"].by) == (
        TONE.name,
        "Far leser alt",
        TONE.name,
    )
    assert (found["plan"].what, found["plan"].why) == ("Møte uten far", "Far kan bli sint")
    assert (found["plan"].by, found["plan"].look_again_on) == (employee.name, None)
    view = cases.read_case(session, vault, clock, case_id, employee)
    why = {line.action: line.unseen.why for line in view.log if line.unseen}
    assert (why["glass_broken"], why["plan_withheld"]) == ("danger", "plan")
    assert withheld.everything_withheld(session, vault, "granlia") == ()


def test_withholding_one_service_hides_no_other(case_id, share, part, session, vault, clock):
    share(case_id)
    share(case_id, "barnevern", ("words",), LAW, withheld=Withholding("Fare", date(2026, 11, 27)))
    part(case_id)
    part(case_id, "barnevern")
    view = persons(session, vault, clock, case_id)
    assert [one.service_id for one in view.shares] == ["helsesykepleier"]
    assert [line.detail for line in view.log if line.action == "share_opened"] == ["helsesykepleier"]


# --- The child's own words ---


def test_what_the_child_told_goes_to_nobody_by_the_writers_yes(about_child, share, part):
    view = share(about_child)
    assert any(CHILDS_WORDS in one.text for one in view.statements)
    seen = part(about_child)
    assert [one.author for one in seen.statements] == ["parent"]
    assert not seen.childs


def test_an_employees_needs_do_not_tell_a_service_what_the_child_told(
    about_child, share, part, session, vault, clock, employee
):
    cases.confirm_needs(session, vault, clock, about_child, employee, ["violence_home"])
    share(about_child)
    assert part(about_child).needs == ("bullying", "loneliness")
    share(about_child, "barnevern", ("words", "needs"), LAW, childs=True)
    assert part(about_child, "barnevern").needs == ("violence_home",)


def test_sharing_what_the_child_told_leaves_no_trace_with_the_writer(
    about_child, share, part, session, vault, clock, employee
):
    before = persons(session, vault, clock, about_child)
    view = share(about_child, "barnevern", ("words",), LAW, childs=True)
    seen = part(about_child, "barnevern")
    assert [one.text for one in seen.statements] == [CHILDS_WORDS]
    assert (seen.facts.age, seen.facts.safe_now, seen.facts.hope) == (9, "no", None)
    assert seen.childs
    cases.answer_share(session, vault, clock, about_child, NURSE, "barnevern", "taken")
    cases.end_share(session, vault, clock, about_child, employee, view.shares[0].id)
    after = persons(session, vault, clock, about_child)
    assert (after.shares, after.log) == ((), before.log)
    with pytest.raises(InvalidCase):
        sharing.withhold_longer(
            session,
            vault,
            clock,
            about_child,
            employee,
            view.shares[0].id,
            Withholding("x", date(2026, 12, 1)),
        )


@pytest.mark.parametrize(
    ("law", "parts"),
    [
        (replace(LAW, asked="no_child", said=""), ("words",)),
        (replace(LAW, paragraph="fvl_13a_1", consent=True, asked="unsure"), ("words",)),
        (replace(LAW, paragraph="fvl_13a_1", consent=True, asked="disagreed"), ("words",)),
        (LAW, ("words", "contact")),
        (None, ("words",)),
    ],
)
def test_a_childs_own_words_need_the_childs_own_answer(about_child, share, law, parts):
    with pytest.raises(InvalidCase):
        share(about_child, "barnevern", parts, law, childs=True)


def test_the_writer_about_a_child_does_not_see_what_the_child_answered(
    about_child, share, session, vault, clock
):
    share(about_child, "ppt", ("words",), replace(LAW, said="Mamma må ikke vite det"))
    view = persons(session, vault, clock, about_child)
    assert (view.shares[0].asked, view.shares[0].said) == (None, "")
    assert view.shares[0].reason == LAW.reason


def test_a_service_that_has_both_parts_leaves_only_the_writers_lines(
    about_child, share, part, session, vault, clock
):
    share(about_child, "ppt", ("words",), LAW)
    share(about_child, "ppt", ("words",), LAW, childs=True)
    seen = part(about_child, "ppt")
    assert {one.author for one in seen.statements} == {"parent", "child"}
    view = persons(session, vault, clock, about_child)
    assert len(view.shares) == 1
    assert [a for a in actions(view) if a.startswith("share")] == ["share_made", "share_opened"]


def test_the_child_keeps_its_share_when_the_writer_deletes(about_child, share, part, session, vault, clock):
    share(about_child, "ppt", ("words",), LAW)
    share(about_child, "barnevern", ("words",), LAW, childs=True)
    cases.delete_case(session, vault, clock, about_child)
    with pytest.raises(CaseNotFound):
        part(about_child, "ppt")
    assert [one.text for one in part(about_child, "barnevern").statements] == [CHILDS_WORDS]
    details = [
        line.detail for line in session_log(session, vault, clock, about_child) if line.action == "share_made"
    ]
    assert details == ["barnevern"]


def session_log(session, vault, clock, case_id):
    return cases.read_case(session, vault, clock, case_id, NURSE).log


def test_deleting_the_case_deletes_shares_and_glass(case_id, share, session, vault, clock, employee):
    share(case_id)
    reference = persons(session, vault, clock, case_id).reference
    glass.break_glass(session, vault, clock, reference, employee, "other", "Uttrykkelig grunn")
    cases.delete_case(session, vault, clock, case_id)
    assert session.scalar(select(func.count()).select_from(Share)) == 0
    assert glass.broken_glass(session, "fjordvik") == ()


# --- Opening and answering ---


def test_opening_is_logged_by_name_once_and_shown_to_the_person(case_id, share, part, session, vault, clock):
    share(case_id)
    part(case_id)
    part(case_id)
    view = persons(session, vault, clock, case_id)
    lines = [line for line in view.log if line.action == "share_opened"]
    assert [(line.actor_name, line.detail) for line in lines] == [("Kari Dale", "helsesykepleier")]
    assert view.shares[0].opened_at == clock.now()
    clock.move(minutes=6)
    part(case_id)
    view = persons(session, vault, clock, case_id)
    assert actions(view).count("share_opened") == 2
    assert view.shares[0].opened_at < clock.now()


def test_reading_by_a_service_stops_no_colleague_who_writes(
    case_id, share, part, session, vault, clock, employee
):
    view = share(case_id)
    part(case_id)
    cases.write_message(session, vault, clock, case_id, "Hei", employee, view.version)


def test_the_answer_reaches_the_contact_person_and_its_words_not_the_person(
    case_id, share, session, vault, clock, employee
):
    share(case_id)
    cases.read_case(session, vault, clock, case_id, employee)
    cases.answer_share(session, vault, clock, case_id, NURSE, "helsesykepleier", "waiting", "Tre uker")
    view = cases.read_case(session, vault, clock, case_id, employee)
    assert (view.shares[0].outcome, view.shares[0].outcome_words) == ("waiting", "Tre uker")
    mine = persons(session, vault, clock, case_id)
    assert (mine.shares[0].outcome, mine.shares[0].outcome_words) == ("waiting", "")
    line = next(line for line in mine.log if line.action == "share_answered")
    assert (line.detail, line.actor_name) == ("helsesykepleier:waiting", "Kari Dale")


def test_two_in_the_same_service_do_not_overwrite_each_other(case_id, share, session, vault, clock):
    share(case_id)
    cases.answer_share(session, vault, clock, case_id, NURSE, "helsesykepleier", "taken")
    with pytest.raises(answering.AnswerChanged):
        cases.answer_share(session, vault, clock, case_id, NURSE, "helsesykepleier", "refused", "nei")
    cases.answer_share(
        session,
        vault,
        clock,
        case_id,
        NURSE,
        "helsesykepleier",
        "got_help",
        seen_answer=clock.now(),
    )


def test_what_an_employee_has_heard_is_theirs_and_answers_for_nobody(
    case_id, share, session, vault, clock, employee
):
    share(case_id)
    cases.note_answer(session, vault, clock, case_id, employee, "helsesykepleier", "taken", "Anne ringte")
    (row,) = shared_list(session, vault, clock, "fjordvik", "helsesykepleier")
    assert (row.outcome, row.outcome_at, row.opened_at) == (None, None, None)
    assert (row.noted, row.noted_by) == ("taken", employee.name)
    seen = open_share(session, vault, clock, case_id, NURSE, "helsesykepleier")
    assert seen.answer is None
    assert seen.note is not None
    mine = persons(session, vault, clock, case_id).shares[0]
    assert (mine.known, mine.noted_last, mine.outcome, mine.noted_words) == ("taken", True, None, "")
    # The service has seen no answer of its own, so none has come in between.
    cases.answer_share(session, vault, clock, case_id, NURSE, "helsesykepleier", "refused", "Ingen plass")
    clock.move(days=1)
    view = cases.note_answer(session, vault, clock, case_id, employee, "helsesykepleier", "waiting", "Ringte")
    share_now = view.shares[0]
    assert (share_now.outcome, share_now.outcome_words, share_now.outcome_by) == (
        "refused",
        "Ingen plass",
        NURSE.name,
    )
    assert (share_now.known, share_now.noted_words) == ("waiting", "Ringte")
    (row,) = shared_list(session, vault, clock, "fjordvik", "helsesykepleier")
    assert (row.outcome, row.noted) == ("refused", "waiting")


def test_the_list_of_a_service_holds_its_cases_of_every_month(
    session, vault, clock, new_case, share, employee
):
    first = cases.send_case(session, vault, clock, new_case()).case_id
    share(first)
    clock.move(days=70)
    second = cases.send_case(session, vault, clock, new_case()).case_id
    share(second)
    other = cases.send_case(session, vault, clock, new_case(consents={"ppt": True})).case_id
    share(other, "ppt")
    rows = shared_list(session, vault, clock, "fjordvik", {"helsesykepleier", "an_older_id"})
    assert [row.case_id for row in rows] == [second, first]
    assert shared_list(session, vault, clock, "granlia", "helsesykepleier") == ()
    assert len({share.mark for share in session.scalars(select(Share))}) == 3


def test_may_receive_asks_for_a_yes_or_a_recorded_basis(
    about_child, case_id, share, session, vault, clock, employee
):
    view = cases.read_case(session, vault, clock, case_id, employee)
    assert sharing.may_receive(view, "helsesykepleier")
    assert not sharing.may_receive(view, "ppt")
    view = share(case_id, "ppt", ("words",), LAW)
    assert sharing.may_receive(view, "ppt")
    view = cases.end_share(session, vault, clock, case_id, employee, view.shares[0].id)
    assert not sharing.may_receive(view, "ppt")
    view = share(about_child, "ppt", ("words",), LAW, childs=True)
    assert not sharing.may_receive(view, "ppt")


def test_an_employee_who_has_not_seen_the_newest_is_told(case_id, share, session, vault, clock, employee):
    view = share(case_id)
    cases.add_statement(session, vault, clock, case_id, "youth", "Mer")
    with pytest.raises(CaseChanged):
        cases.end_share(session, vault, clock, case_id, employee, view.shares[0].id, view.version)
    with pytest.raises(CaseNotFound):
        cases.end_share(
            session, vault, clock, case_id, replace(employee, municipality="granlia"), view.shares[0].id
        )


# --- Broken glass ---


def test_broken_glass_is_written_down_and_shown(case_id, session, vault, clock, employee):
    reference = persons(session, vault, clock, case_id).reference
    typed = f" {reference[:3].lower()}-{reference[3:]} "
    assert (
        glass.break_glass(session, vault, clock, typed, NURSE, "danger", "Mor ringte og var redd") == case_id
    )
    (one,) = persons(session, vault, clock, case_id).glass
    assert (one.employee_name, one.kind, one.reason) == ("Kari Dale", "danger", "Mor ringte og var redd")
    assert one.until - one.at == glass.OPEN_FOR
    assert session.scalar(select(glass.live_glass(NURSE.id, clock.now())).select_from(cases.models.Case))
    clock.move(hours=4)
    assert not session.scalar(select(glass.live_glass(NURSE.id, clock.now())).select_from(cases.models.Case))


@pytest.mark.parametrize(
    ("kind", "reason", "withheld"),
    [
        ("danger", " ", ""),
        ("curious", "grunn", ""),
        ("other", "grunn", "vil ikke si det"),
        ("danger", "x" * 20_001, ""),
    ],
)
def test_glass_is_not_broken_without_a_reason(case_id, session, vault, clock, kind, reason, withheld):
    reference = persons(session, vault, clock, case_id).reference
    with pytest.raises(InvalidCase):
        glass.break_glass(session, vault, clock, reference, NURSE, kind, reason, withheld)


def test_a_wrong_number_and_another_municipalitys_are_alike(case_id, session, vault, clock):
    reference = persons(session, vault, clock, case_id).reference
    for number, who in (
        (reference, replace(NURSE, municipality="granlia")),
        ("ZZZZZZ", NURSE),
        ("x", NURSE),
        ("", NURSE),
    ):
        with pytest.raises(CaseNotFound):
            glass.break_glass(session, vault, clock, number, who, "other", "grunn")
    assert session.scalar(select(func.count()).where(LogEntry.action == "glass_broken")) == 0


def test_glass_kept_from_the_person_in_danger_shows_all_of_it_afterwards(
    case_id, session, vault, clock, employee
):
    before = persons(session, vault, clock, case_id)
    glass.break_glass(
        session, vault, clock, before.reference, NURSE, "danger", f"Fare {MARKED}", "Far leser telefonen"
    )
    cases.read_case(session, vault, clock, case_id, NURSE)
    cases.read_case(session, vault, clock, case_id, employee)
    hidden = persons(session, vault, clock, case_id)
    assert hidden.glass == ()
    assert [line.actor_name for line in hidden.log[len(before.log) :]] == ["Maja Vik"]
    glass_id = cases.read_case(session, vault, clock, case_id, employee).glass[0].id
    glass.tell_of_glass(session, vault, clock, case_id, employee, glass_id)
    told = persons(session, vault, clock, case_id)
    assert [line.action for line in told.log[len(before.log) :]] == ["glass_broken", "read", "read"]
    assert told.glass[0].withheld_reason == ""


def test_nobody_looks_into_what_they_did_themselves(case_id, session, vault, clock, employee):
    reference = persons(session, vault, clock, case_id).reference
    glass.break_glass(session, vault, clock, reference, NURSE, "other", "grunn")
    (row,) = glass.broken_glass(session, "fjordvik")
    assert row.words is None
    assert not glass.look_into(session, clock, row.id, NURSE)
    assert not glass.look_into(session, clock, row.id, replace(employee, municipality="granlia"))
    assert glass.waiting_to_be_seen(session, "fjordvik") == 1
    assert glass.look_into(session, clock, row.id, employee)
    assert glass.waiting_to_be_seen(session, "fjordvik") == 0
    (row,) = glass.broken_glass(session, "fjordvik", vault)
    assert (row.seen_by, row.words.reason) == ("Maja Vik", "grunn")
