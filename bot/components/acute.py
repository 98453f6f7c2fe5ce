"""Notice acute danger: rules that a professional can read, and a classifier that has learned how it is said sideways.

Either is enough. Runs before needs and dialogue, and nothing later can take the flag away.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Dict, List, Sequence, Text, Type

import numpy as np
import yaml
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from sklearn.linear_model import LogisticRegression

from bot.components.learned import Learned
from bot.components.multilabel import LinearLabels, Texts, best_threshold, learn
from bot.components.needs import evidence
from bot.components.phrases import Hit, PhraseBook
from bot.components.reading import READING, Reading, TextReader, example_metadata
from bot.components.text import DATA

ACUTE = "acute"  # parse result: {"flag", "kinds", "confidence", "evidence"}
KINDS = (
    "suicide",
    "violence",
    "abuse",
    "small_child",
    "poisoning",
    "forced_journey",
    "homeless",
    "exploitation",
    "missing",
)
_ALONE = 8  # words: in so short a text nothing speaks against a phrase that is marked `alone` in the rules
_FEWEST_WORDS = 2  # a single word («14», «hei») is for the rules only
TELL = "tell"  # the intent of what is told; texts of all other intents are harmless
_ANY = "any"  # the label «in danger at all», learned beside the kinds
RULES_FILE = DATA / "acute.yml"


def _rules() -> PhraseBook:
    rules = yaml.safe_load(RULES_FILE.read_text(encoding="utf-8"))
    entries = []
    for kind, lists in rules.items():
        for phrase in lists["always"]:
            entries.append((kind, str(phrase)))
        for how in ("alone", "often"):
            entries += [(f"{how} {kind}", str(phrase)) for phrase in lists.get(how) or ()]
        for phrase in lists.get("never") or ():
            entries.append((f"never {kind}", str(phrase)))
    return PhraseBook(entries)


def _spelled(reading: Reading) -> int:
    """Words of two letters or more: «e e 15» is an age, and no text to find danger in."""
    return sum(word.end - word.start > 1 and word.form.isalpha() for word in reading.words)


def _serious(example: Message, metadata: Dict[Text, Any]) -> bool:
    """Whether a text without danger tells of something hard: the alarm is then a lesser mistake."""
    return bool(example.get(INTENT) == TELL and not metadata.get("harmless"))


@dataclass
class _Danger:
    """What was learned: each kind of danger, danger at all, and how these two speak together."""

    labels: LinearLabels
    weights: np.ndarray
    bias: float
    threshold: float

    def probability(self, labels: np.ndarray, ruled: _Ruled) -> float:
        """That there is danger, from the probabilities of the labels for one text and the rules that hold."""
        signs = _signs(self.labels, labels.reshape(1, -1), [ruled])[0]
        return float(1.0 / (1.0 + np.exp(-(signs @ self.weights + self.bias))))


def _signs(labels: LinearLabels, probability: np.ndarray, ruled: Sequence[_Ruled]) -> np.ndarray:
    """Texts x 4: log-odds of danger at all and of the likeliest kind; whether a phrase that is often danger, or always."""
    odds = np.log(np.clip(probability, 1e-6, 1 - 1e-6) / (1 - np.clip(probability, 1e-6, 1 - 1e-6)))
    at_all = labels.labels.index(_ANY)
    rules = np.array([[bool(one.often), bool(one.always)] for one in ruled], dtype=float)
    return np.column_stack([odds[:, at_all], np.delete(odds, at_all, axis=1).max(axis=1), rules])


@dataclass(frozen=True)
class _Ruled:
    """The rules that hold for one text."""

    always: Sequence[Hit]
    often: Sequence[Hit]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class AcuteDanger(Learned):
    """Adds `acute` to every message: whether somebody must act within a day, which kinds, how sure, and which words."""

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {"C": 0.3, "beta": 1.75, "pool": 0.35, "harmless": 3.0, "serious": 0.8}

    @classmethod
    def required_components(cls) -> List[Type]:
        return [TextReader]

    @classmethod
    def fingerprint_addon(cls, config: Dict[Text, Any]) -> Text:
        return RULES_FILE.read_text(encoding="utf-8")

    def __init__(self, config: Dict[Text, Any], model_storage: ModelStorage, resource: Resource) -> None:
        super().__init__(config, model_storage, resource)
        self._rules = _rules()

    def train(self, training_data: TrainingData) -> Resource:
        examples = [
            example for example in training_data.training_examples if example.get(READING) is not None
        ]
        metadata = [example_metadata(example) for example in examples]
        kinds = [set(data.get("acute") or ()) for data in metadata]
        # harmless words of danger, and the small talk of a conversation («ha det», «vil ikke si det»), must not raise the alarm;
        # what is serious without being acute may
        weight = [
            1.0 if dangers else self._config["serious" if _serious(example, data) else "harmless"]
            for example, data, dangers in zip(examples, metadata, kinds)
        ]
        labels, unseen = learn(
            Texts.of(
                [example.get(READING) for example in examples],
                [str(data.get("hand", "")) for data in metadata],
                weight,
            ),
            [dangers | {_ANY} if dangers else dangers for dangers in kinds],
            (_ANY, *KINDS),
            self._config["C"],
            balanced=True,
            beta=self._config["beta"],
            pool=self._config["pool"],
        )
        target = np.array([1 if dangers else 0 for dangers in kinds])
        signs = _signs(labels, unseen, [self.ruled(example.get(READING)) for example in examples])
        together = LogisticRegression(C=100.0).fit(signs, target, sample_weight=weight)
        probability = together.predict_proba(signs)[:, 1]
        threshold = best_threshold(probability, target, self._config["beta"], np.array(weight))
        return self._keep(_Danger(labels, together.coef_[0], float(together.intercept_[0]), threshold))

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            message.set(ACUTE, self.notice(message.get(READING)), add_to_output=True)
        return messages

    def notice(self, reading: Reading) -> Dict[Text, Any]:
        """{"flag": bool, "kinds": [most likely first], "confidence": 0..1, "evidence": [[start, end], ...]}."""
        if not reading.words or reading.text.startswith("/"):
            return {"flag": False, "kinds": [], "confidence": 0.0, "evidence": []}
        ruled = self.ruled(reading)
        kinds: Dict[str, float] = {hit.label: 0.95 for hit in ruled.always}
        spans = [[hit.start, hit.end] for hit in ruled.always]
        confidence = 0.95 if ruled.always else 0.0
        model: _Danger | None = self._learned
        if model is not None and _spelled(reading) >= _FEWEST_WORDS:
            probability = model.labels.probabilities(reading)
            danger = model.probability(probability, ruled)
            confidence = max(confidence, danger)
            if danger >= model.threshold or ruled.always:
                by_kind = {
                    label: (float(value), float(threshold))
                    for label, value, threshold in zip(
                        model.labels.labels, probability, model.labels.thresholds
                    )
                    if label != _ANY
                }
                learned = {kind for kind, (value, threshold) in by_kind.items() if value >= threshold}
                learned |= {hit.label for hit in ruled.often}
                if not learned and not ruled.always:
                    learned = {max(by_kind, key=lambda kind: by_kind[kind])}
                for kind in learned:
                    kinds[kind] = max(kinds.get(kind, 0.0), by_kind[kind][0])
            if kinds and not spans:
                spans = [[hit.start, hit.end] for hit in ruled.often]
            if kinds and not spans:  # nothing was ruled, so the model's words say why
                best = model.labels.labels.index(max(kinds, key=lambda kind: kinds[kind]))
                spans = evidence(reading.words, reading.word_weights(model.labels.weights[best]))
        return {
            "flag": bool(kinds),
            "kinds": sorted(kinds, key=lambda kind: -kinds[kind]),
            "confidence": round(float(np.clip(confidence, 0, 1)), 3),
            "evidence": spans,
        }

    def ruled(self, reading: Reading) -> _Ruled:
        """The rules that hold. A «never» phrase takes away only the rule hit that it covers, nothing beside it."""
        found: Dict[str, List[Hit]] = {"always": [], "often": []}
        hits = self._rules.find(reading.text, reading.words)
        for hit in hits:
            how, _, kind = hit.label.rpartition(" ")
            if how == "never" or any(
                cover.label == f"never {kind}" and cover.start <= hit.start and cover.end >= hit.end
                for cover in hits
            ):
                continue
            if how == "alone":
                how = "always" if len(reading.words) <= _ALONE else "often"
            found[how or "always"].append(replace(hit, label=kind))
        return _Ruled(found["always"], found["often"])
