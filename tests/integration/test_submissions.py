from builders import add_site, new_comment, query, read
from sqlalchemy import func, select, update

from models.errors import IdempotencyMismatch, TwinInProgress
from store.records import idempotency, submissions
from store.records.idempotency import KEPT_US, IdempotencyKey
from store.records.schema import comments, idempotency_keys, raw_submissions
from store.records.sites import Site
from store.records.submissions import NewComment, Outcome, Replay, Result, Submission
from store.stores import Stores

DAY_US = 24 * 3600 * 1_000_000
KEY = IdempotencyKey("k" * 64, "f" * 64, hold_us=10_000_000)


def submit(stores: Stores, *given: Submission) -> list[Result]:
    with stores.database.write() as connection:
        return submissions.record(connection, given)


def outcomes(result: Result) -> list[Outcome]:
    assert isinstance(result, list)
    return result


def with_key(site: Site, *news: NewComment, key: IdempotencyKey = KEY, answer: str | None = "{}") -> Submission:
    return Submission(site.id, news, key, lambda _: None if answer is None else (202, answer))


def test_the_same_external_id_and_content_is_the_comment_that_is_there(stores: Stores, site: Site) -> None:
    sent = Submission(site.id, [new_comment(external_id="a1", content_digest="d")])
    (first,) = outcomes(submit(stores, sent)[0])

    (again,) = outcomes(submit(stores, sent)[0])

    assert (first.kind, again.kind) == ("new", "existing")
    assert (again.comment_id, again.received_at) == (first.comment_id, first.received_at)


def test_the_same_external_id_with_other_content_is_taken(stores: Stores, site: Site) -> None:
    submit(stores, Submission(site.id, [new_comment("one", external_id="a1", content_digest="d")]))

    (other,) = outcomes(
        submit(stores, Submission(site.id, [new_comment("two", external_id="a1", content_digest="e")]))[0]
    )

    assert other.kind == "taken"
    assert query(stores, select(func.count()).select_from(comments)) == [1]


def test_two_sites_may_use_the_same_external_id(stores: Stores, site: Site) -> None:
    other = add_site(stores)
    kinds = [
        outcomes(submit(stores, Submission(s.id, [new_comment(external_id="a1", content_digest="d")]))[0])[0].kind
        for s in (site, other)
    ]

    assert kinds == ["new", "new"]


def test_the_same_external_id_twice_in_one_transaction_is_one_comment(stores: Stores, site: Site) -> None:
    sent = new_comment(external_id="a1", content_digest="d")
    other = new_comment("edited", external_id="a1", content_digest="e")

    results = submit(stores, Submission(site.id, [sent, sent]), Submission(site.id, [other]))

    kinds = [outcome.kind for result in results for outcome in outcomes(result)]
    assert kinds == ["new", "existing", "taken"]


def test_every_comment_of_a_submission_gets_its_own_outcome_in_order(stores: Stores, site: Site) -> None:
    result = outcomes(submit(stores, Submission(site.id, [new_comment(f"text {n}") for n in range(5)]))[0])

    assert [read(stores, outcome.comment_id).body for outcome in result] == [f"text {n}" for n in range(5)]


def test_a_key_used_again_gives_the_stored_answer_byte_for_byte(stores: Stores, site: Site) -> None:
    submit(stores, with_key(site, new_comment(), answer='{"a": "ü"}'))

    (again,) = submit(stores, with_key(site, new_comment(), answer="something else"))

    assert again == Replay(202, '{"a": "ü"}')
    assert query(stores, select(func.count()).select_from(comments)) == [1]


def test_a_key_used_for_another_request_is_refused(stores: Stores, site: Site) -> None:
    submit(stores, with_key(site, new_comment()))

    (other,) = submit(stores, with_key(site, new_comment(), key=IdempotencyKey(KEY.digest, "other", 1)))

    assert isinstance(other, IdempotencyMismatch)
    assert query(stores, select(func.count()).select_from(comments)) == [1]


