"""What goes compressed, what does not, and that it comes out as it was."""

from __future__ import annotations

import gzip

import pytest

from web.security.compression import LEAST, MOST_PADDING
from web.security.compression import gzip as packed

ACCEPT = {"Accept-Encoding": "gzip, deflate, br"}


@pytest.mark.parametrize("padding", [0, 1, 100])
def test_what_is_packed_opens_as_it_was(padding):
    data = "blåbærsyltetøy og så videre ".encode() * 100
    assert gzip.decompress(packed(data, padding)) == data
    assert len(packed(data, padding)) == len(packed(data)) + (padding + 1 if padding else 0)


def test_a_page_is_compressed_for_who_can_open_it(make_app):
    client = make_app().test_client()
    plain = client.get("/om")
    small = client.get("/om", headers=ACCEPT)
    assert "Content-Encoding" not in plain.headers
    assert small.headers["Content-Encoding"] == "gzip"
    assert int(small.headers["Content-Length"]) == len(small.data) < len(plain.data) / 2
    for answer in (plain, small):
        assert "Accept-Encoding" in answer.headers["Vary"]
    # The form token is another each second; all the rest is the same.
    assert "<h1" in gzip.decompress(small.data).decode()
    assert client.get("/om", headers={"Accept-Encoding": "gzip;q=0"}).headers.get("Content-Encoding") is None


def test_the_length_of_a_page_varies(make_app):
    client = make_app().test_client()
    lengths = {len(client.get("/personvern", headers=ACCEPT).data) for _ in range(12)}
    assert len(lengths) > 3
    assert max(lengths) - min(lengths) <= MOST_PADDING + 60  # the token differs too


@pytest.mark.parametrize(
    ("path", "asked_from", "compressed"),
    [
        ("/om", "same-origin", True),
        ("/om", "none", True),
        ("/om", "cross-site", False),
        ("/om", "same-site", False),
        ("/om", None, True),
        ("/tjenester?q=abc", None, False),
        ("/tjenester?q=abc", "same-origin", True),
        ("/no-such-page-at-all", "cross-site", False),
    ],
)
def test_pages_that_another_site_asks_for_stay_as_they_are(make_app, path, asked_from, compressed):
    client = make_app().test_client()
    client.get("/om")  # now there is a cookie
    headers = ACCEPT | ({"Sec-Fetch-Site": asked_from} if asked_from else {})
    assert ("Content-Encoding" in client.get(path, headers=headers).headers) is compressed


def test_a_first_visit_from_elsewhere_is_compressed(make_app):
    answer = make_app().test_client().get("/om", headers=ACCEPT | {"Sec-Fetch-Site": "cross-site"})
    assert answer.headers["Content-Encoding"] == "gzip"


def test_pages_of_employees_stay_as_they_are(make_app):
    client = make_app().test_client()
    client.get("/om")
    answer = client.get(
        "/staff/login", headers=ACCEPT | {"Sec-Fetch-Site": "same-origin"}, follow_redirects=True
    )
    assert len(answer.data) > LEAST
    assert "Content-Encoding" not in answer.headers


def test_files_are_compressed_once_and_can_be_asked_about(make_app):
    client = make_app().test_client()
    address = "/static/css/portal.css"
    plain, small = client.get(address, buffered=True), client.get(address, headers=ACCEPT, buffered=True)
    assert gzip.decompress(small.data) == plain.data
    assert small.data == client.get(address, headers=ACCEPT, buffered=True).data
    tag = small.headers["ETag"]
    assert tag.startswith("W/")
    assert client.get(address, headers=ACCEPT | {"If-None-Match": tag}, buffered=True).status_code == 304
    part = client.get(address, headers=ACCEPT | {"Range": "bytes=0-9"}, buffered=True)
    assert (part.status_code, part.data) == (206, plain.data[:10])
    assert "Content-Encoding" not in part.headers


def test_what_is_no_text_or_very_short_stays_as_it_is(make_app):
    client = make_app().test_client()
    assert "Content-Encoding" not in client.get("/healthz", headers=ACCEPT).headers
    assert "Content-Encoding" not in client.get("/ut.css", headers=ACCEPT).headers
