"""What an acute case is promised, and why it is acute.

The promises are data (rules/escalation.yml). Why a case is acute follows from what was answered, what was noticed and who
decided: there is always a reason, and the queue says it.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_

from web.cases.escalating import rules
from web.cases.models import Case
from web.cases.opening import OpeningHours
from web.cases.queue_types import AcutePromise, WhyAcute
from web.cases.types import HURT_KINDS, CaseView, Facts, unsure_in_grave_need


def promise(
    *,
    acute_since: datetime | None,
    unseen_since: datetime | None,
    waiting_since: datetime | None,
    now: datetime,
    hours: OpeningHours,
) -> AcutePromise | None:
    """What an acute, open case is promised next: to be read, then to be answered; None when it has got both."""
    begun = unseen_since or waiting_since
    if begun is None:
        return None
    within = rules().acute_read if unseen_since else rules().acute_answer
    by = hours.after_open_time(max(begun, acute_since or begun), within)
    return AcutePromise("read" if unseen_since else "answer", by, now >= by)


def broken(now: datetime, hours: OpeningHours) -> ColumnElement[bool]:
    """Acute cases whose promise is not kept, as a condition on Case."""
    read = hours.before_open_time(now, rules().acute_read)
    answer = hours.before_open_time(now, rules().acute_answer)

    def since(at: datetime) -> ColumnElement[bool]:
        return or_(Case.acute_since.is_(None), Case.acute_since <= at)

    return and_(
        Case.urgency == "acute",
        or_(
            and_(Case.unseen_since <= read, since(read)),
            and_(Case.unseen_since.is_(None), Case.waiting_since <= answer, since(answer)),
        ),
    )


def promise_of(view: CaseView, now: datetime, hours: OpeningHours) -> AcutePromise | None:
    """What this case is promised next, when it is acute and open."""
    if view.urgency != "acute" or view.status == "closed":
        return None
    return promise(
        acute_since=view.acute_since,
        unseen_since=view.unseen_since,
        waiting_since=view.waiting_since,
        now=now,
        hours=hours,
    )


def why_of(view: CaseView) -> tuple[WhyAcute, ...]:
    """Why this case is acute; nothing for one that is not, or is closed."""
    if view.urgency != "acute" or view.status == "closed":
        return ()
    return why(
        view.facts,
        kinds=view.acute_kinds,
        needs=tuple(need.id for one in view.understandings for need in one.needs),
        child_safe=view.child.safe,
        child_hurt=view.child.hurt,
    )


def why(
    facts: Facts,
    *,
    kinds: tuple[str, ...],
    needs: tuple[str, ...],
    child_safe: str | None = None,
    child_hurt: str | None = None,
) -> tuple[WhyAcute, ...]:
    """Why an acute case is acute, the plainest first; when nothing says so, an employee has decided it.

    needs: every need that anybody has named in it. child_safe, child_hurt: a child's answers in a grown-up's case.
    """
    hurt = child_hurt or facts.hurt
    found: list[WhyAcute] = []
    if facts.call is not None:
        found.append(WhyAcute("call"))
    if facts.safe_now == "no":
        found.append(WhyAcute("not_safe"))
    if hurt == "yes":
        found.append(WhyAcute("child_hurt"))
    if child_safe == "no":
        found.append(WhyAcute("child_not_safe"))
    # The kind of danger in a yes to «does anyone hurt you?» is no word that the machine has found.
    noticed = tuple(kind for kind in kinds if not (hurt == "yes" and kind in HURT_KINDS))
    if noticed:
        found.append(WhyAcute("noticed", noticed))
    if not found and unsure_in_grave_need(facts.safe_now, needs, facts.hurt):
        found.append(WhyAcute("unsure"))
    return tuple(found) or (WhyAcute("employee"),)
