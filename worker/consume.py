"""Take jobs from RQ and run them in this process, with the model loaded once.

RQ ends its loop on any trouble with Redis, so this goes around it: it connects again until it is told to stop.
"""

import logging
import os
import signal
import socket
import threading
from collections.abc import Callable
from typing import Any

from rq import SimpleWorker, Worker
from rq.job import Job
from rq.serializers import JSONSerializer

from models.errors import DatabaseUnavailable, Refused
from store.live import queues
from store.live.connection import ERRORS, connect
from store.settings import Settings
from store.stores import redis_url
from worker import jobs, wiring
from worker.scorer import LOOK_SECONDS

REPORT_SECONDS = 1.0
RECONNECT_SECONDS = 0.5

log = logging.getLogger(__name__)


class AllowedJob(Job):
    """A job that runs only if its name is on the allow-list; callbacks and webhooks of RQ are ignored."""

    @property
    def func(self) -> Any:
        """The function that the job names. Raises Refused for any other than the allowed ones."""
        if self.func_name not in jobs.ALLOWED or self.instance is not None:
            raise Refused(f"The job {self.func_name!r} is not one of ours and does not run.")
        return super().func

    def restore(self, raw_data: Any) -> Any:
        """Read the job from Redis, and forget what else Redis would have this process call."""
        answer = super().restore(raw_data)
        self._success_callback_name = self._failure_callback_name = self._stopped_callback_name = None
        self.webhooks = []
        return answer


class ScoringWorker(SimpleWorker):
    """Runs drain jobs one after another in this process."""

    job_class = AllowedJob


class TrainingWorker(Worker):
    """Runs each training job in a process of its own, which gives its memory back."""

    job_class = AllowedJob


def consume_scoring(settings: Settings, on_loaded: Callable[[], None]) -> None:
    """Run drain jobs until SIGTERM or Ctrl-C; `on_loaded` is called when the model is loaded."""
    process = wiring.build(settings, f"scoring-{socket.gethostname()}-{os.getpid()}")
    signal.signal(signal.SIGTERM, lambda *_: process.stopped.set())
    process.scorer.current()
    on_loaded()
    for beside in (_follow, _report):
        threading.Thread(target=beside, args=(process,), name=beside.__name__.strip("_"), daemon=True).start()
    _consume(settings, ScoringWorker, queues.SCORING_QUEUE, process.name, process.stopped)
    try:
        queues.report_gone(process.stores.redis, process.name)
    except ERRORS:
        log.info("Redis is away at the end")
    process.stores.close()


def consume_training(settings: Settings) -> None:
    """Run training jobs until SIGTERM or Ctrl-C."""
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    _consume(settings, TrainingWorker, queues.TRAINING_QUEUE, f"training-{socket.gethostname()}-{os.getpid()}", stopped)


def _consume(
    settings: Settings,
    worker_class: "type[ScoringWorker | TrainingWorker]",
    queue_name: str,
    name: str,
    stopped: threading.Event,
) -> None:
    client = connect(redis_url(settings), timeout_seconds=None)
    rounds = 0
    while not stopped.is_set():
        rounds += 1
        try:
            worker = worker_class(
                [queues.queue(client, queue_name)],
                name=f"{name}-{rounds}",
                connection=client,
                serializer=JSONSerializer,
                worker_ttl=30,
                maintenance_interval=15,
                log_job_description=False,
            )
            _on_signals(worker, stopped)
            worker.work(logging_level="WARNING")
            if worker._stop_requested or worker._shutdown_requested_date:
                return
        except ERRORS as error:
            log.warning("Redis does not answer, connecting again: %s", error)
        stopped.wait(RECONNECT_SECONDS)


def _on_signals(worker: "ScoringWorker | TrainingWorker", stopped: threading.Event) -> None:
    original: Callable[..., None] = worker.request_stop

    def request_stop(signum: Any, frame: Any) -> None:
        stopped.set()
        original(signum, frame)

    worker.request_stop = request_stop  # type: ignore[method-assign]


def _follow(process: wiring.WorkerProcess) -> None:
    """Load what was promoted as soon as it was, so that no comment waits for it."""
    while not process.stopped.wait(LOOK_SECONDS):
        try:
            process.scorer.look()
        except DatabaseUnavailable as error:
            log.warning("%s", error)
        except Exception:
            log.exception("The models in force could not be looked at")  # The edge of a thread that must go on.


def _report(process: wiring.WorkerProcess) -> None:
    while not process.stopped.is_set():
        try:
            queues.report_alive(process.stores.redis, process.name, process.scorer.model, process.scorer.n_refused)
        except ERRORS as error:
            log.warning("Redis does not answer: %s", error)
        process.stopped.wait(REPORT_SECONDS)
