"""The way back: the five words, and what can be done with the case."""

from __future__ import annotations

import pytest

from web.cases import codes, delete_case, name_contact, read_case, set_status, write_message
from web.cases.models import Case


@pytest.fixture
def code():
    return codes.new_code("nn")


@pytest.fixture
def case_id(session, vault, clock, new_case, code):
    from web.cases import send_case

    return send_case(
        session,
        vault,
        clock,
        new_case(
            return_code=code,
            services=("skolehelse",),
            consents={"skolehelse": True},
            statements=(("youth", "Dei ler av meg."),),
        ),
    ).case_id


@pytest.fixture
def opened(browser, case_id, code):
    browser.get("/svar")
    assert browser.send("/svar", code=code).path == "/sak"
    return browser


@pytest.mark.parametrize(
    "typed",
    [
        str.upper,
        str.title,
        lambda c: c.replace(" ", ", "),
        lambda c: c.replace(" ", "-"),
        lambda c: f"  {c}\n",
        codes.fold,
    ],
)
def test_the_words_open_however_they_are_written(browser, case_id, code, typed):
    browser.get("/svar")
    assert browser.send("/svar", code=typed(code)).path == "/sak"


def test_wrong_words_open_nothing_and_stay_in_the_field(browser, case_id, code):
    browser.get("/svar")
    wrong = " ".join([*code.split()[:4], "feil"])
    page = browser.send("/svar", code=wrong)
    assert page.status == 422
    assert "Disse ordene åpner ingenting her." in page.text
    assert page.value("code") == wrong
    assert "Skriv de fem ordene" in browser.send("/svar", code="").text
    assert browser.get("/sak").path == "/svar"


def test_guessing_is_slowed_the_same_whether_a_case_exists_or_not(browser, case_id, code):
    browser.get("/svar")
    for _ in range(6):
        browser.send("/svar", code="en to tre fire fem")
    page = browser.send("/svar", code=code)
    assert page.status == 429
    assert "Vent 1 sekund og prøv igjen." in page.text


def test_the_case_in_plain_words(opened, session, vault, clock, case_id, employee):
    page = opened.page
    assert "Sendt. Kommunen har ikke begynt på saken ennå." in page.text
    assert "Ingen har lest det ennå." in page.text
    read_case(session, vault, clock, case_id, employee)
    name_contact(session, vault, clock, case_id, employee, employee.id, "Maja Vik")
    set_status(session, vault, clock, case_id, employee, "in_progress")
    page = opened.get("/sak")
    assert "Maja Vik på Familiehuset har ansvaret for å hjelpe deg videre." in page.text
    assert "Maja Vik , Familiehuset. Leste alt du hadde skrevet." in page.text
    assert "Maja Vik på Familiehuset leste saken." in page.text
    assert "Ingen har lest det ennå." not in page.text


def test_own_words_are_marked_as_the_other_language(opened):
    assert '<blockquote class="own-words" lang="nn">Dei ler av meg.</blockquote>' in opened.page.html


def test_services_of_the_case_are_named_in_english_too(opened):
    page = opened.get("/sak?lang=en").text
    assert "The school health service (skolehelsetjenesten)" in page
    assert "Skolehelsetjenesten" not in page


def test_messages_both_ways(opened, session, vault, clock, case_id, employee):
    page = opened.send("/sak", {"as": "message"}, text="Når ringer dere?\r\n<b>hei</b>")
    assert "Meldingen er sendt." in page.text
    assert "<b>hei</b>" not in page.html
    assert "Ikke lest ennå" in page.text
    view = read_case(session, vault, clock, case_id, employee)
    assert view.messages[0].text == "Når ringer dere?\n<b>hei</b>"
    write_message(session, vault, clock, case_id, "<strong>I morgen</strong><script>x()</script>", employee)
    page = opened.get("/sak")
    assert "<strong>I morgen</strong>" in page.html
    assert "<script>x" not in page.html
    assert "Maja Vik," in page.text


