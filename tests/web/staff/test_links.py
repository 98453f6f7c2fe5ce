"""Linked cases in the browser: made, read, undone; who sees what; and what a parent's page never says."""

from __future__ import annotations

import re

import pytest

from tests.web.staff.conftest import PASSWORD, Desk
from web import cases
from web.cases import codes, linking
from web.cases.models import Case


@pytest.fixture
def two(send):
    """Two cases of the same parent."""
    words = [(("parent", f"Brev {number}"),) for number in (1, 2)]
    return [send(writer="parent", about="my_child", statements=one, language="nb") for one in words]


def connect(desk, case_id, reference, relation="same_person", **more):
    desk.get(f"/staff/sak/{case_id}/koblet")
    fields = {"reference": reference, "relation": relation, "reason": "Hun mistet de fem ordene", **more}
    return desk.change(case_id, "koblet", **fields)


def test_cases_are_connected_and_the_connection_is_undone(desk, two):
    one, other = two
    connect(desk, one.case_id, f" {other.reference.lower()} ")
    assert desk.status == 200
    assert "Sakene er koblet" in desk.text
    assert f"Sak {other.reference}" in desk.text
    assert "Hun mistet de fem ordene" in desk.text
    desk.get(f"/staff/sak/{other.case_id}/koblet")
    assert f"Sak {one.reference}" in desk.text
    link = re.search(r'name="link" value="([^"]+)"', desk.page)[1]
    desk.change(other.case_id, "koblet/fjern", link=link)
    assert "Koblingen er tatt bort" in desk.text
    assert "ikke koblet med noen annen" in desk.text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"reference": ""}, "Skriv nummeret på den andre saken"),
        ({"reference": "FINNES IKKE LENGER"}, "seks bokstaver og tall"),
        ({"reference": "ZZZZZZ"}, "Du ser ingen sak med dette nummeret"),
        ({"relation": ""}, "Velg hvem som har skrevet"),
        ({"reason": " "}, "Skriv hvorfor de hører sammen"),
        ({"reason": "x" * 501}, "Det er plass til 500 tegn"),
        ({"withheld": "y"}, "Skriv hvorfor den ikke skal vises"),
    ],
)
def test_what_is_wrong_is_told(desk, two, changes, said):
    one, other = two
    connect(desk, one.case_id, **{"reference": other.reference, **changes})
    assert desk.status == 422
    assert said in desk.text
    assert "ikke koblet med noen annen" in desk.text


def test_a_child_and_a_grown_up_are_not_one_person(desk, two, send):
    child = send(writer="child", about="self", statements=(("child", "Hei"),))
    connect(desk, two[0].case_id, child.reference)
    assert desk.status == 422
    assert "Det er ikke samme person" in desk.text
    connect(desk, two[0].case_id, two[0].reference)
    assert desk.status == 422
    assert "det er den samme saken" in desk.text


def test_the_words_are_read_after_a_yes_on_the_phone(desk, two):
    one, other = two
    connect(desk, one.case_id, other.reference)
    assert "Les ordene" not in desk.text
    desk.get(f"/staff/sak/{other.case_id}/koblet")
    link = re.search(r'name="link" value="([^"]+)"', desk.page)[1]
    desk.change(other.case_id, "koblet/svar", link=link, answer="")
    assert desk.status == 422
    assert "Velg hva personen sa" in desk.text
    desk.change(other.case_id, "koblet/svar", link=link, answer="yes")
    assert "Svaret fra personen er lagret" in desk.text
    assert "sagt til Maja Vik" in desk.text
    desk.get(f"/staff/sak/{one.case_id}/koblet")
    path = re.search(r'href="(/staff/sak/[^"]+/koblet/[0-9a-f-]{36})[^"]*"', desk.page)[1]
    desk.get(path)
    assert desk.status == 200
    assert "Brev 2" in desk.text
    desk.get(f"/staff/sak/{one.case_id}/koblet/{link}")  # the other side's id opens nothing here
    assert desk.status == 404


@pytest.fixture
def contact_person(app, session, vault, clock, employee, two):
    """Somebody who is the contact person of the first case and sees no other."""
    from web.staff.models import create_employee

    who, _ = create_employee(session, "fjordvik", "kari", "Kari Nes", "", ["contact_person"])
    who.set_password(PASSWORD)
    session.commit()
    cases.name_contact(session, vault, clock, two[0].case_id, employee, who.id, who.name)
    return Desk(app.test_client()).log_in("kari")


