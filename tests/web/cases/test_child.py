"""The child's own words in a case that somebody else has written: kept apart, shown to whom they are for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from web import cases
from web.cases.child import (
    FILE,
    INVITATION_VALID,
    about_a_child,
    ages,
    hash_invitation,
    looks_like_invitation,
    new_invitation_code,
)
from web.cases.models import Case, ChildInvitation, Statement
from web.cases.types import (
    ChildStatement,
    ChildTold,
    Evidence,
    Facts,
    InvalidCase,
    InvitationGone,
    NeedFound,
    NotAsked,
    UnderstandingData,
)

SECRET = "Han slår meg når mamma er på jobb"


def telling(**changes):
    values = {
        "key": "a-key-of-one-telling",
        "author": "child",
        "language": "nb",
        "statements": (
            ChildStatement("Jeg valgte ansiktet: lei meg.", pictures=True),
            ChildStatement(SECRET),
        ),
        "age": 8,
        "understanding": UnderstandingData("nb", (NeedFound("violence_home", 0.8, (Evidence(1, 4, 7),)),)),
    }
    return ChildTold(**{**values, **changes})


@pytest.fixture
def parents(new_case):
    """parents(…): a case that a parent has written about its child."""
    return lambda **changes: new_case(
        **{
            "writer": "parent",
            "about": "my_child",
            "age": 8,
            "statements": (("parent", "Hun vil ikke på skolen."),),
            "understanding": None,
            "needs": ("school_refusal",),
            "needs_added": (),
            "needs_removed": (),
            **changes,
        }
    )


@pytest.fixture
def sent(session, vault, clock, parents):
    new = parents()
    return cases.send_case(session, vault, clock, new), new.return_code


@pytest.fixture
def case_id(sent):
    return sent[0].case_id


@pytest.fixture
def staff_view(session, vault, clock, case_id, employee):
    return lambda: cases.read_case(session, vault, clock, case_id, employee)


@pytest.fixture
def writer_view(session, vault, clock, case_id):
    return lambda: cases.view_for_person(session, vault, clock, case_id)


def test_the_child_is_not_asked_until_it_has_told(session, vault, clock, case_id, staff_view, employee):
    assert staff_view().child.stands == "not_asked"
    assert [row.child for row in cases.queue(session, vault, clock, "fjordvik")] == ["not_asked"]
    cases.invite_child(session, vault, clock, case_id)
    assert staff_view().child.stands == "invited"
    assert [row.child for row in cases.queue(session, vault, clock, "fjordvik")] == ["invited"]
    cases.child_tells(session, vault, clock, case_id, telling())
    assert staff_view().child.stands == "told"
    assert [row.child for row in cases.queue(session, vault, clock, "fjordvik")] == ["told"]
    assert staff_view().child.told_on == (clock.now(),)


@pytest.mark.parametrize(
    ("changes", "stands"),
    [
        ({"age": 3}, None),
        ({"age": 4}, "not_asked"),
        ({"age": 17}, "not_asked"),
        ({"age": 18}, None),
        ({"age": None}, "not_asked"),
        ({"about": "self", "age": None}, None),
        ({"writer": "other", "about": "other", "age": 9}, "not_asked"),
        ({"writer": "other", "about": "friend", "age": None}, None),
        ({"writer": "youth", "about": "self", "age": 15}, None),
        ({"writer": "child", "about": "self", "age": 9}, None),
    ],
)
def test_whom_there_is_to_ask(session, vault, clock, parents, changes, stands):
    cases.send_case(session, vault, clock, parents(**changes))
    assert [row.child for row in cases.queue(session, vault, clock, "fjordvik")] == [stands]


def test_the_employee_reads_the_childs_words_and_the_writer_does_not(
    session, vault, clock, case_id, sent, staff_view, writer_view
):
    cases.child_tells(session, vault, clock, case_id, telling())
    view = staff_view()
    assert [(s.text, s.from_child, s.pictures, s.author) for s in view.statements][1:] == [
        ("Jeg valgte ansiktet: lei meg.", True, True, "child"),
        (SECRET, True, False, "child"),
    ]
    # Evidence points at the statement's real place.
    assert view.understandings[-1].needs[0].evidence[0].statement == 2
    assert view.child.age == 8
    for seen in (
        writer_view(),
        cases.open_with_code(session, vault, clock, sent[1]),
        cases.add_statement(session, vault, clock, case_id, "parent", "Mer fra mor."),
        cases.write_message(session, vault, clock, case_id, "Spørsmål."),
        cases.give_consent(session, vault, clock, case_id, "ppt"),
        cases.withdraw_consent(session, vault, clock, case_id, "ppt"),
        cases.invite_child(session, vault, clock, case_id),
        cases.withdraw_child_invitation(session, vault, clock, case_id),
        cases.set_child_not_asked(session, vault, clock, case_id, NotAsked("not_safe")),
    ):
        assert SECRET not in repr(seen)
        assert "ansiktet" not in repr(seen)
        assert "violence_home" not in repr(seen)
        assert seen.child.told_on == (clock.now(),)
    assert "child_told" in [line.action for line in writer_view().log]
    assert [line.actor_kind for line in staff_view().log if line.action == "child_told"] == ["child"]


def test_the_child_can_let_the_grown_ups_at_home_read_it(
    session, vault, clock, case_id, staff_view, writer_view
):
    cases.child_tells(session, vault, clock, case_id, telling(share_at_home=True))
    cases.child_tells(
        session, vault, clock, case_id,
        telling(key="another-key-of-a-telling", statements=(ChildStatement("Dette er hemmelig"),)),
    )  # fmt: skip
    assert [s.text for s in writer_view().statements if s.from_child] == [
        "Jeg valgte ansiktet: lei meg.",
        SECRET,
    ]
    assert [s.shared_at_home for s in staff_view().statements] == [False, True, True, False]
    # A consent of the child's, which is no service's.
    assert {c.scope for c in session.get(Case, case_id).consents} == {"case", "home"}
    assert "home" not in {c.scope for c in staff_view().consents}


@pytest.mark.parametrize("how", [{"acute_kinds": ("violence",)}, {"safe": "no"}, {"hurt": "yes"}])
def test_danger_in_the_childs_words_is_acute_and_the_writer_is_not_shown_it(
    session, vault, clock, case_id, staff_view, writer_view, employee, how
):
    cases.child_tells(session, vault, clock, case_id, telling(**how))
    assert staff_view().urgency == "acute"
    assert staff_view().acute_kinds == how.get("acute_kinds", ())
    childs = writer_view().child
    assert (writer_view().urgency, writer_view().acute_kinds, childs.safe, childs.hurt) == (
        "normal",
        (),
        None,
        None,
    )
    # What the writer tells of danger is the writer's own to see.
    cases.write_message(session, vault, clock, case_id, "Han er farlig.", acute_kinds=("violence",))
    assert (writer_view().urgency, writer_view().acute_kinds) == ("acute", ("violence",))


def test_an_employees_word_on_urgency_is_for_both(
    session, vault, clock, case_id, staff_view, writer_view, employee
):
    cases.child_tells(session, vault, clock, case_id, telling(safe="no"))
    cases.set_urgency(session, vault, clock, case_id, employee, "normal")
    cases.set_urgency(session, vault, clock, case_id, employee, "acute")
    assert writer_view().urgency == "acute"


def test_told_before_sending_is_sent_with_it_and_the_receipt_does_not_tell(
    session, vault, clock, parents, employee
):
    new = parents(child_told=(telling(acute_kinds=("violence",)),))
    receipt = cases.send_case(session, vault, clock, new)
    assert receipt.urgency == "normal"
    again = cases.send_case(session, vault, clock, new)
    assert (again.case_id, again.urgency, again.repeated) == (receipt.case_id, "normal", True)
    view = cases.read_case(session, vault, clock, receipt.case_id, employee)
    assert [s.from_child for s in view.statements] == [False, True, True]
    assert view.urgency == "acute"
    assert [line.action for line in view.log][:2] == ["sent", "child_told"]
    assert SECRET not in repr(cases.view_for_person(session, vault, clock, receipt.case_id))


def test_the_same_telling_twice_is_written_once(session, vault, clock, case_id, staff_view):
    for _ in range(2):
        cases.child_tells(session, vault, clock, case_id, telling())
    assert len(staff_view().statements) == 3
    assert [line.action for line in staff_view().log].count("child_told") == 1


def test_told_again_the_municipality_owes_an_answer(session, vault, clock, case_id, employee, staff_view):
    cases.set_status(session, vault, clock, case_id, employee, "closed", "got_help")
    clock.move(days=3)
    cases.child_tells(session, vault, clock, case_id, telling())
    assert staff_view().status == "in_progress"
    assert staff_view().waiting_since == clock.now()
    assert cases.news_since(session, "fjordvik", clock.now().replace(hour=0)).cases_with_more == 1


# --- Invitations ----------------------------------------------------------------------------------------------


@pytest.fixture
def code(session, vault, clock, case_id):
    return cases.invite_child(session, vault, clock, case_id).child.invitation.code


def test_an_invitation_opens_once_however_it_is_written(session, vault, clock, case_id, code):
    for typed in (code, code.lower(), f" {code[:5]}-{code[5:]} ", f"{code[:5]} {code[5:]}"):
        found = cases.find_child_invitation(session, vault, clock, "fjordvik", typed)
        assert found is not None
        assert found[0] == case_id
    cases.child_tells(session, vault, clock, case_id, telling(), found[1])
    assert cases.find_child_invitation(session, vault, clock, "fjordvik", code) is None
    with pytest.raises(InvitationGone):
        cases.child_tells(session, vault, clock, case_id, telling(key="some-other-telling-key"), found[1])
    cases.child_tells(
        session, vault, clock, case_id, telling(), found[1]
    )  # a second press of the same button
    assert session.query(Statement).filter_by(case_id=case_id, from_child=True).count() == 2


def test_only_the_right_code_in_the_right_municipality_in_time(session, vault, clock, case_id, code):
    def find(typed=code, at="fjordvik"):
        return cases.find_child_invitation(session, vault, clock, at, typed)

    wrong = code[:-1] + ("A" if code[-1] != "A" else "B")
    assert find() is not None
    for typed, at in ((wrong, "fjordvik"), (code, "lauvdal"), ("", "fjordvik"), (code + "A", "fjordvik")):
        assert find(typed, at) is None
    clock.move(days=INVITATION_VALID.days)
    assert find() is None


def test_opened_in_time_it_may_be_sent_some_hours_later(session, vault, clock, case_id, code):
    clock.move(days=13, hours=23)
    _, invitation = cases.find_child_invitation(session, vault, clock, "fjordvik", code)
    clock.move(hours=5)
    cases.child_tells(session, vault, clock, case_id, telling(), invitation)
    assert cases.view_for_person(session, vault, clock, case_id).child.told_on


def test_a_new_invitation_ends_the_old_one_and_it_can_be_taken_back(session, vault, clock, case_id, code):
    _, first = cases.find_child_invitation(session, vault, clock, "fjordvik", code)
    newer = cases.invite_child(session, vault, clock, case_id).child.invitation.code
    assert cases.find_child_invitation(session, vault, clock, "fjordvik", code) is None
    with pytest.raises(InvitationGone):
        cases.child_tells(session, vault, clock, case_id, telling(), first)
    view = cases.withdraw_child_invitation(session, vault, clock, case_id)
    assert view.child.invitation is None
    assert cases.find_child_invitation(session, vault, clock, "fjordvik", newer) is None
    assert [line.action for line in view.log][-3:] == [
        "child_invited", "child_invited", "child_invitation_withdrawn",
    ]  # fmt: skip


def test_the_code_is_only_for_who_made_it_and_only_its_hash_is_in_the_table(
    session, vault, clock, case_id, code, staff_view, writer_view
):
    assert writer_view().child.invitation.code == code
    assert staff_view().child.invitation.code is None
    row = session.query(ChildInvitation).filter_by(case_id=case_id).one()
    assert code not in repr(vars(row))
    assert row.code_hash == hash_invitation(code, vault.keyring.secret("code_pepper"))
    assert len({new_invitation_code() for _ in range(200)}) == 200
    assert all(looks_like_invitation(new_invitation_code()) for _ in range(50))


def test_a_hash_moved_to_another_case_opens_nothing(session, vault, clock, parents, case_id, code):
    other = cases.send_case(session, vault, clock, parents()).case_id
    cases.invite_child(session, vault, clock, other)
    mine = session.query(ChildInvitation).filter_by(case_id=case_id).one()
    theirs = session.query(ChildInvitation).filter_by(case_id=other).one()
    stolen, mine.code_hash = mine.code_hash, "0" * 64
    session.flush()
    theirs.code_hash = stolen
    session.commit()
    assert cases.find_child_invitation(session, vault, clock, "fjordvik", code) is None


# --- Why not --------------------------------------------------------------------------------------------------


def test_the_reason_stands_until_the_child_has_told(session, vault, clock, case_id, staff_view):
    cases.set_child_not_asked(session, vault, clock, case_id, NotAsked("other", "Hun er hos besteforeldrene"))
    assert staff_view().child.not_asked == NotAsked("other", "Hun er hos besteforeldrene")
    assert staff_view().child.not_asked_at == clock.now()
    cases.set_child_not_asked(session, vault, clock, case_id, NotAsked("not_safe", "glemt tekst"))
    assert staff_view().child.not_asked == NotAsked("not_safe")
    cases.child_tells(session, vault, clock, case_id, telling())
    assert staff_view().child.not_asked is None


def test_what_the_core_does_not_take(session, vault, clock, case_id, parents):
    for bad in (
        {"author": "parent"},
        {"statements": ()},
        {"statements": (ChildStatement(" "),)},
        {"age": 200},
        {"key": "short"},
        {"acute_kinds": ("Not an id",)},
        {"safe": "perhaps"},
        {"hurt": "perhaps"},
    ):
        with pytest.raises(InvalidCase):
            cases.child_tells(session, vault, clock, case_id, telling(**bad))
        with pytest.raises(InvalidCase):
            cases.send_case(session, vault, clock, parents(child_told=(telling(**bad),)))
    for why in (NotAsked("other", " "), NotAsked("because")):
        with pytest.raises(InvalidCase):
            cases.set_child_not_asked(session, vault, clock, case_id, why)


# --- Deleting -------------------------------------------------------------------------------------------------


def test_who_wrote_the_case_can_delete_it_but_not_what_the_child_has_told(
    session, vault, clock, case_id, sent, staff_view, employee
):
    cases.write_message(session, vault, clock, case_id, "Slett alt, takk.")
    cases.invite_child(session, vault, clock, case_id)
    cases.child_tells(session, vault, clock, case_id, telling(acute_kinds=("violence",)))
    cases.delete_case(session, vault, clock, case_id)
    assert cases.open_with_code(session, vault, clock, sent[1]) is None
    view = staff_view()
    assert [s.text for s in view.statements] == ["Jeg valgte ansiktet: lei meg.", SECRET]
    assert view.messages == ()
    assert view.consents == ()
    assert (view.facts.writer, view.facts.about, view.facts.age, view.facts.hope) == (
        "child",
        "self",
        8,
        None,
    )
    assert (view.contact.way, view.contact.details) == ("code", None)
    assert (view.urgency, view.acute_kinds) == ("acute", ("violence",))
    assert "vil ikke på skolen" not in repr(view)
    assert {line.action for line in view.log} == {"sent", "child_told", "writer_deleted", "read"}


def test_without_a_childs_words_everything_goes(session, vault, clock, case_id, code):
    cases.delete_case(session, vault, clock, case_id)
    assert session.query(ChildInvitation).count() == 0
    assert session.get(Case, case_id) is None


def test_another_municipality_reads_nothing(session, vault, clock, case_id, employee):
    from web.cases.types import CaseNotFound

    cases.child_tells(session, vault, clock, case_id, telling())
    with pytest.raises(CaseNotFound):
        cases.read_case(session, vault, clock, case_id, replace(employee, municipality="lauvdal"))


# --- The ages -------------------------------------------------------------------------------------------------


def test_the_ages_are_data_with_a_source():
    found = ages()
    assert found.reminded_from < found.words_from < found.youth_from < found.grown_from
    assert about_a_child(facts(found.grown_from)) is False
    assert about_a_child(facts(found.reminded_from)) is True
    assert about_a_child(facts(found.reminded_from - 1)) is False


def facts(age):
    return Facts("parent", "my_child", age, "yes", None, (), ())


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("age: 10", "age: 40"),
        ("age: 10", "age: 14"),
        ("id: words_from", "id: youth_from"),
        ("source: general knowledge of the law, not checked", "source: ''"),
        ("verified: false", "verified: perhaps"),
    ],
)
def test_a_file_of_ages_that_breaks_its_rules_is_refused(tmp_path, before, after):
    text = FILE.read_text("utf-8")
    assert before in text
    broken = tmp_path / "childs_turn.yml"
    broken.write_text(text.replace(before, after, 1), "utf-8")
    with pytest.raises(ValueError, match=r"childs_turn\.yml: ages"):
        ages(broken)
