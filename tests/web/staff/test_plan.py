"""The plan in the browser: written, changed, kept from the person, and what goes on at the same time."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from tests.web.staff.conftest import Desk
from web import cases
from web.cases import plan
from web.cases.deadlines import local_date
from web.cases.plan_types import NewMeasure

FILLED = {
    "what": "Samtale med helsesykepleier",
    "service": "skolehelse",
    "need": "bullying",
    "goal": "Jeg vil ha en venn",
    "due_on": "2026-12-01",
    "meetings": "1",
    "responsible": "other",
    "responsible_name": "Lise Moe, Fjordvik skole",
}


@pytest.fixture
def opened(desk, send):
    """The plan of a new case, open at the front desk."""
    receipt = send()
    desk.get(f"/staff/sak/{receipt.case_id}/plan")
    assert desk.status == 200
    return receipt.case_id


def write(desk, case_id, **changes):
    return desk.change(case_id, "plan", **{**FILLED, **changes})


def line_id(desk) -> str:
    return re.findall(r'name="measure" value="([^"]+)"', desk.page)[-1]


def test_a_line_is_written_and_stands_there(desk, opened):
    write(desk, opened)
    assert desk.status == 200
    assert "gjort=measure" in desk.redirected_to
    for words in ("Linjen står i planen", "Samtale med helsesykepleier", "Lise Moe", "Jeg vil ha en venn"):
        assert words in desk.text
    assert "Planlagt" in desk.text


def test_what_is_wrong_is_told_and_nothing_is_lost(desk, opened):
    write(desk, opened, due_on="2026-11-01", responsible="", responsible_name="", what="Et løfte")
    assert desk.status == 422
    assert "Dagen må være i dag eller senere" in desk.text
    assert "Velg hvem som har ansvaret" in desk.text
    assert ">Et løfte</textarea>" in desk.page
    write(desk, opened, due_on="i morgen")
    assert desk.status == 422
    assert "Skriv dagen som dag, måned og år" in desk.text
    write(desk, opened, due_on="")
    assert "Velg hvilken dag" in desk.text
    write(desk, opened, withheld="y")
    assert "Skriv hvorfor personen ikke skal se det" in desk.text
    write(desk, opened, service="finnes-ikke", need="nei", meetings="99")
    for words in ("Velg en tjeneste", "Velg et behov", "Velg hvor mange ganger"):
        assert words in desk.text
    desk.get(f"/staff/sak/{opened}/plan")
    assert "Det står ikke noe i planen ennå" in desk.text


def test_a_line_is_changed_with_a_reason(desk, opened):
    write(desk, opened)
    line = line_id(desk)
    fields = {
        "measure": line,
        "state": "started",
        "due_on": "2026-12-15",
        "responsible": "other",
        "responsible_name": "Lise Moe, Fjordvik skole",
    }
    desk.change(opened, "plan/endre", **fields)
    assert desk.status == 422
    assert "Skriv hvorfor det er en annen dag nå" in desk.text
    desk.change(opened, "plan/endre", **fields, reason="Lise er på kurs")
    assert desk.status == 200
    assert "2 endringer" in desk.text
    assert "Hvorfor: Lise er på kurs" in desk.text
    assert "I gang" in desk.text


def test_somebody_else_has_changed_the_plan(desk, opened, open_desk):
    other = open_desk("ola")
    other.get(f"/staff/sak/{opened}/plan")
    write(other, opened, what="Ola var først")
    write(desk, opened, what="Maja kom etter")
    assert desk.status == 409
    assert "Ola Berge skrev en linje i planen" in desk.text
    assert ">Maja kom etter</textarea>" in desk.page
    write(desk, opened, what="Maja kom etter")
    assert desk.status == 200
    assert "Ola var først" in desk.text
    assert "Maja kom etter" in desk.text


def test_a_line_that_is_not_there_changes_nothing(desk, opened):
    desk.change(opened, "plan/endre", measure="x", state="done")
    assert desk.status == 409
    desk.change(opened, "plan/samtidig", overlap="same_need.x")
    assert desk.status == 409


def test_what_goes_on_at_the_same_time_is_shown_and_can_be_agreed_on(desk, opened):
    write(desk, opened)
    assert "Disse går samtidig" not in desk.text
    write(desk, opened, service="ppt", due_on="2026-12-08", what="Observasjon i klassen")
    assert "Disse går samtidig" in desk.text
    assert "Flere tjenester arbeider med det samme" in desk.text
    key = re.search(r'name="overlap" value="([^"]+)"', desk.page)[1]
    desk.change(opened, "plan/samtidig", overlap=key, note="PPT tar det med Lise")
    assert desk.status == 200
    assert "Avtalt: Maja Vik" in desk.text
    assert "PPT tar det med Lise" in desk.text
    assert "Marker som avtalt" not in desk.text


def test_a_plan_past_its_day_is_found_in_the_queue(desk, opened, clock):
    write(desk, opened)
    desk.get("/staff/?vis=plan-over-dagen")
    assert "Alle planer er i rute" in desk.text
    clock.move(days=20)
    desk.log_in()
    desk.get("/staff/?vis=plan-over-dagen")
    assert opened in desk.page
    assert "Forsinket plan" in desk.text
    desk.get(f"/staff/sak/{opened}/plan")
    assert "dager over fristen" in desk.text


def test_in_nynorsk(desk, opened):
    write(desk, opened)
    desk.get(f"/staff/sak/{opened}/plan?lang=nn")
    for words in ("Kva som skal skje, og kven som gjer det", "Det personen sjølv vil", "Planlagd", "Endre"):
        assert words in desk.text


def test_a_leader_reads_the_plan_and_changes_nothing(app, session, opened, desk):
    from web.staff.models import create_employee

    write(desk, opened)
    leader, _ = create_employee(session, "fjordvik", "leder", "Anne Leder", "", ["leader"])
    leader.set_password("fire rare ord på rad")
    session.commit()
    reading = Desk(app.test_client()).log_in("leder")
    reading.get(f"/staff/sak/{opened}/plan")
    assert reading.status == 200
    assert "Samtale med helsesykepleier" in reading.text
    assert "Skriv i planen" not in reading.text
    token = reading.hidden("csrf_token")
    answer = reading.client.post(f"/staff/sak/{opened}/plan", data={**FILLED, "csrf_token": token})
    assert answer.status_code == 403


def test_an_acute_case_has_its_numbers_here_too(desk, send):
    receipt = send(acute_kinds=("violence",))
    desk.get(f"/staff/sak/{receipt.case_id}/plan")
    assert desk.status == 200
    assert 'href="tel:112"' in desk.page


# On the return page.


@pytest.fixture
def person(client, send, session, vault, clock, employee, assistant, monkeypatch):
    """person(withheld=…): somebody who has opened their case with the five words, with one line in the plan."""
    from web.assistant import AssistantUnavailable

    def away(*_args, **_more):
        raise AssistantUnavailable("away")

    monkeypatch.setattr(assistant, "understand", away, raising=False)

    def make(**changes):
        from web.cases import codes

        code = codes.new_code("nb")
        receipt = send(return_code=code, language="nb")
        line = NewMeasure(
            "Prate med Lise hver tirsdag",
            local_date(clock.now()) + timedelta(days=7),
            "Lise Moe",
            service="skolehelse",
            goal="Jeg vil ha en venn",
            **changes,
        )
        plan.add_measure(session, vault, clock, receipt.case_id, employee, line)
        visitor = Desk(client)
        visitor.get("/svar?lang=nb")
        visitor.post("/svar", code=code)
        assert visitor.status == 200
        return visitor, receipt.case_id

    return make


def test_the_person_sees_who_does_what_by_when(person):
    visitor, _ = person()
    for words in (
        "Hva som skal skje, og hvem som gjør det",
        "Prate med Lise hver tirsdag",
        "Lise Moe",
        "fredag 27. november",
        "Jeg vil ha en venn",
    ):
        assert words in visitor.text


def test_the_person_says_that_a_line_is_not_right(person, session, vault, clock, employee, open_desk):
    visitor, case_id = person()
    line = re.search(r"/sak/plan/([0-9a-f-]{36})", visitor.page)[1]
    visitor.post(f"/sak/plan/{line}", text=" ")
    assert visitor.status == 422
    assert "Skriv hva som ikke stemmer" in visitor.text
    visitor.post(f"/sak/plan/{line}", text="Jeg kan ikke på tirsdager")
    assert visitor.status == 200
    assert "Jeg kan ikke på tirsdager" in visitor.text
    assert "Om planen: Prate med Lise hver tirsdag" in visitor.text
    view = cases.read_case(session, vault, clock, case_id, employee)
    assert view.messages[-1].about_id == line
    desk = open_desk()
    desk.get(f"/staff/sak/{case_id}/plan")
    assert "Personen sier at det ikke stemmer" in desk.text
    desk.get(f"/staff/sak/{case_id}")
    assert "Om planen: Prate med Lise hver tirsdag" in desk.text


def test_what_is_kept_from_the_person_is_not_on_the_page_nor_in_the_file(
    person, session, vault, clock, employee
):
    visitor, case_id = person(withheld="Noen andre leser")
    for words in ("Prate med Lise", "Noen andre leser", "Hva som skal skje, og hvem"):
        assert words not in visitor.page
    (line,) = cases.read_case(session, vault, clock, case_id, employee).plan
    visitor.get("/sak")
    visitor.post(f"/sak/plan/{line.id}", text="Stemmer ikke")
    assert visitor.status == 404
    answer = visitor.client.get("/sak/alt")
    assert b"Prate med Lise" not in _unzipped(answer.data)


def test_the_plan_is_in_the_file_that_the_person_takes_out(person):
    visitor, _ = person()
    content = _unzipped(visitor.client.get("/sak/alt").data)
    assert content.count(b"Prate med Lise hver tirsdag") == 2  # the page, and the JSON


def _unzipped(data: bytes) -> bytes:
    import io
    import zipfile

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return b"".join(archive.read(name) for name in archive.namelist())
