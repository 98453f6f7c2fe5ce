"""What happens when something is not as it should be: danger, no assistant, long texts, hostile texts, haste, old pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Playwright, Request, expect

from tests.browser.conftest import ARGUMENTS, executable
from tests.browser.house import EXIT_URL, Nobody, Portal
from tests.browser.steps import Desk, Person
from tests.browser.visitors import DESK, PHONE, Visitor, open_visitor
from tools.processes import AssistantProcess
from web.catalog import Catalog

DANGER = {
    "nb": "jeg har tatt masse paracet og vil ikke leve lenger",
    "nn": "eg har teke masse paracet og vil ikkje leve lenger",
}
SAD = {
    "nb": "De i klassen ler av meg hver dag og jeg får ikke være med på noe.",
    "nn": "Dei i klassen ler av meg kvar dag og eg får ikkje vere med på noko.",
}
MARKED = "Zvartbakke-93 kvitrar under trappa"
"""A sentence that nobody else writes."""
HOSTILE = "<script>window.broken = 1</script> <img src=x onerror='window.broken = 1'> {{ 7 * 7 }} {% raw %} &lt;b&gt; </textarea>"
SCRIPTS = pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
LANGUAGES = pytest.mark.parametrize("language", ["nb", "nn"])


def _sends_with(person: Person, **ticks: str) -> None:
    """From «who can help» to the receipt, with as little as one may do."""
    person.goes_to_send()
    for group, answer in ticks.items():
        person.choice(group, answer).check()
    person.sends()


@pytest.fixture
def desk(visitor: Callable[..., Visitor], portal: Portal, catalog: Catalog) -> Desk:
    """An employee who has chosen a password and sees the queue."""
    name = f"Kari Ek {portal.employees}"
    username, one_time = portal.new_employee(name, "Familiens hus")
    employee = Desk(visitor("nb", DESK), catalog, name, "Familiens hus")
    employee.logs_in_the_first_time(username, one_time, "hest lampe fjord knapp")
    return employee


# --- Danger ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "script"), [("nb", True), ("nn", False)])
def test_danger_is_answered_at_once_and_the_way_goes_on(
    visitor: Callable[..., Visitor], portal: Portal, catalog: Catalog, desk: Desk, language: str, script: bool
) -> None:
    person = Person(visitor(language, PHONE, script=script), catalog)
    person.tell(DANGER[language])
    danger = person.log.get_by_role("alert")
    expect(danger.locator('a[href="tel:113"]').first).to_be_in_viewport()
    # The answer to the very first words, and the field is still there.
    assert person.log.locator(".bubble").nth(1).get_attribute("role") == "alert"
    person.types("nei")
    person.is_asked("utter_ask_about")
    person.presses("button_about_self")
    person.is_asked("utter_ask_age")
    # The warning has gone up the page; its numbers stay beside the field.
    expect(person.at.page.locator("#answer").locator('a[href="tel:113"]')).to_be_visible()
    person.goes_on()
    box = person.at.page.get_by_role("region", name=person.at.texts("Call now if someone is in danger"))
    expect(box.locator('a[href="tel:113"]')).to_be_visible()
    person.asks_who_can_help()
    person.goes_to_send()
    person.sends()
    expect(desk.row_of(desk.newest(portal)).locator("td").first).to_contain_text(desk.at.texts("Acute"))
    first = desk.at.page.get_by_role("table").locator("tbody tr").first
    expect(first.locator("td").first).to_contain_text(desk.at.texts("Acute"))


# --- Without the assistant ------------------------------------------------------------------------------------


@LANGUAGES
@SCRIPTS
def test_without_the_assistant(
    visitor: Callable[..., Visitor], lonely_portal: Portal, catalog: Catalog, language: str, script: bool
) -> None:
    person = Person(visitor(language, PHONE, at=lonely_portal, script=script), catalog)
    _goes_the_way_with_topics(person, SAD[language])


def test_with_an_assistant_that_never_answers(
    visitor: Callable[..., Visitor], lonely_portal: Portal, nobody: Nobody, catalog: Catalog
) -> None:
    nobody.listen()
    person = Person(visitor("nn", PHONE, at=lonely_portal), catalog)
    _goes_the_way_with_topics(person, SAD["nn"])


def _goes_the_way_with_topics(person: Person, text: str) -> None:
    page, texts = person.at.page, person.at.texts
    person.tell(text)
    down = "I cannot read the text right now. You can send it anyway, and a person will read it."
    expect(person.log).to_contain_text(texts(down))
    topics = page.get_by_role("group", name=texts("You can choose what it is about"))
    page.locator("summary").filter(has_text=texts("School and kindergarten")).click()
    topics.get_by_role("checkbox", name=person.plain("bullying")).check()
    page.locator(".topics").get_by_role("button", name=texts("Go on"), exact=True).click()
    person.at.title("This is how I have understood you. Is it right?")
    person.sees_own_words(text)
    expect(person.chip("bullying")).to_be_visible()
    person.asks_who_can_help()
    assert person.services()
    person.goes_to_send()
    label = texts("Text %(number)s of %(count)s", number=1, count=1)
    expect(page.get_by_label(label)).to_have_value(text)
    person.sends()
    person.keeps_the_code()


# --- Long and hostile texts -----------------------------------------------------------------------------------


@SCRIPTS
def test_a_text_of_4000_characters_is_fine_and_one_more_is_kept(
    visitor: Callable[..., Visitor], catalog: Catalog, script: bool
) -> None:
    person = Person(visitor("nb", PHONE, script=script), catalog)
    page, texts = person.at.page, person.at.texts
    long = ("Jeg blir ledd av på skolen, og det er mye å si om det. " * 80)[:4001]
    person.at.go("/")
    field = page.get_by_label(texts("What is happening? Write it in your own words."))
    field.fill(long)
    if script:
        expect(page.get_by_role("alert")).to_have_text(f"1 {texts('characters too many')}")
    person.at.button("Tell").click()
    too_long = "The text is too long. There is room for 4,000 characters. Your text is still here."
    expect(page.get_by_role("alert").filter(has_text=texts(too_long))).to_be_visible()
    expect(page.locator("#text")).to_have_value(long)
    page.locator("#text").fill(long[:4000])
    person.at.button("Tell").click()
    expect(person.log.locator(".bubble.mine .as-typed")).to_have_text(long[:4000].strip())
    person.goes_on()
    # The template engine drops nothing of it either.
    assert "".join(page.locator("blockquote.own-words").all_text_contents()) == long[:4000]


@SCRIPTS
def test_what_looks_like_code_is_shown_as_text(
    visitor: Callable[..., Visitor], portal: Portal, catalog: Catalog, desk: Desk, script: bool
) -> None:
    person = Person(visitor("nb", PHONE, script=script), catalog)
    page = person.at.page
    words = f"{HOSTILE} {SAD['nb']}"
    person.tell(words)
    expect(person.log.locator(".as-typed").first).to_have_text(words)
    person.goes_on()
    person.sees_own_words(words)
    person.asks_who_can_help()
    person.goes_to_send()
    label = person.at.texts("Text %(number)s of %(count)s", number=1, count=1)
    expect(page.get_by_label(label)).to_have_value(words)
    person.sends()
    code = person.keeps_the_code()
    desk.opens(desk.newest(portal))
    assert desk.own_words()[0] == words
    desk.writes(f"<strong>Hei</strong> {HOSTILE} <a href='javascript:alert(1)'>her</a>")
    answer = desk.section("Messages").locator("li.bubble")
    for shown in (desk.at.page, page):
        if shown is page:
            person.opens_the_answer(code)
            answer = page.locator("li.bubble")
        expect(answer.locator("strong").filter(has_text="Hei")).to_have_count(1)
        expect(answer.locator("script, img, textarea, [onerror], [href^=javascript]")).to_have_count(0)
        expect(answer).to_contain_text("{{ 7 * 7 }}")
        assert shown.evaluate("window.broken") is None


# --- Another language in the middle ---------------------------------------------------------------------------


@SCRIPTS
def test_another_language_in_the_middle_keeps_everything(
    visitor: Callable[..., Visitor], catalog: Catalog, script: bool
) -> None:
    person = Person(visitor("nb", PHONE, script=script), catalog)
    page = person.at.page
    nynorsk = type(person.at.texts)("nn")

    def switches() -> None:
        page.get_by_role("button", name="Nynorsk", exact=True).click()
        expect(page.locator("html")).to_have_attribute("lang", "nn")
        person.at.texts = nynorsk

    def switches_back() -> None:
        page.get_by_role("button", name="Bokmål", exact=True).click()
        expect(page.locator("html")).to_have_attribute("lang", "nb")
        person.at.texts = bokmaal

    bokmaal = person.at.texts
    person.tell(SAD["nb"])
    person.is_asked("utter_ask_safe_now")
    person.field.fill("halvferdig")
    switches()
    expect(person.field).to_have_value("halvferdig")
    expect(person.log).to_contain_text(SAD["nb"])
    person.types("ja, eg er trygg")
    person.is_asked("utter_ask_about")
    person.goes_on()
    page.locator("summary").filter(has_text=nynorsk("Something else")).click()
    page.get_by_label(nynorsk("Write what it is about")).fill("ikkje sendt enno")
    switches_back()
    expect(page.get_by_label(bokmaal("Write what it is about"))).to_have_value("ikkje sendt enno")
    page.get_by_label(bokmaal("Write what it is about")).fill("")
    person.asks_who_can_help()
    person.goes_to_send()
    person.choice("How can you be reached safely?", "Text message").check()
    page.get_by_label(bokmaal("Phone number"), exact=True).fill("900 00 000")
    page.get_by_label(bokmaal("When is it safe to contact you?")).fill("etter klokka fire")
    person.choice("Others who may know that you have written", "A friend of mine").check()
    switches()
    person.at.title("What you send, and to whom")
    expect(person.choice("How can you be reached safely?", "Text message")).to_be_checked()
    expect(page.get_by_label(nynorsk("Phone number"), exact=True)).to_have_value("900 00 000")
    expect(page.get_by_label(nynorsk("When is it safe to contact you?"))).to_have_value("etter klokka fire")
    expect(person.choice("Others who may know that you have written", "A friend of mine")).to_be_checked()
    person.sends()
    person.keeps_the_code()


# --- The way out ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def remembering_browser(playwright: Playwright) -> Iterator[Browser]:
    """A browser that keeps pages as they were for «back», as people's browsers do; the tests' own does not."""
    started = playwright.chromium.launch(
        executable_path=executable(),
        args=ARGUMENTS,
        ignore_default_args=["--disable-back-forward-cache"],
    )
    yield started
    started.close()


@pytest.fixture
def remembered(remembering_browser: Browser, portal: Portal) -> Iterator[Callable[..., Visitor]]:
    """As `visitor`, in the browser that remembers; what lies behind the way out is a page of our own."""
    opened: list[Visitor] = []

    def make(size: dict[str, int], *, script: bool) -> Visitor:
        at = open_visitor(remembering_browser, portal.url, "nb", size, script=script)
        at.elsewhere = (EXIT_URL,)
        neutral = "<!doctype html><html lang=nb><title>Vær</title><h1>Det regner</h1>"
        at.context.route(
            f"{EXIT_URL}/**", lambda route: route.fulfill(body=neutral, content_type="text/html")
        )
        opened.append(at)
        return at

    yield make
    for at in opened:
        at.context.close()
        at.check()


def _back_shows(at: Visitor, *words: str) -> bool:
    """Whether all these words can be seen again with the browser's «back», as far back as it goes."""
    # The cookie changes with the style sheet of this page (web/security/sessions.py), and the browser hears of it a moment
    # later: nobody presses «back» before the page they are on is there.
    at.page.wait_for_load_state("networkidle")
    at.page.wait_for_timeout(700)
    for _step in range(6):
        # Not page.go_back(): it waits for a load that a page kept as it was never has.
        with suppress(Error):
            at.page.evaluate("history.back()")
        at.page.wait_for_timeout(350)
        if all(word in _text(at) for word in words):
            return True
    return False


