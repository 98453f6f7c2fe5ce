"""Hand-over packages: what one service is given of a case, as files, with a receipt.

A package goes only to a service that may receive it now (`grants`), and holds only what that service may be given. Its JSON and
PDF are kept, sealed: what was sent must be shown as it was sent, to the person too, also after the case and the program have
changed. The recordings are not copied; they never change, and their hashes stand in the JSON.

Every function takes (session, vault, clock) or (session, vault) first. Nothing here logs outside the case; no exception
carries a citizen's words.
"""

from __future__ import annotations

import base64
import hashlib
import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal, get_args

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from web.cases import recordings
from web.cases.changing import apply_change
from web.cases.checks import check_one_of
from web.cases.clock import Clock
from web.cases.deadlines import OSLO
from web.cases.models import Case
from web.cases.package_models import PackageRow
from web.cases.rows import box_of, log, new_id, open_json, seal_json
from web.cases.types import (
    LANGUAGES,
    CaseNotFound,
    CaseView,
    EmployeeRef,
    InvalidCase,
    Language,
    RecordingView,
    StatementView,
)
from web.cases.views import case_view
from web.security.vault import CaseVault, Vault

Part = Literal["words", "childs_words", "recordings", "needs", "contact", "messages"]
PARTS: Final[tuple[Part, ...]] = get_args(Part)
#: What a person has said yes to with «may read it»; how to reach them and what was written since are not among it.
BY_CONSENT: Final[tuple[Part, ...]] = ("words", "recordings", "needs")
How = Literal["service", "phone", "paper"]
HOWS: Final[tuple[How, ...]] = get_args(How)
CODE_LENGTH = 8
"""Of the hash, to be read aloud: 32 bits tell any two packages of a municipality apart."""
MAX_REASON = 1000
_YOUNG = ("child", "youth")


class NotAllowed(InvalidCase):
    """The service may not be given this now: no consent, no recorded basis, or a part that neither covers."""


class WrongCode(InvalidCase):
    """The characters are not those of this package."""


class PackageGone(InvalidCase):
    """There is no such package, or nothing left in it."""


@dataclass(frozen=True)
class Grant:
    """Why a service may receive a package, and how much."""

    service_id: str
    parts: tuple[Part, ...]
    basis: Literal["consent", "law"]
    since: datetime
    paragraph: str = ""
    reason: str = ""
    asked: str = ""
    """Whether the child was asked, in one word of web.cases.sharing_types."""
    said: str = ""
    withheld: str = ""
    """Why the person is not told of the sharing; empty when they are."""


@dataclass(frozen=True)
class Sound:
    """A recording as a file of the package."""

    name: str
    recording: RecordingView
    content: bytes

    @property
    def sha256(self) -> str:
        """Of the file."""
        return digest(self.content)


@dataclass(frozen=True)
class Order:
    """What an employee wants made."""

    service_id: str
    parts: tuple[Part, ...]
    language: Language
    withheld: str = ""
    """Why the person is not told, in the employee's words; empty when they are."""


@dataclass(frozen=True)
class Contents:
    """What goes in: the case cut down to the parts, and what else the files tell."""

    view: CaseView
    order: Order
    grant: Grant
    sounds: tuple[Sound, ...]
    made_at: datetime
    made_by: EmployeeRef


@dataclass(frozen=True)
class Files:
    """The two files that are written; recordings lie beside them."""

    json: bytes
    pdf: bytes


#: Makes the files. The words around the case's own are not the core's business.
Writer = Callable[[Contents], Files]


@dataclass(frozen=True)
class PackageView:
    """The receipt of a package, opened."""

    id: str
    service_id: str
    parts: tuple[Part, ...]
    language: Language
    basis: str
    made_at: datetime
    made_by: str
    hashes: tuple[tuple[str, str], ...]
    """File name and SHA-256, brev.json first."""
    withheld: str = ""
    kept: bool = True
    """Whether the files are still here."""
    received_at: datetime | None = None
    received_by: str = ""
    received_how: How | None = None

    @property
    def code(self) -> str:
        """What the receiver reads aloud: the first characters of the hash of brev.json. It stands in the PDF too."""
        return self.hashes[0][1][:CODE_LENGTH]


def digest(content: bytes) -> str:
    """SHA-256, as hex."""
    return hashlib.sha256(content).hexdigest()


# --- Who may receive what -------------------------------------------------------------------------------------


def grants(view: CaseView) -> dict[str, Grant]:
    """Which services may be given a package now, and of what: nobody without a consent or a recorded basis."""
    return {
        one.service_id: Grant(one.service_id, BY_CONSENT, "consent", one.given_at)
        for one in view.consents
        if one.active
    }


def is_hidden(view: CaseView, one: StatementView | RecordingView) -> bool:
    """Whether it is a child's or young person's own, in a case that somebody else has written and may not read it in."""
    return view.facts.writer not in _YOUNG and one.author in _YOUNG and not one.shared_at_home


