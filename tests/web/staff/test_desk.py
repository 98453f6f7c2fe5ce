"""Searching in the queue, saved filters, several employees at once, and the list that renews itself."""

from __future__ import annotations

import html
import re
from urllib.parse import urlencode

import pytest

from web.cases import name_contact, set_status, write_message
from web.staff import desk as staff_desk


def order(page: str) -> list[str]:
    return re.findall(r'class="ds-link whole-row" href="[^"]*">(\w+)<', page)


def chips(page: str) -> list[str]:
    """The names of the saved filters."""
    found = re.search(r"Dine lagrede filtre.*?</nav>", page, re.DOTALL)
    return re.findall(r"☆</span> ([^<]*)<", found[0]) if found else []


def address(desk, since: str) -> str:
    """What staff.js asks from the open page."""
    path = html.unescape(re.search(r'data-url="([^"]*)"', desk.page)[1])
    return f"{path}{'&' if '?' in path else '?'}{urlencode({'siden': since})}"


@pytest.fixture
def three(send, session, vault, clock, colleagues):
    """An open one of Maja, an open one with a service, a closed one of Ola."""
    maja, ola = colleagues["maja"], colleagues["ola"]
    mine = send(services=(), consents={})
    clock.move(minutes=25)  # past midnight
    service = send(services=("helsestasjon",), consents={"helsestasjon": True})
    closed = send(services=(), consents={})
    name_contact(session, vault, clock, mine.case_id, ola.ref(), maja.id, maja.name, maja.unit)
    name_contact(session, vault, clock, closed.case_id, ola.ref(), ola.id, ola.name, ola.unit)
    set_status(session, vault, clock, closed.case_id, ola.ref(), "closed", "got_help")
    return mine.reference, service.reference, closed.reference


def test_search_finds_by_number_person_service_and_date(desk, three):
    mine, service, closed = three
    for query, expected in (
        (f"q={mine.lower()}", [mine]),
        ("q=maja", [mine]),
        ("q=ola", []),
        ("q=ola&lukket=1", [closed]),
        ("tjeneste=helsestasjon", [service]),
        ("tjeneste=helsestasjon&q=maja", []),
        ("fra=2026-11-20&til=2026-11-20", [mine]),
        ("fra=2026-11-21", [service]),
        ("vis=min-enhet", [service, mine]),
        ("vis=min-enhet&q=ola", []),
        ("q=%00%27%22%3Cscript%3E", []),
    ):
        page = desk.get(f"/staff/?{query}")
        assert desk.status == 200
        assert order(page) == expected, query
    assert "Ingen saker passer med søket." in desk.text
    assert "<script>" not in desk.page.split("<main")[1].split("</main>")[0]


def test_a_date_that_is_none_is_told_and_left_out(desk, three):
    for query in ("fra=i+g%C3%A5r", "til=2026-13-40", "fra=2026-12-01&til=2026-11-01", "fra=0001-01-01"):
        desk.get(f"/staff/?{query}")
        assert "Datoen er ikke brukt" in desk.text, query
        assert 'aria-invalid="true"' in desk.page
    assert len(order(desk.page)) == 2


def test_the_search_stays_when_a_case_is_opened_and_in_the_other_language(desk, three):
    desk.get("/staff/?vis=alle&q=maja&fra=2026-11-20")
    way = html.unescape(re.search(r'whole-row" href="([^"]*)"', desk.page)[1])
    assert "q=maja" in way
    desk.get(way)
    assert re.search(r'class="ds-link" href="[^"]*q=maja[^"]*">Alle åpne', desk.page)
    desk.get("/staff/?q=maja")
    other = re.search(r'href="([^"]*)" lang="nn"', desk.page)[1]
    assert "q=maja" in other


def test_saved_filters_are_the_employees_own(desk, open_desk, three):
    mine = three[0]
    desk.get("/staff/?vis=alle&q=maja&lukket=1")
    desk.post("/staff/filter?vis=alle&q=maja&lukket=1", filter_name="  Majas   saker ")
    assert "Filteret er lagret." in desk.text
    assert order(desk.page) == [mine]
    assert chips(desk.get("/staff/")) == ["Majas saker"]
    chip = html.unescape(re.search(r'href="([^"]*)"><span aria-hidden="true">☆', desk.page)[1])
    assert order(desk.get(chip)) == [mine]
    assert re.search(r'aria-current="page"><span aria-hidden="true">☆', desk.page)
    # The same name once more is the same filter.
    desk.post("/staff/filter?vis=nye&q=x", filter_name="majas saker")
    assert chips(desk.get("/staff/")) == ["majas saker"]
    ola = open_desk("ola")
    assert chips(ola.get("/staff/")) == []
    filter_id = re.search(r"/staff/filter/([0-9a-f-]{36})/fjern", desk.page)[1]
    ola.post(f"/staff/filter/{filter_id}/fjern")
    assert chips(desk.get("/staff/")) == ["majas saker"]
    desk.post(f"/staff/filter/{filter_id}/fjern?vis=nye")
    assert "Filteret er fjernet." in desk.text
    assert chips(desk.page) == []


