"""The real assistant, started once for all tests here, with the model that `make test` has trained."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from tools.processes import AssistantProcess

TOKEN = "test-" + "x" * 40


@dataclass
class Conversation:
    """A conversation with the running assistant."""

    url: str
    id: str
    language: str = "nb"

    def post(self, route: str, body: Any, token: str = TOKEN) -> requests.Response:
        return requests.post(
            f"{self.url}/webhooks/portal/{route}",
            json=body,
            headers={"Authorization": f"Bearer {token}"},
            timeout=30,
        )

    def turn(self, **said: Any) -> dict[str, Any]:
        response = self.post("turn", {"conversation": self.id, "language": self.language, **said})
        assert response.status_code == 200, response.text
        return response.json()

    def say(self, text: str) -> dict[str, Any]:
        return self.turn(text=text)

    def press(self, payload: str) -> dict[str, Any]:
        return self.turn(payload=payload)


@pytest.fixture(scope="session")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("assistant") / "assistant.log"


@pytest.fixture(scope="session")
def running(log: Path) -> Iterator[AssistantProcess]:
    with AssistantProcess(TOKEN, log) as process:
        yield process


@pytest.fixture(params=["nb", "nn"])
def talk(running: AssistantProcess, request: pytest.FixtureRequest) -> Conversation:
    """A new conversation, in each language."""
    return Conversation(running.url, secrets.token_urlsafe(16), request.param)


@pytest.fixture
def talk_nb(running: AssistantProcess) -> Conversation:
    return Conversation(running.url, secrets.token_urlsafe(16), "nb")
