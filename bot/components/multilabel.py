"""Several yes/no questions about one text: linear models, calibrated, with a threshold of their own each."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import List, Sequence, Set, Tuple

import numpy as np
from scipy.sparse import csr_matrix, vstack
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from bot.components.reading import Reading

_FOLDS = 3
_TRUSTED = 600  # examples from which a label's own threshold counts as much as the common one
_ROUGHLY = 5e-2  # the solver's tolerance for models that only thresholds and confidences are learned from
_FEWEST = 8  # a label with fewer examples is not learned


def _decide(matrix: csr_matrix, weights: np.ndarray, bias: float) -> np.ndarray:
    return np.asarray(matrix @ weights).ravel() + bias


@dataclass
class LinearLabels:
    """Learned labels.

    Attributes:
        labels: their ids; rows of the arrays below.
        weights: labels x features.
        bias: one per label.
        scale: (slope, intercept) per label that turn a decision value into a probability.
        thresholds: probability from which a label is given.
        pool: how much the sentence that speaks most for a label counts beside the whole text, 0 to 1.
    """

    labels: List[str]
    weights: np.ndarray
    bias: np.ndarray
    scale: np.ndarray
    thresholds: np.ndarray
    pool: float

    def given(self, probability: np.ndarray) -> np.ndarray:
        """The labels that a text is given, as indices, likeliest first."""
        over = np.flatnonzero(probability >= self.thresholds)
        return over[np.argsort(-probability[over])]

    def probabilities(self, reading: Reading) -> np.ndarray:
        """The calibrated probability of each label for one text."""
        decisions = linear(reading.row, self.weights, self.bias)[0]
        if self.pool:
            strongest = linear(reading.parts, self.weights, self.bias).max(axis=0)
            decisions = (1 - self.pool) * decisions + self.pool * strongest
        return 1.0 / (1.0 + np.exp(-(decisions * self.scale[:, 0] + self.scale[:, 1])))


def linear(matrix: csr_matrix, weights: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """Texts x labels: `matrix @ weights.T + bias`, row by row with the few numbers that a text has. (The product of a sparse
    row with the whole dense matrix copies the matrix first, which took a third of a turn.)"""
    rows = []
    for start, end in zip(matrix.indptr, matrix.indptr[1:]):
        rows.append(weights[:, matrix.indices[start:end]] @ matrix.data[start:end])
    return np.vstack(rows) + bias


def _fit(
    matrix: csr_matrix,
    target: np.ndarray,
    weight: np.ndarray,
    strength: float,
    balanced: bool,
    tolerance: float = 1e-2,
) -> Tuple[np.ndarray, float]:
    model = LinearSVC(
        C=strength,
        class_weight="balanced" if balanced else None,
        loss="squared_hinge",
        dual=True,
        max_iter=2000,
        tol=tolerance,
        random_state=0,
    )
    model.fit(matrix, target, sample_weight=weight)
    return model.coef_[0].astype(np.float32), float(model.intercept_[0])


def _folds(groups: Sequence[str], targets: Sequence[np.ndarray]) -> np.ndarray:
    """A fold per text. Whole writers are held out when there are enough of them, so that thresholds and confidences are learned
    on writers unseen by the model, as in life; else texts are held out by chance."""
    names = sorted(set(groups))
    writers = np.array([names.index(group) for group in groups])
    written = np.array(
        [[target[writers == w].sum() for target in targets] for w in range(len(names))], dtype=float
    )
    if len(names) < 2 * _FOLDS or written.sum(axis=1).max() > written.sum() / 2:
        return np.random.RandomState(0).permutation(len(groups)) % _FOLDS
    # the writers of most labels first, each to the fold that has least of what this writer writes
    share = written / np.maximum(written.sum(axis=0), 1)
    loads = np.zeros((_FOLDS, len(targets)))
    fold_of = np.zeros(len(names), dtype=int)
    for writer in np.argsort(-written.sum(axis=1), kind="stable"):
        fold_of[writer] = int(np.argmin(loads @ share[writer] + 1e-6 * loads.sum(axis=1)))
        loads[fold_of[writer]] += share[writer]
    return fold_of[writers]


_CANDIDATES = np.arange(0.06, 0.8, 0.02)


def best_threshold(
    probability: np.ndarray, target: np.ndarray, beta: float, weight: np.ndarray | None = None
) -> float:
    """The threshold with the best F-beta; texts x labels count together (micro), one label alone as well."""
    counts = np.ones(probability.shape) if weight is None else weight
    best, best_score = 0.4, -1.0
    for threshold in _CANDIDATES:
        given = probability >= threshold
        hits = float(counts[given & (target == 1)].sum())
        score = (1 + beta**2) * hits / max(counts[given].sum() + beta**2 * counts[target == 1].sum(), 1e-9)
        if score > best_score:
            best, best_score = float(threshold), score
    return best


@dataclass
class Texts:
    """What is learned from.

    Attributes:
        matrix: texts x features.
        parts: their sentences x features.
        part_of: the text of each sentence, in order.
        groups: the writer of each text.
        weight: how much each text counts.
        whole: whether it is a text such as people send, and not a clause out of one; confidences and thresholds go by these.
    """

    matrix: csr_matrix
    parts: csr_matrix
    part_of: np.ndarray
    groups: Sequence[str]
    weight: np.ndarray
    whole: np.ndarray

    @classmethod
    def of(
        cls,
        readings: Sequence[Reading],
        groups: Sequence[str],
        weight: Sequence[float] | None = None,
        whole: Sequence[bool] | None = None,
    ) -> Texts:
        """The numbers of texts that were read; each counts one, and all are whole, when nothing else is said."""
        parts = [reading.parts for reading in readings]
        return cls(
            # the solver works with double precision, and would copy the matrix for every label
            vstack([reading.row for reading in readings], format="csr").astype(np.float64),
            vstack(parts, format="csr"),
            np.repeat(np.arange(len(parts)), [part.shape[0] for part in parts]),
            groups,
            np.ones(len(readings)) if weight is None else np.asarray(weight, dtype=float),
            np.ones(len(readings), dtype=bool) if whole is None else np.asarray(whole, dtype=bool),
        )


def learn(
    texts: Texts,
    truth: Sequence[Set[str]],
    labels: Sequence[str],
    strength: float,
    balanced: bool = False,
    beta: float = 1.0,
    pool: float = 0.0,
) -> Tuple[LinearLabels, np.ndarray]:
    """Learn every label that has enough examples.

    Confidences and thresholds come from texts that the model did not see. A label's own threshold is pulled towards the one
    that is best for all labels together, the more the fewer examples it has.

    Args:
        texts: the texts.
        truth: the labels of each text.
        labels: all labels to learn.
        strength: the regularisation constant C.
        balanced: whether the texts with a label count as much, together, as those without.
        beta: how much finding counts against false alarms when the threshold is set (2: finding counts more).
        pool: how much the sentence that speaks most for a label counts beside the whole text.

    Returns:
        What was learned, and the probabilities (texts x labels) that models gave to texts they had not seen.
    """
    wanted = [label for label in labels if sum(label in given for given in truth) >= _FEWEST]
    targets = [np.array([1 if label in given else 0 for given in truth]) for label in wanted]
    folds = _folds(texts.groups, targets)
    sides = [
        (texts.matrix[folds != fold], texts.weight[folds != fold], folds != fold, folds == fold)
        for fold in range(_FOLDS)
    ]

    def learn_one(target: np.ndarray) -> _One:
        unseen = np.full(len(target), -1.0)
        for matrix, weight, inside, outside in sides:
            if target[inside].sum() == 0:
                continue
            weights, bias = _fit(matrix, target[inside], weight, strength, balanced, _ROUGHLY)
            unseen[outside] = _decide(texts.matrix, weights, bias)[outside]
            if pool:
                strongest = np.full(len(target), -np.inf)
                np.maximum.at(strongest, texts.part_of, _decide(texts.parts, weights, bias))
                unseen[outside] = (1 - pool) * unseen[outside] + pool * strongest[outside]
        judged = texts.whole if target[texts.whole].any() else np.ones(len(target), dtype=bool)
        platt = LogisticRegression(C=100.0).fit(unseen[judged].reshape(-1, 1), target[judged])
        slope, intercept = float(platt.coef_[0][0]), float(platt.intercept_[0])
        weights, bias = _fit(texts.matrix, target, texts.weight, strength, balanced)
        return _One(weights, bias, (slope, intercept), 1 / (1 + np.exp(-(slope * unseen + intercept))))

    # the solver lets go of the interpreter's lock, so threads use every core
    with ThreadPoolExecutor(os.cpu_count() or 1) as workers:
        learned = list(workers.map(learn_one, targets))
    unseen = np.column_stack([one.unseen for one in learned])
    together = best_threshold(unseen[texts.whole], np.column_stack(targets)[texts.whole], beta)
    thresholds = []
    for column, target in enumerate(targets):
        trust = min(0.5, float(target[texts.whole].sum()) / _TRUSTED)
        own = best_threshold(unseen[texts.whole, column], target[texts.whole], beta)
        thresholds.append(trust * own + (1 - trust) * together)
    model = LinearLabels(
        wanted,
        np.vstack([one.weights for one in learned]),
        np.array([one.bias for one in learned]),
        np.array([one.scale for one in learned]),
        np.array(thresholds),
        pool,
    )
    return model, unseen


@dataclass
class _One:
    weights: np.ndarray
    bias: float
    scale: Tuple[float, float]
    unseen: np.ndarray  # probability of the label for each text, by a model that did not see the text
