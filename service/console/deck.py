"""What the script of the desk asks for: the next comments, and decisions without leaving the page. JSON both ways."""

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from flask import Blueprint, g, request
from pydantic import Field, ValidationError

from models.errors import Refused
from models.vocabulary import Action
from service.api.shapes import ChoicesIn, Id, Shape
from service.console import cards, sheets, walk
from service.console.forms import read_filter
from service.console.texts import say
from service.problems import from_error
from service.review import Reversal, Review
from service.rulings import Choice, Ruling
from store.stores import Stores

AHEAD = 6
Read = TypeVar("Read", bound=Shape)


class AheadIn(Shape):
    """Items that the deck has already, and behind which one to go on."""

    after: Id | None = None
    known: Annotated[list[Id], Field(max_length=100)]
    count: Annotated[int, Field(ge=1, le=AHEAD)]


class ItemsIn(Shape):
    """Some items."""

    ids: Annotated[list[Id], Field(min_length=1, max_length=20)]


class DecisionsIn(Shape):
    """Decisions to take back, as they were made."""

    ids: Annotated[list[Id], Field(min_length=1, max_length=500)]


def add_routes(routes: Blueprint, stores: Stores, review: Review) -> None:
    """`/console/deck/…`: `ahead`, `keep`, `leave`, `decide`, `undo`, and `/console/review/<id>/sheet`."""

    @routes.get("/review/<item_id>/sheet")
    def sheet(item_id: str) -> dict[str, Any]:
        card = walk.open_item(review, g.reviewer, item_id)
        (piece,) = sheets.pieces(stores, g.reviewer, [card], read_filter())
        return piece.json()

    @routes.post("/deck/ahead")
    def ahead() -> dict[str, Any]:
        body, wanted = read(AheadIn), read_filter()
        found = walk.ahead(review, g.reviewer, wanted, after=body.after, known=body.known, count=body.count)
        return {"items": [piece.json() for piece in sheets.pieces(stores, g.reviewer, found, wanted)]}

    @routes.post("/deck/keep")
    def keep() -> dict[str, Any]:
        """Extend the leases on these items, or take them again where they ended; which of them one holds now."""
        kept = review.claim_named(g.reviewer, read(ItemsIn).ids)
        return {"kept": [card.item.id for card in kept]}

    @routes.post("/deck/leave")
    def leave() -> dict[str, Any]:
        walk.leave(review, g.reviewer, read(ItemsIn).ids)
        return {}

    @routes.post("/deck/decide")
    def decide_many() -> dict[str, Any]:
        choices = [Choice(i.id, i.version, Action(i.action), i.reason, i.note) for i in read(ChoicesIn).items]
        return {"items": [_ruled(ruling) for ruling in review.decide(g.reviewer, choices)]}

    @routes.post("/deck/undo")
    def undo_many() -> dict[str, Any]:
        undone = review.undo_all(g.reviewer, read(DecisionsIn).ids)
        waiting = [reversal.card for reversal in undone if reversal.card is not None]
        last = sheets.pieces(stores, g.reviewer, waiting[-1:], read_filter())
        return {"items": [_reversed(reversal) for reversal in undone], "sheet": last[0].json() if last else None}


def _ruled(ruling: Ruling) -> dict[str, Any]:
    if ruling.status == 200 and ruling.decision is not None:
        return {
            "id": ruling.item_id,
            "status": 200,
            "text": say(f"done.{ruling.decision.action}"),
            "decision": ruling.decision.id,
            "version": ruling.version,
        }
    return {"id": ruling.item_id, "status": ruling.status, "text": cards.lost(ruling)}


def _reversed(reversal: Reversal) -> dict[str, Any]:
    if reversal.card is not None:
        item = reversal.card.item
        return {"decision": reversal.decision_id, "status": 200, "id": item.id, "version": item.version}
    status = 404 if reversal.error is None else from_error(reversal.error).status
    return {"decision": reversal.decision_id, "status": status, "text": say(f"error.{status}")}


def read(shape: type[Read]) -> Read:
    """The body of the request, checked. Raises Refused."""
    body: Mapping[str, Any] = request.get_json()
    try:
        return shape.model_validate(body)
    except ValidationError:
        raise Refused(say("error.400")) from None
