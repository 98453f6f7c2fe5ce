"""Every path of the dialogue, told as stories in `stories/*.yml`, and what holds on every turn.

A turn is said in both languages (`nb` and `nn`), or a button is pressed (`press`); after it stands what must come:

    says       replies of assistant.po that come, in order; none but these, beside the mirror, the question and whom to ring
    mirrors    needs that the mirror names
    asks       the question that is open afterwards (safe_now, about, age, hope, or nothing); left out: the same as before
    learns     facts that are known afterwards and were not before, or are others now; `hope: said` is the turn's own words
    danger     the kind of danger that is answered first, with whom to ring; left out: nothing of the kind is said
    holds      needs that the conversation has afterwards
    drops      needs that it has no longer
    switches   true: the other language from here on
    starts_over  true: needs and facts are gone

Where the two languages differ in what must come, it stands under `nb` and `nn` as well. Stories in `english.yml` are said in
English (`en`) on an English page and on both others, and are answered in English.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.conversation import QUESTION_SLOTS
from bot.replies import CHILD_AGE, LANGUAGES, WRITTEN, Words
from tests.bot.conftest import Conversation
from tools.processes import AssistantProcess

FOLDER = Path(__file__).parent / "stories"
KEYS = {
    "en",
    "nb",
    "nn",
    "press",
    "says",
    "mirrors",
    "asks",
    "learns",
    "danger",
    "holds",
    "drops",
    "switches",
    "starts_over",
}
MOST_SENTENCES = 2
MOST_DANGER_SENTENCES = 4  # whom to ring for what is said in full
MIRRORS = ("utter_mirror", "utter_mirror_more", "utter_correct.now")
# Replies after which a person knows how to go on, though nothing is asked.
INVITATIONS = {
    "utter_abuse_bot",
    "utter_correct",
    "utter_default",
    "utter_go_on",
    "utter_goodbye",
    "utter_greet",
    "utter_invite",
    "utter_mirror_more",
    "utter_other_language",
    "utter_out_of_scope",
    "utter_ready",
    "utter_restart",
    "utter_smalltalk",
    "utter_thanks",
    "utter_unsure",
    "utter_unsure.again",
}
WORDS = Words()
ENGLISH = FOLDER / "english.yml"
STORIES = [
    (f"{file.stem}: {story['story']}", story["turns"], page, "en" if file == ENGLISH else page)
    for file in sorted(FOLDER.glob("*.yml"))
    for story in yaml.safe_load(file.read_text(encoding="utf-8"))
    for page in (("en", *WRITTEN) if file == ENGLISH else WRITTEN)
]


def names_in(language: str) -> list[str]:
    return [name for name in WORDS._texts[language]._catalog if name.startswith(("utter_", "danger_"))]


def name_of(text: str, language: str) -> str:
    """The reply that a message is, in that language; what the mirror names and an offer in another language may be anything."""
    for name in names_in(language):
        before, gap, after = WORDS.text(language, name, needs="\0", offer="\0", age="\0").partition("\0")
        if text == before or (gap and text.startswith(before) and text.endswith(after)):
            return name
    raise AssertionError(f"not a reply in {language}: {text}")


def in_language(value: Any, language: str) -> Any:
    """What stands in a story, without what is for the other language only."""
    if isinstance(value, dict):
        if value.keys() == set(WRITTEN):
            return value[language]
        return {key: in_language(one, language) for key, one in value.items()}
    return [in_language(one, language) for one in value] if isinstance(value, list) else value


def sentences(text: str) -> list[str]:
    return re.split(r"(?<=[.?!])\s+", text.strip())


def question_of(name: str) -> str | None:
    """The slot that a reply asks for; None when it asks for none. One reply keeps whichever question open."""
    stem = name.partition(".")[0].removeprefix("utter_ask_")
    return stem if stem in (*QUESTION_SLOTS, "still") else None


@dataclass
class Told:
    """A conversation while a story is told in it."""

    talk: Conversation
    speaks: str
    asked: str | None = None
    facts: dict[str, Any] = field(default_factory=lambda: dict.fromkeys(QUESTION_SLOTS))
    buttons: dict[str, str] = field(default_factory=dict)
    questions: list[str] = field(default_factory=list)

    def turn(self, turn: dict[str, Any], written: str) -> None:
        assert turn.keys() <= KEYS, turn.keys() - KEYS
        said = turn.get(written)
        comes = in_language({key: value for key, value in turn.items() if key not in LANGUAGES}, written)
        talk, button = self.talk, turn.get("press", "")
        answer = talk.say(said) if said else talk.press(self.buttons[WORDS.text(self.speaks, button)])
        if comes.get("switches"):
            self.talk.language = self.speaks = next(other for other in WRITTEN if other != self.speaks)
        if comes.get("starts_over"):
            self.facts, self.questions = dict.fromkeys(QUESTION_SLOTS), []
        assert answer["language"] == self.speaks
        names = [name_of(message["text"], self.speaks) for message in answer["messages"]]
        self.expect(comes, answer, names, said)
        self.hold(answer, names)
        if said is not None:
            self.nothing_swallowed(said, answer)
        self.asked, self.facts = answer["asked"], answer["facts"]
        self.buttons = {
            b["title"]: b["payload"] for message in answer["messages"] for b in message["buttons"]
        }

    def expect(
        self, comes: dict[str, Any], answer: dict[str, Any], names: list[str], said: str | None
    ) -> None:
        """What this turn of the story says must come."""
        danger = [name for name in names if name.startswith("danger_")]
        line = "adult" if isinstance(age := answer["facts"]["age"], int) and age >= CHILD_AGE else "child"
        assert danger == ([f"danger_{comes['danger']}", f"danger_line_{line}"] if "danger" in comes else [])
        assert names[: len(danger)] == danger, "whom to ring comes first"
        mirrors = [
            message["text"]
            for message, name in zip(answer["messages"], names, strict=True)
            if name in MIRRORS
        ]
        assert len(mirrors) == bool(comes.get("mirrors")), (names, answer["understanding"])
        for need in comes.get("mirrors", ()):
            assert WORDS.needs_in_words(self.speaks, [need]) in mirrors[0]
        said_else = [name for name in names if name not in (*danger, *MIRRORS) and not question_of(name)]
        assert said_else == comes.get("says", []), answer["understanding"]
        asks = comes.get("asks", self.asked)
        assert answer["asked"] == (None if asks == "nothing" else asks)
        learns = {fact: said if value == "said" else value for fact, value in comes.get("learns", {}).items()}
        assert answer["facts"] == {**self.facts, **learns}
        held = {need["id"] for need in answer["conversation"]["needs"]}
        assert set(comes.get("holds", comes.get("mirrors", ()))) <= held
        assert not set(comes.get("drops", ())) & held
        assert not (comes.get("starts_over") and held)

    def hold(self, answer: dict[str, Any], names: list[str]) -> None:
        """What holds on every turn, whatever the story is."""
        assert names, "nobody meets silence"
        if answer["asked"]:
            assert question_of(names[-1]) in (answer["asked"], "still")
            buttons = [button["title"] for button in answer["messages"][-1]["buttons"]]
            assert WORDS.text(self.speaks, "button_skip") in buttons, "every question can be skipped"
        elif not answer["conversation"]["asked_all"]:
            assert names[-1] in INVITATIONS, "a way to go on"
        for message, name in zip(answer["messages"], names, strict=True):
            parts = sentences(message["text"])
            assert len(parts) <= (MOST_DANGER_SENTENCES if message.get("danger") else MOST_SENTENCES)
            if not name.startswith("danger_"):
                self.questions += [part for part in parts if part.endswith("?")]
        assert len(self.questions) == len(set(self.questions)), "never the same question in the same words"

    def nothing_swallowed(self, text: str, answer: dict[str, Any]) -> None:
        """A text that tells of needs when it stands alone has told of them here too, whatever question was open."""
        (alone,) = self.talk.post("understand", {"texts": [text]}).json()["understood"]
        if alone["intent"] == "tell":
            denied = set(answer["understanding"]["denied_needs"])
            held = {need["id"] for need in answer["conversation"]["needs"]}
            assert {need["id"] for need in alone["needs"]} - denied <= held


@pytest.mark.parametrize(
    ("story", "turns", "page", "written"), STORIES, ids=[f"{name}, {page}" for name, _, page, _ in STORIES]
)
def test_story(
    running: AssistantProcess, story: str, turns: list[dict[str, Any]], page: str, written: str
) -> None:
    told = Told(Conversation(running.url, secrets.token_urlsafe(16), page), written)
    for number, turn in enumerate(turns, 1):
        try:
            told.turn(turn, written)
        except AssertionError as error:
            said = turn.get(written) or turn.get("press")
            raise AssertionError(f"{story}, turn {number} (on a page in {page}) «{said}»: {error}") from error


def test_every_reply_comes_in_some_story() -> None:
    told = {
        name
        for language in WRITTEN
        for _, turns, _, _ in STORIES
        for turn in turns
        for name in in_language(turn.get("says", []), language)
    }
    spoken = {name for name in names_in("nb") if not question_of(name) and not name.startswith("danger_")}
    assert spoken - told == {*MIRRORS, "utter_default"}, "the last is for faults only"
