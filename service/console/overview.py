"""The overview: what came, what became of it, what waits, and who keeps up."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from models.errors import Refused
from models.vocabulary import Action, Role
from service.console import charts, shown
from service.console.decided import site_names
from service.console.texts import say
from service.overview import MAX_TARGET_HOURS, Overview, Overviews
from store.stores import Stores

ACTIONS = (Action.APPROVE, Action.REVIEW, Action.REJECT, Action.DISCARD)


def add_routes(routes: Blueprint, stores: Stores) -> None:
    """`/console/overview`."""
    overviews = Overviews(stores)

    @routes.get("/overview")
    def overview() -> str:
        site_id, names = request.args.get("site") or None, site_names(stores)
        found = overviews.of(g.reviewer, site_id)
        of_site = site_id or (next(iter(names)) if len(names) == 1 else None)
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
            of_site=of_site if of_site is not None and g.reviewer.may(Role.LEAD, of_site) else None,
            own_target=None if of_site is None else overviews.own_target(g.reviewer, of_site),
            default_target=stores.settings.review_target_hours,
            max_target=MAX_TARGET_HOURS,
            agreement=None if not found.agreed.judged else shown.share(found.agreed.same / found.agreed.judged, 0),
            models=[(names.get(key) if key else None, model) for key, model in found.models.items()],
        )

    @routes.post("/overview")
    def set_target() -> Response:
        site_id, hours = request.form.get("site", ""), request.form.get("hours", "").strip()
        if hours and not (hours.isascii() and hours.isdigit() and len(hours) <= 5):
            raise Refused(say("overview.target.wrong", most=MAX_TARGET_HOURS))
        overviews.set_target(g.reviewer, site_id, int(hours) if hours else None)
        flash(say("overview.target.done"))
        return redirect(url_for("console.overview", site=site_id), 303)


def _chart(found: Overview) -> object:
    series = [
        charts.Series(say(f"decided.{a}"), a.value, tuple(counts.get(a, 0) for _, counts in found.days))
        for a in ACTIONS
    ]
    columns = [f"{_date(day):%m-%d}" for day, _ in found.days]
    return charts.stacked(columns, series, say("overview.chart", count=len(columns)))


def _share(counts: Mapping[str, int], action: Action, total: int) -> str:
    return "–" if not total else shown.share(counts.get(action, 0) / total)


def _date(day: int) -> date:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day)).date()


def _day(day: int) -> str:
    return _date(day).isoformat()
