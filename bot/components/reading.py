"""Read a text once for all classifiers: its words in one form, and its numbers (words, letters, listed phrases)."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Any, Dict, List, Sequence, Text, Tuple

import numpy as np
import yaml
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer

from bot.components.learned import Learned
from bot.components.phrases import Hit, PhraseBook
from bot.components.text import DATA, Word, words

READING = "reading"  # set on messages inside the pipeline, never put out
LEXICON_FILE = DATA / "lexicon.yml"
_LETTERS = (2, 5)
_LISTED = 0.6  # how much listed phrases count beside words and letters; measured, docs/components.md
_MOST_KNOWN = 100_000  # words whose letters are remembered
_SENTENCE_END = re.compile(r"[.!?\n]")


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
        features: what made the numbers.
    """

    text: str
    words: List[Word]
    hits: List[Hit]
    row: csr_matrix
    features: Features

    @cached_property
    def parts(self) -> csr_matrix:
        """The numbers of its sentences, one row each; of the whole text when it is no longer than one."""
        spans = sentences(self.text, self.words)
        if len(spans) <= 1:
            return self.row
        return self.features.rows(
            [[word.form for word in self.words[first:after]] for first, after in spans],
            [
                [
                    hit
                    for hit in self.hits
                    if hit.start >= self.words[first].start and hit.end <= self.words[after - 1].end
                ]
                for first, after in spans
            ],
        )

    def word_weights(self, weights: np.ndarray) -> np.ndarray:
        """How much each word speaks for a label (see `Features.word_weights`)."""
        return self.features.word_weights(self, weights)

    def fingerprint(self) -> Text:
        """What Rasa's training cache goes by."""
        return f"{self.text}-{self.row.nnz}-{self.row.sum():.6f}"


def _forms(found: Sequence[Word]) -> List[str]:
    return [word.form for word in found]


_FEWEST_WORDS, _MOST_WORDS = 4, 18  # of a sentence that is read by itself


