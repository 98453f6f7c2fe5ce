"""The training data and the words, guarded."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.components.acute import KINDS
from bot.components.language import dictionary_words
from bot.components.needs import need_ids
from bot.replies import LANGUAGES, WRITTEN, Words

DATA = Path("bot/data/nlu")
DOMAIN = Path("bot/domain")
FEWEST_PER_NEED = 100
FEWEST_PER_DANGER = 60
LONG = 25  # words


@lru_cache(maxsize=1)
def examples() -> list[tuple[Path, str, str, dict[str, Any]]]:
    """(file, intent, text, metadata) of all training texts."""
    found = []
    for file in sorted(DATA.rglob("*.yml")):
        for block in yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["nlu"]:
            for example in block["examples"]:
                found.append((file, block["intent"], example["text"], example["metadata"]))
    return found


def intents() -> set[str]:
    domain = yaml.safe_load((DOMAIN / "intents.yml").read_text(encoding="utf-8"))
    return {next(iter(intent)) for intent in domain["intents"]}


def test_labels_exist() -> None:
    needs, known = set(need_ids()), intents()
    for file, intent, _, metadata in examples():
        assert intent in known, file
        assert set(metadata.get("needs", ())) <= needs, file
        assert set(metadata.get("acute", ())) <= set(KINDS), file
        assert metadata["hand"], file


def test_a_file_holds_its_own_language() -> None:
    for file, _, _, metadata in examples():
        folder = file.relative_to(DATA).parts[0]
        assert metadata["lang"] == (folder if folder != "other" else file.stem), file


def told(language: str) -> list[tuple[str, dict[str, Any]]]:
    """(text, metadata) of whole texts with a need: no hints, and nothing that only sounds like danger."""
    return [
        (text, data)
        for _, _, text, data in examples()
        if data["lang"] == language and data.get("needs") and not (data.get("hint") or data.get("harmless"))
    ]


@pytest.mark.parametrize("language", WRITTEN)
def test_every_need_has_texts_and_hints_in_both_languages(language: str) -> None:
    texts = Counter(need for _, data in told(language) for need in data["needs"])
    hints = Counter(
        need
        for _, _, _, data in examples()
        if data["lang"] == language and data.get("hint")
        for need in data.get("needs", ())
    )
    for counts in (texts, hints):
        assert {need: counts[need] for need in need_ids() if counts[need] < FEWEST_PER_NEED} == {}


@pytest.mark.parametrize("language", WRITTEN)
def test_texts_are_as_long_mixed_and_spoken_as_people_write_them(language: str) -> None:
    texts = told(language)
    assert len(texts) >= 4500
    assert sum(len(text.split()) > LONG for text, _ in texts) >= len(texts) / 2
    assert sum(len(data["needs"]) > 1 for _, data in texts) >= len(texts) / 3
    assert sum(data.get("dialect") not in (None, "l2") for _, data in texts) >= len(texts) / 6
    words = label_words()
    silent = [
        not any(stem in text.lower() for stem in words[need])
        for text, data in texts
        for need in data["needs"]
    ]
    assert sum(silent) >= len(silent) / 3


def label_words() -> dict[str, list[str]]:
    """The beginnings of the words in each need's own name, in both languages."""
    groups = yaml.safe_load(Path("services_catalog/needs.yml").read_text(encoding="utf-8"))
    return {
        need: [word[:5].lower() for word in re.findall(r"\w{5,}", f"{entry['nb']} {entry['nn']}")]
        for group in groups.values()
        for need, entry in group.items()
    }


@pytest.mark.parametrize("language", WRITTEN)
def test_no_hand_writes_most_of_a_need(language: str) -> None:
    hands: dict[str, Counter[str]] = {}
    for _, data in told(language):
        for need in data["needs"]:
            hands.setdefault(need, Counter())[data["hand"]] += 1
    for need, counts in hands.items():
        assert len(counts) >= 5, need
        assert max(counts.values()) <= counts.total() / 2, (need, counts)


