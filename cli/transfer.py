"""`gatepost import` and `gatepost export`."""

import gzip
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO, cast

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from cli.options import json_option, opened, show
from models.errors import Refused
from service.transfer import archive, history
from service.transfer.formats import FORMATS
from service.transfer.history import Imported
from service.transfer.rows import Broken
from service.transfer.source import Source
from store.live import queues
from store.live.connection import ERRORS
from store.records import sites
from store.records.history import Entered
from store.records.sites import Site
from store.stores import Stores
from worker.reconcile import mend_review_queue

SHOWN_BROKEN = 50


@click.command("import")
@click.argument("format_name", metavar="FORMAT", type=click.Choice(list(FORMATS)))
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--site", "site_id", required=True, help="The site that the comments belong to.")
@click.option("--skip-bad", is_flag=True, help="Exit 0 although rows could not be read.")
@json_option
def import_command(format_name: str, file: Path, site_id: str, skip_bad: bool, as_json: bool) -> None:
    """Bring in the comments of another system, or an export of Gatepost (`jsonl`); again changes nothing.

    FORMAT is wordpress, disqus, blogger, commento, csv or jsonl; FILE may be gzipped. What was decided there enters as
    it was left and is not scored; what was waiting there is decided here.
    """
    counts = Imported()
    with opened() as stores, Source(file) as source:
        with stores.database.read() as connection:
            site = sites.get(connection, site_id)
        try:
            with _progress(source) as advance:
                for so_far in _steps(stores, site, format_name, source, advance):
                    counts = so_far
        finally:
            _wake(stores)
            shown = {**asdict(counts.entered), "broken": counts.broken}
            show(shown, as_json, _sentence(counts))
    if counts.broken and not skip_bad:
        raise SystemExit(1)


@click.command("export")
@click.option("--site", "site_id", required=True, help="The site whose comments are written.")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="File to write; gzipped if it ends in .gz."
)
@click.option("--with-pseudonym-key", is_flag=True, help="So that another installation knows the authors again.")
def export_command(site_id: str, out: Path | None, with_pseudonym_key: bool) -> None:
    """Write every comment of a site with revisions, decisions, events, labels and review state, one a line (JSONL)."""
    n_written = 0
    with opened() as stores:
        with stores.database.read() as connection:
            site = sites.get(connection, site_id)
        with _writing(out) as stream:
            for number in archive.send_out(stores.database, site, stream, with_pseudonym_key=with_pseudonym_key):
                n_written = number
    click.echo(f"{n_written} comments are written.", err=True)


class _Complaints:
    """Tells on standard error of rows that cannot be read: the first ones each, of the others that there are more."""

    def __init__(self) -> None:
        self._n = 0

    def __call__(self, broken: Broken) -> None:
        self._n += 1
        if self._n <= SHOWN_BROKEN:
            click.echo(f"row {broken.number}: {broken.why}", err=True)
        elif self._n == SHOWN_BROKEN + 1:
            click.echo("more rows that cannot be read are counted only", err=True)


def _steps(
    stores: Stores,
    site: Site,
    format_name: str,
    source: Source,
    on_batch: Callable[[int], None],
) -> Iterator[Imported]:
    on_broken = _Complaints()
    if format_name == "jsonl" and archive.header(source) is not None:
        found = archive.take_in(stores.database, site, source, on_broken=on_broken, on_batch=on_batch)
        for new, known, broken in found:
            yield Imported(Entered(new=new, known=known), broken)
        return
    chosen = FORMATS[format_name]
    yield from history.bring_in(
        stores.database, site, chosen.origin, chosen.rows(source), on_broken=on_broken, on_batch=on_batch
    )


def _sentence(counts: Imported) -> str:
    entered = counts.entered
    parts = [f"{entered.new} comments are new", f"{entered.known} were here already"]
    if entered.changed:
        parts.append(f"{entered.changed} of them with another text, which stays")
    if entered.due:
        parts.append(f"{entered.due} of the new ones are to be decided here")
    if entered.parentless:
        parts.append(f"{entered.parentless} reply to a comment that is not here")
    if counts.broken:
        parts.append(f"{counts.broken} rows could not be read and are left out")
    return "; ".join(parts) + "."


def _wake(stores: Stores) -> None:
    """Have what is due decided and what waits shown at once; without Redis the clock does it later."""
    with suppress(*ERRORS):
        queues.ensure_drain(stores.redis)
        mend_review_queue(stores)


@contextmanager
def _progress(source: Source) -> Iterator[Callable[[int], None]]:
    """A bar on standard error where that is a terminal: how much of the file is read, and how many rows."""
    columns = (BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[rows]} rows"), TimeRemainingColumn())
    console = Console(stderr=True)
    rows = 0
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=source.size_bytes, rows=0)

        def advance(n_rows: int) -> None:
            nonlocal rows
            rows += n_rows
            progress.update(task, completed=source.position_bytes, rows=rows)

        yield advance


@contextmanager
def _writing(out: Path | None) -> Iterator[BinaryIO]:
    """Standard output, or a file that is there only when it is whole."""
    if out is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    unfinished = out.with_name(f".{out.name}.unfinished")
    try:
        with unfinished.open("wb") as file:
            if out.suffix == ".gz":
                with gzip.GzipFile(filename="", fileobj=file, mode="wb", mtime=0) as zipped:
                    yield cast(BinaryIO, zipped)
            else:
                yield file
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(out)
    except OSError as error:
        raise Refused(f"{out} cannot be written: {error.strerror}.") from error
    finally:
        unfinished.unlink(missing_ok=True)
