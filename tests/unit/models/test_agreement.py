"""Cohen's κ against values that are known."""

import pytest

from models.agreement import cohen_kappa


def test_the_textbook_table_has_the_textbook_kappa_and_standard_error() -> None:
    found = cohen_kappa([[20, 5], [10, 15]])

    assert found is not None
    assert found.value == pytest.approx(0.4)
    assert found.low is not None
    assert found.high is not None
    assert (found.high - found.low) / (2 * 1.959964) == pytest.approx(0.1270, abs=1e-4)
    assert (found.pairs, found.observed) == (50, pytest.approx(0.7))


def test_three_categories_of_fleiss_cohen_and_everitt() -> None:
    """Their example of 200 pairs: κ 0.429, standard error 0.054."""
    found = cohen_kappa([[106, 10, 4], [22, 28, 10], [2, 12, 6]])

    assert found is not None
    assert found.value == pytest.approx(0.429, abs=5e-4)
    assert found.high is not None
    assert (found.high - (found.value or 0)) / 1.959964 == pytest.approx(0.054, abs=5e-4)


def test_full_agreement_is_one_chance_is_zero_and_one_category_says_nothing() -> None:
    full, chance, one = cohen_kappa([[5, 0], [0, 5]]), cohen_kappa([[25, 25], [25, 25]]), cohen_kappa([[9, 0], [0, 0]])

    assert (full and (full.value, full.low, full.high)) == (1.0, 1.0, 1.0)
    assert (chance and chance.value) == pytest.approx(0.0)
    assert (one and (one.observed, one.value)) == (1.0, None)
    assert cohen_kappa([[0, 0], [0, 0]]) is None


@pytest.mark.parametrize("table", [[[1, 2]], [[1, 2], [3]], [[1, -1], [0, 1]]])
def test_what_is_no_table_is_refused(table: list[list[int]]) -> None:
    with pytest.raises(ValueError, match="square"):
        cohen_kappa(table)
