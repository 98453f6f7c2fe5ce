"""A child tells for itself: on the phone of who writes, with a code, or alone; neither side sees the other's words."""

from __future__ import annotations

import re

import pytest

from web.cases import invite_child, read_case, send_case, view_for_person, withdraw_child_invitation
from web.cases.models import Case
from web.citizen import child
from web.citizen.drafts import DraftRow

PARENTS = "Grunnlaust grums fra mor om Kvitreberg"
CHILDS = "Zvartbakke-93 kvitrar under trappa"


@pytest.fixture
def parent(browser):
    """A parent who has written and stands on the page before sending."""
    browser.tell(f"Sønnen min på 8 år sover ikke. {PARENTS}")
    browser.send("/send", about="my_child", age="8", writer="parent", way="code", go="tell")
    page = browser.get("/send")
    assert "La barnet fortelle også" in page.text
    return browser


def hands_over(browser, place="send"):
    browser.get(f"/barn/voksen?fra={place}")
    page = browser.send("/barn/voksen", fra=place, do="hand_over")
    assert page.path == "/barn"
    return page


def small_way(browser, text="", **chosen):
    """Through the pictures as an eight-year-old; what is not named is skipped."""
    browser.send("/barn", age="8")
    browser.get("/barn/steg/face")
    for step in child.STEPS:
        if step.id == "words":
            return browser.send("/barn/steg/words", text=text)
        page = browser.send(f"/barn/steg/{step.id}", data={"choice": chosen.get(step.id, [])})
        assert page.status == 200
    raise AssertionError


def sends(browser):
    page = browser.send(
        "/send", about="my_child", age="8", writer="parent", safe_now="yes", way="code", send="1"
    )
    assert page.path == "/kvittering", page.text
    return page


def newest(session):
    session.expire_all()
    return session.query(Case).order_by(Case.created_at.desc()).first().id


# --- On the same phone -----------------------------------------------------------------------------------------


def test_neither_sees_the_other_on_the_same_phone(parent, session, vault, clock, employee):
    seen = [hands_over(parent)]
    seen += [parent.get(path) for path in ("/barn", "/barn/forst", "/barn/steg/face")]
    seen.append(small_way(parent, CHILDS, face="very-sad", where=["home", "night"], who=["friend"]))
    assert parent.page.path == "/barn/se"
    for wish in (
        "Jeg valgte ansiktet: veldig lei meg.",
        "Det er vanskelig hjemme.",
        "En venn er snill mot meg.",
        CHILDS,
    ):
        assert wish in parent.page.text
    # The grown-up's pages are closed as long as the child has the phone.
    for path in ("/", "/forstatt", "/hjelp", "/send", "/kvittering", "/barn/voksen"):
        page = parent.get(path)
        assert page.path.startswith("/barn"), path
        seen.append(page)
    for page in seen:
        assert PARENTS not in page.html
        assert "mor om" not in page.html
    parent.get("/barn/se")
    page = parent.send("/barn/se", done="1")
    assert page.path == "/barn/ferdig"
    assert "Nå er du ferdig" in page.text
    afterwards = [page] + [
        parent.get(path)
        for path in ("/send", "/", "/forstatt", "/hjelp", "/barn/voksen", "/barn/se", "/barn/steg/words")
    ]
    afterwards.append(parent.get("/send"))
    assert "Barnet har fortalt. De som leser dette, leser det også." in parent.page.text
    assert PARENTS in parent.page.html
    afterwards.append(sends(parent))
    for page in afterwards:
        assert CHILDS not in page.html
        assert "Det er vanskelig hjemme" not in page.html
    case_id = newest(session)
    view = read_case(session, vault, clock, case_id, employee)
    assert [(s.from_child, s.pictures) for s in view.statements] == [
        (False, False),
        (True, True),
        (True, False),
    ]
    assert view.statements[1].text == (
        "Jeg valgte ansiktet: veldig lei meg.\nDet er vanskelig hjemme.\nDet er vanskelig om natta.\n"
        "En venn er snill mot meg."
    )
    assert view.statements[2].text == CHILDS
    assert view.child.age == 8
    assert CHILDS not in repr(view_for_person(session, vault, clock, case_id))


