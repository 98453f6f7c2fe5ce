"""The whole way in a real browser: a person tells and sends, an employee answers, the person comes back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import expect

from tests.browser.house import Portal
from tests.browser.steps import Desk, Person
from tests.browser.visitors import DESK, PHONE, Visitor
from web.catalog import Catalog


@dataclass(frozen=True)
class Story:
    """Who writes, and what. The words are made up, as such words are written at such times."""

    words: dict[str, str]
    understood: str
    """What the assistant must have seen in them."""
    added: str
    """What the person adds on the mirror page."""
    service: str
    """A service that must be among those shown."""
    author: str
    may_know: str
    hope: dict[str, str] | None


YOUTH = Story(
    words={
        "nb": "får ikke sova..  ligger her og scroller til klokka er tre og så ORKER jeg ikke gå på skolen\n\n"
        "De andre i klassen ler av meg & har lagd ei gruppe «uten» der jeg ikke er med 😞 <3\n"
        "ikke si at jeg skal snakke med mamma om det",
        "nn": "får ikkje sova..  ligg her og scrollar til klokka er tre og så ORKAR eg ikkje gå på skulen\n\n"
        "Dei andre i klassen ler av meg & har laga ei gruppe «utan» der eg ikkje er med 😞 <3\n"
        "ikkje sei at eg skal snakke med mamma om det",
    },
    understood="bullying",
    added="loneliness",
    service="skolehelse",
    author="Young person",
    may_know="Someone at school",
    hope=None,
)
PARENT = Story(
    words={
        "nb": "Sønnen min på 8 år blir sendt fra dør til dør. PPT sier BUP, BUP sier at fastlegen må henvise "
        "på nytt, og fastlegen sier at det er skolen sitt ansvar. Han biter og slår når han skal på skolen, "
        "og læreren ringer meg nesten hver dag. Vi er utslitte og vet ikke hvem vi skal ringe.",
        "nn": "Sonen min på 8 år blir send frå dør til dør. PPT seier BUP, BUP seier at fastlegen må tilvise "
        "på nytt, og fastlegen seier at det er skulen sitt ansvar. Han bit og slår når han skal på skulen, "
        "og læraren ringjer meg nesten kvar dag. Vi er utslitne og veit ikkje kven vi skal ringje.",
    },
    understood="many_services",
    added="school_absence",
    service="barnekoordinator",
    author="Parent",
    may_know="The other parent",
    hope={
        "nb": "At én tar ansvar, så vi slipper å fortelle alt på nytt.",
        "nn": "At éin tek ansvar, så vi slepp å fortelje alt på nytt.",
    },
)
STORIES = {"youth": YOUTH, "parent": PARENT}
NAMES = ("Maja Vik", "Torbjørg Nes", "Ali Haugen", "Ingvild Ås", "Per Bø", "Sunniva Lie", "Jan Moe", "Aud Ro")
"""One for each journey: an employee logs in for the first time only once."""
ANSWERS = {
    "nb": "Hei. Jeg har lest alt du skrev. <strong>Jeg ringer ingen</strong> uten at du vet det.\n\n"
    "Passer det å snakke sammen torsdag?",
    "nn": "Hei. Eg har lese alt du skreiv. <strong>Eg ringjer ingen</strong> utan at du veit det.\n\n"
    "Passar det å snakke saman torsdag?",
}
REPLIES = {"nb": "Torsdag går bra. Etter skolen.", "nn": "Torsdag går bra. Etter skulen."}


def _is_told(person: Person, story: Story) -> None:
    """The conversation: four questions at most, none about what was told already."""
    person.tell(story.words[person.language])
    expect(person.log).to_contain_text(person.plain(story.understood))
    if story is YOUTH:
        person.is_asked("utter_ask_safe_now")
        person.presses("button_safe_yes")
        person.is_asked("utter_ask_about")
        person.presses("button_about_self")
        person.is_asked("utter_ask_age")
        person.types("14")
        person.is_asked("utter_ask_hope")
        person.presses("button_skip")
    else:
        assert story.hope
        person.is_asked("utter_ask_safe_now.about_another")
        person.presses("button_skip")
        person.is_asked("utter_ask_hope")
        person.types(story.hope[person.language])
        person.told.append(story.hope[person.language])
    person.is_asked("utter_ready")
    person.goes_on()


def _is_corrected(person: Person, story: Story) -> None:
    """The mirror: own words, what was understood; one thing taken away, one added."""
    person.sees_own_words(story.words[person.language])
    expect(person.chip(story.understood)).to_be_visible()
    person.adds("stress_pressure")
    person.takes_away("stress_pressure")
    expect(person.chip(story.understood)).to_be_visible()
    person.adds(story.added)


def _is_sent(person: Person, story: Story, service: str) -> None:
    """Own words, the way to be reached, who may know, one consent."""
    page, texts = person.at.page, person.at.texts
    count = len(person.told)
    for number, text in enumerate(person.told, 1):
        label = texts("Text %(number)s of %(count)s", number=number, count=count)
        expect(page.get_by_label(label)).to_have_value(text)
    if story is PARENT:
        # Skipped before, so asked once more, and still with no need to answer.
        person.choice("Are you safe where you are now?", "Yes, I am safe").check()
    reached = person.choice("How can you be reached safely?", "Only here, with five words that I get")
    expect(reached).to_be_checked()
    person.choice("Others who may know that you have written", story.may_know).check()
    boxes = page.get_by_role("group", name=texts("Who else may read what you have written?"))
    for box in boxes.get_by_role("checkbox").all():
        expect(box).not_to_be_checked()
    boxes.get_by_label(texts("%(service)s may read it", service=service), exact=True).check()
    person.sends()


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
@pytest.mark.parametrize("who", STORIES)
@pytest.mark.parametrize("language", ["nb", "nn"])
def test_the_whole_way(
    visitor: Callable[..., Visitor], portal: Portal, catalog: Catalog, language: str, who: str, script: bool
) -> None:
    story = STORIES[who]
    person = Person(visitor(language, PHONE, script=script), catalog)
    _is_told(person, story)
    _is_corrected(person, story)
    person.asks_who_can_help()
    services = person.services()
    wanted = catalog.service(story.service)
    assert wanted is not None
    assert wanted.name[language] in services
    assert "«" in person.reasons() or person.at.page.locator(".because q").count()
    expect(person.at.page.locator('a[href="tel:116111"]').first).to_be_attached()
    person.goes_to_send()
    _is_sent(person, story, wanted.name[language])
    code = person.keeps_the_code()
    assert "draft" not in person.at.cookies(), "something of it is left in the browser"

    # The front desk
    name, unit = NAMES[portal.employees], "Familiens hus"
    username, one_time = portal.new_employee(name, unit)
    desk = Desk(visitor(language, DESK, script=script), catalog, name, unit)
    desk.logs_in_the_first_time(username, one_time, "hest lampe fjord knapp")
    reference = desk.newest(portal)
    expect(desk.row_of(reference)).to_contain_text(desk.at.texts(story.author))
    desk.opens(reference)
    assert desk.own_words()[: len(person.told)] == person.told, "own words first, unedited and in order"
    desk.corrects(away=story.added, instead="stress_pressure")
    desk.takes_the_case()
    desk.writes(ANSWERS[language])
    desk.sets_status("In progress")
    expect(desk.section("Services the person has chosen")).to_contain_text(wanted.name[language])

    # And back again, on another phone
    back = Person(visitor(language, PHONE, script=script), catalog)
    back.opens_the_answer(f"  {code.upper().replace(' ', ', ')} ")
    _reads_the_answer(back, desk)
    _writes_back(back, desk, reference)
    _takes_the_consent_back(back, desk, wanted.name[language])
    if who == "parent" and not script:
        _deletes_everything(back, code)
        desk.at.page.reload()
        desk.at.title("There is no such case here")


def _reads_the_answer(back: Person, desk: Desk) -> None:
    page, texts = back.at.page, back.at.texts
    back.at.title("What you have sent")
    expect(page.get_by_role("region", name=texts("How it stands"))).to_contain_text(desk.name)
    expect(page.get_by_role("region", name=texts("How it stands"))).to_contain_text(
        texts("Someone in the municipality is working on it.")
    )
    messages = page.get_by_role("region", name=texts("Messages"))
    expect(messages.locator("strong:not(.ds-tag)")).to_have_count(1)
    for line in ANSWERS[back.language].replace("<strong>", "").replace("</strong>", "").split("\n\n"):
        expect(messages).to_contain_text(line)
    back.at.unfold("Who has read it, and when")
    log = page.locator("ol.log").last
    for source, values in (
        ("%(name)s at %(unit)s read the case.", {"unit": desk.unit}),
        ("%(name)s took the case, and is now the contact person.", {}),
        ("%(name)s went through what the case is about.", {}),
        ("%(name)s wrote a message.", {}),
    ):
        expect(log).to_contain_text(texts(source, name=desk.name, **values))


def _writes_back(back: Person, desk: Desk, reference: str) -> None:
    page, texts = back.at.page, back.at.texts
    page.get_by_label(texts("Write to %(name)s", name=desk.name)).fill(REPLIES[back.language])
    back.at.button("Send the message").click()
    expect(page.get_by_role("status")).to_have_text(texts("Your message is sent."))
    desk.at.go("/staff/")
    desk.opens(reference)
    expect(desk.section("Messages")).to_contain_text(REPLIES[back.language])


def _takes_the_consent_back(back: Person, desk: Desk, service: str) -> None:
    page, texts = back.at.page, back.at.texts
    back.at.unfold("Who may read it")
    page.get_by_role("button", name=texts("Take it back")).filter(has_text=service).click()
    expect(page.get_by_role("status")).to_have_text(texts("Done. They can no longer read it."))
    desk.at.page.reload()
    part = desk.section("Services the person has chosen").get_by_role("listitem").filter(has_text=service)
    taken_back = desk.at.texts("May not read the case any more: taken back %(time)s", time="").strip()
    expect(part).to_contain_text(taken_back)


def _deletes_everything(back: Person, code: str) -> None:
    page, texts = back.at.page, back.at.texts
    back.at.link("Delete everything").click()
    back.at.title("Delete everything?")
    back.at.button("Yes, delete everything").click()
    back.at.title("Everything is deleted")
    back.opens_the_answer(code)
    refusal = "These words open nothing here. Check each word. There are five, in the right order."
    expect(page.get_by_role("alert")).to_have_text(texts(refusal))
