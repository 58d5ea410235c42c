"""What the commands of training share on a terminal: options, a progress bar, tables, errors in one sentence."""

import getpass
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import click
import orjson
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from models.errors import GatepostError
from training.fit import Step

data_option = click.option("--data", type=click.Path(path_type=Path), help="Directory with labelled *.jsonl.gz files.")
labels_option = click.option(
    "--from-labels", is_flag=True, help="Learn from what reviewers decided and from feedback, as the database has it."
)
site_option = click.option("--site", "site_id", help="For this site alone, by its own labels.")
seed_option = click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Draws the rows and the folds."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
reason_option = click.option("--reason", default="", help="Why, for the history.")


def actor() -> str:
    """Who calls, for the history."""
    try:
        return f"command line ({getpass.getuser()})"
    except (KeyError, OSError):
        return "command line"


class Failed(click.ClickException):
    """What is said to have gone wrong, in the form in which every command of `gatepost` says it."""

    def show(self, file: IO[Any] | None = None) -> None:
        """Say it on standard error."""
        click.echo(f"gatepost: {self.message}", file=file, err=file is None)


@contextmanager
def one_sentence_errors() -> Iterator[None]:
    """Exit 1 with one sentence for what can be expected to go wrong."""
    try:
        yield
    except (GatepostError, OSError, ValueError) as error:
        raise Failed(str(error)) from error


@contextmanager
def progress_bar(n_steps: int) -> Iterator[Step]:
    """A bar on standard error that moves on with each step that is named."""
    columns = (TextColumn("{task.description:24}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("start", total=n_steps)
        done = iter(range(1_000_000))
        yield lambda name: progress.update(task, completed=next(done), description=name)
        progress.update(task, completed=n_steps, description="done")


def print_table(title: str, headings: Sequence[str], rows: Sequence[Sequence[str]], n_left: int = 1) -> None:
    """A table on standard output; all but the first `n_left` columns are numbers."""
    table = Table(title=title)
    for place, heading in enumerate(headings):
        table.add_column(heading, justify="left" if place < n_left else "right")
    for row in rows:
        table.add_row(*row)
    Console(width=None if sys.stdout.isatty() else 170).print(table)


def print_json(value: dict[str, Any]) -> None:
    """One object on standard output; what is no number is null."""
    click.echo(orjson.dumps(value).decode())
