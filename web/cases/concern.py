"""A draft of a concern report to the child welfare service, in the fields of the national schema.

The duty to report is the employee's own. So a draft belongs to the one who began it, nobody else opens it, it holds nothing that
the employee has not ticked or written, and nothing here sends it. That it was sent is what the employee says.

Functions take (session, vault, clock) or (session, vault) first; the fields are described in
web/cases/rules/concern_*.schema.json.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, get_args

import jsonschema
import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session

from web.cases.changing import apply_change
from web.cases.checks import check_one_of
from web.cases.clock import Clock
from web.cases.models import Case
from web.cases.package_models import ConcernRow
from web.cases.rows import box_of, log, new_id, open_json, seal_json
from web.cases.types import CaseNotFound, EmployeeRef, InvalidCase
from web.security.vault import CaseVault, Vault

Variant = Literal["public", "private"]
"""public: from somebody in the municipality's or the state's service (offentlig); private: as a private person (privat)."""
VARIANTS: Final[tuple[Variant, ...]] = get_args(Variant)
MAX_CONTENT = 60_000
"""Characters of a draft in all, far above what its form lets through."""
MAX_REASON = 1000
MOST_DRAFTS = 5
"""Of one employee in one case: one for each report, and no heap of them."""
_RULES = Path(__file__).parent / "rules"


class ConcernGone(InvalidCase):
    """There is no such draft, or it is another employee's."""


@dataclass(frozen=True)
class ConcernView:
    """A draft, opened for the one who wrote it."""

    id: str
    variant: Variant
    fields: Mapping[str, Any]
    """By the names of the national schema."""
    made_at: datetime
    changed_at: datetime
    sent_at: datetime | None = None
    withheld: str = ""
    """Why the person is not told that it was sent."""


@dataclass(frozen=True)
class ConcernSeen:
    """What colleagues see of somebody's draft: that there is one."""

    employee_name: str
    made_at: datetime
    sent_at: datetime | None


@dataclass(frozen=True)
class Point:
    """One thing to think through before reporting."""

    id: str
    title: Mapping[str, str]
    text: Mapping[str, str]
    source: str
    verified: bool


# --- What to think through, and what the fields are --------------------------------------------------------------


@cache
def checklist() -> tuple[Point, ...]:
    """What to think through, in order: rules/concern.yml."""
    stored = yaml.safe_load((_RULES / "concern.yml").read_text("utf-8"))
    return tuple(
        Point(one["id"], one["title"], one["text"], one["source"], one["verified"])
        for one in stored["points"]
    )


@cache
def schema(variant: Variant) -> Mapping[str, Any]:
    """The fields of a variant, as JSON Schema."""
    found: dict[str, Any] = json.loads((_RULES / f"concern_{variant}.schema.json").read_text("utf-8"))
    return found


def missing(variant: Variant, fields: Mapping[str, Any]) -> tuple[str, ...]:
    """Which fields the schema asks for that are not filled in rightly, as paths such as offentligMelder.epost; in its order."""
    validator = jsonschema.Draft201909Validator(schema(variant))
    found = []
    for error in validator.iter_errors(fields):
        path = [str(one) for one in error.absolute_path]
        if error.validator == "required":
            path += [name for name in error.validator_value if name not in error.instance][:1]
        found.append(".".join(path))
    return tuple(dict.fromkeys(found))


# --- The draft --------------------------------------------------------------------------------------------------


def start_concern(
    session: Session,
    vault: Vault,
    clock: Clock,
    case_id: str,
    employee: EmployeeRef,
    variant: Variant,
    fields: Mapping[str, Any],
) -> str:
    """Begin a draft; returns its id. No line in the log: a draft has told nobody anything."""
    content = _checked(variant, fields)
    row_id = new_id()

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        own = session.scalars(_drafts(case.id).where(ConcernRow.employee_id == employee.id)).all()
        if len(own) >= MOST_DRAFTS:
            raise InvalidCase("too many drafts")
        session.add(
            ConcernRow(
                id=row_id,
                case_id=case.id,
                employee_id=employee.id,
                employee_name=employee.name,
                made_at=now,
                changed_at=now,
                content_sealed=seal_json(box, content, "concern_drafts", "content_sealed", row_id),
            )
        )

    apply_change(session, vault, clock, case_id, change, municipality=employee.municipality, reading=True)
    return row_id


