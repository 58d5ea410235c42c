"""What follows from the key of a site: by what a person is known again, and the secret of the audit coin."""

import hashlib
import hmac


def pseudonym(key: str, kind: str, value: str) -> str:
    """Keyed hash of a piece of personal data: equal within a site, unrelated between sites (HMAC-SHA256).

    `key`: the site's, hexadecimal. `kind`: `email` or `ip`.
    """
    message = f"{kind}\0{value.strip().casefold()}".encode()
    return hmac.new(bytes.fromhex(key), message, hashlib.sha256).hexdigest()


def audit_secret(key: str) -> bytes:
    """The secret of a site's audit coin, which nobody outside can foresee. `key`: the site's, hexadecimal."""
    return hmac.digest(bytes.fromhex(key) if key else b"", b"audit coin", hashlib.sha256)
