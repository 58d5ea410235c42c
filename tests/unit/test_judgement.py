from collections.abc import Sequence

import pytest
from builders import HAM, POISON, SPAM, UNSURE, WORST, FixedScorer, policy, score

from models.judge import judge, scorer_failed
from models.policy import choose, lane
from models.priority import priority
from models.thresholds import audit_of, thresholds_of
from models.vocabulary import (
    Action,
    Comment,
    DecidedBy,
    Evidence,
    LaneCall,
    LaneSettings,
    Mode,
    Policy,
    ReviewReason,
    Score,
    Thresholds,
)

THRESHOLDS = Thresholds(approve_below=0.1, reject_from=0.9, discard_from=0.99)
UNKNOWN = Evidence()


@pytest.mark.parametrize(
    ("given", "action"),
    [
        (score(0.95, low=0.9, high=1.0), Action.REJECT),
        (score(0.95, low=0.8999, high=1.0), Action.REVIEW),
        (score(0.995, low=0.99, high=1.0), Action.DISCARD),
        (score(0.995, low=0.9899, high=1.0), Action.REJECT),
        (score(0.05, low=0.0, high=0.1), Action.REVIEW),
        (score(0.05, low=0.0, high=0.0999), Action.APPROVE),
        (score(0.5, low=0.2, high=0.8), Action.REVIEW),
        (score(0.0), Action.APPROVE),
        (score(1.0), Action.DISCARD),
    ],
    ids=str,
)
def test_the_lane_follows_from_the_whole_interval(given: Score, action: Action) -> None:
    assert lane(given, THRESHOLDS) is action


def test_a_lower_bound_equal_to_the_threshold_is_rejected() -> None:
    assert lane(score(0.95, low=0.9, high=0.97), THRESHOLDS) is Action.REJECT


def test_an_upper_bound_equal_to_the_threshold_is_reviewed() -> None:
    assert lane(score(0.05, low=0.01, high=0.1), THRESHOLDS) is Action.REVIEW


def test_a_sure_probability_with_a_wide_interval_is_reviewed() -> None:
    assert lane(score(0.97, low=0.5, high=0.99), THRESHOLDS) is Action.REVIEW
    assert lane(score(0.02, low=0.0, high=0.5), THRESHOLDS) is Action.REVIEW


def test_thresholds_that_overlap_decide_against_publishing() -> None:
    everything = Thresholds(approve_below=1.1, reject_from=0.0, discard_from=1.1)

    assert lane(score(0.5), everything) is Action.REJECT


@pytest.mark.parametrize("probability", [0.0, 0.5, 1.0])
def test_in_mode_review_all_a_person_sees_every_comment(probability: float) -> None:
    chosen = choose(score(probability), UNKNOWN, policy(Mode.REVIEW_ALL), None)

    assert (chosen.action, chosen.review_reason, chosen.would) == (Action.REVIEW, ReviewReason.REVIEW_ALL, None)


@pytest.mark.parametrize(
    ("probability", "would"),
    [(0.0, Action.APPROVE), (0.5, Action.REVIEW), (0.95, Action.REJECT), (1.0, Action.DISCARD)],
)
def test_in_mode_shadow_everything_is_approved_and_what_was_held_back_is_kept(
    probability: float, would: Action
) -> None:
    chosen = choose(score(probability), UNKNOWN, policy(Mode.SHADOW), 0.0)

    assert (chosen.action, chosen.review_reason, chosen.would, chosen.lane) == (Action.APPROVE, None, would, None)


def test_in_mode_automatic_only_what_falls_in_no_lane_needs_a_person() -> None:
    unsure, spam = (choose(score(p), UNKNOWN, policy(), None) for p in (0.5, 0.95))

    assert (unsure.action, unsure.review_reason) == (Action.REVIEW, ReviewReason.UNCERTAIN)
    assert (spam.action, spam.review_reason) == (Action.REJECT, None)


