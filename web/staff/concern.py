"""A concern for a child: what to think through, and a draft that the employee sends another way.

The portal sends nothing to the child welfare service. Nothing of it stands in the person's log unless the employee has chosen so.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from web import current
from web.cases.concern import (
    ConcernGone,
    ConcernView,
    Variant,
    checklist,
    concern_of,
    concerns_of,
    drop_concern,
    missing,
    note_sent,
    save_concern,
    start_concern,
)
from web.cases.deadlines import OSLO
from web.cases.types import CaseNotFound, CaseView, InvalidCase, StatementView
from web.db import db
from web.errors import keeps_text
from web.i18n import AUTHOR_TEXT, format_date_long, language
from web.matching import helplines_for
from web.pdf import Block, Letter, pdf
from web.security.access import access
from web.staff import case_frame
from web.staff.concern_forms import (
    PARTS,
    VARIANT_TEXT,
    SentForm,
    StartForm,
    draft_form,
    flat,
    label_of,
    nested,
)
from web.staff.forms import CaseForm
from web.staff.package import download
from web.staff.pages import form_page, login_and_go_on, me

blueprint = Blueprint("staff_concern", __name__, url_prefix="/staff/sak/<case_id>/bekymring")
form_page("staff_concern.start", "staff_concern.overview")
form_page("staff_concern.save", "staff_concern.draft")
form_page("staff_concern.sent", "staff_concern.draft")
form_page("staff_concern.drop", "staff_concern.draft")
CHILD_WELFARE = "barnevern"
_YOUNG = ("child", "youth")


# --- The checklist, and a new draft ---------------------------------------------------------------------------


def _possible(view: CaseView) -> list[tuple[str, str]]:
    """What can be ticked: each statement, the age, how to reach the person."""
    found = [
        (
            f"words-{one.position}",
            _(
                "%(who)s, %(day)s: «%(words)s»",
                who=_who(one),
                day=_day(one.created_at),
                words=_begins(one.text),
            ),
        )
        for one in sorted(
            view.statements, key=lambda s: (not s.from_child, s.author not in _YOUNG, s.position)
        )
    ]
    if view.facts.age is not None:
        found.append(("age", _("The age that is told: %(age)s", age=view.facts.age)))
    if view.contact.way in ("phone", "sms") and view.contact.details:
        found.append(("phone", _("The phone number: %(number)s", number=view.contact.details)))
    return found


def _begins(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= 90 else f"{words[:89].rstrip()}…"


def _who(one: StatementView) -> str:
    return str(AUTHOR_TEXT[one.author])


def _day(at: datetime) -> str:
    return format_date_long(at.astimezone(OSLO).date())


def _start_form(view: CaseView, **given: Any) -> StartForm:
    return StartForm(_possible(view), **given)


def _overview(view: CaseView, *, posted: tuple[str, CaseForm] | None = None, **frame: Any) -> Response:
    own, others = concerns_of(db(), current.vault(), view.id, me().ref())
    return case_frame.show(
        "concern",
        view,
        tab="concern",
        forms={"concern": posted[1] if posted else _start_form(view, formdata=None)},
        posted=posted[0] if posted else "",
        points=checklist(),
        lines=helplines_for(
            current.catalog(), ("violence", "small_child"), (), None, "other", current.clock().now()
        ),
        welfare=current.catalog().service(CHILD_WELFARE),
        variant_text=VARIANT_TEXT,
        own=own,
        others=others,
        **frame,
    )


@blueprint.get("")
@access("staff", right="share")
def overview(case_id: str) -> ResponseReturnValue:
    """What to think through, whom to call, and one's own drafts."""
    return case_frame.page(case_id, _overview)


@blueprint.post("")
@access("staff", logged_out=login_and_go_on, right="share")
@keeps_text(lambda: case_frame.again("concern", _start_form, _overview)())
def start(case_id: str) -> ResponseReturnValue:
    """Begin a draft with what was ticked, and nothing else."""
    try:
        view = case_frame.read(case_id, words=True)  # the draft begins with them
        form = _start_form(view)
        if not form.validate_on_submit():
            return _overview(view, posted=("concern", form), status=422)
        fields = nested(form.variant.data, _filled(view, form.variant.data, set(form.take.data or ())))
        concern_id = start_concern(*case_frame.core(), case_id, me().ref(), form.variant.data, fields)
    except CaseNotFound:
        return case_frame.missing()
    except InvalidCase:
        form.variant.errors = [_("You have five drafts in this case already. Delete one first.")]
        return _overview(view, posted=("concern", form), status=422)
    return _to_draft(case_id, concern_id, "concern")


