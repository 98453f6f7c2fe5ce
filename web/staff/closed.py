"""What an employee meets who opens a case that is closed to reading: the person has asked for it to be deleted."""

from __future__ import annotations

from flask import Response, request

from web.cases.deletion_requests import closed_by_wish
from web.db import db
from web.security.separation import closed_cases
from web.staff.pages import me, render
from web.staff.rights import Right


def typed_texts() -> list[str]:
    """What was typed in a form that cannot be saved here any more, to be copied."""
    return [
        text
        for name, texts in request.form.lists()
        for text in texts
        if name not in ("csrf_token", "version", "seen") and text.strip()
    ]


def closed_page(case_id: str, right: Right) -> Response | None:
    """That it is closed, until when and who decides; None when that is not why the employee does not see it."""
    with closed_cases(me(), right):
        closed = closed_by_wish(db(), case_id)
    if closed is None:
        return None
    return render(
        "closed",
        status=403,
        case_id=case_id,
        closed=closed,
        of_service=right == "service_part",
        typed=typed_texts(),
    )
