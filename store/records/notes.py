"""Notes that reviewers write for each other, and whom they call by name."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, delete, func, insert, select, update

from store.records.note_tables import mentions, notes


class Note(NamedTuple):
    """A note about a comment. `at`: microseconds since 1970."""

    id: str
    site_id: str
    comment_id: str
    reviewer_id: str
    reviewer_name: str
    body: str
    at: int


_COLUMNS = [notes.c[name] for name in Note._fields]


def add(connection: Connection, note: Note, mentioned: Sequence[str]) -> None:
    """Write a note and the ids of those whom it calls."""
    connection.execute(insert(notes).values(note._asdict()))
    if mentioned:
        rows = [{"note_id": note.id, "reviewer_id": who, "seen_at": None} for who in mentioned]
        connection.execute(insert(mentions), rows)


def of_comment(connection: Connection, comment_id: str) -> list[Note]:
    """The notes about a comment, oldest first."""
    query = select(*_COLUMNS).where(notes.c.comment_id == comment_id).order_by(notes.c.id)
    return [Note(*row) for row in connection.execute(query)]


def count_of(connection: Connection, comment_id: str) -> int:
    """How many notes there are about a comment."""
    return connection.execute(select(func.count()).where(notes.c.comment_id == comment_id)).scalar_one()


def unseen(connection: Connection, reviewer_id: str, limit: int) -> list[Note]:
    """The newest notes that call this reviewer and were not seen yet."""
    query = (
        select(*_COLUMNS)
        .join(mentions, mentions.c.note_id == notes.c.id)
        .where(mentions.c.reviewer_id == reviewer_id, mentions.c.seen_at.is_(None))
        .order_by(notes.c.id.desc())
        .limit(limit)
    )
    return [Note(*row) for row in connection.execute(query)]


def see(connection: Connection, reviewer_id: str, comment_id: str, at: int) -> None:
    """The reviewer has read the notes about a comment."""
    about = select(notes.c.id).where(notes.c.comment_id == comment_id)
    connection.execute(
        update(mentions)
        .where(mentions.c.reviewer_id == reviewer_id, mentions.c.seen_at.is_(None), mentions.c.note_id.in_(about))
        .values(seen_at=at)
    )


def forget(connection: Connection, comment_id: str) -> None:
    """Delete all notes about a comment."""
    about = select(notes.c.id).where(notes.c.comment_id == comment_id)
    connection.execute(delete(mentions).where(mentions.c.note_id.in_(about)))
    connection.execute(delete(notes).where(notes.c.comment_id == comment_id))
