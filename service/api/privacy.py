"""What is asked about one person over HTTP: `/v1/privacy/erasures`, `/v1/privacy/exports`."""

from typing import Annotated, Any, Literal

from flask import Response, g, request
from flask_openapi.blueprint import APIBlueprint
from flask_openapi.models.tag import Tag
from pydantic import AfterValidator, Field

from models.vocabulary import Scope
from service.api import preview_view, shapes, views
from service.auth import Authenticator
from service.privacy import Named, Privacy
from service.problems import PROBLEMS, FieldError, ProblemBody, invalid
from store.ids import rfc3339
from store.records.privacy import ERASURE, EXPORT, PrivacyRequest

PRIVACY = Tag(name="Privacy", description="Erase or hand out what is known of one person.")


class PersonIn(shapes.Shape):
    """Who is meant: whoever wrote under this account, this e-mail address or this IP address."""

    id: shapes.Id | None = None
    email: Annotated[shapes.Clean, Field(min_length=1, max_length=320)] | None = None
    ip: Annotated[shapes.Clean, Field(max_length=64), AfterValidator(shapes.address)] | None = None


class PrivacyIn(shapes.Shape):
    """One person, named as in the `author` of a comment."""

    author: PersonIn


class ReceiptView(preview_view.View):
    """What is asked and what came of it. `comments`: how many were erased or handed out so far; `expires_at`: until
    when an export can be fetched."""

    id: str
    site_id: str
    kind: Literal["erasure", "export"]
    state: Literal["queued", "running", "done"]
    comments: int
    created_at: str
    ended_at: str | None
    expires_at: str | None


_READS: Any = {401: ProblemBody, 404: ProblemBody}
_LINES: Any = {"content": {"application/jsonl": {"schema": {"type": "string"}}}, "description": "A comment a line."}


def blueprint(privacy: Privacy, authenticator: Authenticator) -> APIBlueprint:
    """The routes of privacy."""
    routes = APIBlueprint(
        "privacy",
        __name__,
        url_prefix="/v1/privacy",
        abp_tags=[PRIVACY],
        abp_responses=PROBLEMS,
        abp_security=[{"siteKey": []}],
    )

    @routes.before_request
    def authenticate() -> None:
        g.site = authenticator.site(request, Scope.CONFIGURE)

    def asked(kind: str, body: PrivacyIn) -> Response:
        answer = views.answer(_view(made := privacy.ask(g.site, kind, _named(body))), 202)
        answer.headers["Location"] = f"/v1/privacy/{kind}s/{made.id}"
        return answer

    @routes.post("/erasures", summary="Erase a person", responses={202: ReceiptView, 401: ProblemBody})
    def erase(body: PrivacyIn) -> Response:
        """Every comment of theirs loses text, author and evidence, as by `DELETE /v1/comments/{id}`; counts stay."""
        return asked(ERASURE, body)

    @routes.get("/erasures/<string:id>", summary="Read an erasure", responses={200: ReceiptView, **_READS})
    def erasure(path: shapes.CommentPath) -> Response:
        return views.answer(_view(privacy.request(g.site, ERASURE, path.id)))

    @routes.post("/exports", summary="Export a person", responses={202: ReceiptView, 401: ProblemBody})
    def export(body: PrivacyIn) -> Response:
        """All that is kept of their comments, what was sent and will soon be deleted included."""
        return asked(EXPORT, body)

    @routes.get("/exports/<string:id>", summary="Read an export", responses={200: ReceiptView, **_READS})
    def receipt(path: shapes.CommentPath) -> Response:
        return views.answer(_view(privacy.request(g.site, EXPORT, path.id)))

    @routes.get(
        "/exports/<string:id>/data",
        summary="Fetch what an export found",
        responses={200: _LINES, **_READS, 409: ProblemBody, 410: ProblemBody},
    )
    def data(path: shapes.CommentPath) -> Response:
        """JSON lines, a comment a line; for 7 days."""
        return Response(privacy.found(g.site, path.id), content_type="application/jsonl")

    return routes


def _named(body: PrivacyIn) -> Named:
    author = body.author
    if not any((author.id, author.email, author.ip)):
        raise invalid([FieldError(pointer="/author", code="missing", detail="name the id, the email or the ip")])
    return Named(author.id, author.email, author.ip)


def _view(made: PrivacyRequest) -> dict[str, Any]:
    instants = {
        name: None if (at := getattr(made, name)) is None else rfc3339(at)
        for name in ("created_at", "ended_at", "expires_at")
    }
    return {
        "id": made.id,
        "site_id": made.site_id,
        "kind": made.kind,
        "state": made.state,
        "comments": made.n_comments,
        **instants,
    }
