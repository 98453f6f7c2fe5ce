"""The conversation before Send: sealed with a key that needs both the server's key and the token in the
cookie.

The database alone cannot open a draft, and neither can the cookie alone. A draft lives at most MAX_AGE from
its first word; the pages delete it earlier (Send, «Slett», quick exit). On a device that others use too it lives
SHARED_IDLE after the last page that was asked for.
"""

from __future__ import annotations

import dataclasses
import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    String,
    Text,
    and_,
    delete,
    insert,
    not_,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from web.cases import attachments, recordings
from web.cases.clock import Clock
from web.cases.types import (
    About,
    AboutHome,
    Author,
    CallerSays,
    ChildStatement,
    ChildTold,
    ContactWay,
    Evidence,
    Language,
    NeedFound,
    NewRecording,
    NotAsked,
    ParentsAnswer,
    Receipt,
    SafeNow,
    SafeWhen,
    UnderstandingData,
)
from web.db import Base, UTCDateTime
from web.security.vault import Vault, VaultError

MAX_AGE = timedelta(hours=12)
SHARED_IDLE = timedelta(minutes=10)
"""How long a draft waits on a device that others use too."""
LEAVING = timedelta(seconds=30)
"""How long it waits when its page was left there: enough for the next page or the same one again."""
MAX_BYTES = 1_000_000
"""Some 150 of the longest texts: far above any conversation, far below what could fill a disk unseen."""


class DraftFull(Exception):
    """The draft cannot take more: send it or start again. What was saved before is still there."""


class DraftRow(Base):
    """A sealed draft. The id is derived from the token, so the table says nothing about who it belongs to."""

    __tablename__ = "drafts"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    content_sealed: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    ends_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    """Only on a shared device: when it is deleted unless something happens before."""


@dataclass
class ShownButton:
    """A quick reply that was shown."""

    title: str
    payload: str


@dataclass
class ShownTurn:
    """One bubble of the conversation as the page shows it; who: person, assistant, or another speaker."""

    who: str
    text: str
    buttons: list[ShownButton] = field(default_factory=list)
    language: str | None = None
    """The language of the text, when it is not the page's."""


