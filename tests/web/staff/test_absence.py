"""Absence through the pages: who may write it down, what the queue, the case and the person show; and the leader's list."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from sqlalchemy import select

from tests.web.staff.conftest import Desk
from web.cases import name_contact, offer_case, send_case
from web.cases.coordination import open_dispute
from web.cases.duty_tables import Absence
from web.cases.escalating import Staff, escalate
from web.cases.models import Case


def write(desk, **fields):
    desk.get("/staff/fravaer")
    return desk.post("/staff/fravaer", **{"first_day": "2026-11-20", "last_day": "2026-11-27", **fields})


def test_the_stand_in_has_the_cases_and_loses_them_again(
    browser, people, send, session, vault, clock, new_case
):
    new = new_case(age=15)
    case_id = send_case(session, vault, clock, new).case_id
    kari, per = people["kari"], people["per"]
    name_contact(session, vault, clock, case_id, kari.ref(), kari.id, kari.name)
    own, other = browser("kari"), browser("per")
    assert case_id not in other.get("/staff/?vis=mine")
    other.get(f"/staff/sak/{case_id}")
    assert other.status == 404
    write(own, employee=kari.id, stand_in=per.id)
    assert "Fraværet er lagret." in own.text
    assert (
        "Kari Kontakt , fredag 20. november – fredag 27. november. Per Kontakt svarer så lenge." in own.text
    )
    # The stand-in has it under «Mine», may read and answer it; the absent colleague still sees it.
    assert case_id in other.get("/staff/?vis=mine")
    assert "Borte til og med fredag 27. november, Per Kontakt svarer" in other.text
    other.get(f"/staff/sak/{case_id}")
    assert other.status == 200
    other.change(case_id, "melding", text="Hei, jeg svarer for Kari.")
    assert other.status == 200
    assert case_id in own.get("/staff/?vis=mine")
    # It ends by itself.
    clock.move(days=8)
    other = browser("per")
    assert case_id not in other.get("/staff/?vis=mine")
    other.get(f"/staff/sak/{case_id}")
    assert other.status == 404


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("nb", "Kari Kontakt er borte til og med fredag 27. november. Per Kontakt svarer så lenge."),
        ("nn", "Kari Kontakt er borte til og med fredag 27. november. Per Kontakt svarar så lenge."),
    ],
)
def test_the_person_sees_who_answers_meanwhile(
    app, browser, people, session, vault, clock, new_case, code, words
):
    new = new_case(language=code)
    case_id = send_case(session, vault, clock, new).case_id
    kari = people["kari"]
    name_contact(session, vault, clock, case_id, kari.ref(), kari.id, kari.name)
    write(browser("kari"), employee=kari.id, stand_in=people["per"].id)
    person = Desk(app.test_client())
    person.get(f"/svar?lang={code}")
    person.post("/svar", code=new.return_code)
    assert words in person.text


def test_the_person_sees_that_the_municipality_decides_and_then_who(
    app, browser, people, session, vault, clock, new_case
):
    new = new_case(language="nb", prefers="Helsesykepleieren")
    case_id = send_case(session, vault, clock, new).case_id
    kari = people["kari"]
    name_contact(
        session, vault, clock, case_id, kari.ref(), kari.id, kari.name, against="Hun er borte i vinter."
    )
    open_dispute(session, vault, clock, case_id, kari.ref(), ["bup"], "", "Begge sier nei.")
    person = Desk(app.test_client())
    person.get("/svar?lang=nb")
    person.post("/svar", code=new.return_code)
    assert "Kommunen bestemmer det. Her ser du hvem det blir." in person.text
    assert "Derfor ble det slik: Hun er borte i vinter." in person.text
    assert "Begge sier nei." not in person.page
    # The same stands in the file that can be taken out.
    with zipfile.ZipFile(io.BytesIO(person.client.get("/sak/alt").data)) as archive:
        content = json.loads(
            archive.read(next(name for name in archive.namelist() if name.endswith(".json")))
        )
    assert content["coordination"] == {
        "why_another": "Hun er borte i vinter.",
        "undecided": True,
        "decided": None,
    }
    leader = browser("lise")
    leader.get(f"/staff/sak/{case_id}/ansvar")
    leader.change(case_id, "ansvar/avgjor", coordinator="other", name="Skolehelsetjenesten", reason="Fordi.")
    person.get("/svar")
    person.get(person.answer.headers["Location"])
    assert (
        "Kommunen har bestemt hvem som skal få hjelpen til å henge sammen: Skolehelsetjenesten."
        in person.text
    )
    assert "Fordi." not in person.text


def test_only_oneself_or_a_leader_for_others(browser, people, session):
    kari, per = people["kari"], people["per"]
    desk = browser("per")
    write(desk, employee=kari.id, stand_in=per.id)
    assert desk.status == 422
    assert "Velg hvem som er borte." in desk.text
    leader = browser("lise")
    write(leader, employee=kari.id, stand_in=per.id)
    assert "Fraværet er lagret." in leader.text
    row = session.scalar(select(Absence))
    assert (row.employee_name, row.by_name) == ("Kari Kontakt", "Lise Leder")
    # Per may not end it; Kari may.
    desk.get("/staff/fravaer")
    desk.post(f"/staff/fravaer/{row.id}/avslutt")
    assert desk.status == 404
    own = browser("kari")
    own.get("/staff/fravaer")
    own.post(f"/staff/fravaer/{row.id}/avslutt")
    assert "Fraværet er avsluttet." in own.text


def test_wrong_days_are_told_and_nothing_is_lost(browser, people):
    kari, per = people["kari"], people["per"]
    desk = browser("kari")
    write(desk, employee=kari.id, stand_in=per.id, last_day="2026-11-01")
    assert desk.status == 422
    assert "Den siste dagen kommer før den første." in desk.text
    assert 'value="2026-11-01"' in desk.page
    write(desk, employee=kari.id, stand_in=kari.id)
    assert "En annen må svare så lenge." in desk.text
    write(desk, employee=kari.id, stand_in="", last_day="")
    assert "Velg hvem som svarer så lenge." in desk.text
    assert "Skriv den siste dagen." in desk.text


def test_a_leader_is_told_about_chains_promises_and_disputes(
    browser, people, send, session, vault, clock, colleagues
):
    kari, per = people["kari"], people["per"]
    leader = browser("lise")
    assert "Til deg som leder" not in leader.text
    write(leader, employee=kari.id, stand_in=per.id)
    write(leader, employee=per.id, stand_in=kari.id)
    assert "Da må mottaket svare." in leader.text
    case_id = send().case_id
    open_dispute(session, vault, clock, case_id, kari.ref(), ["bup"], "", "Begge sier nei.")
    clock.move(days=4)
    works = frozenset(one.id for one in (kari, per))
    escalate(session, clock, "fjordvik", Staff(works))
    leader = browser("lise")
    for words in (
        "Til deg som leder",
        "1 Dagen som var lovet, er over, og personen venter fortsatt",
        "1 Omstridt: Du bestemmer hvem som samordner",
        "Kari Kontakt og vikaren er begge borte fra tirsdag 24. november. Bare mottaket svarer.",
    ):
        assert words in leader.text, words
    assert "Løftet er brutt" in leader.get("/staff/?vis=varslet")
    assert case_id in leader.page
    assert "Til deg som leder" not in browser("maja").get("/staff/")


def test_an_offer_is_seen_in_the_queue_by_both(browser, people, send, session, vault, clock, colleagues):
    case_id = send().case_id
    kari, maja = people["kari"], colleagues["maja"]
    offer_case(session, vault, clock, case_id, maja.ref(), kari.ref())
    assert "Kari Kontakt er spurt" in browser("maja").text
    desk = browser("kari")
    assert "Du er spurt om å ta over" in desk.text
    desk.get(f"/staff/sak/{case_id}")
    assert "Svar på om du tar over" in desk.text


def test_my_unit_is_found_however_it_is_written(browser, people, send, session, vault, clock, colleagues):
    """In either language, with other letters and spaces; and a case of the contact point when its name has changed."""
    kari = people["kari"]
    own, renamed = send().case_id, send().case_id
    name_contact(session, vault, clock, own, kari.ref(), kari.id, kari.name, "familiens   HUS")
    session.get(Case, renamed).contact_unit_name = "Familiehuset (gammelt navn)"
    session.commit()
    colleagues["maja"].unit = " familiehuset"
    session.commit()
    page = browser("maja").get("/staff/?vis=min-enhet")
    assert own in page
    assert renamed in page
