"""Entering a case for somebody on the phone or at the counter: their words as they said them, read back to them.

Two halves of one page. First the words and what is asked; then, with what the machine understood, the needs and who may
read. Everything that is typed goes back and forth in the form itself, so that no error, expired page or new login loses it.
The return code is made when the page is opened and signed into it: sending the same page twice gives one case and the
same five words, and nobody can choose words of their own.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from flask import Blueprint, current_app, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _
from itsdangerous import BadSignature, URLSafeSerializer

from web import age_rules, current
from web.assistant import AssistantUnavailable, Understanding
from web.cases import codes, send_case
from web.cases.types import (
    ABOUT,
    ABOUT_HOME,
    LANGUAGES,
    PARENTS_ANSWERS,
    About,
    AboutHome,
    Author,
    ChildStatement,
    ChildTold,
    CodeTaken,
    ContactPointChoice,
    ContactWay,
    Entered,
    EnteredWay,
    Evidence,
    Language,
    NeedFound,
    NewCase,
    ParentsAnswer,
    Receipt,
    SafeNow,
    UnderstandingData,
)
from web.db import db
from web.errors import keeps_text
from web.i18n import format_day, language
from web.matching import Query, Suggestion, match
from web.security.access import access
from web.staff import texts
from web.staff.case_frame import need_name, service_name
from web.staff.entering_forms import MOST_SPEAKERS, YOUNG, EnterForm
from web.staff.pages import form_page, login_and_go_on, me, render

blueprint = Blueprint("staff_enter", __name__, url_prefix="/staff")
form_page("staff_enter.new_post", "staff_enter.new")

#: A need that the machine is less sure of is offered, but not ticked beforehand.
TICKED_FROM = 0.5


@dataclass(frozen=True)
class Understood:
    """What the machine made of each statement; None when it does not answer."""

    each: tuple[Understanding, ...] | None

    @property
    def needs(self) -> dict[str, float]:
        """Every need that the catalog knows, with how sure the machine is, the surest first."""
        known, found = current.catalog().needs, dict[str, float]()
        for one in self.each or ():
            for need in one.needs:
                if need.id in known:
                    found[need.id] = max(need.confidence, found.get(need.id, 0.0))
        return dict(sorted(found.items(), key=lambda item: -item[1]))

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of danger that were noticed."""
        return tuple(
            dict.fromkeys(kind for one in self.each or () if one.acute.flag for kind in one.acute.kinds)
        )

    def of(self, places: Sequence[int]) -> UnderstandingData | None:
        """What was made of the statements at these places, as one; evidence counts among them. None without an answer."""
        if self.each is None or not places:
            return None
        known, merged = current.catalog().needs, dict[str, NeedFound]()
        kinds: list[str] = []
        for number, place in enumerate(places):
            one = self.each[place]
            for need in one.needs:
                if need.id in known:
                    before = merged.get(need.id, NeedFound(need.id, 0.0))
                    spans = tuple(Evidence(number, start, end) for start, end in need.evidence)
                    merged[need.id] = NeedFound(
                        need.id, max(before.confidence, need.confidence), before.evidence + spans
                    )
            kinds += one.acute.kinds if one.acute.flag else ()
        return UnderstandingData(
            language=self.each[places[0]].language,
            needs=tuple(sorted(merged.values(), key=lambda need: -need.confidence)),
            acute_kinds=tuple(dict.fromkeys(kinds)),
            acute_confidence=max((self.each[place].acute.confidence for place in places), default=0.0)
            if kinds
            else 0.0,
        )


def _understand(told: Sequence[tuple[Author, str]]) -> Understood:
    try:
        found = current.assistant().understand(
            [words for _author, words in told], timeout_s=current.config().assistant_timeout_s
        )
        each = tuple(one for one, _facts in found)
    except AssistantUnavailable:
        return Understood(None)
    return Understood(each if len(each) == len(told) else None)


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt="staff-enter")


def _new_ticket() -> str:
    """Key and a code in each language, for this employee."""
    return str(
        _signer().dumps(
            {
                "by": me().id,
                "key": secrets.token_urlsafe(24),
                **{code: codes.new_code(code) for code in LANGUAGES},
            }
        )
    )


