"""Every sentence that the console says, by key, in the language of whoever looks at the page."""

import json
from collections import ChainMap
from typing import cast

from flask import g, has_request_context, request

from service.console.catalogue import alike, desk, digests, guarantee, insight, keyboard, lanes, people, shared
from service.cookies import LANGUAGE
from store.records.reviewers import Reviewer

LANGUAGES = ("en", "de")
CATALOGUES = (
    shared.TEXTS,
    desk.TEXTS,
    alike.TEXTS,
    keyboard.TEXTS,
    people.TEXTS,
    insight.TEXTS,
    digests.TEXTS,
    guarantee.TEXTS,
    lanes.TEXTS,
)
TEXTS = ChainMap(*CATALOGUES)


def say(key: str, **values: object) -> str:
    """The text of a key with its values filled in. Raises KeyError for a key that is not in the catalogue."""
    text = TEXTS[key][LANGUAGES.index(language())]
    return text.format(**values) if values else text


def say_or(key: str, otherwise: str) -> str:
    """The text of a key, or `otherwise` where the catalogue does not have it."""
    return say(key) if key in TEXTS else otherwise


def language() -> str:
    """The language of this request: what the reviewer chose, else what was chosen in this browser, else what it asks
    for, else English."""
    if not has_request_context():
        return LANGUAGES[0]
    if "language" not in g:
        reviewer: Reviewer | None = g.get("reviewer")
        kept = None if reviewer is None else reviewer.language
        chosen = kept or request.cookies.get(f"__Host-{LANGUAGE}") or request.cookies.get(LANGUAGE)
        wanted = chosen if chosen in LANGUAGES else request.accept_languages.best_match(LANGUAGES)
        g.language = wanted or LANGUAGES[0]
    return cast(str, g.language)


def script_words() -> str:
    """What the scripts of a page say, as JSON: the texts of the keys that begin with `js.`, without that."""
    return json.dumps({key.removeprefix("js."): say(key) for key in TEXTS if key.startswith("js.")})
