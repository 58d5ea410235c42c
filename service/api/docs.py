"""`/openapi.json` and `/docs`: Swagger UI from the files of its package, started by a script of ours."""

from pathlib import Path

import flask_openapi_swagger
from flask import Blueprint, Response, render_template, send_from_directory
from flask_openapi.openapi import OpenAPI

from service.api import views

FILES = Path(flask_openapi_swagger.__file__).parent / "templates" / "swagger"


def register(app: OpenAPI) -> None:
    """Serve the description, the page and the files that it needs; nothing is loaded from elsewhere."""
    routes = Blueprint("docs", __name__)

    @routes.get("/openapi.json")
    def openapi() -> Response:
        return views.answer(app.api_doc)

    @routes.get("/docs")
    def docs() -> str:
        return render_template("docs.html")

    @routes.get("/docs/files/<path:name>")
    def docs_file(name: str) -> Response:
        return send_from_directory(FILES, name, max_age=86400)

    app.register_blueprint(routes)
