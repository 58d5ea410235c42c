"""A lane whose share of the traffic moves: more is audited, and in the end it proves itself on what there is now."""

from dataclasses import replace

import pytest
from lane_entries import CLOSED, DAY, GRID, NOW, clean, labelled, row, told

from models.guarantee.entries import Alert, Cause, Clock, Entry, Labelled, Reset, Traffic
from models.guarantee.lanes import Lane, Metric
from models.guarantee.state import SiteState, Status, from_json, to_json
from models.guarantee.view import bounds, rates, view

MOVED_AT = NOW + 2 * DAY
OVER = MOVED_AT + 5 * DAY
LAST_DAY = OVER - DAY
AS_BEFORE = Traffic(LAST_DAY, 400, 50, 50, 400)
STILL_MOVED = Traffic(LAST_DAY, 125, 365, 10, 125)


def moved() -> SiteState:
    steady, _ = told(CLOSED, GRID, clean(), Traffic(NOW + 1, 800, 100, 100, 800))
    assert steady.approve.status is steady.reject.status is Status.OPEN
    state, changes = told(CLOSED, Traffic(MOVED_AT, 125, 365, 10, 125), state=steady)
    assert [(change.kind, change.lane) for change in changes] == [("tripped", Lane.APPROVE), ("tripped", Lane.REJECT)]
    assert changes[0].reason == "share of the traffic 0.800 before, 0.250 today"
    return state


def audits(n: int, *, up_to: float, wrong_from: float = 1.0, at: int = MOVED_AT + DAY) -> Labelled:
    """Audits of the approve lane in mixed order, and spam beyond it, so that spam has been seen."""
    scores = [up_to * (i * 367 % n + 0.5) / n for i in range(n)]
    inside = [row(score, score >= wrong_from, at, Lane.APPROVE) for score in scores]
    return labelled(*inside, *(row(0.9, True, at) for _ in range(10)), at=at)


def test_a_steady_share_changes_nothing() -> None:
    steady, _ = told(CLOSED, GRID, clean(), Traffic(NOW + 1, 800, 100, 100, 800))

    state, changes = told(CLOSED, Traffic(MOVED_AT, 165, 20, 15, 165), state=steady)

    assert changes == []
    assert rates(state, CLOSED).approve == 0.05


def test_a_share_that_moves_raises_the_audit_rate_for_some_days() -> None:
    state = moved()
    calm, changes = told(CLOSED, AS_BEFORE, Clock(OVER), state=state)

    assert (rates(state, CLOSED).approve, rates(calm, CLOSED).approve) == (0.25, 0.05)
    assert view(state, Lane.APPROVE, CLOSED).tripped
    assert {change.kind for change in changes} == {"calm"}


def test_a_share_that_comes_back_leaves_the_certificate_and_what_is_measured_by() -> None:
    before = moved()

    after, _ = told(CLOSED, AS_BEFORE, Clock(OVER), state=before)
    again, changes = told(CLOSED, Traffic(OVER + DAY, 125, 365, 10, 125), state=after)

    assert after.approve.certificate == before.approve.certificate
    assert after.approve.trial is None
    assert (after.approve.reference_inside, after.approve.reference_total) == (800, 1000)
    assert changes[0].kind == "tripped"
    assert again.approve.trial is not None


@pytest.mark.parametrize(
    "last_day", [(STILL_MOVED,), (Clock(OVER), Clock(OVER + DAY))], ids=["moved", "too few to tell"]
)
def test_a_lane_is_narrowed_to_what_labels_since_then_prove(last_day: tuple[Traffic, ...]) -> None:
    before = moved()

    after, changes = told(CLOSED, audits(600, up_to=0.8, wrong_from=0.745), *last_day, Clock(OVER), state=before)

    approve = [change for change in changes if change.lane is Lane.APPROVE and change.kind != "calm"]
    assert [(change.kind, change.now) for change in approve] == [("renewed", Status.NARROWED)]
    assert approve[0].n <= 610
    assert approve[0].log_evidence >= approve[0].limit
    assert (bounds(after, CLOSED).approve or 1) <= 0.77 < (bounds(before, CLOSED).approve or 0)


def test_a_lane_closes_where_they_do_not_and_keeps_them_for_its_reopening() -> None:
    closed, changes = told(CLOSED, audits(30, up_to=0.75), STILL_MOVED, Clock(OVER), state=moved())
    reopened, opening = told(CLOSED, clean(at=OVER + DAY), state=closed)
    anew, _ = told(CLOSED, GRID, clean(at=OVER + DAY))

    assert [change.reason for change in changes if change.lane is Lane.APPROVE] == [
        "traffic changed and labels since then do not prove the lane"
    ]
    assert bounds(closed, CLOSED).approve is None
    assert sum(closed.approve.tally.labelled) == 40
    assert reopened.approve.status in (Status.OPEN, Status.NARROWED)
    assert opening[0].n > (anew.approve.certificate.n if anew.approve.certificate else 0)


