"""Lists and rules in the drain: counted once, expired on the database's clock, and as of one version."""

from collections.abc import Sequence
from typing import Any

import orjson
import pytest
from builders import (
    HAM,
    SPAM,
    UNSURE,
    Drain,
    FixedScorer,
    add_site,
    change,
    claim,
    end_scoring_leases,
    new_comment,
    query,
    read,
    record,
    states,
)
from sqlalchemy import select, update

from models.errors import ArtifactRefused
from models.vocabulary import Comment, Condition, Evidence, ListEffect, ListKind, Score
from service.policies import NewEntry, NewRule, Policies, entry_value
from service.preview import MAX_COMMENTS, Previews
from store.records import claims
from store.records.lists import StoredEntry
from store.records.rule_tables import list_entries, rules
from store.records.schema import decisions, raw_submissions, revisions
from store.records.sites import Site
from store.stores import Stores
from worker.drain import conclude, drain, prepare
from worker.judging import gather, judge_by_site
from worker.memory import Memory
from worker.policies import Policies as KnownPolicies


@pytest.fixture
def policies(stores: Stores) -> Policies:
    return Policies(stores)


def entry(kind: str, value: str, effect: str = "block", **fields: Any) -> NewEntry:
    return NewEntry(ListEffect(effect), ListKind(kind), entry_value(ListKind(kind), value), **fields)


def rule(action: str, *conditions: tuple[str, str, Any]) -> NewRule:
    return NewRule("a rule", tuple(Condition(*one) for one in conditions), action)


def hits(stores: Stores, table: Any = list_entries) -> list[Any]:
    return query(stores, select(table.c.hits).order_by(table.c.id))


def actions(stores: Stores, ids: Sequence[str]) -> list[str]:
    found = [read(stores, one).decision for one in ids]
    return [decision.action for decision in found if decision is not None]


def lay_down(policies: Policies, site: Site, **values: Any) -> None:
    now = policies.get(site.id)
    given: dict[str, Any] = {n: getattr(now, n) for n in ("mode", "first_comments", "trust_after", "author_per_hour")}
    given |= values
    policies.change(site.id, now.version, **given)


def test_what_spoke_is_counted_in_the_transaction_of_the_decisions(
    stores: Stores, site: Site, policies: Policies, drain_now: Drain
) -> None:
    policies.add_entry(site.id, entry("words", "casino"))
    policies.add_entry(site.id, entry("words", "never said"))
    policies.add_rule(site.id, rule("continue", ("body", "contains", "night")))
    record(stores, site, "casino night", "casino day", HAM, "a night")

    drain_now()

    assert hits(stores) == [2, 0]
    assert hits(stores, rules) == [2]
    (first, second) = query(stores, select(list_entries.c.last_hit_at).order_by(list_entries.c.id))
    assert first > 0
    assert second is None


def test_a_repeated_attempt_counts_once(stores: Stores, site: Site, policies: Policies, drain_now: Drain) -> None:
    """A worker that lost its claim, and is late with its result, counts nothing."""
    policies.add_entry(site.id, entry("words", "casino"))
    record(stores, site, "casino night")
    late = _claimed_conclusions(stores)
    end_scoring_leases(stores)
    change(stores, update(revisions).values(state="received", lease_until=None))

    drain_now()
    with stores.database.write() as connection:
        assert conclude(connection, late) == []

    assert hits(stores) == [1]
    assert len(query(stores, select(decisions.c.id))) == 1


def _claimed_conclusions(stores: Stores) -> Any:
    claimed = claim(stores)
    with stores.database.read() as connection:
        texts = claims.texts_of(connection, claimed)
        due = gather(stores.database, connection, Memory(), texts)
    return prepare(judge_by_site(FixedScorer(), due))


