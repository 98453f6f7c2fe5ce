"""What the queue shows: its rows, why a case is acute, and what is promised."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from web.cases.types import Author, ChildStands, Language, Outcome, Status, Urgency

AcuteReason = Literal["call", "not_safe", "child_hurt", "child_not_safe", "noticed", "unsure", "employee"]


@dataclass(frozen=True)
class WhyAcute:
    """Why a case is acute."""

    reason: AcuteReason
    kinds: tuple[str, ...] = ()
    """With «noticed»: which kinds of danger the machine found in the words."""


@dataclass(frozen=True)
class FirstWords:
    """The beginning of what was told first, unedited."""

    text: str
    more: bool
    """Whether there is more of it."""
    language: str
    author: Author


@dataclass(frozen=True)
class AcutePromise:
    """What an acute case is promised next."""

    what: Literal["read", "answer"]
    by: datetime
    late: bool
    """That time has passed."""


@dataclass(frozen=True)
class Duty:
    """What the queue says of the responsibility for a case, beside its contact person."""

    offered_to_id: str | None = None
    offered_to: str | None = None
    """The colleague who has been asked to take over and has not answered."""
    disputed: bool = False
    """Services disagree about who coordinates, and the municipality has not decided."""
    away_until: date | None = None
    """The contact person is away until and with this day."""
    answers: str | None = None
    """Who answers meanwhile; None while somebody is away: the front desk."""
    steps: tuple[str, ...] = ()
    """What waits too long, as ids of escalation.yml."""


@dataclass(frozen=True)
class QueueFilters:
    """Which part of the queue; the default is everything that is not closed."""

    statuses: tuple[Status, ...] = ("new", "in_progress", "waiting_for_person")
    urgency: Urgency | None = None
    contact_person_id: str | None = None
    stands_in_for: tuple[str, ...] = ()
    """Colleagues who are away, whose cases count as those of contact_person_id."""
    offered_to: str | None = None
    disputed_only: bool = False
    escalated_only: bool = False
    overdue_only: bool = False
    unread_only: bool = False
    not_helped_only: bool = False
    plan_overdue_only: bool = False
    help_disputed_only: bool = False
    service_silent_only: bool = False
    unassigned_only: bool = False
    units: tuple[str, ...] = ()
    """Names of a unit (it may have one in each language), and «#id» for a contact point's own cases."""
    text: str = ""
    """The beginning of a reference number, or a part of the contact person's name."""
    service: str | None = None
    """Cases in which the person has chosen this service or let it read."""
    sent_from: date | None = None
    sent_to: date | None = None
    """Sent on this day or before, Norwegian time."""


@dataclass(frozen=True)
class QueueRow:
    """A line of the queue: enough to choose. What was told stands in it only when it was asked for, see queue_page."""

    case_id: str
    reference: str
    language: Language
    writer: Author
    age: int | None
    status: Status
    outcome: Outcome | None
    urgency: Urgency
    why_acute: tuple[WhyAcute, ...]
    """Of an acute, open case at least one."""
    acute: AcutePromise | None
    """What an acute, open case is promised next."""
    created_at: datetime
    waiting_since: datetime | None
    """Since when the person has been waiting for an answer; None when the last word is the municipality's."""
    due_on: date
    overdue: bool
    contact_unit_name: str
    contact_person_id: str | None
    contact_person_name: str | None
    unread: int
    """What came after an employee last read the case: the person's words, and what concerns sharing."""
    unread_words: int
    """How many of these are the person's words."""
    new_answers: int = 0
    """How many services have answered since."""
    ever_read: bool = True
    """Whether any employee has read it."""
    recordings: int = 0
    """How many recordings there are."""
    unheard: int = 0
    """How many of them nobody has listened to."""
    looking: tuple[str, ...] = ()
    """Colleagues who have the case open now."""
    version: int = 0
    not_helped: bool = False
    """The person's newest answer is that no help came, and nobody has answered since."""
    child: ChildStands | None = None
    """Whether the child has told for itself, in a case that somebody else has written about it."""
    call_waits: bool = False
    """The person wished to be called, and nobody has called yet."""
    plan_overdue: bool = False
    """A measure of the plan is past its day and not finished."""
    help_disputed: bool = False
    """A service says that help came, and the person that it did not."""
    service_silent: bool = False
    """A service that was brought in should have answered by now."""
    duty: Duty = Duty()
    child_acute: tuple[tuple[str, str], ...] = ()
    """Id and reference of acute cases that the child has sent by itself, of those that the employee may see."""
    needs: tuple[str, ...] = ()
    """The needs that count now; only for who may read the case."""
    words: FirstWords | None = None
    """Only for who may read the case."""


@dataclass(frozen=True)
class QueuePage:
    """One page of a part of the queue. `before` and `after` are the places to go on from; None at the ends."""

    rows: tuple[QueueRow, ...]
    before: str | None
    after: str | None


@dataclass(frozen=True)
class QueueCounts:
    """How many open cases each part of the queue has."""

    all: int
    acute: int
    overdue: int
    unread: int
    new: int
    unassigned: int
    mine: int
    my_unit: int
    waiting_for_person: int
    not_helped: int = 0
    plan_overdue: int = 0
    help_disputed: int = 0
    service_silent: int = 0
    offered: int = 0
    """To the employee who looks."""
    disputed: int = 0
    escalated: int = 0


@dataclass(frozen=True)
class QueueNews:
    """What has come from people since a moment, as numbers only."""

    new_cases: int
    new_acute: int
    """How many of the new cases are acute."""
    cases_with_more: int
    """Older cases in which the person has written more."""