def test_labels_of_the_traffic_as_it_was_widen_nothing_meanwhile() -> None:
    plan = replace(CLOSED, approve_ceiling=0.5)
    steady, _ = told(plan, GRID, clean(), Traffic(NOW + 1, 800, 100, 100, 800))

    waiting, none = told(CLOSED, Traffic(MOVED_AT, 125, 365, 10, 125), clean(at=MOVED_AT), state=steady)
    after, changes = told(CLOSED, Traffic(LAST_DAY, 400, 50, 50, 400), Clock(OVER), clean(10, at=OVER), state=waiting)

    assert [change.kind for change in none if change.lane is Lane.APPROVE] == ["tripped"]
    assert (bounds(waiting, CLOSED).approve, bounds(after, CLOSED).approve) == (0.5, pytest.approx(0.75, abs=0.05))
    assert [c.kind for c in changes if c.lane is Lane.APPROVE] == ["calm", "widened"]


@pytest.mark.parametrize(
    ("hold", "release"),
    [
        (Clock(MOVED_AT + 1, pending_approve=501), Clock(MOVED_AT + 2)),
        (
            Reset(MOVED_AT + 1, Cause.OPERATOR_CLOSED, Lane.APPROVE),
            Reset(MOVED_AT + 2, Cause.OPERATOR_OPENED, Lane.APPROVE),
        ),
    ],
    ids=["undecided audits", "operator"],
)
def test_a_lane_that_is_held_meanwhile_does_not_come_back_by_what_it_was(hold: Entry, release: Entry) -> None:
    state, changes = told(CLOSED, hold, release, state=moved())

    assert "opened" not in {change.kind for change in changes}
    assert not state.approve.certified
    assert sum(state.approve.tally.labelled) == 0


def test_a_bad_night_takes_nothing_from_what_renews_the_certificate() -> None:
    late = NOW + 50 * DAY
    steady, _ = told(CLOSED, GRID, clean(), Traffic(NOW + 1, 800, 100, 100, 800), Clock(NOW + 46 * DAY))
    night = (Traffic(late, 125, 365, 10, 125), Traffic(late + 4 * DAY, 400, 50, 50, 400), Clock(late + 5 * DAY))

    state, _ = told(CLOSED, clean(at=late - 1), *night, state=steady)
    renewed, changes = told(CLOSED, Clock(NOW + 90 * DAY), state=state)

    assert state.approve.trial is None
    assert "renewed" in {change.kind for change in changes if change.lane is Lane.APPROVE}
    assert renewed.approve.certified


def test_a_target_for_all_genuine_comments_does_not_move_with_the_traffic() -> None:
    after, changes = told(CLOSED, STILL_MOVED, Clock(OVER), state=moved())

    assert after.reject.status is Status.OPEN
    assert [change.kind for change in changes if change.lane is Lane.REJECT] == ["calm"]


def test_one_for_what_was_rejected_does() -> None:
    plan = replace(CLOSED, reject_metric=Metric.FDR, reject_target=0.1, discovery_starts=(0.1,))
    steady, _ = told(plan, GRID, clean(), Traffic(NOW + 1, 800, 50, 150, 800))

    after, _ = told(plan, Traffic(MOVED_AT, 400, 90, 10, 400), Clock(OVER + DAY), state=steady)

    assert steady.reject.status is Status.OPEN
    assert after.reject.status is Status.CLOSED


def test_a_suspicion_does_not_hide_that_the_share_moved() -> None:
    steady, _ = told(CLOSED, GRID, clean(), Traffic(NOW + 1, 800, 100, 100, 800))

    state, changes = told(
        CLOSED,
        Alert(MOVED_AT - 1, Lane.APPROVE, "12 reports today"),
        Traffic(MOVED_AT, 125, 365, 10, 125),
        state=steady,
    )

    assert [change.kind for change in changes if change.lane is Lane.APPROVE] == ["tripped", "tripped"]
    assert (state.approve.before_inside, state.approve.before_total) == (800, 1000)
    assert state.approve.tripped_until == OVER


def test_the_state_of_a_lane_on_trial_comes_back_as_it_was_stored() -> None:
    state = moved()

    assert from_json(to_json(state)) == state
