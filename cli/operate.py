"""`gatepost db`, `rebuild-redis` and `check`."""

import shutil
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import click
import orjson

from cli.options import Commands, json_option, opened, show
from cli.supervisor import alone
from models.errors import GatepostError, RedisUnavailable
from store.live import queues, review_queue
from store.live.connection import ERRORS, refuse_eviction
from store.records import backup, migrate, model_versions, reputations
from store.settings import load_settings
from store.stores import Stores, open_stores
from worker.reconcile import rebuild_review_queue

LOW_DISK_BYTES = 500 * 1024 * 1024


@click.group(cls=Commands)
def db() -> None:
    """Care for the database."""


@db.command("upgrade")
def db_upgrade() -> None:
    """Bring the database to the tables of this version; again is harmless."""
    with opened() as stores:
        migrate.require_current(stores.database)
    click.echo("The database has this version's tables.")


@db.command("backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def db_backup(file: Path) -> None:
    """Write the whole database to FILE, while Gatepost goes on working."""
    with opened() as stores:
        backup.save(stores.database, file)
    click.echo(f"The database is in {file}; keep the directory of models and the secret key beside it.")


@db.command("restore")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--verify", is_flag=True, help="Read every row afterwards, and compare it where that can be done.")
@json_option
def db_restore(file: Path, verify: bool, as_json: bool) -> None:
    """Put a backup in the place of the database; nothing else may run. What was there is kept in the data directory."""
    settings = load_settings()
    stores = open_stores(settings)
    kept = settings.data / f"before-restore-{datetime.now(UTC):%Y%m%dT%H%M%S%f}.backup"
    with alone(settings):
        had = backup.restore(stores.database, file, kept, verify=verify)
        counts = backup.examine(stores.database) if verify else None
        with suppress(*ERRORS):  # Else the clock builds it again once it runs.
            rebuild_review_queue(stores)
    stores.close()
    shown = {"restored": True, "kept": str(kept) if had else None, "verified": counts}
    sentence = f"{file} is restored."
    if counts is not None:
        sentence += " Verified: " + ", ".join(f"{count} {name}" for name, count in counts.items()) + "."
    show(shown, as_json, sentence + (f" What was there before is in {kept}." if had else ""))


@db.command("recount")
@json_option
def db_recount(as_json: bool) -> None:
    """Count anew from the labels what is known of authors, domains and texts."""
    with opened() as stores, stores.database.write() as connection:
        count = reputations.recount(connection)
    show({"reputations": count}, as_json, f"{count} reputations were counted from the labels.")


@click.command("rebuild-redis")
@json_option
def rebuild_redis(as_json: bool) -> None:
    """Rebuild from the database what Redis holds: the review queue, and the wake-up for what is due."""
    with opened() as stores:
        try:
            count = rebuild_review_queue(stores)
            queues.ensure_drain(stores.redis)
        except ERRORS as error:
            raise RedisUnavailable(f"Redis does not answer ({error}); start it or correct REDIS_URL.") from error
    show({"review_items": count}, as_json, f"{count} comments wait for a person; the review queue holds them all.")


@click.command()
@json_option
def check(as_json: bool) -> None:
    """Examine this installation: database, Redis, worker, model, disk. Exit 1 with a list of what is wrong."""
    stores = open_stores(load_settings())
    wrong = [sentence for look in (_database, _redis, _disk) for sentence in look(stores)]
    stores.close()
    if as_json:
        click.echo(orjson.dumps({"ok": not wrong, "problems": wrong}).decode())
    else:
        click.echo("\n".join(f"- {sentence}" for sentence in wrong) or "Everything is in order.")
    if wrong:
        raise SystemExit(1)


def _database(stores: Stores) -> list[str]:
    try:
        stores.database.refuse_unsafe()
        migrate.require_current(stores.database)
        with stores.database.read() as connection:
            active = model_versions.active(connection)
    except GatepostError as error:
        return [str(error)]
    return [] if active else ["No model is active; start a worker, which registers the shipped one."]


def _redis(stores: Stores) -> list[str]:
    try:
        refuse_eviction(stores.redis)
        wrong = []
        if not queues.alive(stores.redis):
            wrong.append("No scoring worker lives; run `gatepost worker`.")
        if queues.count_refused(stores.redis):
            wrong.append("A model in force is refused by a worker and its comments go to review; the log says why.")
        if review_queue.size(stores.redis) is None:
            wrong.append("The review queue has been lost; `gatepost rebuild-redis` builds it again.")
        return wrong
    except GatepostError as error:
        return [str(error)]
    except ERRORS as error:
        return [f"Redis does not answer ({error}); start it or correct REDIS_URL."]


def _disk(stores: Stores) -> list[str]:
    if not stores.settings.data.is_dir():
        return [f"There is no data directory {stores.settings.data}; set GATEPOST_DATA, or start Gatepost once."]
    free = shutil.disk_usage(stores.settings.data).free
    if free < LOW_DISK_BYTES:
        return [f"Only {free // 1024**2} MiB are free in {stores.settings.data}; make room."]
    return []