def test_the_child_can_let_them_read_it(parent, session, vault, clock):
    hands_over(parent)
    small_way(parent, CHILDS)
    assert parent.page.chosen("share") == []
    parent.send("/barn/se", share="y")
    parent.send("/barn/slutt")
    parent.get("/send")
    sends(parent)
    view = view_for_person(session, vault, clock, newest(session))
    assert [s.text for s in view.statements if s.from_child] == [CHILDS]


def test_the_child_can_say_no_and_take_everything_back(parent, session):
    hands_over(parent)
    small_way(parent, CHILDS, face="sad")
    page = parent.send("/barn/slutt")
    assert page.path == "/barn/ferdig"
    assert "Ingenting er fortalt" in page.text
    page = parent.get("/send")
    assert PARENTS in page.html
    assert "Barnet har fortalt" not in page.text
    assert session.query(DraftRow).count() == 1  # the grown-up's


def test_every_question_can_be_skipped_and_nothing_is_sent_then(parent):
    hands_over(parent)
    assert small_way(parent).path == "/barn/forst"


def test_the_way_out_deletes_both(parent, session):
    hands_over(parent)
    small_way(parent, CHILDS, face="sad")
    parent.send("/avslutt")
    assert session.query(DraftRow).count() == 0
    page = parent.get("/")
    assert PARENTS not in page.html
    assert CHILDS not in page.html


def test_older_children_get_the_conversation(parent, session, vault, clock, employee):
    hands_over(parent)
    page = parent.send("/barn", age="12")
    assert "Det du skriver er hemmelig" in page.text
    page = parent.get("/")
    assert page.path == "/"
    assert PARENTS not in page.html
    page = parent.tell("De mobber meg på skolen")
    assert "De mobber meg på skolen" in page.text
    page = parent.send("/", text="", go_on="1")
    assert page.path == "/barn/se"
    assert "De mobber meg på skolen" in page.text
    parent.send("/barn/se", done="1")
    parent.get("/send")
    assert "mobber" not in parent.page.html
    sends(parent)
    view = read_case(session, vault, clock, newest(session), employee)
    assert [s.text for s in view.statements if s.from_child] == ["De mobber meg på skolen"]
    found = next(u for u in view.understandings if u.from_child)
    assert [(n.id, n.evidence[0].statement) for n in found.needs] == [("bullying", 1)]


# --- Danger ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "hurt"), [("jeg vil ta livet mitt", ""), ("", "yes")])
def test_danger_shows_numbers_to_the_child_and_nothing_to_who_handed_it_over(
    parent, session, vault, clock, employee, text, hurt
):
    hands_over(parent)
    page = small_way(parent, text, hurt=hurt)
    top = page.html.split("<h1")[0]
    assert 'class="danger"' in top
    assert 'href="tel:116111"' in top
    if hurt:
        assert re.findall(r'class="call-number">([^<]+)<', top.split('class="danger"')[1])[0] == "116 111"
    parent.send("/barn/se", done="1")
    case_id = newest(session)
    parent.send("/barn/slutt")
    for path in ("/send", "/hjelp", "/"):
        assert 'class="danger"' not in parent.get(path).html.split("<h1")[0]
    parent.get("/send")
    page = sends(parent)
    assert 'class="danger"' not in page.html
    assert session.get(Case, case_id).urgency == "acute"
    sent = read_case(session, vault, clock, case_id, employee)
    assert sent.acute_kinds == (("violence",) if hurt else ("suicide",))
    # The pictures ask whether somebody hurts it; «safe now?» is never asked there, and nobody answers it for the child.
    assert (sent.facts.safe_now, sent.facts.hurt) == ("not_asked", hurt or None)
    parents = session.query(Case).filter(Case.id != case_id).one().id
    assert view_for_person(session, vault, clock, parents).urgency == "normal"


