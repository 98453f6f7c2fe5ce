"""From the first words to the receipt, and back with the five words. Without JavaScript, as most of it must work."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from tests.conftest import MARKED
from web.cases import read_case
from web.cases.deadlines import OSLO
from web.cases.models import Case

TEXTS = {
    "nb": {
        "understood": "Slik har jeg forstått deg. Stemmer det?",
        "because": "Fordi du skrev:",
        "secrecy": "Det du skriver er hemmelig. Men hvis noen er i stor fare, må vi si fra. "
        "Da sier vi det til deg først, om vi kan.",
        "by": "innen mandag 23. november",
        "unit": "Familiens hus tar det herfra.",
        "code": "Skriv ned disse fem ordene. Med dem kan du se svaret, på hvilken som helst telefon.",
    },
    "nn": {
        "understood": "Slik har eg forstått deg. Stemmer det?",
        "because": "Fordi du skreiv:",
        "secrecy": "Det du skriv er hemmeleg. Men om nokon er i stor fare, må vi seie frå. "
        "Då seier vi det til deg først, om vi kan.",
        "by": "innan måndag 23. november",
        "unit": "Familiehuset tek det herifrå.",
        "code": "Skriv ned desse fem orda. Med dei kan du sjå svaret, på kva telefon som helst.",
    },
}
PHONE = {"way": "sms", "phone_number": "41 23 45 67"}


@pytest.fixture
def told(browser):
    """A browser in which a fourteen-year-old has told something."""
    browser.tell("Jeg er 14 og blir mobba på skolen. Foreldrene mine krangler.")
    browser.send("/", payload='/answer{"safe_now": "yes"}')
    return browser


def words(page):
    """The five words on the receipt."""
    listed = re.search(r'<ol class="code">(.*?)</ol>', page.html, re.DOTALL)
    assert listed
    return re.findall(r"<li>(.*?)</li>", listed.group(1))


def cases(session):
    return session.query(Case).order_by(Case.created_at).all()


def employee_view(session, vault, clock, employee):
    return read_case(session, vault, clock, cases(session)[0].id, employee)


@pytest.mark.parametrize("language", ["nb", "nn"])
def test_the_whole_way(browser, session, vault, clock, employee, language):
    texts = TEXTS[language]
    browser.get(f"/?lang={language}")
    browser.tell("Jeg er 14 og blir mobba på skolen.")
    page = browser.send("/", text="", go_on="1")
    assert texts["understood"] in page.text
    assert "<mark>mobb</mark>a" in page.html

    page = browser.send("/forstatt", go_on="1")
    assert page.path == "/hjelp"
    assert f"{texts['because']} Jeg er 14 og blir mobba på skolen." in page.text
    assert texts["by"] in page.text
    assert page.text.index("Famili") < page.text.index(texts["because"])

    page = browser.get("/send")
    assert texts["secrecy"] in page.text
    assert page.value("words-0") == "Jeg er 14 og blir mobba på skolen."
    assert page.chosen("consents") == []
    assert page.chosen("may_know") == []
    services = [i["value"] for i in page.outline.all("input") if i.get("name") == "consents"]
    page = browser.send(
        "/send", {"words-0": page.value("words-0"), "consents": services[:1], "safe_now": "yes", **PHONE}
    )
    assert page.path == "/kvittering"
    assert texts["unit"] in page.text
    assert texts["by"] in page.text
    assert texts["code"] in page.text
    code = words(page)
    assert len(code) == 5

    view = employee_view(session, vault, clock, employee)
    assert [s.text for s in view.statements] == ["Jeg er 14 og blir mobba på skolen."]
    assert view.statements[0].author == "youth"
    assert view.needs == ("bullying",)
    assert view.contact.details == "41 23 45 67"
    assert [c.service_id for c in view.consents] == services[:1]
    assert (view.language, view.facts.age, view.facts.safe_now) == (language, 14, "yes")
    assert view.assistant_understanding.needs[0].evidence[0].start == len("Jeg er 14 og blir ")

    assert words(browser.get("/kvittering")) == code
    assert browser.get("/").path == "/kvittering"
    browser.send("/kvittering", saved="y")
    assert browser.page.path == "/ferdig"
    assert browser.get("/kvittering").path == "/"

    browser.get("/svar")
    page = browser.send("/svar", code="  " + ", ".join(code).upper())
    assert page.path == "/sak"
    assert "Jeg er 14 og blir mobba på skolen." in page.text


def test_a_father_who_reads_english_meets_services_in_english(browser):
    browser.tell("Sønnen min blir mobba på skolen.")
    browser.send("/", payload='/answer{"about": "my_child", "safe_now": "yes"}')
    page = browser.get("/hjelp?lang=en")
    services = page.html.split('id="services"')[1].split("</section>")[0]
    assert "You talk with the child&#39;s teacher or adviser." in services
    assert 'lang="n' not in services.replace("<q ", "")


def test_the_draft_holds_nothing_of_it_after_sending(told, engine):
    told.get("/send")
    told.send("/send")
    with engine.connect() as connection:
        (sealed,) = connection.exec_driver_sql("select content_sealed from drafts").one()
    assert len(sealed) < 3000
    told.send("/kvittering", saved="y")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("select count(*) from drafts").scalar() == 0


def test_the_case_and_its_author(told, session, vault, clock, employee):
    """The assistant's conversation is forgotten when the words are in the case."""
    told.get("/send")
    told.send("/send")
    view = employee_view(session, vault, clock, employee)
    assert view.facts.writer == "youth"
    assert view.contact.way == "code"
    assert set(view.needs) == {"bullying", "family_conflict"}


