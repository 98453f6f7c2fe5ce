"""Who may use what: closed unless it says otherwise."""

from __future__ import annotations

import pytest
from flask import Blueprint

from web.cases import FixedClock
from web.db import session_scope
from web.security import sessions
from web.security.access import LEVELS, access, mark_of
from web.staff.models import create_employee


def with_pages(app):
    """Pages of every level, and one that says nothing, beside the real ones."""
    probe = Blueprint("probe", __name__, url_prefix="/probe")
    for level in LEVELS:
        probe.add_url_rule(f"/{level}", level, access(level)(lambda: "inside"))
    probe.add_url_rule("/unmarked", "unmarked", lambda: "inside")
    probe.add_url_rule(
        "/new-password", "new_password", access("staff", one_time_password=True)(lambda: "inside")
    )

    def log_in(number: int) -> str:
        from web.db import db
        from web.staff.models import Employee

        sessions.log_in(db().query(Employee).all()[number])
        return "logged in"

    probe.add_url_rule("/log-in/<int:number>", "log_in", access("public")(log_in))
    probe.add_url_rule("/log-out", "log_out", access("public")(lambda: sessions.log_out() or "out"))
    probe.add_url_rule("/open", "open", access("public")(lambda: sessions.open_case("case-1") or "open"))
    probe.add_url_rule("/leave", "leave", access("public")(lambda: sessions.forget_everything() or "left"))
    app.register_blueprint(probe)
    for endpoint, rule in (
        ("citizen.enter_code", "/svar"),
        ("staff.login", "/staff/x"),
        ("staff.new_password", "/staff/y"),
    ):
        if endpoint not in app.view_functions:
            app.add_url_rule(rule, endpoint, access("public")(lambda: "page"))
    return app


@pytest.fixture
def app(make_app):
    return with_pages(make_app())


@pytest.fixture
def employee(app):
    with session_scope(app) as session:
        employee, _ = create_employee(session, "fjordvik", "maja", "Maja Vik", "Familiehuset")
        employee.set_password("ei lang og god setning")
        return employee.id


def test_every_real_view_says_who_may_use_it(make_app):
    app = make_app()
    unmarked = [rule.endpoint for rule in app.url_map.iter_rules() if mark_of(app, rule.endpoint) is None]
    assert unmarked == []


def test_everything_under_staff_is_for_staff(make_app):
    app = make_app()
    open_ones = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/staff") and mark_of(app, rule.endpoint).level != "staff"
    }
    assert open_ones <= {"staff.login", "staff.login_post"} | {
        name for name in open_ones if name.startswith("staff_door.")
    }


def test_an_unmarked_view_is_an_error_in_tests_and_not_there_live(app, make_app):
    with pytest.raises(RuntimeError, match=r"probe\.unmarked"):
        app.test_client().get("/probe/unmarked")
    live = with_pages(make_app(testing=False))
    answer = live.test_client().get("/probe/unmarked")
    assert answer.status_code == 404
    assert "inside" not in answer.text


@pytest.mark.parametrize("level", ["public", "citizen", "api"])
def test_open_levels(client, level):
    assert client.get(f"/probe/{level}").text == "inside"


def test_staff_pages_need_a_login(app, client, employee):
    answer = client.get("/probe/staff")
    assert (answer.status_code, answer.text.find("inside")) == (302, -1)
    with app.test_request_context():
        from flask import url_for

        assert answer.location == url_for("staff.login")
    client.get("/probe/log-in/0")
    assert client.get("/probe/staff").text == "inside"


def test_a_case_page_needs_an_open_case(client):
    answer = client.get("/probe/code")
    assert (answer.status_code, answer.location) == (302, "/svar")
    client.get("/probe/open")
    assert client.get("/probe/code").text == "inside"
    client.get("/probe/leave")
    assert client.get("/probe/code").status_code == 302


def test_a_case_closes_after_twenty_idle_minutes(client, clock: FixedClock):
    client.get("/probe/open")
    for _ in range(4):
        clock.move(minutes=19)
        assert client.get("/probe/code").text == "inside"
    clock.move(minutes=20)
    assert client.get("/probe/code").status_code == 302


def test_an_old_copy_of_the_cookie_is_no_way_around_the_limit(client, clock: FixedClock):
    client.get("/probe/open")
    copy = client.get_cookie("dor").value
    clock.move(minutes=21)
    client.set_cookie("dor", copy)
    assert client.get("/probe/code").status_code == 302


def test_staff_limits_thirty_minutes_idle_ten_hours_in_all(client, clock: FixedClock, employee):
    client.get("/probe/log-in/0")
    clock.move(minutes=30)
    assert client.get("/probe/staff").status_code == 302
    client.get("/probe/log-in/0")
    for _ in range(24):
        clock.move(minutes=25)
        inside = client.get("/probe/staff").status_code == 200
    assert not inside  # 24 times 25 minutes: ten hours, never idle


def test_a_logout_ends_copies_of_the_session(client, employee):
    client.get("/probe/log-in/0")
    copy = client.get_cookie("dor").value
    client.get("/probe/log-out")
    client.set_cookie("dor", copy)
    assert client.get("/probe/staff").status_code == 302


@pytest.mark.parametrize("change", ["password", "closed", "municipality"])
def test_a_change_of_the_employee_ends_the_session(app, client, employee, change):
    from web.staff.models import Employee

    client.get("/probe/log-in/0")
    assert client.get("/probe/staff").status_code == 200
    with session_scope(app) as session:
        found = session.get(Employee, employee)
        if change == "password":
            found.set_password("ei anna lang setning")
        elif change == "closed":
            found.active = False
        else:
            found.municipality = "storvik"
    assert client.get("/probe/staff").status_code == 302


def test_a_one_time_password_opens_only_the_page_that_changes_it(app, client):
    with session_scope(app) as session:
        create_employee(session, "fjordvik", "ola", "Ola Berg", "")
    client.get("/probe/log-in/0")
    assert client.get("/probe/staff").status_code == 302
    assert client.get("/probe/new-password").text == "inside"


def test_a_forged_cookie_opens_nothing(client, employee):
    client.get("/probe/log-in/0")
    value = client.get_cookie("dor").value
    payload, stamp, signature = value.rsplit(".", 2)
    for forged in (f"{payload}.{stamp}.{signature[:-2]}AA", f"A{payload}.{stamp}.{signature}", "x", ""):
        client.set_cookie("dor", forged)
        assert client.get("/probe/staff").status_code == 302


def test_unknown_levels_are_refused():
    with pytest.raises(ValueError, match="level"):
        access("everyone")  # type: ignore[arg-type] - the wrong value is what is tested
