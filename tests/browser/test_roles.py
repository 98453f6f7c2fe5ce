"""One case through the hands of every role in a real browser: front desk, service, leader, privacy officer, and the person."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.house import Portal
from tests.browser.steps import Desk, Person
from tests.browser.test_journey import YOUTH, _is_corrected, _is_sent, _is_told
from tests.browser.visitors import DESK, PHONE, Visitor
from web.catalog import Catalog

PASSWORD = "hest lampe fjord knapp"
WORDS = {
    "nb": "Vi har time til deg fredag klokka ti på skolen.",
    "nn": "Vi har time til deg fredag klokka ti på skulen.",
}


@pytest.mark.parametrize(("language", "script"), [("nb", True), ("nn", False)])
def test_a_case_goes_from_hand_to_hand(
    visitor: Callable[..., Visitor], portal: Portal, catalog: Catalog, language: str, script: bool
) -> None:
    person = Person(visitor(language, PHONE, script=script), catalog)
    service = catalog.service(YOUTH.service)
    assert service is not None
    name = service.name[language]
    _is_told(person, YOUTH)
    _is_corrected(person, YOUTH)
    person.asks_who_can_help()
    person.goes_to_send()
    _is_sent(person, YOUTH, name)
    code = person.keeps_the_code()

    def employee(who: str, first: str = "The queue", **more: Any) -> Desk:
        username, one_time = portal.new_employee(who, "Oppvekst", **more)
        desk = Desk(visitor(language, DESK, script=script), catalog, who, "Oppvekst")
        desk.logs_in_the_first_time(username, one_time, PASSWORD, first)
        return desk

    # The front desk takes it, and brings in the service that the person has said yes to.
    front = employee("Gro Tveit")
    reference = front.newest(portal)
    front.opens(reference)
    address = front.at.page.url
    front.takes_the_case()
    front.tab("Sharing (tab)")
    front.at.button("Bring in %(service)s", service=name).click()
    front.done("The service is brought in. The person sees it.")

    # The service sees its part and nothing else, and answers.
    nurse = employee("Siri Moen", "Shared with us", roles=("service_user",), service=service.id)
    nurse.at.page.get_by_role("table").get_by_role("link", name=reference).click()
    nurse.at.title("Case %(reference)s", reference=reference)
    assert nurse.at.page.locator("blockquote.own-words").first.text_content() == person.told[0]
    expect(nurse.at.page.get_by_role("main")).not_to_contain_text(nurse.at.texts("Internal notes"))
    part = nurse.section("Your answer")
    part.get_by_role("radio").first.check()
    part.get_by_role("textbox").fill(WORDS[language])
    nurse.at.button("Send the answer").click()
    expect(nurse.at.page.get_by_role("status").first).to_be_visible()
    refused = nurse.at.page.goto(address)
    assert refused is not None
    assert refused.status == 403, "the whole case is not the service's"

    # The contact person has the answer; the leader reads the case, without forms that lead nowhere, and has the numbers.
    front.tab("Following up (page)")
    expect(front.at.page.get_by_role("main")).to_contain_text(name)
    expect(front.at.page.get_by_role("main")).to_contain_text(WORDS[language])
    leader = employee("Line Dahl", roles=("leader",))
    leader.opens(reference)
    assert leader.own_words()[0] == person.told[0]
    expect(leader.at.page.get_by_label(leader.at.texts("Message to the person"), exact=True)).to_have_count(0)
    leader.at.go("/staff/oversikt/")
    leader.at.title("Overview")

    # The privacy officer sees who has opened it, and no words.
    officer = employee("Nora Li", "Keeping and deleting", roles=("privacy_officer",))
    officer.at.go("/staff/innsyn/")
    main = officer.at.page.get_by_role("main")
    for who in (front, nurse, leader):
        expect(main).to_contain_text(who.name)
    expect(main).not_to_contain_text(person.told[0][:20])
    refused = officer.at.page.goto(address)
    assert refused is not None
    assert refused.status == 403

    # And the person reads who has read it, by name.
    back = Person(visitor(language, PHONE, script=script), catalog)
    back.opens_the_answer(code)
    back.at.title("What you have sent")
    back.at.unfold("Who has read it, and when")
    log = back.at.page.locator("ol.log").last
    for who in (front, nurse, leader):
        expect(log).to_contain_text(who.name)
    expect(back.at.page.get_by_role("main")).not_to_contain_text(WORDS[language])
