"""Escalation of a whole portal: who is told, the neutral email over a real SMTP server, and the command."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, time

import pytest
from click.testing import CliRunner
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.conftest import MARKED
from tests.web.test_notices import MailPeer, certificate  # noqa: F401 - a fixture, asked for by its name
from web import cases, escalations
from web.cases.duty_tables import Escalation, StaffNotice
from web.catalog import Hours, Period
from web.config import Config, SmtpServer
from web.staff.models import create_employee

TUESDAY = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.fixture
def leader(session):
    employee, _ = create_employee(session, "fjordvik", "lise", "Lise Leder", "", ["leader"])
    employee.email = "lise@fjordvik.example"
    session.commit()
    return employee


@pytest.fixture
def mail(request):
    peer = MailPeer(request.getfixturevalue("certificate"))
    yield peer
    peer.close()


@pytest.fixture
def sending(config: Config, mail: MailPeer, request, compiled_translations) -> Config:
    smtp = SmtpServer(
        "127.0.0.1",
        mail.port,
        "post@svar.example.no",
        "",
        "portal",
        "a secret word",
        ca_file=request.getfixturevalue("certificate"),
    )
    return dataclasses.replace(config, smtp=smtp)


def run(engine, clock, config, catalog):
    return escalations.run(lambda: Session(engine), clock, config, [catalog])


def test_the_email_says_that_a_case_waits_and_nothing_of_it(
    session,
    engine,
    vault,
    clock,
    new_case,
    catalog,
    sending,
    mail,
    leader,
):
    receipt = cases.send_case(session, vault, clock, new_case())
    clock.at = TUESDAY
    assert run(engine, clock, sending, catalog) == {"new": 1, "sent": 1}
    assert run(engine, clock, sending, catalog) == {"new": 0}
    ((_sender, recipient, got),) = mail.mails
    assert recipient == "lise@fjordvik.example"
    assert got["Subject"] == "Det er en sak som venter i Én dør inn"
    whole = got.as_string() + got.get_content()
    for secret in (receipt.reference, receipt.case_id, MARKED, "Lise", "fjordvik/", "http"):
        assert secret not in whole
    assert mail.encrypted == [True]


def test_without_a_mail_server_the_steps_are_still_taken(
    session, engine, vault, clock, new_case, catalog, config, leader
):
    cases.send_case(session, vault, clock, new_case())
    clock.at = TUESDAY
    assert run(engine, clock, config, catalog) == {"new": 1}
    assert session.scalar(select(Escalation.step)) == "promise_broken"
    assert session.scalar(select(StaffNotice.state)) == "waiting"


def test_a_refused_address_and_a_busy_server(
    session,
    engine,
    vault,
    clock,
    new_case,
    catalog,
    sending,
    mail,
    leader,
):
    cases.send_case(session, vault, clock, new_case())
    clock.at = TUESDAY
    mail.answers = ["later"]
    assert run(engine, clock, sending, catalog) == {"new": 1, "waiting": 1}
    clock.move(minutes=1)
    mail.answers = ["nobody"]
    assert run(engine, clock, sending, catalog) == {"new": 0, "refused": 1}
    clock.move(minutes=10)
    assert run(engine, clock, sending, catalog) == {"new": 0}
    assert mail.mails == []


def test_who_is_told_is_who_may_decide_or_work_here(session, catalog, leader):
    for username, roles, municipality in (
        ("anne", ["administrator"], "fjordvik"),
        ("maja", ["front_desk"], "fjordvik"),
        ("ola", ["contact_person"], "fjordvik"),
        ("liv", ["leader", "front_desk"], "granlia"),
    ):
        made, _ = create_employee(session, municipality, username, username, "", roles)
        made.email = f"{username}@fjordvik.example"
    closed, _ = create_employee(session, "fjordvik", "gone", "Gone", "", ["front_desk", "leader"])
    closed.email, closed.active = "gone@fjordvik.example", False
    session.commit()
    staff = escalations.staff_of(session, catalog)
    assert staff.leaders == ("lise@fjordvik.example",)
    assert staff.front_desk == ("maja@fjordvik.example",)
    assert set(staff.emails.values()) == {
        "lise@fjordvik.example", "anne@fjordvik.example", "maja@fjordvik.example", "ola@fjordvik.example",
    }  # fmt: skip
    assert len(staff.works) == 2


def test_the_hours_of_the_contact_point(catalog):
    hours = escalations.opening_hours(catalog.contact_point.hours)
    assert hours.by_weekday == dict.fromkeys(range(5), (time(8), time(15, 30)))
    assert escalations.opening_hours(Hours()) is None
    assert escalations.opening_hours(Hours(always=True)) is None
    weekend = Hours(periods=(Period((5, 6), 600, 900),))
    assert escalations.opening_hours(weekend) is None
    split = Hours(periods=(Period((0,), 480, 660), Period((0,), 720, 1500)))
    assert escalations.opening_hours(split).by_weekday == {0: (time(8), time(23, 59))}


def test_the_command(config, monkeypatch, session, vault, clock, new_case):
    from web.cli import cli

    clock.at = datetime(2026, 1, 5, 10, tzinfo=UTC)
    cases.send_case(session, vault, clock, new_case())
    session.close()
    monkeypatch.setenv("PORTAL_VAR_DIR", str(config.keys_dir.parent))
    monkeypatch.setenv("PORTAL_TESTING", "1")
    answer = CliRunner().invoke(cli, ["escalations", "run"])
    assert (answer.exit_code, answer.output.strip()) == (0, "1 new")
    assert CliRunner().invoke(cli, ["escalations", "run"]).output.strip() == "0 new"
