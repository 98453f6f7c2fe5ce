"""Send: everything a person has told becomes a case, in one transaction.

Every function takes (session, vault, clock) first and makes its change in one transaction that it commits itself. Nothing
here logs outside the case; no exception carries a citizen's words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import cast

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from web.cases import codes, recordings
from web.cases.checks import check_new
from web.cases.child import ChildRecord, about_a_child
from web.cases.childs_turn import add_child_lines, add_told, hand_over_told, hash_take_back
from web.cases.clock import Clock
from web.cases.deadlines import hear_by, local_date
from web.cases.models import Case, Contact, LogEntry
from web.cases.rows import (
    box_of,
    child_record,
    consent_row,
    facts_of,
    keep_child_record,
    log_entry,
    mark_services_of,
    new_id,
    new_reference,
    seal_json,
    statement_row,
    understanding_row,
)
from web.cases.types import NOTICE_WAYS, CodeTaken, NeedFound, NewCase, Receipt, Urgency, unsure_in_grave_need
from web.security.vault import Vault


def send_case(session: Session, vault: Vault, clock: Clock, new: NewCase) -> Receipt:
    """Write everything sent in one transaction and return the receipt; twice the same key gives one case.

    Raises InvalidCase before anything is written, CodeTaken when another case has this return code, and RecordingGone
    when a recording was removed in the meantime.
    """
    if not is_sent(session, new.submission_key):  # the recordings of a second press have gone with the first
        check_new(new)
    # The slow hashes first: no lock is held while they run.
    take_back = {told.key: hash_take_back(vault, told) for told in new.child_told}
    code_hash = codes.hash_code(new.return_code, vault.keyring.secret("code_pepper"))
    for _ in range(3):
        earlier = _by_submission(session, new.submission_key)
        if earlier is not None:
            return _receipt(
                vault, earlier, new.return_code if earlier.code_hash == code_hash else None, repeated=True
            )
        taken_by = session.scalar(select(Case.submission_key).where(Case.code_hash == code_hash))
        if taken_by == new.submission_key:
            continue  # the same submission was written between the two looks
        if taken_by is not None:
            raise CodeTaken("another case has this return code")
        try:
            case = case_row(vault, clock.now(), new, code_hash, take_back)
            session.add(case)
            for recording in new.recordings:
                recordings.hand_over(session, box_of(vault, case), case, recording, case.created_at)
            for told in new.child_told:
                hand_over_told(session, box_of(vault, case), case, told, case.created_at)
            session.add(_first_log_line(vault, case, new))
            add_child_lines(session, vault, case, new)
            session.commit()
        except IntegrityError:
            # The same submission in another request, or (very rarely) the same reference: look again.
            session.rollback()
        except BaseException:
            session.rollback()
            raise
        else:
            return _receipt(vault, case, new.return_code)
    raise CodeTaken("the case could not be given a reference and code of its own")


def case_row(
    vault: Vault,
    now: datetime,
    new: NewCase,
    code_hash: str,
    take_back: Mapping[str, str | None] | None = None,
) -> Case:
    """Everything that is sent as rows, sealed; nothing is written yet.

    take_back: hash_take_back of each telling, by its key.
    """
    case_id = new_id()
    wrapped = vault.new_data_key(case_id)
    box = vault.for_case(case_id, wrapped)
    kinds = list(
        dict.fromkeys([*new.acute_kinds, *(new.understanding.acute_kinds if new.understanding else ())])
    )
    facts = {
        "writer": new.writer,
        "about": new.about,
        "age": new.age,
        "safe_now": new.safe_now,
        "hurt": new.hurt,
        "hope": new.hope,
        "may_know": list(new.may_know),
        "services": list(new.services),
        "home": new.home,
        "parents": new.parents,
        "prefers": new.prefers or None,
        "avoids": new.avoids or None,
        "call": {"on": local_date(now).isoformat(), "made_by": None} if new.call_today else None,
        "reach": {
            "safe_when": list(dict.fromkeys(new.safe_when)),
            "caller_says": new.caller_says,
            "safe_word": new.safe_word or None,
        },
        "entered": asdict(new.entered) if new.entered else None,
    }
    acute = bool(kinds) or _says_danger(new)
    spoken = len(new.recordings) + sum(len(told.recordings) for told in new.child_told)
    # Who only chose needs has said something too.
    words = max(1, len(new.statements) + len(new.recordings))
    case = Case(
        id=case_id,
        reference=new_reference(),
        municipality=new.municipality,
        created_at=now,
        language=new.language,
        status="new",
        urgency="acute" if acute else "normal",
        acute_since=now if acute else None,
        due_on=local_date(now) if new.call_today else hear_by(now, new.contact_point.working_days),
        promise_days=new.contact_point.working_days,
        waiting_since=now,
        wrapped_key=wrapped,
        code_hash=code_hash,
        code_proof_sealed=box.seal(code_hash, table="cases", column="code_proof_sealed", row_id=case_id),
        submission_key=new.submission_key,
        contact_unit=new.contact_point.unit,
        contact_unit_name=new.contact_point.unit_name,
        contact_person_name=new.contact_point.person_name,
        acute_kinds_sealed=seal_json(box, kinds, "cases", "acute_kinds_sealed", case_id),
        facts_sealed=seal_json(box, facts, "cases", "facts_sealed", case_id),
        call_waits=new.call_today,
        last_person_at=now,
        unread=words,
        unread_words=words,
        unheard=spoken,
        unseen_since=now,
    )
    written = new.understanding.language if new.understanding and new.understanding.language else new.language
    case.statements = [
        statement_row(box, position, author, written, text, now)
        for position, (author, text) in enumerate(new.statements)
    ]
    understandings = []
    if new.understanding is not None:
        understandings.append(
            understanding_row(
                box,
                0,
                "assistant",
                now,
                language=written,
                needs=new.understanding.needs,
                acute_kinds=new.understanding.acute_kinds,
                acute_confidence=new.understanding.acute_confidence,
                model=new.understanding.model,
            )
        )
    understandings.append(
        understanding_row(
            box,
            len(understandings),
            "person",
            now,
            language=new.language,
            needs=tuple(NeedFound(need) for need in dict.fromkeys(new.needs)),
            added=new.needs_added,
            removed=new.needs_removed,
        )
    )
    case.understandings = understandings
    case.consents = [
        consent_row(box, position, service_id, new.writer, now)
        for position, service_id in enumerate(service for service, given in new.consents.items() if given)
    ]
    contact_id = new_id()

    def contact_field(value: str | None, column: str) -> str | None:
        return box.seal(value, table="contacts", column=column, row_id=contact_id) if value else None

    case.contact = Contact(
        id=contact_id,
        way=new.way,
        details_sealed=contact_field(new.details, "details_sealed"),
        safe_times_sealed=contact_field(new.safe_times, "safe_times_sealed"),
        voicemail_ok=new.voicemail_ok,
        notices_ok=new.notices_ok and new.way in NOTICE_WAYS,
    )
    mark_services_of(vault, case, box)
    if new.child_not_asked is not None or new.pictures or new.child_alone:
        record = ChildRecord(
            pictures=[case.statements[position].id for position in new.pictures],
            alone=[list(one) for one in new.child_alone],
        )
        if new.child_not_asked is not None:
            record.set_not_asked(new.child_not_asked, now)
        keep_child_record(case, box, record)
    for told in new.child_told:
        add_told(case, box, told, now, (take_back or {}).get(told.key))
    return case


def _says_danger(new: NewCase) -> bool:
    """Whether the answers themselves make it acute, whatever the assistant noticed in the words."""
    return (
        new.safe_now == "no"
        or new.hurt == "yes"
        or new.call_today
        or unsure_in_grave_need(new.safe_now, new.needs, new.hurt)
    )


def _first_log_line(vault: Vault, case: Case, new: NewCase) -> LogEntry:
    box = box_of(vault, case)
    if new.entered is not None:
        return log_entry(case, box, case.created_at, "entered", 0, new.entered_by, new.entered.way)
    return log_entry(case, box, case.created_at, "sent", 0)


def is_sent(session: Session, submission_key: str) -> bool:
    """Whether a case has come in with this key."""
    return _by_submission(session, submission_key) is not None


def _by_submission(session: Session, submission_key: str) -> Case | None:
    return session.scalar(select(Case).where(Case.submission_key == submission_key))


def _receipt(vault: Vault, case: Case, return_code: str | None, *, repeated: bool = False) -> Receipt:
    box = box_of(vault, case)
    record = child_record(case, box)
    return Receipt(
        case_id=case.id,
        reference=case.reference,
        created_at=case.created_at,
        hear_by=case.due_on,
        contact_unit=case.contact_unit_name,
        contact_person_name=case.contact_person_name,
        urgency="normal" if record.raised else cast(Urgency, case.urgency),
        return_code=codes.written(return_code) if return_code else None,
        repeated=repeated,
        about_child=about_a_child(facts_of(case, box)),
        child_told=bool(record.alone)
        or any(row.from_child for rows in (case.statements, case.recordings) for row in rows),
        spoken=any(not recording.from_child for recording in case.recordings),
    )