def test_who_sees_only_their_own_case_sees_that_the_other_exists_and_no_words(
    contact_person, session, vault, clock, employee, two
):
    one, other = two
    connect(contact_person, one.case_id, other.reference)
    assert contact_person.status == 422  # a case they do not see is not there for them
    assert "Du ser ingen sak" in contact_person.text
    linking.link_cases(
        session, vault, clock, one.case_id, employee, other.reference, "same_person", "Skrev to ganger"
    )
    contact_person.get(f"/staff/sak/{one.case_id}/koblet")
    assert f"Sak {other.reference}" in contact_person.text
    assert other.case_id not in contact_person.page
    contact_person.get(f"/staff/sak/{other.case_id}/koblet")
    assert contact_person.status == 404
    (link,) = linking.links_of(session, vault, one.case_id, employee)
    path = f"/staff/sak/{one.case_id}/koblet/{link.id}"
    contact_person.get(path)
    assert contact_person.status == 404
    (twin,) = linking.links_of(session, vault, other.case_id, employee)
    linking.words_answered(session, vault, clock, other.case_id, twin.id, True)
    contact_person.get(path)
    assert contact_person.status == 200
    assert "Brev 2" in contact_person.text
    contact_person.get(f"/staff/sak/{other.case_id}")
    assert contact_person.status == 404


def test_a_service_and_another_municipality_see_nothing_of_it(app, session, two, desk):
    from web.staff.models import create_employee

    connect(desk, two[0].case_id, two[1].reference)
    who, _ = create_employee(session, "fjordvik", "ppt", "Per Lie", "", ["service_user"], "ppt")
    who.set_password(PASSWORD)
    session.commit()
    visitor = Desk(app.test_client()).log_in("ppt")
    visitor.get(f"/staff/sak/{two[0].case_id}/koblet")
    assert visitor.status == 403


# On the return page.


@pytest.fixture
def family(send):
    """(code of the parent, case of the parent, code of the child, case of the child)"""
    code, other = codes.new_code("nb"), codes.new_code("nb")
    parent = send(
        writer="parent",
        about="my_child",
        statements=(("parent", "Han er stille"),),
        return_code=code,
        language="nb",
    )
    child = send(
        writer="child", about="self", statements=(("child", "Jeg er redd"),), return_code=other, language="nb"
    )
    return code, parent, other, child


def visit(app, code):
    visitor = Desk(app.test_client())
    visitor.get("/svar?lang=nb")
    visitor.post("/svar", code=code)
    assert visitor.status == 200
    return visitor


def without_what_changes(page):
    return re.sub(r'(nonce|value|csrf-token|data-[a-z-]+|content)="[^"]*"', "", page)


def test_a_parents_page_is_the_same_before_and_after_it_is_connected_with_the_childs(
    app, session, vault, clock, employee, family
):
    code, parent, _, child = family
    before = visit(app, code)
    before.get("/sak")
    linking.link_cases(
        session, vault, clock, child.case_id, employee, parent.reference, "others", "Mor og sønn"
    )
    assert session.get(Case, parent.case_id) is not None
    after = Desk(before.client)
    after.get("/sak")
    assert without_what_changes(after.page) == without_what_changes(before.page)
    # An answer to a question that was not asked changes nothing and tells nothing.
    (link,) = linking.links_of(session, vault, parent.case_id, employee)
    after.post(f"/sak/kobling/{link.id}", answer="yes")
    assert after.redirected_to == "/sak"
    assert "kobl" not in after.text.lower()
    unknown = Desk(before.client)
    unknown.get("/sak")
    unknown.post("/sak/kobling/finnes-ikke", answer="yes")
    assert unknown.redirected_to == "/sak"


def test_the_child_is_asked_and_can_change_its_mind(app, session, vault, clock, employee, family):
    _, parent, code, child = family
    linking.link_cases(
        session, vault, clock, parent.case_id, employee, child.reference, "others", "Mor og sønn"
    )
    visitor = visit(app, code)
    assert "Koblet med en annen sak" in visitor.text
    for words in ("Mor og sønn", parent.reference, "Han er stille"):
        assert words not in visitor.page
    link = re.search(r"/sak/kobling/([0-9a-f-]{36})", visitor.page)[1]
    visitor.post(f"/sak/kobling/{link}", answer="yes")
    assert "Du har sagt ja" in visitor.text
    visitor.post(f"/sak/kobling/{link}", answer="no")
    assert "Du har sagt nei" in visitor.text
    visitor.post(f"/sak/kobling/{link}", answer="kanskje")
    assert "Du har sagt nei" in visitor.text
