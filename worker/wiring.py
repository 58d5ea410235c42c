"""Builds the process of a scoring worker."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from models.errors import ConfigurationError
from store.settings import Settings
from store.stores import Stores, open_stores
from worker.memory import Memory
from worker.scorer import ActiveScorer


@dataclass(slots=True)
class WorkerProcess:
    """What the jobs of this process work with. `should_stop` turns True when the process is told to end."""

    stores: Stores
    scorer: ActiveScorer
    should_stop: Callable[[], bool]
    name: str
    stopped: threading.Event = field(default_factory=threading.Event)
    memory: Memory = field(default_factory=Memory)


_current: list[WorkerProcess] = []


def build(settings: Settings, name: str) -> WorkerProcess:
    """Open the stores, load the active model and make this the process that jobs see."""
    stores = open_stores(settings)
    stopped = threading.Event()
    process = WorkerProcess(stores, ActiveScorer(stores), stopped.is_set, name, stopped)
    _current[:] = [process]
    return process


def process() -> WorkerProcess:
    """The process that a job runs in. Raises ConfigurationError outside of a worker."""
    if not _current:
        raise ConfigurationError("This job runs only inside `gatepost worker`.")
    return _current[0]
