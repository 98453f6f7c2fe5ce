"""What employees send and write, as the person meets it: files to download and in the export, internal notes never."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from web import cases
from web.cases import attachments, codes, notes
from web.cases.types import Entered

SECRET = "Mor verkar redd i telefonen"
CONTENT = b"%PDF-1.7 innhold"


@pytest.fixture
def code():
    return codes.new_code("nb")


@pytest.fixture
def case_id(session, vault, clock, new_case, code, employee):
    case_id = cases.send_case(session, vault, clock, new_case(return_code=code, language="nb")).case_id
    attachments.keep(session, vault, clock, case_id, employee, "pdf", CONTENT, "Kart til huset")
    cases.write_message(session, vault, clock, case_id, "Her er kartet.", employee, attach=True)
    notes.write_note(session, vault, clock, case_id, employee, SECRET)
    return case_id


@pytest.fixture
def opened(browser, case_id, code):
    browser.get("/svar?lang=nb")
    browser.send("/svar", code=code)
    return browser


@pytest.fixture
def file_id(session, vault, clock, case_id):
    return cases.view_for_person(session, vault, clock, case_id, shown=False).messages[-1].attachments[0].id


def test_the_file_is_downloaded_under_a_name_that_says_nothing(opened, file_id):
    page = opened.client.get("/sak").get_data(as_text=True)
    assert f'href="/sak/vedlegg/{file_id}" download="vedlegg-1.pdf"' in page
    assert "Kart til huset" in page
    answer = opened.client.get(f"/sak/vedlegg/{file_id}")
    assert answer.data == CONTENT
    assert answer.headers["Content-Disposition"] == "attachment; filename=vedlegg-1.pdf"
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


def test_nobody_else_gets_the_file(
    browser_of, app, opened, file_id, session, vault, clock, new_case, employee
):
    stranger = browser_of(app)
    assert stranger.client.get(f"/sak/vedlegg/{file_id}").status_code == 302
    other = codes.new_code("nb")
    cases.send_case(session, vault, clock, new_case(return_code=other))
    stranger.get("/svar?lang=nb")
    stranger.send("/svar", code=other)
    assert stranger.client.get(f"/sak/vedlegg/{file_id}").status_code == 404
    assert opened.client.get("/sak/vedlegg/nei").status_code == 404


def test_a_file_that_was_not_sent_is_not_there(opened, session, vault, clock, case_id, employee):
    waits = attachments.keep(session, vault, clock, case_id, employee, "png", CONTENT, "Hemmelig utkast")
    assert opened.client.get(f"/sak/vedlegg/{waits}").status_code == 404
    assert "Hemmelig utkast" not in opened.client.get("/sak").get_data(as_text=True)


def test_the_files_are_in_the_export_and_the_notes_nowhere(opened, case_id):
    answer = opened.client.get("/sak/alt")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert archive.read("vedlegg-1.pdf") == CONTENT
        content = json.loads(archive.read("brev.json"))
        for name in archive.namelist():
            assert SECRET.encode() not in archive.read(name)
    assert {"name": "vedlegg-1.pdf", "media_type": "application/pdf", "about": "Kart til huset"}.items() <= (
        content["files"][0].items()
    )


@pytest.mark.parametrize("path", ["/sak", "/sak/slett", "/sak/alt"])
def test_no_page_of_the_person_has_a_note(opened, path):
    assert SECRET.encode() not in opened.client.get(path).data


def test_who_has_written_it_down_is_said(browser, session, vault, clock, new_case, code, employee):
    entered = Entered(employee.name, "phone", False, "Linja brast")
    cases.send_case(
        session, vault, clock, new_case(return_code=code, entered=entered, entered_by=employee, language="nb")
    )
    browser.get("/svar?lang=nb")
    browser.send("/svar", code=code)
    page = browser.client.get("/sak").get_data(as_text=True)
    assert "Maja Vik skrev dette ned for deg." in page
    assert "Ordene ble ikke lest opp for deg." in page
    assert "Maja Vik skrev ned saken for en som ringte." in page
    answer = browser.client.get("/sak/alt")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        content = json.loads(archive.read("brev.json"))
    assert "Linja brast" not in page + json.dumps(content, ensure_ascii=False)
    view = cases.open_with_code(session, vault, clock, code)
    assert view.facts.entered == Entered(employee.name, "phone", False)
    assert content["case"]["entered"] == {"by": "Maja Vik", "way": "phone", "read_back": False}
