"""Notes about a comment, and whom they call by `@name`."""

import re
from collections.abc import Sequence

from models.errors import Gone, NotFound, Refused
from models.vocabulary import Role, State
from service.auth import require_role_at
from store.ids import new_id
from store.records import comments, notes, reviewers
from store.records.comments import CommentRecord
from store.records.database import Connection
from store.records.notes import Note
from store.records.reviewers import Reviewer
from store.stores import Stores

MAX_CHARACTERS = 2000
MAX_OF_COMMENT = 200
MAX_MENTIONS = 20


class Notes:
    """What reviewers write for each other."""

    def __init__(self, stores: Stores) -> None:
        self._database = stores.database

    def about(self, reviewer: Reviewer, comment_id: str) -> tuple[CommentRecord, list[Note]]:
        """A comment and its notes, which count as read from now on. Raises NotFound."""
        with self._database.read() as connection:
            record = _comment(connection, reviewer, comment_id)
            found = notes.of_comment(connection, comment_id)
            called = any(
                note.comment_id == comment_id for note in notes.unseen(connection, reviewer.id, MAX_OF_COMMENT)
            )
        if called:
            with self._database.write() as connection:
                notes.see(connection, reviewer.id, comment_id, self._database.now_us(connection))
        return record, found

    def add(self, reviewer: Reviewer, comment_id: str, body: str) -> Note:
        """Write a note. Raises NotFound, Forbidden, Gone, Refused."""
        body = body.strip()
        if not 0 < len(body) <= MAX_CHARACTERS or "\0" in body:
            raise Refused(f"A note has 1 to {MAX_CHARACTERS:,} characters.")
        with self._database.write() as connection:
            record = _comment(connection, reviewer, comment_id)
            require_role_at(reviewer, Role.REVIEWER, record.site_id)
            if record.state == State.ERASED:
                raise Gone("The comment has been erased.")
            if notes.count_of(connection, comment_id) >= MAX_OF_COMMENT:
                raise Refused(f"There are {MAX_OF_COMMENT} notes about this comment already.")
            at = self._database.now_us(connection)
            note = Note(new_id("note"), record.site_id, comment_id, reviewer.id, reviewer.name, body, at)
            people = reviewers.every(connection)
            seeing = [one for one in people if one.sees(record.site_id) and one.id != reviewer.id]
            notes.add(connection, note, [one.id for one in called(body, seeing)])
        return note

    def count(self, comment_id: str) -> int:
        """How many notes there are about a comment."""
        with self._database.read() as connection:
            return notes.count_of(connection, comment_id)

    def mentions(self, reviewer: Reviewer) -> list[Note]:
        """Notes that call the reviewer and were not read yet, of sites that are still seen."""
        with self._database.read() as connection:
            found = notes.unseen(connection, reviewer.id, MAX_OF_COMMENT)
        return [note for note in found if reviewer.sees(note.site_id)]


def called(body: str, people: Sequence[Reviewer]) -> list[Reviewer]:
    """Whom a text calls by `@name`, in any case; of two names that fit at a place the longer one."""
    names = {one.name.casefold(): one for one in people}
    if not names or "@" not in body:
        return []
    pattern = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    found = re.findall(rf"(?<![\w.])@({pattern})(?!\w)", body.casefold())
    return [names[name] for name in dict.fromkeys(found)][:MAX_MENTIONS]


def _comment(connection: Connection, reviewer: Reviewer, comment_id: str) -> CommentRecord:
    record = comments.get(connection, comment_id)
    if record is None or not reviewer.sees(record.site_id):
        raise NotFound("There is no such comment among those of your sites.")
    return record
