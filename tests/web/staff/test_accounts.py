"""The pages of accounts: what an administrator may, what takes two, and what stands in the log."""

from __future__ import annotations

import json
import re

import pytest

from tests.web.staff.conftest import PASSWORD, Desk
from tests.web.staff.test_factors import with_app
from web.staff import accounts
from web.staff.models import AccountEvent, Employee, create_employee


@pytest.fixture
def admins(session, colleagues):
    """Two administrators beside the two colleagues."""
    made = dict(colleagues)
    for username, name in (("admin", "Ada Min"), ("andre", "Andre Min")):
        employee, _ = create_employee(session, "fjordvik", username, name, "IT", ["administrator"])
        employee.set_password(PASSWORD)
        made[username] = employee
    session.commit()
    return made


@pytest.fixture
def admin(app, admins):
    return Desk(app.test_client()).log_in("admin")


@pytest.fixture
def other(app, admins):
    return Desk(app.test_client()).log_in("andre")


def shown_password(desk):
    return re.search(r'staff-secret">([\w-]{19})<', desk.page)[1]


def events(session):
    session.expire_all()
    return [
        (e.action, e.employee_name, e.actor_name)
        for e in session.query(AccountEvent).order_by(AccountEvent.id)
    ]


def test_an_account_is_made_and_used(app, admin, session):
    assert admin.redirected_to.endswith("/staff/kontoer/")
    admin.get("/staff/kontoer/ny?lang=nb")
    admin.post(
        "/staff/kontoer/ny", username="Kari", name="Kari Ny", unit="Helsestasjonen", roles=["front_desk"]
    )
    assert admin.status == 200
    password = shown_password(admin)
    kari = session.query(Employee).filter_by(username="kari").one()
    assert (kari.roles, kari.unit, kari.municipality) == (("front_desk",), "Helsestasjonen", "fjordvik")
    assert "Velg et nytt passord" in Desk(app.test_client()).log_in("kari", password).text
    assert events(session) == [("created", "Kari Ny", "Ada Min")]
    assert password not in admin.get(f"/staff/kontoer/{kari.id}")
    assert "Konto laget" in admin.text


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"roles": []}, "minst én rolle"),
        ({"roles": ["king"]}, "minst én rolle"),
        ({"username": "to ord"}, "uten mellomrom"),
        ({"username": "Maja"}, "alt en konto"),
        ({"name": " "}, "navnet på personen"),
        ({"roles": ["service_user"]}, "hvilken tjeneste"),
        ({"roles": ["service_user"], "service": "finnes-ikke"}, "hvilken tjeneste"),
    ],
)
def test_what_is_missing_is_told_and_nothing_is_lost(admin, session, fields, told):
    admin.get("/staff/kontoer/ny?lang=nb")
    given = {"username": "kari", "name": "Kari Ny", "unit": "Helsestasjonen", "roles": ["leader"], **fields}
    admin.post("/staff/kontoer/ny", **given)
    assert admin.status == 422
    assert told in admin.text
    assert 'value="Helsestasjonen"' in admin.page
    assert session.query(Employee).count() == 4


def test_new_roles_count_at_once_and_end_what_was_open(app, admin, admins, session):
    maja = Desk(app.test_client()).log_in("maja")
    path = f"/staff/kontoer/{admins['maja'].id}"
    admin.get(f"{path}?lang=nb")
    admin.post(path, name="Maja Vik", unit="Familiens hus", roles=["catalog_editor"])
    assert "Kontoen er endret" in admin.text
    assert maja.client.get("/staff/").status_code == 302
    maja.log_in("maja")
    assert maja.redirected_to.endswith("/staff/katalog/")
    detail = json.loads(session.query(AccountEvent).one().detail)
    assert detail == {"roles": [["front_desk", "contact_person"], ["catalog_editor"]]}
    assert "Mottak, Kontaktperson → Katalogansvarlig" in admin.text
    admin.post(path, name="Maja Vik", unit="Familiens hus", roles=["catalog_editor"])
    assert len(events(session)) == 1


def test_closing_and_opening_again(app, admin, admins, session):
    maja = Desk(app.test_client()).log_in("maja")
    path = f"/staff/kontoer/{admins['maja'].id}"
    admin.get(path)
    admin.post(f"{path}/steng")
    assert maja.client.get("/staff/").status_code == 302
    assert Desk(app.test_client()).log_in("maja").status == 422
    admin.post(f"{path}/passord")
    password = shown_password(admin)
    assert Desk(app.test_client()).log_in("maja", password).redirected_to.endswith("/staff/passord")
    assert [action for action, _, _ in events(session)] == ["closed", "opened"]


def test_nobody_changes_their_own_account_here(admin, admins, session):
    path = f"/staff/kontoer/{admins['admin'].id}"
    admin.get(path)
    token = admin.hidden("csrf_token")
    for end in ("", "/steng", "/passord", "/gjenoppretting"):
        given = {"csrf_token": token, "name": "Ada", "roles": ["front_desk", "administrator"]}
        assert admin.client.post(path + end, data=given).status_code == 403
    session.expire_all()
    assert admins["admin"].roles == ("administrator",)
    assert events(session) == []


