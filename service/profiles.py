"""What is known of an author or of a linked domain on one site: reputation, lists, last comments, what waits."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from models.errors import NotFound, Refused
from models.lists import address_key, hashed, normal
from models.vocabulary import Action, ListEffect, ListEntry, ListKind, Role
from service.auth import require_role_at
from service.decided import DecidedLog, Wanted, lies_in
from service.policies import NewEntry, Policies
from service.preview import MAX_COMMENTS, Preview
from service.review import Choice, Review, Ruling
from store.ids import now_us
from store.records import authors, decided, policies, reputations, review_items, sites
from store.records.authors import Author
from store.records.decided import Decided
from store.records.lists import StoredEntry
from store.records.policies import StoredPolicy
from store.records.reputations import AUTHOR, DOMAIN, EMAIL, Reputation, Subject, lookup_key
from store.records.reviewers import Reviewer
from store.stores import Stores

RECENT = 100
SHOWN = 25
MAX_REASON = 1000
NOTHING = Reputation(0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Profile:
    """An author (`kind` author or email) or a domain. `name`: as the newest comment gives it, or the domain.

    `listed`: the entries that know it; `listable`: the kind and value by which a new entry would. `recent`: the newest
    comments that were decided; `waiting`: those that wait and whose reasons are open.
    """

    site_id: str
    kind: str
    value: str
    name: str | None
    reputation: Reputation
    listed: tuple[ListEntry, ...]
    listable: tuple[ListKind, str]
    recent: tuple[Decided, ...]
    waiting: tuple[Choice, ...]
    cut: bool


class Profiles:
    """Looks authors and domains up, and lays down what becomes of their comments."""

    def __init__(self, stores: Stores, review: Review) -> None:
        self._stores = stores
        self._review = review
        self._log = DecidedLog(stores)
        self._policies = Policies(stores)

    def author_key(self, reviewer: Reviewer, comment_id: str) -> str:
        """The key of a comment's author. Raises NotFound where the author cannot be known again."""
        with self._stores.database.read() as connection:
            author = authors.of_comment(connection, comment_id)
        if author is None or not reviewer.sees(author.site_id):
            raise NotFound("The author of this comment cannot be known again: it came without account and address.")
        return write_key(author)

    def author(self, reviewer: Reviewer, key: str) -> Profile:
        """An author by key. Raises NotFound."""
        author = read_key(key)
        require_role_at(reviewer, Role.VIEWER, author.site_id)
        with self._stores.database.read() as connection:
            ids = authors.recent(connection, author, RECENT)
            found = decided.of_comments(connection, ids)
            items = review_items.of_comments(connection, ids)
            policy = policies.get(self._stores.database, connection, author.site_id)
        shown = [one for one in found if one.sealed_by is None]
        name = next((one.author_name for one in shown if one.author_name), None)
        waiting = [item for item in items.values() if item.waiting and item.reason != "blind"]
        listable = (
            (ListKind.AUTHOR_ID, author.value) if author.kind == AUTHOR else (ListKind.EMAIL, hashed(author.value))
        )
        return Profile(
            author.site_id,
            author.kind,
            author.value,
            name,
            self._reputation(Subject(*author)),
            tuple(entry for entry in policy.entries if _knows_author(entry, author, name, policy)),
            listable,
            tuple(shown[:SHOWN]),
            tuple(Choice(item.id, item.version, Action.APPROVE, None, None) for item in waiting),
            cut=len(ids) == RECENT,
        )

    def domain(self, reviewer: Reviewer, site_id: str, domain: str) -> Profile:
        """A domain that comments of a site link to. Raises NotFound."""
        require_role_at(reviewer, Role.VIEWER, site_id)
        try:
            value = normal(ListKind.URL_DOMAIN, domain)
        except ValueError as error:
            raise NotFound(f"A domain {error}.") from None
        found = self._log.search(reviewer, Wanted(site_id=site_id, domain=value), limit=RECENT)
        ids = [one.decision.comment_id for one in found.rows]
        with self._stores.database.read() as connection:
            policy = policies.get(self._stores.database, connection, site_id)
            items = review_items.of_comments(connection, ids) if ids else {}
        waiting = [item for item in items.values() if item.waiting and item.reason != "blind"]
        return Profile(
            site_id,
            DOMAIN,
            value,
            value,
            self._reputation(Subject(site_id, DOMAIN, value)),
            tuple(e for e in policy.entries if e.kind is ListKind.URL_DOMAIN and lies_in(value, e.value)),
            (ListKind.URL_DOMAIN, value),
            _once_a_comment(found.rows)[:SHOWN],
            tuple(Choice(item.id, item.version, Action.APPROVE, None, None) for item in waiting),
            cut=found.cut or found.after is not None,
        )

    def site_for(self, reviewer: Reviewer, site_id: str | None) -> str:
        """The named site, or the first that the reviewer sees. Raises NotFound."""
        with self._stores.database.read() as connection:
            seen = [site.id for site in sites.every(connection) if reviewer.sees(site.id)]
        if (site_id is not None and site_id not in seen) or not seen:
            raise NotFound("There is no such site among yours.")
        return site_id or seen[0]

    def preview(self, reviewer: Reviewer, profile: Profile, new: NewEntry) -> Preview:
        """What a new entry would have done to the last comments. Raises NotFound, Forbidden, Unavailable."""
        require_role_at(reviewer, least_role(profile), profile.site_id)
        return self._policies.preview_entry(profile.site_id, new, None, MAX_COMMENTS)

    def lay_down(self, reviewer: Reviewer, profile: Profile, new: NewEntry) -> StoredEntry:
        """Write the entry. Raises NotFound, Forbidden, Refused."""
        require_role_at(reviewer, least_role(profile), profile.site_id)
        return self._policies.add_entry(profile.site_id, new)

    def decide_waiting(self, reviewer: Reviewer, profile: Profile, action: Action) -> list[Ruling]:
        """Decide all that waits of it in one transaction."""
        return self._review.decide(
            reviewer, [Choice(c.item_id, c.version, action, None, None) for c in profile.waiting]
        )

    def _reputation(self, subject: Subject) -> Reputation:
        with self._stores.database.read() as connection:
            return reputations.by_keys(connection, [lookup_key(*subject)], now_us()).get(subject, NOTHING)