def _text(at: Visitor) -> str:
    """Everything on the page as text; marks in the middle of a sentence do not divide it."""
    return str(at.page.evaluate("document.documentElement.textContent"))


@pytest.mark.parametrize("way", ["button", "escape", "button, no script"])
def test_the_way_out_leaves_nothing_behind(
    remembered: Callable[..., Visitor], portal: Portal, catalog: Catalog, way: str
) -> None:
    at = remembered(PHONE, script="no script" not in way)
    person, page = Person(at, catalog), at.page
    drafts = portal.count("drafts")
    person.tell(SAD["nb"])
    person.goes_on()
    at.button("Back").click()
    expect(person.log).to_be_visible()
    assert portal.count("drafts") == drafts + 1
    if way == "escape":
        person.field.press("Escape")
        person.field.press("Escape")
        expect(person.log).to_be_visible()
        person.field.press("Escape")
    else:
        at.button("Delete and leave").click()
    expect(page.get_by_role("heading", name="Det regner")).to_be_visible()
    expect(page).to_have_url(f"{EXIT_URL}/")
    for _attempt in range(50):
        if portal.count("drafts") == drafts:
            break
        page.wait_for_timeout(100)
    assert portal.count("drafts") == drafts, "the draft is still there"
    assert not _back_shows(at, "ler av meg")
    at.go("/")
    at.title("What is happening? Write it in your own words.")
    assert "ler av meg" not in _text(at)
    assert "draft" not in at.cookies()


