"""Kill, stall and empty the parts of a running installation: nothing acknowledged is lost or decided twice.

`make mutants` runs this against copies of the product with the reconciler switched off and with the fence
removed, where it must fail.
"""

import fcntl
import http.client
import json
import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from history import Decided, History, Row, Step, violations
from installation import Installation, installation, send
from servers import wait_until

COMMENTS, CLIENTS = 500, 4
BIG_COMMENTS = 60
FAULTS = ("api", "worker", "redis", "flush", "worker", "redis", "api", "flush", "worker", "api")
HOME_SECONDS = 60.0
BACK_SECONDS = 30.0
LEASE_SECONDS = 2
OPEN = "SELECT count(*) FROM revisions WHERE state IN ('received', 'scoring')"


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Installation]:
    settings = {"GATEPOST_SCORING_LEASE_SECONDS": str(LEASE_SECONDS), "GATEPOST_WORKERS": "1"}
    with installation(tmp_path / "data", **settings) as started:
        yield started


@pytest.mark.timeout(300)
def test_every_acknowledged_comment_is_decided_exactly_once_whatever_dies(running: Installation) -> None:
    seed = int(os.environ.get("GATEPOST_CHAOS_SEED", "20261124"))
    history = History()

    clients = [threading.Thread(target=_post, args=(running, history, n)) for n in range(CLIENTS)]
    for client in clients:
        client.start()
    kills = _hurt(running, history, random.Random(seed), clients)
    for client in clients:
        client.join(BACK_SECONDS * 4)

    assert len(history.acknowledged) == COMMENTS, f"seed {seed}, faults {kills}"
    _all_decided(running, f"seed {seed}, faults {kills}")
    wait_until(lambda: not running.orphans(), BACK_SECONDS)
    assert violations(history, *_record(running)) == [], f"seed {seed}, faults {kills}"


@pytest.mark.timeout(300)
def test_a_worker_that_wakes_after_its_claim_has_ended_changes_nothing(running: Installation) -> None:
    history = History()

    # Given a worker that is stopped between its claim and its record, and a second one stopped on the same comments
    [first] = running.pids("worker")
    with _posting_big_comments(running, history):
        _stop_while_scoring(running, first, "attempt = 1")
    second = running.extra_worker()
    try:
        _stop_while_scoring(running, second.pid, "attempt = 2")
        # When the first wakes, and then the second
        send(first, signal.SIGCONT)
        wait_until(lambda: running.query(OPEN)[0][0] == 0, HOME_SECONDS)
        send(second.pid, signal.SIGCONT)
        _all_decided(running, "after both woke")
    finally:
        send(second.pid, signal.SIGCONT)
        second.terminate()
        second.wait(30)

    # Then each comment was decided once, by the claim that was the last
    assert len(history.acknowledged) == BIG_COMMENTS
    assert violations(history, *_record(running)) == []


def _post(running: Installation, history: History, number: int) -> None:
    """Post every fourth comment, again and again until it is acknowledged."""
    for index in range(number, COMMENTS, CLIENTS):
        body = {"external_id": f"c{index}", "body": f"Comment number {index}, see http://page{index}.example"}
        headers = {"Idempotency-Key": f"key-{index}"} if index % 2 else {}
        _until_acknowledged(running, history, body, headers)


def _until_acknowledged(running: Installation, history: History, body: dict[str, str], headers: dict[str, str]) -> None:
    def acknowledged() -> bool:
        history.sent[body["external_id"]] += 1
        try:
            connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=10)
            sent = headers | {"Authorization": f"Bearer {running.key}", "Content-Type": "application/json"}
            connection.request("POST", "/v1/comments", json.dumps(body), sent)
            answer = connection.getresponse()
            content = json.loads(answer.read())
        except (OSError, http.client.HTTPException, ValueError):
            return False  # Unknown whether it was taken: the same is sent again.
        if answer.status in (200, 202):
            history.acknowledge(body["external_id"], content["id"])
            return True
        if answer.status not in (409, 503):
            history.contradictions.append(f"{body['external_id']} was answered {answer.status} {content}")
            return True
        return False

    wait_until(acknowledged, HOME_SECONDS)


def _hurt(running: Installation, history: History, chance: random.Random, clients: list[threading.Thread]) -> list[str]:
    """One fault after the other, each once enough comments are through and what it hits is there again."""
    kills = []
    for place, fault in enumerate(FAULTS):
        mark = (place + chance.random()) * COMMENTS / len(FAULTS)
        wait_until(lambda mark=mark: len(history.acknowledged) >= mark or not _alive(clients), HOME_SECONDS)
        if fault == "flush":
            wait_until(lambda: _done(running.flush), BACK_SECONDS)
            kills.append("flush")
        else:
            wait_until(lambda fault=fault: running.pids(fault), BACK_SECONDS)
            kills.append(f"{fault} {running.kill(fault)}")
    return kills


def _alive(clients: list[threading.Thread]) -> bool:
    return any(client.is_alive() for client in clients)


def _done(action: Callable[[], None]) -> bool:
    try:
        action()
    except Exception:
        return False
    return True


@contextmanager
def _posting_big_comments(running: Installation, history: History) -> Iterator[None]:
    """Long comments, which take a while to score, posted from a thread while the block runs."""
    text = " ".join(f"word{n} paragraph{n * 7}" for n in range(2200))

    def post() -> None:
        for index in range(BIG_COMMENTS):
            _until_acknowledged(running, history, {"external_id": f"b{index}", "body": text}, {})

    poster = threading.Thread(target=post)
    poster.start()
    yield
    poster.join(HOME_SECONDS)
    assert not poster.is_alive()


def _stop_while_scoring(running: Installation, pid: int, condition: str) -> None:
    """Stop a process while it holds claims and no lock on the database, so that others can go on."""
    held = f"SELECT count(*) FROM revisions WHERE state = 'scoring' AND {condition}"

    def caught() -> bool:
        if not running.query(held)[0][0]:
            return False
        send(pid, signal.SIGSTOP)
        if running.query(held)[0][0] and _can_write(running):
            return True
        send(pid, signal.SIGCONT)
        return False

    wait_until(caught, HOME_SECONDS)


def _can_write(running: Installation) -> bool:
    """Whether nobody who is stopped keeps the others from writing: then a comment is taken within a moment."""
    with (running.data / "gatepost.db-turn").open("w") as turn:
        ends = time.monotonic() + 0.5
        while time.monotonic() < ends:
            try:
                fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            except BlockingIOError:
                continue
    return False


def _all_decided(running: Installation, context: str) -> None:
    ends = time.monotonic() + HOME_SECONDS
    wait_until(lambda: running.query(OPEN)[0][0] == 0 or time.monotonic() > ends, HOME_SECONDS + 5)
    left = running.query("SELECT id, state, attempt FROM revisions WHERE state IN ('received', 'scoring')")
    assert left == [], f"not decided within {HOME_SECONDS} s of the last fault; {context}"


def _record(running: Installation) -> tuple[list[Row], list[Decided], list[Step]]:
    rows = running.query(
        "SELECT c.external_id, c.id, r.state, r.attempt FROM comments c JOIN revisions r ON r.comment_id = c.id"
    )
    decisions = running.query("SELECT comment_id, cause, decided_by FROM decisions")
    steps = running.query("SELECT comment_id, previous_state, state FROM events ORDER BY seq")
    return [Row(*r) for r in rows], [Decided(*d) for d in decisions], [Step(*s) for s in steps]  # type: ignore[arg-type]
