"""What a batch of comments is found by, and how often each of it came up before: everything numeric of the evidence."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from models.count_sketch import Keys, KnownKeys, RecentCounts, earlier_in_batch
from models.near_duplicates import N_KEYS, text_keys


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen before the batch: keys of texts and linked domains, keys of authors, and which keys have labels."""

    contents: RecentCounts
    authors: RecentCounts
    labelled: KnownKeys


@dataclass(frozen=True, slots=True)
class BatchKeys:
    """One entry a comment in each: the folded body, the salt of its site, the 32-bit lookup keys of the different
    domains that it links, and those of its author.
    """

    folded: Sequence[str]
    salts: Sequence[int]
    domains: Sequence[Sequence[int]]
    authors: Sequence[Sequence[int]]


@dataclass(frozen=True, slots=True)
class BatchCounts:
    """One entry a comment in each list, in the order of the batch.

    `texts`: near-duplicate keys as they are stored, not yet kept apart by site; empty for a short text.
    `copies_seen`, `domains_new`, `recent_by_author`: as in Evidence; None where there is nothing to count.
    `contents`, `authors`: the keys by which this comment is counted for later ones, four bytes each.
    `lookup_keys`: different keys of the whole batch that may have a reputation.
    """

    texts: list[tuple[int, ...]]
    copies_seen: list[int | None]
    domains_new: list[int | None]
    recent_by_author: list[int | None]
    contents: list[bytes]
    authors: list[bytes]
    lookup_keys: list[int]


@dataclass(frozen=True, slots=True)
class _Ragged:
    """Several keys a comment in a row. `owners`: the comments that have any, `starts`: where theirs begin."""

    keys: Keys
    owners: NDArray[np.intp]
    starts: NDArray[np.intp]
    stored: list[bytes]

    def reduced(self, counts: NDArray[np.intp], how: np.ufunc, length: int) -> list[int | None]:
        """One number a comment from the counts of its keys; None where it has no key."""
        values: list[int | None] = [None] * length
        if len(self.owners):
            for owner, value in zip(self.owners.tolist(), how.reduceat(counts, self.starts).tolist(), strict=True):
                values[owner] = value
        return values


def count_batch(batch: BatchKeys, seen: Seen, now: int) -> BatchCounts:
    """Count a batch against what was seen before it and, in their order, against its own earlier comments.

    `now` in microseconds since 1970. Nothing is remembered: that is for the caller to do with `contents` and `authors`
    of the result once the comments are decided. Raises ValueError where the batch's sequences differ in length.
    """
    n = len(batch.folded)
    found = text_keys(batch.folded)
    text_hashes = (found.keys ^ np.array(batch.salts, dtype=np.uint32)[found.owners, None]).ravel()
    texts = _Ragged(text_hashes, found.owners, np.arange(0, len(text_hashes), N_KEYS), _sliced(text_hashes, N_KEYS))
    domains, people = _ragged(batch.domains), _ragged(batch.authors)
    raw: list[tuple[int, ...]] = [()] * n
    stored = [b""] * n
    for owner, row, encoded in zip(found.owners.tolist(), found.keys.tolist(), texts.stored, strict=True):
        raw[owner] = tuple(row)
        stored[owner] = encoded
    for owner, encoded in zip(domains.owners.tolist(), domains.stored, strict=True):
        stored[owner] += encoded
    by_author = [b""] * n
    for owner, encoded in zip(people.owners.tolist(), people.stored, strict=True):
        by_author[owner] = encoded
    every = np.concatenate((texts.keys, domains.keys, people.keys))
    return BatchCounts(
        texts=raw,
        copies_seen=texts.reduced(_seen(seen.contents, texts.keys, now), np.maximum, n),
        domains_new=domains.reduced(_seen(seen.contents, domains.keys, now) == 0, np.add, n),
        recent_by_author=people.reduced(_seen(seen.authors, people.keys, now), np.maximum, n),
        contents=stored,
        authors=by_author,
        lookup_keys=[] if seen.labelled.empty else np.unique(every[seen.labelled.has(every)]).tolist(),
    )


def _seen(recent: RecentCounts, keys: Keys, now: int) -> NDArray[np.intp]:
    return recent.counts(keys, now) + earlier_in_batch(keys)


def _ragged(keys: Sequence[Sequence[int]]) -> _Ragged:
    sizes = np.fromiter(map(len, keys), dtype=np.intp, count=len(keys))
    flat = np.fromiter(chain.from_iterable(keys), dtype=np.uint32, count=int(sizes.sum()))
    owners = np.flatnonzero(sizes)
    ends = np.cumsum(sizes[owners])
    starts = ends - sizes[owners]
    encoded = flat.tobytes()
    slices = [encoded[4 * start : 4 * end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]
    return _Ragged(flat, owners, starts, slices)


def _sliced(keys: Keys, size: int) -> list[bytes]:
    encoded = keys.tobytes()
    return [encoded[start : start + 4 * size] for start in range(0, len(encoded), 4 * size)]