def test_a_key_whose_first_request_still_runs_is_in_progress(stores: Stores, site: Site) -> None:
    submit(stores, with_key(site, new_comment(), answer=None))

    (twin,) = submit(stores, with_key(site, new_comment()))

    assert isinstance(twin, TwinInProgress)


def test_a_twin_in_the_same_transaction_is_in_progress(stores: Stores, site: Site) -> None:
    results = submit(stores, with_key(site, new_comment()), with_key(site, new_comment()))

    assert isinstance(results[1], TwinInProgress)
    assert query(stores, select(func.count()).select_from(comments)) == [1]


def test_a_request_that_died_before_its_answer_gets_one_for_the_same_comment(stores: Stores, site: Site) -> None:
    died = IdempotencyKey(KEY.digest, KEY.fingerprint, hold_us=-1)
    (first,) = outcomes(submit(stores, with_key(site, new_comment(), key=died, answer=None))[0])

    (again,) = outcomes(submit(stores, with_key(site, new_comment()))[0])

    assert (again.kind, again.comment_id) == ("existing", first.comment_id)
    assert query(stores, select(func.count()).select_from(comments)) == [1]


def test_a_request_that_died_before_its_refusal_is_refused_when_sent_again(stores: Stores, site: Site) -> None:
    """Else its text would be thrown away, and the client told that it was accepted."""
    submit(stores, Submission(site.id, [new_comment("one", external_id="a1", content_digest="d")]))
    died = IdempotencyKey(KEY.digest, KEY.fingerprint, hold_us=-1)
    edited = new_comment("two", external_id="a1", content_digest="e")
    (first,) = outcomes(submit(stores, with_key(site, edited, key=died, answer=None))[0])

    (again,) = outcomes(submit(stores, with_key(site, edited))[0])

    assert (first.kind, again.kind) == ("taken", "taken")


def test_a_key_is_forgotten_after_24_hours(stores: Stores, site: Site) -> None:
    submit(stores, with_key(site, new_comment()))
    with stores.database.write() as connection:
        connection.execute(update(idempotency_keys).values(created_at=idempotency_keys.c.created_at - KEPT_US - 1_000))

    (again,) = submit(stores, with_key(site, new_comment()))

    assert [outcome.kind for outcome in outcomes(again)] == ["new"]
    assert query(stores, select(func.count()).select_from(comments)) == [2]


def test_a_key_is_remembered_for_24_hours(stores: Stores, site: Site) -> None:
    submit(stores, with_key(site, new_comment()))
    with stores.database.write() as connection:
        minute = 60_000_000
        connection.execute(update(idempotency_keys).values(created_at=idempotency_keys.c.created_at - DAY_US + minute))

    (again,) = submit(stores, with_key(site, new_comment()))

    assert isinstance(again, Replay)


def test_equal_keys_of_two_sites_have_nothing_to_do_with_each_other(stores: Stores, site: Site) -> None:
    submit(stores, with_key(site, new_comment(), answer="mine"))

    (other,) = submit(stores, with_key(add_site(stores), new_comment()))

    assert [outcome.kind for outcome in outcomes(other)] == ["new"]


def test_an_answer_is_written_once(stores: Stores, site: Site) -> None:
    submit(stores, with_key(site, new_comment(), answer=None))

    for body in ("first", "second"):
        with stores.database.write() as connection:
            idempotency.finish(connection, site.id, KEY.digest, 200, body)

    assert query(stores, select(idempotency_keys.c.body)) == ["first"]


def test_raw_data_is_kept_apart_and_only_where_there_is_some(stores: Stores, site: Site) -> None:
    plain, personal = new_comment(), new_comment(email="a@example.org", ip="192.0.2.1", user_agent="x", page_text="y")

    submit(stores, Submission(site.id, [plain, personal]))

    kept = query(stores, select(raw_submissions.c.email, raw_submissions.c.ip, raw_submissions.c.user_agent))
    assert kept == [("a@example.org", "192.0.2.1", "x")]
