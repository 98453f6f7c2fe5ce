"""Read a text once for all classifiers: its words in one form, and its numbers (words, letters, listed phrases)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Dict, List, Sequence, Text, Tuple

import numpy as np
import yaml
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer

from bot.components.learned import Learned
from bot.components.phrases import Hit, PhraseBook
from bot.components.text import DATA, Word, words

READING = "reading"  # set on messages inside the pipeline, never put out
LEXICON_FILE = DATA / "lexicon.yml"
_LETTERS = (2, 5)


def lexicon_entries() -> List[Tuple[str, str]]:
    """(label, phrase) of the lexicon; labels are `<need>.strong` and `<need>.weak`."""
    lexicon = yaml.safe_load(LEXICON_FILE.read_text(encoding="utf-8"))
    return [
        (f"{need}.{strength}", str(phrase))
        for need, lists in lexicon.items()
        for strength in ("strong", "weak")
        for phrase in lists.get(strength) or ()
    ]


@dataclass
class Reading:
    """A text as the classifiers see it.

    Attributes:
        text: the original.
        words: its words in their one form.
        hits: phrases of the lexicon, by label.
        row: its numbers, a 1 x n matrix.
    """

    text: str
    words: List[Word]
    hits: List[Hit]
    row: csr_matrix
    features: Features

    def word_weights(self, weights: np.ndarray) -> np.ndarray:
        """How much each word speaks for a label (see `Features.word_weights`)."""
        return self.features.word_weights(self, weights)

    def fingerprint(self) -> Text:
        """What Rasa's training cache goes by."""
        return f"{self.text}-{self.row.nnz}-{self.row.sum():.6f}"


def _forms(found: Sequence[Word]) -> List[str]:
    return [word.form for word in found]


def _unigrams_and_pairs(forms: Sequence[str]) -> List[str]:
    return list(forms) + [f"{a} {b}" for a, b in pairwise(forms)]


def _grams(form: str) -> List[str]:
    padded = f" {form} "
    low, high = _LETTERS
    return [
        padded[i : i + n] for n in range(low, min(high, len(padded)) + 1) for i in range(len(padded) - n + 1)
    ]


def _letter_grams(forms: Sequence[str]) -> List[str]:
    return [gram for form in forms for gram in _grams(form)]


class Features:
    """Turns words into numbers: words and pairs, letters inside words, phrases of the lexicon."""

    def __init__(self, min_words: int = 2, min_letters: int = 4) -> None:
        self.words = TfidfVectorizer(analyzer=_unigrams_and_pairs, sublinear_tf=True, min_df=min_words)
        self.letters = TfidfVectorizer(analyzer=_letter_grams, sublinear_tf=True, min_df=min_letters)
        self.book = PhraseBook(lexicon_entries())
        self.labels: List[str] = sorted({label for label, _ in lexicon_entries()})
        self._index = {label: i for i, label in enumerate(self.labels)}

    def fit(self, texts: Sequence[str]) -> Features:
        """Learn which words and letters there are."""
        forms = [_forms(words(text)) for text in texts]
        self.words.fit(forms)
        self.letters.fit(forms)
        return self

    def read(self, text: str) -> Reading:
        """Read one text."""
        found = words(text)
        hits = self.book.find(text, found)
        return Reading(text, found, hits, self._rows([_forms(found)], [hits]), self)

    def _rows(self, forms: List[List[str]], hits: List[List[Hit]]) -> csr_matrix:
        counts = np.zeros((len(forms), len(self.labels)))
        for row, found in enumerate(hits):
            for hit in found:
                counts[row, self._index[hit.label]] += 1
            # two hits say more than one, ten not much more than five; short texts and long ones alike
            counts[row] = np.log1p(counts[row])
            norm = np.linalg.norm(counts[row])
            if norm > 1:
                counts[row] /= norm
        return hstack(
            [self.words.transform(forms), self.letters.transform(forms), csr_matrix(counts)], format="csr"
        )

    def word_weights(self, reading: Reading, weights: np.ndarray) -> np.ndarray:
        """How much each word of the text speaks for a label, given the label's weights (one per number).

        The share of a word is what its own form, the pairs it stands in, its letters and the phrases it belongs to add.
        """
        row = reading.row
        value = dict(zip(row.indices.tolist(), (row.data * weights[row.indices]).tolist()))
        share = np.zeros(len(reading.words))
        forms = _forms(reading.words)
        vocabulary, letters = self.words.vocabulary_, self.letters.vocabulary_
        offset = len(vocabulary)
        places: Dict[int, List[int]] = {}
        for index, form in enumerate(forms):
            for key in (form, f"{form} {forms[index + 1]}" if index + 1 < len(forms) else None):
                feature = vocabulary.get(key)
                if feature is not None:
                    places.setdefault(feature, []).append(index)
                    if key is not form:
                        places[feature].append(index + 1)
            for gram in set(_grams(form)):
                feature = letters.get(gram)
                if feature is not None:
                    places.setdefault(offset + feature, []).append(index)
        for feature, indices in places.items():
            part = value.get(feature, 0.0) / len(indices)
            for index in indices:
                share[index] += part
        base = offset + len(letters)
        for hit in reading.hits:
            feature = base + self._index[hit.label]
            inside = [i for i, word in enumerate(reading.words) if hit.start <= word.start < hit.end]
            for index in inside:
                share[index] += value.get(feature, 0.0) / len(inside)
        return share


def example_metadata(message: Message) -> Dict[Text, Any]:
    """The metadata written beside a training text: needs, acute, lang, who, hand; {} when there is none."""
    return dict((message.get("metadata") or {}).get("example") or {})


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class TextReader(Learned):
    """Puts a `Reading` on every message for the components after it."""

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {"min_words": 2, "min_letters": 4}

    @classmethod
    def fingerprint_addon(cls, config: Dict[Text, Any]) -> Text:
        """The tables of forms and phrases are part of what is learned."""
        return _files_fingerprint()

    def train(self, training_data: TrainingData) -> Resource:
        texts = [example.get(TEXT) for example in training_data.training_examples if example.get(TEXT)]
        return self._keep(Features(self._config["min_words"], self._config["min_letters"]).fit(texts))

    def process(self, messages: List[Message]) -> List[Message]:
        features: Features | None = self._learned
        if features is None:
            raise RuntimeError("TextReader is asked to read before it was trained or loaded")
        for message in messages:
            message.set(READING, features.read(message.get(TEXT) or ""))
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        self.process([example for example in training_data.training_examples if example.get(TEXT)])
        return training_data


def _files_fingerprint() -> Text:
    import hashlib

    digest = hashlib.sha256()
    for file in sorted(DATA.glob("*.yml")):
        digest.update(file.read_bytes())
    return digest.hexdigest()
