"""What a site's owner asks for, and the settings of the method."""

import math
from dataclasses import dataclass, replace
from typing import Literal

from models.guarantee.lanes import Lane, Metric
from models.thresholds import usable
from models.vocabulary import Thresholds

Start = Literal["provisional", "closed"]
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Plan:
    """Targets, and how they are watched over. Rates, targets, shares and scores are fractions. Raises ValueError.

    `approve_target`: highest share of spam among what is approved by machine. `reject_target`: highest share of all
    genuine comments that the machine rejects (FPR), or of genuine ones among the rejected (FDR, `reject_metric`).
    `confidence`: of both lanes jointly. `start`: what a lane does before there is evidence. `provisional_approve`,
    `provisional_reject`: the thresholds it then goes by. `approve_audit_rate`, `reject_audit_rate`: share of a lane's
    decisions that people check, never below `audit_floor`; `provisional_audit_rate`: while nothing is proven;
    `tripwire_audit_rate`: for `tripwire_days` after the traffic changed. `cells`: of each grid. `approve_starts`,
    `discovery_starts`: shares of the traffic at which the walks of FOR and FDR begin. `approve_stakes`: the part of the
    lane's chance of being wrong that each of the approve starts may use up; none: equal parts. `detector_limit`: audits
    between two false alarms of a lane that sits on its target. `certificate_days`: how long a certificate holds.
    `pending_limit`: undecided audits of a lane that close it. `errors_seen_first`: how many items that would be errors
    must have been labelled before a lane opens, so that it is known whether they come in clusters. `miss_rate_upper`:
    highest share of spam that reviewers take for genuine, from audits seeded with known spam. `approve_ceiling`: the
    approve threshold is never above it, however far evidence would carry; 1 for none.
    """

    approve_target: float = 0.005
    reject_target: float = 0.001
    reject_metric: Metric = Metric.FPR
    confidence: float = 0.95
    start: Start = "provisional"
    provisional_approve: float = 0.10
    provisional_reject: float = 0.92
    approve_audit_rate: float = 0.05
    reject_audit_rate: float = 0.20
    provisional_audit_rate: float = 0.25
    audit_floor: float = 0.01
    tripwire_audit_rate: float = 0.25
    tripwire_days: float = 5.0
    cells: int = 200
    approve_starts: tuple[float, ...] = (0.25, 0.65)
    approve_stakes: tuple[float, ...] = (0.2, 0.8)
    discovery_starts: tuple[float, ...] = (0.02, 0.06, 0.12, 0.24)
    detector_limit: float = 5000.0
    certificate_days: float = 90.0
    pending_limit: int = 500
    errors_seen_first: int = 5
    miss_rate_upper: float = 0.0
    approve_ceiling: float = 1.0

    def __post_init__(self) -> None:
        for name in ("approve_target", "reject_target"):
            _require(0.0 < getattr(self, name) <= 0.2, f"{name} must be above 0 and at most 0.2.")
        _require(0.5 <= self.confidence < 1.0, "confidence must be at least 0.5 and below 1.")
        _require(self.reject_metric in (Metric.FPR, Metric.FDR), "reject_metric must be FPR or FDR.")
        _require(self.start in ("provisional", "closed"), "start must be provisional or closed.")
        _require(
            0.0 <= self.provisional_approve < self.provisional_reject <= 1.0,
            "provisional_approve must be below provisional_reject, both in [0, 1].",
        )
        _require(0.0 < self.audit_floor <= 1.0, "audit_floor must be above 0 and at most 1.")
        for name in ("approve_audit_rate", "reject_audit_rate", "provisional_audit_rate", "tripwire_audit_rate"):
            _require(
                self.audit_floor <= getattr(self, name) <= 1.0,
                f"{name} must be at least audit_floor ({self.audit_floor}) and at most 1.",
            )
        _require(2 <= self.cells <= 200, "cells must be between 2 and 200.")
        for name in ("approve_starts", "discovery_starts"):
            starts = getattr(self, name)
            _require(
                1 <= len(starts) <= 8 and all(0.0 < share <= 1.0 for share in starts),
                f"{name} must be one to eight shares above 0 and at most 1.",
            )
        stakes = self.approve_stakes
        _require(
            not stakes
            or (len(stakes) == len(self.approve_starts) and min(stakes) > 0.0 and sum(stakes) <= 1.0 + _ROUNDING),
            "approve_stakes must be as many as approve_starts, above 0 and at most 1 in all.",
        )
        _require(self.detector_limit >= 100.0, "detector_limit must be at least 100.")
        _require(self.tripwire_days > 0 and self.certificate_days > 0, "Days must be above 0.")
        _require(self.pending_limit >= 1, "pending_limit must be at least 1.")
        _require(self.errors_seen_first >= 0, "errors_seen_first must be at least 0.")
        _require(0.0 <= self.miss_rate_upper < 1.0, "miss_rate_upper must be at least 0 and below 1.")
        _require(0.0 < self.approve_ceiling <= 1.0, "approve_ceiling must be above 0 and at most 1.")

    def metric(self, lane: Lane) -> Metric:
        """Which error the lane's target bounds."""
        return Metric.FOR if lane is Lane.APPROVE else self.reject_metric

    def asked(self, lane: Lane) -> float:
        """The target as the owner gave it."""
        return self.approve_target if lane is Lane.APPROVE else self.reject_target

    def target(self, lane: Lane) -> float:
        """The target that labels are held against: lower where reviewers are known to miss spam."""
        return self.approve_target * (1.0 - self.miss_rate_upper) if lane is Lane.APPROVE else self.reject_target

    @property
    def delta(self) -> float:
        """Chance of being wrong that each of the two lanes may use up."""
        return (1.0 - self.confidence) / 2.0

    def starts(self, lane: Lane) -> tuple[float, ...]:
        """Shares of the traffic at which the lane's walk begins; one test serves all cells of an FPR."""
        if lane is Lane.APPROVE:
            return self.approve_starts
        return self.discovery_starts if self.reject_metric is Metric.FDR else (1.0,)

    def deltas(self, lane: Lane) -> tuple[float, ...]:
        """Chance of being wrong that each start of the lane's walk may use up; together at most `delta`."""
        if lane is Lane.APPROVE and self.approve_stakes:
            return tuple(self.delta * stake for stake in self.approve_stakes)
        starts = self.starts(lane)
        return (self.delta / len(starts),) * len(starts)

    def limits(self, lane: Lane) -> tuple[float, ...]:
        """Logarithms of the evidence that each start needs: log(1 / its delta)."""
        return tuple(math.log(1.0 / delta) for delta in self.deltas(lane))

    def audit_rate(self, lane: Lane) -> float:
        """Audit rate of the lane in quiet times."""
        return self.approve_audit_rate if lane is Lane.APPROVE else self.reject_audit_rate


def by_model(plan: Plan, told: Thresholds | None) -> Plan:
    """The plan with the thresholds of a site without evidence that the card of its model gives."""
    found = usable(told)
    return replace(plan, provisional_approve=found.approve_below, provisional_reject=found.reject_from)


def _require(holds: bool, sentence: str) -> None:
    if not holds:
        raise ValueError(sentence)
