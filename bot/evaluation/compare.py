"""`make compare`: the ways of finding needs that were weighed against each other, on one split; writes docs/components.md.

Each row learns from the same third of the texts of most writers and is read on the texts of the others, with thresholds that it
learned itself. Run it when components or texts have changed much.
"""

from __future__ import annotations

import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Callable, Dict, List, Sequence, Text, Tuple
from unittest.mock import patch

import numpy as np
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.nlu.classifiers.diet_classifier import DIETClassifier
from rasa.nlu.featurizers.sparse_featurizer.count_vectors_featurizer import CountVectorsFeaturizer
from rasa.nlu.tokenizers.whitespace_tokenizer import WhitespaceTokenizer
from rasa.shared.nlu.constants import INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from bot.components import multilabel, reading
from bot.components.multilabel import LinearLabels, Texts, best_threshold, learn
from bot.components.needs import NeedsClassifier, need_ids
from bot.components.reading import Features, Reading
from bot.components.text import Word, words
from bot.evaluation.folds import folds_of
from bot.evaluation.metrics import Pair, per_need, score, with_typos
from bot.evaluation.report import DOCS, _table
from bot.evaluation.texts import Labelled, training_texts

_FOLD = 0
_SHARE = (
    3  # every third text: DIET would take hours with all of them, and the ways must be weighed on the same
)
_DIET_EPOCHS = 12
_VOWELS = re.compile(r"(?<=\w\w)[aeiouyæøå](?=\w)")


@dataclass
class Row:
    """One line of the table."""

    name: Text
    micro: float
    macro: float
    nb: float
    nn: float
    dialect: float
    train_s: float


def _row(name: Text, texts: Sequence[Labelled], given: Sequence[Sequence[Text]], train_s: float) -> Row:
    pairs: List[Pair] = [
        (text, {"needs": [{"id": need} for need in needs]}) for text, needs in zip(texts, given)
    ]
    needs = per_need(pairs)

    def part(keep: Callable[[Labelled], bool]) -> float:
        return score([pair for pair in pairs if keep(pair[0])])["f1"]

    return Row(
        name,
        score(pairs)["f1"],
        sum(figures["f1"] for figures in needs.values()) / len(needs),
        part(lambda text: text.lang == "nb" and not text.dialect),
        part(lambda text: text.lang == "nn" and not text.dialect),
        part(lambda text: text.dialect not in (None, "l2")),
        train_s,
    )


class Split:
    """Training texts of some writers, texts of others, read once.

    Args:
        inside: what is learned from.
        outside: what is read.
    """

    def __init__(self, inside: Sequence[Labelled], outside: Sequence[Labelled]) -> None:
        self.inside, self.outside = list(inside), [text for text in outside if text.told]
        self.features = Features().fit([text.text for text in self.inside])
        self.learned_from = self.features.read_many([text.text for text in self.inside])
        self.unseen = self.features.read_many([text.text for text in self.outside])

    def measure(self, name: Text, pool: float | None = None, columns: np.ndarray | None = None) -> Row:
        """Learn and read; `columns` keeps only some of the numbers, `pool` is the weight of the sentences."""
        settings = NeedsClassifier.get_default_config()
        pool = settings["pool"] if pool is None else pool
        hands = [text.hand for text in self.inside]
        texts = Texts.of(self.learned_from, hands, whole=[not text.hint for text in self.inside])
        if columns is not None:
            texts = replace(texts, matrix=_only(texts.matrix, columns), parts=_only(texts.parts, columns))
        started = time.perf_counter()
        model, _ = learn(
            texts,
            [set(text.needs) for text in self.inside],
            need_ids(),
            settings["C"],
            beta=settings["beta"],
            pool=pool,
        )
        took = time.perf_counter() - started
        return _row(name, self.outside, [_given(model, one) for one in self.unseen], took)

    def blocks(self) -> Dict[Text, np.ndarray]:
        """Which numbers are words and pairs, letters, and listed phrases."""
        words_end = len(self.features.words.vocabulary_)
        letters_end = words_end + len(self.features.letters.vocabulary_)
        every = np.arange(letters_end + len(self.features.labels))
        return {
            "words": every < words_end,
            "letters": (every >= words_end) & (every < letters_end),
            "lexicon": every >= letters_end,
        }


def _only(matrix: csr_matrix, columns: np.ndarray) -> csr_matrix:
    kept = matrix.copy()
    kept.data = kept.data * columns[kept.indices]
    return kept


def _given(model: LinearLabels, one: Reading) -> List[Text]:
    return [model.labels[i] for i in model.given(model.probabilities(one))]


def _logistic(
    matrix: csr_matrix, target: np.ndarray, weight: np.ndarray, strength: float, balanced: bool
) -> Tuple[np.ndarray, float]:
    model = LogisticRegression(C=10 * strength, solver="liblinear", tol=1e-2)
    model.fit(matrix, target, sample_weight=weight)
    return model.coef_[0].astype(np.float32), float(model.intercept_[0])


def _as_written(text: str) -> List[Word]:
    return [replace(word, form=text[word.start : word.end].lower()) for word in words(text)]


def _fewer_vowels(text: str) -> str:
    chance = random.Random(text)
    return _VOWELS.sub(lambda match: "" if chance.random() < 0.1 else match.group(), text)


def _translated(texts: Sequence[Labelled]) -> List[Labelled]:
    """The texts in the other written language, by Apertium; [] where it is not installed."""
    if not shutil.which("apertium"):
        return []
    found: List[Labelled] = []
    for lang, direction, other in (("nb", "nob-nno", "nn"), ("nn", "nno-nob", "nb")):
        kept = [text for text in texts if text.lang == lang and text.needs]
        lines = "\n".join(text.text.replace("\n", " ") for text in kept)
        done = subprocess.run(  # noqa: S603 - a fixed program, with texts of our own
            ["apertium", "-u", direction],  # noqa: S607 - found where it was looked for
            input=lines,
            capture_output=True,
            text=True,
            check=True,
        )
        found += [replace(text, text=line, lang=other) for text, line in zip(kept, done.stdout.split("\n"))]
    return found


