"""Coral's external moderation phase: a signed question in, what to do with the comment out, before Coral gives up.

Coral names neither the comment nor the time, so what a reviewer decides later reaches the website as an event alone.
"""

import hashlib
import hmac
import re
import time
from collections.abc import Sequence
from typing import Any

import orjson
from flask import Blueprint, Flask, Response, request

from models.vocabulary import Action, State
from service import lenient
from service.adapters import plain
from service.intake import Intake, Standing
from service.json_body import read_json
from store.records import site_secrets, sites
from store.records.comments import CommentRecord
from store.records.foreign import Foreign
from store.records.sites import Site
from store.records.submissions import NewComment
from store.stores import Stores

WIRE = "coral"
# Of Coral's own time-out, so that the answer is back before it; and no request waits longer than any other here.
USED_FRACTION = 0.6
MAX_WAIT_SECONDS = 5.0
FLAG = {"actionType": "FLAG", "reason": "COMMENT_DETECTED_SPAM"}
_SIGNATURE = re.compile("sha256=([0-9a-f]{64})")
_UNDECIDED = (State.RECEIVED, State.SCORING)
_WAITING = (State.REVIEW, State.ESCALATED)
_SPAM = (State.REJECTED, State.DISCARDED)


def register(app: Flask, stores: Stores, intake: Intake) -> None:
    """Add the route of the phase."""
    routes = Blueprint("coral", __name__)
    plain.answer_errors(routes)

    @routes.post("/adapters/coral/<string:site_id>")
    def moderate(site_id: str) -> Response:
        began = time.monotonic()
        body = plain.body()
        site = _signed_site(stores, site_id, body)
        if site is None:
            return plain.refused(401, "The signature is not that of this site's secret.")
        question = read_json(body)
        if not isinstance(question, dict):
            return plain.refused(400, "The body must be a JSON object.")
        new = new_comment(question, site)
        if new is None:
            return plain.nothing()  # A rating without a text.
        seen: list[CommentRecord] = []

        def render(standings: Sequence[Standing]) -> tuple[int, str]:
            seen.append(standings[0].comment)
            return 200, ""

        wait = wait_seconds(site) - (time.monotonic() - began)
        intake.submit(site, [new], render, wait_seconds=max(0.0, wait))
        shown = opinion(site, seen[-1])
        return plain.nothing() if shown is None else Response(orjson.dumps(shown), content_type="application/json")

    app.register_blueprint(routes)


def is_signed(body: bytes, header: str, secret: str) -> bool:
    """Whether one of the signatures is the HMAC-SHA256 of the body; Coral sends two while it changes its secret."""
    right = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    found = [match[1] for part in header.split(",")[:8] if (match := _SIGNATURE.fullmatch(part.strip()))]
    return any(hmac.compare_digest(right, given) for given in found)


def new_comment(question: dict[str, Any], site: Site) -> NewComment | None:
    """The comment that Coral asks about; None without a text. Nothing is refused for what it says."""
    comment, author, story = (plain.part(question, name) for name in ("comment", "author", "story"))
    body = lenient.text(plain.words(comment, "body"))
    if not body.strip():
        return None
    author_id, story_id = plain.words(author, "id"), plain.words(story, "id")
    return NewComment(
        body=body,
        content_type="reply" if plain.words(comment, "parentID") else "comment",
        author_id=lenient.line(author_id, 255),
        author_role=lenient.line(plain.words(author, "role"), 255),
        page_url=lenient.line(plain.words(story, "url"), 2048),
        foreign=Foreign(WIRE, lenient.fingerprint(site, author_id, story_id, body)),
    )


def wait_seconds(site: Site) -> float:
    """How long the decision may be waited for."""
    return min(site.coral_timeout_ms / 1000 * USED_FRACTION, MAX_WAIT_SECONDS)


def opinion(site: Site, record: CommentRecord) -> dict[str, Any] | None:
    """What Coral is told of a comment as it stands; None is no opinion, with which it goes on."""
    if record.state in _UNDECIDED:
        return _ON_FAILURE[site.on_failure]
    if record.state in _SPAM:
        return {"actions": [FLAG], "status": "REJECTED"}
    if record.state in _WAITING:
        probability = None if record.decision is None else record.decision.probability
        return {"actions": [FLAG] if (probability or 0.0) >= 0.5 else [], "status": "SYSTEM_WITHHELD"}
    return None


def _signed_site(stores: Stores, site_id: str, body: bytes) -> Site | None:
    """The site, if its secret signed the body. An unknown site is answered like a wrong signature."""
    known = site_id if plain.SITE_ID.fullmatch(site_id) else ""
    with stores.database.read() as connection:
        secret = site_secrets.get(connection, known, site_secrets.CORAL)
        signed = is_signed(body, request.headers.get("X-Coral-Signature", ""), secret or "")
        return sites.get(connection, known) if secret and signed else None


_ON_FAILURE: dict[Action, dict[str, Any] | None] = {
    Action.APPROVE: None,
    Action.REVIEW: {"actions": [], "status": "SYSTEM_WITHHELD"},
    Action.REJECT: {"actions": [], "status": "REJECTED"},
}