def test_a_wrong_press_can_be_put_right(parent):
    hands_over(parent)
    small_way(parent, hurt="yes", face="sad")
    parent.get("/barn/steg/hurt")
    parent.send("/barn/steg/hurt", choice="no")
    page = parent.get("/barn/se")
    assert "Ingen gjør meg vondt." in page.text
    assert "Noen gjør meg vondt." not in page.text
    assert 'class="danger"' not in page.html.split("<h1")[0]


def test_the_number_for_children_stands_by_the_question(parent):
    hands_over(parent)
    parent.send("/barn", age="7")
    page = parent.get("/barn/steg/hurt")
    assert 'href="tel:116111"' in page.html.split("</h1>")[1]
    assert "Er det noen som gjør deg vondt?" in page.text


def test_a_small_childs_words_are_kept_when_the_assistant_is_down(
    parent, peer, session, vault, clock, employee
):
    hands_over(parent)
    peer.status = 500
    small_way(parent, CHILDS)
    parent.send("/barn/se", done="1")
    parent.get("/send")
    sends(parent)
    view = read_case(session, vault, clock, newest(session), employee)
    assert view.statements[-1].text == CHILDS


# --- What is told first ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("nb", ("Mamma og pappa kan ikke lese det her.", "Da må de voksne hjelpe deg", "116 111")),
        ("nn", ("Mamma og pappa kan ikkje lese det her.", "Då må dei vaksne hjelpe deg", "116 111")),
    ],
)
def test_a_child_is_told_first_in_both_languages(browser, language, words):
    browser.get(f"/barn?lang={language}")
    page = browser.send("/barn", age="7")
    assert page.path == "/barn/forst"
    for one in words:
        assert one in page.text


# --- Alone -----------------------------------------------------------------------------------------------------


def test_a_small_child_that_comes_alone_sends_by_itself(browser, session, vault, clock, employee):
    page = browser.get("/barn")
    assert "Jeg har fått en kode av en voksen" in page.text
    page = small_way(browser, "Jeg sover ikke", face="so-so", who=["mother", "teacher"])
    assert page.path == "/barn/se"
    assert "De voksne hjemme kan lese det" not in page.text
    page = browser.send("/barn/se", done="1")
    assert page.path == "/send"
    # Back and forth does not double anything.
    browser.get("/barn/se")
    browser.send("/barn/se", done="1")
    assert browser.page.value("words-2") is None
    page = browser.send("/send", way="code", send="1")
    assert page.path == "/kvittering"
    view = read_case(session, vault, clock, newest(session), employee)
    assert [(s.author, s.from_child, s.pictures) for s in view.statements] == [
        ("child", False, True), ("child", False, False),
    ]  # fmt: skip
    assert view.facts.writer == "child"
    assert view.facts.age == 8
    assert view.child.stands is None
    sleep = next(n for n in view.understandings[0].needs if n.id == "sleep")
    assert sleep.evidence[0].statement == 1


def test_an_older_child_alone_gets_the_first_page(browser):
    browser.get("/barn")
    page = browser.send("/barn", age="14")
    assert 'href="/"' in page.html
    assert browser.get("/").status == 200


def test_who_has_written_as_a_grown_up_and_goes_to_barn_hands_the_phone_over(parent):
    parent.get("/barn")
    page = parent.send("/barn", age="8")
    assert PARENTS not in page.html
    assert parent.get("/").path == "/barn"


# --- With a code -----------------------------------------------------------------------------------------------


@pytest.fixture
def case_id(session, vault, clock, new_case):
    new = new_case(
        writer="parent", about="my_child", age=8, statements=(("parent", PARENTS),), understanding=None
    )
    return send_case(session, vault, clock, new).case_id


