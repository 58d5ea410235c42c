"""Counting labels into the cells of a lane, and what the counts prove."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.guarantee.entries import MICROSECONDS_A_DAY, Rows
from models.guarantee.evidence import log_e_below
from models.guarantee.lanes import NOWHERE, Lane, Metric, cells_of, fpr_cell, start_cells, walk
from models.guarantee.plan import Plan
from models.guarantee.state import Tally

# Keys of clusters that are remembered, for as long as their day and the next last; those nearest to the lane win.
_MOST_KEYS = 300
_Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Proof:
    """What a tally says of all cells up to each, (n_cells,) each: `items` counted, `errors` among them, how many errors
    come together (`cluster`), and the logarithm of the evidence that the error is below the target.
    """

    items: NDArray[np.float64]
    errors: NDArray[np.int64]
    cluster: NDArray[np.int64]
    log_evidence: NDArray[np.float64]


def counted(tally: Tally, lane: Lane, edges: tuple[float, ...], rows: Rows, plan: Plan, *, overdue: bool) -> Tally:
    """The tally with the uniform sample among `rows`; near-copies, and what was decided before it began, left out.

    `overdue`: nobody decided the rows in time, so each counts as the error that the lane is afraid of.
    """
    uniform = rows.uniform_approve if lane is Lane.APPROVE else rows.uniform_reject
    used = uniform & ~rows.copy & (rows.decided_at >= tally.since)
    if plan.metric(lane) is Metric.FPR:
        # What the approve lane published counts as genuine by its own certificate, not one by one.
        used &= ~rows.in_approve
    if not used.any() or not edges:
        return tally
    wrong = wrong_for(lane, rows, overdue)[used]
    scores = (rows.approve_score if lane is Lane.APPROVE else rows.reject_score)[used]
    cells = cells_of(lane, edges, scores)
    labelled = np.bincount(cells, minlength=len(edges) + 1) + np.array(tally.labelled)
    errors = np.bincount(cells[wrong], minlength=len(edges) + 1) + np.array(tally.errors)
    tally = replace(tally, labelled=_ints(labelled), errors=_ints(errors))
    if not rows.clusters:
        return tally
    places = np.flatnonzero(used)[wrong]
    keyed = (
        (int(rows.decided_at[place]) // MICROSECONDS_A_DAY, key, int(cell))
        for place, cell in zip(places, cells[wrong], strict=True)
        for key in dict.fromkeys(rows.clusters[place])
    )
    return _clustered(tally, keyed)


def proof(tally: Tally, lane: Lane, edges: tuple[float, ...], certain: float, plan: Plan) -> Proof:
    """What the tally proves. `certain`: genuine comments that count without a label, for an FPR."""
    errors = np.cumsum(tally.errors)
    if plan.metric(lane) is Metric.FPR:
        items = np.full(len(edges), errors[-1] + certain)
    else:
        items = np.cumsum(tally.labelled)[:-1].astype(np.float64)
    cluster = _cluster_sizes(tally, errors, plan.errors_seen_first)
    log_evidence = log_e_below(errors[:-1] / cluster, items / cluster, plan.target(lane))
    if errors[-1] < plan.errors_seen_first:
        log_evidence = np.full(len(edges), -np.inf)
    return Proof(items, errors[:-1], cluster, np.where(_within(tally, lane, edges, plan), log_evidence, -np.inf))


def walked(tally: Tally, lane: Lane, proven: Proof, plan: Plan) -> Tally:
    """The tally with each start of the walk as far as the evidence carries it now."""
    limits, cells = plan.limits(lane), len(proven.items)
    if plan.metric(lane) is Metric.FPR:
        frontier: tuple[int, ...] = (fpr_cell(proven.log_evidence, limits[0], tally.frontier[0]),)
    else:
        frontier = walk(proven.log_evidence, limits, start_cells(cells, plan.starts(lane)), tally.frontier)
    return tally if frontier == tally.frontier else replace(tally, frontier=frontier)


def outermost_proven(tally: Tally, lane: Lane, proven: Proof, plan: Plan) -> tuple[int, float]:
    """Outermost cell that the walk has reached and whose counts prove it now as well, or NOWHERE; and the lowest limit
    of the starts that have come so far.

    Only the second can be shown to a third party: what was proven once may have been lost while the lane was held.
    """
    starts = (0,) if plan.metric(lane) is Metric.FPR else start_cells(len(proven.items), plan.starts(lane))
    limit = np.full(len(proven.items), np.inf)
    for start, end, own in zip(starts, tally.frontier, plan.limits(lane), strict=True):
        limit[start : end + 1] = np.minimum(limit[start : end + 1], own)
    cells = np.flatnonzero(proven.log_evidence >= limit)
    return (int(cells[-1]), float(limit[cells[-1]])) if len(cells) else (NOWHERE, np.inf)


def wrong_for(lane: Lane, rows: Rows, overdue: bool) -> NDArray[np.bool_]:
    """Which rows are the error that the lane is afraid of: spam for the approve lane, genuine for the reject lane."""
    if overdue:
        return np.ones(len(rows), dtype=np.bool_)
    return rows.is_spam if lane is Lane.APPROVE else ~rows.is_spam


def _ints(counts: NDArray[np.int64]) -> tuple[int, ...]:
    return tuple(counts.tolist())


def _within(tally: Tally, lane: Lane, edges: tuple[float, ...], plan: Plan) -> _Flags:
    """The cells on this side of the other lane, and of the ceiling that the owner sets whatever the evidence."""
    scale = np.array(edges)
    if lane is Lane.REJECT:
        return scale > (-np.inf if tally.barrier is None else tally.barrier)
    return (scale < (np.inf if tally.barrier is None else tally.barrier)) & (scale <= plan.approve_ceiling)


def _cluster_sizes(tally: Tally, errors: NDArray[np.int64], seen_first: int) -> NDArray[np.int64]:
    """How many errors come together in the cells up to each: those seen there or, while they are few, nearest to it."""
    nearest = min(int(np.searchsorted(errors, seen_first)), len(errors) - 1)
    cells = np.maximum(np.arange(len(errors) - 1), nearest)
    sizes: NDArray[np.int64] = np.maximum(np.array(tally.clusters)[cells], 1)
    return sizes


def _clustered(tally: Tally, keyed: Iterable[tuple[int, int, int]]) -> Tally:
    found = {(day, key): cells for day, key, cells in tally.recent}
    touched = set()
    for day, key, cell in keyed:
        found[day, key] = (*found.get((day, key), ()), cell)
        touched.add((day, key))
    clusters = np.array(tally.clusters)
    for together in touched:
        here = np.bincount(np.array(found[together]), minlength=len(clusters))
        clusters = np.maximum(clusters, np.cumsum(here))
    newest = max((day for day, _ in found), default=0)
    # A cluster of a whole site must not grow the state without bound: the count of cells that it has is enough.
    kept = [(day, key, tuple(sorted(cells)[:_MOST_KEYS])) for (day, key), cells in found.items() if day >= newest - 1]
    kept.sort(key=lambda one: (one[2][0], -len(one[2]), one[0], one[1]))
    return replace(tally, clusters=_ints(clusters), recent=_bounded(kept))


def _bounded(
    kept: list[tuple[int, int, tuple[int, ...]]],
) -> tuple[tuple[int, int, tuple[int, ...]], ...]:
    room, chosen = 2 * _MOST_KEYS, []
    for one in kept[:_MOST_KEYS]:
        room -= len(one[2])
        if room < 0:
            break
        chosen.append(one)
    return tuple(chosen)
