"""/staff/oversikt: numbers for leaders and the privacy officer. Nothing here reads a case."""

from __future__ import annotations

import csv
import io
from typing import Any

from flask import Blueprint, Response, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from web import current
from web.cases import queue_counts
from web.db import db
from web.i18n import language
from web.security.access import access
from web.staff.pages import form_page, me, render
from web.statistics.making import shown
from web.statistics.models import YearReport
from web.statistics.periods import month_of, period
from web.statistics.protect import FEW
from web.statistics.publishing import publish, reports, whole_years, withdraw
from web.statistics.report import csv_lines, first_choice, longest_first, make_report
from web.statistics.waiting import Waiting, waiting
from web.statistics.wording import number, period_name

blueprint = Blueprint("staff_overview", __name__, url_prefix="/staff/oversikt", template_folder="templates")
ROUGH = 5
"""Who may not open the queue gets today's numbers to the nearest of these."""


@blueprint.get("/")
@access("staff", right="statistics")
def overview() -> ResponseReturnValue:
    """The numbers of a period, and what waits now."""
    municipality = current.municipality()
    every = shown(db(), municipality)
    chosen = period(request.args.get("periode", ""))
    one = chosen if chosen is not None and chosen.name in every else first_choice(every)
    counted = waiting(db(), current.vault(), municipality)
    return render(
        "overview",
        report=make_report(current.catalog(), one, every) if one else None,
        choices=[(choice.name, period_name(choice)) for choice in longest_first(list(every))],
        first_numbers_on=_first_numbers_on() if not every else None,
        counts=queue_counts(db(), current.clock(), municipality, me().id) if me().may("queue") else None,
        waiting=_rough(counted[0]) if counted else None,
        counted_at=counted[1] if counted else None,
        years=_years(every),
        figure=number,
    )


def _first_numbers_on() -> Any:
    """When the numbers of this month come, for a portal that has none yet."""
    return month_of(current.clock().now()).counted_on("arrivals")


def _rough(counted: Waiting) -> dict[str, str]:
    """Today's numbers: as they are for who may open the queue, else only about so many."""
    exact = me().may("queue")

    def said(value: int) -> str:
        if exact:
            return number(value)
        return number("few") if value < FEW else number(ROUGH * round(value / ROUGH))

    names = ("open", "unread", "nobody", "not_followed")
    return {name: said(getattr(counted, name)) for name in names}


def _years(every: dict[str, Any]) -> list[tuple[int, YearReport | None]]:
    """The years whose report can be made open, and whether it is."""
    open_ = {row.year: row for row in reports(db(), current.municipality())}
    return [(year, open_.get(year)) for year in whole_years(every)]


@blueprint.get("/tall.csv")
@access("staff", right="statistics")
def file() -> ResponseReturnValue:
    """Everything that the pages show, for a spreadsheet."""
    written = io.StringIO()
    rows = csv_lines(current.catalog(), shown(db(), current.municipality()))
    csv.writer(written, delimiter=";", lineterminator="\r\n").writerows(rows)
    # With the mark at the beginning, Excel reads æ, ø and å as they are.
    answer = Response(written.getvalue().encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    name = f"oversikt-{current.municipality()}-{language()}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@blueprint.post("/aarsrapport")
@access("staff", right="publish_report")
def year_report() -> ResponseReturnValue:
    """Make the report of a year open to everybody, or take it back."""
    asked = period(request.form.get("year", ""))
    every = shown(db(), current.municipality())
    if asked is None or asked.kind != "year" or asked.year not in whole_years(every):
        abort(404)
    if request.form.get("what") == "withdraw":
        withdraw(db(), current.municipality(), asked.year)
        done = "report_withdrawn"
    else:
        publish(db(), current.clock(), current.municipality(), asked.year, me().name)
        done = "report_published"
    return redirect(url_for("staff_overview.overview", periode=asked.name, gjort=done), code=303)


form_page("staff_overview.year_report", "staff_overview.overview")
