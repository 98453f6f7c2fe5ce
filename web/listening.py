"""Answering a player: the whole recording or the part that it asks for, so that it can seek (RFC 9110, section 14)."""

from __future__ import annotations

import re

from flask import Response, request
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from web import audio
from web.cases.recordings import Sounding

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def player_answer(sound: Sounding) -> Response:
    """200 with everything, or 206 with the one part asked for. Only the sealed pieces that it touches are opened.

    Several ranges, or something that is none, are answered with everything, as the standard allows.

    Raises:
        RequestedRangeNotSatisfiable: a part that the recording does not have (416).
    """
    start, end, status = 0, sound.size, 200
    asked = _RANGE.fullmatch(request.headers.get("Range", "").replace(" ", ""))
    if asked and any(asked.groups()) and "If-Range" not in request.headers:
        first, last = asked.groups()
        if first:
            start, end = int(first), min(int(last) + 1, sound.size) if last else sound.size
        else:
            start = max(0, sound.size - int(last))
        if start >= end:
            raise RequestedRangeNotSatisfiable(length=sound.size)
        status = 206
    answer = Response(sound.read(start, end), status, mimetype=audio.MIME)
    answer.headers["Accept-Ranges"] = "bytes"
    answer.headers["Content-Disposition"] = "inline"
    if status == 206:
        answer.headers["Content-Range"] = f"bytes {start}-{end - 1}/{sound.size}"
    return answer
