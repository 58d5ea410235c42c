import pytest

from models.relevance import relevance

ARTICLE = "The government wants to lower taxes. Opposition leaders criticised the budget in parliament on Monday."


def test_a_comment_about_the_article_is_more_relevant_than_an_advertisement() -> None:
    about = relevance("lower taxes mean a smaller budget for schools, says the opposition", None, ARTICLE)
    advertisement = relevance("cheap watches and handbags, order today with free shipping", None, ARTICLE)

    assert about == pytest.approx(4 / 6, abs=0.001)
    assert advertisement == 0.0


def test_the_title_counts_as_the_text_does() -> None:
    assert relevance("taxes, budget, government", "Government budget: taxes", None) == 1.0


def test_inflected_words_meet_by_their_first_letters() -> None:
    assert (
        relevance("правительством повышения налоговые", "Правительство обещает повышение налоговой ставки", None) == 1.0
    )


def test_the_page_is_folded_as_the_comment_is() -> None:
    assert relevance("cafe creme brulee recipe", "CAFÉ: Crème brûlée, recipe", None) == 1.0


@pytest.mark.parametrize(
    ("comment", "title", "expected"),
    [("今天天气很好", "今天天气不好", 0.6), ("오늘 날씨가 정말 좋네요", "오늘 날씨는 정말", 0.75)],
    ids=["Chinese", "Korean"],
)
def test_languages_without_spaces_or_with_short_words(comment: str, title: str, expected: float) -> None:
    assert relevance(comment, title, None) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("comment", "title", "text"),
    [
        ("a whole sentence about something", None, None),
        ("a whole sentence about something", "", ""),
        ("a whole sentence about something", "1 2 3", None),
        ("nice video", "Nice video", None),
        ("", "Nice video", ARTICLE),
    ],
    ids=["no page", "empty page", "page without words", "short comment", "empty comment"],
)
def test_what_cannot_be_compared_is_unknown(comment: str, title: str | None, text: str | None) -> None:
    assert relevance(comment, title, text) is None
