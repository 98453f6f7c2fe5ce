"""The way back: the five words, and then the case as the person sees it."""

from __future__ import annotations

import contextlib
from typing import cast

from flask import Response, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import NotFound

from web import current, notices
from web.assistant import AssistantUnavailable
from web.cases import (
    add_statement,
    answer_helped,
    attachments,
    give_consent,
    log_export,
    open_with_code,
    set_notices,
    view_for_person,
    wish_call,
    withdraw_consent,
    write_message,
)
from web.cases.afterwards import Round, next_round_on, open_round
from web.cases.attachments import AttachmentGone
from web.cases.deadlines import local_date
from web.cases.linking import links_for_person, words_answered
from web.cases.package import packages_of
from web.cases.plan import dispute_measure, measure_for_person
from web.cases.readers import readings
from web.cases.seeing import for_person
from web.cases.sharing import active_shares
from web.cases.types import (
    CaseError,
    CaseNotFound,
    CaseView,
    Evidence,
    Helped,
    InvalidCase,
    NeedFound,
    UnderstandingData,
)
from web.catalog import LegalBasis
from web.citizen import export, journey, turns
from web.citizen.forms import CallForm, CodeForm, DisputeForm, EmptyForm, HelpedForm, WriteForm
from web.citizen.keeping import keeping_of
from web.citizen.package_pages import training_state
from web.citizen.pages import (
    blueprint,
    call_me,
    load_draft,
    on_post_language,
    page_language,
    render,
    service_name,
    service_words,
)
from web.citizen.responsible import responsible_for
from web.db import db
from web.errors import keeps_text
from web.security import sessions
from web.security.access import access
from web.security.limits import code_tries

DONE = (
    "message",
    "added",
    "spoken",
    "withdrawn",
    "withdrawn-law",
    "given",
    "call",
    "helped",
    "notices-on",
    "notices-off",
    "link-yes",
    "link-no",
    "delete-asked",
    "delete-not",
    "kept",
    "training-no",
    "training-yes",
)
"""What has just been done, told on the page that follows."""


# --- The five words -------------------------------------------------------------------------------------------


def _code_page(form: CodeForm, wait: int = 0, status: int = 200) -> ResponseReturnValue:
    return render("code", form=form, wait=wait, kept=turns.plain(request.form.get("text", ""))), status


def _closed_meanwhile() -> Response:
    """The case closed while something was written: its words come along through the page with the five words."""
    if not request.form.get("text", "").strip():
        return cast(Response, redirect(url_for("citizen.enter_code"), code=303))
    return current_app.make_response(_code_page(CodeForm(formdata=None), status=401))


@blueprint.get("/svar")
@access("public", index=True)
def enter_code() -> ResponseReturnValue:
    """Enter the five words."""
    if sessions.open_case_id() is not None:
        return redirect(url_for("citizen.case"), code=303)
    return _code_page(CodeForm())


@blueprint.post("/svar")
@access("citizen")
def enter_code_post() -> ResponseReturnValue:
    """Open the case. Wrong words are answered in the same way and as slowly, whether such a case exists or not."""
    form = CodeForm()
    if on_post_language():
        return _code_page(form)
    if not form.validate_on_submit():
        return _code_page(form, status=422)
    wait = code_tries.wait()
    if wait:
        answer = _code_page(form, wait, 429)
        return answer
    found = open_with_code(
        db(), current.vault(), current.clock(), form.code.data or "", current.municipality()
    )
    if found is None:
        code_tries.failed()
        form.code.errors = [
            _("These words open nothing here. Check each word. There are five, in the right order.")
        ]
        return _code_page(form, status=422)
    sessions.open_case(found.id)
    text = turns.plain(request.form.get("text", ""))
    if text.strip():
        return _case_page(WriteForm())
    return redirect(url_for("citizen.case"), code=303)


# --- The case -------------------------------------------------------------------------------------------------


def _case(shown: bool = False) -> CaseView | None:
    case_id = sessions.open_case_id()
    if case_id is None:
        return None
    view = view_for_person(db(), current.vault(), current.clock(), case_id, shown=shown)
    return for_person(view) if view else None


def _open_round(view: CaseView) -> Round | None:
    return open_round(view.created_at, {one.round for one in view.follow_ups}, current.clock().now())


