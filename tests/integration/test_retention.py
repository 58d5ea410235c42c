from builders import Person, change, new_comment, query, read, record
from sqlalchemy import func, select, update

from models.vocabulary import State
from store.ids import now_us
from store.records import idempotency, reviewers, submissions
from store.records.idempotency import IdempotencyKey
from store.records.schema import idempotency_keys, raw_submissions, reviewer_secrets
from store.records.sites import Site
from store.records.submissions import Submission
from store.stores import Stores
from worker.retain import DAY_US, retain

MINUTE_US = 60_000_000


def count(stores: Stores, table: object) -> int:
    (found,) = query(stores, select(func.count()).select_from(table))  # type: ignore[arg-type]
    return int(found)


def test_raw_personal_data_is_kept_for_fifteen_days_and_no_longer(stores: Stores, site: Site) -> None:
    (comment_id,) = record(stores, site, new_comment("hello", email="a@example.org", ip="192.0.2.1"))

    (expires_at,) = query(stores, select(raw_submissions.c.expires_at))
    assert expires_at == read(stores, comment_id).received_at + 15 * DAY_US

    retain(stores)
    assert count(stores, raw_submissions) == 1

    change(stores, update(raw_submissions).values(expires_at=now_us() - 1))
    retain(stores)
    assert count(stores, raw_submissions) == 0
    assert read(stores, comment_id).body == "hello"


def test_a_comment_whose_raw_data_is_gone_can_still_be_scored(stores: Stores, site: Site, drain_now: object) -> None:
    (comment_id,) = record(stores, site, new_comment("hello", page_text="page"))
    change(stores, update(raw_submissions).values(expires_at=1))
    retain(stores)

    assert callable(drain_now)
    drain_now()

    assert read(stores, comment_id).state == State.APPROVED


def test_idempotency_keys_are_deleted_after_24_hours(stores: Stores, site: Site) -> None:
    for n in range(2):
        with stores.database.write() as connection:
            key = IdempotencyKey(f"{n:064}", "f", 1)
            submissions.record(connection, [Submission(site.id, [new_comment()], key, lambda _: (202, "{}"))])
    old = idempotency_keys.c.key_digest == f"{0:064}"
    change(stores, update(idempotency_keys).where(old).values(created_at=now_us() - idempotency.KEPT_US - MINUTE_US))
    young = update(idempotency_keys).where(~old)
    change(stores, young.values(created_at=now_us() - idempotency.KEPT_US + MINUTE_US))

    retain(stores)

    assert query(stores, select(idempotency_keys.c.key_digest)) == [f"{1:064}"]


def test_ended_sessions_are_forgotten_after_a_day_and_live_tokens_never(stores: Stores, reviewer: Person) -> None:
    with stores.database.write() as connection:
        ended = reviewers.new_session(connection, reviewer.reviewer.id)
        reviewers.new_session(connection, reviewer.reviewer.id)
        reviewers.end_secret(connection, ended)

    retain(stores)
    assert count(stores, reviewer_secrets) == 3

    past = now_us() - DAY_US - MINUTE_US
    change(stores, update(reviewer_secrets).where(reviewer_secrets.c.ended_at.is_not(None)).values(ended_at=past))
    retain(stores)
    assert count(stores, reviewer_secrets) == 2

    change(stores, update(reviewer_secrets).where(reviewer_secrets.c.expires_at.is_not(None)).values(expires_at=past))
    retain(stores)
    assert query(stores, select(reviewer_secrets.c.kind)) == ["token"]
