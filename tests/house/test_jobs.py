"""Jobs are named by string, so that no process imports what another one runs: the names must be right."""

from importlib import import_module

import pytest
import redis

from models.errors import Refused
from store.live import queues
from worker import jobs
from worker.consume import AllowedJob

NAMES = sorted(value for name, value in vars(queues).items() if name.endswith("_JOB"))


def test_there_are_jobs() -> None:
    assert NAMES


@pytest.mark.parametrize("name", NAMES)
def test_each_name_is_a_function_that_may_run(name: str) -> None:
    module, _, function = name.rpartition(".")

    assert callable(getattr(import_module(module), function))
    assert name in jobs.ALLOWED


def test_nothing_may_run_that_is_not_named() -> None:
    assert set(jobs.ALLOWED) == set(NAMES)


@pytest.mark.parametrize("name", ["os.system", "subprocess.run", "worker.jobs.wiring.build", "builtins.eval", ""])
def test_a_job_of_any_other_name_is_refused(name: str) -> None:
    """Whoever can write to Redis can queue a job; it must not run."""
    job = AllowedJob(id="x", connection=redis.Redis())
    job._func_name = name

    with pytest.raises(Refused):
        _ = job.func


def test_a_method_of_an_object_is_refused() -> None:
    job = AllowedJob(id="x", connection=redis.Redis())
    job._func_name = NAMES[0]
    job._instance = object()

    with pytest.raises(Refused):
        _ = job.func


def test_an_allowed_job_is_the_function_itself() -> None:
    job = AllowedJob(id="x", connection=redis.Redis())
    job._func_name = queues.DRAIN_JOB

    assert job.func is jobs.drain
