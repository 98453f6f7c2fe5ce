"""Writing in a case: templates, the look at the language, files, notes; and what a leader sees of it."""

from __future__ import annotations

import html
import io
import re

import pytest
from pypdf import PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

from tests.web.staff.conftest import PASSWORD, Desk
from web.cases import attachments, notes
from web.cases.types import ChildStatement, ChildTold, UnderstandingData

SECRET = "Mor verkar redd i telefonen"


def pdf(*, script: bool = False) -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    if script:
        action = {"/S": NameObject("/JavaScript"), "/JS": TextStringObject("app.alert(1)")}
        writer._root_object[NameObject("/OpenAction")] = DictionaryObject(
            {NameObject(name): value for name, value in action.items()}
        )
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def typed(desk, name="text") -> str:
    """What stands in a field of the open page."""
    found = re.search(rf'<textarea[^>]*name="{name}"[^>]*>(.*?)</textarea>', desk.page, re.DOTALL)
    assert found
    return html.unescape(found[1])


@pytest.fixture
def case(desk, send):
    case_id = send().case_id
    desk.get(f"/staff/sak/{case_id}")
    return case_id


@pytest.fixture
def leader(app, session, colleagues):
    from web.staff.models import create_employee

    who, _ = create_employee(session, "fjordvik", "lisa", "Lisa Leder", "", ["leader"])
    who.set_password(PASSWORD)
    session.commit()
    return Desk(app.test_client()).log_in("lisa")


@pytest.fixture
def read(session, vault, clock, colleagues):
    from web.cases import read_case

    def view(case_id):
        session.expire_all()
        return read_case(session, vault, clock, case_id, colleagues["maja"].ref())

    return view


# --- Templates and the look at the language -----------------------------------------------------------------


def test_a_template_comes_in_the_persons_language_after_what_is_typed(desk, case, read):
    assert "Første svar" in desk.page
    desk.change(case, "melding", text="Kjære du.", template="first_answer", insert="1")
    assert desk.status == 200
    assert typed(desk).startswith("Kjære du.\n\nHei. Eg heiter Maja Vik, og eg arbeider på Familiehuset.")
    assert read(case).messages == ()


def test_a_template_in_bokmal(desk, send):
    case = send(language="nb").case_id
    desk.get(f"/staff/sak/{case}")
    desk.change(case, "melding", text="", template="first_answer", insert="1")
    assert typed(desk).startswith("Hei. Jeg heter Maja Vik, og jeg jobber på")


def test_no_template_chosen_changes_nothing(desk, case):
    desk.change(case, "melding", text="Kjære du.", template="", insert="1")
    assert typed(desk) == "Kjære du."


def test_a_template_with_holes_is_not_sent(desk, case, read):
    desk.change(case, "melding", text="Kan vi møtast [dag] klokka tre?")
    assert desk.status == 422
    assert "Fyll ut det som står i klammer, først: [dag]" in desk.text
    assert typed(desk) == "Kan vi møtast [dag] klokka tre?"
    desk.change(case, "melding", text="Kan vi møtast tysdag klokka tre? [eg ringjer]")
    assert read(case).messages[-1].text == "Kan vi møtast tysdag klokka tre? [eg ringjer]"


def test_the_look_at_the_language_stops_nothing(desk, case, read):
    desk.change(case, "melding", text="Jeg ringer ikke i uken. Vedrørende møtet: i morgon.", check="1")
    assert desk.status == 200
    for hint in ("jeg → eg", "ikke → ikkje", "uken → veka", "vedrørende → om", "Disse ordene er bokmål"):
        assert hint in desk.text
    assert read(case).messages == ()
    desk.change(case, "melding", text="Jeg ringer ikke i uken.")
    assert read(case).messages[-1].text == "Jeg ringer ikke i uken."


def test_the_look_finds_nothing_to_mention(desk, case):
    desk.get(f"/staff/sak/{case}?lang=nn")
    desk.change(case, "melding", text="Eg ringjer deg i morgon.", check="1")
    assert "Ingenting å nemne" in desk.text


