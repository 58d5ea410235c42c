import pytest

from models.ngrams import gather
from models.promotion import promotion_words
from models.text import fold


def counts(*texts: str) -> list[float]:
    return promotion_words(gather([fold(text) for text in texts])).tolist()


@pytest.mark.parametrize(
    ("text", "n_terms"),
    [
        ("FREE casino!", 2),
        ("free, free, free", 1),
        ("check out my channel", 3),
        ("my, channel", 2),
        ("out check", 0),
        ("подписывайтесь на мой канал", 3),
        ("加我微信", 2),
        ("무료 쿠폰", 2),
        ("freedom of the press", 0),
        ("", 0),
    ],
)
def test_different_words_and_phrases_are_counted(text: str, n_terms: int) -> None:
    assert counts(text) == [n_terms]


def test_a_phrase_does_not_reach_from_one_text_into_the_next() -> None:
    assert counts("check", "out", "check out") == [0.0, 0.0, 1.0]


def test_no_texts_have_no_counts() -> None:
    assert counts() == []
