"""Retention: forget what may not be kept longer."""

from store.ids import now_us
from store.records import (
    deliveries,
    digest_links,
    idempotency,
    privacy,
    reputations,
    reviewers,
    sightings,
    submissions,
    webhooks,
)
from store.stores import Stores

DAY_US = 24 * 3600 * 1_000_000
DELIVERIES_KEPT_US = 30 * DAY_US


def retain(stores: Stores) -> None:
    """Delete raw personal data after 15 days, idempotency keys after 24 h, ended sessions and links of digests after a
    day, what workers came by after 35 days, what was delivered or given up after 30 days, what exports of a person
    found after 7, secrets of webhooks that sign no longer, and reputations that have faded to nothing."""
    now = now_us()
    with stores.database.write() as connection:
        submissions.forget_raw(connection, now)
        idempotency.forget_old(connection, now)
        reviewers.forget_ended(connection, now - DAY_US)
        digest_links.forget_ended(connection, now - DAY_US)
        deliveries.forget_settled(connection, now - DELIVERIES_KEPT_US)
        webhooks.forget_old_secrets(connection, now)
        sightings.forget(connection, now)
        reputations.forget_faded(connection, now)
        privacy.forget_found(connection, now)
