"""Five-fold over writers, the learning curve, and the texts of hands kept apart."""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, Dict, List, Sequence, Text, Tuple

from bot.evaluation.metrics import Pair, language, with_typos
from bot.evaluation.pipeline import Pipeline
from bot.evaluation.texts import ROOT, Labelled, training_texts

FOLDS = 5
NOISE = (0.0, 0.05, 0.10, 0.20)
_NOISY = 300  # texts of each fold that are read again with typos
_PORTAL = Path(".venv-portal") / "bin" / "python"


def folds_of(texts: Sequence[Labelled], folds: int = FOLDS) -> Dict[str, int]:
    """The fold of each writer: the greatest first, each to the fold that has least of what that writer writes
    (texts by written language, danger, intents), so that no fold takes all there is of one kind."""

    def kind(text: Labelled) -> str:
        aspect = "danger" if text.acute or text.kind == "harmless" else "told" if text.told else "intents"
        return f"{text.lang} {aspect}" if text.lang in ("nb", "nn") else "other"

    written: Dict[str, Dict[str, int]] = {}
    totals: Dict[str, int] = {}
    for text in texts:
        counts = written.setdefault(text.hand, {})
        counts[kind(text)] = counts.get(kind(text), 0) + 1
        totals[kind(text)] = totals.get(kind(text), 0) + 1
    loads: List[Dict[str, int]] = [{} for _ in range(folds)]
    chosen: Dict[str, int] = {}
    for hand in sorted(written, key=lambda hand: (-sum(written[hand].values()), hand)):

        def crowded(fold: int, hand: str = hand) -> float:
            return sum(loads[fold].get(k, 0) * n / totals[k] for k, n in written[hand].items())

        best = min(range(folds), key=lambda fold: (crowded(fold), sum(loads[fold].values())))
        chosen[hand] = best
        for name, number in written[hand].items():
            loads[best][name] = loads[best].get(name, 0) + number
    return chosen


def _one_fold(fold: int) -> Dict[Text, Any]:
    texts = training_texts()
    chosen = folds_of(texts)
    inside = [text for text in texts if chosen[text.hand] != fold]
    outside = [text for text in texts if chosen[text.hand] == fold]
    started = time.perf_counter()
    pipeline = Pipeline(inside)
    trained_s = time.perf_counter() - started
    pairs: List[Pair] = list(zip(outside, pipeline.read([text.text for text in outside])))
    told = [text for text in outside if text.needs and text.told]
    step = max(len(told) // _NOISY, 1)
    noisy = {
        str(share): list(zip(told[::step], pipeline.read([with_typos(t.text, share) for t in told[::step]])))
        for share in NOISE
    }
    detector = next(c for c in pipeline.components if hasattr(c, "tell"))
    return {
        "pairs": pairs,
        "noisy": noisy,
        "language": language(pairs, lambda sentence: detector.tell(sentence)["id"]),
        "train_s": trained_s,
    }


def _workers() -> ProcessPoolExecutor:
    # spawned, not forked: the libraries beneath have threads of their own
    return ProcessPoolExecutor(min(os.cpu_count() or 1, 2), mp_context=multiprocessing.get_context("spawn"))


def cross_validate() -> List[Dict[Text, Any]]:
    """`pairs`, `noisy`, `language` and `train_s` of each fold; a writer's texts are never on both sides."""
    with _workers() as pool:
        return list(pool.map(_one_fold, range(FOLDS)))


def _one_point(job: Tuple[int, int]) -> Tuple[int, int, List[Pair]]:
    fold, hands = job
    texts = training_texts()
    chosen = folds_of(texts)
    held_out = [text for text in texts if chosen[text.hand] == fold and text.told]
    # interleaved so that the first few hands write both languages
    order = sorted({hand for hand in chosen if chosen[hand] != fold}, key=lambda hand: hand[::-1])
    kept = set(order[:hands])
    inside = [text for text in texts if text.hand in kept]
    pipeline = Pipeline(inside, only=("TextReader", "NeedsClassifier"))
    pairs = list(zip(held_out, pipeline.read([text.text for text in held_out])))
    return len(inside), len(kept), pairs


def learning_curve(steps: Sequence[int], fold: int = 0) -> List[Tuple[int, int, List[Pair]]]:
    """(texts, writers, pairs) for a rising number of writers, read against the same writers that are held out."""
    with _workers() as pool:
        return list(pool.map(_one_point, [(fold, step) for step in steps]))


def matched(items: Sequence[Dict[Text, Any]]) -> List[List[str]]:
    """The services that the portal's real matcher gives for {"needs", "writer", "age", "acute"}.

    Raises:
        RuntimeError: when the portal's environment is not there or the matcher fails.
    """
    done = subprocess.run(  # noqa: S603 - our own program with fixed arguments
        [str(_PORTAL), "-m", "tools.services"],
        input="".join(json.dumps(item) + "\n" for item in items),
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"the matcher failed:\n{done.stderr}")
    print(f"matched {len(items)} texts", file=sys.stderr)
    return [json.loads(line) for line in done.stdout.splitlines()]
