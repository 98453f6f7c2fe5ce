"""What every page of one case shares: the frame with its tabs, the form that tells about others' changes, the way back.

A room of the case (responsibility, sharing, plan …) is a blueprint of its own with

- a page: `show("staff/…", view, tab="…", forms={…}, …)` behind `page(case_id, …)`,
- forms that are CaseForm, answered by `act(…)`, marked `@access("staff", logged_out=login_and_go_on, right=…)` and
  `@keeps_text(again(…))`,
- one line in TABS, one `pages.form_page(endpoint, page endpoint)` for each form, and a line in texts.CASE_DONE for what was done.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString, lazy_gettext
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from web import current
from web.cases import acute, look_at_case, read_case
from web.cases.clock import Clock
from web.cases.deadlines import local_date
from web.cases.duties import duties
from web.cases.escalating import rules
from web.cases.models import Case
from web.cases.queue_types import Duty
from web.cases.responsibility import handed_on
from web.cases.types import CaseChanged, CaseNotFound, CaseView
from web.db import db
from web.i18n import LANGUAGE_NAMES, language
from web.matching import helplines_for
from web.security.separation import only_reads
from web.security.vault import Vault
from web.staff import at_a_glance, desk, reading, texts
from web.staff.closed import closed_page, typed_texts
from web.staff.forms import CaseForm
from web.staff.models import Employee
from web.staff.pages import FORM_PAGES, me, render
from web.staff.rights import NEEDS_THE_CASE, Right

Change = Callable[[CaseView, Any], object]
#: (view, forms of the page, what was posted): the page of a room. Called with keywords for what went wrong.
Page = Callable[..., Response]


@dataclass(frozen=True)
class Tab:
    """One of the pages of a case."""

    id: str
    endpoint: str
    name: LazyString
    right: Right


#: In the order in which they stand above the case.
TABS: Final[tuple[Tab, ...]] = (
    Tab("case", "staff.case", lazy_gettext("The words and the answer"), "read_case"),
    Tab("duty", "staff_duty.page", lazy_gettext("Responsibility"), "read_case"),
    Tab("sharing", "staff_sharing.sharing", lazy_gettext("Sharing (tab)"), "share"),
    Tab("plan", "staff_plan.page", lazy_gettext("The plan (page)"), "read_case"),
    Tab("follow", "staff_follow.page", lazy_gettext("Following up (page)"), "read_case"),
    Tab("package", "staff_package.overview", lazy_gettext("Hand-over"), "share"),
    Tab("concern", "staff_concern.overview", lazy_gettext("Worry for a child"), "share"),
    Tab("linked", "staff_links.page", lazy_gettext("Connected (page)"), "read_case"),
    Tab("timeline", "staff_timeline.timeline", lazy_gettext("Timeline"), "read_case"),
)


#: Where the next step of a case (texts.NEXT) is done: a page of the case, and a place on it; else by the words.
NEXT_PLACES: Final[Mapping[str, tuple[str, str | None]]] = {
    "answer_offer": ("staff_duty.page", None),
    "take": ("staff_duty.page", None),
    "find_contact": ("staff_duty.page", None),
    "decide": ("staff_duty.page", None),
    "answer": ("staff.case", "meldinger"),
    "call": ("staff.case", "naa"),
    "see_safe": ("staff.case", "meldinger"),
    "wait": ("staff.case", "meldinger"),
    "follow": ("staff_follow.page", None),
    "no_help": ("staff_follow.page", None),
    "ask_service": ("staff_follow.page", None),
    "plan": ("staff_plan.page", None),
}


class Reader:
    """An employee in a case that is not theirs to work in: they read it, and write internal notes."""

    def __init__(self, employee: Employee) -> None:
        self._employee = employee

    def may(self, right: Right) -> bool:
        """Whether they may do this in the case."""
        return right not in NEEDS_THE_CASE and self._employee.may(right)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._employee, name)


def who(case_id: str) -> Employee | Reader:
    """The employee, with what they may do in this case."""
    return Reader(me()) if only_reads(me(), case_id) else me()


def core() -> tuple[Session, Vault, Clock]:
    """What every function of web.cases takes first."""
    return db(), current.vault(), current.clock()


def tabs(employee: Employee | Reader) -> list[Tab]:
    """The pages of a case that the employee may open."""
    return [tab for tab in TABS if employee.may(tab.right)]


def here(*, words: bool = False) -> desk.Desk:
    """The queue as it was when the case was opened, for the list beside it; words: as desk.look has it."""
    return desk.look(me(), request.args, words=words)


def place() -> dict[str, Any]:
    """Where in the queue the employee is, for every address of the case."""
    return {name: request.args.get(name) for name in (*desk.PARAMETERS, *desk.PLACES)}


_WITH_WORDS: Final = frozenset({"staff", "staff_timeline"})
"""The rooms whose pages show what the person has told."""


def read(case_id: str, *, words: bool = False) -> CaseView:
    """The case, and a line in its log of what was opened: with the words, or a page beside them. Raises CaseNotFound.

    words: the words are shown, though the room as a whole does not show them.
    """
    shown = words or request.blueprint in _WITH_WORDS
    return read_case(db(), current.vault(), current.clock(), case_id, me().ref(), words=shown)


def missing() -> Response:
    """Deleted by the person, of another municipality, not the employee's, or misspelt: they look the same.

    Who had the case until a colleague took it over is told so: in the queue, or with what they had typed. And whoever
    would see it is told when the person's wish to delete has closed it.
    """
    case_id = (request.view_args or {}).get("case_id", "")
    closed = closed_page(case_id, "read_case")
    if closed is not None:
        return closed
    # Something in a case that they do see may be missing too.
    if still_sees(case_id) or not handed_on(db(), case_id, me().ref()):
        return render("missing", status=404)
    if request.method == "GET":
        return cast(Response, redirect(url_for("staff.queue", gjort="handed_on"), code=303))
    return render("handed_on", status=409, typed=typed_texts())


def still_sees(case_id: str) -> bool:
    """Whether the employee still sees the case: who has handed it on may not."""
    return db().scalar(select(Case.id).where(Case.id == case_id)) is not None


def show(
    template: str,
    view: CaseView,
    *,
    tab: str,
    forms: Mapping[str, CaseForm],
    posted: str = "",
    status: int = 200,
    changed: tuple[reading.ChangeSeen, ...] | None = None,
    expired: bool = False,
    **values: Any,
) -> Response:
    """A page of the case.

    forms: by name; `form_start(name, endpoint)` of case_frame.html begins each.
    posted: the name of the form that came back with something wrong, in the way of somebody else's change (`changed`)
    or too late (`expired`).
    """
    facts, now = view.facts, current.clock().now()
    duty = duties(db(), current.clock(), view.municipality, [(view.id, view.contact_person_id)]).get(
        view.id, Duty()
    )
    step = at_a_glance.next_step(at_a_glance.Standing.of_case(view, duty, me().id))
    values.setdefault(
        "numbers",
        helplines_for(current.catalog(), view.acute_kinds, view.needs, facts.age, facts.writer, now),
    )
    employee = who(view.id)
    return render(
        template,
        status=status,
        me=employee,
        only_reads=isinstance(employee, Reader),
        glass_until=max((one.until for one in view.glass if one.employee_id == employee.id), default=None),
        case=view,
        tab=tab,
        tabs=tabs(employee),
        forms=forms,
        posted=posted,
        changed=changed,
        expired=expired,
        desk=here(),
        looking=look_at_case(db(), current.clock(), view.id, me().ref()),
        duty=duty,
        why=acute.why_of(view),
        acute=acute.promise_of(view, now, desk.hours() or rules().hours),
        next_step=step,
        next_place=_place_of(step, view.id),
        today=local_date(now),
        texts=texts,
        need_name=need_name,
        service=current.catalog().service,
        service_name=service_name,
        language_name=language_name,
        tel_of=tel_of,
        **values,
    )


def _place_of(step: str, case_id: str) -> str:
    """Where in the case the next step is done."""
    endpoint, anchor = NEXT_PLACES.get(step, ("staff.case", "ord"))
    return url_for(endpoint, case_id=case_id, _anchor=anchor, **place())


def page(case_id: str, shown: Page, **values: Any) -> ResponseReturnValue:
    """Read the case and show a page of it, or say that there is none."""
    try:
        return shown(read(case_id), **values)
    except CaseNotFound:
        return missing()


def act(
    name: str, case_id: str, form_of: Callable[[CaseView], CaseForm], change: Change, shown: Page
) -> ResponseReturnValue:
    """Check the form, change the case, and go back to the page. A change by others in the meantime is told first.

    name: the form's; it stands in `gjort` afterwards, unless `change` gives another word for what was done.
    form_of: makes the form from the case as it stands now and from what was posted.
    shown: the page that the form stands on; it is given `posted=(name, form)`, and `changed` and `status`.
    """
    try:
        view = read(case_id)
        form = form_of(view)
        if not form.validate_on_submit():
            return shown(view, posted=(name, form), changed=_changed(view, form), status=422)
        said = change(view, form)
    except CaseNotFound:
        return missing()
    except CaseChanged:
        try:
            view = read(case_id)
        except CaseNotFound:
            return missing()
        return shown(view, posted=(name, form), changed=_changed(view, form), status=409)
    if not still_sees(case_id):
        return redirect(url_for("staff.queue", gjort=name), code=303)
    back, done = FORM_PAGES[request.endpoint or ""], said if isinstance(said, str) else name
    return redirect(url_for(back, case_id=case_id, gjort=done, _anchor="gjort", **place()), code=303)


def again(
    name: str, form_of: Callable[[CaseView], CaseForm], shown: Page
) -> Callable[[], ResponseReturnValue]:
    """For @keeps_text: the page with what was typed, when the form's token was no longer good."""

    def show_again() -> ResponseReturnValue:
        try:
            view = read((request.view_args or {}).get("case_id", ""))
        except CaseNotFound:
            return missing()
        return shown(view, posted=(name, form_of(view)), expired=True, status=400)

    return show_again


def _changed(view: CaseView, form: CaseForm) -> tuple[reading.ChangeSeen, ...] | None:
    """What has happened since the form's page was made; None when nothing has."""
    if form.seen_version() == view.version:
        return None
    return reading.changes_since(view, form.seen_lines(), me().name)


def tel_of(details: str) -> str:
    """What a phone link needs of a number somebody has typed."""
    return re.sub(r"[^\d+]", "", details)


def language_name(code: str) -> str:
    """A language's own name, or «another language»."""
    return next((name for known, name in LANGUAGE_NAMES.items() if known == code), str(_("another language")))


def service_name(service_id: str) -> str:
    """The service's name in the employee's language; its id when the catalog no longer has it."""
    found = current.catalog().service(service_id)
    return found.name[language()] if found else service_id


def need_name(need_id: str) -> str:
    """The need's name in the employee's language; its id when the catalog no longer has it."""
    need = current.catalog().needs.get(need_id)
    return need.name[language()] if need else need_id
