"""The return page after a while: what next, who has read, «did you get help?», notices, everything as a file."""

from __future__ import annotations

import io
import json
import re
import zipfile
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from web import cases
from web.cases import codes
from web.cases.models import Case, Contact, FollowUp, LogEntry, Notice
from web.citizen import export
from web.config import SmsGateway

MINE = "Dei ler av meg <i>kvar</i> dag & kveld."


@pytest.fixture
def code():
    return codes.new_code("nn")


@pytest.fixture
def case_id(session, vault, clock, new_case, code):
    new = new_case(
        return_code=code,
        services=("skolehelse",),
        consents={"skolehelse": True},
        statements=(("youth", MINE),),
        details="900 00 000",
    )
    return cases.send_case(session, vault, clock, new).case_id


@pytest.fixture
def opened(browser, case_id, code):
    browser.get("/svar")
    assert browser.send("/svar", code=code).path == "/sak"
    return browser


# --- What a wrong code tells ----------------------------------------------------------------------------------


def what_shows(response):
    """Everything that can be seen from outside, without the token that differs in every page."""
    body = re.sub(r'(name="csrf_token" value=")[^"]*', r"\1", response.get_data(as_text=True))
    body = re.sub(r'(id="code" name="code" value=")[^"]*', r"\1", body)
    headers = sorted((name, value) for name, value in response.headers if name not in ("Set-Cookie", "Date"))
    headers = [(name, "" if name == "Content-Length" else value) for name, value in headers]
    return response.status_code, headers, "Set-Cookie" in response.headers, body


def test_a_wrong_code_tells_nothing(app, session, vault, clock, new_case, case_id, code):
    """None like it, another order, another municipality, deleted, not even words: one and the same answer."""
    elsewhere, deleted = codes.new_code("nb"), codes.new_code("nb")
    cases.send_case(session, vault, clock, new_case(return_code=elsewhere, municipality="annerledes"))
    gone = cases.send_case(session, vault, clock, new_case(return_code=deleted)).case_id
    cases.delete_case(session, vault, clock, gone)
    lines = session.query(LogEntry).count()
    seen = []
    for typed in (
        codes.new_code("nb"),
        " ".join(reversed(code.split())),
        elsewhere,
        deleted,
        "en to tre",
    ):
        client = app.test_client()
        page = client.get("/svar?lang=nb").get_data(as_text=True)
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
        seen.append(what_shows(client.post("/svar", data={"csrf_token": token, "code": typed})))
    assert seen[0][0] == 422
    assert all(one == seen[0] for one in seen[1:])
    session.expire_all()
    assert (
        session.query(LogEntry).count() == lines
    )  # not even a line where the code would have fitted elsewhere


def test_the_right_code_waits_like_a_wrong_one(app, case_id, code):
    answers = []
    for typed in (code, codes.new_code("nb")):
        client = app.test_client()
        token = re.search(
            r'name="csrf_token" value="([^"]+)"', client.get("/svar?lang=nb").get_data(as_text=True)
        )[1]
        if not answers:
            for _ in range(7):
                client.post("/svar", data={"csrf_token": token, "code": "feil feil feil feil feil"})
        answers.append(what_shows(client.post("/svar", data={"csrf_token": token, "code": typed})))
    assert answers[0][0] == 429
    strip = re.compile(r"Vent \d+ sekund\w*")
    assert strip.sub("", answers[0][3]) == strip.sub("", answers[1][3])
    assert (answers[0][:3]) == (answers[1][:3])


def test_the_code_works_on_several_devices_at_once(app, browser_of, case_id, code):
    for _ in range(2):
        browser = browser_of(app)
        browser.get("/svar")
        assert browser.send("/svar", code=code).path == "/sak"


@pytest.mark.parametrize("path", ["/sak", "/sak/alt", "/sak/slett"])
def test_after_twenty_minutes_nothing_is_shown(opened, clock, path):
    clock.move(minutes=21)
    page = opened.get(path)
    assert page.path == "/svar"
    assert MINE[:10] not in page.html


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/sak", {"text": "hei", "as": "message"}),
        ("/sak/hjelp", {"round": "two_weeks", "answer": "no"}),
        ("/sak/varsel", {"notices": "on"}),
        ("/sak/samtykke", {"withdraw": "skolehelse"}),
        ("/sak/slett", {}),
    ],
)
def test_after_twenty_minutes_nothing_is_changed(opened, session, clock, case_id, path, fields):
    clock.move(days=14)
    before = session.query(LogEntry).count()
    page = opened.send(path, fields)
    assert page.value("code") == ""
    assert page.path == "/svar" or page.status == 401
    session.expire_all()
    assert session.get(Case, case_id) is not None
    assert session.query(LogEntry).count() == before


# --- How it stands --------------------------------------------------------------------------------------------


