"""Opens all stores once a process."""

from dataclasses import dataclass

import redis

from store.live import connection, embedded
from store.records.database import Database
from store.settings import Settings


@dataclass(frozen=True, slots=True)
class Stores:
    """The database, Redis, and the settings they were opened with."""

    settings: Settings
    database: Database
    redis: redis.Redis

    def close(self) -> None:
        """Close every connection."""
        self.database.close()
        self.redis.close()


def redis_url(settings: Settings) -> str:
    """The Redis of this installation: the configured one, else the embedded one of the data directory."""
    return settings.redis_url or embedded.url(settings.data)


def open_stores(settings: Settings, *, pool_size: int = 8) -> Stores:
    """Open the stores; connections are made at first use."""
    return Stores(
        settings, Database(settings.database_url, pool_size=pool_size), connection.connect(redis_url(settings))
    )
