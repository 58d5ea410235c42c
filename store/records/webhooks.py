"""Webhooks: who is told of a site's events, and the secrets that sign what they get."""

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, update

from models.errors import NotFound, Refused
from store.ids import new_id, now_us
from store.records import deliveries
from store.records.outward_tables import webhooks

SECRET_BYTES = 32
MAX_OF_SITE = 20
ACTIVE, DISABLED = "active", "disabled"
GONE = "The receiver answered 410 Gone."


@dataclass(frozen=True, slots=True)
class Webhook:
    """A receiver of a site's events. `state`: `active` or `disabled`; `version` grows with each change; until
    `previous_until` (microseconds since 1970) the secret before the last rotation signs too."""

    id: str
    site_id: str
    url: str
    description: str | None
    state: str
    disabled_because: str | None
    secret: str
    previous_secret: str | None
    previous_until: int | None
    paused_until: int | None
    version: int
    created_at: int

    def live_secrets(self, at: int) -> tuple[str, ...]:
        """The secrets that sign at that instant, the newest first."""
        if self.previous_secret is None or self.previous_until is None or self.previous_until <= at:
            return (self.secret,)
        return self.secret, self.previous_secret


_COLUMNS = [webhooks.c[name] for name in Webhook.__slots__]


def new_secret() -> str:
    """A secret as Standard Webhooks 1.0 has it: `whsec_` and 32 random bytes in base64."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def add(connection: Connection, site_id: str, url: str, description: str | None = None) -> Webhook:
    """Add an active webhook with a new secret. Raises Refused for more than 20 of a site."""
    count = connection.execute(select(func.count()).where(webhooks.c.site_id == site_id)).scalar_one()
    if count >= MAX_OF_SITE:
        raise Refused(f"A site may have {MAX_OF_SITE} webhooks; remove one that is not needed.")
    made = Webhook(new_id("whk"), site_id, url, description, ACTIVE, None, new_secret(), None, None, None, 1, now_us())
    connection.execute(insert(webhooks).values(**{name: getattr(made, name) for name in Webhook.__slots__}))
    return made


def get(connection: Connection, webhook_id: str, site_id: str | None = None) -> Webhook:
    """One webhook, of that site if named. Raises NotFound."""
    row = connection.execute(select(*_COLUMNS).where(webhooks.c.id == webhook_id)).one_or_none()
    if row is None or (site_id is not None and row.site_id != site_id):
        raise NotFound("There is no such webhook on this site; check the id and the key.")
    return _webhook(row)


def by_ids(connection: Connection, webhook_ids: Sequence[str]) -> dict[str, Webhook]:
    """Webhooks by their ids."""
    query = select(*_COLUMNS).where(webhooks.c.id.in_(bindparam("ids", expanding=True)))
    return {row.id: _webhook(row) for row in connection.execute(query, {"ids": webhook_ids})}


def page(connection: Connection, site_id: str, *, after: str | None, limit: int) -> list[Webhook]:
    """The webhooks of a site, oldest first, those with an id above `after`."""
    query = select(*_COLUMNS).where(webhooks.c.site_id == site_id).order_by(webhooks.c.id).limit(limit)
    if after is not None:
        query = query.where(webhooks.c.id > after)
    return [_webhook(row) for row in connection.execute(query)]


def change(connection: Connection, webhook: Webhook, **values: Any) -> Webhook | None:
    """Change a webhook that is still as it was read; None where somebody changed it since.

    One that is disabled gets nothing any more: what waits for it becomes dead letters.
    """
    if not _compare_and_set(connection, webhook, **values):
        return None
    if values.get("state") == DISABLED:
        deliveries.give_up_waiting(connection, webhook.id, "The webhook was disabled.", now_us())
    return get(connection, webhook.id)


def rotate(connection: Connection, webhook: Webhook, overlap_us: int) -> Webhook | None:
    """Give a webhook a new secret; the one before signs too for `overlap_us` microseconds. None: changed since."""
    until = now_us() + overlap_us
    values = {"secret": new_secret(), "previous_secret": webhook.secret, "previous_until": until}
    return get(connection, webhook.id) if _compare_and_set(connection, webhook, **values) else None


def remove(connection: Connection, webhook: Webhook) -> bool:
    """Remove a webhook and its deliveries; False where somebody changed it since."""
    statement = delete(webhooks).where(webhooks.c.id == webhook.id, webhooks.c.version == webhook.version)
    if connection.execute(statement).rowcount == 0:
        return False
    deliveries.forget_receiver(connection, webhook.id)
    return True


def disable(connection: Connection, webhook_id: str, at: int, because: str = GONE) -> None:
    """Disable a webhook whose receiver wants nothing any more; what waits becomes dead letters."""
    connection.execute(
        update(webhooks)
        .where(webhooks.c.id == webhook_id, webhooks.c.state == ACTIVE)
        .values(state=DISABLED, disabled_because=because, version=webhooks.c.version + 1)
    )
    deliveries.give_up_waiting(connection, webhook_id, because, at)


def pause(connection: Connection, webhook_id: str, until: int) -> None:
    """Send nothing to a webhook before that instant, as its receiver asked."""
    connection.execute(update(webhooks).where(webhooks.c.id == webhook_id).values(paused_until=until))


def forget_old_secrets(connection: Connection, now: int) -> None:
    """Delete the secrets that were replaced and sign no longer."""
    connection.execute(
        update(webhooks).where(webhooks.c.previous_until < now).values(previous_secret=None, previous_until=None)
    )


def _compare_and_set(connection: Connection, webhook: Webhook, **values: Any) -> bool:
    statement = update(webhooks).where(webhooks.c.id == webhook.id, webhooks.c.version == webhook.version)
    return connection.execute(statement.values(**values, version=webhook.version + 1)).rowcount == 1


def _webhook(row: Row[Any]) -> Webhook:
    return Webhook(*tuple(row))
