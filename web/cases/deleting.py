"""Deleting a case: every row and the key, and a line in the journal of what was deleted (web.cases.journal).

Every function takes (session, vault, clock) first and makes its change in one transaction that it commits itself. Nothing
here logs outside the case; no exception carries a citizen's words.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from web.cases import package
from web.cases.changing import apply_change
from web.cases.child import ChildRecord
from web.cases.clock import Clock
from web.cases.coordination import forget_writers_part
from web.cases.deadlines import local_date
from web.cases.keeping_tables import Deletion, DeletionRequest, PlannedDeletion
from web.cases.models import Attachment, Case, LogEntry, Note, Notice, Recording, Statement, Upload
from web.cases.plan import clear_plan
from web.cases.plan_models import CaseLinkRow
from web.cases.rows import (
    change_facts,
    child_record,
    keep_child_record,
    log,
    log_count,
    mark_services_of,
    new_id,
    seal_json,
)
from web.cases.sharing_rows import SHARE_LINES, line_of_share
from web.cases.types import Action, CaseChanged, CaseNotFound
from web.cases.views import understanding_view
from web.db import checkpoint
from web.security.vault import CaseVault, Vault
from web.statistics.models import DeletedEarly, KeptCounts


def _delete_writers_part(session: Session, case: Case, box: CaseVault, now: datetime) -> None:
    """Everything but what the child has told."""
    case.statements = [row for row in case.statements if row.from_child]
    case.understandings = [row for row in case.understandings if row.from_child]
    case.consents, case.messages, case.child_invitations, case.follow_ups = [], [], [], []
    case.recordings = [row for row in case.recordings if row.from_child]
    case.unheard = sum(row.heard_at is None for row in case.recordings)
    session.execute(delete(Attachment).where(Attachment.case_id == case.id))
    # From when the child told, employees' notes are about the child's case too; those from before are not.
    first_told = min(row.created_at for rows in (case.statements, case.recordings) for row in rows)
    session.execute(delete(Note).where(Note.case_id == case.id, Note.created_at < first_told))
    clear_plan(case, box)
    # Also the sides of the other cases: what is a child's own from now on is no longer «another case of the same person».
    session.execute(
        delete(CaseLinkRow).where(or_(CaseLinkRow.case_id == case.id, CaseLinkRow.other_id == case.id))
    )
    session.expire(case, ["links"])
    # What the child has told stays with whoever was given it; what the writer gave away does not.
    case.shares = [row for row in case.shares if row.childs]
    case.not_helped, case.contact.notices_ok = False, False
    case.help_disputed = False
    case.blocked_at = None
    session.execute(delete(DeletionRequest).where(DeletionRequest.case_id == case.id))
    session.execute(delete(PlannedDeletion).where(PlannedDeletion.case_id == case.id))
    session.execute(delete(Notice).where(Notice.case_id == case.id))
    package.forget_writers_part(session, case, box)
    case.contact.way, case.contact.voicemail_ok = "code", False
    case.contact.details_sealed = case.contact.safe_times_sealed = None
    # Random, and the proof is of something else: nothing opens it from outside any more.
    case.code_hash = secrets.token_hex(32)
    case.code_proof_sealed = box.seal(
        secrets.token_hex(32), table="cases", column="code_proof_sealed", row_id=case.id
    )
    record = child_record(case, box)
    kinds = list(record.hidden_kinds)
    for row in case.understandings:
        kinds += understanding_view(row, box).acute_kinds
    facts: dict[str, Any] = {
        "writer": (case.statements or case.recordings)[0].author or "child",
        "about": "self",
        "age": record.age,
        "safe_now": record.safe or "skipped",
        "hurt": record.hurt,
        "hope": None,
        "may_know": [],
        "services": [],
    }
    case.acute_kinds_sealed = seal_json(
        box, list(dict.fromkeys(kinds)), "cases", "acute_kinds_sealed", case.id
    )
    case.facts_sealed = seal_json(box, facts, "cases", "facts_sealed", case.id)
    keep_child_record(
        case,
        box,
        ChildRecord(
            age=record.age,
            safe=record.safe,
            hurt=record.hurt,
            pictures=record.pictures,
            alone=record.alone,
        ),
    )
    forget_writers_part(session, case, box)
    kept: tuple[Action, ...] = (
        "sent",
        "entered",
        "read",
        "looked",
        "child_told",
        "contact_named",
        "handover_offered",
        "handover_accepted",
        "handover_declined",
        "handover_withdrawn",
        "status_set",
        "urgency_set",
        "glass_broken",
        *SHARE_LINES,
    )
    session.execute(delete(LogEntry).where(LogEntry.case_id == case.id, LogEntry.action.not_in(kept)))
    shares = {row.id for row in case.shares}
    for line in session.scalars(
        select(LogEntry).where(LogEntry.case_id == case.id, LogEntry.action.in_(SHARE_LINES))
    ):
        detail = box.open(
            line.detail_sealed or "", table="log_entries", column="detail_sealed", row_id=line.id
        )
        if line_of_share(line.action, detail)[1] not in shares:
            session.delete(line)
    log(session, case, box, now, "writer_deleted")


def _count_deleted(session: Session, case: Case) -> None:
    """What stays of it in the overview: nothing but that there was one, until its month is counted. Part of the deletion."""
    month = f"{local_date(case.created_at):%Y-%m}"
    if session.get(KeptCounts, (case.municipality, month, "arrivals")) is None:
        session.add(DeletedEarly(id=new_id(), municipality=case.municipality, month=month))


def told_by_child(session: Session, case_id: str) -> bool:
    """Whether the child has told for itself in this case."""
    return any(
        session.scalar(select(table.id).where(table.case_id == case_id, table.from_child.is_(True)).limit(1))
        for table in (Statement, Recording)
    )


def delete_case(
    session: Session,
    vault: Vault,
    clock: Clock,
    case_id: str,
    *,
    why: str = "person",
    by_name: str | None = None,
    municipality: str | None = None,
) -> None:
    """Delete every row and the key. Two lines without content survive, in the log and in the journal.

    What a child has told for itself is the child's, not the writer's: it stays, as a case of the child's own that
    the writer's return code no longer opens. Who hurts a child must not be able to delete that the child said so.

    why, by_name: for the journal; see web.cases.keeping_tables.Deletion.
    """
    case = session.get(Case, case_id)
    if case is None or municipality not in (None, case.municipality):
        raise CaseNotFound("no such case")
    if told_by_child(session, case_id):

        def change(case: Case, box: CaseVault, now: datetime) -> None:
            _delete_writers_part(session, case, box, now)
            mark_services_of(vault, case, box)
            session.add(journal_line(case, now, "writers_part", why, by_name))

        apply_change(session, vault, clock, case_id, change)
        checkpoint(session)
        return
    _delete_rows(session, case, clock.now(), why, by_name, "employee" if by_name else "person")


def delete_by_rule(session: Session, clock: Clock, case_id: str, rule: str) -> None:
    """Delete a whole case because its time is over, what a child told included: the rule is the municipality's.

    The caller has seen that the rule holds. CaseNotFound, and CaseChanged when somebody changed the case meanwhile.
    """
    case = session.get(Case, case_id)
    if case is None:
        raise CaseNotFound("no such case")
    _delete_rows(session, case, clock.now(), rule, None, "system")


def delete_again(session: Session, vault: Vault, clock: Clock, line: Deletion) -> bool:
    """Delete what a restored backup has brought back, as the journal says; False when it is gone already.

    Of a case whose child has told only after the backup was made, nothing of the child's is in the backup.
    """
    case = session.get(Case, line.case_id)
    if case is None or case.municipality != line.municipality:
        return False
    if line.kind == "contact":

        def wipe(case: Case, box: CaseVault, now: datetime) -> None:
            wipe_contact(session, case, box)

        apply_change(session, vault, clock, case.id, wipe)
        checkpoint(session)
        return True
    if line.kind == "case":
        _delete_rows(session, case, clock.now(), line.why, line.by_name, "system", journal=False)
        return True
    if session.scalar(
        select(LogEntry.id).where(LogEntry.case_id == case.id, LogEntry.action == "writer_deleted").limit(1)
    ):
        return False
    if not told_by_child(session, case.id):
        _delete_rows(session, case, clock.now(), line.why, line.by_name, "system", journal=False)
        return True

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        _delete_writers_part(session, case, box, now)
        mark_services_of(vault, case, box)

    apply_change(session, vault, clock, case.id, change)
    checkpoint(session)
    return True


def wipe_contact(session: Session, case: Case, box: CaseVault) -> None:
    """Forget how the writer could be reached. Part of the caller's transaction."""
    case.contact.way, case.contact.voicemail_ok, case.contact.notices_ok = "code", False, False
    case.contact.details_sealed = case.contact.safe_times_sealed = None
    session.execute(delete(Notice).where(Notice.case_id == case.id))
    change_facts(case, box, reach={})


