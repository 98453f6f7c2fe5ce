"""The report: `docs/evaluation.md`, its plots, and what got worse since the last run."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Dict, List, Sequence, Text, Tuple

import matplotlib.pyplot as plt

from bot.evaluation.texts import ROOT

plt.switch_backend("Agg")  # no screen is needed
plt.rcParams["svg.hashsalt"] = "evaluation"  # the same figures give the same file

DOCS = ROOT / "docs"
PLOTS = DOCS / "evaluation"
_INK, _SOFT = "#1a5a96", "#b9cfe4"
# A figure that falls by more than this since the last run is said to be worse (a share, 0 to 1).
_WORSE = 0.005

# measure -> (words, aim, whether a smaller figure is better)
AIMS: Tuple[Tuple[str, str, float, bool], ...] = (
    ("needs_micro", "needs, micro-F1", 0.80, False),
    ("needs_macro", "needs, macro-F1", 0.75, False),
    ("needs_weakest", "weakest need, F1", 0.55, False),
    ("nn_minus_nb", "Nynorsk and Bokmål apart, micro-F1", 0.02, True),
    ("dialect", "dialect, micro-F1", 0.72, False),
    ("services_5", "services recall at 5", 0.95, False),
    ("acute_recall", "acute recall", 0.98, False),
    ("acute_harmless", "acute false alarms on harmless texts", 0.03, True),
    ("out_of_scope", "out-of-scope given no need", 0.92, False),
    ("language_short", "nb/nn told apart, sentences of up to 8 words", 0.92, False),
    ("language_long", "nb/nn told apart, longer sentences", 0.98, False),
    ("typos_lost", "micro-F1 lost at 10 % typos", 0.05, True),
)


def _save(name: str) -> str:
    PLOTS.mkdir(parents=True, exist_ok=True)
    plt.tight_layout()
    plt.savefig(PLOTS / f"{name}.svg", metadata={"Date": None})
    plt.close()
    return f"evaluation/{name}.svg"


def plot_needs(per_need: Dict[Text, Dict[Text, float]]) -> str:
    """A bar per need, the weakest first; returns the path from docs/."""
    ordered = sorted(per_need.items(), key=lambda item: item[1]["f1"])
    plt.figure(figsize=(7, 9))
    plt.barh([name for name, _ in ordered], [figures["f1"] for _, figures in ordered], color=_INK)
    plt.xlim(0, 1)
    plt.xlabel("F1")
    return _save("needs")


def plot_calibration(bins: Sequence[Sequence[float]]) -> str:
    """Confidence against the share that is right."""
    plt.figure(figsize=(4.5, 4.5))
    plt.plot([0, 1], [0, 1], color=_SOFT)
    plt.plot([b[0] for b in bins], [b[1] for b in bins], "o-", color=_INK)
    plt.xlabel("confidence of a need that is shown")
    plt.ylabel("share that is right")
    return _save("calibration")


def plot_noise(noise: Dict[Text, float]) -> str:
    """Micro-F1 against the share of words with a typo."""
    plt.figure(figsize=(4.5, 3.5))
    plt.plot([float(share) * 100 for share in noise], list(noise.values()), "o-", color=_INK)
    plt.ylim(0, 1)
    plt.xlabel("% of words with a typo")
    plt.ylabel("needs, micro-F1")
    return _save("typos")


def plot_curve(points: Sequence[Tuple[int, int, float]]) -> str:
    """Micro-F1 on held-out writers against the number of texts learned from."""
    plt.figure(figsize=(5.5, 3.8))
    plt.plot([p[0] for p in points], [p[2] for p in points], "o-", color=_INK)
    for texts, hands, value in points:
        plt.annotate(
            f"{hands} writers", (texts, value), textcoords="offset points", xytext=(4, -12), fontsize=8
        )
    plt.ylim(0, 1)
    plt.xlabel("training texts")
    plt.ylabel("needs, micro-F1, unseen writers")
    return _save("learning-curve")


def _table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> List[str]:
    def cell(value: Any) -> str:
        return f"{value:.3f}" if isinstance(value, float) else str(value)

    return [
        "| " + " | ".join(head) + " |",
        "|" + "---|" * len(head),
        *("| " + " | ".join(cell(value) for value in row) + " |" for row in rows),
        "",
    ]


def aims(headline: Dict[Text, float | None]) -> List[List[Any]]:
    """Measure, figure, aim, whether it is reached; measures that could not be taken are left out."""
    rows = []
    for key, words, aim, small in AIMS:
        value = headline.get(key)
        if value is None:
            continue
        reached = abs(value) <= aim if small else value >= aim
        rows.append(
            [words, value, f"{'at most' if small else 'at least'} {aim:.2f}", "yes" if reached else "no"]
        )
    return rows


def worse(now: Dict[Text, float | None], before: Dict[Text, float | None]) -> List[str]:
    """A sentence for each headline figure that got worse since the last run."""
    lines = []
    for key, words, _, small in AIMS:
        new, old = now.get(key), before.get(key)
        if new is None or old is None:
            continue
        change = abs(old) - abs(new) if small else new - old
        if change < -_WORSE:
            lines.append(f"{words}: {old:.3f} → {new:.3f}")
    return lines


def section(title: str, intro: str, figures: Dict[Text, Any], before: Dict[Text, Any] | None) -> List[str]:
    """The lines of one set of texts."""
    lines = [f"## {title}", "", intro, ""]
    lines += _table(["measure", "figure", "aim", "reached"], aims(figures["headline"]))
    if before:
        got_worse = worse(figures["headline"], before["headline"])
        lines += [
            "Worse than the last run: " + "; ".join(got_worse) + "."
            if got_worse
            else "Nothing of this is worse than in the last run.",
            "",
        ]
    needs = figures["needs"]
    lines += [
        f"{needs['texts']} texts. Precision {needs['precision']:.3f}, recall {needs['recall']:.3f}; all needs right, "
        f"none too many: {needs['exact']:.1%} of the texts. Services recall at 3: {figures['services']['3']:.3f}. "
        f"Calibration error {figures['calibration']['error']:.3f}.",
        "",
    ]
    for name, key in (
        ("language", "by_language"),
        ("length", "by_length"),
        ("who writes", "by_who"),
        ("dialect", "by_dialect"),
        ("writer", "by_hand"),
    ):
        groups = figures.get(key) or {}
        if groups:
            lines += [f"### By {name}", ""]
            lines += _table(
                [name, "texts", "precision", "recall", "micro-F1", "all right"],
                [
                    [g, f["texts"], f["precision"], f["recall"], f["f1"], f["exact"]]
                    for g, f in groups.items()
                ],
            )
    danger = figures["danger"]
    lines += ["### Danger", ""]
    lines += _table(
        ["", "flagged", "texts"],
        [
            ["acute, all kinds", danger["recall"], danger["texts"]],
            *([f"acute: {kind}", f["recall"], f["texts"]] for kind, f in danger["kinds"].items()),
            [
                "harmless (figures of speech, games, news)",
                danger["false_alarms_harmless"],
                danger["harmless"],
            ],
            ["out of scope", danger["false_alarms_out_of_scope"], danger["out_of_scope"]],
            ["all other texts, serious ones among them", danger["flagged_other"], danger["other"]],
        ],
    )
    if figures.get("language"):
        lines += ["### Written language", ""]
        lines += _table(
            ["sentences", "told right", "number"],
            [[name, f["right"], f["sentences"]] for name, f in figures["language"].items()],
        )
    lines += ["### Each need", ""]
    lines += _table(
        ["need", "texts", "precision", "recall", "F1"],
        [[need, f["texts"], f["precision"], f["recall"], f["f1"]] for need, f in figures["per_need"].items()],
    )
    return lines


def write(sections: Sequence[List[str]], plots: Sequence[Tuple[str, str]], file: Path, command: str) -> None:
    """Write the report."""
    lines = [
        "# How well the assistant understands",
        "",
        f"Written by `{command}` on {datetime.now(timezone.utc).date().isoformat()}. Every figure is from texts of writers",
        "whose texts the model that reads them has never seen. A share is written from 0 to 1. A typo is one slip of the finger",
        "in a word of three letters or more.",
        "",
    ]
    for part in sections:
        lines += part
    for title, path in plots:
        lines += [f"## {title}", "", f"![{title}]({path})", ""]
    file.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")
