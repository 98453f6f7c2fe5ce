"""Every locale is whole: every text of the code is in it, no entry is fuzzy or empty, placeholders agree.

Bokmål and Nynorsk have all domains. Any other folder of locales/ has what citizens meet; what it has of other domains and of
the catalog is held to the same. What to do when one of these fails: `make texts`, then write the words.
"""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import pytest
import yaml
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from tools.texts import CODE_DOMAINS, used

ROOT = Path(__file__).resolve().parents[2]
LOCALES = ROOT / "locales"
LANGUAGES = ("nb", "nn")
CITIZENS = ("citizen", "portal")
FILES = sorted(LOCALES.glob("*/LC_MESSAGES/*.po"))
IDS = [f"{file.parent.parent.name}-{file.stem}" for file in FILES]
_PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")


def po(language: str, domain: str) -> Catalog:
    file = LOCALES / language / "LC_MESSAGES" / f"{domain}.po"
    return read_po(BytesIO(file.read_bytes()), locale=language, domain=domain)


def texts(catalog: Catalog) -> dict[str, str]:
    found: dict[str, str] = {}
    for message in catalog:
        if message.id:
            key = message.id if isinstance(message.id, str) else message.id[0]
            found[key] = message.string if isinstance(message.string, str) else " ".join(message.string)
    return found


def test_each_locale_has_what_its_pages_need() -> None:
    domains: dict[str, set[str]] = {}
    for file in FILES:
        domains.setdefault(file.parent.parent.name, set()).add(file.stem)
    assert domains["nb"] == domains["nn"] == {*CODE_DOMAINS, "assistant"}
    assert all(set(CITIZENS) <= held for held in domains.values())


@pytest.mark.parametrize("file", FILES, ids=IDS)
def test_nothing_is_empty_fuzzy_or_left_over(file: Path) -> None:
    catalog = po(file.parent.parent.name, file.stem)
    assert not catalog.obsolete
    for message in catalog:
        if not message.id:
            continue
        assert not message.fuzzy, message.id
        strings = [message.string] if isinstance(message.string, str) else message.string
        assert all(string and string.strip() for string in strings), message.id


@pytest.mark.parametrize("file", FILES, ids=IDS)
def test_the_entries_are_sorted_by_their_msgid(file: Path) -> None:
    """`make texts` sorts. Sorted files meet without conflicts."""
    names = re.findall(r'^msgid (".+")$', file.read_text("utf-8"), re.MULTILINE)
    assert names == sorted(names)


@pytest.mark.parametrize("file", FILES, ids=IDS)
def test_all_locales_hold_the_same_texts_with_the_same_placeholders(file: Path) -> None:
    if file.stem == "catalog":
        for text, translated in texts(po(file.parent.parent.name, "catalog")).items():
            assert re.findall(r"\b\d{3,}\b", text) == re.findall(r"\b\d{3,}\b", translated), text
        return
    nb, other = texts(po("nb", file.stem)), texts(po(file.parent.parent.name, file.stem))
    # What portal holds too need not stand here once more.
    elsewhere = texts(po("nb", "portal")).keys() if file.stem in ("citizen", "staff") else set()
    assert other.keys() <= nb.keys()
    assert nb.keys() - other.keys() <= elsewhere
    for key in other:
        assert set(_PLACEHOLDER.findall(nb[key])) == set(_PLACEHOLDER.findall(other[key])), key


@pytest.mark.parametrize("domain", CODE_DOMAINS)
def test_the_files_hold_just_what_the_code_uses(domain: str) -> None:
    wanted = {message[0] for message in used()[domain]}
    elsewhere = set() if domain == "portal" else set(texts(po("nb", "portal")))
    for language in sorted({file.parent.parent.name for file in FILES if file.stem == domain}):
        held = set(texts(po(language, domain)))
        assert wanted - elsewhere - held == set(), "texts without translation"
        assert held - wanted == set(), "translations that nothing uses"


def _catalog_strings(value: object) -> set[str]:
    """Every Bokmål text in the files of the catalog."""
    if isinstance(value, dict):
        own = {" ".join(value["nb"].split())} if isinstance(value.get("nb"), str) else set()
        return own.union(*(_catalog_strings(one) for one in value.values()))
    if isinstance(value, list):
        return set().union(*(_catalog_strings(one) for one in value))
    return set()


def test_translated_texts_of_the_catalog_are_still_in_the_catalog() -> None:
    """When a text of the catalog changes, its old translation is not shown, and not kept."""
    everything: set[str] = set()
    for file in (ROOT / "services_catalog").rglob("*.yml"):
        everything |= _catalog_strings(yaml.safe_load(file.read_text("utf-8")))
    for file in FILES:
        if file.stem == "catalog":
            assert {
                " ".join(key.split()) for key in texts(po(file.parent.parent.name, "catalog"))
            } <= everything
