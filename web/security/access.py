"""Every view says who may use it; what says nothing is closed.

public    everyone, no personal content (start page of information, error pages, static files, health)
citizen   everyone, personal content of this browser (the conversation before Send)
code      whoever has opened a case with its return code, until it is closed or forgotten
staff     employees who are logged in and have the right that the view names (web.staff.rights)
api       other front ends; the view checks what it needs itself
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, get_args

from flask import Flask, abort, current_app, redirect, request, url_for
from werkzeug.wrappers import Response

from web import current
from web.security import separation, sessions
from web.staff.models import Employee
from web.staff.rights import RIGHTS, Right, needs_second_factor

Level = Literal["public", "citizen", "code", "staff", "api"]
LEVELS: tuple[Level, ...] = get_args(Level)
View = TypeVar("View", bound=Callable[..., Any])

ENTER_CODE = "citizen.enter_code"
STAFF_LOGIN = "staff.login"
STAFF_FIRST = "staff.queue"
STAFF_FACTORS = "staff_own.overview"
STAFF_CONFIRM = "staff_own.confirm"
STAFF_NEW_PASSWORD = "staff.new_password"  # noqa: S105 - the name of a page, not a password
UNNAMED: Right = "work_case"


@dataclass(frozen=True)
class Mark:
    """What a view says about itself."""

    level: Level
    index: bool = False
    one_time_password: bool = False
    background: bool = False
    logged_out: Callable[[], Response] | None = None
    right: Right | None = None
    before_factor: bool = False
    confirmed: bool = False


def access(
    level: Level,
    *,
    index: bool = False,
    one_time_password: bool = False,
    background: bool = False,
    logged_out: Callable[[], Response] | None = None,
    right: Right | None = None,
    before_factor: bool = False,
    confirmed: bool = False,
) -> Callable[[View], View]:
    """Mark a view with who may use it. Goes under the route decorator.

    index: search engines may show the page (start page and public information only).
    one_time_password: for staff; may be used before the one-time password has been changed.
    background: for staff; asked for by a script, so it does not lengthen the session.
    logged_out: for staff and code; what answers instead of the way to the login page or to the five words, for forms
    whose text must not be lost when the session has ended.
    right: for staff; what the employee must be allowed to do. A staff view that names none is for who works on
    cases, so that forgetting it opens nothing to administrators.
    before_factor: for staff; may be used by who must have a second factor and has none yet.
    confirmed: for staff; only a short while after the employee has proved who they are, else that comes first.
    """
    if level not in LEVELS:
        raise ValueError(f"unknown access level {level!r}")
    if right is not None and right not in RIGHTS:
        raise ValueError(f"unknown right {right!r}")
    if level == "staff" and right is None:
        right = UNNAMED

    def mark(view: View) -> View:
        view.__access__ = Mark(  # type: ignore[attr-defined]
            level, index, one_time_password, background, logged_out, right, before_factor, confirmed
        )
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
            return mark.logged_out() if mark.logged_out else redirect(url_for(ENTER_CODE))
        if mark.level == "staff":
            employee = sessions.employee(stay=not mark.background)
            if employee is None:
                return mark.logged_out() if mark.logged_out else redirect(url_for(STAFF_LOGIN))
            if employee.must_change_password and not mark.one_time_password:
                return redirect(url_for(STAFF_NEW_PASSWORD))
            open_without = mark.before_factor or mark.one_time_password
            if not open_without and factor_is_missing(employee):
                return redirect(url_for(STAFF_FACTORS))
            separation.confine(employee, mark.right)
            if mark.right is None or not employee.may(mark.right):
                if request.endpoint == STAFF_FIRST and request.method == "GET":
                    return redirect(
                        first_page(employee)
                    )  # the queue is everybody's way in, but not everybody's
                abort(403)
            if mark.confirmed and not sessions.recently_confirmed():
                return redirect(url_for(STAFF_CONFIRM), code=303)
        return None


def factor_is_missing(employee: Employee) -> bool:
    """Whether the employee must set up a second factor before anything else.

    Not after single sign-on: there, the municipality's own login asks for it.
    """
    row = sessions.employee_session()
    if row is None or row.factor != "password" or current.config().second_factor != "required":
        return False
    return needs_second_factor(employee.roles)


#: Where an employee begins, by the first of these rights that they have.
FIRST_PAGES: tuple[tuple[Right, str], ...] = (
    ("queue", STAFF_FIRST),
    ("service_part", "staff_shared.overview"),
    ("accounts", "staff_accounts.overview"),
    ("edit_catalog", "staff_catalog.overview"),
    ("retention", "staff_keeping.overview"),
    ("access_log", "staff_access_log.overview"),
)


def first_page(employee: Employee) -> str:
    """The address of the page an employee begins on; for who has nothing to do yet, the page of their own account."""
    known = current_app.view_functions
    for right, endpoint in FIRST_PAGES:
        if employee.may(right) and endpoint in known:
            return url_for(endpoint)
    return url_for(STAFF_FACTORS if STAFF_FACTORS in known else STAFF_NEW_PASSWORD)
