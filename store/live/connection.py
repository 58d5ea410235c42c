"""Connections to Redis, the keys that we use in it, and the refusal of a Redis that forgets."""

import redis
from redis.backoff import ExponentialBackoff
from redis.retry import Retry

from models.errors import ConfigurationError, RedisUnavailable

SOCKET_TIMEOUT_SECONDS = 2.0

ERRORS = (redis.RedisError, OSError)


def connect(url: str, *, timeout_seconds: float | None = SOCKET_TIMEOUT_SECONDS) -> redis.Redis:
    """A client that gives up quickly: nothing that somebody waits for may hang on Redis.

    `timeout_seconds` None is for a worker that blocks on its queue.
    """
    return redis.Redis.from_url(
        url,
        socket_timeout=timeout_seconds,
        socket_connect_timeout=SOCKET_TIMEOUT_SECONDS,
        retry=Retry(ExponentialBackoff(cap=0.2, base=0.02), 2),
        health_check_interval=30,
    )


def refuse_eviction(client: redis.Redis) -> None:
    """Raise ConfigurationError unless Redis keeps what it is given; RedisUnavailable where it does not answer."""
    try:
        answer = client.config_get("maxmemory-policy")
    except redis.ResponseError:
        # A managed Redis may forbid CONFIG; INFO tells the same.
        info = client.info("memory")
        answer = {"maxmemory-policy": info.get("maxmemory_policy", "noeviction")}
    except ERRORS as error:
        raise RedisUnavailable(f"Redis does not answer ({error}); start it or correct REDIS_URL.") from error
    policy = str(answer.get("maxmemory-policy", "noeviction"))
    if policy != "noeviction":
        raise ConfigurationError(
            f"Redis evicts keys (maxmemory-policy {policy}) and would lose work silently;"
            " run `redis-cli config set maxmemory-policy noeviction` and set it in redis.conf too."
        )
