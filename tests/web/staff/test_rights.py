"""The permission matrix, tried: every staff route as every role, here and from another municipality."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from tests.web.staff.conftest import Desk
from tests.web.staff.everywhere import address, enter, rows, staff_routes
from web.staff.rights import (
    MATRIX,
    RIGHTS,
    ROLES,
    SCOPES,
    WORDS,
    checked_roles,
    needs_second_factor,
    rights_of,
    scopes_of,
)

# What the municipality was promised, written down a second time: x is «may».
PROMISED = """
                 front_desk contact_person service_user leader catalog_editor administrator privacy_officer
inside           x          x              x            x      x              x             x
queue            x          x              .            x      .              .             .
read_case        x          x              .            x      .              .             .
work_case        x          x              .            .      .              .             .
note_case        x          x              .            .      .              .             .
answer_offer     x          x              .            .      .              .             .
write_message    x          x              .            .      .              .             .
enter_case       x          .              .            .      .              .             .
name_contact     x          x              .            x      .              .             .
share            x          x              .            .      .              .             .
service_part     .          .              x            .      .              .             .
break_glass      x          x              .            x      .              .             .
glass_log        .          .              .            x      .              .             x
withheld_log     x          x              .            x      .              .             x
decide_dispute   .          .              .            x      .              .             .
statistics       .          .              .            x      .              .             x
publish_report   .          .              .            x      .              .             .
review_training  x          .              .            .      .              .             .
edit_catalog     .          .              .            .      x              .             .
accounts         .          .              .            .      .              x             .
account_log      .          .              .            .      .              x             x
access_log       .          .              .            .      .              .             x
retention        .          .              .            x      .              .             x
"""
# These write who was here and when, whoever comes.
COMES_AND_GOES = ("employees", "employee_sessions")


def promised() -> dict[tuple[str, str], bool]:
    header, *lines = PROMISED.strip().splitlines()
    return {
        (role, line.split()[0]): mark == "x"
        for line in lines
        for role, mark in zip(header.split(), line.split()[1:], strict=True)
    }


def test_the_matrix_is_what_was_promised():
    table = promised()
    assert set(table) == {(role, right) for role in ROLES for right in RIGHTS}
    assert {key for key, may in table.items() if may} == {
        (role, right) for role in ROLES for right in MATRIX[role]
    }


def test_administrators_catalog_editors_and_privacy_officers_see_no_words():
    for role in ("administrator", "catalog_editor", "privacy_officer"):
        assert not MATRIX[role] & WORDS
        assert SCOPES[role] == "none"


def test_several_roles_give_what_each_gives():
    assert rights_of(("leader", "catalog_editor")) == MATRIX["leader"] | MATRIX["catalog_editor"]
    assert scopes_of(("contact_person", "administrator")) == {"own"}
    assert rights_of(()) == frozenset()
    assert checked_roles(["leader", "front_desk", "leader"]) == ("front_desk", "leader")
    with pytest.raises(ValueError, match="king"):
        checked_roles(["king"])
    assert not needs_second_factor(["catalog_editor"])
    assert needs_second_factor(["catalog_editor", "administrator"])


def test_every_staff_view_names_its_right_itself():
    """The right that a forgotten one falls back to is the last net, not a habit."""
    import re
    from pathlib import Path

    import web

    for path in Path(web.__file__).parent.rglob("*.py"):
        for mark in re.findall(r'^@access\(\s*"staff"[^)]*\)', path.read_text(), re.MULTILINE):
            assert "right=" in mark, (path.name, mark)


def test_an_unknown_right_is_a_mistake():
    from web.security.access import Mark, access

    with pytest.raises(ValueError, match="right"):
        access("staff", right="everything")  # type: ignore[arg-type]
    view = access("staff")(lambda: "inside")
    assert view.__access__ == Mark("staff", right="work_case")  # type: ignore[attr-defined]


@pytest.fixture
def open_app(make_app):
    """Without form tokens: what is refused here is refused for the right that is missing."""
    app = make_app(municipalities=("fjordvik", "granlia"))
    app.config["WTF_CSRF_ENABLED"] = False
    return app


@pytest.fixture
def employees(session, quick_argon2):
    """employees[municipality, role]: one for each."""
    from web.staff.models import create_employee

    made = {}
    for municipality in ("fjordvik", "granlia"):
        for role in ROLES:
            service = "helsestasjon" if role == "service_user" else None
            who = create_employee(
                session, municipality, role, f"{role} i {municipality}", "", [role], service
            )[0]
            who.set_password("fire rare ord på rad")
            made[municipality, role] = who
    session.commit()
    return made


@pytest.fixture
def known(send, employees, session, clock):
    """The ids of real things of Fjordvik, for the addresses."""
    receipt = send()
    person = employees["fjordvik", "catalog_editor"]
    return {"case_id": receipt.case_id, "employee_id": person.id}


@pytest.mark.parametrize("role", ROLES)
def test_every_staff_route_as_every_role(open_app, config, employees, known, role):
    from web.security.access import mark_of

    client, person, tried = open_app.test_client(), employees["fjordvik", role], 0
    for method, endpoint, rule in staff_routes(open_app):
        if endpoint in ("staff.logout",):
            continue
        right = mark_of(open_app, endpoint).right
        enter(client, person)
        before = rows(config, without=COMES_AND_GOES)
        answer = client.open(address(rule, known), method=method)
        if promised()[role, right]:
            assert answer.status_code not in (401, 403, 405, 500), (method, endpoint, answer.status_code)
            # A contact person has no case here: the case of somebody else is not there for them.
            # Nor is anything shared with the service of a service user.
            if "case_id" in rule.arguments and role in ("contact_person", "service_user"):
                assert answer.status_code in (400, 404, 422), (method, endpoint, answer.status_code)
        elif endpoint == "staff.queue":
            assert answer.status_code == 302
            assert not answer.headers["Location"].endswith("/staff/")
        else:
            assert answer.status_code == 403, (method, endpoint, answer.status_code)
        if not promised()[role, right]:
            assert rows(config, without=COMES_AND_GOES) == before, (method, endpoint)
        tried += 1
    assert tried >= 16


@pytest.mark.parametrize("role", ROLES)
def test_every_staff_route_as_every_role_of_another_municipality(
    open_app, config, employees, known, session, role
):
    from web.cases.models import Case
    from web.security.access import mark_of

    reference = session.get(Case, known["case_id"]).reference
    traces = (reference, known["case_id"], "i fjordvik", employees["fjordvik", "leader"].id)
    client, stranger = open_app.test_client(), employees["granlia", role]
    for method, endpoint, rule in staff_routes(open_app):
        if endpoint in ("staff.logout",):
            continue
        path = address(rule, known)
        enter(client, stranger)
        before = rows(config, without=COMES_AND_GOES)
        # With the own municipality's address: the other's things are not there.
        answer = client.open(f"/granlia{path}", method=method)
        page = answer.get_data(as_text=True)
        for trace in traces:
            # What the address itself says may stand in a link to the same page in the other language.
            assert trace not in page or trace in path, (method, endpoint, trace)
        if rule.arguments & {"case_id", "employee_id"}:
            right = mark_of(open_app, endpoint).right
            assert answer.status_code in ((404, 422) if promised()[role, right] else (403,)), (
                method,
                endpoint,
            )
            assert rows(config, without=COMES_AND_GOES) == before, (method, endpoint)
        # With the other municipality's address: not logged in there.
        enter(client, stranger)
        before = rows(config, without=COMES_AND_GOES)
        answer = client.open(path, method=method)
        assert answer.status_code in (302, 303, 403), (method, endpoint)
        assert rows(config, without=COMES_AND_GOES) == before, (method, endpoint)


def test_a_query_that_forgets_its_municipality_finds_only_the_own(
    open_app, employees, known, session, new_case
):
    from web.cases.models import Case, LogEntry
    from web.db import db
    from web.security.separation import confine
    from web.staff.models import Employee

    assert session.scalar(select(func.count()).select_from(Case)) == 1
    with open_app.test_request_context("/staff/"):
        for (municipality, role), employee in employees.items():
            confine(employee)
            db().expunge_all()
            sees = municipality == "fjordvik" and role in ("front_desk", "leader")
            assert len(db().scalars(select(Case)).all()) == sees, (municipality, role)
            assert db().scalar(select(func.count()).select_from(Case)) == sees
            assert db().scalar(select(Case.id)) == (known["case_id"] if sees else None)
            assert (db().get(Case, known["case_id"]) is not None) == sees
            assert {e.municipality for e in db().scalars(select(Employee))} == {municipality}
            assert bool(db().scalars(select(LogEntry)).all()) == (municipality == "fjordvik")


def test_a_contact_person_sees_the_cases_they_answer_for(open_app, employees, known, session, vault, clock):
    from web.cases import name_contact

    person = employees["fjordvik", "contact_person"]
    desk = Desk(open_app.test_client())
    enter(desk.client, person)
    path = f"/staff/sak/{known['case_id']}"
    desk.get(path)
    assert desk.status == 404
    assert known["case_id"] not in desk.get("/staff/")
    other = employees["fjordvik", "front_desk"]
    name_contact(session, vault, clock, known["case_id"], other.ref(), person.id, person.name)
    assert known["case_id"] in desk.get("/staff/")
    desk.get(path)
    assert desk.status == 200


@pytest.mark.parametrize(
    ("role", "first"),
    [
        ("front_desk", "/staff/"),
        ("catalog_editor", "/staff/katalog/"),
        ("leader", "/staff/"),
        ("service_user", "/staff/delt/"),
    ],
)
def test_everybody_begins_where_they_have_something_to_do(app, employees, role, first):
    desk = Desk(app.test_client()).log_in(role)
    assert desk.redirected_to.endswith(first)
    assert desk.status == 200


@pytest.mark.parametrize("role", ROLES)
def test_one_rule_for_what_is_not_there_and_what_is_not_ones_own(open_app, employees, known, role):
    """404 for a case that one does not see, whatever the reason; 403 for a page that the role lacks, whatever the case."""
    from web.staff.rights import MATRIX

    desk = Desk(open_app.test_client())
    person = employees["granlia", role]  # another municipality than the case
    enter(desk.client, person)
    answers = set()
    for case_id in (known["case_id"], "00000000-0000-0000-0000-000000000000", "tull"):
        page = desk.get(f"/granlia/staff/sak/{case_id}")
        answers.add(desk.status)
        # In the frame of the front desk: the way back is one's own first page, and no quick exit.
        assert "staff-brand" in page
        assert "staff-me" in page
        assert known["case_id"] not in desk.text
    assert answers == ({404} if "read_case" in MATRIX[role] else {403})


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("nb", "Rollen din (Ansatt i en tjeneste) åpner ikke denne siden."),
        ("nn", "Rolla di (Tilsett i ei teneste) opnar ikkje denne sida."),
    ],
)
def test_a_page_that_the_role_lacks_says_so_and_what_to_do(open_app, employees, language, says):
    desk = Desk(open_app.test_client())
    enter(desk.client, employees["fjordvik", "service_user"])
    desk.get(f"/staff/kontoer/?lang={language}")
    assert desk.status == 403
    assert says in desk.text
    assert 'href="/staff/delt/"' in desk.page
    assert "116 111" not in desk.page


def test_who_is_not_logged_in_gets_the_citizens_frame(open_app):
    desk = Desk(open_app.test_client())
    desk.get("/staff/finnes-ikke")
    assert desk.status == 404
    assert "staff-brand" not in desk.page
