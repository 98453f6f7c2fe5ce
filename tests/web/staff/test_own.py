"""One's own account: where one's own neutral notices go. Passwords and factors: test_factors."""

from __future__ import annotations

import pytest

from web import reminders
from web.cases.following import DueReminder
from web.staff.models import Employee


@pytest.mark.parametrize("who", ["maja", "kari", "lise", "anne", "siv"])
def test_everybody_can_have_an_address_of_their_own(browser, people, colleagues, session, who):
    """Not only who has the queue: who answers for a service is reminded too."""
    own = {**people, **colleagues}[who].id
    desk = browser(who)
    desk.get("/staff/konto/")
    desk.post("/staff/konto/epost", email="ikke en adresse")
    assert desk.status == 422
    assert "Det er ikke en e-postadresse." in desk.text
    assert 'value="ikke en adresse"' in desk.page
    desk.post("/staff/konto/epost", email=f" {who}@fjordvik.example ")
    assert "Adressen er lagret." in desk.text
    session.expire_all()
    assert session.get(Employee, own).email == f"{who}@fjordvik.example"
    assert f"{who}@fjordvik.example" in desk.page
    assert f"{who}@fjordvik.example" not in browser("per").get("/staff/konto/")
    desk.post("/staff/konto/epost", email="")
    session.expire_all()
    assert session.get(Employee, own).email is None


def test_the_page_of_absences_leads_to_it_in_both_languages(browser):
    desk = browser("kari")
    assert "/staff/konto/#varsel" in desk.get("/staff/fravaer")
    desk.get("/staff/konto/?lang=nn")
    assert "Du får ein e-post når noko har venta for lenge" in desk.text


def test_a_username_that_is_an_address_is_no_wish_for_reminders(session, people, catalog):
    """A reminder goes where somebody has said that it may go, and nowhere else."""
    siv = people["siv"]
    siv.username = "siv@fjordvik.example"
    session.commit()
    due = DueReminder("share", 1, "fjordvik", "skolehelse", None)
    assert reminders._recipients(session, due, catalog) == []
    siv.email = "siv.skole@fjordvik.example"
    session.commit()
    assert reminders._recipients(session, due, catalog) == [siv.id]