@SCRIPTS
def test_back_does_not_show_the_code_or_a_closed_case(
    remembered: Callable[..., Visitor], catalog: Catalog, script: bool
) -> None:
    at = remembered(PHONE, script=script)
    person = Person(at, catalog)
    person.tell(SAD["nb"])
    person.goes_on()
    person.asks_who_can_help()
    person.goes_to_send()
    person.sends()
    code = person.keeps_the_code()
    receipt = _back_shows(at, *code.split())  # one of them alone may stand in any page: «svar», «ord»
    person.opens_the_answer(code)
    at.title("What you have sent")
    at.button("Close the page").click()
    at.title("See the answer")
    case = _back_shows(at, "ler av meg")
    assert (receipt, case) == (False, False), "shown again: the five words, the closed case"


def test_back_does_not_show_a_case_after_logging_out(
    remembered: Callable[..., Visitor], visitor: Callable[..., Visitor], portal: Portal, catalog: Catalog
) -> None:
    person = Person(visitor("nb", PHONE), catalog)
    person.tell(SAD["nb"])
    person.goes_on()
    person.asks_who_can_help()
    person.goes_to_send()
    person.sends()
    name = f"Geir Tå {portal.employees}"
    username, one_time = portal.new_employee(name, "Familiens hus")
    at = remembered(DESK, script=True)
    employee = Desk(at, catalog, name, "Familiens hus")
    employee.logs_in_the_first_time(username, one_time, "hest lampe fjord knapp")
    employee.opens(employee.newest(portal))
    assert "ler av meg" in _text(at)
    at.page.locator(".staff-me summary").click()
    at.button("Log out").click()
    at.title("Log in at the front desk")
    assert not _back_shows(at, "ler av meg")


