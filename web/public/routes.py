"""``/tjenester``: all help in the municipality to browse, search and filter; a page for each service; the map for search engines.

Everything stands in the address and nothing is kept: no draft is opened, and what was searched for is neither stored nor
logged. Pages with a search are not for search engines.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from web import current, i18n
from web.cases.types import LANGUAGES
from web.catalog import Catalog, Replacement, Service
from web.catalog.search import LONGEST_QUERY, Found, Index, Synonyms, read_synonyms
from web.matching import HelplineNow, Query, helplines_for, line_at, match
from web.public import words
from web.security.access import access, mark_of

blueprint = Blueprint("public", __name__, template_folder="templates")

OLDEST = 24
MOST_LINES = 4
MOST_WITH_DETAILS = 180
"""So many services are listed with short names and ages: the page is to come through a weak network."""
_NUMBER = re.compile(r"\d{1,3}")


@lru_cache(maxsize=1)
def _synonyms(directory: str) -> Synonyms:
    return read_synonyms(directory)


@lru_cache(maxsize=16)
def _index(catalog: Catalog, directory: str) -> Index:
    """The index of one catalog. A corrected catalog is a new one; old ones are dropped."""
    return Index(catalog, _synonyms(directory))


def index() -> Index:
    """The index of this request's catalog."""
    return _index(current.catalog(), str(current.config().catalog_dir))


# --- Browse and search --------------------------------------------------------------------------------------


def _asked_age() -> int | None:
    """The age in the address, as people write it: «14», «14 år»."""
    number = _NUMBER.search(request.args.get("alder", "")[:20])
    age = int(number.group()) if number else None
    return age if age is not None and age <= OLDEST else None


@blueprint.get("/tjenester")
@access("public", index=True)
def services() -> ResponseReturnValue:
    """All services by theme; with ``q``, ``alder`` or ``behov`` those that fit, best first."""
    catalog, language = current.catalog(), i18n.language()
    query = " ".join(request.args.get("q", "")[:LONGEST_QUERY].split())
    age, need = _asked_age(), catalog.needs.get(request.args.get("behov", ""))
    need_id = need.id if need else None
    chosen = {"q": query, "alder": age, "behov": need_id}
    kept = {name: value for name, value in chosen.items() if value not in (None, "")}

    found = index().search(query) if query else Found()
    listed: list[Service] | None = None
    if query:
        listed = [one for one in found.services if need is None or need.id in one.needs]
    elif need is not None:
        listed = list(index().for_need(need.id))
    if age is not None and listed is not None:
        listed = [one for one in listed if words.for_age(one, age)]
    everything = [one for one in catalog.citizen_services() if age is None or words.for_age(one, age)]

    page = render_template(
        "public/services.html",
        query=query,
        age=age,
        need=need,
        asked_age=request.args.get("alder", "")[:20],
        listed=listed,
        groups=words.by_group(catalog, everything, language) if listed is None else [],
        detailed=len(everything) <= MOST_WITH_DETAILS,
        found=found,
        missing=[catalog.replacements[i] for i in found.missing],
        lines=_lines(catalog, found, need_id, age) if listed is not None else [],
        lines_first=found.talk or bool(found.helplines) or _about_safety(catalog, found, need_id),
        # Nothing found is no dead end: these anybody may go to.
        anybody=[one.service for one in match(catalog, Query(age=age)).services] if listed == [] else [],
        need_groups=words.needs_by_group(catalog),
        kept=kept,
        **_for_page("public.services", kept),
    )
    response = make_response(page)
    if kept:
        response.headers["X-Robots-Tag"] = "noindex, follow"
    return response


def _about_safety(catalog: Catalog, found: Found, need: str | None) -> bool:
    asked = {one.id for one in found.needs} | ({need} if need else set())
    return not asked.isdisjoint(catalog.rules.safety_needs)


def _lines(catalog: Catalog, found: Found, need: str | None, age: int | None) -> list[HelplineNow]:
    """Whom to call: in danger those for it first, else those searched for; the numbers for danger are on every page."""
    now = current.clock().now()
    asked = list(dict.fromkeys([*([need] if need else []), *(one.id for one in found.needs)]))
    usual = helplines_for(catalog, needs=asked, age=age, at=now)
    every = {one.helpline.id: one for one in usual}
    named = []
    for line in (catalog.helplines[one] for one in found.helplines):
        if age is None or age >= (line.minimum_age or 0):
            named.append(every.get(line.id) or line_at(line, now))
    if _about_safety(catalog, found, need):
        lines = {one.helpline.id: one for one in (*usual, *named)}
    else:
        lines = {
            one.helpline.id: one for one in (*named, *usual) if one in named or not one.helpline.emergency
        }
    return list(lines.values())[:MOST_LINES]


