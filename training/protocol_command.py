"""`evaluate --protocol`: figures of the recipe where it has never been, beside those of the textbook pipeline."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import click

from training import console, protocol, warm_start
from training.dataset import read
from training.fit import Recipe
from training.protocol_figures import Goal, PooledFigures, SourceFigures, figures, goals, pooled


class Protocol(StrEnum):
    """How rows are held out. Both are fitted in one run; this says what is printed."""

    LEAVE_ONE_SOURCE_OUT = "leave-one-source-out"
    GROUPED_FOLDS = "grouped-folds"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the caller asked for."""

    protocol: Protocol
    baseline: bool
    warm_start: bool
    as_json: bool
    seed: int


def protocol_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options of the protocol as one argument `protocol`, None where none was named."""

    def gathered(*, protocol: str | None, baseline: bool, warm: bool, as_json: bool, seed: int, **others: Any) -> None:
        if protocol is None and (baseline or warm or as_json):
            raise click.UsageError("--baseline, --warm-start and --json need --protocol.")
        wanted = None if protocol is None else Wanted(Protocol(protocol), baseline, warm, as_json, seed)
        command(protocol=wanted, **others)

    options = (
        click.option(
            "--protocol",
            type=click.Choice([one.value for one in Protocol]),
            help="Fit the recipe anew with each source, or each fold, left out, instead of judging a model file.",
        ),
        click.option("--baseline", is_flag=True, help="Put the textbook pipeline beside it."),
        click.option("--warm-start", "warm", is_flag=True, help="Show what 50, 200 or 500 reviewed comments give."),
        console.json_option,
        console.seed_option,
    )
    for option in options:
        gathered = option(gathered)
    return gathered


def run_protocol(data: Path, wanted: Wanted) -> None:
    """Fit, judge and print. Raises DataRefused where the data cannot be used."""
    recipe = Recipe(seed=wanted.seed)
    table = protocol.table_of(read(data), recipe)
    n_steps = protocol.n_steps(table, recipe) * (1 + wanted.baseline)
    with console.progress_bar(n_steps + wanted.warm_start * warm_start.n_steps(table)) as step:
        ours = protocol.ours(table, recipe, step)
        theirs = protocol.theirs(table, recipe, step) if wanted.baseline else None
        points = warm_start.curve(table, recipe, step) if wanted.warm_start else []
    said = {"ours": ours} | ({} if theirs is None else {"textbook": theirs})
    by_source = {name: figures(table, one) for name, one in said.items()}
    together = {name: pooled(table, one) for name, one in said.items()}
    reached = goals(by_source["ours"], by_source["textbook"], together["ours"]) if wanted.baseline else []
    if wanted.as_json:
        console.print_json(
            {
                "sources": {name: [asdict(one) for one in some] for name, some in by_source.items()},
                "pooled": {name: asdict(one) for name, one in together.items()},
                "warm_start": [asdict(point) for point in points],
                "goals": [asdict(goal) for goal in reached],
            }
        )
        return
    _print(wanted, by_source, together)
    _print_curve(points)
    _print_goals(reached)


def _print(wanted: Wanted, by_source: dict[str, list[SourceFigures]], together: dict[str, PooledFigures]) -> None:
    if wanted.protocol is Protocol.LEAVE_ONE_SOURCE_OUT:
        headings = ("source", "by", "n", "spam", "ROC-AUC", "PR-AUC", "recall at 1 %", "at 0.1 %", "Brier", "ECE")
        last = ("decided", "wrong of these", "spam of approved", "ham rejected")
        rows = [
            _row(name, one)
            for place in range(len(by_source["ours"]))
            for name, some in by_source.items()
            for one in some[place : place + 1]
        ]
        console.print_table("Each source judged without it", (*headings, *last), rows, n_left=2)
    rows = [
        (name, f"{one.auc:.4f}", f"{one.recall_1:.3f}", f"{one.brier:.4f}", f"{one.ece:.4f}")
        for name, one in together.items()
    ]
    console.print_table(
        "All sources together, held out in grouped folds", ("by", "ROC-AUC", "recall at 1 %", "Brier", "ECE"), rows
    )


def _row(name: str, one: SourceFigures) -> tuple[str, ...]:
    rates = (one.auc, one.pr_auc, one.recall_1, one.recall_01, one.brier, one.ece)
    return (
        one.source,
        name,
        str(one.n),
        str(one.n_spam),
        *("-" if value is None else f"{value:.3f}" for value in rates),
        f"{one.decided:.1%}",
        "-" if one.error is None else f"{one.error:.1%}",
        f"{one.spam_approved} of {one.n_approved}",
        "-" if one.false_rejections is None else f"{one.false_rejections:.2%}",
    )


def _print_curve(points: Sequence[warm_start.Point]) -> None:
    if not points:
        return
    rows = [
        (one.source, str(one.n_reviewed), str(one.n_judged), f"{one.auc:.3f}", f"{one.recall_1:.3f}") for one in points
    ]
    for n in warm_start.COUNTS[1:]:
        means = warm_start.mean_of(points, n)
        if means is not None:
            rows.append(("mean of those", f"0, {n}", "", f"{means[0]:.3f}, {means[1]:.3f}", ""))
    headings = ("source", "reviewed", "judged", "ROC-AUC", "recall at 1 %")
    console.print_table("A source left out, then some of its comments reviewed", headings, rows)


def _print_goals(reached: Sequence[Goal]) -> None:
    if reached:
        rows = [(goal.wanted, goal.reached, "holds" if goal.holds else "does not hold") for goal in reached]
        console.print_table("Goals", ("goal", "reached", ""), rows, n_left=3)
