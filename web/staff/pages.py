"""What the pages of the front desk share: who is logged in, the frame, the login page that keeps what was typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from flask import Response, current_app, make_response, redirect, render_template, request, url_for
from flask_babel import LazyString, lazy_gettext
from flask_wtf.csrf import validate_csrf
from markupsafe import Markup
from werkzeug.exceptions import HTTPException
from wtforms import Field, ValidationError

from web import current
from web.errors import frame_for
from web.security import sessions
from web.security.access import first_page
from web.staff import at_a_glance, desk
from web.staff.forms import LoginForm
from web.staff.models import Employee
from web.staff.texts import (
    ABSENCE_DONE,
    CASE_DONE,
    CHILD_STANDS,
    NEXT,
    OWN_DONE_TEXT,
    ROLE_TEXT,
    SSO_REFUSED,
    STEP_TEXT,
)

DONE = (
    *CASE_DONE,
    "password",
    "filter",
    "filter_removed",
    "saved",
    "unchanged",
    "checked",
    "undone",
    "undone_before",
    "report_published",
    "report_withdrawn",
    "learned",
    "rejected",
    *OWN_DONE_TEXT,
    *ABSENCE_DONE,
)
_NOT_KEPT = ("csrf_token", "username", "password", "new_password", "again", "kept_path", "code", "credential")


#: Endpoint of a form with text of ours -> endpoint of the page it stands on.
FORM_PAGES: Final[dict[str, str]] = {}


def form_page(endpoint: str, page_endpoint: str) -> None:
    """Say on which page a form stands: there one goes on after it, after a login in between, and in the other language."""
    FORM_PAGES[endpoint] = page_endpoint


def me() -> Employee:
    """The employee who is logged in; only for views that are closed to everybody else."""
    employee = sessions.employee()
    if employee is None:
        raise RuntimeError("a staff page was reached without login")  # access.py has let nobody through
    return employee


def render(template: str, *, status: int = 200, **values: Any) -> Response:
    """A page of the front desk, with what every one of them shows."""
    done = request.args.get("gjort", "")
    page = render_template(
        f"staff/{template}.html",
        me=values.pop("me", None) or sessions.employee(),
        done=done if done in DONE else "",
        first_page=first_page,
        own_done=OWN_DONE_TEXT,
        case_done=CASE_DONE,
        parts=desk.PARTS,
        waited=desk.waited,
        days_over=desk.days_over,
        new_words=at_a_glance.news_of,
        why_acute_text=at_a_glance.why_text,
        promise_text=at_a_glance.promise_text,
        next_text=NEXT,
        next_of=lambda row: at_a_glance.next_step(at_a_glance.Standing.of_row(row, me().id)),
        looking_text=desk.looking_text,
        unit_name=desk.unit_name,
        switch_here=switch_here,
        control=control,
        texts_of_child=CHILD_STANDS,
        step_text=STEP_TEXT,
        idle_seconds=int(sessions.STAFF_IDLE.total_seconds()),
        **values,
    )
    return make_response(page, status)


@frame_for("/staff")
def error(status: int, title: LazyString, advice: LazyString, retry_after: int | None) -> Response | None:
    """An error in the frame of the front desk, for who is logged in."""
    employee = sessions.employee(stay=False)
    if employee is None or employee.must_change_password:
        return None
    if status == 403:
        roles = ", ".join(str(ROLE_TEXT[role]) for role in employee.roles)
        advice = lazy_gettext(
            "Your role (%(roles)s) does not open it. Do you need it? Ask your leader, or the one who looks after the accounts.",
            roles=roles,
        )
    return render("error", status=status, title=title, advice=advice, retry_after=retry_after)


def control(field: Field, hint: str, attributes: Mapping[str, str]) -> Markup:
    """A field's input, tied to its hint and to what is wrong with it."""
    ids = ([f"{field.id}-hint"] if hint else []) + ([f"{field.id}-error"] if field.errors else [])
    tied = {"aria_describedby": " ".join(ids)} if ids else {}
    wrong = {"aria_invalid": "true"} if field.errors else {}
    return cast(Markup, field(class_="ds-input", **tied, **wrong, **attributes))


def switch_here(code: str) -> str:
    """This page in the other language; the case itself when the page came from one of its forms."""
    place = {name: request.args.get(name) for name in (*desk.PARAMETERS, *desk.PLACES, "periode")}
    args = {**(request.view_args or {}), **place, "lang": code}
    endpoint = request.endpoint or "staff.queue"
    if endpoint in ("staff.save_filter", "staff.queue_list"):
        endpoint = "staff.queue"
    endpoint = FORM_PAGES.get(endpoint, endpoint)
    endpoint = endpoint.removesuffix("_post")
    if endpoint not in current_app.view_functions or not _can_be_got(endpoint):
        # A page that answers a form and has no address of its own.
        first = sessions.employee()
        return f"{first_page(first) if first else url_for('staff.login')}?lang={code}"
    return url_for(endpoint, **args)


def _can_be_got(endpoint: str) -> bool:
    return any("GET" in (rule.methods or ()) for rule in current_app.url_map.iter_rules(endpoint))


# --- Logging in and out ---------------------------------------------------------------------------------------


def login_page(
    form: LoginForm,
    *,
    status: int = 200,
    wait: int = 0,
    expired: bool = False,
    kept_path: str = "",
    kept: Mapping[str, list[str]] | None = None,
) -> Response:
    """The way in; kept: what was typed in a form that came after the session had ended."""
    config = current.config()
    return render(
        "login",
        status=status,
        form=form,
        wait=wait,
        expired=expired,
        kept_path=kept_path,
        kept=kept or {},
        local=config.local_accounts,
        sso=config.oidc is not None and config.oidc.municipality == current.municipality(),
        sso_refused=SSO_REFUSED.get(request.args.get("sso", "")),
    )


def kept_fields() -> dict[str, list[str]]:
    """What was typed in the form that came too late, without what belongs to the login."""
    return {name: values for name, values in request.form.lists() if name not in _NOT_KEPT}


def path_to_go_on() -> str:
    """Where the kept form goes after login: a form with text of ours and nothing else, whatever the field says."""
    path = request.form.get("kept_path", "")
    inner = path.removeprefix(request.script_root)
    try:
        endpoint, _values = current_app.url_map.bind("localhost").match(inner, method="POST")
    except HTTPException:
        return ""
    return path if endpoint in FORM_PAGES else ""


def login_and_go_on() -> Response:
    """A case's form came after the session had ended: log in first, nothing that was typed is lost."""
    try:
        # Only what was posted from our own page is carried along.
        validate_csrf(request.form.get("csrf_token"))
    except ValidationError:
        return cast(Response, redirect(url_for("staff.login"), code=303))
    form = LoginForm(formdata=None)
    return login_page(
        form, status=403, expired=True, kept_path=request.script_root + request.path, kept=kept_fields()
    )
