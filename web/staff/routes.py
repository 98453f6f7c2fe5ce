"""The pages of the front desk: queue, case, and what an employee does in a case.

Every view is closed but the login page. The core decides what may be changed; a view reads the form, calls it
and shows the page.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from flask import (
    Blueprint,
    Response,
    abort,
    jsonify,
    redirect,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from web import current
from web.cases import (
    leave_case,
    look_at_case,
    news_since,
)
from web.cases.types import (
    CaseNotFound,
)
from web.db import db
from web.errors import keeps_text
from web.i18n import language
from web.security import sessions
from web.security.access import access, first_page
from web.security.limits import client_key, login_clients, login_names, login_tries
from web.staff import desk
from web.staff.case_frame import here, language_name, need_name
from web.staff.door import come_in, go_to_second
from web.staff.factors import has_factor
from web.staff.forms import (
    LoginForm,
    NewPasswordForm,
)
from web.staff.models import authenticate, normalise_username
from web.staff.pages import kept_fields, login_page, me, path_to_go_on, render
from web.staff.texts import STEP_FOR_LEADER

blueprint = Blueprint("staff", __name__, url_prefix="/staff", template_folder="templates")


# --- Logging in and out ---------------------------------------------------------------------------------------


@blueprint.get("/logg-inn")
@access("public")
def login() -> ResponseReturnValue:
    """The page to log in."""
    if sessions.employee() is not None:
        return redirect(first_page(me()), code=303)
    return login_page(LoginForm(formdata=None))


def _login_again() -> ResponseReturnValue:
    return login_page(LoginForm(), status=400, expired=True)


@blueprint.post("/logg-inn")
@access("public")
@keeps_text(_login_again)
def login_post() -> ResponseReturnValue:
    """Log in. Whatever is wrong, the answer is the same and as slow."""
    if not current.config().local_accounts:
        abort(404)
    form, kept_path = LoginForm(), path_to_go_on()
    kept = kept_fields() if kept_path else {}
    if not form.validate_on_submit():
        return login_page(form, status=422, kept_path=kept_path, kept=kept)
    name = normalise_username(form.username.data or "")
    pair = f"{client_key()} {name}"
    wait = max(login_tries.wait(pair), login_names.wait(name), login_clients.wait())
    if wait:
        return login_page(form, status=429, wait=wait, kept_path=kept_path, kept=kept)
    employee = authenticate(db(), current.clock(), current.municipality(), name, form.password.data or "")
    if employee is None:
        login_tries.failed(pair)
        login_names.failed(name)
        login_clients.failed()
        form.password.errors = [_("Username and password do not belong together.")]
        return login_page(form, status=422, kept_path=kept_path, kept=kept)
    login_tries.succeeded(pair)
    if has_factor(db(), employee):
        return go_to_second(employee, kept_path, kept)
    return come_in(employee, "password", kept_path, kept)


@blueprint.post("/logg-ut")
@access("staff", one_time_password=True, right="inside")
def logout() -> ResponseReturnValue:
    """Log out here, and wherever this session may have been copied to; other devices stay logged in."""
    sessions.log_out()
    return redirect(url_for("staff.login"), code=303)


@blueprint.get("/passord")
@access("staff", one_time_password=True, right="inside")
def new_password() -> ResponseReturnValue:
    """The page to choose a new password."""
    return render("password", form=NewPasswordForm(me(), formdata=None))


@blueprint.post("/passord")
@access("staff", one_time_password=True, right="inside")
def new_password_post() -> ResponseReturnValue:
    """Take the new password; every other session of this employee ends."""
    employee, here = me(), sessions.employee_session()
    form = NewPasswordForm(employee)
    if not form.validate_on_submit():
        return render("password", form=form, status=422)
    employee.set_password(form.new_password.data or "")
    db().commit()
    sessions.log_in(employee, here.factor if here else "password")
    return redirect(url_for("staff.queue", gjort="password"), code=303)


@blueprint.post("/bli")
@access("staff", right="inside")
def stay() -> ResponseReturnValue:
    """«I am still here»: lengthens the session, for who writes for long."""
    return "", 204


# --- The queue ------------------------------------------------------------------------------------------------


def _queue_page(*, status: int = 200, name: str = "", problem: str = "") -> Response:
    shown = here(words=True)
    return render(
        "queue",
        status=status,
        desk=shown,
        leader=desk.for_leader(me(), shown.counts["omstridt"]),
        step_for_leader=STEP_FOR_LEADER,
        language_name=language_name,
        need_name=need_name,
        services=_services(),
        saved=desk.saved_filters(me()),
        filter_name=name,
        filter_problem=problem,
    )


def _services() -> list[tuple[str, str]]:
    """Id and name of what a person can have chosen, for the search."""
    found = [(s.id, s.name[language()]) for s in current.catalog().services.values() if s.for_citizens]
    return sorted(found, key=lambda pair: pair[1].casefold())


@blueprint.get("/")
@access("staff", right="queue")
def queue() -> ResponseReturnValue:
    """Who waits: acute first, then by promise."""
    return _queue_page()


@blueprint.get("/liste")
@access("staff", background=True, right="queue")
def queue_list() -> ResponseReturnValue:
    """The list alone, put into the open page by staff.js."""
    shown = here(words=True)
    answer = render("queue_list", desk=shown, language_name=language_name, need_name=need_name)
    answer.set_etag(shown.stamp)
    return answer


@blueprint.get("/nye")
@access("staff", background=True, right="queue")
def news() -> ResponseReturnValue:
    """What has come since the page was made, as a line of text, and whether the list would look different now.

    Asked for by staff.js; 304 as long as nothing has changed. From a case (sak=…) it also says who else has it
    open, and tells the others that somebody has.
    """
    employee = me()
    since = _moment(request.args.get("siden", ""))
    if since is None:
        return {"text": ""}
    text = desk.news_text(news_since(db(), employee.municipality, since))
    case_id = request.args.get("sak", "")
    looking = (
        look_at_case(db(), current.clock(), case_id, employee.ref())
        if case_id and employee.may("read_case")
        else ()
    )
    stamp = "" if case_id else here().stamp
    answer = jsonify(text=text, looking=desk.looking_text(looking), stamp=stamp)
    answer.set_etag(hashlib.sha256(answer.get_data()).hexdigest()[:32])
    return answer.make_conditional(request)


@blueprint.post("/sak/<case_id>/forlat")
@access("staff", background=True, right="read_case")
def leave(case_id: str) -> ResponseReturnValue:
    """The page of a case was left: colleagues need not think that somebody still looks."""
    try:
        leave_case(db(), case_id, me().ref())
    except CaseNotFound:
        return "", 404
    return "", 204


@blueprint.post("/filter")
@access("staff", right="queue")
def save_filter() -> ResponseReturnValue:
    """Keep the search that is shown, under a name."""
    name = request.form.get("filter_name", "")
    asked = desk.Asked.of(request.args)
    problem = desk.save_filter(me(), name, asked)
    if problem:
        return _queue_page(status=422, name=name, problem=problem)
    return redirect(url_for("staff.queue", gjort="filter", **asked.parameters), code=303)


@blueprint.post("/filter/<filter_id>/fjern")
@access("staff", right="queue")
def remove_filter(filter_id: str) -> ResponseReturnValue:
    """Remove one of one's own saved filters."""
    desk.remove_filter(me(), filter_id)
    asked = desk.Asked.of(request.args)
    return redirect(url_for("staff.queue", gjort="filter_removed", **asked.parameters), code=303)


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
