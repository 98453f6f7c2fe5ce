"""What the person does in a case of theirs, with the return code.

Every function takes (session, vault, clock) first and makes its change in one transaction that it commits itself. Nothing
here logs outside the case; no exception carries a citizen's words.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from web.cases import codes, notices, recordings
from web.cases.afterwards import open_round
from web.cases.changing import (
    SAME_READING,
    apply_change,
    make_acute,
    mark_read,
    more_words,
    notice_danger,
    person_waits,
)
from web.cases.checks import (
    MAX_SHORT,
    MAX_STATEMENTS,
    check_ids,
    check_one_of,
    check_text,
    check_understanding,
)
from web.cases.clock import Clock
from web.cases.deadlines import local_date
from web.cases.following import keep_disputed
from web.cases.models import Case, FollowUp, LogEntry
from web.cases.rows import (
    box_of,
    change_facts,
    consent_row,
    facts_of,
    id_of_submission,
    log,
    mark_services_of,
    new_id,
    service_of,
    statement_row,
    understanding_row,
)
from web.cases.sharing import end_what_rested_on_consent
from web.cases.types import (
    AUTHORS,
    HELPED,
    NOTICE_WAYS,
    Author,
    CaseNotFound,
    CaseView,
    Evidence,
    Helped,
    InvalidCase,
    NeedFound,
    UnderstandingData,
)
from web.security.vault import CaseVault, Vault


def open_with_code(
    session: Session, vault: Vault, clock: Clock, code: str, municipality: str | None = None
) -> CaseView | None:
    """The case of this return code, or None. Logs the opening; the messages are read when they are shown.

    municipality: a case of another one is as good as none, and is not touched.
    """
    if not codes.looks_like_code(code):
        return None
    code_hash = codes.hash_code(code, vault.keyring.secret("code_pepper"))
    case = session.scalar(select(Case).where(Case.code_hash == code_hash))
    if case is None or municipality not in (None, case.municipality):
        return None
    box = box_of(vault, case)
    if (
        box.open(case.code_proof_sealed, table="cases", column="code_proof_sealed", row_id=case.id)
        != code_hash
    ):
        return None
    case_id = case.id

    def opened(case: Case, box: CaseVault, now: datetime) -> None:
        log(session, case, box, now, "opened")

    return apply_change(session, vault, clock, case_id, opened, reading=True, for_writer=True)


def view_for_person(
    session: Session, vault: Vault, clock: Clock, case_id: str, *, shown: bool = True
) -> CaseView | None:
    """The case again for someone who opened it with the code in this session; None when it is deleted.

    What a child has told for itself in it is left out, and so is all that would tell of it.

    shown: the messages are shown to the person now. They are marked as read, and `unread` of the view says which of
    them were new.
    """
    new: set[str] = set()

    def seen(case: Case, box_of: CaseVault, now: datetime) -> None:
        new.clear()
        new.update(m.id for m in case.messages if not m.from_person and m.read_at is None)
        if shown:
            mark_read(case, now, from_person=False)
            notices.seen(session, case.id, now)

    try:
        view = apply_change(session, vault, clock, case_id, seen, reading=True, for_writer=True)
    except CaseNotFound:
        return None
    return replace(view, unread=frozenset(new))


def add_statement(
    session: Session,
    vault: Vault,
    clock: Clock,
    case_id: str,
    author: Author,
    text: str,
    understanding: UnderstandingData | None = None,
    key: str = "",
) -> CaseView:
    """The person adds words; nothing earlier is changed. key: see rows.id_of_submission.

    Acute kinds in the understanding make the case acute. Evidence in it counts from position 0 = this
    statement; it is moved to the statement's real position.
    """
    check_text(text)
    check_one_of(author, AUTHORS, "author")
    if understanding is not None:
        check_understanding(understanding)

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        row_id = id_of_submission(case, key, text)
        if any(row.id == row_id for row in case.statements):
            return
        position = len(case.statements)
        if position >= MAX_STATEMENTS:
            raise InvalidCase("too many statements in one case")
        language = understanding.language if understanding and understanding.language else case.language
        case.statements.append(statement_row(box, position, author, language, text, now, row_id=row_id))
        if understanding is not None:
            moved = tuple(
                NeedFound(
                    need.id, need.confidence, tuple(Evidence(position, e.start, e.end) for e in need.evidence)
                )
                for need in understanding.needs
            )
            case.understandings.append(
                understanding_row(
                    box,
                    len(case.understandings),
                    "assistant",
                    now,
                    language=understanding.language or case.language,
                    needs=moved,
                    acute_kinds=understanding.acute_kinds,
                    acute_confidence=understanding.acute_confidence,
                    model=understanding.model,
                )
            )
            notice_danger(case, box, understanding.acute_kinds, now)
        log(session, case, box, now, "statement_added")
        person_waits(session, case, box, now)

    return apply_change(session, vault, clock, case_id, change, for_writer=True)


def add_recording(
    session: Session,
    vault: Vault,
    clock: Clock,
    case_id: str,
    upload: str,
    author: Author,
    content: bytes,
    seconds: float,
) -> CaseView:
    """The person adds words, spoken. `upload` is the id of its upload: handed in twice, it is added once.

    Raises CaseNotFound, recordings.TooManyRecordings, and ValueError for an id that no browser makes.
    """
    check_one_of(author, AUTHORS, "author")

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        owner = recordings.Owner(case.id, box, sent=True)
        recording_id = recordings.row_id(owner, upload)
        if any(row.id == recording_id for row in case.recordings):
            return
        recordings.add_rows(session, owner, recording_id, content, seconds, len(case.statements), author, now)
        session.expire(case, ["recordings"])
        case.unheard += 1
        log(session, case, box, now, "recording_added")
        person_waits(session, case, box, now)

    return apply_change(session, vault, clock, case_id, change, for_writer=True)


def give_consent(session: Session, vault: Vault, clock: Clock, case_id: str, service_id: str) -> CaseView:
    """The person lets a service read the case. Given already: nothing changes."""
    check_ids([service_id], "service")

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        if any(service_of(row, box) == service_id and row.withdrawn_at is None for row in case.consents):
            return
        case.consents.append(
            consent_row(box, len(case.consents), service_id, facts_of(case, box).writer, now)
        )
        mark_services_of(vault, case, box)
        log(session, case, box, now, "consent_given", None, service_id)

    return apply_change(session, vault, clock, case_id, change, for_writer=True)


def withdraw_consent(session: Session, vault: Vault, clock: Clock, case_id: str, service_id: str) -> CaseView:
    """The person takes a consent back; a service that was brought in by it no longer sees the case.

    Not given, or taken back already: nothing changes.
    """

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        for row in case.consents:
            if row.withdrawn_at is None and service_of(row, box) == service_id:
                row.withdrawn_at = now
                mark_services_of(vault, case, box)
                log(session, case, box, now, "consent_withdrawn", None, service_id)
        end_what_rested_on_consent(session, case, box, now, service_id)

    return apply_change(session, vault, clock, case_id, change, for_writer=True)


def set_notices(session: Session, vault: Vault, clock: Clock, case_id: str, on: bool) -> CaseView:
    """The person wants a short notice when there is something to read, or no longer.

    InvalidCase when the chosen way of contact is neither text message nor email.
    """

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        if on and (case.contact.way not in NOTICE_WAYS or not case.contact.details_sealed):
            raise InvalidCase("this way of contact takes no notices")
        if case.contact.notices_ok == on:
            return
        case.contact.notices_ok = on
        if not on:
            notices.withdraw(session, case.id)
        log(session, case, box, now, "notices_on" if on else "notices_off")

    return apply_change(session, vault, clock, case_id, change, for_writer=True)


def answer_helped(
    session: Session,
    vault: Vault,
    clock: Clock,
    case_id: str,
    round_id: str,
    answer: Helped,
    words: str | None = None,
    acute_kinds: Iterable[str] = (),
) -> CaseView:
    """The person says whether help came. Each round is answered once: again, it changes nothing.

    «no», or danger in the words (acute_kinds), makes the municipality owe an answer, also in a closed case.
    InvalidCase when this round is not open now.
    """
    check_one_of(answer, HELPED, "answer")
    text = (words or "").strip()
    if text:
        check_text(text)
    noticed = tuple(acute_kinds)
    check_ids(noticed, "kind of danger")

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        answered = {row.round for row in case.follow_ups}
        if round_id in answered:
            return
        due = open_round(case.created_at, answered, now)
        if due is None or due.id != round_id:
            raise InvalidCase("this is not asked now")
        row_id = new_id()
        case.follow_ups.append(
            FollowUp(
                id=row_id,
                round=round_id,
                answer=answer,
                words_sealed=(
                    box.seal(words or "", table="follow_ups", column="words_sealed", row_id=row_id)
                    if text
                    else None
                ),
                created_at=now,
            )
        )
        notices.seen(session, case.id, now, ("helped",))
        notice_danger(case, box, noticed, now)
        log(session, case, box, now, "helped_answered", None, answer)
        case.not_helped = answer == "no"
        keep_disputed(case)
        if answer == "no" or noticed:
            person_waits(session, case, box, now)
        elif text:
            more_words(case, now)

    return apply_change(session, vault, clock, case_id, change, for_writer=True)


def log_export(session: Session, vault: Vault, clock: Clock, case_id: str) -> CaseView | None:
    """The case for the file that the person takes out, with a line in the log; None when it is deleted."""

    def taken(case: Case, box: CaseVault, now: datetime) -> None:
        last = session.scalar(
            select(func.max(LogEntry.at)).where(LogEntry.case_id == case.id, LogEntry.action == "exported")
        )
        if last is None or now - last >= SAME_READING:
            log(session, case, box, now, "exported")

    try:
        return apply_change(session, vault, clock, case_id, taken, reading=True, for_writer=True)
    except CaseNotFound:
        return None


def wish_call(session: Session, vault: Vault, clock: Clock, case_id: str, number: str) -> CaseView:
    """The person is in danger and wishes to be called today on this number: the case is acute by it.

    number: as the person wrote it. What was agreed about reaching them before gives way to it.
    """
    if not number.strip() or len(number) > MAX_SHORT:
        raise InvalidCase("to be called, a person needs a number")

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        contact = case.contact
        contact.way = "phone"
        contact.details_sealed = box.seal(
            number.strip(), table="contacts", column="details_sealed", row_id=contact.id
        )
        today = local_date(now)
        change_facts(case, box, call={"on": today.isoformat(), "made_by": None})
        make_acute(case, now)
        case.call_waits = True
        log(session, case, box, now, "call_wished")
        person_waits(session, case, box, now)
        case.due_on = min(case.due_on, today)

    return apply_change(session, vault, clock, case_id, change, for_writer=True)