def test_more_own_words_are_added_and_understood(opened, session, vault, clock, case_id, employee):
    page = opened.send("/sak", {"as": "words"}, text="Jeg sover ikke heller")
    assert "Ordene er lagt til." in page.text
    view = read_case(session, vault, clock, case_id, employee)
    assert [s.text for s in view.statements] == ["Dei ler av meg.", "Jeg sover ikke heller"]
    assert view.understandings[-1].needs[0].id == "sleep"
    assert view.understandings[-1].needs[0].evidence[0].statement == 1


@pytest.mark.parametrize("way", ["message", "words"])
def test_danger_in_what_is_added_shows_numbers_and_makes_the_case_acute(opened, session, case_id, way):
    page = opened.send("/sak", {"as": way}, text="i kveld har jeg tenkt å ta livet mitt")
    assert 'href="tel:113"' in page.html.split("<h1")[0]
    session.expire_all()
    assert session.get(Case, case_id).urgency == "acute"


def test_what_is_added_is_kept_when_the_assistant_is_down(
    opened, session, vault, clock, case_id, employee, peer
):
    peer.status = 500
    opened.send("/sak", {"as": "words"}, text="Mer som skjedde")
    assert read_case(session, vault, clock, case_id, employee).statements[-1].text == "Mer som skjedde"


@pytest.mark.parametrize(("text", "says"), [(" ", "Skriv noe først."), ("y" * 4001, "Teksten er for lang.")])
def test_a_message_that_cannot_be_taken_stays_in_the_field(opened, text, says):
    page = opened.send("/sak", {"as": "message"}, text=text)
    assert page.status == 422
    assert says in page.text
    assert page.value("text") == text


def test_a_consent_can_be_taken_back_and_given_again(opened, session, vault, clock, case_id, employee):
    assert "Skolehelsetjenesten får lese det." in opened.page.text
    page = opened.send("/sak/samtykke", withdraw="skolehelse")
    assert "Skolehelsetjenesten får ikke lese det." in page.text
    assert not any(c.active for c in read_case(session, vault, clock, case_id, employee).consents)
    page = opened.send("/sak/samtykke", give="skolehelse")
    assert any(c.active for c in read_case(session, vault, clock, case_id, employee).consents)


def test_a_consent_that_nobody_asked_for_cannot_be_given(opened, session, vault, clock, case_id, employee):
    opened.send("/sak/samtykke", give="barnevern")
    assert {c.service_id for c in read_case(session, vault, clock, case_id, employee).consents} == {
        "skolehelse"
    }


def test_deleting_asks_first_and_is_for_good(opened, session, case_id, code):
    assert "Vil du slette alt?" in opened.get("/sak/slett").text
    session.expire_all()
    assert session.get(Case, case_id) is not None
    page = opened.send("/sak/slett")
    assert page.path == "/slettet"
    session.expire_all()
    assert session.get(Case, case_id) is None
    opened.get("/svar")
    assert opened.send("/svar", code=code).status == 422


def test_a_case_deleted_elsewhere_leads_back_to_the_words(opened, session, vault, clock, case_id):
    delete_case(session, vault, clock, case_id)
    assert opened.get("/sak").path == "/svar"
    opened.get("/")
    page = opened.send("/sak", {"as": "message"}, text="hei")
    assert page.status == 401
    assert page.value("code") == ""
    assert page.value("text") == "hei"


def test_closing_and_leaving_close_the_case_in_this_browser(opened, code):
    opened.send("/sak/lukk")
    assert opened.get("/sak").path == "/svar"
    opened.send("/svar", code=code)
    opened.send("/avslutt")
    assert opened.get("/sak").path == "/svar"


def test_the_case_closes_by_itself(opened, clock):
    clock.move(minutes=21)
    assert opened.get("/sak").path == "/svar"


def test_the_way_out_on_the_case_does_not_say_delete(opened):
    assert "Slett og gå ut" not in opened.page.text
    assert "Gå ut" in opened.page.text


def test_another_municipalitys_case_is_not_here(browser, session, vault, clock, new_case):
    from web.cases import send_case

    code = codes.new_code("nb")
    send_case(session, vault, clock, new_case(return_code=code, municipality="annerledes"))
    browser.get("/svar")
    assert browser.send("/svar", code=code).status == 422
