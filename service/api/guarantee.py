"""How the error targets are kept: `/v1/metrics/guarantee`, and what other targets would do."""

from typing import Annotated, Any, Literal

from flask import Response, g, request
from flask_openapi.blueprint import APIBlueprint
from flask_openapi.models.tag import Tag
from pydantic import Field

from models.errors import NotFound
from models.guarantee.lanes import Lane, Metric
from models.vocabulary import Role, Scope
from service.api import preview_view, shapes, views
from service.auth import Authenticator
from service.guarantee import Forecast, Guarantees, LaneReport, Report, Targets, as_values
from service.problems import PROBLEMS, FieldError, ProblemBody, invalid
from service.seeds import OfReviewer, SeedFigures, Seeds
from store.ids import rfc3339
from store.records.reviewers import Reviewer

GUARANTEE = Tag(name="Guarantee", description="How wrong the machine may be, and how wrong it is.")
Target = Annotated[float, Field(gt=0, le=0.2)]


class TargetsIn(shapes.Shape):
    """What to ask for, as fractions; what is left out stays. `approve`: highest share of spam among what is approved by
    machine (FOR). `reject`: by `reject_metric` the highest share of genuine comments that are rejected by machine
    (FPR), or of genuine ones among the rejected (FDR). `confidence`: of both lanes together. `approve_ceiling`: what
    has an upper end above it is never approved by machine, whatever is proven; 1 for none."""

    approve: Target | None = None
    reject: Target | None = None
    reject_metric: Literal["FPR", "FDR"] | None = None
    confidence: Annotated[float, Field(ge=0.5, lt=1)] | None = None
    start: Literal["provisional", "closed"] | None = None
    approve_ceiling: Annotated[float, Field(gt=0, le=1)] | None = None


class TargetsView(preview_view.View):
    """What the site asks for, as fractions; each says which rate it is."""

    approve: float
    approve_metric: Literal["FOR"]
    reject: float
    reject_metric: Literal["FPR", "FDR"]
    confidence: float
    start: Literal["provisional", "closed"]
    approve_ceiling: float


class CertificateView(preview_view.View):
    """What proves that a lane's error is below its target. `target`: what the evidence was held against, of `metric`.
    `log_evidence`, `limit`: natural logarithms."""

    id: str
    model: str | None
    metric: Literal["FOR", "FPR", "FDR"]
    target: float
    since: str
    n: int
    errors: int
    log_evidence: float
    limit: float
    expires: str


class LiveView(preview_view.View):
    """What the audits say since the lane began to act. `rate`, `low`, `high`, `target` are shares of the lane's own
    decisions: of spam in what was approved (FOR), of genuine comments in what was rejected (FDR), also where the target
    of the lane is an FPR. `low`, `high`: an interval that holds at every moment. `target`: what is allowed now."""

    metric: Literal["FOR", "FDR"]
    target: float
    n_audited: int
    errors: int
    rate: float | None
    low: float
    high: float
    pending_audits: int
    detector: float
    detector_limit: float


class ChangeView(preview_view.View):
    """A change of the lane. `n`, `errors`: of the evidence, which was held against `target`, a rate of kind `metric`;
    null and 0 where there was none."""

    at: str
    kind: str
    previous_state: str
    state: str
    reason: str
    metric: Literal["FOR", "FPR", "FDR"] | None
    target: float
    n: int
    errors: int
    log_evidence: float
    limit: float


class LaneView(preview_view.View):
    """A lane. `proven` false: nothing is promised yet. `q`: share of its decisions that people check. `labels_to_open`:
    clean labels still needed; `days_to_open`: at the site's volume, without another error; `offered_target`: one of the
    same `metric` that the site can prove in 60 days, where its own cannot be."""

    lane: Literal["approve", "reject"]
    state: Literal["CLOSED", "PROVISIONAL", "OPEN", "NARROWED"]
    proven: bool
    metric: Literal["FOR", "FPR", "FDR"]
    target: float
    confidence: float
    threshold: float | None
    coverage: float | None
    certificate: CertificateView | None
    live: LiveView
    q: float
    labels_seen: int | None
    labels_to_open: int | None
    days_to_open: float | None
    offered_target: float | None
    reason: str
    history: list[ChangeView]


