"""GET /healthz."""

from __future__ import annotations

import pytest

from web import health
from web.security.vault import VaultError


@pytest.fixture(autouse=True)
def _ask_again():
    health._asked.clear()


def test_all_is_well(client):
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json == {"portal": "ok", "database": "ok", "assistant": "ok"}
    assert "Set-Cookie" not in answer.headers


def test_without_the_assistant_the_portal_is_still_up(client, assistant):
    assistant.away = True
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json == {"portal": "ok", "database": "ok", "assistant": "not ok"}


def test_the_assistant_is_not_asked_at_every_call(client, assistant):
    client.get("/healthz")
    assistant.away = True
    assert client.get("/healthz").json["assistant"] == "ok"


def test_an_old_database_is_not_ok(client, engine):
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json["database"]) == (503, "not ok")


def test_a_database_that_is_gone_is_not_ok(make_app, tmp_path):
    client = make_app(database_url=f"sqlite:///{tmp_path / 'empty.sqlite'}").test_client()
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json["database"]) == (503, "not ok")


def test_keys_that_do_not_work_are_not_ok(client, app, monkeypatch):
    def broken() -> bool:
        raise VaultError("no")

    monkeypatch.setattr(app.extensions["portal-vault"], "check", broken)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json["portal"]) == (503, "not ok")
