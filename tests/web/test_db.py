# ruff: noqa: F401, F811 - the front desk's fixtures are used by name
"""What both databases must do alike."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select

from tests.web.staff.conftest import Desk, colleagues, desk, open_desk, quick_argon2, send
from web.staff.models import Employee


def test_a_zero_character_is_found_nowhere_and_breaks_nothing(desk, send, client):
    case_id = send().case_id
    assert desk.client.get(f"/staff/sak/{case_id}").status_code == 200
    assert desk.client.get(f"/staff/sak/{case_id}%00").status_code == 404
    assert desk.client.get("/staff/?q=%00&etter=%00&vis=%00").status_code == 200
    desk.get(f"/staff/sak/{case_id}")
    desk.change(case_id, "melding", text="Hei\0 du")
    assert desk.status == 200
    visitor = Desk(client)
    visitor.get("/staff/logg-inn")
    visitor.post("/staff/logg-inn", username="maja\0", password="fire rare ord på rad")
    assert visitor.status == 422


@pytest.mark.parametrize("many", [False, True])
def test_a_zero_character_is_kept_as_the_sign_for_it(session, many):
    row = {
        "municipality": "fjordvik",
        "username": "ny",
        "name": "Ny\0 Namn",
        "password_hash": "x",
        "unit": "",
    }
    row |= {"id": "1" * 36}
    rows = [row, {**row, "id": "2" * 36, "username": "to"}] if many else row
    session.execute(insert(Employee), rows)
    assert session.scalar(select(Employee.name).where(Employee.id == "1" * 36)) == "Ny\ufffd Namn"
    assert not session.scalars(select(Employee.id).where(Employee.name == "Ny\0")).all()
