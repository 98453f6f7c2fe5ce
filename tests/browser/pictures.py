"""Renew the two pictures of the README from the running product: `.venv-portal/bin/python -m tests.browser.pictures`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.conftest import ARGUMENTS, executable
from tests.browser.house import TOKEN, Portal
from tests.browser.steps import Desk, Person
from tests.browser.texts import ROOT
from tests.browser.visitors import DESK, PHONE, open_visitor
from tools.processes import AssistantProcess
from web.catalog import Catalog, load

FOLDER = ROOT / "docs" / "pictures"
MOST_BYTES = 200_000
WORDS = (
    "De andre i klassen har laget en gruppe der jeg ikke er med, og de ler når jeg kommer. "
    "Jeg ligger våken til klokka tre og orker nesten ikke gå på skolen."
)
HOPE = "At jeg kan gå på skolen uten å ha vondt i magen."


def _phone(browser: Browser, portal: Portal, catalog: Catalog) -> None:
    """The conversation, then everything up to the receipt, so that the front desk has something to show."""
    person = Person(open_visitor(browser, portal.url, "nb", PHONE), catalog)
    person.tell(WORDS)
    person.is_asked("utter_ask_safe_now")
    person.presses("button_safe_yes")
    person.is_asked("utter_ask_about")
    page = person.at.page
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    page.screenshot(path=FOLDER / "phone.png")
    person.presses("button_about_self")
    person.is_asked("utter_ask_age")
    person.types("14")
    person.is_asked("utter_ask_hope")
    person.types(HOPE)
    person.is_asked("utter_ready")
    person.goes_on()
    person.asks_who_can_help()
    person.goes_to_send()
    page.locator("input[name=consents]").first.check()
    person.sends()
    person.keeps_the_code()


def _desk(browser: Browser, portal: Portal, catalog: Catalog) -> None:
    """The case as the front desk sees it."""
    name, unit = "Maja Vik", "Familiens hus"
    at = open_visitor(browser, portal.url, "nb", DESK)
    desk = Desk(at, catalog, name, unit)
    desk.logs_in_the_first_time(*portal.new_employee(name, unit), "hest lampe fjord knapp")
    desk.opens(desk.newest(portal))
    desk.takes_the_case()
    desk.at.go("/staff/")
    at.page.get_by_role("table").get_by_role("rowheader").get_by_role("link").first.click()
    expect(at.page.locator(".case-words")).to_be_visible()
    at.page.evaluate("scrollTo(0, 0)")
    at.page.screenshot(path=FOLDER / "desk.png")


def main() -> int:
    """0 when both pictures are made and small enough."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    catalog = load(ROOT / "services_catalog", "fjordvik")
    with (
        tempfile.TemporaryDirectory() as folder,
        AssistantProcess(TOKEN, Path(folder) / "assistant.log") as assistant,
        Portal(Path(folder) / "var", assistant.url) as portal,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=executable(), args=ARGUMENTS)
        _phone(browser, portal, catalog)
        _desk(browser, portal, catalog)
        browser.close()
    too_large = [file.name for file in FOLDER.glob("*.png") if file.stat().st_size > MOST_BYTES]
    if too_large:
        sys.stderr.write(f"larger than {MOST_BYTES} bytes: {', '.join(too_large)}\n")
    return 1 if too_large else 0


if __name__ == "__main__":
    sys.exit(main())
