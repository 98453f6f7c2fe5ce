"""How a case is changed: load, change, commit, show; and what every change may have to follow."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, Literal, cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session, selectinload
from sqlalchemy.orm.attributes import flag_modified, set_committed_value
from sqlalchemy.orm.exc import StaleDataError

from web.cases.clock import Clock
from web.cases.deadlines import hear_by
from web.cases.keeping_tables import DeletionRequest
from web.cases.models import Case, ServiceMark, queue_key
from web.cases.plan_models import MeasureRow
from web.cases.rows import (
    acute_kinds_of,
    box_of,
    child_record,
    keep_child_record,
    log,
    mark_services_of,
    seal_json,
)
from web.cases.types import CaseChanged, CaseNotFound, CaseView, EmployeeRef
from web.cases.views import case_view
from web.security.vault import CaseVault, Vault

SAME_READING = timedelta(minutes=5)
"""Opening the same case again within this time is still the same reading: one line in the log, not ten."""


Change = Callable[[Case, CaseVault, datetime], None]


def apply_change(
    session: Session,
    vault: Vault,
    clock: Clock,
    case_id: str,
    change: Change,
    *,
    municipality: str | None = None,
    version: int | None = None,
    reading: bool = False,
    for_writer: bool = False,
) -> CaseView:
    """Make a change in one transaction.

    When somebody else changed the case at the same moment, it is made again on top: a person's words must
    not be lost by that. Only who named the version they had seen is told (CaseChanged).

    for_writer: the view is for who wrote the case, without what a child has told in it.
    """
    for _ in range(5):
        try:
            return _apply_once(
                session, vault, clock, case_id, change, municipality, version, reading, for_writer
            )
        except StaleDataError:
            if version is not None:
                break
    raise CaseChanged("the case was changed in the meantime")


def _apply_once(
    session: Session,
    vault: Vault,
    clock: Clock,
    case_id: str,
    change: Change,
    municipality: str | None,
    version: int | None,
    reading: bool,
    for_writer: bool,
) -> CaseView:
    case = session.get(Case, case_id)
    if case is None:
        raise CaseNotFound("no such case")
    # What this session may have seen before is old news.
    session.expire(case)
    _load_children(session, case_id)
    try:
        if municipality is not None and case.municipality != municipality:
            raise CaseNotFound("no such case")
        if version is not None and case.version != version:
            raise CaseChanged("the case was changed in the meantime")
        box = box_of(vault, case)
        if not reading:
            # Rows beside the case do not raise its version by themselves.
            flag_modified(case, "status")
        change(case, box, clock.now())
        session.commit()
    except BaseException:
        session.rollback()
        raise
    return case_view(session, case, box, clock.now(), for_writer=for_writer)


def _load_children(session: Session, case_id: str) -> None:
    session.scalar(
        select(Case)
        .where(Case.id == case_id)
        .options(
            selectinload(Case.statements),
            selectinload(Case.understandings),
            selectinload(Case.consents),
            selectinload(Case.messages),
            selectinload(Case.follow_ups),
            selectinload(Case.contact),
            selectinload(Case.recordings),
            selectinload(Case.child_invitations),
            selectinload(Case.measures).selectinload(MeasureRow.events),
            selectinload(Case.agreements),
            selectinload(Case.links),
            selectinload(Case.shares),
            selectinload(Case.glass),
        )
        .execution_options(populate_existing=True)
    )


def work_begins(
    session: Session, case: Case, box: CaseVault, now: datetime, employee: EmployeeRef | None
) -> None:
    """Something has been done for the person: a new case is in progress. Nobody's name when it was a service.

    Not for what the person is not told of: the status would give it away.
    """
    if case.status == "new":
        case.status = "in_progress"
        kind: Literal["employee", "system"] = "employee" if employee else "system"
        log(session, case, box, now, "status_set", employee, "in_progress", kind=kind)


def person_waits(
    session: Session, case: Case, box: CaseVault, now: datetime, *, by_child: bool = False
) -> None:
    """The person has written: the municipality owes an answer again, also in a closed case.

    Whoever writes wants to be read: a wish to delete is taken back by it. When the child tells, the writer's wish stands,
    but the case can be read again, and nothing tells the writer so.
    """
    if by_child:
        case.blocked_at = None
    else:
        take_back_request(session, case, box, now)
    more_words(case, now)
    if case.waiting_since is None:
        case.waiting_since = now
        case.due_on = hear_by(now, case.promise_days)
    if case.status in ("waiting_for_person", "closed"):
        case.status = "in_progress"
        case.closed_outcome = None
        log(session, case, box, now, "status_set", None, "in_progress", kind="system")


def more_words(case: Case, now: datetime) -> None:
    """The person has said something that nobody has read or heard yet."""
    case.last_person_at = now
    case.unread += 1
    case.unread_words += 1
    case.unseen_since = case.unseen_since or now


def take_back_request(session: Session, case: Case, box: CaseVault, now: datetime) -> None:
    """The wish to delete the case is taken back, if one waits, and the case can be read again."""
    case.blocked_at = None
    waiting = session.scalars(
        select(DeletionRequest).where(DeletionRequest.case_id == case.id, DeletionRequest.state == "waiting")
    ).all()
    for row in waiting:
        row.state, row.answered_at = "withdrawn", now
    if waiting:
        log(session, case, box, now, "deletion_ask_withdrawn")


def make_acute(case: Case, now: datetime) -> None:
    """The case is acute from now on, if it was not already."""
    if case.urgency != "acute":
        case.urgency, case.acute_since = "acute", now


def notice_danger(case: Case, box: CaseVault, noticed: Iterable[str], now: datetime) -> None:
    """Danger in words that were added: the case is acute, whatever it was before."""
    new = list(noticed)
    if new:
        kinds = list(dict.fromkeys([*acute_kinds_of(case, box), *new]))
        case.acute_kinds_sealed = seal_json(box, kinds, "cases", "acute_kinds_sealed", case.id)
        make_acute(case, now)
        if case.child_sealed is not None:
            # Now the writer has told of it too: there is nothing left to hide.
            record = child_record(case, box)
            record.hidden_kinds = [kind for kind in record.hidden_kinds if kind not in new]
            record.raised = False
            keep_child_record(case, box, record)


def nothing_unread(session: Session, case: Case, now: datetime) -> None:
    """An employee has read everything up to the version that was loaded."""
    unseen = case.unseen_since if case.unheard else None
    _past_version(session, case, unread=0, unread_words=0, last_read_at=now, unseen_since=unseen)


def heard(session: Session, case: Case, recording_id: str, now: datetime) -> None:
    """Somebody who helps has listened to a recording of the case."""
    row = next((row for row in case.recordings if row.id == recording_id), None)
    if row is None or row.heard_at is not None:
        return
    row.heard_at = now
    left = sum(one.heard_at is None for one in case.recordings)
    unseen = case.unseen_since if left or case.unread_words else None
    _past_version(session, case, unheard=left, unseen_since=unseen)


def _past_version(session: Session, case: Case, **values: Any) -> None:
    """Note what has been seen, past the version counter: a colleague who is writing has lost nothing by somebody reading.

    When the person has written in the same moment, the version is another and the case stays as it is: unread.
    """
    seen = {"unread": case.unread, "unheard": case.unheard, **values}
    key = queue_key(
        status=case.status,
        urgency=case.urgency,
        waiting_since=case.waiting_since,
        due_on=case.due_on,
        unread=seen["unread"],
        contact_person_name=case.contact_person_name,
        created_at=case.created_at,
        call_waits=case.call_waits,
        unheard=seen["unheard"],
    )
    values["queue_key"] = key
    done = session.execute(
        update(Case)
        .where(Case.id == case.id, Case.version == case.version)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    if cast("CursorResult[Any]", done).rowcount == 1:
        for name, value in values.items():
            set_committed_value(case, name, value)


def answered(case: Case, now: datetime) -> None:
    """An employee has written: who answers has read, but has not heard by that what was spoken."""
    case.waiting_since = None
    words_read(case, now)


def words_read(case: Case, now: datetime) -> None:
    """Everything that is written has been read."""
    case.unread, case.unread_words, case.last_read_at = 0, 0, now
    case.unseen_since = case.unseen_since if case.unheard else None


def mark_services(session: Session, vault: Vault, clock: Clock) -> int:
    """Make every case findable by its services that is not yet: after an upgrade. How many were marked; commits."""
    unmarked = select(Case).where(~select(ServiceMark.mark).where(ServiceMark.case_id == Case.id).exists())
    count = 0
    for case in session.scalars(unmarked).all():
        mark_services_of(vault, case, box_of(vault, case))
        count += bool(case.marks)
    session.commit()
    return count


def mark_read(case: Case, now: datetime, *, from_person: bool) -> None:
    """The messages of one side have been shown to the other; their time of reading stays the first one."""
    for message in case.messages:
        if message.from_person is from_person and message.read_at is None:
            message.read_at = now
