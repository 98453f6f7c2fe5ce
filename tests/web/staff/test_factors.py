"""Second factors at the door: app, emergency codes, passkeys, and the list of sessions."""

from __future__ import annotations

import json
import re

import pytest

from tests.web.staff.authenticator import SoftKey
from tests.web.staff.conftest import PASSWORD, Desk
from web.staff import factors, totp
from web.staff.models import Employee


def now_code(clock, secret, later=0):
    return totp.code_at(secret, int(clock.now().timestamp()) // 30 + later)


def add_app(desk):
    """Through the pages; the secret in the app, and the emergency codes."""
    desk.get("/staff/konto/app")
    assert "data:image/svg+xml" in desk.page
    secret = re.search(r'staff-secret">([A-Z2-7 ]+)<', desk.page)[1].replace(" ", "")
    return secret


def with_app(desk, clock):
    secret = add_app(desk)
    desk.post("/staff/konto/app", code=now_code(clock, secret))
    codes = re.findall(r"<code>(\w{5}-\w{5})</code>", desk.page)
    return secret, codes


def key_options(desk, path):
    answer = desk.client.post(path, headers={"X-CSRFToken": desk.hidden("csrf_token")})
    assert answer.status_code == 200
    return json.loads(answer.data)


def with_key(desk, key, name="Jobbtelefon"):
    desk.get("/staff/konto/nokkel")
    answer = key.create(key_options(desk, "/staff/konto/nokkel/start"))
    desk.post("/staff/konto/nokkel", name=name, credential=answer)


def open_with(desk, key, **changes):
    """Log in with a passkey alone."""
    desk.get("/staff/logg-inn?lang=nb")
    answer = key.get({**key_options(desk, "/staff/logg-inn/nokkel/start"), **changes})
    desk.post("/staff/logg-inn/nokkel", credential=answer)
    return answer


# --- App ------------------------------------------------------------------------------------------------------


def test_an_app_is_added_and_asked_for(app, desk, clock, session):
    secret, codes = with_app(desk, clock)
    assert len(codes) == len(set(codes)) == 10
    assert codes[0] not in desk.get("/staff/konto/")
    other = Desk(app.test_client()).log_in()
    assert other.redirected_to.endswith("/staff/logg-inn/trinn-2")
    assert other.client.get("/staff/").status_code == 302
    clock.move(minutes=1)
    other.post("/staff/logg-inn/trinn-2", code=now_code(clock, secret))
    assert "Køen" in other.text
    stored = session.query(Employee).filter_by(username="maja").one()
    assert secret not in stored.totp_secret


def test_a_wrong_first_code_connects_nothing(desk, clock, open_desk):
    secret = add_app(desk)
    desk.post("/staff/konto/app", code="000000" if now_code(clock, secret) != "000000" else "111111")
    assert desk.status == 422
    assert secret[:4] in desk.page  # the same secret: the app has read it already
    assert "Køen" in open_desk().text


def test_a_code_opens_once_and_guessing_is_slowed(app, desk, clock):
    secret, _codes = with_app(desk, clock)
    clock.move(minutes=1)
    code = now_code(clock, secret)
    Desk(app.test_client()).log_in().post("/staff/logg-inn/trinn-2", code=code)
    again = Desk(app.test_client()).log_in()
    again.post("/staff/logg-inn/trinn-2", code=code)
    assert again.status == 422
    for _ in range(5):
        again.post("/staff/logg-inn/trinn-2", code="123456")
    assert again.status == 422
    again.post("/staff/logg-inn/trinn-2", code=now_code(clock, secret, 1))
    assert again.status == 429


def test_an_emergency_code_opens_once(app, desk, clock):
    _secret, codes = with_app(desk, clock)
    first = Desk(app.test_client()).log_in()
    first.post("/staff/logg-inn/trinn-2", code=codes[3].upper().replace("-", " "))
    assert "Køen" in first.text
    second = Desk(app.test_client()).log_in()
    second.post("/staff/logg-inn/trinn-2", code=codes[3])
    assert second.status == 422
    assert "9 igjen" in " ".join(first.get("/staff/konto/?lang=nb").split())
    first.post("/staff/konto/koder")
    fresh = re.findall(r"<code>(\w{5}-\w{5})</code>", first.page)
    assert not set(fresh) & set(codes)
    second.get("/staff/logg-inn/trinn-2")
    second.post("/staff/logg-inn/trinn-2", code=codes[4])
    assert second.status == 422


def test_the_second_step_waits_ten_minutes_and_needs_the_first(app, desk, clock):
    secret, _codes = with_app(desk, clock)
    nobody = Desk(app.test_client())
    assert nobody.client.get("/staff/logg-inn/trinn-2").headers["Location"].endswith("/staff/logg-inn")
    nobody.get("/staff/logg-inn")
    nobody.post("/staff/logg-inn/trinn-2", code=now_code(clock, secret, 1))
    assert nobody.status == 400
    slow = Desk(app.test_client()).log_in()
    clock.move(minutes=11)
    slow.post("/staff/logg-inn/trinn-2", code=now_code(clock, secret))
    assert slow.status == 400
    assert slow.client.get("/staff/").status_code == 302


def test_what_was_typed_goes_through_both_steps(app, desk, clock, send):
    secret, _codes = with_app(desk, clock)
    case_id = send().case_id
    desk.get(f"/staff/sak/{case_id}")
    clock.move(minutes=31)
    desk.change(case_id, "melding", text="Hei, jeg har lest det du skrev.")
    assert desk.status == 403
    token = {"csrf_token": desk.hidden("csrf_token")}
    kept = dict(re.findall(r'type="hidden" name="(kept_path|version|seen|text)" value="([^"]*)"', desk.page))
    desk._keep(
        desk.client.post("/staff/logg-inn", data={**token, **kept, "username": "maja", "password": PASSWORD})
    )
    assert "jeg har lest det" in desk.page
    token = {"csrf_token": desk.hidden("csrf_token")}
    kept = dict(re.findall(r'type="hidden" name="(kept_path|version|seen|text)" value="([^"]*)"', desk.page))
    desk._keep(
        desk.client.post("/staff/logg-inn/trinn-2", data={**token, **kept, "code": now_code(clock, secret)})
    )
    assert desk.status == 200
    assert "jeg har lest det" in desk.page
    assert desk.client.get("/staff/").status_code == 200


# --- Passkeys -------------------------------------------------------------------------------------------------


def test_a_passkey_is_made_and_opens_alone(app, desk):
    key = SoftKey()
    with_key(desk, key)
    assert desk.status == 200
    assert "Jobbtelefon" in desk.page
    other = Desk(app.test_client())
    open_with(other, key)
    assert "Køen" in other.text
    assert "Maja Vik" in other.page


def test_a_passkey_is_the_second_step_too(app, desk, open_desk):
    key, stranger = SoftKey(), SoftKey()
    with_key(desk, key)
    with_key(open_desk("ola"), stranger)
    half = Desk(app.test_client()).log_in()
    assert half.redirected_to.endswith("/trinn-2")
    options = key_options(half, "/staff/logg-inn/nokkel/start")
    assert [found["id"] for found in options["allowCredentials"]] == [json.loads(key.get(options))["id"]]
    half.post("/staff/logg-inn/nokkel", credential=stranger.get(options))
    assert half.status == 422
    half.post("/staff/logg-inn/nokkel", credential=key.get(key_options(half, "/staff/logg-inn/nokkel/start")))
    assert "Køen" in half.text


def test_several_keys_and_removing_one(app, desk):
    one, two = SoftKey(), SoftKey()
    with_key(desk, one, "Telefon")
    with_key(desk, two, "Nøkkelring")
    with_key(desk, two, "Den samme igjen")
    assert desk.status == 422
    desk.get("/staff/konto/")
    first = re.search(r"/staff/konto/nokkel/([\w-]{36})/fjern", desk.page)[1]
    desk.post(f"/staff/konto/nokkel/{first}/fjern")
    assert "Telefon" not in desk.text
    assert open_with(Desk(app.test_client()), one)
    lost = Desk(app.test_client())
    open_with(lost, one)
    assert lost.status == 422
    open_with(lost, two)
    assert lost.status == 200


@pytest.mark.parametrize(
    ("key", "changes"),
    [
        (SoftKey("https://phishing.example"), {}),
        (SoftKey(verified=False), {}),
        (SoftKey(), {"rpId": "phishing.example"}),
        (SoftKey(), {"challenge": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}),
    ],
)
def test_wrong_answers_open_nothing(app, desk, key, changes):
    honest_origin, honest = key.origin, key.verified
    key.origin, key.verified = "http://localhost:8000", True
    with_key(desk, key)
    assert desk.status == 200
    key.origin, key.verified = honest_origin, honest
    other = Desk(app.test_client())
    open_with(other, key, **changes)
    assert other.status == 422
    assert other.client.get("/staff/").status_code == 302


def test_an_answer_opens_once_also_with_an_old_cookie(app, desk):
    key = SoftKey()
    with_key(desk, key)
    other = Desk(app.test_client())
    other.get("/staff/logg-inn")
    options = key_options(other, "/staff/logg-inn/nokkel/start")
    cookie, token = other.client.get_cookie("dor").value, other.hidden("csrf_token")
    answer = {"csrf_token": token, "credential": key.get(options)}
    assert other.client.post("/staff/logg-inn/nokkel", data=answer).status_code == 303
    thief = app.test_client()
    thief.set_cookie("dor", cookie)
    assert thief.post("/staff/logg-inn/nokkel", data=answer).status_code == 422


@pytest.mark.parametrize("answer", ["", "{}", "[]", "null", '{"id": 1}', '{"id": "x", "response": 3}'])
def test_nonsense_is_no_answer(app, desk, answer):
    desk.get("/staff/konto/nokkel")
    key_options(desk, "/staff/konto/nokkel/start")
    desk.post("/staff/konto/nokkel", name="Telefon", credential=answer)
    assert desk.status == 422
    other = Desk(app.test_client())
    other.get("/staff/logg-inn")
    key_options(other, "/staff/logg-inn/nokkel/start")
    other.post("/staff/logg-inn/nokkel", credential=answer)
    assert other.status == 422


def test_a_key_of_a_closed_account_opens_nothing(app, desk, colleagues, session):
    key = SoftKey()
    with_key(desk, key)
    colleagues["maja"].active = False
    session.commit()
    other = Desk(app.test_client())
    open_with(other, key)
    assert other.status == 422


# --- Required -------------------------------------------------------------------------------------------------


@pytest.fixture
def strict(make_app, colleagues):
    return make_app(second_factor="required")


def test_where_it_is_required_nothing_opens_before(strict, send, clock):
    case_id = send().case_id
    desk = Desk(strict.test_client()).log_in()
    assert "Et passord er ikke nok" in desk.text
    for path in ("/staff/", f"/staff/sak/{case_id}", "/staff/nye"):
        assert desk.client.get(path).headers["Location"].endswith("/staff/konto/"), path
    with_app(desk, clock)
    assert desk.client.get(f"/staff/sak/{case_id}").status_code == 200
    desk.get("/staff/konto/")
    desk.post("/staff/konto/app/fjern")
    assert desk.status == 422  # the only one stays
    with_key(desk, SoftKey())
    desk.get("/staff/konto/")
    desk.post("/staff/konto/app/fjern")
    assert desk.status == 200


def test_who_only_corrects_the_catalog_needs_none(strict, colleagues, session):
    colleagues["ola"].set_roles(["catalog_editor"])
    session.commit()
    desk = Desk(strict.test_client()).log_in("ola")
    assert desk.redirected_to.endswith("/staff/katalog/")
    assert desk.status == 200


# --- Proving who one is before changing it, and sessions ------------------------------------------------------


def test_factors_change_only_after_the_password(desk, clock):
    clock.move(minutes=11)
    for path in ("/staff/konto/app", "/staff/konto/nokkel"):
        assert desk.client.get(path).headers["Location"].endswith("/staff/konto/bekreft")
    desk.get("/staff/konto/?lang=nb")
    desk.post("/staff/konto/koder")
    assert "Er det fortsatt deg?" in desk.text
    desk.post("/staff/konto/bekreft", password="noe annet")
    assert desk.status == 422
    desk.post("/staff/konto/bekreft", password=PASSWORD)
    assert desk.status == 200
    assert desk.client.get("/staff/konto/app").status_code == 200


def test_own_sessions_are_listed_and_ended(app, colleagues):
    agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:130.0) Gecko/20100101 Firefox/130.0"
    far = Desk(app.test_client())
    far.client.environ_base["HTTP_USER_AGENT"] = agent
    far.log_in()
    stranger, here = Desk(app.test_client()).log_in("ola"), Desk(app.test_client()).log_in()
    here.get("/staff/konto/?lang=nb")
    assert "Firefox, Windows" in here.text
    ends = re.findall(r"/staff/konto/okter/([\w-]{36})/avslutt", here.page)
    assert len(ends) == 1
    stranger.get("/staff/konto/")
    stranger.post(f"/staff/konto/okter/{ends[0]}/avslutt")
    assert stranger.status == 404
    assert far.client.get("/staff/").status_code == 200
    here.post(f"/staff/konto/okter/{ends[0]}/avslutt")
    assert far.client.get("/staff/").status_code == 302
    assert here.client.get("/staff/").status_code == 200


