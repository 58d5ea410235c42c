"""Gather what is known beside the text for a whole batch: two looks for what is new, one query for reputations.

Nothing here is ever missing in a way that hurts: a comment without author, address, link or page has no evidence of
that kind, and a scorer adds nothing for it.
"""

from collections.abc import Mapping, Sequence
from itertools import repeat
from typing import NamedTuple

from models.batch_counts import BatchKeys, count_batch
from models.relevance import relevance
from models.text import fold, link_domains
from models.vocabulary import Evidence
from store.records import reputations
from store.records.database import Connection
from store.records.evidence import NO_KEYS, Keys
from store.records.reputations import AUTHOR, DOMAIN, EMAIL, IP, TEXT, Reputation, Subject, lookup_key, site_salt
from worker.memory import Memory


class Asked(NamedTuple):
    """One comment, as far as evidence depends on it. The author's addresses are the site's pseudonyms of them."""

    site_id: str
    body: str
    author_id: str | None = None
    email_hash: str | None = None
    ip_hash: str | None = None
    author_url: str | None = None
    page_title: str | None = None
    page_text: str | None = None
    honeypot_filled: bool | None = None
    form_seconds: float | None = None


class Gathered(NamedTuple):
    """What is known about one comment, and the keys by which it is found again and counted for later ones."""

    evidence: Evidence
    keys: Keys
    contents: bytes
    authors: bytes


NOTHING = Gathered(Evidence(), NO_KEYS, b"", b"")
_NO_DOMAINS: tuple[str, ...] = ()

_Counts = tuple[float | None, float | None]
_UNKNOWN: _Counts = (None, None)


class _Labels(NamedTuple):
    """Spam and ham of whom and what a comment was found by."""

    copies: _Counts
    author: _Counts
    ip: _Counts
    domain: _Counts
    domain_name: str | None


_NO_LABELS = _Labels(_UNKNOWN, _UNKNOWN, _UNKNOWN, _UNKNOWN, None)


def gather(connection: Connection, memory: Memory, asked: Sequence[Asked], now: int) -> list[Gathered]:
    """The evidence for each comment, in the same order. `now` in microseconds since 1970.

    Comments of the batch count as seen by those after them. Raises DatabaseUnavailable.
    """
    if not asked:
        return []
    memory.refresh(connection, now)
    folded = [fold(one.body) for one in asked]
    domains = [_domains(one, text) for one, text in zip(asked, folded, strict=True)]
    batch = BatchKeys(
        folded,
        [site_salt(one.site_id) for one in asked],
        [[lookup_key(one.site_id, DOMAIN, d) for d in found] for one, found in zip(asked, domains, strict=True)],
        [_author_keys(one) for one in asked],
    )
    counted = count_batch(batch, memory.seen, now)
    known = reputations.by_keys(connection, counted.lookup_keys, now)
    keys = [
        Keys(texts, found) if texts or found else NO_KEYS for texts, found in zip(counted.texts, domains, strict=True)
    ]
    labels = map(_labels, asked, keys, repeat(known)) if known else repeat(_NO_LABELS)
    about_page = [relevance(text, one.page_title, one.page_text) for one, text in zip(asked, folded, strict=True)]
    seen = zip(counted.copies_seen, counted.domains_new, counted.recent_by_author, strict=True)
    evidence = map(_evidence, asked, seen, labels, about_page)
    return list(map(Gathered, evidence, keys, counted.contents, counted.authors))


def _domains(one: Asked, folded: str) -> tuple[str, ...]:
    found = link_domains(folded)
    if one.author_url:
        found = found + link_domains(fold(one.author_url))
    return tuple(dict.fromkeys(found)) if found else _NO_DOMAINS


def _author_keys(one: Asked) -> list[int]:
    site_id = one.site_id
    keys = []
    if one.author_id:
        keys.append(lookup_key(site_id, AUTHOR, one.author_id))
    if one.email_hash:
        keys.append(lookup_key(site_id, EMAIL, one.email_hash))
    if one.ip_hash:
        keys.append(lookup_key(site_id, IP, one.ip_hash))
    return keys


def _evidence(
    one: Asked, seen: tuple[int | None, int | None, int | None], labels: _Labels, about_page: float | None
) -> Evidence:
    """By place: by name it takes longer to make, and it is made for every comment."""
    copies_seen, domains_new, recent_by_author = seen
    return Evidence(
        one.honeypot_filled,
        one.form_seconds,
        copies_seen,
        *labels.copies,
        *labels.author,
        *labels.ip,
        *labels.domain,
        labels.domain_name,
        domains_new,
        recent_by_author,
        about_page,
    )


def _labels(one: Asked, keys: Keys, known: Mapping[Subject, Reputation]) -> _Labels:
    site_id = one.site_id
    domain = max(
        (domain for domain in keys.domains if (site_id, DOMAIN, domain) in known),
        key=lambda domain: _spam_share(known[Subject(site_id, DOMAIN, domain)]),
        default=None,
    )
    return _Labels(
        _most([Subject(site_id, TEXT, str(key)) for key in keys.texts], known),
        _most([Subject(site_id, AUTHOR, one.author_id or ""), Subject(site_id, EMAIL, one.email_hash or "")], known),
        _most([Subject(site_id, IP, one.ip_hash or "")], known),
        _most([Subject(site_id, DOMAIN, domain or "")], known),
        domain,
    )


def _most(subjects: Sequence[Subject], known: Mapping[Subject, Reputation]) -> _Counts:
    """Of several subjects the reputation that stands on the most labels."""
    found = [known[subject] for subject in subjects if subject in known]
    return max(found, key=sum) if found else _UNKNOWN


def _spam_share(reputation: Reputation) -> float:
    """One label is little to go by, so each domain is given one of each kind."""
    return (reputation.spam + 1) / (reputation.spam + reputation.ham + 2)
