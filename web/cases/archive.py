"""Closed cases as a package for the archive: documents as plain text, JSON and sound, a Noark 5-like description, checksums.

A package is made, handed over outside the portal, and confirmed when the archive has it; only then does the retention «after
the archive» count. Sending it by itself (Fiks Arkiv) is not built: it would take what `make` writes, send each folder as a
message, and call `confirm` with the archive's answer.

Nothing is left out for the portal's convenience: beside the documents, «sak.json» has every row of the case from every table,
opened, also of tables that this module does not know.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Any, Final

from sqlalchemy import Table, func, select
from sqlalchemy.orm import Session

from web.cases import attachments, noark, recordings
from web.cases.clock import Clock
from web.cases.deadlines import OSLO
from web.cases.keeping_tables import ArchivedCase, ArchiveExport, DeletionRequest
from web.cases.models import Case, LogEntry
from web.cases.noark import Deposit, Document, Entry, Folder
from web.cases.retention import due, ended_at
from web.cases.rows import box_of, log, new_id
from web.cases.types import CaseChanged, CaseError, CaseNotFound, CaseView, EmployeeRef, LogLine
from web.cases.views import case_view
from web.catalog.retention import Retention
from web.db import Base
from web.security.vault import CaseVault, Vault

MOST_CASES: Final = 100
"""In one package."""
NOTE: Final = (
    "Struktur og elementnavn følger Noark 5, men uttrekket er et utvalg med eget skjema og er ikke kontrollert mot standarden. "
    "sak.json i hver mappe har alt som stod om saken."
)
#: What is no part of the case: how the portal finds and opens it, who looks at it now, what has not been sent.
_NOT_THE_CASE: Final = {
    "presences",
    "service_marks",
    "notices",
    "child_invitations",
    "planned_deletions",
    "concern_drafts",
    "training_reviews",
    "recording_chunks",
    "attachment_chunks",
}
_NOT_COLUMNS: Final = {
    "wrapped_key",
    "code_hash",
    "code_proof_sealed",
    "code_sealed",
    "submission_key",
    "queue_key",
    "key_sealed",
    "mark",
}
_AUTHORS: Final = {
    "child": "Barn",
    "youth": "Ung",
    "parent": "Forelder",
    "other": "Annen voksen",
}
_FORMATS: Final = {"pdf": "PDF", "png": "PNG", "jpeg": "JPEG", "jpg": "JPEG"}
_NAMESPACE = "0fb9c4f4-3a5b-4a53-9b5f-6d1f6f1f2a10"


class NothingToArchive(CaseError):
    """None of the cases can be taken out: not closed, or asked to be deleted."""


@dataclass(frozen=True)
class Made:
    """A package that has been written."""

    id: str
    cases: int
    documents: int
    sha256: str
    size: int


@dataclass(frozen=True)
class Owner:
    """Whose archive it is."""

    id: str
    name: str
    rules: Retention


def ready(session: Session, municipality: str, rules: Retention, limit: int = MOST_CASES) -> list[Case]:
    """Closed cases that the archive has not confirmed as they stand now, the oldest first.

    Not what nothing came of (it is deleted instead), nor what somebody has asked to delete and has no answer to yet.
    """
    confirmed = (
        select(ArchivedCase.case_id)
        .join(ArchiveExport, ArchiveExport.id == ArchivedCase.export_id)
        .where(ArchivedCase.case_id == Case.id, ArchiveExport.confirmed_at.is_not(None))
        .where(
            ArchivedCase.ended_at
            >= func.coalesce(
                select(func.max(LogEntry.at))
                .where(
                    LogEntry.case_id == Case.id,
                    LogEntry.action.in_(("status_set", "message_from_employee", "helped_answered")),
                )
                .scalar_subquery(),
                Case.created_at,
            )
        )
    )
    asked = select(DeletionRequest.id).where(
        DeletionRequest.case_id == Case.id, DeletionRequest.state == "waiting"
    )
    cases = session.scalars(
        select(Case)
        .where(
            Case.municipality == municipality,
            Case.status == "closed",
            ~confirmed.exists(),
            ~asked.exists(),
        )
        .order_by(Case.created_at, Case.id)
    )
    found: list[Case] = []
    for case in cases.yield_per(200):
        when = due(session, case, rules)
        if when is not None and when.rule == "case_followed":
            found.append(case)
            if len(found) == limit:
                break
    cases.close()
    return found


def make(
    session: Session,
    vault: Vault,
    clock: Clock,
    case_ids: Sequence[str],
    employee: EmployeeRef,
    owner: Owner,
    target: IO[bytes],
    say: Callable[[LogLine], str],
) -> Made:
    """Write the package to `target`, and note in each case that it was taken out. Commits.

    say: a line of the log in words.

    Raises NothingToArchive, CaseNotFound, noark.NotValid, and CaseChanged when a case was changed while it was written:
    the file is then worth nothing.
    """
    now = clock.now()
    cases = [_case(session, case_id, owner) for case_id in dict.fromkeys(case_ids)][:MOST_CASES]
    if not cases:
        raise NothingToArchive("there is nothing to take out")
    seen = {case.id: (case.version, ended_at(session, case)) for case in cases}
    export_id = new_id()
    listed: list[tuple[str, str, int]] = []
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:

        def add(name: str, content: bytes) -> tuple[str, int]:
            digest = hashlib.sha256(content).hexdigest()
            info = zipfile.ZipInfo(f"{export_id}/{name}", now.astimezone(OSLO).timetuple()[:6])
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            archive.writestr(info, content)
            listed.append((name, digest, len(content)))
            return digest, len(content)

        folders = [_folder(session, vault, case, now, add, say, seen[case.id][1]) for case in cases]
        shield = owner.rules.shielding
        deposit = Deposit(
            system_id=export_id,
            part_id=new_id(),
            creator_id=owner.id,
            creator=owner.name,
            made_at=now,
            made_by=employee.name,
            restriction=shield.restriction,
            law=shield.law,
            folders=folders,
        )
        start = len(listed)
        add("arkivstruktur.xml", noark.structure_xml(deposit))
        for name, file in noark.SCHEMAS.items():
            add(name, file.read_bytes())
        add("arkivuttrekk.xml", noark.description_xml(deposit, NOTE, listed[start:]))
        sums = "".join(f"{digest}  {name}\n" for name, digest, _ in listed)
        add("sjekksummer.sha256", sums.encode())
    size = target.tell()
    target.seek(0)
    digest = hashlib.file_digest(target, "sha256").hexdigest()  # type: ignore[arg-type]
    session.rollback()  # what was read is old by now
    session.add(
        ArchiveExport(
            id=export_id,
            municipality=employee.municipality,
            made_at=now,
            made_by=employee.name,
            sha256=digest,
            size=size,
        )
    )
    for folder, case in zip(folders, cases, strict=True):
        again = session.get(Case, case.id, populate_existing=True)
        if again is None or again.version != seen[case.id][0]:
            session.rollback()
            raise CaseChanged("a case was changed while the package was written")
        session.add(
            ArchivedCase(
                export_id=export_id,
                case_id=case.id,
                reference=case.reference,
                ended_at=seen[case.id][1],
                documents=sum(len(entry.documents) for entry in folder.entries),
            )
        )
        log(session, again, box_of(vault, again), now, "archived", employee)
    session.commit()
    return Made(export_id, len(cases), deposit.documents, digest, size)


def confirm(
    session: Session, clock: Clock, export_id: str, municipality: str, by_name: str, reference: str
) -> None:
    """The archive has received the package. Raises CaseNotFound; a second confirmation changes nothing."""
    row = session.get(ArchiveExport, export_id)
    if row is None or row.municipality != municipality:
        raise CaseNotFound("no such package")
    if row.confirmed_at is None:
        row.confirmed_at, row.confirmed_by, row.archive_reference = clock.now(), by_name, reference[:60]
        session.commit()


def _case(session: Session, case_id: str, owner: Owner) -> Case:
    case = session.get(Case, case_id)
    if case is None or case.municipality != owner.id:
        raise CaseNotFound("no such case")
    waits = session.scalar(
        select(DeletionRequest.id).where(
            DeletionRequest.case_id == case.id, DeletionRequest.state == "waiting"
        )
    )
    if case.status != "closed" or waits is not None:
        raise NothingToArchive("only closed cases that nobody has asked to delete are taken out")
    return case


# --- The documents of a case ----------------------------------------------------------------------------------

_Add = Callable[[str, bytes], tuple[str, int]]


def _folder(
    session: Session,
    vault: Vault,
    case: Case,
    now: datetime,
    add: _Add,
    say: Callable[[LogLine], str],
    ended: datetime,
) -> Folder:
    box = box_of(vault, case)
    view = case_view(session, case, box, now)
    base = f"dokumenter/{case.id}"

    def document(name: str, content: bytes, title: str, kind: str, form: str) -> Document:
        digest, size = add(f"{base}/{name}", content)
        return Document(_id_of(case.id, name), title, kind, f"{base}/{name}", form, digest, size)

    entries = sorted(
        [*_told(session, view, box, document), *_messages(session, vault, view, document)],
        key=lambda entry: entry.at,
    )
    entries.append(_course(session, view, case, box, document, say, ended))
    closed_by = next(
        (line.actor_name for line in reversed(view.log) if line.action == "status_set" and line.actor_name),
        None,
    )
    return Folder(
        system_id=case.id,
        reference=case.reference,
        opened_at=case.created_at,
        closed_at=ended,
        closed_by=closed_by or noark.SYSTEM,
        unit=case.contact_unit_name,
        responsible=case.contact_person_name or case.contact_unit_name,
        entries=tuple(entries),
    )


_Document = Callable[[str, bytes, str, str, str], Document]


def _told(session: Session, view: CaseView, box: CaseVault, document: _Document) -> Iterator[Entry]:
    for number, one in enumerate(view.statements, 1):
        who = "Barnet selv" if one.from_child else _AUTHORS.get(one.author, one.author)
        text = document(
            f"fortalt-{number:03}.txt", one.text.encode(), "Med egne ord", "Henvendelse", "Ren tekst (UTF-8)"
        )
        yield Entry(one.id, "I", one.created_at, "Henvendelse med egne ord", who, (text,), sender=who)
    owner = recordings.Owner(view.id, box, sent=True)
    for number, spoken in enumerate(view.recordings, 1):
        sound = recordings.sounding(session, owner, spoken.id)
        who = _AUTHORS.get(spoken.author or "", "Den som skrev")
        file = document(f"opptak-{number:03}.mp3", sound.read(0, sound.size), "Opptak", "Lydopptak", "MP3")
        yield Entry(
            _id_of(view.id, spoken.id),
            "I",
            spoken.created_at,
            "Henvendelse som lyd",
            who,
            (file,),
            sender=who,
        )


def _messages(session: Session, vault: Vault, view: CaseView, document: _Document) -> Iterator[Entry]:
    for number, one in enumerate(view.messages, 1):
        text = document(f"melding-{number:03}.txt", one.text.encode(), "Melding", "Brev", "Ren tekst (UTF-8)")
        files = [text]
        for place, attached in enumerate(one.attachments, 1):
            _view, content = attachments.content_of(session, vault, view.id, attached.id)
            files.append(
                document(
                    f"melding-{number:03}-vedlegg-{place}.{attached.kind}",
                    content,
                    attached.about,
                    "Vedlegg",
                    _FORMATS.get(attached.kind, attached.kind),
                )
            )
        by = "Den som skrev" if one.from_person else one.author_name or noark.SYSTEM
        yield Entry(
            one.id,
            "I" if one.from_person else "U",
            one.created_at,
            "Melding",
            by,
            tuple(files),
            sender=by if one.from_person else None,
            recipient=None if one.from_person else "Den som skrev",
        )


def _course(
    session: Session,
    view: CaseView,
    case: Case,
    box: CaseVault,
    document: _Document,
    say: Callable[[LogLine], str],
    ended: datetime,
) -> Entry:
    """What was done, in words, and everything that stood about the case, for programs."""
    lines = [f"{line.at.astimezone(OSLO):%Y-%m-%d %H:%M}  {say(line)}" for line in view.log]
    course = document(
        "saksgang.txt", ("\n".join(lines) + "\n").encode(), "Saksgang", "Saksgang", "Ren tekst (UTF-8)"
    )
    rows = {table.name: list(found) for table, found in _rows(session, case, box) if found}
    whole = document(
        "sak.json",
        json.dumps(rows, ensure_ascii=False, indent=1, default=_plain).encode(),
        "Alle opplysninger i saken",
        "Saksopplysninger",
        "JSON (UTF-8)",
    )
    return Entry(
        _id_of(case.id, "saksgang"), "X", ended, "Saksgang og saksopplysninger", noark.SYSTEM, (course, whole)
    )


def _rows(session: Session, case: Case, box: CaseVault) -> Iterator[tuple[Table, list[dict[str, Any]]]]:
    """Every row that belongs to the case, opened, table by table."""
    cases = Base.metadata.tables["cases"]
    keys: dict[str, set[str]] = {"cases": {case.id}}
    yield cases, _opened(session, cases, cases.c.id == case.id, box)
    entries = Base.metadata.tables["log_entries"]
    yield entries, _opened(session, entries, entries.c.case_id == case.id, box)
    left = [t for t in Base.metadata.sorted_tables if t.name not in _NOT_THE_CASE and t.name != "cases"]
    for table in left:
        links = [
            key for key in table.foreign_keys if key.column.table.name in keys and key.column.name == "id"
        ]
        # A table with two ways to a case (a link between two) belongs to the one it is named after.
        links.sort(key=lambda key: key.parent.name != "case_id")
        if not links:
            continue
        parents = keys[links[0].column.table.name]
        found = _opened(session, table, links[0].parent.in_(parents), box)
        if "id" in table.c:
            keys[table.name] = {row["id"] for row in found}
        yield table, found


def _opened(session: Session, table: Table, which: Any, box: CaseVault) -> list[dict[str, Any]]:
    key = next(iter(table.primary_key.columns)).name
    found = []
    for row in session.execute(select(table).where(which)).mappings():
        values: dict[str, Any] = {}
        for name, value in row.items():
            if name in _NOT_COLUMNS or isinstance(value, bytes):
                continue
            if name.endswith("_sealed") and value is not None:
                values[name.removesuffix("_sealed")] = _parsed(
                    box.open(value, table=table.name, column=name, row_id=row[key])
                )
            else:
                values[name.removesuffix("_sealed")] = value
        found.append(values)
    return found


def _parsed(text: str) -> Any:
    """Sealed JSON as what it is; anything else as the text it is."""
    if text[:1] in ("{", "["):
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


def _plain(value: object) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def _id_of(*parts: str) -> str:
    """The same id for the same part, however often the case is taken out."""
    digest = hashlib.sha256("/".join((_NAMESPACE, *parts)).encode()).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:32]}"
