import numpy as np
import pytest

from models.features import FEATURES, measure, sentence
from models.text import fold_all
from models.vocabulary import Comment, Evidence

NAMES = [feature.name for feature in FEATURES]


def measured(comment: Comment | str, evidence: Evidence | None = None) -> dict[str, float]:
    comment = Comment(comment) if isinstance(comment, str) else comment
    row = measure([comment], [evidence or Evidence()], fold_all([comment.body]))[0]
    return dict(zip(NAMES, row.tolist(), strict=True))


def said(name: str, comment: Comment | str, evidence: Evidence | None = None) -> str:
    return sentence(NAMES.index(name), measured(comment, evidence)[name], evidence or Evidence())


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("links", "see a.com and b.com", "At least 2 links in the text"),
        ("links", "see a.com", "One link in the text"),
        ("domains", "a.com/x a.com/y b.com", "At least 2 different sites are linked"),
        ("email", "write to me@mail.com", "An e-mail address in the text"),
        ("phone", "call 0170 1234567", "A phone number in the text"),
        ("capitals", "ABCDE fghij", "50% of the letters are capitals"),
        ("invisible", "fr\u200bee\u202e", "Two invisible characters in the text"),
        ("disguised", "𝐅𝐑𝐄𝐄", "Four letters in disguise, styled or mixed from two scripts"),
        ("disguised", "pаypаl", "Two letters in disguise, styled or mixed from two scripts"),
        ("disguised", "привет\\nПока, pаypal", "One letter in disguise"),
        ("promotion_words", "free casino", "Two words or phrases of promotion"),
        ("length", "x" * 40, "The text is about 40 characters long"),
    ],
)
def test_what_stands_in_the_text_is_said_in_a_sentence(name: str, text: str, words: str) -> None:
    assert said(name, text) == words


def test_ordinary_accents_are_not_suspicious() -> None:
    row = measured("Größe, naïve café, đẹp quá, Привет, hmmm...")
    assert row["disguised"] == row["invisible"] == 0.0


def test_unknown_evidence_is_exactly_zero() -> None:
    row = measured(Comment("hello"), Evidence())
    assert [row[name] for name in ("honeypot", "fast_form", "name_link", "author_url")] == [0.0] * 4


@pytest.mark.parametrize(("seconds", "fast"), [(None, 0.0), (1.99, 1.0), (2.0, 0.0), (60.0, 0.0)])
def test_a_form_is_fast_below_two_seconds(seconds: float | None, fast: float) -> None:
    assert measured("hello", Evidence(form_seconds=seconds))["fast_form"] == fast


def test_a_filled_honeypot_counts_and_an_empty_one_does_not() -> None:
    assert measured("hello", Evidence(honeypot_filled=True))["honeypot"] == 1.0
    assert measured("hello", Evidence(honeypot_filled=False))["honeypot"] == 0.0


def test_links_of_the_author_are_told_apart() -> None:
    row = measured(Comment("hello", author_name="Best-Shop.com", author_url="https://x.example"))
    assert (row["name_link"], row["author_url"], row["links"]) == (1.0, 1.0, 0.0)


def test_a_comment_measures_the_same_in_any_batch() -> None:
    """The last text is so long that the characters of all are looked up at once."""
    texts = [
        "AAAA",
        "AAAAb 1234",
        "",
        "!!!!",
        "\ud800 x",
        "𝐅",
        "pаypal 𝐅а \U000e0041",
        "?#$\u200b    \n\n\n\n",
        "x" * 500,
    ]
    comments, evidence = [Comment(text) for text in texts], [Evidence()] * len(texts)
    together = measure(comments, evidence, fold_all(texts))
    alone = [measure([comment], [Evidence()], fold_all([comment.body]))[0] for comment in comments]
    assert np.array_equal(together, np.array(alone))


def test_names_are_distinct_and_an_empty_batch_has_no_rows() -> None:
    assert len(set(NAMES)) == len(NAMES)
    assert measure([], [], fold_all([])).shape == (0, len(FEATURES))


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("length", "", "The text is empty"),
        ("length", "x" * 150, "The text is not short"),
        ("capitals", "none at all", "Hardly a letter is a capital"),
    ],
)
def test_absence_and_excess_have_words_of_their_own(name: str, text: str, words: str) -> None:
    assert said(name, text) == words
