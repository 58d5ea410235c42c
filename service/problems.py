"""Errors as clients see them: RFC 9457 problem+json, from one table."""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
import structlog
from flask import Flask, Response, make_response, request
from flask_openapi.types import ResponseDict
from pydantic import BaseModel, Field, ValidationError
from werkzeug.exceptions import HTTPException

from models import errors
from service.headers import REQUEST_ID

log = structlog.get_logger()

RETRY_SECONDS = "1"

TITLES = {
    "invalid_json": "The body is not JSON that can be read",
    "too_large": "The request is too large",
    "unsupported_media_type": "The body must be application/json in UTF-8",
    "invalid_request": "Some fields are not as they must be",
    "idempotency_mismatch": "The idempotency key was used for another request",
    "unauthorized": "A valid key is missing",
    "forbidden": "This key or role may not do that",
    "not_found": "There is no such thing here",
    "method_not_allowed": "This route does not know that method",
    "in_progress": "It is still being worked on",
    "external_id_taken": "Another comment has this external_id",
    "already_decided": "Somebody decided first",
    "gone": "It is gone",
    "version_mismatch": "It has changed since it was read",
    "version_required": "A change needs the version that was read",
    "rate_limited": "Too many at once",
    "unavailable": "A needed part does not answer",
    "bad_request": "The request cannot be read",
    "internal": "Something went wrong on our side",
}

_BY_ERROR: list[tuple[type[errors.GatepostError], int, str]] = [
    (errors.NotFound, 404, "not_found"),
    (errors.Forbidden, 403, "forbidden"),
    (errors.ExternalIdTaken, 409, "external_id_taken"),
    (errors.IdempotencyMismatch, 422, "idempotency_mismatch"),
    (errors.AlreadyDecided, 409, "already_decided"),
    (errors.TwinInProgress, 409, "in_progress"),
    (errors.Undecided, 409, "in_progress"),
    (errors.VersionMismatch, 412, "version_mismatch"),
    (errors.LeaseGone, 410, "gone"),
    (errors.Gone, 410, "gone"),
    (errors.Unavailable, 503, "unavailable"),
    (errors.Refused, 422, "invalid_request"),
]

_BY_STATUS = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
    429: "rate_limited",
    503: "unavailable",
}


_problem_schemas: dict[str, bytes] = {}


class FieldError(BaseModel):
    """One field that is not as it must be; `pointer` is a JSON pointer (RFC 6901) into the body."""

    pointer: str
    code: str
    detail: str


class ProblemBody(BaseModel):
    """An error, RFC 9457."""

    type: str = Field(examples=["urn:gatepost:invalid_request"])
    title: str
    status: int
    code: str
    detail: str
    request_id: str
    errors: list[FieldError] | None = None

    @classmethod
    def model_json_schema(cls, *args: Any, **options: Any) -> dict[str, Any]:
        """As pydantic makes it, kept: every route names this shape several times, and making it took half the start."""
        key = repr((args, sorted(options.items())))
        if key not in _problem_schemas:
            _problem_schemas[key] = orjson.dumps(super().model_json_schema(*args, **options))
        schema: dict[str, Any] = orjson.loads(_problem_schemas[key])
        return schema


# What any operation with a body or a query may answer, for the OpenAPI description.
PROBLEMS: ResponseDict = dict.fromkeys((400, 403, 413, 415, 422, 503), ProblemBody)


class Problem(Exception):
    """An error with everything that its answer needs."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        fields: Iterable[FieldError] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.fields = list(fields) if fields is not None else None
        self.headers = dict(headers or {})

    def body(self) -> dict[str, Any]:
        """The problem as JSON values."""
        return {
            "type": f"urn:gatepost:{self.code}",
            "title": TITLES.get(self.code, self.code),
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
            "request_id": request_id(),
            "errors": [field.model_dump() for field in self.fields] if self.fields is not None else None,
        }

    def response(self) -> Response:
        """The problem as an answer."""
        response = make_response(orjson.dumps(self.body()), self.status)
        response.headers["Content-Type"] = "application/problem+json"
        response.headers.update(self.headers)
        if self.status == 503 or self.code == "in_progress":
            response.headers.setdefault("Retry-After", RETRY_SECONDS)
        if self.status == 401:
            response.headers["WWW-Authenticate"] = "Bearer"
        return response


def request_id() -> str:
    """The id of the request that is being answered."""
    return str(request.environ.get(REQUEST_ID, ""))


def from_error(error: errors.GatepostError) -> Problem:
    """Our own error as a problem."""
    for kind, status, code in _BY_ERROR:
        if isinstance(error, kind):
            return Problem(status, code, str(error))
    return Problem(500, "internal", "Something went wrong; the request id tells us where to look.")


def from_validation(error: ValidationError) -> Problem:
    """What pydantic found, as stable codes with JSON pointers. What the client sent is not repeated."""
    return invalid(field_errors(error))


def invalid(fields: list[FieldError]) -> Problem:
    """422 for these fields."""
    detail = "; ".join(f"{field.pointer or 'the body'}: {field.detail}" for field in fields[:3])
    return Problem(422, "invalid_request", detail, fields=fields)


def field_errors(error: ValidationError, prefix: str = "") -> list[FieldError]:
    """Each finding of pydantic as a FieldError."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    fields = []
    for item in found[:50]:
        parts = [str(part).replace("~", "~0").replace("/", "~1") for part in item["loc"]]
        pointer = prefix + "".join(f"/{part}" for part in parts)
        fields.append(FieldError(pointer=_printable(pointer), code=_field_code(item["type"]), detail=item["msg"]))
    return fields


def register(app: Flask) -> None:
    """Answer every error of the app with a problem, Flask's own included."""

    @app.errorhandler(Problem)
    def on_problem(problem: Problem) -> Response:
        return problem.response()

    @app.errorhandler(errors.GatepostError)
    def on_error(error: errors.GatepostError) -> Response:
        problem = from_error(error)
        if problem.status >= 500:
            log.warning("unavailable", error=type(error).__name__)
        return problem.response()

    @app.errorhandler(HTTPException)
    def on_http(error: HTTPException) -> Response:
        status = error.code or 500
        if error.response is not None:
            return make_response(error.response)
        code = _BY_STATUS.get(status, "internal" if status >= 500 else "bad_request")
        headers = {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After")}
        return Problem(status, code, error.description or TITLES[code], headers=headers).response()

    @app.errorhandler(Exception)
    def on_unexpected(error: Exception) -> Response:
        log.exception("unexpected", error=type(error).__name__)
        return Problem(500, "internal", "Something went wrong; the request id tells us where to look.").response()


def _field_code(kind: str) -> str:
    if kind in ("missing", "bad_character", "bad_value"):
        return kind
    if kind == "extra_forbidden":
        return "unknown_field"
    if kind in ("string_too_long", "too_long"):
        return "too_long"
    if kind == "string_unicode":
        return "bad_character"
    if kind.endswith(("_type", "_parsing", "_from_float")) or kind in ("model_attributes_type", "is_instance_of"):
        return "wrong_type"
    return "bad_value"


def _printable(pointer: str) -> str:
    return pointer.encode("utf-8", "replace").decode()[:500]
