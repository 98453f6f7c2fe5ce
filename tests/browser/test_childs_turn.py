"""The child's turn in a real browser: looked at page by page, and spoken with Chromium's made-up microphone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.house import Portal
from tests.browser.looks import Looker, invalid_html
from tests.browser.test_voice import lasts, records, talking
from tests.browser.visitors import PHONE, SMALL_PHONE, Visitor, open_visitor, shoot

__all__ = ["talking"]

LANGUAGES = pytest.mark.parametrize("language", ["nb", "nn"])
PARENTS = "Grunnlaust grums om Kvitreberg"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages as the server wrote them."""
    return tmp_path_factory.mktemp("written")


@pytest.fixture
def looker(
    visitor: Callable[..., Visitor], lonely_portal: Portal, written: Path, pictures: Path, language: str
) -> Iterator[Looker]:
    at = visitor(language, PHONE, at=lonely_portal)
    looks = Looker(at, "citizen", written, pictures, everywhere=language == "nb")
    yield looks
    assert not looks.problems, "\n".join(["", *looks.problems])


def writes_about_a_child(at: Visitor) -> None:
    """A parent stands on the page before sending, about a child of eight."""
    page = at.page
    at.go("/")
    page.locator("#text").fill(PARENTS)
    at.button("Tell").click()
    expect(page.locator(".topics")).to_be_visible()
    at.go("/send")
    page.get_by_role("group", name=at.texts("Who is it about?")).get_by_label(
        at.texts("My child"), exact=True
    ).check()
    page.get_by_label(at.texts("How old is the person it is about?")).fill("8")
    page.get_by_role("group", name=at.texts("Who has written this?")).get_by_label(
        at.texts("A mother, a father or another parent"), exact=True
    ).check()
    at.button("Back").click()
    at.go("/send")


def hands_over(at: Visitor) -> None:
    at.page.locator("#child-tells").wait_for()
    at.go("/barn/voksen?fra=send")
    at.button("Give the phone to the child").click()
    at.title("Hi. How old are you?")


def begins(at: Visitor) -> None:
    at.page.locator('button[name="age"][value="8"]').click()
    at.title("Before you tell")
    at.link("I want to tell").click()
    at.title("How are you?")


@LANGUAGES
def test_every_page_of_the_childs_turn(looker: Looker, language: str) -> None:
    at, page = looker.at, looker.at.page
    writes_about_a_child(at)
    looker.look("child-send")
    at.go("/barn/voksen?fra=send")
    looker.look("child-adult")
    at.button("Give the phone to the child").click()
    at.title("Hi. How old are you?")
    looker.look("child-start")
    page.locator('button[name="age"][value="8"]').click()
    looker.look("child-first")
    at.link("I want to tell").click()
    looker.look("child-face")
    page.locator('button[value="sad"]').click()
    looker.look("child-where")
    page.get_by_role("checkbox", name=at.texts("At night")).check(force=True)
    at.button("Go on").click()
    looker.look("child-who")
    at.button("Go on").click()
    looker.look("child-hurt")
    page.locator('button[value="no"]').click()
    at.title("Do you want to say more?")
    looker.look("child-words")
    at.button("Say it with your voice").click()
    at.title("Tell with your voice")
    looker.look("child-voice")
    at.link("Back").click()
    at.button("Go on").click()
    at.title("This is what you have told")
    looker.look("child-finish")
    page.get_by_label(at.texts("The grown-ups at home can read it")).check()
    at.button("Done").click()
    at.title("You are done")
    expect(page.locator(".invitation-code")).to_be_visible()
    looker.look("child-sent")
    at.button("I am done with this page").click()
    expect(page.locator(".invitation-code")).to_have_count(0)
    looker.look("child-end")
    at.link("I am the grown-up").click()
    expect(page.locator("#child-tells").locator("xpath=..")).to_contain_text(
        at.texts("The child has told. Those who read this read that too.")
    )
    hands_over(at)
    at.link("Take back that the grown-ups at home can read it").click()
    looker.look("child-take-back")
    at.button("They cannot read it any more").click()
    looker.look("child-taken-back")
    at.go("/barn")
    begins(at)
    at.go("/barn/steg/hurt")
    page.locator('button[value="yes"]').click()
    at.button("Go on").click()
    looker.look("child-finish-danger")
    page.get_by_label(at.texts("Give me five words")).check()
    at.button("Send").click()
    at.title("You are done")
    expect(page.get_by_role("region", name=at.texts("Call now if someone is in danger"))).to_be_visible()
    looker.look("child-sent-danger")
    for path, name in (
        ("/trygt-nettvett", "safe-use"),
        ("/akutt", "child-urgent"),
    ):
        at.go(path)
        looker.look(name)


