"""Callers of foreign wires and of the review queue."""

from typing import Any

import pytest
from akismet_calls import Wire, add_wire
from builders import UNSURE, Caller, Drain, add_person, record
from flask.testing import FlaskClient
from review_calls import listed

from store.records.sites import Site
from store.stores import Stores


@pytest.fixture
def wire(client: FlaskClient, stores: Stores, site: Site) -> Wire:
    """A client of the Akismet wire with a key of the site."""
    return add_wire(client, stores, site)


@pytest.fixture
def item(stores: Stores, site: Site, drain_now: Drain, as_reviewer: Caller) -> dict[str, Any]:
    """One item that waits, held by nobody, as the list shows it."""
    record(stores, site, UNSURE)
    drain_now()
    return listed(as_reviewer)[0]


@pytest.fixture
def as_ben(stores: Stores, as_reviewer: Caller) -> Caller:
    """Another reviewer."""
    return Caller(as_reviewer.client, add_person(stores, "Ben").token)
