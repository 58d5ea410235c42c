"""Rules over HTTP: `/v1/rules…`. What they mean stands in `service.policies`."""

from typing import Annotated, Any, Literal

import orjson
from flask import Response, g, request
from flask_openapi.blueprint import APIBlueprint
from pydantic import AfterValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from models.conditions import FIELDS, MAX_CONDITIONS, OPERATORS, flaw
from models.errors import NotFound, Refused
from models.vocabulary import Condition, Scope
from service.api import preview_view, shapes, views
from service.api.lists import RULES, Last
from service.api.preview_view import PreviewView
from service.api.wishes import require_tag
from service.auth import Authenticator
from service.policies import NewRule, Policies
from service.preview import MAX_COMMENTS
from service.problems import PROBLEMS, FieldError, ProblemBody, invalid
from store.ids import rfc3339
from store.records.policies import conditions_from
from store.records.rules import MAX_OF_SITE, StoredRule

Action = Literal["approve", "review", "reject", "discard", "continue"]
Position = Annotated[int, Field(ge=1, le=MAX_OF_SITE)]
Name = Annotated[shapes.Clean, Field(min_length=1, max_length=255)]


def _plain(value: Any) -> Any:
    """Checked by hand: pydantic would answer with a finding for each type that it might have been."""
    for text in value if isinstance(value, list) else [value]:
        if isinstance(text, str):
            shapes.clean(text)
        elif isinstance(value, list) or not isinstance(text, bool | int | float):
            raise PydanticCustomError("value_type", "must be a text, a number, true, false, or a list of texts")
    return value


_SCHEMA = {
    "anyOf": [{"type": kind} for kind in ("string", "number", "boolean")]
    + [{"type": "array", "items": {"type": "string"}}]
}
_Value = Annotated[Any, AfterValidator(_plain), WithJsonSchema(_SCHEMA)]


class RulePath(shapes.CommentPath):
    """Which rule."""


class ConditionIn(shapes.Shape):
    """What a comment must meet: a field, how to compare it, and with what."""

    field: Annotated[shapes.Clean, Field(max_length=64, json_schema_extra={"enum": list(FIELDS)})]
    operator: Annotated[shapes.Clean, Field(max_length=16, json_schema_extra={"enum": list(OPERATORS)})]
    value: _Value


Conditions = Annotated[list[ConditionIn], Field(min_length=1, max_length=MAX_CONDITIONS)]


class RuleIn(shapes.Shape):
    """A rule: all its conditions must be met. `continue`: it is noted, and the next one is asked."""

    name: Name
    conditions: Conditions
    action: Action
    position: Position | None = None


class RuleChange(shapes.Shape):
    """What to change; what is left out stays."""

    name: Name | None = None
    conditions: Conditions | None = None
    action: Action | None = None
    position: Position | None = None


class RulePreviewIn(shapes.Shape):
    """A rule to add, one to put in the place of `replaces`, or only `replaces`, to be removed."""

    rule: RuleIn | None = None
    replaces: shapes.Id | None = None
    last: Last = MAX_COMMENTS


class ConditionView(preview_view.View):
    """A condition of a rule."""

    field: str
    operator: str
    value: str | bool | int | float | list[str]


class RuleView(preview_view.View):
    """A rule. `position`: from 1; `hits`: in how many decisions it spoke."""

    id: str
    site_id: str
    position: int
    name: str
    conditions: list[ConditionView]
    action: Action
    hits: int
    last_hit_at: str | None
    version: int
    created_at: str


class RuleList(preview_view.View):
    """All rules, in the order in which they are asked."""

    items: list[RuleView]
    next_cursor: str | None


_READS: Any = {401: ProblemBody, 404: ProblemBody}
_CHANGES: Any = {**_READS, 412: ProblemBody, 428: ProblemBody}