def _case_page(
    form: WriteForm | None = None,
    status: int = 200,
    helped: HelpedForm | None = None,
    call: CallForm | None = None,
    disputed: tuple[str, DisputeForm] | None = None,
) -> ResponseReturnValue:
    view = _case(shown=True)
    if view is None:
        sessions.close_case()
        return redirect(url_for("citizen.enter_code"), code=303)
    catalog, now = current.catalog(), current.clock().now()
    asked = _open_round(view)
    done = request.args.get("gjort", "")
    danger = view.urgency == "acute"
    lines = journey.helplines_of_case(catalog, view, now)
    page = render(
        "case",
        case=view,
        form=form or WriteForm(),
        call_form=call,
        done=done if done in DONE else "",
        contact=catalog.contact_point,
        service_name=service_name,
        service_words=service_words,
        late=view.due_on < local_date(now),
        next_round=next_round_on(view.created_at, now),
        readings=readings(view),
        responsible=responsible_for(view, service_words),
        packages=packages_of(db(), current.vault(), view.id, person=True),
        training=training_state(view.id),
        helped_round=asked,
        helped_form=(helped or HelpedForm(formdata=None)) if asked else None,
        notice_way=view.contact.way if view.contact.way in notices.ways(current.config()) else "",
        case_lines=lines[:4] if danger else [],
        receipt_waits=_receipt_waits(),
        today=local_date(now),
        disputed=disputed,
        links=links_for_person(db(), current.vault(), view.id),
        keeping=keeping_of(view),
    )
    return page, status


def _receipt_waits() -> bool:
    """Whether the five words of what was just sent are still to be written down."""
    draft = load_draft()
    return draft is not None and draft.receipt is not None


@blueprint.app_template_global()
def legal_basis(basis_id: str) -> LegalBasis | None:
    """What a recorded legal basis says; None when the data no longer has it."""
    return current.catalog().legal_bases.get(basis_id)


@blueprint.get("/sak")
@access("code")
def case() -> ResponseReturnValue:
    """Status, answers, own words, consents, and who has read."""
    return _case_page()


def _case_again() -> ResponseReturnValue:
    return _case_page(WriteForm(), 400)


@blueprint.post("/sak")
@access("code", logged_out=_closed_meanwhile)
@keeps_text(_case_again)
def case_write() -> ResponseReturnValue:
    """A message to the municipality, or more of one's own words."""
    view = _case()
    if view is None:
        return redirect(url_for("citizen.enter_code"), code=303)
    form = WriteForm()
    if on_post_language():
        return _case_page(form)
    if "enter" in request.form:
        # Enter in the field for a number: not a message, and not yet a call.
        return _case_page(form, call=CallForm())
    if not form.validate_on_submit():
        return _case_page(form, 422)
    text = form.text.data or ""
    understood = _understood(text)
    adds = request.form.get("as") == "words"
    try:
        if adds:
            add_statement(
                db(), current.vault(), current.clock(), view.id, view.facts.writer, text, understood, form.key
            )
        else:
            noticed = understood.acute_kinds if understood else ()
            write_message(
                db(), current.vault(), current.clock(), view.id, text, acute_kinds=noticed, key=form.key
            )
    except CaseNotFound:
        return redirect(url_for("citizen.enter_code"), code=303)
    return redirect(url_for("citizen.case", gjort="added" if adds else "message", _anchor="done"), code=303)


@blueprint.post("/sak/ring-meg")
@access("code", logged_out=_closed_meanwhile)
@keeps_text(_case_again)
def case_call() -> ResponseReturnValue:
    """Ask to be called today. What stands in the message field is sent too."""
    view = _case()
    if view is None:
        return redirect(url_for("citizen.enter_code"), code=303)
    form, call = WriteForm(), CallForm()
    if not call_me().open_now:
        return _case_page(form, 409, call=call)
    if not call.validate_on_submit():
        return _case_page(form, 422, call=call)
    text = form.text.data or ""
    try:
        if text.strip() and form.validate():
            write_message(db(), current.vault(), current.clock(), view.id, text, key=form.key)
        wish_call(db(), current.vault(), current.clock(), view.id, call.call_number.data or "")
    except CaseNotFound:
        return redirect(url_for("citizen.enter_code"), code=303)
    return redirect(url_for("citizen.case", gjort="call", _anchor="done"), code=303)


def _understood(text: str) -> UnderstandingData | None:
    """What the assistant makes of it; danger above all. None when it does not answer: a person reads in any case."""
    assistant, known = current.assistant(), current.catalog().needs
    try:
        found, _facts = next(
            iter(assistant.understand([text], timeout_s=current.config().assistant_timeout_s))
        )
    except (AssistantUnavailable, StopIteration):
        return None
    return UnderstandingData(
        language=found.language,
        needs=tuple(
            NeedFound(
                need.id, need.confidence, tuple(Evidence(0, start, end) for start, end in need.evidence)
            )
            for need in found.needs
            if need.id in known
        ),
        acute_kinds=found.acute.kinds if found.acute.flag else (),
        acute_confidence=found.acute.confidence,
    )


@blueprint.post("/sak/samtykke")
@access("code")
def case_consent() -> ResponseReturnValue:
    """Take a consent back, or give it again."""
    view = _case()
    form = EmptyForm()
    if view is None or not form.validate_on_submit():
        return redirect(url_for("citizen.case"), code=303)
    known = {consent.service_id for consent in view.consents} | set(view.facts.services)
    known |= {share.service_id for share in view.shares if share.revocable}
    back, again = request.form.get("withdraw"), request.form.get("give")
    done = ""
    with contextlib.suppress(CaseError):
        if back in known:
            after = withdraw_consent(db(), current.vault(), current.clock(), view.id, str(back))
            done = "withdrawn-law" if active_shares(after, str(back)) else "withdrawn"
        elif again in known:
            give_consent(db(), current.vault(), current.clock(), view.id, str(again))
            done = "given"
    return redirect(url_for("citizen.case", gjort=done or None, _anchor="done" if done else None), code=303)


