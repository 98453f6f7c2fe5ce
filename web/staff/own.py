"""/staff/konto: one's own password, second factors, recovery codes, and where one is logged in."""

from __future__ import annotations

from flask import Blueprint, Response, abort, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from web import current
from web.db import db
from web.security import sessions
from web.security.access import access, factor_is_missing
from web.security.limits import factor_tries
from web.staff import accounts, factors, totp
from web.staff.accounts import Actor
from web.staff.door import relying_party
from web.staff.factors import FactorRefused, Passkey
from web.staff.forms import CodeForm, ConfirmForm, EmailForm, PasskeyForm
from web.staff.models import Employee, EmployeeSession
from web.staff.pages import form_page, me, render
from web.staff.rights import needs_second_factor
from web.staff.texts import ROLE_TEXT

blueprint = Blueprint("staff_own", __name__, url_prefix="/staff/konto", template_folder="templates")
form_page("staff_own.email", "staff_own.overview")


def _done(what: str) -> ResponseReturnValue:
    return redirect(url_for("staff_own.overview", gjort=what), code=303)


def _note(employee: Employee, action: str) -> None:
    accounts.note(db(), current.clock(), employee, Actor(employee.id, employee.name), action)


def _local() -> Employee:
    """The employee, when password and factors are the portal's own: else there is nothing to change here."""
    employee = me()
    if employee.sso:
        abort(403)
    return employee


def _page(
    *, status: int = 200, refused: str = "", codes: list[str] | None = None, email: EmailForm | None = None
) -> Response:
    employee = me()
    found = db().scalars(
        select(EmployeeSession)
        .where(EmployeeSession.employee_id == employee.id, EmployeeSession.epoch == employee.session_epoch)
        .order_by(EmployeeSession.seen_at.desc())
    )
    now = current.clock().now()
    open_ones = [
        row
        for row in found
        if now - row.seen_at < sessions.STAFF_IDLE + sessions._NOTE_SEEN
        and now - row.began_at < sessions.STAFF_LONGEST
    ]
    return render(
        "own",
        status=status,
        refused=refused,
        codes=codes,
        keys=factors.passkeys(db(), employee),
        codes_left=factors.recovery_codes_left(db(), employee),
        sessions=open_ones,
        here=sessions.employee_session(),
        now=now,
        role_text=ROLE_TEXT,
        email_form=email or EmailForm(formdata=None, email=employee.email or ""),
        mails=current.config().smtp is not None,
        missing=factor_is_missing(employee) and not factors.has_factor(db(), employee),
    )


@blueprint.get("/")
@access("staff", right="inside", before_factor=True)
def overview() -> ResponseReturnValue:
    """The employee's own account."""
    return _page()


@blueprint.post("/epost")
@access("staff", right="inside")
def email() -> ResponseReturnValue:
    """Where one's own neutral notices go, whatever one's roles are."""
    form = EmailForm()
    if not form.validate_on_submit():
        return _page(email=form, status=422)
    me().email = form.email.data or None
    db().commit()
    return _done("email")


@blueprint.get("/bekreft")
@access("staff", right="inside", before_factor=True)
def confirm() -> ResponseReturnValue:
    """The password once more, before factors are changed: the screen may have been left open."""
    return render("confirm", form=ConfirmForm(formdata=None), wait=0)


@blueprint.post("/bekreft")
@access("staff", right="inside", before_factor=True)
def confirm_post() -> ResponseReturnValue:
    """Check it."""
    employee, form = _local(), ConfirmForm()
    wait = factor_tries.wait(employee.id)
    if wait:
        return render("confirm", form=form, wait=wait, status=429)
    if form.validate_on_submit():
        if employee.check_password(form.password.data or ""):
            factor_tries.succeeded(employee.id)
            sessions.confirm()
            return _done("confirmed")
        factor_tries.failed(employee.id)
        form.password.errors = [_("That is not the password you have now.")]
    return render("confirm", form=form, wait=0, status=422)


# --- The app with codes ---------------------------------------------------------------------------------------


def _app_page(form: CodeForm, status: int = 200) -> Response:
    employee = _local()
    secret = factors.pending_totp(db(), current.vault(), employee)
    issuer = str(_("One door in"))
    return render(
        "own_app",
        status=status,
        form=form,
        secret=" ".join(secret[start : start + 4] for start in range(0, len(secret), 4)),
        picture=totp.picture(totp.address(secret, employee.username, issuer)),
    )


@blueprint.get("/app")
@access("staff", right="inside", before_factor=True, confirmed=True)
def app() -> ResponseReturnValue:
    """Set up an app: picture, secret in letters, and the first code."""
    return _app_page(CodeForm(formdata=None))


@blueprint.post("/app")
@access("staff", right="inside", before_factor=True, confirmed=True)
def app_post() -> ResponseReturnValue:
    """The first code: from here on it is asked for at every login."""
    employee, form = _local(), CodeForm()
    if form.validate_on_submit():
        try:
            factors.confirm_totp(db(), current.vault(), current.clock(), employee, form.code.data or "")
        except FactorRefused:
            form.code.errors = [
                _("That code is not right. Look at the app again: it changes every half minute.")
            ]
        else:
            _note(employee, "app_added")
            return _factor_added("totp", "app_added")
    return _app_page(form, status=422)


