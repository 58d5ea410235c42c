"""Webhooks over HTTP: `/v1/webhooks…`. What they mean stands in `service.webhooks`."""

from typing import Annotated, Any, Literal

from flask import Response, g, request
from flask_openapi.blueprint import APIBlueprint
from flask_openapi.models.tag import Tag
from pydantic import BaseModel, ConfigDict, Field

from models.errors import Refused
from models.vocabulary import Scope
from service.api import shapes, views
from service.auth import Authenticator
from service.problems import PROBLEMS, FieldError, Problem, ProblemBody, invalid
from service.webhooks import MAX_OVERLAP_SECONDS, OVERLAP_SECONDS, Webhooks, live_secrets
from store.ids import rfc3339
from store.records.deliveries import Delivery
from store.records.webhooks import Webhook

WEBHOOKS = Tag(name="Webhooks", description="Be told of what happens, signed as Standard Webhooks 1.0.")


class WebhookPath(BaseModel):
    """Which webhook."""

    id: Annotated[shapes.Clean, Field(max_length=255)]


class WebhookIn(shapes.Shape):
    """A receiver to register."""

    url: Annotated[shapes.Url, Field(min_length=1)]
    description: Annotated[shapes.Clean, Field(max_length=1000)] | None = None


class WebhookChange(shapes.Shape):
    """What to change; what is left out stays."""

    url: Annotated[shapes.Url, Field(min_length=1)] | None = None
    description: Annotated[shapes.Clean, Field(max_length=1000)] | None = None
    state: Literal["active", "disabled"] | None = None


class RotateIn(shapes.Shape):
    """For how many seconds the secret before signs too."""

    overlap_seconds: Annotated[int, Field(ge=0, le=MAX_OVERLAP_SECONDS)] = OVERLAP_SECONDS


class RedeliverIn(shapes.Shape):
    """Which settled deliveries to send again: those of these events, or all in a state, since a time if given."""

    event_ids: Annotated[list[shapes.Id], Field(min_length=1, max_length=200)] | None = None
    state: Literal["dead", "delivered"] | None = None
    since: shapes.Instant | None = None


class WebhooksQuery(shapes.Query):
    """Which webhooks to list."""

    cursor: Annotated[shapes.Clean, Field(max_length=255)] | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class DeliveriesQuery(WebhooksQuery):
    """Which deliveries to list."""

    state: Literal["waiting", "delivered", "dead"] | None = None


class _View(BaseModel):
    model_config = ConfigDict(extra="forbid")


class WebhookView(_View):
    """A webhook without its secret. `live_secrets`: 2 while a rotation lasts."""

    id: str
    site_id: str
    url: str
    description: str | None
    state: Literal["active", "disabled"]
    disabled_because: str | None
    live_secrets: int
    version: int
    created_at: str


class WebhookWithSecret(WebhookView):
    """A webhook with a new secret, which is shown this once."""

    secret: str


class WebhookList(_View):
    """A page of webhooks, oldest first."""

    items: list[WebhookView]
    next_cursor: str | None


class DeliveryView(_View):
    """A delivery. `attempts`: how often it was tried; `status` and `error`: of the last attempt."""

    event_id: str
    comment_id: str
    type: str
    state: Literal["waiting", "delivered", "dead"]
    attempts: int
    next_attempt_at: str | None
    created_at: str
    attempted_at: str | None
    settled_at: str | None
    status: int | None
    error: str | None


class DeliveryList(_View):
    """A page of deliveries, newest first."""

    items: list[DeliveryView]
    next_cursor: str | None


class RedeliveredOut(_View):
    """How many deliveries will be sent again."""

    count: int


_CHANGES: Any = {401: ProblemBody, 404: ProblemBody, 412: ProblemBody, 428: ProblemBody}
_READS: Any = {401: ProblemBody, 404: ProblemBody}