# --- Haste and old pages --------------------------------------------------------------------------------------


@SCRIPTS
def test_pressing_send_twice_gives_one_case(
    visitor: Callable[..., Visitor], portal: Portal, catalog: Catalog, script: bool
) -> None:
    person = Person(visitor("nn", PHONE, script=script), catalog)
    person.tell(SAD["nn"])
    person.goes_on()
    person.asks_who_can_help()
    person.goes_to_send()
    cases = portal.count("cases")
    person.at.button("Send").dblclick()
    person.at.title("Sent. A person will read it.")
    code = person.keeps_the_code()
    assert portal.count("cases") == cases + 1
    person.opens_the_answer(code)
    person.at.title("What you have sent")


def _age_form(at: Visitor) -> None:
    """As when the page has been open for longer than its form holds."""
    for token in at.page.locator("main input[name=csrf_token]").all():
        token.evaluate("field => { field.value = 'too-old' }")


@SCRIPTS
def test_an_old_page_keeps_what_was_typed(
    visitor: Callable[..., Visitor], portal: Portal, catalog: Catalog, desk: Desk, script: bool
) -> None:
    person = Person(visitor("nb", PHONE, script=script), catalog)
    page, texts = person.at.page, person.at.texts
    old = "The page had been open for a long time. Your text is still here. Try once more."
    person.at.go("/")
    page.locator("#text").fill(SAD["nb"])
    _age_form(person.at)
    person.at.button("Tell").click()
    expect(page.get_by_role("alert").filter(has_text=texts(old))).to_be_visible()
    expect(page.locator("#text")).to_have_value(SAD["nb"])
    person.at.button("Tell").click()
    expect(person.log).to_contain_text(SAD["nb"])
    person.goes_on()
    person.at.unfold("Something else")
    page.get_by_label(texts("Write what it is about")).fill("og så er jeg redd hjemme")
    _age_form(person.at)
    person.at.button("Add").last.click()
    expect(page.locator("#text-error")).to_have_text(texts(old))
    expect(page.get_by_label(texts("Write what it is about"))).to_have_value("og så er jeg redd hjemme")
    person.asks_who_can_help()
    person.goes_to_send()
    person.choice("How can you be reached safely?", "Email").check()
    page.get_by_label(texts("Email address"), exact=True).fill("navn@eksempel.no")
    _age_form(person.at)
    person.at.button("Send").click()
    expect(page.locator("form#send")).to_be_visible()
    expect(page.get_by_label(texts("Email address"), exact=True)).to_have_value("navn@eksempel.no")
    person.sends()
    code = person.keeps_the_code()

    desk.opens(desk.newest(portal))
    message = desk.at.page.get_by_label(desk.at.texts("Message to the person"), exact=True)
    message.fill("Et langt svar som ikke må bli borte.")
    _age_form(desk.at)
    desk.at.button("Send the message").click()
    expect(message).to_have_value("Et langt svar som ikke må bli borte.")
    desk.at.button("Send the message").click()
    desk.done("The message is sent. The person sees it with the five words.")

    person.opens_the_answer(code)
    write = page.locator("#text")
    write.fill("Et svar som ikke må bli borte.")
    _age_form(person.at)
    person.at.button("Send the message").click()
    expect(write).to_have_value("Et svar som ikke må bli borte.")
    person.at.button("Send the message").click()
    expect(page.get_by_role("status")).to_have_text(texts("Your message is sent."))


