"""What a website tries on its history: another policy or another model. The training worker carries it out."""

from typing import Any, NamedTuple

import orjson

from models.errors import NotFound, RedisUnavailable
from models.vocabulary import State
from store.live import queues
from store.live.connection import ERRORS
from store.records import comments, model_versions, simulations
from store.records.comments import CommentRecord
from store.records.database import Connection
from store.records.simulations import Simulation
from store.stores import Stores


class UnknownModel(NotFound):
    """There is no such model for this site."""


class Found(NamedTuple):
    """A simulation, and the comments that its outcome names, without those that are gone."""

    simulation: Simulation
    records: dict[str, CommentRecord]


class Simulations:
    """The simulations of all sites; each method names the site that asks, and finds no other's."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    def ask(self, site_id: str, asked: dict[str, Any], *, model_id: str | None, last: int) -> Simulation:
        """Write it down and call a training worker. Raises UnknownModel, RedisUnavailable."""
        with self._stores.database.write() as connection:
            if model_id is not None and not _is_theirs(connection, model_id, site_id):
                raise UnknownModel("There is no such model for this site.")
            made = simulations.add(connection, site_id, asked, model_id=model_id, last=last)
        try:
            queues.ensure_simulations(self._stores.redis)
        except ERRORS as error:
            why = "The training worker could not be called: Redis does not answer; try again in a moment."
            with self._stores.database.write() as connection:
                simulations.end(connection, made.id, "failed", why)
            raise RedisUnavailable(why) from error
        return made

    def read(self, site_id: str, simulation_id: str) -> Found:
        """A simulation with the comments that its outcome names. Raises NotFound."""
        with self._stores.database.read() as connection:
            found = simulations.get(connection, simulation_id, site_id)
            ids = [] if found.outcome is None else [flip[0] for flip in orjson.loads(found.outcome)["flips"]]
            records = comments.by_ids(connection, ids) if ids else {}
        return Found(found, {one.id: one for one in records.values() if one.state != State.ERASED})


def _is_theirs(connection: Connection, model_id: str, site_id: str) -> bool:
    try:
        return model_versions.get(connection, model_id).site_id in (None, site_id)
    except NotFound:
        return False
