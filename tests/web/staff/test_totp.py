"""TOTP against the RFC's own numbers, and the picture."""

from __future__ import annotations

import base64

import pytest

from web.staff import totp

SECRET = base64.b32encode(b"12345678901234567890").decode()


@pytest.mark.parametrize(
    ("at", "code"),
    # RFC 6238, appendix B, SHA-1; the last six of its eight figures.
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_the_numbers_of_the_standard(at, code):
    assert totp.code_at(SECRET, at // 30) == code
    assert totp.matching_step(SECRET, f" {code[:3]} {code[3:]} ", at, None) == at // 30


def test_a_clock_may_be_half_a_minute_wrong_and_no_more():
    step = 1111111111 // 30
    for away, counts in ((-60, False), (-30, True), (0, True), (30, True), (60, False)):
        assert (totp.matching_step(SECRET, "050471", 1111111111 + away, None) == step) is counts


def test_a_code_counts_once():
    step = 1111111111 // 30
    assert totp.matching_step(SECRET, "050471", 1111111111, step) is None
    assert totp.matching_step(SECRET, "050471", 1111111111, step - 1) == step
    for wrong in ("", "050472", "50471", "０５０４７１", "0504710"):
        assert totp.matching_step(SECRET, wrong, 1111111111, None) is None


def test_secrets_and_what_apps_read():
    assert len({totp.new_secret() for _ in range(50)}) == 50
    assert len(base64.b32decode(totp.new_secret())) == 20
    address = totp.address("ABC", "maja", "Én dør inn")
    assert address == (
        "otpauth://totp/%C3%89n%20d%C3%B8r%20inn%3Amaja?secret=ABC&issuer=%C3%89n%20d%C3%B8r%20inn&digits=6&period=30"
    )
    picture = totp.picture(address)
    assert picture.startswith("data:image/svg+xml;base64,")
    svg = base64.b64decode(picture.split(",", 1)[1]).decode()
    assert "<svg" in svg
    assert "http" not in svg.replace("http://www.w3.org/2000/svg", "")
