"""Every page in every state: what people see, and what screen readers, small phones and validators make of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.house import Portal
from tests.browser.looks import Looker, invalid_html
from tests.browser.steps import Desk, Person
from tests.browser.visitors import DESK, PHONE, Visitor
from web.catalog import Catalog

LANGUAGES = pytest.mark.parametrize("language", ["nb", "nn"])
SAD = {
    "nb": "De i klassen ler av meg hver dag og jeg får ikke være med på noe. Jeg får ikke sove om natta.",
    "nn": "Dei i klassen ler av meg kvar dag og eg får ikkje vere med på noko. Eg får ikkje sove om natta.",
}
DANGER = {
    "nb": "Pappa slår meg når han drikker, og nå er han hjemme igjen. Jeg tør ikke gå inn.",
    "nn": "Pappa slår meg når han drikk, og no er han heime igjen. Eg torer ikkje gå inn.",
}
PUBLIC = (
    ("/tjenester", "services"),
    ("/tjenester?q=psykolg&alder=15", "services-found"),
    ("/tjenester?q=vil+ikke+leve", "services-danger"),
    ("/tjenester?q=xyzzyq", "services-nothing"),
    ("/tjenester?behov=housing&alder=x", "services-need"),
    ("/tjenester/barnevern", "service"),
    ("/tilgjengelighet", "accessibility"),
    ("/tjenester/bup", "service-referral"),
)
PASSWORD = "hest lampe fjord knapp"
MESSAGE_SENT = "The message is sent. The person sees it with the five words."


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages as the server wrote them."""
    return tmp_path_factory.mktemp("written")


@contextmanager
def _looking(at: Visitor, kind: str, written: Path, pictures: Path) -> Iterator[Looker]:
    """One language is looked at in every size and in the dark; the other shares templates and styles with it."""
    looker = Looker(at, kind, written, pictures, everywhere=at.texts.language == "nb")
    yield looker
    assert not looker.problems, "\n".join(["", *looker.problems])


def _open_all(at: Visitor) -> None:
    at.page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")


@LANGUAGES
def test_the_citizens_pages(
    visitor: Callable[..., Visitor],
    portal: Portal,
    catalog: Catalog,
    written: Path,
    pictures: Path,
    language: str,
) -> None:
    at = visitor(language, PHONE)
    with _looking(at, "citizen", written, pictures) as looker:
        code = _tells_and_sends(Person(at, catalog), looker)
        _comes_back(Person(at, catalog), looker, portal, code)
        for path, name in (("/akutt", "urgent"), ("/om", "about"), ("/personvern", "privacy"), *PUBLIC):
            at.go(path)
            looker.look(name)
        at.go("/finnes-ikke")
        looker.look("missing")