def test_a_lost_second_factor_takes_two_administrators(app, admin, other, admins, session, clock):
    maja = Desk(app.test_client()).log_in("maja")
    with_app(maja, clock)
    path = f"/staff/kontoer/{admins['maja'].id}"
    # One alone can give a new password, but the second factor stays.
    admin.get(path)
    admin.post(f"{path}/passord")
    thief = Desk(app.test_client()).log_in("maja", shown_password(admin))
    assert thief.redirected_to.endswith("/staff/logg-inn/trinn-2")
    admin.get(path)
    admin.post(f"{path}/gjenoppretting")
    wish = re.search(r"gjenoppretting/([\w-]{36})", admin.get("/staff/kontoer/?lang=nb"))[1]
    assert "Godkjenn</button>" not in admin.page
    admin.post(f"/staff/kontoer/gjenoppretting/{wish}", answer="approve")
    assert admin.status == 403
    session.expire_all()
    assert session.get(Employee, admins["maja"].id).totp_secret
    assert "Ada Min ber om" in other.get("/staff/kontoer/?lang=nb")
    other.post(f"/staff/kontoer/gjenoppretting/{wish}", answer="approve")
    back = Desk(app.test_client()).log_in("maja", shown_password(other))
    assert "Velg et nytt passord" in back.text
    other.get("/staff/kontoer/")
    other.post(f"/staff/kontoer/gjenoppretting/{wish}", answer="approve")
    assert other.status == 403  # once
    assert events(session)[-2:] == [
        ("recovery_asked", "Maja Vik", "Ada Min"),
        ("recovery_approved", "Maja Vik", "Andre Min"),
    ]


def test_the_one_it_is_about_may_refuse_but_not_approve(session, clock, admins):
    admin, other = admins["admin"], admins["andre"]
    with pytest.raises(accounts.TwoPeople):
        accounts.ask_recovery(session, clock, admin, admin)
    wish = accounts.ask_recovery(session, clock, other, admin)
    assert accounts.ask_recovery(session, clock, other, admin) is wish
    for who in (admin, other):
        with pytest.raises(accounts.TwoPeople):
            accounts.decide_recovery(session, clock, wish, who, approve=True)
    assert accounts.decide_recovery(session, clock, wish, other, approve=False) is None
    assert accounts.waiting_recoveries(session, "fjordvik") == []


def test_administrators_see_no_words_anywhere(app, admin, send):
    case_id = send().case_id
    for path in ("/staff/kontoer/", "/staff/kontoer/logg", "/staff/kontoer/ny"):
        page = admin.get(path)
        assert admin.status == 200
        assert case_id not in page
    for path in (f"/staff/sak/{case_id}", "/staff/nye"):
        assert admin.client.get(path).status_code == 403


def test_the_privacy_officer_reads_the_log_and_nothing_else(app, admins, session, clock):
    accounts.close(session, clock, admins["ola"], accounts.Actor(None, "command line"))
    officer, _ = create_employee(session, "fjordvik", "pvo", "Per Vern", "", ["privacy_officer"])
    officer.set_password(PASSWORD)
    session.commit()
    desk = Desk(app.test_client()).log_in("pvo")
    desk.get("/staff/kontoer/logg?lang=nb")
    assert "Konto stengt – Ola Berge Av den som drifter portalen, på maskinen" in desk.text
    assert desk.client.get("/staff/kontoer/").status_code == 403


def test_the_length_rule_counts_characters_and_asks_no_list_elsewhere():
    """NIST SP 800-63B: length, no rules of composition; the list of easy ones is here, nothing is sent anywhere."""
    from web.staff.passwords import too_easy, wrong_length

    assert wrong_length("x" * 11)
    assert not wrong_length("blå ost og ærfugl")
    assert not too_easy("bare smaa bokstaver uten tall")


def test_services_and_units_stand_with_their_names_in_the_readers_language(admin, session, clock):
    """The log keeps ids and what was typed; what the catalog knows has its name in the language of who reads."""
    by = accounts.Actor(None, "command line")
    wanted = accounts.Wanted("hanne", "Hanne Moe", "Skolehelsetjenesten", ("service_user",), "skolehelse")
    accounts.create(session, clock, "fjordvik", wanted, by)
    session.commit()
    for path in ("/staff/kontoer/logg", "/staff/kontoer/"):
        assert "Skolehelsetjenesten" in admin.get(f"{path}?lang=nb")
        assert "Skulehelsetenesta" in admin.get(f"{path}?lang=nn")
        assert "skolehelse<" not in admin.page
    assert "command line" not in admin.get("/staff/kontoer/logg?lang=nn")
    assert "Av den som driftar portalen, på maskina" in admin.page
