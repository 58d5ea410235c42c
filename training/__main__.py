"""`python -m training`: train a model from labelled files, and say source by source how good it is."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from models.artifact import load, save, shipped
from models.errors import GatepostError
from models.thresholds import CAUTIOUS
from store.settings import load_settings
from training.dataset import Source, read
from training.evaluate import Figures, figures_of, figures_on
from training.fit import Recipe, Step, Trained, card, n_steps, train
from training.register import register

_DATA = click.option(
    "--data",
    required=True,
    type=click.Path(path_type=Path),
    help="Directory with labelled *.jsonl.gz files.",
)


@click.group(help="Train and evaluate comment classifiers.")
def main() -> None:
    """Entry of the command line."""


@main.command("train", help="Fit a model, print how good it is, and save it with its card.")
@_DATA
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Directory to save it in. Without it: among the models of this installation, registered as a candidate.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Draws the rows and the folds.")
def train_command(data: Path, out: Path | None, seed: int) -> None:
    """Exit 1 with one sentence where the data cannot be used."""
    with _one_sentence_errors():
        settings = load_settings()
        sources = read(data)
        trained = _train(sources, Recipe(seed=seed))
        figures = figures_of(trained, sources)
        saved = save(trained.classifier, out or settings.data / "models", full_card(trained, sources, figures))
        model_id = register(settings, saved) if out is None else None
    _print(figures)
    click.echo(f"Saved {saved.path} ({saved.n_bytes} bytes) and its card.")
    if model_id is not None:
        click.echo(f"Registered as {model_id}, a candidate; `gatepost models` lists it.")


@main.command("evaluate", help="Print how good the recipe of a model is, held out by fold and by source.")
@_DATA
@click.option(
    "--model", type=click.Path(path_type=Path), default=None, help="Model file; the shipped one if not given."
)
def evaluate_command(data: Path, model: Path | None) -> None:
    """Exit 1 with one sentence where the data or the model cannot be used."""
    with _one_sentence_errors():
        path = model or shipped()[0]
        classifier = load(path, path.stem)
        sources = read(data)
        again = Recipe(**classifier.get_params())
        trained = _train(sources, again)
        learned = {source.name for source in trained.table.sources}
        held = figures_of(trained, trained.table.sources)
        unseen = [figures_on(classifier, source) for source in sources if source.name not in learned]
    _print([*held, *unseen])


def full_card(trained: Trained, sources: Sequence[Source], figures: Sequence[Figures]) -> dict[str, object]:
    """The card with figures and thresholds."""
    rounded = [
        {name: round(value, 4) if isinstance(value, float) else value for name, value in asdict(one).items()}
        for one in figures
    ]
    return {**card(trained, sources), "thresholds": asdict(CAUTIOUS), "figures": rounded}


def _train(sources: Sequence[Source], recipe: Recipe) -> Trained:
    columns = (TextColumn("{task.description:24}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("start", total=n_steps(sources, recipe))
        trained = train(sources, recipe, _stepper(progress, task))
        progress.update(task, completed=n_steps(sources, recipe), description="done")
    return trained


def _stepper(progress: Progress, task: TaskID) -> Step:
    done = iter(range(1_000_000))

    def step(name: str) -> None:
        progress.update(task, completed=next(done), description=name)

    return step


def _print(figures: Sequence[Figures]) -> None:
    table = Table(title="Source by source")
    headings = ("source", "held out", "n", "spam", "AUC", "recall", "Brier", "ECE", "approve", "review", "reject")
    for heading in (*headings, "discard", "spam in approved", "ham in rejected", "ham in discarded", "FPR"):
        table.add_column(heading, justify="left" if heading in headings[:2] else "right")
    for one in figures:
        counts = (one.source, one.held.value, str(one.n), str(one.n_spam))
        rates = (one.auc, one.recall, one.brier, one.ece)
        lanes = (one.approved, one.review, one.rejected, one.discarded)
        errors = (one.spam_in_approved, one.ham_in_rejected, one.ham_in_discarded, one.false_positive_rate)
        table.add_row(*counts, *map(_rate, rates), *map(_percent, (*lanes, *errors)))
    Console(width=None if sys.stdout.isatty() else 170).print(table)


def _rate(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f}%"


@contextmanager
def _one_sentence_errors() -> Iterator[None]:
    try:
        yield
    except (GatepostError, OSError, ValueError) as error:
        raise click.ClickException(str(error)) from error


if __name__ == "__main__":
    main()
