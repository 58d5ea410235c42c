"""How much spam reviewers may be missing, from known spam that they met."""

import random

import pytest

from models.guarantee.evidence import interval
from models.guarantee.seeding import disguised, how_many, miss_rate_upper


def test_nothing_is_said_before_thirty_are_decided() -> None:
    assert miss_rate_upper(29, 29, 0.0, 0.025) == 0.0


@pytest.mark.parametrize(("missed", "decided"), [(0, 30), (3, 40), (20, 400), (0, 5000)])
def test_the_bound_is_the_upper_end_of_the_interval_rounded_up(missed: int, decided: int) -> None:
    found, high = miss_rate_upper(missed, decided, 0.0, 0.025), interval(missed, decided, 0.025)[1]
    assert high <= found < high + 0.05


def test_who_misses_everything_leaves_a_target_that_is_not_nothing() -> None:
    assert miss_rate_upper(100, 100, 0.0, 0.025) == 0.9


def test_the_bound_rises_at_once_and_falls_by_two_steps() -> None:
    """Else it would swing about an edge, and each step up has the lanes prove themselves again."""
    found = miss_rate_upper(3, 60, 0.0, 0.025)
    assert miss_rate_upper(3, 60, found + 0.05, 0.025) == round(found + 0.05, 2)
    assert miss_rate_upper(3, 60, found + 0.10, 0.025) == found
    assert miss_rate_upper(3, 60, found - 0.05, 0.025) == found


def test_seeds_are_drawn_item_by_item() -> None:
    drawn = [how_many(1, 0.05, random.Random(seed)) for seed in range(2000)]
    assert set(drawn) == {0, 1}
    assert 60 < sum(drawn) < 140


def test_a_disguised_account_has_the_form_of_the_first_and_is_another() -> None:
    rng = random.Random(1)
    assert disguised(None, rng) is None
    for account in ("user-10482", "anna"):
        other = disguised(account, rng)
        assert other is not None
        assert other != account
        assert "".join(c for c in other if not c.isdigit()) == "".join(c for c in account if not c.isdigit())
