import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.ngrams import gather
from models.tokens import repeats_and_promotion

MANY = 40
WORDS = st.sampled_from(["free", "casino", "free!", "go", "11", "12", "好看", "казино", "x" * 70])


@settings(deadline=None)
@given(st.lists(st.lists(WORDS, max_size=9).map(" ".join), min_size=1, max_size=8))
def test_many_texts_count_as_each_does_alone(texts: list[str]) -> None:
    many = (texts * MANY)[:MANY]
    together = repeats_and_promotion(many, gather(many))
    alone = [repeats_and_promotion([text], gather([text])) for text in many]
    assert together[0].tolist() == [fractions[0] for fractions, _ in alone]
    assert together[1].tolist() == [counts[0] for _, counts in alone]


@pytest.mark.parametrize("n_texts", [1, MANY])
def test_repeats_and_words_of_promotion_are_counted(n_texts: int) -> None:
    texts = ["free casino free go go"] * n_texts
    fractions, counts = repeats_and_promotion(texts, gather(texts))
    assert fractions.tolist() == pytest.approx([0.4] * n_texts)
    assert counts.tolist() == [2.0] * n_texts


def test_below_five_tokens_nothing_repeats() -> None:
    texts = ["go go go go"] * MANY
    assert set(repeats_and_promotion(texts, gather(texts))[0].tolist()) == {0.0}
