"""Errors that come together: without the rule a certificate takes one mishap for many independent successes."""

import math
from functools import partial

import numpy as np
from numpy.typing import NDArray

from benchmarks.guarantee.parallel import each
from benchmarks.guarantee.result import Result, most, percent
from benchmarks.guarantee.site import DAY
from benchmarks.guarantee.stationary import all_reviewed
from models.guarantee.entries import GridFixed, Labelled
from models.guarantee.evidence import log_e_below
from models.guarantee.lanes import Lane
from models.guarantee.ledger import advance
from models.guarantee.plan import Plan
from models.guarantee.state import initial_state

# One start and 5 % for the one lane, so that the figures can be held against what theory says.
PLAN = Plan(start="closed", approve_target=0.01, confidence=0.90, approve_starts=(1.0,), approve_stakes=(), cells=2)
_EDGES = (0.5, 1.0)
_A_DAY = 2000
_BATCH = 100
# Dividing the logarithm of the evidence divides the stakes too; that on "no error" is 0.3, and this makes up for it.
_STAKE = math.log(1 / 0.3)


def clustered(
    n_runs: int, n_processes: int = 1, runs_of: tuple[int, ...] = (1, 2, 3, 10), n_labels: int = 20_000
) -> list[Result]:
    """Share of wrong certificates at 1.02 × the target where errors come in runs of so many, one author each."""
    found = []
    for size in runs_of:
        with_rule, without = (
            np.mean(each(partial(_opens, size, n_labels, keyed), range(n_runs), n_processes)) for keyed in (True, False)
        )
        limit = 0.05 + 3 * np.sqrt(0.05 * 0.95 / n_runs)
        found.append(
            most(f"errors in runs of {size}: wrong certificates with the rule", float(with_rule), float(limit))
        )
        found.append(Result(f"errors in runs of {size}: without it", percent(float(without))))
    return found


def known_sizes(n_runs: int, runs_of: tuple[int, ...] = (2, 3, 10), n_labels: int = 20_000) -> list[Result]:
    """The same where it is known that m errors come together: three ways to weigh them, looked at as often."""
    found, (limit,) = [], PLAN.limits(Lane.APPROVE)
    items = np.arange(_BATCH, n_labels + 1, _BATCH)
    allowed = 0.05 + 3 * np.sqrt(0.05 * 0.95 / n_runs)
    for size in runs_of:
        drawn = (_runs(size, n_labels, np.random.default_rng([7, size, seed]))[0] for seed in range(n_runs))
        errors = np.array([np.cumsum(is_spam)[_BATCH - 1 :: _BATCH] for is_spam in drawn])
        whole = log_e_below(errors, items, PLAN.approve_target) / size
        strict = limit + _STAKE * (1 - 1 / size)
        counts = log_e_below(errors / size, items / size, PLAN.approve_target)
        name = f"errors in runs of {size}, known: wrong certificates"
        found += [
            Result(f"{name} by log E ÷ m", percent(_ever(whole, limit))),
            most(f"{name} by log E ÷ m and the strict limit", _ever(whole, strict), float(allowed)),
            most(f"{name} by counts ÷ m", _ever(counts, limit), float(allowed)),
        ]
    return found


def _ever(evidence: NDArray[np.float64], limit: float) -> float:
    return float((evidence >= limit).any(axis=1).mean())


def _opens(size: int, n: int, keyed: bool, seed: int, batch: int = _BATCH) -> bool:
    rng = np.random.default_rng([7, size, seed])
    is_spam, keys = _runs(size, n, rng)
    # Without the rule nothing is known of clusters, and no error need be seen before.
    plan = PLAN if keyed else Plan(**{**_plain(PLAN), "errors_seen_first": 0})
    state, _ = advance(initial_state("copies", plan, 0), GridFixed(0, _EDGES, (), 1000), plan)
    for begin in range(0, n, batch):
        part = slice(begin, begin + batch)
        at = begin * DAY // _A_DAY
        clusters = tuple((int(key),) if key else () for key in keys[part]) if keyed else ()
        rows = all_reviewed(rng.random(batch), is_spam[part], at, clusters)
        state, changes = advance(state, Labelled(at, rows), plan)
        if any(change.kind == "opened" for change in changes):
            return True
    return False


def _runs(size: int, n: int, rng: np.random.Generator) -> tuple[NDArray[np.bool_], list[int]]:
    """Errors in runs of `size` that make 1.02 % of all; the key of its run for each error, 0 for the rest."""
    rate = 1.02 * PLAN.approve_target
    begin = rate / (size * (1 - rate) + rate)
    flags: list[bool] = []
    keys: list[int] = []
    while len(flags) < n:
        gap = int(rng.geometric(begin)) - 1
        flags += [False] * gap + [True] * size
        keys += [0] * gap + [len(flags)] * size
    return np.array(flags[:n]), keys[:n]


def _plain(plan: Plan) -> dict[str, object]:
    return {name: getattr(plan, name) for name in Plan.__dataclass_fields__}
