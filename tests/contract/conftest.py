"""Callers of foreign wires."""

import pytest
from akismet_calls import Wire, add_wire
from flask.testing import FlaskClient

from store.records.sites import Site
from store.stores import Stores


@pytest.fixture
def wire(client: FlaskClient, stores: Stores, site: Site) -> Wire:
    """A client of the Akismet wire with a key of the site."""
    return add_wire(client, stores, site)
