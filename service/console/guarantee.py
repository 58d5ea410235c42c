"""The page of the error targets: one plain sentence a lane, what proves it, and what other targets would do."""

from dataclasses import dataclass, replace

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from markupsafe import Markup, escape
from werkzeug.wrappers import Response

from models.errors import NotFound, Refused
from models.guarantee.lanes import Lane
from models.guarantee.state import Status
from models.vocabulary import Role
from service.auth import require_role_at
from service.console import charts
from service.console.decided import site_names
from service.console.texts import say
from service.guarantee import Forecast, Guarantees, LaneReport, Point, Report, Targets
from service.policies import Policies
from store.ids import rfc3339
from store.stores import Stores


@dataclass(frozen=True, slots=True)
class ShownLane:
    """A lane as the page lays it out."""

    name: str
    state: str
    style: str
    sentence: str
    target: str
    small: str | None
    reason: str
    figures: list[tuple[str, str]]
    chart: Markup | None
    points: list[tuple[int, str, str, str]]
    changes: list[tuple[str, str, str, str]]


def add_routes(routes: Blueprint, stores: Stores, policies: Policies) -> None:
    """`/console/guarantee`."""
    guarantees = Guarantees(stores)

    @routes.get("/guarantee")
    def guarantee() -> str:
        names = site_names(stores)
        site_id = _site(names)
        if site_id is None:
            return render_template("guarantee.html", names=names, site_id=None, lanes=[], report=None, forecast=None)
        report = guarantees.report(site_id)
        asked = "approve" in request.args or "reject" in request.args
        wanted = _wanted(report.targets, request.args.get("approve"), request.args.get("reject"))
        return render_template(
            "guarantee.html",
            names=names,
            site_id=site_id,
            report=report,
            lanes=[_shown(lane, report, guarantees.course(site_id, lane.view.lane)) for lane in report.lanes],
            share=None if report.review_share is None else f"{report.review_share:.0%}",
            spam=report.spam_share,
            wanted=wanted,
            percent=_percent,
            plain=_plain,
            forecast=_forecast(guarantees.preview(site_id, wanted)) if asked else None,
            may_change=g.reviewer.may(Role.ADMIN, site_id),
        )

    @routes.post("/guarantee")
    def lay_down() -> Response:
        site_id = _site(site_names(stores))
        if site_id is None:
            raise NotFound(say("error.404"))
        require_role_at(g.reviewer, Role.ADMIN, site_id)
        wanted = _wanted(guarantees.targets(site_id), request.form.get("approve"), request.form.get("reject"))
        policy = policies.get(site_id)
        policies.change(
            site_id,
            policy.version,
            mode=policy.mode,
            first_comments=policy.first_comments,
            trust_after=policy.trust_after,
            author_per_hour=policy.author_per_hour,
            targets=wanted,
        )
        flash(say("guarantee.saved"))
        return redirect(url_for("console.guarantee", site=site_id), 303)


def _site(names: dict[str, str]) -> str | None:
    """The site that is asked for, or the first; None where the reviewer sees none."""
    named = request.args.get("site") or request.form.get("site") or next(iter(names), None)
    if named is not None and named not in names:
        raise NotFound(say("error.404"))
    return named


def _wanted(now: Targets, approve: str | None, reject: str | None) -> Targets:
    return replace(now, approve=_fraction(approve, now.approve), reject=_fraction(reject, now.reject))


def _fraction(text: str | None, otherwise: float) -> float:
    if text is None or not text.strip():
        return otherwise
    try:
        fraction = float(text.strip().replace(",", ".").rstrip("%")) / 100.0
    except ValueError as error:
        raise Refused(say("guarantee.wrong")) from error
    if not 0.0 < fraction <= 0.2:
        raise Refused(say("guarantee.wrong"))
    return round(fraction, 6)


def _shown(lane: LaneReport, report: Report, course: list[Point]) -> ShownLane:
    shown = lane.view
    key = f"guarantee.target.{shown.lane.value}" + ("" if shown.lane is Lane.APPROVE else f".{shown.metric.value}")
    figures = [
        (say("guarantee.audits"), f"{shown.live.errors:,} / {shown.live.n_audited:,}"),
        (say("guarantee.pending"), f"{shown.live.pending_audits:,}"),
        (say("guarantee.q"), _percent(shown.q)),
    ]
    if shown.certificate is not None:
        figures.insert(2, (say("guarantee.coverage"), _percent(shown.certificate.coverage)))
        figures.insert(3, (say("guarantee.expires"), rfc3339(shown.certificate.expires)[:10]))
    small = None
    if lane.offered is not None:
        small = say("guarantee.small", target=_percent(shown.target), offered=_percent(lane.offered))
    return ShownLane(
        say(f"guarantee.lane.{shown.lane.value}"),
        say(f"guarantee.state.{shown.state.value}"),
        {Status.OPEN: "approve", Status.NARROWED: "approve", Status.PROVISIONAL: "review"}.get(shown.state, "reject"),
        _sentence(lane, report),
        say(key, target=_percent(shown.target)),
        small,
        shown.reason,
        figures,
        _chart(course, shown.live.target) if len(course) > 1 else None,
        [(one.n, _percent(one.errors / one.n), _percent(one.low), _percent(one.high)) for one in course],
        [
            (rfc3339(c.at)[:16].replace("T", " "), c.state, str(c.evidence["reason"]), _of(c.evidence))
            for c in lane.history
        ],
    )