@pytest.fixture
def code(session, vault, clock, case_id):
    return invite_child(session, vault, clock, case_id).child.invitation.code


def tell_with(browser, text=CHILDS):
    small_way(browser, text, face="good")
    return browser.send("/barn/se", done="1")


@pytest.mark.parametrize("way", ["link", "code"])
def test_the_child_tells_on_another_device(browser, session, vault, clock, employee, case_id, code, way):
    if way == "link":
        page = browser.get(f"/barn/{code}")
    else:
        browser.get("/barn/kode")
        page = browser.send("/barn/kode", code=f"{code[:5].lower()} {code[5:]}")
    assert page.path == "/barn"
    page = tell_with(browser)
    assert page.path == "/barn/ferdig"
    assert "Det er sendt." in page.text
    view = read_case(session, vault, clock, case_id, employee)
    assert [s.text for s in view.statements if s.from_child] == ["Jeg valgte ansiktet: glad.", CHILDS]
    # Once.
    assert "Denne koden virker ikke." in browser.get(f"/barn/{code}").text
    assert browser.get("/sak").path == "/svar"
    for address in browser.addresses:
        assert case_id not in address


def test_opening_does_not_use_it_up(browser_of, app, browser, code):
    for _ in range(3):
        assert browser.get(f"/barn/{code}").path == "/barn"
    assert browser_of(app).get(f"/barn/{code}").path == "/barn"


@pytest.mark.parametrize("what", ["wrong", "old", "withdrawn", "used", "elsewhere"])
def test_a_code_that_does_not_work_says_the_same_whatever_is_wrong(
    make_app, session, vault, clock, case_id, code, browser_of, what
):
    app = make_app(municipalities=("fjordvik", "lauvdal"))
    browser = browser_of(app)
    path = f"/barn/{code}"
    if what == "wrong":
        path = "/barn/" + code[::-1] if code != code[::-1] else "/barn/AAAAAAAAAA"
    elif what == "old":
        clock.move(days=14)
    elif what == "withdrawn":
        withdraw_child_invitation(session, vault, clock, case_id)
    elif what == "used":
        browser.get(path)
        tell_with(browser)
    else:
        path = f"/lauvdal{path}"
    page = browser.get(path + "?lang=nb")
    assert page.status == 422
    assert "Denne koden virker ikke. Den kan være gammel, brukt opp eller skrevet feil." in page.text
    assert code not in page.html


def test_guessing_is_slowed(browser, code):
    browser.get("/barn/kode")
    for _ in range(6):
        browser.send("/barn/kode", code="ABCDEFGHJK")
    page = browser.send("/barn/kode", code=code)
    assert page.status == 429
    assert "Vent 1 sekund og prøv igjen." in page.text
    assert browser.get(f"/barn/{code}").status == 429


def test_withdrawn_while_the_child_tells_its_words_are_not_lost(
    browser, session, vault, clock, case_id, code
):
    browser.get(f"/barn/{code}")
    small_way(browser, CHILDS, face="sad")
    withdraw_child_invitation(session, vault, clock, case_id)
    page = browser.send("/barn/se", done="1")
    assert page.path == "/send"
    assert page.value("words-1") == CHILDS
    assert not [s for s in view_for_person(session, vault, clock, case_id).statements if s.from_child]


# --- What who writes sees --------------------------------------------------------------------------------------


@pytest.fixture
def opened(browser, session, vault, clock, new_case):
    """The return page of a parent, in the browser."""
    new = new_case(
        writer="parent", about="my_child", age=8, statements=(("parent", PARENTS),), understanding=None
    )
    browser.case_id = send_case(session, vault, clock, new).case_id
    browser.get("/svar")
    assert browser.send("/svar", code=new.return_code).path == "/sak"
    return browser


