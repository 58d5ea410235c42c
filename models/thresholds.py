"""Thresholds of the lanes: what the site's evidence allows, and fixed cautious ones until it has any."""

import math

from models.vocabulary import Audit, LaneSettings, Thresholds

# Chosen on sources left out of training, so that most of the doubtful goes to a person (the model's card has the
# figures). They bound the interval of the score, not the probability alone.
CAUTIOUS = Thresholds(approve_below=0.10, reject_from=0.92, discard_from=0.975)
PROVISIONAL_RATE = 0.25
PROVISIONAL = LaneSettings(CAUTIOUS.approve_below, CAUTIOUS.reject_from, PROVISIONAL_RATE, PROVISIONAL_RATE)
_NEVER_BELOW, _NEVER_FROM = -1.0, 2.0


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
