import pytest
from builders import Caller, Person, close, problem
from werkzeug.test import TestResponse

from service.app import create_app
from store.settings import load_settings
from store.stores import Stores, open_stores

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

HEADERS = {
    "Content-Security-Policy",
    "X-Content-Type-Options",
    "X-Frame-Options",
    "Referrer-Policy",
    "Cross-Origin-Opener-Policy",
    "Cross-Origin-Resource-Policy",
    "Strict-Transport-Security",
    "Permissions-Policy",
    "X-Request-Id",
}


def answers(as_site: Caller, as_reviewer: Caller, as_nobody: Caller) -> dict[str, TestResponse]:
    """One answer of every kind that the service gives."""
    return {
        "accepted": as_site.submit("hello"),
        "read": as_site.get("/v1/comments"),
        "no content": as_reviewer.post("/v1/review/leases", {"count": 1}),
        "batch": as_site.post("/v1/comments:batch", {"items": [{}]}),
        "health": as_nobody.get("/healthz"),
        "ready": as_nobody.get("/readyz"),
        "metrics": as_nobody.get("/metrics"),
        "openapi": as_nobody.get("/openapi.json"),
        "docs": as_nobody.get("/docs"),
        "docs file": as_nobody.get("/docs/files/swagger-ui.css"),
        "no docs file": as_nobody.get("/docs/files/none.css"),
        "static": as_nobody.get("/console/static/docs.js"),
        "no static": as_nobody.get("/console/static/none.js"),
        "outside of static": as_nobody.get("/console/static/%2e%2e/%2e%2e/app.py"),
        "400": as_site.post("/v1/comments", raw=b"{"),
        "401": as_nobody.get("/v1/comments"),
        "403": as_reviewer.get("/v1/comments"),
        "404 comment": as_site.get("/v1/comments/cmt_none"),
        "404 route": as_nobody.get("/v1/none"),
        "405": as_site.call("PUT", "/v1/comments"),
        "413": as_site.post("/v1/comments", raw=b" " * (1024 * 1024 + 1)),
        "415": as_site.post("/v1/comments", raw=b"{}", Content_Type="text/plain"),
        "422": as_site.post("/v1/comments", {}),
        "422 query": as_site.get("/v1/comments?limit=0"),
        "410": as_reviewer.call("PATCH", "/v1/review/leases/lse_none"),
        "options": as_nobody.call("OPTIONS", "/healthz"),
        "head": as_nobody.call("HEAD", "/healthz"),
    }


def test_every_answer_has_the_security_headers_and_a_request_id(
    as_site: Caller, as_reviewer: Caller, as_nobody: Caller
) -> None:
    for name, answer in answers(as_site, as_reviewer, as_nobody).items():
        assert {header: len(answer.headers.getlist(header)) for header in HEADERS} == dict.fromkeys(HEADERS, 1), name
        assert answer.headers["X-Content-Type-Options"] == "nosniff", name
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"], name
        assert "unsafe-inline" not in answer.headers["Content-Security-Policy"], name
        assert "Access-Control-Allow-Origin" not in answer.headers, name


def test_what_is_not_static_is_not_stored_by_caches(as_site: Caller, as_reviewer: Caller, as_nobody: Caller) -> None:
    for name, answer in answers(as_site, as_reviewer, as_nobody).items():
        if "static" not in name and "file" not in name:
            assert answer.headers["Cache-Control"] == "no-store", name


def test_every_error_is_a_whole_problem(as_site: Caller, as_reviewer: Caller, as_nobody: Caller) -> None:
    errors = {name: a for name, a in answers(as_site, as_reviewer, as_nobody).items() if a.status_code >= 400}

    for name, answer in errors.items():
        assert answer.content_type == "application/problem+json", name
        value = answer.get_json()
        assert set(value) == {"type", "title", "status", "code", "detail", "request_id", "errors"}, name
        assert value["type"] == f"urn:gatepost:{value['code']}", name
        assert value["status"] == answer.status_code, name
        assert value["request_id"] == answer.headers["X-Request-Id"], name
        assert value["title"], name
        assert value["detail"], name
    assert {answer.status_code for answer in errors.values()} == {400, 401, 403, 404, 405, 410, 413, 415, 422}


def test_every_status_has_its_code(as_site: Caller, as_reviewer: Caller, as_nobody: Caller) -> None:
    expected = {
        "400": "invalid_json",
        "401": "unauthorized",
        "403": "forbidden",
        "404 comment": "not_found",
        "404 route": "not_found",
        "no static": "not_found",
        "no docs file": "not_found",
        "outside of static": "not_found",
        "405": "method_not_allowed",
        "410": "gone",
        "413": "too_large",
        "415": "unsupported_media_type",
        "422": "invalid_request",
        "422 query": "invalid_request",
    }
    given = answers(as_site, as_reviewer, as_nobody)

    assert {name: problem(given[name])[1] for name in expected} == expected


def test_a_method_that_is_not_known_names_those_that_are(as_site: Caller) -> None:
    answer = as_site.call("PUT", "/v1/comments")

    assert {"GET", "POST"} <= set(answer.headers["Allow"].split(", "))


def test_a_name_that_stands_twice_in_the_query_is_refused(as_site: Caller) -> None:
    """One of the two would count, and nobody could know which."""
    answer = as_site.get("/v1/comments?limit=1&state=review&state=approved")

    assert problem(answer) == (422, "invalid_request", [("/state", "bad_value")])


@pytest.mark.parametrize("given", ["a", "3f2c-1.x_Y", "r" * 128])
def test_a_request_id_is_echoed(as_nobody: Caller, given: str) -> None:
    for path in ("/healthz", "/v1/none"):
        assert as_nobody.get(path, X_Request_Id=given).headers["X-Request-Id"] == given


@pytest.mark.parametrize("given", ["", "r" * 129, "a b", "a\tb", "<script>", "é", "a;b=c"])
def test_a_request_id_that_could_do_harm_is_replaced(as_nobody: Caller, given: str) -> None:
    answer = as_nobody.get("/healthz", X_Request_Id=given)

    assert answer.headers["X-Request-Id"].startswith("req_")


def test_without_a_database_every_route_says_when_to_come_back(
    stores: Stores, site_key: str, reviewer: Person, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The file is there, but it is no database: it answers nothing."""
    elsewhere = tmp_path_factory.mktemp("broken")
    given = {"DATABASE_URL": f"sqlite:///{elsewhere}/none/x.db", "REDIS_URL": stores.settings.redis_url}
    settings = load_settings(given, data=elsewhere)
    broken = open_stores(settings)
    (elsewhere / "none").rmdir()
    client = create_app(settings, broken).test_client()
    as_site, as_reviewer = Caller(client, site_key), Caller(client, reviewer.token)

    for answer in (
        as_site.submit("hello"),
        as_site.get("/v1/comments"),
        as_site.get("/v1/comments/cmt_1"),
        as_site.post("/v1/comments:batch", {"items": [{"body": "x"}]}),
        as_reviewer.get("/v1/review/items"),
        as_reviewer.post("/v1/review/leases", {"count": 1}),
    ):
        assert problem(answer)[:2] == (503, "unavailable")
        assert int(answer.headers["Retry-After"]) > 0
    ready = Caller(client, None).get("/readyz")
    assert (ready.status_code, ready.get_json()["database"]) == (503, "unavailable")
    assert Caller(client, None).get("/healthz").status_code == 200
    close(client.application)
    broken.close()
