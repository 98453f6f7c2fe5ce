"""Return codes: word lists, drawing, reading what was typed, the slow hash."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from web.cases import codes

PEPPER = b"p" * 32


@pytest.mark.parametrize("language", ["nb", "nn"])
def test_word_list_is_right_and_large_enough(language):
    assert len(codes.words(language)) >= 1024
    assert codes.check_words(list(codes.words(language))) == []


def test_the_two_lists_are_two_languages():
    nb, nn = set(codes.words("nb")), set(codes.words("nn"))
    assert {"vindu", "skole"} <= nb - nn
    assert {"vindauge", "skule", "mjølk"} <= nn - nb


@pytest.mark.parametrize(
    ("spoilt", "expected"),
    [
        (["hest"], "only 1 words"),
        (["ku"], "small Norwegian letters"),
        (["Hest"], "small Norwegian letters"),
        (["sommerfuglen"], "small Norwegian letters"),
        (["båt", "baat"], "the same word"),
        (["kopp", "kopper"[:5]], "one letter more"),
        (["sele", "selv"], "differ in the last letter"),
    ],
)
def test_a_bad_list_is_found(spoilt, expected):
    assert any(expected in problem for problem in codes.check_words(spoilt))


def test_a_bad_list_stops_the_portal(tmp_path, monkeypatch):
    (tmp_path / "nb.txt").write_text("hest\nku\n")
    monkeypatch.setattr(codes, "WORDS_DIR", tmp_path)
    codes.words.cache_clear()
    with pytest.raises(codes.WordListError):
        codes.words("nb")
    codes.words.cache_clear()


@pytest.mark.parametrize("language", ["nb", "nn"])
def test_a_new_code_is_five_different_words_of_the_language(language):
    drawn = [codes.new_code(language) for _ in range(200)]
    for code in drawn:
        words = code.split(" ")
        assert len(set(words)) == 5
        assert set(words) <= set(codes.words(language))
    assert len(set(drawn)) == 200


def test_what_does_not_matter_makes_no_difference():
    code = "hest fjord måne brød nøkkel"
    for typed in (
        "  Hest FJORD  måne\tbrød\nnøkkel ",
        "hest-fjord-måne-brød-nøkkel",
        "hest, fjord, måne, brød, nøkkel.",
        "hest fjord maane broed noekkel",
        "hest fjord ma\u030ane brød nøkkel",  # å as two characters, as some keyboards send it
    ):
        assert codes.normalise(typed) == codes.normalise(code)
        assert codes.hash_code(typed, PEPPER) == codes.hash_code(code, PEPPER)


def test_order_pepper_and_words_matter():
    base = codes.hash_code("hest fjord måne brød nøkkel", PEPPER)
    assert codes.hash_code("fjord hest måne brød nøkkel", PEPPER) != base
    assert codes.hash_code("hest fjord måne brød nøkler", PEPPER) != base
    assert codes.hash_code("hest fjord måne brød nøkkel", b"q" * 32) != base


def test_only_five_words_can_be_a_code():
    assert codes.looks_like_code("en to tre fire fem")
    assert not codes.looks_like_code("en to tre fire")
    assert not codes.looks_like_code("en to tre fire fem seks")
    assert not codes.looks_like_code("x" * 100_000)


def test_each_guess_costs_memory_and_time(quick_codes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}
    monkeypatch.setattr(codes, "SCRYPT_N", quick_codes)
    monkeypatch.setattr(hashlib, "scrypt", lambda plain, **cost: asked.update(cost, plain=plain) or b"")
    codes.hash_code("hest fjord måne brød nøkkel", PEPPER)
    assert asked["plain"] == codes.normalise("hest fjord måne brød nøkkel").encode()
    assert asked["salt"] == PEPPER
    assert 128 * asked["n"] * asked["r"] >= 16 * 2**20, "bytes of memory"
    assert asked["p"] >= 5, "times over"
