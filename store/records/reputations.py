"""How often people called the comments of an author, with a link, or of nearly the same text spam or ham.

Only labels count, never the machine's own decisions. A label weighs half as much every 90 days. Instead of making all
counts smaller day by day, new labels are added in units that double every 90 days, and a count is divided by the unit
of today when it is read: so adding and taking back commute, and the labels tell the counts whenever they are asked.
Source: Cormode et al. 2009, Forward decay: a practical time decay model for streaming systems.
"""

import zlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from models.vocabulary import DecidedBy, LabelKind
from store.records import evidence
from store.records.database import among, values_for
from store.records.evidence import NO_KEYS, Keys
from store.records.evidence_tables import reputations
from store.records.schema import comments, decisions, labels
from store.records.tail import Tail

HALF_LIFE_US = 90 * 24 * 3600 * 1_000_000
PAGE = 10_000
_UNIT_IS_ONE_AT = 1_767_225_600_000_000  # The beginning of 2026; any fixed instant does.
_DECIMALS = 3
_FADED = 0.5 * 10.0**-_DECIMALS

AUTHOR, EMAIL, IP, DOMAIN, TEXT = "author", "email", "ip", "domain", "text"


class Subject(NamedTuple):
    """Of whom or of what a reputation is, on one site. `kind`: author, email, ip, domain or text."""

    site_id: str
    kind: str
    value: str


class Reputation(NamedTuple):
    """Decayed counts of labels, rounded to three decimals: one given now is 1.0."""

    spam: float
    ham: float


class CountedLabel(NamedTuple):
    """A label as far as it is counted. `at`: when it was given, microseconds since 1970."""

    site_id: str
    comment_id: str
    revision: int
    label: str
    at: int


_Counts = dict[Subject, list[float]]


def lookup_key(site_id: str, kind: str, value: str) -> int:
    """The 32-bit number by which a subject is looked up, the same in every process. Two may share one."""
    return zlib.crc32(value.encode("utf-8", "surrogatepass"), _salt(site_id, kind))


def site_salt(site_id: str) -> int:
    """The 32-bit number that keeps the keys of different sites apart; a text's lookup key is its key XOR this."""
    return _salt(site_id, TEXT)


@lru_cache(maxsize=16384)
def _salt(site_id: str, kind: str) -> int:
    return zlib.crc32(f"{site_id}:{kind}".encode())


def add(connection: Connection, given: Sequence[CountedLabel]) -> None:
    """Count labels, in the transaction that writes them."""
    _write(connection, _counts(connection, given))


def take_back(connection: Connection, withdrawn: Sequence[CountedLabel]) -> None:
    """Count labels no longer, in the transaction that withdraws them; each was counted by `add`."""
    counts = _counts(connection, withdrawn)
    _write(connection, {subject: [-spam, -ham] for subject, (spam, ham) in counts.items()})


def by_keys(connection: Connection, lookup_keys: Sequence[int], now: int) -> dict[Subject, Reputation]:
    """The reputations with these lookup keys, decayed to `now`; without those that have faded to nothing."""
    if not lookup_keys:
        return {}
    rows = connection.execute(_by_keys(connection.dialect.name), {"keys": values_for(connection, lookup_keys)}).all()
    unit = _unit(now)
    found = {
        Subject(site_id, kind, value): Reputation(_rounded(spam / unit), _rounded(ham / unit))
        for site_id, kind, value, spam, ham in rows
    }
    return {subject: reputation for subject, reputation in found.items() if any(reputation)}


def unread_keys(connection: Connection, tail: Tail, now: int) -> list[int]:
    """The next lookup keys that were not read yet, at most 10,000, and note in `tail` that they are."""
    found: list[Any] = []
    if tail.missing:
        late = select(reputations.c.id, reputations.c.lookup_key).order_by(reputations.c.id)
        late = late.where(among(connection.dialect.name, reputations.c.id, "missing"))
        found += connection.execute(late, {"missing": values_for(connection, tail.missing)}).all()
    found += connection.execute(_NEW_KEYS, {"after": tail.last}).all()
    tail.advance([row.id for row in found], now)
    return [row.lookup_key for row in found]


def recount(connection: Connection) -> int:
    """Make all reputations once more from the labels; return how many there are."""
    connection.execute(delete(reputations))
    standing = [CountedLabel(*row) for row in connection.execute(_STANDING).all()]
    counts: _Counts = {}
    for start in range(0, len(standing), PAGE):
        for subject, (spam, ham) in _counts(connection, standing[start : start + PAGE]).items():
            so_far = counts.setdefault(subject, [0.0, 0.0])
            so_far[0] += spam
            so_far[1] += ham
    _write(connection, counts)
    return len(counts)


