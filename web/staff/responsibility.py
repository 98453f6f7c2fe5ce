"""«Responsibility» of a case: what the child says, who has the case and who is asked, disagreement, coordinator and plan."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

from flask import Blueprint, Response, abort, request
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, lazy_gettext
from flask_babel import gettext as _

from web import current
from web.cases import accept_offer, decline_offer, name_contact, offer_case, withdraw_offer
from web.cases.absences import Away, away_now
from web.cases.coordination import (
    CHOICES,
    Answer,
    Coordination,
    DisputeGone,
    coordination,
    decide_dispute,
    note_childs_word,
    note_choice,
    open_dispute,
)
from web.cases.deadlines import local_date
from web.cases.responsibility import HandoverView, OfferGone, handovers
from web.cases.types import CaseChanged, CaseView
from web.db import db
from web.errors import keeps_text
from web.i18n import COORDINATION_ANSWER, format_day
from web.security.access import access
from web.staff import case_frame, desk
from web.staff.case_frame import service_name
from web.staff.forms import CaseForm
from web.staff.models import Employee
from web.staff.pages import form_page, login_and_go_on, me
from web.staff.responsibility_forms import (
    ByHandForm,
    ChoiceForm,
    ChosenForm,
    DecideForm,
    DeclineForm,
    DisputeForm,
    OfferForm,
    RoomForm,
    TakeForm,
    WordForm,
)

blueprint = Blueprint(
    "staff_duty", __name__, url_prefix="/staff/sak/<case_id>/ansvar", template_folder="templates"
)

PAGE = "staff_duty.page"
#: The forms of the page by name; each is answered by the view of the same name, the last three by `choice`.
KINDS = (
    "accept",
    "decline",
    "withdraw",
    "word",
    "take",
    "offer",
    "by_hand",
    "dispute",
    "decide",
    *CHOICES,
)
for _endpoint in (*(kind for kind in KINDS if kind not in CHOICES), "choice"):
    form_page(f"staff_duty.{_endpoint}", PAGE)

STATE_TEXT = {
    "offered": lazy_gettext("asked, has not answered"),
    "accepted": lazy_gettext("said yes"),
    "declined": lazy_gettext("said no"),
    "withdrawn": lazy_gettext("the question was withdrawn"),
    "overtaken": lazy_gettext("somebody else took it"),
    "taken": lazy_gettext("took the case"),
    "by_hand": lazy_gettext("agreed to it"),
}


def _today() -> Any:
    return local_date(current.clock().now())


def _steps(view: CaseView) -> tuple[HandoverView, ...]:
    return handovers(db(), current.vault(), view.id)


def _coordination(view: CaseView) -> Coordination:
    return coordination(db(), current.vault(), view.id)


def _away() -> dict[str, Away]:
    return away_now(db(), current.clock(), me().municipality)


def _colleagues(view: CaseView) -> list[tuple[Employee, str]]:
    """Who can be asked: not oneself, not who has the case; those who are away say so."""
    away = _away()
    return [
        (one, str(_("away until %(day)s", day=format_day(away[one.id].until))) if one.id in away else "")
        for one in desk.colleagues(me())
        if one.id not in (me().id, view.contact_person_id)
    ]


def _case_services(view: CaseView) -> list[tuple[str, str]]:
    """The services of the case by id and name: chosen, or let in."""
    ids = dict.fromkeys([*view.facts.services, *(one.service_id for one in view.consents)])
    return sorted(((one, service_name(one)) for one in ids), key=lambda pair: pair[1].casefold())


def _wished(view: CaseView) -> bool:
    return bool(view.facts.prefers or view.facts.avoids or _coordination(view).words)


def _form(kind: str, view: CaseView, **given: Any) -> CaseForm:
    """A form of the page, with ids of its own."""
    form = _made(kind, view, given)
    form.own_ids(kind)
    return form


def _made(kind: str, view: CaseView, given: dict[str, Any]) -> RoomForm:
    match kind:
        case "take":
            return TakeForm(_wished(view), **given)
        case "offer":
            return OfferForm(_colleagues(view), _wished(view), **given)
        case "by_hand":
            return ByHandForm(_today(), _wished(view), **given)
        case "decline":
            return DeclineForm(**given)
        case "word":
            return WordForm(_today(), asked_on=_today(), **given)
        case "dispute":
            return DisputeForm(_case_services(view), **given)
        case "decide":
            return DecideForm(_to_decide(view), **given)
        case "coordinator" | "child_coordinator" | "individual_plan":
            last = _coordination(view).latest(kind)
            return ChoiceForm(
                _today(),
                answer=last.answer if last else "not_considered",
                on=_today(),
                next_step=last.next_step if last else "",
                **given,
            )
        case _:
            return RoomForm(**given)


def _to_decide(view: CaseView) -> list[tuple[str, str]]:
    """Who can be told to coordinate: those who disagree, then the case's other services."""
    dispute = _coordination(view).dispute
    ids = dict.fromkeys(
        [*(dispute.services if dispute else ()), *(one for one, _name in _case_services(view))]
    )
    return [(one, service_name(one)) for one in ids]


