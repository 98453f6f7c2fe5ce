"""Retention: what goes when, who puts it off, the night's run; and that deleted means gone, also after a backup."""

from __future__ import annotations

import json
import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.conftest import MARKED
from web import cases
from web.cases import deletion_requests, journal, retention
from web.cases.deadlines import local_date
from web.cases.keeping_tables import Deletion, DeletionRequest, NightlyRun, PlannedDeletion
from web.cases.models import Case, LogEntry, Notice, RecordingChunk
from web.cases.types import CaseNotFound, ChildStatement, ChildTold, EmployeeRef, InvalidCase
from web.db import make_engine
from web.security.vault import KeyRing, Vault, VaultError

WORDS = ("Zvartbakke-93", "kvitrar")


@pytest.fixture
def rules(catalog):
    return catalog.retention


@pytest.fixture
def closed(session, vault, clock, new_case, employee):
    """closed("withdrawn"): the id of a case that was sent, and closed with this outcome."""

    def make(outcome="withdrawn", **changes):
        case_id = cases.send_case(session, vault, clock, new_case(**changes)).case_id
        cases.set_status(session, vault, clock, case_id, employee, "closed", outcome)
        return case_id

    return make


@pytest.fixture
def night(engine, vault, clock, rules):
    """night(): tonight's run in Fjordvik, with a session of its own."""

    def run(table=rules, again=True):
        found = retention.run_night(lambda: Session(engine), vault, clock, {"fjordvik": table}, again=again)
        return found["fjordvik"] if found is not None else None

    return run


def planned(session, case_id):
    return session.get(PlannedDeletion, case_id, populate_existing=True)


def there(session, case_id):
    return session.scalar(select(Case.id).where(Case.id == case_id)) is not None


def test_an_inquiry_goes_after_ninety_days_and_is_listed_two_weeks_before(session, clock, closed, night):
    case_id, ended = closed(), local_date(clock.now())
    clock.move(days=75)
    assert night().listed == 0
    clock.move(days=1)
    assert night().listed == 1
    row = planned(session, case_id)
    assert (row.rule, row.delete_on) == ("case_inquiry", ended + timedelta(days=90))
    clock.move(days=13)
    assert night().deleted == 0
    clock.move(days=1)
    assert night().deleted == 1
    assert not there(session, case_id)
    line = session.scalars(select(LogEntry).where(LogEntry.case_id == case_id)).one()
    assert (line.action, line.actor_kind, line.detail_sealed) == ("deleted", "system", None)
    kept = session.scalars(select(Deletion)).one()
    assert (kept.case_id, kept.kind, kept.why, kept.by_name) == (case_id, "case", "case_inquiry", None)


def test_open_cases_and_cases_with_help_are_never_deleted_by_time(
    session, vault, clock, closed, night, new_case
):
    helped = closed("got_help")
    open_one = cases.send_case(session, vault, clock, new_case()).case_id
    clock.move(days=4000)
    assert night() == retention.Counts(0, 0, 0)
    assert there(session, helped)
    assert there(session, open_one)


def test_at_least_the_days_of_the_warning_pass_also_when_the_night_stood_still(session, clock, closed, night):
    case_id = closed()
    clock.move(days=300)
    assert night().deleted == 0
    assert planned(session, case_id).delete_on == local_date(clock.now()) + timedelta(days=14)
    clock.move(days=14)
    assert night().deleted == 1


def test_who_writes_again_has_an_open_case_that_stays(session, vault, clock, closed, night):
    case_id = closed()
    clock.move(days=80)
    night()
    assert planned(session, case_id) is not None
    cases.write_message(session, vault, clock, case_id, "Eg treng hjelp likevel.")
    clock.move(days=30)
    assert night().deleted == 0
    assert planned(session, case_id) is None
    assert there(session, case_id)


def test_a_message_in_a_closed_case_starts_the_days_again(session, vault, clock, closed, night, employee):
    case_id = closed()
    clock.move(days=60)
    cases.write_message(session, vault, clock, case_id, "Hei. Vi tenkjer på deg.", employee)
    clock.move(days=40)
    assert night().listed == 0


