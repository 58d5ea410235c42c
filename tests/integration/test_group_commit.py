import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from builders import new_comment, query, read
from servers import wait_until
from sqlalchemy import event, func, select, text

from store.records.group_commit import PLANNED_FROM, GroupCommit
from store.records.schema import comments, revisions
from store.records.sites import Site
from store.records.submissions import Outcome, Submission, record
from store.stores import Stores

CALLERS = 24


@pytest.fixture
def commits(stores: Stores) -> GroupCommit:
    return GroupCommit(stores.database)


def one(commits: GroupCommit, submission: Submission) -> Outcome:
    result = commits.submit(submission)
    assert isinstance(result, list)
    return result[0]


def test_a_caller_returns_only_after_its_comment_is_committed(stores: Stores, site: Site, commits: GroupCommit) -> None:
    outcome = one(commits, Submission(site.id, [new_comment("hello")]))

    assert read(stores, outcome.comment_id).body == "hello"


@contextmanager
def writer_held(stores: Stores, commits: GroupCommit, site: Site) -> Iterator[None]:
    """Within, a first caller holds one comment and waits for the database; what is submitted meanwhile queues."""
    with ThreadPoolExecutor(1) as pool:
        with stores.database.write() as connection:
            if not stores.database.is_sqlite:
                connection.execute(text("LOCK TABLE comments IN EXCLUSIVE MODE"))
            first = pool.submit(one, commits, Submission(site.id, [new_comment("first")]))
            wait_until(lambda: commits._leader.locked() and not commits._queue)
            yield
        first.result(10)


def test_requests_that_arrive_together_share_a_transaction_and_get_each_its_own_result(
    stores: Stores, site: Site, commits: GroupCommit
) -> None:
    committed: list[object] = []
    note = committed.append

    with ThreadPoolExecutor(CALLERS) as pool:
        with writer_held(stores, commits, site):
            event.listen(stores.database.engine, "commit", note)
            calls = [pool.submit(one, commits, Submission(site.id, [new_comment(f"text {n}")])) for n in range(CALLERS)]
            wait_until(lambda: len(commits._queue) >= CALLERS - 2)
        results = [call.result(10) for call in calls]
    event.remove(stores.database.engine, "commit", note)

    assert [read(stores, result.comment_id).body for result in results] == [f"text {n}" for n in range(CALLERS)]
    assert len(committed) <= 4, "the lock's, the first caller's, and one or two for all the others"


def test_a_submission_that_cannot_be_written_spoils_no_other_of_its_group(
    stores: Stores, site: Site, commits: GroupCommit
) -> None:
    bodies = ["fine", "broken \ud800", "fine too"]

    with ThreadPoolExecutor(len(bodies)) as pool:
        with writer_held(stores, commits, site):
            calls = [pool.submit(one, commits, Submission(site.id, [new_comment(body)])) for body in bodies]
            wait_until(lambda: len(commits._queue) >= len(bodies) - 1)
        failures = [type(call.exception(10)) for call in calls]

    assert failures == [type(None), UnicodeEncodeError, type(None)]
    assert sorted(query(stores, select(revisions.c.body))) == ["fine", "fine too", "first"]


def test_processes_that_record_the_same_external_ids_at_once_agree_on_one_comment_each(
    stores: Stores, site: Site
) -> None:
    processes = [GroupCommit(stores.database) for _ in range(3)]
    together = threading.Barrier(len(processes))

    def send(process: GroupCommit) -> list[str]:
        ids = []
        for n in range(30):
            together.wait(10)
            sent = new_comment(f"text {n}", external_id=f"a{n}", content_digest=f"d{n}")
            ids.append(one(process, Submission(site.id, [sent])).comment_id)
        return ids

    with ThreadPoolExecutor(len(processes)) as pool:
        answers = list(pool.map(send, processes))

    assert answers[0] == answers[1] == answers[2]
    assert query(stores, select(func.count()).select_from(comments)) == [30]


def test_after_a_failed_group_the_next_one_is_committed(stores: Stores, site: Site, commits: GroupCommit) -> None:
    with pytest.raises(UnicodeEncodeError):
        commits.submit(Submission(site.id, [new_comment("broken \ud800")]))

    outcome = one(commits, Submission(site.id, [new_comment("hello")]))

    assert outcome.kind == "new"


def test_what_another_process_took_after_the_plan_is_planned_again(
    stores: Stores, site: Site, commits: GroupCommit
) -> None:
    """A large group reads what is known before it has the lock."""
    many = [new_comment(f"text {n}", external_id=f"x{n}") for n in range(PLANNED_FROM)]
    planned = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        with stores.database.write() as connection:
            (theirs,) = record(connection, [Submission(site.id, many[:1])])  # Not to be seen before it is committed.
            event.listen(stores.database.engine, "rollback", lambda _: planned.set(), once=True)
            call = pool.submit(commits.submit, Submission(site.id, many))
            assert planned.wait(10)
        ours = call.result(10)

    assert isinstance(theirs, list)
    assert isinstance(ours, list)
    assert [outcome.kind for outcome in ours] == ["existing"] + ["new"] * (PLANNED_FROM - 1)
    assert ours[0].comment_id == theirs[0].comment_id
    assert query(stores, select(func.count()).select_from(comments)) == [PLANNED_FROM]
