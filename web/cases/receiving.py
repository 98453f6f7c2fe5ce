"""What a service that was brought in sees: its own part of a case, and the list of its cases. See web.cases.sharing.

Every function takes (session, …) first; what changes something commits itself. Nothing here logs outside the case.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, cast, get_args

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from web.cases import recordings
from web.cases.changing import SAME_READING, apply_change, heard
from web.cases.clock import Clock
from web.cases.marks import share_marks
from web.cases.models import Case, LogEntry
from web.cases.plan_types import Measure
from web.cases.rows import box_of
from web.cases.seeing import for_person
from web.cases.sharing import Services, child_has_told, is_childs, log_share, rows_of
from web.cases.sharing_models import Share
from web.cases.sharing_rows import share_view, shared_service
from web.cases.sharing_types import SEEN_FACTS, Part, Seen, ShareOutcome, ShareView, seen_with
from web.cases.types import (
    Action,
    CaseNotFound,
    CaseView,
    ContactView,
    EmployeeRef,
    Facts,
    RecordingGone,
    RecordingView,
    StatementView,
    Urgency,
)
from web.cases.views import case_view
from web.security.vault import CaseVault, Vault

Hidden = Literal["withheld", "childs"]
"""Not told yet; or a child's own, which whoever wrote the case is never told of."""


@dataclass(frozen=True)
class SharedCase:
    """A service's part of a case, and nothing else of it."""

    case_id: str
    reference: str
    language: str
    created_at: datetime
    urgency: Urgency
    contact_unit: str
    contact_unit_name: str
    contact_person_name: str | None
    shares: tuple[ShareView, ...]
    """Of this service, active; their parts together are what is filled in below."""
    statements: tuple[StatementView, ...] = ()
    recordings: tuple[RecordingView, ...] = ()
    needs: tuple[str, ...] = ()
    contact: ContactView | None = None
    plan: tuple[Measure, ...] = ()
    """The service's own lines of the plan; what the person wants, in their own words, only with the words."""
    facts: Facts | None = None
    """With the words: the answers that sharing_types.seen_with names. Never wishes about other services."""

    @property
    def parts(self) -> frozenset[Part]:
        """What the service was given."""
        return frozenset(part for one in self.shares for part in one.parts)

    @property
    def seen(self) -> tuple[Seen, ...]:
        """Everything that the service sees of the case, as the page says it above."""
        young = self.facts is not None and self.facts.writer in ("child", "youth")
        given = {
            one for share in self.shares for one in seen_with(share.parts, childs=share.childs, young=young)
        }
        return tuple(one for one in get_args(Seen) if one in given)

    @property
    def withheld(self) -> bool:
        """Whether there is something that the person has not been told yet."""
        return any(one.withheld for one in self.shares)

    @property
    def childs(self) -> bool:
        """Whether there is something that whoever wrote the case must not learn of."""
        return any(one.childs for one in self.shares)

    @property
    def hidden(self) -> Hidden | None:
        """Why the person sees nothing of the service; None when they see that it is in the case, and its answer."""
        if any(not one.withheld and not one.childs for one in self.shares):
            return None
        return "withheld" if self.withheld else "childs"

    @property
    def answer(self) -> ShareView | None:
        """The service's newest answer."""
        answered = [one for one in self.shares if one.outcome_at is not None]
        return max(answered, key=lambda one: one.outcome_at or one.shared_at, default=None)

    @property
    def note(self) -> ShareView | None:
        """The newest that an employee has heard from the service, when it has not answered since."""
        noted = [one for one in self.shares if one.noted_last]
        return max(noted, key=lambda one: one.noted_at or one.shared_at, default=None)