def _ticket(form: EnterForm) -> dict[str, str] | None:
    """What the page was opened with; None when it is not this employee's or not ours."""
    try:
        held: dict[str, str] = _signer().loads(form.ticket.data or "")
    except BadSignature:
        return None
    return held if held.get("by") == me().id else None


def _offered(form: EnterForm, needs: Sequence[str], understood: Understood) -> tuple[Suggestion, ...]:
    catalog = current.catalog()
    confidence = understood.needs
    query = Query(
        needs=tuple((need, confidence.get(need, 1.0)) for need in needs),
        writer=form.writer.data,
        about=form.about.data if form.about.data in ABOUT else None,
        age=form.age.data if not form.age.errors else None,
        acute_kinds=understood.kinds,
        safe_now=form.safe_now.data if form.safe_now.data in ("yes", "no", "unknown") else None,
    )
    return match(catalog, query).services


def _page(
    form: EnterForm,
    understood: Understood | None = None,
    *,
    rows: int = 1,
    status: int = 200,
    expired: bool = False,
) -> ResponseReturnValue:
    """The page; with what was understood also its second half."""
    stands = form.statements() if request.method == "POST" else []
    stands += [("", "")] * max(0, rows - len(stands))
    needs = list(form.needs.data or [])
    offered = [one.service.id for one in _offered(form, needs, understood)] if understood else []
    offered += [one for one in form.consents.data or [] if _can_be_chosen(one) and one not in offered]
    groups: dict[str, list[str]] = {}
    for need in current.catalog().needs.values():
        groups.setdefault(need.group, []).append(need.id)
    return render(
        "enter",
        status=status,
        form=form,
        stands=stands[:MOST_SPEAKERS],
        most_speakers=MOST_SPEAKERS,
        understood=understood,
        needs_by_group=groups,
        offered=[(one, service_name(one)) for one in offered],
        named=lambda ids: [(need, need_name(need)) for need in ids],
        may_know=[(who, text) for who, text in texts.MAY_KNOW.items() if who != "nobody"],
        expired=expired,
        texts=texts,
        contact=current.catalog().contact_point,
    )


def _again() -> ResponseReturnValue:
    form = EnterForm()
    understood = _understand(form.told()) if form.suggested.data and form.told() else None
    return _page(form, understood, status=400, expired=True)


@blueprint.get("/ny")
@access("staff", right="enter_case")
def new() -> ResponseReturnValue:
    """An empty page."""
    form = EnterForm(formdata=None, language=language())
    form.ticket.data = _new_ticket()
    return _page(form)


@blueprint.post("/ny")
@access("staff", logged_out=login_and_go_on, right="enter_case")
@keeps_text(_again)
def new_post() -> ResponseReturnValue:
    """Another speaker, the second half, or send."""
    form = EnterForm()
    if _ticket(form) is None:
        form.ticket.data = _new_ticket()
    told = form.told()
    if "more" in request.form:
        understood = _understand(told) if form.suggested.data and told else None
        return _page(form, understood, rows=len(form.statements()) + 1)
    valid = form.validate_on_submit()
    understood = _understand(told) if told else None
    if understood is not None and not form.suggested.data:
        form.needs.data = [need for need, sure in understood.needs.items() if sure >= TICKED_FROM]
    if not valid:
        return _page(form, understood if form.suggested.data else None, status=422)
    if understood is None or "send" not in request.form or not form.suggested.data:
        form.suggested.data = "1"
        return _page(form, understood)
    return _send(form, told, understood)


def _send(form: EnterForm, told: Sequence[tuple[Author, str]], understood: Understood) -> ResponseReturnValue:
    ticket = _ticket(form)
    if ticket is None:
        raise RuntimeError("a page without a ticket was sent")  # new_post has given it one
    written = cast(Language, form.language.data)
    case = _new_case(form, told, understood, ticket, written)
    try:
        receipt = send_case(db(), current.vault(), current.clock(), case)
    except CodeTaken:
        form.ticket.data = _new_ticket()
        return _page(form, understood, status=409)
    return render(
        "entered",
        receipt=receipt,
        written=written,
        sheet=_sheet(receipt, written),
        answer_address=current.config().public_url + url_for("citizen.enter_code"),
    )


