"""The Akismet wire: who may call, and the calls that judge nothing."""

from dataclasses import replace

import pytest
from akismet_calls import BLOG, DEBUG, ERROR, Wire, add_wire, encoded, is_invalid, set_wires
from builders import Caller, add_site, change, close
from flask.testing import FlaskClient
from sqlalchemy import update

from service.app import create_app
from store.records.schema import keys
from store.records.sites import Blogs, Site
from store.settings import load_settings
from store.stores import Stores, open_stores


def test_a_right_key_is_valid(wire: Wire) -> None:
    answer = wire.raw("/1.1/verify-key", f"key={wire.key}&blog=https%3A%2F%2Fblog.example")

    assert (answer.status_code, answer.data) == (200, b"valid")
    assert answer.content_type == "text/plain; charset=utf-8"
    assert not [name for name, _ in answer.headers if name.lower().startswith("x-akismet")]


def test_a_key_in_api_key_is_valid_too_and_in_capital_letters(wire: Wire) -> None:
    assert wire.post("/1.1/verify-key").data == b"valid"
    assert wire.raw("/1.1/verify-key", f"key={wire.key.upper()}&blog={BLOG}").data == b"valid"


@pytest.mark.parametrize(
    "key", ["", "0123456789ab", "0123456789a", "0123456789abc", "zzzzzzzzzzzz", "ключключключ", "\0"]
)
def test_another_key_is_invalid_with_status_200_and_a_reason(wire: Wire, key: str) -> None:
    assert is_invalid(wire.raw("/1.1/verify-key", encoded({"key": key, "blog": BLOG})))


def test_key_wins_over_api_key(wire: Wire) -> None:
    """A client that tests a new key sends its old one along."""
    assert is_invalid(wire.post("/1.1/verify-key", key="0123456789ab"))
    assert is_invalid(wire.post("/1.1/verify-key", key=""))
    assert wire.raw("/1.1/verify-key", f"key={wire.key}&blog={BLOG}&api_key=0123456789ab").data == b"valid"


def test_the_key_may_be_the_first_label_of_the_host(wire: Wire) -> None:
    labelled = replace(wire, host=f"{wire.key.upper()}.rest.akismet.com:8080")

    assert labelled.raw("/1.1/comment-check", f"blog={BLOG}&user_ip=192.0.2.7").data in (b"true", b"false")
    assert is_invalid(labelled.raw("/1.1/comment-check", f"blog={BLOG}&api_key=0123456789ab"))


def test_the_first_label_of_the_usual_host_is_no_key(wire: Wire) -> None:
    assert is_invalid(wire.raw("/1.1/comment-check", f"blog={BLOG}"))


def test_the_key_of_another_wire_opens_nothing_here_nor_this_one_there(
    wire: Wire, as_site: Caller, site_key: str
) -> None:
    assert is_invalid(wire.raw("/1.1/verify-key", encoded({"key": site_key, "blog": BLOG})))
    assert Caller(as_site.client, wire.key).get("/v1/comments").status_code == 401


def test_a_revoked_key_is_invalid(stores: Stores, wire: Wire) -> None:
    change(stores, update(keys).values(revoked_at=1))

    assert is_invalid(wire.post("/1.1/verify-key"))


def test_without_a_blog_a_call_is_invalid(wire: Wire) -> None:
    for path in ("verify-key", "comment-check", "submit-spam", "submit-ham"):
        assert is_invalid(replace(wire, fields={}).post(f"/1.1/{path}"))


def test_a_key_serves_any_blog_unless_the_site_binds_it(stores: Stores, site: Site, client: FlaskClient) -> None:
    set_wires(stores, site, akismet_blog=Blogs.OWN)
    bound = add_wire(client, stores, site)
    other = add_wire(client, stores, add_site(stores))

    assert other.post("/1.1/verify-key", blog="http://elsewhere.example").data == b"valid"
    assert is_invalid(bound.post("/1.1/verify-key", blog="http://elsewhere.example"))
    assert bound.post("/1.1/verify-key", blog="http://BLOG.example/").data == b"valid"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_who_guesses_keys_is_not_looked_at_any_more_but_a_known_key_goes_through(wire: Wire) -> None:
    wire.post("/1.1/verify-key")
    for number in range(60):
        wire.raw("/1.1/verify-key", f"key={number:012x}&blog={BLOG}")

    answer = wire.raw("/1.1/verify-key", f"key={99:012x}&blog={BLOG}")

    assert is_invalid(answer)
    assert "Too many" in answer.headers[DEBUG]
    assert wire.post("/1.1/verify-key").data == b"valid"


def test_the_test_call_says_connected(client: FlaskClient) -> None:
    answer = client.get("/1.1/test")

    assert (answer.status_code, answer.data) == (200, b"connected")


def test_a_client_that_is_switched_off_keeps_its_key(wire: Wire) -> None:
    assert wire.raw("/1.1/deactivate", f"key={wire.key}&blog={BLOG}").data == b"deactivated"
    assert wire.post("/1.1/verify-key").data == b"valid"


def test_a_token_is_an_opaque_text(wire: Wire) -> None:
    assert len(wire.post("/1.1/token").data) >= 24
    assert is_invalid(wire.raw("/1.1/token", "api_key=0123456789ab"))


@pytest.mark.parametrize("path", ["/1.1/no-such-call", "/1.2/no-such-call", "/1.1/a/b"])
def test_an_unknown_call_is_invalid(wire: Wire, path: str) -> None:
    assert is_invalid(wire.post(path))


def test_without_a_database_the_wire_says_that_it_is_away(
    stores: Stores, wire: Wire, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The one answer that is an outage: nothing could be recorded, and the client keeps its comment."""
    elsewhere = tmp_path_factory.mktemp("broken")
    given = {"DATABASE_URL": f"sqlite:///{elsewhere}/none/x.db", "REDIS_URL": stores.settings.redis_url}
    settings = load_settings(given, data=elsewhere)
    broken = open_stores(settings)
    (elsewhere / "none").rmdir()
    app = create_app(settings, broken)
    lost = replace(wire, client=app.test_client())

    answers = [lost.post("/1.1/verify-key"), lost.check(), lost.post("/1.1/submit-spam")]

    assert {(answer.status_code, answer.data) for answer in answers} == {(503, b"")}
    assert all(ERROR in answer.headers and int(answer.headers["Retry-After"]) > 0 for answer in answers)
    assert lost.client.get("/1.1/test").data == b"connected"
    close(app)
