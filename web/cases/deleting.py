"""Deleting a case: every row and the key.

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
from web.cases.models import Attachment, Case, LogEntry, Note, Notice, Statement, Upload
from web.cases.plan import clear_plan
from web.cases.plan_models import CaseLinkRow
from web.cases.rows import (
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


def _delete_writers_part(session: Session, case: Case, box: CaseVault, now: datetime) -> None:
    """Everything but what the child has told."""
    case.statements = [row for row in case.statements if row.from_child]
    case.understandings = [row for row in case.understandings if row.from_child]
    case.consents, case.messages, case.child_invitations, case.follow_ups = [], [], [], []
    case.recordings = []
    session.execute(delete(Attachment).where(Attachment.case_id == case.id))
    # From when the child told, employees' notes are about the child's case too; those from before are not.
    first_told = min(row.created_at for row in case.statements)
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
        "writer": case.statements[0].author,
        "about": "self",
        "age": record.age,
        "safe_now": record.safe or "skipped",
        "hope": None,
        "may_know": [],
        "services": [],
    }
    case.acute_kinds_sealed = seal_json(
        box, list(dict.fromkeys(kinds)), "cases", "acute_kinds_sealed", case.id
    )
    case.facts_sealed = seal_json(box, facts, "cases", "facts_sealed", case.id)
    keep_child_record(case, box, ChildRecord(age=record.age, safe=record.safe, pictures=record.pictures))
    forget_writers_part(session, case, box)
    kept: tuple[Action, ...] = (
        "sent",
        "entered",
        "read",
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


def delete_case(session: Session, vault: Vault, clock: Clock, case_id: str) -> None:
    """Delete every row and the key. One log line without content survives: when, which municipality.

    What a child has told for itself is the child's, not the writer's: it stays, as a case of the child's own that
    the writer's return code no longer opens. Who hurts a child must not be able to delete that the child said so.
    """
    case = session.get(Case, case_id)
    if case is None:
        raise CaseNotFound("no such case")
    if session.scalar(
        select(Statement.id).where(Statement.case_id == case_id, Statement.from_child.is_(True)).limit(1)
    ):

        def change(case: Case, box: CaseVault, now: datetime) -> None:
            _delete_writers_part(session, case, box, now)
            mark_services_of(vault, case, box)

        apply_change(session, vault, clock, case_id, change)
        checkpoint(session)
        return
    municipality, position = case.municipality, log_count(session, case_id)
    try:
        session.execute(delete(LogEntry).where(LogEntry.case_id == case_id))
        session.execute(delete(Upload).where(Upload.owner_id == case_id))
        session.delete(case)
        session.add(
            LogEntry(
                id=new_id(),
                case_id=case_id,
                municipality=municipality,
                position=position,
                at=clock.now(),
                actor_kind="person",
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
