"""The one judgement. Live decisions, checks, simulations and replay all call it, so they cannot disagree.

It takes values and gives values: no clock, no database, no randomness.
"""

from collections.abc import Sequence
from dataclasses import replace

from models.policy import Outcome, choose, floods, settle
from models.priority import BLIND, priority
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
    comments: Sequence[Comment],
    evidence: Sequence[Evidence],
    scorer: Scorer,
    policies: Sequence[Policy],
    coins: Sequence[float | None] | None = None,
) -> list[Judgement]:
    """Judge a batch: comment i with evidence i under policy i; one Judgement each, in the same order.

    `coins`: the draws for the audits in [0, 1), made before any score is known; without them nothing is audited.
    """
    scores = scorer.score(comments, evidence)
    drawn = [None] * len(comments) if coins is None else coins
    return [
        _conclude(known, score, policy, coin)
        if policy.rules is None and not floods(known, policy)
        else _by_rules(comment, known, score, policy, coin)
        for comment, known, score, policy, coin in zip(comments, evidence, scores, policies, drawn, strict=True)
    ]


def unscored(comment: Comment, evidence: Evidence, policy: Policy) -> Judgement:
    """What becomes of a comment while no model can be loaded: lists and rules go on, and else a person decides."""
    without = no_model(policy)
    if policy.rules is None:
        return without
    found = policy.rules.consult(comment, evidence, None)
    said = settle(found, None, evidence, policy, None)
    reasons = found.reasons if found.action else found.reasons + without.reasons
    return _judgement(said, None, reasons, policy, found.spoke)


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


def _conclude(known: Evidence, score: Score, policy: Policy, coin: float | None) -> Judgement:
    return _judgement(choose(score, known, policy, coin), score, score.reasons, policy)


def _by_rules(comment: Comment, known: Evidence, score: Score, policy: Policy, coin: float | None) -> Judgement:
    found = Finding() if policy.rules is None else policy.rules.consult(comment, known, score)
    if found.action is None and floods(known, policy):
        found = replace(found, flood=True, reasons=(*found.reasons, _flood_reason(known)))
    return _judgement(
        settle(found, score, known, policy, coin), score, found.reasons + score.reasons, policy, found.spoke
    )


def _flood_reason(evidence: Evidence) -> Reason:
    text = f"{evidence.recent_by_author} comments of this author came in the hour before; a person looks at more."
    return Reason("author_rate", text)


def _judgement(
    said: Outcome, score: Score | None, reasons: tuple[Reason, ...], policy: Policy, spoke: tuple[str, ...] = ()
) -> Judgement:
    order = BLIND if said.review_reason is ReviewReason.BLIND else priority(score)
    return Judgement(
        said.action, said.by, score, reasons, said.would, said.review_reason, order, policy.version, spoke, said.lane
    )
