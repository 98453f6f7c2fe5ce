"""The first page: what is kept, what is shown, and what never gets lost."""

from __future__ import annotations

import re

import pytest

from web.cases import codes
from web.citizen import drafts


def draft_of(app, browser):
    """The draft as the portal has it."""
    from web import current
    from web.db import session_scope

    with app.app_context(), session_scope(app) as session:
        with browser.client.session_transaction() as cookie:
            token = cookie.get("draft fjordvik")
        return drafts.load(session, current.vault(), current.clock(), token)


def test_the_first_screen_asks_one_thing(browser):
    page = browser.get("/")
    assert "Hva skjer? Skriv det med dine egne ord." in page.text
    assert "Du trenger ikke si hvem du er. Ingenting blir sendt før du velger det selv." in page.text
    assert "Du skriver med en datamaskin. Et menneske leser når du sender." in page.text
    assert [area["name"] for area in page.outline.all("textarea")] == ["text"]
    assert "X-Robots-Tag" not in page.headers
    assert "draft" not in "".join(browser.cookies)


def test_what_is_told_is_kept_and_shown_with_quick_replies(app, browser):
    page = browser.tell("Jeg blir mobba på skolen\r\nhver dag")
    assert page.path == "/"
    assert "Jeg blir mobba på skolen hver dag" in page.text
    assert page.value("text") == ""
    assert "/answer" in next(b["value"] for b in page.outline.all("button") if b.get("name") == "payload")
    draft = draft_of(app, browser)
    assert [text for _, text in draft.statements] == ["Jeg blir mobba på skolen\nhver dag"]
    assert draft.needs == ["bullying"]


def test_a_quick_reply_is_an_answer_and_what_stands_in_the_field_stays(app, browser):
    browser.tell("Jeg blir mobba")
    page = browser.send("/", text="halv tek", payload='/answer{"safe_now": "yes"}')
    assert page.value("text") == "halv tek"
    draft = draft_of(app, browser)
    assert draft.safe_now == "yes"
    assert len(draft.statements) == 1
    assert not [b for b in page.outline.all("button") if b.get("name") == "payload"]


def test_a_button_that_was_not_shown_is_not_one(app, browser, peer):
    browser.tell("Jeg blir mobba")
    browser.send("/", payload='/answer{"about": "friend"}')
    assert len(peer.seen) == 1
    assert draft_of(app, browser).about is None


@pytest.mark.parametrize(
    ("text", "kept"), [("hei", False), ("nei", False), ("takk", False), ("kan jeg snakke med noen?", False)]
)
def test_words_that_only_steer_are_not_own_words(app, browser, text, kept):
    browser.tell("Jeg blir mobba")
    browser.tell(text)
    assert (text in [told for _, told in draft_of(app, browser).statements]) is kept


@pytest.mark.parametrize(
    ("text", "kept"), [("kanskje helsesykepleier", True), ("15", False), ("ja, eg er på skulen no", True)]
)
def test_an_answer_that_says_more_than_was_asked_is_sent(app, browser, text, kept):
    browser.tell("Jeg blir mobba")
    browser.tell(text)
    assert (text in [told for _, told in draft_of(app, browser).statements]) is kept
    assert browser.get("/send").value("words-1") == (text if kept else None)


def test_an_age_in_the_wrong_place_is_the_age(app, browser):
    browser.tell("Jeg blir mobba")
    browser.tell("15")
    draft = draft_of(app, browser)
    assert (draft.age, len(draft.statements)) == (15, 1)


def test_the_assistant_is_told_whether_something_has_been_told(browser, peer):
    for text in ("hei", "søke om garasje", "Jeg blir mobba", "søke om garasje"):
        browser.tell(text)
    assert [body["told"] for body in peer.seen] == [False, False, False, True]


def test_words_that_came_while_the_assistant_was_down_are_told_too(browser, peer):
    peer.status = 500
    browser.tell("Jeg blir mobba")
    peer.status = 200
    browser.tell("søke om garasje")
    assert peer.seen[-1]["told"] is True


def test_on_an_english_page_the_answers_are_in_english(app, browser, peer):
    browser.get("/?lang=en")
    page = browser.tell("my boy has no friends")
    assert peer.seen[-1]["language"] == "en"
    assert 'lang="en"' not in page.html.split('id="conversation"')[1]
    assert "The computer answers in this language, but does not understand all of it." in page.text
    assert draft_of(app, browser).language == "nb"


def test_with_the_offer_of_an_interpreter_stands_the_number_to_ring_once(browser):
    browser.tell("my boy has no friends")
    talk = browser.tell("my boy is sad").html.split('id="conversation"')[1].split('id="answer"')[0]
    assert talk.count('href="tel:00000010"') == 1
    assert talk.index('href="tel:00000010"') < talk.index("Er du trygg der du er nå?")


