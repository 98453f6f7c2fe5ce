"""Notice acute danger: rules that a professional can read, and a classifier that has learned how it is said sideways.

Either is enough. Runs before needs and dialogue, and nothing later can take the flag away.
"""

from __future__ import annotations

from typing import Any, Dict, List, Text, Type

import numpy as np
import yaml
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import vstack

from bot.components.learned import Learned
from bot.components.multilabel import LinearLabels, learn
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
_FEWEST_WORDS = 2  # a single word («14», «hei») is for the rules only
_ANY = "any"  # the label «in danger at all», learned beside the kinds
RULES_FILE = DATA / "acute.yml"


def _rules() -> PhraseBook:
    rules = yaml.safe_load(RULES_FILE.read_text(encoding="utf-8"))
    entries = []
    for kind, lists in rules.items():
        for phrase in lists["always"]:
            entries.append((kind, str(phrase)))
        for phrase in lists.get("never") or ():
            entries.append((f"never {kind}", str(phrase)))
    return PhraseBook(entries)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class AcuteDanger(Learned):
    """Adds `acute` to every message: whether somebody must act within a day, which kinds, how sure, and which words."""

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {"C": 0.3, "beta": 1.5}

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
        truth = [set(data.get("acute") or ()) for data in metadata]
        model = learn(
            vstack([example.get(READING).row for example in examples], format="csr"),
            [kinds | {_ANY} if kinds else kinds for kinds in truth],
            (_ANY, *KINDS),
            [str(data.get("hand", "")) for data in metadata],
            self._config["C"],
            self._config["beta"],
        )
        return self._keep(model)

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            message.set(ACUTE, self.notice(message.get(READING)), add_to_output=True)
        return messages

    def notice(self, reading: Reading) -> Dict[Text, Any]:
        """{"flag": bool, "kinds": [most likely first], "confidence": 0..1, "evidence": [[start, end], ...]}."""
        if not reading.words or reading.text.startswith("/"):
            return {"flag": False, "kinds": [], "confidence": 0.0, "evidence": []}
        ruled = self.ruled(reading)
        kinds: Dict[str, float] = {hit.label: 0.95 for hit in ruled}
        spans = [[hit.start, hit.end] for hit in ruled]
        confidence = 0.95 if ruled else 0.0
        model: LinearLabels | None = self._learned
        if model is not None and len(reading.words) >= _FEWEST_WORDS:
            probability = dict(zip(model.labels, model.probabilities(reading.row)[0].tolist()))
            threshold = dict(zip(model.labels, model.thresholds.tolist()))
            confidence = max(confidence, probability.get(_ANY, 0.0))
            learned = {kind for kind in KINDS if probability.get(kind, 0.0) >= threshold.get(kind, 1.0)}
            if probability.get(_ANY, 0.0) >= threshold.get(_ANY, 1.0):
                learned |= {max(KINDS, key=lambda kind: probability.get(kind, 0.0))} if not learned else set()
            for kind in learned:
                kinds[kind] = max(kinds.get(kind, 0.0), probability.get(kind, 0.0))
                confidence = max(confidence, probability.get(kind, 0.0))
            if kinds and not spans:  # nothing was ruled, so the model's words say why
                best = max(kinds, key=lambda kind: kinds[kind])
                spans = evidence(reading.words, reading.word_weights(model.weights[model.labels.index(best)]))
        return {
            "flag": bool(kinds),
            "kinds": sorted(kinds, key=lambda kind: -kinds[kind]),
            "confidence": round(float(np.clip(confidence, 0, 1)), 3),
            "evidence": spans,
        }

    def ruled(self, reading: Reading) -> List[Hit]:
        """The rules that hold. A «never» phrase takes away only the rule hit that it covers, nothing beside it."""
        hits = self._rules.find(reading.text, reading.words)
        harmless = [hit for hit in hits if hit.label.startswith("never ")]
        return [
            hit
            for hit in hits
            if not hit.label.startswith("never ")
            and not any(
                cover.label == f"never {hit.label}" and cover.start <= hit.start and cover.end >= hit.end
                for cover in harmless
            )
        ]
