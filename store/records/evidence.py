"""Evidence as it is stored with a decision: enough to repeat the score, and the keys to count what it turns out to be.

JSON with the fields that are known, and under `keys` what the comment itself was found by.
"""

from dataclasses import fields
from typing import Any, NamedTuple

import orjson

from models.vocabulary import Evidence


class Keys(NamedTuple):
    """What a text is found by again. `texts`: near-duplicate keys, none for a short text; `domains`: linked ones."""

    texts: tuple[int, ...] = ()
    domains: tuple[str, ...] = ()


NO_KEYS = Keys()
_FIELDS = tuple(field.name for field in fields(Evidence))


def dump(evidence: Evidence, keys: Keys = NO_KEYS) -> bytes:
    """The JSON of evidence and keys; what is unknown is left out."""
    known: dict[str, object] = {name: value for name in _FIELDS if (value := getattr(evidence, name)) is not None}
    if keys.texts or keys.domains:
        known["keys"] = {"texts": keys.texts, "domains": keys.domains}
    return orjson.dumps(known)


def load(stored: str | bytes | None) -> tuple[Evidence, Keys]:
    """What `dump` was given; nothing known where nothing is stored. Fields of later versions are passed over."""
    known = orjson.loads(stored) if stored else {}
    return Evidence(**{name: known[name] for name in _FIELDS if name in known}), _keys(known)


def load_keys(stored: str | bytes | None) -> Keys:
    """The keys alone."""
    return _keys(orjson.loads(stored)) if stored else NO_KEYS


def _keys(known: dict[str, Any]) -> Keys:
    keys = known.get("keys") or {}
    return Keys(tuple(keys.get("texts", ())), tuple(keys.get("domains", ())))
