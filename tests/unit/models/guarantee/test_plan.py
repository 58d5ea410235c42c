"""What an owner may ask for, and what follows from it."""

import pytest

from models.guarantee import log
from models.guarantee.lanes import Lane, Metric
from models.guarantee.plan import Plan


@pytest.mark.parametrize(
    "wrong",
    [
        {"approve_target": 0.0},
        {"confidence": 1.0},
        {"provisional_approve": 0.95},
        {"approve_audit_rate": 0.001},
        {"reject_metric": Metric.FOR},
        {"approve_starts": ()},
        {"approve_stakes": (0.5, 0.6)},
        {"approve_stakes": (1.0,)},
        {"pending_limit": 0},
        {"miss_rate_upper": 1.0},
        {"cells": 1},
        {"start": "open"},
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Plan(**wrong)  # type: ignore[arg-type]


def test_reviewers_who_miss_spam_make_the_target_stricter() -> None:
    assert Plan(miss_rate_upper=0.2).target(Lane.APPROVE) == pytest.approx(0.004)
    assert Plan(miss_rate_upper=0.2).target(Lane.REJECT) == 0.001


def test_the_starts_share_what_the_lane_may_be_wrong() -> None:
    plan = Plan(approve_stakes=(0.2, 0.8), reject_metric=Metric.FDR)

    assert plan.deltas(Lane.APPROVE) == pytest.approx((0.005, 0.02))
    assert plan.deltas(Lane.REJECT) == pytest.approx((0.00625,) * 4)
    assert sum(Plan(approve_starts=(0.2, 0.4, 0.6), approve_stakes=()).deltas(Lane.APPROVE)) == pytest.approx(0.025)


def test_a_plan_of_an_earlier_version_keeps_the_method_that_it_was_written_for() -> None:
    before = log.load_plan('{"approve_target":0.01}')

    assert (before.approve_target, before.cells, before.approve_starts) == (0.01, 100, (0.25, 0.6))
    assert len(set(before.limits(Lane.APPROVE))) == 1
    assert log.load_plan(log.dump_plan(before)) == before
    assert log.renewed(before) == Plan(approve_target=0.01)
    assert log.load_plan(log.dump_plan(Plan())) == Plan() != log.load_plan("{}")


def test_a_plan_of_a_later_version_is_refused() -> None:
    with pytest.raises(ValueError, match="method 99"):
        log.load_plan('{"method":99}')
