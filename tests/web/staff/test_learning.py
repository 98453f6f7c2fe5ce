"""Learning through the pages: nothing is kept that a person has not approved, and what is kept is nobody's."""

from __future__ import annotations

import dataclasses
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from sqlalchemy import func, select

from tests.conftest import MARKED, ROOT
from web import cases
from web.cases import learning
from web.cases.learning_models import TrainingExample, TrainingReview
from web.cases.models import Statement
from web.cases.types import ChildStatement, ChildTold

NEW = "Dei ler av meg på skulen kvar dag, og eg orkar ikkje meir."
BOT = ROOT / ".venv-bot" / "bin" / "python"


@pytest.fixture
def sent(send, session, vault, clock, employee):
    """A case whose needs an employee has confirmed: its two statements wait for review."""
    case_id = send().case_id
    cases.confirm_needs(session, vault, clock, case_id, employee, ["bullying", "loneliness"])
    return case_id


def statements_of(session, case_id):
    rows = session.scalars(select(Statement).where(Statement.case_id == case_id).order_by(Statement.position))
    return [row.id for row in rows]


def open_first(desk, session, case_id):
    first = statements_of(session, case_id)[0]
    desk.get(f"/staff/laering/{first}")
    return f"/staff/laering/{first}"


def fields(**changes):
    return {"text": NEW, "language": "nn", "dialect": "west", "needs": ["bullying"], **changes}


def kept(session):
    session.expire_all()
    return session.scalar(select(func.count()).select_from(TrainingExample))


def test_the_list_shows_none_of_the_words(desk, sent):
    page = desk.get("/staff/laering")
    assert "Gå gjennom" in page
    assert "noe annet enn maskinen" in page
    assert MARKED not in page
    assert "Dei ler" not in page


def test_only_what_the_reviewer_approved_is_kept(desk, sent, session, vault):
    path = open_first(desk, session, sent)
    assert "Zvartbakke-93" in re.sub(r"<[^>]+>", "", desk.page).replace(" [et tall]", "").replace(
        " [et navn]", ""
    )
    assert kept(session) == 0
    desk.post(path, **fields())
    assert "Ny gjennomlesing" in desk.page
    assert kept(session) == 0
    desk.post(f"{path}/godkjenn", **fields())
    assert desk.status == 422
    assert "Kryss av for at du har lest hvert ord" in desk.page
    assert kept(session) == 0
    desk.post(f"{path}/godkjenn", **fields(sure="y"))
    assert "Den nye teksten er tatt vare på" in desk.page
    assert kept(session) == 1
    (example,) = learning.examples(session, vault)
    assert example == learning.Example(NEW, "nn", ("bullying",), "youth", (), "west")
    # Not shown again, and the other statement still waits.
    assert len(learning.waiting(session, vault, "fjordvik")) == 1
    desk.get(path)
    assert desk.status == 404


def test_what_is_kept_leads_to_no_case(desk, sent, session, vault, clock, engine):
    path = open_first(desk, session, sent)
    desk.post(path, **fields())
    desk.post(f"{path}/godkjenn", **fields(sure="y"))
    row = session.scalars(select(TrainingExample)).one()
    values = {name: str(getattr(row, name)) for name in TrainingExample.__table__.columns.keys()}  # noqa: SIM118
    for other in (sent, *statements_of(session, sent)):
        assert other not in values.values()
    assert values["approved_on"] == "2026-11-20"
    assert values["content_sealed"].startswith("v1.")
    assert NEW not in values["content_sealed"]
    # It outlives the case, because it is nobody's.
    cases.delete_case(session, vault, clock, sent)
    assert len(learning.examples(session, vault)) == 1
    assert session.scalar(select(func.count()).select_from(TrainingReview)) == 0


def test_going_back_loses_nothing_and_keeps_nothing(desk, sent, session):
    path = open_first(desk, session, sent)
    desk.post(path, **fields())
    desk.post(f"{path}/godkjenn", **fields(back="1"))
    assert "Ta bort navn og detaljer" in desk.page
    assert NEW in desk.page
    assert kept(session) == 0


