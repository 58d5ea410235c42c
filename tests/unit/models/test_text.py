import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.text import fold, fold_all, has_email, has_phone, link_domains, origins


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Hello World", "hello world"),
        ("𝐅𝐑𝐄𝐄 ⓢⓟⓘⓝ ＢＯＮＵＳ", "free spin bonus"),
        ("Café STRASSE straße", "cafe strasse strasse"),
        ("T\u0362o\u0362p", "top"),
        ("fr\u200bee\u2060 \u202egift\ufeff", "free gift"),
        ("one\ttwo\r\nthree\u3000four", "one two  three four"),
        ("한국어", "한국어"),
        ("bell\x07", "bell"),
    ],
)
def test_disguises_of_a_text_fold_to_the_plain_text(written: str, meant: str) -> None:
    assert fold(written) == meant


def test_lone_surrogates_are_dropped() -> None:
    assert fold("a\ud800b\udfff") == "ab"


@settings(deadline=None)
@given(st.text(st.characters(codec=None), max_size=60))
def test_each_folded_character_comes_from_the_place_that_origins_names(text: str) -> None:
    places = origins(text)
    folded = fold(text)
    if places is None:
        assert len(folded) == len(text)
        places = range(len(text))  # type: ignore[assignment]
    assert len(places) == len(folded)
    pieces = [fold(text[place]) for place in places]
    assert all(letter in piece for letter, piece in zip(folded, pieces, strict=True))


@settings(deadline=None)
@given(st.lists(st.text(st.characters(codec=None), max_size=12), max_size=12))
def test_texts_fold_together_as_they_do_one_by_one(texts: list[str]) -> None:
    more = [*texts, "", "\n", "a\u0301\u200b", "\ufdfaß…", "\ud800x", "Hello\nyou", "x\x00\x01\x02", "\u034f", "end\n"]
    assert fold_all(more) == [fold(text) for text in more]


@settings(deadline=None)
@given(st.text(st.characters(codec=None), max_size=60))
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_a_plain_text_needs_no_origins() -> None:
    assert origins("Plain text, nothing else.") is None


def test_one_removed_and_one_widened_character_do_not_pass_for_identity() -> None:
    text = "a\u200bß"
    assert len(fold(text)) == len(text)
    assert origins(text).tolist() == [0, 2, 2]  # type: ignore[union-attr]


def test_folded_length_grows_in_step_with_the_text() -> None:
    assert len(fold("\ufdfa" * 2000)) == 10 * len(fold("\ufdfa" * 200))
    assert fold("e" + "\u0301" * 5000) == "e"


@pytest.mark.parametrize(
    ("text", "domains"),
    [
        ("see https://www.shop.example/x and http://a.example.org?q=1", ["shop.example", "a.example.org"]),
        ("come to cheap-pills.com now", ["cheap-pills.com"]),
        ("cheap[.]com, cheap (dot) net, cheap dot org", ["cheap.com", "cheap.net", "cheap.org"]),
        ("youtu.be/abc", ["youtu.be"]),
        ("well.it was nice.so good.to see", []),
        ("version 1.2.3 ... and e.g. this", []),
        ("no link, not even a dot here", []),
    ],
)
def test_links_are_found_by_their_domain(text: str, domains: list[str]) -> None:
    assert link_domains(text) == domains


def test_addresses_and_phone_numbers_are_told_from_mentions_and_years() -> None:
    assert has_email("write to me@mail.example")
    assert not has_email("thanks @friend.")
    assert has_phone("call +49 (170) 123-4567")
    assert not has_phone("in 2014 and 2015, 1,884 times")
