"""What stands around the field for a message: templates, the look at the language, files that wait to go with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import request
from flask_babel import LazyString, force_locale

from web import current
from web.cases import attachments
from web.cases.attachments import MOST_ABOUT, MOST_BYTES, TooManyAttachments
from web.cases.deadlines import hear_by
from web.cases.types import CaseView
from web.db import db
from web.files import FileRefused, check
from web.i18n import format_day, language
from web.staff import wording
from web.staff.forms import MessageForm
from web.staff.message_templates import added, filled, templates
from web.staff.pages import me
from web.staff.texts import FILE_PROBLEM

#: Buttons of the form that send nothing.
BUTTONS = ("preview", "insert", "check", "attach", "drop")


@dataclass(frozen=True)
class Choice:
    """A template as the page offers it."""

    id: str
    title: str
    text: str
    """Filled in, in the person's language."""


def choices(view: CaseView) -> list[Choice]:
    """The templates for this case."""
    values = _values(view)
    return [
        Choice(one.id, one.title[language()], filled(one, view.language, values))
        for one in templates().values()
    ]


def _values(view: CaseView) -> dict[str, str]:
    point = current.catalog().contact_point
    due = view.due_on
    if not view.waiting_since:
        due = hear_by(current.clock().now(), point.promise_working_days)
    with force_locale(view.language):
        day = format_day(due)
    return {
        "me": me().name,
        "contact": view.contact_person_name or me().name,
        "unit": view.contact_unit_name,
        "phone": point.number,
        "due": day,
    }


def insert(form: MessageForm, view: CaseView) -> bool:
    """Put the chosen template after what is typed. Whether one was chosen."""
    chosen = next((one for one in choices(view) if one.id == form.template.data), None)
    if chosen is None:
        return False
    form.text.data = added((form.text.data or "").replace("\r\n", "\n"), chosen.text)
    return True


def page_values(view: CaseView, form: MessageForm, *, look: bool = False) -> dict[str, Any]:
    """What the part of the page with the message needs. look: with hints on its language."""
    if not me().may("write_message"):
        return {"templates": (), "waiting_files": (), "hints": None, "most_file": MOST_BYTES}
    return {
        "templates": choices(view),
        "waiting_files": attachments.waiting(db(), current.vault(), view.id, me().ref()),
        "hints": wording.look_over(form.text.data or "", view.language) if look else None,
        "most_file": MOST_BYTES,
    }


def take_file(case_id: str) -> LazyString | str:
    """Keep the file that was posted for the message, also when the message is not sent yet. What is wrong, or nothing.

    Raises CaseNotFound.
    """
    posted = request.files.get("file")
    if posted is None or not posted.filename:
        return ""
    about = request.form.get("about", "").strip()
    if not about or len(about) > MOST_ABOUT:
        return FILE_PROBLEM["about"]
    try:
        checked = check(posted.stream.read(MOST_BYTES + 1), MOST_BYTES)
        attachments.keep(
            db(), current.vault(), current.clock(), case_id, me().ref(), checked.kind, checked.content, about
        )
    except FileRefused as refused:
        return FILE_PROBLEM[refused.problem]
    except TooManyAttachments:
        return FILE_PROBLEM["too_many"]
    return ""


def drop_file(case_id: str, attachment_id: str) -> None:
    """Take back a file that waits. Raises CaseNotFound."""
    attachments.drop(db(), current.vault(), case_id, me().ref(), attachment_id)
