"""Several yes/no questions about one text: linear models, calibrated, with a threshold of their own each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, List, Sequence, Set, Tuple

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

_FOLDS = 4
_TRUSTED = 600  # examples from which a label's own threshold counts as much as the common one
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
    """

    labels: List[str]
    weights: np.ndarray
    bias: np.ndarray
    scale: np.ndarray
    thresholds: np.ndarray

    def probabilities(self, matrix: csr_matrix) -> np.ndarray:
        """Texts x labels: the calibrated probability of each label."""
        decisions = linear(matrix, self.weights, self.bias)
        return 1.0 / (1.0 + np.exp(-(decisions * self.scale[:, 0] + self.scale[:, 1])))


def linear(matrix: csr_matrix, weights: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """Texts x labels: `matrix @ weights.T + bias`, row by row with the few numbers that a text has. (The product of a sparse
    row with the whole dense matrix copies the matrix first, which took a third of a turn.)"""
    rows = []
    for start, end in zip(matrix.indptr, matrix.indptr[1:]):
        rows.append(weights[:, matrix.indices[start:end]] @ matrix.data[start:end])
    return np.vstack(rows) + bias


def _fit(matrix: csr_matrix, target: np.ndarray, strength: float) -> Tuple[np.ndarray, float]:
    model = LinearSVC(
        C=strength,
        class_weight="balanced",
        loss="squared_hinge",
        dual=True,
        max_iter=2000,
        tol=1e-3,
        random_state=0,
    )
    model.fit(matrix, target)
    return model.coef_[0].astype(np.float32), float(model.intercept_[0])


def _folds(groups: Sequence[str], target: np.ndarray) -> np.ndarray:
    """A fold per text. Whole writers are held out when each label has been written by enough of them, so that thresholds and
    confidences are learned on writers unseen by the model, as in life; else texts are held out by chance."""
    positive: Dict[str, int] = {}
    for group, given in zip(groups, target):
        positive[group] = positive.get(group, 0) + int(given)
    # the writers of most texts of this label first, dealt out so that each fold holds about as many of them
    names = sorted(positive, key=lambda name: (-positive[name], name))
    largest = max(positive.values(), default=0)
    if largest <= target.sum() / 2 and len(names) >= _FOLDS:
        loads = [0] * _FOLDS
        fold_of: Dict[str, int] = {}
        for name in names:
            fold_of[name] = int(np.argmin(loads))
            loads[fold_of[name]] += positive[name]
        return np.array([fold_of[group] for group in groups])
    return np.random.RandomState(0).permutation(len(groups)) % _FOLDS


_CANDIDATES = np.arange(0.06, 0.8, 0.02)


def _best_threshold(probability: np.ndarray, target: np.ndarray, beta: float) -> float:
    """The threshold with the best F-beta; texts x labels count together (micro), one label alone as well."""
    best, best_score = 0.4, -1.0
    for threshold in _CANDIDATES:
        given = probability >= threshold
        hits = float((given & (target == 1)).sum())
        score = (1 + beta**2) * hits / max(given.sum() + beta**2 * target.sum(), 1e-9)
        if score > best_score:
            best, best_score = float(threshold), score
    return best


def learn(
    matrix: csr_matrix,
    truth: Sequence[Set[str]],
    labels: Sequence[str],
    groups: Sequence[str],
    strength: float,
    beta: float = 1.0,
) -> LinearLabels:
    """Learn every label that has enough examples.

    Confidences and thresholds come from texts that the model did not see. A label's own threshold is pulled towards the one
    that is best for all labels together, the more the fewer examples it has.

    Args:
        matrix: texts x features.
        truth: the labels of each text.
        labels: all labels to learn.
        groups: the writer of each text.
        strength: the regularisation constant C.
        beta: how much finding counts against false alarms when the threshold is set (2: finding counts more).
    """
    kept, weights, biases, scales, unseen_probability, targets = [], [], [], [], [], []
    for label in labels:
        target = np.array([1 if label in given else 0 for given in truth])
        if target.sum() < _FEWEST:
            continue
        folds = _folds(groups, target)
        unseen = np.zeros(len(target))
        for fold in range(_FOLDS):
            inside, outside = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
            if target[inside].sum() == 0:
                unseen[outside] = -1.0
                continue
            w, b = _fit(matrix[inside], target[inside], strength)
            unseen[outside] = _decide(matrix[outside], w, b)
        platt = LogisticRegression(C=100.0).fit(unseen.reshape(-1, 1), target)
        slope, intercept = float(platt.coef_[0][0]), float(platt.intercept_[0])
        w, b = _fit(matrix, target, strength)
        kept.append(label)
        weights.append(w)
        biases.append(b)
        scales.append((slope, intercept))
        unseen_probability.append(1 / (1 + np.exp(-(slope * unseen + intercept))))
        targets.append(target)
    together = _best_threshold(np.column_stack(unseen_probability), np.column_stack(targets), beta)
    thresholds = []
    for probability, target in zip(unseen_probability, targets):
        trust = min(0.5, float(target.sum()) / _TRUSTED)
        thresholds.append(trust * _best_threshold(probability, target, beta) + (1 - trust) * together)
    return LinearLabels(
        list(kept), np.vstack(weights), np.array(biases), np.array(scales), np.array(thresholds)
    )