def cut(view: CaseView, parts: tuple[Part, ...]) -> CaseView:
    """The case with these parts only. The child's words stand before the adults', each as it was written."""
    statements = tuple(
        one for one in view.statements if ("childs_words" if is_hidden(view, one) else "words") in parts
    )
    spoken = tuple(
        one
        for one in view.recordings
        if "recordings" in parts and ("childs_words" in parts or not is_hidden(view, one))
    )
    return replace(
        view,
        statements=tuple(sorted(statements, key=lambda s: (s.author not in _YOUNG, s.position))),
        recordings=tuple(sorted(spoken, key=lambda r: (r.author not in _YOUNG, r.position, r.created_at))),
        understandings=view.understandings if "needs" in parts else (),
        messages=view.messages if "messages" in parts else (),
    )


# --- Making ---------------------------------------------------------------------------------------------------


def make_package(
    session: Session,
    vault: Vault,
    clock: Clock,
    case_id: str,
    employee: EmployeeRef,
    order: Order,
    write: Writer,
    expected_version: int | None = None,
) -> PackageView:
    """Make a package, keep it sealed, and tell the person in their log.

    Raises NotAllowed when the service may not receive it at this very moment, CaseNotFound, CaseChanged.
    """
    check_one_of(order.language, LANGUAGES, "language")
    if not order.parts or set(order.parts) - set(PARTS):
        raise InvalidCase("unknown parts")
    if len(order.withheld) > MAX_REASON:
        raise InvalidCase("the reason is too long")
    made: list[PackageView] = []

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        made.clear()
        view = case_view(session, case, box, now)
        grant = grants(view).get(order.service_id)
        if grant is None or set(order.parts) - set(grant.parts):
            raise NotAllowed("the service may not be given this")
        withheld = order.withheld or grant.withheld
        part = cut(view, order.parts)
        sounds = _sounds(session, recordings.Owner(case.id, box, sent=True), part)
        files = write(Contents(part, replace(order, withheld=withheld), grant, sounds, now, employee))
        row_id = new_id()
        receipt = {
            "service": order.service_id,
            "basis": grant.basis,
            "parts": list(order.parts),
            "language": order.language,
            "hashes": [
                ["brev.json", digest(files.json)],
                ["brev.pdf", digest(files.pdf)],
                *([one.name, one.sha256] for one in sounds),
            ],
            "recordings": [[one.name, one.recording.id] for one in sounds],
            "withheld": withheld,
        }
        place = ("packages", "json_sealed", row_id)
        row = PackageRow(
            id=row_id,
            case_id=case.id,
            made_at=now,
            made_by_id=employee.id,
            made_by_name=employee.name,
            receipt_sealed=seal_json(box, receipt, "packages", "receipt_sealed", row_id),
            json_sealed=box.seal(files.json.decode(), table=place[0], column=place[1], row_id=row_id),
            pdf_sealed=box.seal(
                base64.b64encode(files.pdf).decode(), table="packages", column="pdf_sealed", row_id=row_id
            ),
        )
        session.add(row)
        made.append(_view(row, box))
        if for_person(made[0]):
            log(session, case, box, now, "package_made", employee, order.service_id)

    apply_change(
        session,
        vault,
        clock,
        case_id,
        change,
        municipality=employee.municipality,
        version=expected_version,
    )
    return made[0]


def _sounds(session: Session, owner: recordings.Owner, view: CaseView) -> tuple[Sound, ...]:
    found = []
    for number, one in enumerate(view.recordings, 1):
        sound = recordings.sounding(session, owner, one.id)
        found.append(Sound(f"lyd-{number}.mp3", one, sound.read(0, sound.size)))
    return tuple(found)


def confirm_received(
    session: Session,
    vault: Vault,
    clock: Clock,
    case_id: str,
    package_id: str,
    by: EmployeeRef,
    code: str,
    who: str,
    how: How,
    expected_version: int | None = None,
) -> None:
    """The service has the package: it read the first characters of the hash back. The first confirmation stands.

    who: the one in the service who confirmed. Raises WrongCode, PackageGone, CaseNotFound, CaseChanged.
    """
    check_one_of(how, HOWS, "way of confirming")
    if not who.strip() or len(who) > 120:
        raise InvalidCase("nobody has confirmed")

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        row = _row(session, case.id, package_id)
        seen = _view(row, box)
        if re.sub(r"[^0-9a-f]", "", code.lower()) != seen.code:
            raise WrongCode("not the code of this package")
        if seen.received_at is not None:
            return
        received = {"at": now.isoformat(), "by": who.strip(), "how": how}
        row.received_sealed = seal_json(box, received, "packages", "received_sealed", row.id)
        if for_person(seen):
            log(session, case, box, now, "package_received", by, seen.service_id)

    apply_change(
        session, vault, clock, case_id, change, municipality=by.municipality, version=expected_version
    )


