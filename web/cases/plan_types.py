"""The plan and linked cases, as they go into the core and come out of it: typed and frozen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, get_args

MeasureState = Literal["planned", "started", "done", "stopped"]
OverlapKind = Literal["same_need", "many_meetings", "same_day"]
LinkRelation = Literal["same_person", "others"]
WordsAnswer = Literal["asked", "yes", "no"]

MEASURE_STATES: tuple[MeasureState, ...] = get_args(MeasureState)
OPEN_STATES: tuple[MeasureState, ...] = ("planned", "started")
LINK_RELATIONS: tuple[LinkRelation, ...] = get_args(LinkRelation)


@dataclass(frozen=True)
class NewMeasure:
    """A line of the plan, as an employee writes it."""

    what: str
    due_on: date
    responsible_name: str
    responsible_id: str | None = None
    """None when the name was written by hand."""
    service: str | None = None
    need: str | None = None
    goal: str | None = None
    """What the person wants, in the person's own words."""
    starts_on: date | None = None
    meetings: int = 0
    """How many times a week the person goes to it."""
    withheld: str | None = None
    """Why the person is not to be shown this line."""


@dataclass(frozen=True)
class MeasureChange:
    """How a line of the plan stands from now on; None leaves a thing as it is."""

    state: MeasureState | None = None
    due_on: date | None = None
    responsible_name: str | None = None
    responsible_id: str | None = None
    reason: str = ""
    """Needed for a new day, and for stopping."""
    shown: bool | None = None
    withheld: str = ""
    """Why it is not shown from now on."""


@dataclass(frozen=True)
class MeasureEvent:
    """One change of a line: what, from, to, why."""

    at: datetime
    by: str
    what: Literal["added", "state", "due_on", "responsible", "withheld", "shown"]
    before: str
    after: str
    reason: str


@dataclass(frozen=True)
class Measure:
    """A line of the plan, opened."""

    id: str
    what: str
    service: str | None
    need: str | None
    goal: str | None
    starts_on: date
    due_on: date
    meetings: int
    state: MeasureState
    responsible_id: str | None
    responsible_name: str
    created_at: datetime
    withheld: str | None
    """Why the person is not shown this line; None when they are."""
    events: tuple[MeasureEvent, ...] = ()

    @property
    def open(self) -> bool:
        """Whether there is still something to do."""
        return self.state in OPEN_STATES

    def late(self, today: date) -> bool:
        """Whether its day has passed and it is not finished."""
        return self.open and self.due_on < today


@dataclass(frozen=True)
class Agreement:
    """That measures which run at the same time are coordinated: who said so, when, in what words."""

    kind: OverlapKind
    measures: tuple[str, ...]
    note: str
    by: str
    at: datetime


@dataclass(frozen=True)
class Overlap:
    """Measures that go on at the same time, and whether somebody has coordinated them."""

    kind: OverlapKind
    measures: tuple[Measure, ...]
    need: str | None = None
    day: date | None = None
    """The day they share, or the Monday of the first full week."""
    meetings: int = 0
    agreed: Agreement | None = None

    @property
    def key(self) -> str:
        """The same as long as the same measures overlap in the same way."""
        return f"{self.kind}.{'.'.join(sorted(one.id for one in self.measures))}"


@dataclass(frozen=True)
class LinkView:
    """What the readers of one case know of another that it is linked with."""

    id: str
    reference: str
    other_id: str
    made_at: datetime
    made_by: str
    reason: str
    relation: LinkRelation
    shown: bool
    """Whether the person of this case is shown that there is a link."""
    withheld: str | None
    """Why not, when it is for a reason that an employee has written."""
    other_status: str
    other_contact: str
    """Who has the other case: contact person and unit."""
    can_open: bool
    """Whether the employee sees the whole other case anyway."""
    mine: WordsAnswer | None
    """Whether this case's words may be read by the readers of the other; None: it cannot be asked without telling."""
    mine_by: str | None
    """The employee who was told it on the phone; None when the person answered on the page."""
    mine_at: datetime | None
    words: WordsAnswer | None
    """Whether the other case's words may be read here."""
    words_by: str | None
    words_at: datetime | None


@dataclass(frozen=True)
class LinkForPerson:
    """What the person is shown of a link: that it is there, and the question."""

    id: str
    made_at: datetime
    answer: WordsAnswer
    answered_at: datetime | None
    told_to: str | None
    """The employee who was told the answer on the phone."""
