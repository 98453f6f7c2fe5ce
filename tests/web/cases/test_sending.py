"""Sending: one transaction, once."""

from __future__ import annotations

import threading
from datetime import date

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from web import cases
from web.cases import sending
from web.cases.models import Case, Consent, Contact, LogEntry, Message, Statement, Understanding
from web.cases.types import CodeTaken, ContactPointChoice, InvalidCase, UnderstandingData
from web.db import make_engine

TABLES = (Case, Statement, Understanding, Consent, Contact, Message, LogEntry)


def rows(session) -> dict[str, int]:
    return {
        table.__tablename__: session.scalar(select(func.count()).select_from(table)) or 0 for table in TABLES
    }


def test_everything_sent_comes_back_as_it_was(session, vault, clock, new_case):
    new = new_case()
    receipt = cases.send_case(session, vault, clock, new)
    assert receipt.hear_by == date(2026, 11, 23)  # Friday night, one working day
    assert receipt.contact_unit == "Familiehuset"
    assert receipt.return_code == new.return_code
    assert not receipt.repeated

    view = cases.open_with_code(session, vault, clock, new.return_code)
    assert view is not None
    assert view.id == receipt.case_id
    assert [(s.author, s.text) for s in view.statements] == list(new.statements)
    assert [s.language for s in view.statements] == ["nn", "nn"]
    assert view.needs == ("bullying", "loneliness")
    assistant = view.assistant_understanding
    assert assistant is not None
    assert assistant.needs == new.understanding.needs
    assert assistant.model == "test-1"
    assert view.facts.writer == "youth"
    assert (view.facts.age, view.facts.about, view.facts.safe_now) == (14, "self", "yes")
    assert view.facts.hope == new.hope
    assert view.facts.may_know == ("nobody",)
    assert view.facts.services == ("helsesykepleier",)
    assert [(c.service_id, c.given_by, c.active) for c in view.consents] == [
        ("helsesykepleier", "youth", True)
    ]
    assert (view.contact.way, view.contact.details, view.contact.safe_times) == (
        "sms",
        new.details,
        new.safe_times,
    )
    assert (view.status, view.outcome, view.urgency) == ("new", None, "normal")
    assert [line.action for line in view.log] == ["sent", "opened"]


def test_sending_twice_gives_one_case(session, vault, clock, new_case):
    new = new_case()
    first = cases.send_case(session, vault, clock, new)
    clock.move(minutes=3)
    second = cases.send_case(session, vault, clock, new)
    assert second.repeated
    assert (second.case_id, second.return_code, second.hear_by) == (
        first.case_id,
        first.return_code,
        first.hear_by,
    )
    assert rows(session)["cases"] == 1
    assert rows(session)["statements"] == 2


def test_a_repeated_submission_does_not_show_a_code_that_opens_nothing(session, vault, clock, new_case):
    first = new_case()
    cases.send_case(session, vault, clock, first)
    again = new_case(submission_key=first.submission_key)
    assert again.return_code != first.return_code
    receipt = cases.send_case(session, vault, clock, again)
    assert receipt.repeated
    assert receipt.return_code is None
    assert cases.open_with_code(session, vault, clock, again.return_code) is None


def test_two_at_the_same_moment_give_one_case(config, vault, clock, new_case):
    new = new_case()
    engine = make_engine(config.database_url)
    start = threading.Barrier(4)
    receipts, problems = [], []

    def send():
        with Session(engine) as own:
            start.wait()
            try:
                receipts.append(cases.send_case(own, vault, clock, new))
            except Exception as error:
                problems.append(error)

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert len({receipt.case_id for receipt in receipts}) == 1
    assert sorted(receipt.repeated for receipt in receipts) == [False, True, True, True]
    with Session(engine) as own:
        assert rows(own)["cases"] == 1
    engine.dispose()


def test_the_same_submission_is_written_between_the_two_looks(
    config, session, vault, clock, new_case, monkeypatch
):
    new = new_case()
    engine = make_engine(config.database_url)
    look = sending._by_submission
    looks = []

    def look_then_somebody_else_sends(own, key):
        found = look(own, key)
        looks.append(found)
        if len(looks) == 1:
            with Session(engine) as other:
                monkeypatch.setattr(sending, "_by_submission", look)
                cases.send_case(other, vault, clock, new)
                monkeypatch.setattr(sending, "_by_submission", look_then_somebody_else_sends)
        return found

    monkeypatch.setattr(sending, "_by_submission", look_then_somebody_else_sends)
    assert cases.send_case(session, vault, clock, new).repeated
    engine.dispose()


@pytest.mark.parametrize("broken", ["consent_row", "_first_log_line"])
def test_a_failure_on_the_way_leaves_nothing(session, vault, clock, new_case, monkeypatch, broken):
    def fail(*_args, **_kwargs):
        raise OSError("disk full")

    monkeypatch.setattr(sending, broken, fail)
    with pytest.raises(OSError, match="disk full"):
        cases.send_case(session, vault, clock, new_case())
    assert set(rows(session).values()) == {0}


