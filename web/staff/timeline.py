"""Everything that has happened in a case as one list by time. Pure functions on a CaseView and its notes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, get_args

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from web.cases.notes import NoteView
from web.cases.types import CaseView

Kind = Literal["words", "recording", "message", "file", "note", "needs", "consent", "log"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
NAMES: Final[dict[Kind, LazyString]] = {
    "words": _("Own words (kind)"),
    "recording": _("Recordings (kind)"),
    "message": _("Messages"),
    "file": _("Files (kind)"),
    "note": _("Internal notes"),
    "needs": _("What it is about (kind)"),
    "consent": _("Who may read (kind)"),
    "log": _("Log (of the case)"),
}
# What belongs to one moment, in the order in which one thing follows from the other.
_ORDER: Final = {kind: place for place, kind in enumerate(KINDS)}


@dataclass(frozen=True)
class Happened:
    """One thing: when, of which kind, and the thing itself as the core gives it."""

    at: datetime
    kind: Kind
    what: Any
    ended: bool = False
    """Of a consent: this is the moment when it was taken back. Of a note: when it was struck out."""


def happened(view: CaseView, notes: Iterable[NoteView]) -> list[Happened]:
    """Everything, the oldest first."""
    found = [Happened(one.created_at, "words", one) for one in view.statements]
    found += [Happened(one.created_at, "recording", one) for one in view.recordings]
    found += [Happened(one.created_at, "message", one) for one in view.messages]
    found += [Happened(one.created_at, "file", file) for one in view.messages for file in one.attachments]
    found += [Happened(one.created_at, "needs", one) for one in view.understandings]
    found += [Happened(line.at, "log", line) for line in view.log]
    for consent in view.consents:
        found.append(Happened(consent.given_at, "consent", consent))
        if consent.withdrawn_at:
            found.append(Happened(consent.withdrawn_at, "consent", consent, ended=True))
    for note in notes:
        found.append(Happened(note.created_at, "note", note))
        if note.struck_at:
            found.append(Happened(note.struck_at, "note", note, ended=True))
    return sorted(found, key=lambda one: (one.at, _ORDER[one.kind]))


def asked_kinds(posted: Iterable[str]) -> tuple[Kind, ...]:
    """Those that are ticked; all when none is, or only unknown ones."""
    wanted = set(posted)
    return tuple(kind for kind in KINDS if kind in wanted) or KINDS
