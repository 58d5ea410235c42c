"""Simulations: what a website asked to be tried on its history, and what came of it."""

from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, insert, select, update

from models.errors import NotFound
from models.vocabulary import ListEffect, ListEntry, ListKind, Mode, Rule
from store.ids import new_id, now_us
from store.records.policies import StoredPolicy, action_from, conditions_from
from store.records.simulation_tables import QUEUED, simulations

LONGEST_US = 2 * 3600 * 1_000_000


class Simulation(NamedTuple):
    """`asked`: JSON of what differs from the policy as it stands; `model_id`: who scores, None for the stored scores;
    `last`: how many comments. `state`: queued, running, done, refused (`told` says why) or failed; `outcome`: JSON."""

    id: str
    site_id: str
    asked: str
    model_id: str | None
    last: int
    state: str
    told: str | None
    outcome: str | None
    created_at: int
    started_at: int | None
    ended_at: int | None


_COLUMNS = [simulations.c[name] for name in Simulation._fields]


def add(connection: Connection, site_id: str, asked: dict[str, Any], *, model_id: str | None, last: int) -> Simulation:
    """Write down what is asked; a training worker takes it from here."""
    text = orjson.dumps(asked).decode()
    made = Simulation(new_id("sim"), site_id, text, model_id, last, "queued", None, None, now_us(), None, None)
    connection.execute(insert(simulations).values(made._asdict()))
    return made


def get(connection: Connection, simulation_id: str, site_id: str) -> Simulation:
    """One simulation of a site. Raises NotFound."""
    query = select(*_COLUMNS).where(simulations.c.id == simulation_id, simulations.c.site_id == site_id)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFound("There is no such simulation on this site; check the id and the key.")
    return Simulation(*row)


def claim(connection: Connection) -> Simulation | None:
    """Take the oldest that is queued and say that it runs; None where none is. One that has run for two hours was
    given up by its worker, and is said to have failed."""
    now = now_us()
    given_up = (simulations.c.state == "running") & (simulations.c.started_at < now - LONGEST_US)
    lost = {"state": "failed", "told": "The training worker ended before the simulation did.", "ended_at": now}
    connection.execute(update(simulations).where(given_up).values(**lost))
    query = select(*_COLUMNS).where(QUEUED).order_by(simulations.c.id).limit(1).with_for_update()
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    running = Simulation(*row)._replace(state="running", started_at=now)
    taken = {"state": running.state, "started_at": running.started_at}
    connection.execute(update(simulations).where(simulations.c.id == running.id).values(**taken))
    return running


def end(connection: Connection, simulation_id: str, state: str, told: str, outcome: str | None = None) -> None:
    """Say what became of it."""
    values = {"state": state, "told": told, "outcome": outcome, "ended_at": now_us()}
    connection.execute(update(simulations).where(simulations.c.id == simulation_id).values(**values))


def proposed(now: StoredPolicy, asked: str) -> StoredPolicy:
    """The policy as it stands with what was asked in its place."""
    wanted: dict[str, Any] = orjson.loads(asked)
    values: dict[str, Any] = {
        name: wanted[name] for name in ("first_comments", "trust_after", "author_per_hour") if name in wanted
    }
    if "mode" in wanted:
        values["mode"] = Mode(wanted["mode"])
    if "entries" in wanted:
        values["entries"] = tuple(
            ListEntry(f"lst_{number}", ListEffect(one["effect"]), ListKind(one["kind"]), one["value"], one["reason"])
            for number, one in enumerate(wanted["entries"], 1)
        )
    if "rules" in wanted:
        values["rules"] = tuple(
            Rule(f"rul_{number}", one["name"], conditions_from(one["conditions"]), action_from(one["action"]))
            for number, one in enumerate(wanted["rules"], 1)
        )
    return now._replace(**values)
