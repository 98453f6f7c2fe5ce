"""Text goes over the wire compressed, except where the length could tell a secret (docs/decisions/0011-compression.md)."""

from __future__ import annotations

import secrets
import struct
import zlib
from functools import lru_cache
from typing import Final

from flask import Flask, Response, request

from web.security.access import mark_of

LEAST: Final = 600
"""Bytes. Less than this fits in one packet either way."""
MOST_PADDING: Final = 100
"""Bytes. Each page is longer by a random number of bytes up to this, so that its exact length says nothing."""
_TEXT: Final = frozenset(
    {
        "application/javascript",
        "application/json",
        "application/ld+json",
        "application/manifest+json",
        "application/xml",
        "image/svg+xml",
    }
)
_OURS: Final = frozenset({"same-origin", "none"})


def gzip(data: bytes, padding: int = 0) -> bytes:
    """Data as a gzip file (RFC 1952) whose header holds `padding` bytes of nothing: they are dropped when it is opened."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    name = b"x" * padding + b"\0" if padding else b""
    head = b"\x1f\x8b\x08" + (b"\x08" if padding else b"\x00") + b"\0\0\0\0\x02\xff" + name
    tail = struct.pack("<II", zlib.crc32(data), len(data) & 0xFFFFFFFF)
    return head + packer.compress(data) + packer.flush() + tail


@lru_cache(maxsize=64)
def _file(_path: str, _etag: str, data: bytes) -> bytes:
    return gzip(data)


def init_compression(app: Flask) -> None:
    """Compress answers of text for those who can open them."""

    @app.after_request
    def _compress(response: Response) -> Response:
        kind = response.mimetype or ""
        if kind not in _TEXT and not kind.startswith("text/"):
            return response
        response.vary.add("Accept-Encoding")
        if (
            response.status_code in (204, 206, 304)
            or "Content-Encoding" in response.headers
            or "Range" in request.headers
            or not request.accept_encodings["gzip"]
            or not _safe(app)
        ):
            return response
        fixed = request.endpoint == "static"
        if response.is_streamed and not fixed:
            return response
        response.direct_passthrough = False
        stream = response.response
        data = response.get_data()
        if close := getattr(stream, "close", None):
            close()  # the file: set_data lets go of it without closing
        if len(data) < LEAST:
            return response
        etag = response.get_etag()[0]
        if fixed and etag:
            response.set_data(_file(request.path, etag, data))
        else:
            response.set_data(gzip(data, 1 + secrets.randbelow(MOST_PADDING)))
        response.headers["Content-Encoding"] = "gzip"
        if etag:
            # Another representation with the same meaning: that is what a weak tag says.
            response.set_etag(etag, weak=True)
        return response


def _safe(app: Flask) -> bool:
    """Whether this answer's length can be shown to who listens on the network.

    The danger (BREACH) is a page of somebody else that makes this browser ask us again and again with text of its own
    in the address. So what such a page may have asked for, in a browser that is known here, stays as it is.
    """
    if request.endpoint == "static" or not request.cookies:
        return True
    mark = mark_of(app, request.endpoint)
    if mark is None or mark.level == "staff":
        # Employees read what strangers write, beside what others wrote.
        return False
    asked_from = request.headers.get("Sec-Fetch-Site")
    if asked_from is None:
        # An old browser does not tell who asks: then nothing of the address may be on the page.
        return not request.query_string
    return asked_from in _OURS