def _sentence(lane: LaneReport, report: Report) -> str:
    """One plain sentence."""
    shown = lane.view
    live, certificate = shown.live, shown.certificate
    if certificate is not None and live.n_audited:
        key = "guarantee.kept" if live.high <= shown.target else "guarantee.kept.wide"
        return say(
            key if shown.lane is Lane.APPROVE else "guarantee.kept.reject",
            errors=f"{live.errors:,}",
            n=f"{live.n_audited:,}",
            rate=_percent(live.errors / live.n_audited),
            sure=_percent(report.targets.confidence),
            high=_percent(live.high),
            target=_percent(shown.target),
        )
    if certificate is not None:
        n, errors = f"{certificate.n:,}", f"{certificate.errors:,}"
        return say("guarantee.open.fresh", n=n, errors=errors, target=_percent(shown.target))
    if shown.labels_to_open is None or shown.labels_seen is None:
        return say("guarantee.waiting")
    days = "" if lane.days_to_open is None else say("guarantee.days", days=f"{max(1.0, lane.days_to_open):,.0f}")
    key = "guarantee.closed" if shown.state is Status.CLOSED else "guarantee.provisional"
    needed = shown.labels_seen + shown.labels_to_open
    return say(key, seen=f"{shown.labels_seen:,}", needed=f"{needed:,}", days=days)


def _forecast(forecast: Forecast) -> list[str]:
    """What the targets would do, in sentences."""
    lines = [say("guarantee.forecast.unknown")]
    if forecast.review_share_then is not None and forecast.review_share_now is not None:
        then, now = f"{forecast.review_share_then:.0%}", f"{forecast.review_share_now:.0%}"
        lines = [say("guarantee.forecast.share", then=then, now=now)]
    for lane, days in forecast.days_to_open.items():
        name = say(f"guarantee.lane.{lane.value}")
        if lane in forecast.opens:
            lines.append(say("guarantee.forecast.at_once", lane=name))
        elif days is None:
            lines.append(say("guarantee.forecast.never", lane=name))
        else:
            lines.append(say("guarantee.forecast.days", lane=name, days=f"{max(1.0, days):,.0f}"))
        offered = forecast.offered[lane]
        if offered is not None:
            asked = forecast.targets.approve if lane is Lane.APPROVE else forecast.targets.reject
            lines.append(say("guarantee.small", target=_percent(asked), offered=_percent(offered)))
    return lines


def _chart(course: list[Point], target: float) -> Markup:
    """The rate over the audits with its interval as a band, and the target as a line."""
    top = max(target * 2, min(1.0, min(one.high for one in course) * 3, max(one.high for one in course)))
    width, height, last = charts.WIDTH, charts.HEIGHT, max(one.n for one in course)

    def at(n: int, rate: float) -> str:
        return f"{n / last * width:.1f},{height - min(1.0, rate / top) * (height - 10):.1f}"

    band = [at(one.n, one.high) for one in course] + [at(one.n, one.low) for one in reversed(course)]
    rate = [at(one.n, one.errors / one.n) for one in course]
    line = height - target / top * (height - 10)
    return Markup(  # noqa: S704  Numbers, and one text that is escaped.
        f'<svg class="chart" viewBox="0 0 {width} {height}" role="img" aria-label="{escape(say("guarantee.chart"))}">'
        f'<polygon class="band" points="{" ".join(band)}"/><polyline class="rate" points="{" ".join(rate)}"/>'
        f'<line class="target" x1="0" x2="{width}" y1="{line:.1f}" y2="{line:.1f}"/></svg>'
    )


def _of(evidence: dict[str, object]) -> str:
    n, errors = evidence.get("n"), evidence.get("errors")
    return say("guarantee.evidence.of", errors=f"{errors:,}", n=f"{n:,}") if n else "–"


def _percent(fraction: float) -> str:
    percent = fraction * 100
    digits = 0 if percent >= 10 else 1 if percent >= 1 else 2
    return f"{percent:.{digits}f}".rstrip("0").rstrip(".") + " %" if digits else f"{percent:.0f} %"


def _plain(fraction: float) -> str:
    """A percentage for a field."""
    return f"{fraction * 100:g}"