def lanes(
    approve: float | None = 0.1, reject: float | None = 0.9, rates: tuple[float, float] = (0.05, 0.2), **more: Mode
) -> Policy:
    """A policy by its lanes: thresholds (None: closed) and rates of audits."""
    settings = LaneSettings(approve, reject, *rates)
    return Policy("7", more.get("mode", Mode.AUTOMATIC), thresholds_of(settings), audit=audit_of(settings, b"secret"))


@pytest.mark.parametrize(
    ("probability", "action", "rate"), [(0.05, Action.APPROVE, 0.05), (0.95, Action.REJECT, 0.2)], ids=str
)
def test_the_coin_decides_who_is_audited_and_never_what_is_done(
    probability: float, action: Action, rate: float
) -> None:
    drawn, spared = (choose(score(probability), UNKNOWN, lanes(), coin) for coin in (rate - 1e-9, rate))

    assert drawn.action is spared.action is action
    assert (drawn.review_reason, spared.review_reason) == (ReviewReason.BLIND, None)
    assert drawn.lane == LaneCall(action.value, rate - 1e-9, 0.05, 0.2, is_copy=False)


def test_of_what_waits_anyway_as_large_a_share_is_blind_as_of_what_is_decided() -> None:
    hidden, shown = (choose(score(0.5), UNKNOWN, lanes(), coin) for coin in (0.19, 0.21))

    assert (hidden.review_reason, shown.review_reason) == (ReviewReason.BLIND, ReviewReason.UNCERTAIN)
    assert all(one.action is Action.REVIEW for one in (hidden, shown))


def test_blind_items_wait_in_the_order_in_which_they_came_whatever_the_model_said() -> None:
    comments = [Comment(HAM), Comment(UNSURE), Comment(SPAM)]

    judgements = judge(comments, [UNKNOWN] * 3, FixedScorer(), [lanes(rates=(1.0, 1.0))] * 3, [0.0] * 3)

    assert len({judgement.priority for judgement in judgements}) == 1
    assert all(judgement.review_reason is ReviewReason.BLIND for judgement in judgements)


def test_a_closed_lane_sends_to_a_person_what_it_would_decide_and_says_so() -> None:
    closed = lanes(None, None, (1.0, 1.0))

    ham, unsure, spam = (choose(score(p), UNKNOWN, closed, 0.5) for p in (0.01, 0.5, 0.999))

    assert [one.action for one in (ham, unsure, spam)] == [Action.REVIEW] * 3
    assert [one.review_reason for one in (ham, unsure, spam)] == [
        ReviewReason.LANE_CLOSED,
        ReviewReason.UNCERTAIN,
        ReviewReason.LANE_CLOSED,
    ]
    assert ham.lane == LaneCall("review", 0.5, 1.0, 1.0, is_copy=False)


def test_a_lane_that_acts_is_not_called_closed_where_it_is_stricter_than_the_cautious_thresholds() -> None:
    strict = lanes(0.001, 0.9999, (0.0, 0.0))

    ham, spam = (choose(score(p), UNKNOWN, strict, 0.5) for p in (0.01, 0.999))

    assert [one.review_reason for one in (ham, spam)] == [ReviewReason.UNCERTAIN] * 2


def test_a_second_near_copy_is_never_published_without_a_person_but_may_be_rejected() -> None:
    copy = Evidence(copies_seen=1)

    ham, spam = (choose(score(p), copy, lanes(), 0.9) for p in (0.01, 0.95))

    assert (ham.action, ham.review_reason) == (Action.REVIEW, ReviewReason.DUPLICATE)
    assert spam.action is Action.REJECT
    assert all(one.lane is not None and one.lane.is_copy for one in (ham, spam))


@pytest.mark.parametrize(
    "edit", [Evidence(edit_new_share=0.5, edit_new_links=0), Evidence(edit_new_share=0.1, edit_new_links=1)]
)
def test_an_approved_text_that_gains_links_or_is_rewritten_needs_a_person_but_may_be_rejected(edit: Evidence) -> None:
    ham, spam = (choose(score(p), edit, lanes(), 0.9) for p in (0.01, 0.95))

    assert (ham.action, ham.review_reason) == (Action.REVIEW, ReviewReason.EDIT)
    assert spam.action is Action.REJECT


