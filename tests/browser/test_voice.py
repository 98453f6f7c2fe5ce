"""Telling by voice in a real browser, with Chromium's own made-up microphone: it beeps once a second."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Playwright, Route, expect

from tests.browser.conftest import ARGUMENTS, executable
from tests.browser.house import Portal
from tests.browser.visitors import PHONE, Visitor, open_visitor, shoot

MICROPHONE = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]


@pytest.fixture(scope="module")
def talking(playwright: Playwright) -> Iterator[Browser]:
    """A browser that lets the page use the microphone, and has one."""
    started = playwright.chromium.launch(executable_path=executable(), args=[*ARGUMENTS, *MICROPHONE])
    yield started
    started.close()


def records(at: Visitor, seconds: float) -> None:
    at.button("Start the recording").click()
    expect(at.page.locator("[data-say]")).to_have_text(at.texts("Recording. Speak now."))
    loudest = 0.0
    for _ in range(int(seconds * 10)):
        at.page.wait_for_timeout(100)
        loudest = max(
            loudest, at.page.locator("[data-level]").evaluate("e => parseFloat(e.style.inlineSize)")
        )
    assert loudest > 10, "the level meter did not move"
    assert re.fullmatch(r"4:5\d", at.page.locator("[data-left]").inner_text())
    at.button("Stop").click()
    expect(at.button("Keep the recording")).to_be_visible()


def lasts(at: Visitor, selector: str) -> float:
    """Seconds of a player, as the browser reads the file."""
    return float(
        at.page.locator(selector).first.evaluate(
            """player => new Promise((done, failed) => {
                player.addEventListener("loadedmetadata", () => done(player.duration));
                player.addEventListener("error", () => failed(player.error.message));
                player.preload = "metadata"; player.load();
            })"""
        )
    )


@pytest.mark.parametrize("language", ["nb", "nn"])
def test_recorded_thrown_away_recorded_again_kept_with_a_break_and_heard(
    talking: Browser, lonely_portal: Portal, language: str, pictures
) -> None:
    at = open_visitor(talking, lonely_portal.url, language, PHONE)
    at.go("/")
    at.button("Speak instead").click()
    at.title("Tell with your voice")
    for part in ("live", "preview", "progress", "stop", "keep"):
        expect(at.page.locator(f"#recorder [data-{part}]")).to_be_hidden()
    shoot(at.page, pictures, f"voice-{language}-start")
    records(at, 1.5)
    at.button("Throw away").click()
    expect(at.page.locator("[data-say]")).to_have_text(at.texts("The recording is thrown away."))
    records(at, 3)
    shoot(at.page, pictures, f"voice-{language}-recorded")
    before = lonely_portal.count("recordings")
    # The first piece goes through, but its answer is lost; then nothing goes through for a while.
    seen: list[str] = []

    def breaks(route: Route) -> None:
        seen.append(route.request.url)
        if len(seen) == 1:
            route.fetch()
            route.abort()
        elif len(seen) == 2:
            route.abort()
        else:
            route.continue_()

    at.page.route("**/stemme/del/**", breaks)
    at.button("Keep the recording").click()
    expect(at.page.get_by_role("heading", name=at.texts("What you have recorded"))).to_be_visible(
        timeout=20_000
    )
    assert len(seen) >= 3
    assert lonely_portal.count("recordings") == before + 1
    assert lonely_portal.count("uploads") == 0
    assert 2 < lasts(at, "ol.recordings audio") < 5
    # Seeking: the browser plays on from where it is told.
    player = at.page.locator("ol.recordings audio").first
    player.evaluate("p => { p.currentTime = 2; return p.play(); }")
    expect(player).to_have_js_property("seeking", False)
    at.page.wait_for_timeout(300)
    assert player.evaluate("p => p.currentTime") > 2
    player.evaluate("p => p.pause()")
    shoot(at.page, pictures, f"voice-{language}-kept")
    at.link("Go on").click()
    at.title("This is how I have understood you. Is it right?")
    at.go("/send")
    shoot(at.page, pictures, f"voice-{language}-send")
    at.page.get_by_label(at.texts("Yes, I am safe")).check()
    at.button("Send").click()
    at.title("Sent. A person will read it.")
    problems = [one for one in at.problems if "ERR_FAILED" not in one]  # the break above
    assert problems == []
    at.context.close()


def test_without_script_there_is_a_file_field(talking: Browser, lonely_portal: Portal, tmp_path) -> None:
    from tests.web.voice.sounds import sound

    file = tmp_path / "opptak.3gp"
    file.write_bytes(sound("3gp/amr", 3.0))
    at = open_visitor(talking, lonely_portal.url, "nb", {"width": 320, "height": 640}, script=False)
    at.go("/stemme")
    expect(at.page.locator("#recorder")).to_be_hidden()
    at.page.get_by_label(at.texts("Sound file, or the phone's own recorder")).set_input_files(file)
    at.button("Keep the file").click()
    expect(at.page.locator("ol.recordings audio")).to_have_count(1)
    at.context.close()
    at.check()


def test_a_microphone_that_is_refused_leads_to_the_file_field(
    browser: Browser, lonely_portal: Portal
) -> None:
    at = open_visitor(browser, lonely_portal.url, "nb", PHONE)
    at.go("/stemme")
    at.button("Start the recording").click()
    expect(at.page.locator("[data-say]")).to_contain_text(
        at.texts(
            "The browser may not use the microphone. Allow it in the browser, or choose a sound file below."
        )
    )
    expect(at.page.locator("#sound")).to_be_visible()
    at.context.close()
    at.check()
