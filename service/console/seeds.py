"""Known spam among the audits, as a part of the page of the error targets."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, flash, g, redirect, request, url_for
from werkzeug.wrappers import Response

from models.errors import Refused
from models.vocabulary import Role
from service.auth import require_role_at
from service.console.shown import number
from service.console.texts import say
from service.seeds import Seeds
from store.records.reviewers import Reviewer
from store.stores import Stores

RATES = (0.0, 0.02, 0.05, 0.1, 0.2)


@dataclass(frozen=True, slots=True)
class ShownSeeds:
    """`people`: name, met, missed; None for who is no lead. `rates`: value, words, and whether it holds."""

    sentence: str
    people: list[tuple[str, int, int]] | None
    rates: list[tuple[str, str, bool]]
    given: int


def add_routes(routes: Blueprint, stores: Stores) -> None:
    """`/console/guarantee/seeds`."""
    seeds = Seeds(stores)

    @routes.post("/guarantee/seeds")
    def lay_down_seeds() -> Response:
        site_id = request.form.get("site", "")
        require_role_at(g.reviewer, Role.ADMIN, site_id)
        texts = request.form.get("texts", "").replace("\r", "")
        try:
            rate = float(request.form.get("rate", "0"))
        except ValueError as error:
            raise Refused(say("guarantee.seeds.wrong")) from error
        seeds.change(site_id, rate, texts.split("\n\n") if texts.strip() else None)
        flash(say("guarantee.seeds.saved"))
        return redirect(url_for("console.guarantee", site=site_id), 303)


def shown(seeds: Seeds, reviewer: Reviewer, site_id: str, *, percent: Callable[[float], str]) -> ShownSeeds:
    """What the page says of them to this reviewer."""
    found = seeds.figures(site_id)
    key = "off" if not found.rate else "counted" if found.applied else "few"
    sentence = say(
        f"guarantee.seeds.{key}",
        missed=number(found.missed),
        decided=number(found.decided),
        fewest=str(found.fewest),
        high=percent(found.high),
        applied=percent(found.applied),
    )
    people = None
    if reviewer.may(Role.LEAD, site_id):
        people = [(one.name, one.decided, one.missed) for one in seeds.by_reviewer(reviewer, site_id)]
    words = [(rate, percent(rate) if rate else say("guarantee.seeds.none")) for rate in RATES]
    return ShownSeeds(sentence, people, [(f"{rate:g}", text, rate == found.rate) for rate, text in words], found.given)
