"""/staff/katalog: what is stale, correcting local facts, confirming that they were checked, and undoing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString, lazy_gettext
from flask_babel import gettext as _

from web import corrections, current, i18n
from web.cases.deadlines import local_date
from web.catalog import LANGUAGES, Catalog, Text
from web.catalog.changes import CONFIRM, ChangeRefused, fields_of
from web.catalog.changes import current as standing_values
from web.catalog.freshness import Fact, facts
from web.db import db
from web.security.access import access
from web.staff.forms import CatalogForm
from web.staff.pages import form_page, login_and_go_on, me, render

blueprint = Blueprint("staff_catalog", __name__, url_prefix="/staff/katalog", template_folder="templates")
form_page("staff_catalog.save", "staff_catalog.entry")

RIGHT: Final = "edit_catalog"
_KINDS = {"tjeneste": "service", "linje": "helpline", "dor": "contact_point"}
_SLUGS = {kind: slug for slug, kind in _KINDS.items()}

KIND_TEXT: Mapping[str, LazyString] = {
    "numbers": lazy_gettext("Phone, email and web"),
    "hours": lazy_gettext("Opening hours"),
    "law": lazy_gettext("Law"),
    "place": lazy_gettext("Address"),
    "text": lazy_gettext("The rest of the text"),
}
FIELD_TEXT: Mapping[str, LazyString] = {
    "phone": lazy_gettext("Phone"),
    "email": lazy_gettext("Email (catalog)"),
    "url": lazy_gettext("Web address"),
    "address": lazy_gettext("Address"),
    "schedules": lazy_gettext("Opening hours"),
    "wait_time": lazy_gettext("Waiting time"),
    "alert": lazy_gettext("Notice"),
    CONFIRM: lazy_gettext("Checked"),
}
_REFUSED: Mapping[str, LazyString] = {
    "number": lazy_gettext("Write a phone number with figures and spaces, such as 12 34 56 78."),
    "email": lazy_gettext("Write an email address such as post@kommune.no."),
    "url": lazy_gettext("Write a web address that begins with https://."),
    "both_languages": lazy_gettext("Write it in both Bokmål and Nynorsk."),
    "emergency": lazy_gettext("Emergency numbers cannot be changed here."),
    "field": lazy_gettext("Write the street address."),
    "long": lazy_gettext("That is too long."),
}


DONE_TEXT: Mapping[str, LazyString] = {
    "saved": lazy_gettext("Saved. People see it now."),
    "unchanged": lazy_gettext("Nothing was changed."),
    "checked": lazy_gettext("Noted as checked today."),
    "undone": lazy_gettext("Undone. People see it as it was before."),
    "undone_before": lazy_gettext("That was undone already."),
}


@dataclass(frozen=True)
class Row:
    """An entry in the list: its facts, oldest first."""

    target: str
    name: Text
    facts: tuple[Fact, ...]
    stale: tuple[Fact, ...]
    address: str


def _target(slug: str, name: str) -> str:
    kind = _KINDS.get(slug)
    if kind is None:
        abort(404)
    target = "contact_point" if kind == "contact_point" else f"{kind}:{name}"
    try:
        standing_values(current.catalog(), target)
    except KeyError:
        abort(404)
    return target


def address_of(target: str, gjort: str | None = None) -> str:
    """The page of an entry."""
    kind, _colon, name = target.partition(":")
    name = name or current.catalog().contact_point.id
    return url_for("staff_catalog.entry", slug=_SLUGS[kind], name=name, gjort=gjort)


def _back(slug: str, name: str, done: str) -> ResponseReturnValue:
    return redirect(url_for("staff_catalog.entry", slug=slug, name=name, gjort=done), code=303)


def rows(catalog: Catalog, today: date) -> list[Row]:
    """All entries, those that have waited longest for a check first."""
    grouped: dict[str, list[Fact]] = {}
    for fact in facts(catalog):
        grouped.setdefault(fact.target, []).append(fact)
    found = [
        Row(
            target,
            those[0].name,
            tuple(sorted(those, key=lambda fact: fact.due)),
            tuple(fact for fact in those if fact.stale(today)),
            address_of(target),
        )
        for target, those in grouped.items()
    ]
    return sorted(found, key=lambda row: (not row.stale, row.facts[0].due, row.target))


def _name(catalog: Catalog, target: str) -> Text:
    kind, _colon, name = target.partition(":")
    if kind == "service" and name in catalog.services:
        return catalog.services[name].name
    if kind == "helpline" and name in catalog.helplines:
        return catalog.helplines[name].name
    return catalog.contact_point.name if kind == "contact_point" else {"nb": name, "nn": name}


def value_text(field: str, value: Any) -> str:
    """A value of the list of changes, for reading."""
    if value is None:
        return str(_("nothing"))
    if field == CONFIRM:
        return f"{KIND_TEXT[value['kind']]}: {i18n.format_day(date.fromisoformat(value['on']))}"
    if isinstance(value, dict):
        own = value.get(i18n.language())
        if own is not None:
            return str(own)
        return ", ".join(str(part) for part in value.values())
    return str(value)


@blueprint.get("/")
@access("staff", right=RIGHT)
def overview() -> ResponseReturnValue:
    """What must be checked, and what was done last."""
    catalog, today = current.catalog(), local_date(current.clock().now())
    wanted = request.args.get("vis", "")
    search = " ".join(request.args.get("q", "").lower().split())[:80]
    everything = rows(catalog, today)
    unverified = [row for row in everything if not row.facts[0].verified]
    shown = {"alle": everything, "ubekreftet": unverified}.get(
        wanted, [row for row in everything if row.stale]
    )
    if search:
        shown = [row for row in everything if any(search in row.name[lang].lower() for lang in LANGUAGES)]
    return render(
        "catalog",
        rows=shown,
        wanted=wanted,
        search=search,
        limits=catalog.limits,
        stale_count=sum(1 for row in everything if row.stale),
        unverified_count=len(unverified),
        all_count=len(everything),
        today=today,
        history=corrections.history(db(), catalog.municipality.id, limit=20),
        **_for_template(catalog),
    )


def _for_template(catalog: Catalog) -> dict[str, Any]:
    return {
        "KIND_TEXT": KIND_TEXT,
        "FIELD_TEXT": FIELD_TEXT,
        "name_of": lambda target: _name(catalog, target),
        "value_text": value_text,
        "DONE_TEXT": DONE_TEXT,
    }


def _entry_page(
    slug: str, name: str, form: CatalogForm | None = None, status: int = 200
) -> ResponseReturnValue:
    catalog, today = current.catalog(), local_date(current.clock().now())
    target = _target(slug, name)
    fields = fields_of(catalog, target)
    if form is None:
        form = CatalogForm(formdata=None)
        form.fill({k: v for k, v in standing_values(catalog, target).items() if k in fields})
    return render(
        "catalog_entry",
        status=status,
        form=form,
        fields=fields,
        slug=slug,
        name=name,
        title=_name(catalog, target),
        service=catalog.services.get(name) if slug == "tjeneste" else None,
        facts=[fact for fact in facts(catalog) if fact.target == target],
        today=today,
        history=corrections.history(db(), catalog.municipality.id, target),
        **_for_template(catalog),
    )


@blueprint.get("/<slug>/<name>")
@access("staff", right=RIGHT)
def entry(slug: str, name: str) -> ResponseReturnValue:
    """One entry: its local facts in a form, when each kind was checked, and what was changed."""
    return _entry_page(slug, name)


@blueprint.post("/<slug>/<name>")
@access("staff", right=RIGHT, logged_out=login_and_go_on)
def save(slug: str, name: str) -> ResponseReturnValue:
    """Keep what was corrected."""
    target, catalog, form = _target(slug, name), current.catalog(), CatalogForm()
    if not form.validate():
        return _entry_page(slug, name, form, status=422)
    fields = tuple(
        field
        for field in fields_of(catalog, target)
        if all(part in request.form for part in form.names(field))
    )
    try:
        count = corrections.save(
            db(),
            catalog,
            target,
            form.values(fields),
            form.what_was_seen(),
            by=(me().id, me().name),
            at=current.clock().now(),
        )
    except ChangeRefused as refused:
        wrong = form[form.names(refused.field)[0]]
        wrong.errors = [*wrong.errors, str(_REFUSED[refused.reason])]
        return _entry_page(slug, name, form, status=422)
    except corrections.ChangedMeanwhile:
        form.seen.data = json.dumps(standing_values(catalog, target), ensure_ascii=False, sort_keys=True)
        form.seen.errors = [
            str(_("A colleague has changed this meanwhile. Look at the list below, then save again."))
        ]
        return _entry_page(slug, name, form, status=409)
    return _back(slug, name, "saved" if count else "unchanged")


@blueprint.post("/<slug>/<name>/kontrollert")
@access("staff", right=RIGHT)
def confirm(slug: str, name: str) -> ResponseReturnValue:
    """Note that facts were checked today and are right."""
    target = _target(slug, name)
    try:
        corrections.confirm(
            db(),
            current.catalog(),
            target,
            request.form.getlist("kind"),
            by=(me().id, me().name),
            at=current.clock().now(),
        )
    except KeyError:
        abort(400)
    return _back(slug, name, "checked")


@blueprint.post("/angre/<int:change_id>")
@access("staff", right=RIGHT)
def undo(change_id: int) -> ResponseReturnValue:
    """Take one change back."""
    try:
        target = corrections.undo(
            db(),
            current.catalog().municipality.id,
            change_id,
            by=(me().id, me().name),
            at=current.clock().now(),
        )
    except corrections.AlreadyUndone:
        return redirect(url_for("staff_catalog.overview", gjort="undone_before"), code=303)
    return redirect(address_of(target, gjort="undone"), code=303)