def save_concern(
    session: Session,
    vault: Vault,
    clock: Clock,
    case_id: str,
    employee: EmployeeRef,
    concern_id: str,
    fields: Mapping[str, Any],
) -> None:
    """Keep what the employee has written. ConcernGone for a draft that is not theirs, or that has been sent."""

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        row = _own(session, case.id, concern_id, employee)
        if row.sent_sealed is not None:
            raise ConcernGone("it is no draft any more")
        variant = _view(row, box).variant
        row.content_sealed = seal_json(
            box, _checked(variant, fields), "concern_drafts", "content_sealed", row.id
        )
        row.changed_at = now

    apply_change(session, vault, clock, case_id, change, municipality=employee.municipality, reading=True)


def drop_concern(
    session: Session, vault: Vault, clock: Clock, case_id: str, employee: EmployeeRef, concern_id: str
) -> None:
    """Delete one's own draft. What the employee has said was sent stays."""

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        row = _own(session, case.id, concern_id, employee)
        if row.sent_sealed is not None:
            raise ConcernGone("it is no draft any more")
        session.delete(row)

    apply_change(session, vault, clock, case_id, change, municipality=employee.municipality, reading=True)


def note_sent(
    session: Session,
    vault: Vault,
    clock: Clock,
    case_id: str,
    employee: EmployeeRef,
    concern_id: str,
    sent_at: datetime,
    withheld: str,
    expected_version: int | None = None,
) -> None:
    """The employee says that they sent it, when, and whether the person is told.

    withheld: why the person is not told; empty only when the employee has chosen that they are. sent_at must not lie ahead.
    """
    if len(withheld) > MAX_REASON:
        raise InvalidCase("the reason is too long")

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        row = _own(session, case.id, concern_id, employee)
        if row.sent_sealed is not None:
            return
        if sent_at > now:
            raise InvalidCase("that has not been yet")
        sent = {"at": sent_at.isoformat(), "withheld": withheld}
        row.sent_sealed = seal_json(box, sent, "concern_drafts", "sent_sealed", row.id)
        if not withheld:
            log(session, case, box, now, "concern_told", employee)

    apply_change(
        session,
        vault,
        clock,
        case_id,
        change,
        municipality=employee.municipality,
        version=expected_version,
        # Nothing that colleagues or the person see has changed when the person is not told.
        reading=bool(withheld),
    )


def concerns_of(
    session: Session, vault: Vault, case_id: str, employee: EmployeeRef
) -> tuple[tuple[ConcernView, ...], tuple[ConcernSeen, ...]]:
    """The employee's own drafts, oldest first; and that colleagues have some. CaseNotFound without the case."""
    case = session.get(Case, case_id)
    if case is None or case.municipality != employee.municipality:
        raise CaseNotFound("no such case")
    box = box_of(vault, case)
    own: list[ConcernView] = []
    others: list[ConcernSeen] = []
    for row in session.scalars(_drafts(case_id)):
        view = _view(row, box)
        if row.employee_id == employee.id:
            own.append(view)
        else:
            others.append(ConcernSeen(row.employee_name, row.made_at, view.sent_at))
    return tuple(own), tuple(others)


def concern_of(
    session: Session, vault: Vault, case_id: str, employee: EmployeeRef, concern_id: str
) -> ConcernView:
    """One of the employee's own drafts. ConcernGone, CaseNotFound."""
    own, _others = concerns_of(session, vault, case_id, employee)
    found = next((one for one in own if one.id == concern_id), None)
    if found is None:
        raise ConcernGone("no such draft")
    return found


def _drafts(case_id: str) -> Any:
    return (
        select(ConcernRow)
        .where(ConcernRow.case_id == case_id)
        .order_by(ConcernRow.made_at, ConcernRow.id)
        .execution_options(populate_existing=True)
    )


def _own(session: Session, case_id: str, concern_id: str, employee: EmployeeRef) -> ConcernRow:
    row = session.get(ConcernRow, concern_id, populate_existing=True)
    if row is None or row.case_id != case_id or row.employee_id != employee.id:
        raise ConcernGone("no such draft")
    return row


def _checked(variant: Variant, fields: Mapping[str, Any]) -> dict[str, Any]:
    check_one_of(variant, VARIANTS, "variant")
    if len(json.dumps(fields)) > MAX_CONTENT:
        raise InvalidCase("the draft is too long")
    return {"variant": variant, "fields": dict(fields)}


def _view(row: ConcernRow, box: CaseVault) -> ConcernView:
    content = open_json(box, row.content_sealed, "concern_drafts", "content_sealed", row.id)
    sent = (
        open_json(box, row.sent_sealed, "concern_drafts", "sent_sealed", row.id) if row.sent_sealed else None
    )
    return ConcernView(
        id=row.id,
        variant=content["variant"],
        fields=content["fields"],
        made_at=row.made_at,
        changed_at=row.changed_at,
        sent_at=datetime.fromisoformat(sent["at"]) if sent else None,
        withheld=sent["withheld"] if sent else "",
    )
