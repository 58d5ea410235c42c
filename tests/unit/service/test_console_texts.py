"""The catalogue of what the console says: whole in every language, and without a key that means two things."""

import re
from collections import Counter
from pathlib import Path
from string import Formatter

import pytest

from service.console.texts import CATALOGUES, LANGUAGES, TEXTS, say, say_or

TEMPLATES = Path(__file__).parents[3] / "service" / "console" / "templates"


def fields(text: str) -> set[str]:
    """The placeholders of a text."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_no_two_catalogues_have_the_same_key() -> None:
    counted = Counter(key for catalogue in CATALOGUES for key in catalogue)

    assert [key for key, count in counted.items() if count > 1] == []


@pytest.mark.parametrize("key", sorted(TEXTS))
def test_text_is_there_in_each_language_with_the_same_placeholders(key: str) -> None:
    texts = TEXTS[key]

    assert len(texts) == len(LANGUAGES)
    assert all(text == text.strip() != "" for text in texts)
    assert len({frozenset(fields(text)) for text in texts}) == 1


def test_templates_use_only_texts_of_the_catalogue() -> None:
    used = {
        key
        for file in TEMPLATES.glob("**/*.html")
        for key in re.findall(r'say\(["\']([a-z_0-9.]+[a-z0-9])["\'][,)]', file.read_text(encoding="utf-8"))
    }

    assert len(used) > 50
    assert used <= set(TEXTS)


def test_outside_of_a_page_the_first_language_is_spoken() -> None:
    assert say("queue.count.many", count="7") == "7 comments wait"
    assert say_or("no.such.key", "as it is") == "as it is"
