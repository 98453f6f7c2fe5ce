"""The way back: the five words, and then the case as the person sees it."""

from __future__ import annotations

import contextlib

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from web import current
from web.assistant import AssistantUnavailable
from web.cases import (
    add_statement,
    delete_case,
    give_consent,
    open_with_code,
    view_for_person,
    withdraw_consent,
    write_message,
)
from web.cases.types import CaseError, CaseNotFound, CaseView, Evidence, NeedFound, UnderstandingData
from web.citizen.forms import CodeForm, EmptyForm, WriteForm
from web.citizen.pages import blueprint, on_post_language, page_language, render
from web.db import db
from web.errors import keeps_text
from web.matching import helplines_for
from web.security import sessions
from web.security.access import access
from web.security.limits import code_tries

DONE = ("message", "added", "withdrawn", "given")
"""What has just been done, told on the page that follows."""


# --- The five words -------------------------------------------------------------------------------------------


def _code_page(form: CodeForm, wait: int = 0, status: int = 200) -> ResponseReturnValue:
    return render("code", form=form, wait=wait), status


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
    found = open_with_code(db(), current.vault(), current.clock(), form.code.data or "")
    if found is None or found.municipality != current.municipality():
        code_tries.failed()
        form.code.errors = [
            _("These words open nothing here. Check each word. There are five, in the right order.")
        ]
        return _code_page(form, status=422)
    sessions.open_case(found.id)
    return redirect(url_for("citizen.case"), code=303)


# --- The case -------------------------------------------------------------------------------------------------


def _case() -> CaseView | None:
    case_id = sessions.open_case_id()
    return view_for_person(db(), current.vault(), current.clock(), case_id) if case_id else None


def _case_page(form: WriteForm | None = None, status: int = 200) -> ResponseReturnValue:
    view = _case()
    if view is None:
        sessions.close_case()
        return redirect(url_for("citizen.enter_code"), code=303)
    catalog = current.catalog()
    done = request.args.get("gjort", "")
    danger = view.urgency == "acute"
    lines = helplines_for(
        catalog, view.acute_kinds, view.needs, view.facts.age, view.facts.writer, current.clock().now()
    )
    page = render(
        "case",
        case=view,
        form=form or WriteForm(),
        done=done if done in DONE else "",
        contact=catalog.contact_point,
        service_name=service_name,
        case_lines=lines[:4] if danger else [],
    )
    return page, status


def service_name(service_id: str) -> str:
    """The name of a service in the reader's language; its id when the catalog no longer has it."""
    service = current.catalog().service(service_id)
    return service.name[page_language()] if service else service_id


@blueprint.get("/sak")
@access("code")
def case() -> ResponseReturnValue:
    """Status, answers, own words, consents, and who has read."""
    return _case_page()


def _case_again() -> ResponseReturnValue:
    return _case_page(WriteForm(), 400)


@blueprint.post("/sak")
@access("code")
@keeps_text(_case_again)
def case_write() -> ResponseReturnValue:
    """A message to the municipality, or more of one's own words."""
    view = _case()
    if view is None:
        return redirect(url_for("citizen.enter_code"), code=303)
    form = WriteForm()
    if on_post_language():
        return _case_page(form)
    if not form.validate_on_submit():
        return _case_page(form, 422)
    text = form.text.data or ""
    understood = _understood(text)
    adds = request.form.get("as") == "words"
    try:
        if adds:
            add_statement(
                db(), current.vault(), current.clock(), view.id, view.facts.writer, text, understood
            )
        else:
            noticed = understood.acute_kinds if understood else ()
            write_message(db(), current.vault(), current.clock(), view.id, text, acute_kinds=noticed)
    except CaseNotFound:
        return redirect(url_for("citizen.enter_code"), code=303)
    return redirect(url_for("citizen.case", gjort="added" if adds else "message", _anchor="done"), code=303)


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
    back, again = request.form.get("withdraw"), request.form.get("give")
    done = ""
    with contextlib.suppress(CaseError):
        if back in known:
            withdraw_consent(db(), current.vault(), current.clock(), view.id, str(back))
            done = "withdrawn"
        elif again in known:
            give_consent(db(), current.vault(), current.clock(), view.id, str(again))
            done = "given"
    return redirect(url_for("citizen.case", gjort=done or None, _anchor="done" if done else None), code=303)


@blueprint.get("/sak/slett")
@access("code")
def case_delete() -> ResponseReturnValue:
    """Ask before everything is deleted."""
    if _case() is None:
        return redirect(url_for("citizen.enter_code"), code=303)
    return render("delete", form=EmptyForm())


@blueprint.post("/sak/slett")
@access("code")
def case_delete_post() -> ResponseReturnValue:
    """Delete everything, for good."""
    case_id = sessions.open_case_id()
    form = EmptyForm()
    if case_id and form.validate_on_submit():
        with contextlib.suppress(CaseNotFound):
            delete_case(db(), current.vault(), current.clock(), case_id)
        sessions.close_case()
        return redirect(url_for("citizen.deleted"), code=303)
    return redirect(url_for("citizen.case_delete"), code=303)


@blueprint.get("/slettet")
@access("public")
def deleted() -> ResponseReturnValue:
    """Everything is deleted."""
    return render("deleted")


@blueprint.post("/sak/lukk")
@access("citizen")
def case_close() -> ResponseReturnValue:
    """Close the case in this browser."""
    sessions.close_case()
    return redirect(url_for("citizen.enter_code"), code=303)
