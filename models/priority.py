"""The order of the review queue."""

from models.vocabulary import Score

UNSCORED = 1.0
# All blind items alike: their place must not tell what the model said. Among equals the oldest comes first.
BLIND = 0.95


def priority(score: Score | None) -> float:
    """How early a person should see the comment, in [0, 1], higher first.

    Probable ham comes first: behind it an honest author waits to be published, and nobody misses spam. What no
    model could judge comes before everything.
    """
    return UNSCORED if score is None else 1.0 - score.probability
