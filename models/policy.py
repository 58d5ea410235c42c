"""From a score to an action: the site's mode, its lanes and their audits, applied to the interval of the score."""

from typing import NamedTuple

from models.thresholds import CAUTIOUS
from models.vocabulary import (
    Action,
    Audit,
    DecidedBy,
    Evidence,
    Finding,
    LaneCall,
    Mode,
    Policy,
    ReviewReason,
    Score,
    Thresholds,
)

REWRITTEN_FROM = 0.5


class Outcome(NamedTuple):
    """What becomes of a comment, who says so, why a person is needed, what shadow held back, what the lanes said."""

    action: Action
    by: DecidedBy
    review_reason: ReviewReason | None
    would: Action | None = None
    lane: LaneCall | None = None


def choose(score: Score, known: Evidence, policy: Policy, coin: float | None) -> Outcome:
    """What the lanes make of a comment.

    The whole interval must lie beyond a threshold, not the probability alone: a wide interval goes to review. From the
    second near-copy on nothing is published without a person, so that no campaign gets through many times; neither is
    an edit that brings links to an approved text, or that leaves less than half of it. `coin`: the draw for the audit,
    None where nothing is recorded.
    """
    if policy.mode is Mode.REVIEW_ALL:
        call = _call(Action.REVIEW, known, policy, coin)
        return Outcome(Action.REVIEW, DecidedBy.MODEL, ReviewReason.REVIEW_ALL, lane=call)
    action = lane(score, policy.thresholds)
    held = _held(known) if action is Action.APPROVE else None
    if held is not None:
        action = Action.REVIEW
    if policy.mode is Mode.SHADOW:
        return Outcome(Action.APPROVE, DecidedBy.MODEL, None, would=action)
    reason = None if action is not Action.REVIEW else held or _why(score, policy.thresholds)
    if policy.audit is None or coin is None:
        return Outcome(action, DecidedBy.MODEL, reason)
    if coin < _audit_rate(action, policy.audit):
        reason = ReviewReason.BLIND
    return Outcome(action, DecidedBy.MODEL, reason, lane=_call(action, known, policy, coin))


def settle(found: Finding, score: Score | None, known: Evidence, policy: Policy, coin: float | None) -> Outcome:
    """The same where lists and rules have spoken.

    What they decide comes before the lanes, which then have no part in it. Of a new author, and of one who floods the
    site, only what the model would publish or hold needs a person: probable spam needs none. In mode review-all a
    person sees every comment whatever they say.
    """
    held = found.first_comments or found.flood
    if found.action is None and score is None:
        return Outcome(Action.REVIEW, DecidedBy.RULE, ReviewReason.SCORER_FAILED)
    if found.action is None and score is not None and not held:
        return choose(score, known, policy, coin)
    if policy.mode is Mode.REVIEW_ALL:
        return Outcome(Action.REVIEW, DecidedBy.MODEL if score else DecidedBy.RULE, ReviewReason.REVIEW_ALL)
    action, by, reason = _by_rule(found, score, policy)
    if policy.mode is Mode.SHADOW:
        return Outcome(Action.APPROVE, by, None, would=action)
    return Outcome(action, by, reason if action is Action.REVIEW else None)


def floods(evidence: Evidence, policy: Policy) -> bool:
    """Whether the author of a comment has sent as many in the last hour as the policy lets pass."""
    limit, recent = policy.author_per_hour, evidence.recent_by_author
    return limit is not None and recent is not None and recent >= limit


def lane(score: Score, thresholds: Thresholds) -> Action:
    """Which lane the score falls in; what falls in none is reviewed."""
    if score.low >= thresholds.discard_from:
        return Action.DISCARD
    if score.low >= thresholds.reject_from:
        return Action.REJECT
    if score.high < thresholds.approve_below:
        return Action.APPROVE
    return Action.REVIEW


def _by_rule(found: Finding, score: Score | None, policy: Policy) -> tuple[Action, DecidedBy, ReviewReason]:
    if found.action is not None:
        return found.action, DecidedBy.RULE, ReviewReason.RULE
    assert score is not None
    action = lane(score, policy.thresholds)
    if action in (Action.APPROVE, Action.REVIEW):
        held = ReviewReason.FIRST_COMMENTS if found.first_comments else ReviewReason.RULE
        return Action.REVIEW, DecidedBy.RULE, held
    return action, DecidedBy.MODEL, ReviewReason.UNCERTAIN


def _held(known: Evidence) -> ReviewReason | None:
    """Why a person looks at what the lane would publish; None where nobody needs to."""
    if known.copies_seen:
        return ReviewReason.DUPLICATE
    is_rewritten = known.edit_new_share is not None and known.edit_new_share >= REWRITTEN_FROM
    return ReviewReason.EDIT if known.edit_new_links or is_rewritten else None


def _why(score: Score, thresholds: Thresholds) -> ReviewReason:
    """Why a comment that the lanes leave to a person waits; a closed lane is named where it would have decided."""
    would = lane(score, CAUTIOUS)
    if would is Action.REVIEW:
        return ReviewReason.UNCERTAIN
    acts = thresholds.approve_below > 0.0 if would is Action.APPROVE else thresholds.reject_from <= 1.0
    return ReviewReason.UNCERTAIN if acts else ReviewReason.LANE_CLOSED


def _audit_rate(action: Action, audit: Audit) -> float:
    if action is Action.REVIEW:
        return audit.blind_rate
    return audit.approve_rate if action is Action.APPROVE else audit.reject_rate


def _call(action: Action, known: Evidence, policy: Policy, coin: float | None) -> LaneCall | None:
    if policy.audit is None or coin is None:
        return None
    name = "reject" if action is Action.DISCARD else action.value
    everything = policy.mode is Mode.REVIEW_ALL
    approve_rate = 1.0 if everything else policy.audit.approve_rate
    reject_rate = 1.0 if everything else policy.audit.reject_rate
    return LaneCall(name, coin, approve_rate, reject_rate, bool(known.copies_seen))