def diet(inside: Sequence[Labelled], outside: Sequence[Labelled]) -> Row:
    """Rasa's own DIET with words and letters; it gives one label, so its ranking is read with the best common threshold on a part
    of the training texts that was kept back."""
    labelled = [text for text in inside if text.needs]
    chance = np.random.RandomState(0).permutation(len(labelled))
    kept_back = [labelled[i] for i in chance[: len(labelled) // 10]]
    # a text of several needs is an example of each
    data = TrainingData(
        [
            Message.build(text=labelled[i].text, intent=need)
            for i in chance[len(labelled) // 10 :]
            for need in sorted(labelled[i].needs)
        ]
    )
    folder = Path(tempfile.mkdtemp())

    def storage(name: str) -> Tuple[LocalModelStorage, Resource]:
        (folder / name).mkdir()
        return LocalModelStorage(folder / name), Resource(name)

    class Context:
        node_name, should_add_diagnostic_data, is_finetuning = "diet", False, False

    started = time.perf_counter()
    steps: List[Any] = [WhitespaceTokenizer(WhitespaceTokenizer.get_default_config())]
    for number, settings in enumerate(({}, {"analyzer": "char_wb", "min_ngram": 2, "max_ngram": 5})):
        config = {**CountVectorsFeaturizer.get_default_config(), **settings}
        featurizer = CountVectorsFeaturizer(config, *storage(f"count{number}"), Context())
        steps.append(featurizer)
    for step in steps:
        if hasattr(step, "train"):
            step.train(data)
        step.process_training_data(data)
    config = {
        **DIETClassifier.get_default_config(),
        "epochs": _DIET_EPOCHS,
        "entity_recognition": False,
        "ranking_length": 0,
        "constrain_similarities": True,
        "random_seed": 0,
    }
    classifier = DIETClassifier(config, *storage("diet"), Context())
    classifier.train(data)
    took = time.perf_counter() - started

    def read(texts: Sequence[Labelled]) -> np.ndarray:
        ids = need_ids()
        rows = np.zeros((len(texts), len(ids)))
        for row, text in enumerate(texts):
            message = Message({TEXT: text.text})
            for step in (*steps, classifier):
                step.process([message])
            for one in message.get(INTENT_RANKING_KEY) or ():
                if one["name"] in ids:
                    rows[row, ids.index(one["name"])] = one["confidence"]
        return rows

    truth = np.array([[need in text.needs for need in need_ids()] for text in kept_back]).astype(int)
    threshold = best_threshold(read(kept_back), truth, 1.0)
    ids = need_ids()
    given = [[ids[i] for i in np.flatnonzero(row >= threshold)] for row in read(outside)]
    return _row(f"DIET, {_DIET_EPOCHS} epochs, words and letters", outside, given, took)


def main() -> int:
    """Measure every way and write the table; 0."""
    texts = training_texts()
    chosen = folds_of(texts)
    inside = [text for text in texts if chosen[text.hand] != _FOLD][::_SHARE]
    outside = [text for text in texts if chosen[text.hand] == _FOLD and text.told and not text.hint]
    rows: List[Row] = []

    def add(row: Row) -> None:
        rows.append(row)
        print(f"{row.name}: {row.micro:.3f}", file=sys.stderr, flush=True)

    split = Split(inside, outside)
    blocks = split.blocks()
    add(split.measure("as used: words, letters, lexicon, linear SVM, whole text and sentences"))
    add(split.measure("whole text only", pool=0.0))
    add(split.measure("sentences only (the strongest)", pool=1.0))
    with patch.object(multilabel, "_fit", _logistic):
        add(split.measure("logistic regression instead of SVM"))
    add(split.measure("without lexicon", columns=~blocks["lexicon"]))
    add(split.measure("without letters", columns=~blocks["letters"]))
    add(split.measure("letters only", columns=blocks["letters"]))
    del split
    add(
        Split([text for text in inside if len(text.text.split()) > 16], outside).measure(
            "without texts of up to 16 words"
        )
    )
    with ExitStack() as stack:
        stack.enter_context(patch.object(reading, "words", _as_written))
        add(Split(inside, outside).measure("words as written: no common forms, no lemmas"))
    sample = inside[::2]
    slips = [replace(text, text=with_typos(text.text, 0.1)) for text in sample]
    vowels = [replace(text, text=_fewer_vowels(text.text)) for text in inside[1::2]]
    add(Split([*inside, *slips, *vowels], outside).measure("with augmentation: typos, dropped vowels"))
    turned = _translated(sample)
    if turned:
        add(
            Split([*inside, *turned], outside).measure(
                "with augmentation: half the texts in the other language (Apertium)"
            )
        )
    add(diet(inside, outside))
    lines = [
        "# Ways of finding needs, weighed against each other",
        "",
        f"Written by `make compare`. Learned from {len(inside)} texts of {len({t.hand for t in inside})} writers, read on",
        f"{len(outside)} texts of {len({t.hand for t in outside})} others; thresholds are learned, not chosen",
        "on what is read.",
        "Seconds are for learning the needs only, on two cores.",
        "",
        *_table(
            ["way", "micro-F1", "macro-F1", "nb", "nn", "dialect", "seconds"],
            [[r.name, r.micro, r.macro, r.nb, r.nn, r.dialect, str(round(r.train_s))] for r in rows],
        ),
    ]
    (DOCS / "components.md").write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