def test_log_out_everywhere_and_log_out_here(open_desk):
    one, two, three = open_desk(), open_desk(), open_desk()
    one.get("/staff/")
    one.post("/staff/logg-ut")
    assert [desk.client.get("/staff/").status_code for desk in (one, two, three)] == [302, 200, 200]
    two.get("/staff/konto/")
    two.post("/staff/konto/okter/avslutt-alle")
    assert [desk.client.get("/staff/").status_code for desk in (two, three)] == [302, 302]


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1",
            "Safari, iPhone",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/130.0.0.0 Safari/537.36 Edg/130.0.0.0", "Edge, Windows"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/130.0 Mobile Safari/537.36", "Chrome, Android"),
        ("<script>alert(1)</script>", ""),
    ],
)
def test_a_device_in_two_words(agent, name):
    from web.security.sessions import device_name

    assert device_name(agent) == name


def test_a_copy_of_the_database_lets_nobody_in(desk, clock, stored):
    secret, codes = with_app(desk, clock)
    content = stored()
    assert b"Maja Vik" in content  # the right place
    for trace in (secret, *codes, *(code.replace("-", "") for code in codes)):
        assert trace.encode() not in content


def test_a_secret_of_another_employee_does_not_open(session, vault, clock, colleagues):
    maja, ola = colleagues["maja"], colleagues["ola"]
    secret = factors.pending_totp(session, vault, maja)
    factors.confirm_totp(session, vault, clock, maja, now_code(clock, secret))
    ola.totp_secret = maja.totp_secret
    session.commit()
    assert factors.check_code(session, vault, clock, ola, now_code(clock, secret, 1)) is None
    assert factors.check_code(session, vault, clock, maja, now_code(clock, secret, 1)) == "totp"
