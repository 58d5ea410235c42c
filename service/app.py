"""Builds the API process: every route, on stores that are opened once."""

from pathlib import Path
from typing import Any

import structlog
from flask import Flask, Request, Response, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask_openapi.models.info import Info
from flask_openapi.models.security_scheme import SecurityScheme
from flask_openapi.openapi import OpenAPI
from pydantic import ValidationError

from service import problems
from service.adapters import coral, cusdis
from service.akismet import wire as akismet
from service.api import (
    checks,
    comments,
    decided,
    decisions,
    docs,
    edits,
    events,
    guarantee,
    lists,
    models,
    objections,
    operations,
    policy,
    privacy,
    review,
    rules,
    simulations,
    webhooks,
)
from service.auth import Authenticator
from service.console import pages
from service.cookies import FORM, cookies_of
from service.guarantee import Guarantees
from service.headers import WithHeaders
from service.intake import Intake
from service.json_body import StrictRequest, refuse_depth, refuse_repeated
from service.policies import Policies
from service.privacy import Privacy
from service.problems import Problem, ProblemBody
from service.registry import Registry
from service.review import Review
from service.seeds import Seeds
from service.simulations import Simulations
from service.webhooks import Webhooks
from store.settings import Settings, is_sheltered
from store.stores import Stores, open_stores

CONSOLE = Path(__file__).parent / "console"

log = structlog.get_logger()


def create_app(settings: Settings, stores: Stores | None = None) -> OpenAPI:
    """The WSGI application. `stores` None opens those of the settings."""
    if stores is None:
        stores = open_stores(settings, pool_size=settings.api_threads + 4)
    app = _bare_app(settings)
    authenticator = Authenticator(stores)
    intake = Intake(stores, waiting_capacity=settings.api_threads // 2)
    reviews = Review(stores)
    streams = events.Streams(settings.api_threads // 4)
    operations.measure(app, stores)
    problems.register(app)
    _refuse_repeated_names(app)
    app.register_api(comments.blueprint(stores, authenticator, intake))
    app.register_api(edits.blueprint(authenticator, intake))
    app.register_api(objections.blueprint(stores, authenticator))
    app.register_api(checks.blueprint(authenticator, intake))
    app.register_api(decisions.blueprint(stores, authenticator))
    app.register_api(review.blueprint(reviews, authenticator))
    app.register_api(decided.blueprint(stores, reviews, authenticator))
    app.register_api(events.blueprint(stores, authenticator, streams))
    app.register_api(webhooks.blueprint(Webhooks(stores), authenticator))
    policies, guarantees = Policies(stores), Guarantees(stores)
    for of_policy in (lists, rules):
        app.register_api(of_policy.blueprint(policies, authenticator))
    app.register_api(policy.blueprint(policies, guarantees, authenticator))
    app.register_api(guarantee.blueprint(guarantees, Seeds(stores), authenticator))
    app.register_api(simulations.blueprint(Simulations(stores), authenticator))
    app.register_api(privacy.blueprint(Privacy(stores), authenticator))
    app.register_api(models.blueprint(Registry(stores), authenticator))
    app.register_api(operations.blueprint(stores))
    akismet.register(app, stores, intake)
    coral.register(app, stores, intake)
    cusdis.register(app, stores, intake)
    docs.register(app)
    pages.register(app, stores, reviews, authenticator, events.Streams(settings.api_threads // 4, streams.ending))
    app.extensions["gatepost"] = (stores, intake)
    app.extensions["gatepost_streams"] = streams
    app.wsgi_app = WithHeaders(app.wsgi_app)  # type: ignore[method-assign]
    return app


def _bare_app(settings: Settings) -> OpenAPI:
    cookies = cookies_of(settings)
    if not cookies.secure and not is_sheltered(settings.base_url):
        log.warning("console_without_tls", url=settings.base_url)
    app = PlainApp(
        "service",
        info=Info(
            title="Gatepost",
            version="0.1.0",
            description="Comment moderation: a website submits a comment, Gatepost publishes, holds or rejects it.",
        ),
        security_schemes={
            "siteKey": SecurityScheme(type="http", scheme="bearer"),
            "reviewerToken": SecurityScheme(type="http", scheme="bearer"),
        },
        validation_error_callback=_on_invalid,
        validation_error_model=ProblemBody,
        responses=dict.fromkeys((400, 413, 415, 422, 503), ProblemBody),
        doc_prefix="",
        doc_ui=False,
        template_folder=str(CONSOLE / "templates"),
        static_folder=str(CONSOLE / "static"),
        static_url_path="/console/static",
    )
    app.openapi_version = "3.1.0"
    app.request_class = StrictRequest
    app.session_interface = ConsoleSessions()
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME=cookies.name(FORM),
        SESSION_COOKIE_SECURE=cookies.secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        MAX_FORM_MEMORY_SIZE=1024 * 1024,
    )
    app.url_map.strict_slashes = False
    return app


def _refuse_repeated_names(app: OpenAPI) -> None:
    @app.before_request
    def refuse() -> None:
        if request.query_string and request.path.startswith("/v1/"):
            refuse_repeated(request.args)


class PlainApp(OpenAPI):
    """An application of plain functions."""

    def ensure_sync(self, func: Any) -> Any:
        """The function as it is. Flask would look on every request, seven times, whether one is a coroutine."""
        return func


class ConsoleSessions(SecureCookieSessionInterface):
    """Flask's signed cookie, which only the console's forms need: the API opens none."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The session of a console page; an empty one, never sent, for anything else."""
        return super().open_session(app, request) if request.path.startswith("/console") else SecureCookieSession()

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Send the cookie of a console page."""
        if request.path.startswith("/console"):
            super().save_session(app, session, response)


def _on_invalid(error: ValidationError) -> Any:
    if request.is_json:
        try:
            refuse_depth(request.get_data())
        except Problem as problem:
            return problem.response()
    return problems.from_validation(error).response()
