"""From claimed texts to judgements and the decisions that record them; nothing is written here."""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

import orjson

from models import judge
from models.errors import ArtifactRefused
from models.guarantee.audit import coin
from models.removal import Removal, removals
from models.thresholds import CAUTIOUS
from models.vocabulary import Action, Comment, DecidedBy, Judgement, Mode, Origin, Policy, Scorer
from store.ids import now_us
from store.records import origins
from store.records.claims import Claimed, DueText
from store.records.database import Connection, Database
from store.records.decisions import DecisionRecord
from store.records.evidence import dump
from store.records.transitions import Claim
from store.stores import Stores
from worker import evidence
from worker.by_scorer import by_scorer
from worker.evidence import Gathered
from worker.memory import Memory

# As plain text, for which the drivers of the databases need not look for an adapter.
_ACTION = {action: action.value for action in Action}
_BY = {by: by.value for by in DecidedBy}
_NO_LANE = (None,) * 5


log = logging.getLogger(__name__)


class Due(NamedTuple):
    """A claimed revision with all that it is judged by."""

    claim: Claim
    comment: Comment
    gathered: Gathered
    policy: Policy
    received_at: int

    @property
    def coin(self) -> float | None:
        """The draw that says whether a person looks at what the lanes decide; None where nothing is audited."""
        audit = self.policy.audit
        return None if audit is None or not self.claim.comment_id else coin(audit.secret, self.claim.comment_id)


class Asked(NamedTuple):
    """A text that is not stored, whom it is from, and whether to say what its words do."""

    claimed: Claimed
    origin: Origin
    explain: bool


@dataclass(frozen=True, slots=True)
class Checked:
    """What would be decided of a text, and what the score would be without the words of its reasons; None where nobody
    asked that.
    """

    decision: DecisionRecord
    removals: list[Removal] | None


def check(stores: Stores, scorer: Scorer, memory: Memory, asked: Sequence[Asked]) -> list[Checked | None]:
    """What would be decided of texts, in the same order; None where one cannot be scored."""
    told = [one.origin for one in asked]
    with stores.database.read() as connection:
        due = gather(stores.database, connection, memory, [one.claimed for one in asked], told)
    judged = {id(one): judgement for one, judgement in judge_by_site(scorer, due)}
    at = now_us()
    return [
        Checked(decision_of(one, found, at, ""), _removals(scorer, one, found) if wish.explain else None)
        if (found := judged.get(id(one))) is not None
        else None
        for one, wish in zip(due, asked, strict=True)
    ]


def _removals(scorer: Scorer, due: Due, judgement: Judgement) -> list[Removal]:
    if judgement.score is None:
        return []
    ((own, _),) = by_scorer(scorer, [due.claim.site_id])
    try:
        return removals(due.comment, due.gathered.evidence, judgement.score, own)
    except ArtifactRefused:  # The model was good a moment ago, when it judged the whole.
        return []


def judge_by_site(scorer: Scorer, due: Sequence[Due]) -> list[tuple[Due, Judgement]]:
    """Each site by its own model where it has one."""
    grouped = by_scorer(scorer, [one.claim.site_id for one in due])
    return [pair for own, places in grouped for pair in _judge(own, [due[place] for place in places])]


def _judge(scorer: Scorer, due: Sequence[Due]) -> list[tuple[Due, Judgement]]:
    try:
        known = [one.gathered.evidence for one in due]
        policies = [one.policy for one in due]
        judgements = judge.judge([one.comment for one in due], known, scorer, policies, [one.coin for one in due])
    except ArtifactRefused:
        return [
            (one, judge.unscored(one.comment, one.gathered.evidence, one.policy)) for one in due
        ]  # The alarm has sounded when it was refused.
    except Exception:
        # The edge of the batch: one text that cannot be scored must not hold up the others.
        log.exception("Scoring failed for a batch of %d", len(due))
        if len(due) == 1:
            return []
        return [pair for one in due for pair in _judge(scorer, [one])]
    return list(zip(due, judgements, strict=True))


def gather(
    database: Database,
    connection: Connection,
    memory: Memory,
    claimed: Sequence[Claimed],
    told: Sequence[Origin] | None = None,
) -> list[Due]:
    """Claimed revisions with evidence and policies, in the same order; whom they are from only where a policy asks.

    `told`: the origins of texts that are not stored. Raises DatabaseUnavailable.
    """
    gathered = evidence.gather(connection, memory, claimed, now_us())
    policies = memory.policies.of(database, connection, claimed)
    asking = [place for place, policy in enumerate(policies) if policy.rules is not None]
    known = _origins(connection, claimed, policies, asking, told) if asking else {}
    return [
        due_of(claim, text, found, policy, known.get(place))
        for place, ((claim, text), found, policy) in enumerate(zip(claimed, gathered, policies, strict=True))
    ]


def due_of(claim: Claim, text: DueText, gathered: Gathered, policy: Policy, origin: Origin | None = None) -> Due:
    """A claimed revision as it is judged."""
    comment = Comment(
        text.body, text.author_name, text.author_url, text.page_title, text.page_text, text.language, origin
    )
    return Due(claim, comment, gathered, policy, text.received_at)


def _origins(
    connection: Connection,
    claimed: Sequence[Claimed],
    policies: Sequence[Policy],
    asking: Sequence[int],
    told: Sequence[Origin] | None,
) -> dict[int, Origin]:
    """By place in the batch. Two looks, so that a site pays only for what its own rules ask."""
    found: dict[int, Origin] = {}
    for counted in (False, True):
        places = [place for place in asking if _counts(policies[place]) is counted]
        if told is not None:
            for place in places:
                approved = (
                    origins.count_approved(connection, claimed[place][0].site_id, told[place]) if counted else None
                )
                found[place] = replace(told[place], author_approved=approved)
            continue
        ids = [claimed[place][0].comment_id for place in places]
        known = origins.of_comments(connection, ids, count_approved=counted)
        found |= {place: known[comment_id] for place, comment_id in zip(places, ids, strict=True)}
    return found


def _counts(policy: Policy) -> bool:
    return policy.rules is not None and policy.rules.asks_author_approved


@lru_cache(maxsize=1024)
def bare_policy(version: int, mode: str) -> Policy:
    """A policy without lists and rules, for what nothing is scored by."""
    return Policy(str(version), Mode(mode), CAUTIOUS)


def decision_of(due: Due, judgement: Judgement, at: int, decision_id: str) -> DecisionRecord:
    """The record, its fields in order: by name it takes twice as long to make, and it is made for every comment."""
    claim, score = due.claim, judgement.score
    stored = dump(due.gathered.evidence, due.gathered.keys)
    digest = hashlib.sha256(stored + b"\0" + due.comment.body.encode()).hexdigest()
    call = judgement.lane
    probability, low, high = (score.probability, score.low, score.high) if score else (None, None, None)
    return DecisionRecord(
        decision_id,
        claim.comment_id,
        claim.revision,
        f"score:{claim.attempt}",
        claim.site_id,
        _ACTION[judgement.action],
        _BY[judgement.by],
        None,
        None,
        probability,
        low,
        high,
        orjson.dumps(judgement.reasons).decode(),
        None if judgement.would is None else _ACTION[judgement.would],
        score.model if score else None,
        judgement.policy,
        stored.decode(),
        f"sha256:{digest}",
        at,
        max(0, (at - due.received_at) // 1000),
        None,
        None,
        *(_NO_LANE if call is None else (call.lane, call.coin, call.approve_rate, call.reject_rate, int(call.is_copy))),
    )
