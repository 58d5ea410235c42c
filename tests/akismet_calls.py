"""A client of the Akismet wire that sends exactly the bytes it is told to."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus

from builders import FixedScorer, add_key, query
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from store.records import sites
from store.records.schema import comments
from store.records.sites import Site, WireSettings
from store.stores import Stores

BLOG = "https://blog.example"
RATHER = "rather spam"
THANKS = b"Thanks for making the web a better place."
DEBUG, GUID, TIP = "X-akismet-debug-help", "X-akismet-guid", "X-akismet-pro-tip"
RECHECK, ERROR = "X-akismet-recheck-after", "X-akismet-error"
FORM = "application/x-www-form-urlencoded"


class HeldScorer(FixedScorer):
    """The fixed scorer with one more text that needs a person and is spam more probably than not."""

    _BY_WORDS = (*FixedScorer._BY_WORDS, (RATHER, 0.6, 0.3, 0.8))


@dataclass(frozen=True)
class Wire:
    """Calls with one key, which comes last as WordPress sends it."""

    client: FlaskClient
    key: str
    host: str = "rest.akismet.com"
    fields: dict[str, str] = field(default_factory=lambda: {"blog": BLOG, "user_ip": "192.0.2.7"})

    def raw(self, path: str, body: bytes | str, content_type: str = FORM, **headers: str) -> TestResponse:
        """POST these bytes."""
        given = {"Host": self.host, "Content-Type": content_type}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(path, data=body, headers=given)

    def post(self, path: str, **fields: str) -> TestResponse:
        """POST a form; a field that is None is left out."""
        sent = self.fields | fields | {"api_key": self.key}
        return self.raw(path, encoded(sent))

    def check(self, body: str = "good evening", **fields: str) -> TestResponse:
        """comment-check."""
        return self.post("/1.1/comment-check", comment_content=body, **fields)

    def verdict(self, body: str = "good evening", **fields: str) -> str:
        """The body of a check."""
        return self.check(body, **fields).get_data(as_text=True)


def encoded(fields: dict[str, str]) -> str:
    """A form; a name whose value is empty stands bare, as WordPress writes it."""
    return "&".join(quote_plus(k) + (f"={quote_plus(v)}" if v else "") for k, v in fields.items() if v is not None)


def add_wire(client: FlaskClient, stores: Stores, site: Site) -> Wire:
    """A client with a new Akismet key of the site."""
    return Wire(client, add_key(stores, site, "akismet"))


def set_wires(stores: Stores, site: Site, **given: Any) -> None:
    """Change how the site answers; keys read it within 3 s, so before the first call."""
    with stores.database.write() as connection:
        sites.set_wires(connection, site.id, WireSettings(**given))


def is_invalid(answer: TestResponse) -> bool:
    """The exact bytes, status 200, and a reason that says something."""
    return answer.status_code == 200 and answer.data == b"invalid" and len(answer.headers[DEBUG]) > 10


def guid(answer: TestResponse) -> str:
    """Our id of the comment."""
    return answer.headers[GUID]


def count(stores: Stores) -> int:
    """How many comments are recorded."""
    return int(query(stores, select(func.count()).select_from(comments))[0])
