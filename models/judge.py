"""The one judgement. Live decisions, checks, simulations and replay all call it, so they cannot disagree.

It takes values and gives values: no clock, no database, no randomness.
"""

from collections.abc import Sequence

from models.policy import choose
from models.priority import priority
from models.vocabulary import (
    Action,
    Comment,
    DecidedBy,
    Evidence,
    Judgement,
    Policy,
    Reason,
    ReviewReason,
    Score,
    Scorer,
)


def judge(
    comments: Sequence[Comment], evidence: Sequence[Evidence], scorer: Scorer, policies: Sequence[Policy]
) -> list[Judgement]:
    """Judge a batch: comment i with evidence i under policy i; one Judgement each, in the same order."""
    scores = scorer.score(comments, evidence)
    return [_conclude(score, policy) for score, policy in zip(scores, policies, strict=True)]


def scorer_failed(policy: Policy, starts: int) -> Judgement:
    """What becomes of a comment that no attempt could score: a person decides."""
    reason = Reason("scorer_failed", f"The classifier could not finish in {starts} attempts, so a person decides.")
    return Judgement(
        Action.REVIEW, DecidedBy.RULE, None, (reason,), None, ReviewReason.SCORER_FAILED, priority(None), policy.version
    )


def no_model(policy: Policy) -> Judgement:
    """What becomes of a comment while no model can be loaded: a person decides."""
    reason = Reason("scorer_failed", "No classifier can be loaded just now, so a person decides.")
    return Judgement(
        Action.REVIEW, DecidedBy.RULE, None, (reason,), None, ReviewReason.SCORER_FAILED, priority(None), policy.version
    )


def _conclude(score: Score, policy: Policy) -> Judgement:
    action, review_reason, would = choose(score, policy)
    return Judgement(
        action, DecidedBy.MODEL, score, score.reasons, would, review_reason, priority(score), policy.version
    )
