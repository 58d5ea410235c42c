"""What the forms of the desk send, read and checked."""

from flask import request

from models.errors import Refused
from models.vocabulary import Action, ReviewReason
from service.console.texts import say
from service.console.walk import Filter
from service.rulings import Choice

MAX_NOTE_CHARACTERS = 2000
MAX_VERSION_DIGITS = 9
REJECT_REASONS = ("spam", "abuse", "off_topic", "other")
_ACTIONS = {"approve": Action.APPROVE, "reject": Action.REJECT, "escalate": Action.ESCALATE}


def read_filter() -> Filter:
    """What part of the queue this request works on; a reason that does not exist filters nothing."""
    reason = request.args.get("reason", "")
    known = ReviewReason(reason) if reason in set(ReviewReason) else None
    return Filter(request.args.get("site") or None, known)


def read_choice(item_id: str) -> Choice:
    """What the buttons of an item send. Raises Refused."""
    form = request.form
    action, version = _ACTIONS.get(form.get("action", "")), form.get("version", "")
    note, reason = form.get("note", "").strip() or None, form.get("reason") or None
    if action is None:
        raise Refused(say("error.action"))
    if not (version.isascii() and version.isdigit() and len(version) <= MAX_VERSION_DIGITS):
        raise Refused(say("error.400"))
    if note is not None and (len(note) > MAX_NOTE_CHARACTERS or "\0" in note):
        raise Refused(say("error.note"))
    kept = reason if action is Action.REJECT and reason in REJECT_REASONS else None
    return Choice(item_id, int(version), action, kept, note)
