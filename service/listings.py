"""Block or trust from one comment: by what it can be known again, and the entry of a list that would know it."""

from dataclasses import dataclass

from models.errors import NotFound
from models.links import link_domains
from models.lists import hashed, normal
from models.text import fold
from models.vocabulary import ListEffect, ListKind, Role
from service.auth import require_role_at
from service.policies import NewEntry, Policies
from service.preview import MAX_COMMENTS, Preview
from service.profiles import entry_for
from service.review import ItemCard, Review
from store.ids import now_us
from store.records import authors
from store.records.authors import Addresses
from store.records.lists import StoredEntry
from store.records.reviewers import Reviewer
from store.stores import Stores

MAX_DOMAINS = 5
TAKEN_BACK_WITHIN_US = 3600 * 1_000_000
# A domain may stand in everybody's comments; an author is a reviewer's everyday work.
_OF_LEADS = (ListKind.EMAIL_DOMAIN, ListKind.URL_DOMAIN)


@dataclass(frozen=True, slots=True)
class Sign:
    """By what a comment can be known again. Of an address the value is the site's pseudonym, never the address."""

    kind: ListKind
    value: str

    @property
    def key(self) -> str:
        """What tells it from the others of the comment, and gives no pseudonym away."""
        return f"{self.kind}:{self.value}" if self.kind is ListKind.URL_DOMAIN else self.kind.value

    @property
    def is_hidden(self) -> bool:
        """Whether the value is not for people to read."""
        return self.kind in (ListKind.EMAIL, ListKind.IP)

    @property
    def least(self) -> Role:
        """The least role that may list it."""
        return Role.LEAD if self.kind in _OF_LEADS else Role.REVIEWER


class Listings:
    """What reviewers block or trust while a comment lies before them."""

    def __init__(self, stores: Stores, review: Review) -> None:
        self._database = stores.database
        self._review = review
        self._policies = Policies(stores)

    def signs(self, reviewer: Reviewer, item_id: str, effect: ListEffect) -> tuple[ItemCard, list[Sign]]:
        """The item, and what this reviewer may list of it, the narrowest first. Raises NotFound, Forbidden.

        Only an author is trusted: a link is written, and an address shared, by anybody.
        """
        card = self._review.card(reviewer, item_id)
        require_role_at(reviewer, Role.REVIEWER, card.item.site_id)
        with self._database.read() as connection:
            addresses = authors.addresses(connection, card.comment.id)
        found = _author(card, addresses, effect)
        if effect is not ListEffect.ALLOW:
            found += _others(card, addresses)
        return card, [sign for sign in found if reviewer.may(sign.least, card.item.site_id)]

    def preview(self, card: ItemCard, new: NewEntry) -> Preview:
        """What the entry would have done to the last comments. Raises Unavailable."""
        return self._policies.preview_entry(card.item.site_id, new, None, MAX_COMMENTS)

    def lay_down(self, card: ItemCard, new: NewEntry) -> StoredEntry:
        """Write the entry. Raises Refused where there is one for the same."""
        return self._policies.add_entry(card.item.site_id, new)

    def take_back(self, reviewer: Reviewer, item_id: str, entry_id: str) -> None:
        """Remove an entry that was laid down within the last hour; older ones belong to the site's lists. Raises
        NotFound, Forbidden."""
        card = self._review.card(reviewer, item_id)
        entry = self._policies.entry(card.item.site_id, entry_id)
        require_role_at(reviewer, Sign(ListKind(entry.kind), entry.value).least, entry.site_id)
        if entry.created_at < now_us() - TAKEN_BACK_WITHIN_US:
            raise NotFound("There is nothing to take back.")
        self._policies.remove_entry(entry)


def entry_of(sign: Sign, effect: ListEffect, reason: str | None, days: int | None) -> NewEntry:
    """The entry that would know what has this sign. Raises Refused."""
    return entry_for((sign.kind, sign.value), effect, reason, days)


def _author(card: ItemCard, addresses: Addresses, effect: ListEffect) -> list[Sign]:
    """A name alone is anybody's: it is blocked where nothing else is known, and never trusted."""
    if card.comment.author_id is not None:
        return [Sign(ListKind.AUTHOR_ID, card.comment.author_id)]
    if addresses.email_hash is not None:
        return [Sign(ListKind.EMAIL, hashed(addresses.email_hash))]
    return _normal(ListKind.AUTHOR_NAME, card.comment.author_name) if effect is not ListEffect.ALLOW else []


def _others(card: ItemCard, addresses: Addresses) -> list[Sign]:
    found = [] if addresses.ip_hash is None else [Sign(ListKind.IP, hashed(addresses.ip_hash))]
    found += _normal(ListKind.EMAIL_DOMAIN, addresses.email_domain)
    linked = dict.fromkeys(link_domains(fold(f"{card.comment.body} {card.comment.author_url or ''}")))
    domains = dict.fromkeys(sign for domain in linked for sign in _normal(ListKind.URL_DOMAIN, domain))
    return found + list(domains)[:MAX_DOMAINS]


def _normal(kind: ListKind, value: str | None) -> list[Sign]:
    try:
        return [] if value is None else [Sign(kind, normal(kind, value))]
    except ValueError:
        return []
