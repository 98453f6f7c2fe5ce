"""Entering a case for somebody else: their words, read back; nothing lost, nothing twice, and marked for good."""

from __future__ import annotations

import html
import re

import pytest
from sqlalchemy import func, select

from tests.conftest import MARKED
from tests.web.staff.conftest import PASSWORD, Desk
from web.assistant import Acute, AssistantUnavailable, Facts, Need, Understanding
from web.cases import open_with_code, read_case
from web.cases.models import Case

FILLED = {
    "channel": "phone",
    "writer": "youth",
    "language": "nn",
    "about": "self",
    "age": "15",
    "safe_now": "yes",
    "read_back": "y",
    "reach": "code",
    "author-0": "",
    "words-0": f"Dei mobbar meg kvar dag. {MARKED}",
}


@pytest.fixture(autouse=True)
def understands(assistant, monkeypatch):
    """The assistant finds bullying, and danger in «slår»."""

    def understand(texts, timeout_s=60.0):
        if assistant.away:
            raise AssistantUnavailable("away")
        for text in texts:
            at = text.find("mobbar")
            needs = (Need("bullying", 0.9, ((at, at + 6),)),) if at >= 0 else ()
            acute = Acute(True, ("violence",), 0.95) if "slår" in text else Acute()
            yield (
                Understanding(
                    "nn", "tell", (), (*needs, Need("sleep", 0.3), Need("made_up", 0.9)), (), acute
                ),
                Facts(),
            )

    monkeypatch.setattr(assistant, "understand", understand, raising=False)


def fill(desk, button="go_on", **changes):
    """Send the open page with these answers."""
    fields = {**FILLED, "ticket": desk.hidden("ticket"), **changes, button: "1"}
    if 'name="suggested"' in desk.page:
        fields["suggested"] = "1"
    return desk.post("/staff/ny", **{name: value for name, value in fields.items() if value is not None})


def the_words(desk) -> str:
    card = desk.page.split('<ol class="code">')[1].split("</ol>")[0]
    return " ".join(html.unescape(word) for word in re.findall(r"<li>([^<]+)</li>", card))


def ticked(desk, name) -> set[str]:
    return set(re.findall(rf'name="{name}" value="(\w+)" checked', desk.page))


@pytest.fixture
def only_case(session, vault, clock, colleagues):
    def view():
        session.expire_all()
        (case_id,) = session.scalars(select(Case.id)).all()
        return read_case(session, vault, clock, case_id, colleagues["maja"].ref())

    return view


def how_many(session):
    return session.scalar(select(func.count()).select_from(Case))


@pytest.fixture
def enter(desk):
    desk.get("/staff/ny")
    return desk


def test_a_case_from_the_phone(enter, only_case, session, vault, clock):
    fill(enter)
    assert enter.status == 200
    assert ticked(enter, "needs") == {"bullying"}  # not what the machine is unsure of, nor what nobody knows
    assert how_many(session) == 0
    fill(enter, "send", needs=["bullying", "loneliness"], consents=["skolehelse", "made_up"])
    assert enter.status == 200
    assert "Saken er sendt inn" in enter.text
    assert "Med desse fem orda kan du sjå svaret her:" in enter.text  # the sheet is in the person's language
    view = only_case()
    assert [(one.author, one.text) for one in view.statements] == [("youth", FILLED["words-0"])]
    assert view.facts.entered.by == "Maja Vik"
    assert (view.facts.entered.way, view.facts.entered.read_back) == ("phone", True)
    assert (view.log[0].action, view.log[0].actor_name, view.log[0].detail) == (
        "entered",
        "Maja Vik",
        "phone",
    )
    assert view.language == "nn"
    assert set(view.needs) == {"bullying", "loneliness"}
    (need,) = [need for need in view.assistant_understanding.needs if need.id == "bullying"]
    span = need.evidence[0]
    assert view.statements[0].text[span.start : span.end] == "mobbar"
    assert [one.service_id for one in view.consents if one.active] == ["skolehelse"]
    assert view.facts.may_know == ()
    assert view.facts.parents == "no"
    opened = open_with_code(session, vault, clock, the_words(enter), "fjordvik")
    assert opened.id == view.id