# --- Traces ---------------------------------------------------------------------------------------------------


def test_no_trace_of_the_words_outside_the_pages(
    visitor: Callable[..., Visitor],
    portal: Portal,
    assistant_process: AssistantProcess,
    catalog: Catalog,
    desk: Desk,
) -> None:
    """A marked sentence, typed wherever one can type, is in no log, cookie, address, and not in the database's bytes."""
    person = Person(visitor("nn", PHONE), catalog)
    page, texts = person.at.page, person.at.texts
    sent: list[Request] = []
    page.context.on("request", lambda request: sent.append(request))
    person.at.go("/")
    page.locator("#text").fill(f"{MARKED} " * 200)
    person.at.button("Tell").click()
    expect(page.locator("#text-error")).to_be_visible()
    person.tell(f"Eg vil ikkje leve meir. {MARKED}. Dei slår meg heime.")
    expect(person.log).to_contain_text(MARKED)
    person.types(f"Kven får vite det? {MARKED}")
    expect(person.log.locator(".bubble.mine")).to_have_count(2)
    person.goes_on()
    person.at.unfold("Something else")
    page.get_by_label(texts("Write what it is about")).fill(f"Og ein ting til: {MARKED}")
    person.at.button("Add").last.click()
    expect(page.locator("blockquote.own-words").last).to_contain_text("Og ein ting til")
    assert _found_in(portal.files()) == [], "the draft lies open"
    person.asks_who_can_help()
    person.goes_to_send()
    page.get_by_role("textbox").first.fill(f"Eg vil ikkje leve meir. {MARKED}. Endra.")
    person.choice("How can you be reached safely?", "Through the school nurse").check()
    page.get_by_label(texts("Your first name, school and class")).fill(f"{MARKED}, 8B")
    person.sends()
    code = person.keeps_the_code()
    desk.opens(desk.newest(portal))
    expect(desk.section("How to reach the person")).to_contain_text(MARKED)
    assert MARKED in desk.own_words()[0]
    desk.writes(f"Du skreiv: {MARKED}")
    person.opens_the_answer(code)
    page.locator("#text").fill(f"Ja, {MARKED}")
    person.at.button("Send the message").click()
    expect(page.get_by_role("status")).to_have_text(texts("Your message is sent."))

    assert any(MARKED.split()[0] in (request.post_data or "") for request in sent), "nothing was typed"
    for at in (person.at, desk.at):
        assert not [address for address in at.addresses if "Zvartbakke" in address]
        assert "Zvartbakke" not in at.cookies()
        assert not at.page.evaluate("Object.keys(localStorage).concat(Object.keys(sessionStorage))")
    log = assistant_process.process.log
    files = [*portal.files(), *(file for file in log.parent.rglob("*") if file.is_file())]
    assert portal.var / "portal.sqlite" in files
    assert portal.log in files
    assert _found_in(files) == []
    words = code.encode()
    assert not [file.name for file in files if words in file.read_bytes()], "the five words lie open"


def _found_in(files: list[Path]) -> list[str]:
    marks = [MARKED.encode(encoding) for encoding in ("utf-8", "utf-16-le")] + [b"Zvartbakke"]
    return [file.name for file in files if any(mark in file.read_bytes() for mark in marks)]
