"""Models and training runs over HTTP: `/v1/models`, `/v1/training/runs`. What it means stands in `service.registry`."""

from typing import Annotated, Any, Literal

import orjson
from flask import Response, g, request
from flask_openapi.blueprint import APIBlueprint
from flask_openapi.models.tag import Tag
from pydantic import BaseModel, ConfigDict, Field

from models.vocabulary import Role
from service.api import shapes, views
from service.auth import Authenticator, require_role
from service.problems import PROBLEMS, Problem, ProblemBody
from service.registry import NotActive, Registry
from store.ids import rfc3339
from store.records.model_versions import ModelVersion
from store.records.training_runs import TrainingRun

MODELS = Tag(name="Models", description="Which models there are, and how they are trained and promoted; for an admin.")


class ModelPath(BaseModel):
    """Which model or run."""

    id: Annotated[shapes.Clean, Field(max_length=255)]


class ModelsQuery(BaseModel):
    """Which page."""

    model_config = ConfigDict(extra="forbid")

    cursor: Annotated[shapes.Clean, Field(max_length=500)] | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class ChangeIn(BaseModel):
    """Why a model is promoted or taken back, for the history."""

    model_config = ConfigDict(extra="forbid", strict=True)

    reason: Annotated[shapes.Clean, Field(max_length=2000)] | None = None


class RunIn(BaseModel):
    """What is to be trained on the labels that people gave: a model for all sites, or for one."""

    model_config = ConfigDict(extra="forbid", strict=True)

    site: shapes.Id | None = None
    promote: bool = False
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0


class ModelView(BaseModel):
    """A registered model."""

    id: str
    status: str
    origin: str
    site_id: str | None
    digest: str
    created_at: str


class ModelWithCard(ModelView):
    """A registered model with its card."""

    card: dict[str, Any]


class ModelList(BaseModel):
    """A page of models, newest first."""

    items: list[ModelView]
    next_cursor: str | None


class RunView(BaseModel):
    """A training run. `told`: what became of it, in one sentence; `outcome`: the same with its figures."""

    id: str
    kind: Literal["train", "promote", "rollback"]
    site_id: str | None
    model: str | None
    state: Literal["queued", "running", "done", "refused", "failed"]
    told: str | None
    outcome: dict[str, Any] | None
    created_at: str
    started_at: str | None
    ended_at: str | None


_FOUND: Any = {401: ProblemBody, 404: ProblemBody}
_ASKED: Any = {202: RunView, 401: ProblemBody, 404: ProblemBody, 409: ProblemBody}


def blueprint(registry: Registry, authenticator: Authenticator) -> APIBlueprint:
    """The routes of models."""
    routes = APIBlueprint(
        "models",
        __name__,
        url_prefix="/v1",
        abp_tags=[MODELS],
        abp_responses=PROBLEMS,
        abp_security=[{"reviewerToken": []}],
    )

    @routes.before_request
    def authenticate() -> None:
        g.reviewer = authenticator.reviewer(request)
        require_role(g.reviewer, Role.ADMIN)

    @routes.get("/models", summary="List the models", responses={200: ModelList, 401: ProblemBody})
    def models(query: ModelsQuery) -> Response:
        after = views.read_cursor(query.cursor, (str,))
        found = [one for one in registry.models(g.reviewer) if after is None or one.id < after[0]]
        shown = found[: query.limit]
        more = views.cursor(shown[-1].id) if len(found) > query.limit else None
        return views.answer({"items": [_model_view(one) for one in shown], "next_cursor": more})

    @routes.get("/models/<string:id>", summary="Read a model and its card", responses={200: ModelWithCard, **_FOUND})
    def model(path: ModelPath) -> Response:
        found = registry.model(g.reviewer, path.id)
        return views.answer({**_model_view(found), "card": orjson.loads(found.card)})

    @routes.post("/models/<string:id>:promote", summary="Make a model active, if it is proven", responses=_ASKED)
    def promote(path: ModelPath, body: ChangeIn) -> Response:
        return _asked(registry.promote(g.reviewer, path.id, body.reason or ""))

    @routes.post("/models/<string:id>:rollback", summary="Return to the model before", responses=_ASKED)
    def rollback(path: ModelPath, body: ChangeIn) -> Response:
        try:
            return _asked(registry.roll_back(g.reviewer, path.id, body.reason or ""))
        except NotActive as error:
            raise Problem(409, "not_active", str(error)) from error

    @routes.post("/training/runs", summary="Train on what people decided", responses=_ASKED)
    def train(body: RunIn) -> Response:
        return _asked(registry.train(g.reviewer, body.site, promote=body.promote, seed=body.seed))

    @routes.get("/training/runs/<string:id>", summary="Read a training run", responses={200: RunView, **_FOUND})
    def run(path: ModelPath) -> Response:
        return views.answer(_run_view(registry.run(g.reviewer, path.id)))

    return routes


def _asked(run: TrainingRun) -> Response:
    answer = views.answer(_run_view(run), 202)
    answer.headers["Location"] = f"/v1/training/runs/{run.id}"
    return answer


def _model_view(version: ModelVersion) -> dict[str, Any]:
    return {
        "id": version.id,
        "status": version.status,
        "origin": version.origin,
        "site_id": version.site_id,
        "digest": version.digest,
        "created_at": rfc3339(version.created_at),
    }


def _run_view(run: TrainingRun) -> dict[str, Any]:
    return {
        "id": run.id,
        "kind": run.kind,
        "site_id": run.site_id,
        "model": run.model_id,
        "state": run.state,
        "told": run.told,
        "outcome": None if run.outcome is None else orjson.loads(run.outcome),
        "created_at": rfc3339(run.created_at),
        "started_at": None if run.started_at is None else rfc3339(run.started_at),
        "ended_at": None if run.ended_at is None else rfc3339(run.ended_at),
    }
