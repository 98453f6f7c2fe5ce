"""The case page and what an employee does there, against a real database."""

from __future__ import annotations

import html
import logging
import re

import pytest

from tests.conftest import MARKED
from web.cases import name_contact, open_with_code, read_case, set_status, view_for_person, write_message
from web.cases.types import Evidence, NeedFound, UnderstandingData


def _section(page: str, heading: str) -> str:
    """The text of the part of the page with this heading's id."""
    found = re.search(rf'<section[^>]*aria-labelledby="{heading}".*?</section>', page, re.DOTALL)
    assert found, heading
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", found[0])).split())


@pytest.fixture
def view_of(session, vault, clock):
    """The case as the person sees it now."""
    return lambda receipt: view_for_person(session, vault, clock, receipt.case_id)


# --- Reading --------------------------------------------------------------------------------------------------


def test_own_words_come_first_and_whole(desk, send):
    long = "Eg orkar ikkje meir.\n\n  Og så dette: " + "ord " * 900 + "slutt."
    receipt = send(statements=(("youth", long),), understanding=None)
    page = desk.get(f"/staff/sak/{receipt.case_id}")
    words = re.search(r"<blockquote[^>]*>(.*?)</blockquote>", page, re.DOTALL)[1]
    assert html.unescape(words) == long
    assert 'lang="nn"' in re.search(r"<blockquote[^>]*>", page)[0]
    assert page.index("<blockquote") < page.index('id="forstatt"') < page.index('id="tjenester"')
    assert page.index('id="tjenester"') < page.index('id="meldinger"') < page.index('id="logg"')


def test_the_child_is_heard_before_the_grown_up(desk, send):
    receipt = send(statements=(("parent", "Mor skriver."), ("child", "Barnet skriver.")), understanding=None)
    page = desk.get(f"/staff/sak/{receipt.case_id}")
    assert page.index("Barnet skriver.") < page.index("Mor skriver.")


def test_words_are_text_and_nothing_else(desk, send):
    receipt = send(
        statements=(("youth", "<script>x</script> & <b>fet</b>"),), hope="<img src=x>", understanding=None
    )
    page = desk.get(f"/staff/sak/{receipt.case_id}")
    assert "<script>x" not in page
    assert "<b>fet" not in page
    assert "<img" not in page
    assert "&lt;script&gt;x&lt;/script&gt; &amp; &lt;b&gt;fet&lt;/b&gt;" in page


def test_marks_leave_the_words_as_they_are_and_evidence_out_of_bounds_marks_nothing(desk, send):
    text = "Dei ler av meg. Eg søv ikkje."
    understanding = UnderstandingData(
        "nn",
        (
            NeedFound("bullying", 0.93, (Evidence(0, 0, 15), Evidence(0, 4, 9))),
            NeedFound("sleep", 0.6, (Evidence(0, 16, 29), Evidence(0, 20, 400), Evidence(7, 0, 3))),
            NeedFound("anxiety", 0.3),
        ),
    )
    receipt = send(statements=(("youth", text),), understanding=understanding, needs=("bullying", "sleep"))
    page = desk.get(f"/staff/sak/{receipt.case_id}")
    words = re.search(r"<blockquote[^>]*>(.*?)</blockquote>", page, re.DOTALL)[1]
    assert html.unescape(re.sub(r"</?mark[^>]*>", "", words)) == text
    assert words.count("<mark") == 4
    section = _section(page, "forstatt")
    for line in ("maskinen: sikker", "maskinen: trolig", "maskinen: usikker", "personen lot det stå"):
        assert line in section
    assert "<q>Eg søv ikkje.</q>" in page
    for anchor in re.findall(r'href="#(ord-[^"]+)"', page):
        assert f'id="{anchor}"' in page
    assert "%" not in section
    assert "0.9" not in section
    assert "et menneske avgjør" in section


