"""The published description: a valid document, and as complete as the portal."""

from __future__ import annotations

import re
from typing import Any

import jsonschema
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.conftest import FakeAssistant


@pytest.fixture
def assistant() -> FakeAssistant:
    """The assistant has no part in this."""
    return FakeAssistant()


def test_the_document_is_valid(client: Any) -> None:
    description = client.get("/api/openapi.json").json
    assert description["openapi"].startswith("3.1")
    assert [error.message for error in OpenAPIV31SpecValidator(description).iter_errors()] == []


def test_a_document_with_a_mistake_is_not(client: Any) -> None:
    description = client.get("/api/openapi.json").json
    del description["paths"]["/api/hsds/services/{id}"]["parameters"]
    assert list(OpenAPIV31SpecValidator(description).iter_errors())


def test_it_describes_every_address_and_method_and_no_other(client: Any, app: Any) -> None:
    described = {
        (path, method.upper())
        for path, entry in client.get("/api/openapi.json").json["paths"].items()
        for method in entry
        if method != "parameters"
    }
    there = {
        (re.sub(r"<\w+>", "{id}", rule.rule), method)
        for rule in app.url_map.iter_rules()
        if rule.endpoint.split(".")[0] in ("api", "match", "hsds", "linked_data")
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    assert described == there - {("/api/openapi.json", "GET")}


def test_every_schema_in_it_is_a_schema(client: Any) -> None:
    for schema in client.get("/api/openapi.json").json["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
