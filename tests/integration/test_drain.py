from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import orjson
import pytest
from builders import (
    HAM,
    POISON,
    SPAM,
    UNSURE,
    WORST,
    Drain,
    FixedScorer,
    add_site,
    claim,
    drain_due,
    end_scoring_leases,
    new_comment,
    query,
    read,
    record,
    states,
)
from sqlalchemy import func, select

from models.vocabulary import Comment, Evidence, Mode, Score, Scorer
from store.live import checks, queues, review_queue
from store.records.schema import decisions, events, review_items
from store.records.sites import Site
from store.settings import load_settings
from store.stores import Stores, open_stores
from worker.drain import drain
from worker.reconcile import return_stale_claims


def test_each_comment_ends_where_its_score_leads(stores: Stores, site: Site, drain_now: Drain) -> None:
    ids = record(stores, site, HAM, UNSURE, SPAM, WORST)

    recorded = drain_now()

    assert recorded == 4
    assert states(stores, ids) == ["approved", "review", "rejected", "discarded"]


def test_a_decision_tells_its_score_reasons_model_and_policy(stores: Stores, site: Site, drain_now: Drain) -> None:
    (comment_id,) = record(stores, site, "this is clear spam")

    drain_now()

    decision = read(stores, comment_id).decision
    assert decision is not None
    assert (decision.action, decision.decided_by, decision.cause) == ("reject", "model", "score:1")
    assert (decision.probability, decision.low, decision.high) == (0.95, 0.92, 0.97)
    assert (decision.model, decision.policy) == ("mdl_fixed", str(site.policy_version))
    assert orjson.loads(decision.reasons) == [
        {"code": "words", "text": "It says “clear spam”", "weight": 1.5, "span": [8, 18]}
    ]
    assert (decision.evidence_digest or "").startswith("sha256:")


def test_only_what_needs_a_person_becomes_a_review_item(stores: Stores, site: Site, drain_now: Drain) -> None:
    _, unsure, _ = record(stores, site, HAM, UNSURE, SPAM)

    drain_now()

    wanted = select(review_items.c.comment_id, review_items.c.reason, review_items.c.version)
    assert query(stores, wanted) == [(unsure, "uncertain", 1)]
    assert review_queue.size(stores.redis) is None, "the marker is set by a rebuild alone"


def test_each_site_is_judged_by_its_own_mode(stores: Stores, site: Site, drain_now: Drain) -> None:
    everything, shadow = add_site(stores, Mode.REVIEW_ALL), add_site(stores, Mode.SHADOW)
    ids = [record(stores, s, SPAM)[0] for s in (site, everything, shadow)]

    drain_now()

    assert states(stores, ids) == ["rejected", "review", "approved"]
    held_back = read(stores, ids[2]).decision
    assert held_back is not None
    assert held_back.would == "reject"


def test_a_poisoned_text_holds_up_no_other(stores: Stores, site: Site, drain_now: Drain) -> None:
    ids = record(stores, site, HAM, POISON, SPAM, "more of " + POISON, UNSURE)

    recorded = drain_now()

    assert recorded == 3
    assert states(stores, ids) == ["approved", "scoring", "rejected", "scoring", "review"]


def test_what_was_started_before_is_scored_alone(stores: Stores, site: Site) -> None:
    """It may be what killed the worker that had it."""
    record(stores, site, *(f"text {n}" for n in range(4)))
    claim(stores)
    end_scoring_leases(stores)
    return_stale_claims(stores)
    record(stores, site, "fresh", "fresh too")

    class Noting(FixedScorer):
        def __init__(self) -> None:
            self.batches: list[int] = []

        def score(self, comments: Sequence[Comment], evidence: Sequence[Evidence]) -> list[Score]:
            self.batches.append(len(comments))
            return super().score(comments, evidence)

    scorer = Noting()
    drain_due(stores, scorer)

    assert sorted(scorer.batches) == [1, 1, 1, 1, 2]


