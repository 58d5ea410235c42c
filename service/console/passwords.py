"""Passwords of reviewers: argon2id, and which ones are refused (OWASP ASVS 5.0, V6)."""

import re
import secrets
import threading
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from models.errors import Unavailable
from service.console.texts import say

MIN_CHARACTERS = 12
MAX_CHARACTERS = 1000
HASHING_AT_ONCE = 2
WAITING_AT_MOST = 8

_KNOWN_WORDS = re.compile(
    "password|passwort|passw|kennwort|letmein|welcome|willkommen|changeme|change|iloveyou|administrator|admin|master|"
    "secret|geheim|monkey|dragon|football|baseball|sunshine|princess|superman|batman|trustno|whatever|login|"
    "moderator|reviewer|comment|correcthorsebatterystaple|summer|winter|spring|autumn|hello|test"
)
_LOOKALIKES = str.maketrans("@4031!$57", "aaoeiisst")
_ROWS = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "qwertzuiop", "azertyuiop", "asdfghjkl", "zxcvbnm")
_RUN_LENGTH = 4
_REPEATED = re.compile(r"(.{1,8}?)\1+.{0,5}", re.DOTALL)
_LEAST_REST = 4


class Passwords:
    """Hashes and verifies. Each hashing takes 64 MiB, so only two run at once in a process."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher()
        self._nobody = _hash_of_nobody()
        self._at_once = threading.BoundedSemaphore(HASHING_AT_ONCE)
        self._waiting = threading.BoundedSemaphore(WAITING_AT_MOST)

    def hash(self, password: str) -> str:
        """The argon2id hash, with its salt and parameters. Raises Unavailable when too many wait."""
        with self._turn():
            return self._hasher.hash(password)

    def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether the password has this hash. None (nobody of that name) takes as long as any other answer.

        Raises Unavailable when too many wait.
        """
        with self._turn():
            try:
                self._hasher.verify(password_hash or self._nobody, password)
            except (VerificationError, InvalidHashError):
                return False
        return password_hash is not None

    def _turn(self) -> "_Turn":
        return _Turn(self._waiting, self._at_once)


class _Turn:
    """One of the two places for hashing. Whoever finds the waiting room full goes away at once.

    Otherwise a flood of logins would hold every thread of the process, and comments could not come in.
    """

    def __init__(self, waiting: threading.BoundedSemaphore, at_once: threading.BoundedSemaphore) -> None:
        self._waiting = waiting
        self._at_once = at_once

    def __enter__(self) -> None:
        if not self._waiting.acquire(blocking=False):
            raise Unavailable(say("error.busy"))
        self._at_once.acquire()

    def __exit__(self, *_: object) -> None:
        self._at_once.release()
        self._waiting.release()


def refusal(password: str, name: str) -> str | None:
    """The key of the text that says why this password is refused for that reviewer; None where it is accepted."""
    folded = password.casefold()
    if len(password) < MIN_CHARACTERS:
        return "password.short"
    if len(password) > MAX_CHARACTERS:
        return "password.long"
    if "gatepost" in folded or (len(name.strip()) > 2 and name.strip().casefold() in folded):
        return "password.name"
    if len(set(folded)) < 5 or _REPEATED.fullmatch(folded) or len(_without_runs(folded)) < _LEAST_REST:
        return "password.simple"
    return "password.common" if _is_common(folded) else None


def _is_common(folded: str) -> bool:
    """Whether little is left of it without well-known words, sequences, and what people put around them."""
    tails = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", folded)
    letters = re.sub(r"[\W\d_]+", "", _without_runs(tails.translate(_LOOKALIKES)))
    return len(_KNOWN_WORDS.sub("", letters)) < _LEAST_REST


def _without_runs(text: str) -> str:
    """The text without stretches of four or more that follow a row of the keyboard, the alphabet or the digits."""
    kept = []
    position = 0
    while position < len(text):
        length = _run(text[position:])
        if length < _RUN_LENGTH:
            kept.append(text[position])
            length = 1
        position += length
    return "".join(kept)


def _run(text: str) -> int:
    """How many characters from the start follow some row, forwards or backwards."""
    longest = 1
    for row in _ROWS:
        for direction in (row, row[::-1]):
            length = 1
            while length < len(text) and text[: length + 1] in direction:
                length += 1
            longest = max(longest, length if text[:length] in direction else 1)
    return longest


@cache
def _hash_of_nobody() -> str:
    """Made once a process: each hashing takes a while, on purpose."""
    return PasswordHasher().hash(secrets.token_urlsafe(32))
