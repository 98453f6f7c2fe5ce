"""A person's browser, that remembers everything it was sent and everything it asked for."""

from __future__ import annotations

import re
import zlib
from base64 import urlsafe_b64decode
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response, expect

from tests.browser.texts import Texts

PHONE = {"width": 390, "height": 844}
SMALL_PHONE = {"width": 320, "height": 640}
DESK = {"width": 1280, "height": 900}
#: A page that says with its status what is wrong (422: look at the form) is also told of on the console.
_STATUS_NOTE = re.compile(
    r"Failed to load resource: the server responded with a status of (400|403|404|409|422|429)"
)


@dataclass
class Visitor:
    """One browser context with one page; `check()` is called when the test ends."""

    context: BrowserContext
    page: Page
    url: str
    texts: Texts
    addresses: list[str] = field(default_factory=list)
    """Every address that was asked for."""
    posted: list[str] = field(default_factory=list)
    answers: list[tuple[int, str]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    """What the console said, and scripts that broke."""
    elsewhere: tuple[str, ...] = ()
    """Addresses outside the portal that this visitor is meant to reach."""

    def __post_init__(self) -> None:
        self.context.on("request", lambda request: self.addresses.append(request.url))
        self.context.on("response", self._answered)
        self.context.on("console", self._said)
        self.context.on("weberror", lambda error: self.problems.append(f"script: {error.error}"))

    def _answered(self, response: Response) -> None:
        self.answers.append((response.status, response.url))

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not _STATUS_NOTE.match(message.text):
            self.problems.append(f"{message.type}: {message.text}")

    def go(self, path: str) -> None:
        self.page.goto(self.url + path)

    def title(self, source: str, **values: object) -> None:
        """The page that is shown has this one heading."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text(self.texts(source, **values))

    def button(self, source: str, **values: object) -> Any:
        """The button with exactly this text; arrows beside it are hidden from the name."""
        return self.page.get_by_role("button", name=self.texts(source, **values), exact=True)

    def link(self, source: str, **values: object) -> Any:
        return self.page.get_by_role("link", name=self.texts(source, **values), exact=True)

    def unfold(self, source: str, **values: object) -> None:
        """Open the part with this heading, if it is closed."""
        summary = self.page.locator("summary").filter(has_text=self.texts(source, **values)).first
        if summary.locator("xpath=..").get_attribute("open") is None:
            summary.click()

    def cookies(self) -> str:
        """What the cookies say, in plain: the session's is signed, not encrypted."""
        plain = []
        for cookie in self.context.cookies():
            value = str(cookie.get("value"))
            payload = value.lstrip(".").split(".")[0]
            raw = urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
            plain.append(value + " " + (zlib.decompress(raw) if value.startswith(".") else raw).decode())
        return "; ".join(plain)

    def check(self) -> None:
        """Nothing but the portal was asked, nothing was blocked, and no script broke."""
        ours = urlsplit(self.url).netloc
        others = [
            a for a in self.addresses if urlsplit(a).netloc != ours and not a.startswith(self.elsewhere)
        ]
        assert not others, f"asked somebody else: {others}"
        assert not self.problems, self.problems
        broken = [(status, url) for status, url in self.answers if status >= 500]
        assert not broken, broken


def open_visitor(
    browser: Browser,
    url: str,
    language: str,
    size: dict[str, int],
    script: bool = True,
    **more: Any,
) -> Visitor:
    """A new browser, with the language a Norwegian phone or computer would ask for."""
    phone = size["width"] < 700
    context = browser.new_context(
        viewport=size,
        locale=f"{language}-NO",
        timezone_id="Europe/Oslo",
        java_script_enabled=script,
        is_mobile=phone,
        has_touch=phone,
        device_scale_factor=2 if phone else 1,
        # Parts that unfold stand still at once, also in pictures.
        reduced_motion="reduce",
        **more,
    )
    context.set_default_timeout(15_000)
    return Visitor(context, context.new_page(), url, Texts(language))


def shoot(page: Page, folder: Path, name: str) -> None:
    """A picture of the whole page, for people to look at."""
    page.evaluate("scrollTo(0, 0)")
    page.screenshot(path=folder / f"{name}.png", full_page=True, animations="disabled")
