"""The outbox: that somebody has something to read. Put there with the change it is about, sent by web.notices.

A notice holds no words: what it says is the same for everybody. It is sent at most once: a process claims it before it
sends, and what may have gone is never sent again.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, cast
from uuid import uuid4

from sqlalchemy import CursorResult, delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from web.cases.afterwards import after_rest, allowed_from, open_round, rules
from web.cases.clock import Clock
from web.cases.models import Case, Contact, FollowUp, Message, Notice
from web.cases.types import NOTICE_WAYS, NoticeWay
from web.security.vault import CaseVault, Vault, VaultError

Kind = Literal["message", "helped", "deletion"]
Result = Literal["sent", "again", "refused", "unclear"]
STALE = timedelta(minutes=10)
"""A notice claimed so long ago and not settled belonged to a process that died: nobody knows whether it went."""


@dataclass(frozen=True)
class Claimed:
    """A notice that this process, and no other, is to send now."""

    id: str
    way: NoticeWay
    recipient: str
    language: str
    tries: int
    """How many tries there are with this one."""


def announce(session: Session, case: Case, box: CaseVault, now: datetime, kind: Kind, about: str) -> bool:
    """Put a notice into the outbox, in the transaction of the change. False when there is nothing to send.

    Nothing is sent to who did not ask for it, nor while another notice is on its way or has not been followed.
    """
    contact = case.contact
    if not contact.notices_ok or contact.way not in NOTICE_WAYS or not contact.details_sealed:
        return False
    session.flush()
    if session.scalar(
        select(Notice.id).where(Notice.case_id == case.id, Notice.state.in_(("waiting", "sending"))).limit(1)
    ):
        return False
    unread_since = session.scalar(
        select(func.min(Message.created_at)).where(
            Message.case_id == case.id, Message.from_person.is_(False), Message.read_at.is_(None)
        )
    )
    if unread_since is not None and session.scalar(
        select(Notice.id)
        .where(
            Notice.case_id == case.id,
            Notice.state.in_(("sent", "unclear")),
            Notice.created_at >= unread_since,
        )
        .limit(1)
    ):
        return False
    recipient = box.open(contact.details_sealed, table="contacts", column="details_sealed", row_id=contact.id)
    row_id = str(uuid4())
    session.add(
        Notice(
            id=row_id,
            case_id=case.id,
            kind=kind,
            about=about,
            way=contact.way,
            recipient_sealed=box.seal(recipient, table="notices", column="recipient_sealed", row_id=row_id),
            created_at=now,
            due_at=allowed_from(now, _safe_when(case, box), case.urgency == "acute"),
            state="waiting",
            changed_at=now,
        )
    )
    return True


def _safe_when(case: Case, box: CaseVault) -> tuple[str, ...]:
    """When the person said that it is safe, as ids of safe times."""
    facts = json.loads(box.open(case.facts_sealed, table="cases", column="facts_sealed", row_id=case.id))
    return tuple(facts.get("reach", {}).get("safe_when", ()))


def seen(session: Session, case_id: str, now: datetime, kinds: tuple[Kind, ...] = ("message",)) -> None:
    """The person has read it before the notice went: it need not go. Part of the caller's transaction."""
    session.execute(
        update(Notice)
        .where(Notice.case_id == case_id, Notice.state == "waiting", Notice.kind.in_(kinds))
        .values(state="seen", recipient_sealed=None, changed_at=now)
    )


def withdraw(session: Session, case_id: str) -> None:
    """The person wants no notices any more. Part of the caller's transaction."""
    session.execute(delete(Notice).where(Notice.case_id == case_id, Notice.state == "waiting"))