def test_a_mended_slip_of_the_pen_needs_nobody() -> None:
    mended = Evidence(edit_new_share=0.49, edit_new_links=0)

    assert choose(score(0.01), mended, lanes(), 0.9).action is Action.APPROVE


def test_in_mode_review_all_everything_is_evidence_about_the_lanes() -> None:
    chosen = choose(score(0.01), UNKNOWN, lanes(mode=Mode.REVIEW_ALL), 0.9)

    assert (chosen.action, chosen.lane) == (Action.REVIEW, LaneCall("review", 0.9, 1.0, 1.0, is_copy=False))


def test_a_threshold_itself_lies_in_its_lane() -> None:
    assert choose(score(0.1), UNKNOWN, lanes(), 0.9).action is Action.APPROVE
    assert choose(score(0.9), UNKNOWN, lanes(), 0.9).action is Action.REJECT


def test_a_batch_is_judged_in_order_and_each_by_its_own_policy() -> None:
    comments = [Comment(text) for text in (HAM, UNSURE, SPAM, WORST, SPAM)]
    policies = [policy()] * 4 + [policy(Mode.SHADOW, version="9")]

    judgements = judge(comments, [UNKNOWN] * 5, FixedScorer(), policies)

    assert [j.action for j in judgements] == [
        Action.APPROVE,
        Action.REVIEW,
        Action.REJECT,
        Action.DISCARD,
        Action.APPROVE,
    ]
    assert (judgements[4].would, judgements[4].policy) == (Action.REJECT, "9")
    assert all(j.by is DecidedBy.MODEL for j in judgements)


def test_judging_one_by_one_is_the_same_as_judging_together() -> None:
    comments = [Comment(text) for text in (HAM, UNSURE, SPAM, WORST)]

    together = judge(comments, [UNKNOWN] * 4, FixedScorer(), [policy()] * 4)
    one_by_one = [judge([comment], [UNKNOWN], FixedScorer(), [policy()])[0] for comment in comments]

    assert together == one_by_one


def test_a_judgement_keeps_score_and_reasons() -> None:
    (judgement,) = judge([Comment(SPAM)], [UNKNOWN], FixedScorer(), [policy()])

    assert judgement.score is not None
    assert judgement.reasons == judgement.score.reasons
    assert judgement.reasons[0].span == (0, len(SPAM))


def test_a_scorer_that_fails_is_not_hidden() -> None:
    with pytest.raises(ValueError, match="cannot be scored"):
        judge([Comment(HAM), Comment(POISON)], [UNKNOWN] * 2, FixedScorer(), [policy()] * 2)


def test_a_scorer_that_loses_a_comment_is_not_believed() -> None:
    class Losing(FixedScorer):
        def score(self, comments: Sequence[Comment], evidence: Sequence[Evidence]) -> list[Score]:
            return super().score(comments, evidence)[1:]

    with pytest.raises(ValueError, match="zip"):
        judge([Comment(HAM), Comment(SPAM)], [UNKNOWN] * 2, Losing(), [policy()] * 2)


def test_nothing_to_judge_is_nothing_judged() -> None:
    assert judge([], [], FixedScorer(), []) == []


@pytest.mark.parametrize("mode", Mode)
def test_what_could_not_be_scored_is_reviewed_by_rule_in_every_mode(mode: Mode) -> None:
    judgement = scorer_failed(policy(mode), 3)

    assert (judgement.action, judgement.by, judgement.review_reason) == (
        Action.REVIEW,
        DecidedBy.RULE,
        ReviewReason.SCORER_FAILED,
    )
    assert (judgement.score, judgement.would) == (None, None)
    assert "3 attempts" in judgement.reasons[0].text


def test_probable_ham_comes_before_probable_spam() -> None:
    assert priority(score(0.1)) > priority(score(0.5)) > priority(score(0.9))


def test_what_no_model_could_judge_comes_first() -> None:
    assert priority(None) >= priority(score(0.0))
    assert all(0.0 <= priority(score(p)) <= 1.0 for p in (0.0, 0.3, 1.0))
