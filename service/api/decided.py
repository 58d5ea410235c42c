"""What was decided, over HTTP: read it backwards, and disagree. What it means stands in `service.decided`."""

from typing import Annotated, Any, Literal

from flask import Response, g, request
from flask_openapi.blueprint import APIBlueprint
from pydantic import BaseModel, Field

from models.vocabulary import Action, DecidedBy
from service.api import shapes, views
from service.api.review import REVIEW, LeasePath
from service.auth import Authenticator
from service.decided import DecidedLog, Wanted
from service.overrule import Overruling
from service.problems import PROBLEMS, ProblemBody
from service.review import Review
from store.ids import rfc3339
from store.records.decided import Decided
from store.stores import Stores

_Text = Annotated[shapes.Clean, Field(min_length=1, max_length=200)]
_Probability = Annotated[float, Field(ge=0, le=1)]


class DecidedQuery(shapes.Query):
    """Which decisions to list. `since` belongs to it, `until` does not."""

    site: shapes.Id | None = None
    action: Action | None = None
    by: DecidedBy | None = None
    reason: _Text | None = None
    low: _Probability | None = None
    high: _Probability | None = None
    language: _Text | None = None
    text: _Text | None = None
    author: _Text | None = None
    domain: _Text | None = None
    since: shapes.Instant | None = None
    until: shapes.Instant | None = None
    cursor: Annotated[shapes.Clean, Field(max_length=255)] | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class DecidedView(BaseModel):
    """A decision with its comment as it was decided. `state`: of that revision now."""

    site_id: str
    body: str
    author_id: str | None
    author_name: str | None
    language: str | None
    state: str
    decision: views.DecisionView


class DecidedList(BaseModel):
    """A page of decisions, newest first. `examined_until`: how far back was looked; older ones were not where `cut`."""

    items: list[DecidedView]
    next_cursor: str | None
    examined_until: str | None
    cut: bool


class OverruleIn(shapes.Shape):
    """What is said instead of the decision."""

    action: Literal["approve", "reject"]
    reason: shapes.Name | None = None
    note: Annotated[shapes.Clean, Field(max_length=2000)] | None = None


class OverruledView(BaseModel):
    """The decision that stands now. `id` and `version`: of the review item, which does not wait."""

    id: str
    version: int
    decision: views.DecisionView


def blueprint(stores: Stores, review: Review, authenticator: Authenticator) -> APIBlueprint:
    """The routes that look back."""
    log = DecidedLog(stores)
    routes = APIBlueprint(
        "decided",
        __name__,
        url_prefix="/v1/review",
        abp_tags=[REVIEW],
        abp_responses=PROBLEMS,
        abp_security=[{"reviewerToken": []}],
    )

    @routes.before_request
    def authenticate() -> None:
        g.reviewer = authenticator.reviewer(request)

    @routes.get(
        "/decided", summary="List what was decided", responses={200: DecidedList, 401: ProblemBody, 404: ProblemBody}
    )
    def decided(query: DecidedQuery) -> Response:
        after = views.read_cursor(query.cursor, (str,))
        wanted = Wanted(
            site_id=query.site,
            **query.model_dump(exclude={"site", "cursor", "limit"}),
        )
        found = log.search(g.reviewer, wanted, after=after[0] if after else None, limit=query.limit)
        return views.answer(
            {
                "items": [_view(one) for one in found.rows],
                "next_cursor": None if found.after is None else views.cursor(found.after),
                "examined_until": None if found.until is None else rfc3339(found.until),
                "cut": found.cut,
            }
        )

    @routes.post(
        "/decisions/<string:id>/overrule",
        summary="Disagree with a decision",
        responses={200: OverruledView, 401: ProblemBody, 403: ProblemBody, 404: ProblemBody, 409: ProblemBody},
    )
    def overrule(path: LeasePath, body: OverruleIn) -> Response:
        ruling = review.overrule(g.reviewer, Overruling(path.id, Action(body.action), body.reason, body.note))
        decision = None if ruling.decision is None else views.decision(ruling.decision)
        return views.answer({"id": ruling.item_id, "version": ruling.version, "decision": decision})

    return routes


def _view(one: Decided) -> dict[str, Any]:
    return {
        "site_id": one.decision.site_id,
        "body": one.body,
        "author_id": one.author_id,
        "author_name": one.author_name,
        "language": one.language,
        "state": one.state,
        "decision": views.decision(one.decision),
    }
