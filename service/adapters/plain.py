"""What the adapters share: bodies of foreign JSON read without trust, and errors in plain words instead of problems."""

import re
from typing import Any

from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException

from models.errors import GatepostError
from service.problems import Problem

SITE_ID = re.compile("site_[0-9a-f]{1,35}")


def body() -> bytes:
    """The body as it was sent. Raises Problem or HTTPException 413."""
    raw = request.get_data()
    most = request.max_content_length
    if request.content_length is None and most is not None and len(raw) >= most:
        raise Problem(413, "too_large", f"The body may have {most} bytes at most.")
    return raw


def part(value: dict[str, Any], name: str) -> dict[str, Any]:
    """An object inside; an empty one where it is missing or something else."""
    found = value.get(name)
    return found if isinstance(found, dict) else {}


def words(value: dict[str, Any], name: str) -> str:
    """A text inside; empty where it is missing or something else."""
    found = value.get(name)
    return found if isinstance(found, str) else ""


def nothing() -> Response:
    """204: heard, and nothing to say."""
    return Response(status=204)


def refused(status: int, why: str) -> Response:
    """An error in one sentence."""
    return Response(why, status, content_type="text/plain; charset=utf-8")


def answer_errors(routes: Blueprint) -> None:
    """Answer the errors of these routes in plain words."""

    @routes.errorhandler(Problem)
    def on_problem(problem: Problem) -> Response:
        return refused(problem.status, str(problem))

    @routes.errorhandler(HTTPException)
    def on_http(error: HTTPException) -> Response:
        return refused(error.code or 500, error.description or "")

    @routes.errorhandler(GatepostError)
    def on_error(error: GatepostError) -> Response:
        response = refused(422 if error.permanent else 503, str(error))
        if not error.permanent:
            response.headers["Retry-After"] = "1"
        return response
