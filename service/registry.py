"""What administrators ask about models over the web: to see them, and to have them trained, promoted, taken back.

The web process never loads a model, so it only writes down what is asked; the training worker does it.
"""

from contextlib import suppress

from models.errors import Forbidden, NotFound, RedisUnavailable, Refused
from models.vocabulary import Role
from service.auth import require_role_at
from store.live import queues
from store.live.connection import ERRORS
from store.records import model_versions, sites, training_runs
from store.records.database import Connection
from store.records.model_versions import ModelVersion
from store.records.reviewers import Reviewer
from store.records.training_runs import TrainingRun
from store.stores import Stores


class Registry:
    """Models and training runs, for administrators. One of a single site sees and changes that site's alone."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    def models(self, admin: Reviewer) -> list[ModelVersion]:
        """Those that this administrator may see, newest first: the ones for all sites, and those of the own site."""
        with self._stores.database.read() as connection:
            found = model_versions.every(connection)
        return [version for version in reversed(found) if _sees(admin, version.site_id)]

    def model(self, admin: Reviewer, model_id: str) -> ModelVersion:
        """One model. Raises NotFound."""
        with self._stores.database.read() as connection:
            return _model(connection, admin, model_id)

    def run(self, admin: Reviewer, run_id: str) -> TrainingRun:
        """One training run. Raises NotFound."""
        with self._stores.database.read() as connection:
            found = training_runs.get(connection, run_id)
        if not _sees(admin, found.site_id):
            raise NotFound("There is no such training run.")
        return found

    def train(self, admin: Reviewer, site_id: str | None, *, promote: bool, seed: int) -> TrainingRun:
        """Ask for a candidate, of a site or for all. Raises NotFound, Forbidden, RedisUnavailable."""
        with self._stores.database.write() as connection:
            if site_id is not None:
                require_role_at(admin, Role.ADMIN, site_id)
                sites.get(connection, site_id)
            _require_scope(admin, site_id)
            added = training_runs.add(
                connection, "train", actor=admin.name, site_id=site_id, promote=promote, seed=seed
            )
        return self._call(added)

    def promote(self, admin: Reviewer, model_id: str, reason: str) -> TrainingRun:
        """Ask for a model to become active. Raises NotFound, Forbidden, RedisUnavailable."""
        with self._stores.database.write() as connection:
            version = _model(connection, admin, model_id)
            _require_scope(admin, version.site_id)
            added = training_runs.add(
                connection, "promote", actor=admin.name, site_id=version.site_id, model_id=version.id, reason=reason
            )
        return self._call(added)

    def roll_back(self, admin: Reviewer, model_id: str, reason: str) -> TrainingRun:
        """Ask for the version before this active one. Raises NotFound, Forbidden, RedisUnavailable, and Refused where
        this one is not active."""
        with self._stores.database.write() as connection:
            version = _model(connection, admin, model_id)
            _require_scope(admin, version.site_id)
            if version.status != "active":
                raise NotActive("This model is not active, so there is nothing to take back.")
            added = training_runs.add(
                connection, "rollback", actor=admin.name, site_id=version.site_id, model_id=version.id, reason=reason
            )
        return self._call(added)

    def _call(self, run: TrainingRun) -> TrainingRun:
        """Call a training worker. Where Redis is away nobody would come, so the run is said to have failed."""
        try:
            queues.ensure_training(self._stores.redis)
        except ERRORS as error:
            why = "The training worker could not be called: Redis does not answer; try again in a moment."
            with self._stores.database.write() as connection:
                training_runs.end(connection, run.id, "failed", told=why)
            raise RedisUnavailable(why) from error
        return run


class NotActive(Refused):
    """The model is not active; promote it, or name the one that is."""


def _model(connection: Connection, admin: Reviewer, model_id: str) -> ModelVersion:
    """The model; one of another site is answered in the same words as none."""
    with suppress(NotFound):
        version = model_versions.get(connection, model_id)
        if _sees(admin, version.site_id):
            return version
    raise NotFound("There is no such model; `GET /v1/models` lists those that you may see.")


def _sees(admin: Reviewer, site_id: str | None) -> bool:
    return site_id is None or admin.may(Role.ADMIN, site_id)


def _require_scope(admin: Reviewer, site_id: str | None) -> None:
    if site_id is None and not admin.may(Role.ADMIN, None):
        raise Forbidden("This changes the model for all sites; you administer one site.")