def sentences(text: str, found: Sequence[Word]) -> List[Tuple[int, int]]:
    """The sentences of a text as (first word, word after the last).

    Very short ones are joined with the next. People often write without full stops: what is longer than a sentence is read in
    overlapping stretches.
    """
    ends = [
        index + 1
        for index, word in enumerate(found)
        if index + 1 == len(found) or _SENTENCE_END.search(text, word.start, found[index + 1].start)
    ]
    pieces: List[Tuple[int, int]] = []
    start = 0
    for end in ends:
        count = end - start
        if count > _MOST_WORDS:
            size = math.ceil(count / math.ceil(count / _MOST_WORDS))
            pieces += [(first, min(first + size, end)) for first in range(start, end, max(size // 2, 1))]
        elif count:
            pieces.append((start, end))
        start = end
    joined: List[Tuple[int, int]] = []
    for first, after in pieces:
        if joined and joined[-1][1] - joined[-1][0] < _FEWEST_WORDS and joined[-1][1] == first:
            joined[-1] = (joined[-1][0], after)
        else:
            joined.append((first, after))
    return joined


def _unigrams_and_pairs(forms: Sequence[str]) -> List[str]:
    return list(forms) + [f"{a} {b}" for a, b in pairwise(forms)]


@lru_cache(maxsize=100_000)
def _grams(form: str) -> Tuple[str, ...]:
    padded = f" {form} "
    low, high = _LETTERS
    return tuple(
        padded[i : i + n] for n in range(low, min(high, len(padded)) + 1) for i in range(len(padded) - n + 1)
    )


def _letter_grams(forms: Sequence[str]) -> List[str]:
    return [gram for form in forms for gram in _grams(form)]


_NOTHING = np.zeros(0, dtype=np.int32)


def _weighed(ids: np.ndarray, idf: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """(features, values) of one text: 1 + log(count), times rarity, length one; what scikit-learn's TfidfVectorizer gives."""
    if not len(ids):
        return _NOTHING, np.zeros(0)
    found, counts = np.unique(ids, return_counts=True)
    values = (1.0 + np.log(counts)) * idf[found]
    return found, values / np.sqrt(values @ values)


class Features:
    """Turns words into numbers: words and pairs, letters inside words, phrases of the lexicon."""

    def __init__(self, min_words: int = 2, min_letters: int = 4) -> None:
        self.words = TfidfVectorizer(analyzer=_unigrams_and_pairs, sublinear_tf=True, min_df=min_words)
        self.letters = TfidfVectorizer(analyzer=_letter_grams, sublinear_tf=True, min_df=min_letters)
        self.book = PhraseBook(lexicon_entries())
        self.labels: List[str] = sorted({label for label, _ in lexicon_entries()})
        self._index = {label: i for i, label in enumerate(self.labels)}
        self._letters_known: Dict[str, np.ndarray] = {}

    def fit(self, texts: Sequence[str]) -> Features:
        """Learn which words and letters there are."""
        forms = [_forms(words(text)) for text in texts]
        self.words.fit(forms)
        self.letters.fit(forms)
        # scikit-learn works these out anew each time they are asked for
        self._words_idf, self._letters_idf = self.words.idf_, self.letters.idf_
        return self

    def read(self, text: str) -> Reading:
        """Read one text."""
        return self.read_many([text])[0]

    def read_many(self, texts: Sequence[str]) -> List[Reading]:
        """Read several texts at once, which takes half the time that one by one takes."""
        if not texts:
            return []
        found = [words(text) for text in texts]
        hits = [self.book.find(text, its_words) for text, its_words in zip(texts, found)]
        rows = self.rows([_forms(its_words) for its_words in found], hits)
        return [Reading(text, found[i], hits[i], rows[i], self) for i, text in enumerate(texts)]

    def rows(self, forms: Sequence[Sequence[str]], hits: Sequence[Sequence[Hit]]) -> csr_matrix:
        """The numbers of texts (or parts of them), one row each, from their words and the phrases found in them."""
        vocabulary = self.words.vocabulary_
        offset, base = len(vocabulary), len(vocabulary) + len(self.letters.vocabulary_)
        indices: List[np.ndarray] = []
        values: List[np.ndarray] = []
        ends = [0]
        for its_forms, its_hits in zip(forms, hits):
            known = [vocabulary[term] for term in _unigrams_and_pairs(its_forms) if term in vocabulary]
            words_at, words_value = _weighed(np.array(known, dtype=np.int32), self._words_idf)
            letters = [self._letters_of(form) for form in its_forms]
            letters_at, letters_value = _weighed(
                np.concatenate(letters) if letters else _NOTHING, self._letters_idf
            )
            listed, counts = np.unique([self._index[hit.label] for hit in its_hits], return_counts=True)
            # two hits say more than one, ten not much more than five; short texts and long ones alike
            weight = np.log1p(counts)
            weight = _LISTED * weight / max(np.sqrt(weight @ weight), 1.0)
            indices += [words_at, letters_at + offset, listed.astype(np.int32) + base]
            values += [words_value, letters_value, weight]
            ends.append(ends[-1] + len(words_at) + len(letters_at) + len(listed))
        return csr_matrix(
            (
                np.concatenate(values).astype(np.float32) if values else np.zeros(0, dtype=np.float32),
                np.concatenate(indices) if indices else _NOTHING,
                ends,
            ),
            shape=(len(forms), base + len(self.labels)),
        )

    def _letters_of(self, form: str) -> np.ndarray:
        known = self._letters_known.get(form)
        if known is None:
            vocabulary = self.letters.vocabulary_
            known = np.array(
                [vocabulary[gram] for gram in _grams(form) if gram in vocabulary], dtype=np.int32
            )
            if len(self._letters_known) < _MOST_KNOWN:
                self._letters_known[form] = known
        return known

    def __getstate__(self) -> Dict[str, Any]:
        # what was looked up is not part of what was learned
        return {**self.__dict__, "_letters_known": {}}

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
        return self._keep(self._features().fit(texts))

    def _features(self) -> Features:
        return Features(self._config["min_words"], self._config["min_letters"])

    def process(self, messages: List[Message]) -> List[Message]:
        features: Features | None = self._learned
        if features is None:
            raise RuntimeError("TextReader is asked to read before it was trained or loaded")
        for message, reading in zip(messages, features.read_many([m.get(TEXT) or "" for m in messages])):
            message.set(READING, reading)
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