def test_the_case_says_so_for_good(enter, only_case):
    fill(enter)
    fill(enter, "send", read_back=None, why_not="Linja brast")
    view = only_case()
    enter.get(f"/staff/sak/{view.id}")
    assert "Skrevet ned av Maja Vik for en som ringte" in enter.text
    assert "Ordene ble ikke lest opp: Linja brast" in enter.text
    assert "Maja Vik skrev ned saken for en som ringte." in enter.text


def test_the_same_page_sent_twice_is_one_case_with_the_same_words(enter, session):
    fill(enter)
    ticket = enter.hidden("ticket")
    fill(enter, "send")
    first = the_words(enter)
    enter.get("/staff/ny")
    fill(enter, "send", ticket=ticket, suggested="1")
    assert the_words(enter) == first
    assert how_many(session) == 1


def test_another_language_the_second_time_shows_no_words(enter, session):
    fill(enter)
    ticket = enter.hidden("ticket")
    fill(enter, "send")
    enter.get("/staff/ny")
    fill(enter, "send", ticket=ticket, suggested="1", language="nb")
    assert "kan ikke vises igjen" in enter.text
    assert '<ol class="code">' not in enter.page
    assert how_many(session) == 1


def test_a_ticket_of_ones_own_making_is_not_believed(enter, open_desk, session, vault, clock):
    fill(enter)
    colleague = open_desk("ola")
    colleague.get("/staff/ny")
    stolen = enter.hidden("ticket")
    for ticket in (stolen, "x.y", ""):
        fill(colleague, "send", ticket=ticket, suggested="1")
        words = the_words(colleague)
        assert open_with_code(session, vault, clock, words, "fjordvik")
        colleague.get("/staff/ny")
    fill(enter, "send")  # the one it belongs to still sends a case of their own
    assert how_many(session) == 4


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"words-0": " "}, "Skriv det personen sa."),
        ({"words-0": "x" * 4001}, "Det er plass til 4000 tegn til hver."),
        ({"channel": None}, "Velg hvordan personen tok kontakt."),
        ({"writer": "king"}, "Velg hvem som tar kontakt."),
        ({"language": "de"}, "Velg språket i svarene."),
        ({"safe_now": None}, "Velg hva personen svarte"),
        ({"read_back": None}, "Les det opp og kryss av, eller skriv hvorfor"),
        ({"reach": "pigeon"}, "Velg hvordan personen kan nås."),
        ({"reach": "phone"}, "Skriv nummeret eller adressen"),
        ({"age": "femten"}, "Skriv alderen med tall."),
        ({"age": "200"}, "Skriv alderen med tall."),
        ({"spoken": "x" * 201}, "Skriv det litt kortere."),
        ({"writer": "parent", "author-0": "child"}, "Bare et barn har sagt noe."),
    ],
)
def test_what_is_missing_is_asked_for_and_nothing_is_lost(enter, session, changes, says):
    fill(enter, **{"safe_times": "etter klokka fire", "may_know": ["friend"], **changes})
    assert enter.status == 422
    assert says in enter.text
    if changes.get("words-0", "x").strip():
        assert html.escape(changes.get("words-0", FILLED["words-0"])) in enter.page
    assert 'value="etter klokka fire"' in enter.page
    assert ticked(enter, "may_know") == {"friend"}
    assert how_many(session) == 0


def test_the_words_are_looked_at_again_when_they_change(enter, only_case):
    fill(enter)
    fill(enter, "send", **{"words-0": "Far slår meg."})
    view = only_case()
    assert view.urgency == "acute"
    assert view.acute_kinds == ("violence",)


def test_danger_is_shown_at_once(enter):
    fill(enter, **{"words-0": "Far slår meg."})
    assert "Akutt" in enter.text
    assert "Ring 112 eller 113 selv." in enter.text