def _sheet(receipt: Receipt, written: Language) -> dict[str, str]:
    """What stands on the sheet with the words, in the person's language: nothing about what was told."""
    point = current.catalog().contact_point
    with force_locale(written):
        return {
            "answer": str(_("With these five words you can see the answer here:")),
            "hear": str(_("You hear from us by %(day)s.", day=format_day(receipt.hear_by))),
            "phone": str(_("Phone: %(number)s", number=point.number)),
            "keep": str(_("Keep the words where others do not look.")),
        }


def _new_case(
    form: EnterForm,
    told: Sequence[tuple[Author, str]],
    understood: Understood,
    ticket: dict[str, str],
    written: Language,
) -> NewCase:
    """Everything that is sent. What a child said in a grown-up's case is the child's own telling, apart from theirs."""
    writer, point = cast(Author, form.writer.data), current.catalog().contact_point
    apart = [place for place, (author, _words) in enumerate(told) if writer not in YOUNG and author in YOUNG]
    own = [place for place in range(len(told)) if place not in apart]
    known = current.catalog().needs
    chosen = tuple(need for need in form.needs.data or [] if need in known)
    suggested = understood.needs
    offered = [one.service.id for one in _offered(form, chosen, understood)]
    # A yes counts also for a service that no longer stands there, because the needs were changed after it.
    said_yes = [one for one in form.consents.data or [] if _can_be_chosen(one)]
    consents = {service: service in said_yes for service in dict.fromkeys((*offered, *said_yes))}
    knowing, parents = _may_know(form, writer)
    way = cast(ContactWay, form.reach.data)
    return NewCase(
        municipality=me().municipality,
        language=written,
        statements=tuple(told[place] for place in own),
        writer=writer,
        contact_point=ContactPointChoice(point.id, point.name[written], point.promise_working_days),
        return_code=ticket[written],
        submission_key=ticket["key"],
        understanding=understood.of(own),
        needs=chosen,
        needs_added=tuple(need for need in chosen if need not in suggested),
        needs_removed=tuple(need for need in suggested if need not in chosen),
        about=cast(About, form.about.data) if form.about.data in ABOUT else "unknown",
        age=form.age.data,
        safe_now=cast(SafeNow, form.safe_now.data),
        services=tuple(service for service, given in consents.items() if given),
        consents=consents,
        may_know=knowing,
        way=way,
        details=form.details.data or None,
        safe_times=form.safe_times.data or None,
        voicemail_ok=bool(form.voicemail_ok.data) and way == "phone",
        safe_word=(form.safe_word.data or None) if way != "code" else None,
        child_told=tuple(
            ChildTold(
                key=f"{ticket['key'][:28]}-{place:02}",
                author=told[place][0],
                language=written,
                statements=(ChildStatement(told[place][1]),),
                understanding=understood.of([place]),
            )
            for place in apart
        ),
        home=cast(AboutHome, form.home.data) if writer in YOUNG and form.home.data in ABOUT_HOME else None,
        parents=parents,
        entered=Entered(
            by=me().name,
            way=cast(EnteredWay, form.channel.data),
            read_back=bool(form.read_back.data),
            why_not="" if form.read_back.data else form.why_not.data or "",
            spoken=form.spoken.data or "",
        ),
        entered_by=me().ref(),
    )


def _can_be_chosen(service_id: str) -> bool:
    service = current.catalog().service(service_id)
    return service is not None and service.for_citizens


def _may_know(form: EnterForm, writer: Author) -> tuple[tuple[str, ...], ParentsAnswer | None]:
    """Who may know, once the rule of the young person's age has had its say about the parents."""
    chosen = tuple(who for who in form.may_know.data or [] if who in texts.MAY_KNOW and who != "nobody")
    if writer not in YOUNG:
        return chosen, None
    age = form.age.data if form.about.data not in ("friend", "other", "my_child") else None
    rule = age_rules.parents_rule(current.catalog().age_rules, age)
    asked = cast(ParentsAnswer, form.parents.data) if form.parents.data in PARENTS_ANSWERS else None
    home = cast(AboutHome, form.home.data) if form.home.data in ABOUT_HOME else None
    answer = age_rules.parents_may_know(rule, home, asked)
    others = tuple(who for who in chosen if who != "parents")
    return (("parents", *others) if answer == "yes" else others), answer