def test_the_persons_own_corrections_stand_beside_the_suggestion(desk, send):
    section = _section(desk.get(f"/staff/sak/{send().case_id}"), "forstatt")
    assert re.search(r"Nedstemthet og depresjon maskinen: trolig\s+personen tok det bort", section)
    assert re.search(r"Ensomhet\S*( og \S+)? personen la det til", section)


def test_what_else_was_told_and_how_to_reach_the_person(desk, send):
    receipt = send(
        safe_now="no", about="self", way="phone", details="900 00 000", safe_times=None, may_know=("friend",),
        services=("helsestasjon", "ppt"), consents={"helsestasjon": True, "ppt": False},
    )  # fmt: skip
    page = desk.get(f"/staff/sak/{receipt.case_id}")
    assert "Nei, personen sier at det ikke er trygt nå" in _section(page, "om")
    assert "14 år" in _section(page, "om")
    reach = _section(page, "naa")
    for words in (
        "900 00 000",
        "Ikke legg igjen beskjed",
        "ikke sagt når det er trygt",
        "Ikke ta kontakt med foreldrene",
        "en venn",
    ):
        assert words in reach
    assert 'href="tel:90000000"' in page
    services = _section(page, "tjenester")
    assert re.search(r"Helsestasjon \S+ Får lese saken. Personen sa ja", services)
    assert "Får ikke lese saken. Spør personen før du deler noe." in services


def test_parents_who_may_know_are_not_warned_about(desk, send):
    reach = _section(desk.get(f"/staff/sak/{send(may_know=('parents',)).case_id}"), "naa")
    assert "Ikke ta kontakt med foreldrene" not in reach
    assert "foreldrene" in reach


def test_an_acute_case_shows_numbers_and_what_to_do_first(desk, send):
    page = desk.get(f"/staff/sak/{send(acute_kinds=('suicide',)).case_id}")
    assert 'href="tel:113"' in page
    first = _section(page, "forst")
    assert "Ring 112 eller 113 selv" in first
    assert "tanker om selvmord" in first
    assert "følg lista «Gjør dette først»" in desk.text
    assert 'id="forst"' not in desk.get(f"/staff/sak/{send(acute_kinds=()).case_id}")


def test_reading_is_logged_once_and_the_person_sees_it(desk, send, view_of, clock):
    receipt = send()
    for _ in range(3):
        desk.get(f"/staff/sak/{receipt.case_id}")
    clock.move(minutes=6)
    desk.get(f"/staff/sak/{receipt.case_id}")
    readers = [(line.actor_name, line.actor_kind) for line in view_of(receipt).readers]
    assert readers == [("Maja Vik", "employee")] * 2
    assert "Maja Vik på Familiens hus leste saken." in _section(desk.page, "logg")


def test_reading_marks_the_persons_messages_as_read(desk, send, session, vault, clock, view_of):
    receipt = send()
    write_message(session, vault, clock, receipt.case_id, "Er det noen der?")
    assert view_of(receipt).messages[0].read_at is None
    assert "Er det noen der?" in desk.get(f"/staff/sak/{receipt.case_id}")
    assert view_of(receipt).messages[0].read_at is not None


@pytest.mark.parametrize("which", ["elsewhere", "deleted", "nonsense"])
def test_cases_that_are_not_here(desk, send, session, vault, clock, which):
    from web.cases import delete_case

    case_id = send(municipality="langtvekkistan" if which == "elsewhere" else "fjordvik").case_id
    desk.get("/staff/")
    if which == "deleted":
        delete_case(session, vault, clock, case_id)
    case_id = "ikke-en-sak" if which == "nonsense" else case_id
    token = desk.hidden("csrf_token")
    assert "Denne saken finnes ikke her" in desk.get(f"/staff/sak/{case_id}")
    assert desk.status == 404
    assert MARKED not in desk.page
    for form in ("behov", "ansvar/ta", "ansvar/spor", "melding", "status", "hastegrad"):
        fields = {"csrf_token": token, "version": "1", "needs": "sleep", "text": "hei", "status": "closed"}
        fields |= {"outcome": "withdrawn", "urgency": "acute", "person": "other", "name": "X", "unit": "Y"}
        assert desk.client.post(f"/staff/sak/{case_id}/{form}", data=fields).status_code == 404
    if which == "elsewhere":
        view = view_for_person(session, vault, clock, case_id)
        assert [line.action for line in view.log] == ["sent"]
        assert not view.messages


