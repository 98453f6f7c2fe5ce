"""The person's own side of deleting: at once, or asked for; the day on which it goes; keeping it longer."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy.orm import Session

from web import cases
from web.cases import codes, deletion_requests, retention
from web.cases.models import Case
from web.cases.sharing_types import Law, NewShare, Withholding
from web.cases.types import ChildStatement, ChildTold

SEEN_TO = {"safe-child": "Snakket med barnet."}
"""What a case with a child's telling is closed with."""


@pytest.fixture
def code():
    return codes.new_code("nb")


@pytest.fixture
def make(session, vault, clock, new_case, code, employee, browser):
    """make("got_help", …): a case closed with this outcome (None: open), opened in the browser."""

    def send(outcome=None, told=False, **changes):
        case_id = cases.send_case(session, vault, clock, new_case(return_code=code, **changes)).case_id
        if told:
            words = ChildTold("key-of-a-telling-1", "child", "nb", (ChildStatement("Jeg er redd."),))
            cases.child_tells(session, vault, clock, case_id, words)
        if outcome:
            cases.set_status(session, vault, clock, case_id, employee, "closed", outcome, aside=SEEN_TO)
        browser.get("/svar")
        browser.send("/svar", code=code)
        return case_id

    return send


def test_an_open_case_is_deleted_at_once(browser, make, session):
    case_id = make()
    page = browser.get("/sak/slett")
    assert "Ingen kan" in page.text
    assert "Ja, slett alt" in page.text
    assert "Kommunen har kopier" in page.text
    assert browser.send("/sak/slett").path == "/slettet"
    assert session.get(Case, case_id) is None


def test_after_help_it_is_asked_for_and_can_be_taken_back(browser, make, session):
    case_id = make("got_help")
    page = browser.get("/sak/slett")
    assert "Noen her har jobbet med dette." in page.text
    assert "innen 14 dager" in page.text
    assert "Ja, slett alt" not in page.text
    page = browser.send("/sak/slett")
    assert page.path == "/sak"
    assert "Du har bedt om at alt slettes" in page.text
    assert "senest fredag 4. desember" in page.text
    assert session.get(Case, case_id, populate_existing=True).blocked_at is not None
    page = browser.send("/sak/ikke-slett")
    assert "Ikke noe mer blir slettet." in page.text
    assert "Du har bedt om at alt slettes" not in page.text
    assert session.get(Case, case_id, populate_existing=True).blocked_at is None


def test_a_no_is_read_with_its_reason(browser, make, session, vault, clock, employee, catalog):
    case_id = make("got_help")
    browser.get("/sak/slett")
    browser.send("/sak/slett")
    deletion_requests.answer_no(
        session, vault, clock, case_id, employee, "archive_duty", "Vi tar vare på brevet.", catalog.retention
    )
    page = browser.get("/sak")
    for text in (
        "Svaret er nei.",
        "Vi tar vare på brevet.",
        "Maja Vik skriver",
        "Arkivlova",
        "Da kan du klage.",
    ):
        assert text in page.text
    page = browser.get("/sak?lang=nn")
    assert "Lova om arkiv seier det." in page.text


def test_where_there_is_danger_the_page_says_that_nothing_goes_yet(browser, make, session):
    case_id = make("got_help", acute_kinds=("violence",))
    page = browser.get("/sak/slett")
    assert "Derfor slettes ingenting før et menneske har sett på det." in page.text
    assert "Med en gang blir telefonnummeret" not in page.text
    browser.send("/sak/slett")
    case = session.get(Case, case_id, populate_existing=True)
    assert (case.blocked_at, case.contact.details_sealed is None) == (None, False)


def test_a_service_that_the_person_must_not_know_of_is_not_told_of(browser, make, session, clock):
    """The page says the same whatever the reason is: here a service was brought in without the person's knowing."""
    from web.cases.sharing_models import Share

    case_id = make()
    before = browser.get("/sak/slett").text
    share = Share(
        id="share",
        case_id=case_id,
        municipality="fjordvik",
        mark="m",
        service_sealed="v1.x",
        parts_sealed="v1.x",
        basis="law",
        withheld=True,
        shared_by_id="e",
        shared_by_name="Ola",
        shared_at=clock.now(),
    )
    session.add(share)
    session.commit()
    after = browser.get("/sak/slett").text
    assert after != before
    assert "Noen her har jobbet med dette." in after
    assert "tjeneste" not in after.lower().replace(before.lower(), "")


def test_what_a_child_has_told_stays_and_the_page_says_so(browser, make):
    make("got_help", told=True, writer="parent", about="my_child", statements=(("parent", "Jeg er mor."),))
    assert "Det barnet selv har fortalt" in browser.get("/sak/slett").text


def test_the_day_is_shown_and_can_be_moved(browser, make, session, engine, vault, clock, catalog):
    case_id = make("not_reached")
    page = browser.get("/sak")
    assert "Alt her slettes torsdag 18. februar" in page.text
    page = browser.send("/sak/behold")
    assert "Det blir stående her lenger." in page.text
    assert "Alt her slettes onsdag 19. mai" in page.text
    clock.move(days=120)
    retention.run_night(lambda: Session(engine), vault, clock, {"fjordvik": catalog.retention}, again=True)
    assert session.get(Case, case_id) is not None


def test_an_open_case_has_no_day(browser, make):
    make()
    assert "Alt her slettes" not in browser.get("/sak").text
    assert browser.send("/sak/behold").path == "/sak"


def test_without_a_token_nothing_happens(browser, make, session):
    case_id = make("got_help")
    for path in ("/sak/slett", "/sak/ikke-slett", "/sak/behold"):
        browser.client.post(path)
    assert deletion_requests.newest_request(session, None, case_id) is None


def test_the_services_that_have_got_the_words_are_named(
    browser, make, session, vault, clock, employee, catalog
):
    """Which have read them, which have not; and that what they have written themselves is theirs to keep."""
    case_id = make(services=("skolehelse", "ppt"), consents={"skolehelse": True, "ppt": True})
    for service in ("skolehelse", "ppt"):
        cases.share_with(session, vault, clock, case_id, employee, NewShare(service, ("words",)))
    nurse = replace(employee, id="nurse", name="Siv Moen", unit="Skolehelse")
    cases.open_share(session, vault, clock, case_id, nurse, "skolehelse")
    law = Law("fvl_13b_1_2", "Du trenger hjelp.", "agreed", "Ja")
    hidden = Withholding("Det er ikke trygt ennå.", date(2026, 12, 1))
    secret = NewShare("barnevern", ("words",), law, withheld=hidden)
    cases.share_with(session, vault, clock, case_id, employee, secret)
    page = browser.get("/sak/slett")
    name = {one: catalog.service(one).name["nb"] for one in ("skolehelse", "ppt", "barnevern")}
    assert f"{name['skolehelse']}. De har lest det." in page.text
    assert f"{name['ppt']}. De har ikke lest det ennå." in page.text
    assert "det de har skrevet ned selv, blir hos dem" in page.text
    assert name["barnevern"] not in page.text
    page = browser.send("/sak/slett")
    assert f"{name['skolehelse']}. De har lest det." in page.text
    assert "blir hos dem" in page.text
    assert "blir hos dei" in browser.get("/sak?lang=nn").text
