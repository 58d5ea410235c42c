"""What others say of a decision: `/v1/comments/{id}/feedback` (site), `/reports` (readers), `/appeals` (authors)."""

from typing import Annotated, Literal

from flask import Response, g, request
from flask_openapi.blueprint import APIBlueprint
from flask_openapi.models.tag import Tag
from flask_openapi.types import ResponseDict
from pydantic import BaseModel, Field

from models.errors import NotFound
from models.vocabulary import LabelKind, ReviewReason, Scope, State
from service.api import shapes, views
from service.auth import Authenticator
from service.feedback import Corrections
from service.objections import Objections
from service.problems import PROBLEMS, ProblemBody
from store.ids import rfc3339
from store.records import comments
from store.records.objections import Objection
from store.records.sites import Site
from store.stores import Stores

OBJECTIONS = Tag(name="Objections", description="What the site, readers and authors say of a decision.")


class FeedbackView(BaseModel):
    """What the site said of a revision, and where the comment stands after it."""

    comment_id: str
    revision: int
    label: LabelKind
    state: State


class ObjectionView(BaseModel):
    """A report or an appeal, and where the comment stands after it."""

    id: str
    comment_id: str
    revision: int
    kind: Literal["report", "appeal"]
    reason: str | None
    note: str | None
    created_at: str
    state: State


class FeedbackIn(shapes.Shape):
    """The site says what the comment is."""

    label: Literal["spam", "ham"]
    note: Annotated[shapes.Clean, Field(max_length=2000)] | None = None


class ReportIn(shapes.Shape):
    """A reader objects to a published comment. `reporter`: who, as the site knows them; kept as a keyed hash."""

    reason: shapes.Name | None = None
    note: Annotated[shapes.Clean, Field(max_length=2000)] | None = None
    reporter: shapes.Id | None = None


class AppealIn(shapes.Shape):
    """The author objects to a rejection."""

    note: Annotated[shapes.Clean, Field(max_length=2000)] | None = None


def blueprint(stores: Stores, authenticator: Authenticator) -> APIBlueprint:
    """The routes of objections."""
    routes = APIBlueprint(
        "objections", __name__, abp_tags=[OBJECTIONS], abp_responses=PROBLEMS, abp_security=[{"siteKey": []}]
    )
    corrections, taken = Corrections(stores), Objections(stores)
    answers: ResponseDict = {401: ProblemBody, 404: ProblemBody, 409: ProblemBody}

    @routes.before_request
    def authenticate() -> None:
        g.site = authenticator.site(request, Scope.FEEDBACK)

    def state_of(comment_id: str) -> tuple[int, str]:
        with stores.database.read() as connection:
            record = comments.get(connection, comment_id, g.site.id)
        if record is None or record.state == State.ERASED:
            raise NotFound("There is no such comment on this site; check the id and the key.")
        return record.revision, record.state

    def objected(site: Site, comment_id: str, kind: ReviewReason, **said: str | None) -> Response:
        objection, _ = taken.take(site, comment_id, kind, **said)
        return views.answer(_shown(objection, state_of(comment_id)[1]), 201)

    @routes.post(
        "/v1/comments/<string:id>/feedback",
        summary="Say what a comment really is",
        responses={201: FeedbackView, **answers},
    )
    def feedback(path: shapes.CommentPath, body: FeedbackIn) -> Response:
        """The site's own word: a label to learn from, and the decision corrected, or reopened where a reviewer made it.

        Saying it again changes nothing.
        """
        revision, _ = state_of(path.id)
        corrections.say(g.site.id, path.id, LabelKind(body.label), body.note)
        shown = {"comment_id": path.id, "revision": revision, "label": body.label, "state": state_of(path.id)[1]}
        return views.answer(shown, 201)

    @routes.post(
        "/v1/comments/<string:id>/reports", summary="Report a comment", responses={201: ObjectionView, **answers}
    )
    def report(path: shapes.CommentPath, body: ReportIn) -> Response:
        """A published comment goes back to review: at the first report, or at the third where a person approved it."""
        return objected(g.site, path.id, ReviewReason.REPORT, source=body.reporter, reason=body.reason, note=body.note)

    @routes.post(
        "/v1/comments/<string:id>/appeals", summary="Appeal a rejection", responses={201: ObjectionView, **answers}
    )
    def appeal(path: shapes.CommentPath, body: AppealIn) -> Response:
        """A rejected comment goes to a person, once for each of its revisions."""
        return objected(g.site, path.id, ReviewReason.APPEAL, note=body.note)

    return routes


def _shown(objection: Objection, state: str) -> dict[str, object]:
    return {
        "id": objection.id,
        "comment_id": objection.comment_id,
        "revision": objection.revision,
        "kind": objection.kind,
        "reason": objection.reason,
        "note": objection.note,
        "created_at": rfc3339(objection.at),
        "state": state,
    }
