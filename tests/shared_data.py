"""Where the judged data lies that is too large, or not ours, to be part of this repository."""

import os
from pathlib import Path

import pytest

DIRECTORY = Path(os.environ.get("GATEPOST_SHARED_DATA") or Path(__file__).parents[2] / "shared" / "data")


def require_shared(name: str) -> Path:
    """The file of that name; skips the test where it is missing, and fails it in CI."""
    path = DIRECTORY / name
    if not path.exists():
        missing_part(f"{name} is not in {DIRECTORY}; set GATEPOST_SHARED_DATA")
    return path


def missing_part(reason: str) -> None:
    """Skip the running test for a part that this machine lacks. CI must have every part, so there it fails."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
