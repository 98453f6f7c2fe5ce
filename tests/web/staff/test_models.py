"""Employees: passwords, failed logins, names."""

from __future__ import annotations

import pytest

from web.staff.models import PasswordRefused, authenticate, create_employee, one_time_password


@pytest.fixture
def maja(session):
    return create_employee(session, "fjordvik", " Maja ", "Maja Vik", "Familiehuset")


def test_a_new_employee_has_a_one_time_password(session, clock, maja):
    employee, password = maja
    assert employee.username == "maja"
    assert employee.must_change_password
    assert employee.password_hash.startswith("$argon2id$")
    assert password not in employee.password_hash
    assert authenticate(session, clock, "fjordvik", "MAJA", password) is employee
    assert employee.last_login_at == clock.now()
    assert employee.ref().name == "Maja Vik"


def test_wrong_password_name_or_municipality(session, clock, maja):
    employee, password = maja
    assert authenticate(session, clock, "fjordvik", "maja", password + "x") is None
    assert authenticate(session, clock, "storvik", "maja", password) is None
    assert authenticate(session, clock, "fjordvik", "ola", password) is None
    assert authenticate(session, clock, "fjordvik", "maja", "x" * 100_000) is None
    assert employee.failed_logins == 2


def test_failures_in_a_row_are_told_after_the_login_and_then_counted_anew(session, clock, maja):
    employee, password = maja
    for _ in range(3):
        authenticate(session, clock, "fjordvik", "maja", "feil")
        clock.move(minutes=1)
    authenticate(session, clock, "fjordvik", "maja", password)
    assert employee.failed_logins == 3
    clock.move(minutes=1)
    authenticate(session, clock, "fjordvik", "maja", "feil")
    assert employee.failed_logins == 1


def test_a_closed_account_is_closed(session, clock, maja):
    employee, password = maja
    employee.active = False
    session.commit()
    assert authenticate(session, clock, "fjordvik", "maja", password) is None


def test_a_new_password(session, clock, maja):
    employee, password = maja
    epoch = employee.session_epoch
    for refused in ("short", "x" * 201, password):
        with pytest.raises(PasswordRefused):
            employee.set_password(refused)
    employee.set_password("ei lang og god setning")
    assert not employee.must_change_password
    assert employee.session_epoch == epoch + 1
    assert employee.check_password("ei lang og god setning")
    assert not employee.check_password(password)


def test_names_are_unique_in_a_municipality(session, maja):
    with pytest.raises(ValueError, match="already"):
        create_employee(session, "fjordvik", "MAJA", "Maja Berg", "")
    create_employee(session, "storvik", "maja", "Maja Berg", "")
    for username, name in (("", "X"), ("to ord", "X"), ("ola", " ")):
        with pytest.raises(ValueError, match="username"):
            create_employee(session, "fjordvik", username, name, "")


def test_one_time_passwords_differ_and_can_be_read_aloud():
    made = {one_time_password() for _ in range(100)}
    assert len(made) == 100
    assert not any(letter in password for password in made for letter in "0O1lIi")
