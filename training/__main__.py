"""`python -m training`: train a model from labelled comments, say source by source how good it is, and promote it."""

from collections.abc import Sequence
from pathlib import Path

import click

from models.artifact import ModelFile, load, shipped
from store.records.model_versions import scope_name
from training import console
from training.dataset import read
from training.evaluate import Figures, figures_of, figures_on
from training.fit import Recipe, n_steps, train
from training.listing import models_command
from training.protocol_command import Wanted, protocol_options, run_protocol
from training.registry_commands import compare_command, promote_command, retrain_command, rollback_command
from training.replay_command import replay_command
from training.runs import HELD_OUT, Learned, Order, from_sources, gather, learn, register, save
from training.runs import n_steps as n_steps_of_run
from training.wiring import opened


@click.group(help="Train, evaluate and promote comment classifiers.")
def main() -> None:
    """Entry of the command line."""


for _command in (models_command, compare_command, promote_command, rollback_command, retrain_command, replay_command):
    main.add_command(_command)


@main.command("train", help="Fit a model, print how good it is, and save it with its card.")
@console.data_option
@console.labels_option
@console.site_option
@click.option(
    "--hold-out",
    type=click.FloatRange(0, 1, max_open=True),
    default=HELD_OUT,
    show_default=True,
    help="Fraction of the newest labels to judge a promotion by instead of learning from them.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Directory to save it in. Without it: among the models of this installation, registered as a candidate.",
)
@console.seed_option
def train_command(
    *, data: Path | None, from_labels: bool, site_id: str | None, hold_out: float, out: Path | None, seed: int
) -> None:
    """Exit 1 with one sentence where the data cannot be used."""
    if data is None and not from_labels and site_id is None:
        raise click.UsageError("Name what to learn from: --data DIR, --from-labels, --site ID, or several of them.")
    with console.one_sentence_errors():
        if data is not None and not from_labels and site_id is None and out is not None:
            _finish(_from_files(data, seed), out)
            return
        order = Order(data, from_labels or site_id is not None, site_id, seed, hold_out)
        with opened() as stores:
            material = gather(stores, order)
            with console.progress_bar(n_steps_of_run(material, order)) as step:
                learned = learn(material, order, step)
            saved = _finish(learned, out or stores.settings.data / "models")
            if out is None:
                version = register(stores, saved, site_id)
                click.echo(f"Registered as {version.id}, a {version.status} for {scope_name(site_id)}.")


@main.command("evaluate", help="Print how good the recipe of a model is, held out by fold and by source.")
@console.data_option
@click.option(
    "--model", type=click.Path(path_type=Path), default=None, help="Model file; the shipped one if not given."
)
@protocol_options
def evaluate_command(*, data: Path | None, model: Path | None, protocol: Wanted | None) -> None:
    """Exit 1 with one sentence where the data or the model cannot be used."""
    if data is None:
        raise click.UsageError("Name what to evaluate on: --data DIR.")
    with console.one_sentence_errors():
        if protocol is not None:
            run_protocol(data, protocol)
            return
        path = model or shipped()[0]
        classifier = load(path, path.stem)
        sources = read(data)
        again = Recipe(**classifier.get_params())
        with console.progress_bar(n_steps(sources, again)) as step:
            trained = train(sources, again, step)
        learned = {source.name for source in trained.table.sources}
        held = figures_of(trained, trained.table.sources)
        unseen = [figures_on(classifier, source) for source in sources if source.name not in learned]
    _print([*held, *unseen])


def _from_files(data: Path, seed: int) -> Learned:
    """What files alone give, without touching a database."""
    sources, recipe = read(data), Recipe(seed=seed)
    with console.progress_bar(n_steps(sources, recipe)) as step:
        return from_sources(train(sources, recipe, step), sources)


def _finish(learned: Learned, directory: Path) -> ModelFile:
    saved = save(learned, directory)
    _print(learned.figures)
    click.echo(f"Saved {saved.path} ({saved.n_bytes} bytes), and its card in {directory / saved.digest}.")
    return saved


def _print(figures: Sequence[Figures]) -> None:
    headings = ("source", "held out", "n", "spam", "AUC", "recall", "Brier", "ECE", "approve", "review", "reject")
    rows = []
    for one in figures:
        counts = (one.source, one.held.value, str(one.n), str(one.n_spam))
        rates = (one.auc, one.recall, one.brier, one.ece)
        lanes = (one.approved, one.review, one.rejected, one.discarded)
        errors = (one.spam_in_approved, one.ham_in_rejected, one.ham_in_discarded, one.false_positive_rate)
        rows.append((*counts, *map(_rate, rates), *map(_percent, (*lanes, *errors))))
    last = ("discard", "spam in approved", "ham in rejected", "ham in discarded", "FPR")
    console.print_table("Source by source", (*headings, *last), rows, n_left=2)


def _rate(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f}%"


if __name__ == "__main__":
    main()