# --- Reading --------------------------------------------------------------------------------------------------


def for_person(package: PackageView) -> bool:
    """Whether who opens the case with the five words is told of it: not of what was withheld, nor of a child's own words."""
    return not package.withheld and "childs_words" not in package.parts


def packages_of(
    session: Session, vault: Vault, case_id: str, *, municipality: str | None = None, person: bool = False
) -> tuple[PackageView, ...]:
    """The packages of a case, newest first; with `person` those the person is told of. CaseNotFound without the case."""
    _case, box = _opened(session, vault, case_id, municipality)
    rows = session.scalars(
        select(PackageRow)
        .where(PackageRow.case_id == case_id)
        .order_by(PackageRow.made_at.desc(), PackageRow.id)
        .execution_options(populate_existing=True)
    )
    found = tuple(_view(row, box) for row in rows)
    return tuple(one for one in found if for_person(one)) if person else found


def package_zip(
    session: Session,
    vault: Vault,
    case_id: str,
    package_id: str,
    *,
    municipality: str | None = None,
    person: bool = False,
) -> bytes:
    """The package as it left: brev.pdf, brev.json and the recordings, byte for byte the same every time.

    Raises PackageGone for one that is not here, whose files are gone, or that (with `person`) the person is not told of.
    """
    case, box = _opened(session, vault, case_id, municipality)
    row = _row(session, case_id, package_id)
    seen = _view(row, box)
    if row.json_sealed is None or row.pdf_sealed is None or (person and not for_person(seen)):
        raise PackageGone("no such package")
    content = {
        "brev.json": box.open(
            row.json_sealed, table="packages", column="json_sealed", row_id=row.id
        ).encode(),
        "brev.pdf": base64.b64decode(
            box.open(row.pdf_sealed, table="packages", column="pdf_sealed", row_id=row.id)
        ),
    }
    receipt = open_json(box, row.receipt_sealed, "packages", "receipt_sealed", row.id)
    owner = recordings.Owner(case.id, box, sent=True)
    for name, recording_id in receipt["recordings"]:
        sound = recordings.sounding(session, owner, recording_id)
        content[name] = sound.read(0, sound.size)
    for name, promised in seen.hashes:
        if digest(content[name]) != promised:
            raise PackageGone("the package is not what it was")
    return _zip(content, row.made_at)


def _zip(content: dict[str, bytes], at: datetime) -> bytes:
    """Stored, not packed: another version of zlib would give other bytes for the same files."""
    local = at.astimezone(OSLO)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, body in content.items():
            info = zipfile.ZipInfo(
                name, (local.year, local.month, local.day, local.hour, local.minute, local.second)
            )
            info.external_attr = 0o600 << 16
            info.create_system = 3
            archive.writestr(info, body)
    return buffer.getvalue()


# --- With the case --------------------------------------------------------------------------------------------


def forget_writers_part(session: Session, case: Case, box: CaseVault) -> None:
    """Who wrote the case deletes their part: packages go; of those with the child's own words the receipt stays."""
    for row in session.scalars(select(PackageRow).where(PackageRow.case_id == case.id)):
        if "childs_words" in _view(row, box).parts:
            row.json_sealed = row.pdf_sealed = None
        else:
            session.execute(delete(PackageRow).where(PackageRow.id == row.id))


def _opened(session: Session, vault: Vault, case_id: str, municipality: str | None) -> tuple[Case, CaseVault]:
    case = session.get(Case, case_id)
    if case is None or municipality not in (None, case.municipality):
        raise CaseNotFound("no such case")
    return case, box_of(vault, case)


def _row(session: Session, case_id: str, package_id: str) -> PackageRow:
    row = session.get(PackageRow, package_id, populate_existing=True)
    if row is None or row.case_id != case_id:
        raise PackageGone("no such package")
    return row


def _view(row: PackageRow, box: CaseVault) -> PackageView:
    receipt: dict[str, Any] = open_json(box, row.receipt_sealed, "packages", "receipt_sealed", row.id)
    received: dict[str, Any] = (
        open_json(box, row.received_sealed, "packages", "received_sealed", row.id)
        if row.received_sealed
        else {}
    )
    return PackageView(
        id=row.id,
        service_id=receipt["service"],
        parts=tuple(receipt["parts"]),
        language=receipt["language"],
        basis=receipt["basis"],
        made_at=row.made_at,
        made_by=row.made_by_name,
        hashes=tuple((name, value) for name, value in receipt["hashes"]),
        withheld=receipt["withheld"],
        kept=row.json_sealed is not None,
        received_at=datetime.fromisoformat(received["at"]) if received else None,
        received_by=received.get("by", ""),
        received_how=received.get("how"),
    )
