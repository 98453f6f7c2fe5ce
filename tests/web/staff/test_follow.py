"""Following up in the browser: told by phone, closed or not, who disagrees, what comes after a no; and reminders."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from tests.web.staff.conftest import PASSWORD, Desk
from web import cases, reminders
from web.cases import plan, sharing
from web.cases.deadlines import local_date
from web.cases.following import due_reminders
from web.cases.plan_models import ReminderEmail
from web.cases.plan_types import NewMeasure
from web.cases.sharing_types import NewShare

MORNING = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
def shared(desk, send, session, vault, clock, employee):
    """shared("ppt", …): a case with these services in it, open at its page of following up."""

    def make(*services, **changes):
        clock.at = MORNING
        desk.log_in()
        case_id = send(consents=dict.fromkeys(services, True), language="nb", **changes).case_id
        for service in services:
            sharing.share_with(session, vault, clock, case_id, employee, NewShare(service, ("words",)))
        desk.get(f"/staff/sak/{case_id}/oppfolging")
        assert desk.status == 200
        return case_id

    return make


def told(desk, case_id, service, outcome, words="Anne på PPT ringte"):
    return desk.change(case_id, "oppfolging", service=service, outcome=outcome, words=words)


def test_what_a_service_says_on_the_phone_is_written_down(desk, shared):
    case_id = shared("ppt")
    assert "Har ikke svart" in desk.text
    assert "Bør svare innen mandag 30. november" in desk.text
    told(desk, case_id, "ppt", "waiting")
    assert desk.status == 200
    assert "Svaret fra tjenesten er lagret" in desk.text
    assert "Det er ventetid" in desk.text or "vente" in desk.text
    assert "Anne på PPT ringte" in desk.text
    assert "Har ikke svart" not in desk.text


def test_what_is_wrong_is_told_and_stands_there(desk, shared):
    case_id = shared("ppt")
    told(desk, case_id, "ppt", "", "Det jeg skrev")
    assert desk.status == 422
    assert "Velg hva tjenesten sier" in desk.text
    assert ">Det jeg skrev</textarea>" in desk.page
    told(desk, case_id, "ppt", "waiting", " ")
    assert desk.status == 422
    assert "Skriv hvem som sa det" in desk.text
    told(desk, case_id, "skolehelse", "waiting")
    assert desk.status == 409


def test_a_case_is_not_closed_as_helped_before_they_have_answered(desk, shared):
    case_id = shared("ppt")
    desk.get(f"/staff/sak/{case_id}")
    desk.change(case_id, "status", status="closed", outcome="got_help")
    assert desk.status == 422
    assert "kan ikke avsluttes som «fikk hjelp» ennå" in desk.text
    assert "Skriv hva de sier under «Oppfølging»" in desk.text
    desk.change(case_id, "status", status="closed", outcome="moved_on")
    assert desk.status == 422
    assert "Skriv hvorfor saken blir avsluttet" in desk.text
    desk.change(case_id, "status", status="closed", outcome="moved_on", reason="Flyttet")
    assert desk.status == 200
    assert "Avsluttet" in desk.text
    assert "Flyttet" in desk.text  # the internal note


def test_it_is_closed_as_helped_when_they_have(desk, shared):
    case_id = shared("ppt")
    told(desk, case_id, "ppt", "got_help")
    desk.get(f"/staff/sak/{case_id}")
    assert "Hvorfor avslutte før de har svart" not in desk.text
    desk.change(case_id, "status", status="closed", outcome="got_help")
    assert desk.status == 422
    assert "Ingen har skrevet til personen" in desk.text
    desk.change(
        case_id, "status", status="closed", outcome="got_help", **{"aside-answer": "Ringt, alt er bra."}
    )
    assert desk.status == 200
    assert "Ringt, alt er bra." in desk.text  # the internal note


@pytest.mark.parametrize(
    ("language", "open_", "refused"),
    [
        ("nb", "Trygg nå? Den som skrev: Nei, personen sier at det ikke er trygt nå", "skriv hvorfor det blir satt til side"),
        ("nn", "Trygg no? Den som skreiv: Nei, personen seier at det ikkje er trygt no", "skriv kvifor det blir sett til side"),
    ],
)  # fmt: skip
def test_it_is_not_closed_as_helped_over_what_is_open(
    desk, shared, session, vault, clock, employee, language, open_, refused
):
    case_id = shared(safe_now="no")
    new = NewMeasure("Møte på skolen", MORNING.date() + timedelta(days=3), "Maja Vik")
    view = plan.add_measure(session, vault, clock, case_id, employee, new)
    line = f"aside-plan-{view.plan[0].id}"
    desk.get(f"/staff/sak/{case_id}?lang={language}")
    assert open_ in desk.text
    assert "I planen: Møte på skolen" in desk.text
    filled = {line: "Skolen har gjort det på telefon.", "aside-safe-writer": "", "aside-answer": "Ringt."}
    desk.change(case_id, "status", status="closed", outcome="got_help", **filled)
    assert desk.status == 422
    assert desk.text.count(refused) == 2  # at its field, and in the summary
    assert "Skolen har gjort det på telefon.</textarea>" in desk.page
    filled["aside-safe-writer"] = "Hun bor hos mormor nå."
    desk.change(case_id, "status", status="closed", outcome="got_help", **filled)
    assert desk.status == 200
    assert "Møte på skolen, innan" in desk.text or "Møte på skolen, innen" in desk.text
    assert "Hun bor hos mormor nå." in desk.text  # the internal note


def test_who_disagrees_is_seen_at_once(desk, shared, session, vault, clock):
    case_id = shared("ppt")
    told(desk, case_id, "ppt", "got_help")
    clock.move(days=14)
    cases.answer_helped(session, vault, clock, case_id, "two_weeks", "no")
    desk.log_in()
    desk.get("/staff/?vis=uenige")
    assert case_id in desk.page
    assert "Uenige om hjelpen kom" in desk.text
    desk.get(f"/staff/sak/{case_id}/oppfolging")
    assert "De er uenige om hjelpen kom" in desk.text
    assert "Spør personen først" in desk.text


def test_a_no_leads_on(desk, shared):
    case_id = shared("ppt", needs=("bullying", "loneliness"))
    told(desk, case_id, "ppt", "refused")
    assert "Neste steg" in desk.text
    assert "Kontaktpersonen har fortsatt ansvaret" in desk.text
    assert "Spør personen før du tar inn noen" in desk.text
    after = desk.text[desk.text.index("Neste steg") :]
    assert "PPT" not in after[after.index("Disse møter") : after.index("Fikk personen hjelp")]


def test_where_nothing_else_fits_there_is_still_somebody(desk, shared, monkeypatch):
    from web.matching import Match
    from web.staff import follow_pages

    nothing = lambda catalog, _query: Match((), catalog.contact_point)  # noqa: E731
    monkeypatch.setattr(follow_pages, "match", nothing)
    case_id = shared("ppt")
    told(desk, case_id, "ppt", "refused")
    assert "Hold selv kontakt med personen så lenge" in desk.text


def test_a_silent_service_is_found_in_the_queue(desk, shared, clock):
    case_id = shared("ppt")
    desk.get("/staff/?vis=venter-paa-tjeneste")
    assert "Alle tjenester har svart i tide" in desk.text
    clock.move(days=8)
    desk.log_in()
    desk.get("/staff/?vis=venter-paa-tjeneste")
    assert case_id in desk.page
    desk.get(f"/staff/sak/{case_id}/oppfolging")
    assert "Skulle ha svart innen mandag 30. november" in desk.text
    assert "Ring dem" in desk.text


def test_in_nynorsk(desk, shared):
    case_id = shared("ppt")
    told(desk, case_id, "ppt", "refused")
    desk.get(f"/staff/sak/{case_id}/oppfolging?lang=nn")
    for words in ("Det tenestene seier", "Neste steg", "Kontaktpersonen har framleis ansvaret"):
        assert words in desk.text


def test_a_leader_reads_it_and_a_service_does_not(app, session, shared):
    from web.staff.models import create_employee

    case_id = shared("ppt")
    for role, service, status in (("leader", None, 200), ("service_user", "ppt", 403)):
        who, _ = create_employee(session, "fjordvik", role, role, "", [role], service)
        who.set_password(PASSWORD)
        session.commit()
        visitor = Desk(app.test_client()).log_in(role)
        visitor.get(f"/staff/sak/{case_id}/oppfolging")
        assert visitor.status == status
        assert "Skriv ned det de har sagt" not in visitor.page


# Reminders.


@pytest.fixture
def sent(monkeypatch):
    """What has gone by email, as (address, text)."""
    gone = []
    monkeypatch.setattr(
        reminders, "send_email", lambda _server, to, text, _id, _clock: gone.append((to, text))
    )
    return gone


@pytest.fixture
def with_mail(config):
    from web.config import SmtpServer

    return dataclasses.replace(config, smtp=SmtpServer("127.0.0.1", 1, "post@example.no", "", "", ""))


@pytest.fixture
def at_work(session):
    """Somebody in PPT here, one who has left, one in PPT elsewhere, and one in another service; all with an address."""
    from web.staff.models import create_employee

    for name, place, service, active in (
        ("per", "fjordvik", "ppt", True),
        ("lars", "fjordvik", "ppt", False),
        ("geir", "granlia", "ppt", True),
        ("siv", "fjordvik", "skolehelse", True),
    ):
        who, _ = create_employee(session, place, name, name, "", ["service_user"], service)
        who.email, who.active = f"{name}@example.no", active
    session.commit()


def test_a_reminder_goes_to_the_service_and_the_contact_person_once_and_says_nothing(
    catalog, engine, session, vault, clock, shared, sent, with_mail, at_work, employee, colleagues
):
    case_id = shared("ppt")
    colleagues["maja"].email = "maja@example.no"
    session.commit()
    maja = colleagues["maja"]
    cases.name_contact(session, vault, clock, case_id, maja.ref(), maja.id, maja.name)

    def run():
        return reminders.remind(lambda: Session(engine), vault, clock, with_mail, {"fjordvik": catalog})

    assert run() == 0
    clock.move(days=8)
    assert run() == 1
    assert run() == 0
    assert sorted(to for to, _ in sent) == ["maja@example.no", "per@example.no"]
    for _, text in sent:
        assert "PPT" not in text
        assert "En tjeneste venter på svar" in text
        assert "Ei teneste ventar på svar" in text


def test_one_who_cannot_be_reached_stops_nobody_and_is_tried_again_alone(
    catalog, engine, session, vault, clock, shared, monkeypatch, with_mail, at_work, employee, colleagues
):
    from web.notices import NotNow, Refused

    case_id = shared("ppt")
    maja, ola = colleagues["maja"], colleagues["ola"]
    maja.email, ola.email = "maja@example.no", "ola@example.no"
    ola.service_id = "ppt"
    ola.set_roles(["service_user"])
    session.commit()
    cases.name_contact(session, vault, clock, case_id, maja.ref(), maja.id, maja.name)
    tried, trouble = [], {"per@example.no": NotNow, "ola@example.no": Refused}

    def send(_server, to, *_rest):
        tried.append(to)
        if to in trouble:
            raise trouble[to]

    def run():
        return reminders.remind(lambda: Session(engine), vault, clock, with_mail, {"fjordvik": catalog})

    def outcomes():
        session.expire_all()
        names = {maja.id: "maja", ola.id: "ola"}
        return {names.get(one.employee_id, "per"): one.outcome for one in session.query(ReminderEmail)}

    monkeypatch.setattr(reminders, "send_email", send)
    clock.move(days=8)
    assert run() == 1
    assert sorted(tried) == ["maja@example.no", "ola@example.no", "per@example.no"]
    assert outcomes() == {"maja": "sent", "ola": "refused", "per": "waiting"}
    assert due_reminders(session, vault, clock) == []
    tried.clear()
    assert run() == 0
    assert tried == ["per@example.no"]
    trouble.clear()
    assert run() == 0
    assert outcomes()["per"] == "sent"
    tried.clear()
    run()
    assert tried == []


def test_what_cannot_be_handed_over_for_days_is_left_to_the_pages(
    catalog, engine, session, vault, clock, shared, monkeypatch, with_mail, at_work
):
    from web.notices import NotNow

    tried = []

    def away(_server, to, *_rest):
        tried.append(to)
        raise NotNow

    shared("ppt")
    clock.move(days=8)
    monkeypatch.setattr(reminders, "send_email", away)
    for moved in (0, 1, 3):
        clock.move(days=moved)
        reminders.remind(lambda: Session(engine), vault, clock, with_mail, {"fjordvik": catalog})
    assert len(tried) == 2


def test_without_a_mail_server_the_reminder_is_noted_and_shown(
    catalog, engine, vault, clock, shared, config, desk
):
    case_id = shared("ppt")
    clock.move(days=8, hours=14)  # at night nobody is reminded
    assert reminders.remind(lambda: Session(engine), vault, clock, config, {"fjordvik": catalog}) == 0
    clock.move(hours=10)
    assert reminders.remind(lambda: Session(engine), vault, clock, config, {"fjordvik": catalog}) == 1
    desk.log_in()
    desk.get(f"/staff/sak/{case_id}/oppfolging")
    assert "Purret 1 gang" in desk.text


# The service's own pages.


@pytest.fixture
def at_ppt(app, session):
    """Somebody who answers for PPT, logged in."""
    from web.staff.models import create_employee

    who, _ = create_employee(session, "fjordvik", "per", "Per Lie", "PPT", ["service_user"], "ppt")
    who.set_password(PASSWORD)
    session.commit()
    return lambda: Desk(app.test_client()).log_in("per")


def test_a_service_sees_the_day_of_its_answer_and_its_own_lines_of_the_plan(
    at_ppt, shared, session, vault, clock, employee
):
    case_id = shared("ppt", "skolehelse")
    day = local_date(clock.now()) + timedelta(days=3)
    for what, service in (("Se på klassen", "ppt"), ("Prate med Lise", "skolehelse")):
        line = NewMeasure(what, day, "Ola Berge", service=service, goal=f"Målet mitt om {service}")
        plan.add_measure(session, vault, clock, case_id, employee, line)
    visitor = at_ppt()
    page = f"/staff/delt/{case_id}"
    visitor.get(page)
    assert visitor.status == 200
    assert "Svar innen mandag 30. november" in visitor.text
    assert "Se på klassen" in visitor.text
    assert "Målet mitt om ppt" in visitor.text
    assert "Prate med Lise" not in visitor.text
    assert "skolehelse" not in visitor.text
    clock.move(days=9)
    visitor = at_ppt()
    visitor.get("/staff/delt/")
    assert "skulle kommet innen mandag 30. november" in visitor.text
    visitor.get(page)
    assert "Svaret deres skulle kommet innen" in visitor.text


def test_without_the_words_the_service_does_not_see_the_goal(
    at_ppt, desk, send, session, vault, clock, employee
):
    case_id = send(consents={"ppt": True}, language="nb").case_id
    sharing.share_with(session, vault, clock, case_id, employee, NewShare("ppt", ("needs",)))
    day = local_date(clock.now()) + timedelta(days=3)
    line = NewMeasure("Se på klassen", day, "Ola Berge", service="ppt", goal="Målet mitt", withheld="Farlig")
    plan.add_measure(session, vault, clock, case_id, employee, line)
    visitor = at_ppt()
    visitor.get(f"/staff/delt/{case_id}")
    assert "Se på klassen" in visitor.text
    assert "Personen ser den ikke" in visitor.text
    for words in ("Målet mitt", "Farlig"):
        assert words not in visitor.page
