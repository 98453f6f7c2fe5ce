"""What a file that an employee wants to send really is: read by its content, never by its name.

Pictures are decoded and written anew, so that neither place, camera nor anything hidden in them goes along. A PDF is read
whole; what could run, open or hide something on the reader's phone is refused rather than cleaned: the employee can print
it to a plain PDF, and what was sent is then what was seen.
"""

from __future__ import annotations

import io
import logging
import re
from dataclasses import dataclass
from typing import Any, Final, Literal

from PIL import Image, ImageOps
from PIL import UnidentifiedImageError as NoImage
from pypdf import PdfReader
from pypdf.errors import PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, NameObject

from web.cases.types import AttachmentKind

Problem = Literal["empty", "too_large", "unknown", "broken", "too_many_points", "encrypted", "active"]

MOST_POINTS = 60_000_000
"""Of a picture: more than phones take, less than what fills the memory."""
LONGEST_SIDE = 4000
"""Points; larger pictures are made smaller, still enough to read a page of small print."""
MOST_OBJECTS = 200_000
"""Of a PDF: a hundred times what a letter has."""

# Names of a PDF that can run something, fetch something, or carry another file.
_ACTIVE_KEYS: Final = frozenset(
    {"/JavaScript", "/JS", "/EmbeddedFiles", "/AA", "/XFA", "/RichMediaContent", "/AF"}
)
_ACTIVE_KINDS: Final = frozenset(
    {
        "/JavaScript",
        "/Launch",
        "/GoToR",
        "/GoToE",
        "/ImportData",
        "/SubmitForm",
        "/Rendition",
        "/Movie",
        "/Sound",
    }
)
_ACTIVE_TYPES: Final = frozenset({"/EmbeddedFile", "/Filespec"})
_ACTIVE_PARTS: Final = frozenset({"/FileAttachment", "/RichMedia", "/Movie", "/Screen", "/3D", "/Sound"})
# The same in an object that the table of contents of the file leaves out, and that a forgiving reader may find.
_ACTIVE_BYTES: Final = re.compile(rb"/(?:JavaScript|EmbeddedFile|Launch|RichMedia)\b")


# Its warnings can hold pieces of the file.
logging.getLogger("pypdf").setLevel(logging.CRITICAL)


class FileRefused(Exception):
    """The file is not taken; `problem` says why, and nothing of its content."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem: Problem = problem


@dataclass(frozen=True)
class Checked:
    """A file that may be sent."""

    kind: AttachmentKind
    content: bytes


def check(content: bytes, most: int) -> Checked:
    """The file as it may be sent, at most `most` bytes of it. Raises FileRefused."""
    if not content:
        raise FileRefused("empty")
    if len(content) > most:
        raise FileRefused("too_large")
    if content.startswith(b"%PDF-"):
        _check_pdf(content)
        return Checked("pdf", content)
    if content.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")):
        checked = _picture(content)
        if len(checked.content) > most:
            raise FileRefused("too_large")
        return checked
    raise FileRefused("unknown")


def _picture(content: bytes) -> Checked:
    """The picture written anew, upright, without anything but its points."""
    try:
        with Image.open(io.BytesIO(content), formats=("JPEG", "PNG")) as image:
            if image.width * image.height > MOST_POINTS:
                raise FileRefused("too_many_points")
            is_jpeg = image.format == "JPEG"
            image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            upright = ImageOps.exif_transpose(image)
            see_through = "A" in upright.getbands() or "transparency" in upright.info
            plain = upright.convert("RGB" if is_jpeg or not see_through else "RGBA")
            plain.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            clean = Image.new(plain.mode, plain.size)
            clean.paste(plain)
    except FileRefused:
        raise
    except Image.DecompressionBombError:
        raise FileRefused("too_many_points") from None
    except (NoImage, OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError):
        raise FileRefused("broken") from None
    out = io.BytesIO()
    if is_jpeg:
        clean.save(out, "JPEG", quality=88)
        return Checked("jpeg", out.getvalue())
    clean.save(out, "PNG")
    return Checked("png", out.getvalue())


def _check_pdf(content: bytes) -> None:
    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted:
            raise FileRefused("encrypted")
        if not len(reader.pages):
            raise FileRefused("broken")
        _look_for_active(reader)
    except FileRefused:
        raise
    except (PyPdfError, RecursionError, MemoryError, ArithmeticError, LookupError):
        raise FileRefused("broken") from None
    except (ValueError, TypeError, AttributeError, OSError, AssertionError, NotImplementedError):
        # A malformed file reaches places in the reader that its authors did not think of.
        raise FileRefused("broken") from None
    if _ACTIVE_BYTES.search(content):
        raise FileRefused("active")


def _look_for_active(reader: PdfReader) -> None:
    """Every object that the file has, whether a page leads to it or not."""
    wanted: list[Any] = [reader.trailer]
    ids = {(number, generation) for generation, table in reader.xref.items() for number in table}
    ids |= {(number, 0) for number in reader.xref_objStm}
    if len(ids) > MOST_OBJECTS:
        raise FileRefused("broken")
    wanted += [IndirectObject(number, generation, reader) for number, generation in sorted(ids)]
    seen: set[tuple[int, int]] = set()
    while wanted:
        one = wanted.pop()
        if isinstance(one, IndirectObject):
            key = (one.idnum, one.generation)
            if key in seen:
                continue
            seen.add(key)
            one = one.get_object()
        if isinstance(one, DictionaryObject):
            if _is_active(one):
                raise FileRefused("active")
            wanted += [one.raw_get(name) for name in one]
        elif isinstance(one, ArrayObject):
            wanted += list(one)
        if len(seen) > MOST_OBJECTS:
            raise FileRefused("broken")


def _is_active(one: DictionaryObject) -> bool:
    def named(key: str) -> str:
        value = one.get(key)
        return str(value) if isinstance(value, NameObject) else ""

    embedded = one.get("/EF")
    return (
        (isinstance(embedded, DictionaryObject) and bool({"/F", "/UF"} & embedded.keys()))
        or bool(_ACTIVE_KEYS & one.keys())
        or named("/S") in _ACTIVE_KINDS
        or named("/Type") in _ACTIVE_TYPES
        or named("/Subtype") in _ACTIVE_PARTS
    )
