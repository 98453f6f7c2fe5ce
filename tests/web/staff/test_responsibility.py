"""«Responsibility» of a case, through the pages and by role."""

from __future__ import annotations

import re
import threading

import pytest

from web.cases import accept_offer, name_contact, offer_case, read_case, view_for_person
from web.cases.coordination import coordination
from web.cases.responsibility import OfferGone, handovers
from web.cases.types import CaseChanged


@pytest.fixture
def view_of(session, vault, clock):
    return lambda case_id: view_for_person(session, vault, clock, case_id)


def page(case_id: str) -> str:
    return f"/staff/sak/{case_id}/ansvar"


def go(desk, path: str) -> None:
    """Open a page, and follow where it leads."""
    desk.get(path)
    if desk.status == 303:
        desk.get(desk.answer.headers["Location"])


def test_an_offer_moves_nothing_until_it_is_accepted(browser, send, view_of, people):
    case_id = send().case_id
    maja, kari = browser("maja"), browser("kari")
    kari.get(page(case_id))
    assert kari.status == 404
    maja.get(page(case_id))
    assert "Mottaket har ansvaret til noen tar saken" in maja.text
    maja.change(case_id, "ansvar/spor", person=people["kari"].id, note="Du kjenner skolen.")
    assert "Ansvaret går over når svaret er ja." in maja.text
    assert "Mottaket har fortsatt ansvaret." in maja.text
    assert view_of(case_id).contact_person_name is None
    # Who is asked finds it in the queue, and sees enough to decide.
    assert "Tilbudt deg" in kari.get("/staff/?vis=tilbudt")
    assert case_id in kari.page
    kari.get(page(case_id))
    assert "Du kjenner skolen." in kari.text
    assert "Mottaket har ansvaret til du sier ja." in kari.text
    kari.get(f"/staff/sak/{case_id}")
    assert kari.status == 200
    kari.get(page(case_id))
    kari.change(case_id, "ansvar/ja")
    assert "Du har saken nå." in kari.text
    view = view_of(case_id)
    assert (view.contact_person_name, view.contact_unit_name, view.status) == (
        "Kari Kontakt",
        "PP-tjenesten",
        "in_progress",
    )
    assert [
        line.action
        for line in view.log
        if line.actor_kind == "employee" and line.action not in ("read", "looked")
    ] == [
        "handover_offered",
        "handover_accepted",
        "status_set",
    ]
    assert case_id not in kari.get("/staff/?vis=tilbudt")
    assert case_id in kari.get("/staff/?vis=mine")


def test_who_is_asked_reads_and_notes_and_does_nothing_else_before_the_yes(browser, send, people, view_of):
    case_id = send().case_id
    maja, kari = browser("maja"), browser("kari")
    maja.get(page(case_id))
    maja.change(case_id, "ansvar/spor", person=people["kari"].id)
    kari.get(f"/staff/sak/{case_id}")
    assert "Før du har sagt ja, kan du lese den og skrive interne notater." in kari.text
    assert f"/staff/sak/{case_id}/melding" not in kari.page
    fields = {"version": kari.hidden("version"), "seen": kari.hidden("seen")}
    kari.post(f"/staff/sak/{case_id}/melding", **fields, text="Hei, jeg er Kari", send="y")
    assert kari.status == 404
    assert view_of(case_id).messages == ()
    kari.get(f"/staff/sak/{case_id}")
    kari.change(case_id, "notat", note="Jeg kjenner skolen")
    assert "Jeg kjenner skolen" in kari.text
    kari.get(page(case_id))
    kari.change(case_id, "ansvar/ja")
    kari.get(f"/staff/sak/{case_id}")
    assert "Før du har sagt ja" not in kari.text
    kari.change(case_id, "melding", text="Hei, jeg er Kari", send="y")
    assert [one.author_name for one in view_of(case_id).messages] == ["Kari Kontakt"]


def test_a_question_ends_when_the_case_is_closed(browser, send, people, session, vault):
    case_id = send().case_id
    maja, kari = browser("maja"), browser("kari")
    maja.get(page(case_id))
    maja.change(case_id, "ansvar/spor", person=people["kari"].id)
    maja.get(f"/staff/sak/{case_id}")
    maja.change(case_id, "status", status="closed", outcome="moved_on")
    (step,) = handovers(session, vault, case_id)
    assert step.state == "withdrawn"
    kari.get(page(case_id))
    assert kari.status == 303
    assert case_id not in kari.get("/staff/?vis=tilbudt")