def test_what_happens_next_and_by_which_day(opened, session, vault, clock, case_id, employee):
    assert "Du får svar her senest mandag 23. november." in opened.page.text
    assert "Du blir spurt her fredag 4. desember om du har fått hjelp." in opened.page.text
    clock.move(minutes=5)
    cases.name_contact(session, vault, clock, case_id, employee, employee.id, "Maja Vik")
    cases.write_message(session, vault, clock, case_id, "Hei", employee)
    page = opened.get("/sak")
    assert "Maja Vik har svart deg" in page.text
    cases.set_status(session, vault, clock, case_id, employee, "waiting_for_person")
    assert "Svar i feltet under når du kan." in opened.get("/sak").text
    cases.set_status(session, vault, clock, case_id, employee, "closed", "got_help")
    assert "Da blir saken åpnet igjen." in opened.get("/sak").text


def test_a_broken_promise_is_said(browser, clock, case_id, code):
    clock.move(days=5)
    browser.get("/svar")
    page = browser.send("/svar", code=code)
    assert "Du skulle ha fått svar senest mandag 23. november." in page.text


def test_new_messages_are_marked_once(
    opened, session, vault, clock, case_id, employee, app, browser_of, code
):
    cases.write_message(session, vault, clock, case_id, "Første", employee)
    cases.write_message(session, vault, clock, case_id, "Andre", employee)
    # Opening with the code on another device does not use the mark up: it is shown there.
    other = browser_of(app)
    other.get("/svar")
    page = other.send("/svar", code=code)
    assert "Du har 2 nye meldinger" in page.text
    assert page.html.count('id="new"') == 1
    assert "Ny" in page.text.split("Første")[0].split("Meldinger")[-1]
    assert "nye meldinger" not in opened.get("/sak").text


def test_a_post_does_not_use_the_mark_up(opened, session, vault, clock, case_id, employee):
    cases.write_message(session, vault, clock, case_id, "Kom mens du skrev", employee)
    assert "Du har 1 ny melding" in opened.send("/sak", {"as": "message"}, text="hei").text


# --- Did you get help? ----------------------------------------------------------------------------------------


@pytest.fixture
def two_weeks_later(browser, clock, case_id, code):
    clock.move(days=14)
    browser.get("/svar")
    browser.send("/svar", code=code)
    return browser


def test_it_is_asked_when_it_is_due(opened, two_weeks_later):
    page = two_weeks_later.page
    assert "Det er 2 uker siden du skrev." in page.text
    assert page.html.index('id="helped"') < page.html.index('id="messages"')


def test_it_is_not_asked_before(opened):
    assert 'id="helped"' not in opened.page.html


def test_an_answer_is_saved_and_asked_no_more(two_weeks_later, session, vault, clock, case_id):
    page = two_weeks_later.send("/sak/hjelp", round="two_weeks", answer="no", more="Ingen\r\nringte")
    assert "Svaret ditt er lagret." in page.text
    assert 'id="helped"' not in page.html
    assert "Svar på om hjelpen kom: «Nei»." in page.text
    assert "Ingen\nringte" in page.html
    two_weeks_later.send("/sak/hjelp", round="two_weeks", answer="yes")
    session.expire_all()
    assert [one.answer for one in session.query(FollowUp)] == ["no"]
    assert session.get(Case, case_id).status == "new"


@pytest.mark.parametrize(
    ("answer", "more", "says"),
    [
        ("", "Noe jeg har skrevet", "Velg ett av svarene."),
        ("perhaps", "Noe jeg har skrevet", "Velg ett av svarene."),
        ("no", "y" * 4001, "Teksten er for lang."),
    ],
)
def test_what_cannot_be_taken_stays_in_the_field(two_weeks_later, session, answer, more, says):
    page = two_weeks_later.send("/sak/hjelp", round="two_weeks", answer=answer, more=more)
    assert page.status == 422
    assert says in page.text
    assert page.value("more") == more
    assert session.query(FollowUp).count() == 0


def test_a_round_that_is_not_asked_is_not_answered(opened, session):
    assert opened.send("/sak/hjelp", round="six_weeks", answer="no").status == 200
    assert session.query(FollowUp).count() == 0


def test_danger_in_the_answer_shows_numbers(two_weeks_later, session, case_id):
    page = two_weeks_later.send("/sak/hjelp", round="two_weeks", answer="some", more="jeg vil ta livet mitt")
    assert 'href="tel:113"' in page.html.split("<h1")[0]


# --- Notices --------------------------------------------------------------------------------------------------


def test_without_a_gateway_no_notice_is_offered(opened):
    assert "Beskjed på SMS" not in opened.page.text


def test_notices_on_and_off(make_app, browser_of, session, case_id, code):
    app = make_app(sms=SmsGateway("https://sms.example.no", body={"to": "{to}", "text": "{text}"}))
    browser = browser_of(app)
    browser.get("/svar")
    page = browser.send("/svar", code=code)
    assert "Beskjed på SMS : av" in page.text.replace("SMS:", "SMS :")
    assert not session.query(Contact).one().notices_ok
    page = browser.send("/sak/varsel", notices="on")
    assert "Du får beskjed når det er noe nytt her." in page.text
    session.expire_all()
    assert session.query(Contact).one().notices_ok
    page = browser.send("/sak/varsel", notices="off")
    assert "Du får ikke flere beskjeder." in page.text
    session.expire_all()
    assert not session.query(Contact).one().notices_ok


