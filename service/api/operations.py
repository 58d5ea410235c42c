"""For operators and their machines: `/healthz`, `/readyz`, `/metrics`."""

import hmac
import ipaddress
import time
from functools import lru_cache
from typing import Any, Literal

from flask import Flask, Response, g, request
from flask_openapi.blueprint import APIBlueprint
from flask_openapi.models.tag import Tag
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from pydantic import BaseModel

from models.errors import DatabaseUnavailable
from service.api import views
from service.problems import Problem
from store.ids import now_us
from store.live import queues, review_queue
from store.live.connection import ERRORS
from store.records import comments, deliveries, model_versions, review_items
from store.stores import Stores

OPERATIONS = Tag(name="Operations", description="Health, readiness and metrics.")
STATES = ("received", "scoring", "approved", "review", "rejected", "discarded", "escalated")


class Health(BaseModel):
    """The process answers."""

    status: Literal["ok"]


class Readiness(BaseModel):
    """`ok`, or `degraded` where comments are taken but wait for a part that is missing."""

    status: Literal["ok", "degraded", "unavailable"]
    database: Literal["ok", "unavailable"]
    redis: Literal["ok", "unavailable"]
    worker: Literal["ok", "missing"]
    model: str | None


class StateCollector:
    """Gauges that are read from the stores when somebody asks for them."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    def collect(self) -> list[GaugeMetricFamily]:
        """What Prometheus gets of the stores just now."""
        revisions = GaugeMetricFamily("gatepost_revisions", "Revisions by state.", labels=["state"])
        waiting = GaugeMetricFamily("gatepost_review_waiting", "Comments that wait for a person.")
        oldest = GaugeMetricFamily("gatepost_review_oldest_seconds", "How long the oldest of them waits.")
        waiting_out = GaugeMetricFamily(
            "gatepost_deliveries_waiting", "Deliveries to webhooks that are still to be made."
        )
        dead = GaugeMetricFamily("gatepost_deliveries_dead", "Deliveries that were given up in the last 30 days.")
        due = GaugeMetricFamily("gatepost_due_oldest_seconds", "How long the oldest unscored comment waits.")
        with self._stores.database.read() as connection:
            states = comments.count_by_state(connection)
            counts = review_items.counts(connection, None)
            received = comments.oldest_due(connection)
            n_waiting, n_dead = deliveries.counts(connection)
        now = now_us()
        for state in STATES:
            revisions.add_metric([state], states.get(state, 0))
        waiting.add_metric([], counts.waiting)
        oldest.add_metric([], _seconds_since(counts.oldest_waiting_since, now))
        due.add_metric([], _seconds_since(received, now))
        waiting_out.add_metric([], n_waiting)
        dead.add_metric([], n_dead)
        return [revisions, waiting, oldest, due, waiting_out, dead, *self._live()]

    def _live(self) -> list[GaugeMetricFamily]:
        up = GaugeMetricFamily("gatepost_redis_up", "1 while Redis answers.")
        workers = GaugeMetricFamily("gatepost_workers", "Scoring workers that live.")
        refused = GaugeMetricFamily("gatepost_models_refused", "Models in force that workers refuse to load.")
        queued = GaugeMetricFamily("gatepost_review_queued", "Items in the review queue of Redis.")
        try:
            workers.add_metric([], len(queues.alive(self._stores.redis)))
            refused.add_metric([], queues.count_refused(self._stores.redis))
            queued.add_metric([], review_queue.size(self._stores.redis) or 0)
            up.add_metric([], 1)
        except ERRORS:
            up.add_metric([], 0)
        return [up, workers, refused, queued]


def blueprint(stores: Stores) -> APIBlueprint:
    """The routes of operators."""
    routes = APIBlueprint("operations", __name__, abp_tags=[OPERATIONS])

    @routes.get("/healthz", summary="Does the process answer?", responses={200: Health})
    def healthz() -> Response:
        return views.answer({"status": "ok"})

    @routes.get("/readyz", summary="Can it take comments?", responses={200: Readiness, 503: Readiness})
    def readyz() -> Response:
        state = readiness(stores)
        return views.answer(state, 503 if state["database"] != "ok" else 200)

    return routes


def readiness(stores: Stores) -> dict[str, Any]:
    """The state of each part that the API needs."""
    database = stores.database.ping()
    redis_up, alive, n_refused = True, [], 0
    try:
        alive, n_refused = queues.alive(stores.redis), queues.count_refused(stores.redis)
    except ERRORS:
        redis_up = False
    model = None
    if database:
        try:
            with stores.database.read() as connection:
                active = model_versions.active(connection)
                # Where workers live and none could load it, nothing is decided by it.
                model = active.id if active and (any(alive) or not alive) else None
        except DatabaseUnavailable:
            database = False
    fine = redis_up and bool(alive) and all(alive) and not n_refused
    return {
        "status": "unavailable" if not database else "ok" if fine else "degraded",
        "database": "ok" if database else "unavailable",
        "redis": "ok" if redis_up else "unavailable",
        "worker": "ok" if alive else "missing",
        "model": model,
    }


def measure(app: Flask, stores: Stores) -> None:
    """Count the requests of this process and serve them with the stores' gauges at `/metrics`."""
    registry = CollectorRegistry()
    registry.register(StateCollector(stores))
    requests = Counter(
        "gatepost_requests", "Requests of this process.", ["method", "route", "status"], registry=registry
    )
    seconds = Histogram("gatepost_request_seconds", "How long they took.", ["route"], registry=registry)

    @lru_cache(maxsize=1024)
    def of(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
        return requests.labels(method, route, status), seconds.labels(route)

    @app.before_request
    def begin() -> None:
        g.began = time.perf_counter()

    @app.after_request
    def end(response: Response) -> Response:
        route = request.url_rule.rule if request.url_rule else "none"
        counter, histogram = of(request.method if request.url_rule else "ANY", route, response.status_code)
        counter.inc()
        if "began" in g:
            histogram.observe(time.perf_counter() - g.began)
        return response

    def metrics() -> Response:
        _require_reader(stores.settings.metrics_token)
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

    app.add_url_rule("/metrics", view_func=metrics)


def _require_reader(token: str) -> None:
    if token:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(given.encode("utf-8", "replace"), token.encode()):
            raise Problem(401, "unauthorized", "Send GATEPOST_METRICS_TOKEN as `Authorization: Bearer TOKEN`.")
    elif not _is_loopback(request.remote_addr) or _is_forwarded():
        raise Problem(403, "forbidden", "Metrics answer the loopback only; set GATEPOST_METRICS_TOKEN to open them.")


def _is_forwarded() -> bool:
    """Whether a proxy speaks for somebody else: behind one on this machine everybody looks like the loopback."""
    return any(name in request.headers for name in ("Forwarded", "X-Forwarded-For", "X-Real-IP"))


def _is_loopback(address: str | None) -> bool:
    try:
        return ipaddress.ip_address(address or "").is_loopback
    except ValueError:
        return False


def _seconds_since(instant: int | None, now: int) -> float:
    return 0.0 if instant is None else max(0.0, (now - instant) / 1e6)
