"""Safe to use: shared device, sessions that end, call me today, who may know, safe word. Without JavaScript."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from web.cases import note_call, queue, read_case
from web.cases.models import Case

OPEN = datetime(2026, 11, 19, 9, 0, tzinfo=UTC)
"""A Thursday at ten in Norway."""
HOLIDAY = datetime(2026, 5, 17, 9, 0, tzinfo=UTC)


def only_case(session):
    session.expire_all()
    (case,) = session.query(Case).all()
    return case


def seen_by(session, vault, clock, employee):
    return read_case(session, vault, clock, only_case(session).id, employee)


@pytest.fixture
def told(browser):
    browser.tell("Jeg er 14 og blir mobba på skolen.")
    browser.send("/", payload='/answer{"safe_now": "yes"}')
    return browser


@pytest.fixture
def in_danger(browser, clock):
    clock.at = OPEN
    browser.tell("i kveld har jeg tenkt å ta livet mitt")
    return browser


# --- Traces ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "title"), [("nb", "Skjul sporene dine"), ("nn", "Skjul spora dine")])
def test_how_to_hide_traces_is_public_and_linked_before_telling(browser, language, title):
    first = browser.get(f"/?lang={language}")
    links = [a.get("href") for a in first.outline.all("a")]
    assert links.count("/trygt-nettvett") == 2  # beside the field, and in the footer
    page = browser.get("/trygt-nettvett")
    assert title in page.text
    assert "X-Robots-Tag" not in page.headers or "noindex" not in page.headers["X-Robots-Tag"]


# --- A device that others use too ------------------------------------------------------------------------------


def test_on_a_shared_device_the_draft_ends_after_ten_minutes_of_nothing(browser, clock, engine):
    page = browser.tell("Jeg blir mobba", shared="1")
    assert "data-shared" in page.html
    clock.move(minutes=9)
    assert "Jeg blir mobba" in browser.get("/").text  # looking at it is doing something
    clock.move(minutes=9)
    assert "<mark>mobb</mark>" in browser.get("/forstatt").html
    clock.move(minutes=10)
    page = browser.get("/")
    assert "Jeg blir mobba" not in page.text
    assert "er slettet" in page.text
    with engine.connect() as connection:
        assert connection.exec_driver_sql("select count(*) from drafts").scalar() == 0


def test_on_ones_own_device_it_stays(told, clock):
    clock.move(hours=11)
    assert "mobba" in told.get("/").text


def test_what_was_typed_when_it_ended_is_not_lost(browser, clock):
    browser.tell("Jeg blir mobba", shared="1")
    browser.get("/send")
    clock.move(minutes=11)
    page = browser.send("/send", {"words-0": "Jeg blir mobba hver dag"})
    assert page.status == 400
    assert page.value("text") == "Jeg blir mobba hver dag"


def test_the_page_is_asked_whether_somebody_is_there(browser, clock):
    browser.tell("Jeg blir mobba", shared="1")
    clock.move(minutes=8)

    def ask(wish):
        return browser.client.post(
            "/fortsett", data={"csrf_token": browser.token, "what": "draft", "wish": wish}
        ).json["left"]

    assert ask("look") == 120
    assert ask("stay") == 600
    assert ask("leaving") == 30
    clock.move(seconds=31)
    assert ask("look") == 0
    assert "Jeg blir mobba" not in browser.get("/").text


def test_the_receipt_of_a_shared_device_is_not_shown_again(browser, clock):
    browser.tell("Jeg blir mobba", shared="1")
    browser.get("/send")
    assert browser.send("/send").path == "/kvittering"
    assert "Denne siden vises bare nå" in browser.page.text
    clock.move(minutes=3)
    assert browser.get("/kvittering").path == "/"


def test_the_choice_can_be_taken_back(browser, clock):
    browser.tell("Jeg blir mobba", shared="1")
    browser.get("/trygt-nettvett")
    browser.send("/delt-enhet", shared="no", **{"from": "safe"})
    clock.move(hours=1)
    assert "Jeg blir mobba" in browser.get("/").text


# --- The open case ---------------------------------------------------------------------------------------------


def test_a_message_written_while_the_case_closed_comes_back_after_the_five_words(told, clock):
    told.get("/send")
    page = told.send("/send")
    import re

    code = " ".join(re.findall(r"<li>(.*?)</li>", page.html.split('class="code"')[1].split("</ol>")[0]))
    told.send("/kvittering", saved="y")
    told.get("/svar")
    page = told.send("/svar", code=code)
    assert 'data-session="case"' in page.html
    assert "Denne siden lukkes klokka" in page.text
    clock.move(minutes=21)
    page = told.send("/sak", {"as": "message"}, text="Kan dere svare?")
    assert page.status == 401
    page = told.send("/svar", code=code, text=page.value("text"))
    assert page.value("text") == "Kan dere svare?"


# --- Call me today ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("assistant_answers", [True, False])
def test_a_person_in_danger_is_called_today(
    browser, clock, peer, session, vault, employee, assistant_answers
):
    clock.at = OPEN
    peer.status = 200 if assistant_answers else 500
    browser.tell("i kveld har jeg tenkt å ta livet mitt")
    assert "Be dem ringe meg i dag" in browser.page.text
    page = browser.send("/ring-meg", call_number="41 23 45 67", text="og mer", call="1")
    assert page.path == "/kvittering"
    assert "De ringer deg i dag på 41 23 45 67." in page.text
    view = seen_by(session, vault, clock, employee)
    assert view.urgency == "acute"
    assert view.due_on == OPEN.date()
    assert view.facts.call.waits
    assert (view.contact.way, view.contact.details) == ("phone", "41 23 45 67")
    assert [one.text for one in view.statements] == ["i kveld har jeg tenkt å ta livet mitt", "og mer"]
    page = browser.send("/kvittering", more="1")
    assert page.path == "/sak"
    assert "De ringer deg i dag på 41 23 45 67." in page.text
    note_call(session, vault, clock, view.id, employee)
    assert "De ringer deg i dag" not in browser.get("/sak").text


def test_a_number_alone_is_enough(browser, clock, session):
    clock.at = OPEN
    browser.get("/ring-meg")
    assert browser.send("/ring-meg", call_number="41234567").path == "/kvittering"
    assert only_case(session).urgency == "acute"


def test_an_odd_number_is_asked_about_once_and_nothing_is_lost(in_danger, session):
    page = in_danger.send("/ring-meg", call_number="123", text="halvt", call="1")
    assert page.status == 422
    assert page.value("call_number") == "123"
    page = in_danger.send("/ring-meg", call_number="123", call_asked=page.value("call_asked"))
    assert page.path == "/kvittering"
    assert only_case(session).call_waits


def test_enter_in_the_field_asks_on_a_page_of_its_own(in_danger, session):
    page = in_danger.send("/", call_number="41234567", text="", enter="1")
    assert page.value("call_number") == "41234567"
    assert session.query(Case).count() == 0


@pytest.mark.parametrize("at", [OPEN + timedelta(hours=12), HOLIDAY, datetime(2026, 12, 25, 10, tzinfo=UTC)])
def test_a_closed_office_promises_no_call(browser, clock, session, at):
    clock.at = at
    browser.tell("i kveld har jeg tenkt å ta livet mitt")
    assert browser.page.value("call_number") is None
    assert "er stengt nå. Det åpner" in browser.page.text
    page = browser.send("/ring-meg", call_number="41234567", text="mer")
    assert page.status == 409
    assert session.query(Case).count() == 0
    assert "mer" in browser.get("/").text


def test_who_waits_for_a_call_is_first_in_the_queue(in_danger, session, vault, clock, employee, new_case):
    from web.cases import send_case

    overdue = send_case(session, vault, clock, new_case(safe_now="no"))
    clock.move(days=3)
    in_danger.tell("i kveld har jeg tenkt å ta livet mitt")
    clock.move(days=1)
    in_danger.send("/ring-meg", call_number="41234567")
    rows = queue(session, vault, clock, "fjordvik")
    assert [row.call_waits for row in rows] == [True, False]
    note_call(session, vault, clock, rows[0].case_id, employee)
    assert queue(session, vault, clock, "fjordvik")[0].case_id == overdue.case_id


# --- Who may know, how to be reached, what one wishes ------------------------------------------------------------


def test_twelve_to_fifteen_is_asked_and_no_answer_is_a_no(told, session, vault, clock, employee):
    page = told.get("/send")
    assert "Kan noen her snakke med foreldrene dine?" in page.text
    assert "Handler det om noen hjemme?" not in page.text
    assert page.chosen("parents") == []
    told.send("/send")
    view = seen_by(session, vault, clock, employee)
    assert (view.facts.parents, view.facts.home, view.facts.may_know) == ("no", None, ())


@pytest.mark.parametrize(("home", "knows"), [("yes", ()), ("unknown", ()), (None, ()), ("no", ("parents",))])
def test_under_twelve_home_comes_first(browser, session, vault, clock, employee, home, knows):
    browser.tell("Jeg er 9 år og blir mobba")
    page = browser.get("/send")
    assert "Handler det om noen hjemme?" in page.text
    assert page.chosen("home") == page.chosen("parents") == []
    fields = {"parents": "yes", **({"home": home} if home else {})}
    browser.send("/send", fields)
    view = seen_by(session, vault, clock, employee)
    assert view.facts.may_know == knows
    assert view.facts.home == home


def test_from_sixteen_one_decides_alone(browser, session, vault, clock, employee):
    browser.tell("Jeg er 17 år og blir mobba")
    page = browser.get("/send")
    assert "Du bestemmer selv." in page.text
    assert "Kan noen her snakke med foreldrene dine?" not in page.text
    assert page.chosen("may_know") == []
    browser.send("/send", may_know=["parents"])
    assert seen_by(session, vault, clock, employee).facts.may_know == ("parents",)


def test_an_age_nobody_told_is_asked_as_a_childs(browser):
    browser.tell("Jeg blir mobba")
    browser.send("/send", safe_now="yes", go="help")
    page = browser.get("/send")
    if "Hvem har skrevet dette?" in page.text:
        page = browser.send("/send", about="self", writer="youth", go="help")
        page = browser.get("/send")
    assert "Handler det om noen hjemme?" in page.text


def test_how_to_be_reached_and_by_whom(told, session, vault, clock, employee):
    told.get("/send")
    fields = {
        "way": "phone", "phone_number": "41234567", "safe_when": ["school_hours", "evening"],
        "caller_says": "municipality", "safe_word": "blåbær", "prefers": "Kari på skolen", "avoids": "lærer Per",
    }  # fmt: skip
    assert told.send("/send", fields).path == "/kvittering"
    view = seen_by(session, vault, clock, employee)
    assert view.contact.safe_when == ("school_hours", "evening")
    assert (view.contact.caller_says, view.contact.safe_word) == ("municipality", "blåbær")
    assert (view.facts.prefers, view.facts.avoids) == ("Kari på skolen", "lærer Per")
    with session.connection() as connection:
        facts = connection.exec_driver_sql("select facts_sealed from cases").scalar()
    assert "blåbær" not in facts
