"""The runs of a table side by side; each has a seed of its own, so it makes no difference which process does which."""

from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

Found = TypeVar("Found")
_AT_ONCE = 5


def each(run: Callable[[int], Found], seeds: Iterable[int], n_processes: int) -> list[Found]:
    """What `run` gives for each seed, in their order. `n_processes` 1: in this process."""
    if n_processes == 1:
        return [run(seed) for seed in seeds]
    with ProcessPoolExecutor(n_processes, mp_context=get_context("fork")) as processes:
        return list(processes.map(run, seeds, chunksize=_AT_ONCE))
