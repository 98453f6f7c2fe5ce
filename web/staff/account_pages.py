"""/staff/kontoer: accounts for administrators. Nothing here reads a case."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from web import current
from web.db import db
from web.i18n import language
from web.security.access import access
from web.staff import accounts, factors
from web.staff.accounts import Actor, TwoPeople, Wanted
from web.staff.case_frame import service_name
from web.staff.desk import unit_name
from web.staff.forms import AccountForm
from web.staff.models import AccountEvent, Employee, Recovery, normalise_username
from web.staff.pages import me, render
from web.staff.rights import ROLES, checked_roles
from web.staff.texts import ACCOUNT_FIELD, EVENT_TEXT, PROGRAM_TEXT, ROLE_HELP, ROLE_TEXT

blueprint = Blueprint("staff_accounts", __name__, url_prefix="/staff/kontoer", template_folder="templates")


def _by() -> Actor:
    return Actor(me().id, me().name)


def _account(employee_id: str) -> Employee:
    """The account; of another municipality is as good as none."""
    found = accounts.one(db(), current.municipality(), employee_id)
    if found is None:
        abort(404)
    return found


def _services() -> list[tuple[str, str]]:
    names = [(service.id, service.name[language()]) for service in current.catalog().services.values()]
    return sorted(names, key=lambda pair: pair[1])


def _words(event: AccountEvent) -> str:
    """What was before and after, as people read it."""
    parts = []
    for field, value in json.loads(event.detail).items():
        if field not in ACCOUNT_FIELD or not value:
            continue
        if event.action != "changed":
            parts.append(f"{ACCOUNT_FIELD[field]}: {_value(field, value)}")
            continue
        before, after = value
        text = _("%(before)s → %(after)s", before=_value(field, before), after=_value(field, after))
        parts.append(f"{ACCOUNT_FIELD[field]}: {text}")
    return "; ".join(parts)


def _value(field: str, value: Any) -> str:
    if field == "roles":
        return ", ".join(str(ROLE_TEXT[role]) for role in value if role in ROLE_TEXT) or str(
            _("none (roles)")
        )
    if field == "service":
        return service_name(value) if value else str(_("nothing"))
    if field == "unit":
        return unit_name(value) if value else str(_("nothing"))
    if isinstance(value, bool):
        return str(_("yes")) if value else str(_("no"))
    return str(value or _("nothing"))


def _program(name: str) -> str:
    """Who changed an account without an account: in plain words, when it is one of our own."""
    return str(PROGRAM_TEXT.get(name) or _("%(name)s (program)", name=name))


def _for_template() -> dict[str, Any]:
    return {
        "role_text": ROLE_TEXT,
        "role_help": ROLE_HELP,
        "roles": ROLES,
        "event_text": EVENT_TEXT,
        "event_words": _words,
        "event_actor": lambda event: event.actor_name if event.actor_id else _program(event.actor_name),
        "sso_known": current.config().oidc is not None,
    }


@blueprint.get("/")
@access("staff", right="accounts")
def overview() -> ResponseReturnValue:
    """Every account of the municipality, and what waits for a second administrator."""
    everybody = accounts.everybody(db(), current.municipality())
    return render(
        "accounts",
        everybody=everybody,
        secured={employee.id: factors.has_factor(db(), employee) for employee in everybody},
        waiting=accounts.waiting_recoveries(db(), current.municipality()),
        names={employee.id: employee.name for employee in everybody},
        **_for_template(),
    )


@blueprint.get("/logg")
@access("staff", right="account_log")
def log() -> ResponseReturnValue:
    """Who changed whose rights, and when."""
    return render("account_log", events=accounts.events(db(), current.municipality()), **_for_template())


def _new_page(form: AccountForm, status: int = 200) -> Response:
    return render("account", status=status, form=form, employee=None, units=_units(), **_for_template())


def _units() -> list[str]:
    return sorted(
        {employee.unit for employee in accounts.everybody(db(), current.municipality()) if employee.unit}
    )


@blueprint.get("/ny")
@access("staff", right="accounts")
def new() -> ResponseReturnValue:
    """The form of a new account."""
    return _new_page(AccountForm(_services(), True, formdata=None))


def _wanted(form: AccountForm, username: str) -> Wanted:
    return Wanted(
        username,
        form.name.data or "",
        form.unit.data or "",
        checked_roles(form.roles.data or ()),
        form.service.data or None,
        bool(form.sso.data) and current.config().oidc is not None,
    )


@blueprint.post("/ny")
@access("staff", right="accounts")
def new_post() -> ResponseReturnValue:
    """Make it, and show the one-time password, once."""
    form = AccountForm(_services(), True)
    if not form.validate_on_submit():
        return _new_page(form, 422)
    username = normalise_username(form.username.data or "")
    try:
        made, password = accounts.create(
            db(), current.clock(), current.municipality(), _wanted(form, username), _by()
        )
    except ValueError:
        form.username.errors = [_("There is an account with this username already.")]
        return _new_page(form, 422)
    return _password_page(made, password)


def _password_page(employee: Employee, password: str) -> Response:
    return render("account_password", employee=employee, password="" if employee.sso else password)


def _page(employee: Employee, form: AccountForm | None = None, status: int = 200) -> Response:
    if form is None:
        form = AccountForm(
            _services(),
            False,
            formdata=None,
            data={
                "username": employee.username,
                "name": employee.name,
                "unit": employee.unit,
                "roles": list(employee.roles),
                "service": employee.service_id or "",
                "sso": employee.sso,
            },
        )
    return render(
        "account",
        status=status,
        form=form,
        employee=employee,
        own=employee.id == me().id,
        units=_units(),
        secured=factors.has_factor(db(), employee),
        waiting=[
            r
            for r in accounts.waiting_recoveries(db(), employee.municipality)
            if r.employee_id == employee.id
        ],
        events=accounts.events(db(), employee.municipality, employee.id),
        **_for_template(),
    )


@blueprint.get("/<employee_id>")
@access("staff", right="accounts")
def account(employee_id: str) -> ResponseReturnValue:
    """One account."""
    return _page(_account(employee_id))


def _back(employee: Employee, done: str) -> ResponseReturnValue:
    return redirect(url_for("staff_accounts.account", employee_id=employee.id, gjort=done), code=303)


def _not_own(employee: Employee) -> None:
    """Nobody gives themselves rights, and the last administrator cannot shut the door behind them."""
    if employee.id == me().id:
        abort(403)


@blueprint.post("/<employee_id>")
@access("staff", right="accounts")
def account_post(employee_id: str) -> ResponseReturnValue:
    """Change name, unit, roles and service."""
    employee = _account(employee_id)
    _not_own(employee)
    form = AccountForm(_services(), False)
    if not form.validate_on_submit():
        return _page(employee, form, 422)
    changed = accounts.change(db(), current.clock(), employee, _wanted(form, employee.username), _by())
    return _back(employee, "account_changed" if changed else "account_unchanged")


@blueprint.post("/<employee_id>/steng")
@access("staff", right="accounts")
def close(employee_id: str) -> ResponseReturnValue:
    """Shut an employee out, at once."""
    employee = _account(employee_id)
    _not_own(employee)
    accounts.close(db(), current.clock(), employee, _by())
    return _back(employee, "account_closed")


@blueprint.post("/<employee_id>/passord")
@access("staff", right="accounts", confirmed=True)
def reset(employee_id: str) -> ResponseReturnValue:
    """A new one-time password; opens a closed account. The second factor stays."""
    employee = _account(employee_id)
    _not_own(employee)
    return _password_page(employee, accounts.reset_password(db(), current.clock(), employee, _by()))


@blueprint.post("/<employee_id>/gjenoppretting")
@access("staff", right="accounts", confirmed=True)
def recovery(employee_id: str) -> ResponseReturnValue:
    """Ask that a lost second factor be taken away; another administrator approves."""
    employee = _account(employee_id)
    _not_own(employee)
    accounts.ask_recovery(db(), current.clock(), employee, me())
    return _back(employee, "recovery_asked")


@blueprint.post("/gjenoppretting/<recovery_id>")
@access("staff", right="accounts", confirmed=True)
def recovery_decide(recovery_id: str) -> ResponseReturnValue:
    """Approve or refuse what another administrator has asked."""
    found = db().get(Recovery, recovery_id)
    if found is None or found.municipality != current.municipality():
        abort(404)
    employee, approve = _account(found.employee_id), request.form.get("answer") == "approve"
    try:
        password = accounts.decide_recovery(db(), current.clock(), found, me(), approve=approve)
    except TwoPeople:
        abort(403)
    if password is None:
        return _back(employee, "recovery_refused")
    return _password_page(employee, password)
