"""The front desk with two colleagues, and a way to send cases to it."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

import pytest

PASSWORD = "fire rare ord på rad"


class Desk:
    """A browser at the front desk."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.page = ""
        self.status = 0

    def get(self, path: str) -> str:
        return self._keep(self.client.get(path))

    def post(self, path: str, token: bool = True, **fields: Any) -> str:
        """Send a form with the token of the page that is open."""
        if token:
            fields["csrf_token"] = self.hidden("csrf_token")
        self.answer = self.client.post(path, data=fields)
        if self.answer.status_code in (302, 303):
            self.redirected_to = self.answer.headers["Location"]
            return self.get(self.redirected_to)
        return self._keep(self.answer)

    def change(self, case_id: str, form: str, **fields: Any) -> str:
        """Fill in a form of the open case page."""
        fields = {"version": self.hidden("version"), "seen": self.hidden("seen"), **fields}
        return self.post(f"/staff/sak/{case_id}/{form}", **fields)

    def hidden(self, name: str) -> str:
        found = re.search(rf'name="{name}" value="([^"]*)"', self.page)
        assert found, f"no {name} on this page"
        return found[1]

    def log_in(self, username: str = "maja", password: str = PASSWORD) -> Desk:
        self.get("/staff/logg-inn?lang=nb")
        self.post("/staff/logg-inn", username=username, password=password)
        return self

    def _keep(self, answer: Any) -> str:
        self.answer, self.status, self.page = answer, answer.status_code, answer.get_data(as_text=True)
        return self.page

    @property
    def text(self) -> str:
        """The page's main part as text."""
        main = self.page[self.page.index("<main") : self.page.index("</main>")]
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", main)).split())


@pytest.fixture(autouse=True)
def quick_argon2(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same algorithm with little memory: the strength is web.staff.models' own test."""
    from argon2 import PasswordHasher

    from web.staff import models

    monkeypatch.setattr(models, "_HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    models._nobodys_hash.cache_clear()


@pytest.fixture
def colleagues(session: Any) -> dict[str, Any]:
    from web.staff.models import create_employee

    made = {}
    for username, name, unit in (
        ("maja", "Maja Vik", "Familiens hus"),
        ("ola", "Ola Berge", "Barneverntjenesten"),
    ):
        employee, _ = create_employee(session, "fjordvik", username, name, unit)
        employee.set_password(PASSWORD)
        made[username] = employee
    session.commit()
    return made


@pytest.fixture
def open_desk(app: Any, colleagues: dict[str, Any]) -> Callable[..., Desk]:
    """open_desk("ola"): another browser, logged in."""
    return lambda username="maja": Desk(app.test_client()).log_in(username)


@pytest.fixture
def desk(open_desk: Callable[..., Desk]) -> Desk:
    return open_desk()


@pytest.fixture
def people(session: Any, quick_argon2: None) -> dict[str, Any]:
    """people["kari"]: one for each of these roles, besides Maja and Ola who have the usual two."""
    from web.staff.models import create_employee

    made = {}
    for username, name, roles, service in (
        ("kari", "Kari Kontakt", ["contact_person"], None),
        ("per", "Per Kontakt", ["contact_person"], None),
        ("lise", "Lise Leder", ["leader"], None),
        ("anne", "Anne Admin", ["administrator"], None),
        ("siv", "Siv Skole", ["service_user"], "skolehelse"),
    ):
        made[username], _ = create_employee(
            session, "fjordvik", username, name, "PP-tjenesten", roles, service
        )
        made[username].set_password(PASSWORD)
    session.commit()
    return made


@pytest.fixture
def browser(app: Any, people: dict[str, Any], colleagues: dict[str, Any]) -> Callable[[str], Desk]:
    """browser("kari"): logged in, on the first page that they see."""
    from tests.web.staff.everywhere import enter

    def open_it(username: str) -> Desk:
        desk = Desk(app.test_client())
        desk.get("/staff/logg-inn?lang=nb")
        enter(desk.client, {**people, **colleagues}[username])
        desk.get("/staff/?lang=nb")
        return desk

    return open_it


@pytest.fixture
def send(session: Any, vault: Any, clock: Any, new_case: Callable[..., Any]) -> Callable[..., Any]:
    """send(age=15, …): a case as it comes from the citizen's pages; gives the receipt."""
    from web.cases import send_case

    return lambda **changes: send_case(session, vault, clock, new_case(**changes))
