"""What holds of the lanes' state whatever a log says: evidence, the same bits again, no matter in what portions."""

import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lane_entries import CLOSED, DAY, GRID, NOW, clean, labelled, row, told

from models.guarantee.entries import (
    Alert,
    Cause,
    Clock,
    Entry,
    GridFixed,
    Labelled,
    Overdue,
    Reset,
    Row,
    Traffic,
    rows_of,
)
from models.guarantee.evidence import log_e_below
from models.guarantee.lanes import Lane, Metric
from models.guarantee.ledger import advance
from models.guarantee.plan import Plan
from models.guarantee.state import from_json, initial_state, to_json


def test_the_state_survives_json_and_stays_small() -> None:
    rng = np.random.default_rng(3)
    rows = [
        row(float(score), bool(score > 0.5), clusters=(int(key), i))
        for i, (score, key) in enumerate(zip(rng.random(5000), rng.integers(0, 2**32, 5000), strict=True))
    ]
    state, _ = told(CLOSED, GRID, Traffic(NOW, 9, 9, 9, 9), labelled(*rows), state=None)

    text = json.dumps(to_json(state))

    assert from_json(json.loads(text)) == state
    assert len(text.encode()) <= 64 * 1024


def test_a_state_of_another_version_is_refused() -> None:
    with pytest.raises(ValueError, match="version 99"):
        from_json({"version": 99})


scores = st.integers(0, 60).map(lambda place: place / 61 + 0.003)
rows = st.builds(
    Row,
    st.integers(0, 4).map(lambda hours: NOW + hours * DAY // 4),
    scores,
    scores,
    st.sampled_from(Lane),
    *[st.booleans()] * 5,
    st.lists(st.integers(0, 3), max_size=2).map(tuple),
)
batches = st.tuples(st.lists(rows, min_size=1, max_size=12), st.sampled_from([1, 30])).map(
    lambda drawn: rows_of(drawn[0] * drawn[1])
)
ats = st.integers(0, 8).map(lambda quarters: NOW + quarters * DAY // 4)
entries = st.lists(
    st.one_of(
        st.just(GRID),
        st.builds(Labelled, ats, batches),
        st.builds(Labelled, ats, st.just(clean().rows)),
        st.builds(Overdue, ats, batches),
        st.builds(Traffic, ats, *[st.integers(0, 500)] * 4),
        st.builds(Reset, ats, st.sampled_from(Cause), st.sampled_from([None, Lane.APPROVE, Lane.REJECT])),
        st.builds(Clock, ats.map(lambda at: at + 45 * DAY), st.integers(0, 900), st.integers(0, 900)),
        st.builds(Alert, ats, st.sampled_from([Lane.APPROVE, Lane.REJECT]), st.just("reports")),
    ),
    max_size=14,
)
plans = st.builds(
    Plan,
    start=st.sampled_from(["provisional", "closed"]),
    reject_metric=st.sampled_from([Metric.FPR, Metric.FDR]),
    approve_target=st.sampled_from([0.02, 0.1]),
    reject_target=st.sampled_from([0.02, 0.1]),
)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plans, entries)
def test_no_path_leads_to_an_open_lane_without_evidence(plan: Plan, log: list[Entry]) -> None:
    state = initial_state("site_1", plan, NOW)
    for entry in log:
        before = state
        state, changes = advance(state, entry, plan)

        for lane in (Lane.APPROVE, Lane.REJECT):
            now, was = state.lane(lane), before.lane(lane)
            assert now.certified == (now.certificate is not None)
            if now.certificate is not None and now.certificate != was.certificate:
                shown = [change for change in changes if change.certificate == now.certificate.id]
                recomputed = log_e_below(
                    now.certificate.errors / now.certificate.cluster,
                    (now.certificate.n + 1) / now.certificate.cluster,
                    plan.target(lane),
                )
                assert len(shown) == 1
                assert now.certificate.log_evidence >= now.certificate.limit
                assert now.certificate.limit in [round(limit, 6) for limit in plan.limits(lane)]
                assert recomputed >= now.certificate.log_evidence - 1e-6
            if now.status is not was.status:
                assert [change for change in changes if change.lane is lane and change.now is now.status]
    assert from_json(json.loads(json.dumps(to_json(state)))) == state


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plans, entries, st.integers(0, 14))
def test_replaying_the_log_gives_the_same_bits(plan: Plan, log: list[Entry], stop: int) -> None:
    whole, changes = told(plan, *log)

    part, first = told(plan, *log[:stop])
    resumed, rest = told(plan, *log[stop:], state=from_json(json.loads(json.dumps(to_json(part)))))

    assert json.dumps(to_json(resumed)) == json.dumps(to_json(whole))
    assert first + rest == changes


@settings(max_examples=40, deadline=None)
@given(st.lists(rows, min_size=1, max_size=40), st.integers(1, 40))
def test_looking_after_every_label_never_proves_less(drawn: list[Row], times: int) -> None:
    drawn = [one._replace(decided_at=NOW, lane=Lane.REVIEW, audited=False) for one in drawn * times]

    at_once, _ = told(CLOSED, GRID, labelled(*drawn))
    one_by_one, _ = told(CLOSED, GRID, *(labelled(*drawn[i : i + 7]) for i in range(0, len(drawn), 7)))

    for lane in (Lane.APPROVE, Lane.REJECT):
        pairs = zip(at_once.lane(lane).tally.frontier, one_by_one.lane(lane).tally.frontier, strict=True)
        assert all(once <= often for once, often in pairs)


@settings(max_examples=25, deadline=None)
@given(st.lists(rows, min_size=20, max_size=60), st.integers(1, 30))
def test_another_scale_of_the_scores_gives_the_same_lanes(drawn: list[Row], times: int) -> None:
    def squashed(value: float) -> float:
        return 0.25 + value / 4

    drawn = [one._replace(lane=Lane.REVIEW, decided_at=NOW) for one in drawn]
    grids = [
        GridFixed(
            NOW,
            tuple(squashed(edge) if change else edge for edge in GRID.approve_edges),
            tuple(squashed(edge) if change else edge for edge in GRID.reject_edges),
            1000,
        )
        for change in (False, True)
    ]
    other = [
        one._replace(approve_score=squashed(one.approve_score), reject_score=squashed(one.reject_score))
        for one in drawn
    ]

    plain, _ = told(CLOSED, grids[0], labelled(*drawn * times))
    same, _ = told(CLOSED, grids[1], labelled(*other * times))

    for lane in (Lane.APPROVE, Lane.REJECT):
        assert plain.lane(lane).tally.errors == same.lane(lane).tally.errors
        assert plain.lane(lane).tally.frontier == same.lane(lane).tally.frontier
