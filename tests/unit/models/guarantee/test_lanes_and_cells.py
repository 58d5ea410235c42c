import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.guarantee.lanes import (
    NOWHERE,
    Bounds,
    Lane,
    cells_of,
    coverage,
    fpr_cell,
    grid_from_scores,
    route,
    start_cells,
    walk,
)

OPEN = Bounds(approve=0.1, reject=0.9)


def test_a_score_at_the_threshold_is_inside_the_lane() -> None:
    assert route(0.0, 0.1, OPEN) is Lane.APPROVE
    assert route(0.9, 1.0, OPEN) is Lane.REJECT
    assert route(math.nextafter(0.9, 0), math.nextafter(0.1, 1), OPEN) is Lane.REVIEW


def test_a_closed_lane_takes_nothing() -> None:
    assert route(0.0, 0.0, Bounds(None, 0.9)) is Lane.REVIEW
    assert route(1.0, 1.0, Bounds(0.1, None)) is Lane.REVIEW


def test_a_wide_interval_goes_to_a_person() -> None:
    assert route(0.02, 0.98, OPEN) is Lane.REVIEW


def test_cells_hold_equal_shares_of_the_traffic() -> None:
    scores = np.random.default_rng(1).permutation(1000) / 1000

    for lane in (Lane.APPROVE, Lane.REJECT):
        cells = cells_of(lane, grid_from_scores(lane, scores, 50), scores)
        assert np.bincount(cells).tolist() == [20] * 50


def test_the_first_cell_is_furthest_from_doubt_and_the_last_edge_holds_all() -> None:
    scores = np.linspace(0.2, 0.8, 100)

    approve, reject = grid_from_scores(Lane.APPROVE, scores, 4), grid_from_scores(Lane.REJECT, scores, 4)

    assert approve == tuple(sorted(approve))
    assert approve[-1] == 0.8
    assert reject == tuple(sorted(reject, reverse=True))
    assert reject[-1] == 0.2
    assert cells_of(Lane.APPROVE, approve, [0.1, 0.9]).tolist() == [0, 4]
    assert cells_of(Lane.REJECT, reject, [0.1, 0.9]).tolist() == [4, 0]


def test_equal_scores_share_a_cell_and_its_coverage() -> None:
    edges = grid_from_scores(Lane.APPROVE, [0.1] * 6 + [0.5] * 4, 10)

    assert edges == (0.1,) * 6 + (0.5,) * 4
    assert cells_of(Lane.APPROVE, edges, [0.1, 0.5]).tolist() == [0, 6]
    assert coverage(edges, 0) == 0.6


def test_a_grid_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one score"):
        grid_from_scores(Lane.APPROVE, [])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=200), st.sampled_from([Lane.APPROVE, Lane.REJECT]))
def test_only_the_order_of_scores_counts(scores: list[float], lane: Lane) -> None:
    stretched = [score * 8.0 + 1.0 for score in scores]
    tied = len(set(scores)) != len(set(stretched))

    cells = cells_of(lane, grid_from_scores(lane, scores, 20), scores)

    assert tied or cells.tolist() == cells_of(lane, grid_from_scores(lane, stretched, 20), stretched).tolist()


def test_the_walk_stops_at_the_first_failure_of_each_start() -> None:
    evidence = np.array([9.0, 9.0, 0.0, 9.0, 9.0, 9.0, 0.0, 9.0])

    assert walk(evidence, (3.0,) * 4, (0, 3, 2, 7), (NOWHERE,) * 4) == (1, 5, NOWHERE, 7)


def test_what_was_accepted_once_stays_accepted() -> None:
    before = (4, NOWHERE)

    assert walk(np.zeros(8), (3.0, 3.0), (0, 5), before) == before
    assert walk(np.full(8, 9.0), (3.0, 3.0), (0, 5), before) == (7, 7)


def test_each_start_of_the_walk_has_a_limit_of_its_own() -> None:
    evidence = np.array([4.0, 4.0, 4.0, 2.0])

    assert walk(evidence, (5.0, 3.0), (0, 1), (NOWHERE, NOWHERE)) == (NOWHERE, 2)


def test_the_outermost_cell_that_keeps_a_false_positive_rate_is_taken() -> None:
    assert fpr_cell(np.array([9.0, 8.0, 3.0, 2.0]), 3.0, NOWHERE) == 2
    assert fpr_cell(np.array([2.0, 1.0]), 3.0, NOWHERE) == NOWHERE
    assert fpr_cell(np.array([2.0, 1.0]), 3.0, 1) == 1


def test_starts_are_shares_of_the_traffic() -> None:
    assert start_cells(50, (0.2, 0.4, 0.6, 0.8)) == (9, 19, 29, 39)
    assert start_cells(50, (0.001, 1.0)) == (0, 49)