def _page(view: CaseView, *, posted: tuple[str, CaseForm] | None = None, **frame: Any) -> Response:
    forms: dict[str, CaseForm] = {kind: _form(kind, view, formdata=None) for kind in KINDS}
    if posted:
        forms[posted[0]] = posted[1]
    steps, held = _steps(view), _coordination(view)
    services = len(_case_services(view))
    return case_frame.show(
        "responsibility",
        view,
        tab="duty",
        forms=forms,
        posted=posted[0] if posted else "",
        steps=steps,
        offer=next((one for one in steps if one.state == "offered"), None),
        state_text=STATE_TEXT,
        coordination=held,
        away=_away().get(view.contact_person_id or ""),
        wished=_wished(view),
        rules=current.catalog().coordination,
        hinted=[
            rule.id
            for rule in current.catalog().coordination
            if rule.fits(view.needs, services, view.facts.age)
        ],
        answer_text=COORDINATION_ANSWER,
        case_services=_case_services(view),
        **frame,
    )


def _answer(kind: str, case_id: str, change: case_frame.Change) -> ResponseReturnValue:
    """Check the form and change the case; what somebody else has answered meanwhile is told like any other change."""

    def guarded(view: CaseView, form: Any) -> None:
        try:
            change(view, form)
        except (OfferGone, DisputeGone) as error:
            raise CaseChanged("the case was changed in the meantime") from error

    return case_frame.act(kind, case_id, lambda view: _form(kind, view), guarded, _page)


def _again() -> ResponseReturnValue:
    kind = (request.endpoint or "").rpartition(".")[2]
    if kind == "choice":
        kind = (request.view_args or {})["choice"]
    return case_frame.again(kind, lambda view: _form(kind, view), _page)()


@blueprint.get("")
@access("staff", right="read_case")
def page(case_id: str) -> ResponseReturnValue:
    """Who is responsible, and what belongs to it."""
    return case_frame.page(case_id, _page)


# --- Hand-over -------------------------------------------------------------------------------------------------


@blueprint.post("/ja")
@access("staff", logged_out=login_and_go_on, right="answer_offer")
@keeps_text(_again)
def accept(case_id: str) -> ResponseReturnValue:
    """Say yes to the case that one is asked to take over."""
    return _answer(
        "accept",
        case_id,
        lambda _view, form: accept_offer(*case_frame.core(), case_id, me().ref(), form.seen_version()),
    )


@blueprint.post("/nei")
@access("staff", logged_out=login_and_go_on, right="answer_offer")
@keeps_text(_again)
def decline(case_id: str) -> ResponseReturnValue:
    """Say no, and why."""
    return _answer(
        "decline",
        case_id,
        lambda _view, form: decline_offer(
            *case_frame.core(), case_id, me().ref(), form.reason.data or "", form.seen_version()
        ),
    )


@blueprint.post("/trekk-tilbake")
@access("staff", logged_out=login_and_go_on, right="name_contact")
@keeps_text(_again)
def withdraw(case_id: str) -> ResponseReturnValue:
    """Take the question back."""
    return _answer(
        "withdraw",
        case_id,
        lambda _view, form: withdraw_offer(*case_frame.core(), case_id, me().ref(), form.seen_version()),
    )


