"""Every route of the front desk, and a browser that is already logged in: for tests that try them all."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

#: What the parameters of addresses are filled with; the test hands in the ids of real things.
ANYTHING = {"slug": "tjeneste", "name": "helsestasjon"}


def staff_routes(app: Any) -> list[tuple[str, str, Any]]:
    """(method, endpoint, rule) of all that only employees reach, in a steady order."""
    from web.security.access import mark_of

    return sorted(
        (
            (method, rule.endpoint, rule)
            for rule in app.url_map.iter_rules()
            for method in rule.methods - {"OPTIONS", "HEAD"}
            if mark_of(app, rule.endpoint).level == "staff"
        ),
        key=lambda found: (str(found[2]), found[0]),
    )


def address(rule: Any, known: Mapping[str, str]) -> str:
    """The rule's address with its parameters filled in."""
    from werkzeug.routing import IntegerConverter

    values: dict[str, Any] = {}
    for name, converter in rule._converters.items():
        given = {**ANYTHING, **known}.get(name)
        values[name] = int(given or 1) if isinstance(converter, IntegerConverter) else given or "x"
    _domain, path = rule.build(values)
    return str(path)


def enter(client: Any, employee: Any) -> None:
    """Log this employee in without the login page."""
    from web.db import db
    from web.security import sessions
    from web.staff.models import Employee

    app, prefix = client.application, ""
    if employee.municipality != app.extensions["portal-municipalities"].default:
        prefix = f"/{employee.municipality}"
    with app.test_request_context(f"{prefix}/"):
        from flask import request, session

        request.environ["portal.municipality"] = employee.municipality
        sessions.log_in(db().get(Employee, employee.id))
        db().commit()
        cookie = dict(session)
    with client.session_transaction() as session:
        session.clear()
        session.update(cookie)


def rows(config: Any, *, without: tuple[str, ...] = ()) -> str:
    """A fingerprint of every row in the database but those of some tables."""
    from sqlalchemy import create_engine, inspect
    from sqlalchemy.pool import NullPool

    digest = hashlib.sha256()
    with create_engine(config.database_url, poolclass=NullPool).connect() as connection:
        for table in sorted(set(inspect(connection).get_table_names()) - set(without)):
            found = connection.exec_driver_sql(f'SELECT * FROM "{table}"')  # noqa: S608 - our own names
            for row in sorted(map(repr, found)):
                digest.update(f"{table}{row}".encode())
    return digest.hexdigest()