# --- One service --------------------------------------------------------------------------------------------


@blueprint.get("/tjenester/<service_id>")
@access("public", index=True)
def service(service_id: str) -> ResponseReturnValue:
    """One service; what stands instead where this municipality does not have it; the real address for another name of it."""
    catalog = current.catalog()
    one = catalog.service(service_id)
    if one is None and service_id in catalog.replacements:
        return _missing(catalog, catalog.replacements[service_id])
    if one is None or not one.for_citizens:
        abort(404)
    if one.id != service_id:
        language = request.args.get("lang")
        lang = language if language in i18n.locales() else None
        return redirect(url_for("public.service", service_id=one.id, lang=lang), code=301)
    return render_template(
        "public/service.html",
        service=one,
        organization=catalog.organizations.get(one.organization),
        referrers=[catalog.services[i] for i in catalog.standing(one.access.referral_from)],
        needs=[catalog.needs[i] for i in one.primary or one.secondary],
        open_now=words.open_now(one),
        **_for_page("public.service", {}, service_id=one.id),
    )


def _missing(catalog: Catalog, replacement: Replacement) -> str:
    return render_template(
        "public/missing.html",
        replacement=replacement,
        services=[catalog.services[i] for i in replacement.services if catalog.services[i].for_citizens],
        **_for_page("public.service", {}, service_id=replacement.service_id),
    )


@blueprint.app_template_filter("date")
def date_text(day: date) -> str:
    """A day with its year: 21. november 2026."""
    return i18n.format_date_long(day)


# --- Accessibility ------------------------------------------------------------------------------------------

GONE_THROUGH_ON = date(2026, 11, 22)
"""When docs/accessibility.md was last walked through; the page says so."""


@blueprint.get("/tilgjengelighet")
@access("public", index=True)
def accessibility() -> str:
    """What works for whom, known faults, whom to tell, and who checks it.

    The statement that the law asks for is made and kept on uustatus.no; municipality.yml says where.
    Source: https://www.uutilsynet.no/tilgjengelighetserklaering/ofte-stilte-sporsmal-om-tilgjengelighetserklaeringen/894
    """
    return render_template(
        "public/accessibility.html",
        gone_through_on=GONE_THROUGH_ON,
        **_for_page("public.accessibility", {}),
    )


# --- For search engines -------------------------------------------------------------------------------------


@blueprint.get("/sitemap.xml")
@access("public")
def sitemap() -> Response:
    """All pages that search engines may show, in both languages."""
    pages: list[tuple[str, dict[str, str]]] = [(endpoint, {}) for endpoint in _indexed()]
    pages += [("public.service", {"service_id": one.id}) for one in current.catalog().citizen_services()]
    body = render_template(
        "public/sitemap.xml", pages=[_addresses(endpoint, **values) for endpoint, values in pages]
    )
    return Response(body, mimetype="application/xml")


@blueprint.get("/robots.txt")
@access("public")
def robots() -> Response:
    """Search engines may read what is for everybody; nothing else, and no searches."""
    lines = ["User-agent: *", "Disallow: /"]
    lines += [f"Allow: {url_for(endpoint)}$" for endpoint in _indexed()]
    lines += [f"Allow: {url_for(endpoint)}?lang=" for endpoint in _indexed()]
    lines += [f"Allow: {url_for('public.services')}/", f"Allow: {url_for('static', filename='', v=None)}"]
    lines += [
        f"Allow: {url_for('public.sitemap')}",
        "",
        f"Sitemap: {url_for('public.sitemap', _external=True)}",
    ]
    return Response("\n".join(lines) + "\n", mimetype="text/plain")


def _indexed() -> list[str]:
    """The endpoints that search engines may show and that need nothing in their address."""
    rules = [
        rule
        for rule in current_app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.arguments
    ]
    marked = {rule.endpoint for rule in rules if (mark := mark_of(current_app, rule.endpoint)) and mark.index}
    return sorted(marked)


def _addresses(endpoint: str, **values: Any) -> dict[str, str]:
    """The full address of a page by written language; under «x-default» the one that follows the reader's language.

    Pages in a third language are for those who choose it, not for search engines: half of them is the catalog's Norwegian.
    """
    found = {str(code): url_for(endpoint, lang=code, _external=True, **values) for code in LANGUAGES}
    return {**found, "x-default": url_for(endpoint, _external=True, **values)}


def _for_page(endpoint: str, kept: dict[str, Any], **values: Any) -> dict[str, Any]:
    """What every page here needs: its addresses, a language switch that keeps the search, and the words for people."""
    return {
        "addresses": _addresses(endpoint, **values),
        "switch_url": lambda to: url_for(endpoint, lang=to, **values, **kept),
        "words": words,
    }
