"""The review queue over HTTP: `/v1/review/…`. What it means stands in `service.review`."""

import time
from typing import Annotated, Any, Literal

import orjson
from flask import Response, g, request
from flask_openapi.blueprint import APIBlueprint
from flask_openapi.models.tag import Tag
from pydantic import BaseModel, Field

from models.vocabulary import Action, ReviewReason
from service.api import shapes, views
from service.auth import Authenticator
from service.problems import PROBLEMS, FieldError, ProblemBody, invalid
from service.review import Choice, ItemCard, Review, Ruling
from store.ids import rfc3339
from store.live.review_queue import Lease
from store.records.decisions import DecisionRecord

REVIEW = Tag(name="Review", description="What waits for a person: list, claim, decide, undo.")


class LeasePath(BaseModel):
    """Which lease."""

    id: Annotated[shapes.Clean, Field(max_length=255)]


class LeaseView(BaseModel):
    """Who holds an item. `id` only for the holder."""

    id: str | None
    reviewer: str
    expires_at: str


class ScoreView(BaseModel):
    """What the model said; null on blind items."""

    probability: float
    interval: tuple[float, float]
    reasons: list[views.ReasonView]
    model: str


class CommentInItem(BaseModel):
    """The comment of a review item."""

    id: str
    site_id: str
    external_id: str | None
    parent_id: str | None
    revision: int
    body: str
    content_type: str
    language: str | None
    author: views.AuthorView
    page: views.PageView
    created_at: str | None
    received_at: str


class ItemView(BaseModel):
    """A comment that waits for a person. `version` grows with each decision, undo or revision."""

    id: str
    version: int
    site_id: str
    reason: ReviewReason
    waiting_since: str
    comment: CommentInItem
    score: ScoreView | None
    lease: LeaseView | None


class ItemList(BaseModel):
    """A page of review items."""

    items: list[ItemView]
    next_cursor: str | None


class ItemsOut(BaseModel):
    """Claimed review items."""

    items: list[ItemView]


class CountsView(BaseModel):
    """How much waits."""

    waiting: int
    leased: int
    oldest_waiting_since: str | None
    by_reason: dict[str, int]
    by_site: dict[str, int]


class WinnerView(BaseModel):
    """Who decided first."""

    reviewer: str
    action: str
    decided_at: str


class RulingView(BaseModel):
    """What became of one decision."""

    id: str
    status: Literal[200, 403, 404, 409, 423]
    version: int | None = None
    decision: views.DecisionView | None = None
    winner: WinnerView | None = None
    holder: LeaseView | None = None


class RulingsOut(BaseModel):
    """One entry an item, in the same order."""

    items: list[RulingView]


