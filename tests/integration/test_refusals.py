from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from servers import Postgres, Valkey, wait_until

from models.errors import ConfigurationError, RedisUnavailable
from store.live.connection import connect, refuse_eviction
from store.records.database import Database
from store.settings import load_settings

FORGETFUL = (
    "allkeys-lru",
    "allkeys-lfu",
    "allkeys-random",
    "volatile-lru",
    "volatile-lfu",
    "volatile-random",
    "volatile-ttl",
)


@pytest.fixture
def policies(valkey: Valkey) -> Iterator[redis.Redis]:
    client = connect(valkey.url)
    before = client.config_get("maxmemory-policy")["maxmemory-policy"]
    yield client
    client.config_set("maxmemory-policy", before)
    client.close()


@pytest.mark.parametrize("policy", FORGETFUL)
def test_a_redis_that_evicts_is_refused_with_its_policy_and_the_remedy(policies: redis.Redis, policy: str) -> None:
    policies.config_set("maxmemory-policy", policy)

    with pytest.raises(ConfigurationError, match=f"{policy}.*noeviction"):
        refuse_eviction(policies)


def test_a_redis_that_keeps_everything_is_accepted(policies: redis.Redis) -> None:
    policies.config_set("maxmemory-policy", "noeviction")

    refuse_eviction(policies)


def test_the_embedded_redis_keeps_everything_and_writes_it_down(valkey: Valkey) -> None:
    names = ("maxmemory-policy", "appendonly", "port", "unixsocketperm")

    assert [valkey.client.config_get(name)[name] for name in names] == ["noeviction", "yes", "0", "700"]


def test_a_redis_that_does_not_answer_is_named(tmp_path: Path) -> None:
    client = connect(f"unix://{tmp_path}/none.sock")

    with pytest.raises(RedisUnavailable, match="REDIS_URL"):
        refuse_eviction(client)


@pytest.fixture
def own_database(postgres: Postgres, tmp_path: Path) -> Iterator[Database]:
    url = postgres.create("gatepost_refused")
    database = Database(load_settings({"DATABASE_URL": url}, data=tmp_path).database_url)
    yield database
    database.close()


def test_a_postgresql_that_keeps_what_it_confirmed_is_accepted(own_database: Database) -> None:
    own_database.refuse_unsafe()


def test_a_postgresql_that_confirms_before_it_has_written_is_refused(
    postgres: Postgres, own_database: Database
) -> None:
    postgres.execute("ALTER DATABASE gatepost_refused SET synchronous_commit = off")

    with pytest.raises(ConfigurationError, match="synchronous_commit=on"):
        own_database.refuse_unsafe()


def test_a_postgresql_that_never_flushes_is_refused(postgres: Postgres, own_database: Database) -> None:
    postgres.execute("ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
    try:
        wait_until(lambda: postgres.show("fsync") == "off")

        with pytest.raises(ConfigurationError, match="fsync=on"):
            own_database.refuse_unsafe()
    finally:
        postgres.execute("ALTER SYSTEM RESET fsync", "SELECT pg_reload_conf()")
        wait_until(lambda: postgres.show("fsync") == "on")


def test_sqlite_needs_no_look(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/x.db")

    database.refuse_unsafe()

    database.close()
