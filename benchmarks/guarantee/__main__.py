"""Whether the bounded error holds: `python -m benchmarks.guarantee [--full] [--scores FILE] [--only NAME]`.

Simulates sites whose truth is known on the very reducer that production runs, and prints each figure beside its goal.
Fixed seeds, a process a core: some minutes on two, half an hour with `--full`. `--scores`: real scores as
`benchmarks.guarantee.scores` writes them; without it two normal distributions stand in. Exit 1 where a goal is missed.
"""

import os
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path

from benchmarks.guarantee import copies, intervals, shifts, stationary
from benchmarks.guarantee.population import REAL, gaussian, real
from benchmarks.guarantee.result import Result
from models.guarantee.lanes import Bounds

STRONG, WEAK = 4.2, 2.66


def main() -> None:
    """Print the tables."""
    parser = ArgumentParser(description="Simulate the guarantee.")
    parser.add_argument("--full", action="store_true", help="as many runs as the documented figures")
    parser.add_argument("--scores", type=Path, help="*.npz of benchmarks.guarantee.scores")
    parser.add_argument("--only", help="one table")
    arguments = parser.parse_args()
    kept = True
    for name, table in _tables(arguments.scores, 5 if arguments.full else 1).items():
        if arguments.only in (None, name):
            begun = time.monotonic()
            results = table()
            print(f"\n{name} ({time.monotonic() - begun:.0f} s)\n| what | figure | goal | |\n|---|---|---|---|")
            print("\n".join(result.line() for result in results), flush=True)
            kept = kept and all(result.kept is not False for result in results)
    sys.exit(0 if kept else 1)


def _tables(scores: Path | None, times: int) -> dict[str, Callable[[], list[Result]]]:
    if scores is None:
        populations = [gaussian(STRONG), gaussian(WEAK)]
    else:
        populations = [real(scores, name) for name in REAL] + [gaussian(WEAK)]
    strong, cores = populations[0], os.cpu_count() or 1
    quiet = Bounds(*_quantiles(strong))
    tables = {
        "speed": lambda: stationary.helps_soon(strong, 20 * times, cores),
        "stationary": lambda: stationary.whole_loop(populations, 20 * times, cores),
        "adversarial": lambda: stationary.adversarial(120 * times, cores),
        "delays": lambda: shifts.delays(20 * times, cores),
        "campaign": lambda: shifts.campaign(strong, 20 * times, cores),
        "prevalence": lambda: shifts.prevalence(populations[-1], 20 * times, cores),
        "false-alarms": lambda: shifts.false_alarms(40 * times, cores),
        "interval": lambda: intervals.drifting(40 * times),
        "weights": lambda: intervals.weighted_means(strong, quiet, 100 * times),
        "copies": lambda: copies.clustered(20 * times, cores) + copies.known_sizes(100 * times),
    }
    if scores is not None:
        by_probability = real(scores, REAL[0], ends=False)
        tables["foreign"] = lambda: (
            shifts.foreign(strong, scores, 20 * times, cores)
            + shifts.foreign(by_probability, scores, 20 * times, cores, ends=False)
        )
        tables["speed-by-probability"] = lambda: stationary.helps_soon(by_probability, 20 * times, cores)
    return tables


def _quantiles(population: "stationary.Population") -> tuple[float, float]:
    """Thresholds that approve about 60 % and reject about 10 %."""
    order = population.weight / population.weight.sum()
    places = population.approve.argsort(), (-population.reject).argsort()
    approve, reject = (
        order[place].cumsum().searchsorted(share) for place, share in zip(places, (0.6, 0.1), strict=True)
    )
    return float(population.approve[places[0][approve]]), float(population.reject[places[1][reject]])


if __name__ == "__main__":
    main()
