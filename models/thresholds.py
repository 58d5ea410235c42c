"""Thresholds of the lanes: what the site's evidence allows, and provisional ones of the model until it has any."""

import math

from models.vocabulary import Audit, LaneSettings, Thresholds

# For a model whose card says nothing of its errors elsewhere. They bound the interval of the score, not the probability
# alone, so that most of the doubtful goes to a person.
CAUTIOUS = Thresholds(approve_below=0.10, reject_from=0.92, discard_from=0.975)
PROVISIONAL_RATE = 0.25
_NEVER_BELOW, _NEVER_FROM = -1.0, 2.0


def usable(told: Thresholds | None) -> Thresholds:
    """What a model's card says of its thresholds on a new site; the cautious ones where it says nothing of use."""
    if told is None or not 0.0 <= told.approve_below < told.reject_from <= min(1.0, told.discard_from):
        return CAUTIOUS
    return told


def provisional(told: Thresholds | None) -> LaneSettings:
    """What the lanes of a site without evidence do, by the thresholds of the model's card."""
    thresholds = usable(told)
    return LaneSettings(thresholds.approve_below, thresholds.reject_from, PROVISIONAL_RATE, PROVISIONAL_RATE)


PROVISIONAL = provisional(None)


def thresholds_of(lanes: LaneSettings) -> Thresholds:
    """The bounds that these settings stand for. Discarded is only what even cautious thresholds would discard."""
    approve, reject = lanes.approve_threshold, lanes.reject_threshold
    return Thresholds(
        approve_below=_NEVER_BELOW if approve is None else math.nextafter(approve, math.inf),
        reject_from=_NEVER_FROM if reject is None else reject,
        discard_from=_NEVER_FROM if reject is None else max(reject, CAUTIOUS.discard_from),
    )


def audit_of(lanes: LaneSettings, secret: bytes) -> Audit:
    """How these lanes are audited: of what waits anyway as large a share is blind as of what is decided."""
    acting = [
        rate
        for threshold, rate in (
            (lanes.approve_threshold, lanes.approve_rate),
            (lanes.reject_threshold, lanes.reject_rate),
        )
        if threshold is not None
    ]
    return Audit(lanes.approve_rate, lanes.reject_rate, max(acting, default=0.0), secret)