def test_an_entry_ends_by_the_clock_of_the_database(
    stores: Stores, site: Site, policies: Policies, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The compiled policy of a running worker ends with it, though no version was raised."""
    with stores.database.read() as connection:
        now = stores.database.now_us(connection)
    ends = now + 3600 * 1_000_000
    added = policies.add_entry(site.id, entry("words", "casino", expires_at=ends))
    memory = Memory()

    def judged(body: str) -> str:
        (one,) = record(stores, site, body)
        drain(stores, FixedScorer(), lambda: read(stores, one).decision is not None, memory)
        return states(stores, [one])[0]

    before = judged("casino one")
    monkeypatch.setattr(stores.database, "now_us", lambda _connection: ends - 1)
    still = judged("casino two")
    monkeypatch.setattr(stores.database, "now_us", lambda _connection: ends)
    after = judged("casino three")

    assert (before, still, after) == ("rejected", "rejected", "approved")
    assert hits(stores) == [2]
    assert policies.entry(site.id, added.id).version == 1


def test_a_change_holds_for_the_next_claim_and_each_decision_tells_its_version(
    stores: Stores, site: Site, policies: Policies
) -> None:
    memory = Memory()
    known: StoredEntry | None = None
    told = []
    for change_it in ("nothing", "add", "remove"):
        if change_it == "add":
            known = policies.add_entry(site.id, entry("words", "casino"))
        elif known is not None:
            policies.remove_entry(known)
        (one,) = record(stores, site, "casino night")
        drain(stores, FixedScorer(), lambda: read(stores, one).decision is not None, memory)  # noqa: B023 - called now
        decision = read(stores, one).decision
        assert decision is not None
        told.append((decision.action, decision.policy))

    assert told == [("approve", "1"), ("reject", "2"), ("approve", "3")]


def test_a_network_and_a_mail_domain_are_known_while_they_are_kept_as_sent(
    stores: Stores, site: Site, policies: Policies, drain_now: Drain
) -> None:
    policies.add_entry(site.id, entry("ip", "192.0.2.0/24"))
    policies.add_entry(site.id, entry("email_domain", "bad.example", "hold"))
    sent = [
        new_comment(HAM, ip="192.0.2.9", ip_hash="h1"),
        new_comment(HAM, ip="198.51.100.9", ip_hash="h2"),
        new_comment(HAM, email="a@mail.bad.example", email_hash="h3"),
    ]
    ids = record(stores, site, *sent)
    drain_now()

    gone = record(stores, site, sent[0])
    change(stores, update(raw_submissions).values(ip=None, email=None))
    drain_now()

    assert actions(stores, ids + gone) == ["reject", "approve", "review", "approve"]


def test_lists_of_one_site_say_nothing_on_another(
    stores: Stores, site: Site, policies: Policies, drain_now: Drain
) -> None:
    policies.add_entry(site.id, entry("words", "casino"))
    (mine,), (theirs,) = record(stores, site, "casino"), record(stores, add_site(stores), "casino")

    drain_now()

    assert actions(stores, [mine, theirs]) == ["reject", "approve"]


@pytest.mark.parametrize(
    "author", [{"author_id": "u1"}, {"email": "a@mail.example", "email_hash": "h1"}], ids=["account", "e-mail"]
)
def test_an_authors_first_comments_wait_until_enough_were_approved(
    stores: Stores, site: Site, policies: Policies, drain_now: Drain, author: dict[str, str]
) -> None:
    lay_down(policies, site, first_comments=2)
    ids = []
    for _ in range(4):
        (one,) = record(stores, site, new_comment(HAM, **author))
        drain_now()
        ids.append(one)
        change(stores, update(revisions).where(revisions.c.comment_id == one).values(state="approved"))
    (other,) = record(stores, site, new_comment(HAM, author_id="somebody else"))
    drain_now()

    assert actions(stores, [*ids, other]) == ["review", "review", "approve", "approve", "review"]
    reasons = query(stores, select(decisions.c.reasons).where(decisions.c.comment_id == ids[0]))
    assert orjson.loads(reasons[0])[0]["code"] == "first_comments"


def test_an_account_is_trusted_after_enough_approved_comments_but_a_visitor_never(
    stores: Stores, site: Site, policies: Policies, drain_now: Drain
) -> None:
    lay_down(policies, site, trust_after=2)
    for author in ({"author_id": "u1"}, {"email_hash": "h1"}):
        record(stores, site, *[new_comment(HAM, **author)] * 2)
    drain_now()

    ids = record(stores, site, *(new_comment(UNSURE, **one) for one in ({"author_id": "u1"}, {"email_hash": "h1"})))
    drain_now()

    assert actions(stores, ids) == ["approve", "review"]


def test_a_list_blocks_though_no_model_can_be_loaded(stores: Stores, site: Site, policies: Policies) -> None:
    class Refused:
        model = "mdl_none"

        def score(self, comments: Sequence[Comment], evidence: Sequence[Evidence]) -> list[Score]:  # noqa: ARG002
            raise ArtifactRefused("changed")

    policies.add_entry(site.id, entry("words", "casino"))
    ids = record(stores, site, "casino", HAM)

    drain(stores, Refused(), lambda: "received" not in states(stores, ids))

    assert actions(stores, ids) == ["reject", "review"]


def test_a_policy_that_cannot_be_read_lets_nothing_through(
    stores: Stores, site: Site, policies: Policies, drain_now: Drain
) -> None:
    policies.add_rule(site.id, rule("approve", ("body", "contains", "x")))
    change(stores, update(rules).values(conditions='[{"field": "of tomorrow", "operator": "is", "value": "x"}]'))
    ids = record(stores, site, HAM)

    drain_now()

    assert states(stores, ids) == ["review"]


def test_without_lists_and_rules_nobody_asks_whom_comments_are_from(
    stores: Stores, site: Site, monkeypatch: pytest.MonkeyPatch, drain_now: Drain
) -> None:
    def unwanted(*_: object, **__: object) -> None:
        raise AssertionError("asked")

    monkeypatch.setattr("worker.judging.origins.of_comments", unwanted)
    ids = record(stores, site, HAM, SPAM)

    drain_now()

    assert states(stores, ids) == ["approved", "rejected"]
    with stores.database.read() as connection:
        assert KnownPolicies().of(stores.database, connection, []) == []


def test_a_preview_ends_when_its_time_is_over(
    stores: Stores, site: Site, policies: Policies, drain_now: Drain, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(stores, site, *["casino night"] * 30)
    drain_now()
    now = policies.get(site.id)
    whole = Previews(stores.database).compare(now, now, proposed=None, last=MAX_COMMENTS)
    monkeypatch.setattr("service.preview.BUDGET_SECONDS", -1.0)
    cut = Previews(stores.database).compare(now, now, proposed=None, last=MAX_COMMENTS)

    assert (whole.n_comments, whole.complete) == (30, True)
    assert (cut.n_comments, cut.complete) == (0, False)
