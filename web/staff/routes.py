"""The pages of the front desk: queue, case, and what an employee does in a case.

Every view is closed but the login page. The core decides what may be changed; a view reads the form, calls it
and shows the page.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, cast

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
from flask_babel import force_locale
from flask_babel import gettext as _
from markupsafe import Markup

from web import current
from web.cases import (
    confirm_needs,
    leave_case,
    listen,
    look_at_case,
    name_contact,
    news_since,
    note_call,
    read_case,
    set_status,
    set_urgency,
    write_message,
)
from web.cases.deadlines import local_date
from web.cases.types import (
    CaseChanged,
    CaseNotFound,
    CaseView,
    Outcome,
    RecordingGone,
    Status,
    Urgency,
)
from web.db import db
from web.errors import keeps_text
from web.i18n import LANGUAGE_NAMES, language
from web.listening import player_answer
from web.matching import helplines_for
from web.security import sessions
from web.security.access import access, first_page
from web.security.limits import client_key, login_clients, login_names, login_tries
from web.security.markup import simple_markup
from web.staff import desk, reading, texts
from web.staff.door import come_in, go_to_second
from web.staff.factors import has_factor
from web.staff.forms import (
    BY_HAND,
    CaseForm,
    ContactForm,
    LoginForm,
    MessageForm,
    NeedsForm,
    NewPasswordForm,
    StatusForm,
    UrgencyForm,
)
from web.staff.models import authenticate, normalise_username
from web.staff.pages import KINDS, kept_fields, login_and_go_on, login_page, me, path_to_go_on, render

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


def _here() -> desk.Desk:
    return desk.look(me(), request.args)


def _queue_page(*, status: int = 200, name: str = "", problem: str = "") -> Response:
    return render(
        "queue",
        status=status,
        desk=_here(),
        language_name=_language_name,
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
    here = _here()
    answer = render("queue_list", desk=here, language_name=_language_name)
    answer.set_etag(here.stamp)
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
    stamp = "" if case_id else _here().stamp
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


# --- The case -------------------------------------------------------------------------------------------------


def _language_name(code: str) -> str:
    return next((name for known, name in LANGUAGE_NAMES.items() if known == code), str(_("another language")))


def _service_name(service_id: str) -> str:
    service = current.catalog().service(service_id)
    return service.name[language()] if service else service_id


def _need_name(need_id: str) -> str:
    need = current.catalog().needs.get(need_id)
    return need.name[language()] if need else need_id


def _form(kind: str, view: CaseView, **given: Any) -> CaseForm:
    """A form of the case: what was posted, or with formdata=None the case as it stands."""
    match kind:
        case "call":
            return CaseForm(**given)
        case "needs":
            return NeedsForm(current.catalog().needs, view, **given)
        case "contact":
            return ContactForm(desk.colleagues(me()), view, **given)
        case "message":
            return MessageForm(**given)
        case "status":
            return StatusForm(status=view.status, outcome=view.outcome, **given)
        case _:
            return UrgencyForm(urgency=view.urgency, **given)


def _read(case_id: str) -> CaseView:
    return read_case(db(), current.vault(), current.clock(), case_id, me().ref())


def _case_page(
    view: CaseView,
    *,
    status: int = 200,
    posted: tuple[str, CaseForm] | None = None,
    changed: tuple[reading.ChangeSeen, ...] | None = None,
    expired: bool = False,
    preview: Markup | None = None,
) -> Response:
    forms = {kind: _form(kind, view, formdata=None) for kind in KINDS}
    if posted:
        forms[posted[0]] = posted[1]
    now, facts = current.clock().now(), view.facts
    numbers = helplines_for(current.catalog(), view.acute_kinds, view.needs, facts.age, facts.writer, now)
    return render(
        "case",
        status=status,
        case=view,
        forms=forms,
        posted=posted[0] if posted else "",
        changed=changed,
        expired=expired,
        preview=preview,
        desk=_here(),
        looking=look_at_case(db(), current.clock(), view.id, me().ref()),
        told=reading.told(view),
        words=reading.own_words(view),
        need_lines=reading.need_lines(view),
        confirmed=reading.last_confirmed(view),
        warnings=reading.reach_warnings(view),
        steps=reading.acute_steps(view),
        numbers=numbers,
        who_may_know=reading.who_may_know(view, current.catalog().age_rules, language()),
        today=local_date(now),
        texts=texts,
        need_name=_need_name,
        dict_of=lambda lines: {line.id: line for line in lines},
        tel_of=_tel,
        needs_by_group=_needs_by_group(),
        service=current.catalog().service,
        service_name=_service_name,
        language_name=_language_name,
    )


def _tel(details: str) -> str:
    """What a phone link needs of a number somebody has typed."""
    return re.sub(r"[^\d+]", "", details)


def _needs_by_group() -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for need in current.catalog().needs.values():
        groups.setdefault(need.group, []).append(need.id)
    return groups


def _missing() -> Response:
    """Deleted by the person, of another municipality, or misspelt: the three look the same."""
    return render("missing", status=404)


@blueprint.get("/sak/<case_id>")
@access("staff", right="read_case")
def case(case_id: str) -> ResponseReturnValue:
    """The case, own words first. That it was read stands in the log."""
    try:
        return _case_page(_read(case_id))
    except CaseNotFound:
        return _missing()


@blueprint.get("/sak/<case_id>/lyd/<recording_id>")
@access("staff", right="read_case")
def recording(case_id: str, recording_id: str) -> ResponseReturnValue:
    """A recording, or the part of it that the player asks for. That it was listened to stands in the log."""
    try:
        sound = listen(db(), current.vault(), current.clock(), case_id, recording_id, me().ref())
    except (CaseNotFound, RecordingGone):
        return _missing()
    return player_answer(sound)


def _changed(view: CaseView, form: CaseForm) -> tuple[reading.ChangeSeen, ...] | None:
    """What has happened since the form's page was made; None when nothing has."""
    if form.seen_version() == view.version:
        return None
    return reading.changes_since(view, form.seen_lines(), me().name)


