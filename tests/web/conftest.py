"""What the portal's tests share."""

from __future__ import annotations

import pytest

from web.cases import codes


@pytest.fixture(autouse=True)
def quick_codes(monkeypatch: pytest.MonkeyPatch) -> int:
    """The slow hash of a code is its own test's: most tests send a case, and would wait for it. Gives the real cost."""
    real = codes.SCRYPT_N
    monkeypatch.setattr(codes, "SCRYPT_N", 2**4)
    return real
