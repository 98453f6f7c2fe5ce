"""Following up a case: what each service says, what the person says, and what comes next when a service says no."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _
from wtforms import Field, HiddenField, RadioField, SelectChoice, TextAreaField, ValidationError
from wtforms.validators import Length

from web import current
from web.cases.answering import note_answer
from web.cases.checks import MAX_SHORT
from web.cases.following import refused_in, reminded
from web.cases.sharing_types import HELPS, SHARE_OUTCOMES, ShareOutcome, ShareView
from web.cases.types import CaseChanged, CaseNotFound, CaseView
from web.catalog import Catalog, Replacement, Service
from web.db import db
from web.errors import keeps_text
from web.i18n import SHARE_OUTCOME_TEXT
from web.matching import Query, match
from web.security.access import access
from web.staff import case_frame
from web.staff.case_frame import act
from web.staff.forms import CaseForm
from web.staff.pages import form_page, login_and_go_on, me

blueprint = Blueprint("staff_follow", __name__, url_prefix="/staff", template_folder="templates")
form_page("staff_follow.told", "staff_follow.page")

MOST_NEXT = 5


@dataclass(frozen=True)
class NextBest:
    """A service that could come in the place of one that said no, and for which needs of the case."""

    service: Service
    needs: tuple[str, ...]
    agreed: bool
    """Whether the person has already said yes to this service reading the case."""


def next_best(catalog: Catalog, view: CaseView) -> tuple[tuple[NextBest, ...], tuple[Replacement, ...]]:
    """What else there is for the needs of the case, and what stands in the place of what the municipality does not have.

    Services that are or have been in the case are left out.
    """
    facts, tried = view.facts, {one.service_id for one in view.shares}
    needs = tuple((need, 1.0) for need in view.needs)
    about = facts.about if facts.about in ("self", "my_child", "friend", "other") else None
    safe = facts.safe_now if facts.safe_now in ("yes", "no", "unknown") else None
    found: dict[str, tuple[Service, set[str]]] = {}
    replacements: dict[str, Replacement] = {}
    # All needs at once first: one door for many is better. Then each alone, for what is behind the first five.
    for asked in (needs, *((need,) for need in needs)):
        result = match(catalog, Query(asked, facts.writer, about, facts.age, view.acute_kinds, safe))
        for one in result.services:
            if one.service.id not in tried:
                found.setdefault(one.service.id, (one.service, set()))[1].update(one.because)
        replacements |= {one.service_id: one for one in result.not_here}
    agreed = {one.service_id for one in view.consents if one.active}
    best = [
        NextBest(service, tuple(need for need in view.needs if need in of_needs), service.id in agreed)
        for service, of_needs in found.values()
    ]
    return tuple(best[:MOST_NEXT]), tuple(replacements.values())


class ToldForm(CaseForm):
    """How it stands with a service, as somebody there has told it."""

    service = HiddenField()
    outcome = RadioField(
        _("What does the service say?"),
        choices=[SelectChoice(one, SHARE_OUTCOME_TEXT[one]) for one in SHARE_OUTCOMES],
        validate_choice=False,
    )
    words = TextAreaField(
        _("Who told it, and what was said?"),
        filters=[lambda value: (value or "").strip()],
        validators=[
            Length(max=MAX_SHORT, message=_("The text is too long. There is room for 500 characters."))
        ],
    )

    def __init__(self, share: ShareView | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if share is not None:
            for field in self:
                field.id = f"{field.id}-{share.id[:8]}"
                field.label.field_id = field.id

    def validate_outcome(self, field: Field) -> None:
        """One of them."""
        if field.data not in SHARE_OUTCOMES:
            raise ValidationError(_("Choose what the service says."))

    def validate_words(self, field: Field) -> None:
        """What came by phone has a source."""
        if not field.data:
            raise ValidationError(_("Write who told it, and what was said."))


def _services(view: CaseView) -> tuple[ShareView, ...]:
    """The newest share of each service, those that are in the case now first."""
    newest = {one.service_id: one for one in view.shares}
    # Of several shares with one service, the one that is in the case now counts.
    newest |= {one.service_id: one for one in view.shares if one.active}
    return tuple(sorted(newest.values(), key=lambda one: (not one.active, one.shared_at)))


def _page(view: CaseView, *, posted: tuple[str, CaseForm] | None = None, **frame: Any) -> Response:
    services = _services(view)
    forms: dict[str, CaseForm] = {
        f"told-{one.id}": ToldForm(one, formdata=None) for one in services if one.active
    }
    name = ""
    if posted:
        share = _posted(view)
        name = f"told-{share.id}" if share else "told-gone"
        forms[name] = posted[1]
    refused = refused_in(view)
    best, replacements = next_best(current.catalog(), view) if refused else ((), ())
    answer = view.follow_ups[-1].answer if view.follow_ups else None
    return case_frame.show(
        "follow",
        view,
        tab="follow",
        forms=forms,
        posted=name,
        services=services,
        reminded=reminded(db(), view, current.clock().now()),
        names_of=lambda ids: ", ".join(map(case_frame.service_name, ids)),
        outcome_text=SHARE_OUTCOME_TEXT,
        seen_by_person=lambda service: any(
            one.active and one.service_id == service and not one.withheld and not one.childs
            for one in view.shares
        ),
        refused=refused,
        best=best,
        replacements=replacements,
        contact=current.catalog().contact_point,
        disputed=answer == "no" and [one.service_id for one in services if one.known in HELPS],
        **frame,
    )


def _posted(view: CaseView) -> ShareView | None:
    """The service that was posted, if it is in the case now."""
    wanted = request.form.get("service")
    return next((one for one in _services(view) if one.active and one.service_id == wanted), None)


def _form(view: CaseView) -> ToldForm:
    return ToldForm(_posted(view))


@blueprint.get("/sak/<case_id>/oppfolging")
@access("staff", right="read_case")
def page(case_id: str) -> ResponseReturnValue:
    """What the services say and what the person says, side by side."""
    return case_frame.page(case_id, _page)


def _again() -> ResponseReturnValue:
    shown: Callable[..., Response] = _page
    return case_frame.again("told", _form, shown)()


@blueprint.post("/sak/<case_id>/oppfolging")
@access("staff", logged_out=login_and_go_on, right="work_case")
@keeps_text(_again)
def told(case_id: str) -> ResponseReturnValue:
    """Somebody in the service has told how it stands."""

    def change(view: CaseView, form: ToldForm) -> None:
        share = _posted(view)
        if share is None:
            raise CaseChanged("the service is not in the case")
        try:
            note_answer(
                *case_frame.core(),
                case_id,
                me().ref(),
                share.service_id,
                cast(ShareOutcome, form.outcome.data),
                form.words.data or "",
                form.seen_version(),
            )
        except CaseNotFound:
            raise CaseChanged("the service is not in the case") from None

    return act("told", case_id, _form, change, _page)