@blueprint.post("/sak/hjelp")
@access("code")
def case_helped() -> ResponseReturnValue:
    """The answer to «did you get help?», with or without words."""
    view = _case()
    if view is None:
        return redirect(url_for("citizen.enter_code"), code=303)
    form = HelpedForm()
    if not form.validate_on_submit():
        return _case_page(status=422, helped=form)
    words = form.more.data or ""
    understood = _understood(words) if words.strip() else None
    done: str | None = "helped"
    try:
        answer_helped(
            db(),
            current.vault(),
            current.clock(),
            view.id,
            request.form.get("round", ""),
            cast(Helped, form.answer.data),
            words,
            understood.acute_kinds if understood else (),
        )
    except CaseNotFound:
        return redirect(url_for("citizen.enter_code"), code=303)
    except InvalidCase:
        done = None  # the round has closed since the page was made
    return redirect(url_for("citizen.case", gjort=done, _anchor="done" if done else None), code=303)


@blueprint.post("/sak/plan/<measure_id>")
@access("code", logged_out=_closed_meanwhile)
@keeps_text(_case_again)
def case_dispute(measure_id: str) -> ResponseReturnValue:
    """Say that a line of the plan is not right. It becomes a message about that line."""
    view = _case()
    if view is None:
        return redirect(url_for("citizen.enter_code"), code=303)
    if measure_for_person(view, measure_id) is None:
        # The line has been taken away meanwhile: what was written stands in the message field.
        return _case_page(WriteForm(), 404)
    form = DisputeForm()
    if not form.validate_on_submit():
        return _case_page(status=422, disputed=(measure_id, form))
    text = form.text.data or ""
    understood = _understood(text)
    noticed = understood.acute_kinds if understood else ()
    try:
        dispute_measure(db(), current.vault(), current.clock(), view.id, measure_id, text, noticed)
    except CaseNotFound:
        return redirect(url_for("citizen.case"), code=303)
    return redirect(url_for("citizen.case", gjort="message", _anchor="done"), code=303)


@blueprint.post("/sak/kobling/<link_id>")
@access("code")
def case_link(link_id: str) -> ResponseReturnValue:
    """Say whether those who have the connected case may read the words of this one."""
    view = _case()
    answer = request.form.get("answer")
    done: str | None = None
    if view is not None and EmptyForm().validate_on_submit() and answer in ("yes", "no"):
        with contextlib.suppress(CaseError):
            words_answered(db(), current.vault(), current.clock(), view.id, link_id, answer == "yes")
            done = f"link-{answer}"
    return redirect(url_for("citizen.case", gjort=done, _anchor="done" if done else None), code=303)


@blueprint.post("/sak/varsel")
@access("code")
def case_notices() -> ResponseReturnValue:
    """Notices by text message or email, on or off."""
    view = _case()
    on = request.form.get("notices") == "on"
    if view is None or not EmptyForm().validate_on_submit():
        return redirect(url_for("citizen.case"), code=303)
    done: str | None = None
    with contextlib.suppress(CaseError):
        set_notices(db(), current.vault(), current.clock(), view.id, on)
        done = "notices-on" if on else "notices-off"
    return redirect(url_for("citizen.case", gjort=done, _anchor="done" if done else None), code=303)


@blueprint.get("/sak/vedlegg/<attachment_id>")
@access("code")
def case_attachment(attachment_id: str) -> ResponseReturnValue:
    """A file that came with a message: downloaded, never opened in the page, under a name that says nothing."""
    case_id = sessions.open_case_id()
    try:
        file, content = attachments.content_of(db(), current.vault(), case_id or "", attachment_id)
    except (CaseNotFound, AttachmentGone):
        raise NotFound from None
    answer = Response(content, mimetype=file.media_type)
    answer.headers.set("Content-Disposition", "attachment", filename=file.name)
    return answer


@blueprint.get("/sak/alt")
@access("code")
def case_file() -> ResponseReturnValue:
    """Everything as a file: a page to read and JSON, in a zip with a name that says nothing."""
    case_id = sessions.open_case_id()
    view = log_export(db(), current.vault(), current.clock(), case_id) if case_id else None
    if view is None:
        return redirect(url_for("citizen.enter_code"), code=303)
    content = export.as_zip(
        view,
        current.catalog(),
        page_language(),
        current.clock().now(),
        responsible=responsible_for(view, service_words),
    )
    return Response(
        content,
        mimetype="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{export.NAME}.zip"'},
    )


@blueprint.post("/sak/lukk")
@access("citizen")
def case_close() -> ResponseReturnValue:
    """Close the case in this browser."""
    sessions.close_case()
    return redirect(url_for("citizen.enter_code"), code=303)
