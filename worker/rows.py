"""What people decided, in the form in which the ledger of the lanes counts it."""

import zlib

from models.guarantee.entries import Row
from models.guarantee.lanes import Lane
from store.records import evidence
from store.records.audits import Waiting
from store.records.lane_outcomes import SampledOutcome


def row_of(one: SampledOutcome, model: str) -> Row | None:
    """The row of an outcome; None where it is no evidence about the lanes under that model.

    No evidence is what the lanes were not asked about, what came as a test, what another model scored, and what nobody
    had to look at: what people come upon by themselves is not drawn by a coin.
    """
    if one.lane is None or one.coin is None or one.approve_rate is None or one.reject_rate is None or one.is_test:
        return None
    if one.model != model or one.low is None or one.high is None:
        return None
    row = _row(one.lane, (one.low, one.high), one.coin, (one.approve_rate, one.reject_rate), decided_at=one.decided_at)
    if not (row.audited or row.uniform_approve or row.uniform_reject):
        return None
    return row._replace(is_spam=bool(one.is_spam), copy=bool(one.is_copy), clusters=_clusters(one))


def row_overdue(one: Waiting) -> Row:
    """The row of a comment that nobody decided in time."""
    rates = (one.approve_rate, one.reject_rate)
    row = _row(one.lane, (one.low, one.high), one.coin, rates, decided_at=one.decided_at)
    return row._replace(copy=bool(one.is_copy))


def _row(lane: str, interval: tuple[float, float], coin: float, rates: tuple[float, float], *, decided_at: int) -> Row:
    low, high = interval
    under = {"approve": coin < rates[0], "reject": coin < rates[1]}
    return Row(
        decided_at=decided_at,
        approve_score=high,
        reject_score=low,
        lane=Lane(lane),
        uniform_approve=under["approve"],
        uniform_reject=under["reject"],
        audited=under.get(lane, False),
        is_spam=False,
    )


def _clusters(one: SampledOutcome) -> tuple[int, ...]:
    """By what comments of one campaign may belong together: the author, and the domains that are linked."""
    named = [one.author_id, one.email_hash, one.ip_hash]
    _, keys = evidence.load(one.evidence)
    named += [f"domain {domain}" for domain in keys.domains]
    return tuple(sorted({zlib.crc32(name.encode("utf-8", "replace")) for name in named if name}))
