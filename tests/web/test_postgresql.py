# ruff: noqa: F401, F811 - the front desk's fixtures are used by name
"""The portal on PostgreSQL, as a municipality with several machines runs it: a short journey through every room.

Skipped where PostgreSQL is not installed. The core's and the desk's own tests run on it with
PORTAL_TEST_DATABASE=postgresql (README).
"""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from tests.conftest import MARKED
from tests.web.staff.conftest import (
    Desk,
    colleagues,
    desk,
    open_desk,
    quick_argon2,
    send,
)
from tests.web.staff.everywhere import enter
from tests.web.test_migrations import shape
from web import background, cases
from web.cases import journal, retention
from web.cases.deadlines import local_date
from web.cases.keeping_tables import PlannedDeletion
from web.cases.models import Case, LogEntry
from web.cases.receiving import open_share
from web.cases.sharing_types import NewShare
from web.cases.types import (
    CaseChanged,
    CaseNotFound,
    ChildStatement,
    ChildTold,
    EmployeeRef,
)
from web.db import Base, make_engine
from web.migrations import runner
from web.staff.desk import PARTS

NURSE = EmployeeRef("22222222-2222-2222-2222-222222222222", "Kari Dale", "fjordvik", "Skolehelsetjenesten")
TABLES_OF_A_CASE = [
    table for table in Base.metadata.sorted_tables if "case_id" in table.c and table.name != "deletions"
]


@pytest.fixture
def database_url(postgresql_url):
    return postgresql_url


def at_once(engine, *works):
    """Each in a thread and a session of its own, all let go at the same moment; what they gave or raised."""
    gate, results = threading.Barrier(len(works)), [None] * len(works)

    def run(number, work):
        with Session(engine, expire_on_commit=False) as own:
            gate.wait()
            try:
                results[number] = work(own)
            except Exception as error:
                results[number] = error

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_the_migrations_make_what_the_models_say_and_can_be_taken_back(engine, postgresql_server):
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
        assert runner.at_head(connection)
    postgresql_server.execute("CREATE DATABASE from_models")
    made = make_engine(postgresql_server.url("from_models"))
    Base.metadata.create_all(made)
    for table in Base.metadata.tables:
        assert shape(engine, table) == shape(made, table), table
    made.dispose()
    postgresql_server.execute("DROP DATABASE from_models WITH (FORCE)")
    runner.downgrade(engine, "base")
    assert inspect(engine).get_table_names() == ["alembic_version"]
    runner.upgrade(engine)
    with engine.connect() as connection:
        assert runner.at_head(connection)


def test_from_sending_to_gone(app, desk, colleagues, session, engine, vault, clock, new_case, stored):
    maja = colleagues["maja"].ref()
    quiet = cases.send_case(session, vault, clock, new_case()).case_id
    new = new_case(writer="parent", statements=(("parent", f"Eg er mor. {MARKED}"),), about="my_child", age=8)
    receipt = cases.send_case(session, vault, clock, new)
    case_id = receipt.case_id
    assert cases.open_with_code(session, vault, clock, receipt.return_code) is not None
    cases.add_recording(session, vault, clock, case_id, "0" * 32, "parent", b"sound" * 30_000, 4.0)

    # The queue: every part, and every way of searching.
    cases.name_contact(session, vault, clock, case_id, maja, colleagues["ola"].id, "Åse 100% Ødegård")
    reference, other = session.get(Case, case_id).reference, session.get(Case, quiet).reference
    session.commit()
    for part in PARTS:
        desk.get(f"/staff/?vis={part.slug}")
        assert desk.status == 200, part.slug
    today = local_date(clock.now())
    for query, found in (
        (f"q={reference.lower()}", True),
        ("q=åse 100%25 øde", True),
        ("q=%25", True),
        ("q=_", False),
        ("q=%00", True),
        ("q=nobody of that name", False),
        ("tjeneste=helsesykepleier", True),
        ("tjeneste=krisesenter", False),
        (f"fra={today}&til={today}", True),
        (f"fra={today + timedelta(days=1)}", False),
        ("lukket=1", True),
    ):
        assert (reference in desk.get(f"/staff/?{query}")) is found, query
    assert other in desk.get("/staff/?vis=uten-kontakt")

    # The case: read, answered, shared, the child's turn.
    assert MARKED in desk.get(f"/staff/sak/{case_id}")
    desk.change(case_id, "melding", text="Vi ringer deg i morgen.")
    cases.share_with(
        session, vault, clock, case_id, maja, NewShare("helsesykepleier", ("words", "recordings"))
    )
    assert open_share(session, vault, clock, case_id, NURSE, "helsesykepleier").statements
    cases.invite_child(session, vault, clock, case_id)
    told = ChildTold("key-of-a-telling-1", "child", "nb", (ChildStatement("Eg er redd."),))
    cases.child_tells(session, vault, clock, case_id, told)
    for path in ("", "/deling", "/plan", "/oppfolging", "/tidslinje"):
        desk.get(f"/staff/sak/{case_id}{path}")
        assert desk.status == 200, path

    # The writer deletes: what the child told stays. Then the other case, wholly.
    cases.delete_case(session, vault, clock, case_id)
    view = cases.read_case(session, vault, clock, case_id, maja)
    assert [one.text for one in view.statements] == ["Eg er redd."]
    key = session.get(Case, quiet).wrapped_key.encode()
    session.rollback()
    assert key in stored()
    cases.delete_case(session, vault, clock, quiet)
    assert key not in stored()
    with pytest.raises(CaseNotFound):
        cases.read_case(session, vault, clock, quiet, maja)
    session.expire_all()
    for table in TABLES_OF_A_CASE:
        left = session.execute(select(table).where(table.c.case_id == quiet)).all()
        assert len(left) == (table is LogEntry.__table__), table.name


