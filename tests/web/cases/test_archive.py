"""The package for the archive: whole, checked against its schema and its sums, and what follows from a receipt."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.conftest import MARKED
from tests.web.cases.test_sealing import whole_case
from web import cases
from web.cases import archive, deletion_requests, noark, retention
from web.cases.keeping_tables import ArchivedCase, ArchiveExport
from web.cases.models import SEALED_FIELDS, Case
from web.cases.types import CaseChanged, CaseNotFound
from web.db import Base


def hangs_on_a_case(name):
    """Whether rows of this table go with a case."""
    if name in ("cases", "log_entries"):
        return True
    return any(hangs_on_a_case(key.column.table.name) for key in Base.metadata.tables[name].foreign_keys)


@pytest.fixture
def rules(catalog):
    return catalog.retention


@pytest.fixture
def closed(session, vault, clock, new_case, employee):
    def make(outcome="got_help", **changes):
        case_id = cases.send_case(session, vault, clock, new_case(**changes)).case_id
        cases.write_message(session, vault, clock, case_id, "Vi ringer i morgon.", employee)
        cases.set_status(session, vault, clock, case_id, employee, "closed", outcome)
        return case_id

    return make


@pytest.fixture
def take(session, vault, clock, employee, rules):
    """take(case_id, …): the package as a zip, and what was made."""

    def make(*case_ids, by=employee):
        target = io.BytesIO()
        owner = archive.Owner("fjordvik", "Fjordvik kommune", rules)
        made = archive.make(session, vault, clock, case_ids, by, owner, target, lambda line: line.action)
        return zipfile.ZipFile(target), made

    return make


def test_every_file_has_the_sum_that_is_said_and_the_schemas_hold(take, closed):
    package, made = take(closed(), closed())
    assert made.cases == 2
    names = package.namelist()
    base = f"{made.id}/"
    assert all(name.startswith(base) for name in names)
    said = dict(
        reversed(line.split("  ")) for line in package.read(f"{base}sjekksummer.sha256").decode().splitlines()
    )
    assert set(said) == {name.removeprefix(base) for name in names} - {"sjekksummer.sha256"}
    for name, digest in said.items():
        assert hashlib.sha256(package.read(base + name)).hexdigest() == digest, name
    structure = package.read(f"{base}arkivstruktur.xml")
    noark.check(structure, "arkivstruktur.xsd")
    noark.check(package.read(f"{base}arkivuttrekk.xml"), "arkivuttrekk.xsd")
    for name, digest in said.items():
        if name.startswith("dokumenter/"):
            assert name.encode() in structure
            assert digest.encode() in structure
    assert structure.count(b"saksmappe") == 2
    # Titles tell nothing of what was told.
    assert MARKED.encode() not in structure


def test_the_persons_own_words_are_in_it_unchanged_with_voice_and_child_apart(
    take, session, vault, clock, new_case, employee, monkeypatch
):
    case_id = whole_case(session, vault, clock, new_case, employee)
    case = session.get(Case, case_id, populate_existing=True)
    case.status, case.closed_outcome = "closed", "got_help"
    session.commit()
    package, made = take(case_id)
    base = f"{made.id}/dokumenter/{case_id}/"
    files = {
        name.removeprefix(base): package.read(name) for name in package.namelist() if name.startswith(base)
    }
    assert files["fortalt-001.txt"].decode() == f"{MARKED}. Dei ler av meg kvar dag."
    assert any(
        content == MARKED.encode() * 2000 for name, content in files.items() if name.startswith("opptak")
    )
    assert any(name.startswith("melding") and "vedlegg" in name for name in files)
    assert b"Barnet selv" in package.read(f"{made.id}/arkivstruktur.xml")
    rows = json.loads(files["sak.json"])
    # Everything that is sealed in a case's tables is here, opened, but for keys and what is no part of the case.
    for table, columns in SEALED_FIELDS.items():
        if table in archive._NOT_THE_CASE or not hangs_on_a_case(table):
            assert table not in rows
            continue
        wanted = {c.removesuffix("_sealed") for c in columns} - {"code_proof", "code", "key", "content"}
        if table == "measures":
            wanted |= {"content"}
        assert table in rows, table
        assert wanted <= {name for row in rows[table] for name in row}, table
    whole = files["sak.json"].decode()
    assert '"v1.' not in whole
    assert case.wrapped_key not in whole
    assert case.code_hash not in whole


def test_a_receipt_counts_and_what_comes_after_it_is_taken_out_again(
    take, closed, session, vault, clock, rules, employee
):
    case_id = closed()
    assert [case.id for case in archive.ready(session, "fjordvik", rules)] == [case_id]
    _, made = take(case_id)
    case = session.get(Case, case_id)
    assert retention.due(session, case, rules).rule == "case_followed"  # handed over is not yet received
    assert [one.id for one in archive.ready(session, "fjordvik", rules)] == [case_id]
    with pytest.raises(CaseNotFound):
        archive.confirm(session, clock, made.id, "granlia", "Ola", "2026/1")
    archive.confirm(session, clock, made.id, "fjordvik", "Maja Vik", "2026/17")
    assert retention.due(session, case, rules).rule == "case_archived"
    assert archive.ready(session, "fjordvik", rules) == []
    clock.move(hours=1)
    cases.write_message(session, vault, clock, case_id, "Ei ting til.", employee)
    session.expire_all()
    assert retention.due(session, session.get(Case, case_id), rules).rule == "case_followed"
    assert [one.id for one in archive.ready(session, "fjordvik", rules)] == [case_id]


def test_after_the_receipt_the_municipalitys_days_count_and_the_receipt_outlives_the_case(
    take, closed, session, engine, vault, clock
):
    from pathlib import Path

    from web.catalog import load

    own = load(Path(__file__).parents[3] / "services_catalog", "lauvdal").retention
    case_id = closed()
    _, made = take(case_id)
    archive.confirm(session, clock, made.id, "fjordvik", "Maja Vik", "2026/17")

    def night():
        found = retention.run_night(lambda: Session(engine), vault, clock, {"fjordvik": own}, again=True)
        return found["fjordvik"]

    clock.move(days=365 - 21)
    assert night().listed == 1
    clock.move(days=22)
    assert night().deleted == 1
    assert session.scalars(select(ArchivedCase.case_id)).all() == [case_id]
    kept = session.scalars(select(ArchiveExport)).one()
    assert (kept.sha256, kept.archive_reference) == (made.sha256, "2026/17")


def test_open_cases_inquiries_and_wishes_to_delete_are_not_taken_out(
    take, closed, session, vault, clock, new_case, rules, employee
):
    open_one = cases.send_case(session, vault, clock, new_case()).case_id
    closed("withdrawn")
    asked = closed()
    deletion_requests.ask_to_delete(session, vault, clock, asked, rules)
    assert archive.ready(session, "fjordvik", rules) == []
    for case_id in (open_one, asked):
        with pytest.raises(archive.NothingToArchive):
            take(case_id)
    with pytest.raises(archive.NothingToArchive):
        take()
    with pytest.raises(CaseNotFound):
        take("nothing")
    # Answered with no, it is only for the archive.
    deletion_requests.answer_no(session, vault, clock, asked, employee, "archive_duty", "Nei.", rules)
    assert [one.id for one in archive.ready(session, "fjordvik", rules)] == [asked]
    package, _ = take(asked)
    assert any(
        "Nei." in package.read(name).decode() for name in package.namelist() if name.endswith("sak.json")
    )


def test_a_case_that_changes_while_it_is_written_is_not_noted_as_taken_out(
    closed, session, engine, vault, clock, employee, rules
):
    case_id = closed()

    def say(line):
        with Session(engine) as other:
            cases.write_message(other, vault, clock, case_id, "Vent!")
        return line.action

    owner = archive.Owner("fjordvik", "Fjordvik kommune", rules)
    with pytest.raises(CaseChanged):
        archive.make(session, vault, clock, [case_id], employee, owner, io.BytesIO(), say)
    assert session.scalars(select(ArchiveExport)).all() == []


def test_the_same_document_has_the_same_id_each_time(take, closed):
    case_id = closed()
    first, second = take(case_id)[0], take(case_id)[0]

    def ids(package):
        name = next(one for one in package.namelist() if one.endswith("arkivstruktur.xml"))
        text = package.read(name).decode()
        return [line for line in text.splitlines() if "systemID" in line][2:]

    assert ids(first) == ids(second)


def test_names_that_xml_cannot_hold_and_schemas_that_do_not_hold():
    from datetime import UTC, datetime

    at = datetime(2026, 11, 22, tzinfo=UTC)
    one = "11111111-1111-1111-1111-111111111111"
    document = noark.Document(one, "Tekst", "Brev", "dokumenter/a/b.txt", "Ren tekst", "0" * 64, 3)

    def deposit(**changes):
        entry = noark.Entry(one, "I", at, "Brev", "Bj\x08ørn <b>", (document,))
        folder = noark.Folder(one, "ABC234", at, at + timedelta(days=1), "X", "Y", "Z", (entry,))
        values = {"folders": (folder,), **changes}
        return noark.Deposit(one, one, "fjordvik", "Fjordvik", at, "Maja", "Unntatt", "§ 13", **values)

    content = noark.structure_xml(deposit())
    assert "Bj�ørn &lt;b&gt;".encode() in content
    with pytest.raises(noark.NotValid, match="arkivstruktur"):
        noark.structure_xml(deposit(folders=()))