def _to_draft(case_id: str, concern_id: str, done: str) -> ResponseReturnValue:
    address = url_for(
        "staff_concern.draft",
        case_id=case_id,
        concern_id=concern_id,
        gjort=done,
        _anchor="gjort",
        **case_frame.place(),
    )
    return redirect(address, code=303)


def _filled(view: CaseView, variant: Variant, take: set[str]) -> dict[str, Any]:
    """The form's values to begin with: who reports and where, and what was ticked of the case."""
    catalog, employee = current.catalog(), me()
    town, point = catalog.municipality, catalog.contact_point
    words = [
        f"{_who(one)}, {_day(one.created_at)}:\n«{one.text}»"
        for one in sorted(
            view.statements, key=lambda s: (not s.from_child, s.author not in _YOUNG, s.position)
        )
        if f"words-{one.position}" in take
    ]
    age = view.facts.age if "age" in take else None
    number = (view.contact.details or "") if "phone" in take else ""
    values: dict[str, Any] = {
        "kommunenummer": town.municipality_number or "",
        "kommunenavn": town.name[language()],
        "bydelsnummer": "00",
        "leveringskanal": _("By the employee"),
    }
    if variant == "private":
        return values | {
            "melding": "\n\n".join(words),
            "privatMelder__personnavn": employee.name,
            "privatBarn__0__antattAlder": "" if age is None else str(age),
        }
    if age is not None:
        words.insert(0, _("Age that is told in the case: %(age)s", age=age))
    to = "offentligBarn__0__" if view.facts.writer in _YOUNG else "foresatte__0__"
    return values | {
        "melding__melding": "\n\n".join(words),
        f"{to}telefonnummer": number,
        "offentligMelder__personnavn": employee.name,
        "offentligMelder__telefonnummer": point.number,
        "offentligMelder__epost": point.email or "",
        "offentligMelder__virksomhet__navn": employee.unit or point.name[language()],
        "offentligMelder__virksomhet__adresse__adresselinje1": point.location.address_1,
        "offentligMelder__virksomhet__adresse__postnummer": point.location.postal_code,
        "offentligMelder__virksomhet__adresse__poststed": point.location.city,
    }


# --- One draft ------------------------------------------------------------------------------------------------


def _concern() -> ConcernView:
    values = request.view_args or {}
    return concern_of(db(), current.vault(), values["case_id"], me().ref(), values["concern_id"])


def _draft_form(_view: CaseView, **given: Any) -> CaseForm:
    concern = _concern()
    return draft_form(concern.variant)(data=flat(concern.fields), **given)


def _sent_form(_view: CaseView, **given: Any) -> SentForm:
    return SentForm(current.clock().now(), **given)


def _draft(view: CaseView, *, posted: tuple[str, CaseForm] | None = None, **frame: Any) -> Response:
    concern = _concern()
    forms = {
        "concern_draft": _draft_form(view, formdata=None),
        "concern_sent": _sent_form(view, formdata=None),
        "concern_drop": CaseForm(formdata=None),
    }
    if posted:
        forms[posted[0]] = posted[1]
    return case_frame.show(
        "concern_draft",
        view,
        tab="concern",
        forms=forms,
        posted=posted[0] if posted else "",
        concern=concern,
        parts_of=PARTS[concern.variant],
        variant_text=VARIANT_TEXT,
        lacking=[label_of(concern.variant, path) for path in _missing(concern)],
        **frame,
    )


def _missing(concern: ConcernView) -> tuple[str, ...]:
    return missing(concern.variant, _complete(concern))


def _complete(concern: ConcernView) -> dict[str, Any]:
    """The draft with the moment in which the file is made."""
    now = current.clock().now().astimezone(OSLO)
    return {**concern.fields, "sendingstidspunkt": now.isoformat(timespec="seconds")}


def _on_draft(case_id: str, shown: Callable[[CaseView], ResponseReturnValue]) -> ResponseReturnValue:
    try:
        return shown(case_frame.read(case_id, words=True))
    except (CaseNotFound, ConcernGone):
        return case_frame.missing()


@blueprint.get("/<concern_id>")
@access("staff", right="share")
def draft(case_id: str, concern_id: str) -> ResponseReturnValue:
    """One's own draft."""
    return _on_draft(case_id, _draft)


def _again(name: str, form_of: Callable[[CaseView], CaseForm]) -> Callable[[], ResponseReturnValue]:
    def show_again() -> ResponseReturnValue:
        case_id = (request.view_args or {})["case_id"]
        return _on_draft(
            case_id, lambda view: _draft(view, posted=(name, form_of(view)), expired=True, status=400)
        )

    return show_again


