"""The marks on likely names and details: much is found, the text is never changed, and what leads to somebody is refused."""

from __future__ import annotations

import itertools

import pytest

from web.cases.anonymity import marks, pieces, reaches_somebody


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Jeg heter Sindre og bor i Lillevik.", {"Sindre": "name", "Lillevik": "place"}),
        ("eg heiter kåre", {"kåre": "name"}),
        ("Ole slo meg. Trond så på.", {"Ole": "name", "Trond": "name"}),
        ("jeg er 14 år og går i 9. klasse", {"14 år": "age", "9. klasse": "age"}),
        ("Dottera mi er femten år", {"femten år": "age"}),
        ("sønnen min er en sjuåring", {"sjuåring": "age"}),
        (
            "Ring 912 34 567 eller skriv til kari@skole.no",
            {"912 34 567": "contact", "kari@skole.no": "contact"},
        ),
        ("finn meg på @snapnavnet", {"@snapnavnet": "contact"}),
        ("det skjedde 17. mai klokka 14.30", {"17. mai": "date", "klokka 14.30": "date"}),
        ("sist laurdag ved Storgata", {"laurdag": "date", "Storgata": "place"}),
        ("Lia skole er verst", {"skole": "place"}),
        ("mamma har 3 katter", {"3": "number"}),
    ],
)
def test_what_may_tell_who_somebody_is_is_marked(text, found):
    shown = {text[one.start : one.end]: one.kind for one in marks(text)}
    for words, kind in found.items():
        assert shown.get(words) == kind, shown


def test_ordinary_words_are_not_marked():
    assert marks("Jeg orker ikke mer. Ingen vil være med meg, og jeg gruer meg hver dag.") == ()
    assert marks("Eg har ADHD og vil snakke med BUP. Det er vanskeleg.") == ()


@pytest.mark.parametrize(
    "text", ["", "Hei Kari, ring 91234567!", "Æ bor på Åsane og e 12 år\n\n@kari 😀", "x" * 500]
)
def test_the_pieces_are_the_whole_text(text):
    assert "".join(piece for piece, _kind in pieces(text)) == text


def test_marks_do_not_overlap():
    found = marks(
        "Kari på Lia skole, 9. klasse, 17. mai 2026 klokka 12, kari@lia.no, 912 34 567, fjorten år gammel"
    )
    for one, two in itertools.pairwise(found):
        assert one.end <= two.start


@pytest.mark.parametrize(
    "text", ["ring 91 23 45 67", "kari@example.org", "https://snap.example/kari", "@karisnap"]
)
def test_what_leads_to_somebody_is_known(text):
    assert reaches_somebody(text)
    assert not reaches_somebody("Jeg er lei meg hver dag")