@dataclass
class Draft:
    """Everything that the pages before Send need."""

    language: Language
    conversation: str
    submission_key: str
    statements: list[tuple[Author, str]] = field(default_factory=list)
    turns: list[ShownTurn] = field(default_factory=list)
    told: bool = False
    """Something has been told, other than what is nothing for this door."""
    unsent: str = ""
    """What stands in the field while a quick reply or another button is pressed."""
    understood: list[NeedFound] = field(default_factory=list)
    """Merged over all turns: the highest confidence, the evidence of every statement."""
    acute_kinds: list[str] = field(default_factory=list)
    acute_confidence: float = 0.0
    understood_language: str = ""
    model: str = ""
    assistant_answered: bool = False
    assistant_down: bool = False
    """Whether the last turn had to do without the assistant."""
    needs_removed: list[str] = field(default_factory=list)
    needs_added: list[str] = field(default_factory=list)
    topics: list[str] = field(default_factory=list)
    """Topics (need ids) picked by hand when the assistant was down."""
    safe_now: SafeNow | None = None
    about: About | None = None
    age: int | None = None
    age_skipped: bool = False
    ages_differ: bool = False
    """More than one age has been told: none is taken, and the page before sending asks."""
    hope: str | None = None
    writer: Author | None = None
    services: list[str] = field(default_factory=list)
    consents: dict[str, bool] = field(default_factory=dict)
    way: ContactWay | None = None
    details: str | None = None
    safe_times: str | None = None
    voicemail_ok: bool = False
    may_know: list[str] = field(default_factory=list)
    home: AboutHome | None = None
    parents: ParentsAnswer | None = None
    prefers: str | None = None
    avoids: str | None = None
    safe_when: list[SafeWhen] = field(default_factory=list)
    caller_says: CallerSays | None = None
    safe_word: str | None = None
    call_today: bool = False
    """The person is in danger and has left a number to be called today."""
    return_code: str | None = None
    """Made once, when the person sends; kept, so that sending twice cannot give two codes."""
    pictures: dict[str, list[str]] = field(default_factory=dict)
    """What a small child has chosen on each page of pictures: see web.citizen.child."""
    pictures_text: str = ""
    """The same as sentences, once they stand first among the statements."""
    child_told: list[ChildTold] = field(default_factory=list)
    """What a child has told for itself on this device; sent along, and never shown to who writes this."""
    child_not_asked: NotAsked | None = None
    child_alone: list[tuple[str, str]] = field(default_factory=list)
    """Id and reference of each case that a child has sent by itself from this device; never shown here either."""
    child_done: bool = False
    """A child has told and holds the device still: this draft says nothing but what its last page shows."""
    take_back: str = ""
    """The code with which the child can take back that the grown-ups at home can read it, on the same page."""
    notices_ok: bool = False
    speaks_from_send: bool = False
    """The voice page was opened from the last page before sending, and leads back there."""
    receipt: Receipt | None = None
    """After Send nothing but this, what follows and the language is left in the draft."""
    called_on: str | None = None
    """The number that was left to be called on today, for the receipt."""

    @classmethod
    def new(cls, language: Language) -> Draft:
        """An empty draft with its own random conversation id and submission key."""
        return cls(language, conversation=secrets.token_urlsafe(24), submission_key=secrets.token_urlsafe(24))

    def add_statement(self, author: Author, text: str) -> int:
        """Keep what the person typed, as typed. Returns its position."""
        self.statements.append((author, text))
        return len(self.statements) - 1

    def merge(
        self,
        position: int,
        needs: Iterable[tuple[str, float, Iterable[tuple[int, int]]]],
        acute_kinds: Iterable[str] = (),
        acute_confidence: float = 0.0,
        language: str = "",
        model: str = "",
    ) -> None:
        """Merge what was understood of one statement: the highest confidence, all the evidence."""
        merged = {need.id: need for need in self.understood}
        for need_id, confidence, spans in needs:
            earlier = merged.get(need_id, NeedFound(need_id, 0.0))
            evidence = [*earlier.evidence, *(Evidence(position, start, end) for start, end in spans)]
            merged[need_id] = NeedFound(
                need_id, max(earlier.confidence, confidence), tuple(dict.fromkeys(evidence))
            )
        self.understood = sorted(merged.values(), key=lambda need: -need.confidence)
        kinds = list(acute_kinds)
        self.acute_kinds = list(dict.fromkeys([*self.acute_kinds, *kinds]))
        if kinds:
            self.acute_confidence = max(self.acute_confidence, acute_confidence)
        # A short answer («vet ikke», «15») says little about the language: the longest text decides.
        lengths = [len(text) for _author, text in self.statements]
        if language and (not self.understood_language or len(self.statements[position][1]) >= max(lengths)):
            self.understood_language = language
        self.model = model or self.model
        self.assistant_answered = True

    @property
    def needs(self) -> list[str]:
        """The needs that stand: understood, topics and added, minus removed, strongest first."""
        every = [*(need.id for need in self.understood), *self.topics, *self.needs_added]
        return [need for need in dict.fromkeys(every) if need not in self.needs_removed]

    def remove_need(self, need_id: str) -> None:
        """The person takes a need away; it stays away in later turns."""
        self.needs_added = [need for need in self.needs_added if need != need_id]
        self.topics = [need for need in self.topics if need != need_id]
        if need_id not in self.needs_removed:
            self.needs_removed.append(need_id)

    def add_need(self, need_id: str) -> None:
        """The person adds a need, or takes back that they removed it."""
        self.needs_removed = [need for need in self.needs_removed if need != need_id]
        if need_id not in self.needs:
            self.needs_added.append(need_id)

    def understanding(self) -> UnderstandingData | None:
        """The assistant's part, for NewCase; None when it never answered."""
        if not self.assistant_answered:
            return None
        return UnderstandingData(
            language=self.understood_language or self.language,
            needs=tuple(self.understood),
            acute_kinds=tuple(self.acute_kinds),
            acute_confidence=self.acute_confidence,
            model=self.model,
        )

    def sent(self, receipt: Receipt) -> None:
        """Forget everything but the receipt, and what it says of how they answer: the words are in the case now."""
        fresh = Draft(self.language, conversation="", submission_key=self.submission_key, receipt=receipt)
        fresh.way = self.way or "code"
        fresh.called_on = self.details if self.call_today else None
        for item in dataclasses.fields(self):
            setattr(self, item.name, getattr(fresh, item.name))

    def to_json(self) -> str:
        """For sealing."""
        return json.dumps(
            dataclasses.asdict(self), ensure_ascii=False, default=lambda value: value.isoformat()
        )

    @classmethod
    def from_json(cls, text: str) -> Draft:
        """The draft again.

        What a newer or older version of the portal wrote beside the known fields is left out.
        """
        stored: dict[str, Any] = json.loads(text)
        known = {item.name for item in dataclasses.fields(cls)}
        draft = cls(**{name: value for name, value in stored.items() if name in known})
        draft.statements = [(cast(Author, author), text) for author, text in stored.get("statements", [])]
        draft.turns = [
            ShownTurn(
                turn["who"],
                turn["text"],
                [ShownButton(**button) for button in turn["buttons"]],
                turn.get("language"),
            )
            for turn in stored.get("turns", [])
        ]
        draft.understood = [_need(need) for need in stored.get("understood", [])]
        draft.child_alone = [(case_id, reference) for case_id, reference in stored.get("child_alone", [])]
        draft.child_told = [_child_told(told) for told in stored.get("child_told", [])]
        if stored.get("child_not_asked"):
            draft.child_not_asked = NotAsked(**stored["child_not_asked"])
        if stored.get("receipt"):
            receipt = dict(stored["receipt"])
            receipt["created_at"] = datetime.fromisoformat(receipt["created_at"])
            receipt["hear_by"] = date.fromisoformat(receipt["hear_by"])
            draft.receipt = Receipt(**receipt)
        return draft