def test_the_return_page_makes_a_code_shows_it_and_takes_it_back(opened, session, vault, clock):
    assert "La barnet fortelle" in opened.page.text
    opened.get("/barn/voksen?fra=case")
    page = opened.send("/barn/voksen", fra="case", do="invite")
    code = view_for_person(session, vault, clock, opened.case_id).child.invitation.code
    assert f"{code[:5]} {code[5:]}" in page.text
    assert f"http://localhost:8000/barn/{code}" in page.text
    assert "Det finnes en kode til barnet." in opened.get("/sak").text
    opened.get("/barn/voksen?fra=case")
    page = opened.send("/barn/voksen", fra="case", do="withdraw")
    assert code not in page.html
    assert "Barnet ble invitert til å fortelle." in opened.get("/sak").text


def test_the_return_page_says_that_the_child_has_told_and_no_more(
    opened, session, vault, clock, browser_of, app
):
    code = invite_child(session, vault, clock, opened.case_id).child.invitation.code
    other = browser_of(app)
    other.get(f"/barn/{code}")
    small_way(other, CHILDS, face="very-sad", hurt="yes")
    other.send("/barn/se", done="1")
    for path in ("/sak", "/barn/voksen?fra=case", "/sak/slett", "/akutt"):
        page = opened.get(path)
        assert page.status == 200
        assert CHILDS not in page.html
        assert "veldig lei meg" not in page.html
        assert "vondt" not in page.text
        assert 'class="danger"' not in page.html.split("<h1")[0]
    page = opened.get("/sak")
    assert "Barnet har fortalt, fredag 20. november." in page.text
    assert PARENTS in page.html


def test_handed_over_from_the_return_page_it_goes_into_the_case(opened, session, vault, clock, employee):
    hands_over(opened, "case")
    page = opened.get("/sak")
    assert page.path == "/barn"
    assert PARENTS not in page.html
    tell_with(opened)
    assert opened.page.path == "/barn/ferdig"
    page = opened.get("/sak")
    assert PARENTS in page.html
    assert CHILDS not in page.html
    assert "Barnet har fortalt" in page.text
    view = read_case(session, vault, clock, opened.case_id, employee)
    assert view.statements[-1].text == CHILDS


def test_what_the_child_lets_them_read_is_shown_apart(opened):
    hands_over(opened, "case")
    small_way(opened, CHILDS, face="good")
    opened.send("/barn/se", share="y", done="1")
    opened.send("/barn/slutt")
    page = opened.get("/sak")
    assert CHILDS in page.html
    assert "Det barnet lar deg lese" in page.text
    assert "Valgt med bilder." in page.text


@pytest.mark.parametrize(
    ("reason", "text"), [("too_small", ""), ("other", "Han er på leir med <b>klassen</b>")]
)
def test_why_not(opened, session, vault, clock, employee, reason, text):
    opened.get("/barn/voksen?fra=case")
    page = opened.send("/barn/voksen", fra="case", do="why", reason=reason, text=text)
    assert "Grunnen er lagret." in page.text
    why = read_case(session, vault, clock, opened.case_id, employee).child.not_asked
    assert (why.reason, why.text) == (reason, text)


def test_why_not_before_sending_goes_along(parent, session, vault, clock, employee):
    parent.get("/barn/voksen?fra=send")
    page = parent.send("/barn/voksen", fra="send", do="why", reason="not_safe")
    assert page.chosen("reason") == ["not_safe"]
    parent.get("/send")
    sends(parent)
    assert read_case(session, vault, clock, newest(session), employee).child.not_asked.reason == "not_safe"


