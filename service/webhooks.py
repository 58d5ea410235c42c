"""What a site does with its webhooks: register, change, rotate, remove, see what was delivered, send again."""

from collections.abc import Sequence

from models.errors import Refused
from models.receivers import read_allowed, read_receiver, refuse_inner
from store.ids import now_us
from store.names import resolve
from store.records import deliveries, webhooks
from store.records.deliveries import Delivery
from store.records.webhooks import DISABLED, Webhook
from store.stores import Stores

RESOLVE_SECONDS = 2.0
OVERLAP_SECONDS = 24 * 3600
MAX_OVERLAP_SECONDS = 7 * 24 * 3600


class Webhooks:
    """The webhooks of all sites; each method names the site that asks, and finds no other's."""

    def __init__(self, stores: Stores) -> None:
        self._database = stores.database
        self._allowed = read_allowed(stores.settings.webhook_allow)

    def check(self, url: str) -> None:
        """Raise Refused where nothing may be sent to this URL.

        A name that cannot be resolved just now is taken: every attempt looks again.
        """
        receiver = read_receiver(url, self._allowed)
        if not receiver.permitted:
            refuse_inner(resolve(receiver.host, receiver.port, RESOLVE_SECONDS))

    def add(self, site_id: str, url: str, description: str | None = None) -> Webhook:
        """Register a receiver that was checked. Raises Refused where the site has enough."""
        with self._database.write() as connection:
            return webhooks.add(connection, site_id, url, description)

    def get(self, site_id: str, webhook_id: str) -> Webhook:
        """One webhook. Raises NotFound."""
        with self._database.read() as connection:
            return webhooks.get(connection, webhook_id, site_id)

    def page(self, site_id: str, after: str | None, limit: int) -> list[Webhook]:
        """The webhooks of a site, oldest first."""
        with self._database.read() as connection:
            return webhooks.page(connection, site_id, after=after, limit=limit)

    def change(self, webhook: Webhook, values: dict[str, str | None]) -> Webhook | None:
        """Change `description`, `state`, or the `url` to one that was checked; None where somebody changed it since."""
        changed: dict[str, str | None] = dict(values)
        if "state" in values:
            changed["disabled_because"] = "The site disabled it." if values["state"] == DISABLED else None
        with self._database.write() as connection:
            return webhooks.change(connection, webhook, **changed)

    def rotate(self, webhook: Webhook, overlap_seconds: int) -> Webhook | None:
        """Give it a new secret; the old one signs too for that long. None where somebody changed it since."""
        with self._database.write() as connection:
            return webhooks.rotate(connection, webhook, overlap_seconds * 1_000_000)

    def remove(self, webhook: Webhook) -> bool:
        """Remove it with its deliveries; False where somebody changed it since."""
        with self._database.write() as connection:
            return webhooks.remove(connection, webhook)

    def deliveries(self, webhook: Webhook, *, state: str | None, before: int | None, limit: int) -> list[Delivery]:
        """What was, is or will be sent to it, newest first."""
        with self._database.read() as connection:
            return deliveries.page(connection, webhook.id, state=state, before=before, limit=limit)

    def redeliver(
        self, webhook: Webhook, *, event_ids: Sequence[str] | None, state: str | None, since: int | None
    ) -> int:
        """Send settled deliveries once more; how many. Raises Refused where the webhook is disabled."""
        if webhook.state == DISABLED:
            raise Refused("This webhook is disabled; make it active first.")
        with self._database.write() as connection:
            now = self._database.now_us(connection)
            return deliveries.redeliver(connection, webhook.id, event_ids=event_ids, state=state, since=since, now=now)


def live_secrets(webhook: Webhook) -> int:
    """How many secrets sign just now."""
    return len(webhook.live_secrets(now_us()))