def test_english_answers_on_a_norwegian_page_say_what_language_they_are_in(app, browser, peer):
    peer.in_english = True
    page = browser.tell("my boy has no friends")
    assert page.outline.all("html")[0]["lang"] == "nb"
    bubble = next(one for one in page.outline.all("div") if "theirs" in (one.get("class") or ""))
    assert bubble["lang"] == "en"
    assert all(b["lang"] == "en" for b in page.outline.all("button") if b.get("name") == "payload")
    assert draft_of(app, browser).language == "nb"


def test_a_long_text_is_own_words_whatever_it_is_taken_for(app, browser):
    long = "takk " + "for at noen hører på meg når ingen andre gjør det " * 4
    browser.tell(long)
    assert draft_of(app, browser).statements[0][1] == long


def test_thanks_with_something_told_in_it_is_kept(app, browser):
    browser.tell("takk, men jeg blir mobba")
    assert draft_of(app, browser).needs == ["bullying"]
    assert len(draft_of(app, browser).statements) == 1


def test_the_answer_about_hope_is_own_words_too(app, browser):
    browser.tell("jeg håper de slutter")
    draft = draft_of(app, browser)
    assert draft.hope == "jeg håper de slutter"
    assert draft.statements[0][1] == "jeg håper de slutter"


def test_age_told_in_a_sentence_makes_the_words_a_childs(app, browser):
    browser.tell("jeg er 11 og blir mobba")
    draft = draft_of(app, browser)
    assert (draft.age, draft.about) == (11, "self")


@pytest.mark.parametrize(
    ("text", "says"),
    [("", "Skriv noe først."), ("  \r\n ", "Skriv noe først."), ("x" * 4001, "Teksten er for lang.")],
)
def test_a_text_that_cannot_be_taken_stays_in_the_field(browser, peer, text, says):
    page = browser.tell(text)
    assert page.status == 422
    assert says in page.text
    assert page.value("text").strip() == text.strip()
    assert not peer.seen


def test_four_thousand_characters_are_fine_also_with_line_breaks(app, browser):
    text = ("å" * 99 + "\r\n") * 40
    assert browser.tell(text).status == 200
    assert len(draft_of(app, browser).statements[0][1]) == 4000


def test_html_is_shown_as_text_everywhere(browser):
    nasty = "<script>alert(1)</script> mobb <img src=x onerror=alert(2)> \"'&"
    for page in (browser.tell(nasty), browser.get("/forstatt"), browser.get("/hjelp"), browser.get("/send")):
        assert "<script>alert" not in page.html
        assert "<img" not in page.html
    assert "<script>alert(1)</script>" in browser.get("/forstatt").text


def test_danger_is_answered_with_numbers_to_press_and_stays_in_sight(app, browser):
    page = browser.tell("i kveld har jeg tenkt å ta livet mitt")
    assert 'role="alert"' in page.html
    assert '<a class="ds-link number" href="tel:113">113</a>' in page.html
    assert draft_of(app, browser).acute_kinds == ["suicide"]
    for path in ("/forstatt", "/hjelp", "/send"):
        assert 'href="tel:113"' in browser.get(path).html.split("<h1")[0]
    page = browser.tell("jeg vet ikke")
    assert 'href="tel:113"' in page.html.split('id="answer"')[1]


def test_the_return_code_does_not_belong_in_the_conversation(browser, peer):
    page = browser.tell(codes.new_code("nn").upper())
    assert page.status == 422
    assert "fem ordene dine" in page.text
    assert any(link.get("href") == "/svar" for link in page.outline.all("a"))
    assert not peer.seen


def test_five_ordinary_words_are_not_a_code(browser):
    assert browser.tell("jeg orker ikke dette mer").status == 200


def test_starting_again_empties_everything(app, browser, peer):
    browser.tell("Jeg blir mobba")
    before = draft_of(app, browser).conversation
    page = browser.tell("start på nytt")
    after = draft_of(app, browser)
    assert (after.statements, after.needs) == ([], [])
    assert after.conversation != before
    assert "mobba" not in page.text
    assert peer.forgotten == [before]


def test_asking_for_a_person_shows_the_phone_of_the_contact_point(browser):
    page = browser.tell("kan jeg snakke med noen?")
    assert 'href="tel:00000010"' in page.html.split('id="conversation"')[1]


@pytest.mark.parametrize(
    ("asked", "told"),
    [("når får jeg svar?", True), ("hvem er det som svarer?", True), ("hvem leser?", False)],
)
def test_asking_who_answers_names_them_and_the_day(browser, asked, told):
    page = browser.tell(asked)
    assert (
        re.search(r"Det er .+ som svarer deg\. Sender du nå, får du svar innen \w+dag", page.text) is not None
    ) is told


