"""What may run from the queue: one-line entries and the list of their names. Nothing else runs, whatever Redis says."""

from worker import wiring
from worker.drain import drain as drain_due

ALLOWED = frozenset({"worker.jobs.drain", "training.jobs.carry_out", "training.simulate.carry_out"})


def drain() -> None:
    """Judge everything that is due."""
    process = wiring.process()
    drain_due(process.stores, process.scorer, process.should_stop, process.memory)
