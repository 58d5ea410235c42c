import threading

import pytest

from models.errors import Unavailable
from service.console.passwords import WAITING_AT_MOST, Passwords, refusal


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("eleven char", "password.short"),
        ("x" * 1001, "password.long"),
        ("marta-likes-tea", "password.name"),
        ("my gatepost desk", "password.name"),
        ("aaaaaaaaaaaaaaa", "password.simple"),
        ("abcabcabcabcabc", "password.simple"),
        ("tulip tulip tulip", "password.simple"),
        ("123456789012", "password.simple"),
        ("qwertyuiop[]", "password.simple"),
        ("qwertzuiop123", "password.simple"),
        ("zyxwvutsrqpo", "password.simple"),
        ("Password1234", "password.common"),
        ("p@ssw0rd2026!", "password.common"),
        ("Welcome-2026!!", "password.common"),
        ("letmein letmein!", "password.common"),
        ("Administrator99", "password.common"),
        ("correct horse battery staple", "password.common"),
    ],
)
def test_password_that_is_guessed_first_is_refused(password: str, reason: str) -> None:
    assert refusal(password, "Marta") == reason


@pytest.mark.parametrize(
    "password",
    [
        "copper lantern meadow",
        "t7Kp-w2Rz-9mQv",
        "смородина и ветер",
        "nine foxes in fog",
        "1 pass 2 rivers 3 hats",
        "雨の日は静かに本を読みます",
    ],
)
def test_ordinary_long_password_is_accepted(password: str) -> None:
    assert refusal(password, "Marta") is None


def test_very_short_name_forbids_no_letters() -> None:
    assert refusal("copper lantern meadow", "Al") is None


def test_right_password_is_verified_against_an_argon2id_hash() -> None:
    passwords = Passwords()

    stored = passwords.hash("copper lantern meadow")

    assert stored.startswith("$argon2id$")
    assert passwords.verify(stored, "copper lantern meadow")
    assert not passwords.verify(stored, "copper lantern meadows")


def test_nobody_and_an_unreadable_hash_are_never_verified() -> None:
    passwords = Passwords()

    assert not passwords.verify(None, "copper lantern meadow")
    assert not passwords.verify("not a hash", "copper lantern meadow")


def test_waiting_room_for_hashing_is_bounded() -> None:
    """A flood of logins must not hold every thread of the process."""
    passwords = Passwords()
    stored = passwords.hash("copper lantern meadow")
    together = threading.Barrier(WAITING_AT_MOST * 3)
    outcomes: list[bool] = []

    def log_in() -> None:
        together.wait()
        try:
            outcomes.append(passwords.verify(stored, "copper lantern meadow"))
        except Unavailable:
            outcomes.append(False)

    threads = [threading.Thread(target=log_in) for _ in range(WAITING_AT_MOST * 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert True in outcomes
    assert False in outcomes
    assert passwords.verify(stored, "copper lantern meadow")
