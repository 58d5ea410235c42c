"""Play labelled comments through a running installation and answer what waits by their labels, day by day.

What the lanes promise is held against what really came of their decisions: `python -m benchmarks.playing --data DIR`.
In the middle the installation is started again and Redis is emptied, which must change nothing.
"""

import json
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import httpx
import redis
from rich.console import Console
from rich.table import Table

from benchmarks.running import running
from store.live import embedded
from training import dataset

BATCH = 100
WAIT_SECONDS = 120.0
ENVIRONMENT = {"GATEPOST_UNDO_SECONDS": "0"}


@dataclass
class Player:
    """Who plays: the website with its key, the reviewer with a token, and the labels that both go by."""

    data: Path
    truth: dict[str, bool]
    key: str = ""
    token: str = ""
    base: str = ""
    seen: int = 0
    reviewed: int = 0
    client: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=60.0))

    def post(self, comments: list[dict[str, Any]]) -> None:
        """Submit a batch as the website."""
        answer = self.client.post(f"{self.base}/v1/comments:batch", json={"items": comments}, headers=_bearer(self.key))
        answer.raise_for_status()
        assert all(item["status"] in (200, 202) for item in answer.json()["items"]), answer.text[:500]
        self.seen += len(comments)

    def answer_what_waits(self) -> int:
        """Decide everything in the queue by its label; how many."""
        count = 0
        while True:
            listed = self.client.get(
                f"{self.base}/v1/review/items?limit=200&sort=oldest", headers=_bearer(self.token)
            ).json()["items"]
            if not listed:
                return count
            chosen = [
                {
                    "id": item["id"],
                    "version": item["version"],
                    "action": "reject" if self.truth[item["comment"]["external_id"]] else "approve",
                }
                for item in listed
            ]
            ruled = self.client.post(
                f"{self.base}/v1/review/decisions", json={"items": chosen}, headers=_bearer(self.token)
            )
            ruled.raise_for_status()
            assert all(item["status"] == 200 for item in ruled.json()["items"]), ruled.text[:500]
            count += len(chosen)

    def report(self) -> dict[str, Any]:
        """What the installation says of its lanes."""
        answer = self.client.get(f"{self.base}/v1/metrics/guarantee", headers=_bearer(self.key))
        answer.raise_for_status()
        said: dict[str, Any] = answer.json()
        return said

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Rows of a reading statement."""
        with closing(sqlite3.connect(self.data / "gatepost.db", timeout=30)) as database:
            return database.execute(statement).fetchall()

    def await_zero(self, statement: str) -> None:
        """Wait until a statement counts nothing."""
        until = time.monotonic() + WAIT_SECONDS
        while self.rows(statement)[0][0]:
            if time.monotonic() > until:
                raise SystemExit(f"Still not at zero after {WAIT_SECONDS:.0f} s: {statement}")
            time.sleep(0.1)


UNDECIDED = "SELECT count(*) FROM revisions WHERE state IN ('received', 'scoring')"
# The first evidence waits for a grid, which needs 200 scores.
UNCOUNTED = "SELECT count(*) FROM lane_outcomes WHERE counted_in IS NULL"


@click.command()
@click.option("--data", type=click.Path(path_type=Path, exists=True), required=True, help="Labelled comments.")
@click.option("--comments", "n_comments", default=6000, show_default=True)
@click.option("--day", "per_day", default=500, show_default=True, help="How many comments make a day.")
@click.option("--source", help="One source only.")
@click.option("--approve", default=0.005, show_default=True)
@click.option("--reject", default=0.001, show_default=True)
@click.option("--start", type=click.Choice(["provisional", "closed"]), default="provisional", show_default=True)
@click.option("--seed", default=1, show_default=True)
def main(  # noqa: PLR0917  One parameter an option.
    data: Path, n_comments: int, per_day: int, source: str | None, approve: float, reject: float, start: str, seed: int
) -> None:
    """Play labelled comments and print how the lanes stand at the end of each day."""
    drawn = _drawn(data, n_comments, source, seed)
    truth = {name: is_spam for name, _, is_spam in drawn}
    table = Table(
        "day",
        "comments",
        "seen by a person",
        "approve lane",
        "spam among approved\nwhile proven · before",
        "reject lane",
        "of genuine rejected\nwhile proven · before",
    )
    with tempfile.TemporaryDirectory() as directory:
        player = Player(Path(directory) / "data", truth)
        days = [drawn[at : at + per_day] for at in range(0, len(drawn), per_day)]
        middle = len(days) // 2
        acted: dict[str, tuple[str, int]] = {}
        for part, first in ((days[:middle], 1), (days[middle:], middle + 1)):
            with running(Path(directory), **ENVIRONMENT) as service:
                player.base = f"http://127.0.0.1:{service.port}"
                if first == 1:
                    _begin(player, service.key, {"approve": approve, "reject": reject, "start": start})
                for number, day in enumerate(part, first):
                    player.reviewed += _play(player, day)
                    if number == middle:
                        redis.Redis.from_url(embedded.url(player.data)).flushall()
                    acted |= {
                        name: (lane, at)
                        for name, lane, at in player.rows(
                            "SELECT c.external_id, d.lane, d.decided_at FROM decisions d"
                            " JOIN comments c ON c.id = d.comment_id WHERE d.lane IS NOT NULL"
                        )
                    }
                    _row(table, number, player, acted)
        replayed = subprocess.run(
            [sys.executable, "-m", "cli.main", "guarantee", "replay"],
            env={"GATEPOST_DATA": str(player.data), "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
        )
    console = Console(width=150)
    console.print(table)
    console.print(
        f"replay of the log: exit {replayed.returncode}, {replayed.stdout.strip() or replayed.stderr.strip()}"
    )


def _bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def _drawn(data: Path, n_comments: int, source: str | None, seed: int) -> list[tuple[str, str, bool]]:
    """(external id, text, whether it is spam) in random order."""
    found = [
        (comment.body, bool(is_spam))
        for one in dataset.read(data)
        if source in (None, one.name)
        for comment, is_spam in zip(one.comments, one.is_spam, strict=True)
    ]
    random.Random(seed).shuffle(found)
    return [(f"c{number}", body, is_spam) for number, (body, is_spam) in enumerate(found[:n_comments])]


def _begin(player: Player, key: str, targets: dict[str, Any]) -> None:
    """Lay down the targets, and make a reviewer."""
    player.key = key
    (site_id,) = player.rows("SELECT id FROM sites")[0]
    path = f"{player.base}/v1/sites/{site_id}/policy"
    tag = player.client.get(path, headers=_bearer(key)).headers["ETag"]
    answer = player.client.patch(path, json={"targets": targets}, headers=_bearer(key) | {"If-Match": tag})
    answer.raise_for_status()
    made = subprocess.run(
        [sys.executable, "-m", "cli.main", "reviewer", "add", "--name", "Player", "--role", "reviewer", "--json"],
        env={"GATEPOST_DATA": str(player.data), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    player.token = json.loads(made.stdout)["token"]


def _play(player: Player, day: list[tuple[str, str, bool]]) -> int:
    """Post a day's comments in batches, wait for the decisions, and answer what waits; how many answers."""
    answered = 0
    for at in range(0, len(day), BATCH):
        player.post([{"external_id": name, "body": body} for name, body, _ in day[at : at + BATCH]])
        player.await_zero(UNDECIDED)
    answered += player.answer_what_waits()
    player.await_zero(UNCOUNTED)
    return answered