def test_a_reason_that_says_nothing_is_asked_about_and_stays(opened):
    opened.get("/barn/voksen?fra=case")
    page = opened.send("/barn/voksen", fra="case", do="why", text="halv tekst")
    assert page.status == 422
    assert "Velg en av grunnene først." in page.text
    assert page.value("text") == "halv tekst"
    page = opened.send("/barn/voksen", fra="case", do="why", reason="other", text=" ")
    assert "Skriv hvorfor, med noen få ord." in page.text
    page = opened.send("/barn/voksen", fra="case", do="why", reason="other", text="y" * 1001)
    assert (page.status, page.value("text"), page.chosen("reason")) == (422, "y" * 1001, ["other"])


def test_the_receipt_invites_too(parent, session, vault, clock, employee):
    parent.get("/send")
    page = sends(parent)
    assert "Barnet kan fortelle på sin egen måte" in page.text
    hands_over(parent, "receipt")
    assert parent.get("/kvittering").path == "/barn"
    tell_with(parent)
    page = parent.get("/kvittering")
    assert CHILDS not in page.html
    assert page.path == "/kvittering"
    assert [s.text for s in read_case(session, vault, clock, newest(session), employee).statements][
        -1
    ] == CHILDS


@pytest.mark.parametrize("changes", [{"about": "self", "writer": "youth", "age": "15"}, {"age": "19"}])
def test_who_does_not_write_about_a_child_is_not_invited(browser, changes):
    browser.tell("Jeg sover ikke")
    fields = {"about": "my_child", "writer": "parent", **changes}
    browser.send("/send", way="code", go="tell", **fields)
    assert "La barnet fortelle" not in browser.get("/send").text


# --- The pages themselves --------------------------------------------------------------------------------------


def test_every_picture_has_a_name_beside_it_and_is_hidden_itself(browser):
    browser.get("/barn")
    browser.send("/barn", age="7")
    for step in child.STEPS[:-1]:
        page = browser.get(f"/barn/steg/{step.id}")
        drawings = re.findall(r"<svg class=\"drawn\".*?</svg>", page.html, re.DOTALL)
        assert len(drawings) == len(step.choices)
        assert len(set(drawings)) == len(drawings), "two pictures are alike"
        assert all('aria-hidden="true"' in one and "<path" in one for one in drawings)
        for choice in step.choices:
            with browser.client.application.test_request_context("/?lang=nb"):
                assert str(choice.label) in page.text


def test_long_and_expired_texts_stay_in_the_field(browser):
    browser.get("/barn")
    browser.send("/barn", age="7")
    browser.get("/barn/steg/words")
    page = browser.send("/barn/steg/words", text="y" * 4001)
    assert (page.status, page.value("text")) == (422, "y" * 4001)
    browser.client.application.config["WTF_CSRF_TIME_LIMIT"] = None
    page = browser._took(browser.client.post("/barn/steg/words", data={"text": CHILDS, "csrf_token": "no"}))
    assert (page.status, page.value("text")) == (400, CHILDS)


def test_after_two_hours_the_phone_is_the_grown_ups_again(parent, clock):
    hands_over(parent)
    small_way(parent, CHILDS)
    clock.move(hours=2)
    page = parent.get("/send")
    assert page.path == "/send"
    assert CHILDS not in page.html


def test_unknown_ages_and_steps_lead_back(browser):
    browser.get("/barn")
    assert browser.send("/barn", age="99").path == "/barn"
    assert browser.get("/barn/steg/face").path == "/barn"
    browser.send("/barn", age="8")
    assert browser.get("/barn/steg/nothing").path == "/barn"
    assert browser.get("/barn/steg/face").path == "/barn/steg/face"


# --- It hangs on the grown-up no longer --------------------------------------------------------------------------


def words_of(page):
    """The five words on the child's last page."""
    return " ".join(
        re.findall(r"<li>([^<]+)</li>", page.html.split('<ol class="code">')[1].split("</ol>")[0])
    )