def shared_part(
    session: Session, case: Case, box: CaseVault, now: datetime, services: Services
) -> SharedCase:
    """What a service sees of a case now. Raises CaseNotFound when that is nothing."""
    shares = tuple(share_view(row, box) for row in rows_of(case, box, services))
    own = {part for one in shares if not one.childs for part in one.parts}
    childs = {part for one in shares if one.childs for part in one.parts}
    whole = case_view(session, case, box, now)
    writers = for_person(case_view(session, case, box, now, for_writer=True))
    facts = writers.facts
    told = child_has_told(whole)

    def may_see(author: str | None, part: Part, from_child: bool = False) -> bool:
        return part in (childs if is_childs(author, facts, from_child=from_child) else own)

    needs: tuple[str, ...] = ()
    if "needs" in childs or ("needs" in own and not told):
        needs = whole.needs
    elif "needs" in own:
        # An employee's word on the needs may rest on what the child has told.
        needs = _needs_without_employees(writers)
    return SharedCase(
        case_id=case.id,
        reference=case.reference,
        language=case.language,
        created_at=case.created_at,
        urgency=whole.urgency,
        contact_unit=case.contact_unit,
        contact_unit_name=case.contact_unit_name,
        contact_person_name=case.contact_person_name,
        shares=shares,
        statements=tuple(one for one in whole.statements if may_see(one.author, "words", one.from_child)),
        recordings=tuple(
            one for one in whole.recordings if may_see(one.author, "recordings", one.from_child)
        ),
        needs=needs,
        contact=whole.contact if "contact" in own else None,
        facts=(
            _facts_for_service(facts)
            if "words" in own
            else _childs_facts(whole)
            if "words" in childs
            else None
        ),
        plan=_own_lines(whole.plan, services, with_goal="words" in own),
    )


def _own_lines(plan: Iterable[Measure], services: Services, *, with_goal: bool) -> tuple[Measure, ...]:
    """Without their history, and without the reason for which the person is not shown one."""
    ids = {services} if isinstance(services, str) else set(services)
    return tuple(
        replace(one, goal=one.goal if with_goal else None, withheld=one.withheld and "", events=())
        for one in plan
        if one.service in ids
    )


def _needs_without_employees(view: CaseView) -> tuple[str, ...]:
    for source in ("person", "assistant"):
        found = [one for one in view.understandings if one.source == source]
        if found:
            return tuple(need.id for need in found[-1].needs)
    return ()


def _facts_for_service(facts: Facts, *, childs: bool = False) -> Facts:
    """The answers beside the words that `seen_with` names, and no others."""
    kept = (name for one in seen_with(("words",), childs=childs) for name in SEEN_FACTS.get(one, ()))
    nothing = Facts("other", "unknown", None, "not_asked", None, (), ())
    return replace(nothing, **{name: getattr(facts, name) for name in kept})


def _childs_facts(whole: CaseView) -> Facts:
    """What stands beside a child's own words: nothing that the writer has answered but whom it is about."""
    child = whole.child
    age = child.age if child.age is not None else whole.facts.age
    own = replace(whole.facts, age=age, safe_now=child.safe or "skipped", hurt=child.hurt)
    return _facts_for_service(own, childs=True)


def open_share(
    session: Session, vault: Vault, clock: Clock, case_id: str, employee: EmployeeRef, services: Services
) -> SharedCase:
    """What the employee's service sees of a case. Logs who opened it; raises CaseNotFound when nothing is shared."""
    part: SharedCase | None = None

    def opened(case: Case, box: CaseVault, now: datetime) -> None:
        nonlocal part
        rows = rows_of(case, box, services)
        new = [row for row in rows if row.opened_at is None]
        again = _is_new(session, case, employee, "share_opened", now)
        if new or again:
            row = rows[0] if again else new[0]
            log_share(session, case, box, now, "share_opened", employee, shared_service(row, box), row.id)
        for row in new:
            row.opened_at = now
        session.flush()
        part = shared_part(session, case, box, now, services)

    apply_change(session, vault, clock, case_id, opened, municipality=employee.municipality, reading=True)
    if part is None:
        raise CaseNotFound("no such case")
    return part


def _is_new(session: Session, case: Case, employee: EmployeeRef, action: Action, now: datetime) -> bool:
    """Whether it is a new reading: the last line like this is not from a moment ago."""
    last = session.scalar(
        select(func.max(LogEntry.at)).where(
            LogEntry.case_id == case.id, LogEntry.action == action, LogEntry.actor_id == employee.id
        )
    )
    return last is None or now - last >= SAME_READING


