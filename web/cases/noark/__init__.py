"""The written form of a package for the archive: XML with the names of Noark 5, checked against the schemas beside this module.

A subset in a namespace of its own: it does not claim to be the standard. Knows no case and no database; web.cases.archive
fills it.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal
from xml.etree import ElementTree as ET

import xmlschema

from web.cases.deadlines import OSLO, local_date

STRUCTURE: Final = "urn:en-dor-inn:arkivstruktur:1"
DESCRIPTION: Final = "urn:en-dor-inn:arkivuttrekk:1"
SYSTEM: Final = "Én dør inn"
_HERE: Final = Path(__file__).parent
SCHEMAS: Final = {name: _HERE / name for name in ("arkivstruktur.xsd", "arkivuttrekk.xsd")}
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
#: What XML cannot hold; a name that somebody typed could.
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
Kind = Literal["I", "U", "X"]
_KINDS: Final[dict[Kind, str]] = {
    "I": "Inngående dokument",
    "U": "Utgående dokument",
    "X": "Organinternt dokument uten oppfølging",
}


class NotValid(Exception):
    """The package breaks its own schema; nothing is handed out. The message names the place, not the content."""


@dataclass(frozen=True)
class Document:
    """A file of the package."""

    system_id: str
    title: str
    kind: str
    file: str
    format: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Entry:
    """A journalpost: one thing that came, went or was done, with its documents; the first is the main one."""

    system_id: str
    kind: Kind
    at: datetime
    title: str
    by: str
    documents: tuple[Document, ...]
    sender: str | None = None
    recipient: str | None = None


@dataclass(frozen=True)
class Folder:
    """A saksmappe: one case."""

    system_id: str
    reference: str
    opened_at: datetime
    closed_at: datetime
    closed_by: str
    unit: str
    responsible: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Deposit:
    """The whole package."""

    system_id: str
    part_id: str
    creator_id: str
    creator: str
    made_at: datetime
    made_by: str
    restriction: str
    law: str
    folders: Sequence[Folder] = field(default_factory=tuple)

    @property
    def entries(self) -> int:
        """How many journalposter there are."""
        return sum(len(folder.entries) for folder in self.folders)

    @property
    def documents(self) -> int:
        """How many files there are."""
        return sum(len(entry.documents) for folder in self.folders for entry in folder.entries)


def structure_xml(deposit: Deposit) -> bytes:
    """arkivstruktur.xml, checked. Raises NotValid."""
    root = ET.Element(f"{{{STRUCTURE}}}arkiv")
    made = _moment(deposit.made_at)
    title = f"{SYSTEM}, {deposit.creator}"
    _put(root, systemID=deposit.system_id, tittel=title, opprettetDato=made, opprettetAv=deposit.made_by)
    creator = _in(root, "arkivskaper")
    _put(creator, arkivskaperID=deposit.creator_id, arkivskaperNavn=deposit.creator)
    part = _in(root, "arkivdel")
    _put(part, systemID=deposit.part_id, tittel=title, opprettetDato=made, opprettetAv=deposit.made_by)
    for number, folder in enumerate(deposit.folders, 1):
        _folder(part, deposit, folder, number)
    return _checked(root, STRUCTURE, "arkivstruktur.xsd")


def _folder(part: ET.Element, deposit: Deposit, folder: Folder, number: int) -> None:
    element = _in(part, "mappe", "saksmappe")
    _put(
        element,
        systemID=folder.system_id,
        mappeID=folder.reference,
        tittel=f"Henvendelse {folder.reference}",
        offentligTittel="Henvendelse",
        opprettetDato=_moment(folder.opened_at),
        opprettetAv=SYSTEM,
        avsluttetDato=_moment(folder.closed_at),
        avsluttetAv=folder.closed_by,
    )
    _shield(element, deposit)
    for place, entry in enumerate(folder.entries, 1):
        _entry(element, deposit, folder, entry, place)
    _put(
        element,
        saksaar=_year(folder.opened_at),
        sakssekvensnummer=number,
        saksdato=_day(folder.opened_at),
        administrativEnhet=folder.unit,
        saksansvarlig=folder.responsible,
        saksstatus="Avsluttet",
    )


def _entry(element: ET.Element, deposit: Deposit, folder: Folder, entry: Entry, number: int) -> None:
    made, made_by = _moment(deposit.made_at), deposit.made_by
    post = _in(element, "registrering", "journalpost")
    _put(
        post,
        systemID=entry.system_id,
        opprettetDato=_moment(entry.at),
        opprettetAv=entry.by,
        arkivertDato=made,
        arkivertAv=made_by,
        registreringsID=f"{folder.reference}-{number}",
        tittel=entry.title,
        offentligTittel="Dokument i henvendelse",
    )
    _shield(post, deposit)
    for kind, name in (("Avsender", entry.sender), ("Mottaker", entry.recipient)):
        if name:
            _put(_in(post, "korrespondansepart"), korrespondanseparttype=kind, korrespondansepartNavn=name)
    for place, document in enumerate(entry.documents, 1):
        described = _in(post, "dokumentbeskrivelse")
        _put(
            described,
            systemID=document.system_id,
            dokumenttype=document.kind,
            dokumentstatus="Dokumentet er ferdigstilt",
            tittel=document.title,
            opprettetDato=_moment(entry.at),
            opprettetAv=entry.by,
            tilknyttetRegistreringSom="Hoveddokument" if place == 1 else "Vedlegg",
            dokumentnummer=place,
        )
        _put(
            _in(described, "dokumentobjekt"),
            versjonsnummer=1,
            variantformat="Arkivformat",
            format=document.format,
            opprettetDato=made,
            opprettetAv=made_by,
            referanseDokumentfil=document.file,
            sjekksum=document.sha256,
            sjekksumAlgoritme="SHA-256",
            filstoerrelse=document.size,
        )
    _put(
        post,
        journalaar=_year(entry.at),
        journalsekvensnummer=number,
        journalpostnummer=number,
        journalposttype=_KINDS[entry.kind],
        journalstatus="Arkivert",
        journaldato=_day(entry.at),
    )


def description_xml(deposit: Deposit, note: str, files: Sequence[tuple[str, str, int]]) -> bytes:
    """arkivuttrekk.xml, checked. files: name, SHA-256 and size of what lies beside it. Raises NotValid."""
    root = ET.Element(f"{{{DESCRIPTION}}}arkivuttrekk")
    _put(
        root,
        uttrekkID=deposit.system_id,
        arkivskaper=deposit.creator,
        system=SYSTEM,
        uttrekksdato=_moment(deposit.made_at),
        uttrekkAv=deposit.made_by,
    )
    days = [folder.opened_at for folder in deposit.folders], [f.closed_at for f in deposit.folders]
    _put(_in(root, "periode"), fra=_day(min(days[0])), til=_day(max(days[1])))
    _put(
        root,
        merknad=note,
        antallMapper=len(deposit.folders),
        antallRegistreringer=deposit.entries,
        antallDokumentfiler=deposit.documents,
    )
    for name, digest, size in files:
        _put(_in(root, "fil"), navn=name, sjekksum=digest, sjekksumAlgoritme="SHA-256", filstoerrelse=size)
    return _checked(root, DESCRIPTION, "arkivuttrekk.xsd")


@lru_cache(maxsize=2)
def _schema(name: str) -> xmlschema.XMLSchema:
    # Only this file: a schema never makes the portal fetch anything.
    return xmlschema.XMLSchema(str(SCHEMAS[name]), allow="local")


def check(content: bytes, schema: str) -> None:
    """Whether this XML keeps to the schema. Raises NotValid with the place of the first mistake."""
    wrong = next(_schema(schema).iter_errors(io.BytesIO(content)), None)
    if wrong is not None:
        raise NotValid(f"{schema}: {wrong.path}")


def _checked(root: ET.Element, namespace: str, schema: str) -> bytes:
    ET.register_namespace("xsi", _XSI)
    ET.indent(root)
    content: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True, default_namespace=None)
    content = content.replace(f'xmlns:ns0="{namespace}"'.encode(), f'xmlns="{namespace}"'.encode())
    content = content.replace(b"<ns0:", b"<").replace(b"</ns0:", b"</")
    check(content, schema)
    return content


def _in(parent: ET.Element, name: str, kind: str = "") -> ET.Element:
    element = ET.SubElement(parent, f"{parent.tag.partition('}')[0]}}}{name}")
    if kind:
        element.set(f"{{{_XSI}}}type", kind)
    return element


def _put(parent: ET.Element, **values: object) -> None:
    for name, value in values.items():
        _in(parent, name).text = _NOT_XML.sub("�", str(value)) or "–"


def _shield(parent: ET.Element, deposit: Deposit) -> None:
    _put(
        _in(parent, "skjerming"),
        tilgangsrestriksjon=deposit.restriction,
        skjermingshjemmel=deposit.law,
        skjermingDokument="Skjerming av hele dokumentet",
    )


def _moment(at: datetime) -> str:
    return at.astimezone(OSLO).isoformat(timespec="seconds")


def _day(at: datetime) -> date:
    return local_date(at)


def _year(at: datetime) -> int:
    return local_date(at).year
