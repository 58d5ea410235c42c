"""What the ledger is told, as values: one append-only log per site, read from the beginning, gives the lanes' states.

`at` is everywhere in microseconds since 1970, UTC.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.guarantee.lanes import Lane

MICROSECONDS_A_DAY = 86_400_000_000


class Cause(StrEnum):
    """Why a lane begins anew, is closed or opened by hand."""

    NEW_MODEL = "new_model"
    RULES_CHANGED = "rules_changed"
    TARGETS_CHANGED = "targets_changed"
    REVIEWERS_MISS_SPAM = "reviewers_miss_spam"
    OPERATOR_CLOSED = "operator_closed"
    OPERATOR_OPENED = "operator_opened"


class Row(NamedTuple):
    """One comment that a person has decided, as it was when the machine decided it.

    `decided_at`: of the machine's decision. `approve_score`, `reject_score`: upper and lower end of the interval.
    `lane`: where the machine put it. `uniform_approve`, `uniform_reject`: whether its coin lay under that lane's
    uniform rate. `audited`: the machine acted on it and its coin lay under the lane's audit rate. `is_spam`: what the
    person said; not read in `Overdue`. `copy`: it nearly repeats an earlier comment. `clusters`: keys, at most 32 bits,
    of what could make errors come together: author, linked host, near-copies.
    """

    decided_at: int
    approve_score: float
    reject_score: float
    lane: Lane
    uniform_approve: bool
    uniform_reject: bool
    audited: bool
    is_spam: bool
    copy: bool = False
    clusters: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Many rows by column, (n,) each, in the order in which they were labelled; see `Row`.

    `clusters`: empty where no row has any.
    """

    decided_at: NDArray[np.int64]
    approve_score: NDArray[np.float64]
    reject_score: NDArray[np.float64]
    in_approve: NDArray[np.bool_]
    in_reject: NDArray[np.bool_]
    uniform_approve: NDArray[np.bool_]
    uniform_reject: NDArray[np.bool_]
    audited: NDArray[np.bool_]
    is_spam: NDArray[np.bool_]
    copy: NDArray[np.bool_]
    clusters: tuple[tuple[int, ...], ...] = ()

    def __len__(self) -> int:
        return len(self.is_spam)


@dataclass(frozen=True, slots=True)
class GridFixed:
    """Cells of both lanes, by `lanes.grid_from_scores` on `n` unlabelled comments; empty: keep what is there.

    Taken by a lane that has no evidence yet; another one keeps its grid, since cells may not be chosen by labels.
    """

    at: int
    approve_edges: tuple[float, ...]
    reject_edges: tuple[float, ...]
    n: int


@dataclass(frozen=True, slots=True)
class Traffic:
    """How many comments reached the lanes since the last such entry, by where they went.

    `approve_coin_items`: those of the approve lane whose coin lay under the reject lane's uniform rate.
    """

    at: int
    approve: int
    review: int
    reject: int
    approve_coin_items: int


@dataclass(frozen=True, slots=True)
class Labelled:
    """Comments that people have decided."""

    at: int
    rows: Rows


@dataclass(frozen=True, slots=True)
class Overdue:
    """Audits, and uniform items in review, that nobody decided in time: they count as errors."""

    at: int
    rows: Rows


@dataclass(frozen=True, slots=True)
class Reset:
    """A lane begins anew, or is closed or opened by hand; `lane` None: both."""

    at: int
    cause: Cause
    lane: Lane | None = None


@dataclass(frozen=True, slots=True)
class Alert:
    """Reports or appeals that make a lane suspicious: more of it is audited for some days. `cause`: a few words."""

    at: int
    lane: Lane
    cause: str


@dataclass(frozen=True, slots=True)
class Clock:
    """Time has passed; `pending_approve`, `pending_reject`: audits of each lane that wait for a person."""

    at: int
    pending_approve: int = 0
    pending_reject: int = 0


Entry = GridFixed | Traffic | Labelled | Overdue | Reset | Alert | Clock


def rows_of(rows: Iterable[Row]) -> Rows:
    """The rows by column."""
    listed = tuple(rows)
    return Rows(
        decided_at=np.array([row.decided_at for row in listed], dtype=np.int64),
        approve_score=np.array([row.approve_score for row in listed], dtype=np.float64),
        reject_score=np.array([row.reject_score for row in listed], dtype=np.float64),
        in_approve=np.array([row.lane is Lane.APPROVE for row in listed], dtype=np.bool_),
        in_reject=np.array([row.lane is Lane.REJECT for row in listed], dtype=np.bool_),
        uniform_approve=np.array([row.uniform_approve for row in listed], dtype=np.bool_),
        uniform_reject=np.array([row.uniform_reject for row in listed], dtype=np.bool_),
        audited=np.array([row.audited for row in listed], dtype=np.bool_),
        is_spam=np.array([row.is_spam for row in listed], dtype=np.bool_),
        copy=np.array([row.copy for row in listed], dtype=np.bool_),
        clusters=tuple(row.clusters for row in listed) if any(row.clusters for row in listed) else (),
    )
