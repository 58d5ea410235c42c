"""One-time codes against the vectors of RFC 6238, appendix B, cut to six digits."""

import pytest

from models.totp import STEP_SECONDS, base32, code_at, matching_step, otpauth_uri

SECRET = b"12345678901234567890"


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    assert code_at(SECRET, seconds // STEP_SECONDS) == code
    assert matching_step(SECRET, code, seconds) == seconds // STEP_SECONDS


def test_a_code_is_taken_one_step_early_or_late_and_no_more() -> None:
    code, step = code_at(SECRET, 1000), 1000

    taken = [matching_step(SECRET, code, (step + away) * STEP_SECONDS) for away in (-2, -1, 0, 1, 2)]

    assert taken == [None, step, step, step, None]
    assert [matching_step(SECRET, odd, step * STEP_SECONDS) for odd in ("", "１２３４５６", code + "0", "\ud800")] == [
        None
    ] * 4


def test_an_app_is_told_the_secret_in_base32_with_who_and_where() -> None:
    assert base32(SECRET) == "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert otpauth_uri(SECRET, "Gatepost", "Ana & Eva").startswith("otpauth://totp/Gatepost:Ana%20%26%20Eva?secret=GEZ")
