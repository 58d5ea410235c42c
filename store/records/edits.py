"""Edit and erase: a new revision takes the place of the old one; erasing leaves only that there was something."""

from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, insert, select, update

from models.vocabulary import Action, DecidedBy, State
from store.records import labels, notes, objections, transitions
from store.records.comments import CommentRecord
from store.records.schema import (
    comments,
    decisions,
    foreign_comments,
    idempotency_keys,
    raw_submissions,
    review_items,
    revisions,
)
from store.records.submissions import RAW_KEPT_US
from store.records.transitions import Move


class Edit(NamedTuple):
    """What an edit brings. None for a field of the page leaves it as it was."""

    body: str
    page_url: str | None = None
    page_title: str | None = None
    page_text: str | None = None
    form_honeypot: bool | None = None
    form_seconds: float | None = None


def revise(connection: Connection, record: CommentRecord, edit: Edit, at: int) -> bool:
    """Write the next revision of a comment, which is due at once, and end the newest one as superseded.

    False where the comment has changed since `record` was read; then nothing was written. An item that waited for a
    person about the old text waits no longer.
    """
    number = record.revision + 1
    page = {"page_url": edit.page_url, "page_title": edit.page_title}
    changed = connection.execute(
        update(comments)
        .where(comments.c.id == record.id, comments.c.revision == record.revision)
        .values(revision=number, **{name: value for name, value in page.items() if value is not None})
    )
    if changed.rowcount != 1 or not transitions.move(connection, [_end(record, State.SUPERSEDED)], at):
        return False
    honeypot = None if edit.form_honeypot is None else "1" if edit.form_honeypot else "0"
    row = {
        "comment_id": record.id,
        "revision": number,
        "site_id": record.site_id,
        "body": edit.body,
        "state": State.RECEIVED.value,
        "attempt": 0,
        "form_honeypot": honeypot,
        "form_seconds": edit.form_seconds,
        "received_at": at,
    }
    connection.execute(insert(revisions).values(row))
    transitions.received(connection, transitions.prepare_first([(record.id, number, record.site_id)], at))
    if edit.page_text:
        raw = {"comment_id": record.id, "revision": number, "page_text": edit.page_text}
        connection.execute(insert(raw_submissions).values(**raw, expires_at=at + RAW_KEPT_US))
    _close_item(connection, record.id)
    return True


def erase(connection: Connection, record: CommentRecord, at: int) -> bool:
    """Remove every text and every trace of the author of a comment; False where it has changed since it was read.

    What stays: that it was there, its transitions, the actions decided, and its labels, withdrawn.
    """
    if not transitions.move(connection, [_end(record, State.ERASED)], at):
        return False
    labels.withdraw_all(connection, record.id, at)  # First, while it can be told whom and what they were about.
    of_comment: dict[str, Any] = {"comment_id": record.id}
    connection.execute(
        update(revisions)
        .where(revisions.c.comment_id == record.id)
        .values(body="", form_honeypot=None, form_seconds=None)
    )
    personal = (
        "external_id",
        "author_id",
        "author_name",
        "author_url",
        "author_role",
        "email_hash",
        "ip_hash",
        "page_url",
        "page_title",
        "language",
    )
    connection.execute(
        update(comments).where(comments.c.id == record.id).values(content_digest="", **dict.fromkeys(personal))
    )
    connection.execute(
        update(decisions)
        .where(decisions.c.comment_id == record.id)
        .values(reasons="[]", evidence=None, evidence_digest=None, note=None)
    )
    connection.execute(delete(raw_submissions).filter_by(**of_comment))
    foreign = {"fingerprint": "", "foreign_id": None, "callback": None, "approve_link": None}
    connection.execute(update(foreign_comments).where(foreign_comments.c.comment_id == record.id).values(**foreign))
    stored_answers = idempotency_keys.c.outcomes.contains(record.id, autoescape=True)
    connection.execute(delete(idempotency_keys).where(idempotency_keys.c.site_id == record.site_id, stored_answers))
    objections.forget(connection, record.id)
    notes.forget(connection, record.id)
    _close_item(connection, record.id)
    return True


def approved_before(connection: Connection, comment_ids: list[str]) -> dict[str, str]:
    """The text that edits of each of these comments are measured from, by comment id: the newest that a person
    approved, else the first that the machine did. So what the machine lets pass in small steps adds up.

    A revision counts as approved where its last decision says so.
    """
    query = (
        select(
            revisions.c.comment_id, revisions.c.revision, revisions.c.body, decisions.c.action, decisions.c.decided_by
        )
        .join(
            decisions,
            (decisions.c.comment_id == revisions.c.comment_id) & (decisions.c.revision == revisions.c.revision),
        )
        .where(
            revisions.c.comment_id.in_(comment_ids),
            decisions.c.undone_at.is_(None),
        )
        .order_by(revisions.c.revision, decisions.c.decided_at, decisions.c.id)
    )
    last = {(row.comment_id, row.revision): row for row in connection.execute(query)}
    found: dict[str, str] = {}
    for row in last.values():
        by_person = row.decided_by == DecidedBy.HUMAN.value
        if row.action == Action.APPROVE.value and (by_person or row.comment_id not in found):
            found[row.comment_id] = row.body
    return found


def _end(record: CommentRecord, state: State) -> Move:
    return Move(record.key, record.id, record.revision, record.site_id, State(record.state), state)


def _close_item(connection: Connection, comment_id: str) -> None:
    table = review_items
    connection.execute(
        update(table)
        .where(table.c.comment_id == comment_id, table.c.waiting == 1)
        .values(waiting=0, version=table.c.version + 1)
    )
