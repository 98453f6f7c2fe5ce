"""Error pages: the reader's language, the numbers, and the text that was typed."""

from __future__ import annotations

import io
import json

import pytest
from flask import abort, request
from werkzeug.exceptions import TooManyRequests

from tests.conftest import MARKED
from web import csrf
from web.errors import keeps_text
from web.security.access import access


@pytest.fixture
def app(make_app):
    app = make_app()
    app.config["PROPAGATE_EXCEPTIONS"] = False

    def view(name: str, level: str):
        """A view of its own each time: a mark sits on the function."""

        def fail(code: int) -> str:
            if code == 429:
                raise TooManyRequests(retry_after=12)
            if code == 500:
                raise LookupError(MARKED)
            abort(code)

        def form() -> str:
            return "sent"

        return access(level)({"fail": fail, "form": form}[name])

    def again() -> str:
        return f"the page again: {request.form['text']}"

    app.add_url_rule("/t/<int:code>", "t_fail", view("fail", "citizen"), methods=["GET", "POST"])
    app.add_url_rule("/api/t/<int:code>", "t_api", csrf.exempt(view("fail", "api")), methods=["GET", "POST"])
    app.add_url_rule("/t/form", "t_form", view("form", "citizen"), methods=["POST"])
    app.add_url_rule("/t/keeps", "t_keeps", keeps_text(again)(view("form", "citizen")), methods=["POST"])
    app.add_url_rule("/t/public", "t_public", view("form", "public"), methods=["POST"])
    return app


TITLES = {
    400: ("Noe i skjemaet stemte ikke", "Noko i skjemaet stemde ikkje"),
    403: ("Du kan ikke åpne denne siden", "Du kan ikkje opne denne sida"),
    404: ("Denne siden finnes ikke", "Denne sida finst ikkje"),
    405: ("Siden kan ikke åpnes på denne måten", "Sida kan ikkje opnast på denne måten"),
    413: ("Teksten er for lang", "Teksten er for lang"),
    429: ("Vent litt før du prøver igjen", "Vent litt før du prøver igjen"),
    500: ("Noe gikk galt i portalen", "Noko gjekk gale i portalen"),
}


@pytest.mark.parametrize("code", TITLES)
@pytest.mark.parametrize("language", ["nb", "nn"])
def test_every_error_page(client, code, language):
    answer = client.get(f"/t/{code}?lang={language}")
    assert answer.status_code == code
    assert f'<html lang="{language}"' in answer.text
    assert f">{TITLES[code][language == 'nn']}</h1>" in answer.text
    for number in ("tel:113", "tel:112", "tel:116111"):
        assert number in answer.text
    assert answer.text.count("<h1") == 1


def test_no_such_address_and_wrong_method(client):
    assert "Denne siden finnes ikke" in client.get("/t/nope/nope").text
    answer = client.get("/t/form")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def test_waiting_time_is_told(client):
    answer = client.get("/t/429?lang=nn")
    assert "om 12 sekund." in answer.text
    assert answer.headers["Retry-After"] == "12"


@pytest.mark.parametrize("code", [400, 404, 405, 413, 429, 500])
def test_programs_get_a_problem_description(client, code):
    answer = client.get(f"/api/t/{code}") if code != 405 else client.put("/api/t/400")
    assert answer.status_code == code
    assert answer.content_type == "application/problem+json"
    body = json.loads(answer.text)
    assert body["status"] == code
    assert body["title"]
    assert "Zvartbakke" not in answer.text


def test_an_unknown_api_address_is_a_problem_too(client):
    assert client.get("/api/v9/none").content_type == "application/problem+json"


def fields(**more):
    return {"text": f"{MARKED}\n<b>andre</b> linje", "csrf_token": "old", **more}


def test_an_expired_form_shows_the_page_again_with_the_text(client):
    answer = client.post("/t/keeps", data=fields())
    assert answer.status_code == 400
    assert answer.text.startswith("the page again: " + MARKED)


def test_an_expired_form_without_a_page_of_its_own_shows_the_text_to_send_again(client):
    answer = client.post("/t/form", data=fields(hope="ro", code="fem hemmelege ord", password="x"))
    assert answer.status_code == 400
    assert "Teksten din er her fortsatt" in answer.text
    assert MARKED in answer.text
    assert "&lt;b&gt;andre&lt;/b&gt;" in answer.text
    assert 'name="hope" value="ro"' in answer.text
    assert "fem hemmelege ord" not in answer.text
    # What the page offers can be sent as it is, with its fresh token.
    token = answer.text.split('name="csrf_token" value="')[-1].split('"')[0]
    assert client.post("/t/form", data={"text": MARKED, "csrf_token": token}).text == "sent"


@pytest.mark.parametrize("code", [429, 500])
def test_the_text_survives_other_errors(app, code):
    app.config["WTF_CSRF_ENABLED"] = False
    answer = app.test_client().post(f"/t/{code}", data={"text": MARKED})
    assert answer.status_code == code
    assert f"{MARKED}</textarea>" in answer.text


def test_pages_that_are_not_a_citizens_keep_nothing(client):
    assert "Zvartbakke" not in client.post("/t/public", data=fields()).text


def test_a_request_beyond_all_limits_is_refused_calmly(client):
    answer = client.post("/t/form", data={"text": "x" * (1024 * 1024 + 1)})
    assert answer.status_code == 413
    assert "Teksten er for lang" in answer.text


def test_a_file_beyond_all_limits_is_called_a_file(client):
    client.application.config["MAX_CONTENT_LENGTH"] = 1000
    with io.BytesIO(b"x" * 2000) as file:
        answer = client.post("/t/form", data={"text": "Hei", "file": (file, "stor.pdf")})
    assert answer.status_code == 413
    assert "Filen er for stor" in answer.text
