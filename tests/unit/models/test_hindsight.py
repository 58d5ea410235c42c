from collections import Counter

import pytest

from models.hindsight import Difference
from models.vocabulary import Action

APPROVE, REVIEW, REJECT = Action.APPROVE, Action.REVIEW, Action.REJECT


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, "it would have decided none otherwise."),
        ({(APPROVE, REVIEW): 2}, "it would have had 2 more sent to review."),
        (
            {(REVIEW, REJECT): 1, (REJECT, REVIEW): 4, (REVIEW, APPROVE): 3},
            "it would have had 1 more rejected, 4 more sent to review and 3 more approved.",
        ),
    ],
)
def test_a_difference_is_told_in_one_sentence(changes: dict[tuple[Action, Action], int], told: str) -> None:
    found = Difference(n_comments=1200, changes=Counter(changes))

    assert found.summary() == f"Of the last 1,200 comments {told}"