def test_rejecting_keeps_nothing_and_does_not_ask_again(desk, sent, session, vault):
    path = open_first(desk, session, sent)
    desk.post(f"{path}/avvis")
    assert "Ingenting av den er tatt vare på" in desk.page
    assert kept(session) == 0
    assert len(learning.waiting(session, vault, "fjordvik")) == 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"text": "Ring meg på 912 34 567"}, "telefonnummer, en adresse eller et brukernavn"),
        ({"text": "   "}, "Skriv teksten, eller avvis den"),
        ({"text": "a" * 2001}, "Teksten er for lang"),
        ({"needs": []}, "Velg minst ett"),
        ({"needs": ["no_such_need"]}, "Velg minst ett"),
        ({"dialect": "klingon"}, "Velg en dialekt"),
        ({"language": "en"}, "Velg språk"),
    ],
)
def test_what_cannot_be_learned_from_is_told_and_what_was_typed_stays(desk, sent, session, changes, said):
    path = open_first(desk, session, sent)
    desk.post(path, **fields(**changes))
    assert desk.status == 422
    assert said in desk.text
    desk.post(f"{path}/godkjenn", **fields(sure="y", **changes))
    assert desk.status == 422
    assert kept(session) == 0


def test_what_is_left_is_asked_about_once_more(desk, sent, session):
    path = open_first(desk, session, sent)
    desk.post(path, **fields(text="Kari på Lia skule er slem mot meg. Eg er 14 år."))
    assert "Dette kan fortsatt vise hvem noen er" in desk.page
    for left in ("«Kari»: et navn", "«14 år»: en alder"):
        assert left in desk.text


def test_the_person_sees_that_it_was_read_for_this(desk, sent, session, vault, clock):
    open_first(desk, session, sent)
    view = cases.view_for_person(session, vault, clock, sent)
    assert [line.action for line in view.log][-1] == "training_read"
    assert view.log[-1].actor_name == "Maja Vik"


def test_who_says_no_is_not_reviewed(desk, app, send, new_case, session, vault, clock, employee):
    words = new_case().return_code
    case_id = send(return_code=words).case_id
    cases.confirm_needs(session, vault, clock, case_id, employee, ["bullying"])
    person = app.test_client()
    page = person.get("/svar?lang=nb").get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]*)"', page)[1]
    page = person.post("/svar", data={"csrf_token": token, "code": words}, follow_redirects=True)
    assert "Kan maskinen lære av ordene dine?" in page.get_data(as_text=True)
    assert len(learning.waiting(session, vault, "fjordvik")) == 2
    path = open_first(desk, session, case_id)
    page = person.post("/sak/laering", data={"csrf_token": token, "training": "no"}, follow_redirects=True)
    assert "Ferdig. Maskinen lærer ikke av ordene dine." in page.get_data(as_text=True)
    session.expire_all()
    assert learning.waiting(session, vault, "fjordvik") == ()
    # Also when it was open already.
    desk.post(path, **fields())
    assert desk.status == 404
    desk.get("/staff/laering")
    desk.post(f"{path}/godkjenn", token=False, **fields(sure="y"))
    assert kept(session) == 0
    page = person.post("/sak/laering", data={"csrf_token": token, "training": "yes"}, follow_redirects=True)
    assert "Ferdig. Maskinen kan lære av ordene dine." in page.get_data(as_text=True)
    session.expire_all()
    assert len(learning.waiting(session, vault, "fjordvik")) == 2


def test_what_nobody_has_confirmed_and_what_a_child_has_told_are_not_reviewed(
    send, session, vault, clock, employee
):
    case_id = send(
        writer="parent", about="my_child", statements=(("parent", "Mora."),), needs_added=(), needs_removed=()
    ).case_id
    assert learning.waiting(session, vault, "fjordvik") == ()
    told = ChildTold("key-of-a-telling-1", "child", "nn", (ChildStatement("Eg er redd."),), age=9)
    cases.child_tells(session, vault, clock, case_id, told)
    cases.confirm_needs(session, vault, clock, case_id, employee, ["neglect"])
    assert [one.author for one in learning.waiting(session, vault, "fjordvik")] == ["parent"]
    child = statements_of(session, case_id)[1]
    with pytest.raises(learning.NotReviewable):
        learning.open_for_review(session, vault, clock, child, employee)