def test_a_parent_who_tells_is_the_author(browser, session, vault, clock, employee):
    browser.tell("Sønnen min blir mobba")
    browser.get("/send")
    page = browser.send("/send", about="my_child", age="9", writer="parent", may_know=["other_parent"])
    assert page.path == "/kvittering"
    view = employee_view(session, vault, clock, employee)
    assert (view.facts.writer, view.facts.about, view.facts.age) == ("parent", "my_child", 9)
    assert view.statements[0].author == "parent"
    assert view.facts.may_know == ("other_parent",)


def test_only_what_is_not_known_is_asked(told, browser):
    page = told.get("/send")
    assert not {"about", "age", "safe_now", "writer"} & {i.get("name") for i in page.outline.all("input")}


def test_sending_twice_gives_one_case(told, session, app):
    page = told.get("/send")
    token = told.token
    before = told.client.get_cookie("dor").value
    first = told.send("/send")
    # The same press once more, from a page that had not heard of the first.
    again = app.test_client()
    again.set_cookie("dor", before)
    response = again.post("/send", data={"csrf_token": token}, follow_redirects=True)
    assert len(cases(session)) == 1
    assert words(first)[0] in response.text
    assert page.status == 200


def test_own_words_can_be_edited_and_taken_out_before_sending(told, session, vault, clock, employee):
    told.tell("Jeg sover ikke")
    told.get("/send")
    told.send("/send", {"words-0": "", "words-1": "Jeg sover nesten ikke"})
    view = employee_view(session, vault, clock, employee)
    assert [s.text for s in view.statements] == ["Jeg sover nesten ikke"]
    # The marks would stand in the wrong place: the needs stay, their evidence goes.
    assert all(not need.evidence for need in view.assistant_understanding.needs)


def test_a_mistake_keeps_everything_that_was_filled_in(told):
    told.get("/send")
    page = told.send(
        "/send",
        {"words-0": "Endra ord", "way": "phone", "phone_number": "12", "voicemail_ok": "y"},
        safe_times="etter klokka fire",
        may_know=["school"],
        age="fjorten",
    )
    assert page.status == 422
    assert "Stemmer nummeret?" in page.text
    assert "Skriv alderen med tall, for eksempel 14." in page.text
    assert 'href="#phone_number"' in page.html
    assert page.value("words-0") == "Endra ord"
    assert page.value("phone_number") == "12"
    assert page.value("safe_times") == "etter klokka fire"
    assert page.chosen("way") == ["phone"]
    assert page.chosen("voicemail_ok") == ["y"]
    assert page.chosen("may_know") == ["school"]


@pytest.mark.parametrize(
    ("fields", "detail"),
    [
        ({"way": "sms", "phone_number": "+46 70 123 45 67"}, "+46 70 123 45 67"),
        ({"way": "email", "email": "meg(a)epost"}, "meg(a)epost"),
    ],
)
def test_a_detail_that_looks_wrong_is_asked_about_once(told, session, vault, clock, employee, fields, detail):
    told.get("/send")
    page = told.send("/send", fields)
    assert page.status == 422
    assert told.send("/send", fields, asked_about=page.value("asked_about")).path == "/kvittering"
    assert employee_view(session, vault, clock, employee).contact.details == detail


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"way": "phone"}, "Skriv telefonnummeret ditt"),
        ({"way": "email"}, "Skriv e-postadressen din"),
        ({"way": "school_nurse"}, "Helsesykepleieren må vite fornavn, skole og klasse"),
        ({"words-0": "x" * 4001}, "Teksten er for lang."),
    ],
)
def test_what_is_needed_is_asked_for(told, session, fields, says):
    told.get("/send")
    page = told.send("/send", fields)
    assert page.status == 422
    assert says in page.text
    assert cases(session) == []


