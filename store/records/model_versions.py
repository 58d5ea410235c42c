"""The registry of models: only a registered digest is ever loaded."""

from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, update

from store.ids import new_id, now_us
from store.records.schema import model_versions


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """A registered model. `origin`: `shipped` with the project or `trained` here; `card`: JSON text."""

    id: str
    digest: str
    status: str
    origin: str
    card: str
    created_at: int


_COLUMNS = [model_versions.c[name] for name in ModelVersion.__slots__]


def register(connection: Connection, digest: str, origin: str, card: str) -> ModelVersion:
    """Enter a model as candidate; the entry that is there if the digest is known."""
    known = by_digest(connection, digest)
    if known is not None:
        return known
    version = ModelVersion(new_id("mdl"), digest, "candidate", origin, card, now_us())
    connection.execute(insert(model_versions).values(**{n: getattr(version, n) for n in ModelVersion.__slots__}))
    return version


def activate(connection: Connection, model_id: str) -> None:
    """Make a model the one that scores; the one before becomes a candidate again."""
    table = model_versions
    connection.execute(update(table).where(table.c.status == "active").values(status="candidate"))
    connection.execute(update(table).where(table.c.id == model_id).values(status="active"))


def active(connection: Connection) -> ModelVersion | None:
    """The model that scores."""
    row = connection.execute(select(*_COLUMNS).where(model_versions.c.status == "active")).one_or_none()
    return None if row is None else ModelVersion(*row)


def by_digest(connection: Connection, digest: str) -> ModelVersion | None:
    """The entry of a model file."""
    row = connection.execute(select(*_COLUMNS).where(model_versions.c.digest == digest)).one_or_none()
    return None if row is None else ModelVersion(*row)


def every(connection: Connection) -> list[ModelVersion]:
    """All registered models, oldest first."""
    return [ModelVersion(*row) for row in connection.execute(select(*_COLUMNS).order_by(model_versions.c.id))]
