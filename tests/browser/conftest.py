"""The running product and a real browser. Both are started once, the visitors are new in every test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

from tests.browser.house import TOKEN, Nobody, Portal
from tests.browser.visitors import Visitor, open_visitor
from tools.processes import AssistantProcess

expect.set_options(timeout=10_000)
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def assistant_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AssistantProcess]:
    """The assistant with the model that `make test` has trained."""
    log = tmp_path_factory.mktemp("assistant") / "assistant.log"
    with AssistantProcess(TOKEN, log) as running:
        yield running


@pytest.fixture(scope="session")
def portal(
    assistant_process: AssistantProcess,
    tmp_path_factory: pytest.TempPathFactory,
    compiled_translations: None,
) -> Iterator[Portal]:
    """The portal as it runs in a municipality, with the assistant."""
    with Portal(tmp_path_factory.mktemp("portal"), assistant_process.url) as running:
        yield running


@pytest.fixture(scope="session")
def nobody() -> Iterator[Nobody]:
    place = Nobody()
    yield place
    place.close()


@pytest.fixture(scope="session")
def lonely_portal(
    nobody: Nobody, tmp_path_factory: pytest.TempPathFactory, compiled_translations: None
) -> Iterator[Portal]:
    """A portal whose assistant is not there."""
    with Portal(tmp_path_factory.mktemp("lonely"), nobody.url) as running:
        yield running


def executable() -> str:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    raise RuntimeError("no Chromium on PATH; `make test` installs it on Debian and Ubuntu")


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    started = playwright.chromium.launch(executable_path=executable(), args=ARGUMENTS)
    yield started
    started.close()


@pytest.fixture(autouse=True)
def running(assistant_process: AssistantProcess, portal: Portal) -> None:
    """Say so when one of them has ended, rather than that a text is missing."""
    for process in (assistant_process.process, portal.process):
        assert process.pid is not None, f"{process.name} has ended; see {process.log}"


@pytest.fixture
def visitor(browser: Browser, portal: Portal) -> Iterator[Callable[..., Visitor]]:
    """visitor("nn", PHONE, script=False) opens a new browser; every one of them is checked when the test ends."""
    opened: list[Visitor] = []

    def make(language: str, size: dict[str, int], at: Portal = portal, **more: Any) -> Visitor:
        opened.append(open_visitor(browser, at.url, language, size, **more))
        return opened[-1]

    yield make
    for one in opened:
        one.context.close()
    for one in opened:
        one.check()


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pictures of the pages are put: BROWSER_PICTURES, or a folder that pytest cleans up."""
    wanted = os.environ.get("BROWSER_PICTURES")
    folder = Path(wanted) if wanted else tmp_path_factory.mktemp("pictures")
    folder.mkdir(parents=True, exist_ok=True)
    return folder
