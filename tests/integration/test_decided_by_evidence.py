"""Evidence on its whole way: gathered by the drain, given to the scorer, kept with the decision."""

from collections.abc import Sequence

from builders import (
    POISON,
    UNSURE,
    FixedScorer,
    Person,
    change,
    drain_due,
    end_scoring_leases,
    new_comment,
    read,
    record,
)
from sqlalchemy import delete

from models.vocabulary import Action, Comment, Evidence, Score
from service.review import Choice, Review
from store.records.evidence import NO_KEYS, load
from store.records.evidence_tables import sightings as sightings_table
from store.records.sites import Site
from store.stores import Stores
from worker.drain import drain
from worker.memory import Memory
from worker.reconcile import return_stale_claims

CAMPAIGN = "earn five hundred dollars a day from home without any experience just ask me how it is done today"


class Noting(FixedScorer):
    """Scores as ever and keeps the evidence that it was given."""

    def __init__(self) -> None:
        self.seen: list[Evidence] = []

    def score(self, comments: Sequence[Comment], evidence: Sequence[Evidence]) -> list[Score]:
        """One score a comment."""
        self.seen.extend(evidence)
        return super().score(comments, evidence)


def test_the_stored_decision_repeats_what_was_scored(stores: Stores, site: Site) -> None:
    """And holds the keys of the text, for the label that may come."""
    noting = Noting()
    body = f"{UNSURE} {CAMPAIGN} https://spam.example"
    sent = new_comment(body, author_id="ana", form_seconds=3.5, page_title="Earn dollars from home without experience")
    ids = record(stores, site, sent, new_comment("hello"), new_comment(body))
    drain_due(stores, noting)

    stored = [load(decision.evidence) for decision in (read(stores, one).decision for one in ids) if decision]

    assert [evidence for evidence, _ in stored] == noting.seen
    assert stored[0][0] == Evidence(
        form_seconds=3.5, copies_seen=0, domains_new=1, recent_by_author=0, relevance=stored[0][0].relevance
    )
    assert 0.2 < (stored[0][0].relevance or 0) < 1
    assert (stored[1], stored[2][0].copies_seen) == ((Evidence(), NO_KEYS), 1)
    assert stored[0][1] == stored[2][1] != NO_KEYS
    assert stored[0][1].domains == ("spam.example",)


def test_what_a_person_decides_is_known_for_the_next_near_copy_until_it_is_undone(
    stores: Stores, site: Site, reviewer: Person
) -> None:
    desk, noting = Review(stores), Noting()

    def next_copy(n: int) -> tuple[float | None, ...]:
        record(stores, site, new_comment(f"{n} {UNSURE} {CAMPAIGN} https://spam.example", author_id="ana"))
        drain_due(stores, noting)
        last = noting.seen[-1]
        return last.copies_seen, last.copies_spam, last.author_spam, last.domain_spam

    assert next_copy(1) == (0, None, None, None)
    (card,) = desk.items(reviewer.reviewer, site_id=None, reason=None, oldest_first=False, after=None, limit=9)
    choice = Choice(card.item.id, card.item.version, Action.REJECT, None, None)
    (ruling,) = desk.decide(reviewer.reviewer, [choice])
    assert ruling.decision is not None

    assert next_copy(2) == (1, 1.0, 1.0, 1.0)
    desk.undo(reviewer.reviewer, ruling.decision.id)

    assert next_copy(3) == (2, None, None, None)


def test_a_comment_that_is_claimed_twice_is_counted_once(stores: Stores, site: Site) -> None:
    record(stores, site, new_comment(CAMPAIGN, author_id="ana"))

    class Slow(FixedScorer):
        def score(self, comments: Sequence[Comment], evidence: Sequence[Evidence]) -> list[Score]:
            end_scoring_leases(stores)
            return_stale_claims(stores)
            drain_due(stores, FixedScorer())
            return super().score(comments, evidence)

    drain_due(stores, Slow())
    noting = Noting()
    record(stores, site, new_comment(CAMPAIGN, author_id="ana"))
    drain_due(stores, noting)

    assert noting.seen == [Evidence(copies_seen=1, recent_by_author=1)]


def test_a_comment_that_could_not_be_scored_goes_to_a_person_all_the_same(
    stores: Stores, site: Site, reviewer: Person
) -> None:
    ids = record(stores, site, new_comment(f"{POISON} {CAMPAIGN}", author_id="ana", form_seconds=1.0))
    for _ in range(3):
        drain_due(stores, FixedScorer())
        end_scoring_leases(stores)
        return_stale_claims(stores)

    decision = read(stores, ids[0]).decision

    assert decision is not None
    assert (decision.action, load(decision.evidence)) == ("review", (Evidence(form_seconds=1.0), NO_KEYS))


def test_a_process_keeps_its_memory_from_job_to_job(stores: Stores, site: Site) -> None:
    memory, noting = Memory(), Noting()
    for n in range(3):
        if n == 2:
            change(stores, delete(sightings_table))
        record(stores, site, new_comment(CAMPAIGN))
        drain(stores, noting, lambda n=n: len(noting.seen) > n, memory)  # type: ignore[misc]

    assert [evidence.copies_seen for evidence in noting.seen] == [0, 1, 1]
