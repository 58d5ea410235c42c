"""`gatepost up` and `gatepost api`."""

from pathlib import Path
from typing import Any

import click
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from cli import logs
from cli.options import data_option, refuse_taken_port, require_ready
from cli.processes import end_with_our_parent, end_with_parent, on_termination, settle
from cli.supervisor import supervise
from service.app import create_app
from store.settings import Settings, load_settings

DRAIN_SECONDS = 15


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), help="Port [GATEPOST_PORT, default 8080].")
@data_option
@click.option("--workers", type=click.IntRange(1, 64), help="Scoring workers [GATEPOST_WORKERS, default 2].")
def up(port: int | None, data: Path | None, workers: int | None) -> None:
    """Run everything on this machine: embedded Redis, API, worker, clock. Ctrl-C or SIGTERM drains and ends."""
    settings = load_settings(port=port, data=data, workers=workers)
    logs.configure(settings.log_level, "up")
    supervise(settings)


@click.command()
@click.option("--host", help="Address [GATEPOST_HOST, default 127.0.0.1].")
@click.option("--port", type=click.IntRange(1, 65535), help="Port [GATEPOST_PORT, default 8080].")
def api(host: str | None, port: int | None) -> None:
    """Run one API process until SIGTERM or Ctrl-C; it finishes the requests that it has taken."""
    end_with_parent()
    settings = load_settings(host=host, port=port)
    logs.configure(settings.log_level, "api")
    require_ready(settings)
    refuse_taken_port(settings, shared=True)
    Granian(
        "service.app:create_app",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=settings.api_threads,
        backlog=2048,
        log_level=LogLevels.warning,
        workers_kill_timeout=DRAIN_SECONDS,
    ).serve(target_loader=_loader(settings), wrap_loader=False)


def _loader(settings: Settings) -> Any:
    def load(*_: Any, **__: Any) -> Any:
        end_with_our_parent()
        app = create_app(settings)
        on_termination(app.extensions["gatepost_streams"].end)
        settle()
        return app

    return load
