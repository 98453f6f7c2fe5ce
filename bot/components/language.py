"""Tell Bokmål, Nynorsk and other languages apart, also in a handful of words."""

from __future__ import annotations

import re
from typing import Any, Dict, List, Text

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion

from bot.components.learned import Learned
from bot.components.multilabel import linear
from bot.components.text import plain_words

LANGUAGE = "language"  # the field of the parse result: {"id": "nb"|"nn"|"other", "confidence": 0..1}
_SENTENCE_END = re.compile(r"[.!?\n]+")
_PIECE_WORDS = 8
_PIECES_OF_A_TEXT = 3  # more of the same writer's words teach little and cost time


def pieces(text: str) -> List[str]:
    """Short pieces of a text, so that the model learns from as few words as people often write."""
    found: List[str] = []
    for sentence in _SENTENCE_END.split(text):
        words = sentence.split()
        found += [" ".join(words[i : i + _PIECE_WORDS]) for i in range(0, len(words), _PIECE_WORDS)]
    return [piece for piece in found if len(piece) > 2]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LanguageDetector(Learned):
    """Adds `language` to every message: nb, nn or other, with a confidence."""

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {"C": 20.0}

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
        features = FeatureUnion(
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
        matrix = features.fit_transform(texts)
        model = LogisticRegression(C=self._config["C"], max_iter=300, class_weight="balanced")
        model.fit(matrix, labels)
        return self._keep((features, model))

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            message.set(LANGUAGE, self.tell(message.get(TEXT) or ""), add_to_output=True)
        return messages

    def tell(self, text: str) -> Dict[Text, Any]:
        """The language of one text: {"id": "nb"|"nn"|"other", "confidence": 0..1}; no letters give other, 0."""
        if self._learned is None or not re.search(r"[^\W\d_]", text):
            return {"id": "other", "confidence": 0.0}
        features, model = self._learned
        row = features.transform([text[:1500]])
        decisions = linear(row, model.coef_, model.intercept_)[0]
        probabilities = np.exp(decisions - decisions.max())
        probabilities /= probabilities.sum()
        best = int(np.argmax(probabilities))
        return {"id": str(model.classes_[best]), "confidence": round(float(probabilities[best]), 3)}
