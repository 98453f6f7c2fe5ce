"""A case as the core hands it out: opened, typed and frozen."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from web.cases import attachments, recordings
from web.cases.child import ChildRecord, about_a_child
from web.cases.measures import plan_view
from web.cases.models import Case, LogEntry, Understanding
from web.cases.readers import parts_of_reading
from web.cases.rows import acute_kinds_of, child_record, facts_of, open_json, service_of, stored_facts
from web.cases.sharing_rows import glass_views, line_of_share, share_views, unseen_lines
from web.cases.types import (
    SCOPE_CASE,
    SCOPE_HOME,
    Action,
    Author,
    CaseView,
    ChildView,
    ConsentView,
    ContactView,
    Evidence,
    FollowUpView,
    Helped,
    InvitationView,
    LogLine,
    MessageView,
    NeedFound,
    NotAsked,
    Outcome,
    StatementView,
    Status,
    UnderstandingSource,
    UnderstandingView,
    Urgency,
)
from web.security.vault import CaseVault


def understanding_view(row: Understanding, box: CaseVault) -> UnderstandingView:
    """One understanding, opened."""
    content = open_json(box, row.needs_sealed, "understandings", "needs_sealed", row.id)
    acute = open_json(box, row.acute_sealed, "understandings", "acute_sealed", row.id)
    return UnderstandingView(
        source=cast(UnderstandingSource, row.source),
        by=row.by_name,
        language=row.language,
        needs=tuple(
            NeedFound(need["id"], need["confidence"], tuple(Evidence(*span) for span in need["evidence"]))
            for need in content["needs"]
        ),
        needs_added=tuple(content["added"]),
        needs_removed=tuple(content["removed"]),
        acute_kinds=tuple(acute["kinds"]),
        model=row.model,
        created_at=row.created_at,
        from_child=row.from_child,
    )


def _child_view(
    case: Case, box: CaseVault, record: ChildRecord, now: datetime, *, for_writer: bool
) -> ChildView:
    usable = [
        row
        for row in case.child_invitations
        if row.used_at is None and row.withdrawn_at is None and row.expires_at > now
    ]
    invitation = None
    if usable:
        row = usable[-1]
        code = box.open(row.code_sealed, table="child_invitations", column="code_sealed", row_id=row.id)
        invitation = InvitationView(row.id, code if for_writer else None, row.made_at, row.expires_at)
    told = {row.created_at for rows in (case.statements, case.recordings) for row in rows if row.from_child}
    if record.alone:
        # Who wrote the case is not shown whether it went along or by itself.
        told.add(case.created_at)
    told_on = tuple(sorted(told))
    why = record.not_asked
    return ChildView(
        concerned=about_a_child(facts_of(case, box)),
        told_on=told_on,
        age=record.age,
        safe=None if for_writer else cast("Any", record.safe),
        hurt=None if for_writer else cast("Any", record.hurt),
        not_asked=NotAsked(cast(Any, why["reason"]), why["text"]) if why else None,
        not_asked_at=datetime.fromisoformat(record.not_asked_at) if record.not_asked_at else None,
        invitation=invitation,
        alone=() if for_writer else tuple((one[0], one[1]) for one in record.alone),
    )


def case_view(
    session: Session, case: Case, box: CaseVault, now: datetime, *, for_writer: bool = False
) -> CaseView:
    """The whole case, opened. for_writer: without what a child has told in it, and all that would tell of it."""

    def opened(sealed: str | None, table: str, column: str, row_id: str) -> str | None:
        return box.open(sealed, table=table, column=column, row_id=row_id) if sealed else None

    record = child_record(case, box)
    shared = {
        service_of(row, box) for row in case.consents if row.scope == SCOPE_HOME and row.withdrawn_at is None
    }
    kinds = acute_kinds_of(case, box)
    urgency = cast(Urgency, case.urgency)
    if for_writer:
        kinds = tuple(kind for kind in kinds if kind not in record.hidden_kinds)
        urgency = "normal" if record.raised else urgency
    log = session.scalars(
        select(LogEntry).where(LogEntry.case_id == case.id).order_by(LogEntry.at, LogEntry.position)
    )
    sent_files = attachments.of_messages(session, case.id, box)
    lines = tuple(
        (row, *line_of_share(row.action, opened(row.detail_sealed, "log_entries", "detail_sealed", row.id)))
        for row in log
    )
    unseen = unseen_lines(case)
    facts = facts_of(case, box)
    if for_writer and facts.entered is not None:
        # The reason is an employee's word to employees; that the words were not read back is told.
        facts = replace(facts, entered=replace(facts.entered, why_not=""))
    # Cases from before these questions were asked have no answers to them.
    reach = stored_facts(case, box).get("reach") or {}
    return CaseView(
        id=case.id,
        reference=case.reference,
        municipality=case.municipality,
        language=cast(Any, case.language),
        created_at=case.created_at,
        status=cast(Status, case.status),
        outcome=cast("Outcome | None", case.closed_outcome),
        urgency=urgency,
        acute_kinds=kinds,
        due_on=case.due_on,
        version=case.version,
        acute_since=None if for_writer else case.acute_since,
        unseen_since=None if for_writer else case.unseen_since,
        unheard=0 if for_writer else case.unheard,
        waiting_since=case.waiting_since,
        contact_unit=case.contact_unit,
        contact_unit_name=case.contact_unit_name,
        contact_person_id=case.contact_person_id,
        contact_person_name=case.contact_person_name,
        facts=facts,
        statements=tuple(
            StatementView(
                id=row.id,
                position=row.position,
                author=cast(Author, row.author),
                language=row.language,
                text=box.open(row.text_sealed, table="statements", column="text_sealed", row_id=row.id),
                created_at=row.created_at,
                from_child=row.from_child,
                pictures=row.id in record.pictures,
                shared_at_home=row.id in shared,
            )
            for row in case.statements
            if not (for_writer and row.from_child and row.id not in shared)
        ),
        understandings=tuple(
            understanding_view(row, box) for row in case.understandings if not (for_writer and row.from_child)
        ),
        consents=tuple(
            ConsentView(service_of(row, box), row.scope, row.given_by, row.given_at, row.withdrawn_at)
            for row in case.consents
            if row.scope == SCOPE_CASE
        ),
        contact=ContactView(
            way=cast(Any, case.contact.way),
            details=opened(case.contact.details_sealed, "contacts", "details_sealed", case.contact.id),
            safe_times=opened(
                case.contact.safe_times_sealed, "contacts", "safe_times_sealed", case.contact.id
            ),
            voicemail_ok=case.contact.voicemail_ok,
            notices_ok=case.contact.notices_ok,
            safe_when=tuple(reach.get("safe_when", ())),
            caller_says=reach.get("caller_says"),
            safe_word=reach.get("safe_word"),
        ),
        messages=tuple(
            MessageView(
                id=row.id,
                from_person=row.from_person,
                author_name=row.author_name,
                text=box.open(row.text_sealed, table="messages", column="text_sealed", row_id=row.id),
                created_at=row.created_at,
                read_at=row.read_at,
                attachments=sent_files.get(row.id, ()),
                about_id=row.about_id,
            )
            for row in case.messages
        ),
        log=tuple(
            LogLine(
                at=row.at,
                actor_kind=cast(Any, row.actor_kind),
                actor_name=row.actor_name,
                action=cast(Action, row.action),
                detail=parts_of_reading(row.action, detail)[0],
                why=parts_of_reading(row.action, detail)[1],
                unseen=why,
            )
            for row, detail, why in ((row, detail, unseen(row, about)) for row, detail, about in lines)
            if why is None or not for_writer
        ),
        follow_ups=tuple(
            FollowUpView(
                row.round,
                cast(Helped, row.answer),
                opened(row.words_sealed, "follow_ups", "words_sealed", row.id),
                row.created_at,
            )
            for row in case.follow_ups
        ),
        recordings=tuple(
            replace(recordings.view_of(row, box), shared_at_home=row.id in shared)
            for row in case.recordings
            if not (for_writer and row.from_child and row.id not in shared)
        ),
        child=_child_view(case, box, record, now, for_writer=for_writer),
        plan=plan_view(case, box, for_writer=for_writer),
        shares=share_views(case, box, facts if for_writer else None),
        glass=glass_views(case, box, for_writer=for_writer),
    )