def least_role(profile: Profile) -> Role:
    """Who may list it: an author is a reviewer's everyday work, a domain may stand in everybody's comments."""
    return Role.LEAD if profile.kind == DOMAIN else Role.REVIEWER


def new_entry(profile: Profile, effect: ListEffect, reason: str | None, days: int | None) -> NewEntry:
    """The entry that would know this author or domain. Raises Refused."""
    return entry_for(profile.listable, effect, reason, days)


def entry_for(known_by: tuple[ListKind, str], effect: ListEffect, reason: str | None, days: int | None) -> NewEntry:
    """An entry of that kind and value, for so many days or for good (None). Raises Refused for a reason too long."""
    if reason is not None and (len(reason) > MAX_REASON or "\0" in reason):
        raise Refused(f"A reason has at most {MAX_REASON} characters.")
    kind, value = known_by
    expires_at = None if days is None else now_us() + days * 24 * 3600 * 1_000_000
    return NewEntry(effect, kind, value, reason, expires_at)


def write_key(author: Author) -> str:
    """An author as one word for an address; it holds the account or the pseudonym, never an e-mail address."""
    return base64.urlsafe_b64encode(orjson.dumps(list(author))).decode().rstrip("=")


def read_key(key: str) -> Author:
    """The author of a key. Raises NotFound."""
    try:
        parts = orjson.loads(base64.urlsafe_b64decode(key + "=" * (-len(key) % 4)))
        site_id, kind, value = parts
        if kind in (AUTHOR, EMAIL) and all(isinstance(part, str) and "\0" not in part for part in parts):
            return Author(site_id, kind, value)
    except (binascii.Error, ValueError, TypeError):
        pass
    raise NotFound("There is no such author.")


def _knows_author(entry: ListEntry, author: Author, name: str | None, policy: StoredPolicy) -> bool:
    if entry.kind is ListKind.AUTHOR_ID:
        return author.kind == AUTHOR and entry.value == author.value
    if entry.kind is ListKind.EMAIL:
        return author.kind == EMAIL and address_key(policy.pseudonym_key, "email", entry.value) == author.value
    return entry.kind is ListKind.AUTHOR_NAME and name is not None and entry.value.casefold() == name.casefold()


def _once_a_comment(rows: Sequence[Decided]) -> tuple[Decided, ...]:
    newest: dict[str, Decided] = {}
    for one in rows:
        newest.setdefault(one.decision.comment_id, one)
    return tuple(newest.values())