def test_what_a_backup_brings_back_is_deleted_again(
    session, engine, vault, clock, new_case, employee, postgresql_server, tmp_path
):
    gone, kept = (cases.send_case(session, vault, clock, new_case()).case_id for _ in range(2))
    session.close()
    engine.dispose()
    postgresql_server.copy(engine.url.database, "backup")
    cases.delete_case(session, vault, clock, gone)
    assert journal.write_out(session, vault, tmp_path / "journal") == 1
    restored = make_engine(postgresql_server.url("backup"))
    with Session(restored) as again:
        assert cases.read_case(again, vault, clock, gone, employee).statements
        assert journal.replay(again, vault, clock, tmp_path / "journal") == journal.Replayed(1, 1)
        assert again.scalars(select(Case.id)).all() == [kept]
    restored.dispose()
    postgresql_server.execute("DROP DATABASE backup WITH (FORCE)")


def test_two_at_the_same_moment(session, engine, vault, clock, new_case, employee, colleagues):
    new = new_case()
    receipts = at_once(engine, *[lambda own: cases.send_case(own, vault, clock, new)] * 4)
    assert sorted(receipt.repeated for receipt in receipts) == [False, True, True, True]
    case_id = receipts[0].case_id

    # Who has named the version they saw is told; a person's words are never lost.
    seen = cases.read_case(session, vault, clock, case_id, employee).version
    session.rollback()
    results = at_once(
        engine,
        lambda own: cases.set_status(
            own, vault, clock, case_id, employee, "waiting_for_person", expected_version=seen
        ),
        lambda own: cases.name_contact(own, vault, clock, case_id, employee, "1", "Ola", None, seen),
    )
    assert [type(one) for one in results].count(CaseChanged) == 1, results
    results = at_once(
        engine,
        *(
            lambda own, text=text: cases.write_message(own, vault, clock, case_id, text)
            for text in ("ein", "to", "tre")
        ),
    )
    assert not [one for one in results if isinstance(one, Exception)], results
    messages = cases.view_for_person(session, vault, clock, case_id).messages
    assert sorted(one.text for one in messages) == ["ein", "to", "tre"]
    session.rollback()

    # Two who open it, and two who delete it.
    clock.move(hours=1)
    people = [employee, colleagues["ola"].ref(), colleagues["maja"].ref()]
    results = at_once(
        engine,
        *(lambda own, who=who: cases.read_case(own, vault, clock, case_id, who) for who in people),
        *(lambda own, who=who: cases.look_at_case(own, clock, case_id, who) for who in people),
    )
    assert not [one for one in results if isinstance(one, Exception)], results
    results = at_once(engine, *[lambda own: cases.delete_case(own, vault, clock, case_id)] * 3)
    assert results.count(None) == 1, results
    assert {type(one) for one in results if one} <= {CaseChanged, CaseNotFound}
    session.expire_all()
    actions = session.scalars(select(LogEntry.action).where(LogEntry.case_id == case_id)).all()
    assert actions == ["deleted"]


def test_the_night_and_the_numbers(
    app, session, engine, vault, clock, new_case, employee, catalog, make_app, quick_argon2
):
    from web.staff.models import create_employee

    case_id = cases.send_case(session, vault, clock, new_case(notices_ok=True)).case_id
    cases.set_status(session, vault, clock, case_id, employee, "closed", "not_reached")
    clock.move(days=80)
    rules = {"fjordvik": catalog.retention}
    runs = at_once(
        engine,
        *[lambda _own: retention.run_night(lambda: Session(engine), vault, clock, rules)] * 3,
    )
    assert sorted(run is None for run in runs) == [False, True, True], runs
    assert session.get(PlannedDeletion, case_id) is not None
    session.rollback()
    clock.move(days=14)
    assert retention.run_night(lambda: Session(engine), vault, clock, rules)["fjordvik"].deleted == 1
    assert session.scalar(select(Case.id)) is None
    session.rollback()
    cases.send_case(session, vault, clock, new_case())
    for _ in range(2):
        for work in background.WORKS:
            assert background.once(app, work), work.name
    leader = create_employee(session, "fjordvik", "leiar", "Ledelin Leiar", "", ["leader"])[0]
    leader.set_password("fire rare ord på rad")
    session.commit()
    client = app.test_client()
    enter(client, leader)
    for path in ("/staff/oversikt/", "/staff/oppbevaring/", "/staff/sak-som-ikke-er"):
        assert client.get(path).status_code == (404 if "ikke" in path else 200), path
    answer = client.post("/api/v1/match", json={"needs": ["bullying"], "age": 14, "writer": "youth"})
    assert answer.status_code == 200
