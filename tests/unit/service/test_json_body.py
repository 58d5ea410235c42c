import math
from typing import Any

import pytest

from service.json_body import MAX_DEPTH, read_json, refuse_depth
from service.problems import Problem


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b'{"a": "\\u00fc\\ud83d\\ude00"}', {"a": "ü😀"}),
        (b" [1, -0, 1.5e3, true, null] ", [1, 0, 1500.0, True, None]),
        (str(2**63 - 1).encode(), 2**63 - 1),
        (str(-(2**63)).encode(), -(2**63)),
        (b"1e308", 1e308),
        (b"1e-999", 0.0),
        (b'"\\u0000"', "\0"),
        (b'{"": 1}', {"": 1}),
    ],
)
def test_what_every_reader_reads_the_same_way_is_read(raw: bytes, value: Any) -> None:
    assert read_json(raw) == value


def test_minus_zero_keeps_its_sign() -> None:
    assert math.copysign(1, read_json(b"-0.0")) == -1


@pytest.mark.parametrize(
    ("raw", "word"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b'{"a": 1, "a": 1}', "twice"),
        (b'[{"a": {"b": 1, "b": 2}}]', "twice"),
        (b"NaN", "NaN"),
        (b"[Infinity]", "Infinity"),
        (b"-Infinity", "Infinity"),
        (b"1e309", "double"),
        (b"-1e309", "double"),
        (b"0." + b"1" * 500, "double"),
        (str(2**63).encode(), "64 bits"),
        (str(-(2**63) - 1).encode(), "64 bits"),
        (b"9" * 100_000, "64 bits"),
        (b"\xff", "UTF-8"),
        (b'"\xed\xa0\x80"', "UTF-8"),
        (b"\xef\xbb\xbf{}", "not JSON"),
        (b"[" * 100_000, "deep"),
    ],
)
def test_what_could_be_read_in_two_ways_is_refused_in_words(raw: bytes, word: str) -> None:
    with pytest.raises(Problem) as refused:
        read_json(raw)

    assert (refused.value.status, refused.value.code) == (400, "invalid_json")
    assert word in refused.value.detail
    assert len(refused.value.detail) < 200


@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_a_depth_of_64_is_taken_and_65_refused(opening: bytes, closing: bytes) -> None:
    refuse_depth(opening * MAX_DEPTH + b"1" + closing * MAX_DEPTH)

    with pytest.raises(Problem, match="deeper than 64"):
        refuse_depth(opening * (MAX_DEPTH + 1) + b"1" + closing * (MAX_DEPTH + 1))


@pytest.mark.parametrize(
    "text",
    [b'"' + b"[" * 1000 + b'"', b'"\\"' + b"[" * 1000 + b'"', b'"\\\\", "' + b"{" * 1000 + b'"'],
    ids=["plain", "behind a quote", "behind a backslash"],
)
def test_brackets_inside_of_text_are_no_depth(text: bytes) -> None:
    refuse_depth(b"[" + text + b"]")


def test_siblings_are_no_depth() -> None:
    refuse_depth(b"[" + b"[]," * 10_000 + b"[]]")
