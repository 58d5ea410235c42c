import numpy as np
import pytest

from models.classifier import SpamClassifier
from models.language import decide, learn_words, told_apart
from models.ngrams import gather
from models.text import fold_all
from models.vocabulary import Comment, Evidence

ENGLISH = [
    f"the {thing} is what you were looking for with them"
    for thing in ("song", "dance", "band", "night", "dress", "rain")
]
GERMAN = [
    f"das {thing} ist nicht so gut wie ihr es sagt" for thing in ("lied", "haus", "kleid", "wetter", "band", "bild")
]
TEXTS = [*ENGLISH, *GERMAN]
TAGS = ["en"] * 6 + ["de"] * 6


def languages(*texts: str) -> list[int]:
    words = learn_words(gather(TEXTS), TAGS, ("de", "en"))
    return decide(gather(texts), words, 2).tolist()


def test_a_text_is_of_the_language_of_its_words() -> None:
    assert languages("what is the matter with you", "ihr sagt es nicht") == [2, 1]


@pytest.mark.parametrize("text", ["", "😂", "совсем другой язык", "完全不同", "xyzzy plugh", "the the ihr nicht"])
def test_a_text_without_known_words_or_of_mixed_ones_has_no_language(text: str) -> None:
    assert languages(text) == [0]


def test_a_word_that_two_languages_share_says_nothing() -> None:
    assert languages("band") == [0]


def test_without_tags_nothing_is_told_apart() -> None:
    names = told_apart([None] * 12, np.arange(12) % 2 == 0)
    assert names == ()
    assert decide(gather(TEXTS), learn_words(gather(TEXTS), [None] * 12, names), 0).tolist() == [0] * 12


def test_a_language_of_one_class_alone_is_not_learned() -> None:
    is_spam = np.array([True, False] * 3 + [False] * 6)
    assert told_apart(TAGS, is_spam) == ("en",)
    assert learn_words(gather(TEXTS), TAGS, ("en",)).max() == 1


@pytest.fixture(scope="module")
def classifier() -> SpamClassifier:
    comments = [Comment(text, language=tag) for text, tag in zip(TEXTS, TAGS, strict=True)]
    return SpamClassifier(bits=12).fit(comments * 2, [True, False] * 3 + [False] * 6 + [True, False] * 3 + [False] * 6)


def test_words_of_a_language_that_showed_one_class_alone_stay_unfamiliar(classifier: SpamClassifier) -> None:
    english, german = classifier.seen([ENGLISH[0], GERMAN[0]]).familiar
    assert english > 0.9
    assert german < 0.5


def test_a_text_of_unknown_language_counts_as_less_familiar_and_keeps_its_probability(
    classifier: SpamClassifier,
) -> None:
    """So its interval is wide and a person decides; the language itself speaks neither for spam nor against it."""
    (plain,) = classifier.seen([GERMAN[0]]).logits
    scaled = SpamClassifier(bits=12).fit(
        [Comment(text, language=tag) for text, tag in zip(TEXTS, TAGS, strict=True)] * 2,
        [True, False] * 3 + [False] * 6 + [True, False] * 3 + [False] * 6,
    )
    scaled.level(np.array([[1.0, 0.0], [2.0, 1.0]]))
    assert scaled.seen([GERMAN[0]]).logits[0] == plain


def test_the_scale_of_a_language_is_in_every_contribution(classifier: SpamClassifier) -> None:
    before = classifier.parts([Comment(ENGLISH[0])], [Evidence()], fold_all([ENGLISH[0]]))
    scaled = SpamClassifier(bits=12)
    scaled.__dict__.update(classifier.__dict__)
    scaled.level(np.array([[1.0, 0.0], [2.0, 1.0]]))
    after = scaled.parts([Comment(ENGLISH[0])], [Evidence()], fold_all([ENGLISH[0]]))
    assert after.logits == pytest.approx(2.0 * before.logits + 1.0, abs=1e-9)
    assert after.of_places == pytest.approx(2.0 * before.of_places)
    total = after.of_places.sum() + after.of_features.sum() + after.intercepts[0]
    assert total == pytest.approx(after.logits[0], abs=1e-9)


def test_few_texts_are_told_apart_as_many_are() -> None:
    texts = ["the song", "lagu ini bagus", "the the ini", "", "x y z", "the song ini bagus", "ini"] * 2
    words = learn_words(gather(["the song"] * 6 + ["ini bagus"] * 6), ["en"] * 6 + ["id"] * 6, ("en", "id"))
    together = decide(gather(texts), words, 2)
    assert together.tolist() == [decide(gather([text]), words, 2)[0] for text in texts]
    assert set(together.tolist()) == {0, 1, 2}