def test_looking_first_does_not_hide_that_the_person_wrote_more(desk, case, session, vault, clock):
    from web.cases import write_message

    seen = {"version": desk.hidden("version"), "seen": desk.hidden("seen")}
    write_message(session, vault, clock, case, "Nei, ring ikkje!")
    desk.post(f"/staff/sak/{case}/melding", text="Eg ringjer.", check="1", **seen)
    desk.change(case, "melding", text="Eg ringjer.", **{
        name: re.findall(rf'name="{name}" value="([^"]*)"', desk.page.split('id="skjema-message"')[1])[0]
        for name in ("version", "seen")
    })  # fmt: skip
    assert desk.status == 409
    assert "Nei, ring ikkje!" in desk.text


# --- Files ---------------------------------------------------------------------------------------------------


def post_file(desk, case, content, name="x.pdf", *, text="", about="Kart", **more):
    fields = {
        "version": desk.hidden("version"),
        "seen": desk.hidden("seen"),
        "text": text,
        "about": about,
        "file": (io.BytesIO(content), name),
    }
    return desk.post(f"/staff/sak/{case}/melding", **{**fields, **more})


def test_a_file_goes_with_the_message(desk, case, read):
    post_file(desk, case, pdf(), text="Her er kartet.")
    message = read(case).messages[-1]
    assert [(one.name, one.about) for one in message.attachments] == [("vedlegg-1.pdf", "Kart")]
    assert "Kart (PDF" in desk.text
    answer = desk.client.get(f"/staff/sak/{case}/vedlegg/{message.attachments[0].id}")
    assert answer.data == pdf()
    assert answer.headers["Content-Disposition"] == "attachment; filename=vedlegg-1.pdf"
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_file_waits_while_the_message_is_looked_at(desk, case, read, session, vault, colleagues):
    post_file(desk, case, pdf(), text="Hei.", attach="1")
    assert "Følger med meldingen når du sender den: Kart" in desk.text
    assert typed(desk) == "Hei."
    desk.change(case, "melding", text="Hei.", preview="1")
    assert "Kart (PDF" in desk.text
    desk.change(case, "melding", text="")  # an error loses it neither
    assert desk.status == 422
    (waits,) = attachments.waiting(session, vault, case, colleagues["maja"].ref())
    desk.change(case, "melding", text="Hei.", drop=waits.id)
    assert "Kart (PDF" not in desk.text
    desk.change(case, "melding", text="Hei.")
    assert read(case).messages[-1].attachments == ()


@pytest.mark.parametrize(
    ("content", "name", "says"),
    [
        (b"MZ program", "bilde.jpg", "Filen er verken PDF, JPEG eller PNG"),
        (b"%PDF-1.7 nei", "brev.pdf", "Filen kan ikke leses"),
        (pdf(script=True), "brev.pdf", "PDF-en har skript"),
        (b"%PDF-" * 1000, "stor.pdf", "Filen er for stor"),
    ],
)
def test_a_file_that_is_refused_says_why_and_keeps_the_text(
    desk, case, read, content, name, says, monkeypatch
):
    monkeypatch.setattr("web.staff.writing.MOST_BYTES", 2000)
    post_file(desk, case, content, name, text="Her er kartet.")
    assert desk.status == 422
    assert says in desk.text
    assert typed(desk) == "Her er kartet."
    assert read(case).messages == ()


def test_a_file_needs_words_for_who_cannot_see_it(desk, case, read):
    post_file(desk, case, pdf(), text="Hei.", about=" ")
    assert desk.status == 422
    assert "Skriv hva filen er" in desk.text
    assert read(case).messages == ()


def test_a_file_of_another_case_is_not_there(desk, case, read, send):
    post_file(desk, case, pdf(), text="Hei.")
    file = read(case).messages[-1].attachments[0].id
    assert desk.client.get(f"/staff/sak/{send().case_id}/vedlegg/{file}").status_code == 404
    assert desk.client.get(f"/staff/sak/{case}/vedlegg/nei").status_code == 404


def test_a_file_with_a_case_that_is_gone(desk, case, session, vault, clock):
    from web.cases import delete_case

    fields = {"version": desk.hidden("version"), "seen": desk.hidden("seen")}
    delete_case(session, vault, clock, case)
    desk.post(f"/staff/sak/{case}/melding", text="Hei", about="Kart", file=(io.BytesIO(pdf()), "x"), **fields)
    assert desk.status == 404