def test_the_case_in_both_languages(desk, send):
    receipt = send(acute_kinds=("violence",))
    nb = desk.get(f"/staff/sak/{receipt.case_id}?lang=nb")
    assert "Med personens egne ord" in nb
    assert "Personen skriver nynorsk. Svar på nynorsk." in nb
    nn = desk.get(f"/staff/sak/{receipt.case_id}?lang=nn")
    assert "Personen sine eigne ord" in nn
    assert "maskina: truleg" in _section(nn, "forstatt")
    assert "Forslag frå maskina – eit menneske avgjer." in html.unescape(nn)
    assert "Svar på bokmål" in desk.get(f"/staff/sak/{send(language='nb').case_id}?lang=nb")


# --- Acting ---------------------------------------------------------------------------------------------------


def test_confirming_needs_keeps_the_suggestion_beside(desk, send, view_of):
    receipt = send()
    page = desk.get(f"/staff/sak/{receipt.case_id}")
    checked = set(re.findall(r'name="needs" value="(\w+)"[^>]* checked', page))
    assert checked == {"bullying", "loneliness"}
    desk.change(receipt.case_id, "behov", needs=["bullying", "sleep"])
    assert "Det saken gjelder, er lagret." in desk.text
    view = view_of(receipt)
    assert view.needs == ("bullying", "sleep")
    assert [u.source for u in view.understandings] == ["assistant", "person", "employee"]
    assert {need.id for need in view.assistant_understanding.needs} == {"bullying", "low_mood"}
    section = _section(desk.page, "forstatt")
    assert "✓ bekreftet" in section
    assert "Maja Vik gikk gjennom dette" in section
    assert "maskinen: sikker" in section
    assert "Maja Vik gikk gjennom" in _section(desk.page, "logg")


@pytest.mark.parametrize("needs", [[], ["no_such_need"]])
def test_needs_must_be_some_that_exist(desk, send, view_of, needs):
    receipt = send()
    desk.get(f"/staff/sak/{receipt.case_id}")
    desk.change(receipt.case_id, "behov", needs=needs)
    assert desk.status == 422
    assert "Velg minst ett." in desk.text
    assert view_of(receipt).needs == ("bullying", "loneliness")


def test_a_message_reaches_the_person_with_allowed_formatting_only(desk, send, session, vault, clock):
    from web.cases import codes

    code = codes.new_code("nn")
    receipt = send(return_code=code)
    desk.get(f"/staff/sak/{receipt.case_id}")
    text = (
        "Hei. <strong>Torsdag</strong> kl. 14.\n\n<script>alert(1)</script>"
        '<a href="javascript:alert(2)" onclick="x()">her</a> <a href="https://www.ung.no">ung.no</a>'
    )
    desk.change(receipt.case_id, "melding", text=text)
    assert "Meldingen er sendt." in desk.text
    bubble = re.search(r'<li class="bubble mine">.*?</li>', desk.page, re.DOTALL)[0]
    assert "<strong>Torsdag</strong>" in bubble
    assert '<a href="https://www.ung.no">ung.no</a>' in bubble
    assert "<script" not in bubble
    assert "&lt;script&gt;" in bubble
    assert "javascript:" not in bubble
    assert "onclick" not in bubble
    assert "ikke lest ennå" in bubble
    opened = open_with_code(session, vault, clock, code)
    view = view_for_person(session, vault, clock, opened.id)
    assert view.messages[0].text == text
    assert view.messages[0].author_name == "Maja Vik"
    assert view.waiting_since is None
    assert "lest av personen" in desk.get(f"/staff/sak/{receipt.case_id}")