class EstimateView(preview_view.View):
    """An estimate over all comments, each label weighted by one over its chance, with its 95 % interval."""

    value: float
    low: float
    high: float
    n: int


class ReviewerSeedsView(preview_view.View):
    """How much known spam one reviewer met and missed."""

    reviewer: str
    decided: int
    missed: int


class SeedsView(preview_view.View):
    """Known spam among the audits. `rate`: seeds for one blind item, 0 where the site wants none. `missed` of `decided`
    were taken for genuine; `low`, `high`: interval of that share, valid at every moment. `applied`: the share missed by
    which the approve target (FOR) is tightened. `by_reviewer`: null but for leads."""

    rate: float
    given: int
    decided: int
    missed: int
    low: float
    high: float
    applied: float
    by_reviewer: list[ReviewerSeedsView] | None


class GuaranteeView(preview_view.View):
    """How the error targets of a site are kept."""

    site_id: str
    targets: TargetsView
    comments_per_day: float | None
    review_share: float | None
    spam_share: EstimateView | None
    seeds: SeedsView
    lanes: list[LaneView]


class ForecastLane(preview_view.View):
    """What the targets would do to a lane. `offered_target`: of kind `metric`; the site can prove it in time."""

    lane: Literal["approve", "reject"]
    metric: Literal["FOR", "FPR", "FDR"]
    opens_at_once: bool
    days_to_open: float | None
    offered_target: float | None


class ForecastView(preview_view.View):
    """What the targets would do. The shares are of the last comments; null where fewer than 200 were scored."""

    targets: TargetsView
    review_share_now: float | None
    review_share_then: float | None
    lanes: list[ForecastLane]


class GuaranteeQuery(shapes.Query):
    """Which site; a reviewer names it, a site's key stands for its own."""

    site: shapes.Id | None = None


class SitePath(shapes.CommentPath):
    """Which site."""


def blueprint(guarantees: Guarantees, seeds: Seeds, authenticator: Authenticator) -> APIBlueprint:
    """The routes of the guarantee."""
    routes = APIBlueprint(
        "guarantee",
        __name__,
        url_prefix="/v1",
        abp_tags=[GUARANTEE],
        abp_responses=PROBLEMS,
    )

    @routes.get(
        "/metrics/guarantee",
        summary="See how the error targets are kept",
        responses={200: GuaranteeView, 401: ProblemBody, 403: ProblemBody, 404: ProblemBody},
        security=[{"siteKey": []}, {"reviewerToken": []}],
    )
    def read(query: GuaranteeQuery) -> Response:
        site_id, reviewer = _site(authenticator, query.site)
        is_lead = reviewer is not None and reviewer.may(Role.LEAD, site_id)
        people = seeds.by_reviewer(reviewer, site_id) if reviewer is not None and is_lead else None
        return views.answer(_report_view(guarantees.report(site_id), seeds.figures(site_id), people))

    @routes.post(
        "/sites/<string:id>/targets:preview",
        summary="See what other error targets would do",
        responses={200: ForecastView, 401: ProblemBody, 403: ProblemBody, 404: ProblemBody},
        security=[{"siteKey": []}],
    )
    def preview(path: SitePath, body: TargetsIn) -> Response:
        g.site = authenticator.site(request, Scope.CONFIGURE)
        if path.id != g.site.id:
            raise NotFound("There is no such site here; check the id and the key.")
        return views.answer(_forecast_view(guarantees.preview(path.id, merged(guarantees.targets(path.id), body))))

    return routes


def merged(now: Targets, wanted: TargetsIn) -> Targets:
    """The targets with what is asked for."""
    return Targets(
        now.approve if wanted.approve is None else wanted.approve,
        now.reject if wanted.reject is None else wanted.reject,
        now.reject_metric if wanted.reject_metric is None else Metric(wanted.reject_metric),
        now.confidence if wanted.confidence is None else wanted.confidence,
        wanted.start or now.start,
        now.approve_ceiling if wanted.approve_ceiling is None else wanted.approve_ceiling,
    )


