"""From a score to an action: the site's mode and thresholds, applied to the interval of the score."""

from models.vocabulary import Action, DecidedBy, Evidence, Finding, Mode, Policy, ReviewReason, Score, Thresholds


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


def settle(
    found: Finding, score: Score | None, policy: Policy
) -> tuple[Action, DecidedBy, ReviewReason | None, Action | None]:
    """The action where lists and rules have spoken, who decided it, why a person is needed, and what shadow held back.

    What they decide comes before the lanes. Of a new author, and of one who floods the site, only what the model would
    publish or hold needs a person: probable spam needs none. In mode review-all a person sees every comment whatever
    they say.
    """
    if policy.mode is Mode.REVIEW_ALL and score is not None:
        return Action.REVIEW, DecidedBy.MODEL, ReviewReason.REVIEW_ALL, None
    if found.action is not None:
        action, by, reason = found.action, DecidedBy.RULE, ReviewReason.RULE
    elif score is None:
        return Action.REVIEW, DecidedBy.RULE, ReviewReason.SCORER_FAILED, None
    else:
        action, by, reason = lane(score, policy.thresholds), DecidedBy.MODEL, ReviewReason.UNCERTAIN
        if (found.first_comments or found.flood) and action in (Action.APPROVE, Action.REVIEW):
            held = ReviewReason.FIRST_COMMENTS if found.first_comments else ReviewReason.RULE
            action, by, reason = Action.REVIEW, DecidedBy.RULE, held
    if policy.mode is Mode.REVIEW_ALL:
        return Action.REVIEW, by, ReviewReason.REVIEW_ALL, None
    if policy.mode is Mode.SHADOW:
        return Action.APPROVE, by, None, action
    return action, by, reason if action is Action.REVIEW else None, None


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
