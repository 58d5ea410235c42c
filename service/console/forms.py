"""What the forms of the desk send, read and checked."""

import re

from flask import request

from models.errors import Refused
from models.vocabulary import Action, ReviewReason
from service.console.texts import say
from service.console.walk import Filter
from service.rulings import Choice

MAX_NOTE_CHARACTERS = 2000
MAX_VERSION_DIGITS = 9
MAX_WORDS_CHARACTERS = 200
REJECT_REASONS = ("spam", "abuse", "off_topic", "other")
_ACTIONS = {"approve": Action.APPROVE, "reject": Action.REJECT, "escalate": Action.ESCALATE}


def read_filter() -> Filter:
    """What part of the queue this request works on; what makes no sense filters nothing."""
    given = request.args
    reason, hours, words = given.get("reason", ""), given.get("hours", ""), given.get("q", "").strip()
    return Filter(
        given.get("site") or None,
        ReviewReason(reason) if reason in set(ReviewReason) else None,
        language=given["language"] if re.fullmatch(r"[A-Za-z0-9-]{2,35}", given.get("language", "")) else None,
        hours=int(hours) if re.fullmatch(r"[1-9][0-9]{0,3}", hours, re.ASCII) else None,
        words=words[:MAX_WORDS_CHARACTERS] if words and "\0" not in words else None,
    )


def read_choice(item_id: str) -> Choice:
    """What the buttons of an item send. Raises Refused."""
    form = request.form
    action = _ACTIONS.get(form.get("action", ""))
    note, reason = form.get("note", "").strip() or None, form.get("reason") or None
    if action is None:
        raise Refused(say("error.action"))
    version = read_version()
    if note is not None and (len(note) > MAX_NOTE_CHARACTERS or "\0" in note):
        raise Refused(say("error.note"))
    kept = reason if action is Action.REJECT and reason in REJECT_REASONS else None
    return Choice(item_id, version, action, kept, note)


def read_version() -> int:
    """The version of the item that was shown. Raises Refused."""
    version = request.form.get("version", "")
    if not (version.isascii() and version.isdigit() and len(version) <= MAX_VERSION_DIGITS):
        raise Refused(say("error.400"))
    return int(version)