def test_the_persons_messages_are_text(desk, send, session, vault, clock):
    receipt = send()
    write_message(session, vault, clock, receipt.case_id, "<strong>hei</strong>")
    page = desk.get(f"/staff/sak/{receipt.case_id}")
    assert "&lt;strong&gt;hei&lt;/strong&gt;" in page


def test_a_message_can_be_looked_at_before_it_is_sent(desk, send, view_of):
    receipt = send()
    desk.get(f"/staff/sak/{receipt.case_id}")
    desk.change(receipt.case_id, "melding", text="Hei <em>du</em>", preview="1")
    assert desk.status == 200
    preview = re.search(r'<div class="staff-preview".*?</div>', desk.page, re.DOTALL)[0]
    assert "<p>Hei <em>du</em></p>" in preview
    assert "&lt;em&gt;du&lt;/em&gt;</textarea>" in desk.page
    assert not view_of(receipt).messages


@pytest.mark.parametrize(("text", "told"), [("  ", "Skriv meldingen først."), ("å" * 4001, "for lang")])
def test_an_empty_or_endless_message_is_refused_and_kept(desk, send, view_of, text, told):
    receipt = send()
    desk.get(f"/staff/sak/{receipt.case_id}")
    desk.change(receipt.case_id, "melding", text=text)
    assert desk.status == 422
    assert told in desk.text
    assert f"{text}</textarea>" in desk.page
    assert not view_of(receipt).messages


def test_a_case_is_closed_with_an_outcome_only(desk, send, view_of):
    receipt = send()
    desk.get(f"/staff/sak/{receipt.case_id}")
    desk.change(receipt.case_id, "status", status="closed")
    assert desk.status == 422
    assert "Velg hvordan det gikk, før du avslutter saken." in desk.text
    assert view_of(receipt).status == "new"
    desk.change(receipt.case_id, "status", status="closed", outcome="moved_on")
    assert "Statusen er lagret." in desk.text
    view = view_of(receipt)
    assert (view.status, view.outcome) == ("closed", "moved_on")
    desk.change(receipt.case_id, "status", status="in_progress", outcome="moved_on")
    view = view_of(receipt)
    assert (view.status, view.outcome) == ("in_progress", None)


@pytest.mark.parametrize(("form", "field"), [("status", "status"), ("hastegrad", "urgency")])
def test_values_that_do_not_exist_are_refused(desk, send, form, field):
    receipt = send()
    desk.get(f"/staff/sak/{receipt.case_id}")
    desk.change(receipt.case_id, form, **{field: "whatever"})
    assert desk.status == 422


def test_a_person_decides_how_urgent_it_is(desk, send, view_of):
    receipt = send(acute_kinds=("violence",))
    desk.get(f"/staff/sak/{receipt.case_id}")
    desk.change(receipt.case_id, "hastegrad", urgency="normal")
    view = view_of(receipt)
    assert view.urgency == "normal"
    assert view.acute_kinds == ("violence",)
    assert "Maja Vik merket saken som ikke akutt." in _section(desk.page, "logg")


@pytest.mark.parametrize(
    ("form", "fields", "kept"),
    [
        (
            "melding",
            {"text": "Hei, dette tok lang tid å skrive."},
            "Hei, dette tok lang tid å skrive.</textarea>",
        ),
        ("behov", {"needs": ["sleep"]}, 'value="sleep" id="behov-sleep" checked'),
        (
            "status",
            {"status": "waiting_for_person"},
            'value="waiting_for_person" checked|checked[^>]*value="waiting_for_person"',
        ),
        ("hastegrad", {"urgency": "acute"}, 'checked[^>]*value="acute"'),
    ],
)
def test_a_change_by_somebody_else_is_told_and_nothing_is_lost(
    open_desk, send, session, vault, clock, colleagues, form, fields, kept
):
    receipt = send()
    desk = open_desk()
    desk.get(f"/staff/sak/{receipt.case_id}")
    ola = colleagues["ola"].ref()
    name_contact(session, vault, clock, receipt.case_id, ola, ola.id, ola.name, ola.unit)
    desk.change(receipt.case_id, form, **fields)
    assert desk.status == 409
    assert "Saken er endret siden du åpnet den." in desk.text
    assert "Ola Berge tok saken og er nå kontaktperson." in desk.text
    assert re.search(kept if "|" in kept or "[" in kept else re.escape(kept), desk.page)
    assert view_for_person(session, vault, clock, receipt.case_id).contact_person_name == "Ola Berge"
    # The page shows the newest version now: the same once more is saved.
    desk.change(receipt.case_id, form, **fields)
    assert desk.status == 200
    assert "gjort=" in desk.redirected_to


