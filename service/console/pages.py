"""The pages of the console."""

from typing import Any, NoReturn

from flask import Blueprint, Flask, abort, g

from service.account import Account
from service.api.events import Streams
from service.auth import Authenticator
from service.console import (
    account,
    alike,
    bulk,
    clusters,
    decided,
    deck,
    desk,
    digests,
    entrance,
    factor,
    guarantee,
    guard,
    languages,
    listings,
    live,
    navigation,
    notes,
    overview,
    profiles,
    provider,
    second_looks,
    shown,
    team,
)
from service.console.admission import Admission
from service.console.passwords import Passwords
from service.console.proofs import Proofs
from service.console.texts import LANGUAGES, language, say, script_words
from service.console.tries import Tries
from service.oidc import Provider
from service.policies import Policies
from service.review import Review
from service.second_factor import SecondFactors
from service.team import Team
from store.stores import Stores


def register(app: Flask, stores: Stores, review: Review, authenticator: Authenticator, streams: Streams) -> None:
    """Add the console's routes. Its forms are guarded against other sites; the API's routes are not touched."""
    routes = Blueprint("console", __name__, url_prefix="/console")
    guard.stand(app, routes, authenticator)
    factors = SecondFactors(stores)
    proofs = Proofs(Passwords(), Tries(stores), factors)
    admission = Admission(stores, authenticator, factors)
    entrance.add_routes(routes, stores, authenticator, proofs, admission)
    identity_provider = Provider(stores.settings) if stores.settings.oidc_issuer else None
    provider.add_routes(routes, stores, admission, identity_provider)
    account.add_routes(routes, Account(stores), proofs)
    factor.add_routes(routes, proofs, required=stores.settings.require_totp)
    team.add_routes(routes, stores, Team(stores))
    languages.add_routes(routes, stores)
    desk.add_routes(routes, stores, review)
    deck.add_routes(routes, stores, review)
    bulk.add_routes(routes, review)
    listings.add_routes(routes, stores, review)
    alike.add_routes(routes, stores, review)
    live.add_routes(routes, review, authenticator, streams)
    decided.add_routes(routes, stores, review)
    guarantee.add_routes(routes, stores, Policies(stores))
    profiles.add_routes(routes, stores, review)
    clusters.add_routes(routes, stores, review)
    overview.add_routes(routes, stores)
    second_looks.add_routes(routes, stores)
    notes.add_routes(routes, stores)
    digests.add_routes(routes, stores, review)

    @routes.route("/<path:rest>", methods=["GET", "POST"])
    def nothing_here(rest: str) -> NoReturn:  # noqa: ARG001  So that an unknown address gets a page, not JSON.
        abort(404)

    @routes.context_processor
    def words() -> dict[str, Any]:
        reviewer = g.get("reviewer")
        return {
            "say": say,
            "script_words": script_words,
            "provider": None if identity_provider is None else identity_provider.host,
            "visible": shown.visible,
            "number": shown.number,
            "language": language,
            "languages": LANGUAGES,
            "reviewer": reviewer,
            "navigation": [] if reviewer is None else navigation.entries_for(reviewer),
        }

    app.register_blueprint(routes)
