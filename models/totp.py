"""One-time codes from a shared secret and the time: RFC 6238 with SHA-1, six digits and steps of 30 seconds.

These are the values that every authenticator app takes for granted.
"""

import base64
import hashlib
import hmac
from urllib.parse import quote, urlencode

STEP_SECONDS = 30
DIGITS = 6
SECRET_BYTES = 20
_EARLY_OR_LATE_STEPS = (0, -1, 1)


def code_at(secret: bytes, step: int) -> str:
    """The code of one step: seconds since 1970 divided by 30, rounded down. Source: RFC 4226, section 5.3."""
    digest = hmac.digest(secret, step.to_bytes(8, "big"), hashlib.sha1)
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def matching_step(secret: bytes, code: str, seconds: float) -> int | None:
    """The step whose code this is, of the present one and its two neighbours, since clocks differ; else None.

    `seconds` since 1970. Whoever calls refuses a step that is not later than the last one that was used.
    """
    now = int(seconds // STEP_SECONDS)
    given = code.encode("utf-8", "surrogatepass")
    found = [now + shift for shift in _EARLY_OR_LATE_STEPS if hmac.compare_digest(_bytes(secret, now + shift), given)]
    return found[0] if found else None


def base32(secret: bytes) -> str:
    """The secret as people type it into an app."""
    return base64.b32encode(secret).decode().rstrip("=")


def otpauth_uri(secret: bytes, issuer: str, account: str) -> str:
    """The address that an authenticator app reads from a QR code."""
    label = f"{quote(issuer, safe='')}:{quote(account, safe='')}"
    return f"otpauth://totp/{label}?{urlencode({'secret': base32(secret), 'issuer': issuer}, quote_via=quote)}"


def _bytes(secret: bytes, step: int) -> bytes:
    return code_at(secret, step).encode()