def test_another_municipality_neither_sees_nor_decides(sent, session, vault, clock, employee):
    stranger = dataclasses.replace(employee, municipality="granlia")
    assert learning.waiting(session, vault, "granlia") == ()
    first = statements_of(session, sent)[0]
    with pytest.raises(learning.NotReviewable):
        learning.open_for_review(session, vault, clock, first, stranger)
    with pytest.raises(learning.NotReviewable):
        learning.reject(session, first, stranger)


def test_it_is_off_until_the_municipality_has_decided(
    make_app, catalog, monkeypatch, colleagues, sent, session, client
):
    from tests.web.staff.conftest import Desk
    from web import municipalities

    town = dataclasses.replace(catalog.municipality, training=None)
    closed = dataclasses.replace(catalog, municipality=town)
    monkeypatch.setattr(municipalities, "load", lambda folder, name: closed)
    desk = Desk(make_app().test_client()).log_in()
    page = desk.get("/staff/laering")
    assert "Kommunen har ikke bestemt at maskinen kan lære" in page
    first = statements_of(session, sent)[0]
    page = desk.get(f"/staff/laering/{first}")
    assert MARKED not in page
    assert "Kommunen har ikke bestemt" in page


def approve(session, vault, clock, employee, case_id, number, text, language="nn", **more):
    statement = statements_of(session, case_id)[number]
    example = learning.Example(text, language, ("bullying", "loneliness"), "youth", **more)
    learning.approve(session, vault, clock, statement, employee, example)


ODD = "Dei sa: «Eg er \"slem\"», og så\nlo dei. #tag: {a} [b] \u2028 \x85 😢 \\ 'nei'"


def test_the_export_is_training_data_that_the_assistant_reads(
    sent, session, vault, clock, employee, config, tmp_path
):
    from tools.export_corrections import export

    approve(session, vault, clock, employee, sent, 0, NEW, dialect="west")
    approve(session, vault, clock, employee, sent, 1, ODD, acute=("violence",))
    counts = export(session, vault, tmp_path)
    assert counts == {"nb": 0, "nn": 2}
    assert not (tmp_path / "nb" / "corrections.yml").exists()
    file = tmp_path / "nn" / "corrections.yml"
    read = yaml.safe_load(file.read_text("utf-8"))
    (block,) = read["nlu"]
    assert block["intent"] == "tell"
    found = {example["text"]: example["metadata"] for example in block["examples"]}
    assert found[NEW] == {
        "hand": "correction",
        "lang": "nn",
        "needs": ["bullying", "loneliness"],
        "dialect": "west",
        "who": "youth",
    }
    assert found[ODD]["acute"] == ["violence"]
    if not BOT.exists():
        pytest.skip("the assistant's environment is not here")
    program = (
        "import json, sys; from pathlib import Path; from bot.importer import read;"
        "print(json.dumps([[m.get('text'), m.get('intent'), m.get('metadata')] for m in read(Path(sys.argv[1]))]))"
    )
    done = subprocess.run(
        [str(BOT), "-W", "ignore", "-c", program, str(file)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    messages = json.loads(done.stdout.splitlines()[-1])
    assert {text for text, _intent, _data in messages} == {NEW, ODD.strip()}
    assert all(intent == "tell" for _text, intent, _data in messages)


def test_the_command_writes_where_it_is_told(sent, session, vault, clock, employee, config, tmp_path):
    approve(session, vault, clock, employee, sent, 0, NEW)
    session.close()
    out = tmp_path / "out"
    done = subprocess.run(
        [sys.executable, "-m", "tools.export_corrections", str(out)],
        cwd=ROOT,
        env={
            "PORTAL_VAR_DIR": str(config.var_dir),
            "PORTAL_DATABASE_URL": config.database_url,
            "PATH": "",
            "PYTHONPATH": str(ROOT),
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert "1" in done.stdout
    assert NEW in Path(out / "nn" / "corrections.yml").read_text("utf-8")
    assert NEW not in done.stdout
