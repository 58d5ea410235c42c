"""Calls `gatepost` on the installation of a test, in this process."""

import json
from collections.abc import Callable
from typing import Any

from click.testing import CliRunner, Result

from cli.main import gatepost
from store.settings import Settings

Run = Callable[..., Result]


def command(settings: Settings) -> Run:
    """Calls `gatepost` on an installation; `given` is what it reads from standard input."""
    environment = {
        "DATABASE_URL": settings.database_url.replace("postgresql+psycopg", "postgresql"),
        "REDIS_URL": settings.redis_url,
        "GATEPOST_DATA": str(settings.data),
        "GATEPOST_SECRET_KEY": settings.secret_key,
    }
    return lambda *arguments, given=None: CliRunner().invoke(gatepost, arguments, env=environment, input=given)


def shown(result: Result) -> dict[str, Any]:
    """What a command printed with --json."""
    assert result.exit_code == 0, (result.output, result.exception)
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def refused(result: Result) -> str:
    """The one sentence of a command that refused."""
    assert result.exit_code == 1, result.output
    return str(result.exception)
