"""By what one shows who one is: a password, a code, and how often one may guess either."""

from dataclasses import dataclass

from service.console.passwords import Passwords
from service.console.tries import Tries
from service.second_factor import SecondFactors


@dataclass(frozen=True, slots=True)
class Proofs:
    """What the pages of sign-in and account check."""

    passwords: Passwords
    tries: Tries
    factors: SecondFactors