def _tells_and_sends(person: Person, looker: Looker) -> str:
    at, page, texts = person.at, person.at.page, person.at.texts
    at.go("/")
    looker.look("tell")
    page.locator("details.acute summary").click()
    looker.look("tell-urgent-open")
    at.button("Tell").click()
    expect(page.locator("#text-error")).to_be_visible()
    looker.look("tell-empty")
    person.tell(SAD[person.language])
    person.is_asked("utter_ask_safe_now")
    looker.look("conversation")
    page.locator("#text").fill("for langt " * 401)
    at.button("Answer").click()
    expect(page.locator("#text-error")).to_be_visible()
    looker.look("conversation-too-long")
    page.locator("#text").fill("")
    for button, asked in (
        ("button_safe_unknown", "utter_ask_about"),
        ("button_about_self", "utter_ask_age"),
        ("button_skip", "utter_ask_hope"),
        ("button_skip", "utter_ready"),
    ):
        person.presses(button)
        person.is_asked(asked)
    looker.look("conversation-ready")
    person.goes_on()
    looker.look("mirror")
    at.unfold("Something else")
    page.get_by_label(texts("Write what it is about")).fill("x" * 4001)
    at.button("Add").last.click()
    expect(page.locator("#text-error")).to_be_visible()
    looker.look("mirror-too-long")
    at.go("/forstatt")
    chips = page.locator(".chips button")
    needs = [chip.get_attribute("value") or "" for chip in chips.all()]
    for need in needs:
        person.takes_away(need)
    looker.look("mirror-nothing")
    person.adds("bullying")
    person.adds("sleep")
    person.asks_who_can_help()
    looker.look("help")
    _open_all(at)
    looker.look("help-open")
    person.goes_to_send()
    looker.look("send")
    for way, name in (("Phone call", "phone"), ("Email", "email"), ("Through the school nurse", "nurse")):
        person.choice("How can you be reached safely?", way).check()
        looker.look(f"send-{name}")
    person.choice("How can you be reached safely?", "Text message").check()
    page.get_by_label(texts("Phone number"), exact=True).fill("12")
    at.button("Send").click()
    expect(page.get_by_role("alert")).to_be_visible()
    looker.look("send-errors")
    person.choice("How can you be reached safely?", "Only here, with five words that I get").check()
    page.get_by_role("group", name=texts("Who else may read what you have written?")).get_by_role(
        "checkbox"
    ).first.check()
    person.sends()
    looker.look("receipt")
    at.button("Done").click()
    expect(page.get_by_role("alert")).to_be_visible()
    looker.look("receipt-not-ticked")
    code = person.keeps_the_code()
    looker.look("done")
    return code


def _comes_back(person: Person, looker: Looker, portal: Portal, code: str) -> None:
    at, page, texts = person.at, person.at.page, person.at.texts
    at.go("/svar")
    looker.look("code")
    at.button("Open the answer").click()
    expect(page.get_by_role("alert")).to_be_visible()
    looker.look("code-empty")
    person.opens_the_answer("bare tull " * 2)
    expect(page.get_by_role("alert")).to_be_visible()
    looker.look("code-wrong")
    person.opens_the_answer(code)
    at.title("What you have sent")
    looker.look("case")
    _open_all(at)
    looker.look("case-open")
    page.locator("#text").fill(DANGER[person.language])
    at.button("Add to my own words").click()
    expect(page.get_by_role("status")).to_have_text(
        texts("Your words are added. They stand beside the first ones.")
    )
    looker.look("case-danger")
    page.locator("#text").fill("Når kan jeg komme?")
    at.button("Send the message").click()
    expect(page.get_by_role("status")).to_have_text(texts("Your message is sent."))
    looker.look("case-message")
    at.button("Send the message").click()
    expect(page.locator("#text-error")).to_be_visible()
    looker.look("case-empty-message")
    at.unfold("Who may read it")
    page.get_by_role("button", name=texts("Take it back")).first.click()
    at.unfold("Who may read it")
    looker.look("case-withdrawn")
    at.link("Delete everything").click()
    looker.look("delete")
    at.button("Yes, delete everything").click()
    at.title("Everything is deleted")
    looker.look("deleted")


@LANGUAGES
def test_the_citizens_pages_in_danger_and_without_the_assistant(
    visitor: Callable[..., Visitor],
    portal: Portal,
    lonely_portal: Portal,
    catalog: Catalog,
    written: Path,
    pictures: Path,
    language: str,
) -> None:
    at = visitor(language, PHONE)
    with _looking(at, "citizen", written, pictures) as looker:
        person = Person(at, catalog)
        person.tell(DANGER[language])
        expect(person.log.get_by_role("alert").first).to_be_visible()
        looker.look("danger")
        person.goes_on()
        looker.look("danger-mirror")
        person.asks_who_can_help()
        looker.look("danger-help")
        person.goes_to_send()
        looker.look("danger-send")
    at = visitor(language, PHONE, at=lonely_portal)
    with _looking(at, "citizen", written, pictures) as looker:
        person = Person(at, catalog)
        person.tell(SAD[language])
        expect(at.page.locator(".topics")).to_be_visible()
        looker.look("down")
        _open_all(at)
        looker.look("down-open")
        for _try in range(8):
            person.opens_the_answer("en to tre fire fem")
            if "429" in str(at.answers[-6:]):
                break
        looker.look("code-wait")


