"""Training runs: what an administrator asked of the training worker, and what became of it."""

from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, update

from models.errors import NotFound
from store.ids import new_id, now_us
from store.records.training_tables import training_runs

LONGEST_US = 2 * 3600 * 1_000_000


@dataclass(frozen=True, slots=True)
class TrainingRun:
    """`kind`: `train`, `promote` or `rollback`; `model_id`: the model that is to be promoted or was trained; `promote`:
    1 where a trained model that is proven better is to become active. `state`: `queued`, `running`, `done`,
    `refused` (`told` says why) or `failed`; `outcome`: JSON, None before the end."""

    id: str
    kind: str
    site_id: str | None
    model_id: str | None
    promote: int
    seed: int
    reason: str
    actor: str
    state: str
    told: str | None
    outcome: str | None
    created_at: int
    started_at: int | None
    ended_at: int | None


_COLUMNS = [training_runs.c[name] for name in TrainingRun.__slots__]


def add(
    connection: Connection,
    kind: str,
    *,
    actor: str,
    site_id: str | None = None,
    model_id: str | None = None,
    promote: bool = False,
    seed: int = 0,
    reason: str = "",
) -> TrainingRun:
    """Write down what is asked; a training worker takes it from here."""
    told = (kind, site_id, model_id, int(promote), seed, reason, actor)
    run = TrainingRun(new_id("trn"), *told, "queued", None, None, now_us(), None, None)
    values = {name: getattr(run, name) for name in TrainingRun.__slots__}
    connection.execute(insert(training_runs).values(**values))
    return run


def get(connection: Connection, run_id: str) -> TrainingRun:
    """One run. Raises NotFound."""
    row = connection.execute(select(*_COLUMNS).where(training_runs.c.id == run_id)).one_or_none()
    if row is None:
        raise NotFound("There is no such training run.")
    return TrainingRun(*row)


def claim(connection: Connection) -> TrainingRun | None:
    """Take the oldest that is queued and say that it runs; None where none is. One that has run for two hours was
    given up by its worker, and is said to have failed."""
    now = now_us()
    table = training_runs
    given_up = (table.c.state == "running") & (table.c.started_at < now - LONGEST_US)
    lost = {"state": "failed", "told": "The training worker ended before the run did.", "ended_at": now}
    connection.execute(update(table).where(given_up).values(**lost))
    queued = select(table.c.id).where(table.c.state == "queued").order_by(table.c.id).limit(1).with_for_update()
    run_id = connection.execute(queued).scalar()
    if run_id is None:
        return None
    connection.execute(update(table).where(table.c.id == run_id).values(state="running", started_at=now))
    return get(connection, run_id)


def end(
    connection: Connection,
    run_id: str,
    state: str,
    *,
    told: str,
    outcome: str | None = None,
    model_id: str | None = None,
) -> None:
    """Say what became of a run."""
    values = {"state": state, "told": told, "outcome": outcome, "ended_at": now_us()}
    values |= {} if model_id is None else {"model_id": model_id}
    connection.execute(update(training_runs).where(training_runs.c.id == run_id).values(**values))
