"""What the front desk sees of a child that tells for itself in a case that somebody else has written."""

from __future__ import annotations

import html
import re

import pytest

from web.cases import child_tells, delete_case, invite_child, set_child_not_asked, view_for_person
from web.cases.types import ChildStatement, ChildTold, NotAsked


@pytest.fixture
def parents(send):
    return lambda **changes: send(
        **{
            "writer": "parent",
            "about": "my_child",
            "age": 8,
            "statements": (("parent", "Mor skriver først."),),
            "understanding": None,
            **changes,
        }
    )


@pytest.fixture
def tells(session, vault, clock):
    def tell(receipt, **changes):
        values = {
            "key": "a-key-of-one-telling",
            "author": "child",
            "language": "nb",
            "statements": (
                ChildStatement("Jeg valgte ansiktet: lei meg.\nDet er vanskelig hjemme.", pictures=True),
                ChildStatement("<b>Barnet</b> skriver etterpå."),
            ),
            "age": 8,
        }
        child_tells(session, vault, clock, receipt.case_id, ChildTold(**{**values, **changes}))

    return tell


def test_the_childs_words_come_first_and_apart_whatever_came_first(open_desk, parents, tells, clock):
    receipt = parents()
    clock.move(days=2)
    tells(receipt)
    desk = open_desk()
    page = desk.get(f"/staff/sak/{receipt.case_id}")
    page = page[page.index('id="ord"') :]
    order = [
        page.index(words)
        for words in (
            'id="barnet"',
            '<h3 class="whose">Barnets egne ord</h3>',
            "Jeg valgte ansiktet: lei meg.\nDet er vanskelig hjemme.",
            "&lt;b&gt;Barnet&lt;/b&gt; skriver etterpå.",
            '<h3 class="whose">Ord fra den som skrev saken</h3>',
            "Mor skriver først.",
        )
    ]
    assert order == sorted(order)
    assert "valgt med bilder; setningene er laget av dem" in page
    assert page.count('class="statement from-child"') == 2
    assert "Barnet har fortalt selv" in desk.text
    assert "Den som skrev saken, kan ikke lese barnets ord. Ikke gjenta dem" in desk.text
    assert "Barnet har fortalt." in desk.text[desk.text.index("Logg") :]


def test_not_asked_with_the_reason_until_it_has_told(desk, parents, tells, session, vault, clock):
    receipt = parents()
    path = f"/staff/sak/{receipt.case_id}"
    desk.get(path)
    assert "Barnet er ikke spurt ennå" in desk.text
    assert "Ingen grunn er oppgitt." in desk.text
    set_child_not_asked(session, vault, clock, receipt.case_id, NotAsked("not_safe"))
    desk.get(path)
    assert "Barnet er ikke spurt ennå" in desk.text
    assert "Det er ikke trygt å spørre ennå." in desk.text
    set_child_not_asked(session, vault, clock, receipt.case_id, NotAsked("other", "På <i>leir</i>"))
    page = desk.get(path)
    assert "På &lt;i&gt;leir&lt;/i&gt;" in page
    code = invite_child(session, vault, clock, receipt.case_id).child.invitation.code
    page = desk.get(path)
    assert "Barnet er ikke spurt ennå, men har fått en invitasjon" in desk.text
    assert "Invitasjonen virker til fredag 4. desember." in desk.text
    assert code not in page
    tells(receipt)
    desk.get(path)
    assert "ikke spurt ennå" not in desk.text


def test_the_queue_says_it(desk, parents, tells, send):
    told, waiting, own = parents(), parents(), send()
    tells(told)
    page = desk.get("/staff/")
    rows = {
        receipt.reference: " ".join(html.unescape(re.sub(r"<[^>]+>", " ", row)).split())
        for receipt in (told, waiting, own)
        for row in re.findall(r"<tr.*?</tr>", page, re.DOTALL)
        if receipt.reference in row
    }
    assert "Barnet har fortalt selv" in rows[told.reference]
    assert "Barnet er ikke spurt ennå" in rows[waiting.reference]
    assert "Barnet" not in rows[own.reference].replace("Barnet:", "")


def test_danger_in_the_childs_words_is_acute_here(desk, parents, tells):
    receipt = parents()
    tells(receipt, safe="no", acute_kinds=("violence",))
    desk.get(f"/staff/sak/{receipt.case_id}")
    assert "Gjør dette først" in desk.text
    assert "Barnet sier at det ikke er trygt nå." in desk.text


