"""The rest of the way in: second factor, passkeys, single sign-on. The password itself is in web.staff.routes."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from web import current
from web.db import db
from web.errors import keeps_text
from web.security import sessions
from web.security.access import STAFF_FACTORS, STAFF_NEW_PASSWORD, access, factor_is_missing, first_page
from web.security.limits import factor_tries, login_clients
from web.staff import factors
from web.staff.factors import FactorRefused
from web.staff.forms import CodeForm, LoginForm
from web.staff.models import Employee
from web.staff.oidc import Asked, SsoRefused, employee_of
from web.staff.pages import kept_fields, login_page, path_to_go_on, render

blueprint = Blueprint("staff_door", __name__, url_prefix="/staff/logg-inn", template_folder="templates")


def relying_party() -> tuple[str, str]:
    """The host name that passkeys are bound to, and the origin they must come from.

    From the settings and the municipalities' own host names, never from what a request says alone.
    """
    public = urlsplit(current.config().public_url)
    name = request.host.rsplit(":", 1)[0].lower()
    if name in current.municipalities().hosts:
        return name, f"{public.scheme}://{request.host.lower()}"
    return str(public.hostname), f"{public.scheme}://{public.netloc}"


def come_in(
    employee: Employee, factor: str, kept_path: str = "", kept: Mapping[str, list[str]] | None = None
) -> Response:
    """Everything has been asked: a session, and on with what was typed before or to the first page."""
    sessions.log_in(employee, factor)
    if kept_path and not employee.must_change_password and not factor_is_missing(employee):
        # The old session's token is gone with it; this page needs one of the new session.
        g.pop("csrf_token", None)
        return render("kept", kept_path=kept_path, kept=kept or {})
    if employee.must_change_password:
        return _redirect(url_for(STAFF_NEW_PASSWORD))
    return _redirect(url_for(STAFF_FACTORS) if factor_is_missing(employee) else first_page(employee))


def go_to_second(employee: Employee, kept_path: str, kept: Mapping[str, list[str]]) -> Response:
    """The password was right; now the second factor. What was typed before comes along."""
    sessions.half_log_in(employee)
    if not kept_path:
        return _redirect(url_for("staff_door.second"))
    g.pop("csrf_token", None)
    return _second_page(employee, CodeForm(formdata=None), kept_path=kept_path, kept=kept)


def _redirect(address: str) -> Response:
    answer = redirect(address, code=303)
    return Response(answer.get_data(), answer.status_code, answer.headers)


def _second_page(
    employee: Employee,
    form: CodeForm,
    *,
    status: int = 200,
    wait: int = 0,
    kept_path: str = "",
    kept: Mapping[str, list[str]] | None = None,
) -> Response:
    return render(
        "second",
        status=status,
        form=form,
        wait=wait,
        kept_path=kept_path,
        kept=kept or {},
        has_app=employee.totp_secret is not None,
        has_key=bool(factors.passkeys(db(), employee)),
    )


@blueprint.get("/trinn-2")
@access("public")
def second() -> ResponseReturnValue:
    """The page for the second factor."""
    employee = sessions.half_employee()
    if employee is None:
        return redirect(url_for("staff.login"))
    return _second_page(employee, CodeForm(formdata=None))


def _login_again() -> ResponseReturnValue:
    return login_page(LoginForm(formdata=None), status=400, expired=True)


@blueprint.post("/trinn-2")
@access("public")
@keeps_text(_login_again)
def second_post() -> ResponseReturnValue:
    """A code from the app, or a recovery code."""
    employee = sessions.half_employee()
    if employee is None:
        return login_page(LoginForm(formdata=None), status=400, expired=True)
    kept_path = path_to_go_on()
    kept = kept_fields() if kept_path else {}
    form = CodeForm()
    wait = factor_tries.wait(employee.id)
    if wait:
        return _second_page(employee, form, status=429, wait=wait, kept_path=kept_path, kept=kept)
    if form.validate_on_submit():
        code = (form.code.data or "")[:40]
        factor = factors.check_code(db(), current.vault(), current.clock(), employee, code)
        if factor is not None:
            factor_tries.succeeded(employee.id)
            return come_in(employee, factor, kept_path, kept)
        factor_tries.failed(employee.id)
        form.code.errors = [
            _("That code is not right, or it has been used. Wait for the next one and try again.")
        ]
    return _second_page(employee, form, status=422, kept_path=kept_path, kept=kept)


# --- Passkeys -------------------------------------------------------------------------------------------------


@blueprint.post("/nokkel/start")
@access("public")
def passkey_start() -> ResponseReturnValue:
    """The question for a passkey, as JSON. Asked for by passkeys.js."""
    if not current.config().local_accounts:
        abort(404)
    challenge = factors.new_challenge()
    sessions.keep_asked("asked", challenge)
    return factors.login_options(db(), challenge, relying_party()[0], sessions.half_employee())


@blueprint.post("/nokkel")
@access("public")
@keeps_text(_login_again)
def passkey_post() -> ResponseReturnValue:
    """Log in with a passkey, alone or after the password."""
    if not current.config().local_accounts:
        abort(404)
    half, form, kept_path = sessions.half_employee(), LoginForm(formdata=None), path_to_go_on()
    kept = kept_fields() if kept_path else {}
    wait, challenge = login_clients.wait(), sessions.take_asked("asked")
    if wait:
        return login_page(form, status=429, wait=wait, kept_path=kept_path, kept=kept)
    rp_id, origin = relying_party()
    answer = request.form.get("credential", "")
    try:
        if challenge is None:
            raise FactorRefused("nothing was asked")
        employee = factors.log_in_with_passkey(
            db(), current.clock(), current.municipality(), answer, challenge, rp_id, origin
        )
        if employee.sso or (half is not None and half.id != employee.id):
            raise FactorRefused("somebody else's key")
    except FactorRefused:
        db().rollback()
        login_clients.failed()
        wrong = _("The key did not work. Try again, or use another way.")
        if half is not None:
            code = CodeForm(formdata=None)
            code.code.errors = [wrong]
            return _second_page(half, code, status=422, kept_path=kept_path, kept=kept)
        form.username.errors = [wrong]
        return login_page(form, status=422, kept_path=kept_path, kept=kept)
    return come_in(employee, "passkey", kept_path, kept)


# --- Single sign-on -------------------------------------------------------------------------------------------


def _sso_address() -> str:
    """Where the provider sends people back to; must be registered there."""
    return f"{relying_party()[1]}{url_for('staff_door.sso_back')}"


@blueprint.get("/felles")
@access("public")
def sso() -> ResponseReturnValue:
    """To the municipality's own login."""
    provider = current.sso()
    if provider is None or provider.config.municipality != current.municipality():
        abort(404)
    asked = Asked.new()
    try:
        address = provider.login_address(_sso_address(), asked)
    except SsoRefused as refused:
        return redirect(url_for("staff.login", sso=refused.reason))
    sessions.keep_asked("sso", asked.to_text())
    return redirect(address)


@blueprint.get("/felles/tilbake")
@access("public")
def sso_back() -> ResponseReturnValue:
    """Back from there, with a code that only we can use."""
    provider = current.sso()
    if provider is None or provider.config.municipality != current.municipality():
        abort(404)
    kept = sessions.take_asked("sso", sessions.HALF_LONGEST)
    try:
        if login_clients.wait():
            raise SsoRefused("answer")
        asked = Asked.from_text(kept) if kept else None
        if asked is None or request.args.get("state") != asked.state or not request.args.get("code"):
            raise SsoRefused("answer")
        issuer = request.args.get("iss")
        if issuer is not None and issuer.rstrip("/") != provider.config.issuer:
            raise SsoRefused("answer")  # RFC 9207: the answer is of another provider
        claims = provider.claims(_sso_address(), asked, request.args["code"])
        employee = employee_of(db(), current.clock(), provider.config, claims)
    except SsoRefused as refused:
        db().rollback()
        login_clients.failed()
        return redirect(url_for("staff.login", sso=refused.reason))
    return come_in(employee, "sso")