def blueprint(hooks: Webhooks, authenticator: Authenticator) -> APIBlueprint:
    """The routes of webhooks."""
    routes = APIBlueprint(
        "webhooks",
        __name__,
        url_prefix="/v1/webhooks",
        abp_tags=[WEBHOOKS],
        abp_responses=PROBLEMS,
        abp_security=[{"siteKey": []}],
    )

    @routes.before_request
    def authenticate() -> None:
        g.site = authenticator.site(request, Scope.CONFIGURE)

    @routes.post("", summary="Register a webhook", responses={201: WebhookWithSecret, 401: ProblemBody})
    def add(body: WebhookIn) -> Response:
        _refuse_url(hooks, body.url)
        added = hooks.add(g.site.id, body.url, body.description)
        response = _answer(added, 201, with_secret=True)
        response.headers["Location"] = f"/v1/webhooks/{added.id}"
        return response

    @routes.get("", summary="List webhooks", responses={200: WebhookList, 401: ProblemBody})
    def list_webhooks(query: WebhooksQuery) -> Response:
        after = views.read_cursor(query.cursor, (str,))
        found = hooks.page(g.site.id, after[0] if after else None, query.limit + 1)
        items = found[: query.limit]
        more = views.cursor(items[-1].id) if len(found) > query.limit else None
        return views.answer({"items": [_view(hook) for hook in items], "next_cursor": more})

    @routes.get("/<string:id>", summary="Read a webhook", responses={200: WebhookView, 304: None, **_READS})
    def read(path: WebhookPath) -> Response:
        response = _answer(hooks.get(g.site.id, path.id))
        response.make_conditional(request)
        return response

    @routes.patch("/<string:id>", summary="Change a webhook", responses={200: WebhookView, **_CHANGES})
    def change(path: WebhookPath, body: WebhookChange) -> Response:
        hook = _as_read(hooks.get(g.site.id, path.id))
        values = {name: getattr(body, name) for name in body.model_fields_set}
        for name in ("url", "state"):
            if name in values and values[name] is None:
                raise invalid([FieldError(pointer=f"/{name}", code="wrong_type", detail="cannot be null")])
        if body.url is not None:
            _refuse_url(hooks, body.url)
        return _answer(_kept(hooks.change(hook, values)))

    @routes.delete("/<string:id>", summary="Remove a webhook", responses={204: None, **_CHANGES})
    def remove(path: WebhookPath) -> Response:
        if not hooks.remove(_as_read(hooks.get(g.site.id, path.id))):
            raise _changed()
        return Response(status=204)

    @routes.post("/<string:id>:rotate", summary="Rotate the secret", responses={200: WebhookWithSecret, **_CHANGES})
    def rotate(path: WebhookPath, body: RotateIn) -> Response:
        hook = _as_read(hooks.get(g.site.id, path.id), required=False)
        return _answer(_kept(hooks.rotate(hook, body.overlap_seconds)), with_secret=True)

    @routes.get("/<string:id>/deliveries", summary="List deliveries", responses={200: DeliveryList, **_READS})
    def list_deliveries(path: WebhookPath, query: DeliveriesQuery) -> Response:
        before = views.read_cursor(query.cursor, (int,))
        hook = hooks.get(g.site.id, path.id)
        found = hooks.deliveries(hook, state=query.state, before=before[0] if before else None, limit=query.limit + 1)
        items = found[: query.limit]
        more = views.cursor(items[-1].seq) if len(found) > query.limit else None
        return views.answer({"items": [_delivery_view(one) for one in items], "next_cursor": more})

    @routes.post("/<string:id>:redeliver", summary="Send deliveries again", responses={200: RedeliveredOut, **_READS})
    def redeliver(path: WebhookPath, body: RedeliverIn) -> Response:
        if (body.event_ids is None) == (body.state is None):
            raise invalid([FieldError(pointer="/event_ids", code="bad_value", detail="name either event_ids or state")])
        if body.since is not None and body.state is None:
            raise invalid([FieldError(pointer="/since", code="bad_value", detail="goes with state only")])
        hook = hooks.get(g.site.id, path.id)
        count = hooks.redeliver(hook, event_ids=body.event_ids, state=body.state, since=body.since)
        return views.answer({"count": count})

    return routes


def _etag(hook: Webhook) -> str:
    return f"v{hook.version}"


def _as_read(hook: Webhook, *, required: bool = True) -> Webhook:
    """The webhook, if it still is what the request's If-Match says. Raises Problem 428 or 412."""
    if "If-Match" not in request.headers:
        if required:
            raise Problem(428, "version_required", "Send the ETag of the webhook as you read it in If-Match.")
        return hook
    if not request.if_match.contains(_etag(hook)):
        raise _changed()
    return hook


def _kept(changed: Webhook | None) -> Webhook:
    if changed is None:
        raise _changed()
    return changed


def _changed() -> Problem:
    return Problem(412, "version_mismatch", "The webhook has changed since; read it again and send its new ETag.")


def _refuse_url(hooks: Webhooks, url: str) -> None:
    try:
        hooks.check(url)
    except Refused as error:
        raise invalid([FieldError(pointer="/url", code="bad_value", detail=str(error))]) from None


def _answer(hook: Webhook, status: int = 200, *, with_secret: bool = False) -> Response:
    response = views.answer(_view(hook) | ({"secret": hook.secret} if with_secret else {}), status)
    response.set_etag(_etag(hook))
    return response


def _view(hook: Webhook) -> dict[str, Any]:
    return {
        "id": hook.id,
        "site_id": hook.site_id,
        "url": hook.url,
        "description": hook.description,
        "state": hook.state,
        "disabled_because": hook.disabled_because,
        "live_secrets": live_secrets(hook),
        "version": hook.version,
        "created_at": rfc3339(hook.created_at),
    }


def _delivery_view(one: Delivery) -> dict[str, Any]:
    return {
        "event_id": one.event_id,
        "comment_id": one.comment_id,
        "type": one.type,
        "state": one.state,
        "attempts": one.attempt,
        "next_attempt_at": rfc3339(one.due_at) if one.state == "waiting" else None,
        "created_at": rfc3339(one.created_at),
        "attempted_at": None if one.attempted_at is None else rfc3339(one.attempted_at),
        "settled_at": None if one.settled_at is None else rfc3339(one.settled_at),
        "status": one.status,
        "error": one.error,
    }
