"""The two lanes on their scales: grids fixed before any label, and the walk outward that stops at the first failure.

A score has a probability with an interval. The approve lane ranks comments by the upper end and the reject lane by the
lower end, so that a wide interval lies in neither and goes to a person. Both lanes are cut into cells of equal share of
the traffic, cell 0 being the one that is furthest from doubt; a lane is always "all cells up to some cell".
Source: Angelopoulos, Bates, Candès, Jordan and Lei 2021, Learn then Test, arXiv:2110.01052 (fixed sequence, several
starts).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

NOWHERE = -1


class Lane(StrEnum):
    """Where a score goes: published, to a person, or refused."""

    APPROVE = "approve"
    REVIEW = "review"
    REJECT = "reject"


class Metric(StrEnum):
    """Which error a target bounds.

    FOR: share of spam among what was approved by machine. FPR: share of all genuine comments that the machine rejects.
    FDR: share of genuine comments among what the machine rejected.
    """

    FOR = "FOR"
    FPR = "FPR"
    FDR = "FDR"


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the worker does now: approve where the interval's upper end is at most `approve`, reject where its lower end
    is at least `reject`; None: the lane is closed.
    """

    approve: float | None
    reject: float | None


def grid_from_scores(lane: Lane, scores: ArrayLike, cells: int = 50) -> tuple[float, ...]:
    """Edges of the lane's cells, from cell 0 outward: ascending for approve, descending for reject.

    `scores`: of traffic whose labels are not known, shape (n,), n >= 1: upper ends of the interval for the approve
    lane, lower ends for the reject lane. By rank: any increasing change of the scale gives the same cells. Where many
    comments have the same score, neighbouring edges are equal and the cells between them stay empty. Raises ValueError
    without scores.
    """
    outward = np.sort(_outward(lane, np.asarray(scores, dtype=np.float64)))
    if not len(outward):
        raise ValueError("A grid needs at least one score.")
    places = [math.ceil(len(outward) * (cell + 1) / cells) - 1 for cell in range(cells)]
    return tuple(float(edge) for edge in _outward(lane, outward[places]))


def cells_of(lane: Lane, edges: Sequence[float], scores: ArrayLike) -> Counts:
    """The innermost cell that holds each score, (n,); the number of cells for a score beyond the last edge."""
    outward = _outward(lane, np.asarray(scores, dtype=np.float64))
    return np.searchsorted(_outward(lane, np.asarray(edges)), outward, side="left").astype(np.int64)


def coverage(edges: Sequence[float], cell: int) -> float:
    """Share of the grid's own traffic in the cells up to `cell`, equal edges counted in."""
    last = max(place for place, edge in enumerate(edges) if edge == edges[cell])
    return (last + 1) / len(edges)


def start_cells(cells: int, coverages: Sequence[float]) -> tuple[int, ...]:
    """The cells at which the walk begins, one for each share of the traffic."""
    return tuple(min(cells, max(1, math.ceil(cells * share - 1e-9))) - 1 for share in coverages)


def walk(
    log_evidence: Floats, limits: Sequence[float], starts: Sequence[int], frontier: Sequence[int]
) -> tuple[int, ...]:
    """How far each start has come: from its cell outward while the evidence of the next cell reaches its limit.

    `log_evidence`: of all cells up to each cell, (n_cells,). `limits`: of each start, log(1 / its delta). `frontier`:
    how far each start had come before, NOWHERE at first; what was once accepted stays accepted. The error need not grow
    with the cell, which is why a start stops at its first failure instead of looking beyond it.
    """
    return tuple(
        _outermost(np.append(log_evidence >= limit, False), start, before)
        for limit, start, before in zip(limits, starts, frontier, strict=True)
    )


def fpr_cell(log_evidence: Floats, limit: float, before: int) -> int:
    """Outermost cell whose evidence reaches `limit`, never nearer than `before`; NOWHERE where there is none.

    `log_evidence`: that at most the target of all genuine comments lie in the cells up to each, (n_cells,). `limit`:
    log(1 / delta). Rejecting more never rejects fewer genuine comments, so one test serves all cells.
    """
    accepted = np.flatnonzero(log_evidence >= limit)
    return max(before, int(accepted[-1])) if len(accepted) else before


def route(low: float, high: float, bounds: Bounds) -> Lane:
    """Where a comment goes whose probability of spam lies between `low` and `high`."""
    if bounds.reject is not None and low >= bounds.reject:
        return Lane.REJECT
    if bounds.approve is not None and high <= bounds.approve:
        return Lane.APPROVE
    return Lane.REVIEW


def _outward(lane: Lane, scores: Floats) -> Floats:
    # Turned so that smaller is deeper inside the lane; negation is its own inverse.
    return -scores if lane is Lane.REJECT else scores


def _outermost(accepted: NDArray[np.bool_], start: int, before: int) -> int:
    begin = start if before == NOWHERE else before + 1
    first_failure = begin + int(np.argmin(accepted[begin:])) if begin < len(accepted) else begin
    return first_failure - 1 if first_failure > start else NOWHERE
