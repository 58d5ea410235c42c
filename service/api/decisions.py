"""Read decisions: `/v1/decisions/{id}`."""

from typing import Annotated

from flask import Response, g, request
from flask_openapi.blueprint import APIBlueprint
from flask_openapi.models.tag import Tag
from pydantic import BaseModel, Field

from service.api import shapes, views
from service.auth import Authenticator
from service.problems import PROBLEMS, Problem, ProblemBody
from store.records import decisions
from store.stores import Stores

DECISIONS = Tag(name="Decisions", description="What was decided, and why.")


class DecisionPath(BaseModel):
    """Which decision."""

    id: Annotated[shapes.Clean, Field(max_length=255)]


def blueprint(stores: Stores, authenticator: Authenticator) -> APIBlueprint:
    """The routes of decisions."""
    routes = APIBlueprint(
        "decisions", __name__, abp_tags=[DECISIONS], abp_responses=PROBLEMS, abp_security=[{"siteKey": []}]
    )

    @routes.before_request
    def authenticate() -> None:
        g.site = authenticator.site(request)

    @routes.get(
        "/v1/decisions/<string:id>",
        summary="Read a decision",
        responses={200: views.DecisionView, 401: ProblemBody, 404: ProblemBody},
    )
    def read(path: DecisionPath) -> Response:
        with stores.database.read() as connection:
            record = decisions.get(connection, path.id)
        if record is None or record.site_id != g.site.id:
            raise Problem(404, "not_found", "There is no such decision on this site; check the id and the key.")
        return views.answer(views.decision(record))

    return routes