def test_it_works_without_the_assistant(enter, assistant, only_case):
    assistant.away = True
    fill(enter)
    assert "Maskinen svarer ikke nå." in enter.text
    fill(enter, "send", needs=["bullying"])
    view = only_case()
    assert view.assistant_understanding is None
    assert view.needs == ("bullying",)


def test_several_speak_and_a_childs_words_are_its_own(enter, only_case, session, vault, clock):
    fill(enter, "more", writer="parent", **{"words-0": "Han søv ikkje."})
    assert 'id="words-1"' in enter.page
    assert "Han søv ikkje." in enter.page
    child = {"author-1": "child", "words-1": f"Nokon slår meg. {MARKED}"}
    both = {"writer": "parent", "about": "my_child", "age": "9", "words-0": "Han søv ikkje.", **child}
    fill(enter, **both)
    fill(enter, "send", **both)
    view = only_case()
    assert [(one.author, one.from_child) for one in view.statements] == [("parent", False), ("child", True)]
    assert view.urgency == "acute"
    opened = open_with_code(session, vault, clock, the_words(enter), "fjordvik")
    assert [one.author for one in opened.statements] == ["parent"]
    assert opened.acute_kinds == ()


def test_no_more_than_four_speak(enter):
    for _ in range(5):
        rows = len(re.findall(r'id="words-\d"', enter.page))
        fill(enter, "more", **{f"words-{place}": "Hei" for place in range(rows)})
    assert len(re.findall(r'id="words-\d"', enter.page)) == 4
    assert 'name="more"' not in enter.page


def test_a_young_persons_parents_are_left_out_by_the_rule_of_the_age(enter, only_case):
    answers = {"age": "10", "home": "yes", "parents": "yes", "may_know": ["parents", "friend"]}
    fill(enter, **answers)
    fill(enter, "send", **answers)
    view = only_case()
    assert view.facts.may_know == ("friend",)
    assert view.facts.parents == "no"


def test_another_language_books_an_interpreter(enter, only_case):
    fill(enter, spoken="tigrinja")
    fill(enter, "send", spoken="tigrinja")
    enter.get(f"/staff/sak/{only_case().id}")
    assert "Personen snakker tigrinja. Bestill tolk før du ringer." in enter.text


def test_an_old_page_and_an_ended_session_lose_nothing(enter, session):
    fields = {**FILLED, "ticket": enter.hidden("ticket")}
    enter.client.post("/staff/ny", data={**fields, "csrf_token": "gammel", "send": "1"})
    answer = enter.client.post(
        "/staff/ny", data={**fields, "csrf_token": "gammel", "suggested": "1", "send": "1"}
    )
    page = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert MARKED in page
    assert how_many(session) == 0
    enter.get("/staff/ny")
    token = enter.hidden("csrf_token")
    with enter.client.session_transaction() as kept:
        csrf = {name: value for name, value in kept.items() if "csrf" in name}
        kept.clear()
        kept.update(csrf)
    enter.post("/staff/ny", token=False, csrf_token=token, **fields)
    assert enter.status == 403
    assert MARKED in enter.page
    enter.post("/staff/logg-inn", username="maja", password=PASSWORD, kept_path="/staff/ny", **FILLED)
    assert MARKED in enter.page
    assert 'action="/staff/ny"' in enter.page


def test_only_the_front_desk_enters_cases(app, session, colleagues):
    from web.staff.models import create_employee

    for role in ("leader", "contact_person"):
        who, _ = create_employee(session, "fjordvik", role, role, "", [role])
        who.set_password(PASSWORD)
        session.commit()
        desk = Desk(app.test_client()).log_in(role)
        assert "Skriv inn en sak" not in desk.get("/staff/")
        desk.get("/staff/ny")
        assert desk.status == 403


def test_the_queue_leads_there_in_both_languages(desk):
    assert 'href="/staff/ny">Skriv inn en sak' in desk.get("/staff/?lang=nb")
    assert 'href="/staff/ny">Skriv inn ei sak' in desk.get("/staff/?lang=nn")
    desk.get("/staff/ny")
    assert "Les orda opp for personen no." in desk.text