@LANGUAGES
def test_the_front_desks_pages(
    visitor: Callable[..., Visitor],
    portal: Portal,
    lonely_portal: Portal,
    catalog: Catalog,
    written: Path,
    pictures: Path,
    language: str,
) -> None:
    for text in (DANGER[language], SAD[language]):
        _sends_much(visitor(language, PHONE), catalog, text)
    name = f"Liv Sand {portal.employees}"
    username, one_time = portal.new_employee(name, "Familiens hus")
    at = visitor(language, DESK)
    page = at.page
    desk = Desk(at, catalog, name, "Familiens hus")
    with _looking(at, "staff", written, pictures) as looker:
        at.go("/staff/")
        looker.look("login")
        desk.logs_in(username, "feil passord her")
        expect(page.get_by_role("alert").first).to_be_visible()
        looker.look("login-wrong")
        desk.logs_in(username, one_time)
        looker.look("password")
        desk.fills("New password", "kort")
        at.button("Save the password").click()
        expect(page.get_by_role("alert").first).to_be_visible()
        looker.look("password-wrong")
        desk.fills("New password", PASSWORD)
        desk.fills("The new password once more", PASSWORD)
        at.button("Save the password").click()
        at.title("The queue")
        looker.look("queue")
        _works_in_an_acute_case(desk, looker, portal)
        _is_overtaken(desk, looker)
        _is_logged_out(desk, looker, visitor, username)
        at.go("/staff/sak/finnes-ikke")
        looker.look("case-missing")
        at.go("/staff/?vis=avsluttede")
        looker.look("queue-closed")
        at.go("/staff/passord")
        looker.look("password-change")
    empty = visitor(language, DESK, at=lonely_portal)
    with _looking(empty, "staff", written, pictures) as looker:
        name = f"Odd Li {lonely_portal.employees}"
        username, one_time = lonely_portal.new_employee(name, "")
        desk = Desk(empty, catalog, name, "")
        desk.logs_in_the_first_time(username, one_time, PASSWORD)
        empty.go("/staff/?vis=mine")
        looker.look("queue-empty")


#: Pages of a case, and pages beside it, as one employee with every role sees them.
CASE_PAGES = (
    "ansvar",
    "deling",
    "plan",
    "oppfolging",
    "overlevering",
    "bekymring",
    "koblet",
    "tidslinje",
)
DESK_PAGES = (
    "ny",
    "oversikt/",
    "fravaer",
    "glass/",
    "glass/brutt",
    "ikke-fortalt",
    "innsyn/",
    "laering",
    "oppbevaring/",
    "oppbevaring/arkiv/",
    "oppbevaring/regler",
    "hjelp/",
    "hjelp/law",
)


@pytest.mark.parametrize("language", ["nb", "nn"])
def test_every_other_page_of_the_front_desk(
    visitor: Callable[..., Visitor],
    portal: Portal,
    catalog: Catalog,
    written: Path,
    pictures: Path,
    language: str,
) -> None:
    _sends_much(visitor(language, PHONE), catalog, SAD[language])
    name = f"Alle Roller {portal.employees}"
    roles = ("front_desk", "contact_person", "leader", "privacy_officer")
    username, one_time = portal.new_employee(name, "Familiens hus", roles)
    at = visitor(language, DESK)
    desk = Desk(at, catalog, name, "Familiens hus")
    desk.logs_in_the_first_time(username, one_time, PASSWORD)
    case = portal.newest_case()
    with _looking(at, "staff", written, pictures) as looker:
        for address in (*(f"sak/{case}/{page}" for page in CASE_PAGES), *DESK_PAGES):
            answer = at.page.goto(f"{at.url}/staff/{address}")
            assert answer is not None
            assert answer.status == 200, address
            for folded in at.page.locator("main details:not([open]) > summary").all():
                if folded.is_visible():
                    folded.click()
            looker.look(address.removeprefix(f"sak/{case}/").strip("/").replace("/", "-"))


