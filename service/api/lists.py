"""Lists over HTTP: `/v1/lists…`. What they mean stands in `service.policies`."""

from typing import Annotated, Any

from flask import Response, g, request
from flask_openapi.blueprint import APIBlueprint
from flask_openapi.models.tag import Tag
from pydantic import Field

from models.errors import NotFound, Refused
from models.vocabulary import ListEffect, ListKind, Scope
from service.api import preview_view, shapes, views
from service.api.preview_view import PreviewView
from service.api.wishes import require_tag
from service.auth import Authenticator
from service.policies import NewEntry, Policies, entry_value
from service.preview import MAX_COMMENTS
from service.problems import PROBLEMS, FieldError, Problem, ProblemBody, invalid
from store.ids import rfc3339
from store.records.lists import StoredEntry

RULES = Tag(name="Lists and rules", description="What a site lays down itself, before any model is asked.")

Why = Annotated[shapes.Clean, Field(max_length=1000)]
Value = Annotated[shapes.Clean, Field(min_length=1, max_length=1000)]
Effect = Annotated[ListEffect, Field(strict=False)]
Kind = Annotated[ListKind, Field(strict=False)]
Last = Annotated[int, Field(ge=1, le=MAX_COMMENTS, description="How many of the last comments to look at.")]


class EntryPath(shapes.CommentPath):
    """Which entry."""


class EntryIn(shapes.Shape):
    """An entry. `value` as the kind has it: an id, a name, an address, a network, a domain, words, a pattern of RE2."""

    effect: Effect
    kind: Kind
    value: Value
    reason: Why | None = None
    expires_at: shapes.Instant | None = None


class EntryChange(shapes.Shape):
    """What to change; what is left out stays. The kind stays."""

    effect: Effect | None = None
    value: Value | None = None
    reason: Why | None = None
    expires_at: shapes.Instant | None = None


class EntryPreviewIn(shapes.Shape):
    """An entry to add, one to put in the place of `replaces`, or only `replaces`, to be removed."""

    entry: EntryIn | None = None
    replaces: shapes.Id | None = None
    last: Last = MAX_COMMENTS


class EntriesQuery(shapes.Query):
    """Which entries to list."""

    effect: ListEffect | None = None
    kind: ListKind | None = None
    cursor: Annotated[shapes.Clean, Field(max_length=255)] | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class EntryView(preview_view.View):
    """An entry. `hits`: in how many decisions it spoke."""

    id: str
    site_id: str
    effect: ListEffect
    kind: ListKind
    value: str
    reason: str | None
    expires_at: str | None
    hits: int
    last_hit_at: str | None
    version: int
    created_at: str


class EntryList(preview_view.View):
    """A page of entries, oldest first."""

    items: list[EntryView]
    next_cursor: str | None


_READS: Any = {401: ProblemBody, 404: ProblemBody}
_CHANGES: Any = {**_READS, 412: ProblemBody, 428: ProblemBody}


def blueprint(policies: Policies, authenticator: Authenticator) -> APIBlueprint:
    """The routes of lists."""
    routes = APIBlueprint("lists", __name__, abp_tags=[RULES], abp_responses=PROBLEMS, abp_security=[{"siteKey": []}])

    @routes.before_request
    def authenticate() -> None:
        g.site = authenticator.site(request, Scope.CONFIGURE)

    @routes.post("/v1/lists", summary="Add an entry", responses={201: EntryView, 401: ProblemBody})
    def add(body: EntryIn) -> Response:
        try:
            entry = policies.add_entry(g.site.id, new_entry(body, ""))
        except Refused as error:
            raise _refused(error) from None
        response = _answer(entry, 201)
        response.headers["Location"] = f"/v1/lists/{entry.id}"
        return response

    @routes.get("/v1/lists", summary="List entries", responses={200: EntryList, 401: ProblemBody})
    def list_entries(query: EntriesQuery) -> Response:
        after = views.read_cursor(query.cursor, (str,))
        found = policies.entries(
            g.site.id, effect=query.effect, kind=query.kind, after=after[0] if after else None, limit=query.limit + 1
        )
        items = found[: query.limit]
        more = views.cursor(items[-1].id) if len(found) > query.limit else None
        return views.answer({"items": [_view(entry) for entry in items], "next_cursor": more})

    @routes.post("/v1/lists:preview", summary="Preview an entry", responses={200: PreviewView, **_READS})
    def preview(body: EntryPreviewIn) -> Response:
        """What it would have done to the last comments: nothing is saved."""
        if body.entry is None and body.replaces is None:
            raise invalid([FieldError(pointer="/entry", code="missing", detail="name an entry, replaces, or both")])
        new = None if body.entry is None else new_entry(body.entry, "/entry")
        return preview_view.answer(policies.preview_entry(g.site.id, new, body.replaces, body.last))

    @routes.get("/v1/lists/<string:id>", summary="Read an entry", responses={200: EntryView, **_READS})
    def read(path: EntryPath) -> Response:
        return _answer(policies.entry(g.site.id, path.id))

    @routes.patch("/v1/lists/<string:id>", summary="Change an entry", responses={200: EntryView, **_CHANGES})
    def change(path: EntryPath, body: EntryChange) -> Response:
        entry = _as_read(policies.entry(g.site.id, path.id))
        values: dict[str, Any] = {name: getattr(body, name) for name in body.model_fields_set}
        for name in ("effect", "value"):
            if name in values and values[name] is None:
                raise invalid([FieldError(pointer=f"/{name}", code="wrong_type", detail="cannot be null")])
        if body.value is not None:
            values["value"] = _value(ListKind(entry.kind), body.value, "")
        if body.effect is not None:
            values["effect"] = body.effect.value
        try:
            return _answer(policies.change_entry(entry, values))
        except Refused as error:
            raise _refused(error) from None

    @routes.delete("/v1/lists/<string:id>", summary="Remove an entry", responses={204: None, **_CHANGES})
    def remove(path: EntryPath) -> Response:
        policies.remove_entry(_as_read(policies.entry(g.site.id, path.id)))
        return Response(status=204)

    return routes


def new_entry(body: EntryIn, prefix: str) -> NewEntry:
    """The entry, its value in the form in which it is kept. Raises Problem 422, its pointers after `prefix`."""
    value = _value(body.kind, body.value, prefix)
    return NewEntry(body.effect, body.kind, value, body.reason, body.expires_at)


def _value(kind: ListKind, value: str, prefix: str) -> str:
    try:
        return entry_value(kind, value)
    except ValueError as error:
        raise invalid([FieldError(pointer=f"{prefix}/value", code="bad_value", detail=str(error))]) from None


def _refused(error: Refused) -> Problem | Refused:
    if isinstance(error, NotFound):
        return error
    return invalid([FieldError(pointer="/value", code="bad_value", detail=str(error))])


def _as_read(entry: StoredEntry) -> StoredEntry:
    require_tag(f"v{entry.version}")
    return entry


def _answer(entry: StoredEntry, status: int = 200) -> Response:
    response = views.answer(_view(entry), status)
    response.set_etag(f"v{entry.version}")
    return response


def _view(entry: StoredEntry) -> dict[str, Any]:
    instants = {
        name: None if (at := getattr(entry, name)) is None else rfc3339(at)
        for name in ("expires_at", "last_hit_at", "created_at")
    }
    return entry._asdict() | instants
