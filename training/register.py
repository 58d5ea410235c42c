"""Enter a trained model in the registry as a candidate: only a registered digest is ever loaded."""

import orjson

from models.artifact import ModelFile
from store.records import migrate, model_versions
from store.records.database import Database
from store.settings import Settings


def register(settings: Settings, saved: ModelFile) -> str:
    """The id of the model's entry, `mdl_…`; the one that is there where the same model was trained before.

    Raises DatabaseUnavailable or ConfigurationError where the installation's database cannot be used.
    """
    database = Database(settings.database_url, pool_size=2)
    try:
        migrate.upgrade(database)
        with database.write() as connection:
            return model_versions.register(connection, saved.digest, "trained", orjson.dumps(saved.card).decode()).id
    finally:
        database.close()
