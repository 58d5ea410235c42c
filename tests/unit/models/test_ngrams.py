import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.utils.estimator_checks import check_estimator

from models.ngrams import CHARACTER_SIZES, HashedNgrams, contributions, familiar_bitmap, gather, hashed_matrix

BITS = 12
WEIGHTS = np.random.default_rng(1).normal(size=1 << BITS).astype(np.float32)
NOTHING_FAMILIAR = np.zeros(1 << 17, dtype=np.uint8)
TEXTS = ["check out my channel", "", "a", "nice", "好看 😂😂", "the same words the same words", "x\ud800y"]


def sums(texts: list[str]) -> np.ndarray:
    return contributions(gather(texts), WEIGHTS, NOTHING_FAMILIAR).sums


def test_the_transformer_passes_the_checks_of_scikit_learn() -> None:
    check_estimator(HashedNgrams(bits=8))


def test_the_matrix_has_one_row_a_text_and_one_column_a_bucket() -> None:
    assert HashedNgrams(bits=BITS).fit_transform(TEXTS).shape == (len(TEXTS), 1 << BITS)


def test_one_text_instead_of_a_sequence_is_refused() -> None:
    with pytest.raises(ValueError, match="sequence"):
        HashedNgrams().transform("one text")


def test_a_batch_scores_as_its_texts_do_one_by_one() -> None:
    """An n-gram that crossed into the next text would change the sum."""
    assert sums(TEXTS) == pytest.approx([sums([text])[0] for text in TEXTS], abs=1e-9)


@settings(deadline=None)
@given(st.lists(st.text(max_size=12), min_size=1, max_size=6))
def test_neighbours_never_change_a_score(texts: list[str]) -> None:
    assert sums(texts) == pytest.approx([sums([text])[0] for text in texts], abs=1e-9)


def test_fast_sums_equal_the_product_with_the_fitting_matrix() -> None:
    product = hashed_matrix(gather(TEXTS), BITS) @ WEIGHTS.astype(np.float64)
    assert sums(TEXTS) == pytest.approx(product, abs=1e-6)


def test_places_add_up_to_the_sum_of_their_text() -> None:
    batch = gather(TEXTS)
    made = contributions(batch, WEIGHTS, NOTHING_FAMILIAR)
    for start, length, total in zip(batch.starts, batch.lengths, made.sums, strict=True):
        assert made.places[start : start + length].sum() == pytest.approx(total, abs=1e-9)


def test_the_number_of_ngrams_grows_in_step_with_the_text() -> None:
    short, long = (hashed_matrix(gather(["".join(map(chr, range(0x4E00, 0x4E00 + n)))]), 20) for n in (500, 5000))
    assert long.nnz < 10.5 * short.nnz
    assert short.nnz < 500 * (len(CHARACTER_SIZES) + 2)


def test_a_drawn_out_letter_counts_as_three() -> None:
    weights = np.ones(1 << BITS, dtype=np.float32)
    short, long = contributions(gather(["soooo good", "s" + "o" * 300 + " good"]), weights, NOTHING_FAMILIAR).sums
    assert long < short


def test_a_very_long_text_does_not_shout() -> None:
    weights = np.ones(1 << BITS, dtype=np.float32)
    once, often = contributions(gather(["buy this " * 60, "buy this " * 6000]), weights, NOTHING_FAMILIAR).sums
    assert often < 1.2 * once


def test_words_are_runs_of_letters_and_ideographs_and_emoji_stand_alone() -> None:
    batch = gather(["it's 2nd, 好看 😂!"])
    text = " it's 2nd, 好看 😂! "
    words = [text[start:end] for start, end in zip(batch.word_starts, batch.word_ends, strict=True)]
    assert words == ["it", "s", "2nd", "好", "看", "😂"]


def test_a_word_hashes_the_same_wherever_it_stands() -> None:
    weights = np.zeros(1 << BITS, dtype=np.float32)
    alone = hashed_matrix(gather(["zebra"]), BITS)
    weights[alone.indices] = 1.0
    later = contributions(gather(["ab", "one two zebra"]), weights, NOTHING_FAMILIAR)
    assert later.places[-7:].sum() > later.places[:-7].sum()


def test_only_texts_like_the_known_ones_are_familiar() -> None:
    known = familiar_bitmap(gather(["what a lovely song", "such a lovely song"]))
    familiar = contributions(gather(["lovely song", "Приветствую", ""]), WEIGHTS, known).familiar
    assert familiar[0] > 0.7
    assert familiar[1] < 0.1
    assert familiar[2] == 0.0


def test_an_empty_batch_gives_empty_arrays() -> None:
    assert sums([]).shape == (0,)


def test_a_text_of_unheard_of_length_is_not_familiar() -> None:
    known = familiar_bitmap(gather(["hello world " * 3] * 2))
    usual, endless = contributions(gather(["hello world " * 10, "hello world " * 5000]), WEIGHTS, known).familiar
    assert usual > 0.9
    assert endless < 0.1