def _need(stored: dict[str, Any]) -> NeedFound:
    return NeedFound(
        stored["id"], stored["confidence"], tuple(Evidence(**span) for span in stored["evidence"])
    )


def _child_told(stored: dict[str, Any]) -> ChildTold:
    told = dict(stored)
    told["statements"] = tuple(ChildStatement(**one) for one in told["statements"])
    told["acute_kinds"] = tuple(told["acute_kinds"])
    told["recordings"] = tuple(NewRecording(**one) for one in told.get("recordings", ()))
    if told["understanding"] is not None:
        found = dict(told["understanding"])
        found["needs"] = tuple(_need(need) for need in found["needs"])
        found["acute_kinds"] = tuple(found["acute_kinds"])
        told["understanding"] = UnderstandingData(**found)
    return ChildTold(**told)


def new_token() -> str:
    """A random token for the cookie (web.security.sessions keeps it)."""
    return secrets.token_urlsafe(32)


def load(session: Session, vault: Vault, clock: Clock, token: str | None) -> Draft | None:
    """The draft of this token; None when there is none, it is too old, or it does not open."""
    if not token:
        return None
    found = session.execute(
        select(DraftRow.content_sealed, DraftRow.created_at, DraftRow.ends_at).where(
            DraftRow.id == vault.draft_id(token)
        )
    ).first()
    now = clock.now()
    if found is None or now - found.created_at >= MAX_AGE or (found.ends_at and found.ends_at <= now):
        return None
    try:
        return Draft.from_json(vault.open_draft(token, found.content_sealed))
    except (VaultError, ValueError, TypeError, KeyError):
        # Sealed by another server key, or by a version too different: start again rather than fail on every
        # page.
        return None


def save(
    session: Session, vault: Vault, clock: Clock, token: str, draft: Draft, idle: timedelta | None = None
) -> None:
    """Seal and store the draft, and commit. idle: on a shared device, how long it waits for the next sign of life.

    One UPDATE, or one INSERT the first time. DraftFull above MAX_BYTES.
    """
    text = draft.to_json()
    if len(text.encode()) > MAX_BYTES:
        raise DraftFull("the draft is full")
    row_id, sealed, now = vault.draft_id(token), vault.seal_draft(token, text), clock.now()
    ends_at = now + idle if idle else None
    try:
        if not _update(session, row_id, now, content_sealed=sealed, ends_at=ends_at):
            # A row that is too old does not live on under the same token.
            session.execute(delete(DraftRow).where(DraftRow.id == row_id, _over(now)))
            session.execute(
                insert(DraftRow).values(id=row_id, content_sealed=sealed, created_at=now, ends_at=ends_at)
            )
            recordings.forget_draft(session, row_id)
        session.commit()
    except IntegrityError:
        # Two turns at once made the row twice: the later words win.
        session.rollback()
        _update(session, row_id, now, content_sealed=sealed, ends_at=ends_at)
        session.commit()
    except BaseException:
        session.rollback()
        raise


def _over(now: datetime) -> ColumnElement[bool]:
    """Which rows have had their time."""
    return or_(
        DraftRow.created_at <= now - MAX_AGE, and_(DraftRow.ends_at.is_not(None), DraftRow.ends_at <= now)
    )


def _update(session: Session, row_id: str, now: datetime, **values: Any) -> bool:
    done = session.execute(
        update(DraftRow)
        .where(DraftRow.id == row_id, not_(_over(now)))
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    return cast("CursorResult[Any]", done).rowcount > 0


def keep_for(session: Session, vault: Vault, clock: Clock, token: str | None, idle: timedelta | None) -> bool:
    """Move the end of this token's draft to idle from now (None: no such end), and commit. Whether there is one."""
    if not token:
        return False
    now = clock.now()
    kept = _update(session, vault.draft_id(token), now, ends_at=now + idle if idle else None)
    session.commit()
    return kept


def seconds_left(session: Session, vault: Vault, clock: Clock, token: str | None) -> int | None:
    """Seconds until this token's draft is deleted unless something happens; None when nothing ends or is there."""
    if not token:
        return None
    ends_at = session.scalar(select(DraftRow.ends_at).where(DraftRow.id == vault.draft_id(token)))
    return max(0, int((ends_at - clock.now()).total_seconds())) if ends_at else None


def forget(session: Session, vault: Vault, token: str | None) -> None:
    """Delete the draft of this token with its recordings, and commit."""
    if token:
        recordings.forget_draft(session, vault.draft_id(token))
        session.execute(delete(DraftRow).where(DraftRow.id == vault.draft_id(token)))
        session.commit()


def purge(session: Session, now: datetime) -> int:
    """Delete every draft that has had its time, with its recordings, and files that were never sent; commit. How many."""
    done = session.execute(delete(DraftRow).where(_over(now)))
    recordings.purge(session, now, select(DraftRow.id))
    attachments.purge(session, now)
    session.commit()
    return cast("CursorResult[Any]", done).rowcount
