"""Comments that people labelled, written straight into the records; of a kind that the shipped model never saw."""

import random
from collections.abc import Sequence

from builders import change, record
from sqlalchemy import insert, select

from store.ids import new_id, now_us
from store.records.schema import labels, revisions
from store.records.sites import Site
from store.stores import Stores

HOUR_US = 3600 * 1_000_000
_SPAM = (
    "the spirit healer {n} brought my {who} back in {days} days",
    "contact the temple of {who} for a ritual, {n} days",
    "my {who} left, the healer {n} made a spell, thank you temple",
)
_HAM = (
    "the {who} in chapter {n} made me cry",
    "i baked this for my {who}, {n} minutes was too long",
    "is the {who} really {n} years old, i doubt it",
)
_WHO = ("husband", "wife", "brother", "sister", "friend", "uncle", "teacher", "neighbour", "boss", "cousin")


def texts(n: int, seed: int = 0) -> list[tuple[str, bool]]:
    """`n` different texts with whether they are spam, half of each, mixed."""
    drawn = random.Random(seed)
    found: dict[str, bool] = {}
    while len(found) < n:
        is_spam = len(found) % 2 == 0
        line = drawn.choice(_SPAM if is_spam else _HAM)
        words = line.format(n=drawn.randint(2, 9000), who=drawn.choice(_WHO), days=drawn.randint(2, 90))
        found[f"{words} {drawn.choice(_WHO)}"] = is_spam
    return list(found.items())


def label(
    stores: Stores,
    site: Site,
    given: Sequence[tuple[str, bool]],
    *,
    source: str = "reviewer",
    weight: float = 1.0,
    begin: int = HOUR_US,
) -> list[str]:
    """Record comments and a label of each, an hour apart from `begin` on (microseconds since 1970); the labels' ids."""
    comment_ids = record(stores, site, *(text for text, _ in given))
    ids = []
    for place, (comment_id, (_, is_spam)) in enumerate(zip(comment_ids, given, strict=True)):
        ids.append(
            add_label(
                stores, site, comment_id, is_spam=is_spam, source=source, weight=weight, at=begin + place * HOUR_US
            )
        )
    return ids


def add_label(
    stores: Stores,
    site: Site,
    comment_id: str,
    *,
    is_spam: bool,
    source: str,
    weight: float = 1.0,
    at: int | None = None,
) -> str:
    """One more label of a comment's first revision; its id."""
    label_id = new_id("lbl")
    row = {"id": label_id, "site_id": site.id, "comment_id": comment_id, "revision": 1, "source": source}
    row |= {"label": "spam" if is_spam else "ham", "weight": weight, "created_at": now_us() if at is None else at}
    change(stores, insert(labels).values(**row))
    return label_id


def comment_of(stores: Stores, label_id: str) -> str:
    """The comment of a label."""
    with stores.database.read() as connection:
        found: str = connection.execute(select(labels.c.comment_id).where(labels.c.id == label_id)).scalar_one()
    return found


def erase(stores: Stores, comment_id: str) -> None:
    """Say that a comment was erased."""
    change(stores, revisions.update().where(revisions.c.comment_id == comment_id).values(state="erased"))
