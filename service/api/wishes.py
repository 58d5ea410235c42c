"""What a request may wish beside its body: to wait, to be safe to send again, to change only what it has read."""

import hashlib

import orjson
from flask import Response, request

from service.api import views
from service.intake import Answered
from service.problems import Problem

MAX_WAIT_SECONDS = 10.0


def wait_seconds() -> float:
    """How long this request wishes to wait for a decision (RFC 7240, `Prefer: wait`): 0 to 10 seconds."""
    for preference in request.headers.get("Prefer", "").split(","):
        name, _, value = preference.partition(";")[0].strip().partition("=")
        if name.strip().lower() == "wait":
            digits = value.strip().strip('"')
            if digits.isascii() and digits.isdigit():
                return MAX_WAIT_SECONDS if len(digits.lstrip("0")) > 2 else min(float(digits), MAX_WAIT_SECONDS)
    return 0.0


def idempotency_key() -> tuple[str, str] | None:
    """The client's key with the fingerprint of this request, if it sent one. Raises Problem 422."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not 1 <= len(key) <= 255 or not key.isprintable():
        raise Problem(422, "invalid_request", "Idempotency-Key must have 1 to 255 printable characters.", fields=[])
    fingerprint = hashlib.sha256(request.path.encode() + b"\0" + request.get_data()).hexdigest()
    return key, fingerprint


def respond(answered: Answered, wait: float) -> Response:
    """The answer with what it says about the wishes."""
    response = views.answer(answered.body, answered.status)
    if answered.replayed:
        response.headers["Idempotent-Replayed"] = "true"
    if answered.waited:
        response.headers["Preference-Applied"] = f"wait={int(wait)}"
    return response


def respond_one(answered: Answered, wait: float) -> Response:
    """The answer about one comment: 202 says where to look for the decision."""
    response = respond(answered, wait)
    if answered.status == 202:
        response.headers["Location"] = f"/v1/comments/{orjson.loads(answered.body)['id']}"
    if answered.status == 409:
        response.headers["Content-Type"] = "application/problem+json"
    return response


def require_match(response: Response) -> None:
    """Raise Problem 412 where the request wishes to change another state than the one in `response` (RFC 9110)."""
    response.add_etag()
    etag, _ = response.get_etag()
    if request.if_match and not request.if_match.contains(etag or ""):
        raise Problem(412, "version_mismatch", "It has changed since you read it; read it again.")


def require_tag(tag: str) -> None:
    """Raise Problem 428 or 412 unless the request says, by `If-Match`, that it has read what stands now."""
    if "If-Match" not in request.headers:
        raise Problem(428, "version_required", "Send the ETag as you read it in If-Match.")
    if not request.if_match.contains(tag):
        raise Problem(412, "version_mismatch", "It has changed since you read it; read it again and send its new ETag.")
