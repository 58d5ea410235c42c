"""Gather what is known beside the text for a whole batch: two looks for what is new, one query for reputations.

Nothing here is ever missing in a way that hurts: a comment without author, address, link or page has no evidence of
that kind, and a scorer adds nothing for it.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from functools import lru_cache
from itertools import repeat
from typing import NamedTuple

from models.batch_counts import BatchKeys, count_batch
from models.edits import moved
from models.links import link_domains, links_of_all
from models.relevance import relevance
from models.text import fold, fold_all
from models.vocabulary import Evidence
from store.records import edits, reputations
from store.records.claims import Claimed, DueText
from store.records.database import Connection
from store.records.evidence import NO_KEYS, Keys
from store.records.reputations import AUTHOR, DOMAIN, EMAIL, IP, TEXT, Reputation, Subject, lookup_key, site_salt
from worker.memory import Memory


class Gathered(NamedTuple):
    """What is known about one comment, and the keys by which it is found again and counted for later ones."""

    evidence: Evidence
    keys: Keys
    contents: bytes
    authors: bytes


_NO_DOMAINS: tuple[str, ...] = ()

_Counts = tuple[float | None, float | None]
_UNKNOWN: _Counts = (None, None)
_Edit = tuple[float | None, int | None]
_NO_EDIT: _Edit = (None, None)


class _Labels(NamedTuple):
    """Spam and ham of whom and what a comment was found by."""

    copies: _Counts
    author: _Counts
    ip: _Counts
    domain: _Counts
    domain_name: str | None


_NO_LABELS = _Labels(_UNKNOWN, _UNKNOWN, _UNKNOWN, _UNKNOWN, None)


def gather(connection: Connection, memory: Memory, claimed: Sequence[Claimed], now: int) -> list[Gathered]:
    """The evidence for each claimed revision, in the same order. `now` in microseconds since 1970.

    Comments of the batch count as seen by those after them. Raises DatabaseUnavailable.
    """
    if not claimed:
        return []
    memory.refresh(connection, now)
    folded = fold_all([text.body for _, text in claimed]).texts
    links = links_of_all(folded)
    domains = [_domains(text, links.get(number, [])) for number, (_, text) in enumerate(claimed)]
    batch = BatchKeys(
        folded,
        [site_salt(claim.site_id) for claim, _ in claimed],
        [
            [lookup_key(claim.site_id, DOMAIN, d) for d in found]
            for (claim, _), found in zip(claimed, domains, strict=True)
        ],
        [_author_keys(claim.site_id, text) for claim, text in claimed],
    )
    counted = count_batch(batch, memory.seen, now)
    known = reputations.by_keys(connection, counted.lookup_keys, now)
    keys = [
        Keys(texts, found) if texts or found else NO_KEYS for texts, found in zip(counted.texts, domains, strict=True)
    ]
    kinds = {subject.kind for subject in known}
    labels = map(_labels, claimed, keys, repeat(known), repeat(kinds)) if known else repeat(_NO_LABELS)
    about_page = [
        relevance(words, text.page_title, text.page_text) for (_, text), words in zip(claimed, folded, strict=True)
    ]
    seen = zip(
        map(_of_others, claimed, counted.copies_seen), counted.domains_new, counted.recent_by_author, strict=True
    )
    forms = [_form(text) for _, text in claimed]
    evidence = map(_evidence, forms, seen, labels, about_page, _edits(connection, claimed, folded))
    return list(map(Gathered, evidence, keys, counted.contents, counted.authors))


def of_form(text: DueText) -> Gathered:
    """What the form alone tells, for a comment that nothing will be scored by."""
    return Gathered(Evidence(*_form(text)), NO_KEYS, b"", b"")


def _domains(text: DueText, found: list[str]) -> tuple[str, ...]:
    """Those found in the body and that of the author's address, each once."""
    if text.author_url:
        found = found + link_domains(fold(text.author_url))
    return tuple(dict.fromkeys(found)) if found else _NO_DOMAINS


def _author_keys(site_id: str, text: DueText) -> list[int]:
    named = ((AUTHOR, text.author_id), (EMAIL, text.email_hash), (IP, text.ip_hash))
    return [lookup_key(site_id, kind, value) for kind, value in named if value]


def _of_others(claimed: Claimed, copies_seen: int | None) -> int | None:
    """Without the earlier revisions of the same comment, each of which has been seen once."""
    revision = claimed[0].revision
    return copies_seen if copies_seen is None or revision == 1 else max(0, copies_seen - revision + 1)


def _edits(connection: Connection, claimed: Sequence[Claimed], folded: Sequence[str]) -> Iterable[_Edit]:
    """How far each has moved from its approved text; asked for later revisions alone, so that others cost nothing."""
    edited = [claim.comment_id for claim, _ in claimed if claim.revision > 1]
    approved = edits.approved_before(connection, edited) if edited else {}
    if not approved:
        return repeat(_NO_EDIT)
    return [
        moved(words, approved[claim.comment_id]) if claim.comment_id in approved else _NO_EDIT
        for (claim, _), words in zip(claimed, folded, strict=True)
    ]


def _form(text: DueText) -> tuple[bool | None, float | None]:
    return None if text.form_honeypot is None else text.form_honeypot == "1", text.form_seconds


@lru_cache(maxsize=4096)
def _evidence(
    form: tuple[bool | None, float | None],
    seen: tuple[int | None, int | None, int | None],
    labels: _Labels,
    about_page: float | None,
    edit: _Edit,
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
        *edit,
    )


def _labels(claimed: Claimed, keys: Keys, known: Mapping[Subject, Reputation], kinds: Set[str]) -> _Labels:
    """`kinds`: the kinds of `known`, so that no key is made that nothing can have."""
    site_id, text = claimed[0].site_id, claimed[1]
    domain, author, ip = None, [], []
    if DOMAIN in kinds:
        shares = {d: _spam_share(known[s]) for d in keys.domains if (s := Subject(site_id, DOMAIN, d)) in known}
        domain = max(shares, key=shares.__getitem__, default=None)
    if text.author_id and AUTHOR in kinds:
        author.append(Subject(site_id, AUTHOR, text.author_id))
    if text.email_hash and EMAIL in kinds:
        author.append(Subject(site_id, EMAIL, text.email_hash))
    if text.ip_hash and IP in kinds:
        ip.append(Subject(site_id, IP, text.ip_hash))
    texts = [Subject(site_id, TEXT, str(key)) for key in keys.texts] if TEXT in kinds else []
    return _Labels(
        _most(texts, known),
        _most(author, known),
        _most(ip, known),
        _UNKNOWN if domain is None else known[Subject(site_id, DOMAIN, domain)],
        domain,
    )


def _most(subjects: Sequence[Subject], known: Mapping[Subject, Reputation]) -> _Counts:
    """Of several subjects the reputation that stands on the most labels."""
    found = [known[subject] for subject in subjects if subject in known]
    return max(found, key=sum) if found else _UNKNOWN


def _spam_share(reputation: Reputation) -> float:
    """One label is little to go by, so each domain is given one of each kind."""
    return (reputation.spam + 1) / (reputation.spam + reputation.ham + 2)