def _factor_added(factor: str, done: str) -> ResponseReturnValue:
    """Keep it. With the first factor come the recovery codes, shown once."""
    employee, row = me(), sessions.employee_session()
    codes = None
    if not factors.recovery_codes_left(db(), employee):
        codes = factors.new_recovery_codes(db(), current.vault(), employee)
    if row is not None and row.factor == "password":
        row.factor = factor
    db().commit()
    return _page(codes=codes) if codes else _done(done)


def _last_one(employee: Employee) -> bool:
    """Whether nothing would be left that the roles of this employee need."""
    count = len(factors.passkeys(db(), employee)) + (employee.totp_secret is not None)
    return count == 1 and current.config().second_factor == "required" and needs_second_factor(employee.roles)


@blueprint.post("/app/fjern")
@access("staff", right="inside", confirmed=True)
def app_remove() -> ResponseReturnValue:
    """The app is no longer asked for."""
    employee = _local()
    if employee.totp_secret is None:
        return _done("app_removed")
    if _last_one(employee):
        return _page(status=422, refused="last")
    employee.totp_secret = employee.totp_last_step = None
    _note(employee, "app_removed")
    db().commit()
    return _done("app_removed")


@blueprint.post("/koder")
@access("staff", right="inside", confirmed=True)
def codes() -> ResponseReturnValue:
    """New recovery codes, shown once; the old ones no longer count."""
    employee = _local()
    if not factors.has_factor(db(), employee):
        return _page(status=422, refused="no_factor")
    made = factors.new_recovery_codes(db(), current.vault(), employee)
    _note(employee, "new_codes")
    db().commit()
    return _page(codes=made)


# --- Passkeys -------------------------------------------------------------------------------------------------


@blueprint.get("/nokkel")
@access("staff", right="inside", before_factor=True, confirmed=True)
def key() -> ResponseReturnValue:
    """The page to make a passkey."""
    _local()
    return render("own_key", form=PasskeyForm(formdata=None))


@blueprint.post("/nokkel/start")
@access("staff", right="inside", before_factor=True, confirmed=True)
def key_start() -> ResponseReturnValue:
    """What the browser needs to make one, as JSON. Asked for by passkeys.js."""
    employee, challenge = _local(), factors.new_challenge()
    sessions.keep_asked("asked", challenge)
    name = current.catalog().contact_point.name["nb"]
    return factors.registration_options(db(), employee, challenge, relying_party()[0], name)


@blueprint.post("/nokkel")
@access("staff", right="inside", before_factor=True, confirmed=True)
def key_post() -> ResponseReturnValue:
    """Keep it."""
    employee, form, challenge = _local(), PasskeyForm(), sessions.take_asked("asked")
    if form.validate_on_submit():
        rp_id, origin = relying_party()
        try:
            if challenge is None:
                raise FactorRefused("nothing was asked")
            factors.register(
                db(),
                current.clock(),
                employee,
                form.credential.data or "",
                challenge,
                rp_id,
                origin,
                form.name.data or "",
            )
        except FactorRefused:
            db().rollback()
            form.name.errors = [
                _("The key was not saved. Press the button once more and follow what the device says.")
            ]
        else:
            _note(employee, "key_added")
            return _factor_added("passkey", "key_added")
    return render("own_key", form=form, status=422)


@blueprint.post("/nokkel/<key_id>/fjern")
@access("staff", right="inside", confirmed=True)
def key_remove(key_id: str) -> ResponseReturnValue:
    """Remove one of one's own passkeys."""
    employee = _local()
    found = db().scalar(select(Passkey).where(Passkey.id == key_id, Passkey.employee_id == employee.id))
    if found is None:
        abort(404)
    if _last_one(employee):
        return _page(status=422, refused="last")
    db().delete(found)
    _note(employee, "key_removed")
    db().commit()
    return _done("key_removed")


# --- Sessions -------------------------------------------------------------------------------------------------


@blueprint.post("/okter/<session_id>/avslutt")
@access("staff", right="inside", before_factor=True)
def end_session(session_id: str) -> ResponseReturnValue:
    """End one of one's own sessions."""
    found = db().scalar(
        select(EmployeeSession).where(
            EmployeeSession.id == session_id, EmployeeSession.employee_id == me().id
        )
    )
    if found is None:
        abort(404)
    here = found is sessions.employee_session()
    db().delete(found)
    db().commit()
    if here:
        sessions.forget_everything()
        return redirect(url_for("staff.login"), code=303)
    return _done("session_ended")


@blueprint.post("/okter/avslutt-alle")
@access("staff", right="inside", before_factor=True)
def end_everywhere() -> ResponseReturnValue:
    """Log out everywhere, here too."""
    employee = me()
    employee.end_sessions()
    db().commit()
    sessions.forget_everything()
    return redirect(url_for("staff.login"), code=303)