@pytest.mark.parametrize(
    ("answer", "words", "acute"), [("yes", "Ja", True), ("unknown", "Vet ikke", False), ("no", "Nei", False)]
)
def test_what_a_small_child_was_asked_stands_in_those_words(desk, parents, tells, answer, words, acute):
    """«Does anyone hurt you?» is another question than «safe now?», which the pictures do not ask."""
    receipt = parents()
    tells(receipt, hurt=answer, safe="not_asked", acute_kinds=("violence",) if acute else ())
    desk.get(f"/staff/sak/{receipt.case_id}")
    assert f"Er det noen som gjør deg vondt? Barnet: {words}" in desk.text
    assert ("På «Er det noen som gjør deg vondt?» svarte barnet" in desk.text) is (answer != "no")
    assert "ikke er trygt" not in desk.text
    assert "Barnet: Ikke spurt" in desk.text
    assert ("Gjør dette først" in desk.text) is acute


def test_a_childs_own_case_says_what_it_was_asked(desk, send):
    receipt = send(writer="child", age=8, hurt="yes", safe_now="not_asked", acute_kinds=("violence",))
    desk.get(f"/staff/sak/{receipt.case_id}?lang=nn")
    assert "Er det nokon som gjer deg vondt? Barnet: Ja" in desk.text
    assert "ikkje er trygt" not in desk.text


def test_what_the_child_shares_at_home_is_said(desk, parents, tells):
    receipt = parents()
    tells(receipt, share_at_home=True)
    desk.get(f"/staff/sak/{receipt.case_id}")
    assert "Barnet har sagt at de voksne hjemme kan lese det." in desk.text
    assert "Ikke gjenta dem" not in desk.text


def test_in_nynorsk(desk, parents, tells):
    receipt = parents()
    tells(receipt)
    desk.get(f"/staff/sak/{receipt.case_id}?lang=nn")
    assert "Barnet har fortalt sjølv" in desk.text
    assert "Barnet sine eigne ord" in desk.text


def test_what_is_left_when_who_wrote_it_has_deleted_theirs(desk, parents, tells, session, vault, clock):
    receipt = parents()
    tells(receipt)
    delete_case(session, vault, clock, receipt.case_id)
    page = desk.get(f"/staff/sak/{receipt.case_id}")
    assert "Mor skriver" not in page
    assert "skriver etterpå." in page
    assert "Den som skrev saken, slettet sin del." in desk.text


@pytest.mark.parametrize(
    ("language", "button", "done"),
    [
        ("nb", "Ta det tilbake for barnet", "De voksne hjemme kan ikke lenger lese det barnet har fortalt."),
        ("nn", "Ta det tilbake for barnet", "Dei vaksne heime kan ikkje lenger lese det barnet har fortalt."),
    ],
)
def test_an_employee_takes_the_sharing_at_home_back_on_the_childs_word(
    desk, parents, tells, session, vault, clock, language, button, done
):
    receipt = parents()
    tells(receipt, share_at_home=True)
    case_id = receipt.case_id
    written = view_for_person(session, vault, clock, case_id)
    assert any(one.from_child for one in written.statements)
    desk.get(f"/staff/sak/{case_id}?lang={language}")
    assert button in desk.text
    desk.change(case_id, "hjemme", childs_words="  ")
    assert desk.status == 422
    assert any(one.from_child for one in view_for_person(session, vault, clock, case_id).statements)
    desk.change(case_id, "hjemme", childs_words="Eg vil ikkje at mamma ser det lenger")
    assert desk.status == 200
    assert done in desk.text
    assert "Eg vil ikkje at mamma ser det lenger" in desk.text  # the internal note
    assert button not in desk.text
    after = view_for_person(session, vault, clock, case_id)
    assert not any(one.from_child for one in after.statements)
    assert "home_withdrawn" not in [line.action for line in after.log]
    assert "mamma ser" not in str(after)


def test_there_is_nothing_to_take_back_where_nobody_at_home_can_read(desk, parents, tells):
    receipt = parents()
    tells(receipt)
    desk.get(f"/staff/sak/{receipt.case_id}")
    assert f"/staff/sak/{receipt.case_id}/hjemme" not in desk.page