def test_a_filter_without_a_good_name_is_not_saved_and_what_was_written_stays(desk, three, monkeypatch):
    desk.get("/staff/?q=maja")
    for name, problem in (("   ", "Gi filteret et navn."), ("æ" * 61, "Navnet er for langt.")):
        desk.post("/staff/filter?q=maja", filter_name=name)
        assert desk.status == 422
        assert problem in desk.text
        assert f'name="filter_name" value="{name}"' in desk.page
        assert order(desk.page) == [three[0]]
    monkeypatch.setattr(staff_desk, "MOST_SAVED", 1)
    desk.post("/staff/filter?q=maja", filter_name="en")
    desk.post("/staff/filter?q=maja", filter_name="to")
    assert desk.status == 422
    assert "Fjern ett først." in desk.text
    assert chips(desk.page) == ["en"]


def test_pages_lead_on_and_back(desk, send, monkeypatch, clock):
    from web.cases import queueing

    monkeypatch.setattr(
        queueing.queue_page, "__kwdefaults__", {**queueing.queue_page.__kwdefaults__, "size": 2}
    )
    sent = []
    for _ in range(5):
        sent.append(send().reference)
        clock.move(minutes=1)
    seen = order(desk.get("/staff/"))
    while found := re.search(r'rel="next" href="([^"]*)"', desk.page):
        seen += order(desk.get(html.unescape(found[1])))
    assert seen == sent
    back = html.unescape(re.search(r'rel="prev" href="([^"]*)"', desk.page)[1])
    assert order(desk.get(back)) == sent[2:4]


def test_colleagues_see_who_has_the_case_open(desk, open_desk, send, clock):
    receipt = send()
    path = f"/staff/sak/{receipt.case_id}"
    assert "har denne saken åpen nå" not in desk.get(path)
    ola = open_desk("ola")
    assert "Åpen hos Maja Vik" in " ".join(re.sub(r"<[^>]+>", " ", ola.get("/staff/")).split())
    assert "Maja Vik har denne saken åpen nå." in ola.get(path)
    assert "Åpen hos Ola Berge" in desk.get("/staff/")
    assert "Åpen hos Maja" not in desk.page  # one's own name is no news
    clock.move(minutes=2)
    assert "Maja Vik har denne saken åpen nå." not in ola.get(path)


def test_the_question_for_news_renews_who_is_looking_and_does_not_lengthen_the_session(
    desk, open_desk, send, clock
):
    receipt = send()
    desk.get(f"/staff/sak/{receipt.case_id}")
    ola = open_desk("ola")
    ola.get(f"/staff/sak/{receipt.case_id}")
    for _ in range(3):
        clock.move(minutes=1)
        desk.client.get(address(desk, clock.now().isoformat()))
    assert "Maja Vik har denne saken åpen nå." in ola.get(f"/staff/sak/{receipt.case_id}")
    answer = desk.client.get(address(desk, clock.now().isoformat()))
    assert answer.get_json()["looking"] == "Ola Berge har denne saken åpen nå."
    leave = re.search(r'data-leave="([^"]*)" data-token="([^"]*)"', desk.page)
    desk.client.post(leave[1], data={"csrf_token": leave[2]})
    assert "Maja Vik har denne saken åpen nå." not in ola.get(f"/staff/sak/{receipt.case_id}")
    clock.move(minutes=28)  # 31 minutes after the last press
    assert desk.client.get("/staff/").status_code == 302


def test_nothing_new_is_answered_without_content(desk, send, session, vault, clock):
    receipt = send()
    desk.get("/staff/")
    ask = address(desk, re.search(r'data-since="([^"]+)"', desk.page)[1])
    first = desk.client.get(ask)
    tag = {"If-None-Match": first.headers["ETag"]}
    assert first.get_json()["stamp"] == re.search(r'data-stamp="([^"]+)"', desk.page)[1]
    again = desk.client.get(ask, headers=tag)
    assert (again.status_code, again.get_data()) == (304, b"")
    clock.move(minutes=1)
    write_message(session, vault, clock, receipt.case_id, "Hallo?")
    changed = desk.client.get(ask, headers=tag)
    assert changed.status_code == 200
    assert changed.get_json()["text"] == "nye ord i 1 sak"
    assert changed.get_json()["stamp"] != first.get_json()["stamp"]


