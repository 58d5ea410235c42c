"""A new setting is one line in store/settings.py and one in docs/settings.md."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from store.settings import Settings

DOCUMENT = Path(__file__).parents[2] / "docs" / "settings.md"
NAMES = [setting.metadata["name"] for setting in fields(Settings)]


def document() -> str:
    assert DOCUMENT.exists(), "docs/settings.md is missing"
    return DOCUMENT.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_is_documented(name: str) -> None:
    assert re.search(rf"`{name}`", document()), f"{name} is not in docs/settings.md"


def test_no_setting_is_documented_that_there_is_not() -> None:
    shown = set(re.findall(r"`(GATEPOST_[A-Z_]+?|DATABASE_URL|REDIS_URL)(?:_FILE)?`", document()))

    assert shown - set(NAMES) == set()


def test_every_setting_has_a_sentence() -> None:
    for setting in fields(Settings):
        assert setting.metadata["doc"].endswith("."), setting.metadata["name"]


def test_settings_have_the_names_of_the_contract() -> None:
    assert {"DATABASE_URL", "REDIS_URL", "GATEPOST_DATA", "GATEPOST_HOST", "GATEPOST_PORT"} <= set(NAMES)
    assert all(name.startswith("GATEPOST_") for name in NAMES if name not in ("DATABASE_URL", "REDIS_URL"))
