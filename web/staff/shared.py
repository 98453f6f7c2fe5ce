"""/staff/delt: what is shared with the employee's own service, and nothing else of any case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString, lazy_gettext

from web import current
from web.cases import answer_share, open_share
from web.cases.answering import AnswerChanged
from web.cases.deadlines import local_date
from web.cases.following import answer_by
from web.cases.package_receiving import packages_for
from web.cases.receiving import SharedCase, SharedRow, listen_shared, shared_list
from web.cases.types import CaseNotFound, RecordingGone
from web.errors import keeps_text
from web.i18n import LANGUAGE_NAMES, SEEN_TEXT, SHARE_OUTCOME_TEXT, language
from web.listening import player_answer
from web.security.access import access
from web.staff import reading, texts
from web.staff.case_frame import core, need_name, service_name, tel_of
from web.staff.closed import closed_page
from web.staff.pages import form_page, login_and_go_on, me, render
from web.staff.plan_forms import STATE_TEXT
from web.staff.sharing_forms import AnswerForm

blueprint = Blueprint("staff_shared", __name__, url_prefix="/staff/delt", template_folder="templates")
form_page("staff_shared.answer", "staff_shared.case")

PAGE = 50


@dataclass(frozen=True)
class Group:
    """A part of the list."""

    slug: str
    name: LazyString


GROUPS = (
    Group("nye", lazy_gettext("New (shared)")),
    Group("venter", lazy_gettext("Waiting for an answer (shared)")),
    Group("svart", lazy_gettext("Answered (shared)")),
)


def _group_of(row: SharedRow) -> str:
    if row.outcome is None:
        return "nye" if row.opened_at is None else "venter"
    return "venter" if row.outcome == "waiting" else "svart"


def my_services() -> frozenset[str]:
    """The employee's service, by every id that the catalog knows it by; empty for who has none."""
    own = me().service_id
    if not own:
        return frozenset()
    entry = current.catalog().service(own)
    return frozenset({own, *((entry.id, *entry.alternate_ids) if entry else ())})


def not_shared() -> Response:
    """Of another service, no longer shared, deleted, misspelt: they look the same.

    Who has it shared is told when the person's wish to delete has closed it.
    """
    closed = closed_page((request.view_args or {}).get("case_id", ""), "service_part")
    return closed or render("shared_missing", status=404)


@blueprint.get("/")
@access("staff", right="service_part")
def overview() -> ResponseReturnValue:
    """The service's cases: new ones, those that wait for an answer, those that have one."""
    rows = shared_list(*core(), me().municipality, my_services())
    lists = {group.slug: [row for row in rows if _group_of(row) == group.slug] for group in GROUPS}
    asked = request.args.get("vis", "")
    first = next((slug for slug, found in lists.items() if found), GROUPS[0].slug)
    chosen = asked if asked in lists else first
    number = request.args.get("side", "")
    page = int(number) if number.isascii() and number.isdigit() and len(number) < 6 else 0
    found = lists[chosen]
    return render(
        "shared",
        groups=GROUPS,
        counts={slug: len(one) for slug, one in lists.items()},
        chosen=chosen,
        rows=found[page * PAGE : (page + 1) * PAGE],
        page=page,
        more=len(found) > (page + 1) * PAGE,
        service=service_name(me().service_id or ""),
        outcome_text=SHARE_OUTCOME_TEXT,
        answer_by=answer_by,
        today=local_date(current.clock().now()),
    )


def open_part(case_id: str) -> SharedCase:
    """The part of a case that is shared with the employee's service; that it was opened is logged. Else CaseNotFound."""
    return open_share(*core(), case_id, me().ref(), my_services())


def _page(
    part: SharedCase,
    form: AnswerForm,
    status: int = 200,
    *,
    expired: bool = False,
    changed: bool = False,
    posted: bool = False,
) -> Response:
    return render(
        "shared_case",
        status=status,
        case=part,
        form=form,
        expired=expired,
        changed=changed,
        posted=posted,
        seen=_stamp(part),
        told=_told(part),
        # What was brought in last and not answered yet.
        answer_by=max((answer_by(one.shared_at) for one in part.shares if one.outcome is None), default=None),
        today=local_date(current.clock().now()),
        texts=texts,
        need_name=need_name,
        tel_of=tel_of,
        service=service_name(part.shares[0].service_id),
        point=current.catalog().contact_point,
        seen_names=", ".join(str(SEEN_TEXT[one]) for one in part.seen),
        state_text=STATE_TEXT,
        outcome_text=SHARE_OUTCOME_TEXT,
        basis_of=current.catalog().legal_bases.get,
        packages=packages_for(*core(), part.case_id, me().ref(), my_services()),
        language_names=dict(LANGUAGE_NAMES),
        page_language=language(),
    )


def _stamp(part: SharedCase) -> str:
    answer = part.answer
    return answer.outcome_at.isoformat() if answer and answer.outcome_at else ""


def _told(part: SharedCase) -> list[reading.Told]:
    """Written and spoken in the order of time, the child's and young person's own first."""
    every = [
        ((one.author not in reading.YOUNG, one.position, 1), reading.Told(words=reading.Words(one, ())))
        for one in part.statements
    ]
    every += [
        ((one.author not in reading.YOUNG, one.position, 0), reading.Told(recording=one))
        for one in part.recordings
    ]
    return [one for _key, one in sorted(every, key=lambda item: item[0])]


@blueprint.get("/<case_id>")
@access("staff", right="service_part")
def case(case_id: str) -> ResponseReturnValue:
    """The service's part of a case. That it was opened stands in the log that the person sees, with the name."""
    try:
        part = open_part(case_id)
    except CaseNotFound:
        return not_shared()
    answer = part.answer
    given = {"outcome": answer.outcome, "words": answer.outcome_words} if answer else {}
    return _page(part, AnswerForm(formdata=None, **given))


@blueprint.get("/<case_id>/lyd/<recording_id>")
@access("staff", right="service_part")
def recording(case_id: str, recording_id: str) -> ResponseReturnValue:
    """A recording that is shared with the service."""
    try:
        sound = listen_shared(*core(), case_id, recording_id, me().ref(), my_services())
    except (CaseNotFound, RecordingGone):
        return not_shared()
    return player_answer(sound)


def _again() -> ResponseReturnValue:
    try:
        part = open_part((request.view_args or {}).get("case_id", ""))
    except CaseNotFound:
        return not_shared()
    return _page(part, AnswerForm(), 400, expired=True, posted=True)


@blueprint.post("/<case_id>")
@access("staff", logged_out=login_and_go_on, right="service_part")
@keeps_text(_again)
def answer(case_id: str) -> ResponseReturnValue:
    """Take it, wait, say no, or that the person did not want it; with words to the contact person."""
    try:
        part = open_part(case_id)
        form = AnswerForm()
        if not form.validate_on_submit():
            return _page(part, form, 422, posted=True)
        answer_share(
            *core(),
            case_id,
            me().ref(),
            my_services(),
            form.chosen,
            form.words.data or "",
            seen_answer=_moment(form.seen.data),
        )
    except CaseNotFound:
        return not_shared()
    except AnswerChanged:
        return _page(open_part(case_id), form, 409, changed=True, posted=True)
    return redirect(
        url_for("staff_shared.case", case_id=case_id, gjort="share_answer", _anchor="gjort"), code=303
    )


def _moment(text: str | None) -> datetime | None:
    try:
        at = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return at if at.tzinfo else None