def test_new_words_from_the_person_are_told_before_an_answer_goes_out(
    desk, send, session, vault, clock, view_of
):
    receipt = send()
    desk.get(f"/staff/sak/{receipt.case_id}")
    write_message(session, vault, clock, receipt.case_id, "Nei, vent. Ikke ring.")
    desk.change(receipt.case_id, "melding", text="Jeg ringer deg i morgen.")
    assert desk.status == 409
    assert "Nei, vent. Ikke ring." in desk.text
    assert [message.from_person for message in view_of(receipt).messages] == [True]


@pytest.mark.parametrize("version", ["", "abc", "-1", "9" * 30, "٣"])
def test_a_form_without_a_real_version_changes_nothing(desk, send, view_of, version):
    receipt = send()
    desk.get(f"/staff/sak/{receipt.case_id}")
    desk.change(receipt.case_id, "hastegrad", version=version, urgency="acute")
    assert desk.status == 409
    assert view_of(receipt).urgency == "normal"


def test_what_was_written_survives_an_expired_form(desk, send, view_of):
    receipt = send()
    desk.get(f"/staff/sak/{receipt.case_id}")
    version = desk.hidden("version")
    page = desk.post(
        f"/staff/sak/{receipt.case_id}/melding",
        token=False,
        csrf_token="old",
        version=version,
        text="Hei du.",
    )
    assert desk.status == 400
    assert "Hei du.</textarea>" in page
    assert not view_of(receipt).messages
    desk.change(receipt.case_id, "melding", text="Hei du.")
    assert view_of(receipt).messages[0].text == "Hei du."


def test_what_was_written_survives_the_end_of_the_session(desk, send, clock, view_of):
    from tests.web.staff.conftest import PASSWORD

    receipt = send()
    desk.get(f"/staff/sak/{receipt.case_id}")
    version, seen = desk.hidden("version"), desk.hidden("seen")
    clock.move(hours=1)
    desk.change(receipt.case_id, "melding", text='Hei "du" <der>.')
    assert desk.status == 403
    assert "Du ble logget ut mens du skrev." in desk.text
    assert "Sak " not in desk.page
    kept = {
        "kept_path": desk.hidden("kept_path"),
        "version": version,
        "seen": seen,
        "text": 'Hei "du" <der>.',
    }
    desk.post("/staff/logg-inn", username="maja", password="feil passord", **kept)
    assert "Hei &#34;du&#34; &lt;der&gt;." in desk.page
    desk.post("/staff/logg-inn", username="maja", password=PASSWORD, **kept)
    assert desk.status == 200
    assert "Hei &#34;du&#34; &lt;der&gt;.</textarea>" in desk.page
    assert not view_of(receipt).messages
    desk.post(kept["kept_path"], version=version, seen=seen, text=kept["text"])
    assert desk.status == 200
    assert view_of(receipt).messages[0].text == kept["text"]


@pytest.mark.parametrize(
    "path", ["https://evil.example/x", "/staff/passord", "/sak", "//evil.example", "/staff/sak/x"]
)
def test_a_kept_form_goes_back_to_a_case_and_nowhere_else(app, colleagues, path):
    from tests.web.staff.conftest import PASSWORD, Desk

    desk = Desk(app.test_client())
    desk.get("/staff/logg-inn")
    desk.post("/staff/logg-inn", username="maja", password=PASSWORD, kept_path=path, text="noe")
    assert desk.redirected_to.endswith("/staff/")


