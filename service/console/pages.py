"""The pages of the console."""

from typing import Any, NoReturn

from flask import Blueprint, Flask, abort, g

from service.auth import Authenticator
from service.console import desk, entrance, guard, languages, navigation, shown
from service.console.texts import LANGUAGES, language, say
from service.review import Review
from store.stores import Stores


def register(app: Flask, stores: Stores, review: Review, authenticator: Authenticator) -> None:
    """Add the console's routes. Its forms are guarded against other sites; the API's routes are not touched."""
    routes = Blueprint("console", __name__, url_prefix="/console")
    guard.stand(app, routes, authenticator)
    entrance.add_routes(routes, stores, authenticator)
    languages.add_routes(routes, stores)
    desk.add_routes(routes, stores, review)

    @routes.route("/<path:rest>", methods=["GET", "POST"])
    def nothing_here(rest: str) -> NoReturn:  # noqa: ARG001  So that an unknown address gets a page, not JSON.
        abort(404)

    @routes.context_processor
    def words() -> dict[str, Any]:
        reviewer = g.get("reviewer")
        return {
            "say": say,
            "visible": shown.visible,
            "language": language,
            "languages": LANGUAGES,
            "reviewer": reviewer,
            "navigation": [] if reviewer is None else navigation.entries_for(reviewer),
        }

    app.register_blueprint(routes)
