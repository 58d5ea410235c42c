"""Submit comments and read them: `/v1/comments`, `/v1/comments:batch`."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from flask import Response, g, request
from flask_openapi.blueprint import APIBlueprint
from flask_openapi.models.tag import Tag
from pydantic import BaseModel, ValidationError

from models.errors import ExternalIdTaken
from models.vocabulary import State
from service.api import shapes, views, wishes
from service.auth import Authenticator
from service.intake import Intake, Standing, content_digest, pseudonym
from service.json_body import refuse_depth
from service.problems import PROBLEMS, FieldError, Problem, ProblemBody, field_errors, from_error, invalid
from service.rates import count_submissions
from store.records import comments
from store.records.comments import CommentRecord
from store.records.sites import Site
from store.records.submissions import NewComment
from store.stores import Stores

COMMENTS = Tag(name="Comments", description="Submit comments and read what became of them.")


class BatchItem(BaseModel):
    """What became of one item of a batch."""

    status: int
    comment: views.CommentView | None = None
    problem: ProblemBody | None = None


class BatchOut(BaseModel):
    """One entry an item, in the same order."""

    items: list[BatchItem]


def blueprint(stores: Stores, authenticator: Authenticator, intake: Intake) -> APIBlueprint:
    """The routes of comments."""
    routes = APIBlueprint(
        "comments", __name__, abp_tags=[COMMENTS], abp_responses=PROBLEMS, abp_security=[{"siteKey": []}]
    )

    count = count_submissions(routes)

    @routes.before_request
    def authenticate() -> None:
        caller = authenticator.caller(request)
        g.site, g.key = caller.site, caller.key

    @routes.post(
        "/v1/comments",
        summary="Submit a comment",
        responses={
            200: views.CommentView,
            202: views.CommentView,
            401: ProblemBody,
            409: ProblemBody,
            429: ProblemBody,
        },
    )
    def submit(body: shapes.CommentIn) -> Response:
        count(1)
        site: Site = g.site
        new = _accept(site, body)
        render = partial(render_one, _taken().body())
        _require_parents(stores, site, [(new, "/parent_id")])
        wait = wishes.wait_seconds()
        return wishes.respond_one(
            intake.submit(site, [new], render, key=wishes.idempotency_key(), wait_seconds=wait), wait
        )

    @routes.post(
        "/v1/comments:batch",
        summary="Submit up to 100 comments",
        responses={200: BatchOut, 401: ProblemBody, 409: ProblemBody, 429: ProblemBody},
    )
    def submit_batch(body: shapes.BatchIn) -> Response:
        count(len(body.items))
        site: Site = g.site
        checked = [_check(site, item) for item in body.items]
        if any(isinstance(entry, Problem) for entry in checked):
            refuse_depth(request.get_data())
        accepted = [(new, f"/items/{i}/parent_id") for i, new in enumerate(checked) if isinstance(new, NewComment)]
        orphans = _orphans(stores, site, accepted)
        entries = [_orphan(f"/items/{i}/parent_id") if new in orphans else new for i, new in enumerate(checked)]
        news = [entry for entry in entries if isinstance(entry, NewComment)]
        wait = wishes.wait_seconds()
        shown = [_refused(entry) if isinstance(entry, Problem) else None for entry in entries]
        render = partial(_render_batch, shown, _refused(_taken()))
        return wishes.respond(intake.submit(site, news, render, key=wishes.idempotency_key(), wait_seconds=wait), wait)

    @routes.get("/v1/comments", summary="List comments", responses={200: views.CommentList, 401: ProblemBody})
    def list_comments(query: shapes.CommentsQuery) -> Response:
        site: Site = g.site
        after = views.read_cursor(query.cursor, (str,))
        with stores.database.read() as connection:
            found = comments.page(
                connection,
                site.id,
                external_id=query.external_id,
                state=query.state,
                after=after[0] if after else None,
                limit=query.limit + 1,
            )
        items = found[: query.limit]
        more = views.cursor(items[-1].id) if len(found) > query.limit else None
        return views.answer({"items": [views.comment(record) for record in items], "next_cursor": more})

    @routes.get(
        "/v1/comments/<string:id>",
        summary="Read a comment",
        responses={200: views.CommentView, 304: None, 401: ProblemBody, 404: ProblemBody},
    )
    def read(path: shapes.CommentPath) -> Response:
        site: Site = g.site
        with stores.database.read() as connection:
            record = comments.get(connection, path.id, site.id)
        if record is None or record.state == State.ERASED:
            raise Problem(404, "not_found", "There is no such comment on this site; check the id and the key.")
        response = views.answer(views.comment(record))
        response.add_etag()
        response.make_conditional(request)
        return response

    @routes.delete(
        "/v1/comments/<string:id>",
        summary="Erase a comment",
        responses={204: None, 401: ProblemBody, 404: ProblemBody, 412: ProblemBody},
    )
    def erase(path: shapes.CommentPath) -> Response:
        """Its texts and all that tells its author are gone for good; what was decided stays without them."""
        intake.erase(g.site, path.id, check_match)
        return Response(status=204)

    return routes


def check_match(record: CommentRecord) -> None:
    """Raise Problem 412 where the request names another state of the comment in `If-Match`."""
    wishes.require_match(views.answer(views.comment(record)))


def accept_text(text: str) -> None:
    """Raise Problem 413 for a text of more than 64 KiB."""
    if len(text) * 4 > shapes.MAX_TEXT_BYTES and len(text.encode()) > shapes.MAX_TEXT_BYTES:
        field = FieldError(pointer="/body", code="too_long", detail="may have 64 KiB of UTF-8 at most")
        raise Problem(413, "too_large", "/body may have 64 KiB of UTF-8 at most.", fields=[field])


def _accept(site: Site, shape: shapes.CommentIn) -> NewComment:
    accept_text(shape.body)
    digest = content_digest(site, shape.model_dump_json().encode()) if shape.external_id is not None else ""
    return shapes.new_comment(shape, partial(pseudonym, site), digest)


def _check(site: Site, item: Any) -> NewComment | Problem:
    try:
        return _accept(site, shapes.CommentIn.model_validate(item))
    except ValidationError as error:
        return invalid(field_errors(error))
    except Problem as problem:
        return problem


def _orphans(stores: Stores, site: Site, news: Sequence[tuple[NewComment, str]]) -> list[NewComment]:
    parents = {new.parent_id for new, _ in news if new.parent_id is not None}
    if not parents:
        return []
    with stores.database.read() as connection:
        known = comments.existing(connection, site.id, list(parents))
    return [new for new, _ in news if new.parent_id is not None and new.parent_id not in known]


def _require_parents(stores: Stores, site: Site, news: Sequence[tuple[NewComment, str]]) -> None:
    if _orphans(stores, site, news):
        raise _orphan(news[0][1])


def _orphan(pointer: str) -> Problem:
    field = FieldError(pointer=pointer, code="bad_value", detail="is not a comment of this site")
    return invalid([field])


def _refused(problem: Problem) -> dict[str, Any]:
    return {"status": problem.status, "problem": problem.body()}


# What is rendered here may run in the thread of another request that commits for this one, so everything that
# belongs to this request, such as its id, comes in as a value.
def render_one(taken: dict[str, Any], standings: Sequence[Standing]) -> tuple[int, str]:
    """Status and body for one comment: 200 decided, 202 not yet, 409 for an external_id of another comment."""
    standing = standings[0]
    if standing.taken:
        return 409, views.dump(taken)
    return (202 if standing.comment.decision is None else 200), views.dump(views.comment(standing.comment))


def _render_batch(
    refused: Sequence[dict[str, Any] | None], taken: dict[str, Any], standings: Sequence[Standing]
) -> tuple[int, str]:
    standing = iter(standings)
    items = [entry if entry is not None else _render_item(taken, next(standing)) for entry in refused]
    return 200, views.dump({"items": items})


def _render_item(taken: dict[str, Any], standing: Standing) -> dict[str, Any]:
    if standing.taken:
        return taken
    return {"status": 202 if standing.comment.decision is None else 200, "comment": views.comment(standing.comment)}


def _taken() -> Problem:
    return from_error(
        ExternalIdTaken(
            "Another comment of this site has this external_id with other content; send an edit as a revision."
        )
    )
