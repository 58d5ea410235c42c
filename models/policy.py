"""From a score to an action: the site's mode and thresholds, applied to the interval of the score."""

from models.vocabulary import Action, Mode, Policy, ReviewReason, Score, Thresholds


def choose(score: Score, policy: Policy) -> tuple[Action, ReviewReason | None, Action | None]:
    """The action, why a person is needed (for review only), and what shadow mode held back.

    The whole interval must lie beyond a threshold, not the probability alone: a wide interval goes to review.
    """
    if policy.mode is Mode.REVIEW_ALL:
        return Action.REVIEW, ReviewReason.REVIEW_ALL, None
    action = lane(score, policy.thresholds)
    if policy.mode is Mode.SHADOW:
        return Action.APPROVE, None, action
    return action, ReviewReason.UNCERTAIN if action is Action.REVIEW else None, None


def lane(score: Score, thresholds: Thresholds) -> Action:
    """Which lane the score falls in; what falls in none is reviewed."""
    if score.low >= thresholds.discard_from:
        return Action.DISCARD
    if score.low >= thresholds.reject_from:
        return Action.REJECT
    if score.high < thresholds.approve_below:
        return Action.APPROVE
    return Action.REVIEW
