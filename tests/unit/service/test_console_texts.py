"""The catalogue of what the console says: whole in every language, and without a key that means two things."""

import re
from collections import Counter
from pathlib import Path
from string import Formatter

import pytest
from flask import Flask

from models.guarantee.entries import Cause
from service.console import shown
from service.console.guarantee import why
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


def test_counts_and_shares_are_written_as_each_language_writes_them() -> None:
    """4,411 with a comma is less than five in German."""
    figures = (shown.number(4411), shown.rate(0.005), shown.rate(0.0225), shown.rate(0.25), shown.share(0.725))
    with Flask("test").test_request_context(headers={"Accept-Language": "de"}):
        german = (shown.number(4411), shown.rate(0.005), shown.rate(0.0225), shown.rate(0.25), shown.share(0.725))

    assert figures == ("4,411", "0.5%", "2.2%", "25%", "72.5%")
    assert german == ("4.411", "0,5 %", "2,2 %", "25 %", "72,5 %")


@pytest.mark.parametrize(
    "reason",
    [
        "too little data", "evidence reached the limit", "evidence renewed", "certificate expired",
        "breach at audit 412",
        "closed by an operator", "opened by an operator", "501 audits undecided", "audits decided",
        "share of the traffic 0.513 before, 0.702 today", "3 errors in 40 audits", "higher audit rate is over",
        "5 comments complained of in a day",
        *(cause.value.replace("_", " ") for cause in Cause if not cause.value.startswith("operator")),
    ],
)  # fmt: skip
def test_a_reason_of_the_ledger_is_said_in_german_with_its_numbers(reason: str) -> None:
    with Flask("test").test_request_context(headers={"Accept-Language": "de"}):
        said = why(reason)

    assert said != reason
    assert re.findall(r"[0-9.]+", said) == re.findall(r"[0-9.]+", reason)
