import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import text as texts
from models.skeleton import in_one_script
from models.text import fold, fold_all, origins


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
        ("Рaypаl, сasinо, ВitcОin, bitcοin", "paypal, casino, bitcoin, bitcoin"),
        ("кaзинo", "казино"),
        ("iPhone в Москве, приvет", "iphone в москве, приvет"),
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
    assert in_one_script("".join([fold(text[place]) for place in dict.fromkeys(places)])) == folded


@settings(deadline=None)
@given(st.lists(st.text(st.characters(codec=None), max_size=12), max_size=12))
def test_texts_fold_together_as_they_do_one_by_one(texts: list[str]) -> None:
    more = [
        *texts,
        "",
        "саsino",
        "\n",
        "a\u0301\u200b",
        "\ufdfaß…",
        "\ud800x",
        "Hello\nyou",
        "x\x00\x01\x02",
        "\u034f",
        "end\n",
    ]
    together = fold_all(more)
    assert together.texts == [fold(text) for text in more]
    assert together.moved >= {number for number, text in enumerate(more) if origins(text) is not None}


@pytest.mark.parametrize("text", ["p\u200b\u0430ypal", "\ufb01\u0430sco"])
def test_scripts_that_meet_only_once_folded_are_told_in_many_texts_too(text: str) -> None:
    assert fold_all([text] * 9).texts == [fold(text)] * 9


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


@pytest.mark.parametrize("word", ["аa", "aа", "αa", "аα", "ж" + "a" * 9])
def test_a_long_word_of_two_scripts_is_folded_in_linear_time(word: str) -> None:
    assert len(fold(word * 100_000)) == len(word) * 100_000


def test_texts_of_every_character_that_there_is_do_not_fill_the_memory() -> None:
    for start in range(0, 0x110000, 1 << 14):
        fold("".join(map(chr, range(start, min(start + (1 << 14), 0x110000)))))

    assert len(texts._FOLDING) <= 1 << 16
    assert fold("\U0001d403") == "d"