def test_evidence_of_the_form_reaches_the_scorer(stores: Stores, site: Site) -> None:
    seen: list[tuple[Comment, Evidence]] = []

    class Noting(FixedScorer):
        def score(self, comments: Sequence[Comment], evidence: Sequence[Evidence]) -> list[Score]:
            seen.extend(zip(comments, evidence, strict=True))
            return super().score(comments, evidence)

    sent = new_comment("hello", form_honeypot=True, form_seconds=1.5, page_text="long page", author_name="Ana")
    record(stores, site, sent, "plain")
    drain_due(stores, Noting())

    assert seen == [
        (Comment("hello", author_name="Ana", page_text="long page"), Evidence(True, 1.5)),
        (Comment("plain"), Evidence(None, None)),
    ]


def test_comments_are_decided_once_each_when_five_jobs_drain_at_the_same_time(
    stores: Stores, site: Site, scorer: Scorer
) -> None:
    ids = record(stores, site, *(f"{UNSURE} {n}" for n in range(400)))

    with ThreadPoolExecutor(5) as pool:
        counts = list(pool.map(lambda _: drain_due(stores, scorer), range(5)))

    assert sum(counts) == len(ids)
    assert Counter(query(stores, select(decisions.c.comment_id))) == Counter(ids)
    assert Counter(query(stores, select(review_items.c.comment_id))) == Counter(ids)
    for state in ("received", "scoring", "review"):
        wanted = select(events.c.comment_id).where(events.c.state == state)
        assert Counter(query(stores, wanted)) == Counter(ids), state


def test_a_worker_that_was_too_slow_records_nothing(stores: Stores, site: Site, scorer: Scorer) -> None:
    (comment_id,) = record(stores, site, SPAM)

    class Slow(FixedScorer):
        model = "mdl_slow"

        def score(self, comments: Sequence[Comment], evidence: Sequence[Evidence]) -> list[Score]:
            end_scoring_leases(stores)
            return_stale_claims(stores)
            assert drain_due(stores, scorer) == 1
            return super().score(comments, evidence)

    recorded = drain_due(stores, Slow())

    assert recorded == 0
    assert query(stores, select(decisions.c.model, decisions.c.cause)) == [("mdl_fixed", "score:2")]
    assert query(stores, select(func.count()).select_from(events).where(events.c.comment_id == comment_id)) == [5]


def test_a_job_takes_on_what_arrives_while_it_runs(stores: Stores, site: Site) -> None:
    record(stores, site, "first")

    class Arriving(FixedScorer):
        def score(self, comments: Sequence[Comment], evidence: Sequence[Evidence]) -> list[Score]:
            if comments[0].body == "first":
                record(stores, site, "second")
            return super().score(comments, evidence)

    assert drain_due(stores, Arriving()) == 2


def test_a_job_ends_at_once_when_its_worker_is_told_to_stop(stores: Stores, site: Site, scorer: Scorer) -> None:
    (comment_id,) = record(stores, site, HAM)

    assert drain(stores, scorer, lambda: True) == 0
    assert states(stores, [comment_id]) == ["received"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_comments_are_decided_while_redis_is_away(stores: Stores, site: Site, scorer: Scorer) -> None:
    ids = record(stores, site, HAM, UNSURE)
    nowhere = {"DATABASE_URL": stores.settings.database_url, "REDIS_URL": f"unix://{stores.settings.data}/none.sock"}
    alone = open_stores(load_settings(nowhere, data=stores.settings.data))

    recorded = drain_due(alone, scorer)
    alone.close()

    assert recorded == 2
    assert states(stores, ids) == ["approved", "review"]


def test_a_check_that_came_while_the_last_drain_was_ending_calls_another(stores: Stores) -> None:
    """Who asked saw somebody linger and called nobody; that one looked for checks for the last time before."""
    looked: list[bool] = []

    def ends_after_a_check_came() -> bool:
        looked.append(True)
        if len(looked) < 3:
            return False
        checks.ask(stores.redis, "chk_1", b"{}")
        assert not queues.ensure_drain(stores.redis)
        return True

    drain(stores, FixedScorer(), ends_after_a_check_came)

    assert len(queues.queue(stores.redis, queues.SCORING_QUEUE).jobs) == 1
