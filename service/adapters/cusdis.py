"""The webhook of Cusdis: it tells of a new comment, unsigned, so that a token in the address says who is calling.

Cusdis shows a comment only once it is approved there, and listens to no answer. Its approval link is kept with the
comment, and a deliverer opens it when the comment is approved here and the site says where its Cusdis is.
"""

import base64
import binascii
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
from flask import Blueprint, Flask, Response, request

from service import lenient
from service.adapters import plain
from service.intake import Intake, content_digest, pseudonym
from service.json_body import read_json
from store.records import keys, sites
from store.records.foreign import Foreign
from store.records.sites import Site
from store.records.submissions import NewComment
from store.stores import Stores

WIRE = "cusdis"


def register(app: Flask, stores: Stores, intake: Intake) -> None:
    """Add the route of the webhook."""
    routes = Blueprint("cusdis", __name__)
    plain.answer_errors(routes)

    @routes.post("/adapters/cusdis/<string:site_id>")
    def new(site_id: str) -> Response:
        body = plain.body()
        site = _site(stores, site_id, request.args.get("token", ""))
        if site is None:
            return plain.refused(401, "The token is not one of this site's.")
        told = read_json(body)
        if not isinstance(told, dict):
            return plain.refused(400, "The body must be a JSON object.")
        if told.get("type") == "new_comment":
            intake.submit(site, [new_comment(plain.part(told, "data"), site)], lambda _: (204, ""))
        return plain.nothing()

    app.register_blueprint(routes)


def new_comment(data: dict[str, Any], site: Site) -> NewComment:
    """The comment that Cusdis tells of. Its own id, where the approval link gives it away, is the external_id."""
    said = partial(plain.words, data)
    body, name = lenient.text(said("content")), lenient.line(said("by_nickname"), 255)
    email, approve_link = lenient.line(said("by_email"), 320), lenient.web_url(said("approve_link"))
    external_id = None if approve_link is None else _comment_id(approve_link)
    page_id = said("page_id")
    return NewComment(
        body=body,
        external_id=external_id,
        content_digest="" if external_id is None else content_digest(site, body.encode()),
        author_name=name,
        email=email,
        email_hash=None if email is None else pseudonym(site, "email", email),
        page_url=lenient.web_url(page_id),
        page_title=lenient.line(said("page_title"), 1000),
        foreign=Foreign(
            WIRE,
            lenient.fingerprint(site, name, email, body),
            foreign_id=lenient.line(page_id, 255),
            approve_link=approve_link,
        ),
    )


def _site(stores: Stores, site_id: str, token: str) -> Site | None:
    with stores.database.read() as connection:
        key = keys.find(connection, token, WIRE)
        return sites.get(connection, key.site_id) if key is not None and key.site_id == site_id else None


def _comment_id(approve_link: str) -> str | None:
    """`commentId` of the JSON Web Token (RFC 7519) in an approval link; it is only looked at, not trusted."""
    token = parse_qs(urlsplit(approve_link).query).get("token", [""])[0]
    payload = token.split(".")[1] if token.count(".") == 2 else ""
    try:
        claims = orjson.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (binascii.Error, ValueError):
        return None
    return lenient.line(plain.words(claims, "commentId"), 255) if isinstance(claims, dict) else None
