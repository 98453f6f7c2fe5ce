"""One-time codes from an app: TOTP, RFC 6238, with what authenticator apps expect (SHA-1, 30 seconds, six figures)."""

from __future__ import annotations

import base64
import hmac
import io
import secrets
from urllib.parse import quote, urlencode

import segno

STEP_S = 30
DIGITS = 6
_AROUND = 1
"""Steps before and after now that still count: clocks of phones differ."""


def new_secret() -> str:
    """160 random bits in base32, as RFC 4226 section 4 recommends and apps read them."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def code_at(secret: str, step: int) -> str:
    """The code of a step, which is the number of half minutes since 1970. RFC 4226, section 5.3."""
    digest = hmac.digest(base64.b32decode(secret), step.to_bytes(8, "big"), "sha1")
    start = digest[-1] & 0xF
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def matching_step(secret: str, code: str, now_s: float, last_step: int | None) -> int | None:
    """The step that this code is of; None when it is of none near now (seconds since 1970), or of one used before.

    Spaces in the code do not matter. A code counts once: RFC 6238, section 5.2.
    """
    code = "".join(code.split())
    now, found = int(now_s) // STEP_S, None
    for step in range(now - _AROUND, now + _AROUND + 1):
        same = hmac.compare_digest(code_at(secret, step).encode(), code.encode())
        if same and (last_step is None or step > last_step):
            found = step
    return found


def address(secret: str, account: str, issuer: str) -> str:
    """The otpauth: address that apps read from the picture."""
    query = urlencode(
        {"secret": secret, "issuer": issuer, "digits": DIGITS, "period": STEP_S}, quote_via=quote
    )
    return f"otpauth://totp/{quote(f'{issuer}:{account}')}?{query}"


def picture(text: str) -> str:
    """A QR code as an SVG data address: made here, nothing is fetched and nobody is told."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        out, kind="svg", scale=4, border=4, light="#fff", dark="#000"
    )
    return "data:image/svg+xml;base64," + base64.b64encode(out.getvalue()).decode()
