"""The child tells for itself, in a case that somebody else has written: see web.cases.child.

Every function takes (session, vault, clock) first and makes its change in one transaction that it commits itself. Nothing
here logs outside the case; no exception carries a citizen's words.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session

from web.cases import recordings
from web.cases.changing import apply_change, make_acute, person_waits
from web.cases.checks import MAX_STATEMENTS, check_not_asked, check_text, check_told
from web.cases.child import (
    INVITATION_VALID,
    STILL_TELLING,
    ChildRecord,
    hash_invitation,
    looks_like_invitation,
    new_invitation_code,
    plain_code,
)
from web.cases.clock import Clock
from web.cases.models import Case, ChildInvitation, Consent
from web.cases.notes import add_note
from web.cases.rows import (
    acute_kinds_of,
    box_of,
    child_record,
    consent_row,
    keep_child_record,
    log,
    new_id,
    seal_json,
    statement_row,
    understanding_row,
)
from web.cases.types import (
    SCOPE_HOME,
    CaseView,
    ChildTold,
    EmployeeRef,
    Evidence,
    InvalidCase,
    InvitationGone,
    NeedFound,
    NewCase,
    NotAsked,
)
from web.security.vault import CaseVault, Vault


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
        row_id = new_id()
        case.child_invitations.append(
            ChildInvitation(
                id=row_id,
                code_hash=code_hash,
                code_sealed=box.seal(code, table="child_invitations", column="code_sealed", row_id=row_id),
                made_at=now,
                expires_at=now + INVITATION_VALID,
            )
        )
        record = child_record(case, box)
        record.not_asked = record.not_asked_at = None
        keep_child_record(case, box, record)
        log(session, case, box, now, "child_invited")

    return apply_change(session, vault, clock, case_id, change, for_writer=True)


def withdraw_child_invitation(session: Session, vault: Vault, clock: Clock, case_id: str) -> CaseView:
    """The invitation no longer works. None there: nothing changes."""

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        if _withdraw_invitations(case, now):
            log(session, case, box, now, "child_invitation_withdrawn")

    return apply_change(session, vault, clock, case_id, change, for_writer=True)


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
    sealed = box_of(vault, case).open(
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
    check_told(told)
    # The slow hash first: no lock is held while it runs.
    take_back = hash_take_back(vault, told)

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        written = {row.id for row in case.statements} | {row.id for row in case.recordings}
        if not written.isdisjoint({_told_id(case, told, 0), *(one.id for one in told.recordings)}):
            return
        if invitation_id is not None:
            _use_invitation(case, invitation_id, now)
        add_told(case, box, told, now, take_back)
        hand_over_told(session, box, case, told, now)
        case.unheard += len(told.recordings)
        log(session, case, box, now, "child_told", kind="child")
        person_waits(session, case, box, now, by_child=True)

    apply_change(session, vault, clock, case_id, change)


def set_child_not_asked(
    session: Session, vault: Vault, clock: Clock, case_id: str, why: NotAsked
) -> CaseView:
    """Who wrote the case says why the child has not been asked; the latest reason counts."""
    check_not_asked(why)

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        record = child_record(case, box)
        record.set_not_asked(why, now)
        keep_child_record(case, box, record)
        log(session, case, box, now, "child_not_asked", None, why.reason)

    return apply_change(session, vault, clock, case_id, change, for_writer=True)


def add_child_lines(session: Session, vault: Vault, case: Case, new: NewCase) -> None:
    """Log lines of what is sent together with the case."""
    box = box_of(vault, case)
    for _told in (*new.child_told, *new.child_alone):
        log(session, case, box, case.created_at, "child_told", kind="child")
    if new.child_not_asked is not None and not (new.child_told or new.child_alone):
        log(session, case, box, case.created_at, "child_not_asked", None, new.child_not_asked.reason)


def _told_id(case: Case, told: ChildTold, number: int) -> str:
    """The row id of a statement of this telling: the same when it is sent twice."""
    return str(uuid5(UUID(case.id), f"{told.key}/{number}"))


def hash_take_back(vault: Vault, told: ChildTold) -> str | None:
    """The slow hash of the child's own code, when it has one and has something to take back."""
    if not (told.take_back and told.share_at_home):
        return None
    return hash_invitation(told.take_back, vault.keyring.secret("code_pepper"))


def find_take_back(session: Session, vault: Vault, clock: Clock, municipality: str, code: str) -> str | None:
    """Id of the case in which this code, used for telling before, can take «they can read it at home» back."""
    if not looks_like_invitation(code):
        return None
    code_hash = hash_invitation(code, vault.keyring.secret("code_pepper"))
    found = session.execute(
        select(ChildInvitation, Case)
        .join(Case, Case.id == ChildInvitation.case_id)
        .where(
            ChildInvitation.code_hash == code_hash,
            ChildInvitation.used_at.is_not(None),
            Case.municipality == municipality,
        )
    ).first()
    if found is None:
        return None
    invitation, case = found
    sealed = box_of(vault, case).open(
        invitation.code_sealed, table="child_invitations", column="code_sealed", row_id=invitation.id
    )
    if sealed != plain_code(code):
        return None
    return case.id if can_be_read_at_home(session, case.id) else None


