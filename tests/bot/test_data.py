"""The training data and the words, guarded."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.components.acute import KINDS
from bot.components.needs import need_ids
from bot.replies import LANGUAGES, Words

DATA = Path("bot/data/nlu")
DOMAIN = Path("bot/domain")
FEWEST_PER_NEED = 25


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
    needs = set(need_ids())
    for file, intent, _, metadata in examples():
        assert intent in intents(), file
        assert set(metadata.get("needs", ())) <= needs, file
        assert set(metadata.get("acute", ())) <= set(KINDS), file
        assert metadata["hand"], file


def test_a_file_holds_its_own_language() -> None:
    for file, _, _, metadata in examples():
        folder = file.relative_to(DATA).parts[0]
        assert metadata["lang"] == (folder if folder != "other" else file.stem), file


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_need_has_texts_in_both_languages(language: str) -> None:
    counts = Counter(
        need for _, _, _, data in examples() if data["lang"] == language for need in data.get("needs", ())
    )
    assert {need: counts[need] for need in need_ids() if counts[need] < FEWEST_PER_NEED} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_danger_has_texts_in_both_languages(language: str) -> None:
    counts = Counter(
        kind for _, _, _, data in examples() if data["lang"] == language for kind in data.get("acute", ())
    )
    assert all(counts[kind] >= FEWEST_PER_NEED for kind in KINDS), counts


def test_no_text_stands_twice() -> None:
    plain = Counter((intent, re.sub(r"\W+", " ", text.lower()).strip()) for _, intent, text, _ in examples())
    assert [text for text, count in plain.items() if count > 1 and len(text[1]) > 12] == []


def test_no_text_could_be_read_as_markup_by_rasa() -> None:
    # «[word](label)» would become an entity, and the text in training another than the text that was written
    assert [text for _, _, text, _ in examples() if re.search(r"\[[^\]]*\]\s*[({]", text)] == []


def test_every_reply_and_button_has_words_in_both_languages() -> None:
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
        assert [message.data for message in ours] == [
            message.data for message in rasas.training_examples
        ]
