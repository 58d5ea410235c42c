"""Populations of comments whose true error rates are known, since a run draws from them with replacement."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.guarantee.lanes import Bounds

SHARE = 0.2
REAL = ("strong", "weak", "elsewhere")
FOREIGN = ("zh-chat", "id-instagram")


@dataclass(frozen=True, slots=True, eq=False)
class Population:
    """Scores and labels of comments, (n,) each; `weight`: how often each comes, summing to 1."""

    name: str
    approve: NDArray[np.float64]
    reject: NDArray[np.float64]
    is_spam: NDArray[np.bool_]
    weight: NDArray[np.float64]
    cumulated: NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "cumulated", np.cumsum(self.weight))

    def drawn(self, n: int, rng: np.random.Generator) -> NDArray[np.intp]:
        """Places of `n` comments."""
        places = np.searchsorted(self.cumulated, rng.random(n) * self.cumulated[-1])
        return np.minimum(places, len(self.cumulated) - 1)

    def errors(self, bounds: Bounds) -> tuple[float, float]:
        """True FOR of the approve lane and true FPR of the reject lane."""
        approved, rejected, _ = self.lanes(bounds)
        published = self.weight[approved].sum()
        wrong = self.weight[approved & self.is_spam].sum()
        genuine = self.weight[~self.is_spam].sum()
        return (
            float(wrong / published) if published else 0.0,
            float(self.weight[rejected & ~self.is_spam].sum() / genuine),
        )

    def lanes(self, bounds: Bounds) -> tuple[NDArray[np.bool_], NDArray[np.bool_], float]:
        """Who is approved, who is rejected, and the share that waits for a person."""
        none = np.zeros(len(self.weight), dtype=bool)
        rejected = none if bounds.reject is None else self.reject >= bounds.reject
        approved = none if bounds.approve is None else (self.approve <= bounds.approve) & ~rejected
        return approved, rejected, float(self.weight[~approved & ~rejected].sum())

    def oracle(self, approve_target: float, reject_target: float) -> float:
        """Share that must wait for a person if the truth were known and both lanes as wide as allowed."""
        approve = _loosest(self.approve, self.is_spam, self.weight, approve_target, None)
        genuine = float(self.weight[~self.is_spam].sum())
        reject = _loosest(-self.reject, ~self.is_spam, self.weight, reject_target, genuine)
        return self.lanes(Bounds(approve, None if reject is None else -reject))[2]


def real(path: Path, name: str, share: float = SHARE, *, ends: bool = True) -> Population:
    """One of the populations of `benchmarks.guarantee.scores`, weighted to that share of spam. `ends`: ranked by the
    ends of the interval, as in production; else both lanes by the probability.
    """
    with np.load(path) as columns:
        low, probability, high, is_spam = (
            columns[f"{name}_{column}"] for column in ("low", "probability", "high", "is_spam")
        )
    if not ends:
        return Population(f"{name}, by probability", probability, probability, is_spam, weighted(is_spam, share))
    return Population(name, high, low, is_spam, weighted(is_spam, share))


def gaussian(separation: float, share: float = SHARE, n: int = 20_000, seed: int = 5) -> Population:
    """Two normal distributions that far apart (2.66: area under the curve .97; 4.2: .998), seen through an interval of
    a width of its own for each comment.
    """
    rng = np.random.default_rng(seed)
    is_spam = np.arange(n) % 2 == 0
    logit = separation * (rng.normal(0, 1, n) + np.where(is_spam, separation, 0.0) - separation / 2)
    half = rng.gamma(1.5, 0.3, n)
    approve, reject = (1 / (1 + np.exp(-(logit + sign * half))) for sign in (1, -1))
    return Population(f"normal {separation}", approve, reject, is_spam, weighted(is_spam, share))


def flat(rate: float, n: int = 20_000, seed: int = 6) -> Population:
    """The worst case: whatever the threshold, the approve lane is wrong exactly that often."""
    rng = np.random.default_rng(seed)
    score = rng.random(n // 2)
    both = np.concatenate((score, score))
    is_spam = np.arange(n) >= n // 2
    return Population("flat", both, np.zeros(n), is_spam, weighted(is_spam, rate))


def weighted(is_spam: NDArray[np.bool_], share: float) -> NDArray[np.float64]:
    """Weights that make `share` of the traffic spam."""
    return np.where(is_spam, share / is_spam.sum(), (1 - share) / (~is_spam).sum())


def with_campaign(population: Population, share: float) -> Population:
    """The same with that share of the traffic being spam that looks like genuine comments."""
    genuine = ~population.is_spam
    weight = population.weight[genuine] / population.weight[genuine].sum() * share
    return Population(
        f"{population.name} + campaign",
        np.concatenate((population.approve, population.approve[genuine])),
        np.concatenate((population.reject, population.reject[genuine])),
        np.concatenate((population.is_spam, np.ones(genuine.sum(), dtype=bool))),
        np.concatenate((population.weight * (1 - share), weight)),
    )


def with_foreign_spam(population: Population, path: Path, name: str, share: float, *, ends: bool = True) -> Population:
    """The same with that share of the traffic being spam of another source of `benchmarks.guarantee.scores`."""
    with np.load(path) as columns:
        low, high = (columns[f"{name}_{end if ends else 'probability'}"] for end in ("low", "high"))
    return Population(
        f"{population.name} + {name}",
        np.concatenate((population.approve, high)),
        np.concatenate((population.reject, low)),
        np.concatenate((population.is_spam, np.ones(len(high), dtype=bool))),
        np.concatenate((population.weight * (1 - share), np.full(len(high), share / len(high)))),
    )


def _loosest(
    outward: NDArray[np.float64],
    wrong: NDArray[np.bool_],
    weight: NDArray[np.float64],
    target: float,
    denominator: float | None,
) -> float | None:
    """Loosest threshold that keeps the weighted error within the target; `denominator` None: what is inside."""
    order = np.argsort(outward, kind="stable")
    inside, errors = np.cumsum(weight[order]), np.cumsum((weight * wrong)[order])
    last = np.append(np.diff(outward[order]) > 0, True)
    good = np.flatnonzero((errors / (inside if denominator is None else denominator) <= target) & last)
    return float(outward[order][good[-1]]) if len(good) else None


def naive_thresholds(
    approve: NDArray[np.float64], reject: NDArray[np.float64], is_spam: NDArray[np.bool_], targets: tuple[float, float]
) -> Bounds:
    """What one does without statistics: on a labelled sample, the loosest threshold whose counted error is allowed."""
    each = np.full(len(is_spam), 1.0)
    low = _loosest(approve, is_spam, each, targets[0], None)
    high = _loosest(-reject, ~is_spam, each, targets[1], float(max((~is_spam).sum(), 1)))
    return Bounds(low, None if high is None else -high)
