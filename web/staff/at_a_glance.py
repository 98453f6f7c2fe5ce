"""A case at a glance, in words: why it is acute, what is promised next, what is new in it, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import ngettext

from web.cases.deadlines import local_date
from web.cases.queue_types import AcutePromise, Duty, QueueRow, WhyAcute
from web.cases.types import CaseView, Status, Urgency
from web.i18n import ACUTE_TEXT, format_moment, format_time
from web.staff.texts import HURT_ASKED, WHY_ACUTE


def why_text(why: WhyAcute) -> str:
    """Why a case is acute, as a sentence."""
    if why.reason == "noticed":
        kinds = [str(ACUTE_TEXT.get(kind, kind)) for kind in why.kinds]
        return str(_("The machine found words about: %(kinds)s.", kinds=", ".join(kinds).lower()))
    if why.reason == "child_hurt":
        return str(_("The child answered yes to «%(asked)s»", asked=HURT_ASKED))
    return str(WHY_ACUTE[why.reason])


def promise_text(promise: AcutePromise, now: datetime) -> str:
    """What an acute case is promised next, and by when."""
    today = local_date(promise.by) == local_date(now)
    by = format_time(promise.by) if today else format_moment(promise.by)
    if promise.what == "read":
        late, due = _("Should have been read by %(time)s", time=by), _("Read now, by %(time)s", time=by)
    else:
        late, due = _("Should have been answered by %(time)s", time=by), _("Answer by %(time)s", time=by)
    return str(late if promise.late else due)


def news_of(row: QueueRow) -> str:
    """What in this case nobody at the front desk has read: whose it is, and what."""
    if not row.ever_read:
        return str(_("Unread (case)"))
    parts = []
    if row.unread_words:
        parts.append(ngettext("%(num)d new message", "%(num)d new messages", row.unread_words))
    others = row.unread - row.unread_words
    if row.new_answers and others > 0:
        parts.append(
            ngettext("%(num)d service has answered", "%(num)d services have answered", row.new_answers)
        )
    elif others > 0:
        parts.append(str(_("A yes is taken back (new)")))
    return ", ".join(parts)


@dataclass(frozen=True)
class Standing:
    """What decides what is to be done next in a case."""

    status: Status
    urgency: Urgency
    call_waits: bool
    unread: bool
    unheard: bool
    waits: bool
    has_contact: bool
    offered_to_me: bool
    disputed: bool
    not_helped: bool = False
    service_silent: bool = False
    plan_overdue: bool = False

    @classmethod
    def of_row(cls, row: QueueRow, me: str) -> Standing:
        """Of a line of the queue."""
        return cls(
            status=row.status,
            urgency=row.urgency,
            call_waits=row.call_waits,
            unread=bool(row.unread) or not row.ever_read,
            unheard=bool(row.unheard),
            waits=row.waiting_since is not None,
            has_contact=bool(row.contact_person_name),
            offered_to_me=row.duty.offered_to_id == me,
            disputed=row.duty.disputed,
            not_helped=row.not_helped,
            service_silent=row.service_silent,
            plan_overdue=row.plan_overdue,
        )

    @classmethod
    def of_case(cls, view: CaseView, duty: Duty, me: str) -> Standing:
        """Of a case that is open: who looks at it reads it."""
        return cls(
            status=view.status,
            urgency=view.urgency,
            call_waits=bool(view.facts.call and view.facts.call.waits),
            unread=False,
            unheard=bool(view.unheard),
            waits=view.waiting_since is not None,
            has_contact=bool(view.contact_person_name),
            offered_to_me=duty.offered_to_id == me,
            disputed=duty.disputed,
        )


def next_step(one: Standing) -> str:
    """What to do next, as a key of texts.NEXT; the most pressing. Empty in a closed case."""
    if one.status == "closed":
        return ""
    steps = (
        ("call", one.call_waits),
        ("read_now", one.unread and one.urgency == "acute"),
        ("listen", one.unheard),
        ("answer_offer", one.offered_to_me),
        ("read", one.unread),
        ("take", one.waits and not one.has_contact),
        ("answer", one.waits),
        ("decide", one.disputed),
        ("no_help", one.not_helped),
        ("ask_service", one.service_silent),
        ("plan", one.plan_overdue),
        ("see_safe", one.urgency == "acute"),
        ("find_contact", not one.has_contact),
        ("wait", one.status == "waiting_for_person"),
    )
    return next((step for step, holds in steps if holds), "follow")