def _sends_much(at: Visitor, catalog: Catalog, text: str) -> None:
    """A case with much in it, for the front desk to see."""
    person = Person(at, catalog)
    person.tell(text)
    person.goes_on()
    person.asks_who_can_help()
    person.goes_to_send()
    person.choice("How can you be reached safely?", "Phone call").check()
    at.page.get_by_label(at.texts("Phone number"), exact=True).fill("900 00 000")
    at.page.get_by_label(at.texts("When is it safe to contact you?")).fill(
        "mellom tre og fire, ikke når pappa er hjemme"
    )
    at.page.get_by_label(at.texts("How old is the person it is about?")).fill("13")
    at.page.locator("input[name=consents]").first.check()
    person.sends()
    person.keeps_the_code()


def _works_in_an_acute_case(desk: Desk, looker: Looker, portal: Portal) -> None:
    at, page = desk.at, desk.at.page
    page.get_by_role("table").get_by_role("rowheader").get_by_role("link").first.click()
    page.wait_for_url("**/staff/sak/**")
    looker.look("case-acute")
    at.go("/staff/")
    desk.opens(desk.newest(portal))
    looker.look("case")
    _open_all(at)
    looker.look("case-open")
    at.button("Send the message").click()
    expect(page.get_by_role("alert").first).to_be_visible()
    looker.look("case-error")
    desk.at.page.get_by_label(at.texts("Message to the person"), exact=True).fill(
        "Hei. Jeg heter Liv.\n\n<ul><li>Vi kan møtes på skolen.</li><li>Eller her.</li></ul>"
    )
    at.button("See how it looks").click()
    expect(page.locator(".staff-preview")).to_be_visible()
    looker.look("case-preview")
    at.button("Send the message").click()
    desk.done(MESSAGE_SENT)
    desk.takes_the_case()
    looker.look("case-answered")


def _is_overtaken(desk: Desk, looker: Looker) -> None:
    """A colleague has changed the case in the meantime."""
    at, page = desk.at, desk.at.page
    other = at.context.new_page()
    other.goto(page.url.split("?")[0])
    other.locator("#text").fill("Fra en annen fane.")
    other.get_by_role("button", name=at.texts("Send the message"), exact=True).click()
    other.get_by_role("status").filter(has_text=at.texts(MESSAGE_SENT)).wait_for()
    other.close()
    page.get_by_label(at.texts("Message to the person"), exact=True).fill("Et svar til.")
    at.button("Send the message").click()
    expect(page.get_by_role("alert").first).to_contain_text(
        at.texts("The case has changed since you opened it. Yours is not saved yet.")
    )
    looker.look("case-overtaken")


def _is_logged_out(desk: Desk, looker: Looker, visitor: Callable[..., Visitor], username: str) -> None:
    """The session ends while a message is being written."""
    at, page = desk.at, desk.at.page
    elsewhere = visitor(at.texts.language, DESK)
    elsewhere.context.add_cookies(at.context.cookies())
    elsewhere.go("/staff/")
    elsewhere.page.locator("summary").first.click()
    elsewhere.button("Log out").click()
    elsewhere.title("Log in at the front desk")
    page.get_by_label(at.texts("Message to the person"), exact=True).fill("Et langt svar.")
    at.button("Send the message").click()
    at.title("Log in at the front desk")
    looker.look("login-while-writing")
    desk.logs_in(username, PASSWORD)
    at.title("What you wrote is here")
    expect(page.locator("#text")).to_have_value("Et langt svar.")
    looker.look("kept")


def test_every_page_that_was_looked_at_is_valid_html(written: Path) -> None:
    assert any(written.iterdir()), "run together with the tests above"
    wrong = invalid_html(written)
    assert not wrong, "\n".join(["", *wrong])
