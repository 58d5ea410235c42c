"""The state of a site's two lanes: frozen, small whatever the traffic, exact in JSON."""

from dataclasses import dataclass, fields, is_dataclass
from enum import StrEnum
from typing import Any

from models.guarantee.lanes import NOWHERE, Lane
from models.guarantee.monitor import QUIET, Detector
from models.guarantee.plan import Plan

VERSION = 1


class Status(StrEnum):
    """CLOSED: a person decides. PROVISIONAL: acts on cautious thresholds, nothing is proven. OPEN: acts within a
    certificate. NARROWED: the same, on less of the traffic than the certificate before.
    """

    CLOSED = "CLOSED"
    PROVISIONAL = "PROVISIONAL"
    OPEN = "OPEN"
    NARROWED = "NARROWED"


class Hold(StrEnum):
    """What keeps a lane closed although its evidence may suffice."""

    NONE = ""
    OPERATOR = "operator"
    PENDING = "pending"


@dataclass(frozen=True, slots=True)
class Certificate:
    """Why a lane may act: with evidence of at least the limit, its error was below the target.

    `cell`, `threshold`, `coverage`: how far it reaches. `n`, `errors`: what was counted (for an FPR `n` are the genuine
    comments that are certain, rounded down), `cluster`: how many errors came together at most. `log_evidence`, `limit`:
    natural logarithms; `target`: what the error was held against. `since`: when the lane opened; `issued`, `expires`:
    of this certificate.
    """

    id: str
    cell: int
    threshold: float
    coverage: float
    n: int
    errors: int
    cluster: int
    log_evidence: float
    limit: float
    target: float
    since: int
    issued: int
    expires: int


@dataclass(frozen=True, slots=True)
class Tally:
    """Evidence of one lane since `since`, by cell of its grid; the last cell is what lies beyond the grid.

    `labelled`, `errors`: of the uniform sample, counts of the cells alone. `clusters`: largest number of errors in the
    cells up to each that shared a key on one day; `recent`: (day, key, cells of its errors) of the last two days.
    `frontier`: how far each start of the walk has come. `credited`: genuine comments of a certified approve lane that
    count without a label; `provisional_items`: items of a provisional one, counted by what its audits say. `barrier`:
    the other lane's threshold that was nearest; cells beyond it were not labelled in full. `opened`: when a certificate
    was first issued on it, 0 before.
    """

    since: int
    labelled: tuple[int, ...] = ()
    errors: tuple[int, ...] = ()
    clusters: tuple[int, ...] = ()
    recent: tuple[tuple[int, int, tuple[int, ...]], ...] = ()
    frontier: tuple[int, ...] = ()
    credited: float = 0.0
    provisional_items: int = 0
    barrier: float | None = None
    opened: int = 0


@dataclass(frozen=True, slots=True)
class LaneState:
    """Where one lane stands.

    `successor`: the evidence of the second half of a certificate's time, which may carry the next certificate.
    `may_provision`: whether it acts without evidence. `last_coverage`: of the certificate before, 0 without one.
    `live_since`, `live_n`, `live_errors`, `detector`: audits since the lane began to act. `tripped_until`: when the
    higher audit rate ends, 0 if it does not hold. `reference_*`: the lane's share of the traffic as it was. `before_*`:
    the same before the traffic changed; `trial`: the evidence since then, while the lane has to prove itself by it.
    """

    status: Status
    reason: str
    edges: tuple[float, ...]
    tally: Tally
    successor: Tally | None = None
    hold: Hold = Hold.NONE
    may_provision: bool = False
    certificate: Certificate | None = None
    last_coverage: float = 0.0
    live_since: int = 0
    live_n: int = 0
    live_errors: int = 0
    detector: Detector = QUIET
    pending: int = 0
    tripped_until: int = 0
    reference_from: int = 0
    reference_inside: int = 0
    reference_total: int = 0
    before_inside: int = 0
    before_total: int = 0
    trial: Tally | None = None

    @property
    def acts(self) -> bool:
        """Whether the machine decides in this lane."""
        return self.status is not Status.CLOSED

    @property
    def certified(self) -> bool:
        """Whether it does so within a certificate."""
        return self.status in (Status.OPEN, Status.NARROWED)


