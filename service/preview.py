"""What a change of lists or rules would have done to the comments that came before it is saved.

The stored scores and evidence are judged once under the policy as it stands and once under the one that is proposed,
so the difference is that of the change alone, and no model is needed.
"""

import threading
import time
from dataclasses import dataclass, field

from models.errors import Unavailable
from models.hindsight import Difference, Past, judged
from models.rulebook import CODES, compile_stored
from store.records import past
from store.records.comments import CommentRecord
from store.records.database import Database
from store.records.policies import StoredPolicy

MAX_COMMENTS = 2000
BUDGET_SECONDS = 3.0
_STEP = 10


@dataclass(slots=True)
class Preview(Difference):
    """The difference, and the comments of its `flips` by id."""

    records: dict[str, CommentRecord] = field(default_factory=dict)


class Previews:
    """One at a time in a process, so that they never take more than one of its threads."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._turn = threading.Lock()

    def compare(self, now: StoredPolicy, then: StoredPolicy, *, proposed: str | None, last: int) -> Preview:
        """Judge the last comments of the site under both. `proposed`: the id of the new entry or rule in `then`.

        Raises Unavailable where another preview is running in this process.
        """
        if not self._turn.acquire(blocking=False):
            raise Unavailable("Another preview is running; try again in a moment.")
        try:
            return self._compare(now, then, proposed, last)
        finally:
            self._turn.release()

    def _compare(self, now: StoredPolicy, then: StoredPolicy, proposed: str | None, last: int) -> Preview:
        until = time.monotonic() + BUDGET_SECONDS
        policies = [compile_stored(now), compile_stored(then)]
        counted = any(policy.rules is not None and policy.rules.asks_author_approved for policy in policies)
        found = Preview()
        with self._database.read() as connection:
            for step in past.steps(connection, now.site_id, last, size=_STEP, count_approved=counted, rule_codes=CODES):
                if time.monotonic() > until:
                    found.complete = False
                    break
                values = [Past(one.record.id, one.record.received_at, *one[1:4]) for one in step]
                before, after = (judged(values, policy) for policy in policies)
                for one, old, new in zip(values, before, after, strict=True):
                    found.note(one, old.would or old.action, new, proposed)
                shown = {flip.comment_id for flip in found.flips}
                found.records |= {one.record.id: one.record for one in step if one.record.id in shown}
        return found
