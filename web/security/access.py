"""Every view says who may use it; what says nothing is closed.

public    everyone, no personal content (start page of information, error pages, static files, health)
citizen   everyone, personal content of this browser (the conversation before Send)
code      whoever has opened a case with its return code, until it is closed or forgotten
staff     employees who are logged in
api       other front ends; the view checks what it needs itself
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, get_args

from flask import Flask, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from web.security import sessions

Level = Literal["public", "citizen", "code", "staff", "api"]
LEVELS: tuple[Level, ...] = get_args(Level)
View = TypeVar("View", bound=Callable[..., Any])

ENTER_CODE = "citizen.enter_code"
STAFF_LOGIN = "staff.login"
STAFF_NEW_PASSWORD = "staff.new_password"  # noqa: S105 - the name of a page, not a password


@dataclass(frozen=True)
class Mark:
    """What a view says about itself."""

    level: Level
    index: bool = False
    one_time_password: bool = False
    background: bool = False
    logged_out: Callable[[], Response] | None = None
    right: str | None = None


def access(
    level: Level,
    *,
    index: bool = False,
    one_time_password: bool = False,
    background: bool = False,
    logged_out: Callable[[], Response] | None = None,
    right: str | None = None,
) -> Callable[[View], View]:
    """Mark a view with who may use it. Goes under the route decorator.

    index: search engines may show the page (start page and public information only).
    one_time_password: for staff; may be used before the one-time password has been changed.
    background: for staff; asked for by a script, so it does not lengthen the session.
    logged_out: for staff; what answers instead of the way to the login page, for forms whose text must not be
    lost when the session has ended.
    right: for staff; the name of a right that the employee must have, a field of web.staff.models.Employee.
    """
    if level not in LEVELS:
        raise ValueError(f"unknown access level {level!r}")

    def mark(view: View) -> View:
        view.__access__ = Mark(level, index, one_time_password, background, logged_out, right)  # type: ignore[attr-defined]
        return view

    return mark


def mark_of(app: Flask, endpoint: str | None) -> Mark | None:
    """The mark of an endpoint; None when it has none."""
    if endpoint is None:
        return None
    if endpoint == "static" or endpoint.endswith(".static"):
        return Mark("public")
    view = app.view_functions.get(endpoint)
    mark = getattr(view, "__access__", None) or getattr(getattr(view, "view_class", None), "__access__", None)
    return mark if isinstance(mark, Mark) else None


def init_access(app: Flask) -> None:
    """Enforce the marks, in one place, before every view."""

    @app.before_request
    def _enforce() -> Response | None:
        if request.endpoint is None:
            return None  # no such address, or the wrong method: Flask's own 404 or 405 follows
        mark = mark_of(app, request.endpoint)
        if mark is None:
            if app.testing:
                raise RuntimeError(f"{request.endpoint} does not say who may use it: add @access(…)")
            app.logger.error("endpoint without access mark: %s", request.endpoint)
            abort(404)
        if mark.level == "code" and sessions.open_case_id() is None:
            return redirect(url_for(ENTER_CODE))
        if mark.level == "staff":
            employee = sessions.employee(stay=not mark.background)
            if employee is None:
                return mark.logged_out() if mark.logged_out else redirect(url_for(STAFF_LOGIN))
            if employee.must_change_password and not mark.one_time_password:
                return redirect(url_for(STAFF_NEW_PASSWORD))
            if mark.right is not None and not getattr(employee, mark.right):
                abort(403)
        return None
