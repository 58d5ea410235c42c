"""`gatepost worker` and `gatepost clock`."""

import click

from cli import logs
from cli.options import require_ready
from cli.processes import end_with_parent, settle
from store.settings import load_settings
from worker.clock import run_clock


@click.command()
@click.option("--queue", type=click.Choice(["scoring", "training"]), default="scoring", help="What it works on.")
def worker(queue: str) -> None:
    """Run one worker until SIGTERM or Ctrl-C; it finishes its batch first."""
    end_with_parent()
    settings = load_settings()
    logs.configure(settings.log_level, f"worker-{queue}")
    require_ready(settings)
    # Only a worker needs the classifier, and `clock` shares this module with it.
    from worker.consume import consume_scoring, consume_training  # noqa: PLC0415

    if queue == "training":
        consume_training(settings)
    else:
        consume_scoring(settings, settle)


@click.command()
def clock() -> None:
    """Run what must happen by time: bring stranded comments home, forget what is over. Several may run."""
    end_with_parent()
    settings = load_settings()
    logs.configure(settings.log_level, "clock")
    require_ready(settings)
    run_clock(settings)