@blueprint.post("/<concern_id>")
@access("staff", logged_out=login_and_go_on, right="share")
@keeps_text(_again("concern_draft", _draft_form))
def save(case_id: str, concern_id: str) -> ResponseReturnValue:
    """Keep what is written."""

    def saved(view: CaseView) -> ResponseReturnValue:
        form = _draft_form(view)
        if not form.validate_on_submit():
            return _draft(view, posted=("concern_draft", form), status=422)
        fields = nested(_concern().variant, form.data)
        try:
            save_concern(*case_frame.core(), case_id, me().ref(), concern_id, fields)
        except ConcernGone:
            raise
        except InvalidCase:
            first = form["melding__melding" if "melding__melding" in form else "melding"]
            first.errors = [_("All of it together is too long. Shorten the longest texts.")]
            return _draft(view, posted=("concern_draft", form), status=422)
        return _to_draft(case_id, concern_id, "concern_draft")

    return _on_draft(case_id, saved)


@blueprint.post("/<concern_id>/sendt")
@access("staff", logged_out=login_and_go_on, right="share")
@keeps_text(_again("concern_sent", _sent_form))
def sent(case_id: str, concern_id: str) -> ResponseReturnValue:
    """The employee has sent it, another way."""

    def noted(view: CaseView) -> ResponseReturnValue:
        form = _sent_form(view)
        if not form.validate_on_submit():
            return _draft(view, posted=("concern_sent", form), status=422)
        withheld = "" if form.told.data == "yes" else form.reason.data
        note_sent(*case_frame.core(), case_id, me().ref(), concern_id, form.when(), withheld)
        return _to_draft(case_id, concern_id, "concern_sent")

    return _on_draft(case_id, noted)


@blueprint.post("/<concern_id>/slett")
@access("staff", logged_out=login_and_go_on, right="share")
@keeps_text(_again("concern_drop", lambda _view: CaseForm()))
def drop(case_id: str, concern_id: str) -> ResponseReturnValue:
    """Delete the draft."""

    def dropped(view: CaseView) -> ResponseReturnValue:
        form = CaseForm()
        if not form.validate_on_submit():
            return _draft(view, posted=("concern_drop", form), status=422)
        drop_concern(*case_frame.core(), case_id, me().ref(), concern_id)
        address = url_for(
            "staff_concern.overview", case_id=case_id, gjort="concern_drop", **case_frame.place()
        )
        return redirect(address, code=303)

    return _on_draft(case_id, dropped)


# --- Files ----------------------------------------------------------------------------------------------------


@blueprint.get("/<concern_id>/brev.json")
@access("staff", right="share")
def as_json(case_id: str, concern_id: str) -> ResponseReturnValue:
    """The fields by their national names; only when nothing is missing."""

    def made(view: CaseView) -> ResponseReturnValue:
        concern = _concern()
        if _missing(concern):
            return _draft(view, status=422)
        body = json.dumps(_complete(concern), ensure_ascii=False, indent=2).encode()
        return download(body, f"brev-{view.reference}.json", "application/json")

    return _on_draft(case_id, made)


@blueprint.get("/<concern_id>/brev.pdf")
@access("staff", right="share")
def as_pdf(case_id: str, concern_id: str) -> ResponseReturnValue:
    """To read and to hand in; half done it says so."""
    return _on_draft(
        case_id,
        lambda view: download(_pdf(_concern()), f"brev-{view.reference}.pdf", "application/pdf"),
    )


def _pdf(concern: ConcernView) -> bytes:
    values, now = flat(concern.fields), current.clock().now()
    blocks = []
    lacking = [label_of(concern.variant, path) for path in _missing(concern)]
    if lacking:
        blocks.append(Block("note", _("A draft. This is missing: %(fields)s.", fields="; ".join(lacking))))
    for part in PARTS[concern.variant]:
        filled = [
            (str(label), kind, values.get(name))
            for name, (_name, label, kind) in zip(part.names, part.fields, strict=True)
        ]
        if not any(value for _label, _kind, value in filled):
            continue
        blocks.append(Block("heading", str(part.heading)))
        for label, kind, value in filled:
            if kind == "yes":
                blocks.append(Block("facts", facts=[(label, _("Yes") if value else _("No"))]))
            elif value:
                blocks.append(Block("facts", facts=[(label, str(value))]))
    return pdf(
        Letter(
            title=_("Concern for a child"),
            author=me().name,
            language=language(),
            at=now,
            footer=_("Written by %(name)s, %(day)s", name=me().name, day=_day(now)),
            blocks=blocks,
            unknown_signs=_(
                "Some signs have no letters here and stand as numbers in brackets. They are right in the data file."
            ),
        )
    )