@pytest.mark.parametrize("number", ["41234567", "412 34 567", "+47 41 23 45 67", "0047 41234567"])
def test_norwegian_numbers_are_taken_as_people_write_them(told, number):
    told.get("/send")
    assert told.send("/send", way="sms", phone_number=number).path == "/kvittering"


def test_needs_can_be_removed_and_added(told, session, vault, clock, employee):
    told.get("/forstatt")
    page = told.send("/forstatt", remove="family_conflict", text="halvt svar")
    assert "krangling" not in page.text.split("Mangler det noe")[0].lower()
    assert page.value("text") == "halvt svar"
    page = told.send("/forstatt", add="loneliness")
    assert "Å være mye alene eller mangle venner" in page.text.split("Mangler det noe")[0]
    page = told.send("/forstatt", add="not_a_need", remove="not_one_either")
    assert page.status == 200
    told.get("/send")
    told.send("/send")
    view = employee_view(session, vault, clock, employee)
    assert set(view.needs) == {"bullying", "loneliness"}
    assert {need.id for need in view.assistant_understanding.needs} == {"bullying", "family_conflict"}


def test_something_else_becomes_own_words_and_is_understood(told):
    page = told.send("/forstatt", text="Jeg sover ikke", keep="1")
    assert "Søvnproblemer" in page.text.split("Mangler det noe")[0]
    assert "<mark>sover ikke</mark>" in page.html


def test_the_mirror_works_with_nothing_understood(browser):
    browser.tell("blablabla")
    page = browser.get("/forstatt")
    assert "Jeg er ikke sikker på om jeg forstår. Vil du si litt mer, eller velge selv?" in page.text
    assert browser.send("/forstatt", go_on="1").path == "/hjelp"
    assert browser.get("/send").status == 200


def test_going_back_keeps_what_has_been_filled_in(told):
    told.get("/send")
    page = told.send(
        "/send",
        {"words-0": "Endra ord", "way": "email", "email": "meg@eksempel.no"},
        may_know=["school"],
        go="help",
    )
    assert page.path == "/hjelp"
    page = told.get("/send")
    assert page.value("words-0") == "Endra ord"
    assert page.value("email") == "meg@eksempel.no"
    assert page.chosen("way") == ["email"]
    assert page.chosen("may_know") == ["school"]
    told.get("/forstatt")
    assert told.send("/forstatt", text="halvt", back="1").value("text") == "halvt"


def test_the_receipt_does_not_wait_for_the_next_person_at_the_device(told, clock):
    told.get("/send")
    told.send("/send")
    clock.move(minutes=59)
    assert told.get("/").path == "/kvittering"
    clock.move(minutes=2)
    assert told.get("/kvittering").path == "/"


@pytest.mark.parametrize("path", ["/send", "/kvittering"])
def test_pages_that_need_a_draft_lead_to_the_first_one(browser, path):
    assert browser.get(path).path == "/"


def test_nothing_on_the_way_needs_a_draft_to_be_shown(browser):
    assert browser.get("/forstatt").status == 200
    assert browser.get("/hjelp").status == 200


def test_the_receipt_asks_before_it_goes(told):
    told.get("/send")
    told.send("/send")
    page = told.send("/kvittering")
    assert page.status == 422
    assert "Har du skrevet ned ordene?" in page.text
    assert len(words(page)) == 5


def test_danger_makes_the_case_acute(browser, session):
    browser.tell("i kveld har jeg tenkt å ta livet mitt")
    browser.get("/send")
    browser.send("/send")
    assert cases(session)[0].urgency == "acute"


def test_an_expired_form_before_sending_keeps_the_words(told, session):
    told.get("/send")
    response = told.client.post("/send", data={"csrf_token": "old", "words-0": "Endra ord"})
    assert response.status_code == 400
    assert "Endra ord" in response.text
    assert cases(session) == []