def test_a_hold_has_a_reason_and_an_end(session, vault, clock, closed, night, employee, rules):
    case_id = closed()
    clock.move(days=80)
    night()
    until = local_date(clock.now()) + timedelta(days=100)
    retention.hold(session, vault, clock, case_id, employee, until, f"Klage. {MARKED}", rules)
    assert planned(session, case_id).delete_on is None
    assert retention.hold_reason(session, vault, case_id, "fjordvik") == f"Klage. {MARKED}"
    with pytest.raises(CaseNotFound):
        retention.hold_reason(session, vault, case_id, "granlia")
    clock.move(days=60)
    assert night().deleted == 0
    clock.move(days=25)
    night()
    assert planned(session, case_id).delete_on == until
    clock.move(days=15)
    assert night().deleted == 1


def test_a_hold_is_refused_for_the_past_for_ever_and_from_elsewhere(
    session, vault, clock, closed, employee, rules
):
    case_id, today = closed(), local_date(clock.now())
    for until in (today, today - timedelta(days=1), today + timedelta(days=366)):
        with pytest.raises(InvalidCase):
            retention.hold(session, vault, clock, case_id, employee, until, "Klage.", rules)
    stranger = EmployeeRef("2", "Ola", "granlia")
    with pytest.raises(CaseNotFound):
        retention.hold(session, vault, clock, case_id, stranger, today + timedelta(days=9), "Klage.", rules)


def test_let_go_gives_the_warning_again(session, vault, clock, closed, night, employee, rules):
    case_id = closed()
    clock.move(days=80)
    until = local_date(clock.now()) + timedelta(days=100)
    retention.hold(session, vault, clock, case_id, employee, until, "Klage.", rules)
    clock.move(days=50)
    retention.let_go(session, vault, clock, case_id, employee, rules)
    assert planned(session, case_id).delete_on == local_date(clock.now()) + timedelta(days=14)
    assert retention.hold_reason(session, vault, case_id, "fjordvik") is None


def test_the_person_is_told_and_can_keep_it(session, vault, clock, closed, night, rules):
    case_id = closed(notices_ok=True)
    ended = local_date(clock.now())

    def today() -> date:
        return local_date(clock.now())

    assert retention.deleted_on(session, case_id, rules, today()) == ended + timedelta(days=90)
    clock.move(days=80)
    night()
    notice = session.scalars(select(Notice)).one()
    assert (notice.kind, notice.state) == ("deletion", "waiting")
    until = retention.keep_on_wish(session, vault, clock, case_id, rules)
    session.refresh(notice)
    assert (notice.state, notice.recipient_sealed) == ("seen", None)
    assert retention.deleted_on(session, case_id, rules, today()) == until
    clock.move(days=100)
    assert night().deleted == 0
    clock.move(days=80)
    night()
    clock.move(days=14)
    assert night().deleted == 1


def test_an_open_case_needs_no_wish_to_stay(session, vault, clock, new_case, rules):
    case_id = cases.send_case(session, vault, clock, new_case()).case_id
    assert retention.deleted_on(session, case_id, rules, local_date(clock.now())) is None
    with pytest.raises(InvalidCase):
        retention.keep_on_wish(session, vault, clock, case_id, rules)


def test_a_municipality_decides_other_days(session, clock, closed, night):
    from web.catalog import load

    own = load(Path(__file__).parents[3] / "services_catalog", "lauvdal").retention
    case_id = closed()
    clock.move(days=60 - 21)
    assert night(own).listed == 1
    clock.move(days=21)
    assert night(own).deleted == 1
    assert not there(session, case_id)


def test_the_night_is_run_once_whoever_comes(session, engine, vault, clock, closed, rules, night):
    closed()
    clock.move(days=80)
    assert night(again=False).listed == 1
    assert night(again=False) is None
    clock.move(days=1)
    with Session(engine) as one, Session(engine) as other:
        assert retention.claim_night(one, clock.now())
        assert not retention.claim_night(other, clock.now())
        clock.move(minutes=61)  # the first one has died
        assert retention.claim_night(other, clock.now())
    rows = session.scalars(select(NightlyRun).order_by(NightlyRun.on_date)).all()
    assert json.loads(rows[0].counts) == {"fjordvik": {"listed": 1, "deleted": 0, "failed": 0}}
    assert rows[0].ended_at is not None


