"""The interface is tested with the real assistant behind it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tools.processes import AssistantProcess
from web.assistant import Assistant

TOKEN = "api-test-" + "x" * 40


@pytest.fixture(scope="session")
def running_assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AssistantProcess]:
    with AssistantProcess(TOKEN, tmp_path_factory.mktemp("assistant") / "assistant.log") as process:
        yield process


@pytest.fixture
def assistant(running_assistant: AssistantProcess) -> Assistant:
    """In place of the fake one: what the portal speaks with here is Rasa."""
    return Assistant(running_assistant.url, TOKEN, 10.0)