@pytest.mark.parametrize("wishes", [True, False])
def test_the_child_can_send_at_once_and_the_writer_is_not_told(
    parent, session, vault, clock, employee, browser_of, app, wishes
):
    hands_over(parent)
    page = small_way(parent, CHILDS, face="sad")
    assert "Vil du sende det nå?" in page.text
    page = parent.send("/barn/se", alone="1", **({"code": "y"} if wishes else {}))
    assert page.path == "/barn/ferdig"
    assert "Det er sendt." in page.text
    childs = newest(session)
    view = read_case(session, vault, clock, childs, employee)
    assert [(s.author, s.text) for s in view.statements][1] == ("child", CHILDS)
    assert (view.facts.writer, view.facts.age, view.contact.way) == ("child", 8, "code")
    if wishes:
        other = browser_of(app)
        other.get("/svar")
        assert other.send("/svar", code=words_of(page)).path == "/sak"
        assert CHILDS in other.page.html
    else:
        assert '<ol class="code">' not in page.html
    # As long as the child has the phone there is nothing else; then the grown-up's pages, as if it waited.
    assert parent.get("/send").path == "/barn/ferdig"
    parent.get("/barn/ferdig")
    page = parent.send("/barn/slutt")
    assert "Gi telefonen tilbake til den voksne." in page.text
    assert '<ol class="code">' not in page.html
    parent.get("/send")
    assert "Barnet har fortalt. De som leser dette, leser det også." in parent.page.text
    page = sends(parent)
    assert "Det barnet fortalte, er sendt også." in page.text
    session.expire_all()
    parents = session.query(Case).filter(Case.id != childs).one().id
    mine = view_for_person(session, vault, clock, parents)
    assert CHILDS not in repr(mine)
    assert view.reference not in repr(mine)
    assert len(mine.child.told_on) == 1
    theirs = read_case(session, vault, clock, parents, employee)
    assert theirs.child.alone == ((childs, view.reference),)
    assert theirs.child.stands == "told"


def test_what_waits_and_what_is_sent_alone_look_the_same_to_who_writes(app, browser_of):
    pages = []
    for how in ("done", "alone"):
        browser = browser_of(app)
        browser.tell(f"Sønnen min på 8 år sover ikke. {PARENTS}")
        browser.send("/send", about="my_child", age="8", writer="parent", way="code", go="tell")
        hands_over(browser)
        small_way(browser, CHILDS)
        browser.send("/barn/se", **{how: "1"})
        if how == "alone":
            browser.get("/barn/ferdig")
            browser.send("/barn/slutt")
        seen = [browser.page.text, browser.get("/barn/voksen?fra=send").text, browser.get("/send").text]
        seen.append(re.sub(r"(?s)Skriv ned disse.*?Nobody|Skriv ned disse.*?Ingen", "", sends(browser).text))
        pages.append(seen)
    assert pages[0] == pages[1]


@pytest.mark.parametrize(("text", "hurt"), [("jeg vil ta livet mitt", ""), ("", "yes")])
def test_danger_waits_for_nobody_even_when_the_grown_up_closes_the_page(
    parent, session, vault, clock, employee, text, hurt
):
    hands_over(parent)
    page = small_way(parent, text, hurt=hurt)
    assert "Det blir sendt med en gang du trykker Send" in page.text
    assert page.chosen("share") == []
    page = parent.send("/barn/se", done="1")
    assert page.path == "/barn/ferdig"
    top = page.html.split("<h1")[0]
    assert 'class="danger"' in top, "the numbers stay as long as the child has the phone"
    assert 'href="tel:116111"' in top
    page = parent.send("/barn/slutt")
    assert 'class="danger"' not in page.html.split("<h1")[0]
    # «Back» asks for the page once more: it does not know any more, and says nothing of what was told.
    page = parent.get("/barn/ferdig")
    assert "Denne siden er ferdig" in page.text
    assert "Ingenting er fortalt" not in page.text
    assert "slettet" not in page.text
    assert 'href="tel:116111"' in page.html.split("</h1>")[1]
    assert 'href="tel:112"' in page.html.split("</h1>")[1]
    parent.send("/avslutt")
    assert session.query(DraftRow).count() == 0
    view = read_case(session, vault, clock, newest(session), employee)
    assert view.urgency == "acute"
    assert view.statements[-1].text == (text or "Noen gjør meg vondt.")


