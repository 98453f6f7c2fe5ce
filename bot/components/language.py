"""Tell Bokmål, Nynorsk and other languages apart, also in a handful of words; and whether it is written as it is spoken."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Dict, List, Mapping, Optional, Sequence, Text, Tuple

import numpy as np
import simplemma
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion

from bot.components.learned import Learned
from bot.components.multilabel import linear
from bot.components.text import plain_words

# The field of the parse result: {"id": "nb"|"nn"|"other", "confidence": 0..1, "dialect": bool, "code"}. The code (ISO 639-1)
# says which other language it seems to be.
LANGUAGE = "language"
ENGLISH = "en"  # the one other language that the assistant answers in
# How much more likely English is, in log-odds, once the conversation is in English: «my son» is then no Nynorsk.
_LEANING = {"other": 2.0, ENGLISH: 3.0}
_SENTENCE = 3  # words: from here a text is a sentence that says what language somebody writes
_SURE = 0.7
LEARNER = "l2"  # the dialect that is none: Norwegian written by somebody who is learning it
_SENTENCE_END = re.compile(r"[.!?\n]+")
_PIECE_WORDS = 8
_MOST = 1500  # characters: more of a text tells nothing more about its language
_PIECES_OF_A_TEXT = 3  # more of the same writer's words teach little and cost time
_TEXTS = 7_000  # of each written language; more teach nothing new and cost time
_NEIGHBOURS = ("da", "sv")  # so near that a short Norwegian sentence can look like them
_USED_BY_NORWEGIANS = 8  # times
_NONE: Mapping[Any, float] = {}
# Dialect is spelled by ear: which written language its writer has at school is often not in the words.
_DIALECT_WEIGHT = 0.3
_DIALECT_FROM = 0.6  # how likely dialect must be before it is said


def pieces(text: str) -> List[str]:
    """Short pieces of a text, so that the model learns from as few words as people often write."""
    found: List[str] = []
    for sentence in _SENTENCE_END.split(text):
        words = sentence.split()
        found += [" ".join(words[i : i + _PIECE_WORDS]) for i in range(0, len(words), _PIECE_WORDS)]
    return [piece for piece in found if len(piece) > 2]


def _known_in(word: str) -> str:
    """In which dictionary a word stands: «nb», «nn», «both» of these, «en» when only in the English one, or «none»."""
    in_nb, in_nn = simplemma.is_known(word, "nb"), simplemma.is_known(word, "nn")
    if in_nb or in_nn:
        return "both" if in_nb and in_nn else "nb" if in_nb else "nn"
    return ENGLISH if simplemma.is_known(word, ENGLISH) else "none"


_in_dictionaries = lru_cache(maxsize=100_000)(_known_in)


def dictionary_words(text: str) -> List[str]:
    """Where the words of a text are known: what tells the languages apart in words that no training text has."""
    return [_in_dictionaries(word) for word in plain_words(text)]


@dataclass
class _Languages:
    """What was learned: the letters and words to look at, and three questions to them."""

    features: FeatureUnion
    written: LogisticRegression  # nb, nn or other
    code: LogisticRegression  # which other language
    dialect: LogisticRegression  # dialect spelling or not
    norwegian: frozenset[str]  # words that Norwegian writers use again and again


def _spread(items: List[Any], most: int) -> List[Any]:
    """At most that many, from everywhere in the list."""
    return items[:: max(len(items) // most, 1)]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LanguageDetector(Learned):
    """Adds `language` to every message: nb, nn or other, with a confidence; whether it is dialect; which other language."""

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {"C": 5.0}

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from pieces of the training texts; language and dialect stand in their metadata."""
        by_language: Dict[str, List[Tuple[str, bool]]] = {}
        for example in training_data.training_examples:
            data = (example.get("metadata") or {}).get("example", {})
            if data.get("lang"):
                spoken = data.get("dialect") not in (None, LEARNER)
                by_language.setdefault(data["lang"], []).append((example.get(TEXT) or "", spoken))
        texts: List[str] = []
        labels: List[str] = []
        weights: List[float] = []
        whole: List[Tuple[str, bool]] = []
        others: Dict[str, List[str]] = {}
        for language, written in sorted(by_language.items()):
            kept = _spread(written, _TEXTS)
            by_text = [(pieces(text)[:_PIECES_OF_A_TEXT], spoken) for text, spoken in kept]
            found = [piece for of_text, _ in by_text for piece in of_text]
            texts += found
            weights += [_DIALECT_WEIGHT if spoken else 1.0 for of_text, spoken in by_text for _ in of_text]
            if language in ("nb", "nn"):
                labels += [language] * len(found)
                whole += _spread([one for one in written if not one[1]], _TEXTS // 3)
                whole += [one for one in written if one[1]]
            else:
                labels += ["other"] * len(found)
                others[language] = found
        features = FeatureUnion(
            [
                ("words", TfidfVectorizer(analyzer=plain_words, sublinear_tf=True, min_df=2)),
                ("dictionaries", TfidfVectorizer(analyzer=dictionary_words, use_idf=False)),
                (
                    "letters",
                    TfidfVectorizer(
                        analyzer="char_wb", ngram_range=(1, 4), sublinear_tf=True, min_df=3, lowercase=True
                    ),
                ),
            ]
        )
        matrix = features.fit_transform(texts).astype(np.float32)

        def ask(
            rows: csr_matrix, answers: Sequence[Any], weights: Optional[Sequence[float]] = None
        ) -> LogisticRegression:
            model = LogisticRegression(C=self._config["C"], max_iter=200, tol=1e-3, class_weight="balanced")
            return model.fit(rows, answers, sample_weight=weights)

        foreign = [(piece, language) for language, found in others.items() for piece in found]
        used = Counter(
            word
            for language in ("nb", "nn")
            for text, _ in by_language.get(language, ())
            for word in plain_words(text)
        )
        return self._keep(
            _Languages(
                features,
                ask(matrix, labels, weights),
                ask(
                    features.transform([piece for piece, _ in foreign]), [language for _, language in foreign]
                )
                if len(others) > 1
                else None,
                ask(features.transform([text[:_MOST] for text, _ in whole]), [spoken for _, spoken in whole])
                if len({spoken for _, spoken in whole}) > 1
                else None,
                frozenset(word for word, times in used.items() if times >= _USED_BY_NORWEGIANS),
            )
        )

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            english = (message.get("metadata") or {}).get("language") == ENGLISH
            message.set(LANGUAGE, self.tell(message.get(TEXT) or "", english), add_to_output=True)
        return messages

    def tell(self, text: str, english: bool = False) -> Dict[Text, Any]:
        """The language of one text: {"id": "nb"|"nn"|"other", "confidence": 0..1, "dialect": bool, "code": str or None}.

        No letters give other, 0. english: the conversation is in English, and what could be English then is.
        """
        learned: _Languages | None = self._learned
        if learned is None or not re.search(r"[^\W\d_]", text):
            return {"id": "other", "confidence": 0.0, "dialect": False, "code": None}
        row = learned.features.transform([text[:_MOST]])
        leaning = _LEANING if english else {}
        language, confidence = _likeliest(learned.written, row, leaning=leaning)
        dialect = code = None
        if language == "other" and learned.code is not None:
            code = _likeliest(learned.code, row, leaning=leaning)[0]
            if code in _NEIGHBOURS and learned.norwegian.issuperset(plain_words(text[:_MOST])):
                language, confidence = _likeliest(learned.written, row, but="other")
                code = None
        if language != "other" and learned.dialect is not None:
            spoken, sure = _likeliest(learned.dialect, row)
            dialect = bool(spoken) and sure >= _DIALECT_FROM
        return {
            "id": str(language),
            "confidence": round(confidence, 3),
            "dialect": bool(dialect),
            "code": None if code is None else str(code),
        }


def is_english(message: Message) -> bool:
    """Whether a message is English as far as it goes; one word may be."""
    return (message.get(LANGUAGE) or {}).get("code") == ENGLISH


def writes_english(message: Message) -> bool:
    """Whether whoever wrote it writes English: a whole sentence of it, or any of it in a conversation in English."""
    return is_english(message) and (
        (message.get("metadata") or {}).get("language") == ENGLISH or is_sentence_of_another(message)
    )


def may_be_english(message: Message) -> bool:
    """Whether a message is English, or so short that it may be in a conversation that is: «me», «no»."""
    expected = (message.get("metadata") or {}).get("language") == ENGLISH
    return is_english(message) or (expected and len(plain_words(message.get(TEXT) or "")) < _SENTENCE)


def is_sentence_of_another(message: Message) -> bool:
    """Whether a message is surely in another language than Norwegian, and enough of it to say so."""
    language = message.get(LANGUAGE) or {}
    sure = language.get("id") == "other" and language.get("confidence", 0.0) >= _SURE
    return sure and len(plain_words(message.get(TEXT) or "")) >= _SENTENCE


def _likeliest(
    model: LogisticRegression, row: csr_matrix, but: Text | None = None, leaning: Mapping[Any, float] = _NONE
) -> Tuple[Any, float]:
    """The likeliest answer and how likely it is, one answer set aside when named. leaning: log-odds that speak for answers."""
    decisions = linear(row, model.coef_, model.intercept_)[0]
    if len(decisions) == 1:  # two answers: one number tells them apart
        decisions = np.array([0.0, decisions[0]])
    if but is not None:
        decisions = np.where(model.classes_ == but, -np.inf, decisions)
    decisions = decisions + np.array([leaning.get(answer, 0.0) for answer in model.classes_])
    probability = np.exp(decisions - decisions.max())
    probability /= probability.sum()
    best = int(np.argmax(probability))
    return model.classes_[best], float(probability[best])
