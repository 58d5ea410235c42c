"""The state machine of the lanes, entry by entry."""

from dataclasses import replace

import pytest
from lane_entries import CLOSED, DAY, GRID, NOW, clean, labelled, row, told

from models.guarantee.entries import (
    Alert,
    Cause,
    Clock,
    Overdue,
    Reset,
    Traffic,
    rows_of,
)
from models.guarantee.evidence import clean_labels_needed, log_e_below
from models.guarantee.lanes import Bounds, Lane, Metric
from models.guarantee.plan import Plan
from models.guarantee.state import Hold, SiteState, Status, initial_state
from models.guarantee.view import bounds, rates, view


def opened(plan: Plan = CLOSED) -> SiteState:
    state, _ = told(plan, GRID, clean())
    assert state.approve.status is Status.OPEN
    assert state.reject.status is Status.OPEN
    return state


def test_a_site_begins_as_its_plan_says() -> None:
    closed, provisional = (initial_state("site_1", Plan(start=start), NOW) for start in ("closed", "provisional"))

    assert bounds(closed, Plan(start="closed")) == Bounds(None, None)
    assert bounds(provisional, Plan()) == Bounds(0.10, 0.92)
    assert rates(closed, Plan(start="closed")).uniform_approve == 1.0
    assert rates(provisional, Plan()).approve == rates(provisional, Plan()).uniform_approve == 0.25


def test_a_lane_opens_with_evidence_that_a_third_party_can_compute() -> None:
    state, changes = told(CLOSED, GRID, clean())

    assert [(change.lane, change.kind, change.was, change.now) for change in changes] == [
        (Lane.APPROVE, "opened", Status.CLOSED, Status.OPEN),
        (Lane.REJECT, "opened", Status.CLOSED, Status.OPEN),
    ]
    for change in changes:
        assert change.log_evidence >= change.limit
        assert change.log_evidence == pytest.approx(
            float(log_e_below(change.errors / change.cluster, change.n / change.cluster, change.target)), abs=1e-6
        )
    assert 0.80 <= changes[0].coverage <= 0.86
    assert bounds(state, CLOSED) == Bounds(changes[0].threshold, changes[1].threshold)
    assert changes[0].threshold < changes[1].threshold
    assert rates(state, CLOSED).uniform_approve == rates(state, CLOSED).approve == 0.05


def test_a_ceiling_holds_whatever_the_evidence_and_before_there_is_any() -> None:
    plan = replace(CLOSED, approve_ceiling=0.5)
    unbound, _ = told(CLOSED, GRID, clean())
    bound, changes = told(plan, GRID, clean())

    assert bounds(unbound, CLOSED).approve == pytest.approx(0.8, abs=0.05)
    assert bounds(bound, plan).approve == 0.5
    assert changes[0].log_evidence >= changes[0].limit
    provisional = replace(plan, start="provisional", provisional_approve=0.6)
    assert bounds(initial_state("site_1", provisional, NOW), provisional).approve == 0.5


def test_labels_before_the_grid_and_copies_and_skewed_samples_are_no_evidence() -> None:
    for entries in (
        (clean(), GRID),
        (GRID, clean(copy=True)),
        (GRID, clean(uniform_approve=False, uniform_reject=False)),
    ):
        state, changes = told(CLOSED, *entries)

        assert changes == []
        assert not any(state.approve.tally.labelled)


def test_a_lane_without_spam_seen_says_so_instead_of_opening() -> None:
    state, changes = told(CLOSED, GRID, labelled(*(row(i / 2000, False) for i in range(2000))))

    assert [change.lane for change in changes] == [Lane.REJECT]
    assert view(state, Lane.APPROVE, CLOSED).labels_to_open == 5


def test_the_view_counts_the_labels_down_to_the_opening() -> None:
    plan = replace(CLOSED, reject_target=0.001)
    half, _ = told(plan, GRID, labelled(*(row((i % 10) / 50, False) for i in range(60)), row(0.99, True)))

    shown = view(half, Lane.APPROVE, plan)
    more = [row(0.5, False)] * (shown.labels_to_open or 0) + [row(0.99, True)] * 5
    nearly, _ = told(plan, labelled(*more[1:]), state=half)
    state, _ = told(plan, labelled(more[0]), state=nearly)

    assert shown.labels_to_open == clean_labels_needed(0.05, 0.8 * 0.025) - 60
    assert shown.labels_seen == 60
    assert nearly.approve.status is Status.CLOSED
    assert state.approve.status is Status.OPEN
    assert view(state, Lane.APPROVE, plan).labels_to_open is None