def _row(table: Table, number: int, player: Player, acted: dict[str, tuple[str, int]]) -> None:
    """What a promise was about, and what came before there was one, are told apart."""
    said = {lane["lane"]: lane for lane in player.report()["lanes"]}
    approved = [(name, at) for name, (lane, at) in acted.items() if lane == "approve"]
    ham = [(name, at) for name, (_, at) in acted.items() if not player.truth[name]]
    table.add_row(
        str(number),
        str(player.seen),
        f"{player.reviewed / max(1, player.seen):.0%}",
        _state(said["approve"]),
        _wrong(approved, lambda name: player.truth[name], _proven(player, "approve")),
        _state(said["reject"]),
        _wrong(ham, lambda name: acted[name][0] == "reject", _proven(player, "reject")),
    )


def _wrong(decided: list[tuple[str, int]], is_wrong: Callable[[str], bool], proven: Callable[[int], bool]) -> str:
    parts = []
    for wanted in (True, False):
        some = [name for name, at in decided if proven(at) is wanted]
        parts.append(f"{sum(map(is_wrong, some))} of {len(some)}" if some else "–")
    return " · ".join(parts)


def _proven(player: Player, lane: str) -> Callable[[int], bool]:
    """Whether the lane had a certificate at an instant."""
    told = player.rows("SELECT at, state, data FROM events WHERE type LIKE 'lane.%' ORDER BY seq")
    changes = [(at, state in ("OPEN", "NARROWED")) for at, state, data in told if json.loads(data)["lane"] == lane]
    return lambda at: next((holds for since, holds in reversed(changes) if since <= at), False)


def _state(lane: dict[str, Any]) -> str:
    if lane["certificate"] is not None:
        return f"{lane['state']}, {lane['coverage']:.0%} of the traffic"
    missing = "" if lane["labels_to_open"] is None else f", {lane['labels_to_open']} labels missing"
    return f"{lane['state']}{missing}"


if __name__ == "__main__":
    main()