Change = Callable[[CaseView, Any], object]


def _act(kind: str, case_id: str, change: Change) -> ResponseReturnValue:
    """Check the form, change the case, and show it again. A change by others in the meantime is told first."""
    try:
        view = _read(case_id)
        form = _form(kind, view)
        if not form.validate_on_submit():
            return _case_page(view, posted=(kind, form), changed=_changed(view, form), status=422)
        change(view, form)
    except CaseNotFound:
        return _missing()
    except CaseChanged:
        view = _read(case_id)
        return _case_page(view, posted=(kind, form), changed=_changed(view, form), status=409)
    place: dict[str, Any] = {name: request.args.get(name) for name in (*desk.PARAMETERS, *desk.PLACES)}
    return redirect(url_for("staff.case", case_id=case_id, gjort=kind, _anchor="gjort", **place), code=303)


def _again() -> ResponseReturnValue:
    """The case with what was typed, when the form's token was no longer good."""
    kind = (request.endpoint or "").removeprefix("staff.")
    try:
        view = _read((request.view_args or {}).get("case_id", ""))
    except CaseNotFound:
        return _missing()
    return _case_page(view, posted=(kind, _form(kind, view)), expired=True, status=400)


@blueprint.post("/sak/<case_id>/behov")
@access("staff", logged_out=login_and_go_on, right="work_case")
@keeps_text(_again)
def needs(case_id: str) -> ResponseReturnValue:
    """Confirm or correct what the case is about."""

    def change(_view: CaseView, form: NeedsForm) -> None:
        chosen = form.needs.data or []
        confirm_needs(
            db(), current.vault(), current.clock(), case_id, me().ref(), chosen, form.seen_version()
        )

    return _act("needs", case_id, change)


@blueprint.post("/sak/<case_id>/kontakt")
@access("staff", logged_out=login_and_go_on, right="name_contact")
@keeps_text(_again)
def contact(case_id: str) -> ResponseReturnValue:
    """Name the person who takes responsibility."""

    def change(view: CaseView, form: ContactForm) -> None:
        person_id, name, unit = form.chosen()
        if form.phone.data and form.person.data == BY_HAND:
            with force_locale(view.language):
                unit = _("%(unit)s, phone %(phone)s", unit=unit, phone=form.phone.data)
        name_contact(
            db(),
            current.vault(),
            current.clock(),
            case_id,
            me().ref(),
            person_id,
            name,
            unit or None,
            form.seen_version(),
        )

    return _act("contact", case_id, change)


@blueprint.post("/sak/<case_id>/melding")
@access("staff", logged_out=login_and_go_on, right="write_message")
@keeps_text(_again)
def message(case_id: str) -> ResponseReturnValue:
    """Write to the person, or look at it first as the person will see it."""
    if "preview" in request.form:
        return _preview(case_id)

    def change(_view: CaseView, form: MessageForm) -> None:
        write_message(
            db(),
            current.vault(),
            current.clock(),
            case_id,
            form.text.data or "",
            me().ref(),
            form.seen_version(),
        )

    return _act("message", case_id, change)


def _preview(case_id: str) -> ResponseReturnValue:
    try:
        view = _read(case_id)
    except CaseNotFound:
        return _missing()
    form = MessageForm()
    if not form.validate_on_submit():
        return _case_page(view, posted=("message", form), status=422)
    return _case_page(view, posted=("message", form), preview=simple_markup(form.text.data or ""))


@blueprint.post("/sak/<case_id>/status")
@access("staff", logged_out=login_and_go_on, right="work_case")
@keeps_text(_again)
def status(case_id: str) -> ResponseReturnValue:
    """Set where the case stands."""

    def change(_view: CaseView, form: StatusForm) -> None:
        new = cast(Status, form.status.data)
        outcome = cast(Outcome, form.outcome.data) if new == "closed" else None
        set_status(
            db(), current.vault(), current.clock(), case_id, me().ref(), new, outcome, form.seen_version()
        )

    return _act("status", case_id, change)


@blueprint.post("/sak/<case_id>/ringt")
@access("staff", logged_out=login_and_go_on, right="work_case")
@keeps_text(_again)
def call(case_id: str) -> ResponseReturnValue:
    """The person who wished to be called has been talked with."""

    def change(_view: CaseView, form: CaseForm) -> None:
        note_call(db(), current.vault(), current.clock(), case_id, me().ref(), form.seen_version())

    return _act("call", case_id, change)


@blueprint.post("/sak/<case_id>/hastegrad")
@access("staff", logged_out=login_and_go_on, right="work_case")
@keeps_text(_again)
def urgency(case_id: str) -> ResponseReturnValue:
    """Decide how urgent it is."""

    def change(_view: CaseView, form: UrgencyForm) -> None:
        chosen = cast(Urgency, form.urgency.data)
        set_urgency(db(), current.vault(), current.clock(), case_id, me().ref(), chosen, form.seen_version())

    return _act("urgency", case_id, change)
