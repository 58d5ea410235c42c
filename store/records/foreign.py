"""What a foreign wire said beside a comment: by what it is found again, and where a decision is told."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from models.vocabulary import State
from store.records.schema import comments, foreign_comments, labels, revisions

SPAM_STATES = (State.REJECTED.value, State.DISCARDED.value)


class Foreign(NamedTuple):
    """What is kept of a comment's foreign request.

    `fingerprint`: keyed digest of author, e-mail and text. `foreign_id`: the website's own id of the comment.
    `callback`: where the Akismet wire asked to be told of another verdict. `approve_link`: what publishes it in Cusdis.
    `is_test`: 1 where nothing may be learned from it and it does not count, else 0.
    """

    wire: str
    fingerprint: str
    blog: str | None = None
    foreign_id: str | None = None
    callback: str | None = None
    approve_link: str | None = None
    is_test: int = 0


@dataclass(frozen=True, slots=True)
class BlogUsage:
    """Checks of one blog in a span of time, by how they stand now, and how many of the verdicts were wrong.

    `missed_spam`: taken as ham and reported as spam; `false_positives`: the other way round.
    """

    blog: str
    spam: int
    ham: int
    missed_spam: int
    false_positives: int

    @property
    def calls(self) -> int:
        """Checks in all."""
        return self.spam + self.ham


def find(
    connection: Connection, site_id: str, wire: str, fingerprint: str, foreign_id: str | None = None
) -> str | None:
    """The newest comment of this site with that content; where several have it, rather the one with that id."""
    query = (
        select(foreign_comments.c.comment_id)
        .where(
            foreign_comments.c.site_id == site_id,
            foreign_comments.c.wire == wire,
            foreign_comments.c.fingerprint == fingerprint,
        )
        .order_by(
            (func.coalesce(foreign_comments.c.foreign_id, "") == (foreign_id or "")).desc(),
            foreign_comments.c.comment_id.desc(),
        )
        .limit(1)
    )
    return connection.execute(query).scalar()


def tests_among(connection: Connection, comment_ids: Collection[str]) -> set[str]:
    """Those of the comments that were sent as a test, from which nothing may be learned."""
    query = select(foreign_comments.c.comment_id).where(
        foreign_comments.c.comment_id.in_(comment_ids), foreign_comments.c.is_test == 1
    )
    return set(connection.execute(query).scalars())


def usage(connection: Connection, site_id: str, wire: str, since: int, until: int) -> list[BlogUsage]:
    """What each blog of a site checked from `since` to before `until` (microseconds since 1970); tests do not count."""
    counted = (
        (foreign_comments.c.site_id == site_id)
        & (foreign_comments.c.wire == wire)
        & (foreign_comments.c.is_test == 0)
        & (foreign_comments.c.received_at >= since)
        & (foreign_comments.c.received_at < until)
    )
    blog = func.coalesce(foreign_comments.c.blog, "")
    standing = (
        select(blog, revisions.c.state, func.count())
        .select_from(
            foreign_comments.join(comments, comments.c.id == foreign_comments.c.comment_id).join(
                revisions, (revisions.c.comment_id == comments.c.id) & (revisions.c.revision == comments.c.revision)
            )
        )
        .where(counted)
        .group_by(blog, revisions.c.state)
    )
    reported = (
        select(blog, labels.c.label, func.count())
        .select_from(foreign_comments.join(labels, labels.c.comment_id == foreign_comments.c.comment_id))
        .where(counted, labels.c.source == "feedback", labels.c.withdrawn_at.is_(None))
        .where(labels.c.decision_id.is_not(None))  # Only what contradicted us led to a decision.
        .group_by(blog, labels.c.label)
    )
    found: dict[str, dict[str, int]] = {}
    for name, state, count in connection.execute(standing):
        kind = "spam" if state in SPAM_STATES else "ham"
        numbers = found.setdefault(name, {})
        numbers[kind] = numbers.get(kind, 0) + count
    for name, label, count in connection.execute(reported):
        found[name]["missed_spam" if label == "spam" else "false_positives"] = count
    return [
        BlogUsage(
            name,
            numbers.get("spam", 0),
            numbers.get("ham", 0),
            numbers.get("missed_spam", 0),
            numbers.get("false_positives", 0),
        )
        for name, numbers in sorted(found.items())
    ]
