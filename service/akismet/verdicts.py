"""Answers of the Akismet wire, byte for byte. A decision becomes spam or ham here, all that this wire knows."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import Response

from models.vocabulary import Action, State
from store.records.comments import CommentRecord
from store.records.sites import HeldAs, Site

SPAM, HAM = "true", "false"
THANKS = "Thanks for making the web a better place."
INVALID = "invalid"
RECHECK_SECONDS = "60"
PROBABLE_SPAM = 0.5

GUID = "X-akismet-guid"
PRO_TIP = "X-akismet-pro-tip"
DEBUG_HELP = "X-akismet-debug-help"
ERROR = "X-akismet-error"
RECHECK_AFTER = "X-akismet-recheck-after"

_UNDECIDED = (State.RECEIVED, State.SCORING)
_WAITING = (State.REVIEW, State.ESCALATED)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`true` or `false`, and the headers that say how sure it is."""

    body: str
    headers: Mapping[str, str] = field(default_factory=dict)


def of(site: Site, record: CommentRecord, probability: float | None) -> Verdict:
    """The verdict on a comment as it stands. `probability`: of spam in [0, 1] as the model gave it, None without."""
    if record.state in _UNDECIDED:
        return _undecided(site)
    if record.state in _WAITING:
        return _held(site, probability)
    if record.state == State.DISCARDED:
        # The client drops such a comment without a trace, so only the strictest threshold leads here.
        return Verdict(SPAM, {PRO_TIP: "discard"})
    return Verdict(SPAM if record.state == State.REJECTED else HAM)


def plain(body: str, headers: Mapping[str, str] | None = None) -> Response:
    """Status 200, whatever the answer says: clients take any other for an outage. No line end, which some choke on."""
    response = Response(body, 200, content_type="text/plain; charset=utf-8")
    response.headers.update(headers or {})
    return response


def invalid(why: str) -> Response:
    """The answer to what cannot be answered, with the reason for whoever sets the client up."""
    return plain(INVALID, {DEBUG_HELP: why})


def unavailable() -> Response:
    """Nothing could be recorded. The one answer that is an outage, and says so: the client keeps its comment."""
    response = plain("", {ERROR: "The service is not available; try again in a moment.", "Retry-After": "1"})
    response.status_code = 503
    return response


def _held(site: Site, probability: float | None) -> Verdict:
    if site.akismet_held is HeldAs.HOLD:
        return Verdict(HAM, {ERROR: "A person looks at the comment; hold it until it is decided."})
    if site.akismet_held is not HeldAs.PROBABLE:
        return Verdict(SPAM if site.akismet_held is HeldAs.SPAM else HAM)
    if probability is None:
        return _undecided(site)
    return Verdict(SPAM if probability >= PROBABLE_SPAM else HAM)


def _undecided(site: Site) -> Verdict:
    """There is no decision in time: what the site chose for that, and when to ask again."""
    if site.on_failure is Action.REJECT:
        return Verdict(SPAM)
    headers = {RECHECK_AFTER: RECHECK_SECONDS}
    if site.on_failure is Action.REVIEW:
        headers[ERROR] = "No decision in time; hold the comment until it is checked again."
    return Verdict(HAM, headers)
