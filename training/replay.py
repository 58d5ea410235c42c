"""What a site's history would have been under policy and model as they are now, beside what was decided then."""

from collections.abc import Sequence

from models.hindsight import Difference, Past, judged
from models.rulebook import CODES, compile_stored
from models.vocabulary import Action, Policy, Scorer
from store.records import past, policies
from store.records.past import Judged
from store.stores import Stores
from training.simulate import STEP, scored_anew


def replay(stores: Stores, site_id: str, scorer: Scorer, last: int) -> Difference:
    """Judge the last comments of a site once more, those that the machine decided, by the evidence of that time.

    What people decided plays no part, and nothing is written. Raises NotFound.
    """
    found = Difference()
    with stores.database.read() as connection:
        policy = compile_stored(policies.get(stores.database, connection, site_id))
        counted = policy.rules is not None and policy.rules.asks_author_approved
        for step in past.steps(connection, site_id, last, size=STEP, count_approved=counted, rule_codes=CODES):
            _note(found, [(one, one.decided) for one in step if one.decided is not None], policy, scorer)
    return found


def _note(found: Difference, step: Sequence[tuple[Judged, Action]], policy: Policy, scorer: Scorer) -> None:
    if not step:
        return
    values = [Past(one.record.id, one.record.received_at, *one[1:4]) for one, _ in step]
    for value, (_, decided), now in zip(values, step, judged(scored_anew(values, scorer), policy), strict=True):
        found.note(value, decided, now)