def test_the_list_alone_is_the_list_of_the_page(desk, send):
    send()
    desk.get("/staff/?vis=nye")
    answer = desk.client.get(html.unescape(re.search(r'data-list="([^"]*)"', desk.page)[1]))
    part = answer.get_data(as_text=True)
    assert "<html" not in part
    assert order(part) == order(desk.page)
    assert part.count("staff-parts") == 2  # for a wide screen, and folded for a narrow one
    # So that the page knows what it shows now.
    assert answer.headers["ETag"].strip('"') == re.search(r'data-stamp="([^"]+)"', desk.page)[1]


def test_a_page_of_the_queue_asks_the_database_a_steady_number_of_times(desk, engine, app, send):
    from sqlalchemy import event

    asked: list[str] = []
    event.listen(
        app.extensions["portal-engine"], "before_cursor_execute", lambda *args: asked.append(args[2])
    )

    def count() -> int:
        asked.clear()
        desk.get("/staff/")
        return len(asked)

    send()
    count()
    one = count()
    for _ in range(8):
        send()
    assert count() == one
    assert one < 27  # each short; what they cost with 100,000 cases: docs/performance.md


def test_the_conflict_shows_what_was_done_and_what_was_typed(desk, send, session, vault, clock, colleagues):
    receipt = send()
    desk.get(f"/staff/sak/{receipt.case_id}")
    clock.move(minutes=3)
    write_message(
        session, vault, clock, receipt.case_id, "Hei, jeg ringer kl. 10.\n\nOla", colleagues["ola"].ref()
    )
    clock.move(minutes=1)
    write_message(session, vault, clock, receipt.case_id, "Ikke ring likevel.")
    desk.change(receipt.case_id, "melding", text="Min tekst <b>til deg</b>.\nLinje to.")
    assert desk.status == 409
    conflict = re.search(r'id="endret".*?</section>.*?</section>', desk.page, re.DOTALL)[0]
    theirs, mine = conflict.split("endret-mitt", 1)
    for words in ("Ola Berge skrev en melding.", "Hei, jeg ringer kl. 10.", "Ikke ring likevel."):
        assert words in theirs
    assert "Min tekst &lt;b&gt;til deg&lt;/b&gt;.\nLinje to." in mine
    assert "Min tekst" not in theirs
    assert "Min tekst &lt;b&gt;til deg&lt;/b&gt;.\nLinje to.</textarea>" in desk.page


def test_the_conflict_about_needs_says_which(desk, send, session, vault, clock, colleagues):
    from web.cases import confirm_needs

    receipt = send()
    desk.get(f"/staff/sak/{receipt.case_id}")
    clock.move(minutes=3)
    confirm_needs(session, vault, clock, receipt.case_id, colleagues["ola"].ref(), ["sleep"])
    desk.change(receipt.case_id, "behov", needs=["money"])
    assert desk.status == 409
    conflict = re.search(r'id="endret".*?</section>.*?</section>', desk.page, re.DOTALL)[0]
    theirs, mine = conflict.split("endret-mitt", 1)
    assert re.search(r"\+ Søvn", theirs)
    assert "<s>" in theirs
    assert re.search(r"<li>[^<]*(Penger|økonomi|råd)", mine, re.IGNORECASE), mine


def test_a_change_of_ones_own_in_another_window_is_told(desk, send, session, vault, clock, colleagues):
    receipt = send()
    desk.get(f"/staff/sak/{receipt.case_id}")
    set_status(session, vault, clock, receipt.case_id, colleagues["maja"].ref(), "in_progress")
    desk.change(receipt.case_id, "hastegrad", urgency="acute")
    assert desk.status == 409
    assert "Du har selv endret saken i et annet vindu." in desk.text


def test_a_long_search_is_saved_whole_also_in_letters_that_are_long_in_an_address(desk):
    words = "😀" * 80
    desk.get("/staff/?q=x")
    desk.post(f"/staff/filter?vis=alle&q={words}&lukket=1&tjeneste=helsesykepleier", filter_name="Lang")
    assert desk.status == 200
    assert "Lang" in desk.text
    assert "%F0%9F%98%80" * 80 in desk.page
