"""The overview: what came, what became of it, what waits, and who keeps up."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from flask import Blueprint, g, render_template, request

from models.vocabulary import Action
from service.console import charts, shown
from service.console.decided import site_names
from service.console.texts import say
from service.overview import Overview, Overviews
from store.stores import Stores

ACTIONS = (Action.APPROVE, Action.REVIEW, Action.REJECT, Action.DISCARD)


def add_routes(routes: Blueprint, stores: Stores) -> None:
    """`/console/overview`."""
    overviews = Overviews(stores)

    @routes.get("/overview")
    def overview() -> str:
        site_id = request.args.get("site") or None
        found, names = overviews.of(g.reviewer, site_id), site_names(stores)
        total = sum(found.total.values())
        return render_template(
            "overview.html",
            found=found,
            site_id=site_id,
            names=names,
            total=total,
            shares=[(say(f"decided.{a}"), a.value, _share(found.total, a, total)) for a in ACTIONS],
            days=[(_day(day), counts) for day, counts in found.days],
            actions=ACTIONS,
            chart=_chart(found),
            oldest=None if found.oldest_us is None else shown.age(found.oldest_us),
            target=shown.age(found.target_us),
            agreement=None if not found.agreed.judged else f"{found.agreed.same / found.agreed.judged:.0%}",
            models=[(names.get(key) if key else None, model) for key, model in found.models.items()],
        )


def _chart(found: Overview) -> object:
    series = [
        charts.Series(say(f"decided.{a}"), a.value, tuple(counts.get(a, 0) for _, counts in found.days))
        for a in ACTIONS
    ]
    columns = [f"{_date(day):%d.%m.}" for day, _ in found.days]
    return charts.stacked(columns, series, say("overview.chart", count=len(columns)))


def _share(counts: Mapping[str, int], action: Action, total: int) -> str:
    return "–" if not total else f"{counts.get(action, 0) / total:.1%}"


def _date(day: int) -> date:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day)).date()


def _day(day: int) -> str:
    return _date(day).isoformat()