def test_declining_says_why_and_leads_to_the_queue(browser, send, people, view_of):
    case_id = send().case_id
    maja, kari = browser("maja"), browser("kari")
    maja.get(page(case_id))
    maja.change(case_id, "ansvar/spor", person=people["kari"].id)
    kari.get(page(case_id))
    kari.change(case_id, "ansvar/nei", reason=" ")
    assert kari.status == 422
    assert "Kollegaen må vite hva som må gjøres nå." in kari.text
    kari.change(case_id, "ansvar/nei", reason="Barnet er naboen min.")
    # The case is no longer hers to see: she lands in the queue, and is told.
    assert kari.redirected_to.startswith("/staff/?")
    assert "Du sa nei." in kari.text
    go(kari, page(case_id))
    assert "Du har ikke den saken lenger." in kari.text
    maja.get(page(case_id))
    assert "Barnet er naboen min." in maja.text
    view = view_of(case_id)
    assert view.contact_person_name is None
    assert "naboen" not in str(view.log)


def test_who_hands_over_never_lands_on_a_page_that_is_missing(browser, send, people, session, vault, clock):
    case_id = send().case_id
    kari, per = people["kari"], people["per"]
    name_contact(session, vault, clock, case_id, kari.ref(), kari.id, kari.name)
    first, second = browser("kari"), browser("per")
    first.get(page(case_id))
    first.change(case_id, "ansvar/spor", person=per.id)
    assert "Kari Kontakt har fortsatt ansvaret." in first.text
    first.get(f"/staff/sak/{case_id}")
    second.get(page(case_id))
    second.change(case_id, "ansvar/ja")
    # Kari has the page open and writes: what she wrote is not lost, and she is told.
    first.change(case_id, "melding", text="Hei, dette skrev jeg.")
    assert first.status == 409
    assert "En kollega har tatt over saken" in first.text
    assert "Hei, dette skrev jeg." in first.text
    go(first, f"/staff/sak/{case_id}")
    assert "Du har ikke den saken lenger." in first.text
    assert "Denne saken finnes ikke" not in first.text


def test_handing_to_somebody_without_account_is_agreed_and_leads_to_the_queue(
    browser, send, people, session, vault, clock, view_of
):
    case_id = send().case_id
    kari = people["kari"]
    name_contact(session, vault, clock, case_id, kari.ref(), kari.id, kari.name)
    desk = browser("kari")
    desk.get(page(case_id))
    fields = {"name": "Berit Moe", "unit": "BUP", "phone": "55 00 00 00", "agreed_on": "2026-11-20"}
    for wrong, told in (
        ({"agreed": ""}, "Snakk med personen først."),
        ({"agreed_on": "", "agreed": "y"}, "Skriv dagen."),
        ({"agreed_on": "2026-12-01", "agreed": "y"}, "Den dagen er ikke kommet ennå."),
        ({"name": "", "agreed": "y"}, "Et kontor alene er ikke nok."),
        ({"unit": "", "agreed": "y"}, "Skriv hvilken enhet personen hører til."),
    ):
        given = {name: value for name, value in {**fields, **wrong}.items() if value}
        desk.change(case_id, "ansvar/uten-konto", **given)
        assert desk.status == 422
        assert told in desk.text
        assert view_of(case_id).contact_person_name == "Kari Kontakt"
    desk.change(case_id, "ansvar/uten-konto", agreed="y", **fields)
    assert desk.redirected_to.startswith("/staff/?")
    assert "Kontaktpersonen er valgt." in desk.text
    view = view_of(case_id)
    assert (view.contact_person_name, view.contact_unit_name) == ("Berit Moe", "BUP, tlf. 55 00 00 00")
    (step,) = (one for one in handovers(session, vault, case_id) if one.state == "by_hand")
    assert (step.state, step.agreed_on.isoformat(), step.by_name) == ("by_hand", "2026-11-20", "Kari Kontakt")


def test_taking_a_case_is_at_once_and_ends_an_open_question(browser, send, people, view_of):
    case_id = send().case_id
    maja, ola, kari = browser("maja"), browser("ola"), browser("kari")
    maja.get(page(case_id))
    maja.change(case_id, "ansvar/spor", person=people["kari"].id)
    ola.get(page(case_id))
    ola.change(case_id, "ansvar/ta")
    assert view_of(case_id).contact_person_name == "Ola Berge"
    go(kari, page(case_id))
    assert "Du har ikke den saken lenger." in kari.text
    maja.get(page(case_id))
    assert "en annen tok saken" in maja.text


def test_a_question_can_be_withdrawn_and_another_asked(browser, send, people, view_of):
    case_id = send().case_id
    maja, kari = browser("maja"), browser("kari")
    maja.get(page(case_id))
    maja.change(case_id, "ansvar/spor", person=people["kari"].id)
    maja.change(case_id, "ansvar/trekk-tilbake")
    assert "Spørsmålet er trukket tilbake." in maja.text
    assert case_id not in kari.get("/staff/?vis=tilbudt")
    maja.get(page(case_id))
    maja.change(case_id, "ansvar/spor", person=people["per"].id)
    assert "Per Kontakt er spurt om å ta over" in maja.text


