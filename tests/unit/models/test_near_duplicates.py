import random
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.near_duplicates import MIN_LETTERS, N_KEYS, text_keys
from models.text import fold

CAMPAIGN = "earn five hundred dollars a day from home without any experience just ask me how it is done"
OTHER = "the second movement was played far too quickly for my taste but the soloist was wonderful"
WORDS = ["river", "amount", "copper", "window", "gentle", "marble", "thunder", "orange", "candle", "planet", "silver"]


def keys(text: str) -> set[tuple[int, int]]:
    """The keys of one text, each with its place."""
    found = text_keys([fold(text)]).keys
    return set(enumerate(found[0].tolist())) if len(found) else set()


def test_the_same_text_has_the_same_keys_whatever_stands_beside_it_in_the_batch() -> None:
    alone = text_keys([CAMPAIGN]).keys
    among = text_keys([OTHER, "short", CAMPAIGN, "", OTHER])

    assert among.owners.tolist() == [0, 2, 4]
    assert among.keys[1].tolist() == alone[0].tolist()
    assert among.keys.dtype == np.uint32
    assert among.keys.shape == (3, N_KEYS)


@pytest.mark.parametrize(
    "copy",
    [
        CAMPAIGN.upper() + "!!!",
        CAMPAIGN.replace(" ", "  ") + " 12345",
        "".join(chr(0x1D400 + ord(c) - ord("a") + 26) if c.isalpha() else c for c in CAMPAIGN),
        "\u200b".join(CAMPAIGN),
    ],
    ids=["capitals", "digits", "styled letters", "invisible characters"],
)
def test_a_disguised_copy_has_the_same_keys(copy: str) -> None:
    assert keys(copy) == keys(CAMPAIGN)


def test_copies_that_differ_in_a_word_nearly_always_share_a_key() -> None:
    rng = random.Random(1)
    shared = 0
    for _ in range(300):
        text = " ".join(rng.choices(WORDS, k=18))
        words = text.split()
        words[rng.randrange(len(words))] = "different"
        shared += bool(keys(text) & keys(" ".join(words)))

    assert shared >= 270


def test_texts_about_other_things_share_no_key() -> None:
    assert not keys(CAMPAIGN) & keys(OTHER)


def test_texts_that_share_only_a_common_phrase_are_no_copies() -> None:
    rng = random.Random(2)
    phrase = "i really love this video"
    texts = [phrase + " " + "".join(rng.choices("abcdefghijklmnop", k=70)) for _ in range(100)]
    found = [keys(text) for text in texts]

    pairs = sum(bool(a & b) for n, a in enumerate(found) for b in found[:n])

    assert pairs < 0.03 * 100 * 99 / 2


@pytest.mark.parametrize("text", ["", "nice video", "a" * (MIN_LETTERS - 1), "1234567890 " * 20, "😀" * 50, "你好" * 5])
def test_a_text_with_few_letters_has_no_keys(text: str) -> None:
    assert keys(text) == set()


def test_an_ideograph_counts_as_two_letters() -> None:
    text = "今天天气很好我们去公园"

    assert len(text) < MIN_LETTERS
    assert keys(text + "吧") == set(keys(text + "吧"))
    assert keys(text + "吧") != set()


def test_nothing_gives_nothing() -> None:
    assert text_keys([]).keys.shape == (0, N_KEYS)


@given(st.lists(st.text(alphabet=st.characters(codec=None, exclude_categories=[]), max_size=80), max_size=6))
def test_any_texts_get_the_keys_that_they_get_alone(texts: list[str]) -> None:
    together = text_keys(texts)
    alone = [text_keys([text]).keys.tolist() for text in texts]

    assert [row for rows in alone for row in rows] == together.keys.tolist()
    assert together.owners.tolist() == [n for n, rows in enumerate(alone) if rows]


def test_time_grows_no_faster_than_the_text() -> None:
    def seconds(n: int) -> float:
        texts = ["abcdefgh " * n]
        best = 1.0
        for _ in range(5):
            began = time.process_time()
            text_keys(texts)
            best = min(best, time.process_time() - began)
        return best

    assert seconds(7_000) < 2.5 * seconds(3_500) + 0.002