@pytest.mark.parametrize("language", WRITTEN)
def test_every_kind_of_danger_has_texts_in_both_languages(language: str) -> None:
    counts = Counter(
        kind for _, _, _, data in examples() if data["lang"] == language for kind in data.get("acute", ())
    )
    assert all(counts[kind] >= FEWEST_PER_DANGER for kind in KINDS), counts


def test_no_text_stands_twice() -> None:
    plain = Counter((intent, re.sub(r"\W+", " ", text.lower()).strip()) for _, intent, text, _ in examples())
    assert [text for text, count in plain.items() if count > 1 and len(text[1]) > 12] == []


def test_hardly_any_text_is_nearly_another() -> None:
    """Two texts that share half of their runs of four words; known from copied and slightly changed texts."""
    places: dict[tuple[str, ...], list[int]] = {}
    runs: list[set[tuple[str, ...]]] = []
    for number, (_, _, text, _) in enumerate(examples()):
        words = re.findall(r"\w+", text.lower())
        runs.append({tuple(words[i : i + 4]) for i in range(len(words) - 3)} if len(words) >= 8 else set())
        for run in runs[-1]:
            places.setdefault(run, []).append(number)
    shared = Counter(
        pair for found in places.values() if 1 < len(found) <= 8 for pair in itertools.combinations(found, 2)
    )
    near = {b for (a, b), count in shared.items() if 2 * count >= min(len(runs[a]), len(runs[b]))}
    assert len(near) <= len(runs) / 100


def test_each_file_is_written_in_its_language() -> None:
    texts: dict[Path, list[str]] = {}
    for file, _, text, data in examples():
        # dialect and learners' texts belong to the written language that their writer uses at school;
        # «ja», «takk», «ok» and other intents are the same in both
        if data["lang"] in WRITTEN and not data.get("dialect") and file.parent.name != "intents":
            texts.setdefault(file, []).append(text)
    for file, written in texts.items():
        # a hundred from everywhere in the file are enough to see its language, and looking words up takes time
        words = Counter(
            word for text in written[:: max(1, len(written) // 100)] for word in dictionary_words(text)
        )
        own, other = ("nb", "nn") if DATA / "nb" in file.parents else ("nn", "nb")
        assert words[own] > 2 * words[other], (file, words)


def test_no_text_could_be_read_as_markup_by_rasa() -> None:
    # «[word](label)» would become an entity, and the text in training another than the text that was written
    assert [text for _, _, text, _ in examples() if re.search(r"\[[^\]]*\]\s*[({]", text)] == []


def test_every_reply_and_button_has_words_in_every_language() -> None:
    responses = yaml.safe_load((DOMAIN / "replies.yml").read_text(encoding="utf-8"))["responses"]
    words = Words()
    names = set(responses) | {
        button["title"] for (reply,) in responses.values() for button in reply.get("buttons", ())
    }
    for language in LANGUAGES:
        assert {name for name in names if not words.has(language, name)} == set()
        assert {kind for kind in KINDS if not words.has(language, f"danger_{kind}")} == set()


def test_the_assistant_speaks_plainly() -> None:
    words = Words()
    for language in LANGUAGES:
        for name, text in words._texts[language]._catalog.items():
            if name and not name.startswith("danger_"):
                assert "!" not in text, name
                assert len(re.findall(r"[.?](?:\s|$)", text)) <= 2, (name, text)


def test_our_reader_reads_what_rasas_reader_reads() -> None:
    from rasa.shared.nlu.training_data.formats.rasa_yaml import RasaYAMLReader

    from bot.importer import read

    for file in (DATA / "nb" / "sleep.yml", DATA / "nn" / "intents" / "correct.yml"):
        ours, rasas = read(file), RasaYAMLReader().read(str(file))
        assert [message.data for message in ours] == [message.data for message in rasas.training_examples]