def journal_line(case: Case, now: datetime, kind: str, why: str, by_name: str | None = None) -> Deletion:
    """The journal's line about a deletion, for the session of the deletion itself."""
    return Deletion(
        id=new_id(),
        case_id=case.id,
        municipality=case.municipality,
        at=now,
        kind=kind,
        why=why,
        by_name=by_name,
        in_file=False,
    )


def _delete_rows(
    session: Session,
    case: Case,
    now: datetime,
    why: str,
    by_name: str | None,
    actor_kind: str,
    *,
    journal: bool = True,
) -> None:
    case_id, municipality, position = case.id, case.municipality, log_count(session, case.id)
    try:
        session.execute(delete(LogEntry).where(LogEntry.case_id == case_id))
        session.execute(delete(Upload).where(Upload.owner_id == case_id))
        if journal:
            session.add(journal_line(case, now, "case", why, by_name))
        _count_deleted(session, case)
        session.delete(case)
        session.add(
            LogEntry(
                id=new_id(),
                case_id=case_id,
                municipality=municipality,
                position=position,
                at=now,
                actor_kind=actor_kind,
                actor_name=by_name,
                action="deleted",
            )
        )
        session.commit()
    except StaleDataError as error:
        session.rollback()
        raise CaseChanged("the case was changed in the meantime") from error
    except BaseException:
        session.rollback()
        raise
    # SQLite keeps old pages in its write-ahead log until it is folded in: the wrapped key must go from there
    # too.
    checkpoint(session)
