from typing import Any

import pytest
import schemathesis
from builders import Caller, add_person
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi.checks import status_code_conformance

from models.vocabulary import Role
from store.stores import Stores

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

EXAMPLES = [8, pytest.param(100, marks=[pytest.mark.slow, pytest.mark.timeout(900)])]


def operations(document: dict[str, Any]) -> set[str]:
    return {f"{method.upper()} {path}" for path, item in document["paths"].items() for method in item}


def test_the_description_is_openapi_31_and_names_every_route_of_the_api(app: Flask, as_nobody: Caller) -> None:
    document = as_nobody.get("/openapi.json").get_json()

    assert document["openapi"] == "3.1.0"
    documented = {operation.replace("{id}", "<string:id>") for operation in operations(document)}
    served = {
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith(("/v1/", "/healthz", "/readyz"))
    }
    assert documented == served


def test_every_schema_of_the_description_is_a_valid_schema(as_nobody: Caller) -> None:
    document = as_nobody.get("/openapi.json").get_json()

    for name, schema in document["components"]["schemas"].items():
        Draft202012Validator({**schema, "components": document["components"]}), name


def test_every_operation_says_who_may_call_it_and_what_it_answers(as_nobody: Caller) -> None:
    document = as_nobody.get("/openapi.json").get_json()

    for path, item in document["paths"].items():
        for method, operation in item.items():
            where = f"{method} {path}"
            assert operation["summary"], where
            assert operation["responses"], where
            if path.startswith(("/v1/review", "/v1/models", "/v1/training")):
                assert operation["security"] == [{"reviewerToken": []}], where
            elif path == "/v1/metrics/guarantee":
                assert operation["security"] == [{"siteKey": []}, {"reviewerToken": []}], where
            elif path.startswith("/v1/"):
                assert operation["security"] == [{"siteKey": []}], where


@pytest.mark.parametrize("examples", EXAMPLES)
def test_generated_requests_find_no_server_error_and_no_undocumented_status(
    app: Flask, stores: Stores, as_site: Caller, as_reviewer: Caller, worker: None, *, examples: int
) -> None:
    as_admin = Caller(as_site.client, add_person(stores, "Cy", Role.ADMIN).token)
    schema = schemathesis.openapi.from_wsgi("/openapi.json", app)
    failures: list[str] = []

    for result in schema.get_all_operations():
        operation = result.ok()
        if operation.path == "/v1/events/stream":
            continue  # Its answer has no end: test_events_api.
        caller = as_reviewer if operation.path.startswith("/v1/review") else as_site
        if operation.path.startswith(("/v1/models", "/v1/training")):
            caller = as_admin
        try:
            probe(operation, caller, examples)
        except (Failure, FailureGroup) as failure:
            failures.append(f"{operation.label}: {failure} {getattr(failure, 'exceptions', '')}")

    assert failures == []


def no_failure_of_ours(context: Any, response: Any, case: Any) -> bool | None:
    """No 5xx but a 503 that says when to ask again: what is needed may be away for a moment."""
    if response.status_code == 503 and "retry-after" in response.headers:
        return None
    answer: bool | None = not_a_server_error(context, response, case)
    return answer


def probe(operation: Any, caller: Caller, examples: int) -> None:
    """Send generated requests, good and bad ones. Raises Failure or FailureGroup."""

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in GenerationMode)))
    def run(case: Any) -> None:
        response = case.call(headers={"Authorization": f"Bearer {caller.secret}"})
        case.validate_response(response, checks=[no_failure_of_ours, status_code_conformance])

    run()