def test_an_alarm_closes_the_lane_and_forgets_what_came_before() -> None:
    later = NOW + DAY
    audits = [row(0.1, i % 2 == 0, later, Lane.APPROVE) for i in range(40)]

    state, changes = told(CLOSED, labelled(*audits, at=later + 5), state=opened())

    (breach,) = [change for change in changes if change.lane is Lane.APPROVE]
    assert (breach.kind, breach.now) == ("closed", Status.CLOSED)
    assert breach.reason == f"breach at audit {breach.n}"
    assert breach.n < 40
    assert breach.log_evidence >= breach.limit
    assert not any(state.approve.tally.labelled)
    assert bounds(state, CLOSED).approve is None
    again, _ = told(CLOSED, clean(at=later), state=state)
    assert again.approve.status is Status.CLOSED, "decided before the alarm"


def test_less_traffic_than_before_is_called_narrowed() -> None:
    later = NOW + DAY
    audits = [row(0.1, True, later, Lane.APPROVE) for _ in range(20)]
    worse = [row((i + 0.5) / 1000, i >= 500, later + 10) for i in range(1000)]

    state, changes = told(CLOSED, labelled(*audits, at=later + 5), labelled(*worse, at=later + 20), state=opened())

    assert [change.now for change in changes if change.lane is Lane.APPROVE] == [Status.CLOSED, Status.NARROWED]
    assert state.approve.certificate is not None
    assert state.approve.certificate.coverage < 0.6


def test_audits_that_nobody_decides_are_errors() -> None:
    audits = [row(0.1, False, NOW + DAY, Lane.APPROVE) for _ in range(20)]

    decided, _ = told(CLOSED, labelled(*audits, at=NOW + DAY), state=opened())
    overdue, _ = told(CLOSED, Overdue(NOW + DAY, rows_of(audits)), state=opened())

    assert decided.approve.status is Status.OPEN
    assert overdue.approve.status is Status.CLOSED


def test_decisions_of_an_earlier_time_say_nothing_of_the_lane_that_acts_now() -> None:
    old = [row(0.1, True, NOW - 5, Lane.APPROVE) for _ in range(20)]

    state, changes = told(CLOSED, labelled(*old, at=NOW + DAY), state=opened())

    assert state.approve.live_n == 0
    assert state.approve.status is Status.OPEN
    assert changes == []


def test_the_approve_lane_feeds_the_reject_lane_without_labels() -> None:
    plan = replace(CLOSED, approve_target=0.05, reject_target=0.01)
    state, _ = told(plan, GRID, labelled(*(row((i + 0.5) / 260, i >= 208) for i in range(260))))
    assert (state.approve.status, state.reject.status) == (Status.OPEN, Status.CLOSED)

    state, _ = told(plan, Traffic(NOW + 1, 500, 100, 0, 500), labelled(row(0.7, False), at=NOW + 2), state=state)

    assert state.reject.tally.credited == pytest.approx(475.0)
    assert state.reject.status is Status.OPEN
    assert state.reject.certificate is not None
    assert state.reject.certificate.n == 208 + 475 + 1


def test_a_provisional_approve_lane_counts_by_what_its_audits_leave_no_doubt_about() -> None:
    plan = Plan()
    audits = [row(0.05, False, NOW + 1, Lane.APPROVE) for _ in range(500)]

    state, _ = told(plan, GRID, Traffic(NOW + 1, 4000, 0, 0, 1000), labelled(row(0.5, False)))
    assert view(state, Lane.REJECT, plan).labels_seen == 1
    state, _ = told(plan, labelled(*audits, at=NOW + 2), state=state)

    assert 980 < (view(state, Lane.REJECT, plan).labels_seen or 0) < 1001


@pytest.mark.parametrize("cause", [Cause.NEW_MODEL, Cause.RULES_CHANGED, Cause.TARGETS_CHANGED])
def test_what_changes_the_scores_or_the_targets_begins_anew(cause: Cause) -> None:
    state, changes = told(CLOSED, Reset(NOW + 1, cause), state=opened())

    assert [(change.kind, change.now) for change in changes] == [("began", Status.CLOSED)] * 2
    assert not any(state.approve.tally.labelled)
    assert (state.approve.edges == ()) is (cause is Cause.NEW_MODEL)


def test_what_an_operator_closed_stays_closed_until_an_operator_opens_it() -> None:
    held, _ = told(CLOSED, Reset(NOW + 1, Cause.OPERATOR_CLOSED, Lane.APPROVE), clean(at=NOW + 2), state=opened())
    reset, _ = told(CLOSED, Reset(NOW + 3, Cause.NEW_MODEL), state=held)
    back, changes = told(CLOSED, Reset(NOW + 3, Cause.OPERATOR_OPENED, Lane.APPROVE), state=held)

    assert (held.approve.status, held.reject.status) == (Status.CLOSED, Status.OPEN)
    assert (reset.approve.status, reset.approve.hold) == (Status.CLOSED, Hold.OPERATOR)
    assert back.approve.status is Status.OPEN
    assert changes[0].log_evidence >= changes[0].limit


