"""`compare`, `promote`, `rollback` and `retrain`: from a candidate to the active model and back."""

from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

import click

from store.records.model_versions import scope_name
from training import console, promotion
from training.compare import Comparison, Difference, compare
from training.dataset import Source, read
from training.judged import rows_of_labels, rows_of_source
from training.labels import read_labels
from training.promotion import Model, Trial
from training.retraining import outcome, retrain, shown, shown_comparison, told, why
from training.runs import Order, gather, n_steps
from training.wiring import opened


@click.command(
    "compare", help="Print two models side by side, source by source, with 95 % intervals of the difference."
)
@click.argument("first")
@click.argument("second")
@console.data_option
@console.labels_option
@console.site_option
@console.json_option
def compare_command(
    first: str, second: str, *, data: Path | None, from_labels: bool, site_id: str | None, as_json: bool
) -> None:
    """FIRST and SECOND: ids (`mdl_…`), `active`, `shipped`, or paths of model files."""
    if data is None and not from_labels and site_id is None:
        raise click.UsageError("Name what to compare on: --data DIR, --from-labels, or --site ID.")
    with console.one_sentence_errors(), opened() as stores:
        models = [promotion.named(stores, name) for name in (first, second)]
        rows = [rows_of_source(source) for source in _read(data)]
        if from_labels or site_id is not None:
            with stores.database.read() as connection:
                rows.append(rows_of_labels(read_labels(connection, site_id)))
        found = compare(models[0].classifier, models[1].classifier, rows)
    learned = _learned(_read(data), models)
    if as_json:
        compared = [{**shown_comparison(one), "learned_by": learned.get(one.source, [])} for one in found]
        console.print_json({"first": models[0].name, "second": models[1].name, "sources": compared})
        return
    _print(found, models[0].name, models[1].name)
    for source, names in learned.items():
        click.echo(f"{source} was learned from by {' and '.join(names)}: the figures flatter there.")


@click.command("promote", help="Make a model active, if it is proven not worse than the active one.")
@click.argument("model_id", metavar="ID")
@console.data_option
@click.option(
    "--force", is_flag=True, help="Promote it whatever the gates say; its file must be in order all the same."
)
@console.reason_option
@console.json_option
def promote_command(*, model_id: str, data: Path | None, force: bool, reason: str, as_json: bool) -> None:
    """Exit 1 with one sentence where a gate is not passed."""
    with console.one_sentence_errors(), opened() as stores:
        trial = promotion.trial(stores, model_id, _read(data))
        promoted = force or trial.refusal is None
        if promoted:
            because = reason or why(trial)
            because = f"forced: {because}" if force else because
            promotion.promote(stores, model_id, actor=console.actor(), reason=because)
    if as_json:
        console.print_json({"promoted": promoted, **shown(trial)})
    else:
        _print_trial(trial)
    if not promoted:
        raise console.Failed(str(trial.refusal))
    if not as_json:
        click.echo(f"{model_id} is active for {scope_name(trial.candidate.site_id)}; workers load it within 5 seconds.")


@click.command("rollback", help="Return to the model that was active before.")
@console.site_option
@console.reason_option
@console.json_option
def rollback_command(*, site_id: str | None, reason: str, as_json: bool) -> None:
    """Exit 1 with one sentence where there is none."""
    with console.one_sentence_errors(), opened() as stores:
        version = promotion.roll_back(stores, site_id, actor=console.actor(), reason=reason)
    if as_json:
        console.print_json({"model": None if version is None else version.id, "site": site_id})
        return
    back = "the one for all sites" if version is None else version.id
    click.echo(f"{scope_name(site_id).capitalize()} went back to {back}; workers load it within 5 seconds.")


@click.command("retrain", help="Learn from what people decided since, and promote what is proven better.")
@console.data_option
@console.site_option
@console.seed_option
@click.option("--promote", is_flag=True, help="Make it active if it passes every gate and is better in a figure.")
@console.json_option
def retrain_command(*, data: Path | None, site_id: str | None, seed: int, promote: bool, as_json: bool) -> None:
    """Exit 0 whether or not it was better, so that it may run by time."""
    order = Order(data, from_labels=True, site_id=site_id, seed=seed)
    with console.one_sentence_errors(), opened() as stores:
        material = gather(stores, order)
        with nullcontext(_silent) if as_json else console.progress_bar(n_steps(material, order)) as step:
            trial, promoted = retrain(stores, order, material, promote=promote, actor=console.actor(), step=step)
    if as_json:
        console.print_json({"promoted": promoted, "better": trial.proven_better, **shown(trial)})
        return
    _print_trial(trial)
    click.echo(outcome(trial, promoted))


def _silent(_: str) -> None:
    """For who does not look."""


def _read(data: Path | None) -> list[Source]:
    return [] if data is None else read(data)


def _learned(sources: Sequence[Source], models: Sequence[Model]) -> dict[str, list[str]]:
    found = {}
    for source in sources:
        names = [
            model.name
            for model in models
            if any(row.get("sha256") == source.sha256 for row in model.card.get("learned_from", []))
        ]
        if names:
            found[source.name] = names
    return found


def _print_trial(trial: Trial) -> None:
    if trial.comparisons:
        _print(trial.comparisons, trial.against, trial.candidate.id)
    for gate in trial.gates:
        click.echo(f"{'passed' if gate.passed else 'CLOSED'}  {told(gate)}")


def _print(comparisons: Sequence[Comparison], first: str, second: str) -> None:
    rows = [
        (one.source if place == 0 else "", d.figure.title, str(one.n), str(one.n_spam), *_numbers(d))
        for one in comparisons
        for place, d in enumerate(one.differences)
    ]
    headings = ("source", "figure", "n", "spam", first, second, "difference, 95 %")
    console.print_table("Side by side", headings, rows, n_left=2)


def _numbers(difference: Difference) -> tuple[str, str, str]:
    if difference.first != difference.first:  # NaN: the figure does not exist here.
        return "-", "-", "-"
    return (
        f"{difference.first:.4f}",
        f"{difference.second:.4f}",
        f"{difference.low:+.4f} to {difference.high:+.4f}",
    )