@LANGUAGES
def test_pages_beside_the_way(looker: Looker, language: str) -> None:
    at = looker.at
    for path, name in (
        ("/barn", "child-alone"),
        ("/barn/kode", "child-code"),
        ("/trygt-nettvett", "safe-use-first"),
        ("/ring-meg", "call"),
        ("/stemme", "voice"),
    ):
        at.go(path)
        looker.look(name)
    at.go("/barn/kode")
    at.page.locator("#code").fill("ABCDEFGHJK")
    at.button("Go on").click()
    expect(at.page.get_by_role("alert")).to_be_visible()
    looker.look("child-code-wrong")


def test_what_was_looked_at_is_valid_html(written: Path) -> None:
    assert any(written.iterdir()), "run together with the tests above"
    wrong = invalid_html(written)
    assert not wrong, "\n".join(["", *wrong])


@LANGUAGES
def test_a_child_records_its_voice_and_the_grown_up_does_not_hear_it(
    talking: Browser, lonely_portal: Portal, language: str, pictures: Path
) -> None:
    at = open_visitor(talking, lonely_portal.url, language, PHONE)
    page = at.page
    writes_about_a_child(at)
    hands_over(at)
    begins(at)
    for _ in range(4):
        page.locator('button[name="on"]').click()
    at.title("Do you want to say more?")
    at.button("Say it with your voice").click()
    before = lonely_portal.count("recordings")
    records(at, 1.5)
    at.button("Keep the recording").click()
    expect(page.get_by_role("heading", name=at.texts("What you have recorded"))).to_be_visible(timeout=20_000)
    assert lonely_portal.count("recordings") == before + 1
    at.link("Go on").click()
    at.title("This is what you have told")
    assert 1 < lasts(at, "ol.recordings audio") < 4
    shoot(page, pictures, f"child-voice-{language}")
    address = page.locator("ol.recordings audio").get_attribute("src")
    at.button("Done").click()
    at.title("You are done")
    at.link("I am the grown-up").click()
    at.title("What you send, and to whom")
    expect(page.locator("audio")).to_have_count(0)
    assert page.evaluate("async address => (await fetch(address)).status", address) == 404
    page.get_by_label(at.texts("Yes, I am safe")).check()
    at.button("Send").click()
    at.title("Sent. A person will read it.")
    expect(page.locator("main")).to_contain_text(
        at.texts("What the child told is sent too. You do not see the words here.")
    )
    assert lonely_portal.count("recordings") == before + 1
    assert at.problems == []
    at.context.close()


def test_without_script_a_child_hands_in_a_sound_file(
    talking: Browser, lonely_portal: Portal, tmp_path: Path
) -> None:
    from tests.web.voice.sounds import sound

    file = tmp_path / "opptak.m4a"
    file.write_bytes(sound("mp4/aac", 3.0))
    at = open_visitor(talking, lonely_portal.url, "nn", SMALL_PHONE, script=False)
    at.go("/barn")
    begins(at)
    at.go("/barn/steg/words")
    at.button("Say it with your voice").click()
    expect(at.page.locator("#recorder")).to_be_hidden()
    at.page.get_by_label(at.texts("Sound file, or the phone's own recorder")).set_input_files(file)
    at.button("Keep the file").click()
    expect(at.page.locator("ol.recordings audio")).to_have_count(1)
    at.link("Go on").click()
    at.title("This is what you have told")
    expect(at.page.locator("ol.recordings audio")).to_have_count(1)
    at.context.close()
    at.check()
