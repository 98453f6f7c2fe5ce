"""The evaluation: its arithmetic on cases worked out by hand, and its real pipeline on real texts."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from bot.evaluation import report
from bot.evaluation.__main__ import OWN
from bot.evaluation.folds import folds_of
from bot.evaluation.metrics import (
    Pair,
    calibration,
    danger,
    language,
    no_need,
    per_need,
    score,
    services,
    split,
    with_typos,
)
from bot.evaluation.pipeline import Pipeline
from bot.evaluation.texts import BrokenText, Labelled, read_file, training_texts


@lru_cache(maxsize=1)
def trained_on() -> list[Labelled]:
    return training_texts()


def pair(
    needs: str, found: str, *, acute: str = "", flag: bool = False, kind: str | None = None, lang: str = "nb"
) -> Pair:
    gold = Labelled(
        "tekst",
        "h",
        lang,
        frozenset(needs.split()),
        frozenset(acute.split()),
        None,
        kind or ("acute" if acute else None),
    )
    return gold, {"needs": [{"id": n, "confidence": 0.75} for n in found.split()], "acute": {"flag": flag}}


def test_precision_recall_and_exactness_count_all_needs_together() -> None:
    figures = score([pair("sleep anxiety", "sleep"), pair("grief", "grief low_mood"), pair("money", "money")])
    assert figures == {"precision": 3 / 4, "recall": 3 / 4, "f1": 3 / 4, "exact": 1 / 3, "texts": 3}
    needs = per_need([pair("sleep anxiety", "sleep"), pair("sleep", "anxiety")])
    assert needs["sleep"] == {"precision": 1.0, "recall": 0.5, "f1": 2 / 3, "texts": 2}
    assert needs["anxiety"]["f1"] == 0.0


def test_groups_leave_out_what_has_no_group() -> None:
    groups = split(
        [pair("sleep", "sleep"), pair("sleep", "", lang="nn")],
        lambda gold: gold.lang if gold.lang == "nn" else None,
    )
    assert groups == {"nn": {"precision": 0.0, "recall": 0.0, "f1": 0.0, "exact": 0.0, "texts": 1}}


def test_false_alarms_on_harmless_texts_are_told_apart_from_serious_ones() -> None:
    figures = danger(
        [
            pair("", "", acute="suicide", flag=True),
            pair("", "", acute="violence suicide"),
            pair("", "", kind="harmless", flag=True),
            pair("", "", kind="harmless"),
            pair("sleep", "sleep", flag=True),
            pair("", "", kind="out_of_scope"),
        ]
    )
    assert figures["recall"] == 0.5
    assert figures["kinds"] == {
        "suicide": {"recall": 0.5, "texts": 2},
        "violence": {"recall": 0.0, "texts": 1},
    }
    assert (figures["false_alarms_harmless"], figures["flagged_other"]) == (0.5, 1.0)
    assert figures["false_alarms_out_of_scope"] == 0.0


def test_out_of_scope_counts_only_texts_without_need_and_danger() -> None:
    assert no_need([pair("", ""), pair("", "sleep"), pair("sleep", ""), pair("", "", acute="abuse")]) == {
        "texts": 2,
        "right": 0.5,
    }


def test_calibration_error_is_the_distance_between_confidence_and_truth() -> None:
    figures = calibration([pair("sleep", "sleep"), pair("sleep", "grief")])
    assert figures["bins"] == [(0.75, 0.5, 2)]
    assert figures["error"] == 0.25


def test_language_is_counted_by_length_and_apart_for_dialect() -> None:
    gold = Labelled(
        "Jeg sover ikke godt. Eg veit ikkje kva eg skal gjere med alt dette lenger, altså", "h", "nb"
    )
    spoken = Labelled("æ får itj sove", "h", "nb", dialect="trondelag")
    figures = language([(gold, {}), (spoken, {})], lambda sentence: "nn" if "ikkje" in sentence else "nb")
    assert figures["up to 8 words"] == {"right": 1.0, "sentences": 1}
    assert figures["more"] == {"right": 0.0, "sentences": 1}
    assert figures["dialect, up to 8 words"]["sentences"] == 1


def test_typos_change_about_the_asked_share_of_words_and_are_the_same_each_time() -> None:
    text = " ".join(["mobbing", "skolen", "venninne", "hjemme"] * 250)
    noisy = with_typos(text, 0.1)
    changed = sum(a != b for a, b in zip(text.split(), noisy.split(), strict=True))
    assert len(noisy.split()) == 1000
    assert 60 <= changed <= 130  # a swap of two equal letters changes nothing
    assert noisy == with_typos(text, 0.1)
    assert with_typos(text, 0.0) == text


def test_services_recall_is_the_share_of_what_was_expected() -> None:
    assert services([["a", "b"], ["c"], []], [["a", "x", "y", "b"], ["c"], ["z"]], 3) == 0.75
    assert services([["a", "b"]], [["a", "x", "y", "b"]], 5) == 1.0


def test_no_writer_is_on_both_sides_and_each_side_has_both_languages() -> None:
    texts = trained_on()
    chosen = folds_of(texts)
    assert set(chosen) == {text.hand for text in texts}
    for fold in range(5):
        inside = {text.lang for text in texts if chosen[text.hand] != fold and text.needs}
        outside = {text.lang for text in texts if chosen[text.hand] == fold and text.needs}
        assert {"nb", "nn"} <= inside & outside


def test_a_labelled_file_is_read_and_a_broken_line_named(tmp_path: Path) -> None:
    file = tmp_path / "texts.jsonl"
    line = {
        "text": "æ får itj sove",
        "lang": "nb-dialect",
        "writer": "youth",
        "needs": ["sleep"],
        "acute": False,
    }
    file.write_text(json.dumps(line) + "\n\n", encoding="utf-8")
    (read,) = read_file(file)
    assert (read.lang, read.dialect, read.needs, read.acute, read.who) == (
        "nb",
        "dialect",
        {"sleep"},
        frozenset(),
        "youth",
    )
    file.write_text(json.dumps(line) + "\n" + json.dumps({**line, "needs": ["nothing"]}), encoding="utf-8")
    with pytest.raises(BrokenText, match="line 2"):
        read_file(file)


def test_the_examination_texts_are_labelled_and_in_no_training_file() -> None:
    def plain(text: str) -> str:
        return re.sub(r"\W+", " ", text.lower()).strip()

    own = [text for file in sorted(OWN.glob("*.jsonl")) for text in read_file(file)]
    assert {text.lang for text in own} == {"nb", "nn"}
    trained = {plain(text.text) for text in trained_on()}
    hands = {text.hand for text in trained_on()}
    assert [text.text for text in own if plain(text.text) in trained and len(text.text) > 25] == []
    assert {text.hand for text in own} & hands == set()
    for language_ in ("nb", "nn"):
        told: dict[str, int] = {}
        for text in own:
            if text.lang == language_:
                for need in text.needs:
                    told[need] = told.get(need, 0) + 1
        assert min(told.values()) >= 3
        assert len(told) == 45


def test_the_real_components_learn_and_read_outside_a_server() -> None:
    wanted = {"sleep", "bullying"}
    texts = [
        text for text in trained_on() if text.needs and text.needs <= wanted and text.lang in ("nb", "nn")
    ]
    kept = [text for text in trained_on() if not text.needs and text.lang in ("nb", "nn", "en", "pl")][::12]
    pipeline = Pipeline([*texts, *kept], only=("TextReader", "NeedsClassifier"))
    first, second = pipeline.read(
        ["jeg ligger våken hele natta og får ikke sove", "dei held meg utanfor og mobbar meg"]
    )
    assert [need["id"] for need in first["needs"]] == ["sleep"]
    assert [need["id"] for need in second["needs"]] == ["bullying"]


def test_the_report_says_what_is_reached_and_what_got_worse() -> None:
    rows = {
        row[0]: row[3] for row in report.aims({"needs_micro": 0.81, "nn_minus_nb": -0.03, "typos_lost": 0.04})
    }
    assert rows == {
        "needs, micro-F1": "yes",
        "Nynorsk and Bokmål apart, micro-F1": "no",
        "micro-F1 lost at 10 % typos": "yes",
    }
    before: dict[str, Any] = {"needs_micro": 0.8, "nn_minus_nb": 0.01, "acute_recall": 0.9}
    now: dict[str, Any] = {"needs_micro": 0.78, "nn_minus_nb": -0.03, "acute_recall": 0.95}
    assert report.worse(now, before) == [
        "needs, micro-F1: 0.800 → 0.780",
        "Nynorsk and Bokmål apart, micro-F1: 0.010 → -0.030",
    ]
