"""One comment as it lies on the desk: everything that its sheet shows, and the sheet as a piece of a page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import render_template

from service.console import cards, shown
from service.console.context import context
from service.console.walk import Filter
from service.review import ItemCard
from store.ids import now_us
from store.records import decisions, kin, review_targets, sites, surroundings
from store.records.reviewers import Reviewer
from store.stores import Stores


@dataclass(frozen=True, slots=True)
class Piece:
    """A sheet for the script of the page. `html` is safe to put into it: every foreign text in it is escaped."""

    id: str
    version: int
    html: str

    def json(self) -> dict[str, Any]:
        """As it is sent."""
        return {"id": self.id, "version": self.version, "html": self.html}


def of_cards(stores: Stores, reviewer: Reviewer, found: Sequence[ItemCard]) -> list[cards.Sheet]:
    """The sheets of these items, in the same order."""
    with stores.database.read() as connection:
        current = decisions.current(connection, [card.comment.id for card in found])
        alike = kin.of_comments(connection, [card.comment for card in found])
        around = [surroundings.of_comment(connection, card.comment) for card in found]
    names, now = site_names(stores, reviewer), now_us()
    made = []
    for card, near in zip(found, around, strict=True):
        human = cards.latest_human([decision for key, decision in current.items() if key[0] == card.comment.id])
        blind = cards.is_blind(card, human, now)
        beside = context(card, near, alike[card.comment.id], blind=blind, now=now)
        made.append(cards.sheet(card, human, reviewer, names, now=now, around=beside))
    return made


def pieces(stores: Stores, reviewer: Reviewer, found: Sequence[ItemCard], wanted: Filter) -> list[Piece]:
    """The same as pieces of a page."""
    return [
        Piece(sheet.id, sheet.version, render_template("sheet.html", sheet=sheet, wanted=wanted))
        for sheet in of_cards(stores, reviewer, found)
    ]


def places(stores: Stores, reviewer: Reviewer) -> cards.Places:
    """The sites that the reviewer sees, and how long something may wait on each."""
    with stores.database.read() as connection:
        targets = review_targets.every_us(connection, stores.settings.review_target_hours)
    return cards.Places(site_names(stores, reviewer), targets)


def site_names(stores: Stores, reviewer: Reviewer) -> dict[str, str]:
    """The sites that the reviewer sees, by id, as people name them."""
    with stores.database.read() as connection:
        return {site.id: shown.site_name(site.url) for site in sites.every(connection) if reviewer.sees(site.id)}