def forget_faded(connection: Connection, now: int) -> None:
    """Delete what has faded to nothing, or was taken back."""
    connection.execute(delete(reputations).where(reputations.c.spam + reputations.c.ham < _FADED * _unit(now)))


def _counts(connection: Connection, given: Sequence[CountedLabel]) -> _Counts:
    counts: _Counts = defaultdict(lambda: [0.0, 0.0])
    for label, subjects in zip(given, _subjects(connection, given), strict=True):
        for subject in subjects:
            counts[subject][label.label != LabelKind.SPAM] += _unit(label.at)
    return counts


def _subjects(connection: Connection, given: Sequence[CountedLabel]) -> Iterable[set[Subject]]:
    """What each label speaks about: the author as the comment names it, and what the decision found in the text."""
    ids = list({label.comment_id for label in given})
    if not ids:
        return
    values = {"ids": values_for(connection, ids)}
    authors = {row.id: row for row in connection.execute(_authors(connection.dialect.name), values)}
    found: dict[tuple[str, int], Keys] = {}
    for row in connection.execute(_judged(connection.dialect.name), values):
        if not any(found.get((row.comment_id, row.revision), NO_KEYS)):
            # The first that found any, so that a later judgement of the same text cannot change what was counted.
            found[row.comment_id, row.revision] = evidence.load_keys(row.evidence)
    for label in given:
        author = authors[label.comment_id]
        keys = found.get((label.comment_id, label.revision), NO_KEYS)
        named = (
            *((AUTHOR, author.author_id), (EMAIL, author.email_hash), (IP, author.ip_hash)),
            *((DOMAIN, domain) for domain in keys.domains),
            *((TEXT, str(key)) for key in keys.texts),
        )
        yield {Subject(label.site_id, kind, value) for kind, value in named if value}


def _write(connection: Connection, counts: _Counts) -> None:
    # In one order, so that two transactions that meet wait for each other instead of for ever.
    rows = [
        {**subject._asdict(), "lookup_key": _key(subject), "spam": spam, "ham": ham}
        for subject, (spam, ham) in sorted(counts.items())
    ]
    if not rows:
        return
    insert: Any = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(reputations)
    statement = insert.on_conflict_do_update(
        index_elements=["lookup_key", "site_id", "kind", "value"],
        set_={
            "spam": reputations.c.spam + insert.excluded.spam,
            "ham": reputations.c.ham + insert.excluded.ham,
        },
    )
    connection.execute(statement, rows)


def _key(subject: Subject) -> int:
    if subject.kind == TEXT:
        return int(subject.value) ^ site_salt(subject.site_id)
    return lookup_key(*subject)


def _rounded(count: float) -> float:
    """Without the residue that taking back may leave, which can be a little less than nothing."""
    return max(0.0, round(count, _DECIMALS))


def _unit(at: int) -> float:
    return float(2.0 ** ((at - _UNIT_IS_ONE_AT) / HALF_LIFE_US))


@lru_cache
def _by_keys(dialect: str) -> Select[Any]:
    columns = (reputations.c.site_id, reputations.c.kind, reputations.c.value, reputations.c.spam, reputations.c.ham)
    return select(*columns).where(among(dialect, reputations.c.lookup_key, "keys"))


@lru_cache
def _authors(dialect: str) -> Select[Any]:
    columns = (comments.c.id, comments.c.author_id, comments.c.email_hash, comments.c.ip_hash)
    return select(*columns).where(among(dialect, comments.c.id, "ids"))


@lru_cache
def _judged(dialect: str) -> Select[Any]:
    columns = (decisions.c.comment_id, decisions.c.revision, decisions.c.evidence)
    return (
        select(*columns)
        .where(
            among(dialect, decisions.c.comment_id, "ids"),
            decisions.c.evidence.is_not(None),
            decisions.c.decided_by != DecidedBy.HUMAN.value,
        )
        .order_by(decisions.c.decided_at, decisions.c.id)
    )


_NEW_KEYS = (
    select(reputations.c.id, reputations.c.lookup_key)
    .where(reputations.c.id > bindparam("after"))
    .order_by(reputations.c.id)
    .limit(PAGE)
)
_STANDING = select(labels.c.site_id, labels.c.comment_id, labels.c.revision, labels.c.label, labels.c.created_at).where(
    labels.c.withdrawn_at.is_(None)
)
