"""One request after another: what an answer names is asked for, changed and removed, in any order."""

from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from builders import Caller, add_person
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis.errors import Flaky
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi.checks import status_code_conformance
from test_openapi import no_failure_of_ours

from models.vocabulary import Role
from store.stores import Stores

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

# How many requests at least, in walks of up to twenty.
REQUESTS = [100, pytest.param(3000, marks=[pytest.mark.slow, pytest.mark.timeout(1200)])]
WITHOUT_END = "/v1/events/stream"
SETTINGS = settings(
    stateful_step_count=20,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize("n_requests", REQUESTS, ids=["few", "many"])
def test_walks_through_the_api_find_no_server_error_and_no_undocumented_status(
    app: Flask, stores: Stores, as_site: Caller, as_reviewer: Caller, worker: None, *, n_requests: int
) -> None:
    as_admin = Caller(as_site.client, add_person(stores, "Cy", Role.ADMIN).token)
    schema = schemathesis.openapi.from_wsgi("/openapi.json", app).exclude(path=WITHOUT_END)
    seen: list[str] = []
    followed: set[str] = set()
    failures: list[str] = []

    class Walk(schema.as_state_machine()):  # type: ignore[misc]
        """Sends each request with the credential that its route takes."""

        def get_call_kwargs(self, case: Any) -> dict[str, Any]:
            path = case.operation.path
            caller = as_reviewer if path.startswith("/v1/review") else as_site
            if path.startswith(("/v1/models", "/v1/training", "/v1/metrics")):
                caller = as_admin
            return {"headers": {"Authorization": f"Bearer {caller.secret}", "If-Match": "*"}}

        def validate_response(self, response: Any, case: Any, **_: Any) -> None:
            seen.append(case.operation.label)
            if "{id}" in case.operation.path and response.status_code < 300:
                followed.add(case.operation.label)
            try:
                case.validate_response(response, checks=[no_failure_of_ours, status_code_conformance])
            except (Failure, FailureGroup) as failure:
                failures.append(f"{case.operation.label}: {failure}")

    for number in range(1, 100):
        # A walk is never the same twice: what there is grows, and a worker decides meanwhile. Hypothesis minds.
        with suppress(Flaky):
            Walk.run(settings=settings(SETTINGS, max_examples=5 * number))
        if len(seen) >= n_requests and followed:
            break

    assert failures == []
    assert len(seen) >= n_requests
    assert followed, "no answer was followed to what it names"
