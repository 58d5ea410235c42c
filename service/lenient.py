"""Take foreign values as they come: what the native API would refuse is cut or left out here, never an error.

Foreign clients cannot be told which field is wrong, and a comment that is refused is a comment that nobody moderates.
"""

import hashlib
import ipaddress
import re
from datetime import UTC, datetime
from urllib.parse import urlsplit

from store.records.sites import Site

MAX_TEXT_BYTES = 64 * 1024
_UNWANTED = re.compile("[\0\ud800-\udfff]")
_BLANKS = re.compile(r"\s+")


def line(value: str | None, longest: int) -> str | None:
    """A short field, at most `longest` code points; None where nothing is there."""
    cleaned = _UNWANTED.sub("\ufffd", value).strip()[:longest] if value else ""
    return cleaned or None


def text(value: str | None) -> str:
    """A long text, cut at 64 KiB of UTF-8; a character that no database takes becomes U+FFFD."""
    if not value:
        return ""
    cleaned = _UNWANTED.sub("\ufffd", value)
    data = cleaned.encode("utf-8")
    return cleaned if len(data) <= MAX_TEXT_BYTES else data[:MAX_TEXT_BYTES].decode("utf-8", "ignore")


def address(value: str | None) -> str | None:
    """An IPv4 or IPv6 address in its usual form; None for anything else, such as the empty one that Coral sends."""
    try:
        found = ipaddress.ip_address((value or "").strip())
    except ValueError:
        return None
    if getattr(found, "scope_id", None):
        return None
    return str(getattr(found, "ipv4_mapped", None) or found)


def instant(value: str | None) -> int | None:
    """Microseconds since 1970 of an ISO 8601 time, UTC where it names no zone; None for anything else."""
    try:
        moment = datetime.fromisoformat((value or "").strip().replace("z", "Z"))
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    if not 1970 <= moment.year < 2200:
        return None
    return int(moment.timestamp()) * 1_000_000 + moment.microsecond


def web_url(value: str | None) -> str | None:
    """An http or https URL of at most 2,048 characters; None for anything else. It may still be an inner one."""
    cleaned = line(value, 2049)
    if cleaned is None or len(cleaned) > 2048 or _BLANKS.search(cleaned):
        return None
    try:
        parts = urlsplit(cleaned)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return None
    return cleaned if fine else None


def fingerprint(site: Site, *parts: str | None) -> str:
    """Keyed digest by which the same content is found again; blanks and upper case make no difference."""
    joined = "\0".join(_BLANKS.sub(" ", _UNWANTED.sub("\ufffd", part or "")).strip().casefold() for part in parts)
    key = bytes.fromhex(site.pseudonym_key)
    return hashlib.blake2b(joined.encode("utf-8"), key=key, person=b"foreign", digest_size=32).hexdigest()
