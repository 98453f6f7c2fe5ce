"""Files are what their content is: pictures come out clean, and a PDF that can do more than be read is refused."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, TextStringObject

from web.files import FileRefused, check

MOST = 10 * 1024 * 1024


def pdf(change=None, **encrypt) -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    if change:
        change(writer)
    if encrypt:
        writer.encrypt(**encrypt)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def picture(kind: str, mode: str = "RGB", size: tuple[int, int] = (60, 30), **more) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, 120 if mode == "L" else None).save(out, kind, **more)
    return out.getvalue()


def problem(content: bytes, most: int = MOST) -> str:
    with pytest.raises(FileRefused) as refused:
        check(content, most)
    return refused.value.problem


def test_a_plain_pdf_goes_as_it_is():
    content = pdf()
    assert (check(content, MOST).kind, check(content, MOST).content) == ("pdf", content)


def _action(kind: str, **more) -> DictionaryObject:
    values = {NameObject("/S"): NameObject(kind)}
    return DictionaryObject(values | {NameObject(f"/{name}"): value for name, value in more.items()})


def _script(writer: PdfWriter) -> None:
    writer._root_object[NameObject("/OpenAction")] = _action(
        "/JavaScript", JS=TextStringObject("app.alert(1)")
    )


def _open_action(writer: PdfWriter) -> None:
    writer._root_object[NameObject("/OpenAction")] = _action("/Launch", F=TextStringObject("cmd.exe"))


def _nested(writer: PdfWriter) -> None:
    inner = writer._add_object(_action("/JavaScript", JS=TextStringObject("app.alert(1)")))
    link = DictionaryObject({NameObject("/Subtype"): NameObject("/Link"), NameObject("/A"): inner})
    writer.pages[0][NameObject("/Annots")] = ArrayObject([writer._add_object(link)])


def _unreachable(writer: PdfWriter) -> None:
    writer._add_object(_action("/SubmitForm", F=TextStringObject("https://example.org")))


@pytest.mark.parametrize(
    "change",
    [
        _script,
        lambda writer: writer.add_attachment("brev.txt", b"hei"),
        _open_action,
        _nested,
        _unreachable,
    ],
    ids=["script", "file inside", "launch", "script in a link", "form sent away"],
)
def test_a_pdf_that_can_do_more_than_be_read_is_refused(change):
    assert problem(pdf(change)) == "active"


def test_a_name_written_in_another_way_is_still_seen():
    content = pdf(_nested).replace(b"/JavaScript", b"/Java#53cript")
    assert b"/JavaScript" not in content
    assert problem(content) == "active"


def test_a_script_that_no_table_names_is_seen():
    assert problem(pdf() + b"\n9 0 obj << /S /JavaScript /JS (x) >> endobj\n") == "active"


def test_an_ordinary_link_is_harmless():
    def link(writer: PdfWriter) -> None:
        action = _action("/URI", URI=TextStringObject("https://www.helsenorge.no"))
        one = DictionaryObject({NameObject("/Subtype"): NameObject("/Link"), NameObject("/A"): action})
        writer.pages[0][NameObject("/Annots")] = ArrayObject([one])

    assert check(pdf(link), MOST).kind == "pdf"


def test_an_encrypted_pdf_is_refused():
    assert problem(pdf(user_password="hemmelig", algorithm="RC4-128")) == "encrypted"
    assert problem(pdf(user_password="", owner_password="x", algorithm="RC4-128")) == "encrypted"


@pytest.mark.parametrize(
    "content", [b"%PDF-1.7\nhei", b"%PDF-", pdf()[:300], b"\xff\xd8\xff\xe0hei", picture("PNG")[:40]]
)
def test_half_a_file_is_broken(content):
    assert problem(content) == "broken"


@pytest.mark.parametrize(
    "content",
    [
        b"hei",
        b"<svg onload='x'/>",
        b"MZ\x90",
        b"PK\x03\x04",
        picture("GIF"),
        b"\n" + pdf(),
        b"<html>%PDF-1.4",
    ],
)
def test_what_is_neither_is_refused(content):
    assert problem(content) == "unknown"


def test_size():
    assert problem(b"") == "empty"
    assert problem(pdf(), most=100) == "too_large"


def test_a_photo_loses_place_and_camera_and_stands_upright():
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "Kamera AS", 6
    exif.get_ifd(0x8825)[1] = "N"
    content = picture("JPEG", exif=exif, comment=b"hemmelig")
    assert b"Kamera" in content
    made = check(content, MOST)
    assert made.kind == "jpeg"
    assert b"Kamera" not in made.content
    assert b"hemmelig" not in made.content
    with Image.open(io.BytesIO(made.content)) as image:
        assert not image.getexif()
        assert image.size == (30, 60)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P", "1", "LA", "I;16"])
def test_a_png_of_any_kind_keeps_its_look_and_nothing_else(mode):
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("Comment", "hemmelig")
    made = check(picture("PNG", mode, pnginfo=info) + b"hemmelig", MOST)
    assert made.kind == "png"
    assert b"hemmelig" not in made.content
    with Image.open(io.BytesIO(made.content)) as image:
        assert image.size == (60, 30)
        assert ("A" in image.mode) == ("A" in mode)


def test_a_picture_that_would_fill_the_memory_is_refused():
    assert problem(picture("PNG", "1", (20_000, 20_000))) == "too_many_points"


def test_a_large_picture_becomes_smaller():
    made = check(picture("PNG", "1", (5000, 100)), MOST)
    with Image.open(io.BytesIO(made.content)) as image:
        assert image.size == (4000, 80)
