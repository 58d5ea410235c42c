"""Second factors: set up, confirm, check a code, take away. A code counts once, in all processes together."""

import base64
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from models import totp
from models.errors import Refused
from store import sealing
from store.records import credentials, second_factors
from store.records.reviewers import Reviewer
from store.stores import Stores

ISSUER = "Gatepost"
N_RECOVERY_CODES = 10
RECOVERY_BYTES = 10
_PURPOSE = "second factor"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Standing:
    """Where somebody stands: `on`, and how many recovery codes are left; `setup` while a first code is awaited."""

    on: bool
    codes_left: int
    setup: "Setup | None"


@dataclass(frozen=True, slots=True)
class Setup:
    """What an authenticator app needs: the secret to type, or the address to read from a QR code."""

    secret: str
    uri: str


class SecondFactors:
    """The second factors of this installation."""

    def __init__(self, stores: Stores, clock: Callable[[], float] = time.time) -> None:
        self._stores = stores
        self._clock = clock

    def standing(self, reviewer: Reviewer) -> Standing:
        """What this person has set up."""
        with self._stores.database.read() as connection:
            factor = second_factors.get(connection, reviewer.id)
            left = second_factors.codes_left(connection, reviewer.id)
        if factor is None:
            return Standing(on=False, codes_left=0, setup=None)
        if factor.confirmed_at is not None:
            return Standing(on=True, codes_left=left, setup=None)
        secret = self._unseal(factor.sealed)
        return Standing(False, 0, Setup(totp.base32(secret), totp.otpauth_uri(secret, ISSUER, reviewer.name)))

    def is_on(self, reviewer: Reviewer) -> bool:
        """Whether this person signs in with a code."""
        with self._stores.database.read() as connection:
            factor = second_factors.get(connection, reviewer.id)
        return factor is not None and factor.confirmed_at is not None

    def begin(self, reviewer: Reviewer) -> None:
        """Make a secret, to be confirmed by a first code. Raises Refused where a factor is in use."""
        sealed = sealing.seal(self._stores.settings.secret_key, _PURPOSE, secrets.token_bytes(totp.SECRET_BYTES))
        with self._stores.database.write() as connection:
            if not second_factors.begin(connection, reviewer.id, sealed):
                raise Refused("A second factor is in use already; take it away first.")

    def confirm(self, reviewer: Reviewer, code: str, session_id: str) -> list[str] | None:
        """Put the factor into use by its first code; the recovery codes, shown this once, or None for a wrong code.

        Every other session ends: it was opened without a code.
        """
        codes = [_recovery_code() for _ in range(N_RECOVERY_CODES)]
        with self._stores.database.write() as connection:
            factor = second_factors.get(connection, reviewer.id)
            if factor is None or factor.confirmed_at is not None:
                return None
            step = totp.matching_step(self._unseal(factor.sealed), _plain(code), self._clock())
            if step is None or not second_factors.use_step(connection, reviewer.id, step):
                return None
            second_factors.confirm(connection, reviewer.id, [_plain(one) for one in codes])
            credentials.end_all(connection, reviewer.id, kinds=("session",), but=session_id)
        log.info("second_factor_on", person=reviewer.id)
        return codes

    def check(self, reviewer: Reviewer, code: str) -> bool:
        """Whether this is the present code, or an unused recovery code; either counts once."""
        given = _plain(code)
        with self._stores.database.write() as connection:
            factor = second_factors.get(connection, reviewer.id)
            if factor is None or factor.confirmed_at is None:
                return False
            step = totp.matching_step(self._unseal(factor.sealed), given, self._clock())
            if step is not None:
                return second_factors.use_step(connection, reviewer.id, step)
            used = second_factors.use_recovery_code(connection, reviewer.id, given)
        if used:
            log.info("recovery_code_used", person=reviewer.id)
        return used

    def renew_codes(self, reviewer: Reviewer) -> list[str]:
        """New recovery codes, shown this once; the old ones open nothing from now on. The caller has checked a code.

        Raises Refused where no factor is in use.
        """
        codes = [_recovery_code() for _ in range(N_RECOVERY_CODES)]
        with self._stores.database.write() as connection:
            factor = second_factors.get(connection, reviewer.id)
            if factor is None or factor.confirmed_at is None:
                raise Refused("There is no second factor in use.")
            second_factors.put_codes(connection, reviewer.id, [_plain(one) for one in codes])
        log.info("recovery_codes_renewed", person=reviewer.id)
        return codes

    def remove(self, reviewer: Reviewer) -> None:
        """Take the factor away; the caller has checked a code."""
        with self._stores.database.write() as connection:
            second_factors.remove(connection, reviewer.id)
        log.info("second_factor_off", person=reviewer.id)

    def _unseal(self, sealed: str) -> bytes:
        return sealing.unseal(self._stores.settings.secret_key, _PURPOSE, sealed)


def _recovery_code() -> str:
    """80 random bits in four groups that people can copy by hand."""
    letters = base64.b32encode(secrets.token_bytes(RECOVERY_BYTES)).decode().lower()
    return "-".join(letters[at : at + 4] for at in range(0, len(letters), 4))


def _plain(code: str) -> str:
    """A code without what people put between its parts."""
    return "".join(code.split()).replace("-", "").lower()[:64]
