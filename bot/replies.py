"""The assistant's words: by name from locales/, in the conversation's language, with the numbers of the catalog filled in."""

from __future__ import annotations

import copy
import gettext
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Text

import yaml
from rasa.core.nlg import NaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from bot.conversation import (
    QUESTION_SLOTS,
    has_told,
    in_english,
    noticed_kinds,
    told_needs,
    understanding_of,
    writes_english,
)

ROOT = Path(__file__).resolve().parents[1]
WRITTEN = ("nb", "nn")  # what it reads
LANGUAGES = (*WRITTEN, "en")  # what it answers in
_MIRRORED = 3  # needs named in one sentence; the rest are seen on the page that follows
_ANSWERED = 2  # questions about the service that are answered beside what a text tells
CHILD_AGE = 18
_QUESTIONS = tuple(f"utter_ask_{slot}" for slot in QUESTION_SLOTS)


class Words:
    """Texts of locales/<language>/LC_MESSAGES/assistant.mo, and the plain names of needs."""

    def __init__(self, locales: Path = ROOT / "locales", catalog: Path = ROOT / "services_catalog") -> None:
        self._texts = {
            language: gettext.translation("assistant", str(locales), [language]) for language in LANGUAGES
        }
        # the catalog is written in Bokmål and Nynorsk; what else a locale calls its needs stands by their Bokmål
        self._catalogs = {
            language: gettext.translation("catalog", str(locales), [language], fallback=True)
            for language in LANGUAGES
        }
        groups = yaml.safe_load((catalog / "needs.yml").read_text(encoding="utf-8"))
        offers = yaml.safe_load((locales / "other_languages.yml").read_text(encoding="utf-8"))
        self._offers = {code: offer["text"] for code, offer in offers.items()}
        self._needs = {need: entry for group in groups.values() for need, entry in group.items()}
        self.grave = frozenset(need for need, entry in self._needs.items() if entry.get("grave"))
        lines = yaml.safe_load((catalog / "helplines.yml").read_text(encoding="utf-8"))
        self._numbers = {line["id"]: line["number"] for line in lines if line.get("number")}

    def text(self, language: Text, name: Text, **values: Any) -> Text:
        """The text with that name; numbers stand in it as %(number_<helpline id>)s.

        Raises:
            KeyError: when the locale lacks the text.
        """
        found = self._texts[language].gettext(name)
        if found == name:
            raise KeyError(f"locales/{language}: assistant.po has no text for «{name}»")
        numbers = {f"number_{line}": number for line, number in self._numbers.items()}
        return found % {**numbers, **values} if "%(" in found else found

    def has(self, language: Text, name: Text) -> bool:
        """Whether there is a text with that name."""
        return self._texts[language].gettext(name) != name

    def offer(self, code: Optional[Text]) -> Text:
        """The offer to write on or ring, in the language with that code (ISO 639-1); in English when it is not known."""
        return self._offers.get(code or "", self._offers["en"])

    def needs_in_words(self, language: Text, needs: Sequence[Text]) -> Text:
        """«mobbing, søvn og uro» of need ids, in the order given."""
        plain = [self._needs[need]["plain"] for need in needs if need in self._needs]
        names = [one.get(language) or self._catalogs[language].gettext(one["nb"]) for one in plain]
        if len(names) < 2:
            return "".join(names)
        return f"{', '.join(names[:-1])} {self.text(language, 'and')} {names[-1]}"


