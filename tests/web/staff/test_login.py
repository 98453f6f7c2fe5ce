"""Who comes in, how the door is slowed, and that nothing else opens it."""

from __future__ import annotations

import pytest

from tests.web.staff.conftest import PASSWORD, Desk
from tests.web.staff.everywhere import address


def test_right_password_opens_the_queue(app, colleagues):
    desk = Desk(app.test_client()).log_in()
    assert desk.redirected_to.endswith("/staff/")
    assert "Køen" in desk.text
    assert "Maja Vik" in desk.page


def test_wrong_name_and_wrong_password_are_answered_alike(app, colleagues):
    answers = []
    for username, password in (("maja", "feil passord"), ("finnes-ikke", PASSWORD)):
        desk = Desk(app.test_client())
        desk.get("/staff/logg-inn?lang=nb")
        desk.post("/staff/logg-inn", username=username, password=password)
        assert desk.status == 422
        answers.append(desk.text)
    assert "Brukernavn og passord hører ikke sammen." in answers[0]
    assert answers[0] == answers[1]


@pytest.mark.parametrize("username", ["maja", "finnes-ikke"])
def test_guessing_is_slowed_whether_the_name_exists_or_not(app, colleagues, username):
    desk = Desk(app.test_client())
    desk.get("/staff/logg-inn?lang=nb")
    for number in range(4):
        desk.post("/staff/logg-inn", username=username, password=f"gjetning {number}")
        assert desk.status == 422
    desk.post("/staff/logg-inn", username=username, password=PASSWORD)
    assert desk.status == 429
    assert "Vent 1 sekund" in desk.text
    assert desk.client.get("/staff/").status_code == 302


def test_guessing_at_one_name_does_not_keep_a_colleague_in_the_same_office_out(app, colleagues):
    guesser = Desk(app.test_client())
    guesser.get("/staff/logg-inn")
    for number in range(6):
        guesser.post("/staff/logg-inn", username="maja", password=f"gjetning {number}")
    assert guesser.status == 429
    assert "Køen" in Desk(app.test_client()).log_in("ola").text


def test_guessing_from_elsewhere_keeps_nobody_out_for_long(app, colleagues):
    from web.security.limits import login_names

    for number in range(15):
        client = app.test_client()
        desk = Desk(client)
        desk.get("/staff/logg-inn")
        token = desk.hidden("csrf_token")
        client.post(
            "/staff/logg-inn",
            data={"csrf_token": token, "username": "maja", "password": f"gjetning {number}"},
            environ_overrides={"REMOTE_ADDR": f"203.0.113.{number}"},
        )
    with app.test_request_context():
        assert 0 < login_names.wait("maja") <= login_names.longest <= 20


def test_one_time_password_opens_nothing_but_the_page_to_change_it(app, session, send):
    from web.staff.models import create_employee

    _employee, password = create_employee(session, "fjordvik", "kari", "Kari Ny", "Helsestasjonen")
    case_id = send().case_id
    desk = Desk(app.test_client()).log_in("kari", password)
    for path in ("/staff/", f"/staff/sak/{case_id}", "/staff/nye"):
        assert desk.client.get(path).headers["Location"].endswith("/staff/passord")
    desk.get("/staff/passord")
    new = "gul hest under bordet"
    desk.post("/staff/passord", new_password=new, again=new)
    assert desk.status == 200
    assert "Det nye passordet gjelder fra nå av." in desk.text
    assert Desk(app.test_client()).log_in("kari", password).status == 422
    assert "Køen" in Desk(app.test_client()).log_in("kari", new).text