def test_an_operator_opens_without_evidence_only_provisionally() -> None:
    state, changes = told(CLOSED, GRID, Reset(NOW, Cause.OPERATOR_OPENED, Lane.REJECT))

    assert [change.kind for change in changes] == ["provisional"]
    assert bounds(state, CLOSED) == Bounds(None, 0.92)
    assert rates(state, CLOSED).reject == 0.25


def test_too_many_undecided_audits_close_a_lane_until_they_are_decided() -> None:
    full, changes = told(CLOSED, Clock(NOW + 1, pending_approve=501), state=opened())
    still, _ = told(CLOSED, Clock(NOW + 2, pending_approve=400), state=full)
    back, _ = told(CLOSED, Clock(NOW + 3, pending_approve=250), state=still)

    assert changes[0].reason == "501 audits undecided"
    assert [one.approve.status for one in (full, still, back)] == [Status.CLOSED, Status.CLOSED, Status.OPEN]


def test_a_certificate_expires() -> None:
    last, _ = told(CLOSED, Clock(NOW + 90 * DAY - 1), state=opened())
    state, changes = told(CLOSED, Clock(NOW + 90 * DAY), state=last)

    assert last.approve.status is Status.OPEN
    assert {change.reason for change in changes} == {"certificate expired"}
    assert state.approve.status is state.reject.status is Status.CLOSED


def test_newer_evidence_renews_a_certificate_before_the_old_one_is_too_old() -> None:
    late, end = NOW + 50 * DAY, NOW + 90 * DAY
    before = opened()

    half, _ = told(CLOSED, Clock(NOW + 45 * DAY), labelled(row(0.1, False, late, Lane.APPROVE), at=late), state=before)
    state, changes = told(CLOSED, clean(at=late), Clock(end), state=half)
    gone, closing = told(CLOSED, Clock(end), state=half)

    assert [(change.kind, change.now) for change in changes] == [("renewed", Status.OPEN)] * 2
    assert all(change.log_evidence >= change.limit for change in changes)
    assert changes[0].n < 1000, "labels of the first half do not count"
    assert (state.approve.certificate and state.approve.certificate.expires) == end + 90 * DAY
    assert state.approve.detector == half.approve.detector
    assert state.approve.successor is None
    assert {change.kind for change in closing} == {"closed"}
    assert gone.approve.status is Status.CLOSED


def test_reports_can_raise_it_too() -> None:
    state, changes = told(CLOSED, Alert(NOW + 1, Lane.APPROVE, "12 reports today"), state=opened())

    assert changes[0].reason == "12 reports today"
    assert rates(state, CLOSED).approve == 0.25


def test_errors_that_come_together_weigh_as_one_and_ask_for_more_labels() -> None:
    rows = [row((i + 0.5) / 400, i >= 320) for i in range(400)]
    together = [row(0.3 + i / 1000, True, clusters=(7, i)) for i in range(4)]
    apart = [row(0.3 + i / 1000, True, clusters=(i, 100 + i)) for i in range(4)]

    plan = replace(CLOSED, approve_stakes=())
    alone, _ = told(plan, GRID, labelled(*apart, *rows))
    clustered, _ = told(plan, GRID, labelled(*together, *rows))

    assert alone.approve.tally.clusters[-1] == 1
    assert clustered.approve.tally.clusters[-1] == 4
    assert alone.approve.certificate is not None
    assert clustered.approve.certificate is None
    assert 200 < (view(clustered, Lane.APPROVE, plan).labels_to_open or 0) < 500


def test_a_cluster_of_another_day_is_another_cluster() -> None:
    rows = [row(0.3, True, NOW + day * DAY, clusters=(7,)) for day in range(4)]

    state, _ = told(CLOSED, GRID, labelled(*rows, at=NOW + 4 * DAY))

    assert state.approve.tally.clusters[-1] == 1


def test_false_discoveries_are_counted_like_the_approve_lane_from_the_other_end() -> None:
    plan = replace(CLOSED, reject_metric=Metric.FDR, reject_target=0.1, discovery_starts=(0.1,))

    state, changes = told(plan, GRID, clean())

    reject = next(change for change in changes if change.lane is Lane.REJECT)
    assert 0.16 <= reject.coverage <= 0.24
    assert view(state, Lane.REJECT, plan).live.target == 0.1
