"""Read answers to the assistant's own questions, and facts that a text gives by itself (age, whom it concerns).

What the conversation is at comes from the channel, in the message's metadata: `asked`, the question that is open («nei» after
«er du trygg nå?» is not the «nei» of a correction); `age_known`; `told`, whether anything has been told yet; `language`.
"""

from __future__ import annotations

from typing import Any, Dict, Iterable, List, Text, Tuple, Type

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import vstack
from sklearn.linear_model import LogisticRegression

from bot.components.acute import ACUTE
from bot.components.facts import ENGLISH_FILE, FACTS_FILE, English, Facts
from bot.components.intent import DENIED, TELL
from bot.components.language import is_english, may_be_english
from bot.components.learned import Learned
from bot.components.multilabel import linear
from bot.components.needs import NEEDS
from bot.components.reading import READING, Reading, TextReader
from bot.components.text import has_letters

_LONG = 25  # words: a text this long is told, whatever was asked
_SAFE = {"says_safe": "yes", "affirm": "yes", "says_unsafe": "no", "deny": "no", "dont_know": "unknown"}
OUT_OF_SCOPE = "out_of_scope"
_ELSE = "else"  # what answers nothing: told texts and all other messages
_ELSE_TEXTS = 3000
_SHORT = 6  # words: an answer of no more tells nothing beside it
_AGE_ONLY = 4  # words: an age of no more says nothing of anything else
_SURE = 0.8  # of an intent, where a text could be an answer as well
# common forms that a question begins with
_QUESTION_WORDS = {
    "kunne",
    "få",
    "hva",
    "hvem",
    "hvor",
    "hvordan",
    "hvorfor",
    "når",
    "være",
    "måtte",
    "skulle",
    "ha",
}


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class AnswerReader(Learned):
    """Adds entities `age`, `about`, `safe_now`, and sets the intent to `answer` when the open question was answered;
    to `answer_ahead` when it was not, but the age was told that is asked for later."""

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {"C": 10.0, "sure": 0.45}

    @classmethod
    def required_components(cls) -> List[Type]:
        return [TextReader]

    @classmethod
    def fingerprint_addon(cls, config: Dict[Text, Any]) -> Text:
        return FACTS_FILE.read_text(encoding="utf-8") + ENGLISH_FILE.read_text(encoding="utf-8")

    def __init__(self, config: Dict[Text, Any], model_storage: ModelStorage, resource: Resource) -> None:
        super().__init__(config, model_storage, resource)
        self._facts = Facts()
        self._english = English()

    def train(self, training_data: TrainingData) -> Resource:
        """Learn to tell answers to «er du trygg nå?» from each other and from everything else."""
        examples = [example for example in training_data.intent_examples if example.get(READING) is not None]
        rows, labels, others = [], [], []
        for example in examples:
            intent = example.get(INTENT)
            if intent in _SAFE or intent == "skip":
                rows.append(example.get(READING).row)
                labels.append(intent)
            elif intent != "hope" and len(example.get(READING).words) <= _LONG:
                others.append(example.get(READING).row)
        others = others[:: max(len(others) // _ELSE_TEXTS, 1)]
        rows += others
        labels += [_ELSE] * len(others)
        model = LogisticRegression(C=self._config["C"], max_iter=300, tol=1e-3, class_weight="balanced")
        model.fit(vstack(rows, format="csr"), labels)
        return self._keep(model)

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            text = message.get(TEXT) or ""
            if text.startswith("/"):
                continue
            known = message.get("metadata") or {}
            asked = known.get("asked")
            # a bare number counts when nothing is asked, also in the place of an age that is known
            late = "age_known" in known and asked is None
            age = None
            if known.get("age_known") is False or (late and not has_letters(text)):
                age = self._age_ahead(message, text, asked)
            entities, answered = self._read(message, text, asked, age is not None)
            intent = "answer" if answered else None
            if age is not None and not answered:
                entities = [one for one in entities if one["entity"] != "age"] + [_entity("age", age)]
                intent = "answer_ahead" if asked else "answer"
            message.set(ENTITIES, (message.get(ENTITIES) or []) + entities, add_to_output=True)
            if intent is None and message.get(INTENT, {}).get("name") == OUT_OF_SCOPE and known.get("told"):
                # who has told something here is not turned away for what comes after it
                intent = TELL
            if intent:
                message.set(INTENT, {"name": intent, "confidence": 1.0}, add_to_output=True)
        return messages

    def _age_ahead(self, message: Message, text: str, asked: str | None) -> int | None:
        """The age that a text tells and nothing else, when it was not asked for now."""
        readers = self._readers(message)
        alone = _first(reader.age_alone(text) for reader in readers)
        more = len(message.get(READING).words) > _AGE_ONLY or bool(message.get(NEEDS))
        if alone is not None or more or (message.get(ACUTE) or {}).get("flag"):
            return alone
        # «he is 11» is nothing to turn away; asked for nothing, a sentence of Norwegian is told
        told = message.get(INTENT, {}).get("name")
        return (
            _first(reader.age(text, asked=False) for reader in readers)
            if asked or told == OUT_OF_SCOPE
            else None
        )

    def _readers(self, message: Message) -> List[Facts]:
        """Whose patterns a message is read with, in order."""
        english: List[Facts] = [self._english] if may_be_english(message) else []
        return english if is_english(message) else [*english, self._facts]

    def _read(
        self, message: Message, text: str, asked: str | None, only_age: bool
    ) -> Tuple[List[Dict[Text, Any]], bool]:
        reading: Reading = message.get(READING)
        english, readers = is_english(message), self._readers(message)
        entities: List[Dict[Text, Any]] = []
        short = len(reading.words) <= _LONG
        told = message.get(INTENT, {}).get("name")
        steering = told not in (
            TELL,
            "unsure",
            "affirm",
            "deny",
            "dont_know",
            OUT_OF_SCOPE,
            "smalltalk",
            "greet",
            "correct",
            "other_language",
        )
        answered = False
        age = _first(reader.age(text, asked == "age" and len(reading.words) <= 8) for reader in readers)
        if age is not None:
            entities.append(_entity("age", age))
            answered |= asked == "age"
        answers_about = asked == "about" and len(reading.words) <= 8
        answers_about = answers_about and not _asks(reading, message.get(INTENT, {}))
        about = _first(reader.about(text, answers_about) for reader in readers)
        if about is not None:
            entities.append(_entity("about", about))
            answered |= asked == "about"
        corrects = told == "correct" and bool(message.get(NEEDS) or message.get(DENIED))
        if asked == "safe_now" and short and has_letters(text) and not steering and not corrects:
            safe = self._english.safe(text) if self._english in readers else None
            safe = safe or (None if english else self._safe(reading))
            if safe is not None:
                entities.append(_entity("safe_now", safe))
                answered = True
        alone = only_age or any(reader.age_alone(text) is not None for reader in readers)
        if asked == "hope" and not alone and not _steers_away_from_hope(reading, message.get(INTENT, {})):
            entities.append(_entity("hope", text))
            answered = True
        # A text that tells something keeps its needs and is mirrored, also when it answers on the way.
        tells = told == TELL and (
            not short or english or bool(message.get(NEEDS)) or (message.get(ACUTE) or {}).get("flag")
        )
        if answered and tells and asked != "hope":
            answered = len(reading.words) <= _SHORT
        return entities, answered

    def _safe(self, reading: Reading) -> str | None:
        model: LogisticRegression | None = self._learned
        if model is None or not reading.words:
            return None
        decisions = linear(reading.row, model.coef_, model.intercept_)[0]
        probability = np.exp(decisions - decisions.max())
        probability /= probability.sum()
        best = int(np.argmax(probability))
        intent = str(model.classes_[best])
        return _SAFE.get(intent) if probability[best] >= self._config["sure"] else None


def _steers_away_from_hope(reading: Reading, intent: Dict[Text, Any]) -> bool:
    """Whether a message is not an answer to «hva håper du?»: a hope may sound like anything («at noen ringer»), so only clear
    cases are not."""
    name, sure = intent.get("name") or "", intent.get("confidence", 0.0) >= _SURE
    if not has_letters(reading.text) or name in (
        "skip",
        "dont_know",
        "deny",
        "restart",
        "switch_to_nb",
        "switch_to_nn",
    ):
        return True
    return _asks(reading, intent) or (name in ("thanks", "goodbye", "correct", "greet", "abuse_bot") and sure)


def _asks(reading: Reading, intent: Dict[Text, Any]) -> bool:
    """Whether a message that was taken for a question is written as one."""
    name = intent.get("name") or ""
    if not (name.startswith("ask_") or name == OUT_OF_SCOPE):
        return False
    begins = bool(reading.words) and reading.words[0].form in _QUESTION_WORDS
    return "?" in reading.text or (begins and intent.get("confidence", 0.0) >= _SURE)


def _first(answers: Iterable[Any]) -> Any:
    return next((one for one in answers if one is not None), None)


def _entity(name: str, value: Any) -> Dict[Text, Any]:
    return {"entity": name, "value": value, "start": 0, "end": 0, "extractor": "AnswerReader"}
