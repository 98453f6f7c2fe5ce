"""What comes in with a request stays in memory, and only where a recording may come may it be large.

Werkzeug puts larger files of a form into a temporary file; a person's voice must not lie there. So no request of the
portal does: every file of a form is kept in memory, which the limits of size and of how many at a time make possible.
"""

from __future__ import annotations

import io
import threading
from typing import IO

from flask import Flask, Request, g, request
from werkzeug.exceptions import ServiceUnavailable

MOST_FORM = 33 * 1024 * 1024
"""A form with one recording: web.audio.MOST_UPLOAD and what stands around it."""
MOST_PIECE = 1024 * 1024
"""One piece of a recording."""
AT_ONCE = 4
"""Large forms at the same time in one process: 130 MB at most. Others wait, then are told to try again."""
_WAIT = 15.0

_room = threading.BoundedSemaphore(AT_ONCE)


class MemoryRequest(Request):
    """A request whose files are never written to disk."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        return io.BytesIO()


def init_uploads(app: Flask, *endpoints: str) -> None:
    """Let these endpoints take a form with a recording. Goes before the check of the form's token, which reads the form."""
    app.request_class = MemoryRequest

    @app.before_request
    def _larger() -> None:
        if request.endpoint not in endpoints or request.method != "POST":
            return
        if (request.content_length or 0) > MOST_PIECE:
            if not _room.acquire(timeout=_WAIT):
                raise ServiceUnavailable
            g.portal_upload_room = True
        request.max_content_length = MOST_FORM

    @app.teardown_request
    def _done(_error: BaseException | None) -> None:
        if g.pop("portal_upload_room", False):
            _room.release()
