"""What is still open when a case is closed: services without an answer, lines of the plan, «safe now?» without a yes,
and a person whom nobody has answered.

A case is not closed as helped over something that nobody has answered. What is set aside is set aside with a reason, which is
kept as an internal note.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from web.cases.following import silent_in
from web.cases.types import CaseError, CaseView, HurtAnswer, Outcome, SafeNow


class ServicesSilent(CaseError):
    """A service that was brought in has not answered: nobody knows yet whether help came."""

    def __init__(self, services: tuple[str, ...]) -> None:
        super().__init__("a service that was brought in has not answered")
        self.services = services


class ReasonNeeded(ServicesSilent):
    """The case can be closed without the answer, but not without saying why."""


class EndsOpen(CaseError):
    """Something is open that was not set aside with a reason."""

    def __init__(self, ends: tuple[OpenEnd, ...]) -> None:
        super().__init__("something is still open")
        self.ends = ends


@dataclass(frozen=True)
class OpenEnd:
    """Something that is not finished or not answered."""

    key: str
    kind: Literal["plan", "safe", "answer"]
    """«answer»: nobody has written to the person. Help can come by telephone too: the page asks, the core does not refuse."""
    what: str = ""
    """The line of the plan."""
    due_on: date | None = None
    who: Literal["writer", "child"] = "writer"
    answer: SafeNow = "yes"
    """What was answered to «safe now?»."""
    hurt: HurtAnswer | None = None
    """What a small child answered to «does anyone hurt you?», which it was asked instead."""


def open_ends(view: CaseView) -> tuple[OpenEnd, ...]:
    """What is open in a case beside the services that have not answered. view: an employee's."""
    ends = [
        OpenEnd(f"plan-{one.id}", "plan", what=one.what, due_on=one.due_on) for one in view.plan if one.open
    ]
    if all(one.from_person for one in view.messages):
        ends.append(OpenEnd("answer", "answer"))
    facts, child = view.facts, view.child
    if not _is_safe(facts.safe_now, facts.hurt):
        ends.append(OpenEnd("safe-writer", "safe", answer=facts.safe_now, hurt=facts.hurt))
    if child.told_on and not _is_safe(child.safe, child.hurt):
        ends.append(
            OpenEnd("safe-child", "safe", who="child", answer=child.safe or "skipped", hurt=child.hurt)
        )
    return tuple(ends)


def _is_safe(safe: SafeNow | None, hurt: HurtAnswer | None) -> bool:
    return hurt == "no" if hurt is not None else safe == "yes"


def check_closing(view: CaseView, outcome: Outcome, reason: str, aside: Mapping[str, str]) -> str:
    """What is to be noted when the case is closed like this; empty for nothing.

    reason: why before the services have answered. aside: for each open end by its key, what it was and why it is set aside.
    ServicesSilent when it may not be closed as helped, ReasonNeeded when it may with a reason, EndsOpen when something is open.
    """
    silent, ends = silent_in(view), open_ends(view)
    if silent and outcome == "got_help":
        raise ServicesSilent(silent)
    if silent and not reason.strip():
        raise ReasonNeeded(silent)
    left = tuple(one for one in ends if one.kind != "answer" and not aside.get(one.key, "").strip())
    if left and outcome == "got_help":
        raise EndsOpen(left)
    lines = [reason if silent else "", *(aside.get(one.key, "") for one in ends)]
    return "\n".join(line.strip() for line in lines if line.strip())