def blueprint(policies: Policies, authenticator: Authenticator) -> APIBlueprint:
    """The routes of rules."""
    routes = APIBlueprint("rules", __name__, abp_tags=[RULES], abp_responses=PROBLEMS, abp_security=[{"siteKey": []}])

    @routes.before_request
    def authenticate() -> None:
        g.site = authenticator.site(request, Scope.CONFIGURE)

    @routes.post("/v1/rules", summary="Add a rule", responses={201: RuleView, 401: ProblemBody})
    def add(body: RuleIn) -> Response:
        try:
            rule = policies.add_rule(g.site.id, new_rule(body, ""))
        except NotFound:
            raise
        except Refused as error:
            raise invalid([FieldError(pointer="", code="bad_value", detail=str(error))]) from None
        response = _answer(rule, 201)
        response.headers["Location"] = f"/v1/rules/{rule.id}"
        return response

    @routes.get("/v1/rules", summary="List rules", responses={200: RuleList, 401: ProblemBody})
    def list_rules() -> Response:
        return views.answer({"items": [_view(rule) for rule in policies.rules(g.site.id)], "next_cursor": None})

    @routes.post("/v1/rules:preview", summary="Preview a rule", responses={200: PreviewView, **_READS})
    def preview(body: RulePreviewIn) -> Response:
        """What it would have done to the last comments: nothing is saved."""
        if body.rule is None and body.replaces is None:
            raise invalid([FieldError(pointer="/rule", code="missing", detail="name a rule, replaces, or both")])
        new = None if body.rule is None else new_rule(body.rule, "/rule")
        return preview_view.answer(policies.preview_rule(g.site.id, new, body.replaces, body.last))

    @routes.get("/v1/rules/<string:id>", summary="Read a rule", responses={200: RuleView, **_READS})
    def read(path: RulePath) -> Response:
        return _answer(policies.rule(g.site.id, path.id))

    @routes.patch("/v1/rules/<string:id>", summary="Change a rule", responses={200: RuleView, **_CHANGES})
    def change(path: RulePath, body: RuleChange) -> Response:
        rule = policies.rule(g.site.id, path.id)
        require_tag(f"v{rule.version}")
        for name in body.model_fields_set:
            if getattr(body, name) is None:
                raise invalid([FieldError(pointer=f"/{name}", code="wrong_type", detail="cannot be null")])
        conditions = conditions_from(rule.conditions) if body.conditions is None else _conditions(body.conditions, "")
        new = NewRule(body.name or rule.name, conditions, body.action or rule.action, body.position)
        return _answer(policies.change_rule(rule, new))

    @routes.delete("/v1/rules/<string:id>", summary="Remove a rule", responses={204: None, **_CHANGES})
    def remove(path: RulePath) -> Response:
        rule = policies.rule(g.site.id, path.id)
        require_tag(f"v{rule.version}")
        policies.remove_rule(rule)
        return Response(status=204)

    return routes


def new_rule(body: RuleIn, prefix: str) -> NewRule:
    """The rule, its conditions checked. Raises Problem 422, its pointers after `prefix`."""
    return NewRule(body.name, _conditions(body.conditions, prefix), body.action, body.position)


def _conditions(given: list[ConditionIn], prefix: str) -> tuple[Condition, ...]:
    read = tuple(
        Condition(one.field, one.operator, tuple(one.value) if isinstance(one.value, list) else one.value)
        for one in given
    )
    wrong = [(place, found) for place, condition in enumerate(read) if (found := flaw(condition)) is not None]
    if wrong:
        at = f"{prefix}/conditions"
        raise invalid(
            [FieldError(pointer=f"{at}/{place}{f.pointer}", code="bad_value", detail=f.detail) for place, f in wrong]
        )
    return read


def _answer(rule: StoredRule, status: int = 200) -> Response:
    response = views.answer(_view(rule), status)
    response.set_etag(f"v{rule.version}")
    return response


def _view(rule: StoredRule) -> dict[str, Any]:
    return rule._asdict() | {
        "conditions": orjson.Fragment(rule.conditions),
        "last_hit_at": None if rule.last_hit_at is None else rfc3339(rule.last_hit_at),
        "created_at": rfc3339(rule.created_at),
    }