def can_be_read_at_home(session: Session, case_id: str) -> bool:
    """Whether the child lets the grown-ups at home read anything in this case."""
    return (
        session.scalar(
            select(Consent.id)
            .where(Consent.case_id == case_id, Consent.scope == SCOPE_HOME, Consent.withdrawn_at.is_(None))
            .limit(1)
        )
        is not None
    )


def take_back_home(
    session: Session,
    vault: Vault,
    clock: Clock,
    case_id: str,
    by: EmployeeRef | None = None,
    words: str = "",
    expected_version: int | None = None,
) -> CaseView:
    """The grown-ups at home can no longer read or hear what the child has told. Nothing shared: nothing changes.

    by: an employee to whom the child has said so, in these words, which become an internal note; None: the child itself.
    The writer's log does not tell of it.
    """
    if by is not None:
        check_text(words)

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        shared = [row for row in case.consents if row.scope == SCOPE_HOME and row.withdrawn_at is None]
        for row in shared:
            row.withdrawn_at = now
        if shared:
            log(session, case, box, now, "home_withdrawn", by, kind=None if by else "child")
            if by is not None:
                add_note(session, case, box, by, words.strip(), now)

    return apply_change(
        session,
        vault,
        clock,
        case_id,
        change,
        municipality=by.municipality if by else None,
        version=expected_version,
        for_writer=by is None,
    )


def add_told(
    case: Case, box: CaseVault, told: ChildTold, now: datetime, take_back_hash: str | None = None
) -> None:
    """Add the rows of a child's telling to a case that is open; the caller commits.

    take_back_hash: of the child's own code, see hash_take_back.
    """
    start = len(case.statements)
    if start + len(told.statements) > MAX_STATEMENTS:
        raise InvalidCase("too many statements in one case")
    record = child_record(case, box)
    language = told.understanding.language if told.understanding else told.language
    for number, one in enumerate(told.statements):
        row_id = _told_id(case, told, number)
        spoken = told.language if one.pictures else language or told.language
        row = statement_row(box, start + number, told.author, spoken, one.text, now, row_id=row_id)
        row.from_child = True
        case.statements.append(row)
        if one.pictures:
            record.pictures.append(row_id)
    if told.share_at_home:
        written = [_told_id(case, told, number) for number in range(len(told.statements))]
        for row_id in (*written, *(one.id for one in told.recordings)):
            case.consents.append(
                consent_row(box, len(case.consents), row_id, told.author, now, scope=SCOPE_HOME)
            )
    if take_back_hash is not None:
        code_id = new_id()
        code = plain_code(told.take_back)
        case.child_invitations.append(
            ChildInvitation(
                id=code_id,
                code_hash=take_back_hash,
                code_sealed=box.seal(code, table="child_invitations", column="code_sealed", row_id=code_id),
                made_at=now,
                expires_at=now,
                used_at=now,  # it opens no page to tell on
            )
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
        row_of_needs = understanding_row(
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
    if record.safe is None or (told.safe in ("yes", "no", "unknown") and record.safe != "no"):
        record.safe = told.safe
    if told.hurt is not None and record.hurt != "yes":
        record.hurt = told.hurt
    record.not_asked = record.not_asked_at = None
    _child_danger(case, box, record, told, now)
    keep_child_record(case, box, record)


def hand_over_told(session: Session, box: CaseVault, case: Case, told: ChildTold, now: datetime) -> None:
    """The recordings of a telling become the case's, after add_told; the caller commits. RecordingGone without one."""
    first = _told_id(case, told, 0)
    start = next((row.position for row in case.statements if row.id == first), len(case.statements))
    for one in told.recordings:
        placed = replace(one, position=start + one.position)
        recordings.hand_over(session, box, case, placed, now, from_child=True)
    if told.recordings:
        session.expire(case, ["recordings"])


def _child_danger(case: Case, box: CaseVault, record: ChildRecord, told: ChildTold, now: datetime) -> None:
    """Danger in a child's words: the case is acute as with any other danger, but the writer is not shown why."""
    known = acute_kinds_of(case, box)
    noticed = [*told.acute_kinds, *(told.understanding.acute_kinds if told.understanding else ())]
    new = [kind for kind in dict.fromkeys(noticed) if kind not in known]
    record.hidden_kinds += new
    if (noticed or told.safe == "no" or told.hurt == "yes") and case.urgency != "acute":
        record.raised = True
        make_acute(case, now)
    case.acute_kinds_sealed = seal_json(box, [*known, *new], "cases", "acute_kinds_sealed", case.id)


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