def test_one_case_that_cannot_be_opened_does_not_stop_the_others(session, clock, closed, night):
    broken, whole = closed(notices_ok=True), closed()
    session.get(Case, broken).wrapped_key = "v1.gone.other.AAAA"
    session.commit()
    clock.move(days=80)
    assert night() == retention.Counts(listed=1, deleted=0, failed=1)
    assert planned(session, whole) is not None


# --- Gone -----------------------------------------------------------------------------------------------------


def files_of(config) -> dict[str, bytes]:
    path = Path(config.database_url.removeprefix("sqlite:///"))
    return {one.name: one.read_bytes() for one in path.parent.glob(f"{path.name}*")}


@pytest.mark.sqlite
def test_after_the_night_nothing_of_it_is_in_the_file_and_after_a_backup_neither(
    config, session, engine, vault, clock, new_case, employee, rules, tmp_path
):
    sound = MARKED.encode() * 3000
    case_id = cases.send_case(session, vault, clock, new_case(notices_ok=True)).case_id
    cases.add_recording(session, vault, clock, case_id, "0" * 32, "youth", sound, 4.0)
    cases.write_message(session, vault, clock, case_id, f"Svar {MARKED}", employee)
    cases.set_status(session, vault, clock, case_id, employee, "closed", "not_reached")
    case = session.get(Case, case_id)
    key = case.wrapped_key.rsplit(".", 1)[1].encode()
    chunk = session.scalars(select(RecordingChunk.content_sealed)).first()[:60]
    session.rollback()
    clock.move(days=80)

    def run() -> Any:
        return retention.run_night(lambda: Session(engine), vault, clock, {"fjordvik": rules}, again=True)

    run()

    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database = Path(config.database_url.removeprefix("sqlite:///"))
    backup = tmp_path / "backup.sqlite"
    shutil.copy(database, backup)
    assert key in backup.read_bytes()
    assert chunk in backup.read_bytes()

    clock.move(days=14)
    assert run()["fjordvik"].deleted == 1
    file = config.deletions_file
    session.rollback()
    assert journal.write_out(session, vault, file) == 1
    assert file.stat().st_mode & 0o077 == 0
    for content in files_of(config).values():
        assert key not in content
        assert chunk not in content
        assert not any(word.encode() in content for word in WORDS)
    assert not any(word in file.read_text() for word in WORDS)

    # The machine burns; the backup is put in place, with the case in it. The journal lay elsewhere.
    session.close()
    engine.dispose()
    for name in files_of(config):
        (database.parent / name).unlink()
    shutil.copy(backup, database)
    restored = make_engine(config.database_url)
    with Session(restored) as again:
        assert cases.read_case(again, vault, clock, case_id, employee).statements  # it lives, and can be read
        assert journal.replay(again, vault, clock, file, only_count=True) == journal.Replayed(1, 1)
        assert journal.replay(again, vault, clock, file) == journal.Replayed(1, 1)
        assert not there(again, case_id)
        assert again.scalars(select(Deletion.why)).all() == ["case_inquiry"]
        assert journal.replay(again, vault, clock, file) == journal.Replayed(1, 0)  # once more does no harm
        assert journal.write_out(again, vault, file) == 0
    assert all(key not in content for content in files_of(config).values())
    restored.dispose()


@pytest.mark.sqlite
def test_an_old_backup_cannot_be_read_once_the_ring_it_belongs_to_is_gone(
    config, session, engine, vault, clock, new_case, employee, tmp_path
):
    case_id = cases.send_case(session, vault, clock, new_case()).case_id
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    backup = tmp_path / "backup.sqlite"
    shutil.copy(config.database_url.removeprefix("sqlite:///"), backup)
    old = vault.keyring.current
    vault.rotate(session)
    vault.retire(session, old)
    opened = make_engine(f"sqlite:///{backup}")
    with Session(opened) as copy, pytest.raises(VaultError):
        cases.read_case(copy, Vault(KeyRing.load(config.keys_dir)), clock, case_id, employee)
    opened.dispose()


