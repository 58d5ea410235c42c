"""One request after another: what an answer names is asked for, changed and removed, in any order."""

from typing import Any

import pytest
import schemathesis
from builders import Caller, add_person
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from schemathesis.specs.openapi.checks import status_code_conformance
from test_openapi import no_failure_of_ours

from models.vocabulary import Role
from store.stores import Stores

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

# Of requests that follow one another: how many walks, and how long each of them is.
WALKS = [(15, 20), pytest.param((100, 40), marks=[pytest.mark.slow, pytest.mark.timeout(1200)])]
WITHOUT_END = "/v1/events/stream"


@pytest.mark.parametrize("walks", WALKS, ids=["few", "many"])
def test_walks_through_the_api_find_no_server_error_and_no_undocumented_status(
    app: Flask, stores: Stores, as_site: Caller, as_reviewer: Caller, worker: None, *, walks: tuple[int, int]
) -> None:
    as_admin = Caller(as_site.client, add_person(stores, "Cy", Role.ADMIN).token)
    schema = schemathesis.openapi.from_wsgi("/openapi.json", app).exclude(path=WITHOUT_END)
    seen: set[str] = set()
    followed: set[str] = set()

    class Walk(schema.as_state_machine()):  # type: ignore[misc]
        """Sends each request with the credential that its route takes."""

        def get_call_kwargs(self, case: Any) -> dict[str, Any]:
            path = case.operation.path
            caller = as_reviewer if path.startswith("/v1/review") else as_site
            if path.startswith(("/v1/models", "/v1/training", "/v1/metrics")):
                caller = as_admin
            return {"headers": {"Authorization": f"Bearer {caller.secret}", "If-Match": "*"}}

        def validate_response(self, response: Any, case: Any, **_: Any) -> None:
            seen.add(case.operation.label)
            if "{id}" in case.operation.path and response.status_code < 300:
                followed.add(case.operation.label)
            case.validate_response(response, checks=[no_failure_of_ours, status_code_conformance])

    n_walks, n_steps = walks
    Walk.run(
        settings=settings(
            max_examples=n_walks,
            stateful_step_count=n_steps,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
    )

    assert len(seen) >= 20, sorted(seen)
    assert followed, "no answer was followed to what it names"