@blueprint.post("/ta")
@access("staff", logged_out=login_and_go_on, right="work_case")
@keeps_text(_again)
def take(case_id: str) -> ResponseReturnValue:
    """Take the case oneself, at once."""

    def change(_view: CaseView, form: ChosenForm) -> None:
        own = me()
        name_contact(
            *case_frame.core(),
            case_id,
            own.ref(),
            own.id,
            own.name,
            own.unit or None,
            form.seen_version(),
            against=form.reason(),
        )

    return _answer("take", case_id, change)


@blueprint.post("/spor")
@access("staff", logged_out=login_and_go_on, right="name_contact")
@keeps_text(_again)
def offer(case_id: str) -> ResponseReturnValue:
    """Ask a colleague to take over."""

    def change(_view: CaseView, form: OfferForm) -> None:
        to = form.colleagues[form.person.data].ref()
        offer_case(
            *case_frame.core(),
            case_id,
            me().ref(),
            to,
            form.note.data or "",
            form.reason(),
            form.seen_version(),
        )

    return _answer("offer", case_id, change)


@blueprint.post("/uten-konto")
@access("staff", logged_out=login_and_go_on, right="name_contact")
@keeps_text(_again)
def by_hand(case_id: str) -> ResponseReturnValue:
    """Somebody without an account, who has said yes."""

    def change(view: CaseView, form: ByHandForm) -> None:
        unit = form.unit.data or ""
        if form.phone.data:
            with force_locale(view.language):
                unit = _("%(unit)s, phone %(phone)s", unit=unit, phone=form.phone.data)
        name_contact(
            *case_frame.core(),
            case_id,
            me().ref(),
            "",
            form.name.data or "",
            unit,
            form.seen_version(),
            agreed_on=form.agreed_on.data,
            against=form.reason(),
        )

    return _answer("by_hand", case_id, change)


# --- What the child says, disagreement, coordinator and plan ---------------------------------------------------


@blueprint.post("/barnet-sier")
@access("staff", logged_out=login_and_go_on, right="work_case")
@keeps_text(_again)
def word(case_id: str) -> ResponseReturnValue:
    """What the child, or the person, says about who should coordinate."""

    def change(_view: CaseView, form: WordForm) -> None:
        note_childs_word(
            *case_frame.core(),
            case_id,
            me().ref(),
            form.words.data or "",
            cast(date, form.asked_on.data),
            form.seen_version(),
        )

    return _answer("word", case_id, change)


@blueprint.post("/uenighet")
@access("staff", logged_out=login_and_go_on, right="name_contact")
@keeps_text(_again)
def dispute(case_id: str) -> ResponseReturnValue:
    """The services disagree: the municipality decides."""

    def change(_view: CaseView, form: DisputeForm) -> None:
        open_dispute(
            *case_frame.core(),
            case_id,
            me().ref(),
            form.services.data or [],
            form.others.data or "",
            form.why.data or "",
            form.seen_version(),
        )

    return _answer("dispute", case_id, change)


@blueprint.post("/avgjor")
@access("staff", logged_out=login_and_go_on, right="decide_dispute")
@keeps_text(_again)
def decide(case_id: str) -> ResponseReturnValue:
    """The municipality has decided who coordinates."""

    def change(_view: CaseView, form: DecideForm) -> None:
        by_name = form.coordinator.data == "other"
        decide_dispute(
            *case_frame.core(),
            case_id,
            me().ref(),
            "" if by_name else form.coordinator.data,
            (form.name.data or "") if by_name else "",
            form.reason.data or "",
            form.seen_version(),
        )

    return _answer("decide", case_id, change)


@blueprint.post("/valg/<choice>")
@access("staff", logged_out=login_and_go_on, right="work_case")
@keeps_text(_again)
def choice(case_id: str, choice: str) -> ResponseReturnValue:
    """How it stands with a coordinator, a child coordinator or an individual plan."""
    if choice not in CHOICES:
        abort(404)

    def change(_view: CaseView, form: ChoiceForm) -> None:
        note_choice(
            *case_frame.core(),
            case_id,
            me().ref(),
            choice,
            cast(Answer, form.answer.data),
            cast(date, form.on.data),
            form.next_step.data or "",
            form.seen_version(),
        )

    return _answer(choice, case_id, change)
