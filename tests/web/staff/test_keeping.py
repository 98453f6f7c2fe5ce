"""/staff/oppbevaring: lists, putting off, wishes to delete, the table of rules; by role, in both languages."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.conftest import MARKED
from tests.web.staff.conftest import PASSWORD, Desk
from web import cases
from web.cases import deletion_requests, retention
from web.cases.deadlines import local_date
from web.cases.keeping_tables import ArchiveExport, DeletionRequest
from web.cases.models import Case


@pytest.fixture
def leader(app, session, colleagues):
    return _with_role(app, session, "leader")


@pytest.fixture
def officer(app, session, colleagues):
    return _with_role(app, session, "privacy_officer")


def _with_role(app, session, role):
    from web.staff.models import create_employee

    made, _ = create_employee(session, "fjordvik", role, f"Kari {role}", "Rådhuset", [role])
    made.set_password(PASSWORD)
    session.commit()
    return Desk(app.test_client()).log_in(role)


@pytest.fixture
def maja(colleagues):
    return colleagues["maja"].ref()


@pytest.fixture
def closed(session, vault, clock, send, maja):
    def make(outcome="withdrawn", **changes):
        receipt = send(**changes)
        cases.set_status(session, vault, clock, receipt.case_id, maja, "closed", outcome)
        return receipt

    return make


@pytest.fixture
def night(engine, vault, clock, catalog):
    return lambda: retention.run_night(
        lambda: Session(engine), vault, clock, {"fjordvik": catalog.retention}, again=True
    )


def test_the_privacy_officer_begins_here_and_reads_no_words(officer, closed, clock, night):
    receipt = closed()
    clock.move(days=76)
    night()
    officer.log_in("privacy_officer")
    assert officer.redirected_to.endswith("/staff/oppbevaring/")
    assert receipt.reference in officer.text
    assert "18. feb. 2027" in officer.text
    page = officer.get(f"/staff/oppbevaring/sak/{receipt.case_id}")
    assert officer.status == 200
    assert MARKED not in page
    officer.get(f"/staff/sak/{receipt.case_id}")
    assert officer.status == 403


def test_who_works_on_cases_does_not_decide_on_deletion(desk, closed):
    receipt = closed()
    for path in ("", "regler", f"sak/{receipt.case_id}"):
        desk.get(f"/staff/oppbevaring/{path}")
        assert desk.status == 403


def test_putting_off_with_reason_and_date(leader, officer, closed, clock, night):
    receipt = closed()
    clock.move(days=80)
    night()
    leader.log_in("leader")
    officer.log_in("privacy_officer")
    path = f"/staff/oppbevaring/sak/{receipt.case_id}"
    leader.get(path)
    leader.post(f"{path}/utsett", until="", reason="")
    assert leader.status == 422
    assert "Skriv hvorfor saken må stå lenger." in leader.text
    leader.post(f"{path}/utsett", until="2030-01-01", reason="Klage er sendt.")
    assert leader.status == 422
    assert "høyst 365 dager" in leader.text
    assert "Klage er sendt." in leader.page  # nothing that was typed is lost
    until = local_date(clock.now()) + timedelta(days=100)
    leader.post(f"{path}/utsett", until=until.isoformat(), reason="Klage er sendt.")
    assert "Slettingen er utsatt" in leader.text
    assert "Klage er sendt." in leader.text
    officer.get(path)
    assert "Klage er sendt." not in officer.text  # a reason is about the case
    assert "Kari leader" in officer.text
    leader.get(path)
    leader.post(f"{path}/slipp")
    assert "Slettingen går sin gang" in leader.text


def test_an_expired_form_keeps_the_reason(leader, closed):
    receipt = closed()
    path = f"/staff/oppbevaring/sak/{receipt.case_id}"
    leader.post(f"{path}/utsett", token=False, until="2026-12-24", reason="Klage er sendt.")
    assert leader.status == 400
    assert "Klage er sendt." in leader.page
    assert "åpen for lenge" in leader.text


@pytest.fixture
def asked(session, vault, clock, closed, catalog):
    receipt = closed("got_help", notices_ok=True)
    deletion_requests.ask_to_delete(session, vault, clock, receipt.case_id, catalog.retention)
    return receipt


def test_a_wish_closes_the_case_to_the_front_desk(desk, leader, officer, asked):
    assert asked.reference not in desk.get("/staff/?vis=closed")
    for who in (desk, leader):
        page = who.get(f"/staff/sak/{asked.case_id}")
        assert who.status == 403
        assert MARKED not in page
        assert f"Sak {asked.reference} er stengt for lesing" in who.text
        assert "avgjort senest" in who.text
        assert "En leder eller personvernombudet" in who.text
    assert f"/staff/oppbevaring/sak/{asked.case_id}" in leader.page
    assert "/staff/oppbevaring/sak/" not in desk.page
    desk.get(f"/staff/sak/{asked.case_id}/plan?lang=nn")
    assert "er stengd for lesing" in desk.text
    for who in (leader, officer):
        who.get("/staff/oppbevaring/")
        assert asked.reference in who.text
        assert "Stengt for lesing" in who.text


def test_the_queue_says_that_a_case_is_closed_by_a_wish(desk, leader, asked, session, vault, clock):
    desk.get("/staff/")
    assert "1 sak er stengt for lesing. Personen har bedt om å få alt slettet." in desk.text
    assert "Se hva som venter på svar" not in desk.text  # who answers is the leader
    leader.get("/staff/?lang=nn")
    assert "1 sak er stengd for lesing." in leader.text
    assert "Sjå kva som ventar på svar" in leader.text
    deletion_requests.take_back(session, vault, clock, asked.case_id)
    desk.get("/staff/?lang=nb")
    assert "stengt for lesing" not in desk.text


def test_what_was_typed_when_the_wish_came_can_be_copied(desk, send, session, clock):
    receipt = send()
    desk.get(f"/staff/sak/{receipt.case_id}")
    case = session.get(Case, receipt.case_id, populate_existing=True)
    case.blocked_at = clock.now()
    session.add(
        DeletionRequest(
            id="wish",
            case_id=case.id,
            municipality=case.municipality,
            reference=case.reference,
            asked_at=clock.now(),
            answer_by=local_date(clock.now()),
            state="waiting",
        )
    )
    session.commit()
    desk.post(f"/staff/sak/{receipt.case_id}/notat", note="Ringte skolen.")
    assert desk.status == 403
    assert "Ringte skolen." in desk.page


def test_who_never_saw_the_case_is_not_told_of_the_wish(app, session, asked, colleagues):
    """A contact person of other cases gets what everybody gets who asks for nothing."""
    other = _with_role(app, session, "contact_person")
    other.get(f"/staff/sak/{asked.case_id}")
    assert other.status == 404
    assert asked.reference not in other.page


def test_after_a_no_a_closed_case_says_that_it_is_kept_for_the_archive(desk, officer, asked):
    path = f"/staff/oppbevaring/sak/{asked.case_id}"
    officer.get(path)
    officer.post(f"{path}/nei", ground="archive_duty", text="Vi må ta vare på det.")
    desk.get(f"/staff/sak/{asked.case_id}")
    assert desk.status == 403
    assert "tatt vare på for arkivet" in desk.text


def test_deleting_stands_last_says_what_it_leads_to_and_asks_once_more(officer, asked, session):
    path = f"/staff/oppbevaring/sak/{asked.case_id}"
    page = officer.get(path)
    assert 'data-color="danger"' not in page.split("<main")[1]
    assert page.index("Svar nei") < page.index("Gå videre med ja")
    assert "Hva svarene fører til" in officer.text
    officer.get(f"{path}/slett")
    assert "Det kan ikke angres." in officer.text
    assert session.get(Case, asked.case_id, populate_existing=True) is not None
    officer.get(f"{path}/slett?lang=nn")
    assert "Det kan ikkje gjerast om." in officer.text


def test_the_last_look_is_only_there_while_the_wish_waits(officer, closed):
    receipt = closed()
    path = f"/staff/oppbevaring/sak/{receipt.case_id}"
    officer.get(f"{path}/slett")
    assert officer.answer.status_code == 303
    officer.get(officer.answer.headers["Location"])
    assert "ikke noe å svare på her lenger" in officer.text


def test_no_with_ground_and_words(officer, asked, session, vault):
    path = f"/staff/oppbevaring/sak/{asked.case_id}"
    officer.get(path)
    officer.post(f"{path}/nei", text="Vi må ta vare på det.")
    assert officer.status == 422
    assert "Velg en grunn." in officer.text
    assert "Vi må ta vare på det." in officer.page
    officer.post(f"{path}/nei", ground="archive_duty", text="Vi må ta vare på det.")
    assert "Svaret ditt er lagret" in officer.text
    found = deletion_requests.newest_request(session, vault, asked.case_id)
    assert (found.state, found.words) == ("refused", "Vi må ta vare på det.")
    officer.post(f"{path}/nei", ground="archive_duty", text="En gang til.")
    assert "ikke noe å svare på her lenger" in officer.text


def test_yes_asks_who_it_is_and_then_deletes(officer, asked, session, clock):
    path = f"/staff/oppbevaring/sak/{asked.case_id}"
    officer.get(path)
    officer.post(f"{path}/slett")
    assert "Alt er slettet." in officer.text
    assert session.get(Case, asked.case_id, populate_existing=True) is None
    officer.get("/staff/oppbevaring/regler")
    assert "Personen ba om det og fikk ja" in officer.text
    assert "Kari privacy_officer" in officer.text


def test_yes_long_after_the_login_comes_first_to_the_password(officer, asked, session, clock):
    path = f"/staff/oppbevaring/sak/{asked.case_id}"
    officer.get(path)
    clock.move(minutes=20)
    officer.get(path)
    officer.post(f"{path}/slett")
    assert "/bekreft" in officer.redirected_to
    assert session.get(Case, asked.case_id, populate_existing=True) is not None


def test_danger_opens_the_case_for_those_who_read_cases(desk, leader, asked):
    path = f"/staff/oppbevaring/sak/{asked.case_id}"
    desk.client.post(f"{path}/les")
    desk.get(f"/staff/sak/{asked.case_id}")
    assert desk.status == 403
    leader.get(path)
    leader.post(f"{path}/les")
    assert "Saken kan leses igjen" in leader.text
    desk.get(f"/staff/sak/{asked.case_id}")
    assert desk.status == 200
    assert "Kari leader åpnet saken for lesing igjen" in desk.text


def test_another_municipality_has_nothing_here(leader, asked, session):
    case = session.get(Case, asked.case_id)
    case.municipality = "granlia"
    session.commit()
    path = f"/staff/oppbevaring/sak/{asked.case_id}"
    leader.get("/staff/oppbevaring/regler")
    for way in ("utsett", "slipp", "slett", "nei", "les"):
        fields = {"until": "2026-12-24", "reason": "x", "ground": "archive_duty", "text": "x"}
        leader.get("/staff/oppbevaring/")
        leader.client.post(f"{path}/{way}", data={**fields, "csrf_token": ""})
    leader.get(path)
    assert leader.status == 404
    assert session.get(Case, asked.case_id, populate_existing=True).blocked_at is not None


def test_the_table_says_what_is_not_decided_and_not_checked(leader):
    leader.get("/staff/oppbevaring/regler")
    assert "Kommunen har ikke bestemt ennå" in leader.text
    assert "90 dager" in leader.text
    assert "ikke kontrollert" in leader.text
    leader.get("/staff/oppbevaring/regler?lang=nn")
    assert "Kommunen har ikkje bestemt enno" in leader.text
    assert "Førespurnad som ikkje førte til noko" in leader.text


# --- The archive ----------------------------------------------------------------------------------------------


def test_a_leader_takes_the_package_out_and_notes_the_receipt(leader, officer, closed, session):
    receipt, other = closed("got_help"), closed("withdrawn")
    leader.get("/staff/oppbevaring/arkiv/")
    assert receipt.reference in leader.text
    assert other.reference not in leader.text
    leader.post("/staff/oppbevaring/arkiv/")
    assert "Velg minst én sak." in leader.text
    token = leader.hidden("csrf_token")
    answer = leader.client.post(
        "/staff/oppbevaring/arkiv/", data={"csrf_token": token, "case": receipt.case_id}
    )
    assert answer.mimetype == "application/zip"
    assert answer.headers["Cache-Control"].startswith("no-")
    package = zipfile.ZipFile(io.BytesIO(answer.get_data()))
    answer.close()
    course = next(name for name in package.namelist() if name.endswith("saksgang.txt"))
    assert "Maja Vik satte status" in package.read(course).decode()
    leader.get("/staff/oppbevaring/arkiv/")
    made = session.scalars(select(ArchiveExport)).one()
    leader.post(f"/staff/oppbevaring/arkiv/{made.id}/mottatt", reference="<b>")
    assert leader.status == 422
    assert "Bare bokstaver, tall" in leader.text
    officer.get("/staff/oppbevaring/arkiv/")
    officer.post(f"/staff/oppbevaring/arkiv/{made.id}/mottatt", reference="2026/17")
    assert "Arkivet har den: 2026/17" in officer.text
    assert receipt.reference not in officer.text


def test_who_reads_no_cases_gets_no_package(officer, closed, session):
    receipt = closed("got_help")
    officer.get("/staff/oppbevaring/arkiv/")
    assert receipt.reference in officer.text
    officer.post("/staff/oppbevaring/arkiv/", case=receipt.case_id)
    assert officer.status == 422
    assert "Be en leder" in officer.text
    assert session.scalars(select(ArchiveExport)).all() == []
