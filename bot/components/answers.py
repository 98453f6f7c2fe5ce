"""Read answers to the assistant's own questions, and facts that a text gives by itself (age, whom it concerns).

Which question is open comes from the channel, as `asked` in the message's metadata: «nei» after «er du trygg nå?» is not the
«nei» of a correction.
"""

from __future__ import annotations

import re
from typing import Any, Dict, List, Text, Tuple, Type

import numpy as np
import yaml
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import vstack
from sklearn.linear_model import LogisticRegression

from bot.components.acute import ACUTE
from bot.components.intent import DENIED, TELL
from bot.components.learned import Learned
from bot.components.multilabel import linear
from bot.components.needs import NEEDS
from bot.components.reading import READING, Reading, TextReader
from bot.components.text import DATA

FACTS_FILE = DATA / "facts.yml"
_LONG = 25  # words: a text this long is told, whatever was asked
_SAFE = {"says_safe": "yes", "affirm": "yes", "says_unsafe": "no", "deny": "no", "dont_know": "unknown"}
_ELSE = "else"  # what answers nothing: told texts and all other messages
_ELSE_TEXTS = 3000
_AGE = 99
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


class Facts:
    """Patterns that say how old somebody is and whom a text concerns, read from `bot/data/facts.yml`."""

    def __init__(self) -> None:
        data = yaml.safe_load(FACTS_FILE.read_text(encoding="utf-8"))
        self._numbers: Dict[str, int] = {
            str(word): int(number) for number, names in data["numbers"].items() for word in names.split()
        }
        number = r"(?P<age>\d{1,2}|" + "|".join(sorted(self._numbers, key=len, reverse=True)) + r")"
        self._ages = [re.compile(pattern.replace("<age>", number), re.IGNORECASE) for pattern in data["age"]]
        self._bare = re.compile(rf"\W*(?:\w+\W+){{0,3}}{number}(?:\W+\w+){{0,4}}\W*", re.IGNORECASE)
        self._about = [
            (who, re.compile(pattern, re.IGNORECASE))
            for who, patterns in data["about"].items()
            for pattern in patterns
        ]
        self._about_answers = [
            (who, re.compile(pattern, re.IGNORECASE))
            for who, patterns in data["about_answers"].items()
            for pattern in patterns
        ]

    def age(self, text: str, asked: bool) -> int | None:
        """The age told, or None. When age was asked for, a bare number is enough."""
        for pattern in [self._bare] * asked + self._ages:
            match = pattern.fullmatch(text.strip()) if pattern is self._bare else pattern.search(text)
            if match:
                told = match.group("age").lower()
                age = int(told) if told.isdigit() else self._numbers[told]
                if 0 <= age <= _AGE:
                    return age
        return None

    def about(self, text: str, asked: bool) -> str | None:
        """self, my_child, friend or other, or None."""
        for who, pattern in (self._about_answers if asked else []) + self._about:
            if pattern.search(text):
                return who
        return None


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class AnswerReader(Learned):
    """Adds entities `age`, `about`, `safe_now`, and sets the intent to `answer` when the open question was answered."""

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {"C": 10.0, "sure": 0.45}

    @classmethod
    def required_components(cls) -> List[Type]:
        return [TextReader]

    @classmethod
    def fingerprint_addon(cls, config: Dict[Text, Any]) -> Text:
        return FACTS_FILE.read_text(encoding="utf-8")

    def __init__(self, config: Dict[Text, Any], model_storage: ModelStorage, resource: Resource) -> None:
        super().__init__(config, model_storage, resource)
        self._facts = Facts()

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
        model = LogisticRegression(C=self._config["C"], max_iter=300, class_weight="balanced")
        model.fit(vstack(rows, format="csr"), labels)
        return self._keep(model)

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            text = message.get(TEXT) or ""
            if text.startswith("/"):
                continue
            asked = (message.get("metadata") or {}).get("asked")
            entities, answered = self._read(message, text, asked)
            message.set(ENTITIES, (message.get(ENTITIES) or []) + entities, add_to_output=True)
            if answered:
                message.set(INTENT, {"name": "answer", "confidence": 1.0}, add_to_output=True)
        return messages

    def _read(self, message: Message, text: str, asked: str | None) -> Tuple[List[Dict[Text, Any]], bool]:
        reading: Reading = message.get(READING)
        entities: List[Dict[Text, Any]] = []
        short = len(reading.words) <= _LONG
        told = message.get(INTENT, {}).get("name")
        steering = told not in (
            TELL,
            "unsure",
            "affirm",
            "deny",
            "dont_know",
            "out_of_scope",
            "smalltalk",
            "greet",
            "correct",
            "other_language",
        )
        answered = False
        age = self._facts.age(text, asked == "age" and len(reading.words) <= 8)
        if age is not None:
            entities.append(_entity("age", age))
            answered |= asked == "age"
        answers_about = asked == "about" and len(reading.words) <= 8
        about = self._facts.about(text, answers_about and not _asks(reading, message.get(INTENT, {})))
        if about is not None:
            entities.append(_entity("about", about))
            answered |= asked == "about"
        corrects = told == "correct" and bool(message.get(NEEDS) or message.get(DENIED))
        if asked == "safe_now" and short and not steering and not corrects:
            safe = self._safe(reading)
            if safe is not None:
                entities.append(_entity("safe_now", safe))
                answered = True
        if asked == "hope" and not _steers_away_from_hope(reading, message.get(INTENT, {})):
            entities.append(_entity("hope", text))
            answered = True
        # A text that tells something keeps its needs and is mirrored, also when it answers on the way.
        tells = told == TELL and (
            not short or bool(message.get(NEEDS)) or (message.get(ACUTE) or {}).get("flag")
        )
        if answered and tells and asked != "hope":
            answered = len(reading.words) <= 6
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
    if not re.search(r"\w", reading.text) or name in (
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
    if not (name.startswith("ask_") or name == "out_of_scope"):
        return False
    begins = bool(reading.words) and reading.words[0].form in _QUESTION_WORDS
    return "?" in reading.text or (begins and intent.get("confidence", 0.0) >= _SURE)


def _entity(name: str, value: Any) -> Dict[Text, Any]:
    return {"entity": name, "value": value, "start": 0, "end": 0, "extractor": "AnswerReader"}
