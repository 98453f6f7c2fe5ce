"""How heavy the pages are: what really goes over the wire, page by page, in Chromium. `make weights` prints a table.

Starts a portal and an assistant of its own on loopback. Bytes are those of answers with their headers, compressed, as the
browser counts them (HTTP/1.1; a proxy with HTTP/2 sends smaller headers).
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tools.processes import (
    AssistantProcess,
    answers,
    free_port,
    portal_command,
    portal_environment,
    portal_process,
)

FIRST_LIMIT, LATER_LIMIT = 60_000, 15_000
"""Bytes: the first page in a browser that has never been here, and any page after it."""
TOLD = "De i klassen ler av meg hver dag og jeg får ikke være med på noe. Jeg får ikke sove om natta."
TOKEN = "a-token-for-measuring-pages-of-more-than-32-characters"  # noqa: S105 - both processes are ours and end at once
HOST = "127.0.0.1"


@contextmanager
def house() -> Iterator[str]:
    """A portal with its assistant and an empty database; its address.

    Raises:
        RuntimeError: when one of them does not answer.
    """
    with tempfile.TemporaryDirectory() as folder:
        var, port = Path(folder), free_port()
        with AssistantProcess(TOKEN, var / "assistant.log") as assistant:
            url = f"http://{HOST}:{port}"
            env = {
                **portal_environment(var, HOST, port, assistant.url, TOKEN),
                "PORTAL_VAR_DIR": str(var),
                "PORTAL_PUBLIC_URL": url,
            }
            portal_command(env, "keys", "create", "--if-missing")
            portal_command(env, "db", "upgrade")
            process = portal_process(HOST, port, env, var / "portal.log")
            process.start()
            try:
                until = time.monotonic() + 60
                while not answers(f"{url}/healthz"):
                    if process.pid is None or time.monotonic() > until:
                        raise RuntimeError((var / "portal.log").read_text()[-2000:])
                    time.sleep(0.1)
                yield url
            finally:
                process.stop()


@dataclass
class Meter:
    """Counts what one page loads: `with meter.measure("name", limit): …`."""

    page: Page
    rows: list[tuple[str, int, int, int, int]] = field(default_factory=list)
    """(page, requests, bytes in all, bytes of the page itself, limit)"""
    _kinds: dict[str, str] = field(default_factory=dict)
    _bytes: list[tuple[str, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        debugger = self.page.context.new_cdp_session(self.page)
        debugger.send("Network.enable")
        debugger.on("Network.responseReceived", self._received)
        debugger.on("Network.loadingFinished", self._finished)

    def _received(self, event: dict[str, Any]) -> None:
        self._kinds[event["requestId"]] = event["type"]

    def _finished(self, event: dict[str, Any]) -> None:
        if event["encodedDataLength"]:
            self._bytes.append(
                (self._kinds.get(event["requestId"], "Other"), int(event["encodedDataLength"]))
            )

    @contextmanager
    def measure(self, name: str, limit: int = LATER_LIMIT) -> Iterator[None]:
        """Count what is loaded until the network is quiet."""
        self._bytes.clear()
        yield
        self.page.wait_for_load_state("networkidle")
        own = sum(size for kind, size in self._bytes if kind in ("Document", "Fetch"))
        self.rows.append((name, len(self._bytes), sum(size for _, size in self._bytes), own, limit))


def walk(page: Page, url: str) -> Meter:
    """The citizen's way in one browser, then the public pages; each page's weight."""
    meter = Meter(page)
    with meter.measure("first page, first visit", FIRST_LIMIT):
        page.goto(url)
    with meter.measure("conversation, first answer"):
        page.fill("#text", TOLD)
        page.click("button[name=say]")
        page.wait_for_selector("[role=log]")
    with meter.measure("conversation, one turn more"):
        page.locator(".replies button").first.click()
        page.wait_for_timeout(3000)
    for name, path in (
        ("mirror", "/forstatt"),
        ("who can help", "/hjelp"),
        ("send", "/send"),
    ):
        with meter.measure(name):
            page.goto(url + path)
    with meter.measure("receipt"):
        page.click("button[name=send]")
        page.wait_for_url("**/kvittering")
    for path in (
        "/svar",
        "/akutt",
        "/om",
        "/personvern",
        "/tilgjengelighet",
        "/tjenester",
        "/tjenester/barnevern",
    ):
        with meter.measure(path):
            page.goto(url + path)
    with meter.measure("/tjenester?q=sover+ikke"):
        page.goto(f"{url}/tjenester?q=sover+ikke")
    return meter


def first_visits(browser: Browser, url: str) -> list[tuple[str, int, int, int, int]]:
    """Other pages as the very first one, in a browser that holds nothing."""
    rows = []
    for path in ("/akutt", "/tjenester", "/svar"):
        fresh = browser.new_context(locale="nb-NO")
        meter = Meter(fresh.new_page())
        with meter.measure(f"{path}, first visit", FIRST_LIMIT):
            meter.page.goto(url + path)
        rows += meter.rows
        fresh.close()
    return rows


def table(rows: list[tuple[str, int, int, int, int]]) -> str:
    """Rows as a Markdown table, kB of 1,000 bytes."""
    lines = ["| page | requests | in all, kB | page alone, kB | limit, kB |", "|---|---:|---:|---:|---:|"]
    lines += [
        f"| {name} | {count} | {total / 1000:.1f}{'' if total <= limit else ' **over**'} | {own / 1000:.1f} | {limit // 1000} |"
        for name, count, total, own, limit in rows
    ]
    return "\n".join(lines)


def main() -> int:
    """0 when every page is within its limit."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        print("There is no Chromium on PATH; `make test` installs it on Debian and Ubuntu.", file=sys.stderr)
        return 1
    with house() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        context = browser.new_context(locale="nb-NO", viewport={"width": 390, "height": 844})
        rows = walk(context.new_page(), url).rows + first_visits(browser, url)
        browser.close()
    print(table(rows))
    return 1 if any(total > limit for *_, total, _own, limit in rows) else 0


if __name__ == "__main__":
    raise SystemExit(main())