def blueprint(review: Review, authenticator: Authenticator) -> APIBlueprint:
    """The routes of reviewers."""
    routes = APIBlueprint(
        "review",
        __name__,
        url_prefix="/v1/review",
        abp_tags=[REVIEW],
        abp_responses=PROBLEMS,
        abp_security=[{"reviewerToken": []}],
    )

    @routes.before_request
    def authenticate() -> None:
        g.reviewer = authenticator.reviewer(request)

    @routes.get("/items", summary="List what waits", responses={200: ItemList, 401: ProblemBody, 404: ProblemBody})
    def items(query: shapes.ItemsQuery) -> Response:
        oldest = query.sort == "oldest"
        after = views.read_cursor(query.cursor, (int if oldest else float, str))
        found = review.items(
            g.reviewer,
            site_id=query.site,
            reason=query.reason,
            oldest_first=oldest,
            after=after,
            limit=query.limit + 1,
        )
        shown = found[: query.limit]
        more = None
        if len(found) > query.limit:
            last = shown[-1].item
            more = views.cursor(last.waiting_since if oldest else float(last.rank), last.id)
        return views.answer({"items": [item_view(card, g.reviewer.id) for card in shown], "next_cursor": more})

    @routes.get("/counts", summary="Count what waits", responses={200: CountsView, 401: ProblemBody, 404: ProblemBody})
    def counts(query: shapes.CountsQuery) -> Response:
        found, leased = review.counts(g.reviewer, query.site)
        oldest = found.oldest_waiting_since
        return views.answer(
            {
                "waiting": found.waiting,
                "leased": leased,
                "oldest_waiting_since": None if oldest is None else rfc3339(oldest),
                "by_reason": found.by_reason,
                "by_site": found.by_site,
            }
        )

    @routes.post(
        "/leases",
        summary="Claim items",
        responses={201: ItemsOut, 204: None, 401: ProblemBody, 403: ProblemBody, 404: ProblemBody},
    )
    def claim(body: shapes.LeasesIn) -> Response:
        if body.ids is not None:
            if body.count is not None or body.site is not None:
                raise invalid([FieldError(pointer="/ids", code="bad_value", detail="goes without count and site")])
            if body.take_over:
                cards = [review.take_over(g.reviewer, item_id) for item_id in body.ids]
            else:
                cards = review.claim_named(g.reviewer, body.ids)
        elif body.take_over:
            raise invalid([FieldError(pointer="/take_over", code="bad_value", detail="goes with ids only")])
        elif body.count is None:
            raise invalid([FieldError(pointer="/count", code="missing", detail="name a count or ids")])
        else:
            cards = review.claim(g.reviewer, body.count, body.site)
        if not cards:
            return Response(status=204)
        return views.answer({"items": [item_view(card, g.reviewer.id) for card in cards]}, 201)

    @routes.patch(
        "/leases/<string:id>", summary="Keep a claim", responses={200: LeaseView, 401: ProblemBody, 410: ProblemBody}
    )
    def extend(path: LeasePath) -> Response:
        return views.answer(_lease_view(review.extend(g.reviewer, path.id), g.reviewer.id))

    @routes.delete(
        "/leases/<string:id>", summary="Give a claim back", responses={204: None, 401: ProblemBody, 410: ProblemBody}
    )
    def release(path: LeasePath) -> Response:
        review.release(g.reviewer, path.id)
        return Response(status=204)

    @routes.post("/decisions", summary="Decide", responses={200: RulingsOut, 401: ProblemBody, 403: ProblemBody})
    def decide(body: shapes.ChoicesIn) -> Response:
        if len({item.id for item in body.items}) != len(body.items):
            raise invalid([FieldError(pointer="/items", code="bad_value", detail="names an item twice")])
        choices = [Choice(i.id, i.version, Action(i.action), i.reason, i.note) for i in body.items]
        return views.answer({"items": [_ruling_view(ruling) for ruling in review.decide(g.reviewer, choices)]})

    @routes.post(
        "/decisions/<string:id>/undo",
        summary="Take a decision back",
        responses={200: ItemView, 401: ProblemBody, 404: ProblemBody, 409: ProblemBody, 410: ProblemBody},
    )
    def undo(path: LeasePath) -> Response:
        return views.answer(item_view(review.undo(g.reviewer, path.id), g.reviewer.id))

    return routes


def item_view(card: ItemCard, reviewer_id: str) -> dict[str, Any]:
    """A review item as clients get it; a blind one without its score."""
    item = card.item
    return {
        "id": item.id,
        "version": item.version,
        "site_id": item.site_id,
        "reason": item.reason,
        "waiting_since": rfc3339(item.waiting_since),
        "comment": views.comment_in_item(card.comment),
        "score": None if item.reason == ReviewReason.BLIND else _score_view(card.machine),
        "lease": None if card.lease is None else _lease_view(card.lease, reviewer_id),
    }


def _score_view(machine: DecisionRecord | None) -> dict[str, Any] | None:
    if machine is None or machine.probability is None:
        return None
    return {
        "probability": machine.probability,
        "interval": [machine.low, machine.high],
        "reasons": orjson.Fragment(machine.reasons),
        "model": machine.model,
    }


def _lease_view(lease: Lease, reviewer_id: str) -> dict[str, Any]:
    ends = time.time_ns() // 1000 + lease.milliseconds_left * 1000
    return {
        "id": lease.id if lease.reviewer_id == reviewer_id else None,
        "reviewer": lease.reviewer,
        "expires_at": rfc3339(ends),
    }


def _ruling_view(ruling: Ruling) -> dict[str, Any]:
    shown: dict[str, Any] = {"id": ruling.item_id, "status": ruling.status}
    if ruling.decision is not None:
        shown |= {"version": ruling.version, "decision": views.decision(ruling.decision)}
    if ruling.status == 409:
        winner = ruling.winner
        shown["winner"] = (
            None
            if winner is None
            else {
                "reviewer": winner.reviewer_name,
                "action": winner.action,
                "decided_at": rfc3339(winner.decided_at),
            }
        )
    if ruling.holder is not None:
        shown["holder"] = {key: value for key, value in _lease_view(ruling.holder, "").items() if key != "id"}
    return shown
