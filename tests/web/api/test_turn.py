"""The conversation for other front ends, against its own published description."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jsonschema
import pytest

from tests.conftest import MARKED
from web.api import routes
from web.api.schema import TURN_ANSWER
from web.assistant import Assistant

TOLD = "Jeg blir holdt utenfor i klassen, de har laget en gruppe uten meg, og nå orker jeg ikke gå på skolen"


def turn(client: Any, **body: Any) -> Any:
    return client.post("/api/v1/turn", json=body)


def test_a_conversation(client: Any) -> None:
    first = turn(client, text=TOLD, language="nb", writer="youth", age=14)
    assert first.status_code == 200
    jsonschema.validate(first.json, TURN_ANSWER)
    assert {need["id"] for need in first.json["understanding"]["needs"]} & {
        "bullying",
        "school_absence",
        "loneliness",
    }
    button = first.json["messages"][-1]["buttons"][0]
    second = turn(client, conversation=first.json["conversation"], button=button["payload"])
    assert second.status_code == 200
    assert second.json["conversation"] == first.json["conversation"]
    assert second.json["so_far"]["needs"] == [
        {"id": need["id"], "confidence": need["confidence"]} for need in first.json["understanding"]["needs"]
    ]
    asked = second.json["messages"][-1]["text"]
    assert "gammel" not in asked, "the age was told, so it is not asked for"


def test_nynorsk_is_answered_in_nynorsk(client: Any) -> None:
    answer = turn(client, text="Eg får ikkje sova og gruar meg til skulen", language="nn").json
    assert answer["understanding"]["language"] == "nn"
    assert "Slik forstår eg det" in answer["messages"][0]["text"]


def test_the_language_stays_when_it_is_left_out(client: Any) -> None:
    first = turn(client, text="Eg får ikkje sova og gruar meg til skulen", language="nn").json
    second = turn(client, conversation=first["conversation"], button="/skip").json
    assert second["messages"][0]["text"] == "Kven gjeld det?"


def test_danger_comes_first_and_marked(client: Any) -> None:
    answer = turn(client, text="jeg har tatt masse tabletter og vil ikke leve").json
    assert answer["understanding"]["acute"]["flag"]
    assert answer["messages"][0]["danger"]
    assert "113" in answer["messages"][0]["text"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"text": ""}, 400),
        ({"text": "   "}, 400),
        ({"text": MARKED, "button": "/skip"}, 400),
        ({"text": MARKED, "language": "sv"}, 400),
        ({"text": MARKED, "writer": "king"}, 400),
        ({"text": MARKED, "age": -1}, 400),
        ({"text": MARKED, "age": "14"}, 400),
        ({"text": MARKED, "color": "blue"}, 400),
        ({"text": 7}, 400),
        ([MARKED], 400),
        ({"text": MARKED, "conversation": "x"}, 400),
        ({"text": MARKED, "conversation": "a" * 39}, 404),
        ({"text": MARKED + "x" * 4000}, 422),
    ],
)
def test_wrong_input_is_a_problem_that_does_not_repeat_it(client: Any, body: Any, status: int) -> None:
    answer = client.post("/api/v1/turn", json=body)
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    assert answer.json["status"] == status
    assert MARKED not in answer.text


def test_not_json(client: Any) -> None:
    assert client.post("/api/v1/turn", data="{", content_type="application/json").status_code == 400
    assert client.post("/api/v1/turn", data={"text": "hei"}).status_code == 415
    assert client.get("/api/v1/turn").status_code == 405


def test_nobody_speaks_into_a_conversation_by_guessing(app: Any) -> None:
    with app.test_request_context():
        mine = routes.new_conversation()
        assert routes.is_ours(mine)
        assert not routes.is_ours(mine[:-1] + ("0" if mine[-1] != "0" else "1"))
        assert not routes.is_ours("a" * 39)


def test_turns_are_limited_per_conversation_not_per_school(client: Any) -> None:
    answer = turn(client, text="hei").json["conversation"]
    statuses = [turn(client, conversation=answer, text="hei").status_code for _ in range(45)]
    assert statuses[0] == 200
    assert statuses[-1] == 429
    assert turn(client, text="hei").status_code == 200, "somebody else at the same address"


def test_without_the_assistant_the_numbers_are_there(make_app: Callable[..., Any]) -> None:
    app = make_app()
    app.extensions["portal-assistant"] = Assistant("http://127.0.0.1:9", "x", 0.5)
    answer = turn(app.test_client(), text=MARKED)
    assert answer.status_code == 503
    assert "113" in [line["number"] for line in answer.json["numbers"]]
    assert MARKED not in answer.text


def test_the_description_is_valid(client: Any) -> None:
    description = client.get("/api/openapi.json").json
    for schema in (
        description["paths"]["/api/v1/turn"]["post"]["requestBody"]["content"]["application/json"]["schema"],
        TURN_ANSWER,
    ):
        jsonschema.Draft202012Validator.check_schema(schema)
