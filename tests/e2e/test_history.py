"""The checker itself must see what is planted."""

from history import Decided, History, Row, Step, violations

CHAIN = [Step("cmt_1", None, "received"), Step("cmt_1", "received", "scoring"), Step("cmt_1", "scoring", "approved")]
ROW = Row("a", "cmt_1", "approved", 1)
DECIDED = Decided("cmt_1", "score:1", "model")


def _history(**acknowledged: str) -> History:
    history = History()
    for external_id, comment_id in (acknowledged or {"a": "cmt_1"}).items():
        history.sent[external_id] += 1
        history.acknowledge(external_id, comment_id)
    return history


def test_a_kept_record_has_no_violations() -> None:
    assert violations(_history(), [ROW], [DECIDED], CHAIN) == []


def test_a_lost_comment_is_seen() -> None:
    assert violations(_history(a="cmt_1", b="cmt_2"), [ROW], [DECIDED], CHAIN)


def test_a_comment_that_is_there_twice_is_seen() -> None:
    twin = Row("a", "cmt_2", "approved", 1)
    chain = [Step("cmt_2", s.previous, s.state) for s in CHAIN]
    assert violations(_history(), [ROW, twin], [DECIDED, Decided("cmt_2", "score:1", "model")], CHAIN + chain)


def test_a_second_decision_is_seen() -> None:
    assert violations(_history(), [ROW], [DECIDED, Decided("cmt_1", "score:2", "model")], CHAIN)


def test_a_missing_decision_is_seen() -> None:
    assert violations(_history(), [ROW], [], CHAIN)


def test_a_decision_of_an_ended_claim_is_seen() -> None:
    assert violations(_history(), [Row("a", "cmt_1", "approved", 2)], [DECIDED], CHAIN)


def test_a_broken_chain_of_events_is_seen() -> None:
    assert violations(_history(), [ROW], [DECIDED], [CHAIN[0], CHAIN[2]])


def test_an_answer_that_names_another_comment_is_seen() -> None:
    history = _history()
    history.acknowledge("a", "cmt_9")
    assert violations(history, [ROW], [DECIDED], CHAIN)
