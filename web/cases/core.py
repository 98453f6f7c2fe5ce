"""The core: every change to a case, each in one transaction that it commits itself.

Every function takes (session, vault, clock) first. Nothing here logs; no exception carries a citizen's words.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, cast
from uuid import UUID, uuid4, uuid5

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload
from sqlalchemy.orm.attributes import flag_modified
from sqlalchemy.orm.exc import StaleDataError

from web.cases import codes, notices, recordings
from web.cases.afterwards import open_round
from web.cases.child import (
    INVITATION_VALID,
    STILL_TELLING,
    ChildRecord,
    about_a_child,
    hash_invitation,
    looks_like_invitation,
    new_invitation_code,
    plain_code,
)
from web.cases.clock import Clock
from web.cases.deadlines import hear_by, local_date
from web.cases.marks import service_mark
from web.cases.models import (
    Case,
    ChildInvitation,
    Consent,
    Contact,
    FollowUp,
    LogEntry,
    Message,
    Notice,
    ServiceMark,
    Statement,
    Understanding,
    Upload,
    queue_key,
)
from web.cases.types import (
    ABOUT,
    ABOUT_HOME,
    AUTHORS,
    CALLER_SAYS,
    CONTACT_WAYS,
    HELPED,
    LANGUAGES,
    NOT_ASKED_REASONS,
    NOTICE_WAYS,
    OUTCOMES,
    PARENTS_ANSWERS,
    SAFE_NOW,
    SAFE_WHEN,
    SCOPE_CASE,
    SCOPE_HOME,
    STATUSES,
    URGENCIES,
    Action,
    Author,
    CallWish,
    CaseChanged,
    CaseNotFound,
    CaseView,
    ChildTold,
    ChildView,
    CodeTaken,
    ConsentView,
    ContactView,
    EmployeeRef,
    Evidence,
    Facts,
    FollowUpView,
    Helped,
    InvalidCase,
    InvitationGone,
    InvitationView,
    LogLine,
    MessageView,
    NeedFound,
    NewCase,
    NotAsked,
    Outcome,
    Receipt,
    StatementView,
    Status,
    UnderstandingData,
    UnderstandingSource,
    UnderstandingView,
    Urgency,
)
from web.db import checkpoint
from web.security.vault import CaseVault, Vault

MAX_TEXT = 20_000
"""Far above what a form lets through: the core's own last limit for one text."""
MAX_STATEMENTS = 200
MAX_SHORT = 500
SAME_READING = timedelta(minutes=5)
"""Opening the same case again within this time is still the same reading: one line in the log, not ten."""

_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")
# Without 0, 1, I, L, O and U: read aloud on the phone.
_REFERENCE = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_NEEDS_DETAILS = ("sms", "phone", "email")


def send_case(session: Session, vault: Vault, clock: Clock, new: NewCase) -> Receipt:
    """Write everything sent in one transaction and return the receipt; twice the same key gives one case.

    Raises InvalidCase before anything is written, CodeTaken when another case has this return code, and RecordingGone
    when a recording was removed in the meantime.
    """
    _check_new(new)
    # The slow hash first: no lock is held while it runs.
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
            case = _new_case(vault, clock.now(), new, code_hash)
            session.add(case)
            for recording in new.recordings:
                recordings.hand_over(session, _box(vault, case), case, recording, case.created_at)
            session.add(_first_log_line(vault, case))
            _add_child_lines(session, vault, case, new)
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
    box = _box(vault, case)
    if (
        box.open(case.code_proof_sealed, table="cases", column="code_proof_sealed", row_id=case.id)
        != code_hash
    ):
        return None
    case_id = case.id

    def opened(case: Case, box: CaseVault, now: datetime) -> None:
        _log(session, case, box, now, "opened")

    return _apply(session, vault, clock, case_id, opened, reading=True, for_writer=True)


def view_for_person(
    session: Session, vault: Vault, clock: Clock, case_id: str, *, shown: bool = True
) -> CaseView | None:
    """The case again for someone who opened it with the code in this session; None when it is deleted.

    What a child has told for itself in it is left out, and so is all that would tell of it.

    shown: the messages are shown to the person now. They are marked as read, and `unread` of the view says which of
    them were new.
    """
    new: set[str] = set()

    def seen(case: Case, _box: CaseVault, now: datetime) -> None:
        new.clear()
        new.update(m.id for m in case.messages if not m.from_person and m.read_at is None)
        if shown:
            _mark_read(case, now, from_person=False)
            notices.seen(session, case.id, now)

    try:
        view = _apply(session, vault, clock, case_id, seen, reading=True, for_writer=True)
    except CaseNotFound:
        return None
    return replace(view, unread=frozenset(new))


def read_case(session: Session, vault: Vault, clock: Clock, case_id: str, employee: EmployeeRef) -> CaseView:
    """The case for an employee of its municipality (else CaseNotFound). Logs who read it, and when."""

    def read(case: Case, box: CaseVault, now: datetime) -> None:
        new_messages = any(m.from_person and m.read_at is None for m in case.messages)
        _mark_read(case, now, from_person=True)
        last = session.scalar(
            select(func.max(LogEntry.at)).where(
                LogEntry.case_id == case.id, LogEntry.action == "read", LogEntry.actor_id == employee.id
            )
        )
        # Words that came since are read for the first time now: the person sees that they were.
        new_words = last is not None and any(
            at > last
            for at in (row.created_at for rows in (case.statements, case.recordings) for row in rows)
        )
        if last is None or new_words or new_messages or now - last >= SAME_READING:
            _log(session, case, box, now, "read", employee, employee.unit or None)
        _nothing_unread(session, case, now)

    return _apply(session, vault, clock, case_id, read, municipality=employee.municipality, reading=True)


