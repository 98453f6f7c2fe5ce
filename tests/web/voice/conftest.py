"""A citizen's browser with the assistant's place on loopback, and a front desk at the same portal."""

from __future__ import annotations

from tests.web.citizen.conftest import assistant, browser, browser_of, peer
from tests.web.staff.conftest import colleagues, desk, open_desk, quick_argon2, send

__all__ = [
    "assistant",
    "browser",
    "browser_of",
    "colleagues",
    "desk",
    "open_desk",
    "peer",
    "quick_argon2",
    "send",
]
