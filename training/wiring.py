"""Builds what a training process works with: the stores, with the database at this version's tables."""

from collections.abc import Iterator
from contextlib import contextmanager

from store.records import migrate
from store.settings import Settings, load_settings
from store.stores import Stores, open_stores


@contextmanager
def opened(settings: Settings | None = None) -> Iterator[Stores]:
    """The stores of this installation. Raises DatabaseUnavailable or ConfigurationError where they cannot be used."""
    stores = open_stores(settings or load_settings(), pool_size=2)
    try:
        migrate.upgrade(stores.database)
        yield stores
    finally:
        stores.close()