def add_statement(
    session: Session,
    vault: Vault,
    clock: Clock,
    case_id: str,
    author: Author,
    text: str,
    understanding: UnderstandingData | None = None,
) -> CaseView:
    """The person adds words; nothing earlier is changed.

    Acute kinds in the understanding make the case acute. Evidence in it counts from position 0 = this
    statement; it is moved to the statement's real position.
    """
    _check_text(text)
    _check_one_of(author, AUTHORS, "author")
    if understanding is not None:
        _check_understanding(understanding)

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        position = len(case.statements)
        if position >= MAX_STATEMENTS:
            raise InvalidCase("too many statements in one case")
        language = understanding.language if understanding and understanding.language else case.language
        case.statements.append(_statement(box, position, author, language, text, now))
        if understanding is not None:
            moved = tuple(
                NeedFound(
                    need.id, need.confidence, tuple(Evidence(position, e.start, e.end) for e in need.evidence)
                )
                for need in understanding.needs
            )
            case.understandings.append(
                _understanding(
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
            _notice_danger(case, box, understanding.acute_kinds)
        _log(session, case, box, now, "statement_added")
        _person_waits(session, case, box, now)

    return _apply(session, vault, clock, case_id, change, for_writer=True)


def recording_owner(
    session: Session, vault: Vault, case_id: str, employee: EmployeeRef | None = None
) -> recordings.Owner:
    """Whose recordings these are, for web.cases.recordings: the person's own case, or one of the employee's municipality.

    Raises CaseNotFound. Commits nothing and logs nothing; see listen.
    """
    case = session.get(Case, case_id)
    if case is None or (employee is not None and case.municipality != employee.municipality):
        raise CaseNotFound("no such case")
    return recordings.Owner(case.id, _box(vault, case), sent=True)


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
            _log(session, case, box, now, "listened", employee)

    _apply(session, vault, clock, case_id, listened, municipality=employee.municipality, reading=True)
    return sounding


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
    _check_one_of(author, AUTHORS, "author")

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        owner = recordings.Owner(case.id, box, sent=True)
        recording_id = recordings.row_id(owner, upload)
        if any(row.id == recording_id for row in case.recordings):
            return
        recordings.add_rows(session, owner, recording_id, content, seconds, len(case.statements), author, now)
        session.expire(case, ["recordings"])
        _log(session, case, box, now, "recording_added")
        _person_waits(session, case, box, now)

    return _apply(session, vault, clock, case_id, change)


def write_message(
    session: Session,
    vault: Vault,
    clock: Clock,
    case_id: str,
    text: str,
    by: EmployeeRef | None = None,
    expected_version: int | None = None,
    acute_kinds: Iterable[str] = (),
) -> CaseView:
    """A message in the case: from the person (by=None) or from an employee.

    expected_version: an employee who has not seen the newest words is told before the answer goes out.
    acute_kinds: danger that was noticed in the person's message; it makes the case acute.
    """
    _check_text(text)
    noticed = tuple(acute_kinds)
    _check_ids(noticed, "kind of danger")

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        row_id = _new_id()
        case.messages.append(
            Message(
                id=row_id,
                position=len(case.messages),
                from_person=by is None,
                author_name=by.name if by else None,
                text_sealed=box.seal(text, table="messages", column="text_sealed", row_id=row_id),
                created_at=now,
            )
        )
        if by is None:
            _notice_danger(case, box, noticed)
            _log(session, case, box, now, "message_from_person")
            _person_waits(session, case, box, now)
        else:
            _log(session, case, box, now, "message_from_employee", by)
            notices.announce(session, case, box, now, "message", row_id)
            case.waiting_since = None
            case.unread, case.last_read_at = 0, now  # who answers has read
            case.not_helped = False
            if case.status == "new":
                case.status = "in_progress"
                _log(session, case, box, now, "status_set", by, "in_progress")

    return _apply(
        session,
        vault,
        clock,
        case_id,
        change,
        municipality=by.municipality if by else None,
        version=expected_version,
        for_writer=by is None,
    )


def give_consent(session: Session, vault: Vault, clock: Clock, case_id: str, service_id: str) -> CaseView:
    """The person lets a service read the case. Given already: nothing changes."""
    _check_ids([service_id], "service")

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        if any(_service(row, box) == service_id and row.withdrawn_at is None for row in case.consents):
            return
        case.consents.append(_consent(box, len(case.consents), service_id, _facts(case, box).writer, now))
        _mark_services(vault, case, box)
        _log(session, case, box, now, "consent_given", None, service_id)

    return _apply(session, vault, clock, case_id, change, for_writer=True)


def withdraw_consent(session: Session, vault: Vault, clock: Clock, case_id: str, service_id: str) -> CaseView:
    """The person takes a consent back. Not given, or taken back already: nothing changes."""

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        for row in case.consents:
            if row.withdrawn_at is None and _service(row, box) == service_id:
                row.withdrawn_at = now
                _mark_services(vault, case, box)
                _log(session, case, box, now, "consent_withdrawn", None, service_id)

    return _apply(session, vault, clock, case_id, change, for_writer=True)


# The child tells for itself, in a case that somebody else has written: see web.cases.child.


def invite_child(session: Session, vault: Vault, clock: Clock, case_id: str) -> CaseView:
    """Who wrote the case makes an invitation for the child; one made earlier no longer works.

    It opens once, for INVITATION_VALID, and nothing but the page on which the child tells. The code is in
    `view.child.invitation`. CaseNotFound when the case is deleted.
    """
    code = new_invitation_code()
    # The slow hash first: no lock is held while it runs.
    code_hash = hash_invitation(code, vault.keyring.secret("code_pepper"))

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        _withdraw_invitations(case, now)
        row_id = _new_id()
        case.child_invitations.append(
            ChildInvitation(
                id=row_id,
                code_hash=code_hash,
                code_sealed=box.seal(code, table="child_invitations", column="code_sealed", row_id=row_id),
                made_at=now,
                expires_at=now + INVITATION_VALID,
            )
        )
        record = _child_record(case, box)
        record.not_asked = record.not_asked_at = None
        _keep_child_record(case, box, record)
        _log(session, case, box, now, "child_invited")

    return _apply(session, vault, clock, case_id, change, for_writer=True)


def withdraw_child_invitation(session: Session, vault: Vault, clock: Clock, case_id: str) -> CaseView:
    """The invitation no longer works. None there: nothing changes."""

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        if _withdraw_invitations(case, now):
            _log(session, case, box, now, "child_invitation_withdrawn")

    return _apply(session, vault, clock, case_id, change, for_writer=True)


def find_child_invitation(
    session: Session, vault: Vault, clock: Clock, municipality: str, code: str
) -> tuple[str, str] | None:
    """Ids of the case and the invitation that this code opens in this municipality; None when it opens nothing.

    Used, withdrawn, too old, another municipality's and misspelt look the same from outside.
    """
    if not looks_like_invitation(code):
        return None
    code_hash = hash_invitation(code, vault.keyring.secret("code_pepper"))
    found = session.execute(
        select(ChildInvitation, Case)
        .join(Case, Case.id == ChildInvitation.case_id)
        .where(
            ChildInvitation.code_hash == code_hash,
            ChildInvitation.used_at.is_(None),
            ChildInvitation.withdrawn_at.is_(None),
            ChildInvitation.expires_at > clock.now(),
            Case.municipality == municipality,
        )
    ).first()
    if found is None:
        return None
    invitation, case = found
    # A hash that was copied into another case's row opens nothing.
    sealed = _box(vault, case).open(
        invitation.code_sealed, table="child_invitations", column="code_sealed", row_id=invitation.id
    )
    return (case.id, invitation.id) if sealed == plain_code(code) else None


def child_tells(
    session: Session,
    vault: Vault,
    clock: Clock,
    case_id: str,
    told: ChildTold,
    invitation_id: str | None = None,
) -> None:
    """Add what a child has told, apart from the writer's words; twice the same key is written once.

    invitation_id: the invitation it came in with, used up by it; without one the child has told on the writer's
    own device. Danger makes the case acute, which the writer is not shown. Raises InvitationGone, InvalidCase or
    CaseNotFound; nothing is written then. Returns nothing: the child has no way to read the case.
    """
    _check_told(told)

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        if any(row.id == _told_id(case, told, 0) for row in case.statements):
            return
        if invitation_id is not None:
            _use_invitation(case, invitation_id, now)
        _add_told(case, box, told, now)
        _log(session, case, box, now, "child_told", kind="child")
        _person_waits(session, case, box, now)

    _apply(session, vault, clock, case_id, change)


def set_child_not_asked(
    session: Session, vault: Vault, clock: Clock, case_id: str, why: NotAsked
) -> CaseView:
    """Who wrote the case says why the child has not been asked; the latest reason counts."""
    _check_not_asked(why)

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        record = _child_record(case, box)
        record.set_not_asked(why, now)
        _keep_child_record(case, box, record)
        _log(session, case, box, now, "child_not_asked", None, why.reason)

    return _apply(session, vault, clock, case_id, change, for_writer=True)


def _add_child_lines(session: Session, vault: Vault, case: Case, new: NewCase) -> None:
    """Log lines of what is sent together with the case."""
    box = _box(vault, case)
    for _told in new.child_told:
        _log(session, case, box, case.created_at, "child_told", kind="child")
    if new.child_not_asked is not None and not new.child_told:
        _log(session, case, box, case.created_at, "child_not_asked", None, new.child_not_asked.reason)


def _told_id(case: Case, told: ChildTold, number: int) -> str:
    """The row id of a statement of this telling: the same when it is sent twice."""
    return str(uuid5(UUID(case.id), f"{told.key}/{number}"))


def _add_told(case: Case, box: CaseVault, told: ChildTold, now: datetime) -> None:
    start = len(case.statements)
    if start + len(told.statements) > MAX_STATEMENTS:
        raise InvalidCase("too many statements in one case")
    record = _child_record(case, box)
    language = told.understanding.language if told.understanding else told.language
    for number, one in enumerate(told.statements):
        row_id = _told_id(case, told, number)
        spoken = told.language if one.pictures else language or told.language
        row = _statement(box, start + number, told.author, spoken, one.text, now, row_id=row_id)
        row.from_child = True
        case.statements.append(row)
        if one.pictures:
            record.pictures.append(row_id)
        if told.share_at_home:
            case.consents.append(
                _consent(box, len(case.consents), row_id, told.author, now, scope=SCOPE_HOME)
            )
    if told.understanding is not None:
        found = told.understanding
        needs = tuple(
            NeedFound(
                need.id,
                need.confidence,
                tuple(Evidence(start + e.statement, e.start, e.end) for e in need.evidence),
            )
            for need in found.needs
        )
        row_of_needs = _understanding(
            box,
            len(case.understandings),
            "assistant",
            now,
            language=found.language or told.language,
            needs=needs,
            acute_kinds=found.acute_kinds,
            acute_confidence=found.acute_confidence,
            model=found.model,
        )
        row_of_needs.from_child = True
        case.understandings.append(row_of_needs)
    record.age = told.age if told.age is not None else record.age
    if told.safe != "skipped" and record.safe != "no":
        record.safe = told.safe
    record.not_asked = record.not_asked_at = None
    _child_danger(case, box, record, told)
    _keep_child_record(case, box, record)


def _child_danger(case: Case, box: CaseVault, record: ChildRecord, told: ChildTold) -> None:
    """Danger in a child's words: the case is acute as with any other danger, but the writer is not shown why."""
    known = _acute_kinds(case, box)
    noticed = [*told.acute_kinds, *(told.understanding.acute_kinds if told.understanding else ())]
    new = [kind for kind in dict.fromkeys(noticed) if kind not in known]
    record.hidden_kinds += new
    if (noticed or told.safe == "no") and case.urgency != "acute":
        record.raised = True
        case.urgency = "acute"
    case.acute_kinds_sealed = _seal_json(box, [*known, *new], "cases", "acute_kinds_sealed", case.id)


def _delete_writers_part(session: Session, case: Case, box: CaseVault, now: datetime) -> None:
    """Everything but what the child has told."""
    case.statements = [row for row in case.statements if row.from_child]
    case.understandings = [row for row in case.understandings if row.from_child]
    case.consents, case.messages, case.child_invitations, case.follow_ups = [], [], [], []
    case.recordings = []
    case.not_helped, case.contact.notices_ok = False, False
    session.execute(delete(Notice).where(Notice.case_id == case.id))
    case.contact.way, case.contact.voicemail_ok = "code", False
    case.contact.details_sealed = case.contact.safe_times_sealed = None
    # Random, and the proof is of something else: nothing opens it from outside any more.
    case.code_hash = secrets.token_hex(32)
    case.code_proof_sealed = box.seal(
        secrets.token_hex(32), table="cases", column="code_proof_sealed", row_id=case.id
    )
    record = _child_record(case, box)
    kinds = list(record.hidden_kinds)
    for row in case.understandings:
        kinds += _understanding_view(row, box).acute_kinds
    facts: dict[str, Any] = {
        "writer": case.statements[0].author,
        "about": "self",
        "age": record.age,
        "safe_now": record.safe or "skipped",
        "hope": None,
        "may_know": [],
        "services": [],
    }
    case.acute_kinds_sealed = _seal_json(
        box, list(dict.fromkeys(kinds)), "cases", "acute_kinds_sealed", case.id
    )
    case.facts_sealed = _seal_json(box, facts, "cases", "facts_sealed", case.id)
    _keep_child_record(case, box, ChildRecord(age=record.age, safe=record.safe, pictures=record.pictures))
    kept: tuple[Action, ...] = ("sent", "read", "child_told", "contact_named", "status_set", "urgency_set")
    session.execute(delete(LogEntry).where(LogEntry.case_id == case.id, LogEntry.action.not_in(kept)))
    _log(session, case, box, now, "writer_deleted")


def _withdraw_invitations(case: Case, now: datetime) -> bool:
    open_ones = [row for row in case.child_invitations if row.used_at is None and row.withdrawn_at is None]
    for row in open_ones:
        row.withdrawn_at = now
    return any(row.expires_at > now for row in open_ones)


def _use_invitation(case: Case, invitation_id: str, now: datetime) -> None:
    row = next((row for row in case.child_invitations if row.id == invitation_id), None)
    if (
        row is None
        or row.used_at is not None
        or row.withdrawn_at is not None
        or now >= row.expires_at + STILL_TELLING
    ):
        raise InvitationGone("the invitation does not work any more")
    row.used_at = now


def _child_record(case: Case, box: CaseVault) -> ChildRecord:
    sealed = case.child_sealed
    opened = (
        box.open(sealed, table="cases", column="child_sealed", row_id=case.id) if sealed is not None else None
    )
    return ChildRecord.from_json(opened)


def _keep_child_record(case: Case, box: CaseVault, record: ChildRecord) -> None:
    case.child_sealed = box.seal(record.to_json(), table="cases", column="child_sealed", row_id=case.id)


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
        _log(session, case, box, now, "notices_on" if on else "notices_off")

    return _apply(session, vault, clock, case_id, change, for_writer=True)


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
    _check_one_of(answer, HELPED, "answer")
    text = (words or "").strip()
    if text:
        _check_text(text)
    noticed = tuple(acute_kinds)
    _check_ids(noticed, "kind of danger")

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        answered = {row.round for row in case.follow_ups}
        if round_id in answered:
            return
        due = open_round(case.created_at, answered, now)
        if due is None or due.id != round_id:
            raise InvalidCase("this is not asked now")
        row_id = _new_id()
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
        _notice_danger(case, box, noticed)
        _log(session, case, box, now, "helped_answered", None, answer)
        case.not_helped = answer == "no"
        if answer == "no" or noticed:
            _person_waits(session, case, box, now)
        elif text:
            case.last_person_at = now
            case.unread += 1

    return _apply(session, vault, clock, case_id, change, for_writer=True)


def log_export(session: Session, vault: Vault, clock: Clock, case_id: str) -> CaseView | None:
    """The case for the file that the person takes out, with a line in the log; None when it is deleted."""

    def taken(case: Case, box: CaseVault, now: datetime) -> None:
        last = session.scalar(
            select(func.max(LogEntry.at)).where(LogEntry.case_id == case.id, LogEntry.action == "exported")
        )
        if last is None or now - last >= SAME_READING:
            _log(session, case, box, now, "exported")

    try:
        return _apply(session, vault, clock, case_id, taken, reading=True, for_writer=True)
    except CaseNotFound:
        return None


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
            _mark_services(vault, case, box)

        _apply(session, vault, clock, case_id, change)
        checkpoint(session)
        return
    municipality, position = case.municipality, _log_count(session, case_id)
    try:
        session.execute(delete(LogEntry).where(LogEntry.case_id == case_id))
        session.execute(delete(Upload).where(Upload.owner_id == case_id))
        session.delete(case)
        session.add(
            LogEntry(
                id=_new_id(),
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
    _check_ids(confirmed, "need")

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        case.understandings.append(
            _understanding(
                box,
                len(case.understandings),
                "employee",
                now,
                language=case.language,
                needs=tuple(NeedFound(need) for need in confirmed),
                by_name=employee.name,
            )
        )
        _log(session, case, box, now, "needs_confirmed", employee)

    return _apply(
        session, vault, clock, case_id, change, municipality=employee.municipality, version=expected_version
    )


def name_contact(
    session: Session,
    vault: Vault,
    clock: Clock,
    case_id: str,
    employee: EmployeeRef,
    person_id: str,
    person_name: str,
    unit: str | None = None,
    expected_version: int | None = None,
) -> CaseView:
    """Name the person who takes responsibility, and their unit when it is another (its name, for people).

    A new case becomes in progress by it.
    """
    if not person_name.strip() or len(person_name) > 120 or len(person_id) > 36 or len(unit or "") > 200:
        raise InvalidCase("the contact person needs a name")

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        case.contact_person_id = person_id
        case.contact_person_name = person_name.strip()
        if unit:
            case.contact_unit_name = unit
        _log(session, case, box, now, "contact_named", employee, person_name.strip())
        if case.status == "new":
            case.status = "in_progress"
            _log(session, case, box, now, "status_set", employee, "in_progress")

    return _apply(
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
) -> CaseView:
    """Set the status. Closing needs an outcome; nothing else may have one."""
    _check_one_of(status, STATUSES, "status")
    if (status == "closed") != (outcome is not None):
        raise InvalidCase("a closed case has an outcome, and no other case has one")
    if outcome is not None:
        _check_one_of(outcome, OUTCOMES, "outcome")

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        if (case.status, case.closed_outcome) == (status, outcome):
            return
        case.status = status
        case.closed_outcome = outcome
        if status == "closed":
            case.waiting_since = None
            case.not_helped = False
        _log(session, case, box, now, "status_set", employee, f"closed:{outcome}" if outcome else status)

    return _apply(
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
    _check_one_of(urgency, URGENCIES, "urgency")

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        if case.urgency != urgency:
            case.urgency = urgency
            record = _child_record(case, box)
            if record.raised:
                # From now on it is an employee's word, which stands in the log for both.
                record.raised = False
                _keep_child_record(case, box, record)
            _log(session, case, box, now, "urgency_set", employee, urgency)

    return _apply(
        session, vault, clock, case_id, change, municipality=employee.municipality, version=expected_version
    )


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
        _change_facts(case, box, call={"on": today.isoformat(), "made_by": None})
        case.urgency = "acute"
        case.call_waits = True
        _log(session, case, box, now, "call_wished")
        _person_waits(session, case, box, now)
        case.due_on = min(case.due_on, today)

    return _apply(session, vault, clock, case_id, change)


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
        wish = _facts(case, box).call
        if wish is None or not wish.waits:
            return
        _change_facts(case, box, call={"on": wish.on.isoformat(), "made_by": employee.name})
        _log(session, case, box, now, "call_made", employee)
        case.waiting_since = None
        case.call_waits = False
        if case.status == "new":
            case.status = "in_progress"
            _log(session, case, box, now, "status_set", employee, "in_progress")

    return _apply(
        session, vault, clock, case_id, change, municipality=employee.municipality, version=expected_version
    )


# How a change is made: load, change, commit, show.

Change = Callable[[Case, CaseVault, datetime], None]


def _apply(
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
        box = _box(vault, case)
        if not reading:
            # Rows beside the case do not raise its version by themselves.
            flag_modified(case, "status")
        change(case, box, clock.now())
        session.commit()
    except BaseException:
        session.rollback()
        raise
    return _view(session, case, box, clock.now(), for_writer=for_writer)


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
        )
        .execution_options(populate_existing=True)
    )


def _person_waits(session: Session, case: Case, box: CaseVault, now: datetime) -> None:
    """The person has written: the municipality owes an answer again, also in a closed case."""
    case.last_person_at = now
    case.unread += 1
    if case.waiting_since is None:
        case.waiting_since = now
        case.due_on = hear_by(now, case.promise_days)
    if case.status in ("waiting_for_person", "closed"):
        case.status = "in_progress"
        case.closed_outcome = None
        _log(session, case, box, now, "status_set", None, "in_progress", kind="system")


def _notice_danger(case: Case, box: CaseVault, noticed: Iterable[str]) -> None:
    """Danger in words that were added: the case is acute, whatever it was before."""
    new = list(noticed)
    if new:
        kinds = list(dict.fromkeys([*_acute_kinds(case, box), *new]))
        case.acute_kinds_sealed = _seal_json(box, kinds, "cases", "acute_kinds_sealed", case.id)
        case.urgency = "acute"
        if case.child_sealed is not None:
            # Now the writer has told of it too: there is nothing left to hide.
            record = _child_record(case, box)
            record.hidden_kinds = [kind for kind in record.hidden_kinds if kind not in new]
            record.raised = False
            _keep_child_record(case, box, record)


def _nothing_unread(session: Session, case: Case, now: datetime) -> None:
    """An employee has read everything up to the version that was loaded.

    Past the version counter: a colleague who is writing has lost nothing by somebody reading. When the person has
    written in the same moment, the version is another and the case stays unread.
    """
    key = queue_key(
        status=case.status,
        urgency=case.urgency,
        waiting_since=case.waiting_since,
        due_on=case.due_on,
        unread=0,
        contact_person_name=case.contact_person_name,
        created_at=case.created_at,
        call_waits=case.call_waits,
    )
    session.execute(
        update(Case)
        .where(Case.id == case.id, Case.version == case.version)
        .values(unread=0, last_read_at=now, queue_key=key)
        .execution_options(synchronize_session=False)
    )


def _mark_services(vault: Vault, case: Case, box: CaseVault) -> None:
    """Make the case findable by the services that the person has chosen or lets read, and by no others."""
    wanted = {*_facts(case, box).services, *(_service(c, box) for c in case.consents if not c.withdrawn_at)}
    marks = {service_mark(vault, case.municipality, case.created_at, service) for service in wanted}
    kept = [row for row in case.marks if row.mark in marks]
    new = marks - {row.mark for row in kept}
    case.marks = [*kept, *(ServiceMark(case_id=case.id, mark=mark) for mark in sorted(new))]


def mark_services(session: Session, vault: Vault, clock: Clock) -> int:
    """Make every case findable by its services that is not yet: after an upgrade. How many were marked; commits."""
    unmarked = select(Case).where(~select(ServiceMark.mark).where(ServiceMark.case_id == Case.id).exists())
    count = 0
    for case in session.scalars(unmarked).all():
        _mark_services(vault, case, _box(vault, case))
        count += bool(case.marks)
    session.commit()
    return count


def _mark_read(case: Case, now: datetime, *, from_person: bool) -> None:
    for message in case.messages:
        if message.from_person is from_person and message.read_at is None:
            message.read_at = now


# Rows.


def _new_id() -> str:
    return str(uuid4())


def _new_reference() -> str:
    return "".join(secrets.choice(_REFERENCE) for _ in range(6))


def _box(vault: Vault, case: Case) -> CaseVault:
    return vault.for_case(case.id, case.wrapped_key)


def _seal_json(box: CaseVault, value: Any, table: str, column: str, row_id: str) -> str:
    return box.seal(json.dumps(value, ensure_ascii=False), table=table, column=column, row_id=row_id)


def _open_json(box: CaseVault, sealed: str, table: str, column: str, row_id: str) -> Any:
    return json.loads(box.open(sealed, table=table, column=column, row_id=row_id))


def _new_case(vault: Vault, now: datetime, new: NewCase, code_hash: str) -> Case:
    case_id = _new_id()
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
    }
    case = Case(
        id=case_id,
        reference=_new_reference(),
        municipality=new.municipality,
        created_at=now,
        language=new.language,
        status="new",
        urgency="acute" if kinds or new.safe_now == "no" or new.call_today else "normal",
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
        acute_kinds_sealed=_seal_json(box, kinds, "cases", "acute_kinds_sealed", case_id),
        facts_sealed=_seal_json(box, facts, "cases", "facts_sealed", case_id),
        call_waits=new.call_today,
        last_person_at=now,
        unread=max(
            1, len(new.statements) + len(new.recordings)
        ),  # who only chose needs has said something too
    )
    spoken = new.understanding.language if new.understanding and new.understanding.language else new.language
    case.statements = [
        _statement(box, position, author, spoken, text, now)
        for position, (author, text) in enumerate(new.statements)
    ]
    understandings = []
    if new.understanding is not None:
        understandings.append(
            _understanding(
                box,
                0,
                "assistant",
                now,
                language=spoken,
                needs=new.understanding.needs,
                acute_kinds=new.understanding.acute_kinds,
                acute_confidence=new.understanding.acute_confidence,
                model=new.understanding.model,
            )
        )
    understandings.append(
        _understanding(
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
        _consent(box, position, service_id, new.writer, now)
        for position, service_id in enumerate(service for service, given in new.consents.items() if given)
    ]
    contact_id = _new_id()

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
    _mark_services(vault, case, box)
    if new.child_not_asked is not None or new.pictures:
        record = ChildRecord(pictures=[case.statements[position].id for position in new.pictures])
        if new.child_not_asked is not None:
            record.set_not_asked(new.child_not_asked, now)
        _keep_child_record(case, box, record)
    for told in new.child_told:
        _add_told(case, box, told, now)
    return case


def _first_log_line(vault: Vault, case: Case) -> LogEntry:
    return _log_entry(case, _box(vault, case), case.created_at, "sent", 0)


def _statement(
    box: CaseVault,
    position: int,
    author: str,
    language: str,
    text: str,
    now: datetime,
    *,
    row_id: str | None = None,
) -> Statement:
    row_id = row_id or _new_id()
    return Statement(
        id=row_id,
        position=position,
        author=author,
        language=language,
        text_sealed=box.seal(text, table="statements", column="text_sealed", row_id=row_id),
        created_at=now,
    )


def _understanding(
    box: CaseVault,
    position: int,
    source: UnderstandingSource,
    now: datetime,
    *,
    language: str,
    needs: tuple[NeedFound, ...],
    added: Iterable[str] = (),
    removed: Iterable[str] = (),
    acute_kinds: Iterable[str] = (),
    acute_confidence: float = 0.0,
    model: str = "",
    by_name: str | None = None,
) -> Understanding:
    row_id = _new_id()
    content = {
        "needs": [
            {
                "id": n.id,
                "confidence": n.confidence,
                "evidence": [[e.statement, e.start, e.end] for e in n.evidence],
            }
            for n in needs
        ],
        "added": list(added),
        "removed": list(removed),
    }
    acute = {"kinds": list(acute_kinds), "confidence": acute_confidence}
    return Understanding(
        id=row_id,
        position=position,
        source=source,
        by_name=by_name,
        language=language,
        needs_sealed=_seal_json(box, content, "understandings", "needs_sealed", row_id),
        acute_sealed=_seal_json(box, acute, "understandings", "acute_sealed", row_id),
        model=model[:100],
        created_at=now,
    )


def _consent(
    box: CaseVault, position: int, service_id: str, given_by: str, now: datetime, scope: str = SCOPE_CASE
) -> Consent:
    row_id = _new_id()
    return Consent(
        id=row_id,
        position=position,
        service_sealed=box.seal(service_id, table="consents", column="service_sealed", row_id=row_id),
        scope=scope,
        given_by=given_by,
        given_at=now,
    )


def _service(row: Consent, box: CaseVault) -> str:
    return box.open(row.service_sealed, table="consents", column="service_sealed", row_id=row.id)


def _log_count(session: Session, case_id: str) -> int:
    return session.scalar(select(func.count()).where(LogEntry.case_id == case_id)) or 0


def _log(
    session: Session,
    case: Case,
    box: CaseVault,
    now: datetime,
    action: Action,
    employee: EmployeeRef | None = None,
    detail: str | None = None,
    kind: str | None = None,
) -> None:
    session.flush()  # so that the count sees the lines written a moment ago
    session.add(_log_entry(case, box, now, action, _log_count(session, case.id), employee, detail, kind))


def _log_entry(
    case: Case,
    box: CaseVault,
    now: datetime,
    action: Action,
    position: int,
    employee: EmployeeRef | None = None,
    detail: str | None = None,
    kind: str | None = None,
) -> LogEntry:
    row_id = _new_id()
    return LogEntry(
        id=row_id,
        case_id=case.id,
        municipality=case.municipality,
        position=position,
        at=now,
        actor_kind=kind or ("employee" if employee else "person"),
        actor_id=employee.id if employee else None,
        actor_name=employee.name if employee else None,
        action=action,
        detail_sealed=(
            box.seal(detail, table="log_entries", column="detail_sealed", row_id=row_id) if detail else None
        ),
    )


# Views.


def _by_submission(session: Session, submission_key: str) -> Case | None:
    return session.scalar(select(Case).where(Case.submission_key == submission_key))


def _receipt(vault: Vault, case: Case, return_code: str | None, *, repeated: bool = False) -> Receipt:
    box = _box(vault, case)
    raised = _child_record(case, box).raised
    return Receipt(
        case_id=case.id,
        reference=case.reference,
        created_at=case.created_at,
        hear_by=case.due_on,
        contact_unit=case.contact_unit_name,
        contact_person_name=case.contact_person_name,
        urgency="normal" if raised else cast(Urgency, case.urgency),
        return_code=codes.written(return_code) if return_code else None,
        repeated=repeated,
        about_child=about_a_child(_facts(case, box)),
    )


def _acute_kinds(case: Case, box: CaseVault) -> tuple[str, ...]:
    return tuple(_open_json(box, case.acute_kinds_sealed, "cases", "acute_kinds_sealed", case.id))


def _stored_facts(case: Case, box: CaseVault) -> dict[str, Any]:
    stored: dict[str, Any] = _open_json(box, case.facts_sealed, "cases", "facts_sealed", case.id)
    return stored


def _change_facts(case: Case, box: CaseVault, **changes: Any) -> None:
    facts = {**_stored_facts(case, box), **changes}
    case.facts_sealed = _seal_json(box, facts, "cases", "facts_sealed", case.id)


def _call(stored: dict[str, Any] | None) -> CallWish | None:
    return CallWish(date.fromisoformat(stored["on"]), stored["made_by"]) if stored else None


def _facts(case: Case, box: CaseVault) -> Facts:
    facts = _stored_facts(case, box)
    return Facts(
        writer=facts["writer"],
        about=facts["about"],
        age=facts["age"],
        safe_now=facts["safe_now"],
        hope=facts["hope"],
        may_know=tuple(facts["may_know"]),
        services=tuple(facts["services"]),
        # What older cases do not have was not asked.
        home=facts.get("home"),
        parents=facts.get("parents"),
        prefers=facts.get("prefers"),
        avoids=facts.get("avoids"),
        call=_call(facts.get("call")),
    )


def _understanding_view(row: Understanding, box: CaseVault) -> UnderstandingView:
    content = _open_json(box, row.needs_sealed, "understandings", "needs_sealed", row.id)
    acute = _open_json(box, row.acute_sealed, "understandings", "acute_sealed", row.id)
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
    told_on = tuple(dict.fromkeys(row.created_at for row in case.statements if row.from_child))
    why = record.not_asked
    return ChildView(
        concerned=about_a_child(_facts(case, box)),
        told_on=told_on,
        age=record.age,
        safe=None if for_writer else cast("Any", record.safe),
        not_asked=NotAsked(cast(Any, why["reason"]), why["text"]) if why else None,
        not_asked_at=datetime.fromisoformat(record.not_asked_at) if record.not_asked_at else None,
        invitation=invitation,
    )


def _view(
    session: Session, case: Case, box: CaseVault, now: datetime, *, for_writer: bool = False
) -> CaseView:
    def opened(sealed: str | None, table: str, column: str, row_id: str) -> str | None:
        return box.open(sealed, table=table, column=column, row_id=row_id) if sealed else None

    record = _child_record(case, box)
    shared = {
        _service(row, box) for row in case.consents if row.scope == SCOPE_HOME and row.withdrawn_at is None
    }
    kinds = _acute_kinds(case, box)
    urgency = cast(Urgency, case.urgency)
    if for_writer:
        kinds = tuple(kind for kind in kinds if kind not in record.hidden_kinds)
        urgency = "normal" if record.raised else urgency
    log = session.scalars(
        select(LogEntry).where(LogEntry.case_id == case.id).order_by(LogEntry.at, LogEntry.position)
    )
    # Cases from before these questions were asked have no answers to them.
    reach = _stored_facts(case, box).get("reach") or {}
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
        waiting_since=case.waiting_since,
        contact_unit=case.contact_unit,
        contact_unit_name=case.contact_unit_name,
        contact_person_id=case.contact_person_id,
        contact_person_name=case.contact_person_name,
        facts=_facts(case, box),
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
            _understanding_view(row, box)
            for row in case.understandings
            if not (for_writer and row.from_child)
        ),
        consents=tuple(
            ConsentView(_service(row, box), row.scope, row.given_by, row.given_at, row.withdrawn_at)
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
            )
            for row in case.messages
        ),
        log=tuple(
            LogLine(
                at=row.at,
                actor_kind=cast(Any, row.actor_kind),
                actor_name=row.actor_name,
                action=cast(Action, row.action),
                detail=opened(row.detail_sealed, "log_entries", "detail_sealed", row.id),
            )
            for row in log
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
        recordings=tuple(recordings.view_of(row, box) for row in case.recordings),
        child=_child_view(case, box, record, now, for_writer=for_writer),
    )


# What is let in. The messages name the field, never the value.


def _check_one_of(value: str, allowed: tuple[str, ...], name: str) -> None:
    if value not in allowed:
        raise InvalidCase(f"unknown {name}")


def _check_text(text: str) -> None:
    if not text.strip():
        raise InvalidCase("the text is empty")
    if len(text) > MAX_TEXT:
        raise InvalidCase("the text is too long")


def _check_ids(ids: Iterable[str], name: str) -> None:
    if not all(_ID.fullmatch(value) for value in ids):
        raise InvalidCase(f"not the id of a {name}")


def _check_understanding(understanding: UnderstandingData) -> None:
    _check_ids([need.id for need in understanding.needs], "need")
    _check_ids(understanding.acute_kinds, "kind of danger")
    if len(understanding.language) > 10:
        raise InvalidCase("unknown language of the words")


def _check_told(told: ChildTold) -> None:
    _check_one_of(told.author, ("child", "youth"), "author")
    _check_one_of(told.language, LANGUAGES, "language")
    _check_one_of(told.safe, SAFE_NOW, "safe_now")
    if not told.statements:
        raise InvalidCase("nothing to send")
    for one in told.statements:
        _check_text(one.text)
    _check_ids(told.acute_kinds, "kind of danger")
    if told.understanding is not None:
        _check_understanding(told.understanding)
    if told.age is not None and not 0 <= told.age <= 120:
        raise InvalidCase("not an age")
    if not 16 <= len(told.key) <= 64:
        raise InvalidCase("the key of the telling has the wrong length")


def _check_not_asked(why: NotAsked) -> None:
    _check_one_of(why.reason, NOT_ASKED_REASONS, "reason")
    if len(why.text) > MAX_TEXT:
        raise InvalidCase("the reason is too long")
    if why.reason == "other" and not why.text.strip():
        raise InvalidCase("another reason needs words")


def _check_new(new: NewCase) -> None:
    _check_one_of(new.language, LANGUAGES, "language")
    _check_one_of(new.writer, AUTHORS, "writer")
    _check_one_of(new.about, ABOUT, "about")
    _check_one_of(new.safe_now, SAFE_NOW, "safe_now")
    _check_one_of(new.way, CONTACT_WAYS, "way of contact")
    _check_ids([new.municipality], "municipality")
    if not (new.statements or new.needs or new.recordings or new.call_today):
        raise InvalidCase("nothing to send")
    if len(new.statements) > MAX_STATEMENTS:
        raise InvalidCase("too many statements in one case")
    for author, text in new.statements:
        _check_one_of(author, AUTHORS, "author")
        _check_text(text)
    if len(new.recordings) > recordings.MOST_RECORDINGS:
        raise InvalidCase("too many recordings in one case")
    for recording in new.recordings:
        _check_one_of(recording.author, AUTHORS, "author")
    _check_ids([*new.needs, *new.needs_added, *new.needs_removed], "need")
    _check_ids([*new.services, *new.consents], "service")
    _check_ids(new.acute_kinds, "kind of danger")
    _check_ids(new.may_know, "person who may know")
    if not all(0 <= position < len(new.statements) for position in new.pictures):
        raise InvalidCase("no such statement")
    for told in new.child_told:
        _check_told(told)
    if new.child_not_asked is not None:
        _check_not_asked(new.child_not_asked)
    if new.understanding is not None:
        _check_understanding(new.understanding)
    if new.age is not None and not 0 <= new.age <= 120:
        raise InvalidCase("not an age")
    if new.home is not None:
        _check_one_of(new.home, ABOUT_HOME, "answer about home")
    if new.parents is not None:
        _check_one_of(new.parents, PARENTS_ANSWERS, "answer about the parents")
    if new.caller_says is not None:
        _check_one_of(new.caller_says, CALLER_SAYS, "caller's name")
    for when in new.safe_when:
        _check_one_of(when, SAFE_WHEN, "safe time")
    if new.call_today and new.way != "phone":
        raise InvalidCase("to be called, a person needs a number")
    for name, value in (
        ("details", new.details),
        ("safe times", new.safe_times),
        ("wish", new.prefers),
        ("wish", new.avoids),
        ("safe word", new.safe_word),
    ):
        if value is not None and len(value) > MAX_SHORT:
            raise InvalidCase(f"the {name} are too long")
    if len(new.hope or "") > MAX_TEXT:
        raise InvalidCase("the hope is too long")
    if new.way in _NEEDS_DETAILS and not (new.details or "").strip():
        raise InvalidCase("this way of contact needs details")
    if not codes.looks_like_code(new.return_code):
        raise InvalidCase("the return code has another number of words")
    if not 16 <= len(new.submission_key) <= 64:
        raise InvalidCase("the submission key has the wrong length")
    if (
        not new.contact_point.unit_name
        or len(new.contact_point.unit_name) > 200
        or len(new.contact_point.unit) > 80
    ):
        raise InvalidCase("the contact point needs a name")
