"""`make evaluate [DATA=texts.jsonl] [QUICK=1]`: measure, write docs/evaluation.md, say what got worse.

Without DATA: five folds over the writers of the training texts, the learning curve, and the texts in tests/evaluation/ read by
the trained model. With DATA only that file is read by the trained model and the figures are printed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import sys
import time
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Callable, Dict, List, Sequence, Text

from bot.evaluation import report
from bot.evaluation.folds import NOISE, cross_validate, learning_curve, matched
from bot.evaluation.metrics import (
    Pair,
    calibration,
    danger,
    language,
    length,
    no_need,
    per_need,
    score,
    services,
    split,
    with_typos,
)
from bot.evaluation.texts import OUT_OF_SCOPE, ROOT, BrokenText, Labelled, read_file

MODEL = ROOT / "var" / "model" / "assistant.tar.gz"
OWN = ROOT / "tests" / "evaluation"
FIGURES = report.PLOTS / "figures.json"
_CURVE = (2, 4, 8, 12, 18, 40)

Read = Callable[[Sequence[str]], List[Dict[Text, Any]]]


def trained_model() -> Read:
    """The reading of the model that the portal uses, through Rasa itself."""
    import structlog
    from rasa.core.agent import Agent

    # Rasa's debug lines hold every text
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    agent = Agent.load(str(MODEL))

    def read(texts: Sequence[str]) -> List[Dict[Text, Any]]:
        async def every() -> List[Dict[Text, Any]]:
            return [await agent.parse_message(text) for text in texts]

        return [
            {
                **{key: parsed.get(key) for key in ("needs", "acute", "language")},
                "intent": parsed["intent"]["name"],
            }
            for parsed in asyncio.run(every())
        ]

    return read


def _services(pairs: Sequence[Pair]) -> Dict[Text, float]:
    def item(gold: Labelled, needs: Sequence[Any], kinds: Sequence[str]) -> Dict[Text, Any]:
        return {"needs": list(needs), "writer": gold.who, "age": gold.age, "acute": list(kinds)}

    told = [(gold, result) for gold, result in pairs if gold.needs]
    expected = matched(
        [
            item(gold, [(need, 1.0) for need in sorted(gold.needs)], sorted(gold.acute - {"any"}))
            for gold, _ in told
        ]
    )
    suggested = matched(
        [
            item(gold, [(n["id"], n["confidence"]) for n in result["needs"]], result["acute"]["kinds"])
            for gold, result in told
        ]
    )
    wanted = [list(gold.services) or first[:3] for (gold, _), first in zip(told, expected)]
    return {str(first): services(wanted, suggested, first) for first in (3, 5)}


def figures(
    pairs: Sequence[Pair],
    languages: Dict[Text, Dict[Text, float]],
    noise: Dict[Text, float],
    by_hand: bool = True,
) -> Dict[Text, Any]:
    """Everything that is measured of one set of texts; the headline first."""
    told = [pair for pair in pairs if pair[0].told and pair[0].kind != OUT_OF_SCOPE]
    needs = per_need(told)
    by_language = split([pair for pair in told if not pair[0].dialect], lambda gold: gold.lang)
    dialects = split(told, lambda gold: gold.dialect)
    # learners of the language do not write dialect
    spoken = score([pair for pair in told if pair[0].dialect not in (None, "l2")])
    beside = no_need(
        [pair for pair in pairs if pair[0].kind == OUT_OF_SCOPE]
        or [pair for pair in pairs if pair[0].intent is None]
    )
    result: Dict[Text, Any] = {
        "needs": score(told),
        "danger": danger(pairs),
        "services": _services(told),
        "calibration": calibration(told),
        "noise": noise,
        "language": languages,
        "by_language": by_language,
        "by_length": split(told, length),
        "by_who": split(told, lambda gold: gold.who),
        "by_dialect": dialects,
        "by_hand": split(told, lambda gold: gold.hand) if by_hand else {},
        "per_need": needs,
    }
    told_right = {name: value["right"] for name, value in languages.items()}
    both = {"nb", "nn"} <= set(by_language)
    result["headline"] = {
        "needs_micro": result["needs"]["f1"],
        "needs_macro": sum(f["f1"] for f in needs.values()) / len(needs) if needs else None,
        "needs_weakest": min((f["f1"] for f in needs.values()), default=None),
        "nn_minus_nb": by_language["nn"]["f1"] - by_language["nb"]["f1"] if both else None,
        "dialect": spoken["f1"] if spoken["texts"] else None,
        "services_5": result["services"]["5"] if needs else None,
        "acute_recall": result["danger"]["recall"] if result["danger"]["texts"] else None,
        "acute_harmless": result["danger"]["false_alarms_harmless"] if result["danger"]["harmless"] else None,
        "out_of_scope": beside["right"] if beside["texts"] else None,
        "language_short": told_right.get("up to 8 words"),
        "language_long": told_right.get("more"),
        "typos_lost": noise["0.0"] - noise["0.1"] if noise else None,
    }
    return result


def of_file(file: Path, read: Read) -> Dict[Text, Any]:
    """The figures of a labelled file, read by the trained model."""
    texts = read_file(file)
    return of_texts(texts, read)


def of_texts(texts: Sequence[Labelled], read: Read) -> Dict[Text, Any]:
    """The figures of labelled texts, read by the trained model."""
    plain = [text.text for text in texts]
    pairs: List[Pair] = list(zip(texts, read(plain)))
    told = [text for text in texts if text.needs]
    noise = {
        str(share): score(list(zip(told, read([with_typos(text.text, share) for text in told]))))["f1"]
        for share in NOISE
    }
    return figures(pairs, language(pairs, lambda sentence: read([sentence])[0]["language"]["id"]), noise)


def _merged(parts: Sequence[Dict[Text, Dict[Text, float]]]) -> Dict[Text, Dict[Text, float]]:
    merged: Dict[str, Dict[str, float]] = {}
    for part in parts:
        for name, value in part.items():
            old = merged.setdefault(name, {"right": 0.0, "sentences": 0})
            total = old["sentences"] + value["sentences"]
            old["right"] = (old["right"] * old["sentences"] + value["right"] * value["sentences"]) / total
            old["sentences"] = total
    return merged


def of_folds() -> Dict[Text, Any]:
    """The figures of the five folds over the writers of the training texts."""
    folds = cross_validate()
    pairs = [pair for fold in folds for pair in fold["pairs"]]
    noise = {
        str(share): score([pair for fold in folds for pair in fold["noisy"][str(share)]])["f1"]
        for share in NOISE
    }
    return figures(pairs, _merged([fold["language"] for fold in folds]), noise)


def _times(read: Read) -> Dict[Text, float]:
    """Milliseconds to read a text of 40 and one of 400 words, the middle of 50 readings."""
    words = [
        "jeg",
        "sover",
        "dårlig",
        "og",
        "orker",
        "ikke",
        "gå",
        "på",
        "skolen",
        "fordi",
        "de",
        "andre",
        "ler",
        "av",
        "meg",
        "når",
        "jeg",
        "svarer",
    ]
    taken = {}
    for count in (40, 400):
        text = " ".join(words[i % len(words)] for i in range(count))
        read([text])
        measured = []
        for _ in range(50):
            started = time.perf_counter()
            read([text])
            measured.append((time.perf_counter() - started) * 1000)
        taken[str(count)] = sorted(measured)[25]
    return taken


def main(arguments: Sequence[str] | None = None) -> int:
    """0; 1 when a file cannot be read."""
    parser = argparse.ArgumentParser(prog="make evaluate")
    parser.add_argument(
        "data", nargs="?", help="a labelled JSON-lines file: only that is measured, and printed"
    )
    parser.add_argument("--no-curve", action="store_true", help="leave the learning curve as it was")
    parser.add_argument(
        "--no-folds",
        action="store_true",
        help="only the examination texts and the times: folds and curve stay as the last whole run measured them",
    )
    options = parser.parse_args(arguments)
    before = json.loads(FIGURES.read_text(encoding="utf-8")) if FIGURES.is_file() else {}
    read = trained_model()
    if options.data:
        try:
            measured = of_file(Path(options.data), read)
        except (BrokenText, OSError, UnicodeDecodeError) as error:
            print(error, file=sys.stderr)
            return 1
        print("\n".join(report.section(Path(options.data).name, "", measured, None)))
        return 0
    now: Dict[str, Any] = {"times_ms": _times(read)}
    kept = options.no_folds and "folds" in before
    if kept:
        now["folds"], now["folds_on"] = before["folds"], before["folds_on"]
    else:
        now["folds"], now["folds_on"] = of_folds(), datetime.now(timezone.utc).date().isoformat()
    own = [text for file in sorted(OWN.glob("*.jsonl")) for text in read_file(file)]
    now["own"] = of_texts(own, read)
    if (options.no_curve or kept) and "curve" in before:
        now["curve"] = before["curve"]
    else:
        now["curve"] = [
            (texts, hands, score([p for p in pairs if p[0].needs])["f1"])
            for texts, hands, pairs in learning_curve(_CURVE)
        ]
    sections = [
        report.section(
            "Texts of hands that write only for this examination",
            f"`tests/evaluation/`: {len(own)} texts by writers who never saw the training texts, read by the model in use.",
            now["own"],
            before.get("own"),
        ),
        report.section(
            "Five folds over the writers of the training texts",
            f"Measured on {now['folds_on']}. A writer's texts are never on both sides: each is read by a model trained without "
            "that writer.",
            now["folds"],
            None if kept else before.get("folds"),
        ),
        [
            "## Time",
            "",
            f"Reading a text of 40 words takes {now['times_ms']['40']:.1f} ms, one of 400 words {now['times_ms']['400']:.1f} ms "
            "(middle of 50, through Rasa, one process).",
            "",
        ],
    ]
    plots = [
        ("F1 of each need, examination texts", report.plot_needs(now["own"]["per_need"])),
        (
            "Can a confidence be believed? (five folds)",
            report.plot_calibration(now["folds"]["calibration"]["bins"]),
        ),
        ("Typos (five folds)", report.plot_noise(now["folds"]["noise"])),
        ("More writers, better understanding", report.plot_curve(now["curve"])),
    ]
    report.write(sections, plots, report.DOCS / "evaluation.md", "make evaluate")
    FIGURES.write_text(json.dumps(now, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    for name in ("own",) if kept else ("own", "folds"):
        print(f"{name}:")
        for words, value, aim, reached in report.aims(now[name]["headline"]):
            print(f"  {words}: {value:.3f} ({aim}: {reached})")
        if before.get(name):
            print(
                "  worse than the last run: "
                + ("; ".join(report.worse(now[name]["headline"], before[name]["headline"])) or "nothing")
            )
    print(f"written to {(report.DOCS / 'evaluation.md').relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
