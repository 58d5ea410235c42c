"""Look back at what was decided, newest first, a bounded stretch at a time.

Ids of decisions rise with the time, so a stretch is read from the index of a site, or from the key for all of them,
and nothing is sorted.
"""

from collections.abc import Sequence
from heapq import nlargest
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, select

from models.vocabulary import ReviewReason, State
from store.records.decisions import DecisionRecord
from store.records.schema import comments, decisions, review_items, revisions


class Decided(NamedTuple):
    """A decision with as much of its comment as one may look for.

    `state`: of the revision that was decided; `newest_revision`: of the comment. `sealed_by`: the review item by which
    the comment waits for somebody who must not know what was decided, so this may not be shown; else None.
    """

    decision: DecisionRecord
    body: str
    state: str
    newest_revision: int
    author_id: str | None
    author_name: str | None
    author_url: str | None
    email_hash: str | None
    language: str | None
    page_title: str | None
    sealed_by: str | None


_DECISION = [decisions.c[name] for name in DecisionRecord._fields]
_BESIDE = (
    revisions.c.body,
    revisions.c.state,
    comments.c.revision,
    comments.c.author_id,
    comments.c.author_name,
    comments.c.author_url,
    comments.c.email_hash,
    comments.c.language,
    comments.c.page_title,
    review_items.c.id.label("sealed_by"),
)
_JOINED = (
    decisions.join(comments, comments.c.id == decisions.c.comment_id)
    .join(
        revisions,
        (revisions.c.comment_id == decisions.c.comment_id) & (revisions.c.revision == decisions.c.revision),
    )
    .outerjoin(
        review_items,
        (review_items.c.comment_id == decisions.c.comment_id)
        & (review_items.c.waiting == 1)
        & (review_items.c.reason == ReviewReason.BLIND.value),
    )
)


def stretch(
    connection: Connection, site_ids: Sequence[str] | None, *, before: str | None, since: str | None, limit: int
) -> list[Decided]:
    """The newest decisions that stand, at most `limit`, with ids below `before` and from `since` on.

    `site_ids` None: of all sites. Erased comments are left out.
    """
    if site_ids is None:
        return _read(connection, None, before, since, limit)
    found = [one for site_id in site_ids for one in _read(connection, site_id, before, since, limit)]
    return found if len(site_ids) == 1 else nlargest(limit, found, key=lambda one: one.decision.id)


def of_comments(connection: Connection, comment_ids: Sequence[str]) -> list[Decided]:
    """What stands of these comments' newest revisions, newest first; erased ones are left out."""
    query = (
        select(*_DECISION, *_BESIDE)
        .select_from(_JOINED)
        .where(
            decisions.c.comment_id.in_(comment_ids),
            decisions.c.revision == comments.c.revision,
            decisions.c.undone_at.is_(None),
            revisions.c.state != State.ERASED.value,
        )
        .order_by(decisions.c.decided_at, decisions.c.id)
    )
    newest = {one.decision.comment_id: one for one in map(_decided, map(tuple, connection.execute(query)))}
    return sorted(newest.values(), key=lambda one: one.decision.comment_id, reverse=True)


def first_id(at: int) -> str:
    """The lowest id that a decision of that instant may have, in microseconds since 1970."""
    return f"dec_{max(0, at):014x}"


def _read(
    connection: Connection, site_id: str | None, before: str | None, since: str | None, limit: int
) -> list[Decided]:
    wanted: list[ColumnElement[bool]] = [decisions.c.undone_at.is_(None), revisions.c.state != State.ERASED.value]
    if site_id is not None:
        wanted.append(decisions.c.site_id == site_id)
    if before is not None:
        wanted.append(decisions.c.id < before)
    if since is not None:
        wanted.append(decisions.c.id >= since)
    query = (
        select(*_DECISION, *_BESIDE).select_from(_JOINED).where(*wanted).order_by(decisions.c.id.desc()).limit(limit)
    )
    return [_decided(tuple(row)) for row in connection.execute(query)]


def _decided(row: tuple[Any, ...]) -> Decided:
    width = len(_DECISION)
    return Decided(DecisionRecord(*row[:width]), *row[width:])