def test_the_journal_takes_no_line_that_somebody_else_has_written(
    config, session, vault, clock, new_case, tmp_path
):
    kept = cases.send_case(session, vault, clock, new_case()).case_id
    gone = cases.send_case(session, vault, clock, new_case()).case_id
    cases.delete_case(session, vault, clock, gone)
    file = tmp_path / "journal"
    journal.write_out(session, vault, file)
    line = json.loads(file.read_text())
    file.write_text(file.read_text() + json.dumps({**line, "case_id": kept}) + "\n")
    with pytest.raises(journal.JournalError, match="line 2"):
        journal.replay(session, vault, clock, file)
    assert there(session, kept)
    file.write_text("[1]\n")
    with pytest.raises(journal.JournalError, match="line 1"):
        journal.replay(session, vault, clock, file)
    with pytest.raises(journal.JournalError, match="cannot be read"):
        journal.replay(session, vault, clock, tmp_path / "nowhere")


def test_half_a_line_after_a_power_cut_is_written_again(session, vault, clock, new_case, tmp_path):
    file = tmp_path / "journal"
    for _ in range(2):
        case_id = cases.send_case(session, vault, clock, new_case()).case_id
        cases.delete_case(session, vault, clock, case_id)
        journal.write_out(session, vault, file)
    file.write_bytes(file.read_bytes()[:-40])
    session.scalars(select(Deletion).where(Deletion.case_id == case_id)).one().in_file = False
    session.commit()
    assert journal.write_out(session, vault, file) == 1
    assert len(list(journal.read(file, vault))) == 2


@pytest.mark.sqlite
def test_the_writers_part_is_deleted_again_and_the_childs_words_stay(
    config, session, engine, vault, clock, new_case, employee, tmp_path
):
    new = new_case(writer="parent", statements=(("parent", f"Eg er mor. {MARKED}"),), about="my_child")
    case_id = cases.send_case(session, vault, clock, new).case_id
    told = ChildTold("key-of-a-telling-1", "child", "nb", (ChildStatement("Eg er redd."),))
    cases.child_tells(session, vault, clock, case_id, told)
    session.close()
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database = Path(config.database_url.removeprefix("sqlite:///"))
    shutil.copy(database, tmp_path / "backup.sqlite")
    cases.delete_case(session, vault, clock, case_id)
    journal.write_out(session, vault, tmp_path / "journal")
    restored = make_engine(f"sqlite:///{tmp_path / 'backup.sqlite'}")
    with Session(restored) as again:
        assert journal.replay(again, vault, clock, tmp_path / "journal").deleted == 1
        view = cases.read_case(again, vault, clock, case_id, employee)
        assert [one.text for one in view.statements] == ["Eg er redd."]
        assert journal.replay(again, vault, clock, tmp_path / "journal").deleted == 0
    restored.dispose()


# --- The writer's wish to delete ------------------------------------------------------------------------------


def asked(session, vault, clock, case_id, rules):
    return deletion_requests.ask_to_delete(session, vault, clock, case_id, rules)


def test_before_anything_has_come_of_it_the_person_deletes_at_once(
    session, vault, clock, new_case, employee, rules
):
    case_id = cases.send_case(session, vault, clock, new_case()).case_id
    cases.write_message(session, vault, clock, case_id, "Hei.", employee)
    assert deletion_requests.may_delete_now(session, case_id, rules)
    assert asked(session, vault, clock, case_id, rules) == "deleted"
    assert not there(session, case_id)
    assert session.scalars(select(Deletion.why)).all() == ["person"]


def test_after_help_it_is_a_request_and_the_case_is_closed_to_reading(
    session, vault, clock, closed, rules, night
):
    case_id = closed("got_help", notices_ok=True)
    assert asked(session, vault, clock, case_id, rules) == "asked"
    case = session.get(Case, case_id, populate_existing=True)
    assert case.blocked_at is not None
    assert (case.contact.way, case.contact.details_sealed, case.contact.notices_ok) == ("code", None, False)
    request = deletion_requests.newest_request(session, vault, case_id)
    assert (request.state, request.answer_by) == ("waiting", date(2026, 12, 4))
    assert asked(session, vault, clock, case_id, rules) == "asked"
    assert session.scalar(select(func.count()).select_from(DeletionRequest)) == 1
    assert session.scalars(select(Deletion.kind)).all() == ["contact"]


def test_writing_takes_the_request_back(session, vault, clock, closed, rules):
    case_id = closed("got_help")
    asked(session, vault, clock, case_id, rules)
    view = cases.write_message(session, vault, clock, case_id, "Eg treng dykk likevel.")
    assert session.get(Case, case_id).blocked_at is None
    assert deletion_requests.newest_request(session, vault, case_id).state == "withdrawn"
    assert "deletion_ask_withdrawn" in [line.action for line in view.log]


