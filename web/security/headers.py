"""Headers of every answer: nothing from elsewhere, nothing kept, nothing told to the next page."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, request

from web.security.access import mark_of

CSP = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        # Recordings: those that are kept, and the one just made, which is still in the browser.
        "media-src 'self' blob:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)
# The microphone is ours (speaking instead of writing); everything else is off.
PERMISSIONS = ", ".join(
    [
        "accelerometer=()",
        "browsing-topics=()",
        "camera=()",
        "display-capture=()",
        "geolocation=()",
        "gyroscope=()",
        "magnetometer=()",
        "microphone=(self)",
        "midi=()",
        "payment=()",
        "usb=()",
    ]
)
STATIC_SECONDS = 365 * 24 * 3600


@lru_cache(maxsize=512)
def _fingerprint(path: Path, _changed: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10]


def init_headers(app: Flask, *, https: bool) -> None:
    """Set the headers on every answer, errors included."""

    @app.url_defaults
    def _version(endpoint: str, values: dict[str, Any]) -> None:
        # A file that never changes under its address can be kept for long: one request less on a weak
        # network.
        if endpoint == "static" and app.static_folder and "filename" in values and "v" not in values:
            path = Path(app.static_folder) / values["filename"]
            if path.is_file():
                values["v"] = _fingerprint(path, path.stat().st_mtime_ns)

    @app.after_request
    def _headers(response: Response) -> Response:
        headers = response.headers
        headers["Content-Security-Policy"] = CSP
        headers["X-Content-Type-Options"] = "nosniff"
        headers["X-Frame-Options"] = "DENY"
        headers["Referrer-Policy"] = "no-referrer"
        headers["Permissions-Policy"] = PERMISSIONS
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        if https:
            headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
        if request.endpoint == "static" and response.status_code in (200, 206, 304):
            if "v" in request.args:
                headers["Cache-Control"] = f"public, max-age={STATIC_SECONDS}, immutable"
            else:
                headers["Cache-Control"] = "public, max-age=3600"
            return response
        # What has an entity tag is public and the same for all: it may be kept, and is asked about each time.
        headers["Cache-Control"] = "no-cache" if "ETag" in headers else "no-store"
        mark = mark_of(app, request.endpoint)
        if mark is None or not mark.index or response.status_code not in (200, 304):
            headers["X-Robots-Tag"] = "noindex, nofollow"
        return response
