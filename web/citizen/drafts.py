"""The conversation before Send: sealed with a key that needs both the server's key and the token in the cookie.

The database alone cannot open a draft, and neither can the cookie alone. A draft lives at most MAX_AGE.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from web.cases.clock import Clock
from web.cases.types import About, Author, ContactWay, Language, NeedFound, Receipt, SafeNow, UnderstandingData
from web.security.vault import Vault

MAX_AGE = timedelta(hours=12)


@dataclass
class ShownButton:
    """A quick reply that was shown."""

    title: str
    payload: str


@dataclass
class ShownTurn:
    """One bubble of the conversation as the page shows it. who is person or assistant."""

    who: str
    text: str
    buttons: list[ShownButton] = field(default_factory=list)


@dataclass
class Draft:
    """Everything that the pages before Send need."""

    language: Language
    conversation: str
    submission_key: str
    statements: list[tuple[Author, str]] = field(default_factory=list)
    turns: list[ShownTurn] = field(default_factory=list)
    understood: list[NeedFound] = field(default_factory=list)
    acute_kinds: list[str] = field(default_factory=list)
    acute_confidence: float = 0.0
    understood_language: str = ""
    model: str = ""
    needs_removed: list[str] = field(default_factory=list)
    needs_added: list[str] = field(default_factory=list)
    safe_now: SafeNow | None = None
    about: About | None = None
    age: int | None = None
    age_skipped: bool = False
    hope: str | None = None
    writer: Author | None = None
    services: list[str] = field(default_factory=list)
    consents: dict[str, bool] = field(default_factory=dict)
    way: ContactWay | None = None
    details: str | None = None
    safe_times: str | None = None
    voicemail_ok: bool = False
    may_know: list[str] = field(default_factory=list)
    topics: list[str] = field(default_factory=list)
    """Topics (need ids) picked by hand when the assistant was down."""
    assistant_down: bool = False
    return_code: str | None = None
    """Made once, when the send page is first shown; in the person's language."""
    receipt: Receipt | None = None
    """After Send nothing but this and the language is left in the draft."""

    @classmethod
    def new(cls, language: Language) -> Draft:
        """An empty draft with its own random conversation id and submission key."""
        raise NotImplementedError

    def add_statement(self, author: Author, text: str) -> int:
        """Keep what the person typed, as typed. Returns its position."""
        raise NotImplementedError

    def merge(
        self,
        position: int,
        needs: Iterable[tuple[str, float, Iterable[tuple[int, int]]]],
        acute_kinds: Iterable[str] = (),
        acute_confidence: float = 0.0,
        language: str = "",
        model: str = "",
    ) -> None:
        """Merge what was understood of the statement at this position: highest confidence, all the evidence."""
        raise NotImplementedError

    @property
    def needs(self) -> list[str]:
        """The needs that stand: understood, minus removed, plus topics and added, strongest first."""
        raise NotImplementedError

    def remove_need(self, need_id: str) -> None:
        """The person takes a need away; it stays away in later turns."""
        raise NotImplementedError

    def add_need(self, need_id: str) -> None:
        """The person adds a need."""
        raise NotImplementedError

    def understanding(self) -> UnderstandingData | None:
        """The assistant's part, for NewCase; None when it was never asked."""
        raise NotImplementedError

    def sent(self, receipt: Receipt) -> None:
        """Forget everything but the receipt: the words are in the case now."""
        raise NotImplementedError


def new_token() -> str:
    """A random token for the cookie (web.security.sessions keeps it)."""
    raise NotImplementedError


def load(session: Session, vault: Vault, clock: Clock, token: str | None) -> Draft | None:
    """The draft of this token; None when there is none, it is too old, or it does not open."""
    raise NotImplementedError


def save(session: Session, vault: Vault, clock: Clock, token: str, draft: Draft) -> None:
    """Seal and store the draft, and commit: one INSERT or UPDATE."""
    raise NotImplementedError


def forget(session: Session, token: str | None) -> None:
    """Delete the draft of this token, and commit."""
    raise NotImplementedError


def purge(session: Session, now: datetime) -> int:
    """Delete every draft older than MAX_AGE, and commit. Returns how many."""
    raise NotImplementedError
