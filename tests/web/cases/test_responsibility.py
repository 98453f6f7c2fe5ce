"""Who is responsible, in the core: offers, the child's word, disagreement, and what a deletion leaves."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from tests.conftest import ROOT
from web import cases
from web.cases import coordination
from web.cases.coordination import DisputeGone
from web.cases.duty_tables import CoordinationNote, Dispute, Handover
from web.cases.models import Case, name_key, unit_key
from web.cases.responsibility import OfferGone, chosen_against, handed_on, handovers
from web.cases.types import CaseChanged, CaseNotFound, ChildStatement, ChildTold, EmployeeRef, InvalidCase
from web.catalog import CatalogError, load

OLA = EmployeeRef("22222222-2222-2222-2222-222222222222", "Ola Berge", "fjordvik", "Barneverntjenesten")
TODAY = date(2026, 11, 20)


@pytest.fixture
def case_id(session, vault, clock, new_case):
    return cases.send_case(session, vault, clock, new_case()).case_id


def test_an_offer_is_answered_once(session, vault, clock, case_id, employee):
    version = cases.offer_case(session, vault, clock, case_id, employee, OLA, "Kan du?").version
    with pytest.raises(OfferGone):
        cases.accept_offer(session, vault, clock, case_id, employee)  # it was not offered to her
    view = cases.accept_offer(session, vault, clock, case_id, OLA, version)
    assert (view.contact_person_id, view.contact_unit_name) == (OLA.id, "Barneverntjenesten")
    for again in (
        lambda: cases.accept_offer(session, vault, clock, case_id, OLA),
        lambda: cases.decline_offer(session, vault, clock, case_id, OLA, "Nei"),
        lambda: cases.withdraw_offer(session, vault, clock, case_id, employee),
    ):
        with pytest.raises(OfferGone):
            again()
    with pytest.raises(CaseChanged):
        cases.offer_case(session, vault, clock, case_id, OLA, employee, expected_version=version)


@pytest.mark.parametrize(
    "to",
    [
        replace(OLA, municipality="granlia"),
        EmployeeRef("11111111-1111-1111-1111-111111111111", "X", "fjordvik"),
    ],
)
def test_who_cannot_be_asked(session, vault, clock, case_id, employee, to):
    with pytest.raises(InvalidCase):
        cases.offer_case(session, vault, clock, case_id, employee, to)


def test_who_has_it_already_is_not_asked_and_nobody_agrees_tomorrow(session, vault, clock, case_id, employee):
    cases.name_contact(session, vault, clock, case_id, OLA, OLA.id, OLA.name)
    with pytest.raises(InvalidCase):
        cases.offer_case(session, vault, clock, case_id, employee, OLA)
    with pytest.raises(InvalidCase):
        cases.name_contact(
            session, vault, clock, case_id, OLA, "", "Berit Moe", "BUP", agreed_on=date(2026, 11, 22)
        )


def test_another_municipality_can_do_nothing(session, vault, clock, case_id, employee):
    cases.offer_case(session, vault, clock, case_id, employee, OLA)
    stranger = replace(OLA, municipality="granlia")
    for call in (
        lambda: cases.accept_offer(session, vault, clock, case_id, stranger),
        lambda: cases.withdraw_offer(session, vault, clock, case_id, stranger),
        lambda: coordination.note_childs_word(session, vault, clock, case_id, stranger, "Hei", TODAY),
        lambda: coordination.open_dispute(session, vault, clock, case_id, stranger, ["bup"], "", "Hei"),
        lambda: coordination.decide_dispute(session, vault, clock, case_id, stranger, "bup", "", "Hei"),
        lambda: coordination.note_choice(
            session, vault, clock, case_id, stranger, "individual_plan", "offered", TODAY
        ),
    ):
        with pytest.raises(CaseNotFound):
            call()
    assert not handed_on(session, case_id, stranger)


def test_who_has_had_a_case_is_remembered_until_it_is_deleted(session, vault, clock, case_id, employee):
    cases.name_contact(session, vault, clock, case_id, employee, employee.id, employee.name)
    cases.offer_case(session, vault, clock, case_id, employee, OLA)
    assert not handed_on(session, case_id, OLA)
    clock.move(hours=1)
    cases.accept_offer(session, vault, clock, case_id, OLA)
    assert handed_on(session, case_id, employee)
    cases.delete_case(session, vault, clock, case_id)
    assert not handed_on(session, case_id, employee)
    assert session.scalars(select(Handover)).all() == []


def test_a_grown_up_reads_no_answer_to_what_a_child_has_said(session, vault, clock, new_case, employee):
    def against(**changes):
        case_id = cases.send_case(session, vault, clock, new_case(**changes)).case_id
        view = cases.name_contact(
            session, vault, clock, case_id, employee, employee.id, employee.name, against="Fordi"
        )
        return chosen_against(view, handovers(session, vault, case_id))

    parent = {"writer": "parent", "about": "my_child", "statements": (("parent", "Mor skriver."),)}
    assert against() == "Fordi"
    assert against(**parent, prefers="Ali") == "Fordi"
    assert against(**parent) == ""


def test_services_disagree_once_at_a_time_and_a_decision_names_one(session, vault, clock, case_id, employee):
    def open_it():
        coordination.open_dispute(
            session, vault, clock, case_id, employee, ["bup", "ppt"], "", "Begge sier nei"
        )

    def decide(service="", name="", reason="Fordi"):
        coordination.decide_dispute(session, vault, clock, case_id, employee, service, name, reason)

    with pytest.raises(DisputeGone):
        decide("bup")
    open_it()
    with pytest.raises(DisputeGone):
        open_it()
    for wrong in ({}, {"service": "bup", "name": "BUP"}, {"service": "bup", "reason": " "}):
        with pytest.raises(InvalidCase):
            decide(**wrong)
    decide(name="Skolehelsetjenesten")
    clock.move(hours=1)
    open_it()
    held = coordination.coordination(session, vault, case_id)
    assert held.dispute.open
    assert (held.decision.coordinator_name, held.decision.services) == ("Skolehelsetjenesten", ("bup", "ppt"))


def test_what_the_child_says_survives_the_writers_deletion_and_nothing_else_does(
    session, vault, clock, new_case, employee
):
    case_id = cases.send_case(
        session,
        vault,
        clock,
        new_case(writer="parent", about="my_child", statements=(("parent", "Mor skriver."),)),
    ).case_id
    told = ChildTold("key-of-a-telling-1", "child", "nb", (ChildStatement("Jeg er redd."),))
    cases.child_tells(session, vault, clock, case_id, told)
    cases.name_contact(session, vault, clock, case_id, employee, employee.id, employee.name, against="Fordi")
    cases.offer_case(session, vault, clock, case_id, employee, OLA, "Kan du?")
    coordination.note_childs_word(session, vault, clock, case_id, employee, "Helst Ali", TODAY)
    coordination.note_choice(
        session, vault, clock, case_id, employee, "individual_plan", "offered", TODAY, "Ring mor"
    )
    coordination.open_dispute(session, vault, clock, case_id, employee, ["bup"], "", "Mor sier at")
    cases.delete_case(session, vault, clock, case_id)
    assert session.scalars(select(Dispute)).all() == []
    assert len(session.scalars(select(CoordinationNote)).all()) == 1
    held = coordination.coordination(session, vault, case_id)
    assert [one.words for one in held.words] == ["Helst Ali"]
    (step,) = handovers(session, vault, case_id)
    assert (step.state, step.note, step.to_name) == ("offered", "", "Ola Berge")
    assert session.get(Case, case_id).contact_person_name == employee.name
    view = cases.accept_offer(session, vault, clock, case_id, OLA)
    assert view.contact_person_name == "Ola Berge"


def test_a_unit_is_compared_by_its_key(session, vault, clock, case_id, employee):
    assert name_key("  PP-Tjenesten \n i Øst ") == name_key("pp-tjenesten i ØST")
    assert unit_key("familiens_hus", "Familiens hus", None) == "#familiens_hus"
    row = session.get(Case, case_id)
    assert row.unit_key == "#familiens_hus"
    cases.name_contact(session, vault, clock, case_id, OLA, OLA.id, OLA.name, "  Barnevern  Øst")
    session.expire_all()
    assert session.get(Case, case_id).unit_key == "barnevern øst"


def test_coordination_rules_are_checked_and_only_remind(tmp_path, catalog):
    import shutil

    by_id = {rule.id: rule for rule in catalog.coordination}
    child = by_id["child_coordinator"]
    assert child.fits(["disability_illness"], 0, 9)
    assert child.fits(["disability_illness"], 0, None)
    assert not child.fits(["disability_illness"], 0, 18)
    assert not child.fits(["bullying", "sleep"], 5, 9)
    assert by_id["coordinator"].fits(["bullying", "sleep", "anxiety", "money"], 2, 19)
    assert not by_id["coordinator"].fits(["bullying", "sleep", "anxiety", "money"], 1, 19)
    assert not any(rule.verified for rule in by_id.values())
    folder = tmp_path / "services_catalog"
    shutil.copytree(ROOT / "services_catalog", folder)
    file = folder / "coordination.yml"
    text = file.read_text("utf-8")
    file.write_text(text.replace("any_need: [disability_illness]", "any_need: [wings]"), "utf-8")
    with pytest.raises(CatalogError, match="no such need: wings"):
        load(folder, "fjordvik")
    file.write_text(text.replace("id: individual_plan", "id: coordinator"), "utf-8")
    with pytest.raises(CatalogError, match="twice"):
        load(folder, "fjordvik")