# --- Notes ---------------------------------------------------------------------------------------------------


def test_a_note_is_written_corrected_and_struck_out(desk, case, session, vault, colleagues, open_desk):
    desk.change(case, "notat", note=SECRET)
    assert "Notatet er lagret" in desk.text
    assert "Bare dere som jobber her, ser dette." in desk.text
    assert "be om innsyn" in desk.text
    (one,) = notes.notes_of(session, vault, case, colleagues["maja"].ref())
    desk.change(case, "notat", note="Mor er roleg.", replaces=one.id)
    assert f"<s>{SECRET}</s>" in desk.page
    newest = next(one for one in notes.notes_of(session, vault, case, colleagues["maja"].ref()) if one.stands)
    desk.change(case, "notat/stryk", struck=newest.id)
    assert "<s>Mor er roleg.</s>" in desk.page
    colleague = open_desk("ola")
    colleague.get(f"/staff/sak/{case}")
    assert f"<s>{SECRET}</s>" in colleague.page
    assert "Rett eller stryk" not in colleague.text


def test_an_empty_or_endless_note_comes_back(desk, case):
    desk.change(case, "notat", note=" ")
    assert desk.status == 422
    assert "Skriv notatet først." in desk.text
    desk.change(case, "notat", note="å" * 4001)
    assert desk.status == 422
    assert typed(desk, "note") == "å" * 4001


def test_a_note_that_was_corrected_in_another_window_loses_nothing(
    desk, case, session, vault, clock, colleagues
):
    maja = colleagues["maja"].ref()
    notes.write_note(session, vault, clock, case, maja, SECRET)
    (one,) = notes.notes_of(session, vault, case, maja)
    notes.strike_note(session, vault, clock, case, maja, one.id)
    desk.change(case, "notat", note="Mi retting", replaces=one.id)
    assert desk.status == 409 or "Mi retting" in desk.page
    desk.change(case, "notat/stryk", struck=one.id)
    assert desk.status == 409


def test_another_cannot_change_a_note(desk, case, session, vault, clock, colleagues):
    ola = colleagues["ola"].ref()
    notes.write_note(session, vault, clock, case, ola, SECRET)
    (one,) = notes.notes_of(session, vault, case, ola)
    desk.change(case, "notat/stryk", struck=one.id)
    desk.change(case, "notat", note="Nei", replaces=one.id)
    assert [one.text for one in notes.notes_of(session, vault, case, ola)] == [SECRET]


def test_a_note_survives_the_end_of_the_session(desk, case, app):
    fields = {
        "version": desk.hidden("version"),
        "seen": desk.hidden("seen"),
        "csrf_token": desk.hidden("csrf_token"),
    }
    with desk.client.session_transaction() as kept:
        token = {name: value for name, value in kept.items() if "csrf" in name}
        kept.clear()
        kept.update(token)
    desk.post(f"/staff/sak/{case}/notat", token=False, note=SECRET, **fields)
    assert desk.status == 403
    assert SECRET in desk.page
    desk.post(
        "/staff/logg-inn",
        username="maja",
        password=PASSWORD,
        kept_path=f"/staff/sak/{case}/notat",
        note=SECRET,
    )
    assert typed(desk, "note") == SECRET
    assert "Internt notat" in desk.text


# --- A leader reads ------------------------------------------------------------------------------------------


def test_a_leader_sees_the_case_and_no_form_that_is_refused(
    leader, case, app, session, vault, clock, colleagues
):
    from web.security.access import mark_of
    from web.staff.rights import MATRIX

    notes.write_note(session, vault, clock, case, colleagues["maja"].ref(), SECRET)
    leader.get(f"/staff/sak/{case}")
    assert leader.status == 200
    assert SECRET in leader.page
    assert "Du kan lese saken." in leader.text
    actions = set(re.findall(r'<form method="post"[^>]* action="([^"?]+)', leader.page))
    assert actions  # at least the way out
    urls = app.url_map.bind("localhost")
    for action in actions:
        endpoint, _values = urls.match(action, method="POST")
        right = mark_of(app, endpoint).right
        assert right is None or right in MATRIX["leader"], action


