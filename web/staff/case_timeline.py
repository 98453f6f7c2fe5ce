"""The page of a case with everything that has happened in it, by time."""

from __future__ import annotations

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from web import current
from web.cases.notes import notes_of
from web.cases.types import CaseView
from web.db import db
from web.security.access import access
from web.staff import case_frame, desk, timeline
from web.staff.pages import me

blueprint = Blueprint("staff_timeline", __name__, url_prefix="/staff")


@blueprint.get("/sak/<case_id>/tidslinje", endpoint="timeline")
@access("staff", right="read_case")
def show_timeline(case_id: str) -> ResponseReturnValue:
    """Everything in one list; `slag` narrows it, `eldst=1` turns it."""
    return case_frame.page(case_id, _page)


def _page(view: CaseView) -> Response:
    kinds = timeline.asked_kinds(request.args.getlist("slag"))
    oldest_first = request.args.get("eldst") == "1"
    every = timeline.happened(view, notes_of(db(), current.vault(), view.id, me().ref()))
    shown = [one for one in every if one.kind in kinds]
    kept = {name: request.args[name] for name in (*desk.PARAMETERS, *desk.PLACES) if request.args.get(name)}
    return case_frame.show(
        "case_timeline",
        view,
        tab="timeline",
        forms={},
        lines=shown if oldest_first else shown[::-1],
        kinds=kinds,
        kind_names=timeline.NAMES,
        counts={kind: sum(one.kind == kind for one in every) for kind in timeline.KINDS},
        oldest_first=oldest_first,
        kept=kept,
    )
