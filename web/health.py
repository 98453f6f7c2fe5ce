"""GET /healthz: portal, database, assistant."""

from __future__ import annotations

import time
from threading import Lock

from flask import Blueprint, Response, jsonify
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from web import current
from web.db import db
from web.migrations.runner import at_head
from web.security.access import access
from web.security.vault import KeyRingError, VaultError

blueprint = Blueprint("health", __name__)

_KEEP_SECONDS = 2.0
_lock = Lock()
_asked: dict[str, tuple[float, bool]] = {}


@blueprint.get("/healthz")
@access("public")
def healthz() -> tuple[Response, int]:
    """Each part ok or not; 503 when the portal or the database is not.

    Without the assistant the portal still works.
    """
    portal, database = _portal_ok(), _database_ok()
    state = {"portal": portal, "database": database, "assistant": _assistant_ok()}
    body = {part: "ok" if ok else "not ok" for part, ok in state.items()}
    return jsonify(body), 200 if portal and database else 503


def _portal_ok() -> bool:
    try:
        return current.vault().check() and bool(current.catalog().services)
    except (VaultError, KeyRingError):
        return False


def _database_ok() -> bool:
    """Reachable, and at the version of the tables that this portal was built for."""
    try:
        db().execute(text("SELECT 1"))
        return at_head(db().connection())
    except SQLAlchemyError:
        return False


def _assistant_ok() -> bool:
    """Asked at most every two seconds: a busy monitor must not load the assistant."""
    client = current.assistant()
    key = str(id(client))
    with _lock:
        at, answer = _asked.get(key, (-_KEEP_SECONDS, False))
        if time.monotonic() - at >= _KEEP_SECONDS:
            answer = client.healthy()
            _asked.clear()
            _asked[key] = (time.monotonic(), answer)
        return answer
