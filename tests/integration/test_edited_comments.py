"""An edit on its whole way: approved, changed in steps, measured from what was approved, held for a person."""

from builders import HAM, SPAM, FixedScorer, Person, drain_due, new_comment, read, record

from models.vocabulary import Action, Evidence
from service.review import Choice, Review
from store.ids import now_us
from store.records import edits
from store.records.evidence import load
from store.records.sites import Site
from store.stores import Stores

TEXT = f"{HAM} to you all, thank you for the recipe of this lovely cake"


def edit(stores: Stores, comment_id: str, body: str) -> tuple[str, Evidence]:
    """Edit the comment, judge it, and give the state it ends in and what was known."""
    with stores.database.write() as connection:
        assert edits.revise(connection, read(stores, comment_id), edits.Edit(body), now_us())
    drain_due(stores, FixedScorer())
    edited = read(stores, comment_id)
    assert edited.decision is not None
    return edited.state, load(edited.decision.evidence)[0]


def approve(stores: Stores, person: Person, action: Action = Action.APPROVE) -> None:
    """A person decides the only item that waits."""
    desk = Review(stores)
    (card,) = desk.items(person.reviewer, site_id=None, reason=None, oldest_first=False, after=None, limit=9)
    (ruling,) = desk.decide(person.reviewer, [Choice(card.item.id, card.item.version, action, None, None)])
    assert ruling.decision is not None


def test_an_approved_comment_does_not_become_an_advertisement_by_small_steps(stores: Stores, site: Site) -> None:
    """Though the classifier takes each of the texts for harmless."""
    (sent,) = record(stores, site, TEXT)
    drain_due(stores, FixedScorer())
    words = TEXT.split()
    offer = [
        "cheap",
        "watches",
        "and",
        "bags",
        "here",
        "every",
        "day,",
        "call",
        "our",
        "number",
        "now",
        "dear",
        "friends",
    ]
    shares, states = [], []
    for n in range(2, len(words) + 1, 3):
        state, known = edit(stores, sent, " ".join(words[: len(words) - n] + offer[:n]))
        states.append(state)
        shares.append(known.edit_new_share or 0.0)

    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert [state for state, share in zip(states, shares, strict=True) if share < 0.5] == ["approved"] * 2
    assert {state for state, share in zip(states, shares, strict=True) if share >= 0.5} == {"review"}


def test_a_link_in_an_edit_of_an_approved_comment_is_seen_by_a_person_first(
    stores: Stores, site: Site, reviewer: Person
) -> None:
    (sent,) = record(stores, site, TEXT)
    drain_due(stores, FixedScorer())

    held, known = edit(stores, sent, f"{TEXT} see cakes.example.com")
    approve(stores, reviewer)
    after, later = edit(stores, sent, f"{TEXT}! see cakes.example.com")

    assert (held, known.edit_new_links) == ("review", 1)
    assert (after, later.edit_new_links, later.edit_new_share) == ("approved", 0, 0.0)


def test_what_a_person_rejected_is_no_text_to_measure_from(stores: Stores, site: Site, reviewer: Person) -> None:
    (sent,) = record(stores, site, TEXT)
    drain_due(stores, FixedScorer())
    edit(stores, sent, "see cakes.example.com")
    approve(stores, reviewer, Action.REJECT)

    state, known = edit(stores, sent, "see cakes.example.com!")

    assert (state, known.edit_new_links, known.edit_new_share) == ("review", 1, 1.0)


def test_nothing_is_measured_for_first_texts_and_where_nothing_was_approved(stores: Stores, site: Site) -> None:
    first, rejected = record(stores, site, new_comment(TEXT), new_comment(SPAM))
    drain_due(stores, FixedScorer())
    decided = read(stores, first).decision
    assert decided is not None

    _, known = edit(stores, rejected, HAM)

    assert load(decided.evidence)[0] == Evidence(copies_seen=0)
    assert (known.edit_new_share, known.edit_new_links) == (None, None)