def test_the_numbers_stay_with_a_code_too(browser, code):
    browser.get(f"/barn/{code}")
    small_way(browser, hurt="yes")
    page = browser.send("/barn/se", done="1")
    assert page.path == "/barn/ferdig"
    assert 'class="danger"' in page.html.split("<h1")[0]
    assert "Før du gir" not in page.text
    assert browser.get("/barn/steg/face").path == "/barn/ferdig"
    browser.send("/barn/slutt")
    assert browser.get("/barn").path == "/barn"


# --- Taking back that they can read it at home -------------------------------------------------------------------


def test_the_code_of_an_invitation_takes_it_back_and_does_nothing_else(
    browser, session, vault, clock, case_id, code
):
    browser.get(f"/barn/{code}")
    small_way(browser, CHILDS)
    browser.send("/barn/se", share="y", done="1")
    assert CHILDS in [one.text for one in view_for_person(session, vault, clock, case_id).statements]
    page = browser.get(f"/barn/{code}")
    assert page.path == "/barn/angre"
    assert CHILDS not in page.html
    for path in ("/barn", "/barn/forst", "/barn/steg/face", "/barn/se", "/", "/stemme", "/sak"):
        assert browser.get(path).path in ("/barn/angre", "/svar"), path
    browser.get("/barn/angre")
    page = browser.send("/barn/angre")
    assert "Det er tatt tilbake." in page.text
    view = view_for_person(session, vault, clock, case_id)
    assert CHILDS not in [one.text for one in view.statements]
    assert "home_withdrawn" not in [line.action for line in view.log]
    browser.send("/barn/slutt")
    assert "Denne koden virker ikke." in browser.get(f"/barn/{code}").text


def test_with_a_phone_that_was_handed_over_the_child_gets_a_code_to_take_it_back(
    parent, session, vault, clock, browser_of, app
):
    hands_over(parent)
    small_way(parent, CHILDS)
    page = parent.send("/barn/se", share="y", done="1")
    assert page.path == "/barn/ferdig"
    own = "".join(re.search(r'invitation-code">(\w{5}) (\w{5})<', page.html).groups())
    page = parent.send("/barn/slutt")
    assert own[:5] not in page.html
    other = browser_of(app)
    other.get("/barn/kode")
    assert other.send("/barn/kode", code=own).status == 422, "it waits still"
    parent.get("/send")
    sends(parent)
    case = newest(session)
    assert CHILDS in repr(view_for_person(session, vault, clock, case))
    assert other.send("/barn/kode", code=own.lower()).path == "/barn/angre"
    other.send("/barn/angre")
    assert CHILDS not in repr(view_for_person(session, vault, clock, case))


def test_before_it_is_sent_it_is_taken_back_on_the_same_phone(parent, session, vault, clock):
    hands_over(parent)
    small_way(parent, CHILDS)
    parent.send("/barn/se", share="y", done="1")
    parent.send("/barn/slutt")
    page = hands_over(parent)
    assert "/barn/angre" in page.html
    parent.get("/barn/angre")
    parent.send("/barn/angre")
    parent.send("/barn/slutt")
    parent.get("/send")
    sends(parent)
    assert CHILDS not in repr(view_for_person(session, vault, clock, newest(session)))


def test_on_a_shared_device_the_childs_pages_say_nothing_of_it(parent):
    parent.get("/trygt-nettvett")
    parent.send("/delt-enhet", **{"from": "safe", "shared": "yes"})
    hands_over(parent)
    page = parent.send("/barn", age="8")
    assert "Andre bruker også denne" not in page.text
    assert "data-session" in page.html, "the script asks in time still"
