"""``/aarsrapport``: what the municipality has published about how the door works, a year at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, render_template, url_for

from web import current
from web.cases.types import LANGUAGES
from web.catalog import Catalog
from web.db import db
from web.i18n import language
from web.security.access import access
from web.statistics.making import shown
from web.statistics.periods import Period
from web.statistics.publishing import reports
from web.statistics.report import Grid, compare, make_report

blueprint = Blueprint("public_report", __name__, template_folder="templates")


def _for_page(endpoint: str, **values: Any) -> dict[str, Any]:
    addresses = {code: url_for(endpoint, lang=code, _external=True, **values) for code in LANGUAGES}
    return {
        "addresses": {**addresses, "x-default": url_for(endpoint, _external=True, **values)},
        "switch_url": lambda to: url_for(endpoint, lang=to, **values),
    }


@blueprint.get("/aarsrapport")
@access("public", index=True)
def index() -> str:
    """Which reports are open; here, and in the other municipalities of this portal."""
    served = current.municipalities()
    mine = reports(db(), current.municipality())
    return render_template(
        "public/reports.html",
        reports=mine,
        comparison=_comparison(served.catalogs),
        **_for_page("public_report.index"),
    )


def _comparison(catalogs: Mapping[str, Catalog]) -> Grid | None:
    """The municipalities of this portal beside one another, in the newest year that two of them have published.

    Without a sum of them all: nothing can be subtracted from what is not there.
    """
    found: dict[int, list[str]] = {}
    for name in catalogs:
        for row in reports(db(), name):
            found.setdefault(row.year, []).append(name)
    years = [year for year, names in found.items() if len(names) > 1]
    if not years:
        return None
    year = max(years)
    return compare(
        year,
        {
            catalogs[name].municipality.name[language()]: shown(db(), name, [str(year)])
            for name in found[year]
        },
    )


@blueprint.get("/aarsrapport/<int:year>")
@access("public", index=True)
def year(year: int) -> str:
    """One year, as a leader has published it."""
    found = next((row for row in reports(db(), current.municipality()) if row.year == year), None)
    if found is None:
        abort(404)
    one = Period(f"{year:04d}")
    names = [one.name, *(part.name for part in (*one.parts, *one.months))]
    every = shown(db(), current.municipality(), names)
    return render_template(
        "public/report.html",
        report=make_report(current.catalog(), one, every),
        published_at=found.published_at,
        **_for_page("public_report.year", year=year),
    )
