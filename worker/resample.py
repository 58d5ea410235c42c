"""Judge what people decided before by other rules, without a model: the scores are stored."""

from collections.abc import Sequence

from models.rulebook import compile_stored
from models.vocabulary import Comment, Score
from store.records import comments, evidence, origins
from store.records.database import Connection
from store.records.lane_outcomes import SampledOutcome
from store.records.policies import StoredPolicy

_STEP = 500


def left_to_lanes(
    connection: Connection, policy: StoredPolicy, found: Sequence[SampledOutcome]
) -> list[SampledOutcome]:
    """Those of them that the site's lists and rules, as they stand, leave to the lanes."""
    book = compile_stored(policy).rules
    if book is None:
        return list(found)
    left: list[SampledOutcome] = []
    for at in range(0, len(found), _STEP):
        step = found[at : at + _STEP]
        ids = [one.comment_id for one in step]
        records = comments.texts(connection, ids)
        known = origins.of_comments(connection, ids, count_approved=book.asks_author_approved)
        for one in step:
            record = records.get(one.comment_id)
            if record is None or record.revision != one.revision:
                continue
            comment = Comment(
                record.body,
                record.author_name,
                record.author_url,
                record.page_title,
                None,
                record.language,
                known[one.comment_id],
            )
            low, high = one.low or 0.0, one.high or 0.0
            score = Score((low + high) / 2, low, high, (), one.model or "")
            said = book.consult(comment, evidence.load(one.evidence)[0], score)
            if said.action is None and not said.first_comments:
                left.append(one)
    return left
