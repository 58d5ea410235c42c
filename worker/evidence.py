"""Gather what is known beside the text for a whole batch: two looks for what is new, one query for reputations.

Nothing here is ever missing in a way that hurts: a comment without author, address, link or page has no evidence of
that kind, and a scorer adds nothing for it.
"""

from collections.abc import Mapping, Sequence, Set
from functools import lru_cache
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
    kinds = {subject.kind for subject in known}
    labels = map(_labels, asked, keys, repeat(known), repeat(kinds)) if known else repeat(_NO_LABELS)
    about_page = [relevance(text, one.page_title, one.page_text) for one, text in zip(asked, folded, strict=True)]
    seen = zip(counted.copies_seen, counted.domains_new, counted.recent_by_author, strict=True)
    forms = [(one.honeypot_filled, one.form_seconds) for one in asked]
    evidence = map(_evidence, forms, seen, labels, about_page)
    return list(map(Gathered, evidence, keys, counted.contents, counted.authors))


def _domains(one: Asked, folded: str) -> tuple[str, ...]:
    found = link_domains(folded)
    if one.author_url:
        found = found + link_domains(fold(one.author_url))
    return tuple(dict.fromkeys(found)) if found else _NO_DOMAINS


def _author_keys(one: Asked) -> list[int]:
    named = ((AUTHOR, one.author_id), (EMAIL, one.email_hash), (IP, one.ip_hash))
    return [lookup_key(one.site_id, kind, value) for kind, value in named if value]


@lru_cache(maxsize=4096)
def _evidence(
    form: tuple[bool | None, float | None],
    seen: tuple[int | None, int | None, int | None],
    labels: _Labels,
    about_page: float | None,
) -> Evidence:
    """Kept, since most comments of a stream have the same: nothing known, seen never before."""
    copies_seen, domains_new, recent_by_author = seen
    return Evidence(
        *form,
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


def _labels(one: Asked, keys: Keys, known: Mapping[Subject, Reputation], kinds: Set[str]) -> _Labels:
    """`kinds`: the kinds of `known`, so that no key is made that nothing can have."""
    domain, author, ip = None, [], []
    if DOMAIN in kinds:
        shares = {d: _spam_share(known[s]) for d in keys.domains if (s := Subject(one.site_id, DOMAIN, d)) in known}
        domain = max(shares, key=shares.__getitem__, default=None)
    if one.author_id and AUTHOR in kinds:
        author.append(Subject(one.site_id, AUTHOR, one.author_id))
    if one.email_hash and EMAIL in kinds:
        author.append(Subject(one.site_id, EMAIL, one.email_hash))
    if one.ip_hash and IP in kinds:
        ip.append(Subject(one.site_id, IP, one.ip_hash))
    texts = [Subject(one.site_id, TEXT, str(key)) for key in keys.texts] if TEXT in kinds else []
    return _Labels(
        _most(texts, known),
        _most(author, known),
        _most(ip, known),
        _UNKNOWN if domain is None else known[Subject(one.site_id, DOMAIN, domain)],
        domain,
    )


def _most(subjects: Sequence[Subject], known: Mapping[Subject, Reputation]) -> _Counts:
    """Of several subjects the reputation that stands on the most labels."""
    found = [known[subject] for subject in subjects if subject in known]
    return max(found, key=sum) if found else _UNKNOWN


def _spam_share(reputation: Reputation) -> float:
    """One label is little to go by, so each domain is given one of each kind."""
    return (reputation.spam + 1) / (reputation.spam + reputation.ham + 2)
