"""/staff/katalog: who may, what is stale, correcting, confirming, undoing; and that people see it at once."""

from __future__ import annotations

import html
import re

import pytest

HFU = "/staff/katalog/tjeneste/hfu"
DOOR = "/staff/katalog/dor/familiens_hus"


@pytest.fixture
def editor(open_desk, colleagues, session):
    colleagues["maja"].set_roles((*colleagues["maja"].roles, "catalog_editor"))
    session.commit()
    return open_desk("maja")


def correct(desk, path: str, **fields: str) -> str:
    """Save the open form with some fields changed."""
    form = desk.page[desk.page.index("novalidate") :]
    now = {}
    for tag in re.findall(r"<input[^>]*>", form):
        parts = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if parts.get("type") != "submit":
            now[parts["name"]] = html.unescape(parts.get("value", ""))
    for name, text in re.findall(r'<textarea[^>]*name="(\w+)"[^>]*>\s*(.*?)</textarea>', form, re.DOTALL):
        now[name] = html.unescape(text)
    del now["csrf_token"]
    return desk.post(path, **{**now, **fields})


def test_only_editors_come_in(open_desk):
    desk = open_desk("ola")
    assert "Katalogen" not in desk.page
    for path in ("/staff/katalog/", HFU):
        desk.get(path)
        assert desk.status == 403
    assert desk.client.post(HFU, data={}).status_code in (400, 403)


def test_nobody_comes_in_without_login(client):
    assert client.get("/staff/katalog/").headers["Location"] == "/staff/logg-inn"


def test_the_list_says_what_must_be_checked(editor, clock):
    clock.move(days=100)
    editor.log_in()
    editor.get("/staff/katalog/")
    assert "Helsestasjon for ungdom" in editor.text
    assert "Telefon, e-post og nett" in editor.text
    editor.get("/staff/katalog/?q=barnevernvakt")
    assert "Barnevernvakt" in editor.text
    assert "Helsestasjon for ungdom" not in editor.text.split("Siste endringer")[0]


def test_a_correction_is_shown_to_people_at_once(editor, app):
    editor.get(DOOR)
    assert "00 00 00 10" in editor.page
    correct(editor, DOOR, phone="55 66 77 88")
    assert "Lagret. Folk ser det nå." in editor.text
    assert "55 66 77 88" in app.test_client().get("/om").get_data(as_text=True)
    assert "Før: 00 00 00 10" in editor.text
    assert "Maja Vik" in editor.text


def test_undo_brings_it_back(editor, app):
    editor.get(DOOR)
    correct(editor, DOOR, phone="55 66 77 88")
    change = editor.page.split("/staff/katalog/angre/")[1].split('"')[0]
    editor.post(f"/staff/katalog/angre/{change}")
    assert "Angret. Folk ser det slik det var før." in editor.text
    assert "00 00 00 10" in app.test_client().get("/om").get_data(as_text=True)
    assert "Angret av Maja Vik" in editor.text


def test_a_refused_value_is_not_lost(editor):
    editor.get(HFU)
    correct(editor, HFU, phone="ring oss", alert_nb="Stengt fredag.", alert_nn="Stengt fredag.")
    assert editor.status == 422
    assert "Skriv et telefonnummer med tall og mellomrom" in editor.text
    assert 'value="ring oss"' in editor.page
    assert "Stengt fredag." in editor.page


def test_a_notice_needs_both_languages(editor):
    editor.get(HFU)
    correct(editor, HFU, alert_nb="Stengt fredag.")
    assert editor.status == 422
    assert "Skriv det på både bokmål og nynorsk." in editor.text


def test_two_colleagues_do_not_overwrite_each_other(editor, open_desk, colleagues, session):
    colleagues["ola"].set_roles((*colleagues["ola"].roles, "catalog_editor"))
    session.commit()
    other = open_desk("ola")
    editor.get(HFU)
    other.get(HFU)
    correct(editor, HFU, phone="11 11 11 11")
    correct(other, HFU, phone="22 22 22 22")
    assert other.status == 409
    assert "En kollega har endret dette i mellomtiden." in other.text
    assert 'value="22 22 22 22"' in other.page
    correct(other, HFU, phone="22 22 22 22")
    assert "Lagret. Folk ser det nå." in other.text


def test_confirming_takes_it_off_the_list(editor, clock):
    clock.move(days=100)
    editor.log_in()
    editor.get(HFU)
    assert "måtte kontrolleres innen" in editor.text
    editor.post(f"{HFU}/kontrollert", kind="numbers")
    assert "Notert som kontrollert i dag." in editor.text
    assert "måtte kontrolleres innen" not in editor.text
    editor.post(f"{HFU}/kontrollert", kind="weather")
    assert editor.status == 400


def test_emergency_numbers_have_no_form(editor, catalog):
    line = next(line for line in catalog.helplines.values() if line.number == "113")
    editor.get(f"/staff/katalog/linje/{line.id}")
    assert "Nødnumre kan ikke endres her." in editor.text
    assert "Lagre og vis" not in editor.text
    editor.post(f"/staff/katalog/linje/{line.id}", phone="00 00 00 00")
    assert "Lagret" not in editor.text


def test_what_does_not_exist_is_not_found(editor):
    for path in (
        "/staff/katalog/tjeneste/nothing",
        "/staff/katalog/annet/hfu",
        "/staff/katalog/linje/nothing",
    ):
        editor.get(path)
        assert editor.status == 404


def test_in_nynorsk(editor):
    editor.get("/staff/katalog/?lang=nn&vis=alle")
    assert "Må kontrollerast" in editor.text
    assert "Helsestasjon for ungdom" in editor.text
