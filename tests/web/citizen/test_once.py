"""Sent again because the answer was lost: on the return page too, everything is written once. And notices at once."""

from __future__ import annotations

import pytest

from web import cases
from web.cases import codes
from web.cases.models import Case, Contact, LogEntry, Message, Statement
from web.config import SmsGateway


@pytest.fixture
def opened(browser, session, vault, clock, new_case):
    code = codes.new_code("nb")
    browser.case_id = cases.send_case(session, vault, clock, new_case(return_code=code)).case_id
    browser.get("/svar")
    assert browser.send("/svar", code=code).path == "/sak"
    return browser


@pytest.mark.parametrize(("how", "table"), [("message", Message), ("words", Statement)])
def test_the_same_form_twice_is_written_once(opened, session, how, table):
    before = session.query(table).count()
    sent = {"text": "Kan dere ringe?", "as": how, "sending": opened.page.value("sending")}
    for _ in range(3):
        assert opened.send("/sak", **sent).path == "/sak"
    session.expire_all()
    assert session.query(table).count() == before + 1
    action = "message_from_person" if how == "message" else "statement_added"
    assert session.query(LogEntry).filter_by(case_id=opened.case_id, action=action).count() == 1
    unread = session.get(Case, opened.case_id).unread
    # The page that follows has a key of its own: the same words can be meant once more.
    again = opened.page.value("sending")
    assert again != sent["sending"]
    opened.send("/sak", **{**sent, "sending": again})
    # With «back» the old form shows again: other words in it are something new.
    opened.send("/sak", **{**sent, "text": "Helst i dag."})
    session.expire_all()
    assert session.query(table).count() == before + 3
    assert session.get(Case, opened.case_id).unread == unread + 2


@pytest.mark.parametrize("key", ["", "x", "<b>not a key of ours</b>", "y" * 100])
def test_without_a_key_of_ours_every_time_counts(opened, session, key):
    for _ in range(2):
        opened.send("/sak", **{"text": "Hei", "as": "message", "sending": key})
    assert session.query(Message).filter_by(from_person=True).count() == 2


def test_what_has_to_be_mended_keeps_the_key(opened):
    key = opened.page.value("sending")
    page = opened.send("/sak", **{"text": " ", "as": "message", "sending": key})
    assert (page.status, page.value("sending")) == (422, key)


# --- A notice, chosen before sending ------------------------------------------------------------------------------


@pytest.fixture
def with_sms(make_app, browser_of):
    return browser_of(
        make_app(sms=SmsGateway("https://sms.example.no", body={"to": "{to}", "text": "{text}"}))
    )


def test_no_notice_is_offered_where_none_can_be_sent(browser):
    browser.tell("Jeg sover ikke")
    assert 'name="notices_ok"' not in browser.get("/send").html


@pytest.mark.parametrize(
    ("way", "ticked", "kept"), [("sms", True, True), ("sms", False, False), ("code", True, False)]
)
def test_a_notice_only_when_it_is_ticked_and_can_reach_somebody(with_sms, session, way, ticked, kept):
    with_sms.tell("Jeg sover ikke")
    page = with_sms.get("/send")
    assert page.chosen("notices_ok") == []
    assert 'data-for="notice-sms "' in page.html
    answers = {"way": way, "phone_number": "900 00 000", "writer": "youth", "safe_now": "yes"}
    if ticked:
        answers["notices_ok"] = "y"
        with_sms.send("/send", **answers, go="mirror")
        assert with_sms.get("/send").chosen("notices_ok") == ["y"], "what is ticked stays"
    assert with_sms.send("/send", **answers, send="1").path == "/kvittering"
    assert session.query(Contact).one().notices_ok is kept
