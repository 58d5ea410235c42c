"""The page of the error targets: one plain sentence a lane, what proves it, and what other targets would do."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from models.errors import NotFound, Refused
from models.guarantee.lanes import Lane
from models.guarantee.plan import Start
from models.guarantee.state import Status
from models.vocabulary import Role
from service.auth import require_role_at
from service.console import lane_chart, seeds
from service.console.decided import site_names
from service.console.shown import number, rate, share
from service.console.texts import TEXTS, say
from service.guarantee import Forecast, Guarantees, LaneReport, Point, Report, Targets
from service.policies import Policies
from service.seeds import Seeds
from store.ids import rfc3339
from store.stores import Stores

# Above a half, what is published may as well be spam as not, as far as the model can tell.
CEILINGS = (0.2, 0.5, 1.0)
STARTS: tuple[Start, ...] = ("provisional", "closed")
_HARDLY_KNOWN = 0.5
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


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
    rate_of: str
    chart: Markup | None
    points: list[tuple[str, str, str, str, str]]
    changes: list[tuple[str, str, str, str]]


def add_routes(routes: Blueprint, stores: Stores, policies: Policies) -> None:
    """`/console/guarantee`."""
    guarantees, known_spam = Guarantees(stores), Seeds(stores)
    seeds.add_routes(routes, stores)

    @routes.get("/guarantee")
    def guarantee() -> str:
        names = site_names(stores)
        site_id = _site(names)
        if site_id is None:
            return render_template("guarantee.html", names=names, site_id=None, lanes=[], report=None, forecast=None)
        report = guarantees.report(site_id)
        asked = "approve" in request.args or "reject" in request.args
        wanted = _wanted(report.targets, request.args)
        return render_template(
            "guarantee.html",
            names=names,
            site_id=site_id,
            report=report,
            lanes=[_shown(lane, report, guarantees.course(site_id, lane.view.lane)) for lane in report.lanes],
            share=None if report.review_share is None else share(report.review_share, 0),
            spam=report.spam_share,
            wanted=wanted,
            percent=rate,
            plain=_plain,
            starts=[(one, say(f"guarantee.start.{one}"), one == wanted.start) for one in STARTS],
            ceilings=_ceilings(wanted.approve_ceiling),
            forecast=_forecast(guarantees.preview(site_id, wanted)) if asked else None,
            seeds=seeds.shown(known_spam, g.reviewer, site_id, percent=rate),
            may_change=g.reviewer.may(Role.ADMIN, site_id),
        )

    @routes.post("/guarantee")
    def lay_down() -> Response:
        site_id = _site(site_names(stores))
        if site_id is None:
            raise NotFound(say("error.404"))
        require_role_at(g.reviewer, Role.ADMIN, site_id)
        wanted = _wanted(guarantees.targets(site_id), request.form)
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


def _wanted(now: Targets, given: Mapping[str, str]) -> Targets:
    return replace(
        now,
        approve=_fraction(given.get("approve"), now.approve),
        reject=_fraction(given.get("reject"), now.reject),
        approve_ceiling=_ceiling(given.get("ceiling"), now.approve_ceiling),
        start=_start(given.get("start"), now.start),
    )


def _start(text: str | None, otherwise: Start) -> Start:
    found = next((one for one in STARTS if one == text), otherwise)
    if text not in (None, *STARTS):
        raise Refused(say("guarantee.wrong"))
    return found


def _ceilings(chosen: float) -> list[tuple[str, str, bool]]:
    """What may be chosen: value, words, and whether it is."""
    words = {1.0: say("guarantee.ceiling.none")}
    return [(f"{one:g}", words.get(one, rate(one)), one == chosen) for one in sorted({*CEILINGS, chosen})]


def _ceiling(text: str | None, otherwise: float) -> float:
    if text is None:
        return otherwise
    if text not in {f"{one:g}" for one in (*CEILINGS, otherwise)}:
        raise Refused(say("guarantee.wrong"))
    return float(text)


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
        (
            say("guarantee.audits"),
            say("guarantee.of", errors=number(shown.live.errors), n=number(shown.live.n_audited)),
        ),
        (say("guarantee.pending"), number(shown.live.pending_audits)),
        (say("guarantee.q"), rate(shown.q)),
    ]
    if shown.certificate is not None:
        figures.insert(2, (say("guarantee.coverage"), rate(shown.certificate.coverage)))
        figures.insert(3, (say("guarantee.expires"), rfc3339(shown.certificate.expires)[:10]))
    small = None
    if lane.offered is not None:
        small = say("guarantee.small", target=rate(shown.target), offered=rate(lane.offered))
    elif shown.lane is Lane.APPROVE and shown.certificate is not None and shown.certificate.threshold > _HARDLY_KNOWN:
        small = say("guarantee.ceiling.reaches", high=rate(shown.certificate.threshold))
    return ShownLane(
        say(f"guarantee.lane.{shown.lane.value}"),
        say(f"guarantee.state.{shown.state.value}"),
        {Status.OPEN: "approve", Status.NARROWED: "approve", Status.PROVISIONAL: "review"}.get(shown.state, "reject"),
        _sentence(lane, report),
        say(key, target=rate(shown.target)),
        small,
        why(shown.reason),
        figures,
        _rate_of(shown.lane),
        lane_chart.chart(course, shown.live.target, rate, rate_of=_rate_of(shown.lane)) if course else None,
        [
            (
                lane_chart.date_of(one.day),
                _of({"n": one.n, "errors": one.errors}),
                rate(one.errors / one.n),
                rate(one.low),
                rate(one.high),
            )
            for one in course
        ],
        [
            (
                rfc3339(c.at)[:16].replace("T", " "),
                say(f"guarantee.state.{c.state}"),
                why(str(c.evidence["reason"])),
                _of(c.evidence),
            )
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
            errors=number(live.errors),
            n=number(live.n_audited),
            rate=rate(live.errors / live.n_audited),
            sure=rate(report.targets.confidence),
            high=rate(live.high),
            target=rate(shown.target),
        )
    if certificate is not None:
        n, errors = number(certificate.n), number(certificate.errors)
        return say("guarantee.open.fresh", n=n, errors=errors, target=rate(shown.target))
    if shown.labels_to_open is None or shown.labels_seen is None:
        return say("guarantee.waiting")
    days = "" if lane.days_to_open is None else say("guarantee.days", days=number(max(1.0, lane.days_to_open)))
    key = "guarantee.closed" if shown.state is Status.CLOSED else "guarantee.provisional"
    needed = shown.labels_seen + shown.labels_to_open
    return say(key, seen=number(shown.labels_seen), needed=number(needed), days=days)


def _forecast(forecast: Forecast) -> list[str]:
    """What the targets would do, in sentences."""
    lines = [say("guarantee.forecast.unknown")]
    if forecast.review_share_then is not None and forecast.review_share_now is not None:
        then, now = share(forecast.review_share_then, 0), share(forecast.review_share_now, 0)
        lines = [say("guarantee.forecast.share", then=then, now=now)]
    for lane, days in forecast.days_to_open.items():
        name = say(f"guarantee.lane.{lane.value}")
        if lane in forecast.opens:
            lines.append(say("guarantee.forecast.at_once", lane=name))
        elif days is None:
            lines.append(say("guarantee.forecast.never", lane=name))
        else:
            lines.append(say("guarantee.forecast.days", lane=name, days=number(max(1.0, days))))
        offered = forecast.offered[lane]
        if offered is not None:
            asked = forecast.targets.approve if lane is Lane.APPROVE else forecast.targets.reject
            lines.append(say("guarantee.small", target=rate(asked), offered=rate(offered)))
    return lines


def why(reason: str) -> str:
    """The ledger's reason in the reader's language; a reason of another version of Gatepost as it is."""
    key = "lane.why." + "_".join(_NUMBER.sub("n", reason).replace(",", "").split())
    if key not in TEXTS:
        return reason
    return say(key).format(*_NUMBER.findall(reason))


def _rate_of(lane: Lane) -> str:
    """Which rate the audits of a lane tell of: the lane's own, also where its target is about all genuine comments."""
    return say(f"guarantee.rate.{lane.value}")


def _of(evidence: Mapping[str, Any]) -> str:
    n, errors = evidence.get("n"), evidence.get("errors")
    return say("guarantee.evidence.of", errors=number(errors or 0), n=number(n)) if n else "–"


def _plain(fraction: float) -> str:
    """A percentage for a field."""
    return f"{fraction * 100:g}".replace(".", say("decimal.point"))
