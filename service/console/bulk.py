"""Deciding many comments at once: first it is shown what that would mean."""

import random
from collections.abc import Sequence
from typing import Annotated, Any

from flask import Blueprint, g
from pydantic import Field

from models.vocabulary import Action, ReviewReason, Role
from service.api.shapes import Id, Shape
from service.auth import require_role
from service.console import shown, walk
from service.console.deck import read
from service.console.forms import read_filter
from service.console.texts import say
from service.review import ItemCard, Review

AT_MOST = 500
SAMPLES = 5
LEANS = 0.5


class PreviewIn(Shape):
    """The selected items, or none for all that fit the filter. `action`: what is meant to become of them."""

    ids: Annotated[list[Id], Field(max_length=AT_MOST)]
    action: Annotated[str, Field(pattern="^(approve|reject|escalate)$")]


def add_routes(routes: Blueprint, review: Review) -> None:
    """`/console/deck/preview`."""

    @routes.post("/deck/preview")
    def preview() -> dict[str, Any]:
        require_role(g.reviewer, Role.REVIEWER)
        body = read(PreviewIn)
        found = review.cards(g.reviewer, body.ids) if body.ids else _all_that_fit(review)
        chosen = [card for card in found if card.item.waiting and g.reviewer.may(Role.REVIEWER, card.item.site_id)]
        return {
            "items": [{"id": card.item.id, "version": card.item.version} for card in chosen],
            "samples": [_sample(card) for card in random.sample(chosen, min(SAMPLES, len(chosen)))],
            "machine": _machine(chosen, Action(body.action)),
        }


def _all_that_fit(review: Review) -> list[ItemCard]:
    return walk.items(review, g.reviewer, read_filter(), None, AT_MOST)


def _sample(card: ItemCard) -> dict[str, Any]:
    score = _probability(card)
    return {
        "text": shown.excerpt(card.comment.body) or say("queue.no_text"),
        "author": card.comment.author_name or say("author.unknown"),
        "score": None if score is None else shown.percent(score),
    }


def _machine(chosen: Sequence[ItemCard], action: Action) -> str | None:
    """How many of those that the model may be heard on it would rather see decided otherwise."""
    scores = [score for card in chosen if (score := _probability(card)) is not None]
    if action is Action.ESCALATE or not scores:
        return None
    against = sum((score > LEANS) is (action is Action.APPROVE) for score in scores)
    return say(f"bulk.against.{action}", count=against, of=len(scores)) if against else say("bulk.agrees")


def _probability(card: ItemCard) -> float | None:
    """What the model gave, where that is shown at all."""
    if card.item.reason == ReviewReason.BLIND or card.machine is None:
        return None
    return card.machine.probability
