"""Golden headers: whoever loosens them has to change this file."""

from __future__ import annotations

import pytest

from web.security.access import access

GOLDEN = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "media-src 'self' blob:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
}


def pages(app):
    app.add_url_rule("/t/info", "t_info", access("public", index=True)(lambda: "info"))
    app.add_url_rule("/t/own", "t_own", access("citizen")(lambda: "own"))

    def broken() -> str:
        raise LookupError

    app.add_url_rule("/t/broken", "t_broken", access("citizen")(broken))
    return app.test_client()


@pytest.mark.parametrize("path", ["/t/own", "/healthz", "/no-such-page", "/t/broken"])
def test_golden_headers(make_app, path):
    app = make_app()
    app.config["PROPAGATE_EXCEPTIONS"] = False
    answer = pages(app).get(path)
    for name, value in GOLDEN.items():
        assert answer.headers[name] == value, name
    assert "camera=()" in answer.headers["Permissions-Policy"]
    assert "microphone=(self)" in answer.headers["Permissions-Policy"]
    assert "Strict-Transport-Security" not in answer.headers
    assert "unsafe" not in str(answer.headers)


def test_only_information_may_be_indexed(make_app):
    client = pages(make_app())
    assert "X-Robots-Tag" not in client.get("/t/info").headers
    assert client.get("/t/info").headers["Cache-Control"] == "no-store"
    assert "X-Robots-Tag" in client.post("/t/info").headers


def test_https_makes_cookies_and_transport_strict(make_app):
    answer = (
        make_app(public_url="https://hjelp.example.no")
        .test_client()
        .get("/nope?lang=nn", base_url="https://x")
    )
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=63072000")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-dor=")
    for part in ("; Secure", "; HttpOnly", "; Path=/", "; SameSite=Lax"):
        assert part in cookie
    assert "Domain" not in cookie
    assert "Expires" not in cookie


def test_plain_http_on_ones_own_machine(make_app):
    cookie = make_app().test_client().get("/nope?lang=nn").headers["Set-Cookie"]
    assert cookie.startswith("dor=")
    assert "; HttpOnly" in cookie
    assert "; Secure" not in cookie


def test_static_files_are_kept_under_an_address_that_changes_with_them(make_app, tmp_path):
    app = make_app()
    (tmp_path / "a.css").write_text("a{}")
    app.static_folder = str(tmp_path)
    with app.test_request_context():
        from flask import url_for

        address = url_for("static", filename="a.css")
    assert "?v=" in address
    for path, expected in (
        (address, "public, max-age=31536000, immutable"),
        ("/static/a.css", "public, max-age=3600"),
        ("/static/none.css?v=1", "no-store"),
    ):
        with app.test_client().get(path) as answer:
            assert answer.headers["Cache-Control"] == expected
