"""What a row of the queue and the head of a case say: why, by when, about what, and what to do next."""

from __future__ import annotations

import html
import re

import pytest

from web.cases import (
    add_recording,
    answer_share,
    name_contact,
    read_case,
    set_urgency,
    share_with,
    view_for_person,
    write_message,
)
from web.cases.sharing_types import NewShare
from web.staff.models import create_employee

MOTHERS, CHILDS = "Han vil ikke på skolen.", "Jeg er redd når det blir kveld."


def rows(page: str) -> dict[str, str]:
    """The text of each row, by reference."""
    found = {}
    for row in re.findall(r"<tr data-case.*?</tr>", page, re.DOTALL):
        reference = re.search(r'whole-row" href="[^"]*">(\w+)<', row)[1]
        found[reference] = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", row)).split())
    return found


@pytest.fixture
def row(desk):
    return lambda receipt, lang="nb": rows(desk.get(f"/staff/?lang={lang}"))[receipt.reference]


def test_a_row_says_about_what_in_their_own_words_and_what_to_do_next(desk, send, row, colleagues, session):
    receipt = send(statements=(("youth", "Dei ler av meg <i>kvar</i> dag. " + "Og meir. " * 40),))
    text = row(receipt)
    assert "Ungdom: Dei ler av meg <i>kvar</i> dag. Og meir." in text
    assert "…" in text
    assert "· Ensomhet" in text
    assert "Les saken" in text
    assert "Les saka" in row(receipt, "nn")
    desk.get(f"/staff/sak/{receipt.case_id}")
    assert "Finn en kontaktperson, og svar" in desk.get(f"/staff/sak/{receipt.case_id}?lang=nb")


def test_an_acute_row_has_a_reason_and_a_promise_of_its_own_until_it_is_answered(
    desk, send, row, session, vault, clock, colleagues
):
    receipt = send(safe_now="no")
    assert "Svarte at det ikke er trygt nå." in row(receipt)
    assert "Les nå, innen 23. november kl. 08:15" in row(receipt)
    assert "Les no, innan 23. november kl. 08:15" in row(receipt, "nn")
    clock.move(days=2, hours=9)  # Monday at 08.40
    desk.log_in()
    assert "Skulle vært lest innen kl. 08:15" in row(receipt)
    assert receipt.reference in rows(desk.get("/staff/?vis=over-fristen"))
    page = desk.get(f"/staff/sak/{receipt.case_id}")
    assert "Svar innen kl. 11:00" in page
    write_message(session, vault, clock, receipt.case_id, "Jeg ringer nå.", colleagues["maja"].ref())
    assert "innen kl." not in row(receipt)
    assert receipt.reference not in rows(desk.get("/staff/?vis=over-fristen"))


def test_an_acute_case_is_not_done_with_one_answer(send, row, session, vault, clock, colleagues):
    receipt = send(acute_kinds=("violence",))
    maja = colleagues["maja"].ref()
    read_case(session, vault, clock, receipt.case_id, maja)
    write_message(session, vault, clock, receipt.case_id, "Er du trygg nå?", maja)
    assert "Se til at personen er trygg" in row(receipt)
    set_urgency(session, vault, clock, receipt.case_id, maja, "normal")
    assert "Se til at personen er trygg" not in row(receipt)


def test_what_an_employee_has_decided_is_said_as_that(send, row, session, vault, clock, colleagues):
    receipt = send()
    set_urgency(session, vault, clock, receipt.case_id, colleagues["ola"].ref(), "acute")
    assert "En ansatt har bestemt det." in row(receipt)


def test_sound_that_nobody_has_heard_stands_until_somebody_listens(desk, send, row, session, vault, clock):
    receipt = send()
    view = add_recording(session, vault, clock, receipt.case_id, "a" * 32, "youth", b"mp3" * 500, 12.0)
    path = f"/staff/sak/{receipt.case_id}"
    desk.get(path)
    assert "Lyd som ingen har hørt" in row(receipt)
    assert "Hør det ingen har hørt" in row(receipt)
    assert "Lyd som ingen har hørt" in desk.get(path)
    desk.get(f"{path}/lyd/{view.recordings[0].id}")
    assert "ingen har hørt" not in row(receipt)
    assert "1 lydopptak" in row(receipt)


def test_a_service_that_answers_is_no_message(desk, send, row, session, vault, clock, colleagues):
    receipt = send(services=("helsesykepleier",), consents={"helsesykepleier": True})
    maja = colleagues["maja"].ref()
    share_with(session, vault, clock, receipt.case_id, maja, NewShare("helsesykepleier", ("words",)))
    read_case(session, vault, clock, receipt.case_id, maja)
    clock.move(minutes=1)
    answer_share(
        session, vault, clock, receipt.case_id, colleagues["ola"].ref(), "helsesykepleier", "waiting", "Kø."
    )
    assert "1 tjeneste har svart" in row(receipt)
    assert "ny melding" not in row(receipt)
    clock.move(minutes=1)
    write_message(session, vault, clock, receipt.case_id, "Hallo?")
    assert "1 ny melding, 1 tjeneste har svart" in row(receipt)


@pytest.fixture
def mother_and_child(send):
    """A mother's case, and the acute one that her child sent by itself from her phone."""
    child = send(
        writer="child", age=8, hurt="yes", statements=(("child", CHILDS),), acute_kinds=("violence",)
    )
    mother = send(
        writer="parent",
        about="my_child",
        age=8,
        statements=(("parent", MOTHERS),),
        child_alone=((child.case_id, child.reference),),
    )
    return mother, child


def test_the_mothers_row_says_that_the_childs_own_case_is_acute(desk, mother_and_child, row):
    mother, child = mother_and_child
    assert f"Barnets egen sak er akutt: {child.reference}" in row(mother)
    assert "Barnet svarte ja på «Er det noen som gjør deg vondt?»" in row(child)
    assert f"Saka til barnet sjølv er akutt: {child.reference}" in row(mother, "nn")


def test_who_may_not_read_the_childs_case_and_who_wrote_are_not_told(
    open_desk, mother_and_child, session, vault, clock, colleagues
):
    mother, child = mother_and_child
    kari, _ = create_employee(session, "fjordvik", "kari", "Kari Lie", "PPT", ("contact_person",))
    kari.set_password("fire rare ord på rad")
    session.commit()
    name_contact(session, vault, clock, mother.case_id, colleagues["maja"].ref(), kari.id, kari.name)
    kari_desk = open_desk("kari")
    text = rows(kari_desk.get("/staff/"))[mother.reference]
    assert MOTHERS in text
    assert child.reference not in text
    assert "akutt" not in text.replace("Ikke akutt", "")
    assert child.reference not in repr(view_for_person(session, vault, clock, mother.case_id))


def test_a_glance_writes_no_line_and_the_case_stays_unread(desk, send, row, session, vault, clock):
    receipt = send()
    assert "Ulest" in row(receipt)
    assert "Ulest" in row(receipt)
    assert [line.action for line in view_for_person(session, vault, clock, receipt.case_id).log] == ["sent"]
