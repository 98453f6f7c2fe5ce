"""Shares and broken glass as rows: how they are opened, and what of them the writer of a case must not see.

A line of the log about a share holds «service share-id»: the first is shown, the second says whose line it is.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from web.cases.models import Case, LogEntry
from web.cases.sharing_models import BrokenGlass, Share
from web.cases.sharing_types import GlassView, ShareView
from web.cases.types import WITHHELD_ACTIONS, Action, Facts, Unseen
from web.security.vault import CaseVault

SHARE_LINES: tuple[Action, ...] = (
    "share_made",
    "share_ended",
    "share_told",
    "share_opened",
    "share_listened",
    "share_answered",
    "share_noted",
    "package_made",
    "package_fetched",
    "package_received",
)
_YOUNG = ("child", "youth")


def opened_json(box: CaseVault, sealed: str | None, column: str, row: Share | BrokenGlass) -> dict[str, Any]:
    """What was sealed as JSON in a column; empty when nothing was."""
    if sealed is None:
        return {}
    stored: dict[str, Any] = json.loads(
        box.open(sealed, table=row.__tablename__, column=column, row_id=row.id)
    )
    return stored


def shared_service(row: Share, box: CaseVault) -> str:
    """Which service a share is with."""
    return box.open(row.service_sealed, table="shares", column="service_sealed", row_id=row.id)


def share_view(row: Share, box: CaseVault, writer: Facts | None = None) -> ShareView:
    """A share, opened. writer: what is known of who wrote the case, when it is shown to them."""
    law = opened_json(box, row.basis_sealed, "basis_sealed", row)
    why = opened_json(box, row.withheld_sealed, "withheld_sealed", row) if writer is None else {}
    # What a child answered when asked is the child's, not of whoever wrote about it.
    answers = writer is None or (
        writer.writer in _YOUNG and writer.about not in ("my_child", "friend", "other")
    )
    return ShareView(
        id=row.id,
        service_id=shared_service(row, box),
        parts=tuple(opened_json(box, row.parts_sealed, "parts_sealed", row)["parts"]),
        basis=cast(Any, row.basis),
        paragraph=law.get("paragraph", ""),
        reason=law.get("reason", ""),
        shared_by_name=row.shared_by_name,
        shared_at=row.shared_at,
        asked=cast(Any, law.get("asked")) if answers else None,
        said=law.get("said", "") if answers else "",
        spoken_consent=bool(law.get("consent")),
        childs=row.childs,
        withheld=row.withheld,
        withheld_reason=why.get("reason", ""),
        withheld_by=why.get("by", ""),
        look_again_on=row.look_again_on if writer is None else None,
        ended_at=row.ended_at,
        ended_by=cast(Any, row.ended_by),
        opened_at=row.opened_at,
        outcome=cast(Any, row.outcome),
        outcome_at=row.outcome_at,
        outcome_by=row.outcome_by,
        outcome_words=_words(row, box, "outcome_sealed") if writer is None else "",
        noted=cast(Any, row.noted),
        noted_at=row.noted_at,
        noted_by=row.noted_by,
        noted_words=_words(row, box, "noted_sealed") if writer is None else "",
    )


def _words(row: Share, box: CaseVault, column: str) -> str:
    sealed = getattr(row, column)
    return box.open(sealed, table="shares", column=column, row_id=row.id) if sealed is not None else ""


def hidden_from_writer(row: Share) -> bool:
    """What the child told goes to a service without a word to who wrote; what is withheld is not told yet."""
    return row.childs or row.withheld


def share_views(case: Case, box: CaseVault, writer: Facts | None) -> tuple[ShareView, ...]:
    """The services that were brought in; for the writer without what is theirs to know later, or never."""
    return tuple(
        share_view(row, box, writer) for row in case.shares if writer is None or not hidden_from_writer(row)
    )


def glass_view(row: BrokenGlass, box: CaseVault, *, for_writer: bool = False) -> GlassView:
    """Broken glass, opened."""
    why = {} if for_writer else opened_json(box, row.withheld_sealed, "withheld_sealed", row)
    return GlassView(
        id=row.id,
        employee_id=row.employee_id,
        employee_name=row.employee_name,
        kind=cast(Any, row.kind),
        reason=box.open(row.reason_sealed, table="broken_glass", column="reason_sealed", row_id=row.id),
        at=row.at,
        until=row.until,
        withheld=row.withheld,
        withheld_reason=why.get("reason", ""),
        seen_by=row.seen_by,
        seen_at=row.seen_at,
    )


def glass_views(case: Case, box: CaseVault, *, for_writer: bool) -> tuple[GlassView, ...]:
    """Who has broken the glass; for the writer without what is withheld until a danger is over."""
    return tuple(
        glass_view(row, box, for_writer=for_writer) for row in case.glass if not (for_writer and row.withheld)
    )


def line_of_share(action: str, detail: str | None) -> tuple[str | None, str]:
    """A line's detail as it is shown, and the id of the share (or glass) it is about; empty for other lines."""
    if detail is None or (action not in SHARE_LINES and action != "glass_broken"):
        return detail, ""
    shown, _, row_id = detail.rpartition(" ")
    return shown, row_id


DISPUTE_ACTIONS = frozenset({"dispute_opened", "dispute_decided"})


def withholds(session: Session, case_id: str) -> bool:
    """Whether anything that was shared is not told to the person yet."""
    found = session.scalar(
        select(Share.id).where(Share.case_id == case_id, Share.withheld.is_(True)).limit(1)
    )
    return found is not None


def unseen_lines(case: Case) -> Callable[[LogEntry, str], Unseen | None]:
    """Why who wrote the case does not see a line of its log, given the line and what it is about (see line_of_share)."""
    hidden = {
        row.id: Unseen("childs") if row.childs else Unseen("withheld", row.look_again_on)
        for row in case.shares
        if hidden_from_writer(row)
    }
    glass = [row for row in case.glass if row.withheld]
    hidden |= {row.id: Unseen("danger") for row in glass}
    withheld = [one for one in hidden.values() if one.why == "withheld"]

    def unseen(line: LogEntry, about: str) -> Unseen | None:
        if about in hidden:
            return hidden[about]
        if line.action in WITHHELD_ACTIONS:
            return Unseen("childs" if line.action == "home_withdrawn" else "plan")
        # Who disagrees, and who was chosen, can name a service that the person is not told of yet.
        if line.action in DISPUTE_ACTIONS and withheld:
            return max(withheld, key=lambda one: one.look_again_on or date.min)
        if line.action in ("read", "looked", "listened") and any(
            row.employee_id == line.actor_id and row.at <= line.at <= row.until for row in glass
        ):
            return Unseen("danger")
        return None

    return unseen
