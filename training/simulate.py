"""What the training worker tries on a site's history: another policy, another model, or both, by the one judgement."""

from collections.abc import Sequence

import orjson

from models.classifier import ClassifierScorer
from models.hindsight import Difference, Past, judged
from models.rulebook import CODES, compile_stored
from models.vocabulary import Policy, Scorer
from store.records import model_versions, past, policies, simulations
from store.records.simulations import Simulation
from store.stores import Stores
from training import promotion
from training.queued import Ended, ended, taken_in_turn
from training.wiring import opened

STEP = 200


def carry_out() -> None:
    """Carry out all that is queued. Again is harmless: what was done is not queued any more."""
    with opened() as stores:
        carry_out_queued(stores)


def carry_out_queued(stores: Stores) -> int:
    """Carry out all that is queued; how many simulations that were."""
    n_done = 0
    for taken in taken_in_turn(stores, simulations.claim):
        n_done += 1
        _carry_out(stores, taken)
    return n_done


def _carry_out(stores: Stores, taken: Simulation) -> None:
    def work() -> Ended:
        found = simulate(stores, taken)
        return Ended("done", found.summary(), _dump(found))

    state, told, outcome, _ = ended(f"Simulation {taken.id}", work)
    with stores.database.write() as connection:
        simulations.end(connection, taken.id, state, told, outcome)


def simulate(stores: Stores, taken: Simulation) -> Difference:
    """How the last comments would have been decided by what is asked, beside what stands now.

    Raises NotFound, ArtifactRefused, and ValueError for a policy that cannot be read.
    """
    scorer = _scorer(stores, taken.model_id)
    found = Difference()
    with stores.database.read() as connection:
        now = policies.get(stores.database, connection, taken.site_id)
        both = [compile_stored(now), compile_stored(simulations.proposed(now, taken.asked))]
        counted = any(policy.rules is not None and policy.rules.asks_author_approved for policy in both)
        for step in past.steps(
            connection, taken.site_id, taken.last, size=STEP, count_approved=counted, rule_codes=CODES
        ):
            _note(found, [Past(one.record.id, one.record.received_at, *one[1:4]) for one in step], both, scorer)
    return found


def _scorer(stores: Stores, model_id: str | None) -> Scorer | None:
    if model_id is None:
        return None
    with stores.database.read() as connection:
        version = model_versions.get(connection, model_id)
    return ClassifierScorer(promotion.load(stores, version).classifier, model_id)


def _note(found: Difference, step: Sequence[Past], both: Sequence[Policy], scorer: Scorer | None) -> None:
    before = judged(step, both[0])
    after = judged(step if scorer is None else scored_anew(step, scorer), both[1])
    for one, old, new in zip(step, before, after, strict=True):
        found.note(one, old.would or old.action, new)


def scored_anew(step: Sequence[Past], scorer: Scorer) -> list[Past]:
    """The comments with what this scorer says of them by the stored evidence."""
    scores = scorer.score([one.comment for one in step], [one.evidence for one in step])
    return [one._replace(score=score) for one, score in zip(step, scores, strict=True)]


def _dump(found: Difference) -> str:
    """Ids instead of comments, and no reasons: they quote texts, which may be erased."""
    return orjson.dumps(
        {
            "comments": found.n_comments,
            "since": found.since,
            "before": {action.value: count for action, count in found.before.items()},
            "after": {action.value: count for action, count in found.after.items()},
            "changes": [[b.value, a.value, count] for (b, a), count in found.changes.items()],
            "flips": [[flip.comment_id, flip.before.value, flip.after.value] for flip in found.flips],
        }
    ).decode()