@pytest.mark.parametrize("language", ["nb", "nn"])
def test_what_is_told_is_in_no_log_cookie_address_or_plain_column(
    make_app, browser_of, peer, stored, caplog, capfd, language
):
    """The whole way with a sentence that nobody else writes, once with the assistant and once without."""
    caplog.set_level("DEBUG")
    browser = browser_of(make_app(testing=False))
    for status in (200, 500):
        peer.status = status
        browser.get(f"/?lang={language}")
        browser.tell(f"{MARKED} mobb")
        browser.send("/", text=MARKED, payload='/answer{"safe_now": "yes"}')
        browser.send("/forstatt", text=f"{MARKED} enda mer", keep="1")
        browser.get("/send")
        page = browser.send(
            "/send", {"words-0": f"{MARKED} endra", "way": "email", "email": MARKED}, safe_times=MARKED
        )
        page = browser.send("/send", way="email", email=MARKED, asked_about=page.value("asked_about"))
        assert page.path == "/kvittering"
        code = words(page)
        browser.send("/kvittering", saved="y")
        browser.get("/svar")
        assert browser.send("/svar", code=" ".join(code)).path == "/sak"
        assert MARKED in browser.send("/sak", {"as": "message"}, text=f"{MARKED} melding").html
        browser.send("/sak", {"as": "words"}, text=f"{MARKED} tillegg")
        browser.send("/sak/lukk")
    logged = caplog.text + "".join(capfd.readouterr())
    content = stored()
    for secret in (MARKED, *MARKED.split()[:1], "".join(MARKED.split()), "%20".join(MARKED.split())):
        assert secret not in logged
        assert not any(secret in address for address in browser.addresses)
        assert not any(secret in cookie for cookie in browser.cookies)
        assert secret.encode() not in content
    assert " ".join(code).encode() not in content
    assert code[0] not in logged


def test_the_numbers_stay_on_the_receipt_and_on_the_last_page(browser):
    browser.tell("Eg er 14. Eg vil ta livet mitt")
    browser.get("/send")
    receipt = browser.send("/send")
    assert receipt.path == "/kvittering"
    assert "tel:116111" in receipt.html.split("<main")[1]
    assert "tel:113" in receipt.html.split("<main")[1]
    done = browser.get("/ferdig")
    assert "tel:116111" in done.html.split("<main")[1]


@pytest.mark.parametrize("hour", [12, 21])
def test_the_receipt_has_the_numbers_of_the_pages_before_and_after(browser, clock, hour):
    clock.at = datetime(2026, 11, 20, hour, tzinfo=OSLO).astimezone(UTC)
    browser.tell("Jeg er 9 år. Pappa slår meg")
    browser.send("/", payload='/answer{"safe_now": "no"}')
    before = browser.get("/send")
    receipt = browser.send("/send", writer="child", about="self", age="9", way="code", send="1")
    assert receipt.path == "/kvittering"
    assert called(receipt) == called(before)
    urgent = browser.get("/akutt")
    listed = re.findall(r'href="tel:(\d+)"', urgent.html.split("</h1>")[1])
    assert set(called(before)) <= set(listed), "also on the page that is always there"
    assert ("Familiens hus er stengt nå." in receipt.html.split("<h1")[0]) is (hour == 21)
    code = words(receipt)
    browser.send("/kvittering", saved="y")
    browser.get("/svar")
    case = browser.send("/svar", code=" ".join(code))
    assert case.path == "/sak"
    assert called(case) == called(before)


def called(page):
    """The numbers in the box on top of the page, in order."""
    return re.findall(
        r'href="tel:(\d+)"', page.html.split('<section class="danger"')[1].split("</section>")[0]
    )


@pytest.mark.parametrize(
    ("language", "answer", "hear"),
    [
        ("nb", "Innen mandag 23. november står svaret her. Du åpner det med de fem ordene.", "Du hører"),
        ("nn", "Innan måndag 23. november står svaret her. Du opnar det med dei fem orda.", "Du høyrer"),
        (
            "en",
            "The answer will be here by Monday 23 November. You open it with the five words.",
            "contact you",
        ),
    ],
)
def test_nobody_is_promised_a_call_without_a_way_to_reach_them(browser, language, answer, hear):
    browser.get(f"/?lang={language}")
    browser.tell("Jeg er 14 og blir mobba på skolen.")
    browser.get("/send")
    receipt = browser.send("/send", safe_now="yes", way="code", send="1")
    assert receipt.path == "/kvittering"
    assert answer in receipt.text
    assert hear not in receipt.text


def test_who_can_be_reached_is_told_when_they_get_in_touch(told):
    told.get("/send")
    receipt = told.send("/send", **PHONE)
    assert receipt.path == "/kvittering"
    assert "Du hører derfra innen mandag 23. november." in receipt.text
    assert "står svaret her" not in receipt.text


def test_the_voice_page_leads_back_to_the_page_it_was_opened_from(told):
    told.get("/send")
    page = told.send("/send", go="voice")
    assert page.path == "/stemme"
    assert 'href="/send"' in page.html.split("<main")[1]
    assert "Skriv i stedet" not in page.text
    told.get("/")
    page = told.send("/", speak="1", text="")
    assert page.path == "/stemme"
    assert 'href="/send"' not in page.html.split("<main")[1]
    assert "Skriv i stedet" in page.text
