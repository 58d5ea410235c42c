from dataclasses import fields

import orjson

from models.vocabulary import Evidence
from store.records.evidence import NO_KEYS, Keys, dump, load

FULL = Evidence(True, 1.5, 3, 12.0, 0.5, 2.0, 0.25, 1.0, 8.0, 12.0, 0.125, "spam.example", 1, 7, 0.333, 0.25, 2)
KEYS = Keys((1, 2**32 - 1), ("spam.example", "b.example"))


def test_every_field_comes_back_as_it_was() -> None:
    assert all(getattr(FULL, field.name) is not None for field in fields(Evidence)), "the test leaves out a field"

    assert load(dump(FULL, KEYS)) == (FULL, KEYS)


def test_what_is_unknown_is_left_out() -> None:
    assert dump(Evidence()) == b"{}"
    assert load("{}") == (Evidence(), NO_KEYS)
    assert load(None) == (Evidence(), NO_KEYS)


def test_zero_is_not_unknown() -> None:
    evidence = Evidence(honeypot_filled=False, copies_seen=0, relevance=0.0)

    assert load(dump(evidence))[0] == evidence
    assert orjson.loads(dump(evidence)) == {"honeypot_filled": False, "copies_seen": 0, "relevance": 0.0}


def test_what_another_version_stored_is_read_as_far_as_it_is_known() -> None:
    assert load('{"form_seconds": 2.0, "moon": "full", "honeypot_filled": null}')[0] == Evidence(form_seconds=2.0)