def listen_shared(
    session: Session,
    vault: Vault,
    clock: Clock,
    case_id: str,
    recording_id: str,
    employee: EmployeeRef,
    services: Services,
) -> recordings.Sounding:
    """A recording that is shared with the employee's service. Logs who listened.

    Raises CaseNotFound and RecordingGone; a recording that is not shared is not there.
    """

    def listened(case: Case, box: CaseVault, now: datetime) -> None:
        part = shared_part(session, case, box, now, services)
        if not any(one.id == recording_id for one in part.recordings):
            raise RecordingGone("no such recording")
        if _is_new(session, case, employee, "share_listened", now):
            row = next(row for row in rows_of(case, box, services) if "recordings" in _parts(row, box))
            log_share(session, case, box, now, "share_listened", employee, shared_service(row, box), row.id)
        heard(session, case, recording_id, now)

    apply_change(session, vault, clock, case_id, listened, municipality=employee.municipality, reading=True)
    case = session.get(Case, case_id)
    if case is None:
        raise CaseNotFound("no such case")
    return recordings.sounding(
        session, recordings.Owner(case.id, box_of(vault, case), sent=True), recording_id
    )


def _parts(row: Share, box: CaseVault) -> tuple[Part, ...]:
    return share_view(row, box).parts


# --- The service's list ---


@dataclass(frozen=True)
class SharedRow:
    """A line of a service's list: enough to choose, nothing of what was told."""

    case_id: str
    reference: str
    urgency: Urgency
    shared_at: datetime
    shared_by_name: str
    contact_person_name: str | None
    opened_at: datetime | None
    outcome: ShareOutcome | None
    """The service's own answer."""
    outcome_at: datetime | None
    noted: ShareOutcome | None = None
    """What an employee has heard from the service since; it does not answer for it."""
    noted_by: str = ""
    hidden: Hidden | None = None
    """Why the person sees nothing of the service in this case."""


def marks_of_service(
    session: Session, vault: Vault, clock: Clock, municipality: str, services: Services
) -> list[str]:
    """The marks under which shares with a service can lie, from the municipality's first share until now."""
    first = session.scalar(select(func.min(Share.shared_at)).where(Share.municipality == municipality))
    if first is None:
        return []
    ids = {services} if isinstance(services, str) else set(services)
    return [mark for one in sorted(ids) for mark in share_marks(vault, municipality, one, first, clock.now())]


def shared_list(
    session: Session, vault: Vault, clock: Clock, municipality: str, services: Services
) -> tuple[SharedRow, ...]:
    """Everything that is shared with a service now, each case once, the newest first."""
    marks = marks_of_service(session, vault, clock, municipality, services)
    found = session.execute(
        select(
            Case.id,
            Case.reference,
            Case.urgency,
            Case.contact_person_name,
            Share.shared_at,
            Share.shared_by_name,
            Share.opened_at,
            Share.outcome,
            Share.outcome_at,
            Share.noted,
            Share.noted_at,
            Share.noted_by,
            Share.withheld,
            Share.childs,
        )
        .join(Share, Share.case_id == Case.id)
        .where(
            Share.municipality == municipality,
            Case.municipality == municipality,
            Share.mark.in_(marks),
            Share.ended_at.is_(None),
        )
        .order_by(Share.shared_at.desc(), Share.id)
    )
    lines: dict[str, SharedRow] = {}
    for row in found:
        outcome = cast("ShareOutcome | None", row.outcome)
        hidden: Hidden | None = "withheld" if row.withheld else "childs" if row.childs else None
        known = lines.get(row.id)
        if known is None:
            known = SharedRow(
                case_id=row.id,
                reference=row.reference,
                urgency=cast(Urgency, row.urgency),
                shared_at=row.shared_at,
                shared_by_name=row.shared_by_name,
                contact_person_name=row.contact_person_name,
                opened_at=row.opened_at,
                outcome=outcome,
                outcome_at=row.outcome_at,
                hidden=hidden,
            )
        if hidden is None or (hidden == "withheld" and known.hidden is not None):
            known = replace(known, hidden=hidden)
        # Another part of the same case: new when one of them is, answered when one of them is.
        if row.opened_at is None:
            known = replace(known, opened_at=None)
        if known.outcome is None:
            known = replace(known, outcome=outcome, outcome_at=row.outcome_at)
        if row.noted_at is not None and (row.outcome_at is None or row.noted_at > row.outcome_at):
            noted = cast("ShareOutcome | None", row.noted)
            known = replace(known, noted=noted, noted_by=row.noted_by or "")
        lines[row.id] = known
    return tuple(lines.values())
