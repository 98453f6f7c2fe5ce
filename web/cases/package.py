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

from web.cases import recordings, sharing
from web.cases.changing import apply_change
from web.cases.checks import check_one_of
from web.cases.clock import Clock
from web.cases.deadlines import OSLO
from web.cases.models import Case
from web.cases.package_models import PackageRow
from web.cases.rows import box_of, new_id, open_json, seal_json
from web.cases.sharing_rows import hidden_from_writer
from web.cases.sharing_types import ShareView
from web.cases.types import (
    LANGUAGES,
    Action,
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
How = Literal["service", "phone", "paper", "portal"]
"""portal: the service itself, on its own page."""
HOWS: Final[tuple[How, ...]] = get_args(How)
CODE_LENGTH = 8
"""Of the hash, to be read aloud: 32 bits tell any two packages of a municipality apart."""
_YOUNG = ("child", "youth")


class NotAllowed(InvalidCase):
    """The service may not be given this now: no consent, no recorded basis, or a part that neither covers."""


class WrongCode(InvalidCase):
    """The characters are not those of this package."""


class PackageGone(InvalidCase):
    """There is no such package, or nothing left in it."""


@dataclass(frozen=True)
class Basis:
    """Why a service may be given some parts: the person's yes in the portal, or a share with its recorded basis."""

    parts: tuple[Part, ...]
    since: datetime
    share: ShareView | None = None

    @property
    def told(self) -> bool:
        """Whether who wrote the case knows of it: not of what is withheld, and never of what is the child's."""
        return self.share is None or not (self.share.withheld or self.share.childs)


@dataclass(frozen=True)
class Grant:
    """Why a service may receive a package, and how much."""

    service_id: str
    bases: tuple[Basis, ...]
    """Those the person knows of come first."""

    @property
    def parts(self) -> tuple[Part, ...]:
        """Everything that may be in it."""
        given = {part for one in self.bases for part in one.parts}
        return tuple(part for part in PARTS if part in given)

    def resting_on(self, parts: tuple[Part, ...]) -> tuple[Basis, ...]:
        """What a package with these parts rests on: no more than it needs, and what the person knows of where that reaches.

        Raises NotAllowed when there is a part that nothing covers.
        """
        found: list[Basis] = []
        for part in parts:
            basis = next((one for one in self.bases if part in one.parts), None)
            if basis is None:
                raise NotAllowed("the service may not be given this")
            if basis not in found:
                found.append(basis)
        return tuple(found)


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


@dataclass(frozen=True)
class Contents:
    """What goes in: the case cut down to the parts, and what else the files tell."""

    view: CaseView
    order: Order
    bases: tuple[Basis, ...]
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
    made_at: datetime
    made_by: str
    hashes: tuple[tuple[str, str], ...]
    """File name and SHA-256, brev.json first."""
    told: bool = True
    """Whether who wrote the case is shown it: not what was withheld, nor a child's own words."""
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
    """Which services may be given a package now, and of what: nobody without a consent or a recorded basis.

    view: an employee's.
    """
    bases: dict[str, list[Basis]] = {}
    for consent in view.consents:
        if consent.active:
            bases.setdefault(consent.service_id, []).append(Basis(BY_CONSENT, consent.given_at))
    for share in sharing.active_shares(view):
        bases.setdefault(share.service_id, []).append(Basis(_parts_of(share), share.shared_at, share))
    return {
        service_id: Grant(service_id, tuple(sorted(found, key=lambda one: not one.told)))
        for service_id, found in bases.items()
        if sharing.may_receive(view, service_id) or any(not one.told for one in found)
    }


def is_hidden(view: CaseView, one: StatementView | RecordingView) -> bool:
    """Whether it is a child's or young person's own, in a case that somebody else has written and may not read it in."""
    return view.facts.writer not in _YOUNG and one.author in _YOUNG and not one.shared_at_home


def _parts_of(share: ShareView) -> tuple[Part, ...]:
    """What a share lets into a package. Messages go with a paragraph only: no yes was ever asked for them."""
    if share.childs:
        given = {"childs_words"} if {"words", "recordings"} & set(share.parts) else set()
        return tuple(part for part in PARTS if part in given | ({"needs"} & set(share.parts)))
    by_law = share.basis == "law" and not share.spoken_consent
    return tuple(part for part in PARTS if part in share.parts or (part == "messages" and by_law))


def cut(view: CaseView, parts: tuple[Part, ...]) -> CaseView:
    """The case with these parts only. The child's words stand before the adults', each as it was written."""

    def childs(one: StatementView | RecordingView) -> bool:
        own = isinstance(one, StatementView) and one.from_child
        return sharing.is_childs(one.author, view.facts, from_child=own)

    statements = [one for one in view.statements if ("childs_words" if childs(one) else "words") in parts]
    spoken = [one for one in view.recordings if ("childs_words" if childs(one) else "recordings") in parts]
    statements.sort(key=lambda one: (not one.from_child, one.author not in _YOUNG, one.position))
    spoken.sort(key=lambda one: (one.author not in _YOUNG, one.position, one.created_at))
    return replace(
        view,
        statements=tuple(statements),
        recordings=tuple(spoken),
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
    made: list[PackageView] = []

    def change(case: Case, box: CaseVault, now: datetime) -> None:
        made.clear()
        view = case_view(session, case, box, now)
        grant = grants(view).get(order.service_id)
        if grant is None:
            raise NotAllowed("the service may not be given this")
        bases = grant.resting_on(order.parts)
        part = cut(view, order.parts)
        sounds = _sounds(session, recordings.Owner(case.id, box, sent=True), part)
        files = write(Contents(part, order, bases, sounds, now, employee))
        row_id = new_id()
        receipt = {
            "service": order.service_id,
            "parts": list(order.parts),
            "language": order.language,
            "hashes": [
                ["brev.json", digest(files.json)],
                ["brev.pdf", digest(files.pdf)],
                *([one.name, one.sha256] for one in sounds),
            ],
            "recordings": [[one.name, one.recording.id] for one in sounds],
            "shares": [one.share.id for one in bases if one.share],
        }
        row = PackageRow(
            id=row_id,
            case_id=case.id,
            made_at=now,
            made_by_id=employee.id,
            made_by_name=employee.name,
            receipt_sealed=seal_json(box, receipt, "packages", "receipt_sealed", row_id),
            json_sealed=box.seal(files.json.decode(), table="packages", column="json_sealed", row_id=row_id),
            pdf_sealed=box.seal(
                base64.b64encode(files.pdf).decode(), table="packages", column="pdf_sealed", row_id=row_id
            ),
        )
        session.add(row)
        made.append(_view(row, case, box))
        log_package(session, case, box, now, "package_made", employee, row)

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
        row = package_row(session, case.id, package_id)
        seen = _view(row, case, box)
        if re.sub(r"[^0-9a-f]", "", code.lower()) != seen.code:
            raise WrongCode("not the code of this package")
        if seen.received_at is not None:
            return
        received = {"at": now.isoformat(), "by": who.strip(), "how": how}
        row.received_sealed = seal_json(box, received, "packages", "received_sealed", row.id)
        log_package(session, case, box, now, "package_received", by, row)

    apply_change(
        session, vault, clock, case_id, change, municipality=by.municipality, version=expected_version
    )


# --- Reading --------------------------------------------------------------------------------------------------


def packages_of(
    session: Session, vault: Vault, case_id: str, *, municipality: str | None = None, person: bool = False
) -> tuple[PackageView, ...]:
    """The packages of a case, newest first; with `person` those the person is told of. CaseNotFound without the case."""
    case, box = _opened(session, vault, case_id, municipality)
    rows = session.scalars(
        select(PackageRow)
        .where(PackageRow.case_id == case_id)
        .order_by(PackageRow.made_at.desc(), PackageRow.id)
        .execution_options(populate_existing=True)
    )
    found = tuple(_view(row, case, box) for row in rows)
    return tuple(one for one in found if one.told) if person else found


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
    row = package_row(session, case_id, package_id)
    seen = _view(row, case, box)
    if row.json_sealed is None or row.pdf_sealed is None or (person and not seen.told):
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
        if "childs_words" in _view(row, case, box).parts:
            row.json_sealed = row.pdf_sealed = None
        else:
            session.execute(delete(PackageRow).where(PackageRow.id == row.id))


def _opened(session: Session, vault: Vault, case_id: str, municipality: str | None) -> tuple[Case, CaseVault]:
    case = session.get(Case, case_id)
    if case is None or municipality not in (None, case.municipality):
        raise CaseNotFound("no such case")
    return case, box_of(vault, case)


def package_row(session: Session, case_id: str, package_id: str) -> PackageRow:
    """The package of the case; else PackageGone."""
    row = session.get(PackageRow, package_id, populate_existing=True)
    if row is None or row.case_id != case_id:
        raise PackageGone("no such package")
    return row


def log_package(
    session: Session,
    case: Case,
    box: CaseVault,
    now: datetime,
    action: Action,
    employee: EmployeeRef,
    row: PackageRow,
) -> None:
    """A line about a package belongs to a share the person does not know of, if there is such a one: it is shown with it."""
    receipt = open_json(box, row.receipt_sealed, "packages", "receipt_sealed", row.id)
    hidden = [one for one in receipt["shares"] if one in _hidden(case)]
    about = next(iter([*hidden, *receipt["shares"]]), "-")
    sharing.log_share(session, case, box, now, action, employee, receipt["service"], about)


def _hidden(case: Case) -> set[str]:
    return {row.id for row in case.shares if hidden_from_writer(row)}


def _view(row: PackageRow, case: Case, box: CaseVault) -> PackageView:
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
        made_at=row.made_at,
        made_by=row.made_by_name,
        hashes=tuple((name, value) for name, value in receipt["hashes"]),
        told=not _hidden(case) & set(receipt["shares"]),
        kept=row.json_sealed is not None,
        received_at=datetime.fromisoformat(received["at"]) if received else None,
        received_by=received.get("by", ""),
        received_how=received.get("how"),
    )
