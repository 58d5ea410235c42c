"""Post a stream of real comments through HTTP, wait until all are decided, and compare with the naive ways.

    python -m benchmarks.stream --data DIR [--limit N] [--no-naive]

DIR holds `unlabelled-yt-stream.jsonl.gz` (one JSON object a line with `text`, `author`, `thread`). Everything runs
on this machine in temporary directories: a `gatepost up` of its own for batches, another for single comments, then
one RQ job a comment with the model preloaded, in a SimpleWorker and in RQ's default forking worker: first with the
same work a comment as our workers do, then with scoring and one insert alone. All figures come from one run, so that
their ratios can be compared; single figures depend on the machine.
"""

import gzip
import json
import sqlite3
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from benchmarks.load import Sent, post_all
from benchmarks.naive import naive_rate
from benchmarks.running import Running, running

NAIVE_SIMPLE, NAIVE_FORKING = 1500, 150
DECIDED_WITHIN_SECONDS = 300

GOALS = {"batches of 100": (60, 300), "one by one": (6, 30)}


@dataclass(frozen=True)
class Outcome:
    """What one way of posting gave. Latencies in milliseconds, from sending to the committed decision."""

    name: str
    comments: int
    seconds: float
    actions: dict[str, int]
    lost: int
    twice: int
    latencies_ms: list[float]

    @property
    def rate(self) -> float:
        """Comments decided a second, from the first request to the last decision."""
        return self.comments / self.seconds


@click.command()
@click.option("--data", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True)
@click.option("--limit", type=int, default=None, help="Use only the first N comments.")
@click.option("--clients", type=int, default=8, show_default=True, help="Connections that post at once.")
@click.option("--naive/--no-naive", default=True, help="Measure the naive ways too.")
def main(data: Path, limit: int | None, clients: int, naive: bool) -> None:
    """Run the comparison and print it."""
    comments = read_stream(data / "unlabelled-yt-stream.jsonl.gz", limit)
    console = Console(width=120)
    console.print(f"{len(comments)} comments, {clients} connections")
    outcomes = [
        measure("batches of 100", comments, clients, batch=100),
        measure("one by one", comments, clients, batch=1),
    ]
    console.print(table_of(outcomes))
    if naive:
        for name, same in (("the same work", True), ("scoring alone", False)):
            simple = naive_rate(comments[:NAIVE_SIMPLE], forking=False, same=same)
            forking = naive_rate(comments[:NAIVE_FORKING], forking=True, same=same)
            console.print(f"one RQ job a comment, {name}: SimpleWorker {simple:.0f}/s, forking worker {forking:.0f}/s")
            console.print(ratios_of(outcomes, simple, forking))
    if any(outcome.lost or outcome.twice for outcome in outcomes):
        sys.exit(1)


def read_stream(path: Path, limit: int | None) -> list[dict[str, object]]:
    """The comments as `POST /v1/comments` takes them; `external_id` is their place in the stream."""
    comments: list[dict[str, object]] = []
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            if limit is not None and number >= limit:
                break
            row = json.loads(line)
            comments.append(
                {
                    "external_id": f"s{number}",
                    "body": row["text"],
                    "author": {"id": row["author"]},
                    "page": {"url": f"https://videos.example/{row['thread']}"},
                }
            )
    return comments


def measure(name: str, comments: list[dict[str, object]], clients: int, batch: int) -> Outcome:
    """Post all comments to a fresh installation and read from its database what became of them."""
    with tempfile.TemporaryDirectory(prefix="gatepost-bench-") as directory, running(Path(directory)) as service:
        with Progress(transient=True) as progress:
            posting = progress.add_task(f"{name}: posting", total=len(comments))
            began = time.time()
            sent = post_all(
                service.port,
                service.key,
                comments,
                clients=clients,
                batch=batch,
                report=lambda n: progress.advance(posting, n),
            )
            deciding = progress.add_task(f"{name}: deciding", total=len(comments))
            wait_decided(service, len(comments), lambda n: progress.update(deciding, completed=n))
        return read_outcome(name, service, sent, began)


def wait_decided(service: Running, expected: int, report: "object") -> None:
    """Return when nothing waits to be decided any more; give up after five minutes."""
    ends = time.monotonic() + DECIDED_WITHIN_SECONDS
    while time.monotonic() < ends:
        decided = service.count_decided()
        report(decided)  # type: ignore[operator]
        if decided >= expected:
            return
        time.sleep(0.05)


def read_outcome(name: str, service: Running, sent: list[Sent], began: float) -> Outcome:
    """Count what is in the database against what was acknowledged."""
    with sqlite3.connect(service.database) as database:
        rows = database.execute(
            "SELECT c.external_id, d.action, d.decided_at FROM comments c JOIN decisions d ON d.comment_id = c.id"
        ).fetchall()
    decided_at: dict[str, int] = {}
    actions: dict[str, int] = {}
    for external_id, action, at in rows:
        decided_at[external_id] = at
        actions[action] = actions.get(action, 0) + 1
    latencies = sorted(decided_at[s.external_id] / 1000 - s.at * 1000 for s in sent if s.external_id in decided_at)
    return Outcome(
        name=name,
        comments=len(sent),
        seconds=max(decided_at.values()) / 1e6 - began,
        actions=actions,
        lost=sum(1 for s in sent if s.external_id not in decided_at),
        twice=len(rows) - len(decided_at),
        latencies_ms=latencies,
    )


def table_of(outcomes: list[Outcome]) -> Table:
    """Counts, throughput and latencies."""
    table = Table("posted", "comments", "decided/s", "p50 ms", "p95 ms", "p99 ms", "lost", "twice", "actions")
    for o in outcomes:
        quantiles = [f"{o.latencies_ms[int(q * (len(o.latencies_ms) - 1))]:.0f}" for q in (0.5, 0.95, 0.99)]
        actions = ", ".join(f"{name} {count}" for name, count in sorted(o.actions.items()))
        table.add_row(o.name, str(o.comments), f"{o.rate:.0f}", *quantiles, str(o.lost), str(o.twice), actions)
    return table


def ratios_of(outcomes: list[Outcome], simple: float, forking: float) -> Table:
    """How many times the naive ways, beside the goals."""
    table = Table("posted", "× SimpleWorker", "goal", "× forking", "goal")
    for o in outcomes:
        goal_simple, goal_forking = GOALS[o.name]
        table.add_row(
            o.name, f"{o.rate / simple:.1f}", f"≥ {goal_simple}", f"{o.rate / forking:.0f}", f"≥ {goal_forking}"
        )
    return table


if __name__ == "__main__":
    main()
