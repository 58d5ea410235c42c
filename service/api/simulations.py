"""What a policy or a model would have decided on a site's history: `/v1/simulations`."""

from typing import Annotated, Any, Literal

import orjson
from flask import Response, g, request
from flask_openapi.blueprint import APIBlueprint
from flask_openapi.models.tag import Tag
from pydantic import Field

from models.hindsight import ACTIONS
from models.vocabulary import Mode, Scope
from service.api import policy, preview_view, shapes, views
from service.api.lists import EntryIn, new_entry
from service.api.rules import RuleIn, new_rule
from service.auth import Authenticator
from service.problems import PROBLEMS, FieldError, ProblemBody, invalid
from service.simulations import Found, Simulations, UnknownModel
from store.ids import rfc3339
from store.records.policies import conditions_text
from store.records.rules import MAX_OF_SITE

SIMULATIONS = Tag(name="Simulations", description="Try a policy or a model on the site's own history.")
MAX_COMMENTS, USUAL_COMMENTS, MAX_ENTRIES = 50_000, 10_000, 1_000


class ProposedIn(policy.PolicyChange):
    """What differs from the policy as it stands. `entries`, `rules`: all of them, in the place of those that are."""

    entries: Annotated[list[EntryIn], Field(max_length=MAX_ENTRIES)] | None = None
    rules: Annotated[list[RuleIn], Field(max_length=MAX_OF_SITE)] | None = None


class SimulationIn(shapes.Shape):
    """What to try on the last comments: another policy, another model (by its id), or both."""

    policy: ProposedIn | None = None
    model: shapes.Id | None = None
    last: Annotated[int, Field(ge=1, le=MAX_COMMENTS)] = USUAL_COMMENTS


class ExampleView(preview_view.View):
    """A comment that would have been decided otherwise."""

    before: str
    after: str
    comment: views.CommentView


class OutcomeView(preview_view.View):
    """How decisions would differ. `comments`: how many were looked at, back to `since`; `items`: the newest of those
    decided otherwise, up to 100, without those that were erased."""

    comments: int
    since: str | None
    before: preview_view.ActionCounts
    after: preview_view.ActionCounts
    changes: list[preview_view.ChangeView]
    items: list[ExampleView]


class SimulationView(preview_view.View):
    """A simulation. `told`: what came of it, in one sentence; `outcome`: null before it is done."""

    id: str
    site_id: str
    model: str | None
    last: int
    state: Literal["queued", "running", "done", "refused", "failed"]
    told: str | None
    outcome: OutcomeView | None
    created_at: str
    started_at: str | None
    ended_at: str | None


def blueprint(simulations: Simulations, authenticator: Authenticator) -> APIBlueprint:
    """The routes of simulations."""
    routes = APIBlueprint(
        "simulations",
        __name__,
        url_prefix="/v1/simulations",
        abp_tags=[SIMULATIONS],
        abp_responses=PROBLEMS,
        abp_security=[{"siteKey": []}],
    )

    @routes.before_request
    def authenticate() -> None:
        g.site = authenticator.site(request, Scope.CONFIGURE)

    @routes.post("", summary="Try a policy or a model", responses={202: SimulationView, 401: ProblemBody})
    def ask(body: SimulationIn) -> Response:
        """People's decisions play no part. A model that is named scores anew by the stored evidence; without one the
        stored scores stand."""
        asked = {} if body.policy is None else _asked(body.policy)
        try:
            made = simulations.ask(g.site.id, asked, model_id=body.model, last=body.last)
        except UnknownModel as error:
            raise invalid([FieldError(pointer="/model", code="bad_value", detail=str(error))]) from None
        answer = views.answer(_view(Found(made, {})), 202)
        answer.headers["Location"] = f"/v1/simulations/{made.id}"
        return answer

    @routes.get(
        "/<string:id>",
        summary="Read a simulation",
        responses={200: SimulationView, 401: ProblemBody, 404: ProblemBody},
    )
    def read(path: shapes.CommentPath) -> Response:
        return views.answer(_view(simulations.read(g.site.id, path.id)))

    return routes


def _asked(body: ProposedIn) -> dict[str, Any]:
    """As it is kept: only what was said, entries and conditions in the form in which they are judged by."""
    asked: dict[str, Any] = {
        name: getattr(body, name)
        for name in ("first_comments", "trust_after", "author_per_hour")
        if name in body.model_fields_set
    }
    for name in ("mode", "first_comments", "entries", "rules"):
        if name in body.model_fields_set and getattr(body, name) is None:
            raise invalid([FieldError(pointer=f"/policy/{name}", code="wrong_type", detail="cannot be null")])
    if body.mode is not None:
        asked["mode"] = Mode(body.mode).value
    if body.entries is not None:
        made = [new_entry(one, f"/policy/entries/{number}") for number, one in enumerate(body.entries)]
        asked["entries"] = [
            {"effect": one.effect.value, "kind": one.kind.value, "value": one.value, "reason": one.reason}
            for one in made
        ]
    if body.rules is not None:
        rules = [new_rule(one, f"/policy/rules/{number}") for number, one in enumerate(body.rules)]
        asked["rules"] = [
            {"name": one.name, "conditions": conditions_text(one.conditions), "action": one.action} for one in rules
        ]
    return asked


def _view(found: Found) -> dict[str, Any]:
    one = found.simulation
    instants = {
        name: None if (at := getattr(one, name)) is None else rfc3339(at)
        for name in ("created_at", "started_at", "ended_at")
    }
    return {
        "id": one.id,
        "site_id": one.site_id,
        "model": one.model_id,
        "last": one.last,
        "state": one.state,
        "told": one.told,
        "outcome": None if one.outcome is None else _outcome(orjson.loads(one.outcome), found),
        **instants,
    }


def _outcome(outcome: dict[str, Any], found: Found) -> dict[str, Any]:
    changes = sorted(outcome["changes"], key=lambda change: -change[2])
    return {
        "comments": outcome["comments"],
        "since": None if outcome["since"] is None else rfc3339(outcome["since"]),
        "before": {action.value: outcome["before"].get(action.value, 0) for action in ACTIONS},
        "after": {action.value: outcome["after"].get(action.value, 0) for action in ACTIONS},
        "changes": [{"before": before, "after": after, "count": count} for before, after, count in changes],
        "items": [
            {"before": before, "after": after, "comment": views.comment(found.records[comment_id])}
            for comment_id, before, after in outcome["flips"]
            if comment_id in found.records
        ],
    }
