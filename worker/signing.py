"""Signatures of what is sent outward, as Standard Webhooks 1.0 has them: HMAC-SHA256 of `id.timestamp.body`."""

import base64
import hashlib
import hmac
from collections.abc import Sequence

_PREFIX = "whsec_"


def headers(secrets: Sequence[str], message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers of a message. `secrets`: `whsec_` and base64, one signature each; `timestamp`: seconds since
    1970 of this attempt."""
    content = f"{message_id}.{timestamp}.".encode() + body
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{_signature(secret, content)}" for secret in secrets),
    }


def of_site(pseudonym_key: str) -> str:
    """The secret that signs what goes to the addresses that a site's comments bring along; it follows from the site's
    key (hexadecimal), so it is kept nowhere."""
    derived = hmac.new(bytes.fromhex(pseudonym_key), b"callback", hashlib.sha256).digest()
    return _PREFIX + base64.b64encode(derived).decode()


def _signature(secret: str, content: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(_PREFIX))
    return base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