@pytest.mark.parametrize("person", ["", "nobody", "anne", "lise", "maja"])
def test_only_who_can_work_on_it_is_asked(browser, send, people, colleagues, person, view_of):
    case_id = send().case_id
    desk = browser("maja")
    desk.get(page(case_id))
    known = {**people, **colleagues}
    desk.change(case_id, "ansvar/spor", person=known[person].id if person in known else person)
    assert desk.status == 422
    assert "Velg hvem du spør." in desk.text
    assert "handover_offered" not in [line.action for line in view_of(case_id).log]


def test_a_choice_against_the_wish_is_explained_to_the_person(
    browser, send, people, session, vault, app, view_of
):
    case_id = send(prefers="Helsesykepleieren", avoids="Rektor").case_id
    desk = browser("maja")
    text = desk.get(page(case_id))
    assert text.index("Helsesykepleieren") < text.index("Rektor") < text.index('id="kontaktperson"')
    desk.change(case_id, "ansvar/ta")
    assert desk.status == 422
    assert "Svar på om dette er det personen ønsker." in desk.text
    desk.change(case_id, "ansvar/ta", follows="no")
    assert "Personen har rett til å få vite det." in desk.text
    desk.change(case_id, "ansvar/ta", follows="no", against="Helsesykepleieren er borte i vinter.")
    assert "Du har saken nå." in desk.text
    assert handovers(session, vault, case_id)[-1].against == "Helsesykepleieren er borte i vinter."
    desk.get(page(case_id))
    assert "Mot ønsket, fordi: Helsesykepleieren er borte i vinter." in desk.text


def test_what_the_child_says_stands_above_the_choice(browser, send, session, vault, view_of):
    case_id = send(writer="parent", about="my_child", statements=(("parent", "Mor skriver."),)).case_id
    desk = browser("maja")
    desk.get(page(case_id))
    assert "Ingen har spurt ennå." in desk.text
    desk.change(case_id, "ansvar/barnet-sier", words="Helst trener Ali.", asked_on="2026-11-20")
    assert "Det som ble sagt, er lagret." in desk.text
    assert desk.page.index("Helst trener Ali.") < desk.page.index('id="kontaktperson"')
    assert "Maja Vik spurte" in desk.text
    # A grown-up who wrote about a child sees neither the words nor that the child was asked.
    view = view_of(case_id)
    assert "wish_noted" not in [line.action for line in view.log]
    assert coordination(session, vault, case_id).words[0].words == "Helst trener Ali."
    own = send().case_id
    desk.get(page(own))
    desk.change(own, "ansvar/barnet-sier", words="Vet ikke.", asked_on="2026-11-20")
    assert "wish_noted" in [line.action for line in view_of(own).log]


def test_services_disagree_and_only_a_leader_decides(browser, send, session, vault, view_of):
    case_id = send().case_id
    maja, leader = browser("maja"), browser("lise")
    maja.get(page(case_id))
    maja.change(
        case_id,
        "ansvar/uenighet",
        others="BUP",
        why="Begge sier at den andre har ansvaret.",
        services=["helsesykepleier"],
    )
    assert "Omstridt – kommunen avgjør" in maja.text
    assert "En leder bestemmer." in maja.text
    assert case_id in maja.get("/staff/?vis=omstridt")
    maja.get(page(case_id))
    maja.change(case_id, "ansvar/avgjor", coordinator="helsesykepleier", reason="Hun kjenner barnet.")
    assert maja.status == 403
    leader.get(page(case_id))
    leader.change(case_id, "ansvar/avgjor", coordinator="other", name="", reason="")
    assert leader.status == 422
    assert "Skriv hvem som samordner." in leader.text
    assert "Skriv hvorfor det er bestemt slik." in leader.text
    leader.change(case_id, "ansvar/avgjor", coordinator="helsesykepleier", reason="Hun kjenner barnet.")
    assert "Det er bestemt hvem som samordner." in leader.text
    held = coordination(session, vault, case_id)
    assert held.dispute is None
    assert (held.decision.coordinator, held.decision.decided_by, held.decision.reason) == (
        "helsesykepleier",
        "Lise Leder",
        "Hun kjenner barnet.",
    )
    assert case_id not in maja.get("/staff/?vis=omstridt")
    log = [(line.action, line.detail) for line in view_of(case_id).log]
    assert ("dispute_opened", None) in log
    assert ("dispute_decided", "helsesykepleier") in log
    assert "andre har ansvaret" not in str(log)


