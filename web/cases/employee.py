"""What an employee does in a case of their municipality.

Every function takes (session, vault, clock) first and makes its change in one transaction that it commits itself. Nothing
here logs outside the case; no exception carries a citizen's words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from web.cases import recordings
from web.cases.changing import SAME_READING, apply_change, heard, mark_read, nothing_unread, work_begins
from web.cases.checks import MAX_SHORT, check_ids, check_one_of
from web.cases.clock import Clock
from web.cases.closing import check_closing
from web.cases.models import Case, LogEntry
from web.cases.notes import add_note
from web.cases.readers import reading_detail, why_may_read
from web.cases.responsibility import end_offer
from web.cases.rows import (
    box_of,
    change_facts,
    child_record,
    facts_of,
    keep_child_record,
    log,
    understanding_row,
)
from web.cases.types import (
    OUTCOMES,
    STATUSES,
    URGENCIES,
    Action,
    CaseNotFound,
    CaseView,
    EmployeeRef,
    InvalidCase,
    NeedFound,
    Outcome,
    Status,
    Urgency,
)
from web.cases.views import case_view
from web.security.vault import CaseVault, Vault


def read_case(
    session: Session, vault: Vault, clock: Clock, case_id: str, employee: EmployeeRef, *, words: bool = True
) -> CaseView:
    """The case for an employee of its municipality (else CaseNotFound). Logs who opened it, when, and why they may.

    words: what the person has told is shown, and read by it. Else it is a page without: nothing of it becomes read.
    """

    def looked(case: Case, box: CaseVault, now: datetime) -> None:
        last = _last_opened(session, case, employee, "read", "looked")
        if last is None or now - last >= SAME_READING:
            why = why_may_read(session, clock, case, employee)
            log(session, case, box, now, "looked", employee, reading_detail(employee, why))

    def read(case: Case, box: CaseVault, now: datetime) -> None:
        new_messages = any(m.from_person and m.read_at is None for m in case.messages)
        mark_read(case, now, from_person=True)
        last = _last_opened(session, case, employee, "read")
        # Words that came since are read for the first time now: the person sees that they were.
        new_words = last is not None and any(
            at > last
            for at in (row.created_at for rows in (case.statements, case.recordings) for row in rows)
        )
        if last is None or new_words or new_messages or now - last >= SAME_READING:
            why = why_may_read(session, clock, case, employee)
            log(session, case, box, now, "read", employee, reading_detail(employee, why))
        nothing_unread(session, case, now)

    change = read if words else looked
    return apply_change(
        session, vault, clock, case_id, change, municipality=employee.municipality, reading=True
    )


def _last_opened(session: Session, case: Case, employee: EmployeeRef, *actions: Action) -> datetime | None:
    return session.scalar(
        select(func.max(LogEntry.at)).where(
            LogEntry.case_id == case.id, LogEntry.action.in_(actions), LogEntry.actor_id == employee.id
        )
    )


def recording_owner(
    session: Session, vault: Vault, case_id: str, employee: EmployeeRef | None = None
) -> recordings.Owner:
    """Whose recordings these are, for web.cases.recordings: the person's own case, or one of the employee's municipality.

    Raises CaseNotFound. Commits nothing and logs nothing; see listen.
    """
    case = session.get(Case, case_id)
    if case is None or (employee is not None and case.municipality != employee.municipality):
        raise CaseNotFound("no such case")
    return recordings.Owner(case.id, box_of(vault, case), sent=True)


def listen(
    session: Session, vault: Vault, clock: Clock, case_id: str, recording_id: str, employee: EmployeeRef
) -> recordings.Sounding:
    """A recording, for an employee of the case's municipality (else CaseNotFound; RecordingGone without such a recording).

    Logs who listened and when, once for all the pieces that a player asks for while it plays.
    """
    sounding = recordings.sounding(session, recording_owner(session, vault, case_id, employee), recording_id)

    def listened(case: Case, box: CaseVault, now: datetime) -> None:
        last = recordings.last_listened(session, case.id, employee.id)
        if last is None or now - last >= SAME_READING:
            why = why_may_read(session, clock, case, employee)
            log(session, case, box, now, "listened", employee, reading_detail(employee, why))
        heard(session, case, recording_id, now)

    apply_change(session, vault, clock, case_id, listened, municipality=employee.municipality, reading=True)
    return sounding


def confirm_needs(
    session: Session,
    vault: Vault,
    clock: Clock,
    case_id: str,
    employee: EmployeeRef,
    needs: Iterable[str],
    expected_version: int | None = None,
) -> CaseView:
    """The employee's word on which needs there are; the person's and the assistant's stay beside it."""
    confirmed = tuple(dict.fromkeys(needs))
    check_ids(confirmed, "need")

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        case.understandings.append(
            understanding_row(
                box,
                len(case.understandings),
                "employee",
                now,
                language=case.language,
                needs=tuple(NeedFound(need) for need in confirmed),
                by_name=employee.name,
            )
        )
        log(session, case, box, now, "needs_confirmed", employee)

    return apply_change(
        session, vault, clock, case_id, change, municipality=employee.municipality, version=expected_version
    )


