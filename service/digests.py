"""The digest that a reviewer asks for, and the links in it: each leads to one comment, and decides once."""

import re
from collections.abc import Callable

from models.errors import NotFound, Refused
from service.review import ItemCard, Review
from service.rulings import Choice, Ruling
from service.webhooks import Webhooks
from store import sealing
from store.records import digest_links, digests
from store.records.database import Connection
from store.records.digests import Digest
from store.records.reviewers import Reviewer
from store.stores import Stores

_EMAIL = re.compile(r"[^@\s\0<>,;:\"/]{1,64}@[^@\s\0<>,;:\"/]{1,250}")


class LinkEnded(Refused):
    """The link was used, or its time is over; decide on the desk."""


class Digests:
    """Digests of reviewers, and what their links lead to."""

    def __init__(self, stores: Stores, review: Review) -> None:
        self._database = stores.database
        self._secret_key = stores.settings.secret_key
        self._webhooks = Webhooks(stores)
        self._review = review

    def asked(self, reviewer: Reviewer) -> Digest | None:
        """What this reviewer asked for."""
        with self._database.read() as connection:
            return digests.of(connection, reviewer.id)

    def secret(self, reviewer: Reviewer) -> str:
        """What signs this reviewer's digests to a webhook."""
        return sealing.webhook_secret(self._secret_key, f"digest of {reviewer.id}")

    def ask(self, reviewer: Reviewer, target: str, every_minutes: int) -> None:
        """Send a digest to an e-mail address or a URL. Raises Refused where nothing may be sent there."""
        if "://" in target:
            self._webhooks.check(target)
        elif not (_EMAIL.fullmatch(target) and target.isascii()):
            raise Refused("Enter an e-mail address, or a URL that begins with https://.")
        with self._database.write() as connection:
            digests.put(connection, reviewer.id, target, every_minutes)

    def end(self, reviewer: Reviewer) -> None:
        """Send none."""
        with self._database.write() as connection:
            digests.remove(connection, reviewer.id)

    def follow(self, reviewer: Reviewer, secret: str) -> ItemCard:
        """The item that a link leads its reviewer to. Raises NotFound, to anybody else as well, and LinkEnded."""
        with self._database.read() as connection:
            item_id = self._item_of(connection, reviewer, secret)
        return self._review.card(reviewer, item_id)

    def decide(self, reviewer: Reviewer, secret: str, choose: Callable[[str], Choice]) -> Ruling:
        """Use the link up for a decision; what is not recorded leaves it as it was. `choose`: the choice about an item.

        Raises NotFound, LinkEnded.
        """
        with self._database.write() as connection:
            choice = choose(self._item_of(connection, reviewer, secret))
            if not digest_links.use(connection, secret, self._database.now_us(connection)):
                raise LinkEnded("This link was used already.")
        ruling = self._review.decide(reviewer, [choice])[0]
        if ruling.status != 200:
            with self._database.write() as connection:
                digest_links.give_back(connection, secret)
        return ruling

    def _item_of(self, connection: Connection, reviewer: Reviewer, secret: str) -> str:
        link = digest_links.find(connection, secret, self._database.now_us(connection))
        if link is None or link.reviewer_id != reviewer.id:
            raise NotFound("There is no such link for you.")
        if not link.is_live:
            raise LinkEnded("This link was used already, or its 72 hours are over.")
        return link.item_id