def targets_view(targets: Targets) -> dict[str, Any]:
    """Targets as clients get them."""
    return {
        "approve": targets.approve,
        "approve_metric": "FOR",
        "reject": targets.reject,
        "reject_metric": targets.reject_metric.value,
        "confidence": targets.confidence,
        "start": targets.start,
        "approve_ceiling": targets.approve_ceiling,
    }


def _site(authenticator: Authenticator, named: str | None) -> tuple[str, Reviewer | None]:
    """The site that is asked about: the key's own, or what the reviewer names and sees; and who that is."""
    if request.headers.get("Authorization", "").startswith("Bearer gps_"):
        own = authenticator.site(request).id
        if named not in (None, own):
            raise NotFound("There is no such site here; check the id and the key.")
        return own, None
    reviewer = authenticator.reviewer(request)
    if named is None:
        raise invalid([FieldError(pointer="/site", code="missing", detail="name the site")])
    if not reviewer.sees(named):
        raise NotFound("There is no such site among yours.")
    return named, reviewer


def _report_view(report: Report, seeds: SeedFigures, people: list[OfReviewer] | None) -> dict[str, Any]:
    return {
        "site_id": report.site_id,
        "targets": targets_view(report.targets),
        "comments_per_day": report.per_day,
        "review_share": report.review_share,
        "spam_share": as_values(report.spam_share),
        "seeds": _seeds_view(seeds, people),
        "lanes": [_lane_view(lane, report.model) for lane in report.lanes],
    }


def _seeds_view(seeds: SeedFigures, people: list[OfReviewer] | None) -> dict[str, Any]:
    figures = {name: getattr(seeds, name) for name in ("rate", "given", "decided", "missed", "low", "high", "applied")}
    each = None if people is None else [{"reviewer": p.name, "decided": p.decided, "missed": p.missed} for p in people]
    return {**figures, "by_reviewer": each}


def _lane_view(lane: LaneReport, model: str | None) -> dict[str, Any]:
    shown, certificate = lane.view, lane.view.certificate
    return {
        "lane": shown.lane.value,
        "state": shown.state.value,
        "proven": certificate is not None,
        "metric": shown.metric.value,
        "target": shown.target,
        "confidence": shown.confidence,
        "threshold": shown.threshold,
        "coverage": shown.coverage,
        "certificate": None
        if certificate is None
        else {
            "id": certificate.id,
            "model": model,
            "metric": shown.metric.value,
            "target": certificate.target,
            "since": rfc3339(certificate.since),
            "n": certificate.n,
            "errors": certificate.errors,
            "log_evidence": certificate.log_evidence,
            "limit": certificate.limit,
            "expires": rfc3339(certificate.expires),
        },
        "live": {
            "metric": "FOR" if shown.lane is Lane.APPROVE else "FDR",
            "target": shown.live.target,
            "n_audited": shown.live.n_audited,
            "errors": shown.live.errors,
            "rate": shown.live.rate,
            "low": shown.live.low,
            "high": shown.live.high,
            "pending_audits": shown.live.pending_audits,
            "detector": shown.live.detector,
            "detector_limit": shown.live.detector_limit,
        },
        "q": shown.q,
        "labels_seen": shown.labels_seen,
        "labels_to_open": shown.labels_to_open,
        "days_to_open": lane.days_to_open,
        "offered_target": lane.offered,
        "reason": shown.reason,
        "history": [
            {
                "at": rfc3339(one.at),
                "kind": one.kind,
                "previous_state": one.previous_state,
                "state": one.state,
                "metric": one.evidence.get("metric"),
                **{name: one.evidence[name] for name in ("reason", "target", "n", "errors", "log_evidence", "limit")},
            }
            for one in lane.history
        ],
    }


def _forecast_view(forecast: Forecast) -> dict[str, Any]:
    return {
        "targets": targets_view(forecast.targets),
        "review_share_now": forecast.review_share_now,
        "review_share_then": forecast.review_share_then,
        "lanes": [
            {
                "lane": lane.value,
                "metric": "FOR" if lane is Lane.APPROVE else forecast.targets.reject_metric.value,
                "opens_at_once": lane in forecast.opens,
                "days_to_open": forecast.days_to_open[lane],
                "offered_target": forecast.offered[lane],
            }
            for lane in forecast.days_to_open
        ],
    }
