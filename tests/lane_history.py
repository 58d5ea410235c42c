"""What a site goes through until its lanes open: comments that say themselves how probable spam they are, and people
who decide them."""

from collections.abc import Sequence

from builders import Person, drain_due, score

from models.guarantee import log as guarantee_log
from models.guarantee.plan import Plan
from models.vocabulary import Action, Comment, Evidence, LaneSettings, Score
from service.review import Choice, Review
from store.records import guarantees, policies, submissions
from store.records.guarantees import StoredGuarantee
from store.records.sites import Site
from store.records.submissions import NewComment, Submission
from store.stores import Stores

CLOSED = LaneSettings(None, None, 1.0, 1.0)
FAST = Plan(approve_target=0.1, reject_target=0.1, start="closed", errors_seen_first=0)
SPREAD = [n % 100 for n in range(0, 4900, 7)]


class NumberScorer:
    """Says of "17 …" that it is spam with a probability of 17 %."""

    def __init__(self, model: str) -> None:
        self.model = model

    def score(self, comments: Sequence[Comment], evidence: Sequence[Evidence]) -> list[Score]:  # noqa: ARG002
        """One score a comment."""
        return [score(int(one.body.split()[0]) / 100, model=self.model) for one in comments]


def lay_down(stores: Stores, site: Site, plan: Plan, settings: LaneSettings) -> None:
    with stores.database.write() as connection:
        text = guarantee_log.dump_plan(plan)
        guarantees.put(connection, StoredGuarantee(site.id, text, "{}", 0, None, None, *settings, updated_at=0))
        policies.raise_version(connection, site.id)


def post(stores: Stores, site: Site, model: str, percents: Sequence[int], tag: str = "a") -> None:
    given = [NewComment(body=f"{percent} of them, {tag} {n}") for n, percent in enumerate(percents)]
    with stores.database.write() as connection:
        submissions.record(connection, [Submission(site.id, given[at : at + 100]) for at in range(0, len(given), 100)])
    drain_due(stores, NumberScorer(model))


def review_all(stores: Stores, person: Person, site: Site) -> int:
    """Decide all that waits by what it is: 50 and more is spam. How many."""
    review, done = Review(stores), 0
    while True:
        cards = review.items(person.reviewer, site_id=site.id, reason=None, oldest_first=True, after=None, limit=200)
        if not cards:
            return done
        choices = [
            Choice(
                card.item.id,
                card.item.version,
                Action.REJECT if int(card.comment.body.split()[0]) >= 50 else Action.APPROVE,
                None,
                None,
            )
            for card in cards
        ]
        review.decide(person.reviewer, choices)
        done += len(cards)