def test_coordinator_and_plan_are_noted_and_suggested_but_never_a_verdict(
    browser, send, session, vault, view_of
):
    case_id = send(needs=("disability_illness", "attention_autism", "carer_strain"), age=9).case_id
    desk = browser("maja")
    desk.get(page(case_id))
    assert desk.text.count("Dette er et forslag. Spør personen.") == 3
    assert "ikke sjekket mot loven" in desk.text
    desk.change(
        case_id,
        "ansvar/valg/child_coordinator",
        answer="offered",
        on="2026-11-20",
        next_step="Ring koordinerende enhet",
    )
    assert "Det er lagret hvordan det står til." in desk.text
    assert desk.text.count("Dette er et forslag. Spør personen.") == 2
    note = coordination(session, vault, case_id).latest("child_coordinator")
    assert (note.answer, note.next_step, note.by_name) == ("offered", "Ring koordinerende enhet", "Maja Vik")
    assert ("coordination_noted", "child_coordinator:offered") in [
        (line.action, line.detail) for line in view_of(case_id).log
    ]
    desk.change(case_id, "ansvar/valg/child_coordinator", answer="", on="2027-01-01")
    assert desk.status == 422
    assert "Velg hvordan det står til." in desk.text
    assert "Den dagen er ikke kommet ennå." in desk.text
    desk.change(case_id, "ansvar/valg/king", answer="offered", on="2026-11-20")
    assert desk.status == 404
    other = send(needs=("bullying",), services=(), consents={}).case_id
    desk.get(page(other))
    assert "Dette er et forslag" not in desk.text


def test_a_leader_reads_and_offers_but_takes_no_case(browser, send, people, view_of):
    case_id = send().case_id
    leader = browser("lise")
    leader.get(page(case_id))
    assert "Ta saken selv" not in leader.text
    leader.change(case_id, "ansvar/ta")
    assert leader.status == 403
    leader.get(page(case_id))
    leader.change(case_id, "ansvar/spor", person=people["kari"].id)
    assert "Kari Kontakt er spurt om å ta over" in leader.text


def test_somebody_elses_answer_is_told_and_nothing_is_lost(
    browser, send, session, vault, clock, people, colleagues
):
    case_id = send().case_id
    desk = browser("maja")
    desk.get(page(case_id))
    ola = colleagues["ola"].ref()
    name_contact(session, vault, clock, case_id, ola, ola.id, ola.name, ola.unit)
    desk.change(case_id, "ansvar/spor", person=people["kari"].id, note="Kan du ta denne?")
    assert desk.status == 409
    assert "Ola Berge tok saken og er nå kontaktperson." in desk.text
    assert "Kan du ta denne?</textarea>" in desk.page
    assert re.search(rf'<option selected value="{people["kari"].id}"', desk.page)


def test_the_page_in_nynorsk(browser, send):
    desk = browser("maja")
    desk.get(f"{page(send(prefers='Ali').case_id)}?lang=nn")
    for words in (
        "Kven har ansvaret",
        "Kva seier barnet om kven som bør samordne?",
        "Spør ein kollega om å ta over",
    ):
        assert words in desk.text


def test_two_who_take_and_accept_at_once_end_as_one(
    app, engine, send, session, vault, clock, people, colleagues
):
    """Two threads with their own sessions: one is responsible afterwards, and the other is told."""
    from sqlalchemy.orm import Session

    for _ in range(4):
        case_id = send().case_id
        kari, ola = people["kari"].ref(), colleagues["ola"].ref()
        offer_case(session, vault, clock, case_id, colleagues["maja"].ref(), kari)
        version = read_case(session, vault, clock, case_id, ola).version
        session.commit()
        gate, results = threading.Barrier(2), {}

        def accept(case_id=case_id, kari=kari, version=version, gate=gate, results=results):
            with Session(engine) as own:
                gate.wait()
                try:
                    accept_offer(own, vault, clock, case_id, kari, version)
                    results["kari"] = "yes"
                except (CaseChanged, OfferGone) as error:
                    results["kari"] = type(error).__name__

        def take(case_id=case_id, ola=ola, version=version, gate=gate, results=results):
            with Session(engine) as own:
                gate.wait()
                try:
                    name_contact(own, vault, clock, case_id, ola, ola.id, ola.name, None, version)
                    results["ola"] = "yes"
                except CaseChanged as error:
                    results["ola"] = type(error).__name__

        threads = [threading.Thread(target=one) for one in (accept, take)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(results.values()) == ["CaseChanged", "yes"]
        session.expire_all()
        view = view_for_person(session, vault, clock, case_id)
        winner = "Kari Kontakt" if results["kari"] == "yes" else "Ola Berge"
        assert view.contact_person_name == winner
        states = sorted(one.state for one in handovers(session, vault, case_id))
        assert states == (["accepted"] if winner == "Kari Kontakt" else ["overtaken", "taken"])
