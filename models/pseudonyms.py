"""How a person is known again by what is kept of an address: a hash under a key of the site."""

import hashlib
import hmac


def pseudonym(key: str, kind: str, value: str) -> str:
    """Keyed hash of a piece of personal data: equal within a site, unrelated between sites (HMAC-SHA256).

    `key`: the site's, hexadecimal. `kind`: `email` or `ip`.
    """
    message = f"{kind}\0{value.strip().casefold()}".encode()
    return hmac.new(bytes.fromhex(key), message, hashlib.sha256).hexdigest()
