"""Both languages are whole: every text of the code is in both, no entry is fuzzy or empty, placeholders agree."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ("nb", "nn")
# domain -> what it takes texts from, relative to web/
CODE_DOMAINS = {
    "citizen": re.compile(r"^citizen/"),
    "staff": re.compile(r"^staff/"),
    "portal": re.compile(r"^(?!citizen/|staff/)"),
}
DOMAINS = (*CODE_DOMAINS, "assistant")
_PLACEHOLDER = re.compile(r"%\((\w+)\)s")


def po(language: str, domain: str) -> Catalog:
    file = ROOT / "locales" / language / "LC_MESSAGES" / f"{domain}.po"
    return read_po(BytesIO(file.read_bytes()), locale=language, domain=domain)


def texts(catalog: Catalog) -> dict[str, str]:
    found: dict[str, str] = {}
    for message in catalog:
        if message.id:
            key = message.id if isinstance(message.id, str) else message.id[0]
            found[key] = message.string if isinstance(message.string, str) else " ".join(message.string)
    return found


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_empty_fuzzy_or_left_over(language: str, domain: str) -> None:
    catalog = po(language, domain)
    assert not catalog.obsolete
    for message in catalog:
        if not message.id:
            continue
        assert not message.fuzzy, message.id
        strings = [message.string] if isinstance(message.string, str) else message.string
        assert all(string and string.strip() for string in strings), message.id


@pytest.mark.parametrize("domain", DOMAINS)
def test_both_languages_hold_the_same_texts_with_the_same_placeholders(domain: str) -> None:
    nb, nn = (texts(po(language, domain)) for language in LANGUAGES)
    assert nb.keys() == nn.keys()
    for key in nb:
        assert set(_PLACEHOLDER.findall(nb[key])) == set(_PLACEHOLDER.findall(nn[key])), key


@pytest.mark.parametrize("domain", CODE_DOMAINS)
def test_the_files_hold_just_what_the_code_uses(domain: str) -> None:
    used = {
        message if isinstance(message, str) else message[0]
        for file, _, message, _, _ in extract_from_dir(
            str(ROOT / "web"),
            method_map=[("**.py", "python"), ("**.html", "jinja2")],
            keywords=KEYWORDS,
            comment_tags=(),
        )
        if CODE_DOMAINS[domain].match(file)
    }
    elsewhere = set() if domain == "portal" else set(texts(po("nb", "portal")))
    held = set(texts(po("nb", domain)))
    assert used - elsewhere - held == set(), "texts without translation"
    assert held - used == set(), "translations that nothing uses"


KEYWORDS: dict[str, tuple[int, ...] | None] = {
    "_": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "lazy_ngettext": (1, 2),
}