def announce_rounds(session: Session, vault: Vault, clock: Clock) -> int:
    """Put «did you get help?» into the outbox of those who asked for notices. Returns how many; commits each."""
    now = clock.now()
    first = min(one.after_days for one in rules().rounds)
    last = max(one.after_days + one.open_days for one in rules().rounds)
    cases = session.scalars(
        select(Case)
        .join(Contact)
        .where(
            Contact.notices_ok.is_(True),
            Case.created_at <= now - timedelta(days=first - 1),
            Case.created_at >= now - timedelta(days=last + 1),
        )
    ).all()
    count = 0
    for case in cases:
        answered = set(session.scalars(select(FollowUp.round).where(FollowUp.case_id == case.id)))
        due = open_round(case.created_at, answered, now)
        # Who said that no more help is wanted is asked on the page, and not called back to it.
        if due is None or case.closed_outcome == "withdrawn":
            continue
        if session.scalar(select(Notice.id).where(Notice.case_id == case.id, Notice.about == due.id)):
            continue
        try:
            box = vault.for_case(case.id, case.wrapped_key)
            count += announce(session, case, box, now, "helped", due.id)
            session.commit()
        except (IntegrityError, VaultError):
            session.rollback()  # another process was first, or the case cannot be opened
    return count


def claim(
    session: Session, vault: Vault, clock: Clock, ways: Collection[str], limit: int = 20
) -> list[Claimed]:
    """Notices to send now by one of these ways, claimed one by one: no other process gets the same. Commits."""
    now = clock.now()
    _tidy(session, now)
    found = session.execute(
        select(Notice.id, Notice.case_id)
        .where(Notice.state == "waiting", Notice.due_at <= now, Notice.way.in_(ways))
        .order_by(Notice.due_at)
        .limit(limit)
    ).all()
    claimed = []
    for notice_id, case_id in found:
        case = session.get(Case, case_id, populate_existing=True)
        if case is None:
            continue
        try:
            box = vault.for_case(case.id, case.wrapped_key)
            allowed = allowed_from(now, _safe_when(case, box), case.urgency == "acute")
        except VaultError:
            _change(session, notice_id, "waiting", state="refused", recipient_sealed=None, changed_at=now)
            continue
        if allowed > now:
            _change(session, notice_id, "waiting", due_at=allowed)
            continue
        if not _change(
            session, notice_id, "waiting", state="sending", tries=Notice.tries + 1, changed_at=now
        ):
            continue
        row = session.get(Notice, notice_id, populate_existing=True)
        if row is None or row.recipient_sealed is None:
            continue
        try:
            recipient = box.open(
                row.recipient_sealed, table="notices", column="recipient_sealed", row_id=row.id
            )
        except VaultError:
            settle(session, clock, notice_id, "refused")
            continue
        claimed.append(Claimed(row.id, cast(NoticeWay, row.way), recipient, case.language, row.tries))
    return claimed


def settle(session: Session, clock: Clock, notice_id: str, result: Result) -> str:
    """What became of a claimed notice. «again»: tried again later, until there are no tries left. Commits.

    Returns the state it has now; «gone» when its case was deleted meanwhile.
    """
    now = clock.now()
    values: dict[str, Any] = {"changed_at": now}
    row = session.get(Notice, notice_id, populate_existing=True)
    if row is None:
        return "gone"
    if result == "again" and row.tries <= len(rules().retries):
        acute = session.scalar(select(Case.urgency).where(Case.id == row.case_id)) == "acute"
        at = now + rules().retries[row.tries - 1]
        values |= {"state": "waiting", "due_at": at if acute else after_rest(at)}
    else:
        values |= {"state": "refused" if result == "again" else result, "recipient_sealed": None}
    _change(session, notice_id, "sending", **values)
    return str(values["state"])


def _change(session: Session, notice_id: str, expected: str, **values: Any) -> bool:
    """Change a notice that is in this state, in a transaction of its own. False when it no longer is."""
    result = session.execute(
        update(Notice).where(Notice.id == notice_id, Notice.state == expected).values(**values)
    )
    session.commit()
    return cast("CursorResult[Any]", result).rowcount == 1


def _tidy(session: Session, now: datetime) -> None:
    """What a dead process had claimed may have gone; what could not be sent for days is no news any more."""
    session.execute(
        update(Notice)
        .where(Notice.state == "sending", Notice.changed_at < now - STALE)
        .values(state="unclear", recipient_sealed=None, changed_at=now)
    )
    session.execute(
        update(Notice)
        .where(Notice.state == "waiting", Notice.created_at < now - rules().give_up_after)
        .values(state="refused", recipient_sealed=None, changed_at=now)
    )
    session.commit()
