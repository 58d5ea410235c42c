"""No text up to the size limit may take long, whatever stands in it."""

import time
from statistics import median

import pytest

from models.artifact import load, shipped
from models.classifier import ClassifierScorer
from models.vocabulary import Comment, Evidence

MAX_BODY = 64 * 1024
HOSTILE = {
    "one word": "a",
    "one word of two letters": "ab",
    "combining marks": "e" + "\u0301" * 9,
    "growth under folding": "\ufdfa",
    "links": "http://a.example/x ",
    "nearly links": "a.b-",
    "nearly addresses": "a@b.",
    "nearly phone numbers": "12 (3) ",
    "dots in brackets": "[.](dot)",
    "mixed scripts": "aа",
    "short words": "x y ",
    "spaces": " ",
    "ideographs": "好看",
    "emoji": "😂👍🏽",
    "invisible": "\u200b\u202e",
    "quotation marks": "“,",
}


@pytest.fixture(scope="module")
def scorer() -> ClassifierScorer:
    path, _ = shipped()
    return ClassifierScorer(load(path, path.stem), "mdl_test")


def processor_seconds(scorer: ClassifierScorer, body: str) -> float:
    begun = time.process_time()
    scorer.score([Comment(body)], [Evidence()])
    return time.process_time() - begun


@pytest.mark.parametrize("kind", HOSTILE)
def test_twice_the_text_takes_at_most_two_and_a_half_times_as_long(scorer: ClassifierScorer, kind: str) -> None:
    """Over two doublings up to the limit, where a square would take sixteen times as long. The two are measured one
    after the other: whatever else runs on the machine then slows both, or one round of nine.
    """
    whole = (HOSTILE[kind] * MAX_BODY)[:MAX_BODY]
    rounds = [[processor_seconds(scorer, whole[:length]) for length in (MAX_BODY // 4, MAX_BODY)] for _ in range(9)]

    assert median(full / quarter for quarter, full in rounds) <= 2.5**2
    assert min(full for _, full in rounds) <= 0.5
