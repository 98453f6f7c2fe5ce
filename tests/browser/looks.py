"""What is looked at on every page: structure, labels, size of what is pressed, width, colours, valid HTML, accessibility."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Response

from tests.browser.texts import ROOT
from tests.browser.visitors import DESK, PHONE, SMALL_PHONE, Visitor, shoot

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
VNU = ROOT / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"
LEAST_TO_PRESS = 44

_STRUCTURE = """language => {
  const found = [];
  const name = element => element.outerHTML.replace(/\\s+/g, " ").slice(0, 120);
  if (document.documentElement.lang !== language) found.push(`lang is ${document.documentElement.lang}`);
  const headings = document.querySelectorAll("h1").length;
  if (headings !== 1) found.push(`${headings} h1`);
  if (!document.title.trim()) found.push("no title");
  for (const one of document.querySelectorAll("input:not([type=hidden]), select, textarea")) {
    const labels = [...one.labels].map(label => label.textContent.trim()).join("");
    if (!labels && !one.getAttribute("aria-label")) found.push(`no label: ${name(one)}`);
  }
  const inline = "[style]:not([style='']), style, script:not([src]), [onclick], [onload], [onerror]";
  for (const one of document.querySelectorAll(inline))
    found.push(`inline: ${name(one)}`);
  const ids = [...document.querySelectorAll("[id]")].map(one => one.id);
  for (const id of new Set(ids.filter((one, at) => ids.indexOf(one) !== at))) found.push(`id twice: ${id}`);
  return found;
}"""

_WIDTH = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  const scrolls = one => { for (let up = one; up; up = up.parentElement)
    if (["auto", "scroll", "hidden", "clip"].includes(getComputedStyle(up).overflowX)) return true; return false; };
  const wide = [...document.body.querySelectorAll("*")]
    .filter(one => one.getBoundingClientRect().right > width + 1 && !scrolls(one))
    .map(one => one.outerHTML.replace(/\\s+/g, " ").slice(0, 90));
  return [`wider than the screen by ${document.documentElement.scrollWidth - width}: ${wide.slice(-2).join(" | ")}`];
}"""

_PRESSED = """least => {
  const found = [];
  for (const one of document.querySelectorAll("button, a.ds-button, a.ds-chip, summary, select, input[type=text]")) {
    const box = one.getBoundingClientRect();
    if (!one.checkVisibility({ visibilityProperty: true }) || box.width < 2 || one.closest(".ds-sr-only")) continue;
    // A link inside a sentence is as high as the sentence, also where a form needs it to be a button.
    if (one.classList.contains("ds-link")) continue;
    if (box.height < least - 0.5)
      found.push(`${Math.round(box.height)} px high: ${one.outerHTML.replace(/\\s+/g, " ").slice(0, 110)}`);
  }
  return found;
}"""

_AXE = """async only => {
  const options = { resultTypes: ["violations"], ...(only ? { runOnly: only } : {}) };
  const { violations } = await axe.run(document, options);
  return violations.filter(one => ["serious", "critical"].includes(one.impact))
    .map(one => `axe ${one.id}: ${one.nodes.slice(0, 3).map(node => `${node.target.join(" ")}`
      + (one.id.includes("contrast") ? ` ${node.any.map(any => any.message).join(" ").slice(0, 140)}` : "")).join(" | ")}`);
}"""


@dataclass
class Looker:
    """Looks at one page after the other and keeps what is wrong, so that one run tells all of it."""

    at: Visitor
    kind: str
    pages: Path
    pictures: Path
    everywhere: bool
    """Whether axe runs in the other size and in the dark too."""
    all_pictures: bool = "BROWSER_PICTURES" in os.environ
    """In the other size and in the dark too, when somebody means to look at them."""
    problems: list[str] = field(default_factory=list)
    _html: Response | None = None

    def __post_init__(self) -> None:
        self.native = PHONE if self.kind == "citizen" else DESK
        self.other = DESK if self.kind == "citizen" else PHONE
        self._axe = AXE.read_text()
        self.at.page.on("response", self._keep)

    def _keep(self, response: Response) -> None:
        """The newest page as the server wrote it, whether the browser or a script of ours asked for it."""
        kinds = ("document", "fetch")
        if response.request.resource_type in kinds and "text/html" in response.headers.get(
            "content-type", ""
        ):
            self._html = response

    def look(self, name: str) -> None:
        """All checks of the page that is shown now."""
        page, language = self.at.page, self.at.texts.language
        found: list[str] = []
        page.wait_for_load_state("load")
        if self._html is not None and not 300 <= self._html.status < 400:
            (self.pages / f"{self.kind}-{language}-{name}.html").write_text(self._html.text())
        found += page.evaluate(_STRUCTURE, language)
        for size in (self.native, self.other):
            page.set_viewport_size(size)
            found += self._in_size(size, axe=self.everywhere or size is self.native)
            if size is self.native or self.all_pictures:
                shoot(page, self.pictures, f"{self.kind}-{language}-{size['width']}-{name}")
        page.set_viewport_size(SMALL_PHONE)
        found += [f"at 320: {one}" for one in page.evaluate(_WIDTH)]
        page.set_viewport_size(self.native)
        if self.everywhere:
            page.emulate_media(color_scheme="dark")
            found += [f"dark: {one}" for one in self._run_axe(["color-contrast"])]
            if self.all_pictures:
                shoot(page, self.pictures, f"{self.kind}-{language}-dark-{name}")
            page.emulate_media(color_scheme="light")
        self.problems += [f"{self.kind} {language} {name}: {one}" for one in found]

    def _in_size(self, size: dict[str, int], *, axe: bool) -> list[str]:
        page, width = self.at.page, size["width"]
        found = page.evaluate(_WIDTH)
        if size is PHONE:
            found += page.evaluate(_PRESSED, LEAST_TO_PRESS)
        if axe:
            found += self._run_axe(None)
        return [f"at {width}: {one}" for one in found]

    def _run_axe(self, only: list[str] | None) -> list[str]:
        if not self.at.page.evaluate("typeof axe !== 'undefined'"):
            # Given to the page by the debugger, not by a script element: the page's policy stays as it is.
            self.at.page.evaluate(self._axe)
        return list(self.at.page.evaluate(_AXE, only))


def invalid_html(folder: Path) -> list[str]:
    """What the validator says is wrong in the pages of a folder."""
    run = subprocess.run(
        [
            "java",
            "-Xss8m",
            "-jar",
            str(VNU),
            "--errors-only",
            "--format",
            "json",
            "--exit-zero-always",
            str(folder),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    messages: list[dict[str, Any]] = json.loads(run.stderr)["messages"]
    return [
        f"{Path(one.get('url', '')).name}:{one.get('lastLine')}: {one['message']} {one.get('extract', '')!r}"
        for one in messages
    ]