# --- Everything as a file -------------------------------------------------------------------------------------


def zip_of(browser):
    response = browser.client.get("/sak/alt")
    assert response.status_code == 200
    return response, zipfile.ZipFile(io.BytesIO(response.data))


def test_everything_is_in_the_file(opened, session, vault, clock, case_id, employee):
    cases.read_case(session, vault, clock, case_id, employee)
    cases.write_message(
        session, vault, clock, case_id, 'Se <a href="https://www.ung.no">ung.no</a>', employee
    )
    cases.write_message(session, vault, clock, case_id, "Takk <b>Maja</b>")
    cases.withdraw_consent(session, vault, clock, case_id, "skolehelse")
    clock.move(minutes=1)
    response, archive = zip_of(opened)
    assert response.headers["Content-Disposition"] == 'attachment; filename="brev.zip"'
    assert "no-store" in response.headers["Cache-Control"]
    assert archive.namelist() == ["brev.html", "brev.json"]
    content = json.loads(archive.read("brev.json"))
    schema = json.loads(Path(export.__file__).with_name("export.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema, format_checker=FormatChecker()).validate(content)
    assert [one["text"] for one in content["own_words"]] == [MINE]
    assert [(one["from"], one["text"]) for one in content["messages"]] == [
        ("municipality", 'Se <a href="https://www.ung.no">ung.no</a>'),
        ("me", "Takk <b>Maja</b>"),
    ]
    assert content["consents"][0]["withdrawn_at"]
    assert content["reach"]["details"] == "900 00 000"
    assert {"read", "exported"} <= {one["action"] for one in content["log"]}
    page = archive.read("brev.html").decode()
    assert "Dei ler av meg &lt;i&gt;kvar&lt;/i&gt; dag &amp; kveld." in page
    assert "ung.no (https://www.ung.no)" in page
    assert "Maja Vik, Familiehuset. Leste alt du hadde skrevet." in page
    assert "Skolehelsetjenesten får ikke lese det." in page
    assert "Sendt 20. november 2026, 23:40." in page


def test_the_page_in_the_file_stands_alone(opened):
    _, archive = zip_of(opened)
    page = archive.read("brev.html").decode()
    for forbidden in ("<script", "<link", " src=", " href=", "url(", "@import", "/static/"):
        assert forbidden not in page, forbidden
    assert page.count("<h1") == 1
    assert "<title>Brev</title>" in page
    assert "{{" not in page
    # neither ids nor hashes of ours
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-", page + archive.read("brev.json").decode())


def test_taking_it_out_stands_in_the_log(opened):
    zip_of(opened)
    zip_of(opened)
    assert opened.get("/sak").text.count("Alt ble lastet ned som en fil.") == 1


def test_a_parents_file_is_without_the_childs_words(browser, session, vault, clock, new_case):
    code = codes.new_code("nb")
    case_id = cases.send_case(
        session,
        vault,
        clock,
        new_case(
            return_code=code,
            writer="parent",
            statements=(("parent", "Han vil ikke på skolen."),),
            understanding=None,
            needs=("school_absence",),
            needs_added=(),
            needs_removed=(),
        ),
    ).case_id
    clock.move(hours=1)
    cases.add_statement(session, vault, clock, case_id, "child", "Ikke si det til mamma: kvitre")
    browser.get("/svar")
    page = browser.send("/svar", code=code)
    assert "kvitre" not in page.html
    _, archive = zip_of(browser)
    assert "kvitre" not in "".join(archive.read(name).decode() for name in archive.namelist())


def test_other_files_lie_beside_the_page(app, opened, session, vault, clock, case_id, catalog):
    view = cases.view_for_person(session, vault, clock, case_id)
    sound = export.ExtraFile("lyd-1.m4a", "audio/mp4", "Stemmen din", clock.now(), b"sound")
    with app.test_request_context("/"):
        archive = zipfile.ZipFile(
            io.BytesIO(export.as_zip(view, catalog, "nb", clock.now(), lambda _view: (sound,)))
        )
        with pytest.raises(ValueError, match="no folder"):
            export.as_zip(
                view,
                catalog,
                "nb",
                clock.now(),
                lambda _view: (export.ExtraFile("../x", "audio/mp4", "", clock.now(), b""),),
            )
    assert archive.read("lyd-1.m4a") == b"sound"
    assert json.loads(archive.read("brev.json"))["files"][0]["name"] == "lyd-1.m4a"
    assert "lyd-1.m4a: Stemmen din" in archive.read("brev.html").decode()


def test_deleting_tells_what_is_left(opened, session):
    assert "Én linje blir stående" in opened.get("/sak/slett").text
    page = opened.send("/sak/slett")
    assert "Én linje blir stående" in page.text
    session.expire_all()
    assert session.query(LogEntry).count() == 1
    assert session.query(Notice).count() == 0
