import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest
from builders import claim, end_scoring_leases, query, record, states
from sqlalchemy import select

from store.records import claims, transitions
from store.records.schema import events, revisions
from store.records.sites import Site
from store.stores import Stores
from worker.reconcile import return_stale_claims

ONLY_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ONLY_POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


def test_a_claim_takes_the_oldest_first_and_no_more_than_asked(stores: Stores, site: Site) -> None:
    ids = record(stores, site, *(f"text {n}" for n in range(5)))

    claims = claim(stores, limit=3)

    assert [c.comment_id for c in claims] == ids[:3]
    assert states(stores, ids) == ["scoring"] * 3 + ["received"] * 2


def test_each_claim_counts_as_a_start(stores: Stores, site: Site) -> None:
    record(stores, site, "hello")

    starts = []
    for retried in (False, True):
        starts.append(claim(stores, retried=retried)[0].attempt)
        end_scoring_leases(stores)
        return_stale_claims(stores)

    assert starts == [1, 2]


def test_what_was_started_before_is_claimed_only_as_retried(stores: Stores, site: Site) -> None:
    record(stores, site, "hello")
    claim(stores)
    end_scoring_leases(stores)
    return_stale_claims(stores)

    fresh = claim(stores)
    retried = claim(stores, retried=True)

    assert fresh == []
    assert len(retried) == 1


def test_a_claimed_comment_is_not_claimed_again(stores: Stores, site: Site) -> None:
    record(stores, site, "hello")

    first, second = claim(stores), claim(stores)

    assert (len(first), second) == (1, [])


def test_a_claim_writes_one_event_for_each_comment(stores: Stores, site: Site) -> None:
    record(stores, site, "one", "two")

    claim(stores)

    wanted = select(events.c.previous_state).where(events.c.state == "scoring")
    assert query(stores, wanted) == ["received", "received"]


def test_the_lease_runs_on_the_clock_of_the_database(stores: Stores, site: Site) -> None:
    record(stores, site, "hello")

    with stores.database.write() as connection:
        before = stores.database.now_us(connection)
        claims.claim_due(stores.database, connection, limit=1, retried=False, lease_seconds=30)
        after = stores.database.now_us(connection)

    (lease_until,) = query(stores, select(revisions.c.lease_until))
    assert before + 30_000_000 <= lease_until <= after + 30_000_000


def test_a_claim_is_stale_only_after_its_lease(stores: Stores, site: Site) -> None:
    record(stores, site, "hello")
    claim(stores)

    with stores.database.read() as connection:
        running = transitions.stale_claims(stores.database, connection, limit=10)
    end_scoring_leases(stores)
    with stores.database.read() as connection:
        ended = transitions.stale_claims(stores.database, connection, limit=10)

    assert (len(running), len(ended)) == (0, 1)


def test_workers_that_claim_at_once_never_share_a_comment(stores: Stores, site: Site) -> None:
    ids = record(stores, site, *(f"text {n}" for n in range(200)))

    def claim_all(_: int) -> list[str]:
        mine: list[str] = []
        while claims := claim(stores, limit=7):
            mine += [c.comment_id for c in claims]
        return mine

    with ThreadPoolExecutor(4) as pool:
        shares = list(pool.map(claim_all, range(4)))

    claimed = [comment_id for share in shares for comment_id in share]
    assert len(claimed) == len(ids)
    assert set(claimed) == set(ids)


@ONLY_POSTGRESQL
def test_a_worker_skips_what_another_is_claiming_instead_of_waiting(stores: Stores, site: Site) -> None:
    first, second = record(stores, site, "one", "two")

    with stores.database.write() as connection:
        (mine,) = claims.claim_due(stores.database, connection, limit=1, retried=False, lease_seconds=30)
        others = claim(stores)

    assert mine.comment_id == first
    assert [c.comment_id for c in others] == [second]


@ONLY_SQLITE
def test_a_writing_transaction_has_the_lock_from_its_first_moment(stores: Stores) -> None:
    """A plain BEGIN would take it later, and fail there where somebody else has written meanwhile."""
    path = stores.database.url.database
    assert path is not None

    with stores.database.write():
        other = sqlite3.connect(path, timeout=0, isolation_level=None)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.close()


@ONLY_SQLITE
def test_sqlite_keeps_what_it_confirmed_through_a_power_cut(stores: Stores) -> None:
    with stores.database.read() as connection:
        values = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "busy_timeout", "foreign_keys")
        }

    assert values == {"journal_mode": "wal", "synchronous": 2, "busy_timeout": 10_000, "foreign_keys": 1}
