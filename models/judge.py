"""The one judgement. Live decisions, checks, simulations and replay all call it, so they cannot disagree.

It takes values and gives values: no clock, no database, no randomness.
"""

from collections.abc import Sequence
from dataclasses import replace

from models.policy import choose, floods, settle
from models.priority import priority
from models.vocabulary import (
    Action,
    Comment,
    DecidedBy,
    Evidence,
    Finding,
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
    return [
        _conclude(score, policy)
        if policy.rules is None and not floods(known, policy)
        else _by_rules(comment, known, score, policy)
        for comment, known, score, policy in zip(comments, evidence, scores, policies, strict=True)
    ]


def unscored(comment: Comment, evidence: Evidence, policy: Policy) -> Judgement:
    """What becomes of a comment while no model can be loaded: lists and rules go on, and else a person decides."""
    without = no_model(policy)
    if policy.rules is None:
        return without
    found = policy.rules.consult(comment, evidence, None)
    action, by, review_reason, would = settle(found, None, policy)
    reasons = found.reasons if found.action else found.reasons + without.reasons
    return Judgement(action, by, None, reasons, would, review_reason, priority(None), policy.version, found.spoke)


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


def _by_rules(comment: Comment, evidence: Evidence, score: Score, policy: Policy) -> Judgement:
    found = Finding() if policy.rules is None else policy.rules.consult(comment, evidence, score)
    if found.action is None and floods(evidence, policy):
        found = replace(found, flood=True, reasons=(*found.reasons, _flood_reason(evidence)))
    action, by, review_reason, would = settle(found, score, policy)
    reasons = found.reasons + score.reasons
    return Judgement(action, by, score, reasons, would, review_reason, priority(score), policy.version, found.spoke)


def _flood_reason(evidence: Evidence) -> Reason:
    text = f"{evidence.recent_by_author} comments of this author came in the hour before; a person looks at more."
    return Reason("author_rate", text)
