"""One portal, several municipalities: told apart by host name or path, and nothing of one is seen at another."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from web import ConfigError
from web.staff.models import create_employee

CATALOG = Path(__file__).resolve().parents[2] / "services_catalog"


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """The catalog with a second municipality, Annendal, which has a host name of its own."""
    folder = tmp_path / "catalog"
    shutil.copytree(CATALOG, folder)
    home = folder / "municipalities/annendal"
    shutil.copytree(folder / "municipalities/fjordvik", home)
    file = home / "municipality.yml"
    text = file.read_text(encoding="utf-8")
    text = re.sub(r"^hosts:.*\n", "", text, flags=re.MULTILINE)
    text = text.replace("id: fjordvik\n", "id: annendal\nhosts: [hjelp.annendal.example]\n", 1)
    file.write_text(
        text.replace("Fjordvik kommune", "Annendal kommune").replace("00 00 00 10", "00 00 00 99"),
        encoding="utf-8",
    )
    return folder


@pytest.fixture
def app(make_app, two):
    return make_app(catalog_dir=two, municipalities=("fjordvik", "annendal"))


def page(client, path: str, host: str = "localhost") -> str:
    answer = client.get(path, headers={"Host": host}, follow_redirects=True)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def test_plain_addresses_are_the_first_municipality(client):
    assert "00 00 00 10" in page(client, "/om?lang=nb")
    assert "00 00 00 99" not in page(client, "/om?lang=nb")


def test_a_path_leads_to_the_other_and_all_links_stay_there(client):
    text = page(client, "/annendal/om?lang=nb")
    assert "00 00 00 99" in text
    assert "00 00 00 10" not in text
    links = re.findall(r'(?:href|action|src)="(/[^"]*)"', text)
    assert links
    assert all(link.startswith("/annendal/") for link in links), [
        link for link in links if not link.startswith("/annendal/")
    ]


def test_a_path_without_slash_is_moved(client):
    answer = client.get("/annendal?lang=nn")
    assert answer.status_code == 308
    assert answer.headers["Location"].endswith("/annendal/?lang=nn")


def test_a_host_name_leads_to_the_other(client):
    assert "00 00 00 99" in page(client, "/om?lang=nb", "hjelp.annendal.example")
    assert "00 00 00 99" in page(client, "/om?lang=nb", "HJELP.ANNENDAL.EXAMPLE:8000")


def test_a_name_that_is_no_municipality_is_no_page(client):
    assert client.get("/nowhere/om").status_code == 404


def test_what_was_told_at_one_door_is_not_shown_at_the_other(client, assistant):
    first = page(client, "/?lang=nb")
    token = re.search(r'name="csrf_token" value="([^"]+)"', first)[1]
    client.post("/", data={"csrf_token": token, "text": "Kanarifugl synger", "say": "1"})
    assert "Kanarifugl" in page(client, "/")
    assert "Kanarifugl" not in page(client, "/annendal/")


def test_an_employee_of_one_is_nobody_at_the_other(client, session):
    create_employee(session, "fjordvik", "maja", "Maja", "")
    employee, password = create_employee(session, "annendal", "maja", "Maja Annen", "")
    employee.must_change_password = False
    session.commit()

    def log_in(base: str) -> str:
        token = re.search(r'name="csrf_token" value="([^"]+)"', page(client, f"{base}/staff/logg-inn"))[1]
        fields = {"csrf_token": token, "username": "maja", "password": password}
        return client.post(f"{base}/staff/logg-inn", data=fields).headers.get("Location", "")

    assert log_in("") == ""
    assert log_in("/annendal") == "/annendal/staff/"
    assert "Maja Annen" in page(client, "/annendal/staff/")
    assert client.get("/staff/").headers["Location"] == "/staff/logg-inn"


def test_a_municipality_cannot_hide_a_page(make_app, two):
    shutil.copytree(two / "municipalities/annendal", two / "municipalities/staff")
    file = two / "municipalities/staff/municipality.yml"
    text = file.read_text(encoding="utf-8").replace(
        "id: annendal\nhosts: [hjelp.annendal.example]", "id: staff"
    )
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="staff"):
        make_app(catalog_dir=two, municipalities=("fjordvik", "staff"))


def test_two_cannot_share_a_host_name(make_app, two):
    shutil.copytree(two / "municipalities/annendal", two / "municipalities/tredje")
    file = two / "municipalities/tredje/municipality.yml"
    file.write_text(file.read_text(encoding="utf-8").replace("id: annendal", "id: tredje"), encoding="utf-8")
    with pytest.raises(ConfigError, match=re.escape("hjelp.annendal.example")):
        make_app(catalog_dir=two, municipalities=("annendal", "tredje"))