def test_asking_for_nynorsk_changes_the_page(browser):
    page = browser.tell("skriv nynorsk")
    assert page.outline.all("html")[0]["lang"] == "nn"
    assert "Gå vidare" in page.text


def test_switching_language_keeps_the_page_and_the_text(app, browser):
    browser.tell("Jeg blir mobba")
    page = browser.send("/", text="ikke ferdig", switch_language="nn")
    assert page.outline.all("html")[0]["lang"] == "nn"
    assert page.value("text") == "ikke ferdig"
    assert 'lang="nb"' in page.html.split('id="conversation"')[1]
    assert len(draft_of(app, browser).statements) == 1


def test_going_on_takes_along_what_stands_in_the_field(app, browser):
    page = browser.send("/", text="Jeg sover ikke", go_on="1")
    assert page.path == "/forstatt"
    assert draft_of(app, browser).statements[0][1] == "Jeg sover ikke"
    assert browser.send("/", text="", go_on="1").path == "/forstatt"


def test_the_same_words_pressed_twice_are_one_turn(app, browser, peer):
    browser.tell("Jeg blir mobba", turn="0")
    browser.tell("Jeg blir mobba", turn="0")
    assert len(draft_of(app, browser).statements) == 1
    assert len(peer.seen) == 1


def test_an_expired_form_keeps_the_text(browser, peer):
    response = browser.client.post("/", data={"text": "lang tekst", "csrf_token": "old"})
    assert response.status_code == 400
    assert "lang tekst</textarea>" in response.text
    assert not peer.seen


def test_too_many_turns_in_a_minute_are_slowed_and_keep_the_text(browser):
    browser.tell("Jeg blir mobba")
    pages = [browser.tell(f"mer {n}") for n in range(45)]
    assert pages[0].status == 200
    assert pages[-1].status == 429
    assert pages[-1].value("text") == "mer 44"


@pytest.mark.parametrize("how", ["down", "slow", "nonsense"])
def test_without_the_assistant_the_text_is_kept_and_topics_are_offered(app, browser, peer, how):
    if how == "slow":
        peer.delay = 1.3
    else:
        peer.status = 500
    page = browser.tell("Jeg blir mobba")
    assert (
        "Jeg får ikke til å lese teksten akkurat nå. Du kan sende den likevel, så leser et menneske den."
        in page.text
    )
    assert [text for _, text in draft_of(app, browser).statements] == ["Jeg blir mobba"]
    # nobody has read it, so it may be danger: whom to ring stands open on the page, not behind «Er det akutt?»
    warning = page.html.split('<p class="danger">', 1)[1].split("</p>")[0]
    assert 'href="tel:112"' in warning
    assert 'href="tel:113"' in warning
    assert len(page.outline.all("details")) >= 8
    page = browser.send("/", topics=["bullying", "nonsense"], topics_shown="1", go_on="1")
    assert page.path == "/forstatt"
    assert "Mobbing eller å bli holdt utenfor" in page.text
    assert draft_of(app, browser).needs == ["bullying"]
    peer.delay, peer.status = 0.0, 200
    assert "Du kan velge hva det handler om" not in browser.tell("mer").text


def test_topics_and_words_are_taken_along_by_whichever_button(app, browser, peer):
    peer.status = 500
    browser.tell("Jeg blir mobba")
    page = browser.tell("og mer til", topics=["loneliness"], topics_shown="1")
    assert page.chosen("topics") == ["loneliness"]
    page = browser.send("/", text="enda mer", topics=["sleep"], topics_shown="1", go_on="1")
    assert page.path == "/forstatt"
    draft = draft_of(app, browser)
    assert draft.needs == ["sleep"]
    assert [text for _, text in draft.statements] == ["Jeg blir mobba", "og mer til", "enda mer"]


def test_topics_alone_can_be_sent(browser):
    browser.send("/", topics=["loneliness"], topics_shown="1", go_on="1")
    assert browser.get("/send").status == 200
    assert browser.send("/send").path == "/kvittering"


def test_the_way_out_forgets_everything(app, browser, peer, engine):
    browser.tell("Jeg blir mobba")
    conversation = draft_of(app, browser).conversation
    response = browser.client.post("/avslutt", data={"csrf_token": browser.token})
    assert response.status_code == 303
    step = browser.get(response.headers["Location"])
    assert step.headers["Refresh"] == "0; url=/ut?videre=1"
    page = browser.get("/ut?videre=1")
    assert page.headers["Refresh"] == "0; url=https://www.yr.no"
    assert "Set-Cookie" in page.headers, "a changed cookie makes browsers let go of what they kept for «back»"
    assert peer.forgotten == [conversation]
    with browser.client.session_transaction() as cookie:
        assert set(cookie) == {"language", "left"}
    with engine.connect() as connection:
        assert connection.exec_driver_sql("select count(*) from drafts").scalar() == 0
    assert "mobba" not in browser.get("/").text
