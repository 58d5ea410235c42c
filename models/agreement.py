"""How far two people agree beyond chance, from comments that both judged without knowing of each other."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

Z_95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Kappa:
    """Cohen's κ: 1 is full agreement, 0 what chance gives. `low`, `high`: 95 % interval, cut at -1 and 1.

    `observed`: fraction of pairs that agree, in [0, 1]. `value`, `low`, `high` None where all pairs fall into one
    category, so that chance alone would agree as well.
    """

    pairs: int
    observed: float
    value: float | None
    low: float | None
    high: float | None


def cohen_kappa(table: Sequence[Sequence[int]]) -> Kappa | None:
    """κ of a square table of counts: row i, column j = how often the first said i and the second j; None without pairs.

    Raises ValueError for a table that is not square or has a negative count. Sources: Cohen 1960; for the large-sample
    variance Fleiss, Cohen & Everitt 1969, Psychological Bulletin 72:323.
    """
    size = len(table)
    if any(len(row) != size or min(row) < 0 for row in table):
        raise ValueError("A table of agreement is square and counts nothing below zero.")
    n = sum(map(sum, table))
    if n == 0:
        return None
    p = [[count / n for count in row] for row in table]
    first = [sum(row) for row in p]
    second = [sum(row[j] for row in p) for j in range(size)]
    observed = sum(p[i][i] for i in range(size))
    chance = sum(a * b for a, b in zip(first, second, strict=True))
    if chance >= 1.0 - 1e-12:
        return Kappa(n, observed, None, None, None)
    kappa = (observed - chance) / (1 - chance)
    agreeing = sum(p[i][i] * (1 - (first[i] + second[i]) * (1 - kappa)) ** 2 for i in range(size))
    differing = sum(p[i][j] * (second[i] + first[j]) ** 2 for i in range(size) for j in range(size) if i != j)
    rest = (kappa - chance * (1 - kappa)) ** 2
    variance = max(0.0, agreeing + (1 - kappa) ** 2 * differing - rest) / (n * (1 - chance) ** 2)
    margin = Z_95 * math.sqrt(variance)
    return Kappa(n, observed, kappa, max(-1.0, kappa - margin), min(1.0, kappa + margin))
