"""The last comments of a site as they were judged: with the evidence and the score that stand with their decisions."""

from collections.abc import Collection, Iterator
from typing import NamedTuple

import orjson

from models.vocabulary import Action, Comment, Evidence, Origin, Reason, Score, State
from store.records import comments, decisions, evidence, origins
from store.records.comments import CommentRecord
from store.records.database import Connection
from store.records.decisions import DecisionRecord

_PAGE = 250
_UNDECIDED = (State.RECEIVED, State.SCORING)


class Judged(NamedTuple):
    """A comment with what it was judged by. `score`: None where no model spoke; `decided`: what the machine decided
    then, in mode shadow what it held back, None where it never did."""

    record: CommentRecord
    comment: Comment
    evidence: Evidence
    score: Score | None
    decided: Action | None


def steps(
    connection: Connection, site_id: str, last: int, *, size: int, count_approved: bool, rule_codes: Collection[str]
) -> Iterator[list[Judged]]:
    """The last comments, newest first, `size` at a time. `rule_codes`: of reasons that are no model's."""
    after, left = None, last
    while left > 0:
        page = comments.page(connection, site_id, external_id=None, state=None, after=after, limit=min(_PAGE, left))
        if not page:
            return
        after, left = page[-1].id, left - len(page)
        decided = [record for record in page if record.state not in _UNDECIDED]
        ids = [record.id for record in decided]
        machine = decisions.by_machine(connection, ids)
        known = origins.of_comments(connection, ids, count_approved=count_approved)
        past = [
            Judged(record, *_stored(record, machine.get((record.id, record.revision)), known[record.id], rule_codes))
            for record in decided
        ]
        yield from (past[at : at + size] for at in range(0, len(past), size))


def _stored(
    record: CommentRecord, said: DecisionRecord | None, origin: Origin, rule_codes: Collection[str]
) -> tuple[Comment, Evidence, Score | None, Action | None]:
    comment = Comment(
        record.body, record.author_name, record.author_url, record.page_title, None, record.language, origin
    )
    if said is None:
        return comment, Evidence(), None, None
    known, _ = evidence.load(said.evidence)
    return comment, known, _score(said, rule_codes), Action(said.would or said.action)


def _score(said: DecisionRecord, rule_codes: Collection[str]) -> Score | None:
    if said.probability is None or said.low is None or said.high is None:
        return None
    reasons = tuple(
        Reason(one["code"], one["text"], one["weight"], None if one["span"] is None else tuple(one["span"]))
        for one in orjson.loads(said.reasons)
        if one["code"] not in rule_codes
    )
    return Score(said.probability, said.low, said.high, reasons, said.model or "")
