"""What goes into and comes out of sharing (web.cases.sharing) and of broken glass (web.cases.glass)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, get_args

Part = Literal["words", "recordings", "needs", "contact"]
Basis = Literal["consent", "law"]
Asked = Literal["agreed", "disagreed", "unsure", "not_asked", "no_child"]
"""Whether the child was asked before its case was shared, and in one word what it said."""
ShareOutcome = Literal["taken", "under_way", "got_help", "waiting", "refused", "did_not_want"]
"""taken: the service has said that it takes it, and help has not begun. under_way: it has begun. got_help: it has been given."""
HELPS: frozenset[ShareOutcome] = frozenset({"under_way", "got_help"})
"""What says that help reaches the person."""
EndedBy = Literal["person", "employee"]
GlassKind = Literal["danger", "other"]

PARTS: tuple[Part, ...] = get_args(Part)
ASKED: tuple[Asked, ...] = get_args(Asked)
SHARE_OUTCOMES: tuple[ShareOutcome, ...] = get_args(ShareOutcome)
GLASS_KINDS: tuple[GlassKind, ...] = get_args(GlassKind)
CONSENT_PARTS: tuple[Part, ...] = ("words", "recordings", "needs")
"""What a person says yes to with «may read it»: how to reach them is not among it."""


Seen = Literal[
    "words", "hope", "safe_now", "who", "age", "home", "recordings", "needs", "contact", "acute", "plan"
]
"""Everything that a service can see of a case, each as the person is told of it."""
SEEN_WITH: Mapping[Part, tuple[Seen, ...]] = {
    "words": ("words", "hope", "safe_now", "who", "age", "home"),
    "recordings": ("recordings",),
    "needs": ("needs",),
    "contact": ("contact",),
}
SEEN_ALWAYS: tuple[Seen, ...] = ("acute", "plan")
"""Whatever the part: whether the case is acute, and the service's own lines of the plan."""
NOT_WITH_CHILDS: tuple[Seen, ...] = ("hope", "home")
"""What the writer has answered is not the child's to share."""
SEEN_FACTS: Mapping[Seen, tuple[str, ...]] = {
    "hope": ("hope",),
    "safe_now": ("safe_now", "hurt"),
    "who": ("writer", "about"),
    "age": ("age",),
    "home": ("home", "parents"),
}
"""Which of Facts each of them is. What is not here, no service sees."""


def seen_with(parts: Iterable[Part], *, childs: bool = False, young: bool = True) -> tuple[Seen, ...]:
    """What a service that is given these parts sees: said to the person before the yes, and to the service above the case.

    childs: what a child has told in somebody else's case. young: whether the writer was asked about the grown-ups at home.
    """
    left_out = (*(NOT_WITH_CHILDS if childs else ()), *(() if young else ("home",)))
    given = set(parts)
    with_parts = (one for part in PARTS if part in given for one in SEEN_WITH[part])
    return tuple(one for one in (*with_parts, *SEEN_ALWAYS) if one not in left_out)


@dataclass(frozen=True)
class Law:
    """A recorded legal basis."""

    paragraph: str
    """An id of services_catalog/legal_bases.yml."""
    reason: str
    """Why, in the employee's words; the person reads it."""
    asked: Asked
    said: str = ""
    """What the child said, or why it was not asked."""
    consent: bool = False
    """The basis is a yes that was said aloud or on paper: it can be taken back as any other."""


@dataclass(frozen=True)
class Withholding:
    """That the person is not told of it yet: why, and when somebody looks at it again."""

    reason: str
    look_again_on: date


@dataclass(frozen=True)
class NewShare:
    """A service that is brought in, and what it is given."""

    service_id: str
    parts: tuple[Part, ...]
    law: Law | None = None
    """None: the person's own consent in the portal."""
    childs: bool = False
    """What the child has told for itself in a case that somebody else has written. Who wrote never learns of it."""
    withheld: Withholding | None = None


@dataclass(frozen=True)
class ShareView:
    """A service in the case, opened."""

    id: str
    service_id: str
    parts: tuple[Part, ...]
    basis: Basis
    paragraph: str
    """Of the recorded legal basis; empty with a consent in the portal."""
    reason: str
    shared_by_name: str
    shared_at: datetime
    asked: Asked | None = None
    """None as well for who wrote about a child: what the child answered is the child's."""
    said: str = ""
    spoken_consent: bool = False
    childs: bool = False
    withheld: bool = False
    withheld_reason: str = ""
    withheld_by: str = ""
    look_again_on: date | None = None
    ended_at: datetime | None = None
    ended_by: EndedBy | None = None
    opened_at: datetime | None = None
    outcome: ShareOutcome | None = None
    outcome_at: datetime | None = None
    outcome_by: str | None = None
    outcome_words: str = ""
    """From the service to the contact person; not for the person."""
    noted: ShareOutcome | None = None
    """What an employee has heard from the service, and written down. It is no answer of the service's own."""
    noted_at: datetime | None = None
    noted_by: str | None = None
    noted_words: str = ""

    @property
    def noted_last(self) -> bool:
        """Whether the newest word about the service is an employee's note and not its own answer."""
        return self.noted_at is not None and (self.outcome_at is None or self.noted_at > self.outcome_at)

    @property
    def known(self) -> ShareOutcome | None:
        """How it stands with the service, by the newest word."""
        return self.noted if self.noted_last else self.outcome

    @property
    def active(self) -> bool:
        """Whether the service sees it now."""
        return self.ended_at is None

    @property
    def revocable(self) -> bool:
        """Whether it rests on a yes that the person can take back."""
        return self.active and (self.basis == "consent" or self.spoken_consent)


@dataclass(frozen=True)
class GlassView:
    """One time that an employee opened a case that they were not meant to see."""

    id: str
    employee_id: str
    employee_name: str
    kind: GlassKind
    reason: str
    at: datetime
    until: datetime
    withheld: bool = False
    withheld_reason: str = ""
    seen_by: str | None = None
    seen_at: datetime | None = None
