"""How much spam reviewers miss, from known spam that they met among the audits; and how such spam is dressed."""

import math
import random

from models.guarantee.evidence import interval

# Coarse and slow to fall, since every step up has the lanes prove themselves again.
STEP = 0.05
FEWEST = 30
_MOST = 0.9


def miss_rate_upper(missed: int, decided: int, before: float, delta: float) -> float:
    """Highest share of spam that reviewers may miss, a multiple of 0.05 and at most 0.9; 0.0 before 30 are decided.

    `before`: what it was; it falls only by two steps or more at a time. With probability at least 1 - delta it is not
    below the average share missed so far, however often it is looked at: that is what `interval` promises.
    """
    if decided < FEWEST:
        return 0.0
    steps = min(_MOST, math.ceil(interval(missed, decided, delta)[1] / STEP - 1e-9) * STEP)
    found = round(steps, 2)
    return before if 0.0 < before - found < 1.5 * STEP else found


def how_many(n_blind: int, rate: float, rng: random.Random) -> int:
    """How many seeds come for so many blind items: each brings one with this probability, so nobody can count along."""
    return sum(rng.random() < rate for _ in range(n_blind))


def disguised(account: str | None, rng: random.Random) -> str | None:
    """An account that looks like this one and is none: other digits, two more where there are none."""
    if account is None:
        return None
    if not any(sign.isdigit() for sign in account):
        return f"{account[:200]}{rng.randrange(10, 100)}"
    return "".join(str(rng.randrange(10)) if sign.isdigit() else sign for sign in account)