@dataclass(frozen=True, slots=True)
class Daily:
    """Comments that reached the lanes on one day (days since 1970), by where they went."""

    day: int
    approve: int
    review: int
    reject: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.approve + self.review + self.reject

    def inside(self, lane: Lane) -> int:
        """Those in the lane."""
        return {Lane.APPROVE: self.approve, Lane.REVIEW: self.review, Lane.REJECT: self.reject}[lane]


@dataclass(frozen=True, slots=True)
class SiteState:
    """Both lanes of a site, its traffic of the last days, and how much of what waits for people is spam."""

    site: str
    approve: LaneState
    reject: LaneState
    days: tuple[Daily, ...] = ()
    review_labelled: int = 0
    review_spam: int = 0

    def lane(self, lane: Lane) -> LaneState:
        """One of the two."""
        return self.approve if lane is Lane.APPROVE else self.reject


def initial_state(site: str, plan: Plan, at: int) -> SiteState:
    """The state before the first entry."""
    return SiteState(site, begun_lane(Lane.APPROVE, (), plan, at), begun_lane(Lane.REJECT, (), plan, at))


def begun_lane(lane: Lane, edges: tuple[float, ...], plan: Plan, at: int, reason: str = "too little data") -> LaneState:
    """A lane without any evidence, as the plan wants it to begin."""
    provisional = plan.start == "provisional"
    return LaneState(
        status=Status.PROVISIONAL if provisional else Status.CLOSED,
        reason=reason,
        edges=edges,
        tally=empty_tally(lane, len(edges), plan, 0),
        may_provision=provisional,
        live_since=at,
        reference_from=at,
    )


def empty_tally(lane: Lane, cells: int, plan: Plan, since: int, barrier: float | None = None) -> Tally:
    """A tally without labels; one more cell than the grid has."""
    return Tally(
        since=since,
        labelled=(0,) * (cells + 1),
        errors=(0,) * (cells + 1),
        clusters=(0,) * (cells + 1),
        frontier=(NOWHERE,) * len(plan.starts(lane)),
        barrier=barrier,
    )


def to_json(state: SiteState) -> dict[str, Any]:
    """The state as dicts, lists, strings and numbers; `json` writes floats so that they come back exactly."""
    return {"version": VERSION, **_plain(state)}


def from_json(data: dict[str, Any]) -> SiteState:
    """The state that `to_json` gave. Raises ValueError for another version."""
    if data.get("version") != VERSION:
        raise ValueError(f"A state of version {data.get('version')} cannot be read.")
    return SiteState(
        site=data["site"],
        approve=_lane_from(data["approve"]),
        reject=_lane_from(data["reject"]),
        days=tuple(Daily(**day) for day in data["days"]),
        review_labelled=data["review_labelled"],
        review_spam=data["review_spam"],
    )


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return str(value) if isinstance(value, StrEnum) else value


def _lane_from(data: dict[str, Any]) -> LaneState:
    certificate = data["certificate"]
    return LaneState(
        **data
        | {
            "status": Status(data["status"]),
            "hold": Hold(data["hold"]),
            "edges": tuple(data["edges"]),
            "detector": tuple(data["detector"]),
            "tally": _tally_from(data["tally"]),
            "successor": _tally_from(data["successor"]) if data["successor"] else None,
            "trial": _tally_from(data["trial"]) if data.get("trial") else None,
            "certificate": Certificate(**certificate) if certificate else None,
        }
    )


def _tally_from(data: dict[str, Any]) -> Tally:
    columns = {name: tuple(data[name]) for name in ("labelled", "errors", "clusters", "frontier")}
    recent = tuple((day, key, tuple(cells)) for day, key, cells in data["recent"])
    return Tally(**data | columns | {"recent": recent})
