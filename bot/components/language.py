"""Tell Bokmål, Nynorsk and other languages apart, also in a handful of words."""

from __future__ import annotations

import re
from typing import Any, Dict, List, Text, Type

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion

from bot.components.multilabel import linear
from bot.components.store import load_object, save_object
from bot.components.text import plain_words

LANGUAGE = "language"  # the field of the parse result: {"id": "nb"|"nn"|"other", "confidence": 0..1}
_SENTENCE_END = re.compile(r"[.!?\n]+")
_PIECE_WORDS = 8
_PIECES_OF_A_TEXT = 5  # more of the same writer's words teach little and cost time


def pieces(text: str) -> List[str]:
    """Short pieces of a text, so that the model learns from as few words as people often write."""
    found: List[str] = []
    for sentence in _SENTENCE_END.split(text):
        words = sentence.split()
        found += [" ".join(words[i : i + _PIECE_WORDS]) for i in range(0, len(words), _PIECE_WORDS)]
    return [piece for piece in found if len(piece) > 2]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LanguageDetector(GraphComponent):
    """Adds `language` to every message: nb, nn or other, with a confidence."""

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LanguageDetector:
        return cls(config, model_storage, resource)

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {"C": 20.0}

    @classmethod
    def required_components(cls) -> List[Type]:
        return []

    def __init__(self, config: Dict[Text, Any], model_storage: ModelStorage, resource: Resource) -> None:
        self._config = config
        self._storage = model_storage
        self._resource = resource
        self._features: FeatureUnion | None = None
        self._model: LogisticRegression | None = None

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from the pieces of every training text; its language stands in its metadata."""
        texts: List[str] = []
        labels: List[str] = []
        for example in training_data.training_examples:
            language = (example.get("metadata") or {}).get("example", {}).get("lang")
            if not language:
                continue
            label = language if language in ("nb", "nn") else "other"
            for piece in pieces(example.get(TEXT) or "")[:_PIECES_OF_A_TEXT]:
                texts.append(piece)
                labels.append(label)
        self._features = FeatureUnion(
            [
                ("words", TfidfVectorizer(analyzer=plain_words, sublinear_tf=True, min_df=2)),
                (
                    "letters",
                    TfidfVectorizer(
                        analyzer="char_wb", ngram_range=(1, 4), sublinear_tf=True, min_df=3, lowercase=True
                    ),
                ),
            ]
        )
        matrix = self._features.fit_transform(texts)
        self._model = LogisticRegression(C=self._config["C"], max_iter=300, class_weight="balanced")
        self._model.fit(matrix, labels)
        save_object(self._storage, self._resource, (self._features, self._model))
        return self._resource

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> LanguageDetector:
        component = cls(config, model_storage, resource)
        component._features, component._model = load_object(model_storage, resource)
        return component

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            message.set(LANGUAGE, self.tell(message.get(TEXT) or ""), add_to_output=True)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        return training_data

    def tell(self, text: str) -> Dict[Text, Any]:
        """The language of one text: {"id": "nb"|"nn"|"other", "confidence": 0..1}; no letters give other, 0."""
        if self._model is None or self._features is None or not re.search(r"[^\W\d_]", text):
            return {"id": "other", "confidence": 0.0}
        row = self._features.transform([text[:1500]])
        decisions = linear(row, self._model.coef_, self._model.intercept_)[0]
        probabilities = np.exp(decisions - decisions.max())
        probabilities /= probabilities.sum()
        best = int(np.argmax(probabilities))
        return {"id": str(self._model.classes_[best]), "confidence": round(float(probabilities[best]), 3)}
