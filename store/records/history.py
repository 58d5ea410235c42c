"""Take in comments that another system has moderated: as they were left, without scoring, and never twice.

A decision `by: rule` and one event say where each comes from. What nobody had decided there is received here like any
other comment. Nobody outside is told of history.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, Select, bindparam, select, update

from models.errors import GatepostError
from models.vocabulary import Action, DecidedBy, Evidence, LabelKind, State
from store.ids import new_ids
from store.records import decisions, evidence, reputations, submissions, transitions
from store.records.database import among, insert_many, values_for
from store.records.decisions import DecisionRecord
from store.records.evidence import NO_KEYS, Keys
from store.records.idempotency import Replay
from store.records.reputations import CountedLabel
from store.records.schema import comments, labels, revisions
from store.records.sites import Site
from store.records.submissions import COMMENT_COLUMNS, NewComment, Submission, copied
from store.records.transitions import Move

CAUSE = "import"
SOURCE = "import"
_ACTIONS = {State.APPROVED: Action.APPROVE, State.REJECTED: Action.REJECT}
_NOTHING = Evidence()
_REVISION_COLUMNS = ("comment_id", "revision", "site_id", "body", "state", "attempt", "received_at")
_LABEL_COLUMNS = (
    "id",
    "site_id",
    "comment_id",
    "revision",
    "label",
    "source",
    "weight",
    "decision_id",
    "reviewer_id",
    "created_at",
)
_ADOPT = update(comments).where(comments.c.id == bindparam("child")).values(parent_id=bindparam("parent"))


class Past(NamedTuple):
    """A comment as another system left it; its `comment` has an external_id.

    `state`: approved, rejected, or received where nobody had decided. `label`: what it was called there, if anything.
    `reason`: one sentence for people. `parent`: the external_id of what it replies to. `keys`: what its text is found
    by again, so that its label counts for later copies and for the domains it links.
    """

    comment: NewComment
    state: State
    label: LabelKind | None
    reason: str
    parent: str | None = None
    keys: Keys = NO_KEYS


@dataclass(slots=True)
class Entered:
    """What became of them. `known`: were here already; `changed`: here already with other content, which stays;
    `due`: of the new ones those to be decided here; `parentless`: of the new ones replies to what is not here."""

    new: int = 0
    known: int = 0
    changed: int = 0
    due: int = 0
    labels: int = 0
    parentless: int = 0

    def add(self, other: "Entered") -> None:
        """Count another batch in."""
        for name in Entered.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


def enter(connection: Connection, site: Site, pasts: Sequence[Past], at: int) -> Entered:
    """Record a batch, in its order; one whose external_id the site has changes nothing.

    `at`: microseconds since 1970, of decisions and events. A label has the time at which the comment was written, so
    that old ones count as old.
    """
    wanted = {past.comment.external_id for past in pasts} | {past.parent for past in pasts if past.parent}
    known = _known(connection, site.id, [external_id for external_id in wanted if external_id])
    counts = Entered()
    fresh: list[Past] = []
    digests = {external_id: digest for external_id, (_, digest) in known.items()}
    for past in pasts:
        external_id = past.comment.external_id
        assert external_id is not None
        if external_id in digests:
            counts.known += 1
            counts.changed += digests[external_id] != past.comment.content_digest
        else:
            digests[external_id] = past.comment.content_digest
            fresh.append(past)
    ids = {external_id: comment_id for external_id, (comment_id, _) in known.items()}
    settled = [past for past in fresh if past.state is not State.RECEIVED]
    due = [past for past in fresh if past.state is State.RECEIVED]
    counts.labels = _settle(connection, site, settled, ids, at)
    _receive(connection, site, due, ids)
    _adopt(connection, settled, {str(past.comment.external_id) for past in due}, ids)
    counts.new, counts.due = len(fresh), len(due)
    counts.parentless = sum(past.parent is not None and past.parent not in ids for past in fresh)
    return counts


def _settle(connection: Connection, site: Site, pasts: Sequence[Past], ids: dict[str, str], at: int) -> int:
    """Write those that were decided; put their ids into `ids` and return how many labels they have."""
    comment_ids = new_ids("cmt", len(pasts))
    ids |= {str(past.comment.external_id): comment_id for past, comment_id in zip(pasts, comment_ids, strict=True)}
    rows = [
        (comment_id, site.id, *_with_parent(past, ids), at, 1)
        for past, comment_id in zip(pasts, comment_ids, strict=True)
    ]
    insert_many(connection, comments, COMMENT_COLUMNS, rows)
    insert_many(
        connection,
        revisions,
        _REVISION_COLUMNS,
        [
            (comment_id, 1, site.id, past.comment.body, past.state.value, 0, at)
            for past, comment_id in zip(pasts, comment_ids, strict=True)
        ],
    )
    made = list(map(_decision, [site] * len(pasts), pasts, comment_ids, new_ids("dec", len(pasts)), [at] * len(pasts)))
    decisions.add(connection, made)
    moves = [
        Move(0, comment_id, 1, site.id, State.RECEIVED, past.state, decision_id=decision.id)
        for past, comment_id, decision in zip(pasts, comment_ids, made, strict=True)
    ]
    transitions.imported(connection, moves, at)
    return _label(connection, site, pasts, comment_ids, at)


def _receive(connection: Connection, site: Site, pasts: Sequence[Past], ids: dict[str, str]) -> None:
    for past in pasts:  # One by one where a reply may follow its parent; there are few.
        comment = past.comment._replace(parent_id=ids.get(past.parent or ""))
        (result,) = submissions.record(connection, [Submission(site.id, [comment])])
        if isinstance(result, GatepostError):
            raise result
        assert not isinstance(result, Replay)
        ids[str(past.comment.external_id)] = result[0].comment_id


def _adopt(connection: Connection, settled: Sequence[Past], due: set[str], ids: dict[str, str]) -> None:
    """Give those their parent who were decided, but reply to what is still to be decided."""
    late = [
        {"child": ids[str(past.comment.external_id)], "parent": ids[past.parent]}
        for past in settled
        if past.parent is not None and past.parent in due
    ]
    if late:
        connection.execute(_ADOPT, late)


def _decision(site: Site, past: Past, comment_id: str, decision_id: str, at: int) -> DecisionRecord:
    known = None if past.keys == NO_KEYS else evidence.dump(_NOTHING, past.keys).decode()
    return DecisionRecord(
        id=decision_id,
        comment_id=comment_id,
        revision=1,
        cause=CAUSE,
        site_id=site.id,
        action=_ACTIONS[past.state].value,
        decided_by=DecidedBy.RULE.value,
        reviewer_id=None,
        reviewer_name=None,
        probability=None,
        low=None,
        high=None,
        reasons=_reasons(past.reason),
        would=None,
        model=None,
        policy=str(site.policy_version),
        evidence=known,
        evidence_digest=None,
        decided_at=at,
        latency_ms=0,
    )


def _label(connection: Connection, site: Site, pasts: Sequence[Past], comment_ids: Sequence[str], at: int) -> int:
    given = [
        CountedLabel(site.id, comment_id, 1, past.label.value, min(at, past.comment.created_at or at))
        for past, comment_id in zip(pasts, comment_ids, strict=True)
        if past.label is not None
    ]
    rows = [
        (_id_of(one.at), site.id, one.comment_id, one.revision, one.label, SOURCE, 1.0, None, None, one.at)
        for one in given
    ]
    insert_many(connection, labels, _LABEL_COLUMNS, rows)
    reputations.add(connection, given)
    return len(given)


def _id_of(at: int) -> str:
    """The id of a label given at that instant: labels are read in the order of their ids, oldest first."""
    return f"lbl_{at:014x}{os.urandom(8).hex()}"


def _with_parent(past: Past, ids: dict[str, str]) -> tuple[Any, ...]:
    comment = past.comment
    if past.parent is not None and past.parent in ids:
        comment = comment._replace(parent_id=ids[past.parent])
    values: tuple[Any, ...] = copied(comment)
    return values


@lru_cache(maxsize=256)
def _reasons(sentence: str) -> str:
    return orjson.dumps([{"code": "imported", "text": sentence, "weight": None, "span": None}]).decode()


def _known(connection: Connection, site_id: str, external_ids: Sequence[str]) -> dict[str, tuple[str, str]]:
    values = {"site_id": site_id, "ids": values_for(connection, external_ids)}
    rows = connection.execute(_known_statement(connection.dialect.name), values)
    return {external_id: (comment_id, digest) for external_id, comment_id, digest in rows}


@lru_cache
def _known_statement(dialect: str) -> Select[Any]:
    return select(comments.c.external_id, comments.c.id, comments.c.content_digest).where(
        comments.c.site_id == bindparam("site_id"), among(dialect, comments.c.external_id, "ids")
    )