def set_status(
    session: Session,
    vault: Vault,
    clock: Clock,
    case_id: str,
    employee: EmployeeRef,
    status: Status,
    outcome: Outcome | None = None,
    expected_version: int | None = None,
    reason: str = "",
    aside: Mapping[str, str] = MappingProxyType({}),
) -> CaseView:
    """Set the status. Closing needs an outcome; nothing else may have one.

    While a service that was brought in has not answered, a case is not closed as helped (ServicesSilent), and otherwise
    only with a reason (ReasonNeeded). Nor is it closed as helped over what else is open (EndsOpen), unless `aside` has what
    it was and why it is set aside, by web.cases.closing.open_ends. All of it becomes an internal note.
    """
    check_one_of(status, STATUSES, "status")
    if (status == "closed") != (outcome is not None):
        raise InvalidCase("a closed case has an outcome, and no other case has one")
    if outcome is not None:
        check_one_of(outcome, OUTCOMES, "outcome")
    if len(reason) > MAX_SHORT:
        raise InvalidCase("the reason is too long")

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        if (case.status, case.closed_outcome) == (status, outcome):
            return
        if outcome is not None:
            noted = check_closing(case_view(session, case, box, now), outcome, reason, aside)
            if noted:
                add_note(session, case, box, employee, noted, now)
        case.status = status
        case.closed_outcome = outcome
        if status == "closed":
            end_offer(session, case, box, now, employee)
            case.waiting_since = None
            case.not_helped = False
        log(session, case, box, now, "status_set", employee, f"closed:{outcome}" if outcome else status)

    return apply_change(
        session, vault, clock, case_id, change, municipality=employee.municipality, version=expected_version
    )


def set_urgency(
    session: Session,
    vault: Vault,
    clock: Clock,
    case_id: str,
    employee: EmployeeRef,
    urgency: Urgency,
    expected_version: int | None = None,
) -> CaseView:
    """A person decides how urgent it is; the kinds that the detector saw stay visible."""
    check_one_of(urgency, URGENCIES, "urgency")

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        if case.urgency != urgency:
            case.urgency, case.acute_since = urgency, now if urgency == "acute" else None
            record = child_record(case, box)
            if record.raised:
                # From now on it is an employee's word, which stands in the log for both.
                record.raised = False
                keep_child_record(case, box, record)
            log(session, case, box, now, "urgency_set", employee, urgency)

    return apply_change(
        session, vault, clock, case_id, change, municipality=employee.municipality, version=expected_version
    )


def note_call(
    session: Session,
    vault: Vault,
    clock: Clock,
    case_id: str,
    employee: EmployeeRef,
    expected_version: int | None = None,
) -> CaseView:
    """An employee has called who wished it. Noted already, or never wished: nothing changes."""

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        wish = facts_of(case, box).call
        if wish is None or not wish.waits:
            return
        change_facts(case, box, call={"on": wish.on.isoformat(), "made_by": employee.name})
        log(session, case, box, now, "call_made", employee)
        case.waiting_since = None
        case.call_waits = False
        work_begins(session, case, box, now, employee)

    return apply_change(
        session, vault, clock, case_id, change, municipality=employee.municipality, version=expected_version
    )