def test_a_failure_in_the_database_leaves_nothing(session, engine, vault, clock, new_case):
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER full BEFORE INSERT ON contacts BEGIN SELECT RAISE(FAIL, 'disk full'); END"
            if engine.dialect.name == "sqlite"
            else "ALTER TABLE contacts ADD CHECK (false)"
        )
    with pytest.raises(Exception, match=r"disk full|could not be given"):
        cases.send_case(session, vault, clock, new_case())
    assert set(rows(session).values()) == {0}


def test_a_code_that_is_taken_is_refused(session, vault, clock, new_case):
    first = new_case()
    cases.send_case(session, vault, clock, first)
    with pytest.raises(CodeTaken):
        cases.send_case(session, vault, clock, new_case(return_code=first.return_code))
    assert rows(session)["cases"] == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"language": "en"},
        {"writer": "robot"},
        {"about": "nobody"},
        {"safe_now": "maybe"},
        {"way": "pigeon"},
        {"way": "phone", "details": "  "},
        {"statements": (("youth", "   "),)},
        {"statements": (("youth", "x" * 20_001),)},
        {"statements": (("robot", "hei"),)},
        {"statements": (), "needs": ()},
        {"needs": ("not a need",)},
        {"consents": {"<script>": True}},
        {"age": -1},
        {"age": 200},
        {"municipality": "../other"},
        {"details": "x" * 501},
        {"return_code": "bare fire ord her"},
        {"submission_key": "short"},
        {"contact_point": ContactPointChoice("x", "", 1)},
        {"acute_kinds": ("Stor Fare",)},
    ],
)
def test_what_breaks_a_rule_is_refused_before_anything_is_written(session, vault, clock, new_case, changes):
    with pytest.raises(InvalidCase):
        cases.send_case(session, vault, clock, new_case(**changes))
    assert set(rows(session).values()) == {0}


def test_topics_alone_can_be_sent(session, vault, clock, new_case):
    new = new_case(statements=(), understanding=None, way="code", details=None, safe_times=None)
    cases.send_case(session, vault, clock, new)
    view = cases.open_with_code(session, vault, clock, new.return_code)
    assert view is not None
    assert view.statements == ()
    assert view.needs == ("bullying", "loneliness")
    assert view.contact.details is None


@pytest.mark.parametrize(
    ("changes", "urgency", "kinds"),
    [
        ({}, "normal", ()),
        ({"safe_now": "no"}, "acute", ()),
        ({"acute_kinds": ("violence",)}, "acute", ("violence",)),
        (
            {"understanding": UnderstandingData("nb", (), ("suicide",), 0.9), "acute_kinds": ("violence",)},
            "acute",
            ("violence", "suicide"),
        ),
    ],
)
def test_danger_makes_a_case_acute(session, vault, clock, new_case, changes, urgency, kinds):
    new = new_case(**changes)
    assert cases.send_case(session, vault, clock, new).urgency == urgency
    view = cases.open_with_code(session, vault, clock, new.return_code)
    assert view is not None
    assert (view.urgency, view.acute_kinds) == (urgency, kinds)


def test_a_wrong_code_opens_nothing(session, vault, clock, new_case):
    new = new_case()
    cases.send_case(session, vault, clock, new)
    words = new.return_code.split()
    assert cases.open_with_code(session, vault, clock, " ".join(reversed(words))) is None
    assert cases.open_with_code(session, vault, clock, " ".join(words[:4])) is None
    assert cases.open_with_code(session, vault, clock, "") is None
    typed = "-".join(words).upper()
    assert cases.open_with_code(session, vault, clock, typed) is not None


def test_a_code_hash_copied_to_another_case_opens_nothing(session, vault, clock, new_case):
    """Who can write in the database but has no keys must not read a case with a code of their own."""
    victim, own = new_case(), new_case()
    victim_id = cases.send_case(session, vault, clock, victim).case_id
    own_id = cases.send_case(session, vault, clock, own).case_id
    stolen = session.get(Case, own_id).code_hash
    session.get(Case, own_id).code_hash = "0" * 64
    session.commit()
    session.get(Case, victim_id).code_hash = stolen
    session.commit()
    # The proof that is sealed in the row of the victim does not fit.
    assert cases.open_with_code(session, vault, clock, own.return_code) is None


@pytest.mark.parametrize(
    ("safe_now", "needs", "urgency"),
    [
        ("unknown", ("self_harm",), "acute"),
        ("unknown", ("leisure",), "normal"),
        ("yes", ("self_harm",), "normal"),
        ("not_asked", ("self_harm",), "normal"),
        ("no", ("leisure",), "acute"),
    ],
)
def test_who_does_not_know_whether_it_is_safe_and_tells_of_something_grave_comes_first(
    session, vault, clock, new_case, safe_now, needs, urgency
):
    new = new_case(safe_now=safe_now, needs=needs, acute_kinds=(), understanding=None)
    assert cases.send_case(session, vault, clock, new).urgency == urgency
