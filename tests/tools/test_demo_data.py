"""The generated year: real cases are never touched, and what is made is what the portal itself would have made."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tools import demo_data
from web import cases
from web.cases.models import Case, Consent, ServiceMark, queue_key
from web.cases.queue_types import QueueFilters
from web.cases.types import STATUSES
from web.security.vault import KeyRing, Vault
from web.staff.models import Employee


@pytest.fixture
def made(config, quick):
    """120 cases in the test's database."""
    assert demo_data.make(config, 120, seed=3, open_share=None, say=lambda line: None)
    return config


@pytest.fixture
def quick(monkeypatch):
    from argon2 import PasswordHasher

    from web.staff import models

    monkeypatch.setattr(models, "_HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


def test_every_case_is_as_the_portal_keeps_it(made, engine, clock):
    vault = Vault(KeyRing.load(made.keys_dir))
    with Session(engine) as session:
        reader = session.scalars(select(Employee)).first().ref()
        rows = session.scalars(select(Case)).all()
        assert len(rows) == 120
        assert {row.status for row in rows} >= {"closed", "in_progress"}
        assert {row.language for row in rows} == {"nb", "nn"}
        assert len({row.contact_person_id for row in rows}) > 5
        for row in rows:
            assert row.queue_key == queue_key(
                status=row.status,
                urgency=row.urgency,
                waiting_since=row.waiting_since,
                due_on=row.due_on,
                unread=row.unread,
                contact_person_name=row.contact_person_name,
                created_at=row.created_at,
            )
            assert (row.status == "closed") == (row.closed_outcome is not None)
        for row in rows[:20]:
            view = cases.read_case(session, vault, clock, row.id, reader)
            said = [view.statements[0].text, *(message.text for message in view.messages)]
            assert all("(Oppdikt" in text for text in said)
            for understanding in view.understandings:
                for need in understanding.needs:
                    for found in need.evidence:
                        assert (
                            view.statements[found.statement]
                            .text[found.start : found.end]
                            .endswith((".", "?"))
                        )
            assert [line.at for line in view.log[:-1]] == sorted(line.at for line in view.log[:-1])
        service = session.scalar(select(func.count()).select_from(ServiceMark))
        assert service >= (session.scalar(select(func.count()).select_from(Consent)) or 0) > 0
        everything = cases.queue(session, vault, clock, made.municipality, QueueFilters(statuses=STATUSES))
        assert len(everything) == 120


def test_more_is_added_to_demo_data_and_the_password_is_told_once(made, engine):
    assert demo_data.make(made, 30, seed=4, open_share=1.0, say=lambda line: None) == ""
    with Session(engine) as session:
        assert session.scalar(select(func.count()).select_from(Case)) == 150
        assert session.scalar(select(func.count()).select_from(Employee)) == len(demo_data.PEOPLE)
        opened = session.scalar(
            select(func.count()).select_from(Case).where(Case.submission_key > f"{demo_data.PREFIX}00000120")
        )
        assert opened == 30


def test_a_database_with_a_real_case_is_refused_and_not_touched(
    config, engine, session, vault, clock, new_case
):
    cases.send_case(session, vault, clock, new_case())
    with pytest.raises(demo_data.Refused, match="no demo data"):
        demo_data.make(config, 10, seed=1, open_share=None, say=lambda line: None)
    for table, count in ((Case, 1), (Employee, 0)):
        assert session.scalar(select(func.count()).select_from(table)) == count


def test_the_command_says_why_it_refuses(config, session, vault, clock, new_case, monkeypatch, capsys):
    cases.send_case(session, vault, clock, new_case())
    monkeypatch.setenv("PORTAL_VAR_DIR", str(config.var_dir))
    assert demo_data.main(["5"]) == 2
    assert "no demo data" in capsys.readouterr().err


def test_every_language_and_need_has_sentences():
    import yaml

    from web.catalog import load

    texts = yaml.safe_load((demo_data.ROOT / "tools" / "demo_texts.yml").read_text(encoding="utf-8"))
    catalog = load(demo_data.ROOT / "services_catalog", "fjordvik")
    assert set(texts["needs"]) <= set(catalog.needs)
    for kinds in (texts["needs"], texts["acute"]):
        for languages in kinds.values():
            assert set(languages) == {"nb", "nn"}
            assert all(languages.values())
    assert all(len(texts["answers"][language]) >= 3 for language in ("nb", "nn"))
