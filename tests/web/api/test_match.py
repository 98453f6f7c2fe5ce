"""From needs to services for other systems: reasons, what is missing here, whom to ring; and nothing is kept."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.conftest import MARKED, ROOT, FakeAssistant
from web.api import match
from web.api.schema import MATCH_ANSWER
from web.catalog import load
from web.matching import Query
from web.matching import match as matched


@pytest.fixture
def assistant() -> FakeAssistant:
    """The assistant has no part in this."""
    return FakeAssistant()


def ask(client: Any, **body: Any) -> Any:
    answer = client.post("/api/v1/match", json=body)
    assert answer.status_code == 200, answer.text
    jsonschema.Draft202012Validator(MATCH_ANSWER, format_checker=jsonschema.FormatChecker()).validate(
        answer.json
    )
    return answer.json


def test_services_with_reasons(client: Any, catalog: Any) -> None:
    answer = ask(client, needs=["bullying", {"id": "sleep", "confidence": 0.6}], age=15, writer="youth")
    expected = matched(catalog, Query((("bullying", 1.0), ("sleep", 0.6)), writer="youth", age=15))
    assert [found["id"] for found in answer["services"]] == [found.service.id for found in expected.services]
    first = answer["services"][0]
    assert {"id": "bullying", "name": dict(catalog.needs["bullying"].name)} in first["because"]
    assert set(first["name"]) == {"nb", "nn"}
    assert first["score"] >= answer["services"][-1]["score"]
    assert first["page"] == f"http://localhost:8000/tjenester/{first['id']}"
    assert answer["contact_point"]["number"] == catalog.contact_point.number


def test_who_refers_has_a_name(client: Any, catalog: Any) -> None:
    answer = ask(client, needs=["eating_body"], age=15, writer="parent", about="my_child")
    referred = [found for found in answer["services"] if found["access"]["referral_from"]]
    for found in referred:
        assert not found["access"]["direct"]
        assert all(referrer["name"]["nn"] for referrer in found["access"]["referral_from"])


def test_danger_brings_the_numbers_first(client: Any) -> None:
    answer = ask(client, needs=["suicidal_thoughts"], age=15, acute_kinds=["suicide"], safe_now="no")
    first = answer["helplines"][0]
    assert (first["number"], first["emergency"], first["open_now"]) == ("113", True, True)
    assert answer["helplines"][0]["opens_or_closes_at"] is None


def test_a_child_sees_no_adults_line(client: Any) -> None:
    answer = ask(client, needs=["violence_home"], age=14, writer="youth")
    assert "vo_linjen" not in {line["id"] for line in answer["helplines"]}
    assert "alarmtelefonen" in {line["id"] for line in answer["helplines"]}


def test_the_clock_is_asked(client: Any, clock: Any) -> None:
    def red_cross() -> Any:
        lines = ask(client, needs=["loneliness"], age=14, writer="youth")["helplines"]
        return next(line for line in lines if line["id"] == "kors_pa_halsen")

    late = red_cross()
    assert not late["open_now"], "Friday 23:40; open from 14 to 22"
    assert late["opens_or_closes_at"] == "2026-11-21T14:00:00+01:00"
    clock.move(hours=16)
    assert red_cross()["open_now"]


def test_without_needs_there_are_doors_for_everybody(client: Any) -> None:
    answer = ask(client, needs=[])
    assert answer["services"]
    assert all(found["because"] == [] for found in answer["services"])


def test_what_is_missing_here_is_said(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ask(client, needs=["sexual_health"], age=16, writer="youth")["not_here"] == []
    without = load(ROOT / "services_catalog", "granlia")
    monkeypatch.setattr("web.current.catalog", lambda: without)
    answer = ask(client, needs=["sexual_health"], age=16, writer="youth")
    (missing,) = [lacking for lacking in answer["not_here"] if lacking["id"] == "hfu"]
    assert missing["note"] == dict(without.replacements["hfu"].note)
    assert missing["instead"] == list(without.replacements["hfu"].services)
    assert "hfu" not in {found["id"] for found in answer["services"]}
    assert set(missing["instead"]) & {found["id"] for found in answer["services"]}


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({}, 400, ""),
        ([MARKED], 400, ""),
        ({"needs": MARKED}, 400, "needs"),
        ({"needs": [MARKED]}, 422, "needs.0"),
        ({"needs": ["sleep", {"id": MARKED}]}, 422, "needs.1"),
        ({"needs": [{"id": "sleep", "confidence": 2}]}, 400, "needs.0"),
        ({"needs": [7]}, 400, "needs.0"),
        ({"needs": ["sleep"] * 31}, 400, "needs"),
        ({"needs": [], "age": "14"}, 400, "age"),
        ({"needs": [], "age": -1}, 400, "age"),
        ({"needs": [], "writer": MARKED}, 400, "writer"),
        ({"needs": [], "about": MARKED}, 400, "about"),
        ({"needs": [], "acute_kinds": [MARKED]}, 400, "acute_kinds.0"),
        ({"needs": [], "safe_now": MARKED}, 400, "safe_now"),
        ({"needs": [], MARKED: 1}, 400, None),
    ],
)
def test_wrong_input_is_a_problem_that_does_not_repeat_it(
    client: Any, body: Any, status: int, field: str | None
) -> None:
    answer = client.post("/api/v1/match", json=body)
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    assert answer.json.get("field") == field
    assert MARKED not in answer.text


def test_only_json_and_only_post(client: Any) -> None:
    assert client.post("/api/v1/match", data="{", content_type="application/json").status_code == 400
    assert client.post("/api/v1/match", data={"needs": "sleep"}).status_code == 415
    assert client.get("/api/v1/match?needs=sleep&age=15").status_code == 405, "no needs in an address"


def test_nothing_is_kept(client: Any, config: Any, caplog: pytest.LogCaptureFixture) -> None:
    def stored() -> dict[Path, bytes]:
        return {
            path: path.read_bytes()
            for path in sorted(Path(config.var_dir).rglob("*"))
            if path.is_file() and not path.name.endswith("-shm")
        }

    ask(client, needs=["sleep"])  # what is opened once for all
    before = stored()
    with caplog.at_level(logging.DEBUG):
        answer = client.post("/api/v1/match", json={"needs": ["sexual_abuse"], "age": 13})
    assert stored() == before
    assert "sexual_abuse" not in caplog.text
    assert "Set-Cookie" not in answer.headers


def test_there_is_a_limit(make_app: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    client = make_app().test_client()
    limit = int(match.PER_CLIENT.split()[0])
    statuses = [client.post("/api/v1/match", json={"needs": []}).status_code for _ in range(limit + 1)]
    assert statuses[0] == 200
    assert statuses[-1] == 429
