"""The tab «Sharing» of a case: who may see it, who does, and bringing a service in; and what is not told yet."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, Final, cast

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from flask_babel import LazyString
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from web import current
from web.cases import end_share, share_with
from web.cases.deadlines import local_date
from web.cases.sharing import (
    active_shares,
    child_has_told,
    has_consent,
    tell_now,
    withhold_longer,
)
from web.cases.sharing_types import CONSENT_PARTS, PARTS, Part, Withholding, seen_with
from web.cases.types import CaseView, ConsentView
from web.cases.withheld import everything_withheld, withholdings_due
from web.catalog import LegalBasis, Service
from web.db import db
from web.errors import keeps_text
from web.i18n import PART_TEXT, SEEN_TEXT, SHARE_OUTCOME_TEXT, language
from web.security.access import access
from web.security.separation import every_case
from web.staff import case_frame, reading
from web.staff.case_frame import act
from web.staff.follow_pages import next_best
from web.staff.forms import CaseForm
from web.staff.models import Employee, EmployeeRole
from web.staff.pages import form_page, login_and_go_on, me, render
from web.staff.sharing_forms import (
    ConsentShareForm,
    LawShareForm,
    LongerForm,
    ShareIdForm,
    chosen_service,
)

blueprint = Blueprint("staff_sharing", __name__, url_prefix="/staff", template_folder="templates")

#: The forms of the page, by what they are called in `gjort`, and their addresses.
KINDS = ("share_yes", "share_law", "share_end", "share_tell", "share_longer")
for _kind in KINDS:
    form_page(f"staff_sharing.{_kind}", "staff_sharing.sharing")

MOST_WITH_PEOPLE: Final = 8
"""Of the services with people who log in, in the short list."""
GROUPS: dict[str, LazyString] = {
    "consent": _("A yes in another way"),
    "need": _("Needed to give the help"),
    "duty": _("A duty to answer"),
    "danger": _("Danger, and duties to say so"),
    "other": _("Something else"),
}
ASKED_TEXT: dict[str, LazyString] = {
    "agreed": _("The child was asked, and said yes."),
    "disagreed": _("The child was asked, and said no."),
    "unsure": _("The child was asked, and was unsure."),
    "not_asked": _("The child was not asked."),
    "no_child": _("It is not about a child."),
}


@dataclass(frozen=True)
class Chosen:
    """A service that the person has chosen or let read."""

    id: str
    yes: ConsentView | None
    """The newest yes, taken back or not."""
    shared: bool
    """Whether it sees everything that the yes reaches."""
    by_law: bool
    """Whether it is in the case on another legal basis."""
    has_people: bool
    """Whether somebody there can log in here."""


def services_with_people(municipality: str) -> frozenset[str]:
    """The services that have an employee here who can open what is shared with them."""
    found = db().scalars(
        select(Employee.service_id)
        .join(EmployeeRole, EmployeeRole.employee_id == Employee.id)
        .where(
            Employee.municipality == municipality,
            Employee.active.is_(True),
            Employee.service_id.is_not(None),
            EmployeeRole.role == "service_user",
        )
    )
    known = (current.catalog().service(one or "") for one in found)
    return frozenset(name for entry in known if entry for name in (entry.id, *entry.alternate_ids))


def _chosen(view: CaseView, people: frozenset[str]) -> tuple[Chosen, ...]:
    newest = {one.service_id: one for one in view.consents}
    ids = dict.fromkeys([*view.facts.services, *newest])
    return tuple(
        Chosen(
            service,
            newest.get(service),
            set(CONSENT_PARTS)
            <= {part for one in active_shares(view, service) if not one.childs for part in one.parts},
            any(one.basis == "law" and not one.childs for one in active_shares(view, service)),
            service in people,
        )
        for service in ids
    )


def _bases(service: Service | None) -> tuple[list[LegalBasis], list[tuple[LazyString, list[LegalBasis]]]]:
    """The legal bases that fit the service, and the others that may be used for it in their groups; all without one."""
    known = list(current.catalog().legal_bases.values())
    fitting = [one for one in known if service is not None and one.fits(service)]
    rest = [
        one
        for one in known
        if one not in fitting and (service is None or not one.receivers or service.id in one.receivers)
    ]
    grouped = [(name, [one for one in rest if one.when == group]) for group, name in GROUPS.items()]
    return fitting, [(name, bases) for name, bases in grouped if bases]


def _choices(people: frozenset[str], view: CaseView) -> tuple[list[Service], list[Service]]:
    """The services that are likeliest to be brought in, and all others, by name.

    Likely is what the person has chosen, what meets the needs of the case, and where somebody logs in here.
    """
    catalog = current.catalog()
    near = dict.fromkeys([*view.facts.services, *(one.service_id for one in view.consents)])
    near |= dict.fromkeys(one.service.id for one in next_best(catalog, view)[0])
    near |= dict.fromkeys(sorted(people)[:MOST_WITH_PEOPLE])
    first = [catalog.services[one] for one in near if one in catalog.services]
    others = [one for one in catalog.services.values() if one.id not in near]
    return first, sorted(others, key=lambda one: one.name[language()].casefold())


def basis_title(basis_id: str) -> str:
    """Law and paragraph of a recorded legal basis; its id when the data no longer has it."""
    basis = current.catalog().legal_bases.get(basis_id)
    return basis.title if basis else basis_id


def seen_names(view: CaseView, parts: Iterable[Part], *, childs: bool = False) -> str:
    """What a service sees with these parts, in a row."""
    young = view.facts.writer in reading.YOUNG
    return ", ".join(str(SEEN_TEXT[one]) for one in seen_with(parts, childs=childs, young=young))


def _form(kind: str, view: CaseView, **given: Any) -> CaseForm:
    catalog, today = current.catalog(), local_date(current.clock().now())
    match kind:
        case "share_yes":
            return ConsentShareForm(view, **given)
        case "share_law":
            return LawShareForm(view, catalog.legal_bases, catalog.services, today, **given)
        case "share_longer":
            return LongerForm(today, **given)
        case _:
            return ShareIdForm(**given)


def _page(view: CaseView, *, posted: tuple[str, CaseForm] | None = None, **frame: Any) -> Response:
    forms = {kind: _form(kind, view, formdata=None) for kind in KINDS}
    if posted:
        forms[posted[0]] = posted[1]
    people = services_with_people(me().municipality)
    services = current.catalog().services
    law = cast(LawShareForm, forms["share_law"])
    asked = request.args.get("service", ""), request.args.get("service_name", "")
    bring = services.get(law.service.data or chosen_service(services, *asked))
    likely, others = _choices(people, view)
    return case_frame.show(
        "sharing",
        view,
        tab="sharing",
        forms=forms,
        posted=posted[0] if posted else "",
        chosen=_chosen(view, people),
        active=active_shares(view),
        ended=tuple(reversed([one for one in view.shares if not one.active])),
        bring=bring,
        bases=_bases(bring),
        likely=likely,
        others=others,
        not_found=any(asked) and bring is None and not posted,
        asked_name=asked[1],
        basis_of=current.catalog().legal_bases.get,
        basis_title=basis_title,
        people=people,
        all_parts=PARTS,
        consent_parts=CONSENT_PARTS,
        part_text=PART_TEXT,
        seen_names=lambda parts, childs=False: seen_names(view, parts, childs=childs),
        outcome_text=SHARE_OUTCOME_TEXT,
        asked_text=ASKED_TEXT,
        child_told=child_has_told(view),
        consents_to=lambda service: has_consent(view, service),
        who_may_know=reading.who_may_know(view, current.catalog().age_rules, language()),
        opened_by=_opened_by(view),
        **frame,
    )


def _opened_by(view: CaseView) -> dict[str, list[str]]:
    """Who in each service has read it."""
    found: dict[str, dict[str, None]] = {}
    for line in view.log:
        if line.action == "share_opened" and line.detail and line.actor_name:
            found.setdefault(line.detail, {})[line.actor_name] = None
    return {service: list(names) for service, names in found.items()}


def _act(kind: str, case_id: str, change: case_frame.Change) -> ResponseReturnValue:
    return act(kind, case_id, lambda view: _form(kind, view), change, _page)


def _again() -> ResponseReturnValue:
    kind = (request.endpoint or "").removeprefix("staff_sharing.")
    return case_frame.again(kind, lambda view: _form(kind, view), _page)()


@blueprint.get("/sak/<case_id>/deling")
@access("staff", right="share")
def sharing(case_id: str) -> ResponseReturnValue:
    """Who may see the case, who does, and what they have answered."""
    return case_frame.page(case_id, _page)


@blueprint.post("/sak/<case_id>/deling/ja")
@access("staff", logged_out=login_and_go_on, right="share")
@keeps_text(_again)
def share_yes(case_id: str) -> ResponseReturnValue:
    """Bring in a service that the person has said yes to."""

    def change(_view: CaseView, form: ConsentShareForm) -> None:
        share_with(*case_frame.core(), case_id, me().ref(), form.new_share(), form.seen_version())

    return _act("share_yes", case_id, change)


@blueprint.post("/sak/<case_id>/deling/hjemmel")
@access("staff", logged_out=login_and_go_on, right="share")
@keeps_text(_again)
def share_law(case_id: str) -> ResponseReturnValue:
    """Bring in a service on another legal basis than a yes in the portal."""

    def change(_view: CaseView, form: LawShareForm) -> str:
        new = form.new_share()
        share_with(*case_frame.core(), case_id, me().ref(), new, form.seen_version())
        return "share_childs" if new.childs else "share_kept" if new.withheld else "share_law"

    return _act("share_law", case_id, change)


def _of_one(kind: str, case_id: str, done: Callable[..., object]) -> ResponseReturnValue:
    """Something that is done with one share at once."""

    def change(_view: CaseView, form: ShareIdForm) -> None:
        done(*case_frame.core(), case_id, me().ref(), form.share.data or "", form.seen_version())

    return _act(kind, case_id, change)


@blueprint.post("/sak/<case_id>/deling/slutt")
@access("staff", logged_out=login_and_go_on, right="share")
@keeps_text(_again)
def share_end(case_id: str) -> ResponseReturnValue:
    """The service no longer sees the case."""
    return _of_one("share_end", case_id, end_share)


@blueprint.post("/sak/<case_id>/deling/fortell")
@access("staff", logged_out=login_and_go_on, right="share")
@keeps_text(_again)
def share_tell(case_id: str) -> ResponseReturnValue:
    """The person may know now."""
    return _of_one("share_tell", case_id, tell_now)


@blueprint.post("/sak/<case_id>/deling/vent")
@access("staff", logged_out=login_and_go_on, right="share")
@keeps_text(_again)
def share_longer(case_id: str) -> ResponseReturnValue:
    """Somebody has looked again, and it is still not told."""

    def change(view: CaseView, form: LongerForm) -> None:
        share = next((one for one in view.shares if one.id == form.share.data and one.withheld), None)
        if share is None or form.longer_until.data is None:
            return
        why = Withholding(form.longer_reason.data or "", form.longer_until.data)
        withhold_longer(
            *case_frame.core(),
            case_id,
            me().ref(),
            share.id,
            why,
            form.seen_version(),
        )

    return _act("share_longer", case_id, change)


@blueprint.get("/ikke-fortalt")
@access("staff", right="withheld_log")
def withheld() -> ResponseReturnValue:
    """Everything that persons are not told yet: why, by whom, until when, and who looks at it again.

    Who watches over privacy sees all of them, and no line of a plan: that is what was told, and not a decision about it.
    """
    reads = me().may("read_case")
    with nullcontext() if reads else every_case(me()):
        rows = everything_withheld(db(), current.vault(), me().municipality)
    return render(
        "sharing_withheld",
        rows=rows,
        reads=reads,
        service_name=case_frame.service_name,
        today=local_date(current.clock().now()),
    )


@blueprint.app_template_global()
def to_look_at_again() -> int:
    """For the queue: how many withholdings the employee sees whose day has come."""
    return withholdings_due(db(), me().municipality, local_date(current.clock().now()))
