"""Bring the database to the schema of this version. Several processes may call it at once."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from models.errors import ConfigurationError
from store.records.database import Database
from store.records.training_tables import metadata

_LOCK = 4917001  # PostgreSQL advisory lock: one migration at a time.


def upgrade(database: Database) -> None:
    """Run the migrations that are missing, in one transaction."""
    with database.write() as connection:
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        command.upgrade(_config(connection), "head")


def require_current(database: Database) -> None:
    """Raise ConfigurationError unless the database has exactly the schema of this version."""
    with database.read() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    head = ScriptDirectory.from_config(_config(None)).get_current_head()
    if current != head:
        raise ConfigurationError("The database has another version's tables; run `gatepost db upgrade` first.")


def differences(connection: Connection) -> list[object]:
    """What Alembic finds different between the database and the schema; empty when they agree."""
    return list(compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata))


def _config(connection: Connection | None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config