def test_a_form_from_elsewhere_is_not_kept(client, send):
    answer = client.post(f"/staff/sak/{send().case_id}/melding", data={"text": "Send dette"})
    assert answer.status_code == 303
    assert answer.headers["Location"].endswith("/staff/logg-inn")


def test_no_words_in_logs_cookies_or_addresses(open_desk, send, session, vault, clock, caplog, view_of):
    caplog.set_level(logging.DEBUG)
    receipt = send()
    desk = open_desk()
    desk.get(f"/staff/sak/{receipt.case_id}")
    assert MARKED in html.unescape(desk.page)
    desk.change(receipt.case_id, "melding", text=f"Svar. {MARKED}")
    desk.change(receipt.case_id, "melding", text=f"{MARKED}" * 200)
    set_status(session, vault, clock, receipt.case_id, _ref(session), "closed", "got_help")
    desk.change(receipt.case_id, "melding", text=f"{MARKED} en gang til")
    assert desk.status == 409
    assert MARKED not in caplog.text
    assert MARKED not in desk.redirected_to
    for header, value in desk.answer.headers:
        assert MARKED not in value, header
    assert desk.answer.headers["Cache-Control"] == "no-store"


def _ref(session):
    from sqlalchemy import select

    from web.staff.models import Employee

    return session.scalar(select(Employee).where(Employee.username == "ola")).ref()


def test_the_log_at_the_desk_is_the_log_of_the_person(desk, send, session, vault, clock, colleagues):
    receipt = send()
    desk.get(f"/staff/sak/{receipt.case_id}")
    desk.change(receipt.case_id, "status", status="in_progress")
    shown = re.findall(r"<li><span class=\"quiet\">[^<]*</span> ([^<]*)</li>", desk.page)
    view = read_case(session, vault, clock, receipt.case_id, colleagues["maja"].ref())
    assert len(shown) == len(view.log)


def test_every_page_has_one_heading_a_language_and_labels(desk, send):
    case_id = send(acute_kinds=("suicide",)).case_id
    for path in ("/staff/", f"/staff/sak/{case_id}", "/staff/passord", "/staff/sak/x"):
        page = desk.get(path)
        assert page.count("<h1") == 1, path
        assert '<html lang="nb"' in page
        assert "style=" not in page
        assert "onclick" not in page
        ids = re.findall(r'\sid="([^"]+)"', page)
        assert len(ids) == len(set(ids)), path
        labels = set(re.findall(r'<label[^>]*for="([^"]+)"', page))
        for tag in re.findall(r"<(?:input|textarea|select)[^>]*>", page):
            if 'type="hidden"' not in tag:
                assert re.search(r'id="([^"]+)"', tag)[1] in labels, tag
        for described in re.findall(r'aria-describedby="([^"]+)"', page):
            assert set(described.split()) <= set(ids)


def test_whether_help_came_stands_on_the_case_and_in_the_queue(desk, send, session, vault, clock):
    from web.cases import answer_helped

    receipt = send(needs_removed=())
    set_status(session, vault, clock, receipt.case_id, _maja(session), "closed", "got_help")
    clock.move(days=14)
    answer_helped(session, vault, clock, receipt.case_id, "two_weeks", "no", "Ingen ringte <b>meg</b>")
    desk.log_in()
    page = desk.get("/staff/?vis=uten-hjelp")
    assert "Fikk ikke hjelp" in page
    assert receipt.reference in page
    desk.get(f"/staff/sak/{receipt.case_id}")
    assert "Fikk personen hjelp?" in desk.text
    assert "Nei Etter to uker" in desk.text
    assert "Ingen ringte &lt;b&gt;meg&lt;/b&gt;" in desk.page
    desk.change(receipt.case_id, "melding", text="Jeg ringer deg i dag.")
    assert (
        receipt.reference not in desk.get("/staff/?vis=uten-hjelp").split("<table")[-1].split("</table>")[0]
    )


def _maja(session):
    from sqlalchemy import select

    from web.staff.models import Employee

    return session.scalar(select(Employee).where(Employee.username == "maja")).ref()
