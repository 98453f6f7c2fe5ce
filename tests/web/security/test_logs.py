"""The marked sentence reaches no log, whatever goes wrong."""

from __future__ import annotations

import io
import logging

import pytest
from sqlalchemy.exc import IntegrityError

from tests.conftest import MARKED
from web import csrf
from web.security.access import access
from web.security.logs import SafeFormatter


@pytest.fixture
def log():
    """Everything that is logged in this test, as the portal would write it."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(SafeFormatter())
    root = logging.getLogger()
    root.addHandler(handler)
    yield stream
    root.removeHandler(handler)


def fail_in_every_way(text: str) -> None:
    local = text  # noqa: F841 - local variables must not show either
    try:
        raise ValueError(text)
    except ValueError as first:
        try:
            raise IntegrityError(f"INSERT {text}", {"text": text}, Exception(text))
        except IntegrityError:
            raise LookupError(text, {"form": text}) from first


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_an_unhandled_error_says_where_and_not_what(make_app, capsys, method):
    app = make_app(testing=False)

    def view() -> str:
        from flask import request

        fail_in_every_way(request.values["text"])
        return ""

    app.add_url_rule("/t/fail", "t_fail", access("citizen")(csrf.exempt(view)), methods=["GET", "POST"])
    sent = {"data" if method == "POST" else "query_string": {"text": MARKED}}
    answer = app.test_client().open("/t/fail", method=method, **sent)
    assert answer.status_code == 500
    written = capsys.readouterr().err
    assert "ERROR web unhandled LookupError at t_fail" in written
    assert "builtins.ValueError" in written
    assert "tests/web/security/test_logs.py:" in written
    assert "in fail_in_every_way" in written
    assert "Zvartbakke" not in written
    assert "kvitrar" not in written
    assert "?" not in written


def test_arguments_that_may_be_prose_are_left_out(log):
    logger = logging.getLogger("somewhere.else")
    logger.warning("got %s from %s in %d ms", MARKED, "10.0.0.1", 12)
    logger.warning("got %(what)s", {"what": MARKED})
    logger.warning("failed: %r", ValueError(MARKED))
    logger.warning("GET %s", f"/sak?text={MARKED.replace(' ', '+')}")
    logger.error("form %s", {"text": MARKED})
    record = logging.LogRecord("x", logging.ERROR, "x.py", 1, "broken %d", (MARKED,), None)
    log.write(SafeFormatter().format(record))
    written = log.getvalue()
    assert "Zvartbakke" not in written
    assert "kvitrar" not in written
    assert "from 10.0.0.1 in 12 ms" in written
    assert "failed: 'ValueError'" in written


def test_a_line_cannot_be_forged(log):
    logging.getLogger("x").warning("user %s", "a\n2026 INFO web all good")
    assert len(log.getvalue().splitlines()) == 1


def test_errors_of_the_database_hide_what_was_written(engine):
    statement = "INSERT INTO drafts (id, content_sealed, created_at) VALUES (?, ?, NULL)"
    with engine.connect() as connection, pytest.raises(IntegrityError) as caught:
        connection.exec_driver_sql(statement, (MARKED, MARKED))
    assert "Zvartbakke" not in str(caught.value)
