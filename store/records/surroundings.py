"""What stands around a comment: the conversation above it, the author's last ones, and what came of it before."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, select

from store.records import authors, edits
from store.records import comments as texts
from store.records.comments import CommentRecord
from store.records.schema import decisions, events

MAX_PARENTS = 5
BY_AUTHOR = 5
MAX_STEPS = 20


class Step(NamedTuple):
    """One transition. `at` in microseconds since 1970; `by`: `model`, `rule`, `human` or None where nobody decided."""

    state: str
    at: int
    by: str | None
    reviewer: str | None
    note: str | None


class Surroundings(NamedTuple):
    """`thread`: the parents, the nearest first. `by_author`: the newest others, newest first, as far as known again.

    `approved`: the text that was last approved, where it is another one. `steps`: the transitions of all revisions,
    oldest first.
    """

    thread: tuple[CommentRecord, ...]
    by_author: tuple[CommentRecord, ...]
    author_known: bool
    approved: str | None
    steps: tuple[Step, ...]


def of_comment(connection: Connection, record: CommentRecord) -> Surroundings:
    """What stands around this comment, on its own site."""
    author = authors.of_comment(connection, record.id)
    ids = [] if author is None else [i for i in authors.recent(connection, author, BY_AUTHOR + 1) if i != record.id]
    found = texts.texts(connection, ids[:BY_AUTHOR]) if ids else {}
    approved = edits.approved_before(connection, [record.id]).get(record.id) if record.revision > 1 else None
    return Surroundings(
        thread=_thread(connection, record),
        by_author=tuple(found[i] for i in ids if i in found and found[i].state != "erased"),
        author_known=author is not None,
        approved=None if approved == record.body else approved,
        steps=_steps(connection, record.id),
    )


def _thread(connection: Connection, record: CommentRecord) -> tuple[CommentRecord, ...]:
    found: list[CommentRecord] = []
    seen, parent = {record.id}, record.parent_id
    while parent is not None and parent not in seen and len(found) < MAX_PARENTS:
        above = texts.texts(connection, [parent]).get(parent)
        if above is None or above.site_id != record.site_id:
            break
        seen.add(parent)
        if above.state != "erased":
            found.append(above)
        parent = above.parent_id
    return tuple(found)


def _steps(connection: Connection, comment_id: str) -> tuple[Step, ...]:
    query = (
        select(events.c.state, events.c.at, decisions.c.decided_by, decisions.c.reviewer_name, decisions.c.note)
        .outerjoin(decisions, decisions.c.id == events.c.decision_id)
        .where(events.c.comment_id == comment_id, events.c.state != "scoring")
        .order_by(events.c.seq.desc())
        .limit(MAX_STEPS)
    )
    rows: Sequence[Step] = [Step(*row) for row in connection.execute(query)]
    return tuple(reversed(rows))
