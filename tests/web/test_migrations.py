"""The migrations make the same tables as the models say, there and back."""

from __future__ import annotations

import os
import stat
from datetime import date

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, select, update
from sqlalchemy.orm import Session

import web.cases.duty_tables
import web.cases.keeping_tables
import web.cases.learning_models
import web.cases.models
import web.cases.package_models
import web.citizen.drafts
import web.corrections
import web.staff.factors
import web.staff.models
import web.statistics.models  # noqa: F401 - so that every table is known
from web.cases import add_recording, read_case, send_case, share_with, write_message
from web.cases.models import Case
from web.cases.sharing_models import Share
from web.cases.sharing_types import Law, NewShare, Withholding
from web.db import Base, make_engine
from web.migrations import runner


def test_migrations_and_models_agree(engine):
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
        assert runner.at_head(connection)


@pytest.mark.sqlite
def test_constraints_agree_too(engine, tmp_path):
    """What Alembic does not compare on SQLite: foreign keys with their rule, unique columns, nullability."""
    direct = make_engine(f"sqlite:///{tmp_path / 'direct.sqlite'}")
    Base.metadata.create_all(direct)
    for table in Base.metadata.tables:
        assert shape(engine, table) == shape(direct, table), table
    direct.dispose()


def shape(engine, table):
    """What the database says about a table."""
    inspector, found = inspect(engine), {}
    for what in ("foreign_keys", "unique_constraints", "indexes", "pk_constraint", "columns"):
        said = getattr(inspector, f"get_{what}")(table)
        found[what] = sorted(str(one) for one in (said if isinstance(said, list) else [said]))
    return found


def test_there_and_back_and_there(tmp_path):
    engine = make_engine(f"sqlite:///{tmp_path / 'way.sqlite'}")
    runner.upgrade(engine)
    runner.downgrade(engine, "base")
    assert inspect(engine).get_table_names() == ["alembic_version"]
    runner.upgrade(engine)
    with engine.connect() as connection:
        assert runner.current_version(connection) == runner.head()
    engine.dispose()


def test_one_answer_that_meant_two_becomes_the_lesser_and_what_is_shared_is_in_progress(
    tmp_path, vault, clock, new_case, employee
):
    engine = make_engine(f"sqlite:///{tmp_path / 'answers.sqlite'}")
    runner.upgrade(engine)
    law = Law("fvl_13b_1_2", "Du trenger hjelp.", "agreed", "Ja")
    hidden = Withholding("Det er ikke trygt ennå.", date(2026, 12, 1))
    with Session(engine) as session:
        ids = []
        for new in (NewShare("ppt", ("words",), law), NewShare("ppt", ("words",), law, withheld=hidden)):
            case_id = send_case(session, vault, clock, new_case()).case_id
            share_with(session, vault, clock, case_id, employee, new)
            ids.append(case_id)
        session.execute(update(Share).values(outcome="got_help", noted="refused"))
        session.execute(update(Case).values(status="new"))
        session.commit()
    runner.downgrade(engine, "0022")
    runner.upgrade(engine)
    with Session(engine) as session:
        assert set(session.execute(select(Share.outcome, Share.noted)).all()) == {("under_way", "refused")}
        found = dict(session.execute(select(Case.id, Case.status)).all())
        assert [found[one] for one in ids] == ["in_progress", "new"]
    engine.dispose()


def test_every_case_keeps_its_place_in_the_queue_there_and_back(tmp_path, vault, clock, new_case, employee):
    """The place is another since sound that nobody has heard counts; what was there gets the one it would have got."""
    engine = make_engine(f"sqlite:///{tmp_path / 'places.sqlite'}")
    runner.upgrade(engine)
    with Session(engine) as session:
        calm, acute, _called, spoken, read = (
            send_case(session, vault, clock, new_case(**changes)).case_id
            for changes in ({}, {"safe_now": "no"}, {"call_today": True, "way": "phone"}, {}, {})
        )
        add_recording(session, vault, clock, spoken, "a" * 32, "youth", b"mp3" * 500, 12.0)
        for case_id in (read, acute, spoken):
            read_case(session, vault, clock, case_id, employee)
        write_message(session, vault, clock, calm, "Svar", employee)
        columns = (
            Case.id,
            Case.queue_key,
            Case.unread_words,
            Case.unheard,
            Case.acute_since,
            Case.unseen_since,
        )
        before = session.execute(select(*columns).order_by(Case.id)).all()
    runner.downgrade(engine, "0023")
    runner.upgrade(engine)
    with Session(engine) as session:
        assert session.execute(select(*columns).order_by(Case.id)).all() == before
    engine.dispose()


@pytest.mark.sqlite
def test_sqlite_is_set_up_for_safety(engine):
    with engine.connect() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "foreign_keys", "secure_delete", "synchronous", "busy_timeout")
        }
    assert pragmas == {
        "journal_mode": "wal",
        "foreign_keys": 1,
        "secure_delete": 1,
        "synchronous": 1,
        "busy_timeout": 5000,
    }


@pytest.mark.sqlite
def test_the_database_is_for_the_owner_only(tmp_path):
    path = tmp_path / "new" / "portal.sqlite"
    before = os.umask(0)
    try:
        engine = make_engine(f"sqlite:///{path}")
        runner.upgrade(engine)
        rights = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
        engine.dispose()
    finally:
        os.umask(before)
    assert rights["portal.sqlite"] == 0o600
    assert set(rights.values()) == {0o600}


def test_a_time_without_zone_is_refused(session, employee):
    from datetime import datetime

    from web.citizen.drafts import DraftRow

    session.add(DraftRow(id="x", content_sealed="x", created_at=datetime(2026, 1, 1)))  # noqa: DTZ001
    with pytest.raises(Exception, match="time zone"):
        session.commit()
