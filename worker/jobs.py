"""What may run from the queue: one-line entries and the list of their names. Nothing else runs, whatever Redis says."""

from worker import wiring
from worker.drain import drain as drain_due
from worker.recertify import recertify as recertify_site

ALLOWED = frozenset(
    {"worker.jobs.drain", "worker.jobs.recertify", "training.jobs.carry_out", "training.simulate.carry_out"}
)


def drain() -> None:
    """Judge everything that is due."""
    process = wiring.process()
    drain_due(process.stores, process.scorer, process.should_stop, process.memory)


def recertify(site_id: str) -> None:
    """Hold the model in force against what people found on a site."""
    process = wiring.process()
    recertify_site(process.stores, process.scorer, site_id)
