"""Find the needs in a text: several may hold, each with a confidence and the words it rests on."""

from __future__ import annotations

from typing import Any, Dict, List, Text, Type

import numpy as np
import yaml
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components.learned import Learned
from bot.components.multilabel import LinearLabels, Texts, learn
from bot.components.reading import READING, Reading, TextReader, example_metadata
from bot.components.text import DATA, Word, has_letters

NEEDS = "needs"  # parse result: [{"id", "confidence", "evidence": [[start, end], ...]}], surest first
FIND_NEEDS = "find_needs"  # set on messages inside the pipeline: how to find the needs of a part of the text
NEEDS_FILE = DATA.parents[1] / "services_catalog" / "needs.yml"
_MOST_EVIDENCE = 4
# Common forms that carry a decision now and then, and tell a reader nothing.
_SAY_NOTHING = frozenset((DATA / "empty_words.txt").read_text(encoding="utf-8").split())


def need_ids() -> List[str]:
    """The ids of all needs, in the catalog's order."""
    groups = yaml.safe_load(NEEDS_FILE.read_text(encoding="utf-8"))
    return [need for group in groups.values() for need in group]


def evidence(words: List[Word], share: np.ndarray) -> List[List[int]]:
    """Spans of the words that carried a decision: together at least six tenths of what spoke for it, at most four spans."""
    positive = np.where(share > 0, share, 0)
    telling = np.where([word.form not in _SAY_NOTHING for word in words], positive, 0)
    if telling.any():
        positive = telling
    total = positive.sum()
    if total <= 0:
        return []
    chosen: List[int] = []
    carried = 0.0
    for index in np.argsort(-positive):
        if carried >= 0.6 * total or len(chosen) >= 8 or positive[index] < 0.04 * total:
            break
        chosen.append(int(index))
        carried += float(positive[index])
    runs: List[List[int]] = []  # [first word, last word]
    for index in sorted(chosen):
        # words that stand beside each other in one part of a sentence, or with one word between, are one phrase
        if runs and index - runs[-1][1] <= 2 and _unbroken(words, runs[-1][1], index):
            runs[-1][1] = index
        else:
            runs.append([index, index])
    kept = sorted(runs, key=lambda run: -float(positive[run[0] : run[1] + 1].sum()))[:_MOST_EVIDENCE]
    return sorted([words[first].start, words[last].end] for first, last in kept)


def _unbroken(words: List[Word], first: int, last: int) -> bool:
    """Whether only single spaces stand between the words from first to last."""
    return all(words[index + 1].start - words[index].end == 1 for index in range(first, last))


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class NeedsClassifier(Learned):
    """Adds `needs` to every message."""

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {"C": 1.0, "beta": 1.15, "pool": 0.35}

    @classmethod
    def required_components(cls) -> List[Type]:
        return [TextReader]

    @classmethod
    def fingerprint_addon(cls, config: Dict[Text, Any]) -> Text:
        return NEEDS_FILE.read_text(encoding="utf-8")

    def train(self, training_data: TrainingData) -> Resource:
        examples = [
            example for example in training_data.training_examples if example.get(READING) is not None
        ]
        metadata = [example_metadata(example) for example in examples]
        readings: List[Reading] = [example.get(READING) for example in examples]
        needs = [set(data.get("needs") or ()) for data in metadata]
        hands = [str(data.get("hand", "")) for data in metadata]
        whole = [not data.get("hint") for data in metadata]
        # the words that a writer marked as carrying a need teach it by themselves too
        marks = [(mark, data) for data in metadata for mark in data.get("evidence") or ()]
        if marks:
            readings += readings[0].features.read_many([mark["words"] for mark, _ in marks])
            needs += [set(mark["needs"]) for mark, _ in marks]
            hands += [str(data.get("hand", "")) for _, data in marks]
            whole += [False] * len(marks)
        model, _ = learn(
            Texts.of(readings, hands, whole=whole),
            needs,
            need_ids(),
            self._config["C"],
            beta=self._config["beta"],
            pool=self._config["pool"],
        )
        return self._keep(model)

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            found = self.find(message.get(READING))
            message.set(NEEDS, found, add_to_output=True)
            message.set(FIND_NEEDS, self.find)
        return messages

    def find(self, reading: Reading) -> List[Dict[Text, Any]]:
        """The needs of a text, surest first: [{"id", "confidence": 0..1, "evidence": [[start, end], ...]}]."""
        model: LinearLabels | None = self._learned
        if (
            model is None
            or not has_letters(reading.text)
            or not reading.words
            or reading.text.startswith("/")
        ):
            return []
        probability = model.probabilities(reading)
        return [
            {
                "id": model.labels[index],
                "confidence": round(float(probability[index]), 3),
                "evidence": evidence(reading.words, reading.word_weights(model.weights[index])),
            }
            for index in model.given(probability)
        ]
