"""synonyms.yml: known needs and services, both languages, enough words for everything, and nobody's words copied."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from web.catalog import CatalogError
from web.catalog.search import read_synonyms

FOLDER = Path(__file__).resolve().parents[2] / "services_catalog"
FILE = FOLDER / "synonyms.yml"
# Forms that only one of the written languages has.
BOKMAL = re.compile(
    r"\b(ikke|jeg|hva|hvem|hvor|noe|noen|skolen|hjemme|mye|selv|fra|være|syk|skole|klær|penger|venner|"
    r"rettigheter|gråter|sover|drikker|søsken|veiledning)\b"
)
NYNORSK = re.compile(
    r"\b(ikkje|eg|kva|kven|kvar|noko|nokon|skulen|heime|mykje|sjølv|frå|vere|sjuk|skule|klede|pengar|vener|"
    r"rettar|græt|søv|drikk|sysken|rettleiing)\b"
)


@pytest.fixture(scope="module")
def data() -> Any:
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))


def groups(data: Any) -> list[tuple[str, dict[str, list[str]]]]:
    return [("talk", data["talk"]), *data["needs"].items(), *data["services"].items()]


def test_the_file_follows_its_schema(data: Any) -> None:
    schema = json.loads((FOLDER / "schema" / "synonyms.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(data)


def test_every_need_has_words_in_both_languages(data: Any) -> None:
    needs = yaml.safe_load((FOLDER / "needs.yml").read_text(encoding="utf-8"))
    assert set(data["needs"]) == {need for group in needs.values() for need in group}
    for need, words in data["needs"].items():
        for language in ("nb", "nn"):
            assert len([*words.get(language, ()), *words.get("both", ())]) >= 9, (need, language)


def test_services_are_in_the_catalog(data: Any) -> None:
    known = {path.stem for path in FOLDER.glob("national/*.yml")}
    assert set(data["services"]) <= known
    assert len(data["services"]) >= 35


def test_there_are_enough(data: Any) -> None:
    for language in ("nb", "nn"):
        words = {word for _, one in groups(data) for kind in ("both", language) for word in one.get(kind, ())}
        assert len(words) >= 400


def test_each_stands_once_and_in_its_language(data: Any) -> None:
    for name, words in groups(data):
        every = [word for kind in words.values() for word in kind]
        assert len(every) == len(set(every)), name
        for word in (*words.get("nb", ()), *words.get("both", ())):
            assert not NYNORSK.search(word), (name, word)
        for word in (*words.get("nn", ()), *words.get("both", ())):
            assert not BOKMAL.search(word), (name, word)


def test_words_are_written_as_people_search(data: Any) -> None:
    for name, words in groups(data):
        for word in (word for kind in words.values() for word in kind):
            assert len(word.split()) <= 7, (name, word)
            assert word == word.strip(), (name, word)
            assert not re.search(r"[.!?:;]", word), (name, word)


def test_a_mistake_is_told_with_file_and_field(tmp_path: Path) -> None:
    (tmp_path / "synonyms.yml").write_text(
        "talk: {nb: [a]}\nneeds: {}\nservices: {x: {nb: []}}\n", encoding="utf-8"
    )
    with pytest.raises(CatalogError) as caught:
        read_synonyms(tmp_path)
    assert any(problem.startswith("synonyms.yml:1: talk.nb[0]") for problem in caught.value.problems)
    assert any("services.x.nb" in problem for problem in caught.value.problems)
