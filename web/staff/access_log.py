"""/staff/innsyn: who has opened which case, for the privacy officer. Reference numbers, never words; as a file too."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from typing import Any

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from flask_babel import LazyString, lazy_gettext
from flask_babel import gettext as _

from web import current
from web.cases.deadlines import OSLO, local_date
from web.cases.glass import plain_reference
from web.cases.openings import MOST, OPENINGS, Asked, Opening, openings
from web.db import db
from web.i18n import format_date_short
from web.security.access import access
from web.security.separation import every_case
from web.staff.pages import me, render

blueprint = Blueprint("staff_access_log", __name__, url_prefix="/staff/innsyn", template_folder="templates")

PAGE = 100
WHY: dict[str, LazyString] = {
    "read": lazy_gettext("Read the case"),
    "looked": lazy_gettext("Opened the case, not the words"),
    "listened": lazy_gettext("Listened to a recording"),
    "share_made": lazy_gettext("Brought a service in"),
    "share_opened": lazy_gettext("Read in a service that was brought in"),
    "share_listened": lazy_gettext("Listened in a service that was brought in"),
    "glass_broken": lazy_gettext("Opened a case they do not have (glass)"),
}


def _day(name: str, wrong: list[str]) -> date | None:
    text = request.args.get(name, "").strip()
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        wrong.append(name)
        return None


def _asked() -> tuple[Asked, list[str]]:
    """What the address asks for, and which of its fields make no sense."""
    wrong: list[str] = []
    number = request.args.get("sak", "").strip()
    reference = plain_reference(number) if number else ""
    if reference is None:
        wrong.append("sak")
    why = request.args.get("hvorfor", "")
    asked = Asked(
        employee=request.args.get("navn", "").strip()[:120],
        reference=reference or "",
        actions=tuple(one for one in OPENINGS if one == why),
        first=_day("fra", wrong),
        last=_day("til", wrong),
    )
    return asked, wrong


def _found(asked: Asked, after: tuple[datetime, str] | None, most: int) -> tuple[Opening, ...]:
    with every_case(me()):
        return openings(db(), me().municipality, asked, after=after, most=most)


def _after() -> tuple[datetime, str] | None:
    at, _sep, line = request.args.get("etter", "").partition("_")
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return None
    return (moment, line) if moment.tzinfo and line else None


@blueprint.get("/")
@access("staff", right="access_log")
def overview() -> ResponseReturnValue:
    """The newest first, a hundred at a time."""
    asked, wrong = _asked()
    rows = () if wrong else _found(asked, _after(), PAGE + 1)
    given: dict[str, Any] = {
        name: request.args[name]
        for name in ("navn", "sak", "hvorfor", "fra", "til")
        if request.args.get(name)
    }
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    return render(
        "access_log",
        status=422 if wrong else 200,
        rows=rows[:PAGE],
        given=given,
        wrong=wrong,
        why=WHY,
        later=f"{last.at.isoformat()}_{last.id}" if last else "",
        at_start=not _after(),
    )


@blueprint.get("/fil")
@access("staff", right="access_log")
def file() -> ResponseReturnValue:
    """The same as a file for a spreadsheet: semicolons and a byte order mark, as Norwegian spreadsheets expect."""
    asked, wrong = _asked()
    if wrong:
        return overview()
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow([_("When"), _("Employee"), _("Case"), _("Why (access log)")])
    rows = _found(asked, None, MOST + 1)
    for row in rows[:MOST]:
        local = row.at.astimezone(OSLO)
        writer.writerow(
            [f"{local:%Y-%m-%d %H:%M:%S}", _plain(row.name), row.reference or _("deleted"), WHY[row.action]]
        )
    if len(rows) > MOST:
        writer.writerow([_("There is more: ask for fewer days at a time.")])
    today = local_date(current.clock().now())
    return Response(
        "\ufeff" + text.getvalue(),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="innsyn-{today}.csv"'},
    )


@blueprint.app_template_filter("moment_of_year")
def moment_of_year(at: datetime) -> str:
    """Day with its year, and the time to the second: 24. nov. 2026, 14:05:09."""
    local = at.astimezone(OSLO)
    return f"{format_date_short(local.date())}, {local:%H:%M:%S}"


def _plain(name: str) -> str:
    """A name that no spreadsheet takes for a formula."""
    return f"'{name}" if name[:1] in "=+-@\t\r" else name
