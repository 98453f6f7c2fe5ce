"""Linked cases: what the readers of one know of the other, and above all what no person is told by it."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from web import cases
from web.cases import linking
from web.cases.models import Case
from web.cases.plan_models import CaseLinkRow
from web.cases.seeing import for_person
from web.cases.types import CaseNotFound, ChildStatement, ChildTold, EmployeeRef, InvalidCase


@pytest.fixture
def parents(session, vault, clock, new_case):
    """parents(): a case that a parent has written about a child."""

    def make(text="Han vil ikke på skolen."):
        new = new_case(writer="parent", about="my_child", statements=(("parent", text),), age=12)
        return cases.send_case(session, vault, clock, new)

    return make


@pytest.fixture
def childs(session, vault, clock, new_case):
    """childs(): a case that a child has written for itself."""

    def make(text="Jeg er redd hjemme."):
        new = new_case(writer="child", about="self", statements=(("child", text),), age=12)
        return cases.send_case(session, vault, clock, new)

    return make


@pytest.fixture
def link(session, vault, clock, employee):
    """link(one, other, "same_person"): one is linked with the other."""

    def make(one, other, relation="same_person", **more):
        return linking.link_cases(
            session,
            vault,
            clock,
            one.case_id,
            employee,
            other.reference,
            relation,
            "Hun skrev to ganger",
            **more,
        )

    return make


@pytest.fixture
def of(session, vault, employee):
    """of(one): the links of a case, for a reader of it."""
    return lambda one: linking.links_of(session, vault, one.case_id, employee)


@pytest.fixture
def told_to(session, vault, clock):
    """told_to(one): everything the person of this case is shown, as text."""

    def everything(one):
        view = cases.view_for_person(session, vault, clock, one.case_id)
        assert view is not None
        links = linking.links_for_person(session, vault, one.case_id)
        return for_person(view), links

    return everything


def test_both_sides_know_of_each_other_and_both_persons_see_it(link, of, told_to, parents):
    one, other = parents(), parents()
    link(one, other)
    assert [each.reference for each in of(one)] == [other.reference]
    assert [each.reference for each in of(other)] == [one.reference]
    for side in (one, other):
        view, links = told_to(side)
        assert view.log[-1].action == "linked"
        assert view.log[-1].detail is None
        assert [each.answer for each in links] == ["asked"]


def test_a_parent_is_never_told_that_the_child_has_written(
    session, vault, clock, link, told_to, parents, childs, employee
):
    parent, child = parents(), childs()
    before, _ = told_to(parent)
    link(parent, child, "others")
    after, links = told_to(parent)
    assert links == ()
    assert after == before.__class__(**{**before.__dict__, "version": after.version})
    # Nor when it is linked from the child's side, undone, or the words are answered for.
    (side,) = linking.links_of(session, vault, parent.case_id, employee)
    assert side.mine is None
    with pytest.raises(InvalidCase):
        linking.words_told(session, vault, clock, parent.case_id, employee, side.id, True)
    with pytest.raises(CaseNotFound):
        linking.words_answered(session, vault, clock, parent.case_id, side.id, True)
    linking.unlink_cases(session, vault, clock, child.case_id, employee, _side(session, child).id)
    link(child, parent, "others")
    again, links = told_to(parent)
    assert links == ()
    assert again.log == before.log
    # The child is told, in neutral words.
    view, links = told_to(child)
    assert [line.action for line in view.log if "link" in line.action] == ["linked", "unlinked", "linked"]
    assert len(links) == 1
    # And the parent's own file has nothing of it.
    taken = cases.log_export(session, vault, clock, parent.case_id)
    assert not any("link" in line.action for line in taken.log)


def _side(session, one):
    return session.scalars(
        select(CaseLinkRow).where(CaseLinkRow.case_id == one.case_id, CaseLinkRow.ended_at.is_(None))
    ).one()


def test_two_grown_ups_are_not_told_of_each_other_nor_two_children(link, told_to, parents, childs):
    mother, father = parents(), parents()
    link(mother, father, "others")
    me, friend = childs(), childs()
    link(me, friend, "others")
    for side in (mother, father, me, friend):
        view, links = told_to(side)
        assert links == ()
        assert not any("link" in line.action for line in view.log)


def test_a_child_and_a_grown_up_are_not_one_person(session, link, parents, childs):
    with pytest.raises(linking.NotTheSamePerson):
        link(parents(), childs())
    assert session.scalar(select(func.count()).select_from(CaseLinkRow)) == 0


def test_a_link_can_be_kept_from_the_person_for_a_reason(link, of, told_to, parents):
    one, other = parents(), parents()
    with pytest.raises(InvalidCase):
        link(one, other, withheld=" ")
    link(one, other, withheld="Noen leser over skulderen")
    assert of(one)[0].withheld == "Noen leser over skulderen"
    assert of(one)[0].mine is None
    view, links = told_to(one)
    assert links == ()
    assert not any("link" in line.action for line in view.log)


def test_words_are_read_only_after_a_yes_and_it_is_logged(
    session, vault, clock, link, of, told_to, parents, employee
):
    one, other = parents("Første brev"), parents("Andre brev")
    link(one, other)
    reader = EmployeeRef("9", "Lise Moe", "fjordvik", "PPT")

    def words():
        return linking.linked_words(session, vault, clock, one.case_id, of(one)[0].id, reader)

    with pytest.raises(CaseNotFound):
        words()
    # A yes for the words of the one is no yes for the other's.
    linking.words_answered(session, vault, clock, one.case_id, of(one)[0].id, True)
    with pytest.raises(CaseNotFound):
        words()
    linking.words_answered(session, vault, clock, other.case_id, of(other)[0].id, True)
    assert [each.text for each in words()] == ["Andre brev"]
    view, _ = told_to(other)
    assert (view.log[-1].action, view.log[-1].actor_name) == ("read", "Lise Moe")
    # They change their mind.
    linking.words_answered(session, vault, clock, other.case_id, of(other)[0].id, False)
    with pytest.raises(CaseNotFound):
        words()
    view, links = told_to(other)
    assert (view.log[-1].action, view.log[-1].detail) == ("link_words", "no")
    assert links[0].answer == "no"


def test_a_yes_on_the_phone_says_who_was_told_and_when(session, vault, clock, link, of, parents, employee):
    one, other = parents(), parents()
    link(one, other)
    linking.words_told(session, vault, clock, other.case_id, employee, of(other)[0].id, True)
    (seen,) = of(one)
    assert (seen.words, seen.words_by, seen.words_at) == ("yes", "Maja Vik", clock.now())
    assert (seen.mine, seen.mine_by) == ("asked", None)


def test_what_a_child_has_told_in_it_is_not_for_the_writer_to_say_yes_to(
    session, vault, clock, link, of, parents, employee
):
    one, other = parents(), parents("Den voksnes ord")
    told = ChildTold("key-of-a-telling-1", "child", "nb", (ChildStatement("Barnets ord"),))
    cases.child_tells(session, vault, clock, other.case_id, told)
    link(one, other)
    linking.words_answered(session, vault, clock, other.case_id, of(other)[0].id, True)
    words = linking.linked_words(session, vault, clock, one.case_id, of(one)[0].id, employee)
    assert [each.text for each in words] == ["Den voksnes ord"]


def test_what_is_not_there_or_is_another_municipalitys_cannot_be_linked(
    session, vault, clock, link, parents, new_case, employee
):
    one, elsewhere = parents(), cases.send_case(session, vault, clock, new_case(municipality="granlia"))
    for reference in (elsewhere.reference, "ZZZZZZ", ""):
        with pytest.raises(linking.NoSuchReference):
            linking.link_cases(
                session, vault, clock, one.case_id, employee, reference, "same_person", "To ganger"
            )
    with pytest.raises(linking.LinkedAlready):
        link(one, one)
    other = parents()
    link(one, other)
    with pytest.raises(linking.LinkedAlready):
        link(other, one)
    with pytest.raises(InvalidCase):
        linking.link_cases(session, vault, clock, one.case_id, employee, other.reference, "same_person", " ")
    stranger = EmployeeRef("2", "Per", "granlia")
    with pytest.raises(CaseNotFound):
        linking.links_of(session, vault, one.case_id, stranger)
    with pytest.raises(CaseNotFound):
        linking.linked_words(session, vault, clock, one.case_id, _side(session, one).id, stranger)
    with pytest.raises(CaseNotFound):
        linking.unlink_cases(session, vault, clock, one.case_id, stranger, _side(session, one).id)


def test_a_link_is_undone_on_both_sides(session, vault, clock, link, of, told_to, parents, employee):
    one, other = parents(), parents()
    link(one, other)
    linking.words_answered(session, vault, clock, other.case_id, of(other)[0].id, True)
    link_id = of(one)[0].id
    linking.unlink_cases(session, vault, clock, one.case_id, employee, link_id)
    assert of(one) == of(other) == ()
    with pytest.raises(CaseNotFound):
        linking.linked_words(session, vault, clock, one.case_id, link_id, employee)
    for side in (one, other):
        view, links = told_to(side)
        assert view.log[-1].action == "unlinked"
        assert links == ()


def test_deleting_one_case_takes_the_link_and_not_the_other_case(session, vault, clock, link, of, parents):
    one, other = parents(), parents()
    link(one, other)
    cases.delete_case(session, vault, clock, other.case_id)
    session.expire_all()
    assert of(one) == ()
    assert session.scalar(select(func.count()).select_from(CaseLinkRow)) == 0
    assert session.get(Case, one.case_id) is not None


def test_what_becomes_a_childs_own_case_is_no_longer_linked_with_the_writers_other(
    session, vault, clock, link, of, told_to, parents
):
    """The mother deletes one of her two cases, in which the child had told: that part stays, and must not be named to her."""
    one, other = parents(), parents()
    link(one, other)
    told = ChildTold("key-of-a-telling-1", "child", "nb", (ChildStatement("Barnets ord"),))
    cases.child_tells(session, vault, clock, other.case_id, told)
    cases.delete_case(session, vault, clock, other.case_id)
    session.expire_all()
    assert of(one) == ()
    assert told_to(one)[1] == ()


def test_somebody_who_has_the_other_side_open_is_told(session, vault, clock, link, parents):
    one, other = parents(), parents()
    before = session.get(Case, other.case_id).version
    link(one, other)
    session.expire_all()
    assert session.get(Case, other.case_id).version > before