class Replies(NaturalLanguageGenerator):
    """Gives Rasa the words for a reply. Named by module path in endpoints.yml."""

    def __init__(
        self, endpoint_config: Optional[EndpointConfig] = None, domain: Optional[Domain] = None
    ) -> None:
        self.words = Words()

    async def generate(
        self, utter_action: Text, tracker: DialogueStateTracker, output_channel: Text, **kwargs: Any
    ) -> Optional[Dict[Text, Any]]:
        """The reply in the conversation's language: {"text", "buttons"}."""
        language = language_of(tracker)
        response = copy.deepcopy(kwargs["domain_responses"][utter_action][0])
        response["text"] = self._text(utter_action, language, tracker)
        response["buttons"] = [
            {"title": self.words.text(language, button["title"]), "payload": button["payload"]}
            for button in response.get("buttons") or ()
        ]
        return response

    def _text(self, name: Text, language: Text, tracker: DialogueStateTracker) -> Text:
        if name == "utter_correct" and self._needs_now(tracker):
            name = "utter_correct.now"
        if name in ("utter_mirror", "utter_mirror_more", "utter_correct.now"):
            # Rasa's channels send what stands between empty lines as messages of their own
            return "\n\n".join(self.mirror(tracker, name))
        if name == "utter_go_on" and (age := self._age_now(tracker)) is not None:
            noted = self.words.text(language, "utter_age_noted", age=age)
            return f"{noted}\n\n{self._go_on(language, tracker)}"
        times = self._times(name, tracker)
        if name in _QUESTIONS and times > 1:
            return self.words.text(language, "utter_ask_still")
        if times and self.words.has(language, f"{name}.again"):
            return self.words.text(language, f"{name}.again")
        if name == "utter_ask_hope" and (noticed_kinds(tracker) or tracker.get_slot("safe_now") == "no"):
            # Who has just told of danger is asked what is needed now, not what could be otherwise some day.
            return self.words.text(language, "utter_ask_hope.danger")
        if name in ("utter_ask_age", "utter_ask_safe_now") and tracker.get_slot("about") in (
            "my_child",
            "friend",
            "other",
        ):
            return self.words.text(language, f"{name}.about_another")
        if name == "utter_go_on":
            return self._go_on(language, tracker)
        if name == "utter_other_language":
            latest = tracker.latest_message
            written = (latest.parse_data.get("language") if latest else None) or {}
            return self.words.text(language, name, offer=self.words.offer(written.get("code")))
        return self.words.text(language, name)

    def _go_on(self, language: Text, tracker: DialogueStateTracker) -> Text:
        begun = has_told(tracker) or tracker.get_slot("asked_all")
        return self.words.text(language, "utter_go_on" if begun else "utter_invite")

    @staticmethod
    def _age_now(tracker: DialogueStateTracker) -> Any:
        """The age that the latest message tells."""
        latest = tracker.latest_message
        entities = (latest.entities if latest else None) or ()
        return next((entity["value"] for entity in entities if entity["entity"] == "age"), None)

    def mirror(self, tracker: DialogueStateTracker, name: Text = "utter_mirror") -> List[Text]:
        """What is said to the latest message when it tells something: answers to what it asks, then how it is understood."""
        language = language_of(tracker)
        understood = understanding_of(tracker)
        answers = [
            self.words.text(language, f"utter_{asked}") for asked in understood["questions"][:_ANSWERED]
        ]
        latest = tracker.latest_message
        if needs := self._needs_now(tracker):
            text = self.words.text(
                language, name, needs=self.words.needs_in_words(language, needs[:_MIRRORED])
            )
        elif latest and understood["intent"] == "tell" and in_english(latest) and not self._offered(tracker):
            text = self.words.text(language, "utter_other_language", offer=self.words.offer("en"))
        elif (understood["intent"] == "tell" and (told_needs(tracker) or has_told(tracker))) or (
            latest and latest.entities
        ):
            text = self.words.text(language, "utter_mirror.nothing_new")
        else:
            text = self.words.text(language, "utter_mirror.unsure")
        return [*answers, text]

    def _offered(self, tracker: DialogueStateTracker) -> bool:
        """Whether a person with an interpreter has been offered in English: once is enough."""
        offer = self.words.offer("en")
        return any(
            isinstance(event, BotUttered) and offer in (event.text or "")
            for event in tracker.events_after_latest_restart()
        )

    @staticmethod
    def _needs_now(tracker: DialogueStateTracker) -> List[Text]:
        """Needs that the latest message tells of, without those that it denies."""
        understood = understanding_of(tracker)
        return [need["id"] for need in understood["needs"] if need["id"] not in understood["denied_needs"]]

    @staticmethod
    def _times(name: Text, tracker: DialogueStateTracker) -> int:
        """How often a reply has been given in this conversation."""
        return sum(
            isinstance(event, BotUttered) and event.metadata.get("utter_action") == name
            for event in tracker.events_after_latest_restart()
        )

    def danger(self, language: Text, kinds: Sequence[Text], age: Any) -> List[Text]:
        """What is said at once when danger is noticed: who to ring, by kind and age; one or two short texts."""
        first = next((kind for kind in kinds if self.words.has(language, f"danger_{kind}")), None)
        texts = [self.words.text(language, f"danger_{first}" if first else "danger_any")]
        texts.append(self.words.text(language, "danger_line_adult" if _grown(age) else "danger_line_child"))
        return texts

    def unsure_if_safe(self, language: Text, age: Any) -> Text:
        """What is said to who does not know whether they are safe, when nothing grave was told: who answers, by age."""
        return self.words.text(language, "utter_safe_unknown.adult" if _grown(age) else "utter_safe_unknown")


def _grown(age: Any) -> bool:
    return isinstance(age, int) and age >= CHILD_AGE


def language_of(tracker: DialogueStateTracker) -> Text:
    """The language the assistant answers in: the one that was chosen, and English to who writes English."""
    language = tracker.get_slot("language")
    return "en" if writes_english(tracker) else language if language in LANGUAGES else "nb"
