"""What several commands share: the settings of this installation, its stores, and JSON on request."""

import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import orjson

from models.errors import ConfigurationError, RedisUnavailable
from service.preview import Preview
from store.live.connection import refuse_eviction
from store.records import migrate
from store.settings import Settings, load_settings
from store.stores import Stores, open_stores

log = logging.getLogger(__name__)

data_option = click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    help="Data directory [GATEPOST_DATA, default ./var].",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


def require_ready(settings: Settings) -> None:
    """Raise ConfigurationError unless a long-running process can work here: tables, durability, eviction policy.

    A Redis that does not answer just now stops nothing: comments are taken without it.
    """
    stores = open_stores(settings, pool_size=1)
    try:
        stores.database.refuse_unsafe()
        migrate.require_current(stores.database)
        try:
            refuse_eviction(stores.redis)
        except RedisUnavailable as error:
            log.warning("%s", error)
    finally:
        stores.close()


def refuse_taken_port(settings: Settings, *, shared: bool = False) -> None:
    """Raise ConfigurationError where another process listens on the port; `shared`: other API processes may."""
    with socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise ConfigurationError(
                f"Port {settings.port} on {settings.host} cannot be opened ({error.strerror});"
                " choose another by --port."
            ) from error


class Commands(click.Group):
    """A group that says of each command its whole first sentence, where click would cut it."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands."""
        listed = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl([(name, one.get_short_help_str(limit=500)) for name, one in listed if one is not None])


@contextmanager
def opened(settings: Settings | None = None) -> Iterator[Stores]:
    """The stores of this installation, with the database at this version's schema."""
    stores = open_stores(settings or load_settings())
    try:
        migrate.upgrade(stores.database)
        yield stores
    finally:
        stores.close()


def show(value: dict[str, Any], as_json: bool, text: str) -> None:
    """Print one object as JSON, or the text for a person."""
    click.echo(orjson.dumps(value).decode() if as_json else text)


def table(items: list[dict[str, Any]]) -> str:
    """Rows of text, their columns below each other; empty where there is nothing."""
    rows = [[str(value) if value is not None else "-" for value in item.values()] for item in items]
    if not rows:
        return ""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)


def previewed(found: Preview) -> dict[str, Any]:
    """The counts of a preview, without the comments."""
    return {
        "summary": found.summary(),
        "comments": found.n_comments,
        "complete": found.complete,
        "matched": found.matched,
        "changes": [{"before": b.value, "after": a.value, "count": n} for (b, a), n in sorted(found.changes.items())],
    }
