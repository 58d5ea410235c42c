"""Checks: texts that somebody wants judged and nothing stored. They live in Redis for seconds, and with it they go."""

from collections.abc import Mapping
from typing import Any

import redis

from store.live import answers

LIVES_SECONDS = 15
_QUEUE = "gatepost:checks"
_ASKED = "gatepost:check:asked:"
_ANSWER = "gatepost:check:answer:"


def ask(client: redis.Redis, check_id: str, asked: bytes) -> None:
    """Leave a text for a worker; nobody who asked earlier than 15 s ago still waits."""
    pipeline = client.pipeline(transaction=False)
    pipeline.set(_ASKED + check_id, asked, ex=LIVES_SECONDS)
    pipeline.rpush(_QUEUE, check_id)
    pipeline.expire(_QUEUE, LIVES_SECONDS)
    pipeline.execute()


def take(client: redis.Redis, count: int) -> dict[str, bytes]:
    """Take up to `count` of those that wait, by check id; what is not answered then is not asked again."""
    ids: Any = client.lpop(_QUEUE, count)
    if not ids:
        return {}
    names = [check_id.decode() for check_id in ids]
    asked: Any = client.mget([_ASKED + name for name in names])
    return {name: text for name, text in zip(names, asked, strict=True) if text is not None}


def any_wait(client: redis.Redis) -> bool:
    """Whether somebody waits whose text no worker has taken."""
    return bool(client.llen(_QUEUE))


def answer(client: redis.Redis, answered: Mapping[str, bytes]) -> None:
    """Leave the answers and wake who waits for them."""
    pipeline = client.pipeline(transaction=False)
    for check_id, value in answered.items():
        pipeline.set(_ANSWER + check_id, value, ex=LIVES_SECONDS)
    answers.publish(pipeline, list(answered))
    pipeline.execute()


def fetch(client: redis.Redis, check_id: str) -> bytes | None:
    """The answer, if it is there, and nothing of it stays."""
    value: Any = client.getdel(_ANSWER + check_id)
    client.delete(_ASKED + check_id)
    return None if value is None else bytes(value)
