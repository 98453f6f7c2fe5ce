"""Words that a twelve-year-old reads: LIX under 30 on every page of the citizen's, under 40 for what the catalog says.

What is counted is said in tools/lix.py; `python -m tools.lix` prints the figures that docs/language.md shows.
"""

from __future__ import annotations

from functools import cache

import pytest

from tools.lix import (
    FIELDS,
    LANGUAGES,
    MUNICIPALITIES,
    ROOT,
    Figures,
    assistant_figures,
    measure,
    page_figures,
    pieces,
    sentences,
)

HIGHEST_PAGE = 30
HIGHEST_SERVICE = 40
LEAST_WORDS = 15
"""Fewer make no figure: one long word in five is a LIX of 25 by itself."""
STATES = {
    "first page",
    "conversation, danger",
    "mirror",
    "who can help",
    "send",
    "receipt",
    "five words",
    "case",
    "privacy",
    "about",
    "numbers",
    "hide your traces",
    "call me today",
    "child, the grown-up",
    "child, before you tell",
    "child, hurt",
    "child, voice",
    "child, what you have told",
    "child, done",
    "child, take back",
    "child, danger",
    "child, sent at once",
}


@cache
def figures(language: str) -> dict[str, tuple[Figures, Figures]]:
    return page_figures(language)


def test_the_formula() -> None:
    # Nine words, two sentences, two of more than six letters.
    text = "Du skriver med en datamaskin. Et menneske leser. 116 111"
    counted = measure([text])
    assert (counted.words, counted.sentences, counted.long) == (8, 2, 3)
    assert counted.lix == pytest.approx(8 / 2 + 100 * 3 / 8)
    assert sentences("Klokka 16.15 er det åpent! Kom?") == [["Klokka", "er", "det", "åpent"], ["Kom"]]


def test_what_of_a_page_is_counted() -> None:
    main, frame = pieces(
        '<header><a class="ds-button">Nynorsk</a></header><main><h1>En overskrift</h1>'
        '<p>Ring <a href="x">112</a> nå. <span class="ds-sr-only">skjult</span></p><svg><text>x</text></svg>'
        '<div class="bubble mine">hemmelig</div><p><span class="not-ours">Familiens hus</span> leser det.</p>'
        "<button>Send</button><br><ul><li>en</li><li>to</li></ul></main><footer>Bunn</footer>"
    )
    assert main == ["En overskrift", "Ring 112 nå.", "leser det.", "Send", "en", "to"]
    assert frame == ["Nynorsk", "Bunn"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_easy_to_read(language: str) -> None:
    found = figures(language)
    assert set(found) >= STATES
    heavy = {name: round(every.lix, 1) for name, (every, _) in found.items() if every.lix >= HIGHEST_PAGE}
    assert not heavy
    # Headings and buttons must not hide heavy sentences.
    heavy = {
        name: round(only.lix, 1)
        for name, (_, only) in found.items()
        if only.lix >= HIGHEST_PAGE and only.words >= LEAST_WORDS
    }
    assert not heavy
    assert sum(every.words for every, _ in found.values()) > 1500, "the pages were read"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_assistant_is_easy_to_read(language: str) -> None:
    assert assistant_figures(language).lix < HIGHEST_PAGE


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalog_is_easy_to_read(language: str) -> None:
    """All that a service says together: single texts are often four words long, and one long word decides."""
    from web.catalog import load

    each = {
        f"{name}/{service.id}": measure(
            (getattr(service, field) or {}).get(language, "") for field in FIELDS
        ).lix
        for name in MUNICIPALITIES
        for service in load(ROOT / "services_catalog", name).citizen_services()
    }
    worst = sorted(each.items(), key=lambda one: -one[1])[:10]
    assert sum(each.values()) / len(each) < HIGHEST_PAGE, worst
    assert worst[0][1] < HIGHEST_SERVICE, worst
