"""Writing in a case: a message to the person with its template, check and files; and notes that stay inside."""

from __future__ import annotations

from flask import Response, current_app, request
from flask.typing import ResponseReturnValue

from web import current
from web.cases import attachments, write_message
from web.cases.attachments import AttachmentGone
from web.cases.notes import NoteGone, strike_note, write_note
from web.cases.types import CaseChanged, CaseNotFound, CaseView
from web.db import db
from web.errors import keeps_text
from web.security.access import access
from web.security.markup import simple_markup
from web.staff import case_frame, writing
from web.staff.case_frame import missing
from web.staff.case_pages import act_on, again, case_page
from web.staff.forms import MessageForm, NoteForm, StrikeForm
from web.staff.message_templates import marked
from web.staff.pages import login_and_go_on, me
from web.staff.routes import blueprint

TAKES_FILES = ("staff.message",)
"""Where a form may be as large as a file."""


@blueprint.post("/sak/<case_id>/melding")
@access("staff", logged_out=login_and_go_on, right="write_message")
@keeps_text(again)
def message(case_id: str) -> ResponseReturnValue:
    """Write to the person; or first look at it, insert a template, look at the language, add or remove a file."""
    pressed = next((name for name in writing.BUTTONS if name in request.form), "")
    try:
        problem = writing.take_file(case_id)
        if pressed == "drop":
            writing.drop_file(case_id, request.form["drop"])
        if pressed:
            form = MessageForm(file_problem=problem, preview=pressed == "preview")
            return _not_yet(case_frame.read(case_id), pressed, form)
    except CaseNotFound:
        return missing()

    def change(_view: CaseView, form: MessageForm) -> None:
        write_message(
            *case_frame.core(),
            case_id,
            form.text.data or "",
            me().ref(),
            form.seen_version(),
            attach=True,
        )

    return act_on("message", case_id, change, form_of=lambda _view: MessageForm(file_problem=problem))


def _not_yet(view: CaseView, pressed: str, form: MessageForm) -> Response:
    """The page again, with what was asked for; what is typed stands as it was."""
    posted = ("message", form)
    if pressed == "preview":
        if not form.validate_on_submit():
            return case_page(view, posted=posted, status=422)
        return case_page(view, posted=posted, preview=marked(simple_markup(form.text.data or "")))
    if form.file_problem:
        form.file.errors = [form.file_problem]
        return case_page(view, posted=posted, status=422)
    if pressed == "insert":
        writing.insert(form, view)
    if pressed in ("attach", "drop"):
        form.about.data = ""
    return case_page(view, posted=posted, look=pressed == "check")


@blueprint.get("/sak/<case_id>/vedlegg/<attachment_id>")
@access("staff", right="read_case")
def attachment(case_id: str, attachment_id: str) -> ResponseReturnValue:
    """A file of the case, to be downloaded."""
    try:
        view, content = attachments.content_of(db(), current.vault(), case_id, attachment_id, me().ref())
    except (CaseNotFound, AttachmentGone):
        return missing()
    answer = current_app.response_class(content, mimetype=view.media_type)
    answer.headers.set("Content-Disposition", "attachment", filename=view.name)
    return answer


# --- Internal notes -------------------------------------------------------------------------------------------


@blueprint.post("/sak/<case_id>/notat")
@access("staff", logged_out=login_and_go_on, right="note_case")
@keeps_text(again)
def note(case_id: str) -> ResponseReturnValue:
    """Write an internal note, or correct one's own."""

    def change(_view: CaseView, form: NoteForm) -> None:
        text = (form.note.data or "").replace("\r\n", "\n")
        try:
            write_note(*case_frame.core(), case_id, me().ref(), text, form.replaces.data or None)
        except NoteGone as gone:  # corrected in another window: show it, keep what was written here
            raise CaseChanged("the note has been corrected already") from gone

    return act_on("note", case_id, change)


@blueprint.post("/sak/<case_id>/notat/stryk")
@access("staff", logged_out=login_and_go_on, right="note_case")
@keeps_text(again)
def note_strike(case_id: str) -> ResponseReturnValue:
    """Strike out one's own note."""

    def change(_view: CaseView, form: StrikeForm) -> None:
        try:
            strike_note(*case_frame.core(), case_id, me().ref(), form.struck.data or "")
        except NoteGone as gone:
            raise CaseChanged("the note has been corrected already") from gone

    return act_on("note_strike", case_id, change)
