"""Who waits: the order, the promise, what is new, and that it says so in words."""

from __future__ import annotations

import html
import re

from web.cases import add_statement, name_contact, set_status, write_message


def _order(page: str) -> list[str]:
    return re.findall(r'class="ds-link whole-row" href="[^"]*">(\w+)<', page)


def _row(page: str, reference: str) -> str:
    rows = re.findall(r"<tr.*?</tr>", page, re.DOTALL)
    row = next(row for row in rows if f">{reference}<" in row)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", row)).split())


def test_acute_first_then_longest_waiting(desk, send, clock):
    first = send()
    clock.move(hours=2)
    second = send()
    clock.move(hours=2)
    acute = send(acute_kinds=("suicide",))
    page = desk.log_in().get("/staff/")
    assert _order(page) == [acute.reference, first.reference, second.reference]
    assert "▲ Akutt" in _row(page, acute.reference)
    assert "Maskinen fant ord om: fare for selvmord." in _row(page, acute.reference)
    assert "Ikke akutt" in _row(page, first.reference)


def test_a_row_says_what_is_needed_to_choose(desk, send, clock):
    receipt = send(writer="youth", age=14, language="nn")
    clock.move(hours=3)
    row = _row(desk.log_in().get("/staff/"), receipt.reference)
    for words in (
        "Ulest",
        "Ungdom",
        "14 år",
        "Nynorsk",
        "20. november kl. 23:40",
        "Har ventet i 3 timer",
        "Ingen",
        "Ny",
    ):
        assert words in row
    # Sent on a Friday night: Monday.
    assert "mandag 23. november" in row


def test_the_promised_day_and_what_is_past_it(desk, send, clock):
    receipt = send()
    clock.move(days=3)
    assert "i dag" in _row(desk.log_in().get("/staff/"), receipt.reference)
    clock.move(days=2)
    page = desk.log_in().get("/staff/?vis=over-fristen")
    assert "! 2 dager over fristen" in _row(page, receipt.reference)
    assert re.search(r'class="late nowrap"', page)


def test_filters_and_counts(desk, send, session, vault, clock, colleagues):
    maja, ola = colleagues["maja"], colleagues["ola"]
    acute, mine, waiting, closed = send(acute_kinds=("violence",)), send(), send(), send()
    name_contact(session, vault, clock, mine.case_id, ola.ref(), maja.id, maja.name)
    set_status(session, vault, clock, waiting.case_id, ola.ref(), "waiting_for_person")
    set_status(session, vault, clock, closed.case_id, ola.ref(), "closed", "got_help")
    expected = {
        "alle": {acute, mine, waiting},
        "akutte": {acute},
        "nye": {acute},
        "mine": {mine},
        "uten-kontakt": {acute, waiting},
        "venter": {waiting},
        "avsluttet": {closed},
        "over-fristen": set(),
    }
    for part, receipts in expected.items():
        page = desk.get(f"/staff/?vis={part}")
        assert set(_order(page)) == {receipt.reference for receipt in receipts}, part
        chip = re.search(
            rf'vis={part}"[^>]*aria-current="page">([^<]*)(?:<span class="count[^>]*>(\d+))?', page
        )
        assert chip
        if part != "avsluttet":
            assert int(chip[2]) == len(receipts)
    assert "Fikk hjelp" in _row(desk.get("/staff/?vis=avsluttet"), closed.reference)


def test_an_empty_part_says_so(desk):
    assert "Ingen venter. Nye saker kommer hit av seg selv." in desk.get("/staff/")
    assert "Ingen akutte saker nå." in desk.get("/staff/?vis=akutte")
    assert "<table" not in desk.page


def test_an_unknown_part_is_the_whole_queue(desk, send):
    receipt = send()
    assert _order(desk.get("/staff/?vis=%3Cscript%3E")) == [receipt.reference]


def test_what_nobody_has_read_is_marked_until_somebody_reads(desk, send, session, vault, clock):
    receipt = send()
    assert "Ulest" in _row(desk.get("/staff/"), receipt.reference)
    desk.get(f"/staff/sak/{receipt.case_id}")
    assert "●" not in _row(desk.get("/staff/"), receipt.reference)
    clock.move(minutes=1)
    write_message(session, vault, clock, receipt.case_id, "Er de der?")
    add_statement(session, vault, clock, receipt.case_id, "youth", "En ting til.")
    assert "2 nye meldinger" in _row(desk.get("/staff/"), receipt.reference)
    desk.get(f"/staff/sak/{receipt.case_id}")
    assert "●" not in _row(desk.get("/staff/"), receipt.reference)


def test_other_municipalities_are_not_in_the_queue(desk, send):
    send(municipality="langtvekkistan")
    assert "Ingen venter" in desk.get("/staff/")


def test_news_since_the_page_was_made(desk, send, session, vault, clock):
    old = send()
    desk.get("/staff/")
    since = re.search(r'data-since="([^"]+)"', desk.page)[1]

    def news() -> str:
        return desk.client.get("/staff/nye", query_string={"siden": since}).get_json()["text"]

    assert news() == ""
    clock.move(minutes=1)
    send()
    assert news() == "1 ny sak"
    send(acute_kinds=("violence",))
    write_message(session, vault, clock, old.case_id, "Hallo?")
    send(municipality="langtvekkistan")
    assert news() == "2 nye saker, 1 av dem er akutt, nye ord i 1 sak"
    for wrong in ("", "i går", "2026-13-01"):
        assert desk.client.get("/staff/nye", query_string={"siden": wrong}).get_json() == {"text": ""}


def test_nobody_waits_after_an_answer_until_the_person_writes_again(
    desk, send, session, vault, clock, colleagues
):
    receipt = send()
    write_message(session, vault, clock, receipt.case_id, "Hei.", colleagues["ola"].ref())
    assert "Har fått svar" in _row(desk.get("/staff/"), receipt.reference)
    clock.move(days=10)
    assert "over fristen" not in _row(desk.log_in().get("/staff/"), receipt.reference)
    write_message(session, vault, clock, receipt.case_id, "Takk, men …")
    assert "Har fått svar" not in _row(desk.get("/staff/"), receipt.reference)