@pytest.mark.parametrize(
    ("new", "again", "told"),
    [
        ("kort passord"[:11], "kort passord"[:11], "minst 12 tegn"),
        ("passord12345", "passord12345", "lett å gjette"),
        ("Sommer2026!!!", "Sommer2026!!!", "lett å gjette"),
        ("123456789012", "123456789012", "lett å gjette"),
        ("aaaaaaaaaaaaaa", "aaaaaaaaaaaaaa", "lett å gjette"),
        ("majavik123456", "majavik123456", "lett å gjette"),
        (PASSWORD, PASSWORD, "har du allerede"),
        ("gul hest under bordet", "gul hest på bordet", "ikke like"),
    ],
)
def test_poor_passwords_are_refused(desk, new, again, told):
    desk.get("/staff/passord")
    desk.post("/staff/passord", password=PASSWORD, new_password=new, again=again)
    assert desk.status == 422
    assert told in desk.text
    assert new not in desk.page


@pytest.mark.parametrize("new", ["gul hest under bordet", "Xk7!pQ2#vR9$wT", "vaskebjørn og 3 eplekaker"])
def test_good_passwords_are_taken(desk, new):
    desk.get("/staff/passord")
    desk.post("/staff/passord", password=PASSWORD, new_password=new, again=new)
    assert desk.redirected_to.endswith("/staff/?gjort=password")


def test_changing_the_password_needs_the_old_one_and_ends_other_sessions(open_desk):
    desk, elsewhere = open_desk(), open_desk()
    new = "gul hest under bordet"
    desk.get("/staff/passord")
    desk.post("/staff/passord", password="noe annet her", new_password=new, again=new)
    assert desk.status == 422
    desk.post("/staff/passord", password=PASSWORD, new_password=new, again=new)
    assert desk.status == 200
    assert elsewhere.client.get("/staff/").status_code == 302


def test_logging_out_ends_the_session_also_in_a_copy_of_the_cookie(app, desk):
    cookie = desk.client.get_cookie("dor").value
    desk.get("/staff/")
    desk.post("/staff/logg-ut")
    assert desk.client.get("/staff/").status_code == 302
    thief = app.test_client()
    thief.set_cookie("dor", cookie)
    assert thief.get("/staff/").status_code == 302


def test_everything_under_staff_but_the_login_page_is_closed(app, client, send):
    case_id = send().case_id
    tried = 0
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith("/staff") or rule.endpoint.startswith(("staff.login", "staff_door.")):
            continue
        path = address(rule, {"case_id": case_id})
        for method in rule.methods - {"OPTIONS", "HEAD"}:
            answer = client.open(path, method=method)
            assert answer.status_code in (302, 303), (method, path)
            assert answer.headers["Location"].endswith("/staff/logg-inn")
            tried += 1
    assert tried >= 11


def test_every_staff_view_says_who_may_use_it(app):
    from web.security.access import mark_of

    for endpoint in app.view_functions:
        if endpoint.startswith("staff."):
            mark = mark_of(app, endpoint)
            assert mark is not None
            assert mark.level == ("public" if endpoint in ("staff.login", "staff.login_post") else "staff")


def test_asking_for_news_does_not_lengthen_the_session_but_a_press_does(desk, clock):
    desk.get("/staff/")
    for _ in range(2):
        clock.move(minutes=14)
        assert desk.client.get("/staff/nye?siden=2026-11-20T00:00:00%2B00:00").status_code == 200
    clock.move(minutes=3)
    assert desk.client.get("/staff/nye").status_code == 302

    desk.log_in()
    clock.move(minutes=25)
    assert desk.client.post("/staff/bli", data={"csrf_token": desk.hidden("csrf_token")}).status_code == 204
    clock.move(minutes=25)
    assert desk.client.get("/staff/").status_code == 200


def test_both_languages(app, colleagues):
    desk = Desk(app.test_client())
    assert "Logg inn i mottaket" in desk.get("/staff/logg-inn?lang=nb")
    assert '<html lang="nb"' in desk.page
    desk.get("/staff/logg-inn?lang=nn")
    assert "Brukarnamn" in desk.page
    assert '<html lang="nn"' in desk.page
    desk.post("/staff/logg-inn", username="maja", password=PASSWORD)
    assert "Utan kontaktperson" in desk.page
    assert 'href="/staff/?lang=nb"' in desk.page
