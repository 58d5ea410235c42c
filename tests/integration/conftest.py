"""Receivers of webhooks, the time that passes for them, and imports into a site."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from bringing_in import Import
from click.testing import CliRunner, Result
from delivering import Clock
from receiving import (
    Receiver,
    receiver,
)

from cli.main import gatepost
from store.records.sites import Site
from store.stores import Stores


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def good() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


@pytest.fixture
def bad() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


@pytest.fixture
def bring_in(stores: Stores, site: Site, tmp_path: Path) -> Import:
    """Imports the bytes of a file into the site."""
    settings = stores.settings
    environment = {
        "DATABASE_URL": settings.database_url.replace("postgresql+psycopg", "postgresql"),
        "REDIS_URL": settings.redis_url,
        "GATEPOST_DATA": str(settings.data),
        "GATEPOST_SECRET_KEY": settings.secret_key,
    }

    def run(format_name: str, content: bytes, *options: str) -> Result:
        file = tmp_path / "export"
        file.write_bytes(content)
        return CliRunner().invoke(
            gatepost, ["import", format_name, str(file), "--site", site.id, *options], env=environment
        )

    return run