def test_a_leader_is_refused_behind_the_form_too(leader, case):
    leader.get(f"/staff/sak/{case}")
    for form in ("melding", "notat", "notat/stryk", "behov", "status", "hastegrad", "ringt"):
        leader.post(f"/staff/sak/{case}/{form}", text="Hei", note="Hei", status="closed")
        assert leader.status == 403
        leader.get(f"/staff/sak/{case}")


# --- Beside the words ----------------------------------------------------------------------------------------


def understood(language="nb", kinds=()):
    return UnderstandingData(language, (), tuple(kinds), 0.9 if kinds else 0.0)


@pytest.mark.parametrize(
    ("answer", "kinds", "says", "not_said"),
    [
        ("skipped", ("violence",), "Spurt, ikke svart. Teksten er merket som akutt.", "Ikke spurt"),
        ("not_asked", (), "Ikke spurt", "merket som akutt"),
        ("unknown", (), "Vet ikke", "Ikke spurt"),
        ("yes", ("violence",), "Ja, personen sier at", "merket som akutt"),
    ],
)
def test_what_stands_beside_safe_now(desk, send, answer, kinds, says, not_said):
    case = send(safe_now=answer, understanding=understood(kinds=kinds)).case_id
    desk.get(f"/staff/sak/{case}")
    assert f"Trygg nå? {says}" in desk.text
    assert not_said not in desk.text.split("Trygg nå?")[1][:120]


def test_whose_answer_it_is_when_child_and_parent_have_answered(desk, send, session, vault, clock):
    from web.cases import child_tells

    case = send(writer="parent", about="my_child", safe_now="yes").case_id
    told = ChildTold(
        "key-of-a-telling-1", "child", "nb", (ChildStatement("Pappa slår"),),
        understanding=understood(kinds=("violence",)),
    )  # fmt: skip
    child_tells(session, vault, clock, case, told)
    desk.get(f"/staff/sak/{case}")
    assert "Forelder: Ja, personen sier at" in desk.text
    assert "Barnet: Spurt, ikke svart. Teksten er merket som akutt." in desk.text


def test_another_language_asks_for_an_interpreter_first(desk, send):
    case = send(understanding=understood("other")).case_id
    desk.get(f"/staff/sak/{case}")
    assert "Bestill tolk før du ringer." in desk.text
    desk.get(f"/staff/sak/{send().case_id}")
    assert "Bestill tolk" not in desk.text


@pytest.fixture
def view_for(session, vault, clock):
    from web.cases import view_for_person

    return lambda case_id: view_for_person(session, vault, clock, case_id)


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("nb", "Fyll inn det som er merket, før du sender den."),
        ("nn", "Fyll inn det som er merkt, før du sender ho."),
    ],
)
def test_what_is_not_filled_in_is_marked_in_the_preview_and_stops_only_the_sending(
    desk, send, view_for, language, says
):
    from web.staff.message_templates import templates

    case_id = send().case_id
    text = templates()["more"].text["nb"].replace("{me}", "Maja")
    assert "<" not in text
    desk.get(f"/staff/sak/{case_id}?lang={language}")
    desk.change(case_id, "melding", text=text, preview="1")
    assert desk.status == 200
    preview = re.search(r'<div class="staff-preview".*?</div>', desk.page, re.DOTALL)[0]
    assert "<ul><li><mark>[Spørsmål 1]</mark></li>" in preview
    assert "&lt;li" not in preview
    assert says in preview
    desk.change(case_id, "melding", text=text, send="1")
    assert desk.status == 422
    assert view_for(case_id).messages == ()
    whole = text.replace("[Spørsmål 1]", "Hvor bor du?").replace("[Spørsmål 2]", "[min egen] klamme?")
    desk.change(case_id, "melding", text=whole, preview="1")
    assert "<mark>" not in desk.page[desk.page.index("staff-preview") :][:2000]
    desk.change(case_id, "melding", text=whole, send="1")
    assert desk.status == 200
    assert len(view_for(case_id).messages) == 1


def test_no_template_shows_marks_that_a_person_would_see(desk):
    from web.staff.message_templates import templates

    assert not [one.id for one in templates().values() for text in one.text.values() if "<" in text]