def test_a_child_who_tells_is_read_and_the_writer_learns_nothing(session, vault, clock, closed, rules):
    case_id = closed("got_help", writer="parent", statements=(("parent", "Eg er mor."),), about="my_child")
    asked(session, vault, clock, case_id, rules)
    told = ChildTold(
        "key-of-a-telling-1", "child", "nb", (ChildStatement("Eg er redd."),), acute_kinds=("violence",)
    )
    cases.child_tells(session, vault, clock, case_id, told)
    assert session.get(Case, case_id, populate_existing=True).blocked_at is None
    request = deletion_requests.newest_request(session, vault, case_id)
    assert request.state == "waiting"
    view = cases.view_for_person(session, vault, clock, case_id)
    assert "deletion_ask_withdrawn" not in [line.action for line in view.log]


def test_where_danger_was_noticed_nothing_is_closed_before_a_person_has_looked(
    session, vault, clock, closed, rules, employee
):
    case_id = closed("got_help", acute_kinds=("violence",))
    asked(session, vault, clock, case_id, rules)
    case = session.get(Case, case_id, populate_existing=True)
    assert case.blocked_at is None
    assert case.contact.details_sealed is not None


def test_danger_that_only_the_child_told_of_is_not_to_be_seen_from_the_answer(
    session, vault, clock, closed, rules
):
    case_id = closed("got_help", writer="parent", statements=(("parent", "Eg er mor."),), about="my_child")
    told = ChildTold(
        "key-of-a-telling-1", "child", "nb", (ChildStatement("Eg er redd."),), acute_kinds=("violence",)
    )
    cases.child_tells(session, vault, clock, case_id, told)
    case = session.get(Case, case_id, populate_existing=True)
    case.status, case.closed_outcome = "closed", "got_help"
    session.commit()
    asked(session, vault, clock, case_id, rules)
    case = session.get(Case, case_id, populate_existing=True)
    assert case.contact.details_sealed is None  # as in any other case
    assert case.blocked_at is None  # but it can be read


def test_a_no_has_a_ground_and_words(session, vault, clock, closed, rules, employee):
    case_id = closed("got_help")
    with pytest.raises(deletion_requests.AlreadyAnswered):
        deletion_requests.answer_yes(session, vault, clock, case_id, employee)
    asked(session, vault, clock, case_id, rules)
    with pytest.raises(InvalidCase):
        deletion_requests.answer_no(session, vault, clock, case_id, employee, "because", "Nei.", rules)
    deletion_requests.answer_no(session, vault, clock, case_id, employee, "archive_duty", MARKED, rules)
    found = deletion_requests.newest_request(session, vault, case_id)
    assert (found.state, found.ground, found.words, found.answered_by) == (
        "refused",
        "archive_duty",
        MARKED,
        employee.name,
    )
    assert found.blocked  # a closed case stays closed to ordinary reading
    with pytest.raises(deletion_requests.AlreadyAnswered):
        deletion_requests.answer_yes(session, vault, clock, case_id, employee)


def test_a_yes_deletes_and_says_who(session, vault, clock, closed, rules, employee):
    case_id = closed("got_help")
    asked(session, vault, clock, case_id, rules)
    stranger = EmployeeRef("2", "Ola", "granlia")
    with pytest.raises(CaseNotFound):
        deletion_requests.answer_yes(session, vault, clock, case_id, stranger)
    deletion_requests.answer_yes(session, vault, clock, case_id, employee)
    assert not there(session, case_id)
    last = session.scalars(select(Deletion).where(Deletion.kind == "case")).one()
    assert (last.why, last.by_name) == ("request", employee.name)


def test_a_case_that_waits_for_an_answer_is_not_deleted_by_the_night(
    session, vault, clock, closed, rules, night
):
    case_id = closed()
    session.add(
        DeletionRequest(
            id="r",
            case_id=case_id,
            municipality="fjordvik",
            reference="AAAAAA",
            asked_at=clock.now(),
            answer_by=local_date(clock.now()),
            state="waiting",
        )
    )
    session.commit()
    clock.move(days=200)
    assert night() == retention.Counts(0, 0, 0)
